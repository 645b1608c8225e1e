"""Draws an IntsetView: the block byte by byte, and the search as halves of it.

  02 00 00 00 = 2 bytes a number   05 00 00 00 = 5 numbers
      0       1       2       3       4
     -5       7     300    4000   30000
  fb ff   07 00   2c 01   a0 0f   30 75
1     ├───────────────○───────────────┤   300 < 4000: to the right
2                             ●───────┤   4000: found
"""

from __future__ import annotations

from typing import Final

from redlearn.engine.structures.intset import Halved
from redlearn.glyphs import GLIMPSED, LANE, LANE_END, MORE, STOOD
from redlearn.lines import Line, Run, cells, clip, line
from redlearn.views.intset import CELL, GAP, LEFT, IntsetView, Number, numbers_in
from redlearn.views.narration import counted

SCALE: Final = 32
"""Cells of the scale that a search is drawn on, where not all numbers are in sight."""

ROOMY: Final = 9
"""Rows from which on the header has one, and blanks have some."""

WORDS: Final = 24
"""Cells below which what a step found is not told beside it."""


def facts(view: IntsetView) -> list[str]:
    """What the header says of it."""
    found = [
        counted(view.length, "number"),
        f"{view.width} bytes each",
        counted(view.size, "byte") + " in one block",
    ]
    if len(view.numbers) < view.length:
        found.append(f"from no. {view.first:,}")
    return found


def draw(view: IntsetView, width: int, height: int) -> list[Line]:
    """The header's bytes, the numbers, and how the last one was searched for."""
    roomy = height >= ROOMY
    rows = [_header(view, width), ()] if roomy else []
    rows += _numbers(view, width)
    told = _changes(view)
    steps = _search(view, width, max(height - len(rows) - len(told) - roomy, 1))
    if roomy and (steps or told):
        rows.append(())
    return [clip(row, width) for row in (*rows, *steps, *told)][: max(height, 0)]


def _header(view: IntsetView, width: int) -> Line:
    of, length = view.header[:4].hex(" "), view.header[4:].hex(" ")
    return clip(
        line(
            " " * LEFT,
            Run(of, "byte.len"), Run(f" = {view.width} bytes a number   ", "label"),
            Run(length, "byte.len"), Run(f" = {counted(view.length, 'number')}", "label"),
        ),
        width,
    )  # fmt: skip


def _numbers(view: IntsetView, width: int) -> list[Line]:
    """Three rows: indexes, numbers, their bytes."""
    cell = CELL[view.width]
    shown = view.numbers[: numbers_in(width, view.width)]
    left = MORE if view.first else ""
    rows: list[list[Run]] = [[Run(" " * LEFT)] for _ in range(3)]
    rows[0] = [Run(left.ljust(LEFT)[:LEFT], "dim")]
    for number in shown:
        sign, style = _sign(view, number)
        rows[0].append(Run(_right(f"{sign}{number.index}", cell), style or "dim"))
        rows[1].append(Run(_right(str(number.value), cell), style or "value"))
        rows[2] += _bytes(view, number, cell, style)
        for row in rows:
            row.append(Run(" " * GAP))
    left_out = view.length - view.first - len(shown)
    if left_out:
        rows[0].append(Run(f"+{left_out:,}{MORE}", "dim"))
    return [clip(tuple(row), width) for row in rows]


def _sign(view: IntsetView, number: Number) -> tuple[str, str]:
    """The sign over a number, and its style: written, found, or compared on the way."""
    search = view.search
    if search.inserted is not None and search.inserted.index == number.index:
        return "+", "new"
    if search.removed is not None:
        return "", ""
    if search.found == number.index:
        return STOOD, "path"
    if any(step.middle == number.index for step in search.halvings):
        return GLIMPSED, "path"
    at_end = number.index == (view.length - 1 if search.end and search.end.above else 0)
    return (GLIMPSED, "path") if search.end and at_end else ("", "")


def _bytes(view: IntsetView, number: Number, cell: int, style: str) -> list[Run]:
    """The bytes in hex; those that were added to every number have a style of their own."""
    widened = view.search.widened
    old = widened.old if widened is not None and style != "new" else view.width
    separator = " " if view.width < 8 else ""
    whole = number.data.hex(separator) if separator else number.data.hex()
    kept = number.data[:old].hex(separator) if separator else number.data[:old].hex()
    added = whole[len(kept) :]
    blank = " " * max(cell - len(whole), 0)
    return [Run(blank), Run(kept, style or "byte.data"), *([Run(added, "new")] if added else [])]


def _right(text: str, width: int) -> str:
    return " " * max(width - cells(text), 0) + text


def _search(view: IntsetView, width: int, height: int) -> list[Line]:
    """A row for each comparison: what was left to search, the middle of it, the outcome."""
    search = view.search
    if search.end is not None:
        end, there = ("last", search.end.there) if search.end.above else ("first", search.end.there)
        sign = ">" if search.end.above else "<"
        return [line(
            " " * LEFT, Run(f"{search.end.number} {sign} {there}", "path"),
            Run(f", the {end} number: no search is needed", "label"),
        )]  # fmt: skip
    if not search.halvings or height < 1:
        return []
    steps = list(enumerate(search.halvings, 1))[-height:]
    whole = len(view.numbers) <= numbers_in(width, view.width) and len(view.numbers) == view.length
    longest = max(len(_verdict(step)) for _, step in steps) + 1
    cell = CELL[view.width] + GAP
    size = cell * view.length
    if whole and LEFT + size + min(longest, WORDS) <= width:
        return [_step(number, step, _aligned(step, cell, size)) for number, step in steps]
    scale = max(min(width - LEFT - longest, SCALE * 2), 8)
    most = max(search.halvings[0].high + 1, 1)
    return [_step(number, step, _scaled(step, most, scale)) for number, step in steps]


def _step(number: int, step: Halved, picture: str) -> Line:
    found = step.there == step.number
    style = "path" if found else "value"
    return line(
        Run(f"{number:>{LEFT - 1}} ", "dim"), Run(picture, "path"), " ",
        Run(_verdict(step), style),
    )  # fmt: skip


def _verdict(step: Halved) -> str:
    if step.there == step.number:
        return f"no. {step.middle}: {step.there}, found"
    if step.number > step.there:
        return f"no. {step.middle}: {step.number} > {step.there}, right half"
    return f"no. {step.middle}: {step.number} < {step.there}, left half"


def _aligned(step: Halved, cell: int, size: int) -> str:
    """What was left, drawn under the numbers themselves."""
    low, high, middle = (cell * (at + 1) - GAP - 1 for at in (step.low, step.high, step.middle))
    return _range(low, high, middle, size, step)


def _scaled(step: Halved, most: int, size: int) -> str:
    """What was left, drawn on a scale on which all numbers together are `size` cells."""
    low, high, middle = (at * size // most for at in (step.low, step.high, step.middle))
    return _range(low, high, middle, size, step)


def _range(low: int, high: int, middle: int, size: int, step: Halved) -> str:
    row = [" "] * size
    for at in range(low, min(high + 1, size)):
        row[at] = LANE
    if high > low:
        row[low], row[min(high, size - 1)] = "├", LANE_END
    row[min(middle, size - 1)] = STOOD if step.there == step.number else GLIMPSED
    return "".join(row)


def _changes(view: IntsetView) -> list[Line]:
    """What was widened, what came, what went."""
    search, rows = view.search, []
    if search.widened is not None:
        each = search.widened
        many = "the one number was" if each.count == 1 else f"all {each.count:,} numbers were"
        rows.append(line(
            " " * LEFT, Run(f"{many} widened from {each.old} to {each.new} bytes", "new"),
            Run(f": {each.count * each.old:,} -> {each.count * each.new:,} bytes", "label"),
        ))  # fmt: skip
    if search.inserted is not None:
        came = search.inserted
        moved = came.moved * view.width
        rows.append(line(
            " " * LEFT, Run(f"+{came.number} at no. {came.index}", "new"),
            Run(f", {counted(moved, 'byte')} behind it moved up" if moved else ", at the end",
                "label"),
        ))  # fmt: skip
    if search.removed is not None:
        went = search.removed
        moved = went.moved * view.width
        rows.append(line(
            " " * LEFT, Run(f"-{went.number} from no. {went.index}", "gone"),
            Run(f", {counted(moved, 'byte')} behind it moved down" if moved else ", the end",
                "label"),
            Run("; the width stays", "label"),
        ))  # fmt: skip
    return rows
