"""Draws a MapView: a plain map with its points, the cells of a search, and one geohash in bits.

┌ 39.6 N ─────────────────┐  cell  scores from        seen kept
│1  ┊2        ┊3          │   1    3471579339489280    2    1
│   ┊   ● Palermo         │
└ 11.2 E ── 36.6 N ─ 16.9 E┘
Palermo  13.361389 E  38.115556 N   score 3479099956230698   sqc8b49rny0
1100 0101 ...   longitude and latitude, one bit each in turn
"""

from __future__ import annotations

from math import cos, pi, sin
from typing import Final

from redlearn.engine.structures.geohash import Area
from redlearn.glyphs import GLIMPSED, LANE, STOOD
from redlearn.lines import Line, Run, cells, clip, clip_text, line, pad
from redlearn.resp.text import printable
from redlearn.views.narration import counted
from redlearn.views.places import CellRow, MapView, Point, interleaved

SIDE: Final = 36
"""Cells of the list beside the map."""

BESIDE: Final = 62
"""From this width on there is a list beside the map."""

BOXES: Final = 9
ROOM_FOR_BITS: Final = 8
ROOM_FOR_A_SCORE: Final = 5
NAME_SHOWN: Final = 10
WIDEST: Final = 100
TURNS: Final = 64
POINT: Final = "•"
ACROSS: Final = "╌"
UPRIGHT: Final = "┊"
EDGE: Final = "·"
CENTRE: Final = "+"

Grid = list[list[Run]]


def facts(view: MapView) -> list[str]:
    """What the header says of it."""
    found = [counted(view.length, "place")]
    if len(view.points) < view.length:
        found.append(f"{len(view.points)} drawn")
    if view.touch.search is not None:
        search = view.touch.search
        found.append(f"{counted(len(view.cells), 'cell')} of {search.step} halvings each way")
        kept = sum(cell.kept for cell in view.cells)
        found.append(f"{view.touch.looked:,} looked at, {kept} kept")
    return found


def draw(view: MapView, width: int, height: int) -> list[Line]:
    """The map with a list beside it, and the bits of one member below."""
    below = _bits(view, width)
    if height < ROOM_FOR_BITS:
        below = [] if view.cells or height < ROOM_FOR_A_SCORE else below[:2]
    room = height - len(below)
    beside = width >= BESIDE
    across = min(width - SIDE - 1, WIDEST) if beside else width
    rows = _map(view, across, room)
    if not beside:
        return [*rows, *below][: max(height, 0)]
    side = _side(view, width - across - 1, room)
    side += [()] * (len(rows) - len(side))
    both = [(*pad(one, across), Run(" "), *other) for one, other in zip(rows, side, strict=False)]
    return [*both, *below][: max(height, 0)]


# --- the map ------------------------------------------------------------------------------


def _map(view: MapView, width: int, height: int) -> list[Line]:
    """A frame with the map's edges in degrees, and in it lines, points and names."""
    if width < 8 or height < 3:
        return []
    inner, rows = width - 2, height - 2
    grid: Grid = [[Run(" ")] * inner for _ in range(rows)]
    for cell in view.cells:
        _draw_cell(view, cell, grid)
    _draw_shape(view, grid)
    for point in reversed(view.points):
        row, column = _row(view, point.latitude, grid), _column(view, point.longitude, grid)
        _put(grid, row, column, Run(*_sign(view, point)))
    for point in view.points:
        _draw_name(view, point, grid)
    area = view.area
    top = _border("┌", f" {_latitude(area.north)} ", "", width, "┐")
    bottom = _border(
        "└", f" {_longitude(area.west)}, {_latitude(area.south)} ",
        f" {_longitude(area.east)} ", width, "┘",
    )  # fmt: skip
    return [
        top,
        *[(Run("│", "frame"), *_joined(row), Run("│", "frame")) for row in grid],
        bottom,
    ]


def _border(left: str, first: str, last: str, width: int, right: str) -> Line:
    text = clip_text(first, width - 2, "")
    tail = last if len(text) + len(last) < width - 2 else ""
    rule = LANE * (width - 2 - len(text) - len(tail))
    return line(
        Run(left, "frame"), Run(text, "label"), Run(rule, "frame"), Run(tail, "label"),
        Run(right, "frame"),
    )  # fmt: skip


def _joined(row: list[Run]) -> Line:
    """Neighbouring cells of one style as one run; cells that a wide sign covers are empty."""
    runs: list[Run] = []
    for each in row:
        if runs and runs[-1].style == each.style:
            runs[-1] = Run(runs[-1].text + each.text, each.style)
        else:
            runs.append(each)
    return line(*runs)


def _column(view: MapView, longitude: float, grid: Grid) -> int:
    west, east = view.area.west, view.area.east
    return _place((longitude - west) / (east - west), len(grid[0]))


def _row(view: MapView, latitude: float, grid: Grid) -> int:
    south, north = view.area.south, view.area.north
    return _place((north - latitude) / (north - south), len(grid))


def _place(share: float, count: int) -> int:
    """Which of `count` strips something lies in that is `share` of the way across."""
    return min(int(share * count), count - 1) if 0 <= share <= 1 else -1


def _put(grid: Grid, row: int, column: int, run: Run) -> None:
    if 0 <= row < len(grid) and 0 <= column < len(grid[0]):
        grid[row][column] = run


def _draw_cell(view: MapView, cell: CellRow, grid: Grid) -> None:
    """The north and west edges of a cell, and its number in the corner."""
    area = cell.area
    top, bottom = _row(view, area.north, grid), _row(view, area.south, grid)
    left, right = _column(view, area.west, grid), _column(view, area.east, grid)
    top, left = max(top, 0), max(left, 0)
    bottom = len(grid) - 1 if bottom < 0 else bottom
    right = len(grid[0]) - 1 if right < 0 else right
    style = "path" if cell.kept else "lane"
    for column in range(left, right + 1):
        if top and grid[top][column].text == " ":
            grid[top][column] = Run(ACROSS, "lane")
    for row in range(top, bottom + 1):
        if left and grid[row][left].text in (" ", ACROSS):
            grid[row][left] = Run(UPRIGHT, "lane")
    row, column = min(top + bool(top), bottom), min(left + bool(left), right)
    grid[row][column] = Run(str(cell.number), style)


def _draw_shape(view: MapView, grid: Grid) -> None:
    """The outline of what was searched, and its centre."""
    if view.bounds is None or view.centre is None:
        return
    for longitude, latitude in _outline(view.bounds, view.centre, is_box=view.is_box):
        row, column = _row(view, latitude, grid), _column(view, longitude, grid)
        if row >= 0 and column >= 0 and grid[row][column].text in (" ", ACROSS, UPRIGHT):
            grid[row][column] = Run(EDGE, "path")
    row, column = _row(view, view.centre[1], grid), _column(view, view.centre[0], grid)
    _put(grid, row, column, Run(CENTRE, "warn"))


def _outline(
    bounds: Area, centre: tuple[float, float], *, is_box: bool
) -> list[tuple[float, float]]:
    wide, high = (bounds.east - bounds.west) / 2, (bounds.north - bounds.south) / 2
    points = []
    for turn in range(TURNS):
        x, y = cos(2 * pi * turn / TURNS), sin(2 * pi * turn / TURNS)
        if is_box:
            far = max(abs(x), abs(y))
            x, y = x / far, y / far
        points.append((centre[0] + x * wide, centre[1] + y * high))
    return points


def _draw_name(view: MapView, point: Point, grid: Grid) -> None:
    """The name of a point beside it, where nothing else is in the way."""
    row, column = _row(view, point.latitude, grid), _column(view, point.longitude, grid)
    if row < 0 or column < 0:
        return
    style = _sign(view, point)[1]
    name = clip_text(printable(point.member, NAME_SHOWN * 2), NAME_SHOWN)
    if not name.isascii():
        return  # names of wide letters are in the list beside
    for start, beside in ((column + 2, column + 1), (column - 1 - len(name), column - 1)):
        if _is_free(grid, row, start, len(name)):
            _put(grid, row, beside, Run(" "))
            for at, letter in enumerate(name, start):
                grid[row][at] = Run(letter, style)
            return


def _is_free(grid: Grid, row: int, start: int, count: int) -> bool:
    """Whether a name may stand there: lines may be written over, places and names may not.

    A name does not touch what comes after it.
    """
    width = len(grid[0])
    free = (" ", ACROSS, EDGE, UPRIGHT)
    return (
        start >= 0
        and start + count <= width
        and all(grid[row][at].text in free for at in range(start, min(start + count + 1, width)))
    )


def _sign(view: MapView, point: Point) -> tuple[str, str]:
    if point.fate == "kept":
        return STOOD, "new"
    if point.fate == "dropped":
        return GLIMPSED, "gone"
    focus = view.focus is not None and view.focus.member == point.member
    return (STOOD, "path") if focus and not view.cells else (POINT, "key")


def _latitude(degrees: float) -> str:
    return f"{abs(degrees):.4g} {'N' if degrees >= 0 else 'S'}"


def _longitude(degrees: float) -> str:
    return f"{abs(degrees):.4g} {'E' if degrees >= 0 else 'W'}"


# --- beside and below ---------------------------------------------------------------------


def _side(view: MapView, width: int, height: int) -> list[Line]:
    """The cells of a search with their ranges of scores, then members."""
    rows: list[Line] = []
    if view.cells:
        rows.append(line(Run("cell scores from           seen kept", "title")))
        rows += [_cell_row(cell) for cell in view.cells[: max(height - 2, 1)]]
        if left_out := BOXES - len(view.cells):
            rows.append(line(Run(f"    {left_out} of 9 boxes are out of reach", "dim")))
    left = height - len(rows)
    if left > 1 and view.points:
        title = "member    metres from the centre" if view.cells else (
            "member     longitude  latitude"
        )  # fmt: skip
        rows.append(line(Run(title, "title")))
        shown = view.points[view.first : view.first + left - 1]
        rows += [_member_row(view, point) for point in shown]
    return [clip(row, width) for row in rows[:height]]


def _cell_row(cell: CellRow) -> Line:
    """A cell: its lowest score, how many scores it spans, what was found there."""
    span = f"+2^{int(cell.high - cell.low).bit_length() - 1}"
    seen = "" if cell.seen is None else str(cell.seen)
    kept = "" if cell.seen is None else str(cell.kept)
    style = "path" if cell.kept else "label"
    return line(
        Run(f"{cell.number:>2}  ", style), Run(f"{cell.low:<17.0f}", "number"),
        Run(f"{span:<6}", "dim"), Run(f"{seen:>4} {kept:>4}", style),
    )  # fmt: skip


def _member_row(view: MapView, point: Point) -> Line:
    sign, style = _sign(view, point)
    name = clip_text(printable(point.member, 20) or '""', 9)
    name += " " * (9 - cells(name))
    if view.cells:
        away = f"{point.away_m or 0:>10,.0f}  kept"
        fates = {"kept": away, "dropped": "thrown away: too far"}
        fate = fates.get(point.fate, "not looked at")
        return line(Run(f"{sign} {name} {fate}", style))
    return line(
        Run(f"{sign} ", style), Run(name, style),
        Run(f"{point.longitude:>10.4f}{point.latitude:>10.4f}", "value"),
    )  # fmt: skip


def _bits(view: MapView, width: int) -> list[Line]:
    """One member: its place, its score, and the bits of the score, which are both in turn."""
    point = view.focus
    if point is None:
        return []
    along, across = interleaved(point.bits)
    turn: list[Run] = [Run(" ")]
    for place, (east, north) in enumerate(zip(along, across, strict=True)):
        turn += [Run(east, "number"), Run(north, "string")]
        if place % 2:
            turn.append(Run(" "))
    away = f"   {point.away_m:,.0f} m away" if point.away_m is not None else ""
    measured = view.touch.measured
    if measured is not None:
        away = f"   {measured.away_m:,.0f} m apart"
    head = line(
        Run(f" {clip_text(printable(point.member, 40) or chr(34) * 2, 16)}", "path"),
        Run(f"  {point.longitude:.6f} {point.latitude:.6f}", "value"), Run(away, "path"),
        Run("  score ", "label"), Run(f"{point.score:.17g}", "number"),
    )  # fmt: skip
    letters = line(Run("  geohash ", "label"), Run(point.text.decode(), "code"))
    if sum(cells(run.text) for run in (*head, *letters)) <= width:
        head = (*head, *letters)
    rows = [
        head,
        line(*turn),
        line(
            Run(" lon ", "label"), Run(along, "number"), Run("  lat ", "label"),
            Run(across, "string"), Run("  bit by bit", "dim"),
        ),
    ]  # fmt: skip
    return [clip(row, width) for row in rows]
