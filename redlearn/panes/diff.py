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
    rows: list[Line] = [()]
    for change in view.changes:
        piece = line(Run(f"{change.sign} {change.text}", STYLES[change.sign]))
        if rows[-1] and width_of(rows[-1]) + len(SEPARATOR) + width_of(piece) > width:
            rows.append(())
        rows[-1] = (*rows[-1], Run(SEPARATOR if rows[-1] else ""), *piece)
    if view.more:
        rows[-1] = (*rows[-1], Run(f"{SEPARATOR}and {view.more} more", "dim"))
    return fit(rows, width, height)
