"""Clients as a crowd: who is guarded, and what is left of one that has gone."""

from __future__ import annotations

from redlearn.cluster.ending import SHUTDOWN
from redlearn.cluster.job_ends import MOVE
from redlearn.cluster.manual import FAILOVER
from redlearn.engine import clients
from redlearn.engine.clients import ClientKilled, ClientsPaused
from redlearn.engine.info import report
from redlearn.resp.reply import OK, PONG
from redlearn.timeline.snapshot import Freezer
from tests.conftest import Redis


def test_nothing_is_left_of_a_client_that_has_gone(redis: Redis) -> None:
    other = redis.connect()
    other("HELLO 3")
    for line in ("WATCH k", "SUBSCRIBE a", "CLIENT TRACKING on BCAST", "MONITOR"):
        other.all(line)
    clients.forget(redis.engine.state, other.client)
    clients.forget(redis.engine.state, other.client)
    redis.engine.check()
    crowd = redis.engine.state.crowd
    assert (crowd.monitors, crowd.tracked_prefixes, crowd.tracking_clients) == ({}, {}, 0)
    assert not redis.client.guarded


def test_those_who_come_during_a_pause_have_to_wait_too(redis: Redis) -> None:
    redis("CLIENT PAUSE 100")
    late = redis.connect()
    assert late.all("PING") == []
    redis.clock.advance(100)
    redis.engine.tick()
    assert len(late.client.take()) == 1
    assert not late.client.guarded


def test_a_pause_travels_in_time(redis: Redis) -> None:
    freezer = Freezer(redis.engine)
    redis("CLIENT PAUSE 100 WRITE")
    redis.all("INCR n")
    there = freezer.freeze()
    redis.clock.advance(100)
    redis.engine.tick()
    assert redis.all("GET n") == [1, b"1"]
    freezer.thaw(there)
    redis.clock.ms = there.clock_ms + 100
    redis.engine.tick()
    assert redis.client.take() == [1]


def test_what_happens_is_told(redis: Redis) -> None:
    other = redis.connect()
    events = redis.events(f"CLIENT KILL ID {other.client.id}")
    assert ClientKilled(other.client.id, redis.client.id) in events
    until = redis.clock.ms + 5
    assert ClientsPaused(until, writes_only=True) in redis.events("CLIENT PAUSE 5 WRITE")


def test_a_pause_ends_with_its_own_reason_and_leaves_the_others(redis: Redis) -> None:
    state = redis.engine.state
    writer = redis.engine.connect()
    until_ms = redis.clock.now_ms() + 9_000
    clients.pause(state, until_ms, writes_only=True, why=FAILOVER)
    redis("CLIENT PAUSE 5000 ALL")
    assert (state.crowd.paused_until_ms, state.crowd.paused_writes_only) == (until_ms, False)
    clients.unpause(state)
    redis.engine.execute(writer, [b"SET", b"k", b"v"])
    redis.engine.execute(reader := redis.engine.connect(), [b"GET", b"k"])
    assert (writer.take(), reader.take()) == ([], [None])
    redis.clock.advance(9_000)
    redis.engine.tick()
    assert writer.take() == [OK]


def test_of_two_pauses_for_one_reason_the_longer_and_the_stricter_holds(redis: Redis) -> None:
    state, now_ms = redis.engine.state, redis.clock.now_ms()
    clients.pause(state, now_ms + 9_000, writes_only=True)
    clients.pause(state, now_ms + 1_000, writes_only=False)
    assert state.crowd.pauses == {"client_pause": (now_ms + 9_000, False)}
    clients.unpause(state)
    assert state.crowd.pauses == {}


def test_who_waited_for_one_pause_may_have_to_wait_for_the_next(redis: Redis) -> None:
    redis("CLIENT PAUSE 100")
    pausing, waiting = redis.connect(), redis.connect()
    pausing.all("CLIENT PAUSE 500")
    for line in ("INCR n", "GET n", "PING"):
        waiting.all(line)
    redis.clock.advance(100)
    redis.engine.tick()
    assert (pausing.client.take(), waiting.client.take()) == ([OK], [])
    redis.clock.advance(500)
    redis.engine.tick()
    assert waiting.client.take() == [1, b"1", PONG]


def test_the_end_of_one_reason_lets_nobody_go_who_waits_for_another_too(redis: Redis) -> None:
    until_ms = redis.clock.ms + 9_000
    clients.pause(redis.engine.state, until_ms, writes_only=True, why=FAILOVER)
    redis("CLIENT PAUSE 100 WRITE")
    writer = redis.connect()
    for line in ("INCR n", "GET n"):
        writer.all(line)
    redis.clock.advance(100)
    redis.engine.tick()
    assert writer.client.take() == []
    redis.clock.advance(9_000)
    redis.engine.tick()
    assert writer.client.take() == [1, b"1"]


def test_info_tells_the_longest_of_the_strictest_pauses(redis: Redis) -> None:
    def told() -> list[str]:
        lines = report(redis.engine.state, ["clients"]).split("\r\n")
        return [line.partition(":")[2] for line in lines if line.startswith("paused_")]

    assert told() == ["none", "none", "0"]
    state, now_ms = redis.engine.state, redis.clock.now_ms()
    clients.pause(state, now_ms + 400, writes_only=True, why=MOVE)
    assert told() == ["slot_migration_in_progress", "write", "400"]
    clients.pause(state, now_ms + 500, writes_only=True, why=FAILOVER)
    assert told() == ["failover_in_progress", "write", "500"]
    clients.pause(state, now_ms + 900, writes_only=True)
    assert told() == ["client_pause", "write", "900"]
    clients.pause(state, now_ms + 700, writes_only=False, why=SHUTDOWN)
    assert told() == ["shutdown_in_progress", "all", "700"]
