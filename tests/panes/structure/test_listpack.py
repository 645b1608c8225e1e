"""The listpack drawn: every byte of every entry, its parts told apart by brackets."""

from __future__ import annotations

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
