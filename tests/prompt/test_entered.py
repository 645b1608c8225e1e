"""Entered lines, taken apart as redis-cli does."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from redlearn.prompt.entered import BAD_QUOTES, BAD_REPEAT, NO_NAME, Entered, Refused, entered


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"GET k", Entered((b"GET", b"k"))),
        (b"  ", Entered(())),
        (b'""', Entered((b"",))),
        (b"3 GET k", Entered((b"GET", b"k"), 3)),
        (b"+3 GET k", Entered((b"GET", b"k"), 3)),
        (b'"\\n3" GET k', Entered((b"GET", b"k"), 3)),
        (b"0" * 60 + b"3 GET", Entered((b"GET",), 3)),
        (b"3", Entered((b"3",))),
        (b"3x GET", Entered((b"3x", b"GET"))),
        (b"- GET", Entered((b"-", b"GET"))),
        (b"@a GET k", Entered((b"GET", b"k"), 1, "a")),
        (b" \t@bob-1 2 GET k", Entered((b"GET", b"k"), 2, "bob-1")),
        (b"@a", Entered((), 1, "a")),
        (b"@1 x", Entered((b"@1", b"x"))),
        (b"@7001 GET k", Entered((b"GET", b"k"), 1, "7001")),
        (b"@a@7001 2 GET k", Entered((b"GET", b"k"), 2, "a@7001")),
        (b"@a@b GET k", Entered((b"@a@b", b"GET", b"k"))),
        (b"@123456 x", Entered((b"@123456", b"x"))),
        (b"@" + b"a" * 17 + b" GET", Entered((b"@" + b"a" * 17, b"GET"))),
        (b"GET \xff\r", Entered((b"GET", b"\xff"))),
        (b"GET k\0 x", Entered((b"GET", b"k"))),
    ],
)
def test_a_line_says_who_sends_what_how_often(line: bytes, expected: Entered) -> None:
    assert entered(line) == expected


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b'GET "k', BAD_QUOTES),
        (b"GET 'a'b", BAD_QUOTES),
        (b"0 GET k", BAD_REPEAT),
        (b"-1 GET k", BAD_REPEAT),
        (b'"" GET', BAD_REPEAT),
        (b"9" * 20 + b" GET", BAD_REPEAT),
        (b"9" * 100_000 + b" GET", BAD_REPEAT),
    ],
)
def test_what_cannot_be_used_is_refused_in_redis_clis_words(line: bytes, said: str) -> None:
    with pytest.raises(Refused, match="Invalid") as refused:
        entered(line)
    assert str(refused.value) == said


@given(st.binary())
@example(b"@a")
@example(b"\x0b5 x")
def test_any_bytes_are_taken_or_refused(line: bytes) -> None:
    try:
        found = entered(line)
    except Refused:
        return
    assert found.times >= 1


def test_a_sign_of_a_client_without_a_name_is_no_command() -> None:
    with pytest.raises(Refused) as refused:
        entered(b"@ GET k")
    assert str(refused.value) == NO_NAME
    assert entered(b"@a @ GET k").argv == (b"@", b"GET", b"k")
