"""Whole databases, and the time."""

from __future__ import annotations

import pytest

from redlearn.engine.context import DatabaseCleared
from redlearn.engine.keyspace import DatabasesSwapped
from redlearn.errors import CommandError
from redlearn.resp.reply import NULL_ARRAY, OK
from redlearn.timeline.snapshot import Freezer
from tests.conftest import Redis
from tests.engine.commands.said import changes, passed_on, refused, told


@pytest.fixture
def full(redis: Redis) -> Redis:
    """Keys in two databases."""
    redis("MSET a 1 b 2 c 3")
    redis("EXPIRE a 100")
    redis("SELECT 1")
    redis("SET d 4")
    redis("SELECT 0")
    return redis


def test_dbsize_counts_the_keys_of_this_database(full: Redis) -> None:
    assert full("DBSIZE") == 3


def test_dbsize_counts_stale_keys_until_they_are_found(full: Redis) -> None:
    full.advance(100_000)
    assert full("DBSIZE") == 3
    full("GET a")
    assert full("DBSIZE") == 2


@pytest.mark.parametrize("mode", ["", " ASYNC", " sync"])
def test_flushdb_empties_this_database(full: Redis, mode: str) -> None:
    assert full("FLUSHDB" + mode) == OK
    assert full("DBSIZE") == 0
    full("SELECT 1")
    assert full("DBSIZE") == 1
    full.engine.check()


def test_flushall_empties_all(full: Redis) -> None:
    assert full("FLUSHALL") == OK
    assert [len(db) for db in full.engine.state.databases] == [0] * 16


@pytest.mark.parametrize(
    ("line", "count"), [("FLUSHDB", 4), ("FLUSHALL", 5)]
)  # one more than keys: a flush counts itself
def test_a_flush_counts_each_key(full: Redis, line: str, count: int) -> None:
    assert changes(full, line) == count


@pytest.mark.parametrize("line", ["FLUSHDB", "FLUSHALL ASYNC"])
def test_a_flush_is_passed_on_even_if_there_was_nothing(redis: Redis, line: str) -> None:
    assert passed_on(redis, line) == [line]


@pytest.mark.parametrize("line", ["FLUSHDB", "FLUSHALL"])
def test_a_flush_tells_nobody_of_single_keys(full: Redis, line: str) -> None:
    assert told(full, line) == []


@pytest.mark.parametrize("line", ["FLUSHDB NOPE", "FLUSHALL NOPE", "FLUSHDB ASYNC SYNC"])
def test_a_flush_refuses_other_words(full: Redis, line: str) -> None:
    assert refused(full, line) == "ERR syntax error"


def test_a_flush_breaks_the_watches_of_what_was_there(full: Redis) -> None:
    lost, kept, elsewhere = full.connect(), full.connect(), full.connect()
    lost("WATCH b")
    kept("WATCH nope")
    elsewhere("SELECT 1")
    elsewhere("WATCH d")
    full("FLUSHDB")
    replies = []
    for client in (lost, kept, elsewhere):
        client("MULTI")
        replies.append(client("EXEC"))
    assert replies == [NULL_ARRAY, [], []]


def test_the_probe_is_told_of_each_database(full: Redis) -> None:
    events = [event for event in full.events("FLUSHALL") if isinstance(event, DatabaseCleared)]
    assert events[:2] == [DatabaseCleared(0, 3), DatabaseCleared(1, 1)]
    assert len(events) == 16


def test_a_snapshot_knows_that_all_keys_were_touched(full: Redis) -> None:
    full.ctx.db.touched = set()
    full("FLUSHDB")
    assert full.ctx.db.touched == {b"a", b"b", b"c"}


def test_time_is_the_engines_clock(redis: Redis) -> None:
    redis.advance(1234)
    assert redis("TIME") == [b"1001", b"234000"]


@pytest.fixture
def two(redis: Redis) -> None:
    redis("SET a zero EX 100")
    redis("SELECT 1")
    redis("RPUSH b one")
    redis("SELECT 0")


@pytest.mark.usefixtures("two")
def test_swapped_databases_change_contents_and_times_to_live(redis: Redis) -> None:
    other = redis.connect()
    other("SELECT 1")
    assert redis("SWAPDB 0 1") == OK
    assert (redis("KEYS *"), other("KEYS *")) == ([b"b"], [b"a"])
    assert (redis("TTL b"), other("TTL a")) == (-1, 100)
    redis.engine.check()
    redis.advance(100_000)
    assert other("EXISTS a") == 0


@pytest.mark.usefixtures("two")
def test_a_swap_is_one_change_and_no_event(redis: Redis) -> None:
    assert passed_on(redis, "SWAPDB 1 0") == ["SWAPDB 1 0"]
    assert changes(redis, "SWAPDB 3 3") == 1
    assert told(redis, "SWAPDB 0 1") == []
    assert DatabasesSwapped(0, 5) in redis.events("SWAPDB 0 5")


@pytest.mark.usefixtures("two")
def test_a_swap_serves_who_waits(redis: Redis) -> None:
    other = redis.connect()
    assert other.all("BLPOP b 0") == []
    redis("SWAPDB 0 1")
    assert other.client.take() == [[b"b", b"one"]]
    redis.engine.check()


@pytest.mark.parametrize(("key", "broken"), [("a", True), ("b", True), ("nope", False)])
@pytest.mark.usefixtures("two")
def test_a_swap_breaks_watches_of_keys_that_are_in_either(
    redis: Redis, key: str, broken: bool
) -> None:
    other = redis.connect()
    other(f"WATCH {key}")
    other("MULTI")
    other("PING")
    redis("SWAPDB 0 1")
    assert isinstance(other("EXEC"), list) is not broken


@pytest.mark.usefixtures("two")
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


@pytest.mark.usefixtures("two")
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
@pytest.mark.usefixtures("two")
def test_wrong_swaps_are_refused(redis: Redis, line: str, message: str) -> None:
    with pytest.raises(CommandError) as refused:
        redis(line)
    assert refused.value.text == message
    assert redis("KEYS *") == [b"a"]
