"""Draws a NodesView: every node as it is, and the cut where nothing gets through.

node    process  role           slots   keys  epoch  offset
▸ A 7001  runs     primary         5461     12      1  1,024
D 7004  runs     replica of A                     1  1,024
━━━━━━━━━━━━━━━━━━━━ nothing gets through ━━━━━━━━━━━━━━━━━━━━
C 7003  dead
k kill, restart   s stop, go on   p cut off, heal   enter look at it
"""

from __future__ import annotations

from typing import Final

from redlearn.glyphs import PATH, POINTER
from redlearn.lines import Line, Lines, Run, fit, line
from redlearn.views.narration import counted
from redlearn.views.nodes import NodeBox, NodesView
from redlearn.views.slots import hue_of

TITLE: Final = "Nodes"

PROCESS: Final = {"runs": "ok", "stopped": "warn", "dead": "error", "dark": "error"}
KEYS: Final = (
    ("k", "kill, restart"), ("s", "stop, go on"), ("p", "cut off, heal"), ("enter", "look at it"),
)  # fmt: skip


def render(view: NodesView, width: int, height: int) -> Lines:
    """Draw `view` in that many cells; the selected node stays in sight."""
    if width < 1 or height < 1:
        return ()
    if not view.groups:
        return fit([line(Run("There is no cluster here. Begin one with :cluster 3 1", "label"))],
                   width, height)  # fmt: skip
    head = [_head(view), _titles()] if height > 3 else []
    foot = [*_one_way(view), *_coordinator(view), _keys()] if height > len(head) + 4 else []
    rows: list[Line] = []
    selected = 0
    for number, group in enumerate(view.groups):
        if number:
            rows.append(_cut(width))
        for node in group:
            if node.name == view.selected:
                selected = len(rows)
            rows.append(_node(node, view))
    room = height - len(head) - len(foot)
    first = max(0, min(selected - room // 2, len(rows) - room))
    return fit([*head, *rows[first : first + room], *foot], width, height)


def _head(view: NodesView) -> Line:
    runs = [
        Run(f"t {view.now_ms % 10_000_000 / 1000:.2f} s", "number"),
        Run(f"   {counted(view.flying, 'message')} under way", "label"),
    ]
    if view.clients:
        runs.append(Run(f"   {view.clients} clients", "label"))
    if view.conditions:
        runs.append(Run(f"   {view.conditions}", "warn"))
    return tuple(runs)


def _titles() -> Line:
    return line(
        Run("  node     process  role          slots    keys  epoch     offset", "dim"),
    )


def _node(node: NodeBox, view: NodesView) -> Line:
    chosen = node.name == view.selected
    runs = [
        Run(f"{POINTER if chosen else ' '} ", "hot" if chosen else ""),
        Run(f"{node.letter} {node.name:<6} ", hue_of(node.letter)),
        Run(f"{node.process:<8} ", PROCESS.get(node.process, "warn")),
    ]
    if node.role:
        slots = f"{node.slots:>6}" if node.slots else " " * 6
        runs += [
            Run(f"{node.role:<13}", "label"),
            Run(f"{slots}  {node.keys:>6}  {node.epoch:>5}  {node.offset:>9,}", "number"),
        ]
        if node.health != "ok":
            runs.append(Run(f"  {node.health}", "error"))
    return tuple(runs)


def _cut(width: int) -> Line:
    says = " nothing gets through "
    side = max((min(width, 70) - len(says)) // 2, 1)
    return line(Run(PATH * side, "error"), Run(says, "error"), Run(PATH * side, "error"))


def _one_way(view: NodesView) -> list[Line]:
    if not view.one_way:
        return []
    pairs = ", ".join(f"{source} to {target}" for source, target in view.one_way[:8])
    return [line(Run(f"nothing gets through from {pairs}", "error"))]


def _coordinator(view: NodesView) -> list[Line]:
    if not view.coordinator:
        return []
    return [line(Run("  coordinator  ", "hot"), Run(view.coordinator, "label"))]


def _keys() -> Line:
    runs: list[Run] = []
    for key, does in KEYS:
        runs += [Run(key, "command"), Run(f" {does}   ", "dim")]
    return tuple(runs)
