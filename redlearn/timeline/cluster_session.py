"""A session in front of a cluster: its recipe, and the nodes as the timeline has them.

Building a cluster takes some seconds of virtual time: nodes meet, learn of each other, agree on who
serves what. That is done once for each shape and seed; every session, and every moment of the past
that is looked at, begins with a snapshot of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from redlearn.clock import VirtualClock
from redlearn.cluster.client import Address
from redlearn.cluster.formation import IP, Shape, acquaint, add_nodes, agreed
from redlearn.cluster.simulator import Simulator
from redlearn.timeline.cluster_world import ClusterWorld
from redlearn.timeline.session import Recipe, Session
from redlearn.timeline.snapshot import Freezer
from redlearn.timeline.world import World

NODE_TIMEOUT_MS: Final = 2_000
SETTLE_MS: Final = 3_000
MOST_MS: Final = 60_000


@dataclass(frozen=True, slots=True)
class ClusterRecipe(Recipe):
    """How a session with a cluster begins.

    Attributes:
        primaries, replicas: How many primaries, and replicas of each.
        timeout_ms: cluster-node-timeout.
    """

    primaries: int = 3
    replicas: int = 1
    timeout_ms: int = NODE_TIMEOUT_MS

    def world(self, clock: VirtualClock) -> World:
        """The cluster, grown together."""
        settings = tuple(sorted(self.config.items()))
        shape = Shape(self.primaries, self.replicas, self.timeout_ms, settings=dict(settings))
        simulator = Simulator(self.seed, start_ms=self.start_ms)
        add_nodes(simulator, shape, Freezer)
        begun = _begun(self.seed, self.start_ms, self.primaries, self.replicas, self.timeout_ms,
                       settings)  # fmt: skip
        simulator.thaw(begun)
        host = IP.decode("ascii")
        return ClusterWorld(simulator, clock, tuple(Address(host, int(n)) for n in shape.names))


@lru_cache(maxsize=8)
def _begun(
    seed: int, start_ms: int, primaries: int, replicas: int, timeout_ms: int,
    settings: tuple[tuple[str, str], ...],
) -> Any:  # fmt: skip
    """A cluster that has come to agree, frozen."""
    shape = Shape(primaries, replicas, timeout_ms, settings=dict(settings))
    simulator = Simulator(seed, start_ms=start_ms)
    add_nodes(simulator, shape, Freezer)
    acquaint(simulator, shape)
    while simulator.now_ms < SETTLE_MS or not agreed(simulator):
        if simulator.now_ms > MOST_MS:
            raise TimeoutError("the nodes do not come to agree")
        simulator.run_until(simulator.now_ms + 100)
    return simulator.freeze()


def open_cluster(primaries: int, replicas: int, config: Mapping[str, str] | None = None) -> Session:
    """A session with a cluster of its own, its clock standing still."""
    session = Session(ClusterRecipe(primaries=primaries, replicas=replicas, config=config or {}))
    session.live = False
    return session
