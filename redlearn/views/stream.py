"""What a pane sees of a stream: its radix tree of nodes, and one of these nodes taken apart.

The tree is shown by its keys, as many as there is room for, each with the bytes that lead to
it node by node. One node is *open*: the one that the last command was about, or a neighbour
that the user moved to. Of it all entries are decoded that fit, deleted ones too.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import groupby, islice
from typing import Final, TypeVar

from redlearn.engine.structures.radix import RadixTree
from redlearn.engine.structures.radix_steps import Descended, RunLeft, WayMissing
from redlearn.engine.structures.stream_node import (
    DELETED,
    FIXED_ITEMS,
    MAX_HALF,
    SAME_FIELDS,
    SEQUENCE_BITS,
    EntryAppended,
    EntryMarked,
    EntryRead,
    NodeWalked,
    StreamNode,
    id_key,
)
from redlearn.engine.values.stream import NODES, NodeBegun, NodeDropped, NodeSpared, Stream
from redlearn.probe import Event, Probe
from redlearn.views.window import Room, placed

V = TypeVar("V")

ITEM_SHOWN: Final = 24
"""Bytes of a field or a value that are copied."""

ITEMS_SHOWN: Final = 16
"""Fields and values of an entry, or fields of a master, that are copied."""

RUN: Final = 3
"""So many equal bytes and more are written as one, times their number."""

KEPT: Final = 256
"""How many IDs a command's marks remember, the last ones."""

TREE_SHARE: Final = 3
"""Of the rows that there are, one in so many is for the tree, the others for the open node."""

NODES_AT_LEAST: Final = 3
ENTRIES_AT_LEAST: Final = 3
"""What is shown of both in a low pane, the title and the master of the node apart."""


@dataclass(frozen=True, slots=True)
class NodeRow:
    """A key of the tree, and the listpack it leads to.

    Attributes:
        id: The ID of the node's first entry, which is the key.
        edges: The bytes on the way to it, one piece for each step from node to node.
        count, deleted: Entries that are there, and that are only marked.
        size: Bytes of the listpack.
    """

    id: int
    edges: tuple[bytes, ...]
    count: int
    deleted: int
    size: int


@dataclass(frozen=True, slots=True)
class EntryRow:
    """An entry as it lies in its node.

    Attributes:
        flags: DELETED, SAMEFIELDS, or both.
        ms, sequence: By how much the two halves of the ID differ from the node's.
        items: Fields and values (values alone, with SAMEFIELDS), cut; `more` were left out.
        back: The number at its end: how many items come before it.
    """

    id: int
    flags: int
    ms: int
    sequence: int
    items: tuple[bytes, ...]
    more: int
    back: int

    @property
    def deleted(self) -> bool:
        return bool(self.flags & DELETED)

    @property
    def same_fields(self) -> bool:
        return bool(self.flags & SAME_FIELDS)


@dataclass(frozen=True, slots=True)
class OpenNode:
    """The node that is taken apart.

    Attributes:
        fields: The master's, cut.
        width: How many fields the master has in all.
        first: The number of the first entry shown, from 0; marked entries count.
        total: Entries in the node, marked ones too.
    """

    id: int
    size: int
    count: int
    deleted: int
    fields: tuple[bytes, ...]
    width: int
    first: int
    total: int
    entries: tuple[EntryRow, ...]


@dataclass(frozen=True, slots=True)
class Touch:
    """What the last command did.

    Attributes:
        way: The bytes that its latest walk through the tree of nodes went.
        node: The node it turned to last, or None.
        entry: The entry it came to last, or None.
        read, marked: IDs of entries that were read, and marked as deleted.
        appended: The ID of the entry that was added, or None.
        begun: Why a node was begun, if one was.
        dropped: Nodes that went as a whole.
        spared: The node that a trim left as it was.
        passed: Entries of the node that a walk passed before it came to what it wanted.
    """

    way: bytes = b""
    node: int | None = None
    entry: int | None = None
    read: tuple[int, ...] = ()
    marked: tuple[int, ...] = ()
    appended: int | None = None
    begun: NodeBegun | None = None
    dropped: tuple[NodeDropped, ...] = ()
    spared: NodeSpared | None = None
    passed: int = 0


@dataclass(frozen=True, slots=True)
class StreamView:
    """A window on a stream.

    Attributes:
        length, added: Entries there are, and ever were.
        last_id, max_deleted_id: What it remembers beyond its entries.
        keys, tree_nodes: Of the radix tree.
        groups: How many consumer groups there are.
        rows: Some neighbouring nodes; `earlier` and `later`: there are more on that side.
        open: One of them, or None in an empty stream.
    """

    length: int
    added: int
    last_id: int
    max_deleted_id: int
    keys: int
    tree_nodes: int
    groups: int
    rows: tuple[NodeRow, ...] = ()
    earlier: bool = False
    later: bool = False
    open: OpenNode | None = None
    touch: Touch = field(default_factory=Touch)


def look_at(stream: Stream, room: Room, events: Iterable[Event] = ()) -> StreamView:
    """Copy out the nodes round the one used last, and its entries. O(visible + open node).

    `room.x` moves from node to node, `room.y` from entry to entry.
    """
    touch = touch_of(events)
    tree = silent(stream.nodes)
    focus = _focus(stream, touch)
    lines = max(room.height - 2, 1)
    share = max(lines // TREE_SHARE, min(lines - ENTRIES_AT_LEAST, NODES_AT_LEAST))
    count = max(min(len(tree), share), 1)
    rows: list[tuple[bytes, StreamNode]] = []
    opened: OpenNode | None = None
    if len(tree):
        key = moved_key(tree, id_key(focus), room.x)
        rows = around(tree, key, count)
        node = next(node for at, node in rows if at == key)
        opened = _opened(node, touch, lines - len(rows) - 1, room.y)
    return StreamView(
        len(stream), stream.entries_added, stream.last_id, stream.max_deleted_id,
        len(tree), tree.nodes, len(stream.groups),
        tuple(_row(tree, key, node) for key, node in rows),
        bool(rows) and _has_more(tree, rows[0][0], down=True),
        bool(rows) and _has_more(tree, rows[-1][0], down=False),
        opened, touch,
    )  # fmt: skip


def silent(tree: RadixTree[V]) -> RadixTree[V]:
    """A handle on the same nodes whose walks are told to nobody. O(1)."""
    handle: RadixTree[V] = RadixTree(Probe())
    handle.root, handle.keys, handle.nodes = tree.root, tree.keys, tree.nodes
    return handle


def moved_key(tree: RadixTree[V], key: bytes, by: int) -> bytes:
    """The key `by` places from `key`, or from the nearest before it; kept inside. O(by)."""
    before = next(tree.descending(key), None) or tree.first()
    assert before is not None
    way = tree.descending(before[0]) if by < 0 else tree.ascending(before[0])
    passed = deque(islice(way, abs(by) + 1), maxlen=1)
    return passed[0][0]


def around(tree: RadixTree[V], key: bytes, count: int) -> list[tuple[bytes, V]]:
    """`count` neighbouring keys with their values, `key` in the middle of them. O(count)."""
    rows = list(islice(tree.descending(key), count // 2 + 1))[::-1]
    rows += islice(tree.ascending(key), 1, count - len(rows) + 1)
    if len(rows) < count:
        rows = list(islice(tree.descending(rows[-1][0]), count))[::-1]
    return rows


def edges_to(tree: RadixTree[V], key: bytes) -> tuple[bytes, ...]:
    """The bytes on the way to `key`, which is in the tree, node by node. O(its bytes)."""
    node, at = tree.root, 0
    edges: list[bytes] = []
    while at < len(key):
        taken = len(node.label) if node.compressed else 1
        edges.append(key[at : at + taken])
        node = node.children[0 if node.compressed else node.label.index(key[at])]
        at += taken
    return tuple(edges)


def hexed(data: bytes) -> str:
    r"""Bytes in hex, long repeats as one byte and how often.

    >>> hexed(bytes(7) + b"\x01")
    '00×7 01'
    """
    words: list[str] = []
    for byte, group in groupby(data):
        count = len(list(group))
        words += [f"{byte:02x}×{count}"] if count >= RUN else [f"{byte:02x}"] * count
    return " ".join(words)


def _has_more(tree: RadixTree[V], key: bytes, *, down: bool) -> bool:
    way = tree.descending(key) if down else tree.ascending(key)
    return next(islice(way, 1, 2), None) is not None


def _focus(stream: Stream, touch: Touch) -> int:
    if touch.node is not None:
        return touch.node
    return stream.tail.id if stream.tail is not None else 0


def _row(tree: RadixTree[StreamNode], key: bytes, node: StreamNode) -> NodeRow:
    return NodeRow(node.id, edges_to(tree, key), node.count, node.deleted, node.size)


def _opened(node: StreamNode, touch: Touch, count: int, moved: int) -> OpenNode:
    """The node's master and `count` of its entries. O(bytes of the node)."""
    items = node.pack.items()
    places = _places(node, items)
    total = len(places)
    home = total - count
    if touch.entry is not None and touch.node == node.id:
        wanted = [at for at, (place, id) in enumerate(places) if id <= touch.entry]
        home = (wanted[-1] if wanted else 0) - count // 2
    first = placed(max(min(home, total - count), 0), moved, max(count, 0), total)
    entries = [
        _entry(node, items, place, id) for place, id in places[first : first + max(count, 0)]
    ]
    fields = tuple(name[:ITEM_SHOWN] for name in node.fields[:ITEMS_SHOWN])
    return OpenNode(
        node.id, node.size, node.count, node.deleted, fields, len(node.fields), first, total,
        tuple(entries),
    )  # fmt: skip


def _places(node: StreamNode, items: list[bytes]) -> list[tuple[int, int]]:
    """Where each entry begins, and its ID."""
    places: list[tuple[int, int]] = []
    at = len(node.fields) + 4
    while at < len(items):
        ms = (node.id >> SEQUENCE_BITS) + int(items[at + 1]) & MAX_HALF
        sequence = (node.id & MAX_HALF) + int(items[at + 2]) & MAX_HALF
        places.append((at, ms << SEQUENCE_BITS | sequence))
        at = _stop(node, items, at) + 1
    return places


def _stop(node: StreamNode, items: list[bytes], at: int) -> int:
    """Which item is the number that ends the entry at item `at`."""
    start = at + FIXED_ITEMS
    if int(items[at]) & SAME_FIELDS:
        return start + len(node.fields)
    return start + 1 + 2 * int(items[start])


def _entry(node: StreamNode, items: list[bytes], at: int, id: int) -> EntryRow:
    flags = int(items[at])
    stop = _stop(node, items, at)
    start = at + FIXED_ITEMS + (not flags & SAME_FIELDS)
    shown = tuple(item[:ITEM_SHOWN] for item in items[start : min(stop, start + ITEMS_SHOWN)])
    more = stop - start - len(shown)
    ms, sequence = int(items[at + 1]), int(items[at + 2])
    return EntryRow(id, flags, ms, sequence, shown, more, int(items[stop]))


def advance(view: StreamView, event: Event) -> StreamView:
    """The view with one more event marked."""
    touch = touched_by(view.touch, event)
    return view if touch is view.touch else replace(view, touch=touch)


def touch_of(events: Iterable[Event]) -> Touch:
    """What a command's events say about the tree of nodes and what is in them.

    Of thousands of entries that were read only the last are marked: the others are passed over.
    """
    events = list(events)
    passed = sum(type(event) is EntryRead for event in events) - KEPT
    touch = Touch()
    for event in events:
        if type(event) is EntryRead and passed > 0:
            passed -= 1
            continue
        touch = touched_by(touch, event)
    return touch


def touched_by(touch: Touch, event: Event) -> Touch:
    """The marks after one more event."""
    match event:
        case Descended(prefix, taken, tree) if tree == NODES:
            return replace(touch, way=prefix + taken)
        case WayMissing(prefix, _, tree) | RunLeft(prefix, _, _, tree) if tree == NODES:
            return replace(touch, way=prefix)
        case NodeBegun(id):
            return replace(touch, begun=event, node=id, entry=None)
        case NodeDropped(node):
            same = touch.node == node
            return replace(
                touch, dropped=(*touch.dropped, event)[-8:], node=None if same else touch.node
            )
        case NodeSpared(node):
            return replace(touch, spared=event, node=node)
        case NodeWalked(node, passed):
            return replace(touch, node=node, passed=passed)
    return _entry_touched(touch, event)


def _entry_touched(touch: Touch, event: Event) -> Touch:
    match event:
        case EntryAppended(node, id):
            return replace(touch, appended=id, node=node, entry=id)
        case EntryMarked(node, id):
            return replace(touch, marked=(*touch.marked, id)[-KEPT:], node=node, entry=id)
        case EntryRead(node, id):
            return replace(touch, read=(*touch.read, id)[-KEPT:], node=node, entry=id)
    return touch
