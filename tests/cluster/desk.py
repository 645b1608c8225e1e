"""One node alone at a desk: messages are laid before it, and what it wants to send is looked at.

desk = Desk("abc")              knows a, b and c, primaries with a quarter of the slots each
desk.hear("a", PONG)            a heartbeat of a, on the link that the node opened to it
desk.hear_ping("a")             ... on the link that a opened
desk.sent()                     [(to, message), ...] since it was last asked
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from random import Random
from typing import Any

from redlearn.clock import VirtualClock
from redlearn.cluster.bitmaps import bitmap_of
from redlearn.cluster.local import Close, Connect, Send
from redlearn.cluster.message import (
    CLUSTER_OK,
    MESSAGE_EXTENDED,
    NODE_MASTER,
    NODE_SLAVE,
    PING,
    PONG,
    Extension,
    Gossip,
    Header,
    Message,
    Ping,
)
from redlearn.cluster.node import ClusterNode, new_node
from redlearn.cluster.state import ClusterState, Link, Node
from redlearn.engine.config import Config
from redlearn.probe import Event, Probe
from redlearn.slots import SLOTS
from tests.cluster.village import START_MS, TinyData

ME = "m"


def id_of(name: str) -> bytes:
    """Forty characters that show the name, which does not end in 0; later names, greater ids."""
    return name.encode().ljust(40, b"0")


class Desk:
    """A node, and the others as it knows them."""

    def __init__(
        self, others: str = "abc", *, timeout_ms: int = 2000, slots: bool = True, ok: bool = True
    ) -> None:
        self.clock = VirtualClock(START_MS)
        self.data = TinyData()
        self.data.now = self.clock.now_ms
        self.config = Config(16)
        self.config.set("cluster-node-timeout", timeout_ms)
        self.events: list[Event] = []
        myself = new_node(id_of(ME), id_of("shard" + ME), ip=b"10.0.0.1", port=6379, bus_port=16379)
        self.state = ClusterState(myself)
        self.node = ClusterNode(
            self.state, self.clock, Random(1), self.config, self.data, self.data,
            Probe(self.events.append),
        )  # fmt: skip
        self.me = self.node.me
        self.me.begin(self.clock.ms)
        for name in others:
            self.know(name)
        if slots:
            self.share_slots()
        self.state.ok = ok
        self.state.started_ms = START_MS - 60_000
        self.state.size = sum(node.votes for node in self.state.nodes.values())
        self.state.todo.clear()

    # ---- who there is ----

    def know(self, name: str, flags: int = NODE_MASTER) -> Node:
        """Let the node know another, with a link both ways, that answered just now."""
        node = Node(id_of(name), flags, b"10.0.1.%d" % ord(name[-1]), 6379, 0, 16379)
        node.shard_id = id_of("shard" + name[0])
        node.pong_received_ms = node.data_received_ms = self.clock.ms
        self.state.add(node)
        node.link, node.inbound = self._link(node, False), self._link(node, True)
        return node

    def replica(self, name: str, of: str) -> Node:
        """Let a known or a new node be a replica of another."""
        node = self[name] if id_of(name) in self.state.nodes else self.know(name)
        node.flags = node.flags & ~NODE_MASTER | NODE_SLAVE
        node.shard_id = self[of].shard_id
        self.state.set_primary_of(node, self[of])
        if node is self.state.myself:
            self.data.follow(self[of])
        return node

    def be_replica_of(self, name: str) -> None:
        """Let this node be a replica; its slots go to its primary."""
        for slot in range(SLOTS):
            if self.state.owners[slot] is self.state.myself:
                self.state.reassign_slot(slot, self[name])
        self.replica(ME, name)
        self.state.size = sum(node.votes for node in self.state.nodes.values())

    def share_slots(self) -> None:
        nodes = [node for node in self.state.nodes.values() if node.is_primary]
        for at, node in enumerate(nodes):
            for slot in range(SLOTS * at // len(nodes), SLOTS * (at + 1) // len(nodes)):
                self.state.assign_slot(slot, node)
            node.config_epoch = at + 1
        self.state.current_epoch = len(nodes)

    def _link(self, node: Node, inbound: bool) -> Link:
        self.state.links_made += 1
        link = Link(self.state.links_made, node.id, inbound, node.ip, True, self.clock.ms)
        self.state.links[link.number] = link
        return link

    def __getitem__(self, name: str) -> Node:
        return self.state.nodes[id_of(name)]

    def name_of(self, node_id: bytes) -> str:
        return node_id.rstrip(b"0").decode()

    # ---- messages in ----

    def header(self, sender: str, kind: int, **said: Any) -> Header:
        """What a node would say, as this one knows it, but for what is given."""
        node = self.state.nodes.get(id_of(sender)) or Node(id_of(sender), NODE_MASTER)
        spoken_for = node.primary or node
        said.setdefault("current_epoch", self.state.current_epoch)
        said.setdefault("config_epoch", spoken_for.config_epoch)
        said.setdefault("slots", spoken_for.bitmap())
        said.setdefault("replica_of", node.primary.id if node.primary else b"")
        said.setdefault("flags", node.flags & (NODE_MASTER | NODE_SLAVE))
        said.setdefault("port", 6379)
        said.setdefault("bus_port", 16379)
        said.setdefault("state", CLUSTER_OK)
        said.setdefault("mflags", bytes((MESSAGE_EXTENDED, 0, 0)))
        return Header(kind, id_of(sender), **said)

    def hear(
        self,
        sender: str,
        kind: int = PONG,
        *,
        gossip: Sequence[Gossip] = (),
        extensions: Sequence[Extension] = (),
        on: Link | None = None,
        **said: Any,
    ) -> None:
        """A heartbeat, on the link that this node opened to the sender."""
        link = on or self[sender].link
        assert link is not None
        message = Ping(self.header(sender, kind, **said), tuple(gossip), tuple(extensions))
        self.lay(message, link)

    def hear_ping(self, sender: str, **said: Any) -> None:
        """A PING, on the link that the sender opened."""
        self.hear(sender, PING, on=self[sender].inbound, **said)

    def lay(self, message: Message, link: Link | None) -> None:
        """Any message, on any link; then the node goes to sleep."""
        assert link is not None
        self.node.receive(message, link.number)
        self.node.before_sleep()
        self.state.check()

    def gossip(self, about: str, flags: int | None = None, **said: Any) -> Gossip:
        """What somebody says about a node: as it is known here, but for what is given."""
        node = self.state.nodes.get(id_of(about)) or Node(id_of(about), NODE_MASTER)
        said.setdefault("ping_sent_s", 0)
        said.setdefault("pong_received_s", node.pong_received_ms // 1000)
        for name in ("ip", "port", "bus_port", "tls_port"):
            said.setdefault(name, getattr(node, name))
        return Gossip(id_of(about), flags=node.flags if flags is None else flags, **said)

    # ---- time ----

    def wait(self, ms: int, *, answering: Iterable[str] | None = None) -> None:
        """Let time pass, with cron; those in `answering` (all, if not said) answer each ping."""
        for _ in range(ms // 100):
            self.clock.advance(100)
            self.node.cron()
            self.node.before_sleep()
            names = [self.name_of(node.id) for node in self.state.others()]
            for name in names if answering is None else answering:
                if self[name].ping_sent_ms and self[name].link:
                    self.hear(name)
        self.state.check()

    # ---- what comes out ----

    def sent(self, kind: int | None = None) -> list[tuple[str, Message]]:
        """Whom it wanted to send what, since this was last asked; links as whom they lead to."""
        found = []
        for act in self.node.outbox:
            if isinstance(act, Send) and (kind is None or act.message.header.type == kind):
                link = self.state.links.get(act.link)
                found.append((self.name_of(link.node) if link else "?", act.message))
        self.node.outbox.clear()
        return found

    def to(self, kind: int) -> list[str]:
        """To whom messages of a kind went, since it was last asked."""
        return sorted(name for name, _ in self.sent(kind))

    def opened(self) -> list[Connect]:
        return [act for act in self.node.outbox if isinstance(act, Connect)]

    def hung_up(self) -> list[int]:
        return [act.link for act in self.node.outbox if isinstance(act, Close)]

    def said(self, kind: type[Event]) -> list[Any]:
        """Events of a kind, so far."""
        return [event for event in self.events if isinstance(event, kind)]


def a_claim(slots: Iterable[int]) -> bytes:
    return bitmap_of(slots)
