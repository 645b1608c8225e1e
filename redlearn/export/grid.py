"""A grid of styled pieces: what every picture format starts from.

Lines carry style names; formats want colours. `grid_of` asks the theme once per name, and
settles what a format should not have to know: reverse swaps the colours, dim mixes the ink
with the paper, neighbours that look alike become one piece.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache

from redlearn.lines import Line, cells
from redlearn.theme import Look, Theme


@dataclass(frozen=True, slots=True)
class Ink:
    """How a piece is drawn, colours settled: "#rrggbb" both."""

    fg: str
    bg: str
    bold: bool = False
    italic: bool = False
    underline: bool = False


@dataclass(frozen=True, slots=True)
class Piece:
    """Text in one ink. `text` holds nothing that moves a cursor."""

    text: str
    ink: Ink

    @property
    def width(self) -> int:
        """Terminal cells."""
        return cells(self.text)


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows of pieces on a page.

    Attributes:
        width: Cells of the widest row, or more if the page was asked to be wider.
        paper: The ink of what nothing is written on.
    """

    rows: tuple[tuple[Piece, ...], ...]
    width: int
    paper: Ink


def grid_of(lines: Iterable[Line], theme: Theme, width: int = 0) -> Grid:
    """Lines in a theme, at least `width` cells wide."""
    paper = Ink(theme.foreground, theme.background)

    @cache
    def ink(name: str) -> Ink:
        return settled(theme.look(name), paper)

    rows = tuple(_joined((visible(run.text), ink(run.style)) for run in line) for line in lines)
    widest = max((sum(piece.width for piece in row) for row in rows), default=0)
    return Grid(rows, max(widest, width), paper)


def settled(look: Look, paper: Ink) -> Ink:
    """A look on paper: no reverse and no dim left, only colours."""
    fg, bg = look.fg or paper.fg, look.bg or paper.bg
    if look.reverse:
        fg, bg = bg, fg
    if look.dim:
        fg = mixed(fg, bg)
    return Ink(fg, bg, look.bold, look.italic, look.underline)


def mixed(one: str, other: str) -> str:
    """The colour three fifths of the way from `other` to `one`.

    >>> mixed("#ffffff", "#000000")
    '#999999'
    """
    parts = (
        (int(one[at : at + 2], 16) * 3 + int(other[at : at + 2], 16) * 2) // 5 for at in (1, 3, 5)
    )
    return "#" + "".join(f"{part:02x}" for part in parts)


def visible(text: str) -> str:
    r"""`text` with any control character made visible: nothing raw gets into a file.

    Panes already hand over printable text; this is the last door.

    >>> visible("a\x1b[0m")
    'a␛[0m'
    """
    if text.isprintable():
        return text
    return "".join(map(_visible, text))


def _visible(character: str) -> str:
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    return (
        "␡" if code == 0x7F else "\N{REPLACEMENT CHARACTER}" if 0x80 <= code < 0xA0 else character
    )


def _joined(pairs: Iterable[tuple[str, Ink]]) -> tuple[Piece, ...]:
    row: list[Piece] = []
    for text, ink in pairs:
        if row and row[-1].ink == ink:
            row[-1] = replace(row[-1], text=row[-1].text + text)
        elif text:
            row.append(Piece(text, ink))
    return tuple(row)
