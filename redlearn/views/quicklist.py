"""What a pane sees of a quicklist: some nodes of the chain, what is in one of them, and the way
that the last command took along them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from redlearn.engine.structures.listpack import EntryWritten, Listpack, Shifted
from redlearn.engine.structures.quicklist import Quicklist
from redlearn.engine.structures.quicklist_node import Node, limits_of
from redlearn.engine.structures.quicklist_steps import (
    ElementsTaken,
    NodeCut,
    NodeEntered,
    NodeExpanded,
    NodeLinked,
    NodePassed,
    NodeRead,
    NodesMerged,
    NodeSqueezed,
    NodeUnlinked,
    NodeWeighed,
)
from redlearn.probe import Event, Probe
from redlearn.views import listpack
from redlearn.views.list_sentences import LISTS
from redlearn.views.listpack import ListpackView, Visits
from redlearn.views.window import Room, placed

RAW_SHOWN = 64
"""Bytes of a large element, or of a compressed node, that are copied; the rest is counted."""

MOST_EXPANDED = 64 * 1024
"""A compressed node up to this size is expanded to be looked into: every listpack node is."""

EVENTS_KEPT = 256
"""Events that a walk is made out of, the last ones: a longer one would be told in vain."""

LINES_KEPT = 64
"""Steps told in words; of more than these, the last ones."""

BOX, LINK, ENDS = 15, 3, 16
"""Cells of a node, of the link to the next, and of what stands at both ends of the chain."""

ALL_ROWS = range(5)
"""Rows of the chain: signs, names, counts, bars, bytes."""

TRACE_FROM, TRACE_ROWS = 16, 6
"""From so many rows on the steps are told in words, in so many."""

HEADER_FROM = 5
"""From so many rows on the header of a node's listpack is shown over its entries."""

PASSED, READ, STOOD, NEW, CHANGED = "passed", "read", "stood", "new", "changed"
"""What happened to a node, the strongest last."""

_STRENGTH = {PASSED: 0, READ: 1, STOOD: 2, CHANGED: 3, NEW: 4}


def boxes_in(width: int) -> int:
    """How many nodes stand side by side in so many cells."""
    return max((width - ENDS + LINK) // (BOX + LINK), 1)


def entries_in(height: int) -> int:
    """How many entries of a node are seen below the chain, in so many rows."""
    traced = TRACE_ROWS if height >= TRACE_FROM else 0
    inside = height - 1 - len(rows_of(height - 1)) - traced
    return max(inside - (2 if inside >= HEADER_FROM else 1), 1)


def rows_of(height: int) -> tuple[int, ...]:
    """Which rows of the chain are drawn in so many: first the bars go, then the counts."""
    if height >= 12:
        return tuple(ALL_ROWS)
    return (0, 1, 2, 4) if height >= 9 else (0, 1, 4)


@dataclass(frozen=True, slots=True)
class NodeBox:
    """One node of the chain.

    Attributes:
        number: Counted from 0 at the head.
        count: Elements.
        size: Bytes, uncompressed.
        squeezed: Bytes that LZF made of them, or None while it is not compressed.
        plain: It is for one large element.
    """

    number: int
    count: int
    size: int
    squeezed: int | None = None
    plain: bool = False


@dataclass(frozen=True, slots=True)
class Inside:
    """What is in one node.

    Attributes:
        number: Which.
        pack: Its listpack, expanded if it is compressed; None for a plain node.
        raw: The first bytes that are kept: of a large element, or of what LZF made.
        hidden: How many more of those there are.
        passed: A search has just gone by: nobody looked into it, and nothing of it is shown.
    """

    number: int
    pack: ListpackView | None = None
    raw: bytes = b""
    hidden: int = 0
    passed: bool = False


@dataclass(frozen=True, slots=True)
class Walk:
    """What the last command did along the chain.

    Attributes:
        marks: Node number to what happened to it.
        focus: The node the last step was about, or None before the first.
        element: The element it stood at in there, or None.
        visits: What was done to the listpack of the node in focus.
        aside: What was done to that of a node which is yet to be linked in, or None where no such
            node is in the making: after a cut, or where one had no room.
        steps: The last steps.
        told: How many there were in all.
    """

    marks: tuple[tuple[int, str], ...] = ()
    focus: int | None = None
    element: int | None = None
    visits: Visits = field(default_factory=Visits)
    aside: Visits | None = None
    steps: tuple[Event, ...] = ()
    told: int = 0

    def lines(self, count: int) -> list[str]:
        """The last `count` steps in words."""
        return [LISTS[type(event)](event) for event in self.steps[-count:]]

    def mark_of(self, number: int) -> str:
        """What happened to a node, or ""."""
        return next((mark for at, mark in self.marks if at == number), "")


@dataclass(frozen=True, slots=True)
class QuicklistView:
    """A window on a quicklist.

    Attributes:
        count: All elements.
        length: All nodes.
        fill, depth: The settings it was made with.
        most_bytes, most_count: What `fill` allows a node; the one that does not apply is None.
        boxes: Neighbouring nodes.
        inside: What is in the one that is looked into.
    """

    count: int
    length: int
    fill: int
    depth: int
    most_bytes: int | None
    most_count: int | None
    boxes: tuple[NodeBox, ...] = ()
    inside: Inside | None = None
    walk: Walk = field(default_factory=Walk)


def look_at(chain: Quicklist, room: Room, walk: Walk) -> QuicklistView:
    """Copy out the nodes that fit `room`, and entries of the one that the walk is at.

    O(visible), and the steps from the nearer end to the window, which no linked list saves.

    Args:
        room: How far the window was moved: `x` along the chain, `y` inside the node.
    """
    length, boxes, rows = chain.length, boxes_in(room.width), entries_in(room.height)
    focus = 0 if walk.focus is None else max(min(walk.focus, length - 1), 0)
    first = placed(max(focus - boxes // 2, 0), room.x, boxes, length)
    node, base = _reach(chain, first)
    shown: list[NodeBox] = []
    wanted = max(first, min(focus, first + boxes - 1))
    inside: Inside | None = None
    while node is not None and len(shown) < boxes:
        number = first + len(shown)
        squeezed = None if node.squeezed is None else len(node.squeezed)
        shown.append(NodeBox(number, node.count, node.size, squeezed, node.plain))
        if number == wanted:
            visits = walk.visits if number == walk.focus else Visits()
            element = walk.element if number == walk.focus else None
            if number == walk.focus and walk.mark_of(number) == PASSED:
                inside = Inside(number, passed=True)
            else:
                inside = _inside(node, number, base, rows, room.y, visits, element)
        base += node.count
        node = node.next
    most_bytes, most_count = limits_of(chain.fill)
    return QuicklistView(
        chain.count, length, chain.fill, chain.depth, most_bytes, most_count, tuple(shown), inside,
        walk,
    )  # fmt: skip


def _reach(chain: Quicklist, number: int) -> tuple[Node | None, int]:
    """Node `number`, and how many elements come before it, from the nearer end."""
    if number <= chain.length // 2:
        node, base = chain.head, 0
        for _ in range(number):
            if node is None:
                break
            base += node.count
            node = node.next
        return node, base
    node, base = chain.tail, chain.count
    for _ in range(chain.length - 1 - number):
        if node is None:
            break
        base -= node.count
        node = node.previous
    return node, base - (0 if node is None else node.count)


def _inside(
    node: Node, number: int, base: int, rows: int, moved: int, visits: Visits, element: int | None
) -> Inside:
    kept = node.squeezed if node.squeezed is not None else node.element
    raw, hidden = b"", 0
    if kept is not None:
        raw = kept[:RAW_SHOWN]
        hidden = len(kept) - len(raw)
    pack = node.pack
    if pack is None and not node.plain and node.size <= MOST_EXPANDED:
        pack = Listpack.thaw(node.raw, Probe())
    if pack is None:
        return Inside(number, None, raw, hidden)
    if element is not None and element < len(pack) and not (visits.written or visits.deleted):
        visits = replace(visits, matched=element)
    first = placed(listpack.home(visits, pack, rows, 1), moved, rows, len(pack))
    return Inside(number, listpack.look_at(pack, "list", first, rows, visits, base), raw, hidden)


def advance(view: QuicklistView, event: Event) -> QuicklistView:
    """The view with one more step marked. Events of other kinds leave it as it is."""
    walk = walked(view.walk, event)
    return view if walk is view.walk else replace(view, walk=walk)


def walk_of(events: Iterable[Event]) -> Walk:
    """The way that a command's events tell of; of a long one, its last part. O(events)."""
    told = list(events)
    skipped = sum(type(event) in LISTS for event in told[:-EVENTS_KEPT])
    walk = Walk(told=skipped)
    for event in told[-EVENTS_KEPT:]:
        walk = walked(walk, event)
    return walk


def walked(walk: Walk, event: Event) -> Walk:
    """The way after one more event."""
    match event:
        case NodePassed(at):
            return _told(_turned(_marked(walk, at, PASSED), at), event)
        case NodeRead(at):
            return _told(_turned(_marked(walk, at, READ), at), event)
        case NodeEntered(at, inside):
            return _told(_turned(_marked(walk, at, STOOD), at, inside), event)
        case NodeWeighed(at):
            turned = _turned(walk, at, walk.element if at == walk.focus else None)
            return _told(replace(turned, aside=None if event.fits else Visits()), event)
        case ElementsTaken(at, inside):
            return _told(_turned(_marked(walk, at, CHANGED), at, inside), event)
        case NodeSqueezed(at) | NodeExpanded(at):
            return _told(_marked(walk, at, CHANGED), event)
        case NodeCut(at) | NodesMerged(at):
            turned = _turned(_marked(walk, at, CHANGED), at, fresh=True)
            cut = isinstance(event, NodeCut)
            return _told(replace(turned, aside=Visits() if cut else None), event)
        case NodeLinked(at):
            linked = _turned(_marked(_moved(walk, at, 1), at, NEW), at)
            return _told(replace(linked, visits=walk.aside or Visits(), aside=None), event)
        case NodeUnlinked(at):
            return _told(_moved(walk, at, -1), event)
    return _looked_in(walk, event)


def _looked_in(walk: Walk, event: Event) -> Walk:
    """The walk after one more step inside of a listpack: that in focus, or one in the making."""
    if walk.aside is not None and isinstance(event, EntryWritten | Shifted):
        return replace(walk, aside=listpack.visited_by(walk.aside, event))
    visits = listpack.visited_by(walk.visits, event)
    return walk if visits is walk.visits else replace(walk, visits=visits)


def _told(walk: Walk, event: Event) -> Walk:
    steps = (*walk.steps[-LINES_KEPT + 1 :], event)
    return replace(walk, steps=steps, told=walk.told + 1)


def _marked(walk: Walk, at: int, mark: str) -> Walk:
    """The walk with a node marked, unless a stronger mark is there."""
    before = walk.mark_of(at)
    if before and _STRENGTH[before] >= _STRENGTH[mark]:
        return walk
    others = tuple(pair for pair in walk.marks if pair[0] != at)
    return replace(walk, marks=(*others, (at, mark))[-LINES_KEPT:])


def _turned(walk: Walk, at: int, element: int | None = None, *, fresh: bool = False) -> Walk:
    """The walk turned to a node; what was done inside of another is forgotten."""
    visits = walk.visits if at == walk.focus and not fresh else Visits()
    return replace(walk, focus=at, element=element, visits=visits)


def _moved(walk: Walk, at: int, by: int) -> Walk:
    """The walk after a node came at `at`, or went from there: those behind have other numbers."""
    gone = at if by < 0 else None
    marks = tuple(
        (number + by if number >= at else number, mark)
        for number, mark in walk.marks
        if number != gone
    )
    focus = walk.focus
    if focus is not None and focus >= at and not (focus == gone == 0):
        focus += by
    visits = Visits() if walk.focus == gone else walk.visits
    element = None if walk.focus == gone else walk.element
    return replace(walk, marks=marks, focus=focus, visits=visits, element=element)
