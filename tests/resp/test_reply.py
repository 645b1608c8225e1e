"""Reply values: equal if they say the same, and never mistaken for one another."""

from __future__ import annotations

import pytest

from redlearn.resp.reply import (
    NULL_ARRAY,
    OK,
    BigNumber,
    Failure,
    Members,
    NullArray,
    Pairs,
    Push,
    Status,
    Verbatim,
)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Status("OK"),
        lambda: Failure("ERR no"),
        lambda: Verbatim(b"text", "mkd"),
        lambda: BigNumber(10**30),
    ],
)
def test_replies_that_say_the_same_are_equal(make) -> None:
    assert make() == make()
    assert hash(make()) == hash(make())


def test_replies_of_different_kinds_differ_even_with_the_same_content() -> None:
    values = [Status("1"), Failure("1"), Verbatim(b"1"), Verbatim(b"1", "mkd"), BigNumber(1), b"1"]
    for index, value in enumerate(values):
        assert [value == other for other in values] == [index == at for at in range(len(values))]
    assert len(set(values)) == len(values)


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        (OK, "Status('OK')"),
        (Failure("ERR no"), "Failure('ERR no')"),
        (Verbatim(b"a"), "Verbatim(b'a', 'txt')"),
        (BigNumber(7), "BigNumber(7)"),
        (NULL_ARRAY, "NULL_ARRAY"),
    ],
)
def test_replies_show_what_they_are(reply: object, text: str) -> None:
    assert repr(reply) == text


def test_containers_keep_their_order_and_kind() -> None:
    for kind in (Members, Push):
        assert list(kind([3, 1, 2])) == [3, 1, 2]
    assert list(Pairs([(b"b", 1.0), (b"a", 2.0)])) == [(b"b", 1.0), (b"a", 2.0)]


def test_the_null_array_is_no_none() -> None:
    assert NULL_ARRAY is not None
    assert isinstance(NULL_ARRAY, NullArray)
