"""What the rules of one node may touch: its view, its clock, its chance, its ports, its outbox.

The rules (`detection.py`, `failover.py` ...) are functions of a `Local`. They do no I/O: what is to
be sent goes into the outbox as data, and who drives the node takes it from there once the node has
had its `before_sleep`. That order matters: a node must have written down that it voted before the
vote leaves.

    Connect(link, ip, port)   open a connection, and call it `link` from now on
    Send(link, message)       in order; what is sent before the link is up waits until it is
    Close(link)

A move of slots (`slot_jobs.py`) has a connection of its own, from the source to the target's port
for clients. The source knows it by the name of the job; the target has it as one of its clients.

    Dial(job, ip, port)        connect: `Moves.opened` or `Moves.lost` tells how that went
    Say(job, argv)             send a command
    SendSlots(job, ranges)     send the keys of slots, then what is written to them
    HangUp(job)

All that happens in one call happens at one moment, `now_ms`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from random import Random
from typing import NamedTuple, Protocol, TypeAlias

from redlearn.cluster.bitmaps import Ranges
from redlearn.cluster.message import NODE_HANDSHAKE, NODE_MYSELF, Message
from redlearn.cluster.state import ClusterState, Link, Node
from redlearn.engine.config import Config
from redlearn.probe import Event, Probe


class Connect(NamedTuple):
    """Open a connection to the bus of another node."""

    link: int
    ip: bytes
    port: int


class Send(NamedTuple):
    """Send a message on a link."""

    link: int
    message: Message


class Close(NamedTuple):
    """Close a link; nothing comes from it any more."""

    link: int


class Dial(NamedTuple):
    """Connect to the target of a job."""

    job: bytes
    ip: bytes
    port: int


class Say(NamedTuple):
    """Send a command to the target of a job."""

    job: bytes
    argv: list[bytes]


class SendSlots(NamedTuple):
    """Send the keys of slots as they are now, then SNAPSHOT-EOF, then all that changes them."""

    job: bytes
    ranges: Ranges


class HangUp(NamedTuple):
    """Close the connection to the target of a job, if there is one."""

    job: bytes


Out: TypeAlias = Connect | Send | Close | Dial | Say | SendSlots | HangUp


class Keyspace(Protocol):
    """What a node asks of the data that it serves, and of the clients that use them."""

    def count_keys_in(self, slot: int) -> int:
        """How many keys a slot has here."""
        ...

    def delete_keys_in(self, slot: int) -> int:
        """Delete the keys of a slot that is another's now; how many there were."""
        ...

    def is_empty(self) -> bool:
        """Whether there is no key at all."""
        ...

    def flush(self) -> None:
        """Delete all keys."""
        ...

    def slot_lost(self, slot: int) -> None:
        """A slot is not served here any more: nobody listens to its shard channels."""
        ...

    def pause(self, until_ms: int, why: str) -> None:
        """Let writes of clients wait until then, or until `unpause` for the same reason."""
        ...

    def unpause(self, why: str) -> None:
        """Let them go on, unless they wait for something else as well."""
        ...

    def is_paused(self, why: str) -> bool:
        """Whether writes wait for that reason."""
        ...

    def hide(self, slots: Iterable[int]) -> None:
        """Slots are coming: their keys are not listed, and do not expire by themselves."""
        ...

    def show(self, slots: Iterable[int]) -> None:
        """They are here, or will not come."""
        ...

    def silence_ms(self, client: int) -> int:
        """For how long a client has sent nothing."""
        ...

    def answer(self, client: int, argv: list[bytes]) -> None:
        """Send a command to a client, which is the source of slots."""
        ...

    def dismiss(self, client: int) -> None:
        """Hang up on a client, and run nothing more of what it sends."""
        ...

    def pass_on(self, argv: list[bytes]) -> None:
        """Let replicas, and the log, have a command."""
        ...

    def deliver(self, channel: bytes, message: bytes, *, sharded: bool) -> None:
        """Hand a message that another node published to those who listen here."""
        ...

    def save_config(self, *, fsync: bool) -> None:
        """Write down what is known of the cluster: nodes, slots, epochs, the last vote."""
        ...


class Replication(Protocol):
    """What a node asks of the stream of writes that replicas follow."""

    def offset(self) -> int:
        """How much of it was written (by a primary) or taken over (by a replica), in bytes."""
        ...

    def data_age_ms(self) -> int:
        """For how long this replica has had nothing of its primary."""
        ...

    def follow(self, primary: Node) -> None:
        """Be its replica: take over its data, then its stream."""
        ...

    def stop_following(self) -> None:
        """Be a primary, with the data that are here."""
        ...


class NoData:
    """Keyspace and Replication of a node that has no data: of one that is only to be watched."""

    def count_keys_in(self, slot: int) -> int:
        return 0

    def delete_keys_in(self, slot: int) -> int:
        return 0

    def is_empty(self) -> bool:
        return True

    def flush(self) -> None:
        pass

    def slot_lost(self, slot: int) -> None:
        pass

    def pause(self, until_ms: int, why: str) -> None:
        pass

    def unpause(self, why: str) -> None:
        pass

    def is_paused(self, why: str) -> bool:
        return False

    def hide(self, slots: Iterable[int]) -> None:
        pass

    def show(self, slots: Iterable[int]) -> None:
        pass

    def silence_ms(self, client: int) -> int:
        return 0

    def answer(self, client: int, argv: list[bytes]) -> None:
        pass

    def dismiss(self, client: int) -> None:
        pass

    def pass_on(self, argv: list[bytes]) -> None:
        pass

    def deliver(self, channel: bytes, message: bytes, *, sharded: bool) -> None:
        pass

    def save_config(self, *, fsync: bool) -> None:
        pass

    def offset(self) -> int:
        return 0

    def data_age_ms(self) -> int:
        return 0

    def follow(self, primary: Node) -> None:
        pass

    def stop_following(self) -> None:
        pass


class Local:
    """One node, as its rules see it.

    Attributes:
        now_ms: The moment of the present call.
        timeout_ms: cluster-node-timeout, as it was at the beginning of the present call.
        outbox: What is to be done outside, in order.
    """

    __slots__ = (
        "chance", "config", "keyspace", "now_ms", "outbox", "probe", "replication", "state",
        "timeout_ms",
    )  # fmt: skip

    def __init__(
        self,
        state: ClusterState,
        config: Config,
        chance: Random,
        keyspace: Keyspace,
        replication: Replication,
        probe: Probe,
    ) -> None:
        self.state = state
        self.config = config
        self.chance = chance
        self.keyspace = keyspace
        self.replication = replication
        self.probe = probe
        self.outbox: list[Out] = []
        self.now_ms = 0
        self.timeout_ms = config.number("cluster-node-timeout")

    def begin(self, now_ms: int) -> None:
        """A call begins: it happens at this moment, under the settings of this moment."""
        self.now_ms = now_ms
        self.timeout_ms = self.config.number("cluster-node-timeout")

    def say(self, event: Event) -> None:
        """Tell whoever watches."""
        if emit := self.probe.emit:
            emit(event)

    def todo(self, *tasks: str) -> None:
        """Leave something to be done once, before the node sleeps."""
        self.state.todo.update(tasks)

    def random_id(self) -> bytes:
        """Forty hexadecimal digits."""
        return b"%040x" % self.chance.getrandbits(160)

    # ---- links ----

    def connect(self, node: Node) -> Link:
        """Open a link to a node that has none."""
        assert node.link is None
        state = self.state
        state.links_made += 1
        link = Link(state.links_made, node.id, False, node.ip, False, self.now_ms)
        node.link = state.links[link.number] = link
        self.outbox.append(Connect(link.number, node.ip, node.bus_port))
        return link

    def accept(self, ip: bytes, own_ip: bytes) -> Link:
        """Take a link that somebody else opened, and has not said yet who it is."""
        state = self.state
        state.links_made += 1
        link = Link(state.links_made, b"", True, ip, True, self.now_ms, own_ip)
        state.links[link.number] = link
        return link

    def close(self, link: Link | None) -> None:
        """Close a link, if there is one."""
        if link is not None:
            self.let_go(link)
            self.outbox.append(Close(link.number))

    def let_go(self, link: Link) -> None:
        """A link is no more: nobody has it."""
        del self.state.links[link.number]
        node = self.state.nodes.get(link.node)
        if node is not None:
            if node.link is link:
                node.link = None
            if node.inbound is link:
                node.inbound = None

    def send(self, link: Link | None, message: Message) -> None:
        """Send on a link, if there is one."""
        if link is not None:
            sent, kind = self.state.sent, message.header.type
            sent[kind] = sent.get(kind, 0) + 1
            self.outbox.append(Send(link.number, message))

    def broadcast(self, message: Message, to: Iterable[Node] | None = None) -> None:
        """Send the same to everybody that there is a link to, or to some of them."""
        for node in self.state.nodes.values() if to is None else to:
            if not node.flags & (NODE_MYSELF | NODE_HANDSHAKE):
                self.send(node.link, message)

    def forget(self, node: Node) -> None:
        """Remove a node from the view, with its links and all that refers to it."""
        links = [node.link, node.inbound]
        self.state.remove(node)
        for link in links:
            self.close(link)


@dataclass(frozen=True, slots=True)
class NodeForgotten(Event):
    """A node is not known any more.

    Attributes:
        at: Who forgot; the id of the node that this happened to. All events of the cluster say it.
        node: Whom.
        why: "handshake timed out", "told to" or "known already".
    """

    at: bytes
    node: bytes
    why: str
