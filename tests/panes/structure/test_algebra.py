"""Set algebra drawn: the sets, the cost, and the way of each member."""

from __future__ import annotations

import pytest

from redlearn.panes import structure
from redlearn.views.window import Window
from tests.views.showing import Showing, assert_fits

SETS = ("SADD a 1 7 9", "SADD b 1 2 7 8 300", "SADD c x 1 y")


def drawn(*lines: str, key: bytes = b"a", width: int = 78, height: int = 11) -> str:
    view = Showing(*SETS, *lines).gallery.structure(Window(width, height), key)
    return assert_fits(structure.render(view, width, height), width, height)


def test_who_was_walked_and_who_was_asked() -> None:
    text = drawn("SINTER b a c")
    assert "intersection of 3 sets  3 members walked, 4 asked, 1 in the result" in text
    assert "walked: the smallest" in text
    assert "asked 3 times, 1 there" in text
    assert "1       ● c  ● b  in" in text
    assert "7       ○ c  out" in text


def test_both_ways_to_a_difference_have_a_price() -> None:
    assert "asking costs 4 <= copying and taking out 11: way 1 is taken" in drawn("SDIFF a b c")


def test_nothing_is_common_with_what_is_not_there() -> None:
    text = drawn("SINTER a none", key=b"none")
    assert "there is no such key" in text
    assert "one is not there: nothing is common to all" in text


def test_where_there_is_room_the_set_itself_stands_below() -> None:
    text = drawn("SINTER a b", height=24)
    assert "2 bytes a number" in text


@pytest.mark.parametrize("width", [1, 20, 60, 160])
@pytest.mark.parametrize("height", [1, 3, 5, 9, 30])
@pytest.mark.parametrize("line", ["SINTER a b c", "SDIFF b a c c c c c c", "SUNION a b c none"])
def test_it_fits_any_room(line: str, width: int, height: int) -> None:
    drawn(line, width=width, height=height)
