"""Draws a RouteView: a chart of messages between the client and the nodes, one step a line.

    you        A 7001        B 7002        C 7003
     ●  key foo: all of it counts
     ●  slot 12182: by the client's map that is 127.0.0.1:7001
     ├─GET foo─▶│
     │◀─MOVED 12182 127.0.0.1:7003
     ●  the map is corrected: slot 12182, 127.0.0.1:7001 → 127.0.0.1:7003
     ├───────────────────────GET foo────────────▶│
     │◀──────────────────────────"bar"───────────┤
     ├─▶ C  words that fit neither on the arrow nor behind it

The client is the lane at the left. What nodes did meanwhile has a mark of its own, and no time: the
client knows nothing of it. Where a film has more steps than lines, tries that came to
nothing are one line, but for the first two and the one under way, and for news between them; then
its end is shown, as far as it has been wound. Steps still to come are not drawn.
"""

from __future__ import annotations

from typing import Final

from redlearn.cluster.client import Address
from redlearn.glyphs import BAR, LANE, LAZY, MORE, POINTER, STOOD
from redlearn.lines import Line, Lines, Run, cells, clip, clip_text, fit, line
from redlearn.views.route import RouteView, Step
from redlearn.views.slots import hue_of

TITLE: Final = "Route"

CLIENT: Final = 6
"""The column of the client's lane, where the clock has room before it."""

LANE_WIDTH: Final = 12
"""The least number of columns from one lane to the next."""

TRIES_SHOWN: Final = 2
"""How many tries are drawn before those that are folded."""

STYLES: Final = {
    "key": "value",
    "crc": "number",
    "map": "label",
    "turn": "warn",
    "wait": "dim",
    "fold": "dim",
    "news": "warn",
    "done": "hot",
    "send": "path",
    "reply": "lane",
    "lost": "error",
}

SIGNS: Final = {"fold": MORE, "news": LAZY}
"""What marks a step of the client's lane that the client did not take itself."""


def render(view: RouteView, width: int, height: int) -> Lines:
    """Draw `view` in that many cells. Needs two lines at least to show a step."""
    if width < 1 or height < 1:
        return ()
    if not view.steps:
        return fit([line(Run("Send a command: its way to a node is shown here.", "label"))],
                   width, height)  # fmt: skip
    columns = _columns(view, width)
    room = height - min(2, height - 1)
    shown = _folded(view.steps[: view.shown], room)
    above = max(len(shown) - room, 0)
    head = [_head(view, above, width), _names(view, columns, width)][: height - room]
    rows = [_row(step, view, columns, width) for step in shown[above:]]
    return fit([*head, *rows], width, height)


def _folded(steps: tuple[Step, ...], room: int) -> tuple[Step, ...]:
    """The steps, with tries in vain made one where there is no room for all of them."""
    if len(steps) <= room:
        return steps
    waits = [at for at, step in enumerate(steps[:-1]) if step.kind == "wait"]
    tries = len(waits) - TRIES_SHOWN
    if tries < 2:
        return steps
    first, last = waits[TRIES_SHOWN - 1] + 1, waits[-1] + 1
    kept, vain = list(steps[:first]), 0
    for step, then in zip(steps[first:last], steps[first + 1 : last + 1], strict=True):
        vain += step.kind == "wait"
        if step.kind == "news":
            kept.append(step)
        elif vain and step.kind == "wait" and (then.kind == "news" or then is steps[last]):
            more = "1 more try in vain, and a wait"
            says = more if vain == 1 else f"{vain} more tries in vain, a wait after each"
            kept.append(Step("fold", None, says, step.at_ms))
            vain = 0
    return (*kept, *steps[last:])


def _columns(view: RouteView, width: int) -> dict[Address, int]:
    """The column of each node's lane: evenly spread, the last not beyond the edge."""
    count = len(view.lanes)
    if not count:
        return {}
    room = max(width - CLIENT - 8, count)
    longest = max((cells(step.says) for step in view.steps if step.node is not None), default=0)
    apart = max(min(room // count, max(longest + 6, 3 * LANE_WIDTH)), 1)
    return {node: CLIENT + apart * (at + 1) for at, (node, _) in enumerate(view.lanes)}


def _head(view: RouteView, above: int, width: int) -> Line:
    """The command, who sends it, how many lines are above those drawn, how far it is wound."""
    shown, steps = view.left_out + view.shown, view.left_out + len(view.steps)
    hidden = f"{above} above, " if above else ""
    where = f"{hidden}step {shown:,} of {steps:,}"
    room = max(width - len(where) - 2, 8)
    command = clip_text(view.command, max(room - len(view.manner) - 12, 8))
    runs = [Run(command, "key"), Run(f"   {view.manner} client" if view.manner else "", "dim")]
    used = sum(cells(run.text) for run in runs)
    gap = max(width - used - len(where), 2)
    return clip(line(*runs, Run(" " * gap), Run(where, "label")), width)


def _names(view: RouteView, columns: dict[Address, int], width: int) -> Line:
    """The heads of the lanes."""
    runs: list[Run] = [Run(f"{view.sender:>{CLIENT + 1}}", "title")]
    at = CLIENT + 1
    for node, letter in view.lanes:
        name = f"{letter} {node.port}"
        start = max(columns[node] - len(name) // 2, at + 1)
        runs += [Run(" " * (start - at)), Run(name, hue_of(letter))]
        at = start + len(name)
    return clip(tuple(runs), width)


def _row(step: Step, view: RouteView, columns: dict[Address, int], width: int) -> Line:
    now = step is view.now
    known = step.at_ms >= 0
    seconds = f"{step.at_ms % 100_000 / 1000:{CLIENT - 1}.2f} " if known else " " * CLIENT
    clock = Run(seconds, "dim")
    if step.node is None:
        sign = SIGNS.get(step.kind, STOOD)
        mark = Run(f"{sign} ", "hot" if now else "lane")
        return clip((clock, mark, Run(step.says, STYLES[step.kind])), width, MORE)
    there, style = columns[step.node], "hot" if now else STYLES[step.kind]
    if cells(step.says) <= max(there - CLIENT - 4, width - there - 3):
        return clip((clock, *_message(step, there, style)), width, MORE)
    letter = dict(view.lanes)[step.node]
    return clip((clock, *_shortened(step, letter, style)), width, MORE)


def _message(step: Step, there: int, style: str) -> list[Run]:
    """An arrow from the client's lane to a node's, or back, with its words on it or behind it."""
    inside = max(there - CLIENT - 2, 1)  # the cells between the two lanes, less the arrow head
    fits = cells(step.says) <= inside - 2
    said = f" {step.says} " if fits else ""
    left = (inside - cells(said)) // 2
    right = inside - cells(said) - left
    beyond = "" if fits else f"  {step.says}"
    if step.kind == "send":
        before, after = f"├{LANE * left}", f"{LANE * right}{POINTER}{BAR}"
    elif step.kind == "reply":
        before, after = f"{BAR}◀{LANE * left}", f"{LANE * right}┤"
    else:
        before, after = f"├{LANE * left}", f"{LANE * right}{LANE}×"
    return [Run(before, style), Run(said, "value"), Run(after, style),
            Run(beyond, STYLES[step.kind])]  # fmt: skip


def _shortened(step: Step, letter: str, style: str) -> list[Run]:
    """An arrow that says to whom it goes, where its words have no room beside the lanes."""
    arrow = {"send": f"├{LANE}{POINTER}", "reply": f"{BAR}◀{LANE}"}.get(step.kind, f"├{LANE}×")
    return [Run(f"{arrow} ", style), Run(letter, hue_of(letter)),
            Run(f"  {step.says}", STYLES[step.kind])]  # fmt: skip
