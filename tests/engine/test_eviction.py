"""Memory has a limit, and keys go, or commands are refused, to keep it."""

from __future__ import annotations

from random import Random

import pytest

from redlearn.engine.config import POLICIES
from redlearn.engine.eviction import (
    POOL_SIZE,
    GhostSkipped,
    KeyEvicted,
    KeySampled,
    OutOfMemory,
    OverLimit,
    PoolFilled,
    _put,
    keys_per_call,
)
from redlearn.engine.ledger import LEAST
from redlearn.engine.state import Candidate
from redlearn.errors import CommandError
from redlearn.probe import Event
from redlearn.resp.reply import OK, Failure
from tests.conftest import Redis
from tests.engine.commands.said import refused

OOM = "OOM command not allowed when used memory > 'maxmemory'."
MIB = 1 << 20


def limited(redis: Redis, policy: str, limit: str = "100kb") -> Redis:
    redis(f"CONFIG SET maxmemory {limit} maxmemory-policy {policy}")
    return redis


def fill(redis: Redis, count: int = 2000, ttl: bool = True) -> int:
    """SET until `count` were tried; how many were refused."""
    refused = 0
    for number in range(count):
        line = f"SET key:{number} {'x' * 100}" + (f" PX {1_000_000 + number}" if ttl else "")
        refused += isinstance(redis.all(line)[0], Failure)
    return refused


# --- who is refused -------------------------------------------------------------------------


def test_without_eviction_what_could_grow_is_refused_and_nothing_else(redis: Redis) -> None:
    limited(redis, "noeviction")
    assert fill(redis) > 1000
    for line in (
        "SET a b",
        "LPUSH l a",
        "APPEND key:0 x",
        "SETRANGE key:0 0 x",
        "COPY key:0 key:x",
    ):
        with pytest.raises(CommandError, match=OOM):
            redis(line)
    assert redis("GET key:0") == b"x" * 100
    assert redis("EXPIRE key:0 100") == 1
    assert redis("DEL key:0 key:1 key:2 key:3") == 4
    assert redis("SET a b") is not None


def test_a_wrong_number_of_arguments_comes_first(redis: Redis) -> None:
    limited(redis, "noeviction", "1")
    redis.all("SET k v")
    with pytest.raises(CommandError, match="wrong number of arguments"):
        redis("SET k")
    with pytest.raises(CommandError, match="unknown command"):
        redis("NOPE")


@pytest.mark.parametrize("policy", POLICIES)
def test_a_limit_that_no_key_fits_into_is_passed_by_an_empty_server(
    redis: Redis, policy: str
) -> None:
    limited(redis, policy, "1")
    assert refused(redis, "SET k v") == OOM
    assert redis("GET k") is None
    assert (redis("DEL k"), redis("EXPIRE k 10"), redis("DBSIZE")) == (0, 0, 0)
    assert refused(redis, "HSET h f v") == OOM
    redis("MULTI")
    assert refused(redis, "SET k v") == OOM
    assert refused(redis, "EXEC").startswith("EXECABORT")
    redis("CONFIG SET maxmemory 200")
    assert redis("SET k v") == OK


def test_the_smallest_key_takes_what_is_said_of_it(redis: Redis) -> None:
    redis(b"SET", b"", b"1")
    assert redis.engine.state.used_memory() == LEAST
    limited(redis, "noeviction", str(LEAST))
    assert redis(b"SET", b"", b"2") == OK


def test_a_wrong_type_comes_after(redis: Redis) -> None:
    redis("LPUSH l a")
    limited(redis, "noeviction", "1")
    with pytest.raises(CommandError, match=OOM):
        redis("INCR l")


def test_a_refused_command_dooms_an_open_transaction(redis: Redis) -> None:
    redis("SET k v")
    limited(redis, "noeviction", "1")
    redis("MULTI")
    with pytest.raises(CommandError, match=OOM):
        redis("SET k w")
    redis("GET k")
    with pytest.raises(CommandError, match="EXECABORT Transaction discarded because of previous"):
        redis("EXEC")
    assert redis("GET k") == b"v"


def test_exec_is_refused_if_anything_in_its_queue_could_grow(redis: Redis) -> None:
    redis("SET k v")
    redis("MULTI")
    redis("SET k w")
    limited(redis.connect(), "noeviction", "1")
    with pytest.raises(CommandError, match=f"EXECABORT Transaction discarded because of: {OOM}"):
        redis("EXEC")
    assert redis("GET k") == b"v"
    redis("MULTI")
    redis("GET k")
    redis("DEL k")
    assert redis("EXEC") == [b"v", 1]


def test_inside_exec_nobody_looks_again(redis: Redis) -> None:
    limited(redis, "noeviction", "10kb")
    redis("MULTI")
    for number in range(50):
        redis(f"SET k{number} {'x' * 1000}")
    assert len(redis("EXEC")) == 50  # type: ignore[arg-type]
    assert redis.engine.state.used_memory() > 50_000
    with pytest.raises(CommandError, match=OOM):
        redis("SET k v")


@pytest.mark.parametrize(
    "policy", ["volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl"]
)
def test_a_volatile_policy_refuses_when_no_key_has_a_time_to_live(
    redis: Redis, policy: str
) -> None:
    limited(redis, policy)
    assert fill(redis, ttl=False) > 1000
    assert redis.engine.state.evicted == 0


# --- who goes -------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", [policy for policy in POLICIES if policy != "noeviction"])
def test_a_policy_that_evicts_refuses_nothing(redis: Redis, policy: str) -> None:
    limited(redis, policy)
    assert fill(redis) == 0
    assert redis.engine.state.evicted > 1000
    assert redis.engine.state.used_memory() < 102_400 + 5000
    redis.engine.check()


def kept_of_old(redis: Redis, old: range) -> int:
    return sum(redis(f"EXISTS key:{number}") == 1 for number in old)


def test_lru_keeps_what_was_used_lately(redis: Redis) -> None:
    fill(redis, 400, ttl=False)
    redis.advance(60_000)
    for number in range(200):
        redis(f"GET key:{number}")
    limited(redis, "allkeys-lru", str(redis.engine.state.used_memory() * 6 // 10))
    redis.advance(1000)
    redis("SET one more")
    used, unused = kept_of_old(redis, range(200)), kept_of_old(redis, range(200, 400))
    assert used > 180
    assert unused < 100


def test_lfu_keeps_what_is_used_often_even_if_not_lately(redis: Redis) -> None:
    redis("CONFIG SET maxmemory-policy allkeys-lfu")
    fill(redis, 400, ttl=False)
    for _ in range(30):
        for number in range(100):
            redis(f"GET key:{number}")
    for number in range(100, 400):
        redis(f"GET key:{number}")
    limited(redis, "allkeys-lfu", str(redis.engine.state.used_memory() // 2))
    redis("SET one more")
    assert kept_of_old(redis, range(100)) > 90
    assert kept_of_old(redis, range(100, 400)) < 200


def test_volatile_ttl_takes_what_dies_soonest(redis: Redis) -> None:
    fill(redis, 400)
    limited(redis, "volatile-ttl", str(redis.engine.state.used_memory() // 2))
    redis("SET one more")
    assert kept_of_old(redis, range(100)) < 30
    assert kept_of_old(redis, range(300, 400)) > 70


def test_volatile_policies_leave_keys_without_a_time_to_live(redis: Redis) -> None:
    for number in range(100):
        redis(f"SET stays:{number} {'x' * 100}")
    limited(redis, "volatile-lru")
    fill(redis)
    assert sum(redis(f"EXISTS stays:{number}") == 1 for number in range(100)) == 100


def test_a_random_policy_takes_from_each_database_in_turn(redis: Redis) -> None:
    for db in (0, 1, 2):
        redis(f"SELECT {db}")
        fill(redis, 300, ttl=False)
    sizes = [len(db) for db in redis.engine.state.databases[:3]]
    limited(redis, "allkeys-random", str(redis.engine.state.used_memory() * 3 // 4))
    redis("PING")
    lost = [
        before - len(db) for before, db in zip(sizes, redis.engine.state.databases, strict=False)
    ]
    assert min(lost) > 0
    assert max(lost) - min(lost) <= 1


# --- the pool -------------------------------------------------------------------------------


def test_the_pool_is_ordered_and_loses_its_worst() -> None:
    pool: list[Candidate] = []
    for score in range(POOL_SIZE):
        assert _put(pool, Candidate(score * 10, 0, b"%d" % score)) == score
    assert _put(pool, Candidate(0, 0, b"no better than the worst")) == -1
    assert _put(pool, Candidate(75, 0, b"between")) == 7
    assert _put(pool, Candidate(999, 0, b"best")) == POOL_SIZE - 1
    assert [c.score for c in pool] == sorted(c.score for c in pool)
    assert len(pool) == POOL_SIZE
    assert pool[0].score == 20


def test_the_pool_stays_between_evictions_and_skips_ghosts(redis: Redis) -> None:
    limited(redis, "allkeys-lru", "3kb")
    for number in range(40):
        redis.advance(1000)
        redis(f"SET key:{number} {'x' * 100}")
    pool = list(redis.engine.state.pool)
    assert pool
    for candidate in pool:
        redis(b"DEL", candidate.key)
    redis.advance(1000)
    seen: list[Event] = []
    for number in range(40):
        seen += redis.events(f"SET new:{number} {'x' * 100}")
    ghosts = {event.key for event in seen if isinstance(event, GhostSkipped)}
    assert ghosts & {candidate.key for candidate in pool}


# --- what is said ---------------------------------------------------------------------------


def test_an_eviction_is_reported_step_by_step(redis: Redis) -> None:
    fill(redis, 30, ttl=False)
    limited(redis, "allkeys-lru", str(redis.engine.state.used_memory() - 1))
    redis.advance(5000)
    seen = redis.events("GET nothing")
    kinds = [type(event) for event in seen]
    assert kinds.index(OverLimit) < kinds.index(KeySampled) < kinds.index(PoolFilled)
    assert kinds.index(PoolFilled) < kinds.index(KeyEvicted)
    assert kinds.count(KeySampled) == 5
    victim = next(event for event in seen if isinstance(event, KeyEvicted))
    assert victim.score == 5000
    assert victim.freed > 100
    assert victim.used == redis.engine.state.used_memory()


def test_a_refusal_is_reported(redis: Redis) -> None:
    redis("SET k v")
    limited(redis, "noeviction", "1")
    (refused,) = (e for e in redis.events("SET k w") if isinstance(e, OutOfMemory))
    assert (refused.command, refused.limit) == ("set", 1)


@pytest.mark.parametrize(("lazy", "word"), [("no", b"DEL"), ("yes", b"UNLINK")])
def test_each_victim_is_passed_on_by_itself_before_the_command(
    redis: Redis, lazy: str, word: bytes
) -> None:
    fill(redis, 30, ttl=False)
    redis(f"CONFIG SET lazyfree-lazy-eviction {lazy}")
    limited(redis, "allkeys-random", str(redis.engine.state.used_memory() - 300))
    units: list[tuple[tuple[bytes, ...], ...]] = []
    redis.engine.state.sinks.append(lambda unit: units.append(tuple(e.argv for e in unit)))
    redis("SET k v")
    assert [unit[0][0] for unit in units[:-1]] == [word] * (len(units) - 1)
    assert len(units) >= 3
    assert units[-1] == ((b"SET", b"k", b"v"),)


def test_subscribers_hear_of_an_eviction(redis: Redis) -> None:
    fill(redis, 30, ttl=False)
    redis("CONFIG SET notify-keyspace-events Ee")
    limited(redis, "allkeys-random", str(redis.engine.state.used_memory() - 1))
    channels = [getattr(event, "channel", b"") for event in redis.events("PING")]
    assert b"__keyevent@0__:evicted" in channels


def test_a_watched_key_that_is_evicted_fails_the_transaction(redis: Redis) -> None:
    redis("SET only " + "x" * 100)
    redis("WATCH only")
    redis("MULTI")
    redis("GET only")
    limited(redis.connect(), "allkeys-lru", "50")
    assert len(redis.client.db) == 0 or redis.engine.tick() is None
    assert repr(redis("EXEC")) != repr([b"x" * 100])


# --- how much at a time ---------------------------------------------------------------------


def test_a_call_is_a_bounded_piece_of_work_and_the_timer_goes_on(redis: Redis) -> None:
    fill(redis, 1000, ttl=False)
    limited(redis, "allkeys-random", "10kb")
    assert redis("SET k v") is not None  # while evicting goes on, nothing is refused
    assert redis.engine.state.evicted == 256
    assert redis.engine.state.evicting
    redis.engine.tick()
    assert redis.engine.state.evicted == 512
    for _ in range(3):
        redis.engine.tick()
    assert not redis.engine.state.evicting
    assert redis.engine.state.used_memory() <= 10 * 1024


def test_tenacity_says_how_large_the_piece_is() -> None:
    assert keys_per_call(0) == 0
    assert keys_per_call(10) == 250
    assert (keys_per_call(20) or 0) > 4 * 250
    assert keys_per_call(100) is None


# --- policies change ------------------------------------------------------------------------


def test_freq_and_idletime_belong_to_one_kind_of_policy_each(redis: Redis) -> None:
    redis("SET k v")
    with pytest.raises(CommandError, match="An LFU maxmemory policy is not selected"):
        redis("OBJECT FREQ k")
    redis("CONFIG SET maxmemory-policy allkeys-lfu")
    with pytest.raises(CommandError, match="An LFU maxmemory policy is selected, idle time not"):
        redis("OBJECT IDLETIME k")
    redis("SET new v")
    assert redis("OBJECT FREQ new") == 5
    redis("GET new")
    assert redis("OBJECT FREQ new") == 6  # certain, from 5
    assert redis("OBJECT FREQ nope") is None


def test_the_bits_are_read_as_the_new_policy_reads_them(redis: Redis) -> None:
    """At 1000 s the LRU clock is 0x3E8: as LFU that is a counter of 0xE8, of minute 3."""
    redis("SET k v")
    redis("CONFIG SET maxmemory-policy allkeys-lfu lfu-decay-time 0")
    assert redis("OBJECT FREQ k") == 1000 & 255


def test_restore_takes_a_frequency_only_under_lfu(redis: Redis) -> None:
    redis("SET k v")
    payload = redis("DUMP k")
    assert isinstance(payload, bytes)
    redis("CONFIG SET maxmemory-policy allkeys-lfu")
    redis(b"RESTORE", b"f", b"0", payload, b"FREQ", b"77")
    assert redis("OBJECT FREQ f") == 77
    redis("CONFIG SET maxmemory-policy allkeys-lru")
    redis(b"RESTORE", b"i", b"0", payload, b"IDLETIME", b"500")
    assert redis("OBJECT IDLETIME i") == 500


def test_a_client_that_does_not_touch_leaves_the_counter(redis: Redis) -> None:
    redis("CONFIG SET maxmemory-policy allkeys-lfu lfu-log-factor 0")
    redis("SET k v")
    redis("CLIENT NO-TOUCH ON")
    redis("GET k")
    assert redis("OBJECT FREQ k") == 5
    redis("TOUCH k")
    assert redis("OBJECT FREQ k") == 6


# --- nothing but the inputs decides ---------------------------------------------------------


@pytest.mark.parametrize("policy", POLICIES)
def test_the_same_inputs_evict_the_same_keys_watched_or_not(new_redis, policy: str) -> None:  # type: ignore[no-untyped-def]
    quiet, watched = limited(new_redis(3), policy), limited(new_redis(3), policy)
    watched.engine.watch(lambda event: None)
    for redis in (quiet, watched):
        rng = Random(5)
        for number in range(600):
            redis.all(f"SET key:{rng.randrange(900)} {'x' * rng.randrange(300)} EX {number + 1000}")
            redis.all(f"GET key:{rng.randrange(900)}")
            redis.advance(rng.randrange(2000))
    assert [e.key for e in quiet.client.db.keys] == [e.key for e in watched.client.db.keys]
    assert quiet.engine.state.pool == watched.engine.state.pool
    assert quiet.engine.state.evicted == watched.engine.state.evicted


def flood(redis: Redis, limit: int, commands: int, seed: int) -> int:
    """Random writes of all types; by how much memory ever was over the limit after one."""
    rng, worst = Random(seed), 0
    state = redis.engine.state
    kinds = (
        "SET s{k} {v} PX {t}", "HSET h{k} {f} {v}", "RPUSH l{k} {v}", "SADD t{k} {f}{v}",
        "ZADD z{k} {f} {f}{v}", "XADD x{k} * f {v}", "APPEND s{k} {v}", "EXPIRE h{k} {f}",
    )  # fmt: skip
    for number in range(commands):
        line = rng.choice(kinds).format(
            k=rng.randrange(500),
            f=rng.randrange(2000),
            v="v" * rng.randrange(400),
            t=10**6 + number,
        )
        redis.all(line)
        worst = max(worst, state.used_memory() - limit)
        if number % 500 == 0:
            redis.advance(100)
            redis.engine.tick()
    return worst


@pytest.mark.parametrize("policy", POLICIES)
def test_a_flood_never_goes_beyond_the_limit_by_more_than_one_command(
    redis: Redis, policy: str
) -> None:
    """One command of 400 bytes may double a table of 16,384 buckets on top."""
    limited(redis, policy, str(MIB))
    redis("CONFIG SET maxmemory-eviction-tenacity 100")
    assert flood(redis, MIB, 4000, seed=1) < 2000 + 8 * 16_384
    redis.engine.check()


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("policy", POLICIES)
def test_a_flood_of_64_mib(redis: Redis, policy: str) -> None:
    limited(redis, policy, "64mb")
    assert flood(redis, 64 * MIB, 600_000, seed=2) < 2000 + 8 * 1_048_576
    redis.engine.check()
