"""Expiry: what the active cycle looks at, when it is content, and what it leaves behind."""

from __future__ import annotations

import pytest

from redlearn.engine.engine import Engine
from redlearn.engine.expiry import (
    KEYS_PER_CYCLE,
    ExpireRound,
    KeyExpired,
    Round,
    acceptable_stale,
    goes_on,
    keys_per_loop,
    note_average_ttl,
    sample,
)
from redlearn.engine.keyspace import Database
from redlearn.probe import Event, Probe
from tests.conftest import Redis
from tests.engine.commands.said import told

NOW_MS = 1_000_000


def database(ends: list[int]) -> Database:
    """A database with a key for each end, in ms since 1970."""
    db = Database(0, 1, Probe())
    for number, at_ms in enumerate(ends):
        key = b"k%d" % number
        db.keys.insert(key, b"v")
        db.expire_at(key, at_ms)
    return db


@pytest.mark.parametrize(("effort", "keys", "stale"), [(1, 20, 10), (2, 25, 9), (10, 65, 1)])
def test_effort_means_more_keys_and_less_patience(effort: int, keys: int, stale: int) -> None:
    assert keys_per_loop(effort) == keys
    assert acceptable_stale(effort) == stale


def test_a_round_tells_stale_keys_from_living_ones() -> None:
    db = database([NOW_MS - 1, NOW_MS, NOW_MS + 1, NOW_MS + 99])
    seen = sample(db, NOW_MS, 1)
    assert seen.sampled == 4
    assert sorted(seen.stale) == [(b"k0", NOW_MS - 1), (b"k1", NOW_MS)]
    assert (seen.with_ttl, seen.ttl_sum_ms) == (2, 100)


def test_a_round_looks_at_about_twenty_keys_and_the_next_goes_on() -> None:
    db = database([NOW_MS + 5] * 300)
    first, second = sample(db, NOW_MS, 1), sample(db, NOW_MS, 1)
    assert 20 <= first.sampled < 40
    assert 20 <= second.sampled < 40
    assert db.expire_cursor != 0


def test_rounds_come_round_to_every_key() -> None:
    db = database([NOW_MS - 1] * 300)
    found: set[bytes] = set()
    for _ in range(20):
        found |= {key for key, _ in sample(db, NOW_MS, 1).stale}
        if db.expire_cursor == 0:
            break
    assert len(found) == 300


def test_a_round_over_a_table_of_holes_ends_too() -> None:
    db = database([NOW_MS + 5] * 2000)
    for number in range(1999):
        db.remove(b"k%d" % number)
    assert sample(db, NOW_MS, 1).sampled <= 1


def test_another_round_follows_when_more_than_a_tenth_was_stale_and_the_table_goes_on() -> None:
    db, round_ = database([NOW_MS - 1] * 300), Round(NOW_MS)
    db.expire_cursor = 1
    assert goes_on(db, round_, effort=1), "nothing was seen yet: only empty buckets"
    round_.sampled, round_.stale = 27, [(b"k", 0)] * 3
    assert goes_on(db, round_, effort=1), "11 %"
    round_.stale = round_.stale[:2]
    assert not goes_on(db, round_, effort=1), "7 %"
    round_.sampled, round_.stale = 64, [(b"k", 0)] * 7
    assert not goes_on(db, round_, effort=1), "10.9 %: Redis leaves out what is behind the point"


def test_no_round_follows_when_the_whole_table_was_seen() -> None:
    db = database([NOW_MS - 1] * 12)
    round_ = sample(db, NOW_MS, 1)
    assert (round_.sampled, db.expire_cursor) == (12, 0)
    assert not goes_on(db, round_, effort=1)


def test_a_round_over_nothing_sees_nothing() -> None:
    assert sample(database([]), NOW_MS, 1).sampled == 0


def test_the_average_of_times_to_live_moves_slowly() -> None:
    db = database([])
    note_average_ttl(db, Round(NOW_MS))
    assert db.average_ttl_ms == 0
    seen = Round(NOW_MS)
    seen.with_ttl, seen.ttl_sum_ms = 2, 20_000
    note_average_ttl(db, seen)
    assert db.average_ttl_ms == 10_000
    seen.ttl_sum_ms = 40_000
    note_average_ttl(db, seen)
    assert db.average_ttl_ms == 10_000 // 50 * 49 + 20_000 // 50


# --- The cycle ------------------------------------------------------------------------------


def fill(redis: Redis, count: int, px: int, prefix: str = "k") -> None:
    for number in range(count):
        redis(f"SET {prefix}{number} v PX {px}")


def rounds(redis: Redis) -> list[ExpireRound]:
    """The rounds of one tick."""
    seen: list[Event] = []
    redis.engine.watch(seen.append)
    redis.engine.tick()
    redis.engine.watch(None)
    return [event for event in seen if isinstance(event, ExpireRound)]


def test_a_cycle_goes_on_while_more_than_a_tenth_is_stale(redis: Redis) -> None:
    fill(redis, 200, 10)
    redis.advance(10)
    seen = rounds(redis)
    assert len(seen) > 5
    assert sum(each.stale for each in seen) == 200
    assert len(redis.ctx.db) == 0
    assert redis.engine.state.active_expired == 200


def test_a_cycle_is_content_with_a_tenth(redis: Redis) -> None:
    fill(redis, 1000, 10_000)
    fill(redis, 20, 10, "old")
    redis.advance(10)
    seen = rounds(redis)
    assert len(seen) < 4
    assert all(each.stale * 10 <= each.sampled for each in seen[-1:])
    assert len(redis.ctx.db) > 1000


def test_more_effort_leaves_fewer_stale_keys(redis: Redis) -> None:
    left = []
    for effort in (1, 10):
        redis("FLUSHALL")
        redis(f"CONFIG SET active-expire-effort {effort}")
        redis.engine.state.expire_db = 0
        fill(redis, 900, 10_000)
        fill(redis, 60, 10, "old")
        redis.advance(10)
        redis.engine.tick()
        left.append(len(redis.ctx.db))
    assert left[1] < left[0]


def test_cycles_come_to_an_end_of_all_stale_keys(redis: Redis) -> None:
    fill(redis, 300, 10_000)
    fill(redis, 40, 10, "old")
    redis.advance(10)
    for _ in range(60):
        redis.engine.tick()
    assert len(redis.ctx.db) == 300


def test_a_cycle_has_a_budget(redis: Redis) -> None:
    """One call may not stop the world, however much is stale."""
    fill(redis, KEYS_PER_CYCLE + 3000, 10)
    redis.advance(10)
    redis.engine.tick()
    left = len(redis.ctx.db)
    assert 2000 < left <= 3000
    redis.engine.tick()
    assert len(redis.ctx.db) == 0


def test_a_cycle_that_spent_its_budget_goes_on_with_the_next_database(redis: Redis) -> None:
    fill(redis, KEYS_PER_CYCLE + 100, 10)
    redis("SELECT 1")
    fill(redis, 30, 10)
    redis.advance(10)
    redis.engine.tick()
    assert redis.engine.state.expire_db == 1
    redis.engine.tick()
    assert [len(db) for db in redis.engine.state.databases[:2]] == [0, 0]


def test_a_cycle_visits_every_database(redis: Redis) -> None:
    for db in range(16):
        redis(f"SELECT {db}")
        redis("SET k v PX 10")
    redis.advance(10)
    redis.engine.tick()
    assert [len(db) for db in redis.engine.state.databases] == [0] * 16


def test_keys_without_an_end_are_not_even_looked_at(redis: Redis) -> None:
    redis("SET k v")
    assert rounds(redis) == []


def test_a_cycle_can_be_turned_off(redis: Redis) -> None:
    redis("SET k v PX 10")
    redis.advance(10)
    redis.engine.state.active_expire = False
    redis.engine.tick()
    assert redis("DBSIZE") == 1
    assert redis("GET k") is None
    assert redis("DBSIZE") == 0


def test_each_key_the_cycle_finds_is_passed_on_by_itself(redis: Redis) -> None:
    fill(redis, 3, 10)
    redis.advance(10)
    units: list[int] = []
    redis.engine.state.sinks.append(lambda unit: units.append(len(unit)))
    redis.engine.tick()
    assert units == [1, 1, 1]


def test_an_expired_key_is_told_of_either_way(redis: Redis) -> None:
    redis("SET lazy v PX 10")
    redis("SET active v PX 12")
    redis.advance(11)
    (event,) = [event for event in redis.events("GET lazy") if isinstance(event, KeyExpired)]
    assert event == KeyExpired(0, b"lazy", "lazy", NOW_MS + 10, NOW_MS + 11)
    redis.advance(1)
    seen: list[Event] = []
    redis.engine.watch(seen.append)
    redis.engine.tick()
    redis.engine.watch(None)
    assert KeyExpired(0, b"active", "active", NOW_MS + 12, NOW_MS + 12) in seen
    state = redis.engine.state
    assert (state.lazy_expired, state.active_expired) == (1, 1)


def test_subscribers_are_told_expired_and_not_del(redis: Redis) -> None:
    redis("SET k v PX 10")
    redis.advance(10)
    assert told(redis, "GET k") == ["expired k", "keymiss k"]


def test_the_same_seed_expires_the_same_keys_again(redis: Redis, new_redis: type[Redis]) -> None:
    def left(redis: Redis) -> list[bytes]:
        fill(redis, 400, 10_000)
        fill(redis, 100, 10, "old")
        redis.advance(10)
        redis.engine.tick()
        return [entry.key for entry in redis.ctx.db.keys]

    assert left(new_redis(seed=5)) == left(new_redis(seed=5))


def test_a_tick_goes_on_rehashing(redis: Redis) -> None:
    for number in range(1025):
        redis(f"SET k{number} v")
    table = redis.ctx.db.keys
    assert table.rehash_index >= 0
    for _ in range(40):
        redis.engine.tick()
    assert table.rehash_index < 0


def test_unless_rehashing_is_turned_off(redis: Redis) -> None:
    redis("CONFIG SET activerehashing no")
    for number in range(1025):
        redis(f"SET k{number} v")
    redis.engine.tick()
    assert redis.ctx.db.keys.rehash_index >= 0


def test_a_key_that_expires_while_a_scan_is_under_way_is_not_listed(redis: Redis) -> None:
    fill(redis, 50, 10, "old")
    fill(redis, 50, 10_000)
    cursor, names = redis("SCAN 0 COUNT 20")
    redis.advance(10)
    seen = set(names)
    later: set[bytes] = set()
    while cursor != b"0":
        cursor, names = redis(f"SCAN {cursor.decode()} COUNT 20")
        later |= set(names)
    assert not any(name.startswith(b"old") for name in later)
    assert {b"k%d" % number for number in range(50)} <= seen | later


def test_of_expired_keys_alone_none_is_drawn(redis: Redis) -> None:
    fill(redis, 150, 10)
    redis.advance(10)
    assert redis("RANDOMKEY") is None
    assert redis("DBSIZE") == 0


def test_an_engine_ticks_without_clients_and_keys(redis: Redis) -> None:
    engine = Engine(redis.clock)
    engine.tick()
    engine.check()
