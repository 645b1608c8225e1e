"""Notes: what views remember of each point of a session, and what is said of it to who looks.

A note is made of every point as it happens, since each goes on from the one before: who died, what
keys were taken for. Most commands of a program change nothing of that, and take the note before
over. Words are dearer: lines of the log, rows of the append-only file and a list of changes take
as long as the command itself. They are made when somebody looks, out of the events that were
recorded, or are by running the input again. Of thousands of commands that a program sends
between two drawings, a screen shows a few.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from redlearn.engine.blocking import ClientBlocked
from redlearn.engine.client import NO_ADDRESS
from redlearn.engine.context import KeyAdded, KeyChanged, KeyUsed
from redlearn.engine.engine import CommandStarted
from redlearn.engine.eviction import KeyEvicted
from redlearn.engine.expiry import KeyExpired
from redlearn.engine.structures.hashtable import BucketMoved, RehashFinished
from redlearn.probe import Event
from redlearn.views import aof, log, memory, wire
from redlearn.views.aof import AofRow, Logs
from redlearn.views.diff import DiffView, diff_of
from redlearn.views.forms import NAMING, Forms, leaves_forms, used
from redlearn.views.history import History, Point, argv_of
from redlearn.views.log import LogLine
from redlearn.views.narration import reply_text
from redlearn.views.wire import Late

DIED_KEPT: Final = 8
DEAD_KEPT: Final = 64

_NEWS: Final = (KeyExpired, KeyEvicted)
"""What changes a note whatever it was."""

SAYINGS_KEPT: Final = 20_000
"""Points whose words are kept; those of the others are made again when they are looked at."""


@dataclass(frozen=True, slots=True)
class Note:
    """What is remembered of one point.

    Attributes:
        died: What expired lately, up to and with this point, oldest first.
        dead: Those of them whose keys did not come into being again.
        wrote: The position of the latest point, up to this one, that appended something.
        told: The position of the latest point, up to this one, at which more happened than upkeep.
        forms: What the keys used lately were taken for.
        victims: The keys that were evicted lately, the last one first.
        speakers: The clients that speak RESP3 after it.
        late: What others got by it.
    """

    died: tuple[KeyExpired, ...] = ()
    dead: tuple[KeyExpired, ...] = ()
    wrote: int = 0
    told: int = 0
    forms: Forms = field(default_factory=dict)
    victims: tuple[KeyEvicted, ...] = ()
    speakers: frozenset[int] = frozenset()
    late: Late = ()


@dataclass(frozen=True, slots=True)
class Said:
    """One point in words.

    Attributes:
        lines: What the log says of it.
        diff: What it changed.
    """

    lines: tuple[LogLine, ...] = ()
    diff: DiffView = field(default_factory=DiffView)


class Notes:
    """The notes of a session."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._notes: dict[int, Note] = {}
        # Of commands that change nothing else: the note before, and `wrote`.
        self._plain: dict[int, tuple[Note, int]] = {}
        self._written: dict[int, Logs] = {}
        self._said: OrderedDict[int, Said] = OrderedDict()

    def take(self, point: Point, late: Late, events: Sequence[Event]) -> None:
        """Note a point that has just happened, in words unless a program made it. O(events)."""
        client: int = getattr(point.input, "client", 0)
        known = self._history.engine.state.clients.get(client) if argv_of(point) else None
        by_program = known is not None and known.address != NO_ADDRESS
        if by_program and not late and self._take_in_passing(point, events):
            return
        note = self.at(point.number)
        if late:
            self._notes[point.serial] = replace(note, late=late[: wire.LATE_KEPT])
        if not by_program:
            self.said(point.number)

    def _take_in_passing(self, point: Point, events: Sequence[Event]) -> bool:
        """Note a command that changes nothing in the note before, if it is one: in 5 us, not 40."""
        before, wrote = self._before(point.number)
        if before is None or argv_of(point)[0].upper() in (b"HELLO", b"RESET"):
            return False
        commands = 0
        for event in events:
            kind = type(event)
            if kind is CommandStarted:
                assert isinstance(event, CommandStarted)
                commands += 1
                if commands > 1 or not leaves_forms(event.argv[0]):
                    return False
            elif kind in NAMING and before.forms:
                assert isinstance(event, KeyUsed | KeyAdded | KeyChanged)
                if (event.db, event.key) in before.forms:
                    return False
            if kind in _NEWS or (before.dead and kind is KeyAdded):
                return False
        self._plain[point.serial] = (before, point.number if point.effects else wrote)
        return True

    def _before(self, position: int) -> tuple[Note | None, int]:
        """The note just before a point, and the position of the latest point that wrote."""
        if position < 2:
            return None, 0
        serial = self._history.points[position - 2].serial
        if (plain := self._plain.get(serial)) is not None:
            return plain
        note = self._notes.get(serial)
        return note, note.wrote if note is not None else 0

    def at(self, position: int) -> Note:
        """The note of a point, made now where it is missing, with those before it."""
        points = self._history.points
        known = position
        while known and (note := self._noted(points[known - 1])) is None:
            known -= 1
        if not known or note is None:
            note = Note()
        while known < position:
            known += 1
            note = self._make(points[known - 1], note)
            self._notes[points[known - 1].serial] = note
        return note

    def _noted(self, point: Point) -> Note | None:
        """The note of a point, if there is one."""
        if (plain := self._plain.get(point.serial)) is not None:
            return replace(plain[0], wrote=plain[1], told=point.number, late=())
        return self._notes.get(point.serial)

    def written(self, position: int) -> Logs:
        """The append-only file after a point, or those of all nodes. O(points new since asked)."""
        points, known = self._history.points, position
        while known and points[known - 1].serial not in self._written:
            known -= 1
        written: Logs = self._written[points[known - 1].serial] if known else {}
        for point in points[known:position]:
            if point.effects:
                written = aof.grown(written, point.effects, point.writers)
            self._written[point.serial] = written
        return written

    def said(self, position: int) -> Said:
        """A point in words. O(its events), and what it takes to run it again if they are gone."""
        if not position:
            return Said()
        point = self._history.points[position - 1]
        said = self._said.get(point.serial)
        if said is None:
            events = self._events_of(point)
            said = self._said[point.serial] = Said(self._lines_of(point, events), diff_of(events))
            if len(self._said) > SAYINGS_KEPT:
                self._said.popitem(last=False)
        return said

    def rows(self, position: int) -> tuple[AofRow, ...]:
        """What a point appended to the append-only file."""
        point = self._history.points[position - 1]
        before = self.written(position - 1)
        return aof.all_appended(before, point.effects, point.writers, point.serial)[0]

    def _events_of(self, point: Point) -> list[Event]:
        return [envelope.event for envelope in self._history.events(point.number)]

    def _make(self, point: Point, before: Note) -> Note:
        events = self._events_of(point)
        kinds = set(map(type, events))
        died = log.died_of(events) if KeyExpired in kinds else ()
        dead = (*before.dead, *died)
        if dead and KeyAdded in kinds:
            dead = _still_dead(dead, events)
        victims = memory.evicted_by(events) if KeyEvicted in kinds else ()
        return Note(
            died=(*before.died, *died)[-DIED_KEPT:],
            dead=dead[-DEAD_KEPT:],
            wrote=point.number if point.effects else before.wrote,
            told=before.told if before.told and _is_upkeep(point, events) else point.number,
            forms=used(before.forms, events),
            victims=(*victims, *before.victims)[: memory.EVICTED_SHOWN],
            speakers=wire.speaking(before.speakers, point, failed=point.failed),
        )

    def _lines_of(self, point: Point, events: Sequence[Event]) -> tuple[LogLine, ...]:
        argv = argv_of(point)
        if argv:
            replies = self._history.replies(point.number)
            waits = any(isinstance(event, ClientBlocked) for event in events)
            outcome = reply_text(replies[0]) if replies else "waits" if waits else "no reply"
            return (log.headline(argv, outcome, failed=point.failed), *log.told(events))
        if words := getattr(point.input, "words", ()):
            return (log.done(words), *log.told(events))
        ms = getattr(point.input, "ms", 0)
        if ms:
            return (log.waited(ms), *(() if log.is_idle(events) else log.told(events)))
        return () if log.is_idle(events) else log.told(events)


def _is_upkeep(point: Point, events: Sequence[Event]) -> bool:
    """Whether a timer fired, which did no more than to go on rehashing tables.

    Whatever the command before it did stays in the picture then: every fifth, ninth, seventeenth
    key would else take it away at once.
    """
    if argv_of(point) or point.effects:
        return False
    others = [each for each in events if not isinstance(each, (BucketMoved, RehashFinished))]
    return len(others) < len(events) and log.is_idle(others)


def _still_dead(died: tuple[KeyExpired, ...], events: Sequence[Event]) -> tuple[KeyExpired, ...]:
    """Those keys that no later event brings into being again.

    A command may do both: a write finds its key dead first, and then makes it anew.
    """
    added = {(event.db, event.key) for event in events if isinstance(event, KeyAdded)}
    return tuple([event for event in died if (event.db, event.key) not in added])
