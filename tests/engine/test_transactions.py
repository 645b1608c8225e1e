"""WATCH bookkeeping: who watches what, who is marked, and stale keys."""

from __future__ import annotations

import pytest

from redlearn.engine.transactions import end_multi, is_expired, watched_key_expired
from redlearn.resp.reply import NULL_ARRAY, OK, Reply
from tests.conftest import Redis


def outcome(redis: Redis) -> Reply:
    """What EXEC replies to a transaction of one PING."""
    redis("MULTI")
    redis("PING x")
    return redis("EXEC")


def test_a_key_is_watched_once_by_each_client(redis: Redis) -> None:
    redis("WATCH k k")
    redis("WATCH k")
    other = redis.connect()
    other("WATCH k")
    db = redis.ctx.db
    assert db.watched == {b"k": {1, 2}}
    assert redis.engine.state.watching == 2


def test_the_same_name_in_another_database_is_another_key(redis: Redis) -> None:
    redis("WATCH k")
    redis("SELECT 1")
    redis("WATCH k")
    assert [db.index for db, _, _ in redis.client.watched] == [0, 1]
    redis("SET k v")
    redis("SELECT 0")
    assert outcome(redis) is NULL_ARRAY


@pytest.mark.parametrize("end", ["UNWATCH", "EXEC", "DISCARD", "RESET", "disconnect"])
def test_watches_end(redis: Redis, end: str) -> None:
    other = redis.connect()
    other("WATCH k")
    redis("WATCH k l")
    if end in ("EXEC", "DISCARD"):
        redis("MULTI")
    if end == "disconnect":
        redis.engine.disconnect(redis.client)
    else:
        redis(end)
    assert redis.ctx.db.watched == {b"k": {2}}
    assert (redis.client.watched, redis.engine.state.watching) == ([], 1)


def test_a_marked_client_has_nothing_more_to_learn(redis: Redis) -> None:
    redis("WATCH k l")
    redis.connect()("SET k v")
    assert redis.client.dirty_cas
    assert redis.client.watched == []
    redis("WATCH m")
    assert redis.client.watched == []
    assert outcome(redis) is NULL_ARRAY
    assert outcome(redis) == [b"x"]


def test_a_client_that_changes_what_it_watches_has_lost_too(redis: Redis) -> None:
    redis("WATCH k")
    redis("SET k v")
    assert outcome(redis) is NULL_ARRAY


@pytest.mark.parametrize(
    "line",
    [
        "SET k w", "APPEND k x", "DEL k", "UNLINK k", "EXPIRE k 100", "PEXPIREAT k 1", "RENAME k z",
        "RENAME other k", "COPY other k REPLACE", "GETDEL k", "GETEX k PX 5", "SETRANGE k 0 x",
        "FLUSHDB", "FLUSHALL", "MSET k 1",
    ],
)  # fmt: skip
def test_every_change_marks(redis: Redis, line: str) -> None:
    redis("SET k v")
    redis("SET other v")
    redis("WATCH k")
    redis.connect()(line)
    assert outcome(redis) is NULL_ARRAY


@pytest.mark.parametrize(
    "line",
    ["GET k", "SET l v", "SETNX k w", "DEL l", "PERSIST k", "RENAMENX other k", "COPY other k"],
)
def test_what_changes_nothing_marks_nobody(redis: Redis, line: str) -> None:
    redis("SET k v")
    redis("SET other v")
    redis("WATCH k")
    redis.connect()(line)
    assert outcome(redis) == [b"x"]


def test_a_key_that_came_into_being_was_changed(redis: Redis) -> None:
    redis("WATCH k")
    redis.connect()("ZADD k 1 m")
    assert outcome(redis) is NULL_ARRAY


def test_flushing_changes_only_what_was_there(redis: Redis) -> None:
    redis("WATCH k")
    redis.connect()("FLUSHALL")
    assert outcome(redis) == [b"x"]


# --- Stale keys -----------------------------------------------------------------------------


def test_a_key_that_expired_since_was_changed(redis: Redis) -> None:
    """Even if nobody has looked, so that it still lies there."""
    redis("SET k v PX 10")
    redis("WATCH k")
    redis.advance(10)
    assert watched_key_expired(redis.engine.state, redis.client) is False  # no command ran since
    assert outcome(redis) is NULL_ARRAY


@pytest.mark.parametrize("how", ["lazy", "active"])
def test_a_key_that_expired_and_was_deleted_was_changed(redis: Redis, how: str) -> None:
    redis("SET k v PX 10")
    redis("WATCH k")
    redis.advance(10)
    if how == "lazy":
        redis.connect()("GET k")
    else:
        redis.engine.tick()
    assert redis.client.dirty_cas
    assert outcome(redis) is NULL_ARRAY


@pytest.mark.parametrize("line", ["PING x", "GET k", "DEL k", "FLUSHDB", "EXISTS k", "SCAN 0"])
def test_a_key_that_was_stale_already_is_not_lost_again(redis: Redis, line: str) -> None:
    redis("SET k v PX 10")
    redis.advance(10)
    redis("WATCH k")
    redis.connect()(line)
    assert outcome(redis) == [b"x"]


@pytest.mark.parametrize("line", ["SET k w", "INCR k", "HSET k f v"])
def test_but_it_must_not_come_into_being_again(redis: Redis, line: str) -> None:
    redis("SET k v PX 10")
    redis.advance(10)
    redis("WATCH k")
    redis.connect()(line)
    assert outcome(redis) is NULL_ARRAY


def test_a_key_dies_inside_of_exec_like_anywhere(redis: Redis) -> None:
    redis("SET k v PX 10")
    for line in ("MULTI", "EXISTS k", "INCR k", "PTTL k"):
        redis(line)
    redis.advance(10)
    assert redis("EXEC") == [0, 1, -1]


def test_time_stands_still_inside_of_exec(redis: Redis) -> None:
    for line in ("MULTI", "SET k v PX 5", "PTTL k", "TIME", "TIME"):
        redis(line)
    _, left, first, second = redis("EXEC")
    assert left == 5
    assert first == second


def test_stale_means_past_its_time_but_still_there(redis: Redis) -> None:
    db = redis.ctx.db
    redis("SET k v PX 10")
    assert not is_expired(db, b"k", 1_000_009)
    assert is_expired(db, b"k", 1_000_010)
    assert not is_expired(db, b"nope", 1_000_010)


def test_ending_a_transaction_forgets_all_of_it(redis: Redis) -> None:
    redis("WATCH k")
    redis("MULTI")
    redis.all("NOPE")
    end_multi(redis.engine.state, redis.client)
    client = redis.client
    assert (client.queue, client.dirty_exec, client.dirty_cas) == (None, False, False)
    assert client.watched == []
    assert redis("SET k v") == OK
