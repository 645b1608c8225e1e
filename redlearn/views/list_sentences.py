"""Sentences for what happens to lists and sets: nodes, halves, and the algebra of sets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from redlearn.engine.structures.intset import (
    EndCompared,
    Halved,
    NumberInserted,
    NumberRemoved,
    Widened,
)
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
from redlearn.engine.values.list import ElementReached
from redlearn.probe import Event


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'s' * (count != 1)}"


def _weighed(event: NodeWeighed) -> str:
    held = f"Node {event.at} holds {_many(event.count, 'element')} in {_many(event.size, 'byte')}"
    more = _many(event.adding, "byte")
    return f"{held}: one more of {more} {'fits' if event.fits else 'does not fit'}."


def _taken(event: ElementsTaken) -> str:
    if event.count == 1:
        return f"Element {event.inside} of node {event.at} is taken out."
    return f"{event.count:,} elements of node {event.at} are taken out, from {event.inside} on."


LISTS: Final[dict[type[Event], Callable[[Any], str]]] = {
    ElementReached: lambda e: (
        f"Element {e.index}, at byte {e.offset}, is reached past {_many(e.passed, 'other')}."
    ),
    NodePassed: lambda e: f"Node {e.at} is passed: its {_many(e.count, 'element')} come before.",
    NodeEntered: lambda e: f"Node {e.at} has it, as element {e.inside} from its head.",
    NodeRead: lambda e: f"{_many(e.count, 'element')} of node {e.at} are read, from {e.inside} on.",
    NodeWeighed: _weighed,
    ElementsTaken: _taken,
    NodeLinked: lambda e: f"Node {e.at} is linked in{', for one large element' * e.plain}.",
    NodeUnlinked: lambda e: f"Node {e.at} is empty and unlinked.",
    NodeCut: lambda e: (
        f"Node {e.at} is cut: {_many(e.kept, 'element')} in it, {e.moved} for a new node."
    ),
    NodesMerged: lambda e: (
        f"Node {e.at} takes over {_many(e.moved, 'element')} of the next: {e.count} now."
    ),
    NodeSqueezed: lambda e: f"Node {e.at} is compressed: {e.size} bytes to {e.squeezed}.",
    NodeExpanded: lambda e: f"Node {e.at} is expanded again: {e.squeezed} bytes to {e.size}.",
}

SETS: Final[dict[type[Event], Callable[[Any], str]]] = {
    EndCompared: lambda e: (
        f"{e.number} is compared with the {'last' if e.above else 'first'} number, {e.there}."
    ),
    Halved: lambda e: f"{e.number} against {e.there} at place {e.middle}, of {e.low} to {e.high}.",
    Widened: lambda e: f"All {e.count} numbers are widened from {e.old} to {e.new} bytes.",
    NumberInserted: lambda e: f"{e.number} goes to place {e.index}; {e.moved} move up.",
    NumberRemoved: lambda e: f"{e.number} leaves place {e.index}; {e.moved} move down.",
}
