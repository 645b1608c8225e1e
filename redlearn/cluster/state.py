"""One node's view of its cluster, as plain data.

There is no list of members and no table of slots that all nodes share. Each node has its *own*
view, made of what others told it, and the rules (`node.py`) see to it that the views come to agree:

    nodes       who there is: by id, with address, role, health as seen from here
    owners      16384 entries: which node serves a slot, or nobody
    epochs      the number of the latest election (`current_epoch`), and each node's number of the
                configuration that it announces (`config_epoch`): of two claims the greater wins

Nothing here decides anything. Methods keep what belongs together in step: a slot's entry in
`owners` with the bit and the count of its owner, a replica with its primary's list of replicas.

Ids, addresses and names are bytes, as they travel; times are milliseconds, and 0 is "never".

Invariants (`ClusterState.check`): `owners[slot]` is the one node whose bit for it is set; a node's
`slot_count` counts its bits; `myself` is in `nodes`; primary and replicas name each other; nobody
else who owns a slot is a replica. One that was demoted keeps its replicas until they say otherwise.

Source: `cluster_legacy.h` clusterNode, clusterState; `cluster_legacy.c` clusterAddSlot.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import Any, Final

from redlearn.cluster.bitmaps import Ranges, has_bit, ranges_of, slots_in
from redlearn.cluster.message import (
    ID_BYTES,
    NODE_FAIL,
    NODE_HANDSHAKE,
    NODE_MASTER,
    NODE_MIGRATE_TO,
    NODE_MYSELF,
    NODE_NOADDR,
    NODE_NOFAILOVER,
    NODE_PFAIL,
    NODE_SLAVE,
    SLOT_BYTES,
)
from redlearn.cluster.slot_jobs import Jobs
from redlearn.slots import SLOTS

# What a node's flags mean, seen from here: NODE_PFAIL, possibly failing: *this* node has not heard
# of it for the node timeout. NODE_FAIL: a majority of the primaries said so within a short time.
# NODE_HANDSHAKE: its name is not known yet, `id` is made up until its first PONG. NODE_MEET: the
# first message to it is MEET. NODE_MIGRATE_TO: a primary that replicas may move to.
FLAG_NAMES: Final = (
    (NODE_MYSELF, b"myself"),
    (NODE_MASTER, b"master"),
    (NODE_SLAVE, b"slave"),
    (NODE_PFAIL, b"fail?"),
    (NODE_FAIL, b"fail"),
    (NODE_HANDSHAKE, b"handshake"),
    (NODE_NOADDR, b"noaddr"),
    (NODE_NOFAILOVER, b"nofailover"),
)
"""In the order in which CLUSTER NODES prints them; the others it does not print."""

# What is left to be done before the node sleeps (`ClusterState.todo`).
HANDLE_FAILOVER: Final = "handle failover"
HANDLE_MANUAL_FAILOVER: Final = "handle manual failover"
UPDATE_STATE: Final = "update state"
SAVE_CONFIG: Final = "save config"
FSYNC_CONFIG: Final = "fsync config"
BROADCAST: Final = "broadcast"


@dataclass(slots=True, eq=False)
class Link:
    """One connection of the bus, as the node knows it; whoever does the I/O has the other half.

    A node opens a link to every other, and sends what it has to say on it; the other answers a
    PING on the link it came by. So between two nodes there are two links.

    Attributes:
        number: Its name between the node and whoever does the I/O; never used twice.
        node: The id of whom it leads to, or b"" while an accepted link has not said it.
        inbound: Whether the other opened it.
        ip: Where the other end is, as the connection knows it.
        own_ip: Where this end is, or b"" if that is not known.
        up: Whether it is connected.
        since_ms: When it was made.
    """

    number: int
    node: bytes
    inbound: bool
    ip: bytes
    up: bool
    since_ms: int
    own_ip: bytes = b""


@dataclass(slots=True, eq=False)
class Node:
    """Another node, or this one, as seen from here.

    Attributes:
        port: For clients, 0 while not known; `tls_port` likewise.
        bus_port: For nodes.
        flags: NODE_MASTER, NODE_SLAVE, NODE_PFAIL ... or-ed.
        primary: Whom it replicates, if that is known.
        replicas: Who replicates it, in the order in which it became known.
        slots: One bit for each slot, lowest bit first; `bitmap()` as immutable bytes.
        extended: Whether it understands extensions of heartbeats.
        config_epoch: Of a primary's claim to its slots; that of a replica is its primary's.
        offset: How much of its primary's stream it has, in bytes; of a primary: how much it wrote.
        offset_ms: When the offset was heard.
        created_ms: When it became known here.
        ping_sent_ms: When the ping was sent that is not answered yet, or 0.
        pong_received_ms: When it last answered.
        data_received_ms: When it was last heard of in any way.
        fail_ms: When it was marked NODE_FAIL.
        voted_ms: When this node last voted for one of its replicas.
        orphaned_ms: Since when it has had no working replica.
        reports: Who says that it fails, and when that was last said.
        link: The link opened to it; `inbound` the one that it opened.
    """

    id: bytes
    flags: int = 0
    ip: bytes = b""
    port: int = 0
    tls_port: int = 0
    bus_port: int = 0
    hostname: bytes = b""
    human_name: bytes = b""
    shard_id: bytes = b""
    primary: Node | None = None
    replicas: list[Node] = field(default_factory=list)
    slots: bytearray = field(default_factory=lambda: bytearray(SLOT_BYTES))
    slot_count: int = 0
    config_epoch: int = 0
    offset: int = 0
    offset_ms: int = 0
    created_ms: int = 0
    ping_sent_ms: int = 0
    pong_received_ms: int = 0
    data_received_ms: int = 0
    fail_ms: int = 0
    voted_ms: int = 0
    orphaned_ms: int = 0
    reports: dict[bytes, int] = field(default_factory=dict)
    link: Link | None = None
    inbound: Link | None = None
    extended: bool = False
    _bitmap: bytes | None = None

    def __repr__(self) -> str:
        return f"<Node {self.id[:8].decode('latin-1')} {self.flag_names().decode()}>"

    @property
    def is_primary(self) -> bool:
        return self.flags & NODE_MASTER != 0

    @property
    def is_replica(self) -> bool:
        return self.flags & NODE_SLAVE != 0

    @property
    def is_failing(self) -> bool:
        """Whether it is marked NODE_FAIL: not merely by this node's own opinion."""
        return self.flags & NODE_FAIL != 0

    @property
    def may_be_failing(self) -> bool:
        return self.flags & NODE_PFAIL != 0

    @property
    def in_handshake(self) -> bool:
        return self.flags & NODE_HANDSHAKE != 0

    @property
    def votes(self) -> bool:
        """Whether its vote, and its report of a failure, count: a primary that serves slots."""
        return self.flags & NODE_MASTER != 0 and self.slot_count > 0

    @property
    def is_linked(self) -> bool:
        return self.link is not None and self.link.up

    def flag_names(self) -> bytes:
        """As CLUSTER NODES prints them."""
        return b",".join(name for flag, name in FLAG_NAMES if self.flags & flag) or b"noflags"

    def bitmap(self) -> bytes:
        """Its slots, the same object as long as they stay the same: each message carries it."""
        if self._bitmap is None:
            self._bitmap = bytes(self.slots)
        return self._bitmap

    def set_slot(self, slot: int, served: bool) -> None:
        """Set or clear a bit that was the other way; only `ClusterState` knows when."""
        self.slots[slot >> 3] ^= 1 << (slot & 7)
        self.slot_count += 1 if served else -1
        self._bitmap = None

    def set_slots(self, slots: range, served: bool) -> None:
        """The same of slots in a row. O(2048), however many."""
        turned = ((1 << len(slots)) - 1) << slots.start
        bits = int.from_bytes(self.slots, "little") ^ turned
        self.slots[:] = bits.to_bytes(SLOT_BYTES, "little")
        self.slot_count += len(slots) if served else -len(slots)
        self._bitmap = None

    def has_slot(self, slot: int) -> bool:
        return has_bit(self.slots, slot)

    def ranges(self) -> Ranges:
        """Its slots as (first, last), in order. O(2048), O(1) as long as they stay the same."""
        return ranges_of(self.bitmap())

    def take_bitmap(self, bitmap: bytes) -> None:
        """Have its slots as they were when this was its bitmap; `slot_count` is set already."""
        self.slots, self._bitmap = bytearray(bitmap), bitmap


@dataclass(slots=True, eq=False)
class Election:
    """A replica's own attempt to take its primary's place.

    Attributes:
        at_ms: When it asks for votes, or asked; 0 before the first attempt.
        rank: How many replicas of the same primary have more of its stream: they go first.
        asked: Whether it asked for votes.
        voters: Who voted for it; ids.
        epoch: The epoch that it asked for.
        blocked: Why it does not stand, in Redis's words, or "".
        blocked_said_ms: When that was last reported.
    """

    at_ms: int = 0
    rank: int = 0
    asked: bool = False
    voters: tuple[bytes, ...] = ()
    epoch: int = 0
    blocked: str = ""
    blocked_said_ms: int = 0

    @property
    def votes(self) -> int:
        return len(self.voters)


@dataclass(slots=True, eq=False)
class ManualFailover:
    """CLUSTER FAILOVER under way, on either side.

    Attributes:
        end_ms: When it is given up, or 0: none under way.
        replica: On the primary: for whom clients wait. An id.
        may_start: On the replica: everything is here that the primary had, or that is not asked.
        primary_offset: On the replica: what the primary had when its clients were stopped; -1
            while that has not been said.
    """

    end_ms: int = 0
    replica: bytes = b""
    may_start: bool = False
    primary_offset: int = -1


Frozen = tuple[Any, ...]


class ClusterState:
    """What one node knows, and what it is about to do.

    Attributes:
        myself: This node; also in `nodes`.
        nodes: By id, those in handshake under a made-up one.
        owners: For each slot the node that serves it, or None.
        migrating: Slots of this node that go to another, open until all keys are there.
        importing: Slots that come from another.
        jobs: Moves of whole slots (MIGRATESLOTS).
        unclaimed: Slots whose owner, as far as known, says that it is not the owner any more.
        current_epoch: The greatest epoch heard of.
        last_vote_epoch: The epoch of the last election in which this node voted.
        ok: Whether the cluster takes commands, as this node sees it; `reason` says why not.
        reason: "" while it does.
        size: How many primaries serve slots: what a majority is counted of.
        election: As a replica, its own candidacy.
        manual: CLUSTER FAILOVER.
        forgotten: Ids that CLUSTER FORGET removed, and until when they are not taken back, in ms.
        links: All links, by number.
        todo: What to do before the node sleeps.
        minority_ms: When this node last saw itself without a majority.
        started_ms: When it looked at the cluster's health for the first time.
        suspects: How many nodes were PFAIL when cron last counted them.
        sent: How many messages were sent, by the number of their type; `received` likewise.
        links_made: The number of the last link.
        cron_runs: How often cron ran.
    """

    __slots__ = (
        "cron_runs", "current_epoch", "election", "forgotten", "importing", "jobs",
        "last_vote_epoch", "links", "links_made", "manual", "migrating", "minority_ms", "myself",
        "nodes", "ok", "owners", "reason", "received", "sent", "size", "started_ms",
        "suspects", "todo", "unclaimed",
    )  # fmt: skip

    def __init__(self, myself: Node) -> None:
        """A cluster of one, without slots."""
        myself.flags |= NODE_MYSELF
        self.myself = myself
        self.nodes: dict[bytes, Node] = {myself.id: myself}
        self.owners: list[Node | None] = [None] * SLOTS
        self.migrating: dict[int, Node] = {}
        self.importing: dict[int, Node] = {}
        self.jobs = Jobs()
        self.unclaimed: set[int] = set()
        self.current_epoch = 0
        self.last_vote_epoch = 0
        self.ok = False
        self.reason = "not looked at yet"
        self.size = 0
        self.election = Election()
        self.manual = ManualFailover()
        self.forgotten: dict[bytes, int] = {}
        self.links: dict[int, Link] = {}
        self.links_made = 0
        self.todo: set[str] = set()
        self.minority_ms = self.started_ms = self.suspects = self.cron_runs = 0
        self.sent: dict[int, int] = {}
        self.received: dict[int, int] = {}

    # ---- nodes ----

    def others(self) -> Iterator[Node]:
        """Everybody but this node, also those in handshake."""
        return (node for node in self.nodes.values() if node is not self.myself)

    def primaries(self) -> Iterator[Node]:
        return (node for node in self.nodes.values() if node.flags & NODE_MASTER)

    @property
    def majority(self) -> int:
        """How many votes, or reports of a failure, decide."""
        return self.size // 2 + 1

    def known(self, node_id: bytes) -> Node | None:
        """A node by its id, if it is out of its handshake."""
        node = self.nodes.get(node_id)
        return None if node is None or node.in_handshake else node

    def add(self, node: Node) -> None:
        assert node.id not in self.nodes
        self.nodes[node.id] = node

    def remove(self, node: Node) -> list[int]:
        """Forget a node and all that refers to it; the numbers of links that are to be closed."""
        assert node is not self.myself
        for slot in slots_in(node.slots):
            self.unassign_slot(slot)
        for open_slots in (self.migrating, self.importing):
            for slot in [slot for slot, other in open_slots.items() if other is node]:
                del open_slots[slot]
        self.set_primary_of(node, None)
        for replica in list(node.replicas):
            self.set_primary_of(replica, None)
        for other in self.nodes.values():
            other.reports.pop(node.id, None)
        del self.nodes[node.id]
        return [link.number for link in (node.link, node.inbound) if link]

    def rename(self, node: Node, new_id: bytes) -> None:
        """Give a node the id that it turned out to have."""
        assert new_id not in self.nodes
        del self.nodes[node.id]
        node.id = new_id
        self.nodes[new_id] = node
        for link in (node.link, node.inbound):
            if link is not None:
                link.node = new_id

    def set_primary_of(self, node: Node, primary: Node | None) -> None:
        """Let a node be in the list of replicas of another, or of none; its role stays as it is.

        Whoever has replicas is one that others may move to, for as long as it has some.
        """
        if (before := node.primary) is not None:
            before.replicas.remove(node)
            if not before.replicas:
                before.flags &= ~NODE_MIGRATE_TO
        node.primary = primary
        if primary is not None:
            primary.replicas.append(node)
            primary.flags |= NODE_MIGRATE_TO

    # ---- slots ----

    def assign_slot(self, slot: int, node: Node) -> None:
        """Let a slot that nobody serves be served by `node`. O(1); O(nodes) for its first slot.

        A primary that gets its first slot where others have replicas should have some too.
        """
        assert self.owners[slot] is None
        if not node.slot_count and any(other.replicas for other in self.primaries()):
            node.flags |= NODE_MIGRATE_TO
        self.owners[slot] = node
        node.set_slot(slot, True)

    def unassign_slot(self, slot: int) -> Node | None:
        """Let a slot be served by nobody; who served it. O(1)."""
        owner = self.owners[slot]
        if owner is not None:
            owner.set_slot(slot, False)
            self.owners[slot] = None
        self.unclaimed.discard(slot)
        return owner

    def reassign_slot(self, slot: int, node: Node) -> Node | None:
        """Let a slot be served by `node`, whoever served it; who that was. O(1)."""
        before = self.unassign_slot(slot)
        self.assign_slot(slot, node)
        return before

    def reassign_slots(self, slots: range, node: Node) -> None:
        """Let slots in a row, all of one owner or of none, be served by `node`. O(2048 + slots)."""
        first, before = slots[0], self.owners[slots[0]]
        self.reassign_slot(first, node)
        if rest := range(first + 1, slots.stop):
            if before is not None:
                before.set_slots(rest, False)
            node.set_slots(rest, True)
            self.owners[rest.start : rest.stop] = [node] * len(rest)
            self.unclaimed.difference_update(rest)

    def slots_assigned(self) -> int:
        """How many slots have an owner. O(nodes)."""
        return sum(node.slot_count for node in self.nodes.values())

    # ---- epochs ----

    def greatest_epoch(self) -> int:
        """Of all that this node has heard of (`cluster_legacy.c` clusterGetMaxEpoch). O(nodes)."""
        return max(self.current_epoch, *(node.config_epoch for node in self.nodes.values()))

    # ---- for tests, and for time travel ----

    def check(self) -> None:
        """Assert all that is said to hold. O(16384 + 2048 x nodes)."""
        assert self.nodes[self.myself.id] is self.myself
        for node_id, node in self.nodes.items():
            _check_node(self, node_id, node)
        owners = self.owners
        assert SLOTS - owners.count(None) == self.slots_assigned()
        for node in self.nodes.values():
            assert all(owners[slot] is node for slot in slots_in(node.slots)), node
        for open_slots in (self.migrating, self.importing):
            assert all(self.nodes[node.id] is node for node in open_slots.values())
        assert all(self.owners[slot] is not None for slot in self.unclaimed)
        assert all(link.number == number for number, link in self.links.items())

    def freeze(self) -> Frozen:
        """All of it as values: nodes name each other by id, links by number."""
        return (
            self.myself.id, tuple(map(_freeze_node, self.nodes.values())),
            tuple(map(_OF_LINK, self.links.values())),
            tuple((slot, node.id) for slot, node in self.migrating.items()),
            tuple((slot, node.id) for slot, node in self.importing.items()),
            _OF_ELECTION(self.election), _OF_MANUAL(self.manual), tuple(self.forgotten.items()),
            tuple(sorted(self.todo)), tuple(sorted(self.unclaimed)), self.jobs.freeze(),
            tuple(self.sent.items()), tuple(self.received.items()),
            _OF_STATE(self),
        )  # fmt: skip

    def thaw(self, frozen: Frozen) -> None:
        """Take it back."""
        (myself, nodes, links, migrating, importing, election, manual, forgotten, todo, unclaimed,
         jobs, sent, received, plain) = frozen  # fmt: skip
        self.links = {values[0]: Link(*values) for values in links}
        self.nodes = {values[0]: _thaw_node(values, self.links) for values in nodes}
        for values in nodes:
            self._tie(*values)
        self.myself = self.nodes[myself]
        self.owners = [None] * SLOTS
        for node in self.nodes.values():
            for first, last in node.ranges():
                self.owners[first : last + 1] = [node] * (last + 1 - first)
        self.migrating = {slot: self.nodes[node] for slot, node in migrating}
        self.importing = {slot: self.nodes[node] for slot, node in importing}
        self.election, self.manual = Election(*election), ManualFailover(*manual)
        self.todo, self.unclaimed = set(todo), set(unclaimed)
        self.forgotten, self.sent, self.received = dict(forgotten), dict(sent), dict(received)
        self.jobs.thaw(jobs)
        for name, value in zip(_PLAIN, plain, strict=True):
            setattr(self, name, value)

    def _tie(self, node_id: bytes, primary: bytes, replicas: tuple[bytes, ...], *_: Any) -> None:
        node = self.nodes[node_id]
        node.primary = self.nodes[primary] if primary else None
        node.replicas = [self.nodes[replica] for replica in replicas]


# ---- in detail ----


def _check_node(state: ClusterState, node_id: bytes, node: Node) -> None:
    assert node.id == node_id
    assert len(node.id) == ID_BYTES
    assert (node is state.myself) == (node.flags & NODE_MYSELF != 0)
    assert not (node.flags & NODE_MASTER and node.flags & NODE_SLAVE)
    assert len(node.slots) == SLOT_BYTES
    assert node.slot_count == int.from_bytes(node.slots, "little").bit_count()
    assert len({id(replica) for replica in node.replicas}) == len(node.replicas)
    assert all(replica.primary is node for replica in node.replicas)
    for link in (node.link, node.inbound):
        assert link is None or (state.links[link.number] is link and link.node == node.id)
    if node.primary is not None:
        assert node.flags & NODE_SLAVE
        assert state.nodes[node.primary.id] is node.primary
        assert node in node.primary.replicas
    if node.slot_count and node is not state.myself:  # ADDSLOTS does not ask for its role
        assert not node.flags & NODE_SLAVE


_PLAIN: Final = (
    "current_epoch", "last_vote_epoch", "ok", "reason", "size", "links_made", "minority_ms",
    "started_ms", "cron_runs", "suspects",
)  # fmt: skip

_NODE_PLAIN: Final = tuple(
    each.name
    for each in fields(Node)
    if not each.name.startswith("_")
    and each.name not in ("id", "primary", "replicas", "slots", "reports", "link", "inbound")
)


def _fields_of(record: type[Link | Election | ManualFailover]) -> Callable[[Any], Frozen]:
    return attrgetter(*(each.name for each in fields(record)))


_OF_STATE: Final[Callable[[Any], Frozen]] = attrgetter(*_PLAIN)
_OF_NODE: Final[Callable[[Any], Frozen]] = attrgetter(*_NODE_PLAIN)
_OF_LINK, _OF_ELECTION, _OF_MANUAL = map(_fields_of, (Link, Election, ManualFailover))


def _freeze_node(node: Node) -> Frozen:
    return (
        node.id, node.primary.id if node.primary else b"",
        tuple(replica.id for replica in node.replicas),
        node.link.number if node.link else 0, node.inbound.number if node.inbound else 0,
        node.bitmap(), tuple(node.reports.items()), _OF_NODE(node),
    )  # fmt: skip


def _thaw_node(frozen: Frozen, links: dict[int, Link]) -> Node:
    """A node without the others that it names: those may not be there yet."""
    node_id, _, _, link, inbound, bitmap, reports, plain = frozen
    node = Node(node_id, **dict(zip(_NODE_PLAIN, plain, strict=True)))
    node.link, node.inbound, node.reports = links.get(link), links.get(inbound), dict(reports)
    node.take_bitmap(bitmap)
    return node
