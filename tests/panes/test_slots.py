"""The slots pane: a map of all slots, and the way from a key to its slot."""

from __future__ import annotations

from dataclasses import replace

import pytest

from redlearn.lines import plain
from redlearn.panes import slots
from redlearn.slots import SLOTS
from redlearn.theme import THEMES
from redlearn.views.slots import Moving, Owner, Slot, SlotsView, look_at_cluster, owner
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
        letter = owner(slot).lower()
        assert slots._styles(SlotsView(), 1)[slot] == f"slot.{letter}:{letter}0"


def test_where_every_slot_is_full_the_shades_still_differ() -> None:
    blocks = tuple(
        tuple(50 + (slot * 7 + block) % 9 for slot in range(128)) for block in range(128)
    )
    view = SlotsView(blocks=blocks, total=sum(map(sum, blocks)))
    shades = {style[-1] for style in slots._styles(view, 1)}
    assert shades == {"1", "2", "3"}


# --- a cluster ----------------------------------------------------------------------------


def cluster(letters: str = "ABC", key: bytes = b"", failing: str = "") -> SlotsView:
    """A cluster whose slots are shared out in as many parts as there are letters."""
    size = -(-SLOTS // len(letters))
    belief = [letters[slot // size] for slot in range(SLOTS)]
    owners = [Owner(letter, f"70{at:02}", letter in failing) for at, letter in enumerate(letters)]
    return look_at_cluster("B", belief, owners, {12182: 2, 5061: 1}, key)


def on_paper(view: SlotsView, width: int = 78, height: int = 14) -> str:
    return assert_fits(slots.render(view, width, height), width, height)


def test_of_a_cluster_it_says_whose_map_it_is_and_who_really_owns_the_key() -> None:
    text = on_paper(cluster(key=b"foo"))
    assert "as B sees it" in text
    assert "the owner is node C" in text
    assert "3 keys" in text
    assert "would" not in text


def test_a_dead_owner_is_called_dead() -> None:
    text = on_paper(cluster(key=b"foo", failing="C"))
    assert "C dead 7002" in text
    assert "the owner is node C, believed dead" in text


@pytest.mark.parametrize("width", [120, 78, 54, 40])
def test_the_legend_names_every_owner_in_fewer_words_where_it_is_narrow(width: int) -> None:
    owners = tuple(Owner(letter, f"700{at}: 5461") for at, letter in enumerate("ABC", 1))
    legend = on_paper(replace(cluster(), owners=owners), width).splitlines()[-1]
    said = "   a A" if width == 40 else "   a A 7001" if width == 54 else "   a A 7001: 5461"
    assert legend.startswith(f"3 keys   as B sees it{said}   b B")
    assert "…" not in legend and "c C" in legend


def test_slots_that_nobody_owns_are_dots() -> None:
    belief = ["A"] * 8192 + [None] * 8192
    text = on_paper(look_at_cluster("A", belief, [Owner("A", "7001")], {}, b"foo"))
    assert "·" * 60 in text
    assert "a" * 60 in text
    assert "nobody owns it" in text


def test_more_owners_than_hues_are_told_apart_by_letters_that_are_seen() -> None:
    rows = slots.render(cluster("ABCDEFGH"), 78, 14)
    seen = {run.style for row in rows for run in row if run.text and set(run.text) == {"e"}}
    hidden = {run.style for row in rows for run in row if run.text and set(run.text) == {"a"}}
    assert "slot.a.1|slot.a.0" in seen
    assert "slot.a.0|slot.a.0" in hidden
    text = plain(rows)
    assert all(letter * 20 in text for letter in "abcdefgh")


def test_owners_beyond_the_last_letter_keep_the_map_straight_and_differ_from_neighbours() -> None:
    names = [chr(65 + at % 26) + "2" * (at >= 26) for at in range(30)]
    belief = [names[slot * 30 // SLOTS] for slot in range(SLOTS)]
    view = look_at_cluster("A", belief, [Owner(name, "") for name in names], {})
    rows = [row for row in slots.render(view, 60, 34) if row and row[0].style == "dim"]
    assert any(row[1].text == "B2" for row in rows)
    assert {len(row[0].text + row[1].text) for row in rows} == {slots.MARGIN}
    text = plain(rows)
    assert "b" * 9 in text and "c" * 9 in text and "2" * 9 not in text


def test_slots_on_the_move_are_marked_and_named() -> None:
    moves = tuple(Moving(slot, "C", "A") for slot in (12182, 12183, 15000, 15001, 15002))
    text = on_paper(replace(cluster(), moving=moves))
    assert text.count("◇") >= 3
    assert "moving  12182 C→A 12183 C→A 15000 C→A and 2 more" in text


def test_a_slot_looked_into_says_who_holds_which_keys() -> None:
    inside = Slot(12182, "C", (("C", 2, (b"foo",)), ("A", 1, (b"{foo}\x1b",))))
    text = on_paper(replace(cluster(), inside=inside))
    assert "slot 12182 owned by C" in text
    assert "C holds 2 keys: foo and 1 more" in text
    assert "A holds 1 key: {foo}\\x1b" in text
    empty = on_paper(replace(cluster(), inside=Slot(7, "", ())))
    assert "slot 7 owned by nobody, no key in it" in empty


@pytest.mark.parametrize(("width", "height"), [(78, 11), (40, 8), (20, 5), (8, 3), (198, 40)])
def test_any_cluster_stays_within_its_cells(width: int, height: int) -> None:
    for letters in ("A", "ABC", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"):
        moves = tuple(Moving(slot, "A", "B") for slot in range(0, SLOTS, 100))
        on_paper(replace(cluster(letters, b"foo"), moving=moves), width, height)
