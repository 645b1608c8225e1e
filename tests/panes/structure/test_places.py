"""The picture of places: a map with its edges, cells, fates, and the bits of one score."""

from __future__ import annotations

from redlearn.panes import structure
from redlearn.views.window import Window
from tests.views.showing import Showing, assert_fits

SICILY = (
    "GEOADD k 13.361389 38.115556 Palermo 15.087269 37.502669 Catania",
    "GEOADD k 12.758489 38.788135 edge1 17.241510 38.788135 edge2",
)


def drawn(*lines: str, width: int = 78, height: int = 11) -> str:
    show = Showing(*lines)
    view = show.gallery.structure(Window(width, height), b"k", form="map")
    return assert_fits(structure.render(view, width, height), width, height)


def row_of(text: str, word: str) -> int:
    return next(at for at, row in enumerate(text.splitlines()) if f" {word}" in row[:42])


def test_north_is_up_and_west_is_left() -> None:
    text = drawn(*SICILY, "GEOPOS k Palermo")
    assert row_of(text, "edge1") < row_of(text, "Palermo") < row_of(text, "Catania")
    palermo, catania = (
        text.splitlines()[row_of(text, name)].index(name) for name in ("Palermo", "Catania")
    )
    assert palermo < catania


def test_the_edges_are_labelled_in_degrees() -> None:
    rows = drawn(*SICILY).splitlines()
    assert rows[1].startswith("┌ 38.94 N ")
    assert any(row.startswith("└ 12.22 E, 37.35 N ") and "17.78 E ┘" in row for row in rows)


def test_one_score_is_shown_in_bits_and_letters() -> None:
    text = drawn(*SICILY, "GEOPOS k Palermo")
    assert "score 3479099956230698" in text and "geohash sqc8b49rny0" in text
    woven = " ".join(f"{3479099956230698:052b}"[at : at + 4] for at in range(0, 52, 4))
    assert woven in text


def test_a_search_shows_cells_and_fates() -> None:
    text = drawn(*SICILY, "GEOSEARCH k FROMLONLAT 15 37 BYRADIUS 200 km", width=118, height=24)
    assert "cell scores from           seen kept" in text
    assert " 2  3478854790283264 +2^40    3    2" in text
    assert "● Catania       56,441  kept" in text
    assert "○ edge2     thrown away: too far" in text
    assert "+" in text  # the centre
    assert "5 of 9 boxes are out of reach" in text
    assert "4 looked at, 2 kept" in text


def test_a_low_pane_keeps_the_bits_until_there_is_a_search() -> None:
    assert "score 3479099956230698" in drawn(*SICILY, "GEOPOS k Palermo", height=7)
    searched = drawn(*SICILY, "GEOSEARCH k FROMLONLAT 15 37 BYRADIUS 200 km", height=7)
    assert "score 3479" not in searched and "cell scores from" in searched


def test_a_distance_is_said() -> None:
    assert "166,274 m apart" in drawn(*SICILY, "GEODIST k Palermo Catania", width=118)


def test_a_narrow_pane_is_map_alone() -> None:
    text = drawn(*SICILY, width=50)
    assert "longitude" not in text and "┌" in text


def test_hostile_members_are_escaped() -> None:
    show = Showing(*SICILY)
    show(b"GEOADD", b"k", b"14", b"38", b"\x1b[2J", b"14.5", b"38", "键".encode())
    for width, height in ((78, 11), (30, 8), (8, 3), (1, 1), (130, 30)):
        view = show.gallery.structure(Window(width, height), b"k")
        assert_fits(structure.render(view, width, height), width, height)
