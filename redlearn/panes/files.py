"""Draws a FilesView: each file as a bar of what is safe, on its way, written, and not yet written.

appendfsync everysec
appendonlydir/appendonly.aof.1.base.rdb   base       88  ████████████████████
appendonlydir/appendonly.aof.1.incr.aof   incr      310  █████████████▓▓▓▒▒▒▒░░
  a power cut leaves 220, a kill 290; 20 bytes still to be written
█ on disk   ▓ on its way   ▒ in the system's cache   ░ in the process
"""

from __future__ import annotations

from typing import Final

from redlearn.lines import Line, Lines, Run, cells, fit, line
from redlearn.resp.text import printable
from redlearn.views.files import FileRow, FilesView, Running
from redlearn.views.narration import counted

TITLE: Final = "Files"

BAR_WIDTH: Final = 24
LEAST_BAR: Final = 8

ON_DISK: Final = "█"
FLYING: Final = "▓"
CACHED: Final = "▒"
BUFFERED: Final = "░"
LEVELS: Final = (
    (ON_DISK, "ok", "on disk"),
    (FLYING, "path", "on its way"),
    (CACHED, "warn", "in the system's cache"),
    (BUFFERED, "error", "in the process"),
)


def render(view: FilesView, width: int, height: int) -> Lines:
    """Draw `view` in that many cells. What is not safe yet has a line of its own below."""
    if width < 1 or height < 1:
        return ()
    head = [_head(view)]
    if view.running:
        head.append(_running(view.running))
    if view.note:
        head.append(line(Run(printable(view.note.encode("utf-8", "replace"), 200), "error")))
    if not view.rows:
        return fit([*head, line(Run("The data directory is empty.", "label"))], width, height)
    legend = [_legend()] if height > len(head) + 2 else []
    room = height - len(head) - len(legend)
    rows = [row for each in view.rows[view.first :] for row in _file(each, view, width)]
    return fit([*head, *rows[:room], *legend], width, height)


def _head(view: FilesView) -> Line:
    if view.down:
        return line(Run(printable(view.down.encode("utf-8", "replace"), 200), "error"))
    if not view.policy:
        return line(Run("no log is kept: appendonly no", "label"))
    return line(Run("appendfsync ", "label"), Run(view.policy, "value"))


def _running(running: Running) -> Line:
    runs = [
        Run(f"a {running.what} is being written: ", "path"),
        Run(f"{running.done:,} of {counted(running.total, 'key')}", "number"),
    ]
    if running.copied:
        said = f"; {counted(running.copied, 'key')} changed since, {running.memory:,} bytes kept"
        runs.append(Run(said, "warn"))
    return tuple(runs)


def _file(row: FileRow, view: FilesView, width: int) -> list[Line]:
    """A file's line, and what would be left of it, if that is less than there is."""
    names = max(cells(printable(each.name.encode())) for each in view.rows)
    names = min(names, max(width - BAR_WIDTH - 22, 12))
    bar = max(min(width - names - 22, 40), LEAST_BAR)
    name = printable(row.name.encode())
    shown = name if cells(name) <= names else _shortened(name, names)
    runs = [
        Run(shown.ljust(names), "key"),
        Run(f"  {row.part:<9}", "label"),
        Run(f"{row.written:>8,} ", "number"),
        *_bar(row, bar),
    ]
    rows = [tuple(runs)]
    lost = row.written + row.buffered - row.after_a_crash
    if lost:
        says = f"  a power cut leaves {row.after_a_crash:,}, a kill {row.after_a_kill:,}"
        if not row.named:
            says += "; its name is not on disk yet"
        if row.buffered:
            says += f"; {counted(row.buffered, 'byte')} still to be written"
        rows.append(line(Run(says, "warn")))
    return rows


def _shortened(name: str, width: int) -> str:
    """A name in less room: without its directory, and cut at its beginning if it must be.

    >>> _shortened("dir/appendonly.aof.manifest", 25), _shortened("dir/temp-1.rdb", 8)
    ('…/appendonly.aof.manifest', '…p-1.rdb')
    """
    alone = "…/" + name.rpartition("/")[2]
    return alone if "/" in name and cells(alone) <= width else "…" + name[-(width - 1) :]


def _bar(row: FileRow, width: int) -> list[Run]:
    """The file from its beginning to its end, and what is still to be appended."""
    total = row.written + row.buffered
    if not total:
        return []
    safe = row.durable
    parts = (safe, max(row.flying, safe), row.written, total)
    runs: list[Run] = []
    before = 0
    for (sign, style, _), upto in zip(LEVELS, parts, strict=True):
        stop = -(-upto * width // total)
        if stop > before:
            runs.append(Run(sign * (stop - before), style))
        before = max(before, stop)
    return runs


def _legend() -> Line:
    runs: list[Run] = []
    for sign, style, says in LEVELS:
        runs += [Run(sign, style), Run(f" {says}   ", "dim")]
    return tuple(runs)
