"""ANSI: a grid as text with 24-bit colour sequences, for terminals and `less -R`.

The only escape sequences in the result are the ones written here: text was made visible
when the grid was.
"""

from __future__ import annotations

from redlearn.export.grid import Grid, Ink

_RESET = "\x1b[0m"


def ansi(grid: Grid) -> str:
    """The grid as lines; each sets its colours itself and ends in a reset."""
    return "".join(
        "".join(_begin(piece.ink, grid.paper) + piece.text + _RESET for piece in row) + "\n"
        for row in grid.rows
    )


def _begin(ink: Ink, paper: Ink) -> str:
    codes = []
    if ink.bold:
        codes.append("1")
    if ink.italic:
        codes.append("3")
    if ink.underline:
        codes.append("4")
    codes.append("38;2;" + _channels(ink.fg))
    if ink.bg != paper.bg:  # the terminal's own background stays where nothing is filled
        codes.append("48;2;" + _channels(ink.bg))
    return f"\x1b[{';'.join(codes)}m"


def _channels(colour: str) -> str:
    return ";".join(str(int(colour[at : at + 2], 16)) for at in (1, 3, 5))
