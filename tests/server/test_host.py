"""Hosts: replies at once, and what comes out of turn."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from unittest.mock import Mock

import pytest

from redlearn.clock import VirtualClock
from redlearn.engine.engine import Engine
from redlearn.resp.reply import Push, Reply
from redlearn.server.host import EngineHost, WallClock


class Machine:
    """A machine's clock, which somebody sets, and time, which passes."""

    def __init__(self) -> None:
        self.wall = 1_000_000_000
        self.passed = 50.0
        self.clock = WallClock(lambda: self.wall * 1_000_000, lambda: self.passed)

    def after(self, ms: int, *, put: int = 0) -> int:
        """What the clock says after so many milliseconds, in which the machine's was put on."""
        self.wall += ms + put
        self.passed += ms
        return self.clock.now_ms() - 1_000_000_000


def test_the_time_is_the_machines() -> None:
    machine = Machine()
    assert [machine.after(0), machine.after(5), machine.after(10, put=3_600_000)] == [
        0, 5, 3_600_015,
    ]  # fmt: skip
    assert abs(WallClock().now_ms() - WallClock().now_ms()) < 1000


def test_a_clock_that_is_put_back_does_not_put_time_back_nor_stop_it() -> None:
    machine = Machine()
    machine.after(1000)
    assert machine.after(10, put=-3_600_000) == 1000
    assert [machine.after(100) for _ in range(3)] == [1100, 1200, 1300]
    assert machine.after(100, put=-60_000) == 1400
    assert machine.after(100) == 1500


def test_when_it_is_put_right_again_time_goes_on_as_it_was() -> None:
    machine = Machine()
    machine.after(1000)
    machine.after(0, put=-3_600_000)
    assert machine.after(100) == 1100
    assert machine.after(100, put=3_600_000) == 1200
    assert machine.clock._ahead is None
    assert machine.after(100) == 1300


def test_what_goes_further_than_right_is_ahead_of_it() -> None:
    machine = Machine()
    machine.after(1000)
    machine.after(0, put=-10_000)
    assert machine.after(0, put=15_000) == 6000


def test_a_clock_that_runs_a_little_wrong_is_borne() -> None:
    machine = Machine()
    machine.after(1000)
    machine.after(0, put=-10_000)
    seen = [machine.after(10, put=put) for put in (3, -5, -40, 7, 0, -200)]
    assert seen == sorted(seen)


def test_others_are_told_when_a_read_is_done() -> None:
    host = EngineHost(Engine(VirtualClock(1000)))
    delivered: list[tuple[int, list[Reply]]] = []

    def deliver(client_id: int, replies: Sequence[Reply]) -> None:
        delivered.append((client_id, list(replies)))

    host.deliver = deliver
    one, two = host.connect("a:1", "b:2", 5), host.connect("a:2", "b:2", 6)
    assert (one.address, one.local_address, one.socket) == ("a:1", "b:2", 5)
    host.execute(one, [b"SUBSCRIBE", b"c"])
    assert host.execute(two, [b"PUBLISH", b"c", b"x"]) == [1]
    assert delivered == []
    host.settle()
    assert delivered == [(one.id, [Push([b"message", b"c", b"x"])])]


def test_the_next_timeout_is_that_of_the_first_to_give_up() -> None:
    clock = VirtualClock(1000)
    host = EngineHost(Engine(clock))
    assert host.next_timeout_ms() is None
    waiter = host.connect("a:1", "b:2", 5)
    assert host.execute(waiter, [b"BLPOP", b"q", b"2"]) == []
    assert host.next_timeout_ms() == 3000
    clock.advance(2000)
    delivered: list[int] = []
    host.deliver = lambda client_id, replies: delivered.append(len(replies))
    host.tick()
    assert delivered == [1]
    assert host.next_timeout_ms() is None


def test_its_timer_lets_a_courier_close_what_is_old() -> None:
    host = EngineHost(Engine(VirtualClock(0)))
    host.courier = Mock()
    host.tick()
    host.courier.forget_old.assert_called_once_with()


def test_it_can_sleep_for_ages() -> None:
    def wake(number: int, frame: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, wake)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with pytest.raises(TimeoutError):
            WallClock().sleep(2**63)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
