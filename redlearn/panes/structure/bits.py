"""Draws a BitsView: rows of bits with their offsets and bytes, the bits that were used marked.

0  00000001 00000000 00000000 00001000   01 00 00 08
^
32  ...
"""

from __future__ import annotations

from typing import Final

from redlearn.glyphs import LANE, TOUCHED
from redlearn.lines import Line, Run, clip, clip_text, line
from redlearn.resp.text import printable
from redlearn.views.bits import OFFSET_WIDTH, BitsView, Field
from redlearn.views.narration import counted

UP: Final = "^"
FIELD_ROWS: Final = 4
"""Rows at most that say what happened to fields."""


def facts(view: BitsView) -> list[str]:
    """What the header says of it."""
    found = [f"{counted(view.length, 'byte')} = {view.length * 8:,} bits"]
    if view.first:
        found.append(f"from bit {view.first * 8:,}")
    return found


def draw(view: BitsView, width: int, height: int) -> list[Line]:
    """What happened, in a line or some; then the strings it was made of, or rows of bits."""
    rows = [clip(each, width) for each in _said(view)]
    if height < len(rows) + 2:
        rows = rows[:1] if height > 2 else []
    room = height - len(rows)
    if view.touch.combined is not None:
        return [*rows, *_stacked(view, width, room)][: max(height, 0)]
    return [*rows, *_rows(view, width, room)][: max(height, 0)]


# --- what happened ------------------------------------------------------------------------


def _said(view: BitsView) -> list[Line]:
    touch = view.touch
    rows: list[Line] = []
    if touch.grown is not None:
        old, new = touch.grown
        said = f" grew from {old:,} to {counted(new, 'byte')}, zeros at first"
        rows.append(line(Run(said, "warn")))
    if touch.counted is not None and touch.span is not None:
        rows.append(_sentence(f"bits {touch.span[0]:,} to {touch.span[1]:,}", touch.counted, "set"))
    elif touch.sought is not None:
        sought = touch.sought
        where = "nowhere" if sought.offset < 0 else f"at {sought.offset:,}"
        looked = f" first {sought.bit} from bit {sought.first:,} to {sought.last:,}: "
        rows.append(line(Run(looked, "label"), Run(where, "path")))
    elif touch.bit is not None:
        rows.append(_bit_said(view, touch.bit))
    rows += [_field_said(each) for each in touch.fields[-FIELD_ROWS:]]
    return rows


def _sentence(label: str, number: int, what: str) -> Line:
    return line(Run(f" {label}: ", "label"), Run(f"{number:,}", "path"), Run(f" {what}", "label"))


def _bit_said(view: BitsView, bit: int) -> Line:
    touch = view.touch
    where = f" bit {bit:,}"
    how = f" is bit {bit & 7} of byte {bit >> 3:,}, counted from the highest: "
    if bit >> 3 >= view.length:
        how = " lies beyond the end: "
    what = f"was {touch.old}, is {touch.new}" if touch.wrote else f"{touch.new}"
    return line(Run(where, "path"), Run(how, "label"), Run(what, "path"))


def _field_said(each: Field) -> Line:
    """A number in the bits: its type, where it is, what was to be done and what came of it."""
    head = line(Run(f" {each.type}", "path"), Run(f" at bit {each.offset:,}: ", "label"))
    if each.wanted is None:
        return (*head, Run(f"{each.number}", "number"))
    if each.overflow:
        how = {"FAIL": "not written", "WRAP": "wraps round to ", "SAT": "stops at "}[each.overflow]
        number = "" if each.overflow == "FAIL" else f"{each.number}"
        refused = Run(f" does not fit: {each.overflow}, {how}", "warn")
        return (*head, Run(f"{each.wanted}", "gone"), refused, Run(number, "number"))
    return (*head, Run(f"{each.wanted}", "number"), Run(" written", "label"))


# --- rows of bits -------------------------------------------------------------------------


def _rows(view: BitsView, width: int, height: int) -> list[Line]:
    rows: list[Line] = []
    for at in range(0, len(view.data), view.a_row):
        if len(rows) >= height:
            break
        piece = view.data[at : at + view.a_row]
        first = (view.first + at) * 8
        marks = _marks(view, first, len(piece) * 8)
        rows.append(clip(_row(view, first, piece, lit=bool(marks.strip())), width))
        if marks.strip():
            rows.append(clip(line(" " * (OFFSET_WIDTH + 1), Run(marks.rstrip(), "path")), width))
    if not view.data:
        rows.append(line(Run(" no bits here: whatever is beyond the end reads as 0", "dim")))
    return rows


def _row(view: BitsView, first: int, piece: bytes, *, lit: bool) -> Line:
    """Offset, bits byte by byte, and the bytes in hex."""
    mark = TOUCHED if lit else " "
    runs: list[Run] = [Run(mark, "path"), Run(f"{first:>{OFFSET_WIDTH - 2},}  ", "dim")]
    for number, byte in enumerate(piece):
        runs += _byte(view, first + 8 * number, byte)
        runs.append(Run(" "))
    gap = " " * (9 * (view.a_row - len(piece)) + 1)
    return line(*runs, gap, Run(piece.hex(" "), "byte.data"))


def _byte(view: BitsView, first: int, byte: int) -> list[Run]:
    """The bits of a byte, the one that was used lit; ones stand out from zeros."""
    text = f"{byte:08b}"
    bit = view.touch.bit
    if bit is None or not first <= bit < first + 8:
        return _ones(text)
    at = bit - first
    return [*_ones(text[:at]), Run(text[at], "hot"), *_ones(text[at + 1 :])]


def _ones(text: str) -> list[Run]:
    runs: list[Run] = []
    for bit in text:
        style = "number" if bit == "1" else "dim"
        if runs and runs[-1].style == style:
            runs[-1] = Run(runs[-1].text + bit, style)
        else:
            runs.append(Run(bit, style))
    return runs


def _marks(view: BitsView, first: int, count: int) -> str:
    """Signs under a row: an arrow under a bit, a bracket under a number, a line under a range."""
    touch = view.touch
    marks = [" "] * (count // 8 * 9)
    for each in touch.fields:
        _bracket(marks, first, count, each.offset, each.offset + each.width - 1)
    if touch.span is not None and touch.bit is None:
        _bracket(marks, first, count, *touch.span)
    if touch.bit is not None and first <= touch.bit < first + count:
        marks[_column(touch.bit - first)] = UP
    return "".join(marks)


def _bracket(marks: list[str], first: int, count: int, start: int, stop: int) -> None:
    """Draw a bracket from bit `start` to bit `stop`, as much of it as lies in the row."""
    low, high = max(start, first), min(stop, first + count - 1)
    if low > high:
        return
    left, right = _column(low - first), _column(high - first)
    for at in range(left, right + 1):
        marks[at] = LANE
    if low == start:
        marks[left] = "╰" if left < right else UP
    if high == stop and left < right:
        marks[right] = "╯"


def _column(bit: int) -> int:
    """Where a bit stands in a row: a blank follows every eight."""
    return bit + bit // 8


# --- strings combined ---------------------------------------------------------------------


def _stacked(view: BitsView, width: int, height: int) -> list[Line]:
    """The operands above each other, a line, the result; one piece of all of them a block."""
    combined = view.touch.combined
    assert combined is not None
    rows: list[Line] = []
    label = max(min(width // 5, 12), 5)
    count = max(min((width - label - 2) // 9, 8, len(view.data)), 1)
    most = max(min(len(combined.operands), height - 3), 1)
    for at in range(0, max(len(view.data), 1), count):
        first = view.first + at
        block = [
            _operand(key, data[first : first + count], label, size <= first)
            for key, size, data in combined.operands[:most]
        ]
        rows.append(_block_title(combined.operation, first, label, len(combined.operands) - most))
        rows += block
        result = view.data[at : at + count]
        rows.append(_operand(b"=", result, label, False))
        if len(rows) + most + 2 > height:
            break
    return [clip(row, width) for row in rows]


def _block_title(operation: str, first: int, label: int, more: int) -> Line:
    left = f", {more} more not drawn" if more > 0 else ""
    return line(Run(f" {operation:<{label}}", "title"), Run(f"from bit {first * 8:,}{left}", "dim"))


def _operand(key: bytes, data: bytes, label: int, ended: bool) -> Line:
    name = clip_text(printable(key, label * 2) or '""', label)
    runs: list[Run] = [Run(f" {name}".ljust(label + 1), "label" if key != b"=" else "path")]
    for byte in data:
        runs += [*_ones(f"{byte:08b}"), Run(" ")]
    if not data:
        said = "ended before: counts as zeros" if ended else "not kept beyond its first bytes"
        runs.append(Run(said, "dim"))
    return line(*runs)
