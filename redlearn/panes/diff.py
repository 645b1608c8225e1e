"""Draws a DiffView: what the last command changed, in one line or as many as there are."""

from __future__ import annotations

from typing import Final

from redlearn.lines import Line, Lines, Run, fit, line, width_of
from redlearn.views.diff import DiffView

TITLE: Final = "Diff"

STYLES: Final = {"+": "new", "-": "gone", "~": "warn"}
SEPARATOR: Final = "   "


def render(view: DiffView, width: int, height: int) -> Lines:
    """Draw the changes side by side, going on in the next line where one is full."""
    if width < 1 or height < 1:
        return ()
    if not view.changes:
        return fit([line(Run("= nothing changed", "dim"))], width, height)
    pieces = [Run(f"{each.sign} {each.text}", STYLES[each.sign]) for each in view.changes]
    if view.more:
        pieces.append(Run(f"and {view.more} more", "dim"))
    rows: list[Line] = [()]
    for piece in pieces:
        if rows[-1] and width_of(rows[-1]) + len(SEPARATOR) + width_of((piece,)) > width:
            rows.append(())
        rows[-1] = line(*rows[-1], SEPARATOR if rows[-1] else "", piece)
    return fit(rows, width, height)
