"""A digest that follows writes is that of all data, read anew."""

from __future__ import annotations

import pytest

from redlearn.engine.running_digest import RunningDigest
from tests.conftest import Redis

LINES = [
    "SET k v", "SET k v EX 10", "APPEND k x", "DEL k", "RENAME k j", "COPY k j DB 3", "MOVE k 3",
    "LPUSH l a", "LPOP l", "HSET h f v", "ZADD z 1 a", "SADD s a", "XADD x 1-1 f v", "PERSIST k",
    "MSET k 1 j 2", "SWAPDB 0 3", "FLUSHDB", "FLUSHALL", "DEBUG POPULATE 5", "SORT l ALPHA STORE m",
    "ZUNIONSTORE y 1 z", "GETEX k EX 10", "EVAL \"redis.call('SET','e','1')\" 0",
]  # fmt: skip


@pytest.mark.parametrize("line", LINES)
def test_it_is_what_reading_all_anew_gives(redis: Redis, line: str) -> None:
    databases = redis.engine.state.databases
    running = RunningDigest(databases)
    redis.engine.state.sinks.append(running.take)
    for before in ("SET k v", "RPUSH l c b", "ZADD z 2 b", "HSET h g w"):
        redis(before)
    redis(line)
    redis("SET last 1")
    assert running.value == RunningDigest(databases).value


def test_it_reads_only_what_was_written(redis: Redis) -> None:
    redis("DEBUG POPULATE 1000")
    running = RunningDigest(redis.engine.state.databases)
    assert running.elements == 1000
    redis.engine.state.sinks.append(running.take)
    redis("HSET h f 1 g 2 i 3")
    assert running.elements == 1003


def test_no_data_have_none(redis: Redis) -> None:
    running = RunningDigest(redis.engine.state.databases)
    redis.engine.state.sinks.append(running.take)
    redis("SET k v")
    assert running.value != 0
    redis("DEL k")
    assert running.value == 0
