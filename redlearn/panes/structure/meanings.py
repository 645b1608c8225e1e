"""Draws what a value means to its commands: picks among the pictures beside this module."""

from __future__ import annotations

from redlearn.lines import Line
from redlearn.panes.structure import bits, groups, places, registers, stream
from redlearn.views.bits import BitsView
from redlearn.views.groups import GroupsView
from redlearn.views.meanings import Meaning
from redlearn.views.places import MapView
from redlearn.views.registers import RegistersView
from redlearn.views.stream import StreamView


def facts(meaning: Meaning) -> list[str]:
    """What the header says of it."""
    match meaning:
        case StreamView():
            return stream.facts(meaning)
        case GroupsView():
            return groups.facts(meaning)
        case BitsView():
            return bits.facts(meaning)
        case RegistersView():
            return registers.facts(meaning)
        case MapView():
            return places.facts(meaning)


def draw(meaning: Meaning, width: int, height: int) -> list[Line]:
    """The picture, in at most that many cells."""
    match meaning:
        case StreamView():
            return stream.draw(meaning, width, height)
        case GroupsView():
            return groups.draw(meaning, width, height)
        case BitsView():
            return bits.draw(meaning, width, height)
        case RegistersView():
            return registers.draw(meaning, width, height)
        case MapView():
            return places.draw(meaning, width, height)
