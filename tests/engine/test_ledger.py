"""The ledger knows what all keys take, without walking over them."""

from __future__ import annotations

from random import Random

import pytest

from redlearn.engine.config import POLICIES
from redlearn.engine.ledger import Ledger, name_size, size_of, tables_of, walked
from tests.conftest import Redis

LIMIT = "CONFIG SET maxmemory 1gb"


def ledger_of(redis: Redis) -> Ledger:
    ledger = redis.engine.state.ledger
    assert ledger is not None
    return ledger


def test_without_a_limit_there_is_no_ledger_and_memory_is_found_by_walking(redis: Redis) -> None:
    redis("SET k v")
    assert redis.engine.state.ledger is None
    assert redis.engine.state.used_memory() == walked(redis.client.db) > 0


def test_with_a_limit_the_sum_is_kept(redis: Redis) -> None:
    redis("SET before v")
    redis(LIMIT)
    redis("SET k v")
    ledger_of(redis).check()
    redis("CONFIG SET maxmemory 0")
    assert redis.engine.state.ledger is None


def test_a_key_is_its_entry_its_name_and_its_value(redis: Redis) -> None:
    redis("SET k hello")
    entry = redis.client.db.keys.peek(b"k")
    assert entry is not None
    assert name_size(b"k") == 24 + 8
    assert size_of(entry) == 24 + 8 + 32
    assert tables_of(redis.client.db) == 4 * 8
    redis("EXPIRE k 100")
    assert tables_of(redis.client.db) == 4 * 8 + 4 * 8 + 24


LINES = (
    "SET s{n} {x}", "SET s{n} {x} EX 100", "APPEND s{n} {x}", "SETRANGE s{n} 300 {x}", "DEL s{n}",
    "INCR c{n}", "HSET h{n} f{m} {x}", "HSET h{n} f{m} {x} g{m} {x}", "HDEL h{n} f{m}",
    "LPUSH l{n} {x} {x} {x}", "RPOP l{n} 2", "LINSERT l{n} BEFORE {x} {x}{x}", "LSET l{n} 0 {x}",
    "LMOVE l{n} l{o} LEFT RIGHT", "LTRIM l{n} 1 -2", "SADD t{n} {m} {x}", "SREM t{n} {m}",
    "SMOVE t{n} t{o} {m}", "SUNIONSTORE t{n} t{n} t{o}", "ZADD z{n} {m} {x}{m}", "ZREM z{n} {x}{m}",
    "ZUNIONSTORE z{n} 2 z{n} z{o}", "XADD x{n} MAXLEN 30 * f {x}", "XTRIM x{n} MAXLEN 5",
    "XGROUP CREATE x{n} g 0 MKSTREAM", "XREADGROUP GROUP g me COUNT 3 STREAMS x{n} >",
    "SETBIT b{n} {m} 1", "PFADD p{n} {x}", "GET s{n}", "HGETALL h{n}", "EXPIRE h{n} 1",
    "PERSIST h{n}", "RENAME s{n} s{o}", "COPY h{n} h{o} REPLACE", "MOVE s{n} 3", "SWAPDB 0 3",
    "SELECT 3", "SELECT 0", "SORT l{n} ALPHA STORE l{o}", "GETDEL s{n}", "UNLINK l{n}",
    "RANDOMKEY", "SCAN 0", "HPEXPIRE h{n} 500 FIELDS 1 f{m}", "HSET h{n} f1 {x} f2 {x}",
    "HPEXPIRE h{n} 900 FIELDS 2 f1 f2",
)  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
def test_after_any_commands_the_sum_is_what_a_walk_finds(redis: Redis, seed: int) -> None:
    rng = Random(seed)
    redis(LIMIT)
    redis("CONFIG SET list-max-listpack-size 4 list-compress-depth 1")
    for step in range(1500):
        line = rng.choice(LINES).format(
            n=rng.randrange(3),
            o=rng.randrange(3),
            m=rng.randrange(900),
            x="ab" * rng.randrange(1, 60),
        )
        redis.all(line)
        if step % 50 == 0:
            redis.advance(700)
            redis.engine.tick()
        if step % 25 == 0:
            redis.engine.check()
    assert redis.engine.state.used_memory() > 0
    redis("FLUSHALL")
    redis.engine.check()
    assert redis.engine.state.used_memory() == 0


@pytest.mark.parametrize(
    "line", ["SADD k {}", "ZADD k 1 {}", "HSET k {} v", "HSET k f{1} {0}", "RPUSH k {}"]
)
def test_one_large_element_among_many_small_ones_is_not_overlooked(redis: Redis, line: str) -> None:
    """A sample of five would not see it, or take all the others to be like it."""
    redis(LIMIT)
    for number in range(1000):
        redis(line.format(f"m{number}", number))
    before = redis.engine.state.used_memory()
    redis(line.format("x" * 100_000, 5000))
    assert 95_000 <= redis.engine.state.used_memory() - before < 150_000


@pytest.mark.parametrize("policy", POLICIES)
def test_a_ledger_thaws_to_the_same_sum(redis: Redis, policy: str) -> None:
    redis(LIMIT)
    redis(f"CONFIG SET maxmemory-policy {policy}")
    for number in range(300):
        redis(f"HSET h{number % 7} f{number} v")
        redis(f"SET s{number} {number} EX 100")
    frozen = ledger_of(redis).freeze()
    again = Ledger.thaw(frozen, redis.engine.state.databases)
    assert again.total() == ledger_of(redis).total()
    again.check()
