"""The listpack drawn: every byte of every entry, its parts told apart by brackets."""

from __future__ import annotations

import pytest

from redlearn.engine.structures.listpack import EntryVisited
from redlearn.panes import structure
from redlearn.views.window import Window
from tests.views.showing import Showing, assert_fits


def drawn(show: Showing, key: bytes = b"h", width: int = 78, height: int = 11) -> str:
    view = show.gallery.structure(Window(width, height), key)
    return assert_fits(structure.render(view, width, height), width, height)


def test_entries_are_taken_apart() -> None:
    text = drawn(Showing("HSET h name ann age 36"))
    assert " listpack  h hash  2 fields" in text
    assert "22 00 00 00 = 34 bytes" in text or "bytes" in text
    assert "6  [84] 6e 61 6d 65 (05)" in text
    assert "6-bit text    field   name" in text
    assert "[24] (01)" in text
    assert "7-bit number  value   36" in text
    assert text.rstrip().endswith("the end")


def test_what_was_written_found_and_passed_have_signs() -> None:
    show = Showing("HSET h name ann age 36")
    show("HSET h age 37")
    signs = [line[:1] for line in drawn(show).splitlines()]
    assert signs == [" ", " ", "○", " ", "●", "▶", " "]


def test_eight_entries_and_the_end_fit_eleven_rows() -> None:
    text = drawn(Showing("HSET h a 1 b 2 c 3 d 4"))
    assert len(text.splitlines()) == 11
    assert "value   4" in text
    assert "the end" in text


def test_members_and_scores_of_a_small_sorted_set() -> None:
    text = drawn(Showing("ZADD z 20 bob 50 ann"), b"z")
    assert "member  bob" in text
    assert "score   20" in text


def test_long_values_are_cut_and_the_entry_written_last_is_in_sight() -> None:
    show = Showing("HSET h " + " ".join(f"field{n} {'v' * 40}{n}" for n in range(100)))
    show("HSET h field77 " + "w" * 60)
    text = drawn(show)
    assert "field77" in text
    assert "…" in text
    assert "wwww" in text


def test_any_bytes_are_harmless() -> None:
    show = Showing()
    show(b"HSET", b"h", b"\x1b[2J", b"[red]\n", "键".encode() * 9, b"\xff" * 20)
    text = drawn(show)
    assert "\\x1b[2J" in text
    assert "[red]\\n" in text


def test_triplets_say_how_long_each_field_has() -> None:
    show = Showing("HSET h name ann otp 4711 cart 3", "HEXPIRE h 100 FIELDS 1 cart")
    show("HPEXPIRE h 2500 FIELDS 1 otp")
    text = drawn(show, height=13)
    assert " listpackex  h hash  3 fields" in text
    rows = [line.split() for line in text.splitlines() if " ends " in line]
    assert [row[row.index("ends") + 1 :] for row in rows] == [
        ["in", "2.50", "s"], ["in", "100.0", "s"], ["never"]]  # fmt: skip
    show.session.clock.advance(2000)
    assert "in 0.50 s" in drawn(show)
    show.session.clock.advance(501)
    assert "ends    over" in drawn(show)


def test_the_search_for_the_place_of_a_moment_has_steps() -> None:
    show = Showing("HSET h a 1 b 2", "HEXPIRE h 10 FIELDS 1 a")
    show("HEXPIRE h 20 FIELDS 1 b")
    compared = [e for e in show.events() if isinstance(e, EntryVisited) and e.index % 3 == 2]
    assert [(e.index, e.matched) for e in compared] == [(2, False)]


@pytest.mark.parametrize("width", [20, 40, 64, 78, 120])
def test_triplets_fit_any_width(width: int) -> None:
    show = Showing("HSET h name ann otp 4711", "HEXPIRE h 100 FIELDS 1 otp")
    assert "otp" in drawn(show, width=width) or width < 40


def test_a_long_number_is_shown_with_its_size_rather_than_the_name_of_its_encoding() -> None:
    show = Showing("ZADD k 9007199254740993 big 5 report")
    for width in (78, 80):
        text = drawn(show, b"k", width)
        assert "[f4 00 00 00 00 00 00 20 00] (09)" in text
        assert "7-bit number" not in text
    assert "64-bit number" in drawn(show, b"k", 110)


def test_the_names_of_the_parts_are_shortened_rather_than_cut() -> None:
    show = Showing("HSET h name ann age 36")
    assert drawn(show, width=80).splitlines()[1].endswith("   [encoding] text (size)")
    many = Showing("RPUSH h " + " ".join(f"item-{n}" for n in range(200)))
    head = drawn(many, width=80).splitlines()[1]
    assert head.endswith("200 entries   [enc] text (size)")
