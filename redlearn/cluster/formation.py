"""Clusters to begin with: so many primaries, so many replicas of each, all slots served.

There are two ways to get there. `introduce` does what `redis-cli --cluster create` does: each node
is given its slots and an epoch, one node is told to MEET the others, gossip does the rest, and
then replicas are told whom to replicate. `acquaint` begins where such a cluster would be after it
was stopped and started again: everybody knows everybody, and connects. It is exact as well, and
does not cost the N x N handshakes of a large cluster.

Hosts are named by the port for clients: "7001", "7002" ...; primaries come first, then their
replicas in turn (of three primaries and three replicas, 7004 replicates 7001).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from redlearn.cluster.message import NODE_MASTER, NODE_SLAVE
from redlearn.cluster.server import Freezing, Server
from redlearn.cluster.simulator import Simulator, Tell
from redlearn.cluster.state import FSYNC_CONFIG, SAVE_CONFIG, UPDATE_STATE, Node
from redlearn.engine.engine import Engine
from redlearn.engine.ports import BUS_PORT_AHEAD
from redlearn.slots import SLOTS

IP: Final = b"127.0.0.1"


@dataclass(frozen=True, slots=True)
class Shape:
    """What a cluster looks like at its beginning.

    Attributes:
        primaries: How many.
        replicas: How many each of them has.
        timeout_ms: cluster-node-timeout.
        first_port: Of the first node, for clients.
        settings: Further parameters of all nodes.
    """

    primaries: int = 3
    replicas: int = 1
    timeout_ms: int = 2_000
    first_port: int = 7001
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """Of all hosts, primaries first."""
        count = self.primaries * (1 + self.replicas)
        return [str(self.first_port + number) for number in range(count)]

    def slots_of(self, number: int) -> range:
        """The share of one primary, the first being 0."""
        each, end = SLOTS / self.primaries, number + 1
        return range(round(number * each), round(end * each))


def add_nodes(
    simulator: Simulator, shape: Shape, freezer: Callable[[Engine], Freezing] | None = None
) -> list[str]:
    """Start all nodes, each alone; their names."""
    settings = {
        "cluster-node-timeout": str(shape.timeout_ms),
        "repl-diskless-sync-delay": "0",
        **shape.settings,
    }

    def build(within: Simulator, name: str) -> Server:
        return Server(within, name, freezer=freezer, cluster=True, settings=settings)

    for name in shape.names:
        simulator.add(name, IP, (int(name), int(name) + BUS_PORT_AHEAD), build)
    return shape.names


def introduce(simulator: Simulator, shape: Shape, most_ms: int = 60_000) -> None:
    """Make one cluster of nodes that are alone, by what an administrator would do.

    Raises:
        TimeoutError: It does not come about within `most_ms` of virtual time.
    """
    names = shape.names
    for number in range(shape.primaries):
        slots = list(shape.slots_of(number))
        _tell(simulator, names[number], lambda node, slots=slots: node.add_slots(slots))
    for number, name in enumerate(names):
        _tell(simulator, name, lambda node, epoch=number + 1: node.set_config_epoch(epoch))
    for name in names[1:]:
        port = int(name)
        _tell(simulator, names[0], lambda node, at=port: node.meet(IP, at, at + BUS_PORT_AHEAD))
    _wait(simulator, lambda: all(_knows(simulator, name, len(names)) for name in names), most_ms)
    for number, name in enumerate(names[shape.primaries :]):
        primary = simulator.member(names[number % shape.primaries]).node.state.myself.id
        _tell(simulator, name, lambda node, of=primary: node.replicate(of))
    _wait(simulator, lambda: agreed(simulator), most_ms)


def acquaint(simulator: Simulator, shape: Shape) -> None:
    """Let nodes that are alone know all of each other, as after a restart of all of them."""
    for _ in acquainting(simulator, shape):
        pass


def acquainting(simulator: Simulator, shape: Shape) -> Iterator[None]:
    """`acquaint`, node by node."""
    names = shape.names
    own = {name: simulator.member(name).node.state.myself for name in names}
    for name in names:
        simulator.act(Tell(name, lambda server: _acquaint_one(server, shape, own)))
        yield


def _acquaint_one(server: Server, shape: Shape, own: Mapping[str, Node]) -> None:
    state, now_ms = server.node.state, server.node.clock.now_ms()
    known: list[Node] = []
    for number, (name, node) in enumerate(own.items()):
        here = node if name == server.name else _copy(node, now_ms)
        if here is not node:
            state.add(here)
        known.append(here)
        if number < shape.primaries:
            here.config_epoch = number + 1
            state.reassign_slots(shape.slots_of(number), here)
            continue
        primary = known[number % shape.primaries]
        here.flags = here.flags & ~NODE_MASTER | NODE_SLAVE
        here.shard_id = primary.shard_id
        state.set_primary_of(here, primary)
        if here is state.myself:
            server.replicator.follow(primary)
    state.current_epoch = shape.primaries
    state.todo.update((SAVE_CONFIG, FSYNC_CONFIG, UPDATE_STATE))


def _copy(node: Node, now_ms: int) -> Node:
    return Node(
        node.id, NODE_MASTER, node.ip, node.port, 0, node.bus_port, shard_id=node.shard_id,
        created_ms=now_ms, pong_received_ms=now_ms,
    )  # fmt: skip


def agreed(simulator: Simulator) -> bool:
    """Whether all nodes that run find the cluster well, and see the same owners and roles."""
    seen = set()
    for host in simulator.hosts.values():
        server = host.member
        if not isinstance(server, Server) or host.paused:
            continue
        state = server.node.state
        if not state.ok:
            return False
        seen.add(frozenset(
            (n.id, n.bitmap(), n.primary.id if n.primary else b"") for n in state.nodes.values()
        ))  # fmt: skip
    return len(seen) == 1


def _knows(simulator: Simulator, name: str, count: int) -> bool:
    state = simulator.member(name).node.state
    return len(state.nodes) == count and all(not node.in_handshake for node in state.nodes.values())


def _tell(simulator: Simulator, name: str, what: Callable[..., object]) -> None:
    simulator.act(Tell(name, lambda server: what(server.node)))


def _wait(simulator: Simulator, holds: Callable[[], bool], most_ms: int) -> None:
    """Go on, a tenth of a second at a time, until something holds."""
    end = simulator.now_ms + most_ms
    while not holds():
        if simulator.now_ms >= end:
            raise TimeoutError(f"not within {most_ms} ms")
        simulator.run_until(simulator.now_ms + 100)
