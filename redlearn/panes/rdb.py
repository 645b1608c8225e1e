"""Draws an RdbView: bytes in rows of sixteen, coloured by what they are, and the one looked at.

dump.rdb   153 bytes   byte 98, 0x62
00000050  00 06 73 65 73 73 3a 31 05 68 65 6c 6c 6f fc 00  ··sess:1·hello··
00000060  9c[5e]3f 8c 01 00 00 11 05 62 6f 61 72 64 ...      ·^?······board··
field      expires at, ms: 1700000060000, bytes 95 to 102
record 14  the key board: a sorted set as listpack
"""

from __future__ import annotations

from typing import Final

from redlearn.glyphs import NOTHING
from redlearn.lines import Line, Lines, Run, clip, clip_text, fit, line, width_of
from redlearn.views.narration import counted
from redlearn.views.rdb import Mark, Place, RdbView

TITLE: Final = "RDB"

STYLES: Final = {
    "head": "byte.len",
    "number": "number",
    "text": "byte.data",
    "packed": "byte.enc",
    "sum": "byte.end",
}
WORDS: Final = 4
"""Lines of words round the bytes."""

OFFSET: Final = 10


def rows_for(height: int) -> int:
    """How many rows of bytes a pane of that height has room for."""
    return max(height - WORDS, 1)


def per_row(width: int) -> int:
    """How many bytes fit in a row: sixteen, or eight where it is narrow.

    >>> per_row(78), per_row(50), per_row(30)
    (16, 8, 4)
    """
    for count in (32, 16, 8):
        if OFFSET + 4 * count + 2 <= width:
            return count
    return 4


def render(view: RdbView, width: int, height: int) -> Lines:
    """Draw `view`, which was looked at with `rows_for` and `per_row` of these cells."""
    if width < 1 or height < 1:
        return ()
    if not view.size:
        says = "No snapshot has been written: SAVE or BGSAVE makes one."
        return fit([line(Run(says, "label"))], width, height)
    words = _words(view, width)
    count = per_row(width)
    rows = [_row(view, first, count) for first in range(0, len(view.data), count)]
    room = height - 1 - min(len(words), max(height - 3, 1))
    return fit([_head(view), *rows[: max(room, 0)], *words], width, height)


def _head(view: RdbView) -> Line:
    runs = [
        Run(view.name, "key"),
        Run(f"   {counted(view.size, 'byte')}, {counted(view.records, 'record')}", "label"),
    ]
    if view.place:
        byte = view.data[view.place.at - view.first]
        runs.append(Run(f"   byte {view.place.at}: {byte:02x}", "hot"))
    return tuple(runs)


def _row(view: RdbView, first: int, count: int) -> Line:
    """One row: where it is, its bytes, and those of them that are letters."""
    runs: list[Run] = [Run(f"{view.first + first:08x}  ", "dim")]
    letters: list[Run] = []
    data = view.data[first : first + count]
    for at, byte in enumerate(data, view.first + first):
        style = _style(view, at)
        runs.append(Run(f"{byte:02x}", style))
        runs.append(Run(" ", style if _goes_on(view, at) else ""))
        letters.append(Run(chr(byte) if 32 <= byte < 127 else NOTHING, style))
    runs.append(Run("   " * (count - len(data)) + " "))
    return _joined([*runs, *letters])


def _style(view: RdbView, at: int) -> str:
    place = view.place
    if place and at == place.at:
        return "hot"
    if place and place.mark and place.mark.start <= at < place.mark.stop:
        return "selected"
    mark = _mark(view.marks, at)
    return STYLES[mark.kind] if mark else "byte"


def _goes_on(view: RdbView, at: int) -> bool:
    """Whether the field looked at goes on behind a byte: then the blank belongs to it."""
    mark = view.place.mark if view.place else None
    return mark is not None and mark.start <= at < mark.stop - 1 and at + 1 != _at(view.place)


def _at(place: Place | None) -> int:
    return place.at if place else -1


def _mark(marks: tuple[Mark, ...], at: int) -> Mark | None:
    """The mark a byte is in: they are in order."""
    low, high = 0, len(marks)
    while low < high:
        middle = (low + high) // 2
        if marks[middle].stop <= at:
            low = middle + 1
        else:
            high = middle
    return marks[low] if low < len(marks) and marks[low].start <= at else None


def _joined(runs: list[Run]) -> Line:
    """Neighbours of one style as one run: fewer strips to paint."""
    joined: list[Run] = []
    for run in runs:
        if joined and joined[-1].style == run.style:
            joined[-1] = Run(joined[-1].text + run.text, run.style)
        elif run.text:
            joined.append(run)
    return tuple(joined)


def _words(view: RdbView, width: int) -> list[Line]:
    """What the byte under the cursor belongs to, from the inside out."""
    rows: list[Line] = []
    place = view.place
    if place and place.mark:
        rows.append(_field(place.mark, width))
    if place:
        rows.append(line(Run("record  ", "label"), Run(place.record, "value")))
    if view.fault:
        rows.append(line(Run(f"damaged {view.fault}", "error")))
    return [clip(row, 400) for row in rows]


def _field(mark: Mark, width: int) -> Line:
    """The field and its place, which is there to its end: what the field says is cut for it."""
    last = mark.stop - 1
    where = f"   byte {last}" if mark.start == last else f"   bytes {mark.start} to {last}"
    head = (Run("field   ", "label"), Run(mark.name, "title"), Run(": ", "value"))
    room = max(width - width_of(head) - len(where), 8)
    return line(*head, Run(clip_text(mark.says, room), "value"), Run(where, "dim"))
