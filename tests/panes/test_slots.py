"""The slots pane: a map of all slots, and the way from a key to its slot."""

from __future__ import annotations

import pytest

from redlearn.lines import plain
from redlearn.panes import slots
from redlearn.slots import SLOTS
from redlearn.theme import THEMES
from redlearn.views.slots import SlotsView, owner
from tests.views.showing import Showing, assert_fits


def drawn(show: Showing, key: bytes, width: int = 78, height: int = 11) -> str:
    return assert_fits(slots.render(show.gallery.slots(key), width, height), width, height)


def test_the_arithmetic_is_written_out() -> None:
    text = drawn(Showing("SET {user:1}:cart x"), b"{user:1}:cart")
    assert "key    {user:1}:cart" in text
    assert "only the tag between { and } counts" in text
    assert "0000 u▶2e32 s▶b958 e▶52f1 r▶d562 :▶6ec1 1▶6a1a = 27162" in text
    assert "27162 mod 16384 =  10778" in text
    assert "a three-node cluster would give it to node B" in text


def test_a_key_without_a_tag_counts_whole() -> None:
    text = drawn(Showing("SET foo x"), b"foo")
    assert "all of it counts" in text
    assert "would give it to node C" in text


def test_a_long_key_shows_as_many_bytes_as_fit_and_counts_the_rest() -> None:
    text = drawn(Showing("SET k x"), b"a-rather-long-key-of-many-bytes")
    assert "bytes …" in text
    assert "= 10994" in text or "=" in text


def test_four_rows_are_enough_for_the_arithmetic() -> None:
    text = drawn(Showing("SET foo x"), b"foo", height=4)
    assert "12182" in text
    assert "node C" in text


@pytest.mark.parametrize(("width", "height"), [(78, 11), (66, 19), (140, 42), (40, 30)])
def test_the_map_has_a_cell_for_every_slot(width: int, height: int) -> None:
    rows = [
        line for line in slots.render(SlotsView(), width, height) if line and line[0].style == "dim"
    ]
    cells = sum((2 if "|" in run.style else 1) * len(run.text) for line in rows for run in line[2:])
    a_cell = int(plain([rows[1]]).split()[0]) // (2 * (width - slots.MARGIN))
    assert (cells - 1) * a_cell < SLOTS <= cells * a_cell


def test_the_cell_of_the_key_touched_last_is_marked_once() -> None:
    text = drawn(Showing("SET foo x"), b"foo")
    assert text.count("◆") == 2  # on the map, and in the legend


def test_a_key_lights_one_half_of_one_cell() -> None:
    show = Showing("SET foo x")
    view = show.gallery.slots(b"")
    shades = [
        half
        for line in slots.render(view, 78, 11)
        for run in line
        if "|" in run.style and not run.text.strip("▀")
        for half in run.style.split("|")
        if half.endswith((".1", ".2", ".3"))
    ]
    assert shades == ["slot.c.3"]


def test_owners_differ_by_letter_and_not_by_colour_alone() -> None:
    text = plain(slots.render(SlotsView(), 78, 11))
    for letter in "abc":
        assert letter * 20 in text
    assert {line.split()[1] for line in text.splitlines()[:7]} == {"A", "B", "C"}


def test_the_letters_of_empty_cells_are_not_seen_where_there_are_colours() -> None:
    theme = THEMES["dark"]
    for line in slots.render(SlotsView(), 78, 11):
        for run in line:
            if run.text and not run.text.strip("abc") and len(run.text) > 1:
                look = theme.look(run.style)
                assert look.fg == look.bg


def test_the_edges_of_the_map_are_the_edges_of_the_nodes() -> None:
    for slot in (0, 5460, 5461, 10922, 10923, SLOTS - 1):
        assert f"slot.{owner(slot).lower()}.0" in slots._styles(SlotsView(), 1)[slot]


def test_where_every_slot_is_full_the_shades_still_differ() -> None:
    blocks = tuple(
        tuple(50 + (slot * 7 + block) % 9 for slot in range(128)) for block in range(128)
    )
    view = SlotsView(blocks=blocks, total=sum(map(sum, blocks)))
    shades = {style[-1] for style in slots._styles(view, 1)}
    assert shades == {"1", "2", "3"}
