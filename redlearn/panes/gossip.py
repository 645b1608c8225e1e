"""Draws a GossipView: the nodes as one of them sees them, and the messages of the bus.

    as A sees it: epoch 6, ok; 2 reports by primaries decide
      A 7001 primary          5461 slots  epoch 1   itself
      C 7003 primary    fail? 5461 slots  epoch 3   heard 2.13 s ago   2 of 2: A B
      12.31 B→A PING   2,568 bytes  about C fail? D
      12.30 A→D PONG   2,464 bytes  about B                            still flying

Where there is room, the message looked into is taken apart below, with its bitmap of slots.
"""

from __future__ import annotations

from typing import Final

from redlearn.glyphs import EIGHTHS, NOTHING
from redlearn.lines import Line, Lines, Run, clip, fit, line, width_of
from redlearn.views.gossip import BARS, GossipView, Inside, MessageRow, NodeRow
from redlearn.views.slots import hue_of

TITLE: Final = "Gossip"

SLOTS_A_BAR: Final = 16384 // BARS
FEWEST_MESSAGES: Final = 3

HEALTH: Final = {"ok": "ok", "fail?": "warn", "fail": "error"}


def render(view: GossipView, width: int, height: int) -> Lines:
    """Draw `view` in that many cells: nodes first, then what they tell each other."""
    if width < 1 or height < 1:
        return ()
    if not view.nodes:
        return fit([line(Run("There is no cluster here. Begin one with :cluster 3 1", "label"))],
                   width, height)  # fmt: skip
    head = [_head(view, width)]
    if view.election:
        head.append(line(Run(f"{view.believer} {view.election}", "warn")))
    inside = _inside(view.inside) if view.inside else []
    room = height - len(head)
    nodes = _nodes(view, width, max(room - max(FEWEST_MESSAGES, min(len(inside), room // 2)), 1))
    room -= len(nodes)
    below = min(len(inside), max(room - FEWEST_MESSAGES, 0))
    messages = [_message(row) for row in view.messages[: max(room - below, 0)]]
    return fit([*head, *nodes, *messages, *inside[:below]], width, height)


def _head(view: GossipView, width: int) -> Line:
    needed = f"{view.majority} reports by primaries decide"
    if view.majority == 1:
        needed = "1 report by a primary decides"
    runs = [
        Run("as ", "label"), Run(view.believer, hue_of(view.believer)),
        Run(f" sees it: epoch {view.epoch}, ", "label"),
        Run(view.health, "ok" if view.health == "ok" else "error"),
    ]  # fmt: skip
    decides = Run(f"; {needed}", "label")
    if width_of((*runs, decides)) <= width:
        runs.append(decides)
    sends = Run(f"; it sends {view.bytes_a_second:,} bytes a second", "dim")
    if view.bytes_a_second and width_of((*runs, sends)) <= width:
        runs.append(sends)
    return tuple(runs)


def _nodes(view: GossipView, width: int, room: int) -> list[Line]:
    """The rows of nodes; where they do not all fit, those that are not well come first."""
    rows = list(view.nodes)
    if len(rows) > room:
        ill = [row for row in rows if row.health != "ok" or row.myself]
        well = [row for row in rows if row not in ill]
        rows = sorted((ill + well)[: room - 1], key=lambda row: row.port)
        left = len(view.nodes) - len(rows)
        more = line(Run(f"  and {left} more nodes", "dim"))
        return [*(_node(row, view, width) for row in rows), more]
    return [_node(row, view, width) for row in rows]


def _node(row: NodeRow, view: GossipView, width: int) -> Line:
    slots = f"{row.slots:>5} slots  epoch {row.epoch:<2}" if row.slots else " " * 21
    runs = [
        Run("▸ " if row.myself else "  ", "path"),
        Run(f"{row.letter} {row.port:<5} ", hue_of(row.letter)),
        Run(f"{row.role:<13} ", "label"),
        Run(f"{row.health:<5} ", HEALTH[row.health]),
        Run(slots, "number"),
    ]
    if row.myself:
        runs.append(Run("  itself", "dim"))
    elif row.heard_ms >= 0:
        runs.append(Run(f"  {row.heard_ms / 1000:.2f} s ago", "dim"))
    else:
        runs.append(Run("  not heard yet", "dim"))
    if row.reporters:
        count = len(row.reporters)
        of = f"{count} of {view.majority}" if count <= view.majority else f"{count} say"
        said = f"  {of}: {' '.join(row.reporters)}"
        runs.append(Run(said, "error" if len(row.reporters) >= view.majority else "warn"))
    cut = Run("  no link", "warn")
    if not row.linked and width_of((*runs, cut)) <= width:  # who reports it matters more
        runs.append(cut)
    return tuple(runs)


def _message(row: MessageRow) -> Line:
    style = {"lost": "error", "flying": "path"}.get(row.state, "dim")
    state = {"lost": "  lost", "flying": "  still flying"}.get(row.state, f"  {row.took_ms} ms")
    return line(
        Run(f"  {row.sent_ms % 1_000_000 / 1000:>7.3f} ", "dim"),
        Run(row.source, hue_of(row.source)), Run("→", "lane"), Run(row.target, hue_of(row.target)),
        Run(f" {row.type:<8}", "command"), Run(f"{row.size:>6,} bytes", "number"),
        Run(state, style), Run(f"  {row.says}", "value"),
    )  # fmt: skip


def _inside(inside: Inside) -> list[Line]:
    """A message taken apart."""
    rows = [line(Run(inside.title, "title"))]
    said = "   ".join(f"{name}: {value}" for name, value in inside.fields)
    rows += [clip(line(Run("  " + part, "value")), 500) for part in _wrapped(said, 74)]
    if inside.bars:
        bars = "".join(_bar(count) for count in inside.bars)
        rows.append(
            line(Run("  slots ", "label"), Run(bars, "path"),
                 Run(f" {inside.share:,} bytes", "number"))
        )  # fmt: skip
    rows += [line(Run("  gossip ", "label"), Run(each, "value")) for each in inside.gossip]
    return rows


def _bar(count: int) -> str:
    """How full one part of the bitmap is, in eighths of a cell."""
    if not count:
        return NOTHING
    return EIGHTHS[max(count * 8 // SLOTS_A_BAR, 1)] if count < SLOTS_A_BAR else "█"


def _wrapped(text: str, width: int) -> list[str]:
    """`text` broken between its parts, which three blanks divide."""
    rows, row = [], ""
    for part in text.split("   "):
        if row and len(row) + 3 + len(part) > width:
            rows.append(row)
            row = ""
        row = f"{row}   {part}" if row else part
    return [*rows, row] if row else rows
