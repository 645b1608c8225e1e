"""A session in front of a cluster: its recipe, and the nodes as the timeline has them.

Building a cluster takes some seconds of virtual time: nodes meet, learn of each other, agree on who
serves what. That is done once for each shape and seed; every session, and every moment of the past
that is looked at, begins with a snapshot of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from redlearn.clock import VirtualClock
from redlearn.cluster.client import Address
from redlearn.cluster.formation import IP, Shape, acquainting, add_nodes, agreed
from redlearn.cluster.network import Conditions
from redlearn.cluster.simulator import Simulator
from redlearn.timeline.cluster_world import ClusterWorld
from redlearn.timeline.session import Recipe, Session
from redlearn.timeline.snapshot import Freezer
from redlearn.timeline.world import World

NODE_TIMEOUT_MS: Final = 2_000
SETTLE_MS: Final = 3_000
MOST_MS: Final = 60_000
USUAL: Final = Conditions()
MOST_GROWN: Final = 8
"""How many clusters are kept as they began."""

ACQUAINTED: Final = 0.1
"""The share of the work that it takes to make nodes know each other."""

PIECE: Final = 25
"""How many steps of the simulator make a piece of work."""


@dataclass(frozen=True, slots=True)
class ClusterRecipe(Recipe):
    """How a session with a cluster begins.

    Attributes:
        primaries, replicas: How many primaries, and replicas of each.
        timeout_ms: cluster-node-timeout.
        conditions: Of the network.
        settled: Whether its nodes have come to agree; else it is at its very beginning.
    """

    primaries: int = 3
    replicas: int = 1
    timeout_ms: int = NODE_TIMEOUT_MS
    conditions: Conditions = USUAL
    settled: bool = True

    def world(self, clock: VirtualClock) -> World:
        """The cluster, grown together."""
        for _ in self.growth():
            pass
        grown = _GROWN[self._kind()]
        simulator, grown.fresh = grown.fresh, None
        if simulator is None:
            simulator = self._alone()
            simulator.thaw(grown.frozen)
        host = IP.decode("ascii")
        names = self._shape().names
        return ClusterWorld(simulator, clock, tuple(Address(host, int(name)) for name in names))

    def growth(self) -> Iterator[float]:
        """Let such a cluster come about, unless one did before; how much of it there is, 0 to 1.

        Each piece takes some hundredths of a second, so that whoever has a screen can go on drawing
        it. Giving up half way does no harm.
        """
        kind, shape = self._kind(), self._shape()
        if kind in _GROWN:
            return
        simulator = self._alone()
        count = len(shape.names)
        for number, _ in enumerate(acquainting(simulator, shape)):
            yield ACQUAINTED * number / count
        while self.settled and (simulator.now_ms < SETTLE_MS or not agreed(simulator)):
            if simulator.now_ms > MOST_MS:
                raise TimeoutError("the nodes do not come to agree")
            until_ms = simulator.now_ms + 100
            while (due := simulator.agenda.next_us()) is not None and due <= until_ms * 1000:
                simulator.step()
                if simulator.steps % PIECE == 0:
                    share = min(simulator.now_ms / SETTLE_MS, 1.0)
                    yield ACQUAINTED + (1 - ACQUAINTED) * share
            simulator.run_until(until_ms)
        while len(_GROWN) >= MOST_GROWN:
            del _GROWN[next(iter(_GROWN))]
        _GROWN[kind] = _Grown(simulator.freeze(), simulator)

    def _alone(self) -> Simulator:
        """The nodes, each for itself."""
        simulator = Simulator(self.seed, self.conditions, start_ms=self.start_ms)
        add_nodes(simulator, self._shape(), Freezer)
        return simulator

    def _shape(self) -> Shape:
        settings = dict(sorted(self.config.items()))
        return Shape(self.primaries, self.replicas, self.timeout_ms, settings=settings)

    def _kind(self) -> _Kind:
        return (
            self.seed, self.start_ms, self.primaries, self.replicas, self.timeout_ms,
            tuple(sorted(self.config.items())), self.conditions, self.settled,
        )  # fmt: skip


_Kind = tuple[int, int, int, int, int, tuple[tuple[str, str], ...], Conditions, bool]


@dataclass(slots=True)
class _Grown:
    """A cluster that has come to agree.

    Attributes:
        frozen: As it was then.
        fresh: The very one, until the first who wants it takes it.
    """

    frozen: Any
    fresh: Simulator | None


_GROWN: Final[dict[_Kind, _Grown]] = {}


def open_cluster(primaries: int, replicas: int, config: Mapping[str, str] | None = None) -> Session:
    """A session with a cluster of its own, its clock standing still."""
    session = Session(ClusterRecipe(primaries=primaries, replicas=replicas, config=config or {}))
    session.live = False
    return session


def growth(primaries: int, replicas: int) -> Iterator[float]:
    """What `open_cluster` takes long for, in pieces: how much of it is done, 0 to 1."""
    return ClusterRecipe(primaries=primaries, replicas=replicas).growth()
