"""The cursor over arguments: every way to read the next one, and every way to be refused."""

from __future__ import annotations

from math import inf

import pytest

from redlearn.engine.args import Args
from redlearn.errors import CommandError
from redlearn.resp.integer import INT64_MAX, INT64_MIN


def args_of(line: str) -> Args:
    """A cursor behind the command's name."""
    return Args([b"NAME", *line.encode().split()])


def refusal(error: pytest.ExceptionInfo[CommandError]) -> str:
    return error.value.text


def test_a_cursor_counts_down_to_its_end() -> None:
    args = args_of("a b")
    assert (len(args), bool(args)) == (2, True)
    assert (args.next(), args.next()) == (b"a", b"b")
    assert (len(args), bool(args)) == (0, False)


def test_a_cursor_may_begin_behind_a_subcommand() -> None:
    assert Args([b"OBJECT", b"ENCODING", b"k"], at=2).rest() == [b"k"]


def test_reading_past_the_end_is_a_syntax_error() -> None:
    with pytest.raises(CommandError) as error:
        args_of("").next()
    assert refusal(error) == "ERR syntax error"


def test_looking_ahead_moves_nothing() -> None:
    args = args_of("nx B")
    assert (args.peek(), args.peek(1), args.peek(2)) == (b"nx", b"B", b"")
    assert args.word() == b"NX"
    assert len(args) == 2


def test_the_word_at_the_end_is_empty() -> None:
    assert args_of("").word() == b""


@pytest.mark.parametrize("text", ["0", "-1", str(INT64_MAX), str(INT64_MIN)])
def test_integers_reach_over_64_bits(text: str) -> None:
    assert args_of(text).integer() == int(text)


@pytest.mark.parametrize("text", ["", "x", "1.0", "+1", "01", "-0", "1_0", "0x1", str(2**63)])
def test_what_c_would_not_print_is_no_integer(text: str) -> None:
    with pytest.raises(CommandError) as error:
        Args([text.encode()], at=0).integer()
    assert refusal(error) == "ERR value is not an integer or out of range"


def test_a_command_may_have_its_own_words_for_a_bad_integer() -> None:
    with pytest.raises(CommandError) as error:
        args_of("x").integer("ERR hash value is not an integer")
    assert refusal(error) == "ERR hash value is not an integer"


@pytest.mark.parametrize(("text", "within"), [("1", True), ("3", True), ("0", False), ("4", False)])
def test_both_ends_of_a_range_belong_to_it(text: str, within: bool) -> None:
    args = args_of(text)
    if within:
        assert args.integer_from(1, 3) == int(text)
        return
    with pytest.raises(CommandError) as error:
        args.integer_from(1, 3, "ERR LIMIT can't be negative")
    assert refusal(error) == "ERR LIMIT can't be negative"


@pytest.mark.parametrize(
    ("text", "number"),
    [("1", 1.0), ("-0.5", -0.5), ("1e3", 1000.0), ("0x10", 16.0), ("-inf", -inf)],
)
def test_doubles_are_read_as_c_reads_them(text: str, number: float) -> None:
    assert args_of(text).double() == number


@pytest.mark.parametrize("text", ["", "x", "nan", "1_0", " 1", "1 "])
def test_what_c_does_not_read_whole_is_no_double(text: str) -> None:
    with pytest.raises(CommandError) as error:
        Args([text.encode()], at=0).double()
    assert refusal(error) == "ERR value is not a valid float"


def test_words_are_taken_whole_and_in_any_case() -> None:
    args = args_of("bYlex limit 0 5")
    assert not args.take(b"BYSCORE")
    assert not args.take(b"BYLEX", b"REV")
    assert args.take(b"BYLEX", b"LIMIT")
    assert args.rest() == [b"0", b"5"]
    assert not args.take(b"BYLEX")


def test_options_are_taken_while_they_last() -> None:
    args = args_of("xx CH xx 1 m nx")
    assert args.options(b"NX", b"XX", b"CH") == {b"XX", b"CH"}
    assert args.rest() == [b"1", b"m", b"nx"]
    assert args.options(b"NX") == set()


def test_an_empty_argument_is_no_option() -> None:
    args = Args([b"ZADD", b""])
    assert args.options(b"NX") == set()
    assert len(args) == 1


def test_finishing_early_is_a_syntax_error() -> None:
    args = args_of("left")
    with pytest.raises(CommandError) as error:
        args.finish()
    assert refusal(error) == "ERR syntax error"
    args.rest()
    args.finish()
