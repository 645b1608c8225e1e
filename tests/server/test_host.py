"""Hosts: replies at once, and what comes out of turn."""

from __future__ import annotations

from collections.abc import Sequence

from redlearn.clock import VirtualClock
from redlearn.engine.engine import Engine
from redlearn.resp.reply import Push, Reply
from redlearn.server.host import EngineHost, WallClock


def test_the_wall_clock_never_goes_back() -> None:
    clock = WallClock()
    first = clock.now_ms()
    clock._last = first + 10_000
    assert clock.now_ms() == first + 10_000


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
