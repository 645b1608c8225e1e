"""Radix tree: keys with common beginnings share the nodes of those beginnings.

    "foo" ---> [b t]*          the keys are foo, foobar and footer; a star says: one ends here
                b t
                | +---> "er" ---> []*
                +-----> "ar" ---> []*

A walk reads the key from left to right and goes where its bytes lead, so it costs as many
steps as the key has bytes, and not one more if there are a million keys. Read from left to
right, depth first, the tree gives its keys in order: the order of their bytes.

There are two kinds of nodes:

    branch       one byte for each way, in order, and as many children; a leaf has none
    compressed   a run of two bytes or more, and the one child that they lead to

Without the second kind a long key would be a chain of nodes with one way each. What an insert
does with a compressed node depends on where the new key leaves its run:

    in the run           "footer" + "foobar": cut into "foo", a branch [b t], "er"
    at its first byte    the branch comes first, and no node before it
    at its last byte     the branch comes last
    it ends in the run   cut in two; the second part is marked as a key

And a removal joins runs again: where a node is no longer a key, or has lost all ways but one,
it becomes one compressed node with those of one way above and below it.

Streams keep their nodes here by the 16 bytes of an ID, and groups, consumers and pending
entries by name and ID. IDs grow, so neighbours share nearly all of their bytes.

Invariants (`check` asserts them): `keys` and `nodes` are the true counts; bytes of a branch
are in order; a compressed node has one child, and two bytes at least; every leaf is a key,
except for the root of an empty tree.

Cost: find, insert, remove O(bytes of the key); a step in order O(1) amortised.

Source: `rax.c`, by S. Sanfilippo (2017), whose nodes these are: counts of nodes agree.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

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
from redlearn.probe import Probe

V = TypeVar("V")

# Of one node: its bytes, whether they are a run, whether a key ends here, the frozen value.
FrozenNode = tuple[bytes, bool, bool, object]
Frozen = tuple[FrozenNode, ...]


class Node:
    """One node.

    Attributes:
        label: A compressed node's run; or a branch's bytes, one for each child, in order.
        children: Where the bytes lead.
        compressed: Whether `label` is a run that leads to one child.
        is_key: Whether a key ends before this node's bytes.
        value: What is kept under that key.
    """

    __slots__ = ("children", "compressed", "is_key", "label", "value")

    def __init__(self, label: bytes = b"", compressed: bool = False) -> None:
        self.label = label
        self.children: list[Node] = []
        self.compressed = compressed
        self.is_key = False
        self.value: Any = None

    @property
    def one_way(self) -> bool:
        """Whether it could be part of a longer run: one child, and no key ends here."""
        return len(self.children) == 1 and not self.is_key

    def take_key(self, other: Node) -> None:
        """Be a key if `other` is one, with its value."""
        self.is_key, self.value = other.is_key, other.value


Step = tuple[Node, int]  # a node that was passed, and the number of the child that was taken


class RadixTree(Generic[V]):
    """Byte strings, each with a value, in the order of their bytes.

    Attributes:
        name: Which tree it is, to those who watch; "" if nobody needs to know.
        root: The topmost node, always there.
        keys: How many keys.
        nodes: How many nodes, the root included.
    """

    __slots__ = ("_probe", "keys", "name", "nodes", "root")

    def __init__(self, probe: Probe, name: str = "") -> None:
        self._probe = probe
        self.name = name
        self.root = Node()
        self.keys = 0
        self.nodes = 1

    def __len__(self) -> int:
        return self.keys

    # Finding

    def find(self, key: bytes) -> V | None:
        """The value of `key`, or None. O(its bytes) (`rax.c` raxFind)."""
        node, at, inside = self._walk(key, None)
        if at < len(key) or inside or not node.is_key:
            return None
        found: V = node.value
        return found

    def __contains__(self, key: bytes) -> bool:
        node, at, inside = self._walk(key, None)
        return at == len(key) and not inside and node.is_key

    def _walk(self, key: bytes, path: list[Step] | None) -> tuple[Node, int, int]:
        """Go from the root as far as `key` leads (`rax.c` raxLowWalk).

        Args:
            key: The bytes to follow.
            path: Gets the nodes passed, the root first, if it is wanted.

        Returns:
            The node where the walk stopped, how many bytes of `key` led there, and, if it
            stopped in a run, how many bytes of that run fitted (these count as led, too).
        """
        emit = self._probe.emit
        node, at, size = self.root, 0, len(key)
        while at < size and node.children:
            label = node.label
            if node.compressed:
                if not key.startswith(label, at):
                    fitted = _common(label, key, at)
                    if emit:
                        emit(RunLeft(key[:at], label, fitted, self.name))
                    return node, at + fitted, fitted
                number, taken = 0, len(label)
            else:
                number, taken = label.find(key[at]), 1
                if number < 0:
                    if emit:
                        emit(WayMissing(key[:at], key[at : at + 1], self.name))
                    break
            if emit:
                emit(Descended(key[:at], key[at : at + taken], self.name))
            if path is not None:
                path.append((node, number))
            node = node.children[number]
            at += taken
        return node, at, 0

    # Inserting

    def insert(self, key: bytes, value: V) -> bool:
        """Keep `value` under `key`; True if the key is new. O(its bytes).

        Source: `rax.c` raxGenericInsert.
        """
        path: list[Step] = []
        node, at, inside = self._walk(key, path)
        if node.compressed and at < len(key):
            node = self._branch_off(node, inside, key[: at - inside], path)
        elif inside:
            node = self._cut(node, inside, key[: at - inside], path)
        while at < len(key):
            node, at = self._grow(node, key, at)
        new = not node.is_key
        node.is_key, node.value = True, value
        if new:
            self.keys += 1
            if emit := self._probe.emit:
                emit(KeyMarked(key, self.name))
        return new

    def _branch_off(self, node: Node, inside: int, prefix: bytes, path: list[Step]) -> Node:
        """Cut a run around byte `inside` and make that byte a branch, which is returned.

        The run "annibale" with inside 4 becomes "anni", [b], "ale". Parts without bytes are
        left out, and a part of one byte is a branch as well.
        """
        branch = Node(node.label[inside : inside + 1])
        branch.children = [self._rest(node, inside + 1)]
        if inside:
            first = self._run(node.label[:inside], branch)
            first.take_key(node)
            self._put_at(path, first)
        else:
            branch.take_key(node)
            self._put_at(path, branch)
            self.nodes -= (
                1  # the branch stands for the old node: `_report_split` counts one too many
            )
        self.nodes += 1
        if emit := self._probe.emit:
            emit(NodeSplit(prefix, node.label, inside, self.name))
        return branch

    def _cut(self, node: Node, inside: int, prefix: bytes, path: list[Step]) -> Node:
        """Cut a run in two before byte `inside`, and return the second part."""
        second = self._rest(node, inside)
        first = self._run(node.label[:inside], second)
        first.take_key(node)
        self._put_at(path, first)
        if emit := self._probe.emit:
            emit(NodeSplit(prefix, node.label, inside, self.name))
        return second

    def _rest(self, node: Node, start: int) -> Node:
        """A new node for a run from byte `start` on; without bytes left, what the run led to."""
        child = node.children[0]
        if start == len(node.label):
            return child
        self.nodes += 1
        return self._run(node.label[start:], child)

    def _run(self, label: bytes, child: Node) -> Node:
        """A node of one way that leads to `child`."""
        node = Node(label, len(label) > 1)
        node.children = [child]
        return node

    def _put_at(self, path: list[Step], node: Node) -> None:
        """Put `node` where the last step of `path` leads."""
        if path:
            parent, number = path[-1]
            parent.children[number] = node
        else:
            self.root = node

    def _grow(self, node: Node, key: bytes, at: int) -> tuple[Node, int]:
        """Add a child for the next bytes of `key`: all of them if `node` is a leaf, else one."""
        child = Node()
        if not node.children and len(key) - at > 1:
            node.label, node.compressed = key[at:], True
            node.children = [child]
            taken = len(key) - at
        else:
            number = bisect_left(node.label, key[at])
            node.label = node.label[:number] + key[at : at + 1] + node.label[number:]
            node.children.insert(number, child)
            taken = 1
        self.nodes += 1
        if emit := self._probe.emit:
            emit(NodeAdded(key[:at], key[at : at + taken], self.name))
        return child, at + taken

    # Removing

    def remove(self, key: bytes) -> V | None:
        """Take `key` out and return its value, or None if it is not there. O(its bytes).

        Source: `rax.c` raxRemove.
        """
        path: list[Step] = []
        node, at, inside = self._walk(key, path)
        if at < len(key) or inside or not node.is_key:
            return None
        value: V = node.value
        node.is_key, node.value = False, None
        self.keys -= 1
        if emit := self._probe.emit:
            emit(KeyUnmarked(key, self.name))
        joinable = len(node.label) == 1  # but not a run, as in Redis: it stays on its own
        if not node.children:
            node, joinable = self._prune(node, path, key)
        if joinable:
            self._join(node, path, key)
        return value

    def _prune(self, node: Node, path: list[Step], key: bytes) -> tuple[Node, bool]:
        """Remove a leaf that is no key, and all above it that only led to it.

        Returns:
            The lowest node that stays, and whether it may be joined with others now.
        """
        gone = number = 0
        while path:
            node, number = path.pop()
            gone += 1
            if not node.one_way:
                break
        if not gone:  # the root stays, whatever happens
            return node, False
        del node.children[number]
        node.label = b"" if node.compressed else node.label[:number] + node.label[number + 1 :]
        node.compressed = False
        self.nodes -= gone
        if emit := self._probe.emit:
            emit(NodesRemoved(key, gone, self.name))
        return node, node.one_way

    def _join(self, node: Node, path: list[Step], key: bytes) -> None:
        """Make one run of `node` and all nodes of one way around it."""
        while path and path[-1][0].one_way:
            node = path.pop()[0]
        label, child, joined = node.label, node.children[0], 1
        while child.one_way:
            label += child.label
            child = child.children[0]
            joined += 1
        if joined == 1:
            return
        self._put_at(path, self._run(label, child))
        self.nodes -= joined - 1
        if emit := self._probe.emit:
            depth = sum(len(parent.label) if parent.compressed else 1 for parent, _ in path)
            emit(NodesJoined(key[:depth], label, joined, self.name))

    # In order

    def first(self) -> tuple[bytes, V] | None:
        """The smallest key and its value, or None. O(its bytes)."""
        return next(self.ascending(), None)

    def last(self) -> tuple[bytes, V] | None:
        """The greatest key and its value, or None. O(its bytes)."""
        return next(self.descending(), None)

    def __iter__(self) -> Iterator[tuple[bytes, V]]:
        """All keys with their values, in order. The tree must not change meanwhile."""
        return self.ascending()

    def ascending(self, start: bytes = b"") -> Iterator[tuple[bytes, V]]:
        """The keys from `start` on, with their values, in order. O(bytes) to begin with.

        The tree must not change meanwhile; a value may.

        Source: `rax.c` raxSeek with ">=", raxNext.
        """
        # What is yet to be visited, the next on top: a node, and the bytes that lead to it.
        ahead = self._seek_up(start)
        while ahead:
            node, prefix = ahead.pop()
            if node.compressed:
                ahead.append((node.children[0], prefix + node.label))
            else:
                for number in range(len(node.children) - 1, -1, -1):
                    ahead.append((node.children[number], prefix + node.label[number : number + 1]))
            if node.is_key:
                yield prefix, node.value

    def _seek_up(self, start: bytes) -> list[tuple[Node, bytes]]:
        """The roots of all that is at or above `start`, the smallest on top."""
        ahead: list[tuple[Node, bytes]] = []
        emit = self._probe.emit
        node, at, inside = self.root, 0, 0
        while at < len(start) and node.children:
            label = node.label
            if node.compressed:
                inside = len(label)
                if start[at : at + inside] != label:
                    if label > start[at:]:
                        ahead.append((node.children[0], start[:at] + label))
                    return ahead
                if emit:
                    emit(Descended(start[:at], label, self.name))
                node, at = node.children[0], at + inside
                continue
            number = bisect_left(label, start[at])
            found = number < len(label) and label[number] == start[at]
            for other in range(len(label) - 1, number if found else number - 1, -1):
                ahead.append((node.children[other], start[:at] + label[other : other + 1]))
            if not found:
                return ahead
            if emit:
                emit(Descended(start[:at], start[at : at + 1], self.name))
            node, at = node.children[number], at + 1
        if at == len(start):
            ahead.append((node, start))
        return ahead

    def descending(self, start: bytes | None = None) -> Iterator[tuple[bytes, V]]:
        """The keys from `start` (or the greatest) backwards, with their values.

        The tree must not change meanwhile; a value may.

        Source: `rax.c` raxSeek with "<=", raxPrev.
        """
        # As in `ascending`; the flag says that only the node itself is left to be visited.
        ahead = [(self.root, b"", False)] if start is None else self._seek_down(start)
        while ahead:
            node, prefix, alone = ahead.pop()
            if not alone and node.children:
                ahead.append((node, prefix, True))
                if node.compressed:
                    ahead.append((node.children[0], prefix + node.label, False))
                    continue
                for number, child in enumerate(node.children):
                    ahead.append((child, prefix + node.label[number : number + 1], False))
            elif node.is_key:
                yield prefix, node.value

    def _seek_down(self, start: bytes) -> list[tuple[Node, bytes, bool]]:
        """The roots of all that is at or below `start`, the greatest on top."""
        ahead: list[tuple[Node, bytes, bool]] = []
        emit = self._probe.emit
        node, at = self.root, 0
        while True:
            ahead.append((node, start[:at], True))
            if at == len(start) or not node.children:
                return ahead
            label = node.label
            if node.compressed:
                if not start.startswith(label, at):
                    if label < start[at:]:
                        ahead.append((node.children[0], start[:at] + label, False))
                    return ahead
                if emit:
                    emit(Descended(start[:at], label, self.name))
                node, at = node.children[0], at + len(label)
                continue
            number = bisect_left(label, start[at])
            for other in range(number):
                ahead.append((node.children[other], start[:at] + label[other : other + 1], False))
            if number == len(label) or label[number] != start[at]:
                return ahead
            if emit:
                emit(Descended(start[:at], start[at : at + 1], self.name))
            node, at = node.children[number], at + 1

    # Keeping

    def freeze(self, pack: Callable[[V], object]) -> Frozen:
        """Copy the tree out as one row per node, parents before children. O(nodes).

        Args:
            pack: Makes something immutable of a value.

        Returns:
            Rows of (bytes, compressed, is key, packed value). The shape is kept and not only
            the keys: a removal does not always leave the tree that inserts would have made.
        """
        rows: list[FrozenNode] = []
        ahead = [self.root]
        while ahead:
            node = ahead.pop()
            value = pack(node.value) if node.is_key else None
            rows.append((node.label, node.compressed, node.is_key, value))
            ahead.extend(reversed(node.children))
        return tuple(rows)

    @classmethod
    def thaw(
        cls, frozen: Frozen, unpack: Callable[[bytes, Any], V], probe: Probe, name: str = ""
    ) -> RadixTree[V]:
        """Rebuild the tree that gave `frozen`, node for node. O(nodes).

        Args:
            frozen: What `freeze` gave.
            unpack: Makes a value of its key and of what `pack` made of it.
            probe: Where the new tree reports, under `name`.
        """
        tree = cls(probe, name)
        tree.nodes = len(frozen)
        places: list[tuple[Node | None, bytes]] = [(None, b"")]
        for label, compressed, is_key, value in frozen:
            parent, prefix = places.pop()
            node = Node(label, compressed)
            if parent is None:
                tree.root = node
            else:
                parent.children.append(node)
            if is_key:
                node.is_key, node.value = True, unpack(prefix, value)
                tree.keys += 1
            if compressed:
                places.append((node, prefix + label))
            else:
                for number in range(len(label) - 1, -1, -1):
                    places.append((node, prefix + label[number : number + 1]))
        return tree

    def check(self) -> None:
        """Assert the invariants. O(nodes)."""
        keys = nodes = 0
        ahead = [self.root]
        while ahead:
            node = ahead.pop()
            nodes += 1
            keys += node.is_key
            label = node.label
            if node.compressed:
                assert len(label) > 1 and len(node.children) == 1
            else:
                assert list(label) == sorted(set(label))
                assert len(label) == len(node.children)
            assert node.children or node.is_key or node is self.root
            assert node.is_key or node.value is None
            ahead.extend(node.children)
        assert (self.keys, self.nodes) == (keys, nodes)


def _common(label: bytes, key: bytes, at: int) -> int:
    """How many bytes `label` and `key` from byte `at` on begin with alike."""
    limit = min(len(label), len(key) - at)
    for inside in range(limit):
        if label[inside] != key[at + inside]:
            return inside
    return limit
