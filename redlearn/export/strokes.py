"""Strokes: signs that a picture draws itself, as terminals do, instead of asking a font.

Fonts make line and block characters taller or shorter than the row, so that frames stick
out or have gaps, and every viewer has another font. Drawn, they meet from cell to cell, and
dots and arrows lie on their lines. The few signs that our font lacks are drawn as well, so
that no other font is ever asked for one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Final

CELL: Final = 12
"""Width of a cell in user units: Fira Code's advance at 20 units."""

ROW: Final = 24

LIGHT: Final = 1.6
HEAVY: Final = 3.4
FILLED: Final = 0.0
"""The width of a stroke that is none: the path is filled."""

BLOCKS: Final = {
    **{sign: (0, 0, part * CELL / 8, ROW) for part, sign in enumerate("▏▎▍▌▋▊▉█", 1)},
    "▀": (0, 0, CELL, ROW // 2),
    "▄": (0, ROW // 2, CELL, ROW // 2),
    "▐": (CELL // 2, 0, CELL // 2, ROW),
    "▕": (CELL * 7 / 8, 0, CELL / 8, ROW),
}
"""A filled part of a cell: x, y, width, height."""

THROUGH: Final = {"─": LIGHT, "━": HEAVY}
"""What goes on in the next cell: a row of them is one stroke."""

_RING: Final = "m2 12a4 4 0 1 0 8 0a4 4 0 1 0-8 0z"

PATHS: Final[dict[str, tuple[tuple[float, str], ...]]] = {
    "│": ((LIGHT, "m6 0v24"),),
    "┃": ((HEAVY, "m6 0v24"),),
    "┌": ((LIGHT, "m6 24v-12h6"),),
    "┐": ((LIGHT, "m0 12h6v12"),),
    "└": ((LIGHT, "m6 0v12h6"),),
    "┘": ((LIGHT, "m6 0v12h-6"),),
    "├": ((LIGHT, "m6 0v24m0-12h6"),),
    "┤": ((LIGHT, "m6 0v24m0-12h-6"),),
    "┬": ((LIGHT, "m0 12h12m-6 0v12"),),
    "┴": ((LIGHT, "m0 12h12m-6 0v-12"),),
    "┼": ((LIGHT, "m0 12h12m-6-12v24"),),
    "╭": ((LIGHT, "m12 12q-6 0-6 6v6"),),
    "╮": ((LIGHT, "m0 12q6 0 6 6v6"),),
    "╯": ((LIGHT, "m0 12q6 0 6-6v-6"),),
    "╰": ((LIGHT, "m12 12q-6 0-6-6v-6"),),
    "═": ((LIGHT, "m0 10.4h12m-12 3.2h12"),),
    "╌": ((LIGHT, "m1 12h4m2 0h4"),),
    "┄": ((LIGHT, "m.8 12h2.4m1.6 0h2.4m1.6 0h2.4"),),
    "┅": ((HEAVY, "m.8 12h2.4m1.6 0h2.4m1.6 0h2.4"),),
    "▶": ((FILLED, "m1 7l10.5 5-10.5 5z"),),
    "◀": ((FILLED, "m11 7l-10.5 5 10.5 5z"),),
    "▸": ((FILLED, "m3.5 8.5l6 3.5-6 3.5z"),),
    "▾": ((FILLED, "m2.5 9.5h7l-3.5 6z"),),
    "▴": ((FILLED, "m2.5 15.5h7l-3.5-6z"),),
    "●": ((FILLED, "m1.5 12a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0z"),),
    "○": ((LIGHT, _RING),),
    "◉": ((LIGHT, _RING), (FILLED, "m4 12a2 2 0 1 0 4 0a2 2 0 1 0-4 0z")),
    "◆": ((FILLED, "m6 6.5l4.5 5.5-4.5 5.5-4.5-5.5z"),),
    "◇": ((LIGHT, "m6 7.5l3.7 4.5-3.7 4.5-3.7-4.5z"),),
    "✓": ((2.2, "m2 12.5l3 4 5-9"),),
    "✗": ((2.2, "m2.5 8l7 8m0-8l-7 8"),),
}
"""A sign's paths from the upper left corner of its cell, each with the width of its stroke."""

DRAWN: Final = re.compile(f"([{''.join((*BLOCKS, *THROUGH, *PATHS))}]+)")
"""A stretch of signs that are drawn. Each takes one cell."""


def blocks(text: str, x: int, y: int) -> Iterator[tuple[float, float, float, float]]:
    """The rectangles of a stretch of signs from cell x in row y: x, y, width, height."""
    for sign, count, at in _runs(text):
        if (block := BLOCKS.get(sign)) is None:
            continue
        left, top, width, height = block
        if width == CELL:
            width, count = width * count, 1
        for number in range(count):
            yield (x + at + number) * CELL + left, y * ROW + top, width, height


def strokes(text: str, x: int, y: int) -> Iterator[tuple[float, str]]:
    """The paths of a stretch of signs from cell x in row y, with the width of their strokes."""
    for sign, count, at in _runs(text):
        left, top = (x + at) * CELL, y * ROW
        if weight := THROUGH.get(sign):
            yield weight, f"M{left} {top + ROW // 2}h{count * CELL}"
        for number in range(count):
            for weight, path in PATHS.get(sign, ()):
                yield weight, f"M{left + number * CELL} {top}{path}"


def _runs(text: str) -> Iterator[tuple[str, int, int]]:
    """Each sign, how often it follows itself, and where that begins."""
    at = 0
    for sign, run in groupby(text):
        count = len(list(run))
        yield sign, count, at
        at += count
