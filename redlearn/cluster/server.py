"""A server on a simulated host: an engine, its clients' door, its replication, its cluster bus.

It is what `redlearn serve` is, with the simulated network in the place of sockets. What comes in is
handed to whoever has the connection:

    port 7001 of a client    door -> engine          replies go back
    port 7001 of a replica   door -> followers       the stream goes out
    to the primary           following -> engine     the stream comes in
    to 7001 of another node  streams                 slots go there as a whole
    port 17001, or to it     bus -> cluster node     heartbeats and all else of the cluster

`freezer` makes what can freeze an engine; it is handed in, as the timeline stands above this.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import Any, Final, Protocol

from redlearn.cluster.bus import Bus
from redlearn.cluster.courier import HostCourier
from redlearn.cluster.door import Door
from redlearn.cluster.ending import HostEdge
from redlearn.cluster.network import Accepted, Closed, Network, News, Opened, Received
from redlearn.cluster.node import ClusterNode, new_node
from redlearn.cluster.nodes_conf import read
from redlearn.cluster.port import NodePort
from redlearn.cluster.replication import Replicator
from redlearn.cluster.simulator import Host, Simulator
from redlearn.cluster.slot_streams import SlotStreams
from redlearn.cluster.state import ClusterState
from redlearn.engine.engine import Engine
from redlearn.persistence.disk import append_all, exists, replace
from redlearn.resp.reply import Reply

NODES_CONF: Final = "nodes.conf"

Frozen = tuple[Any, ...]


class Freezing(Protocol):
    """What can freeze one engine, and bring it back."""

    def freeze(self) -> Any:
        """Its state, as data."""
        ...

    def thaw(self, snapshot: Any) -> None:
        """Put the engine into that state."""
        ...


class HostWires:
    """The network, as one host uses it for replication.

    Attributes:
        hung_up: Told of each connection that is closed from here.
    """

    def __init__(self, network: Network, host: str) -> None:
        self._network = network
        self._host = host
        self.hung_up: Callable[[int], None] = lambda socket: None

    def dial(self, ip: bytes, port: int) -> int:
        return self._network.connect(self._host, ip, port)

    def send(self, socket: int, data: bytes) -> None:
        self._network.send(socket, data)

    def hang_up(self, socket: int) -> None:
        self._network.close(socket)
        self.hung_up(socket)


class Server:
    """A member of the simulator.

    Attributes:
        name: The host's.
        engine: Its data, and who executes commands.
        replicator: Whom it follows, and who follows it.
        door: Its clients.
        bus: Its links to other nodes; None for a server that is no node of a cluster.
        courier: Takes its keys to other servers.
        streams: On which it gives slots to other nodes; None likewise.
    """

    def __init__(
        self, simulator: Simulator, name: str, *,
        freezer: Callable[[Engine], Freezing] | None = None, cluster: bool = False,
        settings: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        """Args:
        freezer: Makes what can freeze an engine; without it there is no going back.
        cluster: Whether it is a node of a cluster; its host then has a port for the bus, too.
        settings: Parameters, as CONFIG SET takes them.
        """
        host = simulator.hosts[name]
        self.name = name
        self.port = host.ports[0]
        seed = f"{simulator.seed} {name} {host.life}"
        chance = Random(seed)
        self.engine = Engine(
            simulator.clock, seed=chance.getrandbits(32), probe=simulator.probe,
            databases=1 if cluster else 16,
        )  # fmt: skip
        wires = HostWires(simulator.network, name)
        self.replicator = Replicator(self.engine, Random(f"{seed} streams"), wires, self.port)
        where = f"{host.ip.decode('latin-1')}:{self.port}"
        self.door = Door(self.engine, simulator.network, self.replicator.followers, where)
        wires.hung_up = self._hung_up
        self.courier = HostCourier(simulator, name)
        self._edge = HostEdge(self.engine, host.disk, lambda: simulator.leave(name))
        self.engine.state.courier, self.engine.state.edge = self.courier, self._edge
        self.streams: SlotStreams | None = None
        self._local = self.engine.connect().id
        for parameter, value in (settings or {}).items():
            self.run(b"CONFIG", b"SET", parameter.encode(), value.encode())
        self._edge.start()
        self.bus = self._join(simulator, host, chance, wires) if cluster else None
        self._freezer = None if freezer is None else freezer(self.engine)

    # ---- a member of the simulator ----

    def hear(self, news: News) -> None:
        """Something about a connection."""
        if self.streams is not None and self.streams.hear(news):
            return
        match news:
            case Accepted(socket, port, ip):
                self._accepted(socket, port, ip)
            case Received(socket, flight):
                self._received(socket, flight.data)
            case Opened(socket):
                if self.replicator.following.owns(socket):
                    self.replicator.following.opened()
                elif self.bus is not None and self.bus.owns(socket):
                    self.bus.opened(socket)
            case Closed(socket):
                self._closed(socket)

    def _received(self, socket: int, data: bytes) -> None:
        if self.bus is not None and self.bus.owns(socket):
            self.bus.received(socket, data)
        elif self.replicator.following.owns(socket):
            self.replicator.following.received(data)
        elif self.door.owns(socket):
            self.door.received(socket, data)

    def _closed(self, socket: int) -> None:
        if self.replicator.following.owns(socket):
            self.replicator.following.closed()
        elif self.courier.owns(socket):
            self.courier.closed(socket)
        elif self.door.owns(socket):
            self.door.closed(socket)
        elif self.bus is not None and self.bus.owns(socket):
            self.bus.closed(socket)

    def _accepted(self, socket: int, port: int, ip: bytes) -> None:
        if port == self.port:
            self.door.accepted(socket, ip)
        elif self.bus is not None:
            self.bus.accepted(socket, ip)

    def cron(self) -> None:
        """Ten times a second."""
        self.engine.tick()
        self.replicator.cron()
        self.courier.cron()
        self._edge.cron()

    def settle(self) -> None:
        """Send what is to be sent."""
        self.replicator.before_sleep()
        self.engine.before_sleep()
        self.door.settle()

    def _join(self, simulator: Simulator, host: Host, chance: Random, wires: HostWires) -> Bus:
        """Be the node that nodes.conf says, or a new one that knows nobody.

        Raises:
            BadNodesConf: The file is damaged; who starts here anyway would be somebody else.
        """
        self._disk = disk = host.disk
        kept = disk.read(NODES_CONF) if exists(disk, NODES_CONF) else b""
        view = read(kept, simulator.clock.now_ms())
        if view is None:
            ids = (b"%040x" % chance.getrandbits(160) for _ in range(2))
            address = {"ip": host.ip, "port": host.ports[0], "bus_port": host.ports[1]}
            view = ClusterState(new_node(next(ids), next(ids), **address))
        port = NodePort(
            self.engine, view, Random(chance.getrandbits(64)), self._save, self.replicator
        )
        bus = Bus(port.node, simulator.network, self.name, host.ip)
        port.carry = bus.flush
        self.streams = SlotStreams(self.engine, wires, port.moves)
        bus.aside = self.streams.do
        if view.myself.primary is not None:
            self.replicator.follow(view.myself.primary)
        return bus

    def _save(self, text: bytes, fsync: bool) -> None:
        """Keep nodes.conf; on the disk itself if that is asked for."""
        if fsync:
            replace(self._disk, NODES_CONF, text)
            return
        file = self._disk.create(f"temp-{NODES_CONF}")
        append_all(file, text)
        file.close()
        self._disk.rename(f"temp-{NODES_CONF}", NODES_CONF)

    @property
    def node(self) -> ClusterNode:
        """The node that this server is of its cluster."""
        assert self.bus is not None, "no node of a cluster"
        return self.bus.node

    @property
    def state(self) -> ClusterState:
        """What that node believes."""
        return self.node.state

    def _hung_up(self, socket: int) -> None:
        """Replication has closed a connection; if it came through the door, its client goes."""
        if self.door.owns(socket):
            self.door.closed(socket)

    # ---- for whoever stands beside it ----

    def run(self, *argv: bytes) -> Reply:
        """Run a command as a client on the host itself; a command that waits gives None.

        There is always such a client: where somebody has killed it, or it has left, another comes.
        """
        client = self.engine.state.clients.get(self._local)
        if client is None:
            client = self.engine.connect()
            self._local = client.id
        self.engine.execute(client, list(argv))
        replies = client.take()
        if client.closing:  # QUIT, or CLIENT KILL of itself
            self.engine.disconnect(client)
        return replies[-1] if replies else None

    # ---- time travel ----

    def freeze(self) -> Frozen:
        """All of it. Needs a freezer."""
        assert self._freezer is not None, "nobody was handed in who can freeze an engine"
        return (
            self._freezer.freeze(), self.replicator.freeze(), self.door.freeze(), self._local,
            None if self.bus is None else self.bus.freeze(), self.courier.freeze(),
            self._edge.freeze(), None if self.streams is None else self.streams.freeze(),
        )  # fmt: skip

    def thaw(self, frozen: Frozen) -> None:
        """Be as `freeze` found it."""
        assert self._freezer is not None
        engine, replicator, door, self._local, bus, courier, edge, streams = frozen
        self._freezer.thaw(engine)
        self.replicator.thaw(replicator)
        self.door.thaw(door)
        self.courier.thaw(courier)
        self._edge.thaw(edge)
        if self.bus is not None:
            self.bus.thaw(bus)
        if self.streams is not None:
            self.streams.thaw(streams)
