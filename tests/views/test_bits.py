"""Views of bits: which were read, written, counted, found, and what a number among them is."""

from __future__ import annotations

import pytest

from redlearn.views.bits import BitsView
from redlearn.views.window import Window
from tests.views.showing import Showing


def view_of(*lines: str, window: Window | None = None) -> BitsView:
    body = Showing(*lines).gallery.structure(window or Window(78, 11), b"k", form="bits").body
    assert isinstance(body, BitsView)
    return body


def test_a_bit_that_was_written_is_known_with_what_it_was() -> None:
    touch = view_of("SETBIT k 9 1", "SETBIT k 9 0").touch
    assert (touch.bit, touch.old, touch.new, touch.wrote) == (9, 1, 0, True)
    assert touch.grown is None


def test_a_string_that_grew_says_from_where() -> None:
    assert view_of("SETBIT k 100 1").touch.grown == (0, 13)
    assert view_of("SETBIT k 1 1", "SETBIT k 100 1").touch.grown == (1, 13)


def test_a_bit_that_was_read_is_no_write() -> None:
    touch = view_of("SETBIT k 9 1", "GETBIT k 9").touch
    assert (touch.bit, touch.new, touch.wrote) == (9, 1, False)


def test_a_count_and_a_search_have_a_range() -> None:
    touch = view_of("SETBIT k 9 1", "SETBIT k 30 1", "BITCOUNT k 1 2").touch
    assert (touch.span, touch.counted) == ((8, 23), 1)
    touch = view_of("SETBIT k 9 1", "BITPOS k 1").touch
    assert (touch.span, touch.bit) == ((0, 15), 9)
    touch = view_of("SETBIT k 9 0", "BITPOS k 1").touch
    assert (touch.bit, touch.sought is not None) == (None, True)


@pytest.mark.parametrize(
    ("steps", "fields"),
    [
        ("GET u4 0", [("u4", 0, 0, None, "")]),
        ("SET u8 8 200", [("u8", 8, 200, 200, "")]),
        ("SET i8 8 -3", [("i8", 8, -3, -3, "")]),
        ("INCRBY u8 0 300", [("u8", 0, 44, 300, "WRAP")]),
        ("OVERFLOW SAT INCRBY i5 3 99", [("i5", 3, 15, 99, "SAT")]),
        ("OVERFLOW FAIL INCRBY u2 0 9", [("u2", 0, None, 9, "FAIL")]),
        ("SET u4 0 5 GET u4 0", [("u4", 0, 5, 5, ""), ("u4", 0, 5, None, "")]),
    ],
)
def test_numbers_among_bits_are_known_with_what_was_wanted(
    steps: str, fields: list[tuple[str, int, int | None, int | None, str]]
) -> None:
    touch = view_of("SETBIT k 0 0", f"BITFIELD k {steps}").touch
    found = [(each.type, each.offset, each.number, each.wanted, each.overflow)
             for each in touch.fields]  # fmt: skip
    assert found == fields


def test_strings_that_were_combined_are_kept_as_they_were_even_if_one_was_the_target() -> None:
    view = view_of("SET k abc", "SET b xy", "BITOP OR k k b")
    assert view.touch.combined is not None
    assert view.touch.combined.operands == ((b"k", 3, b"abc"), (b"b", 2, b"xy"))
    assert view.data == bytes([ord("a") | ord("x"), ord("b") | ord("y"), ord("c")])


def test_rows_are_as_wide_as_the_pane_and_follow_the_bit() -> None:
    lines = ("SETBIT k 80000 1", "SETBIT k 40000 1")
    view = view_of(*lines)
    assert (view.a_row, view.first % view.a_row, view.length) == (4, 0, 10001)
    assert view.first <= 5000 < view.first + len(view.data)
    assert view_of(*lines, window=Window(118, 11)).a_row == 8
    moved = view_of(*lines, window=Window(78, 11, 0, 3))
    assert moved.first == view.first + 3 * view.a_row
    assert len(view.data) <= 11 * 4
