"""Commands that another server has run: keys they make count as used now."""

from __future__ import annotations

from redlearn.engine.command import find_command
from redlearn.engine.repeated import use_now
from tests.conftest import Redis


def repeat(redis: Redis, *lines: str) -> None:
    """Run commands at no time, as a replica does."""
    engine, client = redis.engine, redis.engine.connect()
    calls = []
    engine.hold_time(0)
    for line in lines:
        argv = line.encode().split()
        engine.execute(client, argv)
        command = find_command(argv)
        assert command is not None
        calls.append((command, argv))
    engine.hold_time(None)
    use_now(engine.state, client.db, calls)


def test_a_key_that_was_made_at_no_time_is_not_idle_since_1970(redis: Redis) -> None:
    repeat(redis, "SET k v", "MSET a 1 b 2")
    assert [redis(f"OBJECT IDLETIME {key}") for key in ("k", "a", "b")] == [0, 0, 0]


def test_one_that_was_there_keeps_when_it_was_used(redis: Redis) -> None:
    redis("SET other v")
    redis.clock.advance(9_000)
    repeat(redis, "SET k v")
    assert redis("OBJECT IDLETIME other") == 9


def test_a_counter_of_uses_begins_as_that_of_any_new_key(redis: Redis) -> None:
    redis("CONFIG SET maxmemory-policy allkeys-lfu")
    repeat(redis, "SET k v")
    redis.clock.advance(60_000)
    assert redis("OBJECT FREQ k") == 4  # five, less one for a minute without a use
