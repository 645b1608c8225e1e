"""Views of a stream: the tree's keys and edges, and one node taken apart."""

from __future__ import annotations

from redlearn.engine.structures.radix import RadixTree
from redlearn.engine.structures.stream_node import id_key
from redlearn.probe import Event, Probe
from redlearn.views.stream import StreamView, around, edges_to, hexed, moved_key, silent
from redlearn.views.structure import step_of
from redlearn.views.window import Window
from tests.views.showing import Showing


def id_of(ms: int, sequence: int = 0) -> int:
    return ms << 64 | sequence


def log(count: int, per_node: int = 4) -> Showing:
    """A stream `s` of 1-0, 2-0 ..., all with the field f."""
    show = Showing(config={"stream-node-max-entries": str(per_node)})
    for number in range(1, count + 1):
        show(f"XADD s {number}-0 f {number}")
    return show


def view_of(show: Showing, window: Window | None = None) -> StreamView:
    body = show.gallery.structure(window or Window(78, 12), b"s").body
    assert isinstance(body, StreamView)
    return body


def entries(view: StreamView) -> list[int]:
    assert view.open is not None
    return [entry.id >> 64 for entry in view.open.entries]


def test_the_node_written_last_is_open_with_its_master() -> None:
    view = view_of(log(10))
    assert (view.length, view.keys, view.added) == (10, 3, 10)
    assert [row.id >> 64 for row in view.rows] == [1, 5, 9]
    assert view.open is not None
    assert (view.open.id, view.open.count, view.open.fields) == (id_of(9), 2, (b"f",))
    assert [(entry.ms, entry.sequence, entry.flags) for entry in view.open.entries] == [
        (0, 0, 2),
        (1, 0, 2),
    ]
    assert view.touch.appended == id_of(10)


def test_edges_lead_from_node_to_node_and_share_their_beginning() -> None:
    rows = view_of(log(10)).rows
    assert all(b"".join(row.edges) == id_key(row.id) for row in rows)
    assert {row.edges[:1] for row in rows} == {(bytes(7),)}
    assert [row.edges[1] for row in rows] == [b"\x01", b"\x05", b"\x09"]


def test_other_fields_than_the_masters_are_kept_by_the_entry_itself() -> None:
    show = log(1)
    show("XADD s 2-0 g 1 h 2")
    view = view_of(show)
    assert view.open is not None
    entry = view.open.entries[-1]
    assert (entry.same_fields, entry.items, entry.back) == (False, (b"g", b"1", b"h", b"2"), 8)


def test_a_deleted_entry_stays_in_its_node_marked() -> None:
    show = log(6)
    show("XDEL s 2-0")
    view = view_of(show)
    assert view.open is not None
    assert (view.open.id, view.open.count, view.open.deleted) == (id_of(1), 3, 1)
    assert [entry.deleted for entry in view.open.entries] == [False, True, False, False]
    assert view.touch.marked == (id_of(2),)


def test_a_read_opens_the_node_it_came_to_last() -> None:
    show = log(12)
    show("XRANGE s 6 7")
    view = view_of(show)
    assert view.open is not None and view.open.id == id_of(5)
    assert view.touch.read == (id_of(6), id_of(7))
    assert view.touch.passed == 1
    assert view.touch.way == id_key(id_of(5))


def test_a_trim_says_which_nodes_went_and_which_stayed() -> None:
    show = log(12)
    show("XTRIM s MAXLEN ~ 6")
    touch = view_of(show).touch
    assert [each.node >> 64 for each in touch.dropped] == [1]
    assert touch.spared is not None and (touch.spared.node, touch.spared.wanted) == (id_of(5), 2)


def test_the_window_moves_from_node_to_node_and_from_entry_to_entry() -> None:
    show = log(40, per_node=20)
    view = view_of(show, Window(78, 10, -1, -3))
    assert view.open is not None and view.open.id == id_of(1)
    far = view_of(show, Window(78, 10, -9, -99))
    assert far.open is not None and far.open.id == id_of(1) and far.open.first == 0
    assert entries(far)[0] == 1


def test_a_long_stream_costs_no_more_to_look_at_than_a_short_one() -> None:
    show = log(400)
    view = view_of(show, Window(78, 12))
    assert view.keys == 100
    assert len(view.rows) <= 4
    assert view.earlier and not view.later


def test_an_empty_stream_remembers_its_last_id() -> None:
    show = log(3)
    show("XTRIM s MAXLEN 0")
    view = view_of(show)
    assert (view.open, view.rows, view.last_id) == (None, (), id_of(3))


def test_each_step_shows_the_node_as_it_was_then() -> None:
    show = log(4)
    show("XADD s 5-0 f 5")
    steps = show.steps()
    lengths = [
        show.gallery.structure(Window(78, 12), b"s", step=step_of(steps, n)).body.keys
        for n in range(len(steps) + 1)
    ]
    assert (lengths[0], lengths[-1]) == (1, 2)


def test_looking_tells_nobody() -> None:
    seen: list[Event] = []
    tree: RadixTree[int] = RadixTree(Probe(seen.append))
    for number in range(1, 9):
        tree.insert(id_key(number), number)
    seen.clear()
    quiet = silent(tree)
    assert [value for _, value in around(quiet, id_key(4), 3)] == [3, 4, 5]
    assert [value for _, value in around(quiet, id_key(8), 3)] == [6, 7, 8]
    assert moved_key(quiet, id_key(4), -2) == id_key(2)
    assert moved_key(quiet, id_key(4), 99) == id_key(8)
    assert moved_key(quiet, id_key(0), 0) == id_key(1)
    assert edges_to(quiet, id_key(3)) == (bytes(15), b"\x03")
    assert seen == []


def test_long_repeats_are_counted() -> None:
    assert hexed(b"\0\0") == "00 00"
    assert hexed(b"\0\0\0\1") == "00×3 01"
