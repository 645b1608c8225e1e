"""Draws a DiffView: what the last command changed, in one line or as many as there are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from redlearn.lines import Line, Lines, Run, fit, line, width_of
from redlearn.views.diff import DiffView

TITLE: Final = "Diff"

STYLES: Final = {"+": "new", "-": "gone", "~": "warn"}
SEPARATOR: Final = "   "


def render(view: DiffView, width: int, height: int) -> Lines:
    """Draw the changes side by side, going on in the next line where one is full.

    Those for which there is no room are counted, if there is room for that.
    """
    if width < 1 or height < 1:
        return ()
    if not view.changes:
        return fit([line(Run("= nothing changed", "dim"))], width, height)
    pieces = [Run(f"{each.sign} {each.text}", STYLES[each.sign]) for each in view.changes]
    for shown in range(len(pieces), 0, -1):
        more = len(pieces) - shown + view.more
        tail = [Run(f"and {more} more", "dim")] if more else []
        rows = _side_by_side([*pieces[:shown], *tail], width)
        if len(rows) <= height and all(width_of(row) <= width for row in rows):
            return fit(rows, width, height)
    return fit(_side_by_side(pieces, width), width, height)


def _side_by_side(pieces: Sequence[Run], width: int) -> list[Line]:
    """As many rows as it takes."""
    rows: list[Line] = [()]
    for piece in pieces:
        if rows[-1] and width_of(rows[-1]) + len(SEPARATOR) + width_of((piece,)) > width:
            rows.append(())
        rows[-1] = line(*rows[-1], SEPARATOR if rows[-1] else "", piece)
    return rows
