"""Draws a GroupsView: how far a group is, its consumers, and what is pending with whom.

group mail  given up to 7-0   read 7   lag 0                     1 of 2
consumer      seen    active   has    │ pending 3, by ID
▶ ann        0.0 s     0.0 s     2    │ ▶ 3-0   ann            0.0 s  x1
bob        4.0 s     4.0 s     1    │   5-0   bob            4.0 s  x1
"""

from __future__ import annotations

from itertools import zip_longest
from typing import Final

from redlearn.engine.structures.stream_node import id_text
from redlearn.glyphs import BAR, MORE, STOOD, TOUCHED
from redlearn.lines import Line, Run, cells, clip, clip_text, line, pad
from redlearn.resp.text import printable
from redlearn.views.groups import ConsumerRow, GroupsView, PendingRow
from redlearn.views.narration import counted, seconds

BESIDE: Final = 66
"""From this width on consumers and pending entries stand side by side."""

CONSUMERS: Final = 33
ID_WIDTH: Final = 17
CROSSED: Final = "×"


def facts(view: GroupsView) -> list[str]:
    """What the header says of it."""
    return [
        counted(view.total, "group"),
        counted(view.length, "entry"),
        f"last ID {_id(view.stream_last_id)}",
    ]


def draw(view: GroupsView, width: int, height: int) -> list[Line]:
    """The group in a line, then its consumers and its pending entries."""
    if not view.place and not view.consumer_count:
        rows = [line(Run(" no consumer groups yet", "dim"))]
        rows.append(line(Run(" XGROUP CREATE key group 0", "code"), Run("  makes one", "dim")))
        return rows[: max(height, 0)]
    said = _said(view)
    rows = [_group(view, width)]
    room = max(height - len(rows) - len(said), 1)
    if width >= BESIDE:
        left = [_consumer_title(CONSUMERS), *(_consumer(view, each) for each in view.consumers)]
        right_width = width - CONSUMERS - 2
        right = [_pending_title(view), *(_pending(view, p, right_width) for p in view.pending)]
        rows += [
            (*pad(a, CONSUMERS), Run(f"{BAR} ", "dim"), *clip(b, right_width))
            for a, b in list(zip_longest(left, right, fillvalue=()))[:room]
        ]
    else:
        share = max(min(len(view.consumers) + 1, room // 2), 1)
        left = [_consumer_title(width), *(_consumer(view, each) for each in view.consumers)]
        right = [_pending_title(view), *(_pending(view, each, width) for each in view.pending)]
        rows += [clip(each, width) for each in [*left[:share], *right[: room - share]]]
    return [*rows, *(clip(each, width) for each in said)][: max(height, 0)]


def _group(view: GroupsView, width: int) -> Line:
    lag = "nil" if view.lag is None else str(view.lag)
    read = "nil" if view.entries_read < 0 else str(view.entries_read)
    ahead = "path" if view.touch.advanced else "number"
    place = f"   group {view.place} of {view.total}" if view.total > 1 else ""
    return clip(
        line(
            Run(" group ", "title"), Run(_name(view.name), "key"),
            Run("  last-delivered-id ", "label"), Run(_id(view.last_id), ahead),
            Run("  entries-read ", "label"), Run(read, ahead),
            Run("  lag ", "label"), Run(lag, "number"), Run(place, "dim"),
        ),
        width,
    )  # fmt: skip


def _consumer_title(width: int) -> Line:
    return clip(line(Run(" consumer     seen  active has", "title")), width)


def _consumer(view: GroupsView, row: ConsumerRow) -> Line:
    here = row.name == view.touch.consumer[: len(row.name)] and bool(view.touch.consumer)
    active = "never" if row.active < 0 else seconds(row.active)
    return line(
        Run(f" {TOUCHED if here else ' '} ", "path"),
        Run(_fitted(_name(row.name), 9), "path" if here else "key"),
        Run(f"{seconds(row.seen):>8}{active:>8}", "label"),
        Run(f"{row.pending:>4}", "number"),
    )


def _pending_title(view: GroupsView) -> Line:
    shown = ""
    if len(view.pending) < view.pending_count:
        shown = f", {len(view.pending)} shown" + (f", {MORE} before" if view.earlier else "")
    return line(
        Run(f"{view.pending_count:,} pending", "title"),
        Run(f"{shown}: ID, who, since, times" if view.pending_count else "", "dim"),
    )


def _pending(view: GroupsView, row: PendingRow, width: int) -> Line:
    mark, style = _mark(view, row)
    had = next((old for id, old in view.touch.handed if id == row.id), b"")
    came = f"{_name(had)} -> " if had else ""
    tail = f"{seconds(row.idle):>9} {CROSSED}{row.deliveries}"
    room = max(width - ID_WIDTH - 2 - len(tail), 4)
    return line(
        Run(f"{mark} ", style), Run(f"{_id(row.id):<{ID_WIDTH}}", style or "key"),
        Run(_fitted(came + _name(row.consumer), room), "path" if had else "value"),
        Run(tail, "label"),
    )  # fmt: skip


def _mark(view: GroupsView, row: PendingRow) -> tuple[str, str]:
    """The sign in front of a pending entry: new, claimed, refused."""
    touch = view.touch
    if row.id in touch.delivered:
        return TOUCHED, "new"
    if row.id in touch.claimed or any(id == row.id for id, _ in touch.handed):
        return STOOD, "path"
    if any(refused.id == row.id for refused in touch.refused):
        return CROSSED, "warn"
    return " ", "key"


def _said(view: GroupsView) -> list[Line]:
    """What is not to be seen any more: confirmed entries, consumers gone, claims refused."""
    touch = view.touch
    rows: list[Line] = []
    if touch.forgotten:
        gone = ", ".join(f"{_id(id)} ({_name(who)} had it)" for id, who in touch.forgotten[:3])
        more = f" and {len(touch.forgotten) - 3} more" if len(touch.forgotten) > 3 else ""
        rows.append(line(Run(f" {CROSSED} pending no more: {gone}{more}", "gone")))
    if touch.removed:
        rows.append(line(Run(f" {CROSSED} consumer {_name(touch.removed[-1])} removed", "gone")))
    if touch.refused:
        each = touch.refused[-1]
        said = f" {CROSSED} {_id(each.id)} stays with {_name(each.consumer)}: idle for "
        rows.append(line(Run(f"{said}{each.idle_ms} ms, {each.least_ms} wanted", "warn")))
    return rows


def _name(name: bytes) -> str:
    return printable(name, 24) or '""'


def _fitted(text: str, width: int) -> str:
    """`text` in exactly `width` cells."""
    shown = clip_text(text, width)
    return shown + " " * (width - cells(shown))


def _id(id: int) -> str:
    return id_text(id).decode()
