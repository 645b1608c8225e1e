"""Views of places: points, the cells of a search, who was kept, and the bits of one member."""

from __future__ import annotations

from redlearn.engine.structures.geohash import CellSearched, cell_of, place_of
from redlearn.views.places import MOST_POINTS, MapView, interleaved
from redlearn.views.window import Window
from tests.views.showing import SMALL_ZSETS, Showing

SICILY = "GEOADD k 13.361389 38.115556 Palermo 15.087269 37.502669 Catania 14.27 37.49 Enna"


def view_of(*lines: str) -> MapView:
    show = Showing(*lines, config=SMALL_ZSETS)
    body = show.gallery.structure(Window(78, 11), b"k", form="map").body
    assert isinstance(body, MapView)
    return body


def test_every_member_is_a_point_inside_the_map() -> None:
    view = view_of(SICILY)
    assert {point.member for point in view.points} == {b"Palermo", b"Catania", b"Enna"}
    for point in view.points:
        assert view.area.west < point.longitude < view.area.east
        assert view.area.south < point.latitude < view.area.north
    assert view.cells == ()


def test_the_member_written_last_is_in_focus_with_its_bits() -> None:
    view = view_of(SICILY, "GEOADD k 13.361389 38.115556 Palermo2")
    assert view.focus is not None
    assert (view.focus.member, view.focus.bits) == (b"Palermo2", 3479099956230698)
    assert view.focus.text == b"sqc8b49rny0"


def test_the_two_halves_of_a_score_are_those_it_was_made_of() -> None:
    bits = cell_of(place_of(3479099956230698.0)).bits
    along, across = interleaved(bits)
    woven = "".join(east + north for east, north in zip(along, across, strict=True))
    assert int(woven, 2) == bits
    assert (len(along), len(across)) == (26, 26)


def test_a_search_shows_its_cells_and_what_it_made_of_each_member() -> None:
    show = Showing(SICILY, config=SMALL_ZSETS)
    show("GEOSEARCH k FROMLONLAT 15 37 BYRADIUS 120 km")
    view = show.gallery.structure(Window(78, 11), b"k").body
    assert isinstance(view, MapView)
    fates = {point.member: point.fate for point in view.points}
    assert (fates[b"Catania"], fates[b"Enna"]) == ("kept", "kept")
    assert fates[b"Palermo"] != "kept"
    searched = [event for event in show.events() if isinstance(event, CellSearched)]
    assert [(cell.seen, cell.kept) for cell in view.cells] == [
        (each.seen, each.kept) for each in searched
    ]
    assert 1 <= len(view.cells) <= 9
    assert view.points[0].member == b"Catania"  # the nearest one first
    assert view.centre == (15.0, 37.0)


def test_each_cell_is_the_range_of_scores_that_its_members_have() -> None:
    view = view_of(SICILY, "GEOSEARCH k FROMMEMBER Enna BYRADIUS 300 km")
    for point in view.points:
        inside = [cell for cell in view.cells if cell.low <= point.score < cell.high]
        assert len(inside) == 1
        area = inside[0].area
        assert area.west <= point.longitude <= area.east
        assert area.south <= point.latitude <= area.north


def test_a_distance_that_was_asked_for_is_known() -> None:
    measured = view_of(SICILY, "GEODIST k Palermo Catania").touch.measured
    assert measured is not None and round(measured.away_m) == 166274


def test_a_large_map_draws_some_hundred_points() -> None:
    places = " ".join(f"{n % 170} {n % 80} m{n}" for n in range(1, 900))
    view = view_of(f"GEOADD k {places}")
    assert view.length == 899
    assert len(view.points) == MOST_POINTS


def test_a_large_search_counts_all_that_it_looked_at_and_draws_what_it_kept_first() -> None:
    places = " ".join(f"{n / 100} {n / 100} m{n}" for n in range(1, 900))
    view = view_of(f"GEOADD k {places}", "GEOSEARCH k FROMLONLAT 8 8 BYRADIUS 20 km")
    kept = sum(cell.kept for cell in view.cells)
    assert view.touch.looked == sum(cell.seen or 0 for cell in view.cells) > kept > 10
    assert [point.fate for point in view.points[:kept]] == ["kept"] * kept


def test_of_two_searches_in_a_transaction_the_last_is_drawn() -> None:
    search = "GEOSEARCH k FROMMEMBER {} BYRADIUS 1 km"
    view = view_of(SICILY, "MULTI", search.format("Enna"), search.format("Catania"), "EXEC")
    assert view.touch.looked == sum(cell.seen or 0 for cell in view.cells)
    assert [point.member for point in view.points if point.fate == "kept"] == [b"Catania"]


def test_scores_that_are_no_places_are_drawn_as_redis_reads_them() -> None:
    view = view_of("ZADD k -1 a 1e300 b inf c 0.5 d")
    assert len(view.points) == 4
    assert all(-180 <= point.longitude <= 180 for point in view.points)


def test_an_empty_search_is_still_one() -> None:
    view = view_of(SICILY, "GEOSEARCH k FROMLONLAT -170 -80 BYRADIUS 1 m")
    assert view.cells and all(cell.seen == 0 for cell in view.cells)
    assert all(point.fate == "" for point in view.points)
