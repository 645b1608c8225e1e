"""Sentences for streams, bits, HyperLogLogs, places, and clients that wait.

The second half of `narration.py`: one format for each class of event, all bytes through
`printable`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from redlearn.engine.acl import CommandDenied, LoggedIn, LoginFailed, UserChanged, UserDeleted
from redlearn.engine.blocking import (
    ClientBlocked,
    ClientServed,
    ClientTimedOut,
    ClientUnblocked,
)
from redlearn.engine.clients import ClientKilled, ClientsPaused
from redlearn.engine.dispatch import BrowserSuspected
from redlearn.engine.eviction import (
    END_OF_TIME,
    GhostSkipped,
    KeyEvicted,
    KeySampled,
    OutOfMemory,
    OverLimit,
    PoolFilled,
)
from redlearn.engine.expiry import FieldExpired
from redlearn.engine.keyspace import DatabasesSwapped
from redlearn.engine.pubsub import Published, Subscribed, Unsubscribed
from redlearn.engine.routing import CommandRedirected
from redlearn.engine.structures.bits import (
    BitRead,
    BitsCombined,
    BitsCounted,
    BitSought,
    BitWritten,
    BytesAdded,
    FieldFitted,
    FieldRead,
    FieldWritten,
)
from redlearn.engine.structures.geohash import (
    CellSearched,
    Measured,
    PlaceDecoded,
    PlaceEncoded,
    PlaceWeighed,
    SearchCovered,
)
from redlearn.engine.structures.hyperloglog import (
    Estimated,
    Hashed,
    Promoted,
    RegistersMerged,
)
from redlearn.engine.structures.hyperloglog_sparse import (
    RegisterKept,
    RegisterRaised,
    RunReplaced,
    RunsMerged,
    RunVisited,
)
from redlearn.engine.structures.radix_steps import (
    Descended,
    KeyMarked,
    KeyUnmarked,
    NodeAdded,
    NodesJoined,
    NodeSplit,
    NodesRemoved,
    RunLeft,
    WayMissing,
)
from redlearn.engine.structures.stream_node import (
    EntryAppended,
    EntryMarked,
    EntryRead,
    NodeWalked,
    id_text,
)
from redlearn.engine.tracking import Invalidated
from redlearn.engine.values.stream import GroupAdvanced, NodeBegun, NodeDropped, NodeSpared
from redlearn.engine.values.stream_group import (
    ClaimRefused,
    ConsumerAdded,
    ConsumerRemoved,
    EntryClaimed,
    EntryDelivered,
    EntryForgotten,
    EntryHandedOver,
    GroupAsked,
)
from redlearn.probe import Event
from redlearn.resp.text import printable
from redlearn.views.list_sentences import ALGEBRA, LISTS, SETS
from redlearn.views.stream import hexed

SHOWN: Final = 32
ID_SIZE: Final = 16
_HALF: Final = 2**64 - 1


def _text(data: bytes) -> str:
    return printable(data, SHOWN) or '""'


def _keys(keys: tuple[bytes, ...]) -> str:
    return " or ".join(_text(key) for key in keys[:3]) + (" ..." if len(keys) > 3 else "")


def _id(number: int) -> str:
    return id_text(number).decode()


def _waits(event: ClientBlocked) -> str:
    how_long = "until its timeout" if event.until_ms else "for ever"
    return f"Client {event.client} waits for {_keys(event.keys)}, {how_long}."


def _published(event: Published) -> str:
    what = f"{_text(event.message)} on {_text(event.channel)}"
    if not event.reached:
        return f"Nobody listens: {what} is gone."
    clients = ", ".join(map(str, event.reached[:5])) + (" ..." if len(event.reached) > 5 else "")
    return f"{what} is handed out {len(event.reached)} times, to client {clients}."


def _stale(keys: tuple[bytes, ...] | None) -> str:
    return "all of them" if keys is None else ", ".join(_text(key) for key in keys[:5])


_LISTENED_TO: Final = {"channels": "channel", "patterns": "pattern", "shards": "shard channel"}


def _tree(event: Any) -> str:
    """Which radix tree an event is about."""
    return _TREES.get(event.tree, "the tree")


_TREES: Final = {
    "nodes": "the tree of nodes",
    "groups": "the tree of groups",
    "consumers": "the tree of consumers",
    "pending": "the group's tree of pending entries",
    "held": "the consumer's tree of pending entries",
}


def _entries(count: int) -> str:
    return "1 entry" if count == 1 else f"{count} entries"


def _radix_key(event: Any) -> str:
    """A key of a radix tree: an ID where it is one, else a name."""
    if event.tree in ("nodes", "pending", "held") and len(event.key) == ID_SIZE:
        return _id(int.from_bytes(event.key, "big"))
    return _text(event.key)


def _label(event: Any, label: bytes) -> str:
    """Bytes on the way to a key: as they are in IDs, as text in names."""
    if event.tree in ("nodes", "pending", "held"):
        return hexed(label)
    return _text(label)


def _begun(event: NodeBegun) -> str:
    if not event.before:
        return f"The first node is begun, with {_id(event.id)} as its key."
    return f"Node {_id(event.before)} is full ({event.why}): a new one begins at {_id(event.id)}."


def _spared(event: NodeSpared) -> str:
    wanted = "some" if event.wanted < 0 else f"{event.wanted}"
    return (
        f"Node {_id(event.node)} stays as a whole: of its {_entries(event.entries)} only {wanted} "
        "would have to go."
    )


def _dropped_node(event: NodeDropped) -> str:
    marked = f" and {event.deleted} marked before" if event.deleted else ""
    return f"Node {_id(event.node)} goes as a whole, with {_entries(event.entries)}{marked}."


def _advanced(event: GroupAdvanced) -> str:
    read = "how many that are is not known" if event.entries_read < 0 else (
        f"{event.entries_read} of all ever added"
    )  # fmt: skip
    return f"The group has been given all up to {_id(event.last_id)}: {read}."


def _asked(event: GroupAsked) -> str:
    who = f", for consumer {_text(event.consumer)}" if event.consumer else ""
    return f"The command turns to group {_text(event.group)}{who}."


def _refused(event: ClaimRefused) -> str:
    return (
        f"{_id(event.id)} stays with {_text(event.consumer)}: handed out {event.idle_ms} ms ago, "
        f"less than {event.least_ms}."
    )


STREAMS: Final[dict[type[Event], Callable[[Any], str]]] = {
    Descended: lambda e: f"The walk through {_tree(e)} goes on by {_label(e, e.taken)}.",
    WayMissing: lambda e: f"In {_tree(e)} there is no way on by {_label(e, e.wanted)}.",
    RunLeft: lambda e: f"In {_tree(e)} only {e.fitted} bytes of the run {_label(e, e.label)} fit.",
    NodeSplit: lambda e: f"In {_tree(e)} a run is cut at byte {e.at}: {_label(e, e.label)}.",
    NodeAdded: lambda e: f"A way is added to {_tree(e)}: {_label(e, e.label)}.",
    NodesRemoved: lambda e: (
        f"What only led to {_radix_key(e)} is gone from {_tree(e)}: "
        f"{e.count} node{'s' * (e.count != 1)}."
    ),
    NodesJoined: lambda e: f"In {_tree(e)} {e.count} nodes become one run: {_label(e, e.label)}.",
    KeyMarked: lambda e: f"{_radix_key(e)} is a key of {_tree(e)} now.",
    KeyUnmarked: lambda e: f"{_radix_key(e)} is no key of {_tree(e)} any more.",
    NodeBegun: _begun,
    NodeDropped: _dropped_node,
    NodeSpared: _spared,
    NodeWalked: lambda e: (
        f"Node {_id(e.node)} is walked from its front; {_entries(e.passed)} before."
    ),
    EntryAppended: lambda e: (
        f"Entry {_id(e.id)} is written as +{(e.id >> 64) - (e.node >> 64)} ms and "
        f"{(e.id & _HALF) - (e.node & _HALF):+} behind {_id(e.node)}"
        f"{', without fields: the node has them already' * e.same_fields}."
    ),
    EntryMarked: lambda e: f"Entry {_id(e.id)} is marked as deleted, and lies where it was.",
    EntryRead: lambda e: f"Entry {_id(e.id)} is read{', a deleted one' * e.deleted}.",
    GroupAsked: _asked,
    GroupAdvanced: _advanced,
    ConsumerAdded: lambda e: f"The group gets a consumer, {_text(e.consumer)}.",
    ConsumerRemoved: lambda e: (
        f"Consumer {_text(e.consumer)} is gone, and what it had: {_entries(e.pending)} pending."
    ),
    EntryDelivered: lambda e: f"Entry {_id(e.id)} is pending now, with {_text(e.consumer)}.",
    EntryHandedOver: lambda e: (
        f"Pending entry {_id(e.id)} goes from {_text(e.old)} to {_text(e.new)}."
    ),
    EntryForgotten: lambda e: f"Entry {_id(e.id)} is pending no more; {_text(e.consumer)} had it.",
    EntryClaimed: lambda e: (
        f"{_text(e.consumer)} has {_id(e.id)} as of now; delivery no. {e.deliveries}."
    ),
    ClaimRefused: _refused,
}


def _fitted(event: FieldFitted) -> str:
    field = f"{'i' if event.signed else 'u'}{event.width} at bit {event.offset}"
    if event.written == event.wanted:
        return f"{event.wanted} fits the {field}."
    if event.written is None:
        return f"{event.wanted} does not fit the {field}, and FAIL leaves it as it was."
    how = {"WRAP": "wraps to", "SAT": "stops at"}[event.overflow]
    return f"{event.wanted} does not fit the {field}: it {how} {event.written} ({event.overflow})."


def _sought(event: BitSought) -> str:
    where = "is nowhere" if event.offset < 0 else f"is at {event.offset}"
    return f"The first {event.bit} from bit {event.first} to {event.last} {where}."


def _combined(event: BitsCombined) -> str:
    keys = ", ".join(_text(key) for key, _, _ in event.operands[:4])
    return f"{keys}: combined by {event.operation}, {event.size} bytes."


BITS: Final[dict[type[Event], Callable[[Any], str]]] = {
    BitWritten: lambda e: f"Bit {e.offset} was {e.old} and is {e.new}.",
    BitRead: lambda e: f"Bit {e.offset}, in byte {e.offset >> 3}, is {e.bit}.",
    BitsCounted: lambda e: f"Of the bits {e.first} to {e.last}, {e.count} are set.",
    BitSought: _sought,
    BytesAdded: lambda e: f"The string grows from {e.old} to {e.new} bytes; the new ones are zero.",
    FieldRead: lambda e: (
        f"The {'i' if e.signed else 'u'}{e.width} at bit {e.offset} is {e.number}."
    ),
    FieldFitted: _fitted,
    FieldWritten: lambda e: f"The {e.width} bits at {e.offset} were {e.old} and are {e.new}.",
    BitsCombined: _combined,
    Hashed: lambda e: (
        f"{_text(e.element)} hashes to register {e.index}, where the ending is "
        f"{e.ending - 1} zero{'s' * (e.ending != 2)} and a 1: {e.ending}."
    ),
    RegisterRaised: lambda e: f"Register {e.index} rises from {e.old} to {e.new}.",
    RegisterKept: lambda e: f"Register {e.index} stays at {e.old}: {e.offered} is not more.",
    Promoted: lambda e: f"Sparse becomes dense: {e.old_size} to {e.new_size} bytes, {e.why}.",
    RunVisited: lambda e: f"The run at byte {e.at}: {e.span} registers of {e.value}.",
    RunReplaced: lambda e: f"The run at byte {e.at} is rewritten in {len(e.new)} bytes.",
    RunsMerged: lambda e: f"Two runs of {e.value} become one of {e.count} registers.",
    RegistersMerged: lambda e: f"All registers are merged; {e.raised} of them rise.",
    Estimated: lambda e: (
        f"The header still knows the estimate: {e.count}." if e.kept
        else f"The estimate is worked out of all registers: {e.count}. The header keeps it."
    ),
}  # fmt: skip


def _covered(event: SearchCovered) -> str:
    shape = (
        f"A box of {event.width_m:.0f} by {event.height_m:.0f} m"
        if event.is_box
        else f"A circle of {event.width_m:.0f} m"
    )
    cells = len(event.cells)
    return (
        f"{shape} is covered by {cells} cell{'s' * (cells != 1)} of {event.step} halvings each way."
    )


def _weighed(event: PlaceWeighed) -> str:
    if event.away_m is None:
        return f"{_text(event.member)} is looked at and thrown away: too far."
    return f"{_text(event.member)} is kept: {event.away_m:.0f} m from the centre."


def _field_expired(event: FieldExpired) -> str:
    found = "a command asked for it" if event.how == "lazy" else "the cycle came by"
    late = event.now_ms - event.at_ms
    return (
        f"Field {_text(event.field)} of {_text(event.key)} is over ({event.how}):"
        f" {found} {late} ms after its time."
    )


def score_text(score: int) -> str:
    """A candidate's score: one of volatile-ttl counts back from the end of time."""
    return f"end - {END_OF_TIME - score}" if score > END_OF_TIME >> 1 else f"{score:,}"


def _sampled(event: KeySampled) -> str:
    key, score = _text(event.key), score_text(event.score)
    if event.place < 0:
        return f"Key {key} is sampled, score {score}: the full pool has only better ones."
    return f"Key {key} is sampled, score {score}, and takes place {event.place} of the pool."


MEMORY: Final[dict[type[Event], Callable[[Any], str]]] = {
    OverLimit: lambda e: f"{e.used:,} bytes are used, {e.used - e.limit:,} too many ({e.policy}).",
    KeySampled: _sampled,
    PoolFilled: lambda e: f"{e.sampled} keys sampled; the pool holds {len(e.pool)}, best last.",
    GhostSkipped: lambda e: f"Key {_text(e.key)}, the best of the pool, is no longer there.",
    KeyEvicted: lambda e: (
        f"Key {_text(e.key)} is evicted ({e.policy}): {e.freed:,} bytes free, {e.used:,} in use."
    ),
    OutOfMemory: lambda e: (
        f"{e.command.upper()} is refused: {e.used:,} bytes used, the limit is {e.limit:,}."
    ),
}

OTHERS: Final[dict[type[Event], Callable[[Any], str]]] = {
    SearchCovered: _covered,
    PlaceWeighed: _weighed,
    CellSearched: lambda e: (
        f"The cell from score {e.scores[0]:.0f} on holds {e.seen}, of which {e.kept} are kept."
    ),
    PlaceEncoded: lambda e: f"The place of {_text(e.member)} becomes the score {e.bits}.",
    PlaceDecoded: lambda e: f"The score of {_text(e.member)} is read as a place again.",
    Measured: lambda e: f"From {_text(e.one)} to {_text(e.other)} it is {e.away_m:.0f} m.",
    ClientBlocked: _waits,
    ClientServed: lambda e: f"Client {e.client} gets {_text(e.key)} after {e.waited_ms} ms.",
    ClientTimedOut: lambda e: f"Client {e.client} has waited {e.waited_ms} ms in vain.",
    ClientUnblocked: lambda e: f"Client {e.client} is woken by CLIENT UNBLOCK.",
    FieldExpired: _field_expired,
    DatabasesSwapped: lambda e: f"Databases {e.first} and {e.second} change places.",
}

MESSAGES: Final[dict[type[Event], Callable[[Any], str]]] = {
    Subscribed: lambda e: f"Client {e.client} listens to {_LISTENED_TO[e.kind]} {_text(e.name)}.",
    Unsubscribed: lambda e: (
        f"Client {e.client} listens no longer to {_LISTENED_TO[e.kind]} {_text(e.name)}."
    ),
    Published: _published,
    Invalidated: lambda e: (
        f"Client {e.client} is told that its copies are stale: {_stale(e.keys)}."
    ),
    ClientKilled: lambda e: f"Client {e.client} is sent away by client {e.by}.",
    ClientsPaused: lambda e: (
        f"Clients have to wait with {'what they write' if e.writes_only else 'everything'}."
    ),
}

USERS: Final[dict[type[Event], Callable[[Any], str]]] = {
    CommandRedirected: lambda e: (
        f"{e.name.upper()} of client {e.client} does not run here: {e.refusal}"
        f"{f', slot {e.slot}' if e.slot >= 0 else ''}."
    ),
    CommandDenied: lambda e: (
        f"Client {e.client} is refused: {_text(e.user)} has no permission for the {e.reason} "
        f"{_text(e.object)}."
    ),
    LoggedIn: lambda e: f"Client {e.client} has proved to be {_text(e.user)}.",
    LoginFailed: lambda e: (
        f"Client {e.client} is not believed to be {_text(e.user)}: a wrong password, or no such "
        "user."
    ),
    UserChanged: lambda e: (
        f"User {_text(e.user)} is new." if e.new else f"User {_text(e.user)} has other rules now."
    ),
    BrowserSuspected: lambda e: (
        f"Client {e.client} speaks HTTP, as a browser does that a web page sent here: it is hung "
        "up on."
    ),
    UserDeleted: lambda e: f"User {_text(e.user)} is gone, and so is everybody who was this user.",
}

SENTENCES: Final = {
    **LISTS, **SETS, **ALGEBRA, **STREAMS, **BITS, **MEMORY, **OTHERS, **MESSAGES, **USERS,
}  # fmt: skip
