"""The recorder: screens go onto a tape, and come out as an asciicast.

A tape is given whole screens and keeps what changed between one and the next: of each row
the cells from the first that differs to the last. The times are the performance's, so that
a recording is the same however long the machine took to make it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from textual.strip import Strip

from redlearn.export.ansi import ansi
from redlearn.export.cast import Cast, Moment
from redlearn.export.grid import Grid, Ink, Piece
from redlearn.lines import cells
from redlearn.theme import Theme
from redlearn.tui.pictures import grid_of_strips

BEGIN: Final = "\x1b[?25l\x1b[?7l\x1b[2J"
"""Hides the cursor (the screen draws its own), lets no row wrap, clears what was there."""

END: Final = "\x1b[?7h\x1b[?25h"

Cell = tuple[str, Ink]
"""What stands in a cell: a character with the accents on it, or "" right of a wide one."""


class Tape:
    """A recording in the making."""

    def __init__(self, theme: Theme) -> None:
        """Begin one; `theme` is the one that screens are drawn in."""
        self._theme = theme
        self._size = 0, 0
        self._first_size = 0, 0
        self._rows: list[Strip] = []
        self._cells: list[list[Cell]] = []
        self._moments: list[Moment] = []
        self._at_ms = 0.0

    def take(self, at_ms: float, rows: Sequence[Strip]) -> None:
        """The screen looks like this now. Cheap if it looks as it did before.

        Args:
            at_ms: Since the performance began. A time before the latest counts as that.
            rows: All rows, of equal width. A screen of another size than before is a resize.
        """
        width = max((row.cell_length for row in rows), default=0)
        size = width, len(rows)
        data = ""
        if size != self._size:
            if self._rows:
                self._add(at_ms, "r", f"{width}x{len(rows)}")
            else:
                self._first_size = size
            self._size, self._rows = size, [Strip.blank(0)] * len(rows)
            self._cells = [[]] * len(rows)
            data = BEGIN
        old, self._rows = self._rows, list(rows)
        data += "".join(self._change(y, row) for y, row in enumerate(rows) if row != old[y])
        if data:
            self._add(at_ms, "o", data)

    def mark(self, at_ms: float, name: str) -> None:
        """Name this moment: players can jump to it."""
        self._add(at_ms, "m", name)

    def cast(self, at_ms: float, title: str = "") -> Cast:
        """The recording, ending at `at_ms`."""
        self._add(at_ms, "o", END)
        theme = self._theme
        return Cast(
            *self._first_size, tuple(self._moments), title, theme.foreground, theme.background
        )

    def _add(self, at_ms: float, code: str, data: str) -> None:
        self._at_ms = max(self._at_ms, at_ms)
        self._moments.append(Moment(round(self._at_ms) / 1000, code, data))

    def _change(self, y: int, row: Strip) -> str:
        """What to send so that row `y` looks like this."""
        grid = grid_of_strips([row], self._theme)
        before, after = self._cells[y], list(cells_of(grid.rows[0]))
        self._cells[y] = after
        first, last = span_of_change(before, after)
        groups = groupby(after[first:last], key=lambda cell: cell[1])
        pieces = (Piece("".join(text for text, _ in group), ink) for ink, group in groups)
        sent = ansi(Grid((tuple(pieces),), last - first, grid.paper)).rstrip("\n")
        return f"\x1b[{y + 1};{first + 1}H{sent}" if last > first else ""


def cells_of(row: Sequence[Piece]) -> Iterator[Cell]:
    """A row cell by cell. What joins a character stays with it."""
    for piece in row:
        if piece.text.isascii():
            yield from ((character, piece.ink) for character in piece.text)
            continue
        text, width = "", 0
        for character in piece.text:
            size = cells(character)
            if size and text:
                yield from _filled(text, width, piece.ink)
                text, width = "", 0
            text, width = text + character, width + size
        if text:
            yield from _filled(text, width, piece.ink)


def _filled(text: str, width: int, ink: Ink) -> Iterator[Cell]:
    if width:
        yield text, ink
    for _ in range(width - 1):
        yield "", ink


def span_of_change(before: Sequence[Cell], after: Sequence[Cell]) -> tuple[int, int]:
    """From the first cell that differs up to behind the last; both 0 if none does."""
    length = len(after)
    if len(before) != length:
        return 0, length
    differ = [at for at in range(length) if before[at] != after[at]]
    if not differ:
        return 0, 0
    first, last = differ[0], differ[-1] + 1
    if last < length and not after[last][0]:  # the right half of a wide character
        last += 1
    return first, last
