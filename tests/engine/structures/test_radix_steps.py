"""What a radix tree tells: the way of a walk, cuts, joins, and keys that come and go."""

from __future__ import annotations

from collections.abc import Callable

from redlearn.engine.structures.radix import RadixTree
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
from redlearn.probe import Event, Probe


def told(held: list[bytes], change: Callable[[RadixTree[int]], object]) -> list[Event]:
    seen: list[Event] = []
    tree: RadixTree[int] = RadixTree(Probe())
    for key in held:
        tree.insert(key, 0)
    tree._probe.emit = seen.append
    change(tree)
    return seen


def test_a_walk_tells_each_node_it_enters_and_where_it_stops() -> None:
    held = [b"foobar", b"footer"]
    assert told(held, lambda tree: tree.find(b"footer")) == [
        Descended(b"", b"foo"),
        Descended(b"foo", b"t"),
        Descended(b"foot", b"er"),
    ]
    assert told(held, lambda tree: tree.find(b"fool")) == [
        Descended(b"", b"foo"),
        WayMissing(b"foo", b"l"),
    ]
    assert told(held, lambda tree: tree.find(b"fort")) == [RunLeft(b"", b"foo", 2)]


def test_an_insert_tells_of_the_cut_and_of_the_new_nodes() -> None:
    assert told([b"footer"], lambda tree: tree.insert(b"foobar", 1)) == [
        RunLeft(b"", b"footer", 3),
        NodeSplit(b"", b"footer", 3),
        NodeAdded(b"foo", b"b"),
        NodeAdded(b"foob", b"ar"),
        KeyMarked(b"foobar"),
    ]
    assert told([b"footer"], lambda tree: tree.insert(b"foo", 1)) == [
        RunLeft(b"", b"footer", 3),
        NodeSplit(b"", b"footer", 3),
        KeyMarked(b"foo"),
    ]


def test_a_removal_tells_what_went_and_what_was_joined() -> None:
    assert told([b"footer", b"foobar"], lambda tree: tree.remove(b"foobar"))[-3:] == [
        KeyUnmarked(b"foobar"),
        NodesRemoved(b"foobar", 2),
        NodesJoined(b"", b"footer", 3),
    ]
    assert told([b"xa", b"xb", b"xab"], lambda tree: tree.remove(b"xb"))[-1] == NodesJoined(
        b"", b"xa", 2
    )


def test_an_insert_of_a_known_key_marks_nothing() -> None:
    assert told([b"a"], lambda tree: tree.insert(b"a", 1)) == [Descended(b"", b"a")]


def test_a_tree_says_which_one_it_is() -> None:
    events: list[Event] = []
    tree: RadixTree[int] = RadixTree(Probe(events.append), "nodes")
    tree.insert(b"ab", 1)
    tree.find(b"ab")
    assert events == [
        NodeAdded(b"", b"ab", "nodes"),
        KeyMarked(b"ab", "nodes"),
        Descended(b"", b"ab", "nodes"),
    ]


def test_the_way_to_where_an_iteration_begins_is_told() -> None:
    for seek in ("ascending", "descending"):
        events: list[Event] = []
        tree: RadixTree[int] = RadixTree(Probe())
        for key in (b"foot", b"foob", b"foox"):
            tree.insert(key, 1)
        tree._probe = Probe(events.append)
        next(getattr(tree, seek)(b"foot"))
        assert events == [Descended(b"", b"foo"), Descended(b"foo", b"t")], seek
