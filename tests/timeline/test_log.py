"""Inputs, applied to an engine, are all that changes it."""

from redlearn.clock import VirtualClock
from redlearn.engine.engine import Engine
from redlearn.timeline.log import Called, Connected, Disconnected, Ticked, Waited, apply


def test_an_input_happens_at_its_own_moment() -> None:
    clock = VirtualClock()
    engine = Engine(clock)
    for happened in (Connected(5), Called(70, 1, (b"TIME",)), Waited(99, 29)):
        apply(engine, clock, happened)
    assert clock.ms == 99
    assert engine.state.clients[1].take() == [[b"0", b"70000"]]


def test_a_tick_lets_the_active_cycle_run() -> None:
    clock = VirtualClock()
    engine = Engine(clock)
    for happened in (
        Connected(0),
        Called(0, 1, (b"HSET", b"k", b"f", b"v")),
        Called(0, 1, (b"PEXPIRE", b"k", b"50")),
        Ticked(100),
    ):
        apply(engine, clock, happened)
    assert len(engine.state.databases[0]) == 0
    assert engine.state.active_expired == 1


def test_what_concerns_a_client_that_is_gone_changes_nothing() -> None:
    clock = VirtualClock()
    engine = Engine(clock)
    for happened in (
        Connected(0),
        Disconnected(1, 1),
        Called(2, 1, (b"PING",)),
        Disconnected(3, 1),
    ):
        apply(engine, clock, happened)
    assert engine.state.clients == {}


def test_what_is_large_is_logged_in_a_session_too() -> None:
    clock = VirtualClock()
    engine = Engine(clock)
    for happened in (
        Connected(0),
        Called(1, 1, (b"CONFIG", b"SET", b"commandlog-request-larger-than", b"100")),
        Called(2, 1, (b"SET", b"k", b"x" * 200)),
    ):
        apply(engine, clock, happened)
    assert [row.amount for row in engine.state.stats.requests.entries] == [204]
