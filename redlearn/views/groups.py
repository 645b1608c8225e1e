"""What a pane sees of a stream's consumer groups: one of them, its consumers, and what is pending.

Pending entries are shown in order of ID, as the group's tree has them, each with who has it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Final

from redlearn.engine.structures.stream_node import id_key
from redlearn.engine.values.stream import GroupAdvanced, Stream
from redlearn.engine.values.stream_group import (
    UNKNOWN,
    ClaimRefused,
    ConsumerAdded,
    ConsumerRemoved,
    EntryClaimed,
    EntryDelivered,
    EntryForgotten,
    EntryHandedOver,
    Group,
    GroupAsked,
    Pending,
)
from redlearn.probe import Event
from redlearn.views.stream import KEPT, around, moved_key, silent
from redlearn.views.window import Room

NAME_SHOWN: Final = 24
FORGOTTEN_SHOWN: Final = 8


@dataclass(frozen=True, slots=True)
class ConsumerRow:
    """A consumer; its times are milliseconds ago, `active` -1 if it never got anything."""

    name: bytes
    seen: int
    active: int
    pending: int


@dataclass(frozen=True, slots=True)
class PendingRow:
    """A pending entry: who has it, since how many milliseconds, and how often it was given."""

    id: int
    consumer: bytes
    idle: int
    deliveries: int


@dataclass(frozen=True, slots=True)
class Touch:
    """What the last command did.

    Attributes:
        group, consumer: Whom it turned to; b"" for nobody.
        delivered: IDs that became pending.
        handed: (ID, who had it before) of those that changed hands.
        claimed: IDs that count as handed out once more.
        forgotten: (ID, who had it) of those that are pending no more.
        refused: The claims that came too early.
        advanced: How far the group has been given entries, if that changed.
        added, removed: Consumers.
        last: The ID it came to last, or None.
    """

    group: bytes = b""
    consumer: bytes = b""
    delivered: tuple[int, ...] = ()
    handed: tuple[tuple[int, bytes], ...] = ()
    claimed: tuple[int, ...] = ()
    forgotten: tuple[tuple[int, bytes], ...] = ()
    refused: tuple[ClaimRefused, ...] = ()
    advanced: GroupAdvanced | None = None
    added: tuple[bytes, ...] = ()
    removed: tuple[bytes, ...] = ()
    last: int | None = None


@dataclass(frozen=True, slots=True)
class GroupsView:
    """A window on one group of a stream.

    Attributes:
        length: Entries in the stream; `stream_last_id` is its last.
        total: How many groups there are.
        place: Which of them this is, from 1; 0 if there is none.
        entries_read: Entries of the stream's whole life up to `last_id`, -1 if not known.
        lag: Entries not given yet, None if that cannot be told.
        consumers: Some of them, of `consumer_count`.
        pending: Some of what is pending, of `pending_count`; `earlier`: some come before.
    """

    length: int
    stream_last_id: int
    total: int
    place: int = 0
    name: bytes = b""
    last_id: int = 0
    entries_read: int = 0
    lag: int | None = None
    consumer_count: int = 0
    consumers: tuple[ConsumerRow, ...] = ()
    pending_count: int = 0
    pending: tuple[PendingRow, ...] = ()
    earlier: bool = False
    touch: Touch = field(default_factory=Touch)


def look_at(
    stream: Stream, room: Room, events: Iterable[Event] = (), now_ms: int = 0
) -> GroupsView:
    """Copy out one group: the one used last, or `room.x` places from it. O(visible).

    Which place it has among the groups is counted, O(groups) with a bound.
    """
    touch = touch_of(events)
    groups = silent(stream.groups)
    empty = GroupsView(len(stream), stream.last_id, len(groups), touch=touch)
    if not len(groups):
        return empty
    asked = touch.group if touch.group in groups else b""
    first = groups.first()
    assert first is not None
    name = moved_key(groups, asked or first[0], room.x)
    group: Group | None = groups.find(name)
    assert group is not None
    place = next(
        (at for at, (key, _) in enumerate(islice(groups, MOST_COUNTED), 1) if key == name), 0
    )
    count = max(room.height - 3, 1)
    pending, earlier = _pending(group, touch, count, room.y, now_ms)
    return replace(
        empty, place=place, name=name[:NAME_SHOWN], last_id=group.last_id,
        entries_read=group.entries_read, lag=stream.lag(group),
        consumer_count=len(group.consumers),
        consumers=_consumers(group, touch, count, now_ms),
        pending_count=len(group.pending), pending=pending, earlier=earlier,
    )  # fmt: skip


MOST_COUNTED: Final = 1000


def _consumers(group: Group, touch: Touch, count: int, now_ms: int) -> tuple[ConsumerRow, ...]:
    tree = silent(group.consumers)
    if not len(tree):
        return ()
    focus = touch.consumer or tree.first()[0]  # type: ignore[index]  # it is not empty
    rows = around(tree, moved_key(tree, focus, 0), count)
    return tuple(
        ConsumerRow(
            name[:NAME_SHOWN], max(now_ms - consumer.seen_ms, 0),
            UNKNOWN if consumer.active_ms == UNKNOWN else max(now_ms - consumer.active_ms, 0),
            len(consumer.pending),
        )
        for name, consumer in rows
    )  # fmt: skip


def _pending(
    group: Group, touch: Touch, count: int, moved: int, now_ms: int
) -> tuple[tuple[PendingRow, ...], bool]:
    tree = silent(group.pending)
    if not len(tree):
        return (), False
    first = tree.first()
    assert first is not None
    home = first[0] if touch.last is None else id_key(touch.last)
    rows = around(tree, moved_key(tree, home, moved), count)
    return tuple(_row(key, pending, now_ms) for key, pending in rows), rows[0][0] != first[0]


def _row(key: bytes, pending: Pending, now_ms: int) -> PendingRow:
    return PendingRow(
        int.from_bytes(key, "big"), pending.consumer.name[:NAME_SHOWN],
        max(now_ms - pending.delivered_ms, 0), pending.deliveries,
    )  # fmt: skip


def advance(view: GroupsView, event: Event) -> GroupsView:
    """The view with one more event marked."""
    touch = touched_by(view.touch, event)
    return view if touch is view.touch else replace(view, touch=touch)


def touch_of(events: Iterable[Event]) -> Touch:
    """What a command's events say about groups."""
    touch = Touch()
    for event in events:
        touch = touched_by(touch, event)
    return touch


def touched_by(touch: Touch, event: Event) -> Touch:
    """The marks after one more event."""
    match event:
        case GroupAsked(group, consumer):
            return Touch(group=group, consumer=consumer)
        case GroupAdvanced():
            return replace(touch, advanced=event)
        case ConsumerAdded(consumer):
            return replace(touch, added=(*touch.added, consumer), consumer=consumer)
        case ConsumerRemoved(consumer):
            return replace(touch, removed=(*touch.removed, consumer))
        case EntryDelivered(id):
            return replace(touch, delivered=(*touch.delivered, id)[-KEPT:], last=id)
    return _changed_hands(touch, event)


def _changed_hands(touch: Touch, event: Event) -> Touch:
    match event:
        case EntryHandedOver(id, old):
            return replace(touch, handed=(*touch.handed, (id, old))[-KEPT:], last=id)
        case EntryClaimed(id):
            return replace(touch, claimed=(*touch.claimed, id)[-KEPT:], last=id)
        case EntryForgotten(id, consumer):
            forgotten = (*touch.forgotten, (id, consumer))[-FORGOTTEN_SHOWN:]
            return replace(touch, forgotten=forgotten, last=id)
        case ClaimRefused(id):
            return replace(touch, refused=(*touch.refused, event)[-FORGOTTEN_SHOWN:], last=id)
    return touch
