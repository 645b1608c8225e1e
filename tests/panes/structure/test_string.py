"""Strings drawn: what lies side by side in memory, and the bytes."""

from __future__ import annotations

import pytest

from redlearn.panes import structure
from redlearn.views.window import Window
from tests.views.showing import Showing, assert_fits


def drawn(show: Showing, width: int = 78, height: int = 11, y: int = 0) -> str:
    view = show.gallery.structure(Window(width, height, 0, y), b"k")
    return assert_fits(structure.render(view, width, height), width, height)


@pytest.mark.parametrize(
    ("lines", "texts"),
    [
        (["SET k 12345"], [" int  k string", "no text anywhere"]),
        (["SET k 7"], ["0 to 9999 are shared"]),
        (["SET k hello"], [" embstr  k string", "text 5", "unused 7", "one allocation"]),
        (["SET k " + "x" * 45], [" raw  k string", "text 45", "two allocations"]),
        (["SET k hi", "APPEND k !"], ["changed in place", "text 3"]),
        (["SET k ''"], ["the empty string", "text 0"]),
    ],
)
def test_each_encoding_says_what_it_is(lines: list[str], texts: list[str]) -> None:
    text = drawn(Showing(*lines))
    for each in texts:
        assert each in text


def test_a_number_is_drawn_as_the_eight_bytes_that_it_is() -> None:
    text = drawn(Showing("SET k 1001"))
    assert "e9 03 00 00 00 00 00 00" in text
    assert "31 30 30 31" not in text
    assert "a minus and 2 digits" in drawn(Showing("SET k -17"))


def test_bytes_stand_in_hex_and_as_text() -> None:
    show = Showing()
    show(b"SET", b"k", b"a\x1b[31m\xff")
    text = drawn(show)
    assert "61 1b 5b 33 31 6d ff" in text
    assert "│a·[31m·│" in text


def test_ten_megabytes_are_a_window() -> None:
    show = Showing()
    show(b"SET", b"k", b"0123456789abcdef" * 655_360)
    text = drawn(show, y=1000)
    assert "10,485,760 bytes" in text
    assert "from byte 16,000" in text
    assert "│0123456789abcdef│" in text


def test_a_narrow_pane_shows_fewer_bytes_a_row() -> None:
    show = Showing("SET k 0123456789abcdef-xyz")
    assert "│01234567│" in drawn(show, 50)
    assert "│0123│" in drawn(show, 34)


def test_small_numbers_are_not_called_shared_where_each_needs_a_clock_of_its_own() -> None:
    show = Showing("SET k 7", "CONFIG SET maxmemory 1mb maxmemory-policy allkeys-lru", "GET k")
    assert "a 64-bit whole number" in drawn(show)
    assert "shared" not in drawn(show)
    show("CONFIG SET maxmemory-policy noeviction")
    show("GET k")
    assert "0 to 9999 are shared" in drawn(show)
