"""Geohash: a place on Earth as one integer, so that near places are mostly near numbers.

Halve the map by longitude and note on which side the place is: 1 for east, 0 for west. Halve
what is left by latitude: 1 for north, 0 for south. Go on in turn, 26 times each way:

      first bit       two bits         three bits
    +-----+-----+    +-----+-----+    +--+--+--+--+
    |     |     |    |  01 |  11 |    |010 011|110 111|
    |  0  |  1  |    +-----+-----+    +--+--+--+--+
    |     |     |    |  00 |  10 |    |000 001|100 101|
    +-----+-----+    +-----+-----+    +--+--+--+--+

The 52 bits fit a double exactly, so a sorted set can hold them as a score: that is all there
is to a geo key. A *cell* of `step` halvings each way is a prefix of 2 x `step` bits, and all
places in it are one range of scores.

Two places on either side of a line may be next to each other and have nothing in common as
numbers. So a search takes a cell about as large as itself, *and its eight neighbours*, leaves
out those that it cannot reach, and looks at every place in the ranges that remain:

    +----+----+----+
    | nw | n  | ne |      1. how many halvings still leave a cell larger than the radius?
    +----+----+----+      2. the cell of that size around the centre, and its neighbours
    | w  | .o | e  |      3. those on the far side of the bounding box are left out
    +----+----+----+      4. one range of scores for each; then the true distance decides
    | sw | s  | se |
    +----+----+----+

The Earth is a sphere here, of a radius that makes it as large as the real one; distances are
off by half a percent at most. The poles are left out, as on web maps.

Cost: all of it O(1), but for the places in the cells.

Source: `geohash.c` geohashEncode, geohashDecode, geohash_move_x; `geohash_helper.c`
geohashEstimateStepsByRadius, geohashCalculateAreasByShapeWGS84, geohashGetDistance;
G. M. Morton, "A computer oriented geodetic data base" (1966), for the interleaved bits.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import asin, cos, inf, isfinite, nan, pi, sin, sqrt
from typing import Final, NamedTuple

from redlearn.probe import Event

STEPS: Final = 26  # halvings each way in a score
LONGITUDE_MAX: Final = 180.0
LATITUDE_MAX: Final = 85.05112878  # where the map of the web is square
POLE: Final = 90.0  # geohashes as the rest of the world spells them go that far
EARTH_RADIUS_M: Final = 6372797.560856
HALF_EQUATOR_M: Final = 20037726.37
DEGREE: Final = pi / 180.0
ALPHABET: Final = b"0123456789bcdefghjkmnpqrstuvwxyz"

# Masks that spread 32 bits over 64, each with the distance its bits have still to go.
SPREAD: Final = (
    (16, 0x0000FFFF0000FFFF),
    (8, 0x00FF00FF00FF00FF),
    (4, 0x0F0F0F0F0F0F0F0F),
    (2, 0x3333333333333333),
    (1, 0x5555555555555555),
)
LATITUDE_BITS: Final = 0x5555555555555555
LONGITUDE_BITS: Final = 0xAAAAAAAAAAAAAAAA
UINT32: Final = 0xFFFFFFFF
UINT64: Final = 0xFFFFFFFFFFFFFFFF


class Place(NamedTuple):
    """A point in degrees."""

    longitude: float
    latitude: float


class Cell(NamedTuple):
    """All places whose geohash begins with the 2 x `step` bits `bits`."""

    bits: int
    step: int

    def scores(self) -> tuple[float, float]:
        """The range of scores of its places; the second is not in it any more."""
        shift = 2 * (STEPS - self.step)
        return float(self.bits << shift), float(self.bits + 1 << shift)

    def neighbour(self, east: int, north: int) -> Cell:
        """The cell so many cells to the east and to the north (-1, 0 or 1), around the world.

        Each half of the bits is counted up or down in place: the bits between are filled with
        ones, or left zero, so that a carry or a borrow runs across them.
        """
        unused = 64 - 2 * self.step
        along, across = LONGITUDE_BITS >> unused, LATITUDE_BITS >> unused
        bits = self.bits
        if east:
            bits = _moved(bits & LONGITUDE_BITS, across, east) & along | bits & LATITUDE_BITS
        if north:
            bits = _moved(bits & LATITUDE_BITS, along, north) & across | bits & LONGITUDE_BITS
        return Cell(bits, self.step)

    def area(self) -> Area:
        """Where its edges are."""
        lat, lon = _deinterleave(self.bits)
        west, east = _edges(lon, self.step, LONGITUDE_MAX)
        south, north = _edges(lat, self.step, LATITUDE_MAX)
        return Area(west, south, east, north)


class Area(NamedTuple):
    """The edges of a part of the map, in degrees."""

    west: float
    south: float
    east: float
    north: float


def _moved(bits: int, between: int, direction: int) -> int:
    return bits + between + 1 if direction > 0 else (bits | between) - (between + 1)


def _edges(number: int, step: int, limit: float) -> tuple[float, float]:
    """The lower and the upper edge of strip `number` out of 2^`step`; 32 bits, as in C."""
    low = -limit + number * 1.0 / (1 << step) * (2 * limit)
    return low, -limit + ((number + 1) & UINT32) * 1.0 / (1 << step) * (2 * limit)


# --- Places and numbers ---------------------------------------------------------------------


def cell_of(place: Place, step: int = STEPS, latitude_max: float = LATITUDE_MAX) -> Cell:
    """The cell of `step` halvings each way around a place, which must be on the map.

    >>> cell_of(Place(13.361389, 38.115556)).bits
    3479099956230698
    """
    north = (place.latitude + latitude_max) / (2 * latitude_max)
    east = (place.longitude + LONGITUDE_MAX) / (2 * LONGITUDE_MAX)
    parts = 1 << step
    return Cell(_interleave(int(north * parts), int(east * parts)), step)


def place_of(score: float) -> Place:
    """The centre of the cell that a score stands for, moved onto the map if it is beyond.

    Any score will do, since ZADD writes any: what is no geohash is read as Redis reads it.
    """
    area = Cell(_bits_of(score), STEPS).area()
    return Place(
        min(max((area.west + area.east) / 2, -LONGITUDE_MAX), LONGITUDE_MAX),
        min(max((area.south + area.north) / 2, -LATITUDE_MAX), LATITUDE_MAX),
    )


def text_of(place: Place) -> bytes:
    """The geohash as the rest of the world spells it: 11 letters, the last always 0.

    Other maps reach to the poles, so the place is encoded anew; 52 bits are ten letters of
    five bits and a bit of the next.

    >>> text_of(Place(13.361389338970184, 38.1155563954963))
    b'sqc8b49rny0'
    """
    bits = cell_of(place, STEPS, POLE).bits
    letters = [ALPHABET[bits >> (2 * STEPS - 5 * count) & 31] for count in range(1, 11)]
    return bytes([*letters, ALPHABET[0]])


def _bits_of(score: float) -> int:
    """C's conversion of a double to uint64_t, as compiled for x86-64: it wraps."""
    if not isfinite(score):
        return 0 if score == inf else 1 << 63
    if -(2.0**63) <= score < 2.0**64:
        return int(score) & UINT64
    return 0 if score > 0 else 1 << 63


def _interleave(low: int, high: int) -> int:
    """The bits of `low` at even places, those of `high` at odd ones."""
    return _spread(low) | _spread(high) << 1


def _spread(number: int) -> int:
    number &= UINT32
    for distance, mask in SPREAD:
        number = (number | number << distance) & mask
    return number


def _deinterleave(bits: int) -> tuple[int, int]:
    return _gathered(bits), _gathered(bits >> 1)


def _gathered(bits: int) -> int:
    number = bits & LATITUDE_BITS
    for index in range(len(SPREAD) - 1, -1, -1):
        mask = SPREAD[index - 1][1] if index else UINT32
        number = (number | number >> SPREAD[index][0]) & mask
    return number


# --- Distances ------------------------------------------------------------------------------


def distance_m(one: Place, other: Place) -> float:
    """The way between two places along the sphere, in metres, by the haversine formula.

    >>> round(distance_m(Place(13.361389, 38.115556), Place(15.087269, 37.502669)))
    166274
    """
    across = sin((other.longitude * DEGREE - one.longitude * DEGREE) / 2)
    if across == 0.0:
        return _meridian_m(one.latitude, other.latitude)
    first, second = one.latitude * DEGREE, other.latitude * DEGREE
    along = sin((second - first) / 2)
    square = along * along + cos(first) * cos(second) * across * across
    return 2.0 * EARTH_RADIUS_M * asin(min(sqrt(square), 1.0))


def _meridian_m(one: float, other: float) -> float:
    """The way between two latitudes, in metres."""
    return EARTH_RADIUS_M * abs(other * DEGREE - one * DEGREE)


# --- Searching ------------------------------------------------------------------------------


class Shape:
    """What is searched: a circle around a centre, or a box with edges along the map's.

    Attributes:
        centre: In the middle of it.
        width, height: Of a box, in the unit asked for; of a circle both are the radius.
        metres: How many a unit has.
        is_box: Whether it is a box.
    """

    __slots__ = ("centre", "height", "is_box", "metres", "width")

    def __init__(
        self, centre: Place, width: float, height: float, metres: float, *, is_box: bool
    ) -> None:
        self.centre = centre
        self.width = width
        self.height = height
        self.metres = metres
        self.is_box = is_box

    def distance_to(self, place: Place) -> float | None:
        """How far a place is from the centre, in metres; None if it is not in the shape. O(1).

        Source: `geohash_helper.c` geohashGetDistanceIfInRadius, geohashGetDistanceIfInRectangle.
        """
        centre = self.centre
        if not self.is_box:
            away = distance_m(centre, place)
            return None if away > self.width * self.metres else away
        if _meridian_m(place.latitude, centre.latitude) > self.height * self.metres / 2:
            return None
        beside = Place(centre.longitude, place.latitude)
        if distance_m(place, beside) > self.width * self.metres / 2:
            return None
        return distance_m(centre, place)

    def bounds(self) -> Area:
        """A box on the map around it. Towards the poles the same way is more degrees."""
        high = self.metres * (self.height / 2 if self.is_box else self.height)
        wide = self.metres * (self.width / 2 if self.is_box else self.width)
        longitude, latitude = self.centre
        up = high / EARTH_RADIUS_M / DEGREE
        edge = latitude - up if latitude < 0 else latitude + up
        aside = wide / EARTH_RADIUS_M / _cosine(edge * DEGREE) / DEGREE
        return Area(longitude - aside, latitude - up, longitude + aside, latitude + up)

    def reach_m(self) -> float:
        """The radius of a circle around it, in metres."""
        if not self.is_box:
            return self.width * self.metres
        half_width, half_height = self.width / 2, self.height / 2
        return sqrt(half_width * half_width + half_height * half_height) * self.metres

    def cells(self) -> list[Cell]:
        """The cells that together cover it, one to nine, in the order they are searched. O(1).

        Source: `geohash_helper.c` geohashCalculateAreasByShapeWGS84, `geo.c`
        membersOfAllNeighbors.
        """
        bounds = self.bounds()
        step = steps_for(self.reach_m(), self.centre.latitude)
        cell = cell_of(self.centre, step)
        if step > 1 and _falls_short(cell, bounds):
            step -= 1
            cell = cell_of(self.centre, step)
        cells = [cell]
        area = cell.area()
        for east, north in AROUND:
            if step >= 2 and _is_useless(area, bounds, east, north):
                continue
            beside = cell.neighbour(east, north)
            # Few halvings leave few cells, and the same one may be on both sides.
            if len(cells) == 1 or beside != cells[-1]:
                cells.append(beside)
        return cells


AROUND: Final = ((0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, 1), (1, -1), (-1, -1))
"""The neighbours in the order Redis searches them, as steps to the east and to the north."""


def steps_for(reach_m: float, latitude: float) -> int:
    """How often to halve the map so that nine cells cover so many metres around a place.

    >>> steps_for(1000, 0), steps_for(1000, 70), steps_for(0, 0)
    (14, 13, 26)
    """
    if reach_m == 0:
        return STEPS
    step = 1
    while reach_m < HALF_EQUATOR_M:
        reach_m *= 2
        step += 1
    step -= 2
    if abs(latitude) > 66:  # cells are narrower there
        step -= 2 if abs(latitude) > 80 else 1
    return min(max(step, 1), STEPS)


def _falls_short(cell: Cell, bounds: Area) -> bool:
    """Whether a neighbour ends before the shape does: the centre is too close to an edge."""
    return (
        cell.neighbour(0, 1).area().north < bounds.north
        or cell.neighbour(0, -1).area().south > bounds.south
        or cell.neighbour(1, 0).area().east < bounds.east
        or cell.neighbour(-1, 0).area().west > bounds.west
    )


def _is_useless(area: Area, bounds: Area, east: int, north: int) -> bool:
    """Whether the shape does not cross the edge that a neighbour is behind."""
    return (
        (north < 0 and area.south < bounds.south)
        or (north > 0 and area.north > bounds.north)
        or (east < 0 and area.west < bounds.west)
        or (east > 0 and area.east > bounds.east)
    )


def _cosine(angle: float) -> float:
    """C's `cos`, which has an answer for an infinite angle too."""
    return cos(angle) if isfinite(angle) else nan


@dataclass(frozen=True, slots=True)
class CellSearched(Event):
    """A search looked at all places of a cell: at `seen` of them, of which `kept` are within.

    Attributes:
        bits, step: The cell.
        scores: Its range of scores, the second not in it.
    """

    bits: int
    step: int
    scores: tuple[float, float]
    seen: int
    kept: int


@dataclass(frozen=True, slots=True)
class SearchCovered(Event):
    """A search around a place begins, in so many cells.

    Attributes:
        width_m, height_m: Of a box; of a circle both are the radius.
        area: The box on the map around the shape: west, south, east, north.
        step: Halvings each way of the cells; `cells` are their bits, in the order of search.
    """

    longitude: float
    latitude: float
    width_m: float
    height_m: float
    is_box: bool
    area: tuple[float, float, float, float]
    step: int
    cells: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PlaceWeighed(Event):
    """A search looked at a member: `away_m` metres from the centre, or None: not in the shape."""

    member: bytes
    score: float
    away_m: float | None


@dataclass(frozen=True, slots=True)
class PlaceEncoded(Event):
    """A place became the score `bits`."""

    member: bytes
    longitude: float
    latitude: float
    bits: int


@dataclass(frozen=True, slots=True)
class PlaceDecoded(Event):
    """The score of a member was read as the place in the middle of its cell."""

    member: bytes
    score: float


@dataclass(frozen=True, slots=True)
class Measured(Event):
    """The way from one member to another is so many metres."""

    one: bytes
    other: bytes
    away_m: float
