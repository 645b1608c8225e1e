"""SVG: a grid as a picture that keeps its columns in any viewer.

Every piece says how long it is (`textLength`), and a character of more than one cell is a
piece of its own, so a viewer without our font still puts each column where it belongs.
Backgrounds are rectangles; lines, blocks and dots are drawn (`strokes.py`), not written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import escape
from typing import Final

from redlearn.export.grid import Grid, Ink, Piece, visible
from redlearn.export.strokes import CELL, DRAWN, FILLED, ROW, blocks, strokes
from redlearn.lines import cells

SIZE: Final = 20
BASE: Final = 19
MARGIN: Final = 16
BAR: Final = 40
"""Height of the window's title bar, if there is a title."""

# Fira Code draws "->" and "0x" as one sign, and resvg cannot be told not to: such pairs are
# parted into two text elements.
LIGATURE: Final = re.compile(r"(?<=[!-/:-@\[-`{-~])(?=[!-/:-@\[-`{-~])|(?<=w)(?=w)|(?<=\d)(?=x)")

FONTS: Final = "'Fira Code', 'JetBrains Mono', 'DejaVu Sans Mono', Menlo, Consolas, monospace"


def svg(grid: Grid, title: str = "") -> str:
    """The grid as an SVG document; with a title it is drawn as a window."""
    top = BAR if title else MARGIN
    width = grid.width * CELL + 2 * MARGIN
    height = len(grid.rows) * ROW + top + MARGIN
    inks = {ink: f"i{n}" for n, ink in enumerate(_inks(grid))}
    body = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}">',
        f"<style>{_rules(inks)}</style>",
        f'<rect width="{width}" height="{height}" rx="10" fill="{grid.paper.bg}"/>',
        *(_title_bar(title, width, grid.paper) if title else ()),
        f'<g transform="translate({MARGIN},{top})">',
        *_backgrounds(grid),
        *_drawings(grid),
        *_texts(grid, inks),
        "</g>",
        "</svg>",
    ]
    return "\n".join(body) + "\n"


def _inks(grid: Grid) -> list[Ink]:
    """The inks in the order they are first met, so that equal grids give equal files."""
    return list(dict.fromkeys(piece.ink for row in grid.rows for piece in row))


def _rules(inks: dict[Ink, str]) -> str:
    rules = [
        f"text{{font-family:{FONTS};font-size:{SIZE}px;white-space:pre;"
        "font-variant-ligatures:none}"
    ]
    for ink, name in inks.items():
        rule = f"fill:{ink.fg}"
        if ink.bold:
            rule += ";font-weight:bold"
        if ink.italic:
            rule += ";font-style:italic"
        if ink.underline:
            rule += ";text-decoration:underline"
        rules.append(f".{name}{{{rule}}}")
    return "".join(rules)


def _title_bar(title: str, width: int, paper: Ink) -> Iterator[str]:
    for place, colour in enumerate(("#d55e00", "#e69f00", "#009e73")):
        yield f'<circle cx="{24 + 22 * place}" cy="20" r="7" fill="{colour}"/>'
    at = f'x="{width // 2}" y="26" text-anchor="middle" fill="{paper.fg}"'
    yield f"<text {at}>{escape(visible(title))}</text>"


def _backgrounds(grid: Grid) -> Iterator[str]:
    for y, row in enumerate(grid.rows):
        x = 0
        for piece in row:
            if piece.ink.bg != grid.paper.bg:
                yield (
                    f'<rect x="{x * CELL}" y="{y * ROW}" width="{piece.width * CELL}" '
                    f'height="{ROW}" fill="{piece.ink.bg}" shape-rendering="crispEdges"/>'
                )
            x += piece.width


def _drawings(grid: Grid) -> Iterator[str]:
    """Blocks as rectangles, and every stroke of one colour and width as one path."""
    paths: dict[tuple[str, float], list[str]] = {}
    for text, ink, x, y in _stretches(grid):
        for left, top, width, height in blocks(text, x, y):
            yield (
                f'<rect x="{left:g}" y="{top:g}" width="{width:g}" height="{height:g}" '
                f'fill="{ink.fg}" shape-rendering="crispEdges"/>'
            )
        for weight, path in strokes(text, x, y):
            paths.setdefault((ink.fg, weight), []).append(path)
    for (colour, weight), found in paths.items():
        look = f'fill="{colour}"'
        if weight != FILLED:
            look = f'fill="none" stroke="{colour}" stroke-width="{weight}"'
        yield f'<path {look} d="{"".join(found)}"/>'


def _stretches(grid: Grid) -> Iterator[tuple[str, Ink, int, int]]:
    """Every stretch of signs to be drawn: its text, its ink, its cell and its row."""
    for y, row in enumerate(grid.rows):
        x = 0
        for piece in row:
            for part, size in _parts(piece):
                if DRAWN.fullmatch(part):
                    yield part, piece.ink, x, y
                x += size


def _texts(grid: Grid, inks: dict[Ink, str]) -> Iterator[str]:
    for y, row in enumerate(grid.rows):
        x = 0
        for piece in row:
            for part, size in _parts(piece):
                if part.strip() and not DRAWN.fullmatch(part):
                    yield _text(part, x, y, size, inks[piece.ink])
                x += size


def _text(part: str, x: int, y: int, size: int, name: str) -> str:
    lead = len(part) - len(part.lstrip(" "))
    kept = part.strip(" ")
    length = (size - (len(part) - len(kept))) * CELL
    return (
        f'<text class="{name}" x="{(x + lead) * CELL}" y="{y * ROW + BASE}" '
        f'textLength="{length}" xml:space="preserve">{escape(kept)}</text>'
    )


def _parts(piece: Piece) -> Iterable[tuple[str, int]]:
    """A piece cut into what is drawn and what is written, with the cells that each takes.

    Characters of two cells, and what joins them, stand alone.
    """
    for number, stretch in enumerate(DRAWN.split(piece.text)):
        if number % 2:
            yield stretch, len(stretch)
        elif cells(stretch) == len(stretch):
            yield from ((part, len(part)) for part in LIGATURE.split(stretch))
        else:
            yield from _by_character(stretch)


def _by_character(text: str) -> Iterator[tuple[str, int]]:
    part, size = "", 0
    for character in text:
        width = cells(character)
        if width == 0:
            part += character
        elif part and (width > 1 or size > len(part)):
            yield part, size
            part, size = character, width
        else:
            part, size = part + character, size + width
    if part:
        yield part, size
