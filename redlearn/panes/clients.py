"""Draws a ClientsView: a row for each client, and the lines in front of keys.

  id name    db  state
▶  2 @a       0  waits for q (BLPOP)            2.0 s so far, 3.0 s left ████████▎
   1 you      0  MULTI, 3 queued, watches k
 next in line   q: @a, @b
"""

from __future__ import annotations

from typing import Final

from redlearn.glyphs import EIGHTHS, MORE, POINTER
from redlearn.lines import Line, Lines, Run, cells, clip, clip_text, fit, line, width_of
from redlearn.resp.text import printable
from redlearn.views.clients import ClientRow, ClientsView, WaitingLine
from redlearn.views.narration import counted, seconds

TITLE: Final = "Clients"

KEY_SHOWN: Final = 20
NAME_WIDTH: Final = 9
WIDE: Final = 64
"""Cells from which on a client takes one row; below, what it does stands in a second."""

BAR: Final = 16
BAR_FROM: Final = 100
"""Cells of the bar that runs down to a timeout, and of a row that has room for one."""

HINTS: Final = (("@a BLPOP q 0", "another client, who waits"), ("RPUSH q x", "serves it"))


def render(view: ClientsView, width: int, height: int) -> Lines:
    """Draw `view`: a summary, the clients, and who is next."""
    if width < 1 or height < 1:
        return ()
    lines = [_line(each) for each in view.lines[: max(height // 3, 1)]]
    if lines and (left := len(view.lines) - len(lines) + view.more):
        lines[-1] = (*lines[-1], Run(f"  and {counted(left, 'key')} more", "dim"))
    rows = [_summary(view)] if height > 3 else []
    each = 1 if width >= WIDE else 2
    room = max(height - len(rows) - len(lines), each)
    for row in view.rows[: max(room // each, 1)]:
        rows += _one(row, view, width)
    if not view.waiting and height - len(rows) > len(HINTS):
        rows += [line("  ", Run(code, "code"), Run(f"  {what}", "dim")) for code, what in HINTS]
    return fit([*(clip(row, width) for row in rows[: height - len(lines)]), *lines], width, height)


def _summary(view: ClientsView) -> Line:
    runs = [Run(counted(view.total, "client"), "label")]
    if view.waiting:
        runs.append(Run(f", {view.waiting:,} waiting", "warn"))
    if view.first:
        runs.append(Run(f", from no. {view.first + 1:,}", "label"))
    return tuple(runs)


def _one(row: ClientRow, view: ClientsView, width: int) -> list[Line]:
    """A client in one row, or in two where they are narrow."""
    mark = POINTER if row.wait is not None else " "
    name = clip_text(_printable(row.name), NAME_WIDTH)
    head = line(
        Run(f"{mark}", "path"),
        Run(f"{row.id:>3} ", "label"),
        Run(name + " " * (NAME_WIDTH - cells(name)), "key"),
        Run(f" db {row.db:<3}", "dim"),
    )
    doing = _doing(row)
    doom = _doom(row)
    time = _time(row, view.now_ms, BAR if width >= BAR_FROM else 0)
    if width < WIDE:
        first, second = clip((*head, *doing), width), doom or time
        return [first, clip((Run("     "), *second), width)] if second else [first]
    if doom:
        queued = (*_queued(row), Run("; ", "gone")) if row.queued is not None else ()
        return [clip((*head, *queued, *doom), width)]
    room = width - width_of(head) - width_of(time) - 2
    doing = clip(doing, max(room, 12))
    gap = max(width - width_of(head) - width_of(doing) - width_of(time), 1)
    return [clip((*head, *doing, Run(" " * gap), *time), width)]


def _doing(row: ClientRow) -> Line:
    """What a client is in the middle of."""
    if row.wait is not None:
        command = printable(row.wait.argv[0].upper(), 16) if row.wait.argv else ""
        held = f", {row.held} kept until then" if row.held else ""
        what = Run(_keys(row.wait.keys) or "replicas", "key")
        return line(Run("waits for ", "warn"), what, Run(f" ({command}){held}", "label"))
    runs = _queued(row)
    if row.watching:
        comma = ", " if runs else ""
        more = f" and {row.watching - len(row.watched)} more" * (row.watching > len(row.watched))
        runs.append(Run(f"{comma}watches ", "label"))
        runs.append(Run(_keys(row.watched, " ") + more, "key"))
    if row.listens:
        more = f" and {row.listens - len(row.channels):,} more" * (row.listens > len(row.channels))
        runs.append(Run(f"{', ' if runs else ''}listens to ", "label"))
        runs.append(Run(_keys(row.channels, " ") + more, "key"))
    if row.user:
        who = "has to say who it is" if row.user == "?" else f"is {_printable(row.user)}"
        runs.append(Run(f"{', ' if runs else ''}{who}", "label"))
    return tuple(runs) or line(Run("idle" if row.last else "new", "dim"))


def _queued(row: ClientRow) -> list[Run]:
    return [] if row.queued is None else [Run(f"MULTI, {row.queued:,} queued", "warn")]


def _doom(row: ClientRow) -> Line:
    """Why its EXEC will run nothing, or an empty line. It takes the room of all but the queue."""
    if not row.doomed:
        return ()
    why = "a watched key changed" if row.doomed == "watched" else "a command was refused"
    return line(Run(f"{why}: EXEC runs nothing", "gone"))


def _time(row: ClientRow, now_ms: int, bar: int) -> Line:
    """Since when, and until when; a bar for what is left of a timeout."""
    if row.wait is None:
        last = f"last {row.last.upper()}, {seconds(row.idle_ms)} ago" if row.last else ""
        return line(Run(last, "dim"))
    so_far = f"{seconds(max(now_ms - row.wait.since_ms, 0))} so far, "
    if not row.wait.until_ms:
        return line(Run(f"{so_far}no timeout", "value"))
    whole = max(row.wait.until_ms - row.wait.since_ms, 1)
    left = max(row.wait.until_ms - now_ms, 0)
    return line(Run(f"{so_far}{seconds(left)} left ", "value"), *_bar(left / whole, bar))


def _bar(share: float, size: int) -> list[Run]:
    style = "bar.last" if share < 0.2 else "bar.low" if share < 0.5 else "bar"
    full, part = divmod(round(min(share, 1.0) * size * 8), 8)
    runs = [Run(" " * full, style)]
    if full < size:
        runs.append(Run(EIGHTHS[part], f"{style}|bar.empty" if part else "bar.empty"))
        runs.append(Run(" " * (size - full - 1), "bar.empty"))
    return runs


def _line(waiting: WaitingLine) -> Line:
    """The clients in front of one key, the next to be served first."""
    names = ", ".join(_printable(name) for name in waiting.clients)
    db = f" in db {waiting.db}" if waiting.db else ""
    more = f" {MORE}{waiting.more:,} more" if waiting.more else ""
    return line(
        Run(" in line for ", "title"), Run(_keys((waiting.key,)), "key"), Run(f"{db}: ", "label"),
        Run(names, "value"), Run(more, "dim"),
    )  # fmt: skip


def _printable(name: str) -> str:
    return printable(name.encode("utf-8", "backslashreplace"), NAME_WIDTH * 4)


def _keys(keys: tuple[bytes, ...], between: str = " or ") -> str:
    shown = [clip_text(printable(key, KEY_SHOWN * 2), KEY_SHOWN) or '""' for key in keys[:3]]
    more = f" {MORE}{len(keys) - 3} more" if len(keys) > 3 else ""
    return between.join(shown) + more
