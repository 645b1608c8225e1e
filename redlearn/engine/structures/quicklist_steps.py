"""What a quicklist tells those who watch it: the nodes it passes, makes, splits and joins.

`at` is the number of a node, counted from 0 at the head, at the moment of the event.
"""

from __future__ import annotations

from dataclasses import dataclass

from redlearn.probe import Event


@dataclass(frozen=True, slots=True)
class NodePassed(Event):
    """A search skipped a node whole: its `count` elements are known without a look inside."""

    at: int
    count: int


@dataclass(frozen=True, slots=True)
class NodeEntered(Event):
    """A search stopped at a node: what it looks for is element `inside`, counted from its head."""

    at: int
    inside: int


@dataclass(frozen=True, slots=True)
class NodeRead(Event):
    """Elements of a node were read one after another: `count` of them, from `inside` on."""

    at: int
    inside: int
    count: int


@dataclass(frozen=True, slots=True)
class NodeWeighed(Event):
    """A node was asked whether it takes `adding` more bytes as one more element.

    Attributes:
        count, size: The elements and bytes that it has.
        fits: Whether it may take them. A node for one large element takes nothing more.
    """

    at: int
    count: int
    size: int
    adding: int
    fits: bool


@dataclass(frozen=True, slots=True)
class ElementsTaken(Event):
    """`count` elements of a node are taken out, from its element `inside` on."""

    at: int
    inside: int
    count: int


@dataclass(frozen=True, slots=True)
class NodeLinked(Event):
    """A node was linked in. `plain`: it holds one large element, and no listpack."""

    at: int
    plain: bool


@dataclass(frozen=True, slots=True)
class NodeUnlinked(Event):
    """A node was unlinked, as its last element is gone or was moved."""

    at: int


@dataclass(frozen=True, slots=True)
class NodeCut(Event):
    """A node was cut in two: `kept` elements stay, `moved` go to a new one beside it."""

    at: int
    kept: int
    moved: int


@dataclass(frozen=True, slots=True)
class NodesMerged(Event):
    """Node `at` took over the `moved` elements of the next one, and has `count` now."""

    at: int
    moved: int
    count: int


@dataclass(frozen=True, slots=True)
class NodeSqueezed(Event):
    """A node's `size` bytes were compressed to `squeezed`."""

    at: int
    size: int
    squeezed: int


@dataclass(frozen=True, slots=True)
class NodeExpanded(Event):
    """A node's `size` bytes are back from `squeezed` compressed ones, to be used."""

    at: int
    size: int
    squeezed: int
