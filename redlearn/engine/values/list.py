"""Lists: elements in order, in one listpack while small, in a quicklist from then on.

    listpack     a b c d                          one block of bytes
    quicklist    a b c d <-> e f g <-> h i j      a chain of such blocks

Unlike the other types a list also goes back. It becomes a quicklist when it would be more
than one node may hold (list-max-listpack-size), and a listpack again when removals leave a
single node at most half as full as that. Half, so that a list at the limit that is pushed to
and popped from in turn does not convert each time.

What is to come is counted before it is written: the bytes of a whole LPUSH are added up, and
so a list may become a quicklist although each of its elements would still have found room.

Source: `t_list.c` listTypeTryConversionRaw, listTypeTryConvertListpack,
listTypeTryConvertQuicklist.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final, cast

from redlearn.engine.structures.listpack import NOWHERE, EntryVisited, Listpack
from redlearn.engine.structures.quicklist import HEAD, TAIL, Quicklist
from redlearn.engine.structures.quicklist import Frozen as FrozenQuicklist
from redlearn.engine.structures.quicklist_node import BYTES_BY_FILL, between, exceeds, limits_of
from redlearn.engine.values.kit import EncodingChanged, Kit
from redlearn.engine.values.value import OBJECT_HEADER, Frozen, Value, allocated
from redlearn.probe import Event
from redlearn.resp.integer import parse_integer

QUICKLIST_HEADER: Final = 40
QUICKLIST_NODE: Final = 32
SAMPLED_NODES: Final = 5
LEAST_LIMIT: Final = BYTES_BY_FILL[0]  # what is limited by bytes alone may have as many at least


class List(Value):
    """Elements (raw bytes) in order, the same one as often as wanted. Indices count from 0.

    Invariant: exactly one of `pack` and `quicklist` is there.

    Attributes:
        pack: The listpack, while small.
        quicklist: The quicklist, while not.
    """

    __slots__ = ("_kit", "pack", "quicklist")

    type: ClassVar[str] = "list"

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self.pack: Listpack | None = Listpack(kit.probe)
        self.quicklist: Quicklist | None = None

    @property
    def encoding(self) -> str:
        """`listpack` or `quicklist`."""
        return "listpack" if self.quicklist is None else "quicklist"

    # Reading

    def __len__(self) -> int:
        """How many elements. O(1)."""
        pack = self.pack
        return self._chain().count if pack is None else len(pack)

    def at(self, index: int) -> bytes | None:
        """Element `index`; negative counts from the end. None if there is none. O(N)."""
        length = len(self)
        if index < 0:
            index += length
        if not 0 <= index < length:
            return None
        pack = self.pack
        return self._chain().at(index) if pack is None else pack.get(self._seek(pack, index))

    def _seek(self, pack: Listpack, index: int) -> int:
        """Where element `index` begins in the listpack, which has it. O(N), from the nearer end."""
        at = pack.seek(index)
        if emit := self._kit.probe.emit:
            emit(ElementReached(at, index, min(index, len(pack) - 1 - index)))
        return at

    def slice(self, start: int, count: int) -> list[bytes]:
        """`count` elements from `start` on, which must be there. O(start + count)."""
        pack = self.pack
        if pack is None:
            return self._chain().slice(start, count)
        if count <= 0:
            return []
        self._seek(pack, start)
        return between(pack, start, count)

    def items(self) -> list[bytes]:
        """All elements in order. O(N)."""
        return list(self._chain()) if self.pack is None else self.pack.items()

    def __iter__(self) -> Iterator[bytes]:
        """Iterate over `items()`, copied first: the list may change meanwhile."""
        return iter(self.items())

    def backwards(self) -> Iterable[bytes]:
        """All elements, the last one first. O(N)."""
        if self.pack is None:
            return self._chain().backwards()
        return reversed(self.pack.items())

    def find(self, element: bytes) -> int:
        """The index of the first element equal to `element`, or -1. O(N)."""
        pack = self.pack
        if pack is not None:
            at = pack.find(element)
            return -1 if at == NOWHERE else pack.index(at)
        for index, other in enumerate(self._chain()):
            if other == element:
                return index
        return -1

    # Changing at the ends

    def push_head(self, element: bytes) -> int:
        """Put `element` first; the new length. O(1) and a node's bytes.

        The caller has asked `expect` before.
        """
        pack = self.pack
        return self._chain().push_head(element) if pack is None else pack.push_first(element)

    def push_tail(self, element: bytes) -> int:
        """Put `element` last; the new length. The caller has asked `expect` before. O(1)."""
        pack = self.pack
        return self._chain().push_tail(element) if pack is None else pack.push_last(element)

    def put_head(self, element: bytes) -> int:
        """`expect` and `push_head` of one element in one step: most calls of LPUSH."""
        chain = self.quicklist
        if chain is not None:
            chain.packed_threshold = self._kit.packed_threshold  # as `_chain` does it
            return chain.push_head(element)
        self._expect(len(element), 1)
        return self.push_head(element)

    def put_tail(self, element: bytes) -> int:
        """`expect` and `push_tail` of one element in one step: most calls of RPUSH."""
        chain = self.quicklist
        if chain is not None:
            chain.packed_threshold = self._kit.packed_threshold
            return chain.push_tail(element)
        self._expect(len(element), 1)
        return self.push_tail(element)

    def pop_head(self) -> bytes:
        """Take out the first element; there must be one. The caller calls `settle` after it."""
        chain = self.quicklist
        if chain is not None:
            return chain.pop(HEAD)
        assert self.pack is not None
        return self.pack.pop_first()

    def pop_tail(self) -> bytes:
        """Take out the last element; there must be one. The caller calls `settle` after it."""
        chain = self.quicklist
        if chain is not None:
            return chain.pop(TAIL)
        assert self.pack is not None
        return self.pack.pop_last()

    # Changing anywhere

    def insert(self, index: int, element: bytes, *, after: bool) -> None:
        """Put `element` before or behind the one at `index`, which is there. O(N)."""
        pack = self.pack
        if pack is None:
            self._chain().insert(index, element, after=after)
            return
        at = pack.seek(index + 1) if after else pack.seek(index)
        if at == NOWHERE:
            pack.append(element)
        else:
            pack.insert(at, element)

    def replace(self, index: int, element: bytes) -> bool:
        """Put `element` in the place of the one at `index`; False if there is none. O(N)."""
        length = len(self)
        if index < 0:
            index += length
        if not 0 <= index < length:
            return False
        pack = self.pack
        if pack is None:
            self._chain().replace(index, element)
        else:
            pack.replace(self._seek(pack, index), element)
        return True

    def delete(self, start: int, count: int) -> None:
        """Take out `count` elements from `start` on, which must be there. O(N)."""
        if count <= 0:
            return
        pack = self.pack
        if pack is None:
            self._chain().delete(start, count)
        else:
            pack.delete(pack.seek(start), count)

    def remove(self, element: bytes, limit: int, *, backwards: bool) -> int:
        """Take out the first (or last) `limit` elements equal to `element`, or all with 0.

        Returns how many went. O(N).
        """
        pack = self.pack
        if pack is None:
            return self._chain().remove(element, limit, backwards=backwards)
        if self._kit.probe.emit is not None:
            return self._remove_walking(pack, element, limit, backwards)
        places = [index for index, other in enumerate(pack.items()) if other == element]
        if limit:
            places = places[-limit:] if backwards else places[:limit]
        for index in reversed(places):
            pack.delete(pack.seek(index))
        return len(places)

    def _remove_walking(self, pack: Listpack, element: bytes, limit: int, backwards: bool) -> int:
        """`remove` entry by entry, as the original does it, each told to who watches."""
        emit, gone = self._kit.probe.emit, 0
        index = len(pack) - 1 if backwards else 0
        at = pack.last() if backwards and index >= 0 else pack.first()
        while at != NOWHERE and not (limit and gone == limit):
            equal = pack.get(at) == element
            if emit:
                emit(EntryVisited(at, index, equal))
            if equal:
                pack.delete(at)
                gone += 1
            if backwards:
                at, index = pack.previous(at), index - 1
            elif not equal:
                at, index = pack.next(at), index + 1
            elif index == len(pack):  # what came behind stands where it was
                at = NOWHERE
        return gone

    # Converting

    def expect(self, elements: Sequence[bytes]) -> None:
        """Become a quicklist if a listpack could not take in `elements` as well. O(their count).

        Source: `t_list.c` listTypeTryConversionAppend.
        """
        if self.pack is not None:
            self._expect(sum(map(len, elements)), len(elements))

    def expect_moved(self, element: bytes) -> None:
        """`expect` for an element that comes out of another list.

        Redis then holds a number as one, and counts no bytes for it.
        """
        if self.pack is not None:
            self._expect(0 if parse_integer(element) is not None else len(element), 1)

    def _expect(self, size: int, count: int) -> None:
        pack, limit = self.pack, self._kit.list_max_listpack_size
        assert pack is not None
        if not exceeds(limit, pack.size + size, len(pack) + count):
            return
        chain = Quicklist(limit, self._kit.list_compress_depth, self._kit.probe)
        if len(pack):
            chain.append_pack(pack)
        self.pack, self.quicklist = None, chain
        if emit := self._kit.probe.emit:
            most_bytes, _ = limits_of(limit)
            why = f"{pack.size + size} bytes > {most_bytes}"
            if most_bytes is None:
                why = f"{len(pack) + count} elements > {max(limit, 1)}, or too many bytes"
            emit(EncodingChanged(self.type, "listpack", "quicklist", why))

    def settle(self, *, shrinking: bool = True) -> None:
        """Become a listpack again, if one node is left and that is at most half full. O(1).

        Args:
            shrinking: False for a list that was just loaded: full is then small enough.

        Source: `t_list.c` listTypeTryConvertQuicklist.
        """
        chain = self.quicklist
        if chain is None or chain.length != 1 or chain.head is None or chain.head.plain:
            return
        most_bytes, most_count = limits_of(self._kit.list_max_listpack_size)
        share = 2 if shrinking else 1
        if most_bytes is not None and chain.head.size > most_bytes // share:
            return
        if most_count is not None and chain.count > most_count // share:
            return
        self.pack, self.quicklist = chain.head.pack, None
        if emit := self._kit.probe.emit:
            why = f"one node of {chain.head.size} bytes, {chain.count} elements, is left"
            emit(EncodingChanged(self.type, "quicklist", "listpack", why))

    def _chain(self) -> Quicklist:
        chain = self.quicklist
        assert chain is not None
        chain.packed_threshold = self._kit.packed_threshold
        return chain

    # Keeping

    def freeze(self) -> Frozen:
        """`("listpack", bytes)` or `("quicklist", the frozen quicklist)`. O(N)."""
        if self.pack is not None:
            return ("listpack", self.pack.freeze())
        return ("quicklist", self._chain().freeze())

    @classmethod
    def thaw(cls, frozen: Frozen, kit: Kit) -> List:
        """Rebuild the list that gave `frozen`, node for node. O(N)."""
        form, content = frozen
        thawed = cls(kit)
        if form == "listpack":
            assert isinstance(content, bytes)
            thawed.pack = Listpack.thaw(content, kit.probe)
        else:
            thawed.pack = None
            thawed.quicklist = Quicklist.thaw(cast(FrozenQuicklist, content), kit.probe)
        return thawed

    @classmethod
    def built(cls, kit: Kit, elements: Sequence[bytes]) -> List:
        """A list of `elements`, pushed onto a quicklist; a listpack if one node is enough. O(N).

        So SORT stores and RESTORE reads: how large the list will be is not known beforehand.
        """
        built = cls(kit)
        chain = Quicklist(kit.list_max_listpack_size, kit.list_compress_depth, kit.probe)
        built.pack, built.quicklist = None, chain
        for element in elements:
            built.push_tail(element)
        built.settle(shrinking=False)
        return built

    @classmethod
    def of_nodes(cls, rows: Sequence[tuple[bool, bytes]], kit: Kit) -> List:
        """A list of loaded nodes, as RESTORE reads them; a listpack if one node is enough.

        Args:
            rows: Of each node whether it is plain, and the bytes of its listpack or element.
                Nodes without elements are left out.

        Raises:
            ValueError: Broken bytes.

        Source: `rdb.c` rdbLoadObject, case RDB_TYPE_LIST_QUICKLIST_2.
        """
        loaded = cls(kit)
        chain = Quicklist(kit.list_max_listpack_size, kit.list_compress_depth, kit.probe)
        for plain, data in rows:
            if plain:
                chain.append_plain(data)
                continue
            pack = Listpack.load(data, kit.probe)
            if len(pack):
                chain.append_pack(pack)
        loaded.pack, loaded.quicklist = None, chain
        loaded.settle(shrinking=False)
        return loaded

    def nodes(self) -> list[tuple[bool, bytes]]:
        """Of each node whether it is plain, and its bytes: what DUMP writes. O(N)."""
        if self.pack is not None:
            return [(False, self.pack.freeze())]
        return [(node.plain, node.raw) for node in self._chain().nodes()]

    def copy(self, kit: Kit) -> List:
        """A list of its own with the same nodes (`t_list.c` listTypeDup). O(N)."""
        return List.thaw(self.freeze(), kit)

    def check(self) -> None:
        """Assert the structure's invariants. O(N)."""
        assert (self.pack is None) != (self.quicklist is None)
        if self.pack is not None:
            self.pack.check()
        else:
            self._chain().check()

    def memory(self, samples: int = SAMPLED_NODES) -> int:
        """The listpack, or an average node as often as there are nodes."""
        if self.pack is not None:
            return OBJECT_HEADER + allocated(self.pack.size)
        chain = self._chain()
        sizes: list[int] = []
        for node in chain.nodes():
            kept = node.size if node.squeezed is None else len(node.squeezed) + 8
            sizes.append(QUICKLIST_NODE + allocated(kept))
            if len(sizes) == samples:
                break
        return OBJECT_HEADER + QUICKLIST_HEADER + sum(sizes) * chain.length // max(len(sizes), 1)

    def footprint(self) -> int:
        """As `memory`, but with the bytes of all nodes. O(1)."""
        if self.pack is not None:
            return self.memory()
        chain = self._chain()
        return OBJECT_HEADER + QUICKLIST_HEADER + QUICKLIST_NODE * chain.length + chain.held


@dataclass(frozen=True, slots=True)
class ElementReached(Event):
    """Element `index` of a listpack, at `offset`, was reached by walking past `passed` others."""

    offset: int
    index: int
    passed: int
