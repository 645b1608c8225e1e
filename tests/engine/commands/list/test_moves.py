"""Lists in pairs: LMOVE and RPOPLPUSH."""

from __future__ import annotations

import pytest

from redlearn.errors import CommandError
from tests.conftest import Redis
from tests.engine.commands.list.test_ends import elements
from tests.engine.commands.said import changes, passed_on, told


@pytest.mark.parametrize(
    ("line", "moved", "source", "destination"),
    [
        ("LMOVE l m LEFT LEFT", b"a", b"bc", b"ax"),
        ("LMOVE l m LEFT RIGHT", b"a", b"bc", b"xa"),
        ("LMOVE l m right left", b"c", b"ab", b"cx"),
        ("LMOVE l m RIGHT RIGHT", b"c", b"ab", b"xc"),
        ("RPOPLPUSH l m", b"c", b"ab", b"cx"),
    ],
)
def test_an_element_moves_from_end_to_end(
    redis: Redis, line: str, moved: bytes, source: bytes, destination: bytes
) -> None:
    redis("RPUSH l a b c")
    redis("RPUSH m x")
    assert redis(line) == moved
    assert (elements(redis), elements(redis, "m")) == (source, destination)


@pytest.mark.parametrize(
    ("line", "after"),
    [
        ("RPOPLPUSH l l", b"cab"),
        ("LMOVE l l LEFT RIGHT", b"bca"),
        ("LMOVE l l LEFT LEFT", b"abc"),
    ],
)
def test_within_one_list_it_rotates(redis: Redis, line: str, after: bytes) -> None:
    redis("RPUSH l a b c")
    redis(line)
    assert elements(redis) == after
    redis("LTRIM l 0 0")
    redis(line)  # of one element nothing is left in between, and the list lives on
    assert redis("LLEN l") == 1


def test_the_last_element_takes_its_list_along(redis: Redis) -> None:
    redis("RPUSH l a")
    assert redis("LMOVE l m LEFT LEFT") == b"a"
    assert redis("EXISTS l") == 0
    assert redis("LMOVE l m LEFT LEFT") is None


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("LMOVE l m UP LEFT", "ERR syntax error"),
        ("LMOVE l m LEFT DOWN", "ERR syntax error"),
        (
            "LMOVE l s LEFT LEFT",
            "WRONGTYPE Operation against a key holding the wrong kind of value",
        ),
        ("RPOPLPUSH s l", "WRONGTYPE Operation against a key holding the wrong kind of value"),
    ],
)
def test_what_is_wrong_is_refused_and_moves_nothing(redis: Redis, line: str, message: str) -> None:
    redis("RPUSH l a")
    redis("SET s text")
    with pytest.raises(CommandError) as caught:
        redis(line)
    assert caught.value.text == message
    assert elements(redis) == b"a"


def test_what_others_are_told(redis: Redis) -> None:
    redis("RPUSH l a b c")
    assert passed_on(redis, "LMOVE l m LEFT RIGHT") == ["LMOVE l m LEFT RIGHT"]
    assert told(redis, "RPOPLPUSH l m") == ["lpush m", "rpop l"]
    assert changes(redis, "RPOPLPUSH l m") == 1
    assert told(redis, "LMOVE m new LEFT LEFT") == ["new new", "lpush new", "lpop m"]
    assert passed_on(redis, "RPOPLPUSH none m") == []
