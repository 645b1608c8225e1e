"""Geohash: places as numbers and back, distances, and the cells that cover a shape."""

from __future__ import annotations

from math import inf
from random import Random

import pytest

from redlearn.engine.structures.geohash import (
    AROUND,
    LATITUDE_MAX,
    STEPS,
    Cell,
    Place,
    Shape,
    cell_of,
    distance_m,
    place_of,
    steps_for,
    text_of,
)

PALERMO = Place(13.361389, 38.115556)
CATANIA = Place(15.087269, 37.502669)


def some_place(rng: Random) -> Place:
    return Place(rng.uniform(-180, 180), rng.uniform(-LATITUDE_MAX, LATITUDE_MAX))


def circle(centre: Place, radius_m: float) -> Shape:
    return Shape(centre, radius_m, radius_m, 1.0, is_box=False)


def test_halves_are_chosen_in_turn_longitude_first() -> None:
    east_south, west_north = Place(90, -40), Place(-90, 40)
    assert (cell_of(east_south, 1).bits, cell_of(west_north, 1).bits) == (0b10, 0b01)
    assert cell_of(Place(-91, 43), 2).bits == 0b0101
    assert cell_of(Place(-89, 43), 2).bits == 0b0111


def test_known_places_have_the_scores_a_server_gives_them() -> None:
    assert cell_of(PALERMO).bits == 3479099956230698
    assert cell_of(CATANIA).bits == 3479447370796909
    assert place_of(3479099956230698.0) == (13.36138933897018433, 38.11555639549629859)
    assert text_of(place_of(3479447370796909.0)) == b"sqdtr74hyu0"


@pytest.mark.parametrize("seed", range(30))
def test_a_place_comes_back_within_the_cell_of_its_score(seed: int) -> None:
    place = some_place(Random(seed))
    back = place_of(float(cell_of(place).bits))
    assert abs(back.longitude - place.longitude) <= 360 / 2**STEPS
    assert abs(back.latitude - place.latitude) <= 2 * LATITUDE_MAX / 2**STEPS
    assert cell_of(back) == cell_of(place)


@pytest.mark.parametrize(
    ("score", "place"),
    [
        (0.0, (-179.99999731779098, -85.05112751263943)),
        (inf, (-179.99999731779098, -85.05112751263943)),
        (-inf, (180.0, -85.05112751263943)),
        (-1.0, (180.0, LATITUDE_MAX)),
        (2.0**54 - 2, (180.0, LATITUDE_MAX)),
    ],
)
def test_any_score_is_read_as_some_place_on_the_map(
    score: float, place: tuple[float, float]
) -> None:
    """ZADD writes any score; the places are those a server's GEOPOS tells."""
    assert place_of(score) == pytest.approx(place, abs=1e-12)


def test_the_edges_of_the_map_have_scores_of_their_own() -> None:
    assert cell_of(Place(180, LATITUDE_MAX)).bits >> 52 == 3
    assert place_of(float(cell_of(Place(180, LATITUDE_MAX)).bits)).longitude > -180


def test_distances_are_those_of_a_sphere() -> None:
    assert distance_m(PALERMO, PALERMO) == 0
    assert distance_m(PALERMO, CATANIA) == distance_m(CATANIA, PALERMO)
    assert distance_m(Place(0, 0), Place(0, 1)) == pytest.approx(111226.3, abs=0.1)
    assert distance_m(Place(179.9, 0), Place(-179.9, 0)) == pytest.approx(22245.3, abs=0.1)
    assert distance_m(Place(0, 0), Place(180, 0)) == pytest.approx(3.14159265 * 6372797.56, abs=1)


@pytest.mark.parametrize("seed", range(20))
def test_neighbours_touch_and_lead_back(seed: int) -> None:
    rng = Random(seed)
    cell = cell_of(some_place(rng), rng.randrange(2, STEPS + 1))
    for east, north in AROUND:
        beside = cell.neighbour(east, north)
        assert beside != cell
        assert beside.neighbour(-east, -north) == cell
    area, right = cell.area(), cell.neighbour(1, 0).area()
    assert right.west in (area.east, -180.0)


def test_a_cell_is_one_range_of_scores() -> None:
    assert Cell(0b10, 1).scores() == (2.0**51, 2.0**51 + 2.0**50)
    low, high = cell_of(PALERMO, 10).scores()
    assert low <= cell_of(PALERMO).bits < high


@pytest.mark.parametrize(
    ("reach_m", "latitude", "step"),
    [
        (0, 0, 26), (0, 85, 26), (0.0001, 0, 26), (1, 0, 24), (1, 66.1, 23), (1, -80.1, 22),
        (200_000, 38, 6), (20_037_727, 0, 1), (inf, 0, 1),
    ],
)  # fmt: skip
def test_the_larger_the_reach_the_larger_the_cells(
    reach_m: float, latitude: float, step: int
) -> None:
    assert steps_for(reach_m, latitude) == step


@pytest.mark.parametrize("seed", range(60))
def test_what_is_within_a_circle_is_in_one_of_its_cells(seed: int) -> None:
    rng = Random(seed)
    centre = Place(rng.uniform(-120, 120), rng.uniform(-60, 60))
    shape = circle(centre, 10 ** rng.uniform(0, 5.5))
    cells = shape.cells()
    assert 1 <= len(cells) <= 9
    assert len(set(cells)) == len(cells)
    for _ in range(100):
        turn = shape.width / 111_000
        place = Place(
            centre.longitude + rng.uniform(-turn, turn), centre.latitude + rng.uniform(-turn, turn)
        )
        score = float(cell_of(place).bits)
        if shape.distance_to(place_of(score)) is not None:
            assert any(low <= score < high for low, high in (cell.scores() for cell in cells))


def test_cells_that_cannot_be_reached_are_left_out() -> None:
    middle = place_of(float(cell_of(PALERMO, 10).bits << 32 | 3 << 30))
    assert len(circle(middle, 1000).cells()) < 9


def test_a_shape_as_large_as_the_world_is_searched_once() -> None:
    cells = circle(Place(0, 0), 2e7).cells()
    assert [cell.step for cell in cells] == [1] * 4
    assert sorted(cell.bits for cell in cells) == [0, 1, 2, 3]


def test_a_box_has_corners_that_a_circle_has_not() -> None:
    corner = Place(0.9, 0.9)
    box = Shape(Place(0, 0), 222, 222, 1000.0, is_box=True)
    assert box.distance_to(corner) == pytest.approx(141_500, abs=500)
    assert circle(Place(0, 0), 111_000).distance_to(corner) is None
    assert box.distance_to(Place(0, 1.1)) is None
    assert box.distance_to(Place(1.1, 0)) is None


def test_an_endless_shape_holds_everything() -> None:
    shape = circle(PALERMO, inf)
    assert shape.distance_to(CATANIA) is not None
    assert {cell.step for cell in shape.cells()} == {1}
