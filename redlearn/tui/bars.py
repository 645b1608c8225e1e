"""The bars: the title with the clock above everything, timeline and keys below.

    redlearn  Inside a sorted set   step 4/8 ●●●◉○○○○            db0   +7.000s  paused
    ├─●─○─○─●┬○─◉─●─┤ 6/7  branch 1, 1 other (b)                         + key foo string
     6/7  step 4/12                          A step of one command, where it is narrow: no points.

Pure: a bar is a line made from a few facts. The glyphs differ, not only their colours: a
filled dot wrote, a hollow one read, a cross was refused, a small dot is time passing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from redlearn.glyphs import MORE
from redlearn.lines import Line, Run, cells, clip, line, pad, width_of

Kind = Literal["write", "read", "failed", "time"]

GLYPHS: Final[dict[Kind, str]] = {"write": "●", "read": "○", "failed": "✗", "time": "·"}
HERE: Final = "◉"
FORK: Final = "┬"
STEP: Final = "┃"

SAID: Final = 64
"""Cells kept for what a micro-step says, which stands nowhere else on a small screen."""

NARROW: Final = 100
"""In fewer columns than that a micro-step is counted in fewer words."""


@dataclass(frozen=True, slots=True)
class Stop:
    """A point of the timeline.

    Attributes:
        forked: Another branch leaves behind it.
        step: A step of the lesson begins behind it.
    """

    kind: Kind
    forked: bool = False
    step: bool = False


@dataclass(frozen=True, slots=True)
class Timeline:
    """What the timeline bar shows.

    Attributes:
        stops: All of them, or a stretch round the present one.
        first: How many stops there are before the stretch.
        here: How many stops have happened; 0 is the beginning.
        total: How many there are.
        micro: (events shown, events in all) of the command looked into, or None.
        branch: The branch we are on.
        others: How many other branches there are.
        start_forked: Another branch leaves at the very beginning.
    """

    stops: Sequence[Stop]
    here: int
    total: int
    first: int = 0
    micro: tuple[int, int] | None = None
    branch: str = "main"
    others: int = 0
    start_forked: bool = False


def room_for(width: int) -> int:
    """How many stops a timeline bar of this width can show at most."""
    return max((width - 4) // 2, 1)


def timeline_line(view: Timeline, width: int) -> Line:
    """The timeline in exactly `width` cells; what does not fit is cut round the present.

    While a command is walked through, the points give way to the sentence about its step.
    """
    facts = _facts(view, width)
    if _is_hidden(view, width):
        return pad(facts, width)
    low, high = _stretch(view, _room(view, width))
    runs: list[Run] = [Run(" ", "dim")]
    runs.append(Run(MORE if low else "├", "dim"))
    if low == 0 and view.here == 0:
        runs.append(Run(HERE, "time.now"))
    runs.append(_joint(view.start_forked and low == 0, step=False))
    for number in range(low, high):
        stop = view.stops[number - view.first]
        runs.append(_dot(stop, number + 1, view.here))
        runs.append(_joint(stop.forked, step=stop.step))
    runs.append(Run(MORE if high < view.total else "┤", "dim"))
    return pad((*runs, *facts), width)


def with_tail(row: Line, tail: Callable[[int], Line], width: int) -> Line:
    """The row with something said at its right end, if there is room for that."""
    used = tuple(row[:-1]) if row and not row[-1].text.strip() else row
    room = width - width_of(used) - 3
    if room < 20:
        return row
    said = clip(tail(room), room, MORE)
    return (*pad(used, width - width_of(said) - 1), *said, Run(" "))


def stop_at(view: Timeline, width: int, x: int) -> int | None:
    """The number of the stop drawn at column `x` of the timeline, 0 for the beginning."""
    if _is_hidden(view, width):
        return None
    low, high = _stretch(view, _room(view, width))
    first = 3 + (low == 0 and view.here == 0)  # a blank, the edge, the mark, a joint
    if x < first:
        return 0 if low == 0 and x > 0 else None
    number, between = divmod(x - first, 2)
    return low + number + 1 if not between and low + number < high else None


def _room(view: Timeline, width: int) -> int:
    """How many stops there is room for, beside the facts and the mark of the beginning."""
    return room_for(_cells_left(view, width) - (view.here == 0))


def _cells_left(view: Timeline, width: int) -> int:
    """The cells beside the facts, and beside the sentence about a micro-step."""
    return width - width_of(_facts(view, width)) - (SAID if view.micro else 0)


def _is_hidden(view: Timeline, width: int) -> bool:
    """Whether the points have no room at all, as a micro-step is told."""
    return view.micro is not None and _cells_left(view, width) < 8


def _stretch(view: Timeline, room: int) -> tuple[int, int]:
    """The numbers of the first stop to draw and of the one behind the last."""
    last = view.first + len(view.stops)
    low = max(view.first, min(view.here - 1 - room * 2 // 3, last - room))
    return low, min(low + room, last)


def _dot(stop: Stop, number: int, here: int) -> Run:
    if number == here:
        return Run(HERE, "time.now")
    return Run(GLYPHS[stop.kind], "time.past" if number < here else "time.future")


def _joint(forked: bool, *, step: bool) -> Run:
    if forked:
        return Run(FORK, "time.fork")
    return Run(STEP, "label") if step else Run("─", "dim")


def _facts(view: Timeline, width: int) -> Line:
    parts = [Run(f" {view.here}/{view.total}", "label")]
    if view.micro:
        shown, of = view.micro
        step = f"  step {shown}/{of}" if width < NARROW else f"  micro-step {shown} of {of}"
        return (*parts, Run(step, "time.now"))
    if view.here < view.total:
        parts.append(Run("  in the past", "time.now"))
    if view.others or view.branch != "main":
        others = f", {view.others} other{'s' if view.others > 1 else ''} (b)" if view.others else ""
        parts.append(Run(f"  {view.branch}{others}", "time.fork"))
    return tuple(parts)


@dataclass(frozen=True, slots=True)
class Title:
    """What the title bar shows.

    Attributes:
        name: "sandbox", or the lesson's title.
        step, steps: Where in the lesson, both 0 outside of one.
        database: The selected one.
        passed_ms: Time since the session began.
        clock: "" while it runs, or why it stands: "paused", "lesson time", "past".
        work: What is being prepared, and how far that is; "" for nothing.
        held: Programs that wait until the screen comes back to the present.
    """

    name: str
    step: int = 0
    steps: int = 0
    database: int = 0
    passed_ms: int = 0
    clock: str = ""
    queued: int | None = None
    held: int = 0
    work: str = ""

    def of_lesson(self, step: int, steps: int) -> Title:
        """The same inside a lesson, where a clock that stands is no surprise."""
        clock = "lesson time" if self.clock == "paused" else self.clock
        return replace(self, step=step, steps=steps, clock=clock)


def title_line(view: Title, width: int) -> Line:
    """The title in exactly `width` cells; the clock stays when the name must be cut."""
    right = _clock(view)
    room = width - width_of(right)
    left = [Run(" redlearn ", "tag"), Run(f" {view.name} ", "header")]
    if view.steps:
        left.append(Run(f" step {view.step}/{view.steps} ", "header"))
        dots = Run(f"{_steps(view)} ", "header")
        if width_of((*left, dots)) <= room:  # the numbers say it too
            left.append(dots)
    if room < cells(left[0].text) + 2:
        return pad(tuple(left), width, "header")
    return (*pad(clip(tuple(left), room), room, "header"), *right)


def _steps(view: Title) -> str:
    return "".join(
        "●" if number < view.step else HERE if number == view.step else "○"
        for number in range(1, view.steps + 1)
    )


def _clock(view: Title) -> Line:
    parts = []
    if view.queued is not None:
        parts.append(Run(f" MULTI: {view.queued} queued ", "hot"))
    if view.work:
        parts.append(Run(f" {view.work} ", "hot"))
    if view.held:
        waits = "program waits" if view.held == 1 else "programs wait"
        parts.append(Run(f" {view.held} {waits} for the present ", "hot"))
    if view.database:
        parts.append(Run(f" db{view.database} ", "header"))
    parts.append(Run(f" +{duration(view.passed_ms)} ", "header"))
    if view.clock:
        parts.append(Run(f" {view.clock} ", "tag"))
    return tuple(parts)


def duration(ms: int) -> str:
    """Time passed, short enough for a bar and coarse enough not to flicker.

    >>> duration(7_250), duration(61_000), duration(3_725_000), duration(90_000_000)
    ('7s', '1m01s', '1h02m', '25h00m')
    """
    seconds = ms // 1000
    if seconds < 60:
        return f"{seconds}s"
    minutes, seconds = divmod(seconds, 60)
    if minutes < 60:
        return f"{minutes}m{seconds:02}s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes:02}m"


def footer_line(items: Sequence[tuple[str, str]], width: int) -> Line:
    """Keys and what they do, as far as there is room; the palette always at the right end."""
    room = width - width_of(PALETTE)
    runs = [run for item in footer_fitting(items, width) for run in _footer_item(*item)]
    return (*pad(tuple(runs), room), *PALETTE) if room > 0 else clip(PALETTE, width)


def footer_fitting(items: Sequence[tuple[str, str]], width: int) -> list[tuple[str, str]]:
    """The first of the items: as many as there is room for, whole."""
    room = width - width_of(PALETTE)
    fitting: list[tuple[str, str]] = []
    for item in items:
        room -= width_of(_footer_item(*item))
        if room < 0:
            break
        fitting.append(item)
    return fitting


def footer_item_at(items: Sequence[tuple[str, str]], x: int) -> int:
    """The index of the item drawn at column `x`; len(items) for what is right of all."""
    for index, item in enumerate(items):
        x -= width_of(_footer_item(*item))
        if x < 0:
            return index
    return len(items)


def _footer_item(key: str, name: str) -> Line:
    return (Run(f" {key} ", "frame.focus"), Run(f"{name} ", "hint"))


PALETTE: Final = _footer_item("^p", "Palette")


NOTICES: Final = ("Panes need 60x20 cells; the prompt works.", "Panes need 60x20.")


def notice_line(width: int) -> Line:
    """What a terminal too small for panes says, as long as there is room for it."""
    says = next((each for each in NOTICES if len(each) <= width), NOTICES[-1])
    return clip(line(Run(says, "warn")), width)
