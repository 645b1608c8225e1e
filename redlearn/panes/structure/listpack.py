"""Draws a ListpackView: one entry a row, its bytes in three parts, and what they stand for.

  offset  [encoding] data (backlen)          role    value
▸      6  [84] 6e 61 6d 65 (05)              field   name
      12  [83] 61 6e 6e (04)                 value   ann
"""

from __future__ import annotations

from typing import Final

from redlearn.glyphs import GLIMPSED, MORE, STOOD, TOUCHED
from redlearn.lines import Line, Run, cells, clip, clip_text, line, pad
from redlearn.resp.text import printable
from redlearn.views.listpack import TRIPLES, ListpackView, PackedEntry
from redlearn.views.narration import counted
from redlearn.views.ttl import left_text

ENCODING_WIDTH: Final = 14
ROLE_WIDTH: Final = 8
VALUE_WIDTH: Final = 14
CONTENTS: Final = {
    "hash": ("field", 2), "zset": ("member", 2), "set": ("member", 1), "list": ("element", 1),
    TRIPLES: ("field", 3),
}  # fmt: skip
"""What a TYPE's entries stand for, and how many of them make one."""

WIDE: Final = 64
"""From this width on the encoding is named, if no number is too long for that."""

BEFORE: Final = 11
"""Cells for the sign and the offset."""


def facts(view: ListpackView) -> list[str]:
    """What the header says of it."""
    what, entries = CONTENTS.get(view.kind, ("entry", 1))
    pairs = counted(view.count // entries, what)
    found = [pairs, counted(view.size, "byte") + " in one block"]
    if len(view.entries) < view.count:
        found.append(f"entries {view.first}-{view.first + len(view.entries) - 1} of {view.count}")
    return found


def draw(view: ListpackView, width: int, height: int) -> list[Line]:
    """The header's bytes, then entries, then the end mark where it is in sight."""
    rows = [_header(view, width)]
    value_width = _value_width(view, width)
    right = ROLE_WIDTH + value_width
    named = width >= WIDE and width - BEFORE - 2 - right - ENCODING_WIDTH >= _longest(view)
    if named:
        right += ENCODING_WIDTH
    rows += [_row(view, entry, width, right, named=named) for entry in view.entries]
    if view.first + len(view.entries) >= view.count:
        end = f"{view.size - 1:>7}  "
        rows.append(line(Run("  " + end, "dim"), Run("ff", "byte.end"), Run("  the end", "label")))
    return rows[:height]


def _header(view: ListpackView, width: int) -> Line:
    size, count = view.header[:4].hex(" "), view.header[4:].hex(" ")
    said = line(
        Run("        0  ", "dim"),
        Run(size, "byte.len"), Run(f" = {view.size} bytes  ", "label"),
        Run(count, "byte.len"), Run(f" = {_count(view)}   ", "label"),
    )  # fmt: skip
    behind = line(" ", Run("text", "byte.data"), " ", Run("(size)", "byte.back"))
    long = (*said, Run("[encoding]", "byte.enc"), *behind)
    if sum(cells(run.text) for run in long) <= width:
        return long
    return clip((*said, Run("[enc]", "byte.enc"), *behind), width)


def _count(view: ListpackView) -> str:
    return counted(view.count, "entry") if view.header[4:] != b"\xff\xff" else "count yourself"


def _value_width(view: ListpackView, width: int) -> int:
    """Cells for what entries stand for: as many as the longest needs, up to a third of all."""
    longest = max((cells(printable(entry.value)) + 1 for entry in view.entries), default=0)
    return max(min(longest, width // 3), VALUE_WIDTH)


def _longest(view: ListpackView) -> int:
    """Cells for the longest bytes that cannot be cut: those of a number of 64 bits are 33."""
    return max((cells(_head(entry)) + cells(_back(entry)) + 1 for entry in view.entries), default=0)


def _row(view: ListpackView, entry: PackedEntry, width: int, right: int, *, named: bool) -> Line:
    """One entry: its bytes, its encoding if that is `named`, what it stands for.

    Args:
        right: Cells for what stands behind the bytes.
    """
    mark, style = _mark(view, entry)
    room = max(width - BEFORE - right - 2, 12)
    runs = [
        Run(mark + " ", style),
        Run(f"{entry.offset:>7}  ", "dim"),
        *pad(_bytes(entry, room), room + 1),
    ]
    if named:
        runs.append(Run(entry.encoding.ljust(ENCODING_WIDTH), "dim"))
    runs.append(Run(entry.role.ljust(ROLE_WIDTH), "label"))
    left = width - sum(len(run.text) for run in runs)
    _, each = CONTENTS.get(view.kind, ("", 1))
    value_style = style if mark != " " else "key" if entry.index % each == 0 else "value"
    text = printable(entry.value) + (MORE if entry.hidden else "")
    if entry.role == "ends":
        text = _end(entry.value, view.now_ms)
    runs.append(Run(clip_text(text or '""', max(left, 0)), value_style))
    return tuple(runs)


def _end(moment: bytes, now_ms: int) -> str:
    """What a moment comes to: how long it is until then."""
    left_ms = int(moment) - now_ms
    if moment == b"0":
        return "never"
    return f"in {left_text(left_ms)}" if left_ms > 0 else "over"


def _mark(view: ListpackView, entry: PackedEntry) -> tuple[str, str]:
    """The sign in front of an entry, and its style: written, found, or passed on the way."""
    visits = view.visits
    if any(offset == entry.offset for offset, _ in visits.written):
        return TOUCHED, "new"
    if entry.index == visits.matched:
        return STOOD, "path"
    if entry.index in visits.visited:
        return GLIMPSED, "path"
    return " ", "value"


def _head(entry: PackedEntry) -> str:
    return f"[{entry.head.hex(' ')}]"


def _back(entry: PackedEntry) -> str:
    return f"({entry.back.hex(' ')})"


def _bytes(entry: PackedEntry, room: int) -> Line:
    """`[encoding] text (backlen)` in hex, the text cut to what fits `room` cells."""
    back, head = _back(entry), _head(entry)
    free = room - len(head) - len(back) - 2
    shown = entry.body[: max((free + 1) // 3, 0)]
    if len(shown) < len(entry.body) or entry.hidden:
        shown = entry.body[: max((free - 1) // 3, 0)]
        text = f"{shown.hex(' ')} {MORE}".lstrip()
    else:
        text = shown.hex(" ")
    return line(
        Run(head, "byte.enc"), " ", Run(text, "byte.data"), " " if text else "",
        Run(back, "byte.back"),
    )  # fmt: skip
