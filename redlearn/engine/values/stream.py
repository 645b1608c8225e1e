"""Streams: a log of entries with growing IDs, in a radix tree of listpacks.

    radix tree     1-0        1-100       1-200           the key is the ID of the first entry
                    |           |           |
    nodes       100 entries 100 entries  17 entries       `structures/stream_node.py`

Entries are only ever added at the end, so all nodes but the last are full, and finding one is
a walk down the tree followed by a walk through one node. A node is full at a number of bytes
or of entries (stream-node-max-bytes, stream-node-max-entries).

A stream remembers more than its entries: the last ID it ever gave out, which the next one must
exceed, even if the entry is long gone; how many entries were ever added; and the greatest ID
that was deleted from the middle. The last two tell consumer groups how far behind they are
(`lag`), as long as nothing was deleted ahead of them.

What is added one by one is written by the dozen: while nobody watches, entries with the fields
of those before them wait as they came (`_late`) until there are some, or until somebody looks
into the nodes. Each then costs a third, and nobody can tell the difference: how many there are,
the last ID and the limits of a node are noted at once.

Unlike other collections an empty stream stays: it still knows its last ID and its groups.

Source: `stream.h`, `t_stream.c`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Final, cast

from redlearn.engine.structures.listpack_entry import encode_all
from redlearn.engine.structures.radix import Frozen as FrozenTree
from redlearn.engine.structures.radix import RadixTree
from redlearn.engine.structures.stream_node import (
    MAX_HALF,
    MAX_ID,
    MAX_NODE_BYTES,
    SEQUENCE_BITS,
    StreamEntry,
    StreamNode,
    id_key,
)
from redlearn.engine.values.kit import Kit
from redlearn.engine.values.stream_group import UNKNOWN, Group
from redlearn.engine.values.stream_steps import GroupAdvanced, NodeBegun, NodeDropped, NodeSpared
from redlearn.engine.values.value import OBJECT_HEADER, Frozen, Value, allocated

__all__ = ["Stream", "GroupAdvanced", "NodeBegun", "NodeDropped", "NodeSpared", "GROUPS", "NODES"]

NODES: Final = "nodes"
GROUPS: Final = "groups"

MOST_LATE: Final = 300  # IDs and values that wait to be written: a node full of two fields each
LARGE: Final = 4096  # bytes of values from which on an entry does not wait
STREAM_HEADER: Final = 80
GROUP_HEADER: Final = 40
CONSUMER_HEADER: Final = 32
PENDING: Final = 24
MOST_GROUPS: Final = 64
PREALLOCATED: Final = 4096
RADIX_KEY: Final = 16
RADIX_NODE: Final = 4 + 8 * 30  # header and, as Redis guesses, thirty children


class Stream(Value):
    """Entries (fields and values, raw bytes) under IDs, which are numbers of 128 bits.

    Invariant: `length` is the sum of the nodes' counts; `tail` is the last node.

    Attributes:
        first_id: Of the first of them, or 0.
        last_id: Of the last one ever added.
        max_deleted_id: The greatest that was ever deleted by XDEL, or 0.
        groups: By name.
    """

    __slots__ = (
        "_added", "_closed", "_kit", "_late", "_length", "_limits", "_tail", "_tree", "_usual",
        "first_id", "groups", "last_id", "max_deleted_id",
    )  # fmt: skip

    type: ClassVar[str] = "stream"

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._tree: RadixTree[StreamNode] = RadixTree(kit.probe, NODES)
        self._tail: StreamNode | None = None
        self._closed = 0  # bytes of all nodes but the tail
        # Entries that are late: of each, its ID and its values. They have the usual fields, those
        # of the tail's master if it has an entry; and these were the limits when they came.
        self._late: list[Any] = []
        self._usual: list[bytes] | None = None
        self._limits = kit.stream_limits
        self._length = self._added = 0  # without those that are late
        self.first_id = 0
        self.last_id = 0
        self.max_deleted_id = 0
        self.groups: RadixTree[Group] = RadixTree(kit.probe, GROUPS)

    @property
    def encoding(self) -> str:
        """`stream`, always."""
        return "stream"

    @property
    def nodes(self) -> RadixTree[StreamNode]:
        """The nodes by the 16 bytes of their ID, every entry in them."""
        self.settle()
        return self._tree

    @property
    def tail(self) -> StreamNode | None:
        """The last node, where entries are added, or None."""
        self.settle()
        return self._tail

    @property
    def held(self) -> int:
        """Bytes of all nodes, for the ledger of memory. O(1)."""
        tail = self.tail
        return self._closed + (0 if tail is None else tail.size)

    @property
    def length(self) -> int:
        """Entries that are not deleted. O(1)."""
        return self._length + self._waiting() if self._late else self._length

    @length.setter
    def length(self, length: int) -> None:
        self._length = length - self._waiting()

    @property
    def entries_added(self) -> int:
        """How many were ever added, or how many XSETID said. O(1)."""
        return self._added + self._waiting()

    @entries_added.setter
    def entries_added(self, added: int) -> None:
        self._added = added - self._waiting()

    def _waiting(self) -> int:
        return len(self._late) // (len(self._usual) + 1) if self._usual else 0

    def __len__(self) -> int:
        """How many entries. O(1)."""
        return self.length

    # Adding

    def next_id(self, now_ms: int) -> int:
        """The ID that `*` stands for: now, or one more than the last if that is not past.

        Source: `t_stream.c` streamNextID.
        """
        id = now_ms << SEQUENCE_BITS
        return id if id > self.last_id else self.last_id + 1

    def next_in(self, ms: int) -> int | None:
        """The ID that `ms-*` stands for, or None if that millisecond is used up."""
        if self.last_id >> SEQUENCE_BITS != ms:
            return ms << SEQUENCE_BITS
        return None if self.last_id & MAX_HALF == MAX_HALF else self.last_id + 1

    def append(self, id: int, fields: list[bytes], values: list[bytes]) -> bool:
        """Add an entry, whose ID must be greater than `last_id`. O(its size).

        Returns False, and adds nothing, if no node could hold it.

        Source: `t_stream.c` streamAppendItem.
        """
        kit = self._kit
        if (
            fields == self._usual
            and kit.probe.emit is None
            and kit.stream_limits is self._limits
            and len(b"".join(values)) < LARGE  # quicker than a sum of lengths
        ):
            late = self._late
            late.append(id)
            late += values
            self.last_id = id
            if len(late) >= MOST_LATE:
                self.settle()
            return True
        return self._append_now(id, fields, values)

    def _append_now(self, id: int, fields: list[bytes], values: list[bytes]) -> bool:
        self.settle()
        self._limits = self._kit.stream_limits
        if not self._put(id, fields, values):
            return False
        self.last_id = id
        if self._length == 1:
            self.first_id = id
        return True

    def _put(self, id: int, fields: list[bytes], values: list[bytes]) -> bool:
        """`append`, in one piece: into the last node, or into a new one."""
        node = self._tail
        size = len(b"".join(fields)) + len(b"".join(values))
        if size > MAX_NODE_BYTES:
            return False
        full = "" if node is None else self._full(node, size)
        if node is None or full:
            if emit := self._kit.probe.emit:
                emit(NodeBegun(id, 0 if node is None else node.id, full))
            node = StreamNode.begun(id, fields, self._kit.probe)
            self.link(node)
        node.append(id, fields, values)
        self._length += 1
        self._added += 1
        self._usual = node.fields
        return True

    def link(self, node: StreamNode) -> None:
        """Put a node behind the last one, whose ID is less. Its entries are not counted. O(1)."""
        self._tree.insert(id_key(node.id), node)
        if self._tail is not None:
            self._closed += self._tail.size
        self._tail = node

    def settle(self) -> None:
        """Write the entries that are late. O(their size), nothing if there are none.

        Nobody hears of it, as nobody was watching when they were added; and the limits are those
        that held then.
        """
        if self._late:
            late, self._late = self._late, []
            if self._kit.probe.emit is None:
                return self._write(late)
            with self._kit.probe.silenced():
                self._write(late)

    def _write(self, late: list[Any]) -> None:
        node = self._tail
        assert node is not None
        step = len(node.fields) + 1
        if len(late) == step:
            self._put(late[0], node.fields, late[1:])
            return
        ids, columns = late[::step], [late[at::step] for at in range(1, step)]
        self._length += len(ids)
        self._added += len(ids)
        pieces = [*map(encode_all, columns)]
        while (count := node.fill(ids, columns, pieces, *self._limits)) < len(ids):
            node = StreamNode.begun(ids[count], node.fields, self._kit.probe)
            self.link(node)
            ids = ids[count:]
            columns, pieces = [of[count:] for of in columns], [of[count:] for of in pieces]

    def _full(self, node: StreamNode, size: int) -> str:
        """Why a node takes no entry of `size` more, or "" if it does."""
        most_bytes, most_entries = self._limits
        if node.size + size >= most_bytes:
            return f"{node.size} + {size} bytes >= {most_bytes}"
        if node.count + node.deleted >= most_entries:
            return f"{node.count + node.deleted} entries >= {most_entries}"
        return ""

    # Reading

    def range(
        self, low: int = 0, high: int = MAX_ID, count: int = 0, *, reverse: bool = False
    ) -> Iterator[StreamEntry]:
        """The entries with IDs from `low` to `high`, in order or backwards.

        Args:
            low, high: IDs, both included.
            count: How many at most; 0 for all.
            reverse: Begin with the highest ID.

        Source: `t_stream.c` streamIteratorStart, streamIteratorGetID.
        """
        for node in self._nodes(low, high, reverse):
            if reverse:
                entries = node.entries(low, high)[::-1]
            else:
                entries = node.entries(low, high, max(count, 0))
            for entry in entries:
                if entry.deleted:
                    continue
                yield entry
                count -= 1
                if not count:
                    return

    def _nodes(self, low: int, high: int, reverse: bool) -> Iterator[StreamNode]:
        """The nodes that may hold IDs from `low` to `high`."""
        if reverse:
            for _, node in self.nodes.descending(id_key(high)):
                yield node
                if node.id <= low:
                    return
            return
        before = next(self.nodes.descending(id_key(low)), None)
        for _, node in self.nodes.ascending(id_key(low) if before is None else before[0]):
            if node.id > high:
                return
            yield node

    def entry(self, id: int) -> StreamEntry | None:
        """The entry of that ID, or None. O(bytes of one node)."""
        return next(self.range(id, id), None)

    def edge(self, *, last: bool = False) -> StreamEntry | None:
        """The first or the last entry that is there, or None."""
        return next(self.range(reverse=last), None)

    def last_valid_id(self) -> int:
        """The ID of the last entry that is there, 0 if there is none (streamLastValidID)."""
        if not self.length:
            return 0
        node = self.tail
        if node is not None and not node.deleted:
            return node.last_id()
        entry = self.edge(last=True)
        return 0 if entry is None else entry.id

    # Removing

    def delete(self, ids: list[int]) -> int:
        """Mark entries as deleted; how many were there. O(bytes of a node) for each.

        Source: `t_stream.c` xdelCommand, streamIteratorRemoveEntry.
        """
        deleted = 0
        first_went = False
        for id in ids:
            found = next(self.nodes.descending(id_key(id)), None)
            entry = next(iter(found[1].entries(id, id)), None) if found else None
            if found is None or entry is None or entry.deleted:
                continue
            if found[1].count == 1:
                self._drop(found[1], seen=1)
            else:
                self._mark(found[1], [entry])
            self.length -= 1
            first_went |= id == self.first_id
            self.max_deleted_id = max(self.max_deleted_id, id)
            deleted += 1
        if deleted and (first_went or not self.length):
            self._set_first_id()
        return deleted

    def trim_to_length(self, most: int, *, exact: bool = True, limit: int = 0) -> int:
        """Take out the oldest entries until `most` are left; how many went.

        Args:
            most: Entries that may stay.
            exact: False takes whole nodes only, and so leaves some more.
            limit: Nodes are taken as long as no more than this many entries go; 0 for any.

        Source: `t_stream.c` streamTrim.
        """
        gone = 0
        while (length := self.length) > most:
            node = self._first_node()
            if node is None or (limit and gone + node.count > limit):
                break
            if length - node.count >= most:
                gone += node.count
                self._drop(node, node.count)
                continue
            if exact:
                gone += self._mark_first(node, length - most, MAX_ID)
            elif emit := self._kit.probe.emit:
                emit(NodeSpared(node.id, node.count, length - most))
            break
        return self._trimmed(gone)

    def trim_before(self, least: int, *, exact: bool = True, limit: int = 0) -> int:
        """Take out the entries with IDs below `least`; how many went. As `trim_to_length`."""
        gone = 0
        while (node := self._first_node()) is not None:
            if limit and gone + node.count > limit:
                break
            if node.last_id() < least:
                gone += node.count
                self._drop(node, node.count)
                continue
            if exact and least:
                gone += self._mark_first(node, node.count, least - 1)
            elif node.id < least and (emit := self._kit.probe.emit):
                emit(NodeSpared(node.id, node.count, UNKNOWN))
            break
        return self._trimmed(gone)

    def _first_node(self) -> StreamNode | None:
        first = self._tree.first()
        if first is not None and first[1] is self._tail:
            self.settle()  # what is late belongs there, or behind it
        return None if first is None else first[1]

    def _mark_first(self, node: StreamNode, most: int, high: int) -> int:
        """Mark the first `most` entries of `node` with IDs up to `high`; how many."""
        entries = [entry for entry in node.entries(0, high) if not entry.deleted][:most]
        if entries:
            self._mark(node, entries)
            self.length -= len(entries)
        return len(entries)

    def _mark(self, node: StreamNode, entries: list[StreamEntry]) -> None:
        before = node.size
        node.mark(entries)
        if node is not self._tail:
            self._closed += node.size - before

    def _drop(self, node: StreamNode, entries: int = 0, seen: int = 0) -> None:
        """Take out a node, with as many entries as are still counted; `seen` others go as well."""
        if emit := self._kit.probe.emit:
            emit(NodeDropped(node.id, entries + seen, node.deleted))
        self._tree.remove(id_key(node.id))
        self._closed -= node.size
        self.length -= entries
        if node is self._tail:
            last = self._tree.last()
            self._tail = None if last is None else last[1]
            self._usual = None
            self._closed += node.size - (0 if self._tail is None else self._tail.size)

    def _trimmed(self, gone: int) -> int:
        if gone or not self.length:
            self._set_first_id()
        return gone

    def _set_first_id(self) -> None:
        entry = self.edge() if self.length else None
        if entry is None:
            self._usual = None
        self.first_id = 0 if entry is None else entry.id

    # Groups: how far they are

    def read_up_to(self, id: int) -> int:
        """How many entries of the stream's whole life lie up to `id`, or UNKNOWN. O(1).

        It can be told at either end, or before it, if nothing was deleted in between.

        Source: `t_stream.c` streamEstimateDistanceFromFirstEverEntry.
        """
        if not self.entries_added:
            return 0
        if not self.length and id <= self.last_id:
            return self.entries_added
        if 0 < id < self.max_deleted_id or id > self.last_id:
            return UNKNOWN
        if id == self.last_id:
            return self.entries_added
        if self.max_deleted_id < self.first_id or not self.max_deleted_id:
            if id < self.first_id:
                return self.entries_added - self.length
            if id == self.first_id:
                return self.entries_added - self.length + 1
        return UNKNOWN

    def deleted_from(self, start: int) -> bool:
        """Whether an entry at or behind `start` was deleted (streamRangeHasTombstones)."""
        return bool(self.length and self.max_deleted_id and start <= self.max_deleted_id)

    def lag(self, group: Group) -> int | None:
        """How many entries a group has yet to be given, or None if it cannot be told. O(1).

        Source: `t_stream.c` streamReplyWithCGLag.
        """
        if not self.entries_added or not self.length:
            return 0
        if max(group.last_id, self.max_deleted_id) < self.first_id:
            return self.length
        if group.entries_read != UNKNOWN and not self.deleted_from(group.last_id):
            return self.entries_added - group.entries_read
        read = self.read_up_to(group.last_id)
        return None if read == UNKNOWN else self.entries_added - read

    def advance(self, group: Group, id: int) -> None:
        """Let a group have been given entry `id`, the next behind its last one.

        Source: `t_stream.c` streamReplyWithRange.
        """
        if (
            group.entries_read != UNKNOWN
            and group.last_id >= self.first_id
            and not self.deleted_from(group.last_id)
        ):
            group.entries_read += 1
        elif self.entries_added:
            group.entries_read = self.read_up_to(id)
        group.last_id = id
        if emit := self._kit.probe.emit:
            emit(GroupAdvanced(id, group.entries_read))

    # Keeping

    def freeze(self) -> Frozen:
        """IDs and counts, the tree of listpacks, the tree of groups. O(bytes)."""
        return (
            (self.length, self.first_id, self.last_id, self.max_deleted_id, self.entries_added),
            self.nodes.freeze(lambda node: node.freeze()),
            self.groups.freeze(lambda group: group.freeze()),
        )

    @classmethod
    def thaw(cls, frozen: Frozen, kit: Kit) -> Stream:
        """Rebuild the stream that gave `frozen`, both trees node for node. O(bytes)."""
        numbers, nodes, groups = frozen
        probe = kit.probe

        def node_of(key: bytes, data: Any) -> StreamNode:
            return StreamNode.thaw(int.from_bytes(key, "big"), data, probe)

        def group_of(name: bytes, row: Any) -> Group:
            return Group.thaw(row, probe)

        thawed = cls(kit)
        (
            thawed.length,
            thawed.first_id,
            thawed.last_id,
            thawed.max_deleted_id,
            thawed.entries_added,
        ) = cast(tuple[int, int, int, int, int], numbers)
        thawed._tree = RadixTree.thaw(cast(FrozenTree, nodes), node_of, probe, NODES)
        thawed.groups = RadixTree.thaw(cast(FrozenTree, groups), group_of, probe, GROUPS)
        last = thawed._tree.last()
        if last is not None:
            thawed._tail = last[1]
            thawed._closed = sum(node.size for _, node in thawed._tree) - last[1].size
        return thawed

    def copy(self, kit: Kit) -> Stream:
        """A stream of its own with the same nodes and groups (`t_stream.c` streamDup). O(N)."""
        twin = Stream(kit)
        for _, node in self.nodes:
            twin.link(StreamNode.thaw(node.id, node.freeze(), kit.probe))
        for name, group in self.groups:
            twin.groups.insert(name, group.copy(kit.probe))
        twin.length, twin.first_id, twin.last_id = self.length, self.first_id, self.last_id
        twin.max_deleted_id, twin.entries_added = self.max_deleted_id, self.entries_added
        return twin

    def check(self) -> None:
        """Assert the invariants. O(N)."""
        self.nodes.check()
        length, held, last = 0, 0, None
        for key, node in self.nodes:
            node.check()
            assert key == id_key(node.id)
            held += node.size
            length, last = length + node.count, node
        assert (length, held, last) == (self.length, self.held, self.tail)
        first = self.edge()
        assert self.first_id == (first.id if first else 0)
        assert self.last_valid_id() <= self.last_id
        self.groups.check()
        for _, group in self.groups:
            group.check()

    def memory(self, samples: int = 5) -> int:
        """Trees as Redis guesses them, an average node as often as there are nodes, groups."""
        size = OBJECT_HEADER + STREAM_HEADER + _tree_size(self.nodes)
        sizes: list[int] = []
        for _, node in self.nodes:
            sizes.append(allocated(node.size))
            if len(sizes) == samples:
                break
        if self.tail is not None:
            whole = len(self.nodes) <= len(sizes)
            before = sum(sizes[:-1]) if whole else sum(sizes) // len(sizes) * (len(self.nodes) - 1)
            size += before + self._tail_allocated()
        for _, group in self.groups:
            size += GROUP_HEADER + PENDING * len(group.pending)
            for consumer, pending in group.trees():
                size += _tree_size(pending)
                size += 0 if consumer is None else CONSUMER_HEADER + len(consumer.name)
        return size

    def _tail_allocated(self) -> int:
        """The last node has room to grow into: cut to its size only when the next is begun."""
        assert self._tail is not None
        return allocated(max(self._tail.size, min(self._kit.stream_limits[0], PREALLOCATED)))

    def footprint(self) -> int:
        """As `memory`, but with the bytes of all nodes; of many groups 64 count for all."""
        size = OBJECT_HEADER + STREAM_HEADER + _tree_size(self.nodes) + self._closed
        if self._tail is not None:
            size += self._tail_allocated()
        sizes: list[int] = []
        for _, group in self.groups:
            pending = len(group.pending) * (PENDING + 2 * (RADIX_KEY + RADIX_NODE // 2))
            consumers = len(group.consumers) * (CONSUMER_HEADER + RADIX_NODE)
            sizes.append(GROUP_HEADER + pending + consumers)
            if len(sizes) == MOST_GROUPS:
                break
        return size + sum(sizes) * len(self.groups) // max(len(sizes), 1)


def _tree_size(tree: RadixTree[Any]) -> int:
    """Bytes of a radix tree, by Redis's rule of thumb (streamRadixTreeMemoryUsage)."""
    return len(tree) * RADIX_KEY + tree.nodes * RADIX_NODE
