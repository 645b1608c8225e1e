"""Whole databases that change places."""

from __future__ import annotations

import pytest

from redlearn.engine.commands.server.databases import DatabasesSwapped
from redlearn.errors import CommandError
from redlearn.resp.reply import OK
from redlearn.timeline.snapshot import Freezer
from tests.conftest import Redis
from tests.engine.commands.said import changes, passed_on, told


@pytest.fixture(autouse=True)
def two(redis: Redis) -> None:
    redis("SET a zero EX 100")
    redis("SELECT 1")
    redis("RPUSH b one")
    redis("SELECT 0")


def test_swapped_databases_change_contents_and_times_to_live(redis: Redis) -> None:
    other = redis.connect()
    other("SELECT 1")
    assert redis("SWAPDB 0 1") == OK
    assert (redis("KEYS *"), other("KEYS *")) == ([b"b"], [b"a"])
    assert (redis("TTL b"), other("TTL a")) == (-1, 100)
    redis.engine.check()
    redis.advance(100_000)
    assert other("EXISTS a") == 0


def test_a_swap_is_one_change_and_no_event(redis: Redis) -> None:
    assert passed_on(redis, "SWAPDB 1 0") == ["SWAPDB 1 0"]
    assert changes(redis, "SWAPDB 3 3") == 1
    assert told(redis, "SWAPDB 0 1") == []
    assert DatabasesSwapped(0, 5) in redis.events("SWAPDB 0 5")


def test_a_swap_serves_who_waits(redis: Redis) -> None:
    other = redis.connect()
    assert other.all("BLPOP b 0") == []
    redis("SWAPDB 0 1")
    assert other.client.take() == [[b"b", b"one"]]
    redis.engine.check()


@pytest.mark.parametrize(("key", "broken"), [("a", True), ("b", True), ("nope", False)])
def test_a_swap_breaks_watches_of_keys_that_are_in_either(
    redis: Redis, key: str, broken: bool
) -> None:
    other = redis.connect()
    other(f"WATCH {key}")
    other("MULTI")
    other("PING")
    redis("SWAPDB 0 1")
    assert isinstance(other("EXEC"), list) is not broken


def test_a_step_back_undoes_a_swap(redis: Redis) -> None:
    freezer = Freezer(redis.engine)
    before = freezer.freeze()
    redis("SWAPDB 0 1")
    after = freezer.freeze()
    redis("SET b new")
    freezer.thaw(before)
    assert (redis("KEYS *"), redis("TTL a")) == ([b"a"], 100)
    freezer.thaw(after)
    assert redis("LRANGE b 0 -1") == [b"one"]
    redis.engine.check()


def test_deadlines_go_along(redis: Redis) -> None:
    for db in redis.engine.state.databases:
        db.index_deadlines()
    redis("SWAPDB 0 1")
    redis.engine.check()
    redis("SELECT 1")
    redis("PERSIST a")
    redis.engine.check()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("SWAPDB x 1", "ERR invalid first DB index"),
        ("SWAPDB 99999999999 1", "ERR invalid first DB index"),
        ("SWAPDB 1 x", "ERR invalid second DB index"),
        ("SWAPDB 1 16", "ERR DB index is out of range"),
        ("SWAPDB -1 1", "ERR DB index is out of range"),
    ],
)
def test_wrong_swaps_are_refused(redis: Redis, line: str, message: str) -> None:
    with pytest.raises(CommandError) as refused:
        redis(line)
    assert refused.value.text == message
    assert redis("KEYS *") == [b"a"]
