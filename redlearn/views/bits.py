"""What a pane sees of a string taken for a row of bits: some bytes, and which bits were used."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from redlearn.engine.structures.bits import (
    BitRead,
    BitsCombined,
    BitsCounted,
    BitSought,
    BitWritten,
    BytesAdded,
    FieldFitted,
    FieldRead,
    FieldWritten,
)
from redlearn.engine.values.string import String
from redlearn.probe import Event
from redlearn.views.window import Room, placed

OFFSET_WIDTH: Final = 9
BYTE_WIDTH: Final = 12
"""Cells that a byte takes: eight bits, a blank, and two digits with a blank further right."""

A_ROW: Final = (16, 8, 4, 2, 1)
FIELDS_KEPT: Final = 8


@dataclass(frozen=True, slots=True)
class Field:
    """A number of some bits: `width` of them from bit `offset` on.

    Attributes:
        number: What it holds now.
        wanted: What was to be written, or None if it was only read.
        overflow: What was done because it did not fit, or "" if it did; FAIL wrote nothing.
    """

    offset: int
    width: int
    signed: bool
    number: int | None
    wanted: int | None = None
    overflow: str = ""

    @property
    def type(self) -> str:
        return f"{'i' if self.signed else 'u'}{self.width}"


@dataclass(frozen=True, slots=True)
class Touch:
    """What the last command did.

    Attributes:
        bit: Offset of the bit it read, wrote or found, or None.
        old, new: What that bit was and is; the same if it was only read.
        wrote: Whether it was written.
        span: The first and last bit of a range that was counted or searched.
        counted: How many of these are set.
        sought: The bit that was looked for there.
        grown: The sizes before and after, if the string got longer.
        fields: Numbers that were read or written, the last ones.
        combined: Strings that this one was made of.
    """

    bit: int | None = None
    old: int = 0
    new: int = 0
    wrote: bool = False
    span: tuple[int, int] | None = None
    counted: int | None = None
    sought: BitSought | None = None
    grown: tuple[int, int] | None = None
    fields: tuple[Field, ...] = ()
    combined: BitsCombined | None = None

    @property
    def focus(self) -> int | None:
        """The bit that a window should show."""
        if self.bit is not None:
            return self.bit
        if self.fields:
            return self.fields[-1].offset
        return self.span[0] if self.span else None


@dataclass(frozen=True, slots=True)
class BitsView:
    """A window on the bits of a string.

    Attributes:
        length: All bytes.
        a_row: Bytes in a row.
        first: Offset of the first byte shown.
        data: The bytes shown.
    """

    length: int
    a_row: int
    first: int
    data: bytes
    touch: Touch = field(default_factory=Touch)


def look_at(value: String, room: Room, events: Iterable[Event] = ()) -> BitsView:
    """Copy out the rows round the bit used last. O(visible)."""
    touch = touch_of(events)
    a_row = next((n for n in A_ROW if OFFSET_WIDTH + 2 + BYTE_WIDTH * n <= room.width), 1)
    total = -(-len(value) // a_row)
    rows = max(room.height, 1)
    focus = touch.focus
    home = 0 if focus is None else (focus >> 3) // a_row - rows // 3
    first = placed(max(min(home, total - rows // 2), 0), room.y, 1, max(total, 1)) * a_row
    data = value.slice(first, first + rows * a_row)
    return BitsView(len(value), a_row, first, data, touch)


def advance(view: BitsView, event: Event) -> BitsView:
    """The view with one more event marked."""
    touch = touched_by(view.touch, event)
    return view if touch is view.touch else replace(view, touch=touch)


def touch_of(events: Iterable[Event]) -> Touch:
    """What a command's events say about the bits of a string."""
    touch = Touch()
    for event in events:
        touch = touched_by(touch, event)
    return touch


def touched_by(touch: Touch, event: Event) -> Touch:
    """The marks after one more event."""
    match event:
        case BitWritten(offset, old, new):
            return replace(touch, bit=offset, old=old, new=new, wrote=True)
        case BitRead(offset, bit):
            return Touch(bit=offset, old=bit, new=bit)
        case BitsCounted(first, last, count):
            return Touch(span=(first, last), counted=count)
        case BitSought(_, first, last, offset):
            found = None if offset < 0 else offset
            return Touch(span=(first, last), sought=event, bit=found)
        case BytesAdded(old, new):
            return replace(touch, grown=(old, new))
        case BitsCombined():
            return Touch(combined=event)
    return _field_touched(touch, event)


def _field_touched(touch: Touch, event: Event) -> Touch:
    match event:
        case FieldRead(offset, width, signed, number):
            each = Field(offset, width, signed, number)
        case FieldFitted(offset, width, signed, wanted, written, overflow):
            how = "" if written == wanted else overflow
            each = Field(offset, width, signed, None, wanted, how)
        case FieldWritten(offset, width, _, new) if touch.fields:
            last = touch.fields[-1]
            below = last.signed and new >> (width - 1) == 1
            number = new - (1 << width) if below else new
            return replace(touch, fields=(*touch.fields[:-1], replace(last, number=number)))
        case _:
            return touch
    return replace(touch, fields=(*touch.fields, each)[-FIELDS_KEPT:])
