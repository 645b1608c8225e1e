from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redlearn.lessons.path import (
    Attribute,
    Call,
    Index,
    Literal,
    Name,
    Operation,
    ProbeError,
    is_command,
    read_path,
)


@pytest.mark.parametrize(
    ("probe", "answer"),
    [
        ("OBJECT ENCODING board", True),
        ("DBSIZE", True),
        ("JSON.GET k", True),
        ("board.length", False),
        ("Board", False),
        ("len(x)", False),
        ("DBSIZE()", False),
    ],
)
def test_a_probe_in_capitals_is_a_command(probe: str, answer: bool) -> None:
    assert is_command(probe) is answer


def test_a_path_goes_through_attributes_and_calls() -> None:
    path = Attribute(Name("board"), "skiplist")
    node = Call(Attribute(path, "node"), (Literal("bob"),), ())
    assert read_path("board.skiplist.node('bob').height") == Attribute(node, "height")


def test_events_are_narrowed_by_name() -> None:
    called = Attribute(Name("trace"), "count")
    assert read_path("trace.count('hopped', level=0)") == Call(
        called, (Literal("hopped"),), (("level", Literal(0)),)
    )


def test_lists_are_indexed_from_either_end() -> None:
    assert read_path("a.entries[-1]") == Index(Attribute(Name("a"), "entries"), Literal(-1))


def test_sums_bind_before_comparisons() -> None:
    sum_ = Operation("+", Literal(1), Literal(2.5))
    assert read_path("1 + 2.5 == 3") == Operation("==", sum_, Literal(3))


def test_sums_go_from_left_to_right() -> None:
    assert read_path("9 - 4 - 3") == Operation(
        "-", Operation("-", Literal(9), Literal(4)), Literal(3)
    )


def test_parentheses_come_first() -> None:
    assert read_path("9 - (4 - 3)") == Operation(
        "-", Literal(9), Operation("-", Literal(4), Literal(3))
    )


@pytest.mark.parametrize(
    ("text", "value"), [(r"'it\'s'", "it's"), ('"a b"', "a b"), (r"'\\'", "\\"), ("''", "")]
)
def test_strings_take_either_quote_and_backslashes(text: str, value: str) -> None:
    assert read_path(text) == Literal(value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected a name, a number or a string, found the end (column 1)"),
        ("board.", "expected a name after the dot, found the end (column 7)"),
        ("len(board", "expected ',', found the end (column 10)"),
        ("len(board))", "expected an operator or the end, found ) (column 11)"),
        ("a; b", "cannot read ';' at column 2"),
        ("'open", 'cannot read "\'" at column 1'),
        ("a ** b", "cannot read '*' at column 3"),
        ("-x", "expected a number, found x (column 2)"),
        ("a[1", "expected ']', found the end (column 4)"),
        ("x == 1 == 2", "expected an operator or the end, found == (column 8)"),
        ("__import__('os').system('ls')", None),  # readable; look.py knows no such function
    ],
)
def test_what_cannot_be_read_is_told_with_its_column(text: str, message: str | None) -> None:
    if message is None:
        assert isinstance(read_path(text), Call)
        return
    with pytest.raises(ProbeError) as caught:
        read_path(text)
    assert str(caught.value) == message


def test_length_and_depth_are_limited() -> None:
    with pytest.raises(ProbeError, match="400 characters"):
        read_path("1" + " + 1" * 200)
    with pytest.raises(ProbeError, match="deeper than 20"):
        read_path("(" * 50 + "1" + ")" * 50)


@given(st.text(max_size=60))
def test_no_text_makes_the_reader_fail_otherwise(text: str) -> None:
    try:
        read_path(text)
    except ProbeError:
        pass
