"""Draws a NodesView: every node as it is, and the cut where nothing gets through.

node    process  role           slots   keys  epoch  offset
▸ A 7001  runs     primary         5461     12      1  1,024
D 7004  runs     replica of A                     1  1,024
━━━━━━━━━━━━━━━━━━━━ nothing gets through ━━━━━━━━━━━━━━━━━━━━
C 7003  dead
k kill, restart   s stop, go on   p cut off, heal   enter look at it

Where there is too little room for that, two nodes share a row:

  node   process role  keys  offset       node   process role  keys  offset
▸ A 7001 runs    primary 12   1,024     D 7004 runs    of A    12   1,024

and of too many nodes those are shown that are spoken of: selected, in front, or in trouble.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from redlearn.glyphs import MORE, PATH, POINTER
from redlearn.lines import Line, Lines, Run, clip, clip_text, fit, line, pad, width_of
from redlearn.views.narration import counted
from redlearn.views.nodes import Cut, NodeBox, NodesView
from redlearn.views.slots import hue_of

TITLE: Final = "Nodes"

CELL: Final = 39
"""The columns of a node that shares its row."""

PAIRS: Final = 8
"""How many pairs of nodes are named that cannot talk."""

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
    rows = _rows(view, view.groups, width, 1)
    for head, foot in (
        ([_head(view), _titles()], [*_obstacles(view), *_coordinator(view, width), _keys()]),
        ([_head(view), _titles()], [*_obstacles(view), *_coordinator(view, width)]),
    ):
        if len(head) + len(rows) + len(foot) <= height:
            return fit([*head, *rows, *foot], width, height)
    return fit(_crowded(view, width, height), width, height)


def _crowded(view: NodesView, width: int, height: int) -> list[Line]:
    """As many nodes as there is room for, several in a row, those spoken of first."""
    columns = max(width // CELL, 1)
    head = [_head(view)] if height > 2 else []
    foot = [*_obstacles(view), *_coordinator(view, width)] if height > 5 else []
    if sum(-(-len(group) // columns) + 1 for group in view.groups) < height - len(foot):
        head.append(_short_titles(columns))
    room = height - len(head) - len(foot)
    nodes = [node for group in view.groups for node in group]
    ranked = sorted(nodes, key=lambda node: _rank(node, view))
    for count in range(min(len(nodes), room * columns), 0, -1):
        names = {node.name for node in ranked[:count]}
        groups = [tuple(node for node in group if node.name in names) for group in view.groups]
        rows = _rows(view, [group for group in groups if group], width, columns)
        if count < len(nodes):
            rows.append(line(Run(f"  and {counted(len(nodes) - count, 'more node')}", "dim")))
        if len(rows) <= room:
            return [*head, *rows, *foot]
    return [_short(next(node for node in nodes if node.name == view.selected), view)]


def _rank(node: NodeBox, view: NodesView) -> int:
    """How soon a node is shown where not all can be."""
    if node.name in (view.selected, view.front):
        return (view.selected, view.front).index(node.name)
    return 3 if node.process == "runs" and node.health == "ok" else 2


def _rows(
    view: NodesView, groups: Sequence[Sequence[NodeBox]], width: int, columns: int
) -> list[Line]:
    """The nodes, group by group; in several columns the second goes on where the first ends."""
    rows: list[Line] = []
    for number, group in enumerate(groups):
        if number:
            rows.append(_cut(width))
        if columns == 1 and width >= CELL * 2 - 2:
            rows += [_node(node, view, width) for node in group]
            continue
        deep = -(-len(group) // columns)
        for at in range(deep):
            cells = [pad(_short(node, view), CELL) for node in group[at::deep]]
            rows.append(tuple(run for cell in cells for run in cell))
    return rows


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


def _node(node: NodeBox, view: NodesView, width: int) -> Line:
    """A node in a row of its own; what ails it takes the place of its last numbers, if it must."""
    chosen = node.name == view.selected
    runs = [
        Run(f"{POINTER if chosen else ' '} ", "hot" if chosen else ""),
        Run(f"{node.letter} {node.name:<6} ", hue_of(node.letter)),
        Run(f"{node.process:<8} ", PROCESS.get(node.process, "warn")),
    ]
    if node.role:
        numbers = [
            f"{node.slots:>6}" if node.slots else " " * 6,
            f"  {node.keys:>6}", f"  {node.epoch:>5}", f"  {node.offset:>9,}",
        ]  # fmt: skip
        runs.append(Run(f"{node.role:<13}", "label"))
        ails = Run(f"  {node.health}" if node.health != "ok" else "", "error")
        while numbers and width_of((*runs, Run("".join(numbers), ""), ails)) > width:
            numbers.pop()
        runs += [Run("".join(numbers), "number"), ails]
    return tuple(runs)


def _short_titles(columns: int) -> Line:
    return line(Run("  node   process role     keys  offset  " * columns, "dim"))


def _short(node: NodeBox, view: NodesView) -> Line:
    """A node in `CELL` cells: in place of its numbers, what ails it."""
    chosen = node.name == view.selected
    role = node.role.removeprefix("replica ")
    numbers = Run(f"{node.keys:>5}{node.offset:>8,}" if node.role else "", "number")
    who = (
        Run(f"{POINTER if chosen else ' '} ", "hot" if chosen else ""),
        Run(f"{node.letter} {node.name:<5}", hue_of(node.letter)),
    )
    runs = Run(f"{node.process:<8}", PROCESS.get(node.process, "warn"))
    plays = Run(f"{role:<8}", "label")
    if node.health == "ok":
        return (*who, runs, plays, numbers)
    ails = Run(f" {node.health}", "error")
    for head in ((*who, runs, plays), (*who, plays)):  # it runs: else it would not know
        if width_of((*head, ails)) < CELL:
            return (*head, ails)
    return (*who, Run(clip_text(ails.text, CELL - 10), "error"))


def _cut(width: int) -> Line:
    says = " nothing gets through "
    side = max((min(width, 70) - len(says)) // 2, 1)
    return line(Run(PATH * side, "error"), Run(says, "error"), Run(PATH * side, "error"))


def _obstacles(view: NodesView) -> list[Line]:
    """The cuts that part no groups: between single nodes, or in one direction."""
    rows = []
    for word, pairs in (("to", view.one_way), ("and", view.between)):
        if pairs:
            near = "from" if word == "to" else "between"
            rows.append(line(Run(f"nothing gets through {near} {_paired(word, pairs)}", "error")))
    return rows


def _paired(word: str, pairs: Sequence[Cut]) -> str:
    """`C and F, I`: who is cut off from whom, the first of each pair named once."""
    ends: dict[str, list[str]] = {}
    for near, far in pairs[:PAIRS]:
        ends.setdefault(near, []).append(far)
    return "; ".join(f"{near} {word} {', '.join(far)}" for near, far in ends.items())


def _coordinator(view: NodesView, width: int) -> list[Line]:
    if not view.coordinator:
        return []
    row = line(Run("  coordinator  ", "hot"), Run(view.coordinator, "label"))
    return [clip(row, width, MORE)]


def _keys() -> Line:
    runs: list[Run] = []
    for key, does in KEYS:
        runs += [Run(key, "command"), Run(f" {does}   ", "dim")]
    return tuple(runs)
