"""Sentences for what happens to lists and sets: nodes, halves, and the algebra of sets.

Taken in by `sentences.py`.
"""

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
from redlearn.engine.values.set_steps import (
    DifferenceWeighed,
    MemberAsked,
    MemberSettled,
    ResultBegun,
    SetsGathered,
    SetWalked,
)
from redlearn.probe import Event
from redlearn.resp.text import printable

SHOWN: Final = 32


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


def _text(data: bytes) -> str:
    return printable(data, SHOWN) or '""'


def _gathered(event: SetsGathered) -> str:
    pairs = zip(event.keys[:4], event.sizes, strict=False)
    named = [f"{_text(key)} ({'none' if size < 0 else f'{size:,}'})" for key, size in pairs]
    more = f" and {len(event.keys) - 4} more" if len(event.keys) > 4 else ""
    return f"The {event.way} of {', '.join(named)}{more} is wanted."


def _difference(event: DifferenceWeighed) -> str:
    asking = f"asking for each member costs {event.asking:,} at most"
    removing = f"copying and taking out {event.removing:,}"
    return f"Two ways: {asking}, {removing}; the {'first' if event.asks else 'second'} is taken."


_WHY: Final = {
    "the smallest": "it is the smallest",
    "each is asked for": "the others are asked for each",
    "copied": "a copy of it is made",
    "taken out": "its members are taken out of the copy",
    "united": "its members go into the result",
}

ALGEBRA: Final[dict[type[Event], Callable[[Any], str]]] = {
    SetsGathered: _gathered,
    DifferenceWeighed: _difference,
    SetWalked: lambda e: (
        f"The {_many(e.size, 'member')} of {_text(e.key)} are gone through: {_WHY[e.why]}."
    ),
    MemberAsked: lambda e: (
        f"{_text(e.key)} is asked for {_text(e.member)}: {'it has it' if e.there else 'no'}."
    ),
    MemberSettled: lambda e: f"So {_text(e.member)} is {'in' if e.kept else 'not in'} the result.",
    ResultBegun: lambda e: f"The result is put together, for {_text(e.target)}.",
}
