"""What the Gossip pane sees: one node's view of its cluster, and the messages of the bus.

    nodes      who there is, as one node believes: role, health, epoch, when it was last heard,
               and how many primaries say that it fails, of the majority that is needed
    votes      an election under way: who asks, for which epoch, how many votes it has
    messages   what was sent lately, newest first: from whom to whom, when, how many bytes, and
               what it gossips about
    inside     one message taken apart: its header with the 2,048 bytes of slots, its gossip

The view of a node is its own: two nodes may believe different things, and while a cluster is cut
in two they do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from redlearn.cluster.message import (
    CLUSTER_OK,
    MEET,
    MESSAGE_FORCEACK,
    MESSAGE_PAUSED,
    NODE_FAIL,
    NODE_HANDSHAKE,
    NODE_NOADDR,
    NODE_PFAIL,
    NODE_SLAVE,
    SLOT_BYTES,
    TYPE_NAMES,
    AuthAck,
    AuthRequest,
    Fail,
    Header,
    Message,
    Ping,
    Publish,
    Update,
)
from redlearn.cluster.state import ClusterState, Node
from redlearn.resp.text import printable

MESSAGES_SHOWN: Final = 60
GOSSIP_SHOWN: Final = 40
NODES_SHOWN: Final = 300
BARS: Final = 64
"""Into how many parts a bitmap of slots is cut to be drawn."""

Letters = Mapping[bytes, str]
"""What each node is called, by its id."""


@dataclass(frozen=True, slots=True)
class NodeRow:
    """One node, as another sees it.

    Attributes:
        role: "primary", "replica of A", or "handshake".
        health: "ok", "fail?" (this node alone believes it), "fail" (a majority said so).
        heard_ms: How long ago it was last heard, -1 for the node itself or never.
        reporters: Letters of those who report it as failing; of the believer too, if its word
            counts.
        linked: Whether the link to it is up.
    """

    letter: str
    port: int
    role: str
    health: str
    slots: int
    epoch: int
    heard_ms: int
    reporters: tuple[str, ...]
    linked: bool
    myself: bool


@dataclass(frozen=True, slots=True)
class Flight:
    """One message on its way, or arrived, or lost.

    Attributes:
        number: Counts all messages of the cluster.
        sent_ms, arrives_ms: In ms of the cluster's clock; `arrives_ms` is -1 for one that is lost.
        source, target: Letters.
        size: Bytes on the wire.
    """

    number: int
    sent_ms: int
    arrives_ms: int
    source: str
    target: str
    size: int
    message: Message


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A flight in a few words.

    Attributes:
        state: "flying", "arrived" or "lost".
        says: What is special about it: whom it gossips about, whose failure it tells ...
    """

    number: int
    sent_ms: int
    took_ms: int
    source: str
    target: str
    type: str
    size: int
    state: str
    says: str


@dataclass(frozen=True, slots=True)
class Inside:
    """One message taken apart.

    Attributes:
        title: Its type, from whom to whom, how many bytes.
        fields: (name, value) of the header, those that say something.
        bars: How many slots are set in each of `BARS` parts of the bitmap.
        share: How many of the message's bytes the bitmap is.
        gossip: One line for each section.
    """

    title: str
    fields: tuple[tuple[str, str], ...]
    bars: tuple[int, ...]
    share: int
    gossip: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GossipView:
    """The cluster as one node sees it, and its bus.

    Attributes:
        believer: The letter of that node.
        epoch: The greatest epoch it has heard of.
        health: "ok", or why it takes no commands.
        majority: How many reports, or votes, decide.
        election: What its own candidacy has come to, or "".
        messages: Newest first; `bytes_a_second` is what the node itself sent lately.
    """

    believer: str = ""
    now_ms: int = 0
    epoch: int = 0
    health: str = ""
    majority: int = 0
    election: str = ""
    nodes: tuple[NodeRow, ...] = ()
    messages: tuple[MessageRow, ...] = ()
    inside: Inside | None = None
    bytes_a_second: int = 0


def look_at(
    state: ClusterState,
    letters: Letters,
    flights: Iterable[Flight],
    now_ms: int,
    opened: int = -1,
    bytes_a_second: int = 0,
) -> GossipView:
    """What `state` believes at `now_ms`, and the messages, newest first.

    O(nodes + messages shown).

    Args:
        flights: Messages, newest first; only as many as are shown are read.
        opened: The number of the message to take apart, -1 for none.
    """
    rows: list[MessageRow] = []
    inside: Inside | None = None
    for flight in flights:
        if flight.number == opened:
            inside = _taken_apart(flight, letters)
        if len(rows) >= MESSAGES_SHOWN:
            break
        rows.append(_message(flight, letters, now_ms))
    listed = sorted(state.nodes.values(), key=lambda node: (node.port, node.id))[:NODES_SHOWN]
    return GossipView(
        letters.get(state.myself.id, "?"), now_ms, state.current_epoch,
        "ok" if state.ok else state.reason, state.majority, _election(state),
        tuple(_node(state, node, letters, now_ms) for node in listed), tuple(rows), inside,
        bytes_a_second,
    )  # fmt: skip


def _node(state: ClusterState, node: Node, letters: Letters, now_ms: int) -> NodeRow:
    myself = node is state.myself
    heard = max(node.pong_received_ms, node.data_received_ms)
    counts = state.myself.is_primary and _health(node.flags) != "ok"
    own = (state.myself.id,) if counts else ()
    return NodeRow(
        letters.get(node.id, "?"), node.port, role_text(node, letters), _health(node.flags),
        node.slot_count, node.config_epoch, -1 if myself or not heard else max(now_ms - heard, 0),
        tuple(sorted(letters.get(reporter, "?") for reporter in (*node.reports, *own))),
        myself or node.is_linked, myself,
    )  # fmt: skip


def role_text(node: Node, letters: Letters) -> str:
    """What a node is: "primary", "replica of A", "handshake"."""
    if node.in_handshake:
        return "handshake"
    if node.is_replica:
        primary = letters.get(node.primary.id, "?") if node.primary else "nobody"
        return f"replica of {primary}"
    return "primary"


def _health(flags: int) -> str:
    return "fail" if flags & NODE_FAIL else "fail?" if flags & NODE_PFAIL else "ok"


def _election(state: ClusterState) -> str:
    """How far this node's own candidacy has come."""
    election = state.election
    if state.myself.is_primary:
        return ""  # what became of its candidacy is past
    if election.blocked:
        return f"does not stand: {election.blocked}"
    if not election.at_ms:
        return ""
    if not election.asked:
        at = f"{election.at_ms % 1_000_000 / 1000:.2f}"
        return f"stands for election at {at} s, rank {election.rank}"
    return f"asked for votes in epoch {election.epoch}: {election.votes} of {state.majority}"


# ------------------------------------------------------------------------------------- messages


def _message(flight: Flight, letters: Letters, now_ms: int) -> MessageRow:
    lost = flight.arrives_ms < 0
    state = "lost" if lost else "arrived" if flight.arrives_ms <= now_ms else "flying"
    return MessageRow(
        flight.number, flight.sent_ms, -1 if lost else flight.arrives_ms - flight.sent_ms,
        flight.source, flight.target, type_name(flight.message), flight.size, state,
        gist(flight.message, letters),
    )  # fmt: skip


def type_name(message: Message) -> str:
    """PING, PONG, AUTH-REQ ..."""
    number = message.header.type
    return TYPE_NAMES[number].upper() if number < len(TYPE_NAMES) else f"TYPE {number}"


def gist(message: Message, letters: Letters) -> str:
    """What a message has to say beside its sender's own state."""
    match message:
        case Ping(header, gossip):
            about = " ".join(_about(each.name, each.flags, letters) for each in gossip[:8])
            more = f" and {len(gossip) - 8} more" if len(gossip) > 8 else ""
            asks = "asks to be let in; " if header.type == MEET else ""
            return f"{asks}about {about}{more}" if about else f"{asks}about nobody"
        case Fail(_, node):
            return f"{letters.get(node, '?')} has failed"
        case AuthRequest(header):
            return f"asks for a vote in epoch {header.current_epoch}"
        case AuthAck(header):
            return f"votes for it in epoch {header.current_epoch}"
        case Update(_, epoch, node, slots):
            count = int.from_bytes(slots, "big").bit_count()
            return f"{letters.get(node, '?')} has {count} slots since epoch {epoch}"
        case Publish(_, channel, body):
            return f"{printable(channel, 24)}: {printable(body, 40)}"
    return ""


def _about(node: bytes, flags: int, letters: Letters) -> str:
    health = _health(flags)
    return letters.get(node, "?") + ("" if health == "ok" else f" {health}")


# -------------------------------------------------------------------------------- one taken apart


def _taken_apart(flight: Flight, letters: Letters) -> Inside:
    message = flight.message
    title = f"{type_name(message)} {flight.source} → {flight.target}, {flight.size:,} bytes"
    header = message.header
    if not isinstance(header, Header):
        return Inside(title, (("header", "light: 16 bytes"),), (), 0, ())
    sections = message.gossip if isinstance(message, Ping) else ()
    return Inside(
        title, tuple(_fields(header, letters)), _bars(header.slots), SLOT_BYTES,
        tuple(
            f"{letters.get(each.name, '?')} {printable(each.ip) or 'no address'}:{each.port} "
            f"{_health(each.flags)}{_flag_words(each.flags)}"
            f"{_since(', unanswered for', each.ping_sent_s, flight.sent_ms)}"
            f"{_since(', last heard', each.pong_received_s, flight.sent_ms)}"
            for each in sections[:GOSSIP_SHOWN]
        ),
    )  # fmt: skip


def _fields(header: Header, letters: Letters) -> Iterable[tuple[str, str]]:
    yield "sender", f"{letters.get(header.sender, '?')} {header.sender[:8].decode('latin-1')}…"
    yield "epochs", f"current {header.current_epoch}, config {header.config_epoch}"
    yield "offset", f"{header.offset:,}"
    role = "primary"
    if header.flags & NODE_SLAVE:
        role = f"replica of {letters.get(header.replica_of, '?')}"
    yield "role", role + _flag_words(header.flags)
    yield "state", "ok" if header.state == CLUSTER_OK else "fail"
    yield "ports", f"{header.port} for clients, {header.bus_port} for nodes"
    if header.mflags[0] & MESSAGE_PAUSED:
        yield "paused", "its clients wait for a manual failover"
    if header.mflags[0] & MESSAGE_FORCEACK:
        yield "force", "vote though the primary is not known to fail"


def _flag_words(flags: int) -> str:
    words = [
        word
        for bit, word in ((NODE_HANDSHAKE, " handshake"), (NODE_NOADDR, " no address"))
        if flags & bit
    ]
    return "".join(words)


def _since(words: str, moment_s: int, now_ms: int) -> str:
    """A moment of the wire, in whole seconds, as the time that passed since; "" for never."""
    if not moment_s:
        return ""
    passed = max(now_ms // 1000 - moment_s, 0)
    return f"{words} {passed} s" if words.endswith("for") else f"{words} {passed} s before"


def _bars(slots: bytes) -> tuple[int, ...]:
    """How many slots are set in each part of a bitmap."""
    size = SLOT_BYTES // BARS
    return tuple(
        int.from_bytes(slots[at : at + size], "big").bit_count()
        for at in range(0, SLOT_BYTES, size)
    )
