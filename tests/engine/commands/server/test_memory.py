"""MEMORY tells what keys take, and what all takes together."""

from __future__ import annotations

import pytest

from redlearn.errors import CommandError
from tests.conftest import Redis


@pytest.mark.parametrize(
    ("line", "size"),
    [("SET k 7", 48), ("SET k hello", 64), (f"SET k {'x' * 45}", 112),
     (f"SET k {'x' * 1000}", 1072), ("SETBIT k 100000 1", 14384), ("XADD k 1-1 f v", 4728)],
)  # fmt: skip
def test_usage_is_what_a_redis_7_0_says(redis: Redis, line: str, size: int) -> None:
    redis(line)
    assert redis("MEMORY USAGE k") == size


def test_usage_of_nothing_is_nil_and_leaves_no_trace(redis: Redis) -> None:
    assert redis("MEMORY USAGE k") is None
    redis("SET k v")
    redis.advance(9000)
    redis("MEMORY USAGE k")
    assert redis("OBJECT IDLETIME k") == 9


def test_usage_of_a_stale_key_is_told_until_somebody_removes_it(redis: Redis) -> None:
    redis("SET k v PX 10")
    redis.advance(20)
    assert redis("MEMORY USAGE k") == 64
    redis("GET k")
    assert redis("MEMORY USAGE k") is None


def test_samples_of_zero_look_at_everything(redis: Redis) -> None:
    for number in range(600):
        redis(f"HSET h f{number} {'x' * (number % 100 + 1)}")
    some, everything = redis("MEMORY USAGE h SAMPLES 1"), redis("MEMORY USAGE h SAMPLES 0")
    assert some != everything
    assert redis("MEMORY USAGE h SAMPLES 600") == everything


@pytest.mark.parametrize(
    ("line", "message"),
    [("MEMORY USAGE", "wrong number of arguments for 'memory|usage' command"),
     ("MEMORY USAGE k SAMPLES", "ERR syntax error"), ("MEMORY USAGE k NOPE 1", "ERR syntax error"),
     ("MEMORY USAGE k SAMPLES -1", "ERR syntax error"),
     ("MEMORY USAGE k SAMPLES x", "ERR value is not an integer or out of range"),
     ("MEMORY NOPE", "ERR unknown subcommand 'NOPE'. Try MEMORY HELP."),
     ("CONFIG SET maxmemory-policy lru", "must be one of the following: volatile-lru, volatile-lfu,"
      " volatile-random, volatile-ttl, allkeys-lru, allkeys-lfu, allkeys-random,"
      " noeviction"),
     ("CONFIG SET maxmemory half", "argument must be a memory value"),
     ("CONFIG SET maxmemory-samples 65", "argument must be between 1 and 64 inclusive")],
)  # fmt: skip
def test_refusals(redis: Redis, line: str, message: str) -> None:
    with pytest.raises(CommandError, match=message.replace("|", "\\|")):
        redis(line)


def test_stats_add_up(redis: Redis) -> None:
    for number in range(100):
        redis(f"SET key:{number} {'x' * 100} EX 1000")
    stats = redis("MEMORY STATS")
    assert isinstance(stats, dict)
    total = stats[b"total.allocated"]
    assert total == redis.engine.state.used_memory()
    assert stats[b"overhead.total"] + stats[b"dataset.bytes"] == total  # type: ignore[operator]
    assert stats[b"keys.count"] == 100
    assert stats[b"keys.bytes-per-key"] == total // 100  # type: ignore[operator]
    assert stats[b"db.0"] == {
        b"overhead.hashtable.main": 100 * 40 + 128 * 8,
        b"overhead.hashtable.expires": 100 * 24 + (64 + 128) * 8,  # rehashing
    }
    redis("FLUSHALL")
    after = redis("MEMORY STATS")
    assert isinstance(after, dict)
    assert (after[b"peak.allocated"], after[b"total.allocated"]) == (total, 0)
    assert after[b"peak.percentage"] == 0.0


def test_the_doctor_says_what_is_the_matter(redis: Redis) -> None:
    assert b"hardly any data" in said(redis)
    for number in range(100):
        redis(f"SET key:{number} {'x' * 100}")
    redis("CONFIG SET maxmemory 20kb maxmemory-policy volatile-lru")
    assert b"there is none" in said(redis)
    redis("CONFIG SET maxmemory 0")
    for number in range(70):
        redis(f"DEL key:{number}")
    assert b"peak" in said(redis)


def said(redis: Redis) -> bytes:
    reply = redis("MEMORY DOCTOR")
    assert isinstance(reply, bytes)
    return reply


def test_the_others_answer(redis: Redis) -> None:
    assert repr(redis("MEMORY PURGE")) == repr(redis("PING")).replace("PONG", "OK")
    assert b"Allocated: 0" in redis("MEMORY MALLOC-STATS")  # type: ignore[operator]
    assert "USAGE" in repr(redis("MEMORY HELP"))
