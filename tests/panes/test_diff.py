"""The diff line: signs first, in as many lines as are needed."""

from __future__ import annotations

from redlearn.panes import diff
from redlearn.views.diff import Change, DiffView
from tests.views.showing import assert_fits


def test_changes_stand_side_by_side_with_their_signs() -> None:
    view = DiffView((Change("+", "node eve height 1"), Change("~", "key board")))
    assert assert_fits(diff.render(view, 78, 1), 78, 1) == "+ node eve height 1   ~ key board"


def test_what_does_not_fit_goes_into_the_next_line() -> None:
    view = DiffView(tuple(Change("+", f"key k{n} string") for n in range(6)), more=3)
    text = assert_fits(diff.render(view, 40, 9), 40, 9)
    assert len(text.splitlines()) == 4
    assert text.endswith("and 3 more")


def test_nothing_is_a_sentence_too() -> None:
    assert diff.render(DiffView(), 78, 1)[0][0].text == "= nothing changed"


def test_changes_that_have_no_room_are_counted() -> None:
    registers = tuple(Change("~", f"register {n} 0 -> 2") for n in range(5))
    text = assert_fits(diff.render(DiffView(registers, more=2), 60, 1), 60, 1)
    assert text == "~ register 0 0 -> 2   ~ register 1 0 -> 2   and 5 more"
    assert assert_fits(diff.render(DiffView(registers), 24, 1), 24, 1) == "~ register 0 0 -> 2"
