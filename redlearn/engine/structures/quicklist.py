"""Quicklist: a linked list whose nodes are listpacks.

    head                                                            tail
    +-----------+     +-----------+     +-----------+     +-----------+
    | a b c d e | <-> | f g h     | <-> | ######### | <-> | x y z     |
    +-----------+     +-----------+     +-----------+     +-----------+
     a listpack        of at most        one large         both ends
                       8 KiB             element           can grow

A linked list of single elements costs two pointers and an allocation for each; one listpack
for all would move every byte at each push in front. The quicklist is between them: pushing
and popping touch one small listpack at an end, and the links cost next to nothing, being
shared by hundreds of elements.

How full a node may get is `fill`, the setting list-max-listpack-size:

    -1 -2 -3 -4 -5     at most 4, 8, 16, 32, 64 KiB of listpack
    n > 0              at most n elements, and never more than 8 KiB

An element that would not fit into such a node even alone gets a *plain* node of its own: its
bytes, and no listpack around them.

An insert in the middle of a full node splits it there. To keep splits from leaving ever
smaller nodes behind, the neighbours are then joined again, two by two, where both fit in one.
Deleting joins nothing: a node only goes when its last element does.

Lists are mostly used at their ends, so what lies between can be kept compressed
(list-compress-depth n: all but n nodes at either end). A compressed node is expanded to look
into it, and compressed again as soon as a walk leaves it. Nodes below 48 bytes are left
alone, and so are those where it would save less than 8.

Invariants (`check` asserts them): no node is empty; the counts of the nodes sum to `count`;
`size` is that of the bytes uncompressed; neither end is compressed.

Cost: push, pop O(1), plus moving the bytes of one node. Find by index: O(nodes), which are
passed by their counts, then a walk inside one. Insert, delete: that, and the bytes of a node.

Source: `quicklist.c`, by M. Stancliff (2014).

Unlike Redis: a node that a pop has emptied is kept for the next push that needs one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from redlearn.engine.structures import quicklist_steps as steps
from redlearn.engine.structures.listpack import Listpack
from redlearn.engine.structures.listpack_entry import HEADER
from redlearn.engine.structures.quicklist_node import (
    BYTES_BY_FILL,
    MOST_DEPTH,
    MOST_FILL,
    SAFE_BYTES,
    FrozenNode,
    Node,
    check_links,
    cut_off,
    elements_of,
    exceeds,
    limits_of,
    linked,
    places_of,
    totals,
)
from redlearn.probe import Probe

HEAD, TAIL = True, False
"""The two ends, for `pop` (quicklist.h QUICKLIST_HEAD, QUICKLIST_TAIL)."""

UNLIMITED: Final = 1 << 62
ENTRY_OVERHEAD: Final = 8  # guessed for each element, sooner too much than too little
FRAME: Final = 7  # header and end mark of one listpack, saved when two are joined

Frozen = tuple[int, int, tuple[FrozenNode, ...]]


class Quicklist:
    """Byte strings in order, cheap at both ends. Indices count from 0 at the head."""

    __slots__ = (
        "_most_bytes", "_most_count", "_probe", "_spare", "count", "depth", "fill", "head", "held",
        "length", "packed_threshold", "tail",
    )  # fmt: skip

    def __init__(self, fill: int, depth: int, probe: Probe) -> None:
        """Make an empty list.

        Args:
            fill: As list-max-listpack-size. What is beyond its bounds is taken for the bound.
            depth: As list-compress-depth: nodes at either end that stay uncompressed; with 0
                all of them do.
        """
        self._probe = probe
        self.fill = max(-len(BYTES_BY_FILL), min(fill, MOST_FILL))
        most_bytes, most_count = limits_of(self.fill)
        self._most_bytes = SAFE_BYTES if most_bytes is None else most_bytes
        self._most_count = UNLIMITED if most_count is None else most_count
        self.depth = min(depth, MOST_DEPTH)
        self.packed_threshold = 0  # bytes from which on an element is plain, if not as `fill` says
        self.head: Node | None = None
        self.tail: Node | None = None
        self.count = self.length = 0
        self.held = 0  # bytes of all nodes as they are kept
        self._spare: Node | None = None  # one that was emptied, for the next that is needed

    def __len__(self) -> int:
        return self.count

    # Both ends

    # Where elements are pushed and popped by turns at a full node, each begins a node and empties
    # it: such a node is kept, and comes back as it is, without the calls that make and unlink one.

    def push_head(self, data: bytes) -> int:
        """Put `data` first; the new count. O(1), plus moving a node's bytes (quicklistPushHead)."""
        head = self.head
        if head is not None and self._has_room(head, len(data)):
            pack = head.pack  # never compressed: it is at an end
            assert pack is not None
            head.count = pack.push_first(data)
            self.held += len(pack.packed) - head.size  # as `_resized`, without the calls
            head.size = len(pack.packed)
        else:
            self._begin(data, head, HEAD)
        self.count += 1
        return self.count

    def push_tail(self, data: bytes) -> int:
        """Put `data` behind the last element; the new count. O(1) (quicklistPushTail)."""
        tail = self.tail
        if tail is not None and self._has_room(tail, len(data)):
            pack = tail.pack
            assert pack is not None
            tail.count = pack.push_last(data)
            self.held += len(pack.packed) - tail.size
            tail.size = len(pack.packed)
        else:
            self._begin(data, tail, TAIL)
        self.count += 1
        return self.count

    def _begin(self, data: bytes, end: Node | None, where: bool) -> None:
        """Put `data` into a node of its own beside that of an end."""
        node, large = self._spare, self.packed_threshold or len(data) > self._most_bytes
        if node is None or large or end is None or node.pack is None or self._probe.emit:
            self._link(self._new_node(data), end, after=where is TAIL)
            return
        self._spare = None
        node.count, node.size = 1, node.pack.hold(data)
        if where is HEAD:
            node.previous, node.next = None, end
            end.previous = self.head = node
        else:
            node.previous, node.next = end, None
            end.next = self.tail = node
        self.length += 1
        self.held += node.size

    def pop(self, where: bool) -> bytes:
        """Take out the element at HEAD or TAIL; there must be one. O(1), plus the bytes moved.

        Source: `quicklist.c` quicklistPop.
        """
        at_head = where is HEAD
        node = self.head if at_head else self.tail
        assert node is not None
        pack = node.pack  # never compressed: it is at an end
        if emit := self._probe.emit:
            at = 0 if at_head else self.length - 1
            emit(steps.ElementsTaken(at, 0 if at_head else node.count - 1, 1))
        if pack is None:
            data = node.element or b""
            self._unlink(node)
            return data
        self.count -= 1
        count = node.count - 1
        node.count = count
        if not count and emit is None and not self.depth:
            other = node.next if at_head else node.previous
            if other is not None:
                if at_head:
                    self.head, other.previous = other, None
                else:
                    self.tail, other.next = other, None
                self.length -= 1
                self.held -= node.size
                self._spare = node  # with its last element, into which nobody looks any more
                return pack.get(HEADER)
        data = pack.pop_first() if at_head else pack.pop_last()
        self._resized(node, len(pack.packed))
        if not count:
            self._unlink(node)
        return data

    # Finding

    def locate(self, index: int) -> tuple[Node, int]:
        """The node of element `index`, which must be there, and its place inside. O(nodes).

        From the nearer end, passing nodes by their counts (quicklistGetIteratorAtIdx).
        """
        assert 0 <= index < self.count
        emit = self._probe.emit
        from_head = index <= (self.count - 1) // 2
        node, number = (self.head, 0) if from_head else (self.tail, self.length - 1)
        left = index if from_head else self.count - 1 - index
        assert node is not None
        while left >= node.count:
            if emit:
                emit(steps.NodePassed(number, node.count))
            left -= node.count
            following = node.next if from_head else node.previous
            assert following is not None
            node, number = following, number + (1 if from_head else -1)
        inside = left if from_head else node.count - 1 - left
        if emit:
            emit(steps.NodeEntered(number, inside))
        return node, inside

    def at(self, index: int) -> bytes:
        """Element `index`, which must be there. O(nodes)."""
        node, inside = self.locate(index)
        (found,) = elements_of(node, self._probe, inside, 1)
        self._settle(node)
        return found

    def slice(self, start: int, count: int) -> list[bytes]:
        """`count` elements from `start` on; they must be there. O(nodes + count)."""
        found: list[bytes] = []
        if count <= 0:
            return found
        node, inside = self.locate(start)
        place: Node | None = node
        number = node.number(self.length) if self._probe.emit else 0
        while place is not None and len(found) < count:
            found += self._read(place, number, inside, count - len(found))
            place, number, inside = place.next, number + 1, 0
        return found

    def __iter__(self) -> Iterator[bytes]:
        for number, node in enumerate(self.nodes()):
            yield from self._read(node, number, 0, node.count)

    def backwards(self) -> Iterator[bytes]:
        """All elements, the last one first."""
        node, number = self.tail, self.length - 1
        while node is not None:
            yield from reversed(self._read(node, number, 0, node.count))
            node, number = node.previous, number - 1

    def _read(self, node: Node, number: int, inside: int, count: int) -> Sequence[bytes]:
        """Elements of node `number`; it may be compressed again as soon as they are read."""
        if emit := self._probe.emit:
            emit(steps.NodeRead(number, inside, min(count, node.count - inside)))
        elements = elements_of(node, self._probe, inside, count)
        self._settle(node)
        return elements

    def nodes(self) -> Iterator[Node]:
        """The nodes from head to tail. Look, but change nothing."""
        node = self.head
        while node is not None:
            yield node
            node = node.next

    # Changing

    def insert(self, index: int, data: bytes, *, after: bool) -> None:
        """Put `data` before element `index`, or behind it. O(nodes), plus a node's bytes.

        Into the node itself if it has room; else, at its edge, into the neighbour's near
        end, or into a new node between them; else the node is split where `data` belongs.

        Source: `quicklist.c` _quicklistInsert.
        """
        node, inside = self.locate(index)
        at_edge = inside == (node.count - 1 if after else 0)
        neighbour = node.next if after else node.previous
        if self._has_room(node, len(data)):
            self._write(node, inside + after, data)
        elif at_edge and neighbour is not None and self._has_room(neighbour, len(data)):
            self._write(neighbour, 0 if after else neighbour.count, data)
        elif at_edge:
            self._link(self._new_node(data), node, after=after)
        else:
            self._insert_splitting(node, inside, data, after)
        self.count += 1

    def _insert_splitting(self, node: Node, inside: int, data: bytes, after: bool) -> None:
        rest = self._split(node, inside, after)
        if self._is_large(len(data)):
            self._link(large := self._new_node(data), node, after=after)
            return self._link(rest, large, after=after)
        self.held += rest.size  # counted while it is written to, and then by `_link`
        self._write(rest, 0 if after else rest.count, data)
        self.held -= rest.size
        self._link(rest, node, after=after)
        self._merge_around(node)

    def replace(self, index: int, data: bytes) -> None:
        """Put `data` in the place of element `index`. O(nodes), plus a node's bytes.

        A listpack takes it even beyond its limit; only a large element needs another node.

        Source: `quicklist.c` quicklistReplaceEntry.
        """
        node, inside = self.locate(index)
        large = self._is_large(len(data))
        if node.plain and not large:
            self.insert(index, data, after=True)
            self._unlink(node)
        elif node.plain:
            self.held += len(data) - node.kept
            node.element, node.squeezed, node.size = data, None, len(data)
            self._settle(node)
        elif large:
            self._replace_by_large(node, inside, data)
        else:
            pack = self._expanded(node)
            pack.replace(pack.seek(inside), data)
            self._resized(node, pack.size)
            self._settle(node)

    def _replace_by_large(self, node: Node, inside: int, data: bytes) -> None:
        """Cut the node behind the element, put a plain node there, and drop the element."""
        rest = self._split(node, inside, after=True) if inside < node.count - 1 else None
        large = self._new_node(data)
        self._link(large, node, after=True)
        if rest is not None:
            self._link(rest, large, after=True)
        self.count += 1
        if node.count == 1:
            self._unlink(node)
            return
        self._delete_inside(node, node.count - 1, 1)
        self._merge_around(large)
        for beside in (large, large.previous, large.next):
            if beside is not None:
                self._settle(beside)

    def delete(self, start: int, count: int) -> None:
        """Take out `count` elements from `start` on; they must be there. O(nodes + bytes).

        Source: `quicklist.c` quicklistDelRange.
        """
        if count <= 0:
            return
        node, inside = self.locate(start)
        place: Node | None = node
        while place is not None and count:
            following = place.next
            gone = min(place.count - inside, count)
            self._delete_inside(place, inside, gone)
            count -= gone
            place, inside = following, 0

    def remove(self, data: bytes, limit: int, *, backwards: bool) -> int:
        """Take out the first `limit` elements equal to `data`, all with 0; how many went. O(N).

        Source: `t_list.c` lremCommand, `quicklist.c` quicklistDelEntry; `backwards` from the tail.
        """
        gone = 0
        node = self.tail if backwards else self.head
        while node is not None and not (limit and gone == limit):
            following = node.previous if backwards else node.next
            elements = elements_of(node, self._probe, 0, node.count)
            places = places_of(elements, data, limit - gone if limit else len(elements), backwards)
            left = node.count - len(places)
            if emit := self._probe.emit:
                emit(node.reading(node.number(self.length), places, limit - gone, backwards))
            for place in reversed(places):
                self._delete_inside(node, place, 1)
            if left:
                self._settle(node)
            gone += len(places)
            node = following
        return gone

    def append_pack(self, pack: Listpack) -> None:
        """Take over a whole listpack, not empty, as the last node. O(1)."""
        self._link(Node(pack, None), self.tail, after=True)
        self.count += len(pack)

    def append_plain(self, element: bytes) -> None:
        """Put a plain node with `element` behind all others, whatever its size. O(1)."""
        self._link(Node(None, element), self.tail, after=True)
        self.count += 1

    # Nodes

    def _is_large(self, size: int) -> bool:
        """Whether an element of `size` bytes needs a plain node (isLargeElement)."""
        return size >= (self.packed_threshold or self._most_bytes + 1)

    def _has_room(self, node: Node, size: int) -> bool:
        """Whether a node takes one more element of `size` bytes (_quicklistNodeAllowInsert)."""
        fits = (
            node.size + size + ENTRY_OVERHEAD <= self._most_bytes
            and node.count < self._most_count
            and not node.plain
            and (not self.packed_threshold or size < self.packed_threshold)
        )
        if emit := self._probe.emit:
            emit(steps.NodeWeighed(node.number(self.length), node.count, node.size, size, fits))
        return fits

    def _new_node(self, data: bytes) -> Node:
        if len(data) >= (self.packed_threshold or self._most_bytes + 1):
            return Node(None, data)
        return Node.of(data, self._probe)

    def _write(self, node: Node, inside: int, data: bytes) -> None:
        """Put `data` before element `inside` of a node that has room for it."""
        was_squeezed = node.squeezed is not None
        pack = self._expanded(node)
        if inside == 0:
            pack.prepend(data)
        elif inside == node.count:
            pack.append(data)
        else:
            pack.insert(pack.seek(inside), data)
        node.count += 1
        self._resized(node, pack.size)
        if was_squeezed:
            self._squeeze(node)

    def _delete_inside(self, node: Node, inside: int, count: int) -> None:
        """Take elements out of a node, and the node out of the chain with its last one."""
        if emit := self._probe.emit:
            emit(steps.ElementsTaken(node.number(self.length), inside, count))
        if count == node.count:
            self._unlink(node)
            return
        was_squeezed = node.squeezed is not None
        pack = self._expanded(node)
        pack.delete(pack.seek(inside), count)
        node.count -= count
        self._resized(node, pack.size)
        self.count -= count
        if was_squeezed:
            self._squeeze(node)

    def _link(self, node: Node, beside: Node | None, *, after: bool) -> None:
        """Hang a node beside another; into an empty list without one (__quicklistInsertNode)."""
        node.previous = beside if after else (beside.previous if beside else None)
        node.next = (beside.next if beside else None) if after else beside
        if node.previous is None:
            self.head = node
        else:
            node.previous.next = node
        if node.next is None:
            self.tail = node
        else:
            node.next.previous = node
        self.length += 1
        self.held += node.size  # it is not compressed
        if emit := self._probe.emit:
            emit(steps.NodeLinked(node.number(self.length), node.plain))
        if self.depth:
            if beside is not None:
                self._settle(beside)
            self._settle(node)

    def _unlink(self, node: Node) -> None:
        """Take a node out, with all that is in it (__quicklistDelNode)."""
        if emit := self._probe.emit:
            emit(steps.NodeUnlinked(node.number(self.length)))
        if node.previous is None:
            self.head = node.next
        else:
            node.previous.next = node.next
        if node.next is None:
            self.tail = node.previous
        else:
            node.next.previous = node.previous
        self.length -= 1
        self.held -= node.size if node.squeezed is None else node.kept
        self.count -= node.count
        if self.depth:
            self._settle(None)

    def _resized(self, node: Node, size: int) -> None:  # `node` is not compressed
        self.held += size - node.size
        node.size = size

    def _split(self, node: Node, inside: int, after: bool) -> Node:
        """Cut a node behind element `inside`, or before it; the part beyond is returned.

        It is not linked yet. Source: `quicklist.c` _quicklistSplitNode.
        """
        pack = self._expanded(node)
        beyond = cut_off(pack, inside + after, self._probe, keep=after)
        node.count = len(pack)
        self._resized(node, pack.size)
        if emit := self._probe.emit:
            emit(steps.NodeCut(node.number(self.length), node.count, len(beyond)))
        return Node(beyond, None)

    def _merge_around(self, center: Node) -> None:
        """Join the neighbours of a node that was split, where two fit into one.

        First the two before it, then the two behind it, then it with the one before, then
        with the one behind. Source: `quicklist.c` _quicklistMergeNodes.
        """
        before, behind = center.previous, center.next
        if before is not None:
            self._merge(before.previous, before)
        if behind is not None:
            self._merge(behind, behind.next)
        joined = self._merge(center.previous, center) or center
        self._merge(joined, joined.next)

    def _merge(self, left: Node | None, right: Node | None) -> Node | None:
        """Move all of `right` into `left`, if both are there and fit; `left` then, or None."""
        if left is None or right is None or left.plain or right.plain:
            return None
        if exceeds(self.fill, left.size + right.size - FRAME, left.count + right.count):
            return None
        pack, moved = self._expanded(left), self._expanded(right)
        pack.append(*moved.items())
        left.count += right.count
        self._resized(left, pack.size)
        if emit := self._probe.emit:
            emit(steps.NodesMerged(left.number(self.length), right.count, left.count))
        right.count = 0
        self._unlink(right)
        self._settle(left)
        return left

    # Compression

    def _settle(self, node: Node | None) -> None:
        """Expand what is near an end now, and compress what is not (__quicklistCompress)."""
        forward, reverse = self.head, self.tail
        if not self.depth or self.length < 2 * self.depth or not forward or not reverse:
            return
        near = False
        for _ in range(self.depth):
            self._expand(forward)
            self._expand(reverse)
            near = near or forward is node or reverse is node
            if forward is reverse or forward.next is reverse:
                return
            assert forward.next is not None and reverse.previous is not None
            forward, reverse = forward.next, reverse.previous
        if node is not None and not near:
            self._squeeze(node)
        self._squeeze(forward)
        self._squeeze(reverse)

    def _squeeze(self, node: Node) -> None:
        """Compress a node, if it is worth it (__quicklistCompressNode)."""
        if not node.squeeze():
            return
        self.held += node.kept - node.size
        if emit := self._probe.emit:
            emit(steps.NodeSqueezed(node.number(self.length), node.size, len(node.squeezed or b"")))

    def _expand(self, node: Node) -> None:
        """Undo `_squeeze`, if it was done (__quicklistDecompressNode)."""
        squeezed = node.squeezed
        if squeezed is None:
            return
        self.held += node.size - len(squeezed)
        node.expand(self._probe)
        if emit := self._probe.emit:
            emit(steps.NodeExpanded(node.number(self.length), node.size, len(squeezed)))

    def _expanded(self, node: Node) -> Listpack:
        """The listpack of a node, to write into it."""
        self._expand(node)
        assert node.pack is not None
        return node.pack

    # Keeping

    def freeze(self) -> Frozen:
        """`(fill, depth, nodes)`, the nodes as `Node.freeze` gives them. O(bytes)."""
        return (self.fill, self.depth, tuple(node.freeze() for node in self.nodes()))

    @classmethod
    def thaw(cls, frozen: Frozen, probe: Probe) -> Quicklist:
        """The list that gave `frozen`: the same nodes, the same of them compressed. O(bytes)."""
        fill, depth, rows = frozen
        thawed = cls(fill, depth, probe)
        nodes = linked([Node.thaw(row, probe) for row in rows])
        if nodes:
            thawed.head, thawed.tail, thawed.length = nodes[0], nodes[-1], len(nodes)
        thawed.count, thawed.held = totals(nodes)
        return thawed

    def check(self) -> None:
        """Assert the invariants. O(bytes)."""
        nodes = list(self.nodes())
        assert (self.length, self.count, self.held) == check_links(nodes, self.tail)
        assert not any(end.squeezed for end in (*nodes[:1], *nodes[-1:]))
