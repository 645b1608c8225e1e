"""Of the same keys, we evict such as a real Redis does: not the same, but as bad ones."""

from __future__ import annotations

import pytest

from redlearn.engine.config import POLICIES
from redlearn.lines import plain
from redlearn.resp.encode import encode
from tests.conftest import Redis
from tests.oracle.eviction import EVICTING, compare, keys_of, outcome_of, picture, trace
from tests.oracle.servers import Server

KEYS = 600


@pytest.mark.parametrize("policy", EVICTING)
def test_the_evicted_are_as_bad_as_a_redis_evicts(redis_server: Server, policy: str) -> None:
    """Five draws from 600 keys: the mean place of the evicted varies by 0.02 from seed to seed."""
    ours, theirs = compare(redis_server, policy, KEYS, 6000)
    assert ours.kept == pytest.approx(theirs.kept, abs=0.1)
    assert ours.badness == pytest.approx(theirs.badness, abs=0.06)
    if policy.endswith(("lru", "lfu")):
        assert ours.hits == pytest.approx(theirs.hits, abs=0.08)
        assert max(ours.deciles[0], theirs.deciles[0]) <= 6  # of 60: the best tenth stays


@pytest.mark.parametrize("policy", POLICIES)
def test_an_empty_server_refuses_what_a_redis_refuses_that_has_no_memory(
    redis: Redis, redis_server: Server, policy: str
) -> None:
    """What is queued is another matter: 7.0 refuses all of it, 7.4 what may grow."""
    lines = (
        f"CONFIG SET maxmemory 1 maxmemory-policy {policy}",
        *("SET k v", "GET k", "INCR k", "DEL k", "EXPIRE k 10", "HSET h f v", "DBSIZE"),
        *("MULTI", "SET k v", "EXEC", "MULTI", "EXEC", "EVAL 1 0", "FLUSHALL"),
        "CONFIG SET maxmemory 0 maxmemory-policy noeviction",
        "SET k v",
    )
    with redis_server.connect() as peer:
        for line in lines:
            argv = line.encode().split()
            expected = peer.raw(*argv)
            assert b"".join(encode(reply, 2) for reply in redis.all(*argv)) == expected, line


def test_a_trace_uses_the_first_key_most() -> None:
    uses = trace(1, 100, 5000)
    assert uses.count(0) > uses.count(1) > uses.count(20)


def test_the_figures_tell_good_victims_from_bad_ones() -> None:
    keys = keys_of(trace(1, 100, 1000), 100, seed=2)
    worst = sorted(range(100), key=lambda n: -keys[n].idle_s)[:50]
    found = outcome_of("allkeys-lru", keys, [n not in worst for n in range(100)], [0])
    assert found.kept == 0.5
    assert found.badness == pytest.approx(0.745)
    assert found.deciles == (0,) * 5 + (10,) * 5
    drawn = plain(picture({"allkeys-lru": {"redlearn": found, "redis 7.0": found}}))
    assert "redlearn" in drawn and "redis 7.0" in drawn
    assert drawn.count("50% kept") == 2
    (top,) = [row for row in drawn.splitlines() if row.startswith("allkeys-lru")]
    assert top.count("██") == 10  # five tenths of each went whole
