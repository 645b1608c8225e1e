"""What a quicklist tells: the way of a search, and how nodes come, part, join and go."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from redlearn.engine.structures.quicklist import TAIL, Quicklist
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


def quicklist_of(count: int, fill: int = 3, depth: int = 0) -> Quicklist:
    made = Quicklist(fill, depth, Probe())
    for number in range(count):
        made.push_tail(b"%d" % number * 40)
    return made


def told(quicklist: Quicklist, change: Callable[[Quicklist], object]) -> list[Event]:
    """What was said of nodes; what their listpacks say is left out."""
    seen: list[Event] = []
    quicklist._probe.emit = seen.append
    change(quicklist)
    quicklist._probe.emit = None
    return [event for event in seen if type(event).__module__.endswith("quicklist_steps")]


@pytest.mark.parametrize(
    ("index", "way"),
    [
        (0, [NodeEntered(0, 0)]),
        (4, [NodePassed(0, 3), NodeEntered(1, 1)]),
        (10, [NodeEntered(3, 1)]),
        (8, [NodePassed(3, 2), NodeEntered(2, 2)]),
    ],
)
def test_a_search_tells_its_way_from_the_nearer_end(index: int, way: list[Event]) -> None:
    assert told(quicklist_of(11), lambda quicklist: quicklist.at(index)) == way


def test_an_insert_into_a_full_node_tells_of_the_split_and_the_joins() -> None:
    quicklist = quicklist_of(4)
    assert told(quicklist, lambda quicklist: quicklist.insert(1, b"new", after=True)) == [
        NodeEntered(0, 1),
        NodeWeighed(0, count=3, size=133, adding=3, fits=False),
        NodeCut(0, kept=2, moved=1),
        NodeLinked(1, plain=False),
        NodesMerged(1, moved=1, count=3),
        NodeUnlinked(2),
    ]


def test_a_push_tells_of_a_new_node_and_a_pop_of_its_end() -> None:
    quicklist = quicklist_of(3)
    assert told(quicklist, lambda quicklist: quicklist.push_tail(b"x")) == [
        NodeWeighed(0, count=3, size=133, adding=1, fits=False),
        NodeLinked(1, False),
    ]
    assert told(quicklist, lambda quicklist: quicklist.push_tail(b"y")) == [
        NodeWeighed(1, count=1, size=10, adding=1, fits=True)
    ]
    assert told(quicklist, lambda quicklist: quicklist.pop(TAIL)) == [ElementsTaken(1, 1, 1)]
    assert told(quicklist, lambda quicklist: quicklist.pop(TAIL)) == [
        ElementsTaken(1, 0, 1),
        NodeUnlinked(1),
    ]
    assert told(quicklist, lambda quicklist: quicklist.push_head(b"L" * 9000))[1:] == [
        NodeLinked(0, True)
    ]


def test_a_walk_tells_of_each_node_that_it_reads() -> None:
    quicklist = quicklist_of(7)
    assert told(quicklist, lambda quicklist: quicklist.slice(2, 3)) == [
        NodeEntered(0, 2),
        NodeRead(0, inside=2, count=1),
        NodeRead(1, inside=0, count=2),
    ]
    backwards = told(quicklist, lambda quicklist: list(quicklist.backwards()))
    assert [event.at for event in backwards if isinstance(event, NodeRead)] == [2, 1, 0]


def test_nodes_are_counted_from_the_nearer_end() -> None:
    quicklist = quicklist_of(15)
    assert [node.number(quicklist.length) for node in quicklist.nodes()] == [0, 1, 2, 3, 4]


def test_compression_tells_what_it_saves() -> None:
    quicklist = quicklist_of(8, fill=2, depth=1)
    squeezed = [node.squeezed for node in quicklist.nodes()]
    assert squeezed[1] is not None
    size = len(squeezed[1])
    assert told(quicklist, lambda quicklist: quicklist.delete(0, 2)) == [
        NodeEntered(0, 0),
        ElementsTaken(0, 0, 2),
        NodeUnlinked(0),
        NodeExpanded(0, 91, size),
    ]
    assert told(quicklist, lambda quicklist: quicklist.push_head(b"x"))[-1] == NodeSqueezed(
        1, 91, size
    )
