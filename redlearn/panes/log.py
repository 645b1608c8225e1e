"""Draws a LogView: headlines with their outcome, and the sentences below them."""

from __future__ import annotations

from typing import Final

from redlearn.glyphs import MORE
from redlearn.lines import Line, Lines, Run, cells, clip, clip_text, fit, folded, line
from redlearn.views.log import LogLine, LogView

TITLE: Final = "Log"

SIGNS: Final = {"command": ("> ", "command"), "failed": ("! ", "error"), "time": ("t ", "time.now")}

BELOW: Final = "    "  # before an error for which there was no room behind its command


def render(view: LogView, width: int, height: int) -> Lines:
    """Draw the last lines that fit, folded at blanks where they are too long."""
    if width < 1 or height < 1:
        return ()
    if not view.lines:
        return fit([line(Run("Nothing has happened yet.", "label"))], width, height)
    rows: list[Line] = []
    for place, each in enumerate(reversed(view.lines)):
        rows[:0] = _drawn(each, width, latest=place < view.latest)
        if len(rows) >= height:
            break
    rows = rows[-height:]
    if view.above and len(rows) == height and height > 3:
        rows[0] = line(Run(f"{MORE} more above", "dim"))
    return fit(rows, width, height)


def _drawn(each: LogLine, width: int, *, latest: bool) -> list[Line]:
    sign, style = SIGNS.get(each.kind, ("  ", ""))
    if each.kind == "told":
        style = "value" if latest else "dim"
        return [line("  ", Run(piece, style)) for piece in folded(each.text, max(width - 2, 1))]
    outcome = f"  {each.outcome}" if each.outcome else ""
    room = max(width - 2 - cells(outcome), 8)
    look = "error" if each.kind == "failed" else "string"
    if not latest and each.kind == "command":
        style, look = "value", "dim"
    if each.kind == "failed" and 2 + cells(each.text) + cells(outcome) > width:
        said = folded(each.outcome, max(width - len(BELOW), 1))
        call = clip_text(each.text, max(width - 2, 1))
        return [
            clip(line(Run(sign, style), Run(call, style)), width),
            *[clip(line(BELOW, Run(piece, look)), width) for piece in said],
        ]
    return [
        clip(
            line(Run(sign, style), Run(clip_text(each.text, room), style), Run(outcome, look)),
            width,
        )
    ]
