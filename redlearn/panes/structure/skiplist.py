"""Draws a SkiplistView: lanes as rows, nodes as towers, the way of the last search lit.

L2 HEAD ━━━━━━━2━━━━━━━▶ ●  ───────────3───────────┤
L1 HEAD ───────2───────▶ ●  ━━━━━━━2━━━━━▶ ●  ──1──┤
L0 HEAD ──1─▶    ───1──▶    ──1─▶    ──1─▶    ──1─▶ ...
         20       50        60       70       90
         bob      ann       eve      dee      cy
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from redlearn.glyphs import (
    FRESH,
    GAP,
    GLIMPSED,
    LANE,
    LANE_END,
    MORE,
    PATH,
    PATH_GAP,
    POINTER,
    STOOD,
)
from redlearn.lines import Line, Run, cells, clip, clip_text, line, pad
from redlearn.resp.text import printable
from redlearn.views.narration import counted
from redlearn.views.skiplist import SkiplistView, Stop, Tower, TraceLine, number

NAME_SHOWN: Final = 12
HEAD: Final = "HEAD"
TALL: Final = 3
"""From this many lanes on a tower is drawn as a tall one."""

NARROWEST_LINK: Final = 4
WIDEST_LINK: Final = 10
BREAK: Final = 7
"""Cells of the gap that stands for the nodes before the window."""

END: Final = 2
TRACE_FRAME: Final = 16
"""Cells of a trace line round what was compared: its number, the lane, the verdict."""

NEED_FOR_TRACE: Final = 6
"""Rows below which even one row of trace is too much."""


@dataclass(frozen=True, slots=True)
class Column:
    """A tower with its place: cells `start` up to but not with `stop`."""

    tower: Tower
    start: int
    stop: int
    label: str
    score: str

    @property
    def width(self) -> int:
        return self.stop - self.start


class Plan:
    """Where everything stands: computed once, drawn row by row."""

    def __init__(self, view: SkiplistView, width: int) -> None:
        self.levels_label = len(f"L{view.height - 1} ")
        self.head_stop = self.levels_label + len(HEAD)
        self.width = width
        self.view, self.columns = self._fit(view)
        trail = self.view.trail
        self.stood = set(trail.stops)
        self.glimpsed = set(trail.glimpses) - self.stood
        self.ridden = {(level, start): stop for level, start, stop in trail.hops()}

    @property
    def first_rank(self) -> int:
        return self.view.towers[0].rank if self.view.towers else 1

    def _fit(self, view: SkiplistView) -> tuple[SkiplistView, tuple[Column, ...]]:
        """The towers that fit, the one the search stands at among them, spread evenly."""
        names = [_names(tower) for tower in view.towers]
        widths = [max(cells(label), cells(score), 2) + 2 for label, score in names]
        start, stop, room = 0, *self._reach(view, widths, 0)
        while start < stop < len(widths) and view.towers[stop - 1].rank < view.trail.focus:
            start += 1
            stop, room = self._reach(view, widths, start)
        view = view.part(start, stop)
        spare = min(room // (stop - start + 1), WIDEST_LINK - NARROWEST_LINK)
        at = self.head_stop + self._gap(view, 0)
        columns = []
        for tower, names_of, width in zip(
            view.towers, names[start:stop], widths[start:stop], strict=True
        ):
            at += NARROWEST_LINK + spare
            columns.append(Column(tower, at, at + width, *names_of))
            at += width
        return view, tuple(columns)

    def _reach(self, view: SkiplistView, widths: list[int], start: int) -> tuple[int, int]:
        """How far the towers from `start` on fit, and how many cells are left over."""
        room = self.width - self.head_stop - END - 1 - self._gap(view, start)
        stop = start
        while stop < len(widths) and room >= widths[stop] + NARROWEST_LINK:
            room -= widths[stop] + NARROWEST_LINK
            stop += 1
        return stop, max(room, 0)

    def _gap(self, view: SkiplistView, start: int) -> int:
        """The cells that stand for nodes before tower `start`, if there are any."""
        return BREAK if start < len(view.towers) and view.towers[start].rank > 1 else 0


def facts(view: SkiplistView) -> list[str]:
    """What the header says of it."""
    found = [counted(view.length, "node"), counted(view.height, "lane")]
    if view.towers and view.towers[0].rank > 1:
        found.append(f"from no. {view.towers[0].rank:,}")
    if view.trail.lines and view.trail.aim:
        found.append(counted(_comparisons(view), "comparison"))
    return found


def _comparisons(view: SkiplistView) -> int:
    verdicts = ("ride", "drop", "stop")
    return sum(
        1
        for step in view.trail.lines
        if step.verdict in verdicts and step.compared != "end of lane"
    )


def draw(view: SkiplistView, width: int, height: int) -> list[Line]:
    """The lanes, scores and members; below them, as far as there is room, the trace."""
    if not view.length:
        return [line(Run("no nodes yet", "dim"))]
    plan = Plan(view, width)
    traced = 1 if view.trail.lines and height >= NEED_FOR_TRACE else 0
    lanes = max(min(view.height, height - 2 - traced), 1)
    rows = [_lane(plan, level) for level in range(lanes - 1, -1, -1)]
    rows += [_scores(plan), _members(plan)]
    left = height - len(rows)
    if traced and left > 1:
        rows += [(), *_trace(view, width, left - 1)]
    elif traced:
        rows.append(_short_trace(view, width))
    return rows[:height]


def _lane(plan: Plan, level: int) -> Line:
    """One lane from the head to its end."""
    view = plan.view
    lit = Stop(level, 0) in plan.stood
    runs = [
        Run(f"L{level}".ljust(plan.levels_label), "label"),
        Run(" ", "node.head"),
        Run(STOOD if lit else " ", "path|node.head" if lit else "node.head"),
        Run("  ", "node.head"),
    ]
    before, at = view.before[level], plan.head_stop
    if plan.first_rank > 1:
        runs.append(_break(plan, level))
        at += BREAK
    for column in plan.columns:
        if column.tower.height <= level:
            continue
        runs += _link(plan, level, before, column.tower, column.start - at)
        runs += _cell(plan, level, column)
        before, at = column.tower.rank, column.stop
    runs += _last_link(plan, level, before, plan.width - at)
    return tuple(runs)


def _break(plan: Plan, level: int) -> Run:
    """The nodes before the window, with how often the search hopped among them."""
    before = plan.view.before[level]
    hidden = sum(1 for lane, start in plan.ridden if lane == level and start < before)
    lit = hidden or (level, before) in plan.ridden
    text = f"{hidden}×" if hidden else ""
    return Run(f" {text.center(BREAK - 2, PATH_GAP if lit else GAP)} ", "path" if lit else "dim")


def _link(plan: Plan, level: int, before: int, tower: Tower, size: int) -> list[Run]:
    """A link onto a tower, with its span in the middle."""
    lit = plan.ridden.get((level, before)) == tower.rank
    fresh = (level, tower.member) in plan.view.trail.links
    style = "path" if lit else "new" if fresh else "lane"
    stroke = PATH if lit else FRESH if fresh else LANE
    span = str(tower.rank - before)
    return [Run(_spanned(span, size - 1, stroke) + POINTER, style)]


def _spanned(span: str, size: int, stroke: str) -> str:
    """A line of `size` cells with a number in it, or without, where there is no room."""
    if len(span) + 2 > size:
        return span if len(span) == size else stroke * max(size, 0)
    return span.center(size, stroke)


def _cell(plan: Plan, level: int, column: Column) -> list[Run]:
    """What one tower shows on one lane."""
    here = Stop(level, column.tower.rank)
    style = _tower_style(column.tower)
    sign = STOOD if here in plan.stood else GLIMPSED if here in plan.glimpsed else ""
    left = (column.width - 1) // 2
    if not sign:
        return [Run(" " * column.width, style)]
    right = column.width - left - 1
    return [Run(" " * left, style), Run(sign, f"path|{style}"), Run(" " * right, style)]


def _tower_style(tower: Tower) -> str:
    return "node.tall" if tower.height >= TALL else "node"


def _last_link(plan: Plan, level: int, before: int, size: int) -> list[Run]:
    """From the last tower in the window to the lane's end, or to a node out of sight."""
    beyond = plan.view.beyond[level]
    goal = plan.view.length if beyond is None else beyond
    lit = beyond is not None and plan.ridden.get((level, before)) == beyond
    stroke, style = (PATH, "path") if lit else (LANE, "lane")
    text = _spanned(str(goal - before), size - END, stroke)
    end = f"{stroke}{LANE_END}" if beyond is None else f"{POINTER}{MORE}"
    return [Run(text, style), Run(end if size >= END else "", style)]


def _scores(plan: Plan) -> Line:
    """The foot of each tower: its score."""
    runs = [Run(" " * plan.levels_label), Run(HEAD, "node.head")]
    at = plan.head_stop
    for column in plan.columns:
        style = "path.node" if _marked(plan, column.tower) else _tower_style(column.tower)
        runs.append(Run(" " * (column.start - at)))
        runs += pad((Run(_centred(column.score, column.width), style),), column.width, style)
        at = column.stop
    return tuple(runs)


def _members(plan: Plan) -> Line:
    """Under each tower: its member."""
    runs: list[Run] = [Run(" " * plan.head_stop)]
    at = plan.head_stop
    for column in plan.columns:
        style = "path.node" if _marked(plan, column.tower) else "value"
        runs.append(Run(" " * (column.start - at)))
        runs += pad((Run(_centred(column.label, column.width), style),), column.width, style)
        at = column.stop
    left = f" +{plan.view.length - (plan.columns[-1].tower.rank if plan.columns else 0):,}"
    if left != " +0" and at + len(left) <= plan.width:
        runs.append(Run(left, "dim"))
    return tuple(runs)


def _marked(plan: Plan, tower: Tower) -> bool:
    trail = plan.view.trail
    return tower.member == trail.fresh if trail.fresh is not None else tower.rank == trail.reached


def _centred(text: str, width: int) -> str:
    left = (width - cells(text)) // 2
    return " " * left + text


def _names(tower: Tower) -> tuple[str, str]:
    label = clip_text(printable(tower.member, NAME_SHOWN * 2), NAME_SHOWN) or '""'
    return label, clip_text(number(tower.score), NAME_SHOWN)


def _trace(view: SkiplistView, width: int, height: int) -> list[Line]:
    """The search in words, numbered, in as many columns as fit; the latest steps if not all."""
    steps = list(enumerate(view.trail.lines, 1))
    title = line(Run(view.trail.title or "what was changed", "title"))
    rows = height - 1
    if rows < 1:
        return [_short_trace(view, width)]
    last = len(steps)
    digits = len(str(last))
    longest = max(cells(step.compared) for _, step in steps)
    size = min(digits + longest + TRACE_FRAME, width)
    columns = max(min(width // size, -(-last // rows)), 1)
    if last > rows * columns:
        steps = steps[-rows * columns :]
        title = (*title, Run(f"  (the last {len(steps)} of {last} steps)", "dim"))
    drawn = [_trace_line(at, step, digits, size, last) for at, step in steps]
    table = []
    for row in range(min(rows, len(drawn))):
        table.append(tuple(run for each in drawn[row::rows] for run in pad(each, size)))
    return [title, *table]


def _short_trace(view: SkiplistView, width: int) -> Line:
    step, count = view.trail.lines[-1], len(view.trail.lines)
    what = Run(view.trail.title, "title")
    size = max(width - cells(what.text), TRACE_FRAME + 8)
    return clip((what, *_trace_line(count, step, len(str(count)), size, -1)), width)


def _trace_line(at: int, step: TraceLine, digits: int, size: int, last: int) -> Line:
    style = "path" if at == last else "value"
    room = size - digits - TRACE_FRAME
    compared = clip_text(step.compared, max(room, 8))
    return line(
        Run(f"  {at:>{digits}} ", "dim"),
        Run(f"L{step.level:<2} ", "label"),
        Run(compared + " " * (room - cells(compared) + 1), style),
        Run(step.verdict, "path" if step.verdict == "ride" else style),
    )
