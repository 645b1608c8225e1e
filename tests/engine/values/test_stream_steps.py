"""What a stream tells: which nodes begin and go, and why, and how far a group is."""

from __future__ import annotations

from collections.abc import Callable

from redlearn.engine.values.stream import Stream
from redlearn.engine.values.stream_group import UNKNOWN, Group
from redlearn.engine.values.stream_steps import GroupAdvanced, NodeBegun, NodeDropped, NodeSpared
from redlearn.probe import Event, Probe
from tests.engine.values.test_stream import add, id_of, stream_of

OF_NODES = (NodeBegun, NodeDropped, NodeSpared, GroupAdvanced)


def told(stream: Stream, change: Callable[[Stream], object]) -> list[Event]:
    """What a change says of whole nodes and of groups."""
    seen: list[Event] = []
    stream._kit.probe.emit = seen.append
    change(stream)
    return [event for event in seen if type(event) in OF_NODES]


def test_a_node_begins_where_the_one_before_is_full_and_says_of_what() -> None:
    assert told(stream_of(0), lambda s: add(s, 1)) == [NodeBegun(id_of(1), 0, "")]
    assert told(stream_of(4), lambda s: add(s, 5)) == [
        NodeBegun(id_of(5), id_of(1), "4 entries >= 4")
    ]
    big = stream_of(1, per_node=0)
    size = big.tail.size if big.tail else 0
    assert told(big, lambda s: s.append(id_of(2), [b"f"], [b"x" * 4096])) == [
        NodeBegun(id_of(2), id_of(1), f"{size} + 4097 bytes >= 4096")
    ]


def test_a_trim_by_nodes_says_which_go_and_which_is_spared() -> None:
    assert told(stream_of(10), lambda s: s.trim_to_length(5, exact=False)) == [
        NodeDropped(id_of(1), 4, 0),
        NodeSpared(id_of(5), 4, 1),
    ]
    assert told(stream_of(10), lambda s: s.trim_before(id_of(6), exact=False)) == [
        NodeDropped(id_of(1), 4, 0),
        NodeSpared(id_of(5), 4, UNKNOWN),
    ]
    assert told(stream_of(10), lambda s: s.trim_to_length(5)) == [NodeDropped(id_of(1), 4, 0)]


def test_deleting_the_last_entry_of_a_node_drops_it_with_what_was_marked() -> None:
    ids = [id_of(ms) for ms in (1, 2, 3, 4)]
    assert told(stream_of(5), lambda s: s.delete(ids)) == [NodeDropped(id_of(1), 1, 3)]


def test_a_group_that_goes_on_says_how_far() -> None:
    group = Group(0, 0, Probe())
    assert told(stream_of(3), lambda s: s.advance(group, id_of(1))) == [GroupAdvanced(id_of(1), 1)]
