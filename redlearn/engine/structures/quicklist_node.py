"""One node of a quicklist: how much it may hold, and the three forms it has its bytes in.

    packed      a listpack of elements                  the usual form
    plain       one large element, and nothing else     where no listpack would have room
    squeezed    the bytes of either, compressed         away from the ends, if so configured

How full a node may get is one number, `fill`. Negative, it stands for a size in bytes, and
positive for a number of elements, which then still keep below 8 KiB together: a list of few
but long elements would otherwise move megabytes at each push.

Source: `quicklist.c` quicklistNodeLimit, isLargeElement, __quicklistCompressNode.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from redlearn.engine.structures.listpack import Listpack
from redlearn.engine.structures.lzf import compress, expand
from redlearn.engine.structures.quicklist_steps import NodeRead
from redlearn.probe import Probe

BYTES_BY_FILL: Final = (4096, 8192, 16384, 32768, 65536)
SAFE_BYTES: Final = 8192  # the size no node passes that is limited by its count
MOST_FILL: Final = 32767
MOST_DEPTH: Final = 65535
LEAST_TO_SQUEEZE: Final = 48
LEAST_GAIN: Final = 8

FrozenNode = tuple[bool, int, int, bytes]


def limits_of(fill: int) -> tuple[int | None, int | None]:
    """The most bytes and the most elements of a node; the one that does not apply is None.

    >>> limits_of(-2), limits_of(100), limits_of(0)
    ((8192, None), (None, 100), (None, 1))

    Source: `quicklist.c` quicklistNodeLimit.
    """
    if fill < 0:
        return BYTES_BY_FILL[min(-fill, len(BYTES_BY_FILL)) - 1], None
    return None, max(fill, 1)


def exceeds(fill: int, size: int, count: int) -> bool:
    """Whether a listpack of `size` bytes and `count` elements is more than one node may be.

    Source: `quicklist.c` quicklistNodeExceedsLimit.
    """
    if fill < 0:
        return size > BYTES_BY_FILL[min(-fill, len(BYTES_BY_FILL)) - 1]
    return size > SAFE_BYTES or count > max(fill, 1)


class Node:
    """One link of the chain: a listpack, or one large element, or either of them compressed.

    Attributes:
        count: How many elements.
        size: Bytes of the listpack, or of the large element; uncompressed in any case.
        plain: It is for one large element, and there is never a listpack.
        pack: The listpack, unless plain or compressed.
        element: The large element, unless it is compressed.
        squeezed: What LZF made of either, while it is compressed.
    """

    __slots__ = ("count", "element", "next", "pack", "plain", "previous", "size", "squeezed")

    def __init__(self, pack: Listpack | None, element: bytes | None) -> None:
        self.pack = pack
        self.element = element
        self.plain = pack is None
        self.count = 1 if pack is None else len(pack)
        self.size = len(element or b"") if pack is None else pack.size
        self.squeezed: bytes | None = None
        self.previous: Node | None = None
        self.next: Node | None = None

    @classmethod
    def of(cls, data: bytes, probe: Probe) -> Node:
        """A node with one element in its listpack, linked to no other."""
        pack = Listpack(probe)
        pack.push_last(data)
        return cls(pack, None)

    def reading(self, number: int, places: list[int], wanted: int, backwards: bool) -> NodeRead:
        """How far node `number` was read by who looked for `wanted` elements, found at `places`.

        To its end, or to the last place that was wanted.
        """
        first, end = 0, self.count
        if places and len(places) == wanted:
            first, end = (places[0], end) if backwards else (0, places[-1] + 1)
        return NodeRead(number, first, end - first)

    def number(self, length: int) -> int:
        """Which of `length` nodes it is, from 0; for events. O(nodes to the nearer end)."""
        before, behind, far = self.previous, self.next, 0
        while before is not None and behind is not None:
            before, behind, far = before.previous, behind.next, far + 1
        return far if before is None else length - 1 - far

    @property
    def raw(self) -> bytes:
        """The bytes of the listpack, or of the large element, expanded if need be. O(size)."""
        if self.squeezed is not None:
            return expand(self.squeezed, self.size)
        return self.element or b"" if self.pack is None else self.pack.freeze()

    @property
    def kept(self) -> int:
        """Bytes as they are kept: compressed, if they are."""
        return self.size if self.squeezed is None else len(self.squeezed)

    def squeeze(self) -> bool:
        """Compress the bytes, if that is worth it; whether it was done. O(size)."""
        if self.squeezed is not None or self.size < LEAST_TO_SQUEEZE:
            return False
        squeezed = compress(self.raw, self.size)
        if squeezed is None or len(squeezed) + LEAST_GAIN >= self.size:
            return False
        self.squeezed, self.pack, self.element = squeezed, None, None
        return True

    def expand(self, probe: Probe) -> None:
        """Undo `squeeze`. O(size)."""
        raw = self.raw
        if self.plain:
            self.element = raw
        else:
            self.pack = Listpack.thaw(raw, probe)
        self.squeezed = None

    def freeze(self) -> FrozenNode:
        """Whether it is plain, its count, its size if compressed (else 0), its bytes as kept."""
        if self.squeezed is None:
            return (self.plain, self.count, 0, self.raw)
        return (self.plain, self.count, self.size, self.squeezed)

    @classmethod
    def thaw(cls, frozen: FrozenNode, probe: Probe) -> Node:
        """The node that gave `frozen`, compressed again if it was; not linked to any other."""
        plain, count, size, data = frozen
        if not size:
            return cls(None if plain else Listpack.thaw(data, probe), data if plain else None)
        node = cls(None, None)
        node.plain, node.count, node.size, node.squeezed = plain, count, size, data
        return node

    def check(self) -> None:
        """Assert that it has one form, is not empty, and knows its size and count. O(size)."""
        assert self.size == len(self.raw)
        forms = (self.pack, self.element, self.squeezed)
        assert sum(form is not None for form in forms) == 1
        if self.plain:
            assert self.pack is None and self.count == 1
            return
        assert self.element is None
        pack = self.pack or Listpack.thaw(self.raw, Probe())
        pack.check()
        assert self.count == len(pack) > 0


def cut_off(pack: Listpack, cut: int, probe: Probe, *, keep: bool) -> Listpack:
    """Cut a listpack before its element `cut`. One part stays in `pack`, the other is returned.

    Args:
        keep: Whether it is the front that stays.
    """
    beyond, count = Listpack.thaw(pack.freeze(), probe), len(pack)
    if keep:
        pack.delete(pack.seek(cut), count - cut)
        beyond.delete(beyond.first(), cut)
    else:
        pack.delete(pack.first(), cut)
        beyond.delete(beyond.seek(cut), count - cut)
    return beyond


def linked(nodes: list[Node]) -> list[Node]:
    """The same nodes, each linked with the next."""
    for node, following in pairwise(nodes):
        node.next, following.previous = following, node
    return nodes


def totals(nodes: list[Node]) -> tuple[int, int]:
    """How many elements they hold, and in how many bytes as these are kept."""
    return sum([node.count for node in nodes]), sum([node.kept for node in nodes])


def check_links(nodes: list[Node], tail: Node | None) -> tuple[int, int, int]:
    """Assert that each node knows the one before it, and is in order: their number, `totals`."""
    previous: Node | None = None
    for node in nodes:
        assert node.previous is previous
        node.check()
        previous = node
    assert previous is tail
    return len(nodes), *totals(nodes)


def elements_of(node: Node, probe: Probe, start: int, count: int) -> Sequence[bytes]:
    """Up to `count` elements of one node, from its element `start` on. O(the node, count).

    A compressed node stays so: what is expanded here is forgotten.
    """
    if node.plain:
        return [node.raw]
    pack = node.pack if node.pack is not None else Listpack.thaw(node.raw, probe)
    return between(pack, start, count)


def places_of(elements: Sequence[bytes], data: bytes, most: int, backwards: bool) -> list[int]:
    """Where among `elements` `data` is: the first `most` places, or the last, in order."""
    places = [place for place, element in enumerate(elements) if element == data]
    return places[max(len(places) - most, 0) :] if backwards else places[:most]


def between(pack: Listpack, start: int, count: int) -> list[bytes]:
    """Up to `count` elements of a listpack, from element `start` on. O(start + count)."""
    if start == 0 and count >= len(pack):
        return pack.items()
    at = pack.seek(start)
    return pack.items(at, count) if at >= 0 else []
