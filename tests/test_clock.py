"""Clocks that move only when told to."""

from __future__ import annotations

from redlearn.clock import Clock, VirtualClock


def test_a_virtual_clock_stands_still() -> None:
    clock = VirtualClock(1000)
    assert [clock.now_ms() for _ in range(3)] == [1000, 1000, 1000]


def test_it_starts_at_the_beginning_of_time() -> None:
    assert VirtualClock().now_ms() == 0


def test_it_moves_when_told_to() -> None:
    clock = VirtualClock(5)
    clock.advance(10)
    assert clock.now_ms() == 15
    clock.ms = 7
    assert clock.now_ms() == 7


def test_a_virtual_clock_will_do_wherever_a_clock_is_asked_for() -> None:
    def one_second_later(clock: Clock) -> int:
        return clock.now_ms() + 1000

    assert one_second_later(VirtualClock(1)) == 1001
