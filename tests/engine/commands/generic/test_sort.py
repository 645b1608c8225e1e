"""SORT: by numbers, by texts, by what other keys hold, in part, and stored."""

from __future__ import annotations

import pytest

from redlearn.engine.command import COMMANDS
from redlearn.engine.keys import key_positions
from redlearn.errors import CommandError
from redlearn.resp.reply import Reply
from tests.conftest import Redis, argv_of
from tests.engine.commands.said import changes, passed_on, told


@pytest.fixture(autouse=True)
def weighed(redis: Redis) -> None:
    redis("RPUSH l 3 1 2 10")
    redis("SADD s 3 1 2")
    redis("ZADD z 5 3 6 1 7 2")
    redis("MSET w_1 30 w_2 20 w_3 10")
    redis("HSET h_1 name one")
    redis("HSET h_2 name two")


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("SORT l", "1 2 3 10"),
        ("SORT l DESC", "10 3 2 1"),
        ("SORT l ALPHA", "1 10 2 3"),
        ("SORT l DESC ASC LIMIT 1 2", "2 3"),
        ("SORT l LIMIT 9 2", ""),
        ("SORT l LIMIT -5 1", "1"),
        ("SORT l BY w_*", "10 3 2 1"),
        ("SORT l BY w_* LIMIT 0 1", "10"),
        ("SORT l BY w_* ALPHA DESC", "1 2 3 10"),
        ("SORT l BY nosort", "3 1 2 10"),
        ("SORT l BY nosort DESC LIMIT 1 2", "2 1"),
        ("SORT z BY nosort", "3 1 2"),
        ("SORT z BY nosort DESC", "2 1 3"),
        ("SORT_RO s DESC", "3 2 1"),
        ("SORT none", ""),
    ],
)
def test_elements_come_in_the_order_asked_for(redis: Redis, line: str, found: str) -> None:
    assert redis(line) == [word.encode() for word in found.split()]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("SORT s GET # GET w_*", [b"1", b"30", b"2", b"20", b"3", b"10"]),
        ("SORT s GET h_*->name", [b"one", b"two", None]),
        ("SORT s GET h_*", [None, None, None]),
        ("SORT s GET w_*->name", [None, None, None]),
        ("SORT s GET fixed LIMIT 0 1", [None]),
    ],
)
def test_patterns_fetch_from_strings_and_hashes(redis: Redis, line: str, found: Reply) -> None:
    assert redis(line) == found


def test_a_result_is_stored_as_a_list(redis: Redis) -> None:
    line = "SORT s GET h_*->name STORE t"
    assert redis(line) == 3
    assert redis("LRANGE t 0 -1") == [b"one", b"two", b""]
    assert told(redis, line) == ["keymiss h_3", "sortstore t"]
    assert changes(redis, line) == 3
    assert passed_on(redis, line) == [line]
    assert told(redis, "SORT none STORE t") == ["keymiss none", "del t"]
    assert redis("EXISTS t") == 0


def test_sorting_a_sorted_set_unpacks_it(redis: Redis) -> None:
    assert redis("OBJECT ENCODING z") == b"listpack"
    redis("SORT z")
    assert redis("OBJECT ENCODING z") == b"skiplist"
    redis.engine.check()


def test_the_keys_are_the_source_and_the_last_target() -> None:
    argv = argv_of("SORT l BY store GET store LIMIT 0 1 STORE a STORE b")
    assert key_positions(COMMANDS[b"SORT"], argv) == [1, 12]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("SORT w_1", "WRONGTYPE Operation against a key holding the wrong kind of value"),
        ("SORT l LIMIT 1", "ERR syntax error"),
        ("SORT l LIMIT x 1", "ERR value is not an integer or out of range"),
        ("SORT_RO l STORE t", "ERR syntax error"),
        ("SORT l BY", "ERR syntax error"),
    ],
)
def test_wrong_calls_are_refused(redis: Redis, line: str, message: str) -> None:
    with pytest.raises(CommandError) as refused:
        redis(line)
    assert refused.value.text == message


@pytest.mark.parametrize("weight", ["x", "1e400", "nan", "1 "])
def test_weights_must_be_numbers(redis: Redis, weight: str) -> None:
    redis(b"RPUSH", b"l", weight.encode())
    with pytest.raises(CommandError, match="converted into double"):
        redis("SORT l")
    assert redis("SORT l ALPHA LIMIT 0 1") == [b"1"]
