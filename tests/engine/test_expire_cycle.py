"""The expiry cycle: how much one tick does, and that each that goes is told by itself.

What a round looks at, and when it stops, is in `test_expiry.py`.
"""

from __future__ import annotations

from redlearn.engine import expire_cycle, expiry
from redlearn.engine.effects import Effect
from tests.conftest import Redis


def test_keys_that_are_over_go_one_by_one(redis: Redis) -> None:
    for key in ("a", "b", "c"):
        redis(f"SET {key} v PX 10")
    redis("SET stays v")
    units: list[tuple[Effect, ...]] = []
    redis.engine.state.sinks.append(units.append)
    redis.advance(11)
    redis.engine.tick()
    assert sorted(effect.argv for unit in units for effect in unit) == [
        (b"DEL", b"a"), (b"DEL", b"b"), (b"DEL", b"c"),
    ]  # fmt: skip
    assert len(units) == 3
    assert redis("KEYS *") == [b"stays"]


def test_a_tick_does_a_bounded_piece(redis: Redis) -> None:
    count = 3 * expiry.KEYS_PER_CYCLE
    for number in range(count):
        redis(f"SET k{number} v PX 10")
    redis.advance(11)
    redis.engine.tick()
    left = redis("DBSIZE")
    assert isinstance(left, int)
    assert 0 < left < count


def test_databases_take_turns(redis: Redis) -> None:
    redis("SELECT 3")
    redis("SET a v PX 10")
    redis.advance(11)
    state = redis.engine.state
    state.expire_db = 3
    redis.engine.tick()
    assert redis("DBSIZE") == 0
    assert state.expire_db == 3 + min(expiry.DATABASES_PER_CALL, len(state.databases)) - 16


def test_a_call_of_fields_tells_of_each_by_itself(redis: Redis) -> None:
    redis("HSET h f v g v stays v")
    redis("HPEXPIRE h 10 FIELDS 2 f g")
    redis.engine.state.sinks.append(lambda unit: None)
    redis.advance(11)
    redis.engine.state.now_ms = redis.clock.now_ms()
    told: list[int] = []
    expire_cycle.expire_fields(redis.ctx, lambda: told.append(len(redis.engine.state.effects)))
    assert told == [1, 2], "nobody took them, so they add up"
    redis.engine.state.effects.clear()
    assert redis("HKEYS h") == [b"stays"]
