"""KEYS, SCAN and RANDOMKEY: all keys, some keys, one key, and never a stale one."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Redis
from tests.engine.commands.said import passed_on, told


def scanned(redis: Redis, options: str = "") -> list[bytes]:
    """The keys that a whole SCAN gives, in its order."""
    cursor, found = "0", []
    while True:
        reply: Any = redis(f"SCAN {cursor} {options}")
        cursor = reply[0].decode()
        found += reply[1]
        if cursor == "0":
            return found


@pytest.fixture
def many(redis: Redis) -> Redis:
    """A hundred strings, k0 to k99, and a hash."""
    for number in range(100):
        redis(f"SET k{number} v")
    redis("HSET h f v")
    return redis


def test_keys_lists_what_the_pattern_describes(many: Redis) -> None:
    listed: Any = many("KEYS *")
    assert len(listed) == 101
    listed = many("KEYS k[12]?")
    assert sorted(listed) == sorted(b"k%d" % number for number in range(10, 30))
    assert many("KEYS nope*") == []


def test_only_the_lone_star_finds_the_empty_key(redis: Redis) -> None:
    redis(b"SET", b"", b"v")
    assert redis("KEYS *") == [b""]
    assert redis("KEYS **") == []
    assert redis("SCAN 0 MATCH *") == [b"0", [b""]]
    assert redis("SCAN 0 MATCH **") == [b"0", []]


def test_a_scan_gives_every_key_in_several_pages(many: Redis) -> None:
    assert sorted(scanned(many)) == sorted([b"h", *(b"k%d" % number for number in range(100))])
    first: Any = many("SCAN 0")
    assert first[0] != b"0"
    assert 10 <= len(first[1]) < 30


def test_options_leave_keys_out_of_the_pages(many: Redis) -> None:
    assert scanned(many, "TYPE hash COUNT 1") == [b"h"]
    assert scanned(many, "MATCH k7 COUNT 1000") == [b"k7"]
    assert scanned(many, "TYPE zset") == []
    assert scanned(many, "TYPE no-such-type") == []


def test_a_scan_gives_every_key_that_stays_while_the_table_grows(many: Redis) -> None:
    cursor, found = "0", set()
    for call in range(100):
        reply: Any = many(f"SCAN {cursor} COUNT 10")
        cursor = reply[0].decode()
        found.update(reply[1])
        if cursor == "0":
            break
        for number in range(5):
            many(f"SET extra{call}:{number} v")
    assert many("DBSIZE") != 101
    assert cursor == "0"
    assert {b"h", *(b"k%d" % number for number in range(100))} <= found


def test_stale_keys_are_not_listed(redis: Redis) -> None:
    redis("MSET a 1 b 2")
    redis("PEXPIRE a 10")
    redis.advance(10)
    assert redis("KEYS *") == [b"b"]
    assert redis("DBSIZE") == 2  # KEYS only looks
    assert passed_on(redis, "SCAN 0 TYPE hash") == ["DEL a"]
    assert redis("DBSIZE") == 1


def test_a_scan_leaves_stale_keys_alone_that_it_was_not_asked_for(redis: Redis) -> None:
    redis("SET a v PX 10")
    redis.advance(10)
    assert told(redis, "SCAN 0 MATCH b*") == []
    assert told(redis, "SCAN 0") == ["expired a"]


def test_a_random_key_is_one_that_lives(redis: Redis) -> None:
    assert redis("RANDOMKEY") is None
    redis("MSET a 1 b 2 c 3")
    drawn = {redis("RANDOMKEY") for _ in range(100)}
    assert drawn == {b"a", b"b", b"c"}
    redis("PEXPIRE a 10")
    redis("PEXPIRE c 10")
    redis.advance(10)
    assert {redis("RANDOMKEY") for _ in range(100)} == {b"b"}
    assert redis("DBSIZE") == 1


def test_an_empty_database_can_be_left_by_the_draw(redis: Redis) -> None:
    redis("SET a v PX 10")
    redis.advance(10)
    assert redis("RANDOMKEY") is None
    assert redis("DBSIZE") == 0
