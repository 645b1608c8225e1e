"""A cluster's history is the same however one came to it: forward, back, or snapshot by snapshot.

Slots are moved order by order and as a whole, keys are on their way, nodes end, crash and begin
again; at each moment all there is has to be what it was when that moment was there first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from random import Random
from typing import Any

import pytest

from redlearn.timeline.cluster_session import open_cluster
from redlearn.timeline.cluster_world import ClusterWorld
from redlearn.timeline.log import Acted, Called, Connected, Input, Passed
from redlearn.timeline.timeline import Timeline

KEYS = [*(b"{bar}:%d" % number for number in range(8)), *(b"k%d" % number for number in range(9))]
MOMENTS_MS = (1, 2, 5, 10, 30, 100, 1000, 3000)
DEEDS = 12


def plain(found: Any) -> Any:
    """Frozen data as something that compares by what it says."""
    if isinstance(found, dict):
        return [(plain(key), plain(value)) for key, value in found.items()]
    if is_dataclass(found) and not isinstance(found, type):
        return [type(found).__name__, *(plain(getattr(found, each.name)) for each in fields(found))]
    if isinstance(found, tuple | list):
        return [*map(plain, found)]
    if hasattr(found, "hexdigest"):
        return found.hexdigest()
    return found.__qualname__ if callable(found) else found


class History:
    """A cluster of two primaries with a replica each, a client, and keys."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        self.timeline: Timeline = open_cluster(2, 1).timeline
        assert isinstance(self.timeline.world, ClusterWorld)
        self.world = self.timeline.world
        self.seen: dict[int, Any] = {}
        self.append(Connected(self.now))
        for key in KEYS:
            self.append(self.call(b"SET", key, b"v"))
        self.begin, self.frozen = self.timeline.position, self.world.freeze()

    @property
    def now(self) -> int:
        return self.world.clock.ms

    def look(self) -> Any:
        self.world.forget_replies()
        return plain(self.world.freeze())

    def is_as_it_was(self, position: int) -> bool:
        """Whether the world is what it was; a comparison by pytest would go through it all."""
        return bool(self.look() == self.seen[position])

    def append(self, happened: Input) -> None:
        if not (isinstance(happened, Acted) and self.world.refusal(happened.words)):
            self.timeline.append(happened)
            self.seen[self.timeline.position] = self.look()

    def call(self, *argv: bytes, node: str = "") -> Called:
        return Called(self.now, 1, argv, node)

    # ---- what may happen ----

    def name(self) -> str:
        return self.chance.choice(self.world.nodes())

    def pass_time(self) -> Input:
        return Passed(self.now + self.chance.choice(MOMENTS_MS))

    def write(self) -> Input:
        return self.call(b"INCRBY", b"n%d" % self.chance.randrange(5), b"3")

    def migrate(self) -> Input:
        way = (b"MIGRATE", b"127.0.0.1", self.name().encode(), self.chance.choice(KEYS))
        return self.call(*way, b"0", b"500", node=self.name())

    def migrate_slots(self) -> Input:
        alive = [self.world.member(name) for name in self.world.alive()]
        ways = [
            (each, other)
            for each in alive
            for other in alive
            if each and other and each is not other and each.state.myself.slot_count
            and other.state.myself.is_primary
        ]  # fmt: skip
        if not ways:
            return self.pass_time()
        source, target = self.chance.choice(sorted(ways, key=lambda way: way[0].state.myself.port))
        first, last = (b"%d" % slot for slot in source.state.myself.ranges()[0])
        words = (b"CLUSTER", b"MIGRATESLOTS", b"SLOTSRANGE", first, last, b"NODE")
        here = str(source.state.myself.port)
        return self.call(*words, target.state.myself.id, node=here)

    def shut_down(self) -> Input:
        return self.call(b"SHUTDOWN", node=self.name())

    def fail_over(self) -> Input:
        return self.call(b"CLUSTER", b"FAILOVER", node=self.name())

    def act(self) -> Input:
        node, other = self.name(), self.name()
        words = self.chance.choice((
            ("kill", node), ("restart", node), ("pause", node), ("resume", node),
            ("partition", node), ("heal",), ("reshard", "5061,7-9", node, other, "step"),
            ("order",), ("order", "3"), ("fix", "step"), ("kill", "coordinator"),
        ))  # fmt: skip
        return Acted(self.now, words)

    def go_on(self) -> None:
        kinds: tuple[Callable[[], Input], ...] = (
            self.pass_time, self.pass_time, self.write, self.migrate, self.migrate_slots,
            self.shut_down, self.fail_over, self.act, self.act, self.act,
        )  # fmt: skip
        self.append(self.chance.choice(kinds)())


@pytest.mark.parametrize("seed", range(3))
def test_a_moment_is_what_it_was_however_one_came_to_it(seed: int) -> None:
    history = History(seed)
    timeline, begin = history.timeline, history.begin
    for _ in range(DEEDS):
        history.go_on()
    end = timeline.position
    for position in (begin, end, *(history.chance.randrange(begin, end) for _ in range(6))):
        timeline.seek(position)
        assert history.is_as_it_was(position), timeline.inputs[begin:position]
    history.world.thaw(history.frozen)
    for position, happened in enumerate(timeline.inputs[begin:end], begin + 1):
        history.world.apply(happened)
        history.world.thaw(history.world.freeze())
        assert history.is_as_it_was(position), timeline.inputs[begin:position]


def test_a_node_that_was_started_again_has_its_keys_when_time_goes_back_before_that() -> None:
    history = History(9)
    timeline = history.timeline
    history.append(Acted(history.now, ("kill", "7001")))
    history.append(Acted(history.now, ("restart", "7001")))
    history.append(Passed(history.now + 3000))
    timeline.seek(history.begin)
    assert history.is_as_it_was(history.begin)
    for key in KEYS:
        timeline.append(history.call(b"GET", key))
        assert history.world.clients[1].take() == [b"v"]
