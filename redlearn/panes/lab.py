"""Draws a LabView: a row for each policy, what it kept as a bar, and what is lost in words.

the power was cut: what each way to keep data has after a restart
policy         keys     writes kept              files   lost
none           0 of 6   ·················· 0/9       0   everything
AOF everysec   5 of 6   ███████████████··· 8/9     312   the last 0.40 s
AOF always     6 of 6   ██████████████████ 9/9     330   nothing
"""

from __future__ import annotations

from typing import Final

from redlearn.glyphs import NOTHING
from redlearn.lines import Line, Lines, Run, fit, line
from redlearn.resp.text import printable
from redlearn.views.lab import Kept, LabView

TITLE: Final = "Lab"

BAR: Final = 16
"""Cells of a bar, unless what is lost would be cut: then it is shorter, down to BAR_AT_LEAST."""

BAR_AT_LEAST: Final = 6
BESIDES: Final = 43
"""Cells of a row in front of what is lost, without its bar."""

HOW: Final = {"crash": "the power was cut", "kill": "the process was killed"}


def render(view: LabView, width: int, height: int) -> Lines:
    """Draw `view` in that many cells."""
    if width < 1 or height < 1:
        return ()
    if not view.rows:
        says = "Nothing has crashed: :crash cuts the power, :kill ends the process."
        return fit([line(Run(says, "label"))], width, height)
    words = max((len(lost(kept)) for kept in view.rows if not kept.trouble), default=0)
    bar = max(min(width - BESIDES - words, BAR), BAR_AT_LEAST)
    head = [
        line(Run(HOW.get(view.how, view.how), "warn"),
             Run(": what each way to keep data has after a restart", "label")),
        line(Run(f"policy         keys        {'writes kept':<{bar + 8}} files  lost", "dim")),
    ]  # fmt: skip
    head = head if len(head) + len(view.rows) <= height else head[1:]  # rows rather than a title
    return fit([*head, *(_row(kept, bar) for kept in view.rows)], width, height)


def _row(kept: Kept, bar: int) -> Line:
    whole = kept.kept == kept.writes
    style = "ok" if whole else "warn" if kept.kept else "error"
    filled = bar * (kept.kept or 0) // kept.writes if kept.writes else bar * whole
    share = f"{'?' if kept.kept is None else kept.kept}/{kept.writes}"
    return line(
        Run(f"{kept.policy:<13}  ", "value"),
        Run(f"{f'{kept.has} of {kept.had}':<10}  ", "number"),
        Run("█" * filled, style), Run(NOTHING * (bar - filled), "dim"),
        Run(f" {share:<7}", "number"), Run(f"{kept.size:>6,}  ", "label"), Run(lost(kept), style),
    )  # fmt: skip


def lost(kept: Kept) -> str:
    """What is lost, in words."""
    if kept.trouble:
        return printable(kept.trouble.encode("utf-8", "replace"), 120)
    if kept.kept is None:
        return "no moment of the past"
    if kept.kept == kept.writes:
        return "nothing"
    if not kept.kept:
        return "everything"
    gone = kept.writes - kept.kept
    what = "the last write" if gone == 1 else f"the last {gone:,} writes"
    return f"{what}, {kept.lost_ms / 1000:.2f} s" if kept.lost_ms else what
