"""Sentences for lists, sets, streams, bits, HyperLogLogs, places, and clients that wait.

The second half of `narration.py`: one format for each class of event, all bytes through
`printable`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from redlearn.engine.blocking import (
    ClientBlocked,
    ClientServed,
    ClientTimedOut,
    ClientUnblocked,
)
from redlearn.engine.commands.server.databases import DatabasesSwapped
from redlearn.engine.structures.bits import BitWritten, FieldWritten
from redlearn.engine.structures.geohash import CellSearched
from redlearn.engine.structures.hyperloglog import Hashed, Promoted, RegisterRaised
from redlearn.engine.structures.hyperloglog_sparse import RunReplaced, RunsMerged, RunVisited
from redlearn.engine.structures.intset import (
    EndCompared,
    Halved,
    NumberInserted,
    NumberRemoved,
    Widened,
)
from redlearn.engine.structures.quicklist_steps import (
    NodeCut,
    NodeEntered,
    NodeExpanded,
    NodeLinked,
    NodePassed,
    NodesMerged,
    NodeSqueezed,
    NodeUnlinked,
)
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
from redlearn.engine.structures.stream_node import (
    EntryAppended,
    EntryMarked,
    EntryRead,
    id_text,
)
from redlearn.probe import Event
from redlearn.resp.text import printable

SHOWN: Final = 32


def _text(data: bytes) -> str:
    return printable(data, SHOWN) or '""'


def _keys(keys: tuple[bytes, ...]) -> str:
    return " or ".join(_text(key) for key in keys[:3]) + (" ..." if len(keys) > 3 else "")


def _id(number: int) -> str:
    return id_text(number).decode()


def _waits(event: ClientBlocked) -> str:
    how_long = "until its timeout" if event.until_ms else "for ever"
    return f"Client {event.client} waits for {_keys(event.keys)}, {how_long}."


LISTS: Final[dict[type[Event], Callable[[Any], str]]] = {
    NodePassed: lambda e: f"Node {e.at} is passed: its {e.count} elements come before.",
    NodeEntered: lambda e: f"Node {e.at} has it, as element {e.inside} from its head.",
    NodeLinked: lambda e: f"Node {e.at} is linked in{', for one large element' * e.plain}.",
    NodeUnlinked: lambda e: f"Node {e.at} is empty and unlinked.",
    NodeCut: lambda e: f"Node {e.at} is cut: {e.kept} elements stay, {e.moved} go to a new node.",
    NodesMerged: lambda e: f"Node {e.at} takes over {e.moved} elements of the next: {e.count} now.",
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

STREAMS: Final[dict[type[Event], Callable[[Any], str]]] = {
    Descended: lambda e: f"The tree's walk goes on by {_text(e.taken)}.",
    WayMissing: lambda e: f"There is no way on by {_text(e.wanted)}.",
    RunLeft: lambda e: f"Of the run {_text(e.label)} only {e.fitted} bytes fit.",
    NodeSplit: lambda e: f"A node of the tree is cut at byte {e.at} of {_text(e.label)}.",
    NodeAdded: lambda e: f"The tree gets a node, by {_text(e.label)}.",
    NodesRemoved: lambda e: f"{e.count} nodes on the way to {_text(e.key)} are gone.",
    NodesJoined: lambda e: f"{e.count} nodes become one, by {_text(e.label)}.",
    KeyMarked: lambda e: f"{_text(e.key)} is a key of the tree now.",
    KeyUnmarked: lambda e: f"{_text(e.key)} is no key of the tree any more.",
    EntryAppended: lambda e: (
        f"Entry {_id(e.id)} is written{', its fields those of the first' * e.same_fields}."
    ),
    EntryMarked: lambda e: f"Entry {_id(e.id)} is marked as deleted, and lies where it was.",
    EntryRead: lambda e: f"Entry {_id(e.id)} is read{', a deleted one' * e.deleted}.",
}

BITS: Final[dict[type[Event], Callable[[Any], str]]] = {
    BitWritten: lambda e: f"Bit {e.offset} was {e.old} and is {e.new}.",
    FieldWritten: lambda e: f"The {e.width} bits at {e.offset} were {e.old} and are {e.new}.",
    Hashed: lambda e: f"{_text(e.element)} hashes to register {e.index}, with {e.ending}.",
    RegisterRaised: lambda e: f"Register {e.index} rises from {e.old} to {e.new}.",
    Promoted: lambda e: f"Sparse becomes dense: {e.old_size} to {e.new_size} bytes, {e.why}.",
    RunVisited: lambda e: f"The run at byte {e.at}: {e.span} registers of {e.value}.",
    RunReplaced: lambda e: f"The run at byte {e.at} is rewritten in {len(e.new)} bytes.",
    RunsMerged: lambda e: f"Two runs of {e.value} become one of {e.count} registers.",
}

OTHERS: Final[dict[type[Event], Callable[[Any], str]]] = {
    CellSearched: lambda e: f"A cell of the map holds {e.seen} places, {e.kept} of them within.",
    ClientBlocked: _waits,
    ClientServed: lambda e: f"Client {e.client} gets {_text(e.key)} after {e.waited_ms} ms.",
    ClientTimedOut: lambda e: f"Client {e.client} has waited {e.waited_ms} ms in vain.",
    ClientUnblocked: lambda e: f"Client {e.client} is woken by CLIENT UNBLOCK.",
    DatabasesSwapped: lambda e: f"Databases {e.first} and {e.second} change places.",
}

SENTENCES: Final = {**LISTS, **SETS, **STREAMS, **BITS, **OTHERS}
