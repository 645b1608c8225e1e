"""What a pane sees of a sorted set taken for a map: places, the cells of a search, one geohash.

Members that a search looked at are known from its events; beyond these the first few hundred
are drawn, since a map of a million points shows no more than one of some hundred.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Final

from redlearn.engine.structures.geohash import (
    LATITUDE_MAX,
    LONGITUDE_MAX,
    STEPS,
    Area,
    Cell,
    CellSearched,
    Measured,
    PlaceDecoded,
    PlaceEncoded,
    PlaceWeighed,
    SearchCovered,
    place_of,
    text_of,
)
from redlearn.engine.structures.skiplist import Skiplist
from redlearn.engine.values.zset import ZSet
from redlearn.engine.values.zset_rows import all_rows
from redlearn.probe import Event
from redlearn.views.window import Room, placed

MOST_POINTS: Final = 300
MEMBER_SHOWN: Final = 32
MARGIN: Final = 0.12
"""Of the width of what is shown, the share that is left free at either side."""

LEAST: Final = 0.01
"""Degrees that a map shows at least."""


@dataclass(frozen=True, slots=True)
class Point:
    """A member and where it is.

    Attributes:
        bits: Its score as an integer: 52 bits, longitude and latitude in turn.
        text: The geohash in eleven letters.
        fate: "kept" or "dropped" by the last search, "" if it did not look at it.
        away_m: Metres from the centre of the search, if it was kept.
    """

    member: bytes
    longitude: float
    latitude: float
    score: float
    bits: int
    text: bytes
    fate: str = ""
    away_m: float | None = None


@dataclass(frozen=True, slots=True)
class CellRow:
    """A cell of a search. `seen` is None until it has been searched."""

    number: int
    area: Area
    low: float
    high: float
    seen: int | None = None
    kept: int = 0


@dataclass(frozen=True, slots=True)
class Touch:
    """What the last command did.

    Attributes:
        search: The search, as it began; None if there was none.
        searched: Its cells that are done.
        looked: How many members it looked at.
        kept, dropped: Some of those it kept and threw away, with scores and distances.
        member: The member that was written or asked for last, or None.
        asked: Where that member was said to be, if it was written.
        measured: The distance that was asked for.
    """

    search: SearchCovered | None = None
    searched: tuple[CellSearched, ...] = ()
    looked: int = 0
    kept: tuple[PlaceWeighed, ...] = ()
    dropped: tuple[PlaceWeighed, ...] = ()
    member: bytes | None = None
    asked: PlaceEncoded | None = None
    score: float | None = None
    measured: Measured | None = None


@dataclass(frozen=True, slots=True)
class MapView:
    """A window on the places of a sorted set.

    Attributes:
        length: All members.
        area: The part of the map that is shown, in degrees.
        points: Those that are drawn; `first` is the first of them that the list beside shows.
        cells: Of the last search, in the order they are searched.
        shape: (width, height, is box) of it in metres, and its centre; None without a search.
        focus: The member whose bits are shown, or None.
    """

    length: int
    area: Area
    points: tuple[Point, ...] = ()
    first: int = 0
    cells: tuple[CellRow, ...] = ()
    bounds: Area | None = None
    centre: tuple[float, float] | None = None
    is_box: bool = False
    focus: Point | None = None
    touch: Touch = field(default_factory=Touch)


def look_at(zset: ZSet, room: Room, events: Iterable[Event] = ()) -> MapView:
    """Copy out the places to draw. O(log N + points), of which there are some hundred.

    `room.y` moves the list of members.
    """
    touch = touch_of(events)
    points = _points(zset, touch)
    cells = _cells(touch)
    search = touch.search
    bounds = None if search is None else Area(*search.area)
    area = _area(points, cells, bounds)
    total, shown = len(points), max(room.height - 3, 1)
    return MapView(
        len(zset), area, tuple(points), placed(0, room.y, shown, total), cells, bounds,
        None if search is None else (search.longitude, search.latitude),
        search is not None and search.is_box, _focus(zset, points, touch), touch,
    )  # fmt: skip


def _points(zset: ZSet, touch: Touch) -> list[Point]:
    """The members that a search looked at, then others from the front."""
    found: dict[bytes, Point] = {}
    for each in (*touch.kept, *touch.dropped)[:MOST_POINTS]:
        fate = "dropped" if each.away_m is None else "kept"
        found[each.member] = point_of(each.member, each.score, fate, each.away_m)
    for member, score in _rows(zset):
        if len(found) >= MOST_POINTS:
            break
        if member not in found:
            found[member] = point_of(member, score)
    return sorted(found.values(), key=_importance) if touch.search else list(found.values())


def _importance(point: Point) -> tuple[int, float]:
    """What was kept comes first, the nearest of it foremost; then what was thrown away."""
    rank = {"kept": 0, "dropped": 1}.get(point.fate, 2)
    return rank, point.away_m or 0.0


def _rows(zset: ZSet) -> Iterable[tuple[bytes, float]]:
    """Some rows from the front, without telling the probe of it."""
    if zset.pack is not None:
        return islice(all_rows(zset.pack), MOST_POINTS)
    assert zset.skiplist is not None
    return _front(zset.skiplist)


def _front(skiplist: Skiplist) -> list[tuple[bytes, float]]:
    rows: list[tuple[bytes, float]] = []
    node = skiplist.head.next[0]
    while node is not None and len(rows) < MOST_POINTS:
        rows.append((node.member, node.score))
        node = node.next[0]
    return rows


def point_of(member: bytes, score: float, fate: str = "", away_m: float | None = None) -> Point:
    """A row of the sorted set as a place. O(1)."""
    place = place_of(score)
    whole = int(score) if 0 <= score < 1 << 2 * STEPS else 0
    return Point(
        member[:MEMBER_SHOWN], place.longitude, place.latitude, score, whole, text_of(place),
        fate, away_m,
    )  # fmt: skip


def _cells(touch: Touch) -> tuple[CellRow, ...]:
    if touch.search is None:
        return ()
    done = {each.bits: each for each in touch.searched}
    rows: list[CellRow] = []
    for number, bits in enumerate(touch.search.cells, 1):
        cell = Cell(bits, touch.search.step)
        low, high = cell.scores()
        known = done.get(bits)
        seen = None if known is None else known.seen
        rows.append(
            CellRow(number, cell.area(), low, high, seen, 0 if known is None else known.kept)
        )
    return tuple(rows)


def _area(points: list[Point], cells: tuple[CellRow, ...], bounds: Area | None) -> Area:
    """What the map shows: the cells of a search, else all points, with a margin."""
    edges = [cell.area for cell in cells] + ([bounds] if bounds else [])
    if not edges:
        edges = [
            Area(each.longitude, each.latitude, each.longitude, each.latitude) for each in points
        ] or [Area(-LONGITUDE_MAX, -LATITUDE_MAX, LONGITUDE_MAX, LATITUDE_MAX)]
    west, south = min(e.west for e in edges), min(e.south for e in edges)
    east, north = max(e.east for e in edges), max(e.north for e in edges)
    aside = max((east - west) * MARGIN, LEAST) if not cells else 0.0
    above = max((north - south) * MARGIN, LEAST) if not cells else 0.0
    return Area(
        max(west - aside, -LONGITUDE_MAX), max(south - above, -LATITUDE_MAX),
        min(east + aside, LONGITUDE_MAX), min(north + above, LATITUDE_MAX),
    )  # fmt: skip


def _focus(zset: ZSet, points: list[Point], touch: Touch) -> Point | None:
    if touch.member is not None and touch.score is not None:
        shown = touch.member[:MEMBER_SHOWN]
        known = next((each for each in points if each.member == shown), None)
        return known or point_of(touch.member, touch.score)
    return next((each for each in points if each.fate == "kept"), points[0] if points else None)


def interleaved(bits: int) -> tuple[str, str]:
    """The 26 bits of longitude and the 26 of latitude in a score, highest first.

    >>> interleaved(0b10 << 50)[0][:3], interleaved(0b10 << 50)[1][:3]
    ('100', '000')
    """
    text = f"{bits:0{2 * STEPS}b}"[-2 * STEPS :]
    return text[0::2], text[1::2]


def advance(view: MapView, event: Event) -> MapView:
    """The view with one more event marked."""
    touch = touched_by(view.touch, event)
    return view if touch is view.touch else replace(view, touch=touch)


def touch_of(events: Iterable[Event]) -> Touch:
    """What a command's events say about places. Members that were looked at are taken together."""
    touch = Touch()
    weighed: list[PlaceWeighed] = []
    for event in events:
        if isinstance(event, PlaceWeighed):
            weighed.append(event)
            continue
        if isinstance(event, SearchCovered):
            weighed.clear()  # of several searches the last one is drawn
        touch = touched_by(touch, event)
    if not weighed:
        return touch
    kept = [event for event in weighed if event.away_m is not None]
    dropped = [event for event in weighed if event.away_m is None]
    touch = replace(
        touch, looked=len(weighed), kept=tuple(kept[:MOST_POINTS]),
        dropped=tuple(dropped[:MOST_POINTS]),
    )  # fmt: skip
    if touch.member is not None:
        return touch
    focus = kept[-1] if kept else dropped[0]
    return replace(touch, member=focus.member, score=focus.score)


def touched_by(touch: Touch, event: Event) -> Touch:
    """The marks after one more event."""
    match event:
        case SearchCovered():
            return Touch(search=event)
        case PlaceWeighed():
            return _weighed(touch, event)
        case CellSearched():
            return replace(touch, searched=(*touch.searched, event))
        case PlaceEncoded(member, _, _, bits):
            return replace(touch, member=member, asked=event, score=float(bits))
        case PlaceDecoded(member, score):
            return replace(touch, member=member, score=score, asked=None)
        case Measured():
            return replace(touch, measured=event)
    return touch


def _weighed(touch: Touch, event: PlaceWeighed) -> Touch:
    """The marks after one more member was looked at. One that is kept comes into focus."""
    looked = touch.looked + 1
    if event.away_m is not None:
        kept = touch.kept if len(touch.kept) >= MOST_POINTS else (*touch.kept, event)
        return replace(touch, looked=looked, kept=kept, member=event.member, score=event.score)
    dropped = touch.dropped if len(touch.dropped) >= MOST_POINTS else (*touch.dropped, event)
    if touch.member is not None:
        return replace(touch, looked=looked, dropped=dropped)
    return replace(touch, looked=looked, dropped=dropped, member=event.member, score=event.score)
