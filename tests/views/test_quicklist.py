"""What is seen of a quicklist: a window of nodes, and what was done to them."""

from __future__ import annotations

from redlearn.engine.structures.quicklist import Quicklist
from redlearn.engine.structures.quicklist_steps import NodeLinked, NodePassed, NodeUnlinked
from redlearn.probe import Probe
from redlearn.views import quicklist
from redlearn.views.quicklist import (
    CHANGED,
    NEW,
    PASSED,
    STOOD,
    Inside,
    QuicklistView,
    Walk,
)
from redlearn.views.structure import step_of
from redlearn.views.window import Window
from tests.views.showing import Showing

WINDOW = Window(78, 11)
THREE = {"list-max-listpack-size": "3"}


def seen(show: Showing, window: Window = WINDOW) -> QuicklistView:
    body = show.gallery.structure(window, b"q").body
    assert isinstance(body, QuicklistView)
    return body


def letters(count: int) -> str:
    return " ".join(f"e{number}" for number in range(count))


def test_nodes_have_their_counts_and_bytes() -> None:
    view = seen(Showing("RPUSH q a b c d e f g", config=THREE))
    assert [(box.number, box.count) for box in view.boxes] == [(0, 3), (1, 3), (2, 1)]
    assert view.boxes[2].size == 10
    assert (view.count, view.length, view.most_bytes, view.most_count) == (7, 3, None, 3)


def test_a_search_passes_nodes_by_and_looks_into_the_one_that_has_it() -> None:
    show = Showing(f"RPUSH q {letters(12)}", config=THREE)
    show("LINDEX q 4")
    view = seen(show)
    assert view.walk.mark_of(0) == PASSED
    assert view.walk.mark_of(1) == STOOD
    assert view.inside is not None and view.inside.number == 1
    assert view.inside.pack is not None and view.inside.pack.visits.matched == 1
    assert [entry.role for entry in view.inside.pack.entries] == ["[3]", "[4]", "[5]"]


def test_elements_are_numbered_from_either_end() -> None:
    show = Showing(f"RPUSH q {letters(300)}", config=THREE)
    for index in (0, 100, 200, 299):
        show(f"LINDEX q {index}")
        inside = seen(show).inside
        assert inside is not None and inside.pack is not None
        assert f"[{index}]" in [entry.role for entry in inside.pack.entries]


def test_a_compressed_node_is_looked_into_and_stays_compressed() -> None:
    config = {**THREE, "list-compress-depth": "1"}
    show = Showing("RPUSH q " + " ".join("x" * 60 for _ in range(12)), config=config)
    value = show.session.engine.state.databases[0].value_of(b"q")
    before = value.freeze()
    view = seen(show, Window(78, 11, -9))
    assert [box.squeezed is not None for box in view.boxes] == [False, True, True]
    moved = seen(show, Window(30, 11, -2))
    assert moved.inside is not None and moved.inside.pack is not None
    assert moved.inside.pack.entries[0].value.startswith(b"xxx")
    assert moved.inside.raw and value.freeze() == before


def test_a_large_element_is_shown_by_its_first_bytes() -> None:
    show = Showing("RPUSH q a b c d")
    show(b"RPUSH", b"q", b"L" * 9000)
    inside = seen(show).inside
    assert inside is not None and inside.pack is None
    assert inside.raw == b"L" * quicklist.RAW_SHOWN
    assert inside.hidden == 9000 - quicklist.RAW_SHOWN


def test_a_split_marks_the_node_that_was_cut_and_the_one_that_came() -> None:
    show = Showing("RPUSH q a b c d e f g h", config=THREE)
    show("LINSERT q BEFORE e new")
    view = seen(show)
    marks = dict(view.walk.marks)
    assert marks[1] == NEW and marks[2] == CHANGED
    assert [box.count for box in view.boxes] == [3, 2, 2]


def test_what_is_written_before_a_node_is_linked_in_is_marked_in_that_node_alone() -> None:
    show = Showing("RPUSH q a b c d e f", config=THREE)
    show("LINSERT q AFTER e new")
    steps = show.steps()
    linked = next(n for n, each in enumerate(steps, 1) if type(each.event) is NodeLinked)
    written = [seen_at(show, number).inside for number in range(1, linked + 1)]
    assert all(inside is None or not marked_in(inside) for inside in written[:-1])
    last = written[-1]
    assert last is not None and last.number == 2
    assert marked_in(last) == [b"new"]


def test_the_element_that_a_new_node_begins_with_is_marked_too() -> None:
    inside = seen(Showing("RPUSH q a b c", "RPUSH q d e", config=THREE)).inside
    assert inside is not None and inside.number == 1
    assert marked_in(inside) == [b"d", b"e"]


def seen_at(show: Showing, number: int) -> QuicklistView:
    step = step_of(show.steps(), number)
    body = show.gallery.structure(WINDOW, b"q", step=step).body
    assert isinstance(body, QuicklistView)
    return body


def marked_in(inside: Inside) -> list[bytes]:
    """The entries that are marked as written."""
    assert inside.pack is not None
    written = [offset for offset, _ in inside.pack.visits.written]
    return [entry.value for entry in inside.pack.entries if entry.offset in written]


def test_marks_move_with_their_nodes() -> None:
    walk = quicklist.walk_of([NodePassed(0, 3), NodePassed(1, 3), NodeLinked(1, False)])
    assert dict(walk.marks) == {0: PASSED, 1: NEW, 2: PASSED}
    walk = quicklist.walked(walk, NodeUnlinked(0))
    assert dict(walk.marks) == {0: NEW, 1: PASSED}
    assert walk.focus == 0
    assert quicklist.walked(Walk(), NodeUnlinked(0)).focus is None


def test_a_window_costs_no_more_on_a_long_list() -> None:
    chain = Quicklist(1, 0, Probe())
    for number in range(5000):
        chain.push_tail(b"%d" % number)
    view = quicklist.look_at(chain, Window(78, 11, 10**9), Walk())
    assert [box.number for box in view.boxes] == [4997, 4998, 4999]
    assert view.inside is not None and view.inside.pack is not None
    assert view.inside.pack.entries[0].value == b"4997"


def test_each_step_of_a_pop_shows_the_list_as_it_was_then() -> None:
    show = Showing("RPUSH q a b c d", config=THREE)
    show("RPOP q")
    steps = show.steps()
    lengths = []
    for number in range(len(steps) + 1):
        view = show.gallery.structure(WINDOW, b"q", step=step_of(steps, number))
        lengths.append((view.encoding, view.length))
    assert lengths[0] == ("quicklist", 4)
    assert lengths[-1] == ("quicklist", 3)


def test_a_list_that_shrank_enough_is_a_listpack_again() -> None:
    show = Showing("RPUSH q a b c d", config=THREE)
    show("LPOP q 3")
    view = show.gallery.structure(WINDOW, b"q")
    assert view.encoding == "listpack"
    assert view.changed is not None and "one node" in view.changed.why


def test_a_long_walk_is_remembered_by_its_end() -> None:
    show = Showing(f"RPUSH q {letters(3000)}", "LINDEX q 1200", config=THREE)
    walk = seen(show).walk
    assert walk.told == 401
    assert len(walk.steps) == quicklist.LINES_KEPT
    assert walk.lines(1) == ["Node 400 has it, as element 0 from its head."]


def test_a_window_follows_a_search_and_shows_nothing_of_what_it_passes() -> None:
    show = Showing(f"RPUSH q {letters(60)}", "LINDEX q 30", config=THREE)
    steps = show.steps()
    passing = show.gallery.structure(WINDOW, b"q", step=step_of(steps, 3)).body
    assert isinstance(passing, QuicklistView)
    assert passing.inside is not None and passing.inside.passed and passing.inside.pack is None
    assert passing.inside.number in [box.number for box in passing.boxes]
    arrived = seen(show).inside
    assert arrived is not None and not arrived.passed and arrived.pack is not None
