"""Lists anywhere: LINDEX LRANGE LTRIM LSET LINSERT LREM LPOS."""

from __future__ import annotations

import doctest

import pytest

from redlearn.engine.commands.list import middle
from redlearn.errors import CommandError
from tests.conftest import Redis
from tests.engine.commands.list.test_ends import elements
from tests.engine.commands.said import changes, passed_on, told

WRONG_TYPE = "WRONGTYPE Operation against a key holding the wrong kind of value"
NOT_AN_INTEGER = "ERR value is not an integer or out of range"
NOT_A_LONG = (
    "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807"
)
LEAST = "-9223372036854775808"


def test_the_examples_hold() -> None:
    assert doctest.testmod(middle).failed == 0


@pytest.fixture(params=["listpack", "quicklist"])
def letters(redis: Redis, request: pytest.FixtureRequest) -> Redis:
    """A server with the list `abcabc` under l, in either encoding."""
    if request.param == "quicklist":
        redis("CONFIG SET list-max-listpack-size 2")
    redis("RPUSH l a b c a b c")
    assert redis("OBJECT ENCODING l") == request.param.encode()
    return redis


@pytest.mark.parametrize(
    ("index", "element"), [(0, b"a"), (5, b"c"), (-1, b"c"), (-6, b"a"), (6, None), (-7, None)]
)
def test_an_element_by_index(letters: Redis, index: int, element: bytes | None) -> None:
    assert letters(f"LINDEX l {index}") == element


@pytest.mark.parametrize(
    ("start", "stop", "found"),
    [
        (0, -1, b"abcabc"),
        (1, 3, b"bca"),
        (-2, 99, b"bc"),
        (-99, 0, b"a"),
        (3, 2, b""),
        (6, 9, b""),
        (0, -7, b""),
        (LEAST, "9223372036854775807", b"abcabc"),
    ],
)
def test_ranges_to_read_and_to_keep(letters: Redis, start: object, stop: object, found: bytes):
    reply = letters(f"LRANGE l {start} {stop}")
    assert isinstance(reply, list) and b"".join(reply) == found  # type: ignore[arg-type]
    letters(f"LTRIM l {start} {stop}")
    assert elements(letters) == found
    letters.engine.check()


@pytest.mark.parametrize(
    ("line", "reply", "after"),
    [
        ("LREM l 0 b", 2, b"acac"),
        ("LREM l 1 b", 1, b"acabc"),
        ("LREM l -1 b", 1, b"abcac"),
        ("LREM l 5 z", 0, b"abcabc"),
        ("LINSERT l BEFORE c x", 7, b"abxcabc"),
        ("LINSERT l after c x", 7, b"abcxabc"),
        ("LINSERT l AFTER z x", -1, b"abcabc"),
    ],
)
def test_elements_by_what_they_are(letters: Redis, line: str, reply: int, after: bytes) -> None:
    assert letters(line) == reply
    assert elements(letters) == after
    letters.engine.check()


def test_lset_puts_another_element_there(letters: Redis) -> None:
    letters("LSET l 1 x")
    letters("LSET l -1 y")
    assert elements(letters) == b"axcaby"


def test_the_index_of_lset_is_a_c_int(letters: Redis) -> None:
    letters("LSET l 4294967296 x")
    assert elements(letters) == b"xbcabc"


@pytest.mark.parametrize(
    ("options", "reply"),
    [
        ("", 2),
        ("RANK 2", 5),
        ("RANK 3", None),
        ("RANK -1", 5),
        ("RANK -2", 2),
        ("COUNT 0", [2, 5]),
        ("COUNT 1", [2]),
        ("COUNT 9 RANK -1", [5, 2]),
        ("COUNT 0 RANK 2", [5]),
        ("MAXLEN 2", None),
        ("MAXLEN 3", 2),
        ("MAXLEN 3 COUNT 0", [2]),
        ("MAXLEN 1 RANK -1", 5),
        ("maxlen 0 count 0 rank 1", [2, 5]),
    ],
)
def test_lpos_finds_matches(letters: Redis, options: str, reply: object) -> None:
    assert letters(f"LPOS l c {options}") == reply


def test_nothing_is_found_where_nothing_is(redis: Redis) -> None:
    assert redis("LINDEX l 0") is None
    assert redis("LINDEX l x") is None  # the index is looked at second
    assert redis("LRANGE l 0 -1") == []
    assert redis("LTRIM l 0 1")
    assert redis("LREM l 0 a") == redis("LINSERT l BEFORE a b") == 0
    assert redis("LPOS l a") is None
    assert redis("LPOS l a COUNT 1") == []


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("LSET none 0 x", "ERR no such key"),
        ("LSET l 6 x", "ERR index out of range"),
        ("LSET l -7 x", "ERR index out of range"),
        ("LSET l x x", NOT_AN_INTEGER),
        ("LINDEX l x", NOT_AN_INTEGER),
        ("LRANGE none 0 x", NOT_AN_INTEGER),
        ("LTRIM none x 0", NOT_AN_INTEGER),
        ("LREM l x a", NOT_AN_INTEGER),
        (f"LREM l {LEAST} a", NOT_A_LONG),
        ("LINSERT l AT a b", "ERR syntax error"),
        ("LPOS l a RANK 0", "ERR RANK can't be zero: use 1 to start from the first match, 2 from"
         " the second ... or use negative to start from the end of the list"),
        (f"LPOS l a RANK {LEAST}", NOT_A_LONG),
        ("LPOS l a RANK x", NOT_AN_INTEGER),
        ("LPOS l a COUNT -1", "ERR COUNT can't be negative"),
        ("LPOS l a MAXLEN x", "ERR MAXLEN can't be negative"),
        ("LPOS l a RANK", "ERR syntax error"),
        *[(f"{call}", WRONG_TYPE) for call in (
            "LINDEX s 0", "LRANGE s 0 0", "LTRIM s 0 0", "LSET s 0 x", "LINSERT s BEFORE a b",
            "LREM s 0 a", "LPOS s a",
        )],
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_and_changes_nothing(
    letters: Redis, line: str, message: str
) -> None:
    letters("SET s text")
    before = letters.ctx.dirty
    with pytest.raises(CommandError) as caught:
        letters(line)
    assert caught.value.text == message
    assert letters.ctx.dirty == before


@pytest.mark.parametrize(
    ("line", "events", "count"),
    [
        ("LSET l 0 x", ["lset l"], 1),
        ("LINSERT l BEFORE a x", ["linsert l"], 1),
        ("LINSERT l BEFORE z x", [], 0),
        ("LREM l 0 a", ["lrem l"], 2),
        ("LTRIM l 1 2", ["ltrim l"], 4),
        ("LTRIM l 0 -1", ["ltrim l"], 0),
        ("LTRIM l 9 9", ["ltrim l", "del l"], 6),
    ],
)
def test_what_others_are_told(letters: Redis, line: str, events: list[str], count: int) -> None:
    for check, expected in ((passed_on, [line] * (count > 0)), (told, events), (changes, count)):
        letters("DEL l")
        letters("RPUSH l a b c a b c")
        assert check(letters, line) == expected  # type: ignore[operator]


def test_lset_may_make_a_list_small_again(redis: Redis) -> None:
    redis(b"RPUSH", b"l", b"x" * 9000)
    assert redis("OBJECT ENCODING l") == b"quicklist"
    redis("LSET l 0 a")
    assert redis("OBJECT ENCODING l") == b"listpack"
    assert elements(redis) == b"a"
