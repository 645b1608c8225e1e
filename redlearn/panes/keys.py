"""Draws a KeysView: one key a row, with its type, encoding, size and the time it has left."""

from __future__ import annotations

from typing import Final

from redlearn.engine.keyspace import NO_EXPIRY
from redlearn.glyphs import TOUCHED
from redlearn.lines import Line, Lines, Run, cells, clip, clip_text, fit, line
from redlearn.resp.text import printable
from redlearn.views.keys import KeyRow, KeysView
from redlearn.views.narration import counted, seconds

TITLE: Final = "Keys"

COLUMNS: Final = 40
"""Cells for all that stands right of a key's name, where it is narrow."""

MEMORY: Final = 26
"""Cells for the bytes it takes, and how it was used: where there is room."""

WIDE: Final = 76


def render(view: KeysView, width: int, height: int) -> Lines:
    """Draw `view`: how many keys there are, and those in the window."""
    if width < 1 or height < 1:
        return ()
    if not view.total:
        return fit([line(Run(f"Database {view.db} is empty.", "label"))], width, height)
    head = f"{counted(view.total, 'key')} in database {view.db}"
    if view.by_bucket:
        head += f", from bucket {view.first:,} of the table"
    elif view.first:
        head += f", from no. {view.first + 1}"
    rows = [line(Run(head, "label"))] if height > 2 else []
    longest = max((cells(_name(row)) for row in view.rows), default=1)
    columns = COLUMNS + MEMORY * (width >= WIDE)
    name = max(min(longest, width - columns - 2), 6)
    rows += [_row(view, row, name, width) for row in view.rows]
    return fit(rows, width, height)


def _name(row: KeyRow) -> str:
    return printable(row.key, 64) or '""'


def _row(view: KeysView, row: KeyRow, name: int, width: int) -> Line:
    last = row.key == view.last
    label = clip_text(_name(row), name)
    left = "" if row.at_ms == NO_EXPIRY else _left(row.at_ms - view.now_ms)
    return clip(
        line(
            Run(f"{TOUCHED if last else ' '} ", "path"),
            Run(label + " " * (name - cells(label) + 2), "path" if last else "key"),
            Run(f"{row.kind:<7}", "label"),
            Run(f"{row.encoding:<10}", "value"),
            Run(f"{row.length:>9,} ", "number"),
            *_memory(row, width),
            Run(f" {left}", "warn" if left else "dim"),
        ),
        width,
    )


def _memory(row: KeyRow, width: int) -> tuple[Run, ...]:
    if width < WIDE:
        return ()
    return (Run(f"{row.memory:>9,} B ", "number"), Run(f" {row.used:<13}", "label"))


def _left(ms: int) -> str:
    return seconds(ms) if ms > 0 else "over"
