"""Draws a TtlView: a bar for each key that will die, soonest first, and how the last ones died.

session:1    ████████████████▌         12.4 s
◇ lock       lazy: a command asked for it 1.204 s late
◆ token      active: the cycle found it 0.031 s late
"""

from __future__ import annotations

from typing import Final

from redlearn.engine.expiry import KeyExpired
from redlearn.glyphs import ACTIVE, EIGHTHS, LAZY
from redlearn.lines import Line, Lines, Run, cells, clip, clip_text, fit, line
from redlearn.resp.text import printable
from redlearn.views.narration import counted, seconds
from redlearn.views.ttl import Deadline, TtlView, left_text

TITLE: Final = "TTL"

MOST_DIED: Final = 3
NAME_SHOWN: Final = 24
LEFT: Final = 11
"""Cells for the time that is left."""

LOW, LAST = 0.5, 0.2
"""Shares of its time below which a bar changes its colour."""

HORIZONS_MS: Final = (1_000, 10_000, 60_000, 600_000, 3_600_000, 86_400_000, 2_592_000_000)
"""What a full bar stands for where nobody knows how long a key was given: the next of these."""


def render(view: TtlView, width: int, height: int) -> Lines:
    """Draw `view`: a summary, the keys, and below them the dead."""
    if width < 1 or height < 1:
        return ()
    dead = [_dead(each, width) for each in view.died[: min(MOST_DIED, max(height // 3, 1))]]
    if not view.rows:
        alive = f"None of {counted(view.keys, 'key')} has a time to live." if view.keys > 1 else ""
        alone = "The one key here has no time to live." if view.keys == 1 else ""
        empty = line(Run(alive or alone or "No key has a time to live.", "label"))
        hint = line(Run("Try ", "dim"), Run("SET k v EX 20", "code"))
        return fit([_cut(empty, width), *dead, _cut(hint, width)], width, height)
    rows: list[Line] = []
    room = height - len(dead)
    if room > 2:
        rows.append(_summary(view, width))
    name = min(max(cells(_name(row)) for row in view.rows), NAME_SHOWN, max(width // 3, 4))
    shown = view.rows[: max(room - len(rows), 0)]
    rows += [_row(row, view.now_ms, name, width) for row in shown]
    return fit([*rows, *dead], width, height)


def _summary(view: TtlView, width: int) -> Line:
    clock = [Run("   clock: ", "dim"), Run(view.clock, "warn")] if view.clock else []
    first = f", from no. {view.first + 1:,}" if view.first else ""
    fields = f"fields of {counted(view.hashes, 'hash')}"
    if view.hashes:
        first = f", and {fields}{first}"
    for what in ("with a time to live", "with a TTL"):
        text = f"{counted(view.total, 'key')} {what}{first}"
        if not view.total and view.hashes:
            text = f"{fields.capitalize()} end"
        if cells(text) + sum(cells(run.text) for run in clock) <= width:
            break
    return _cut((Run(text, "label"), *clock), width)


def _name(row: Deadline, room: int = NAME_SHOWN) -> str:
    """What ends: a key, or `key->field`, of which the field is the last to be cut."""
    if row.field is not None:
        key, field = (printable(name, NAME_SHOWN) or '""' for name in (row.key, row.field))
        left = max(room - cells(field) - 2, 2)
        return clip_text(f"{clip_text(key, left)}->{field}", room)
    return clip_text(printable(row.key, NAME_SHOWN * 2), NAME_SHOWN) or '""'


def _row(row: Deadline, now_ms: int, name: int, width: int) -> Line:
    """Name, bar, time left."""
    left_ms = row.at_ms - now_ms
    label = clip_text(_name(row, name), name)
    size = width - name - LEFT - 2
    head = Run(label + " " * (name - cells(label) + 1), "key")
    if left_ms <= 0:
        late = f"over since {seconds(-left_ms)}, not found yet"
        if name + 1 + cells(late) > width:
            late = "over, not found yet"
        return _cut(line(head, Run(late, "gone")), width)
    whole = row.total_ms or next((ms for ms in HORIZONS_MS if ms >= left_ms), left_ms)
    share = min(left_ms / whole, 1.0)
    style = "bar.last" if share < LAST else "bar.low" if share < LOW else "bar"
    time = Run(left_text(left_ms).rjust(LEFT), "value")
    if size < 1:
        return _cut((head, time), width)
    return line(head, *_bar(share, size, style), " ", time)


def _bar(share: float, size: int, style: str) -> list[Run]:
    """A bar of `size` cells, filled to the eighth of a cell. Backgrounds leave no seams."""
    full, part = divmod(round(share * size * 8), 8)
    runs = [Run(" " * full, style)]
    if full < size:
        runs.append(Run(EIGHTHS[part], f"{style}|bar.empty" if part else "bar.empty"))
        runs.append(Run(" " * (size - full - 1), "bar.empty"))
    return runs


def _dead(event: KeyExpired, width: int) -> Line:
    """How a key died: found by a command that asked, or by the cycle that looks around."""
    late_ms = event.now_ms - event.at_ms
    late = f"{seconds(late_ms)} late" if late_ms else "at once"
    lazy = event.how == "lazy"
    head = line(
        Run(f"{LAZY if lazy else ACTIVE} ", "gone"),
        Run(clip_text(printable(event.key, NAME_SHOWN * 2), NAME_SHOWN) or '""', "key"),
        " ",
        Run(f" {event.how} ", "hot" if lazy else "tag"),
    )
    room = width - sum(cells(run.text) for run in head)
    said = f" {'a command asked for it' if lazy else 'the expiry cycle found it'}, {late}"
    if cells(said) > room:
        said = f" {late}"
    return _cut((*head, Run(said, "label")), width)


def _cut(row: Line, width: int) -> Line:
    """The row in that many cells; where something had to go, an ellipsis says so."""
    if sum(cells(run.text) for run in row) <= width:
        return row
    return (*clip(row, width - 1), Run("…", "dim"))
