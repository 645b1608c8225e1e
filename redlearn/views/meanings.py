"""What a value means to the commands that used it: a log, groups, bits, registers, places."""

from __future__ import annotations

from collections.abc import Sequence

from redlearn.engine.values.stream import Stream
from redlearn.engine.values.string import String
from redlearn.engine.values.value import Value
from redlearn.engine.values.zset import ZSet
from redlearn.probe import Event
from redlearn.views import bits, groups, places, registers, stream
from redlearn.views.bits import BitsView
from redlearn.views.forms import BITS, GROUPS, MAP, REGISTERS_FORM
from redlearn.views.groups import GroupsView
from redlearn.views.places import MapView
from redlearn.views.registers import RegistersView
from redlearn.views.stream import StreamView
from redlearn.views.window import Room

Meaning = StreamView | GroupsView | BitsView | RegistersView | MapView


def look_at(
    value: Value, form: str, room: Room, events: Sequence[Event], now_ms: int
) -> Meaning | None:
    """The value in that form, or None where the structure itself is to be drawn."""
    match value:
        case Stream():
            if form == GROUPS:
                return groups.look_at(value, room, events, now_ms)
            return stream.look_at(value, room, events)
        case String() if form == BITS:
            return bits.look_at(value, room, events)
        case String() if form == REGISTERS_FORM:
            return registers.look_at(value, room, events)
        case ZSet() if form == MAP:
            return places.look_at(value, room, events)
    return None


def advance(meaning: Meaning, event: Event) -> Meaning:
    """The view with one more event marked."""
    match meaning:
        case StreamView():
            return stream.advance(meaning, event)
        case GroupsView():
            return groups.advance(meaning, event)
        case BitsView():
            return bits.advance(meaning, event)
        case RegistersView():
            return registers.advance(meaning, event)
        case MapView():
            return places.advance(meaning, event)
