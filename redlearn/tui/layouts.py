"""Layouts: where everything is, for any size of terminal. Pure arithmetic on rectangles.

One set of panes, four arrangements; a pane never changes its meaning, only its place:

    tiny     below 60x20     a line that says so, and the prompt
    small    from 60x20      one pane with tabs, the lesson below it, the prompt always there
    medium   from 110x34     lesson or log left, structure right, TTL and AOF or memory below
    large    from 160x50     three columns: nothing shares a place that need not

A place names the panes that may stand there, and the application says which is in front.
Title, timeline and footer take a row each, and are the first to go when rows run out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

TINY: Final = (60, 20)
MEDIUM: Final = (110, 34)
LARGE: Final = (160, 50)


Frame = Literal["box", "top", "rules"]


class Rect(NamedTuple):
    """A rectangle of cells."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Place:
    """A rectangle and the panes that share it.

    Attributes:
        frame: Where the frame is: all round, a line on top, or lines on top and below.
    """

    panes: tuple[str, ...]
    rect: Rect
    frame: Frame = "box"


@dataclass(frozen=True, slots=True)
class Board:
    """An arrangement. Bars that have no room are None."""

    kind: str
    console: Rect
    places: tuple[Place, ...] = ()
    title: Rect | None = None
    timeline: Rect | None = None
    footer: Rect | None = None
    notice: Rect | None = None


def board(
    width: int, height: int, panes: Sequence[str], *, lesson: bool = False, zoomed: str = ""
) -> Board:
    """Arrange panes in a terminal of this size, at least 1x1.

    Args:
        panes: Their names, in the order of their tabs. "lesson" is shown only with `lesson`.
        zoomed: The pane that takes all the room there is for panes, or "".
    """
    if width < TINY[0] or height < TINY[1]:
        return _tiny(width, height)
    shown = [pane for pane in panes if lesson or pane != "lesson"]
    body = Rect(0, 1, width, height - 3)
    if zoomed in shown:
        kind, console, places = "zoomed", *_zoomed(body, shown, zoomed)
    elif width >= LARGE[0] and height >= LARGE[1]:
        kind, console, places = "large", *_large(body, shown, lesson=lesson)
    elif width >= MEDIUM[0] and height >= MEDIUM[1]:
        kind, console, places = "medium", *_medium(body, shown, lesson=lesson)
    else:
        kind, console, places = "small", *_small(body, shown, lesson=lesson)
    return Board(
        kind=kind,
        console=console,
        places=tuple(place for place in places if place.panes),
        title=Rect(0, 0, width, 1),
        timeline=Rect(0, height - 2, width, 1),
        footer=Rect(0, height - 1, width, 1),
    )


Arranged = tuple[Rect, list[Place]]


def _tiny(width: int, height: int) -> Board:
    if height < 3:
        return Board("tiny", Rect(0, 0, width, height))
    return Board("tiny", Rect(0, 1, width, height - 1), notice=Rect(0, 0, width, 1))


def _zoomed(body: Rect, shown: list[str], zoomed: str) -> Arranged:
    top, console = _split_rows(body, body.height - 6)
    others = tuple(pane for pane in shown if pane != "lesson" or pane == zoomed)
    return console, [Place(others, top, "box" if body.height > 30 else "rules")]


def _small(body: Rect, shown: list[str], *, lesson: bool) -> Arranged:
    """One place for all panes; a lesson stands below it, as it is read while looking."""
    spare = body.height - 21
    tabs = tuple(pane for pane in shown if pane != "lesson")
    if not lesson:
        top, console = _split_rows(body, 13 + spare * 2 // 3)
        return console, [Place(tabs, top, "rules")]
    top, rest = _split_rows(body, 8 + spare * 2 // 5)
    middle, console = _split_rows(rest, 8 + spare * 2 // 5)
    return console, [Place(tabs, top, "top"), Place(("lesson",), middle, "rules")]


def _medium(body: Rect, shown: list[str], *, lesson: bool) -> Arranged:
    spare = body.height - 33
    upper, rest = _split_rows(body, 15 + spare // 2)
    lower, console = _split_rows(rest, 7 + spare // 6)
    side = max(40, body.width // 3)
    left, main = _split_columns(upper, side)
    below, beside = _split_columns(lower, side)
    aside = ("lesson", "log") if lesson else ("log",)
    lesser = ("aof", "clients", "loop", "memory")
    fixed = {*aside, "ttl", *lesser}
    return console, [
        _place(shown, aside, left),
        Place(tuple(pane for pane in shown if pane not in fixed), main),
        _place(shown, ("ttl",), below),
        _place(shown, lesser, beside),
    ]


def _large(body: Rect, shown: list[str], *, lesson: bool) -> Arranged:
    side, wing = max(44, body.width * 22 // 100), max(56, body.width * 28 // 100)
    left, rest = _split_columns(body, side)
    middle, right = _split_columns(rest, rest.width - wing)
    main, rest = _split_rows(middle, body.height * 4 // 9)
    memory, console = _split_rows(rest, 13 if "memory" in shown else 0)
    timers, below = _split_rows(right, body.height // 4)
    aof, slots = _split_rows(below, max(below.height - 24, below.height * 2 // 5))
    fixed = {"lesson", "log", "ttl", "aof", "slots", "clients", "loop", "memory"}
    places = [
        Place(tuple(pane for pane in shown if pane not in fixed), main),
        _place(shown, ("ttl",), timers),
        _place(shown, ("aof",), aof),
        _place(shown, ("slots",), slots),
        _place(shown, ("memory",), memory),
    ]
    if "clients" in shown:
        left, foot = _split_rows(left, left.height * 4 // 5)
        places.append(_place(shown, ("clients", "loop"), foot))
    if not lesson:
        return console, [*places, _place(shown, ("log",), left)]
    reading, log = _split_rows(left, left.height * 2 // 3)
    return console, [
        *places,
        _place(shown, ("lesson",), reading),
        _place(shown, ("log",), log),
    ]


def _place(shown: Sequence[str], panes: tuple[str, ...], rect: Rect) -> Place:
    return Place(tuple(pane for pane in panes if pane in shown), rect)


def _split_rows(rect: Rect, upper: int) -> tuple[Rect, Rect]:
    return (
        Rect(rect.x, rect.y, rect.width, upper),
        Rect(rect.x, rect.y + upper, rect.width, rect.height - upper),
    )


def _split_columns(rect: Rect, left: int) -> tuple[Rect, Rect]:
    return (
        Rect(rect.x, rect.y, left, rect.height),
        Rect(rect.x + left, rect.y, rect.width - left, rect.height),
    )
