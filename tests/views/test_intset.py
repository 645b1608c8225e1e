"""What is seen of an intset: its bytes, and how a number was searched for."""

from __future__ import annotations

from redlearn.views.intset import IntsetView, numbers_in
from redlearn.views.window import Window
from tests.views.showing import Showing

WINDOW = Window(78, 11)


def seen(show: Showing, window: Window = WINDOW) -> IntsetView:
    body = show.gallery.structure(window, b"s").body
    assert isinstance(body, IntsetView)
    return body


def test_numbers_are_in_order_with_their_bytes() -> None:
    view = seen(Showing("SADD s 300 -5 7"))
    assert [(each.value, each.data.hex()) for each in view.numbers] == [
        (-5, "fbff"), (7, "0700"), (300, "2c01"),
    ]  # fmt: skip
    assert view.header.hex() == "0200000003000000"
    assert view.size == 14


def test_a_search_is_remembered_half_by_half() -> None:
    show = Showing("SADD s 1 2 3 4 5 6 7", "SISMEMBER s 6")
    search = seen(show).search
    assert [(step.low, step.high, step.middle) for step in search.halvings] == [
        (0, 6, 3), (4, 6, 5),
    ]  # fmt: skip
    assert search.found == 5


def test_a_number_beyond_the_ends_needs_no_search() -> None:
    show = Showing("SADD s 1 2 3", "SISMEMBER s 99")
    search = seen(show).search
    assert search.halvings == () and search.end is not None and search.end.there == 3


def test_widening_is_told_with_the_number_that_caused_it() -> None:
    show = Showing("SADD s 1 2 3", "SADD s 70000")
    view = seen(show)
    assert view.width == 4
    assert view.search.widened is not None and view.search.widened.count == 3
    assert view.search.inserted is not None and view.search.inserted.index == 3


def test_taking_the_wide_number_out_leaves_the_width() -> None:
    show = Showing("SADD s 1 2 70000", "SREM s 70000")
    view = seen(show)
    assert view.width == 4
    assert view.search.removed is not None and view.search.removed.number == 70000


def test_a_window_follows_the_search_and_can_be_moved() -> None:
    show = Showing("SADD s " + " ".join(map(str, range(500))), "SISMEMBER s 400")
    shown = [each.index for each in seen(show).numbers]
    assert 400 in shown and len(shown) == numbers_in(78, 2)
    moved = seen(show, Window(78, 11, -100)).numbers
    assert moved[0].index == shown[0] - 100
