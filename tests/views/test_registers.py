"""Views of HyperLogLogs: runs, registers, and what the last element did."""

from __future__ import annotations

from redlearn.engine.structures.hyperloglog import place_of
from redlearn.views.registers import RegistersView
from redlearn.views.window import Window
from tests.views.showing import Showing


def view_of(show: Showing, window: Window | None = None) -> RegistersView:
    body = show.gallery.structure(window or Window(78, 11), b"k", form="registers").body
    assert isinstance(body, RegistersView)
    return body


def test_an_empty_one_is_a_single_run() -> None:
    view = view_of(Showing("PFADD k"))
    assert [(run.first, run.span, run.value) for run, _ in view.runs] == [(0, 16384, 0)]
    assert view.histogram[0] == 16384
    assert view.touch.element is None


def test_an_element_raises_its_register_and_splits_its_run() -> None:
    view = view_of(Showing("PFADD k ann"))
    index, ending = place_of(b"ann")
    touch = view.touch
    assert touch.element is not None
    assert (touch.element.index, touch.element.ending) == (index, ending)
    assert (touch.old, touch.raised) == (0, True)
    assert [(run.first, run.span, run.value) for run, _ in view.runs] == [
        (0, index, 0),
        (index, 1, ending),
        (index + 1, 16384 - index - 1, 0),
    ]
    assert view.estimate is None


def test_an_element_seen_before_raises_nothing() -> None:
    touch = view_of(Showing("PFADD k ann", "PFADD k ann")).touch
    assert (touch.old, touch.raised, touch.seen) == (place_of(b"ann")[1], False, 1)


def test_the_estimate_is_kept_until_a_register_rises() -> None:
    show = Showing("PFADD k a b c", "PFCOUNT k")
    view = view_of(show)
    assert view.estimate == 3
    assert view.touch.estimated is not None and not view.touch.estimated.kept
    show("PFCOUNT k")
    again = view_of(show).touch.estimated
    assert again is not None and again.kept
    show("PFADD k d")
    assert view_of(show).estimate is None


def test_a_dense_one_shows_registers_round_the_one_that_was_hit() -> None:
    show = Showing("CONFIG SET hll-sparse-max-bytes 30", "PFADD k a b c d e f g", "PFADD k ann")
    view = view_of(show)
    index, ending = place_of(b"ann")
    assert not view.sparse and view.size == 12304
    assert view.first <= index < view.first + len(view.registers)
    assert view.registers[index - view.first] == ending
    assert sum(view.histogram) == 16384


def test_the_promotion_is_told_with_its_reason() -> None:
    show = Showing("CONFIG SET hll-sparse-max-bytes 30", "PFADD k a b c d e f g")
    promoted = view_of(show).touch.promoted
    assert promoted is not None and promoted.why == "more than 30 bytes"


def test_a_broken_one_shows_what_runs_it_has() -> None:
    show = Showing()
    show(b"SET", b"k", b"HYLL\x01" + bytes(11) + b"\x84\x7f")
    view = view_of(show)
    assert view.histogram == ()
    assert [run.value for run, _ in view.runs] == [2]


def test_the_window_moves_by_runs() -> None:
    show = Showing("PFADD k " + " ".join(f"u{n}" for n in range(60)), "PFCOUNT k")
    view, moved = view_of(show), view_of(show, Window(78, 11, 0, 5))
    assert (view.first, moved.first) == (0, 5)
    assert view_of(show, Window(78, 11, 0, 9999)).first == view.run_count - 7
