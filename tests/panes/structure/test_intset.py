"""The intset drawn: numbers over their bytes, a search as halves, a widening."""

from __future__ import annotations

import pytest

from redlearn.lines import Lines
from redlearn.panes import structure
from redlearn.views.window import Window
from tests.views.showing import Showing, assert_fits


def lines(show: Showing, width: int = 78, height: int = 11) -> Lines:
    view = show.gallery.structure(Window(width, height), b"s")
    return structure.render(view, width, height)


def drawn(show: Showing, width: int = 78, height: int = 11) -> str:
    return assert_fits(lines(show, width, height), width, height)


def test_numbers_stand_over_their_bytes() -> None:
    rows = drawn(Showing("SADD s 300 -5 7")).splitlines()
    assert " intset  s set  3 numbers · 2 bytes each · 14 bytes in one block" in rows[0]
    assert "02 00 00 00 = 2 bytes a number" in rows[1]
    bytes_row = next(row for row in rows if "fb ff" in row)
    values_row = next(row for row in rows if " -5 " in row)
    assert bytes_row.index("fb ff") + len("fb ff") == values_row.index("-5") + len("-5")


def test_a_search_is_drawn_under_the_numbers() -> None:
    show = Showing("SADD s 1 2 3 4 5", "SISMEMBER s 4")
    rows = drawn(show).splitlines()
    first = next(row for row in rows if "right half" in row)
    found = next(row for row in rows if row.endswith("found"))
    assert "├" in first and "○" in first and "┤" in first
    at = found.index("●")
    assert next(row for row in rows if "04 00" in row)[at - 4 : at + 1] == "04 00"


def test_a_number_beyond_the_end_is_compared_once() -> None:
    show = Showing("SADD s 1 2 3", "SADD s 9")
    assert "9 > 3, the last number: no search is needed" in drawn(show)
    assert "+9 at no. 3, at the end" in drawn(show)


def test_the_bytes_that_a_widening_added_look_new() -> None:
    show = Showing("SADD s 1 2", "SADD s 70000")
    assert "all 2 numbers were widened from 2 to 4 bytes: 4 -> 8 bytes" in drawn(show)
    added = [run.text for row in lines(show) for run in row if run.style == "new"]
    assert added.count(" 00 00") == 2


def test_a_removal_says_that_the_width_stays() -> None:
    assert "the width stays" in drawn(Showing("SADD s 1 70000 80000", "SREM s 70000"))


def test_where_not_all_is_in_sight_the_search_has_a_scale() -> None:
    show = Showing("SADD s " + " ".join(map(str, range(500))), "SISMEMBER s 77")
    text = drawn(show, 78, 20)
    assert "no. 249: 77 < 249, left half" in text
    assert text.splitlines()[-1].rstrip().endswith("found")


@pytest.mark.parametrize("width", [1, 9, 30, 78, 200])
@pytest.mark.parametrize("height", [1, 3, 6, 11, 30])
def test_it_fits_any_room(width: int, height: int) -> None:
    show = Showing("SADD s 1 -9223372036854775808 9223372036854775807", "SADD s 5 6 7")
    drawn(show, width, height)
