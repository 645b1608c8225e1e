"""What the last command changed: one signed word for each thing that came, went or moved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from redlearn.engine.blocking import ClientBlocked, ClientServed, ClientTimedOut
from redlearn.engine.context import DatabaseCleared, KeyAdded, KeyChanged, KeyRemoved
from redlearn.engine.effects import Propagated
from redlearn.engine.expiry import FieldExpired, KeyExpired
from redlearn.engine.structures.bits import BitWritten, BytesAdded, FieldWritten
from redlearn.engine.structures.hashtable import (
    INITIAL_SIZE,
    Inserted,
    RehashFinished,
    RehashStarted,
    Removed,
)
from redlearn.engine.structures.hyperloglog import Promoted, RegistersMerged
from redlearn.engine.structures.hyperloglog_sparse import RegisterRaised
from redlearn.engine.structures.intset import NumberInserted, NumberRemoved, Widened
from redlearn.engine.structures.quicklist_steps import (
    NodeCut,
    NodeLinked,
    NodesMerged,
    NodeSqueezed,
    NodeUnlinked,
)
from redlearn.engine.structures.skiplist import Rescored, Tossed, Unlinked
from redlearn.engine.structures.stream_node import EntryAppended, EntryMarked, id_text
from redlearn.engine.values.kit import EncodingChanged
from redlearn.engine.values.stream import NodeBegun, NodeDropped
from redlearn.engine.values.stream_group import (
    ConsumerAdded,
    ConsumerRemoved,
    EntryDelivered,
    EntryForgotten,
    EntryHandedOver,
)
from redlearn.probe import Event, RecordCut
from redlearn.views.aof import resp_size
from redlearn.views.narration import counted, text
from redlearn.views.skiplist import number

MOST: Final = 12


@dataclass(frozen=True, slots=True)
class Change:
    """One change: `sign` is "+" for what came, "-" for what went, "~" for what is different."""

    sign: str
    text: str


@dataclass(frozen=True, slots=True)
class DiffView:
    """All changes of one point; `more` of them were left out."""

    changes: tuple[Change, ...] = ()
    more: int = 0


def diff_of(events: Sequence[Event]) -> DiffView:
    """What a command's events changed. O(events).

    A key that came and went, or a node that went and came, is told as one change; so is the
    death of a key, and its removal for that reason.
    """
    changes: list[Change] = []
    cuts = [event for event in events if isinstance(event, RecordCut)]
    died = {(event.db, event.key) for event in events if isinstance(event, KeyExpired)}
    over = {event.field for event in events if isinstance(event, FieldExpired)}
    events = [
        event
        for event in events
        if type(event) in _CHANGES
        and not (isinstance(event, KeyRemoved) and (event.db, event.key) in died)
        and not (isinstance(event, Removed) and event.name == "fields" and event.key in over)
    ]
    tossed = Counter(e.member for e in events if isinstance(e, Tossed))
    gone = {e.member for e in events if isinstance(e, Unlinked)}
    converted = any(isinstance(event, EncodingChanged) for event in events)
    for event in events:
        change = _key_change(event) or (None if converted else _element(event, tossed, gone))
        if change is not None and change not in changes[-3:]:
            changes.append(change)
    changes += _written(events)
    if cuts:  # what it changed later is not known: no number of changes would be right
        told = Change("~", f"in its first {cuts[0].kept:,} steps, which were kept:")
        return DiffView((told, *changes[: MOST - 1]))
    return DiffView(tuple(changes[:MOST]), max(len(changes) - MOST, 0))


_CHANGES: Final[frozenset[type[Event]]] = frozenset({
    KeyExpired, KeyAdded, KeyRemoved, KeyChanged, DatabaseCleared, EncodingChanged, Tossed,
    Unlinked, Rescored, Inserted, Removed, RehashStarted, RehashFinished, Propagated,
    FieldExpired,
    NodeCut, NodeLinked, NodesMerged, NodeSqueezed, NodeUnlinked, NumberInserted, NumberRemoved,
    Widened, ClientBlocked, ClientServed, ClientTimedOut,
    NodeBegun, NodeDropped, EntryAppended, EntryMarked, ConsumerAdded, ConsumerRemoved,
    EntryDelivered, EntryHandedOver, EntryForgotten, BytesAdded, BitWritten, FieldWritten,
    RegisterRaised, RegistersMerged, Promoted,
})  # fmt: skip
"""Steps of searches, which are most of a command's events, are no changes."""


def _key_change(event: Event) -> Change | None:
    match event:
        case KeyExpired(_, key, how):
            return Change("-", f"key {text(key)} expired ({how})")
        case FieldExpired(_, _, field, how):
            return Change("-", f"field {text(field)} expired ({how})")
        case KeyAdded(_, key, kind):
            return Change("+", f"key {text(key)} {kind}")
        case KeyRemoved(_, key):
            return Change("-", f"key {text(key)}")
        case DatabaseCleared(_, removed) if removed:
            return Change("-", counted(removed, "key"))
        case EncodingChanged(_, old, new):
            return Change("~", f"{old} -> {new}") if old else Change("+", f"{new} at once")
    return None


def _element(event: Event, tossed: Counter[bytes], gone: set[bytes]) -> Change | None:
    """A change inside a value, or of a table's size."""
    match event:
        case Tossed(member, height):
            sign = "~" if member in gone else "+"
            return Change(sign, f"node {text(member)} height {height}")
        case Unlinked(0, member) if member not in tossed:
            return Change("-", f"node {text(member)}")
        case Rescored(member, old, new):
            return Change("~", f"{text(member)} {number(old)} -> {number(new)}")
        case Inserted("fields", _, _, key):
            return Change("+", f"field {text(key)}")
        case Removed("fields", _, _, key):
            return Change("-", f"field {text(key)}")
        case Inserted("members", _, _, key) if not tossed[key]:
            return Change("+", f"member {text(key)}")
        case Removed("members", _, _, key) if key not in gone:
            return Change("-", f"member {text(key)}")
        case RehashStarted(name, size_from, size_to) if size_from:
            return Change("~", f"{name or 'table'} {size_from} -> {size_to} buckets")
        case RehashFinished(name, size) if size > INITIAL_SIZE:
            return Change("~", f"{name or 'table'} all in {size} buckets")
    told = _in_list(event) or _in_intset(event) or _waiting(event)
    return told or _of_stream(event) or _of_bits(event)


def _in_list(event: Event) -> Change | None:
    """A change of a quicklist's chain."""
    match event:
        case NodeLinked(at, plain):
            return Change("+", f"node {at}{' for one element' * plain}")
        case NodeUnlinked(at):
            return Change("-", f"node {at}")
        case NodeCut(at, kept, moved):
            return Change("~", f"node {at} cut {kept} | {moved}")
        case NodesMerged(at, moved, count):
            return Change("~", f"node {at} takes {moved} more: {count}")
        case NodeSqueezed(at, size, squeezed):
            return Change("~", f"node {at} {size} -> {squeezed} bytes")
    return None


def _in_intset(event: Event) -> Change | None:
    match event:
        case NumberInserted(number_):
            return Change("+", f"number {number_}")
        case NumberRemoved(number_):
            return Change("-", f"number {number_}")
        case Widened(old, new):
            return Change("~", f"numbers of {old} -> {new} bytes")
    return None


def _waiting(event: Event) -> Change | None:
    match event:
        case ClientBlocked(client, _, keys):
            return Change("+", f"client {client} waits for {text(keys[0]) if keys else 'replicas'}")
        case ClientServed(client, key):
            return Change("-", f"client {client} waits no more: {text(key)}")
        case ClientTimedOut(client):
            return Change("-", f"client {client} waits no more: timeout")
    return None


def _of_stream(event: Event) -> Change | None:
    """A change inside a stream or its groups."""
    match event:
        case NodeBegun(id):
            return Change("+", f"node {_id(id)}")
        case NodeDropped(node, entries):
            return Change("-", f"node {_id(node)} with {counted(entries, 'entry')}")
        case EntryAppended(_, id):
            return Change("+", f"entry {_id(id)}")
        case EntryMarked(_, id):
            return Change("-", f"entry {_id(id)}, marked")
        case ConsumerAdded(consumer):
            return Change("+", f"consumer {text(consumer)}")
        case ConsumerRemoved(consumer):
            return Change("-", f"consumer {text(consumer)}")
        case EntryDelivered(id, consumer):
            return Change("+", f"pending {_id(id)} {text(consumer)}")
        case EntryHandedOver(id, before, after):
            return Change("~", f"pending {_id(id)} {text(before)} -> {text(after)}")
        case EntryForgotten(id):
            return Change("-", f"pending {_id(id)}")
    return None


def _of_bits(event: Event) -> Change | None:
    """A change of bits or registers."""
    match event:
        case BytesAdded(old, new):
            return Change("+", f"{counted(new - old, 'byte')} of zeros")
        case BitWritten(offset, old, new) if old != new:
            return Change("~", f"bit {offset} {old} -> {new}")
        case FieldWritten(offset, width, old, new) if old != new:
            return Change("~", f"{width} bits at {offset}: {old} -> {new}")
        case RegisterRaised(index, old, new):
            return Change("~", f"register {index} {old} -> {new}")
        case RegistersMerged(raised) if raised:
            return Change("~", counted(raised, "register"))
        case Promoted(old_size, new_size):
            return Change("~", f"sparse -> dense, {old_size} -> {new_size} bytes")
    return None


def _id(number: int) -> str:
    return id_text(number).decode()


def _written(events: Sequence[Event]) -> list[Change]:
    """What went into the append-only file, and which keys were reported changed."""
    changes = []
    effects = [e for event in events if isinstance(event, Propagated) for e in event.effects]
    keys = {event.key for event in events if isinstance(event, KeyChanged)}
    known = {e.key for e in events if isinstance(e, (KeyAdded, KeyRemoved, KeyExpired))}
    for key in sorted(keys - known)[:3]:
        changes.append(Change("~", f"key {text(key)}"))
    if effects:
        size = sum(resp_size(effect.argv) for effect in effects)
        changes.append(
            Change("+", f"AOF {counted(len(effects), 'command')}, {counted(size, 'byte')}")
        )
    return changes
