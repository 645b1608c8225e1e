"""A world is what its inputs made of it, can be frozen, and is the same again when thawed."""

from __future__ import annotations

from redlearn.clock import VirtualClock
from redlearn.engine.digest import digest_of_dataset
from redlearn.engine.engine import Engine
from redlearn.timeline.log import Called, Connected
from redlearn.timeline.world import Alone


def world() -> Alone:
    clock = VirtualClock(5)
    made = Alone(Engine(clock, seed=1), clock)
    made.apply(Connected(5))
    return made


def call(line: str, at_ms: int = 5) -> Called:
    return Called(at_ms, 1, tuple(word.encode() for word in line.split()))


def sums(of: Alone) -> str:
    return digest_of_dataset(of.engine.state.databases)


def test_thawed_it_is_what_it_was_clock_included() -> None:
    made = world()
    made.apply(call("ZADD z 1 a 2 b", 10))
    snapshot, before = made.freeze(), sums(made)
    made.apply(call("FLUSHALL", 20))
    made.thaw(snapshot)
    assert (sums(made), made.clock.ms) == (before, 10)


def test_another_world_thawed_from_it_goes_on_by_itself() -> None:
    made, twin = world(), world()
    made.apply(call("SET k 1"))
    twin.thaw(made.freeze())
    twin.apply(call("INCR k"))
    assert sums(made) != sums(twin)
    made.apply(call("INCR k"))
    assert sums(made) == sums(twin)


def test_its_size_is_the_keys_of_all_databases() -> None:
    made = world()
    for line in ("MSET a 1 b 2", "SELECT 3", "SET c 3"):
        made.apply(call(line))
    assert made.size() == 3


def test_a_snapshot_weighs_what_it_had_to_copy() -> None:
    made = world()
    made.apply(call("RPUSH l " + " ".join(map(str, range(50)))))
    made.freeze()
    heavy = made.weight
    made.freeze()
    assert heavy >= 50
    assert made.weight == 0


def test_replies_nobody_reads_are_forgotten() -> None:
    made = world()
    made.apply(call("PING"))
    made.forget_replies()
    assert made.engine.state.clients[1].take() == []
