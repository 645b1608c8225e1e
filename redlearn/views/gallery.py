"""The gallery: every view of one session, made when asked for, at O(visible) cost.

What can only be learnt while it happens (what died, what a key was taken for, how long it was
given) is noted once for each point (`notes.py`), each note knowing where the one before it ended. A
view of any position then reads a few notes backwards from there, and travelling in time
costs nothing, on whichever branch.

    gallery = Gallery(session)
    session.subscribe(gallery.moved)
    view = gallery.structure(window, key)         and  structure.render(view, ...)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final, Protocol

from redlearn.engine.context import KeyAdded, KeyChanged, KeyUsed
from redlearn.engine.engine import Engine
from redlearn.engine.keyspace import Database
from redlearn.probe import Event
from redlearn.resp.reply import Failure, Status
from redlearn.views import (
    algebra,
    aof,
    clients,
    keys,
    log,
    loop,
    memory,
    slots,
    structure,
    ttl,
    wire,
)
from redlearn.views.aof import AofRow, AofView
from redlearn.views.clients import ClientsView
from redlearn.views.diff import DiffView
from redlearn.views.forms import NAMING, last_form
from redlearn.views.history import Envelope, History, Point, argv_of
from redlearn.views.keys import KeysView
from redlearn.views.log import LogLine, LogView
from redlearn.views.loop import LoopView
from redlearn.views.memory import MemoryView
from redlearn.views.notes import Notes
from redlearn.views.slots import SlotsView
from redlearn.views.structure import Step, StructureView
from redlearn.views.ttl import TtlView
from redlearn.views.window import Room, placed
from redlearn.views.wire import Late, WireView

GIVEN_KEPT: Final = 200_000
LINES_READ: Final = 2_000
"""How many points are read backwards at most to fill a log."""


class Moved(Protocol):
    """What a session tells its subscribers: a new point, or None after travelling."""

    @property
    def point(self) -> Point | None: ...
    @property
    def envelopes(self) -> Sequence[Envelope]: ...
    @property
    def late(self) -> Late: ...


class Gallery:
    """Makes the views of a session.

    Attributes:
        history: The session.
    """

    def __init__(self, history: History) -> None:
        self.history = history
        self._notes = Notes(history)
        self._given: dict[tuple[bytes, int], int] = {}
        self._slots: SlotsView | None = None
        self._seen: tuple[object, StructureView] | None = None
        self._events: tuple[object, tuple[Event, ...]] = (None, ())

    def moved(self, moved: Moved) -> None:
        """Take note of what happened. To be subscribed to the session."""
        if moved.point is None:
            self._slots = None
            return
        events = [envelope.event for envelope in moved.envelopes]
        self._notes.take(moved.point, moved.late, events)
        self._remember_given(moved.point.input.at_ms, events)
        if self._slots is not None:
            for event in events:
                if type(event) in slots.COUNTED:
                    self._slots = slots.advance(self._slots, event)

    # --- panes --------------------------------------------------------------------------

    def structure(
        self, room: Room, key: bytes, db: int = 0, step: Step | None = None, form: str = ""
    ) -> StructureView:
        """The value under `key`; in the state it had after `step`, if one is given.

        `form` is what to draw it as, if it may be drawn so; else the form it was used in last.
        """
        now_ms = self.history.now_ms
        whole = self._events_of(key, None)
        events = self._events_of(key, step) if step else whole
        note = self._notes.at(self.history.position)
        dead = log.died_of(events) if step else note.dead
        last = last_form(note.forms, db, key)

        def look(engine: Engine) -> StructureView:
            return structure.look_at(
                engine.state.databases[db], key, room, events,
                whole=whole, dead=dead, now_ms=now_ms, step=step, last=last, wanted=form,
                shares=engine.state.shares_integers,
            )  # fmt: skip

        view = self._looked_at((key, db, form), room, step, look)
        combined = algebra.look_at(self._events_of(None, step))
        if combined is not None and combined.is_about(key):
            view = replace(view, algebra=combined)
        return view

    def table_of_keys(self, room: Room, db: int = 0, step: Step | None = None) -> StructureView:
        """The table of keys of a database, as the structure it is, and what timers do to it."""
        events = self._events_of(None, step, upkeep=True)

        def look(engine: Engine) -> StructureView:
            return structure.look_at_keys(engine.state.databases[db], room, events, step)

        return self._looked_at((None, db), room, step, look)

    def slots(self, key: bytes, db: int = 0) -> SlotsView:
        """Keys per slot, and the arithmetic of `key`."""
        database = self._db(db)
        known = self._slots
        if known is None or known.db != db or known.total != len(database):
            known = slots.look_at(database)
        self._slots = slots.turned_to(known, key)
        return self._slots

    def aof(self, room: Room) -> AofView:
        """The end of the append-only file, or as far up as the window was moved."""
        logs = self._notes.written(self.history.position).values()
        count = max(room.height, 1)
        size = sum(written.size for written in logs)
        total = sum(written.rows for written in logs)
        below = max(0, min(-room.y, total - count))
        rows = list(islice(self._rows_backwards(), below, below + count))
        last, silence = self._last_command()
        return AofView(tuple(reversed(rows)), size, total, last, silence, below)

    def ttl(self, room: Room, db: int = 0, clock: str = "") -> TtlView:
        """The keys that die next, and those that died lately."""
        database = self._db(db)
        total = len(database.expires) + len(database.hexpires)
        count = max(room.height, 1)
        died = self._notes.at(self.history.position).died
        return ttl.look_at(
            database, self.history.now_ms, placed(0, room.y, count, total), count,
            given=lambda key, at_ms: self._given.get((key, at_ms), 0),
            died=died[::-1], clock=clock,
        )  # fmt: skip

    def log(self, room: Room) -> LogView:
        """The end of the log, or as far up as the window was moved."""
        count = max(room.height, 1)
        above = max(-room.y, 0)
        lines = list(islice(self._lines_backwards(), above + count + 1))
        shown = lines[above : above + count] or lines[-count:]
        latest = len(self._notes.said(self.history.position).lines) if not above else 0
        return LogView(tuple(reversed(shown)), latest, len(lines) > above + count)

    def keys(self, room: Room, db: int = 0, last: bytes = b"") -> KeysView:
        """Some keys of a database."""
        count = max(room.height - 1, 1)
        state = self.history.engine.state

        def how_used(access: int) -> str:
            return memory.how_used(state, access, now_ms)

        y, now_ms = max(room.y, 0), self.history.now_ms
        return keys.look_at(self._db(db), y, count, now_ms, last, how_used)

    def loop(self, room: Room, names: Mapping[int, str]) -> LoopView:
        """The turn of the event loop that has just been made, and those before it."""
        return loop.look_at(self.history, max(room.height, 1), names)

    def clients(self, room: Room, names: Mapping[int, str]) -> ClientsView:
        """Who is connected, and who waits; `names` are what the front end calls them."""
        engine, count = self.history.engine, max(room.height, 1)
        return clients.look_at(engine.state, self.history.now_ms, max(room.y, 0), count, names)

    def wire(self, room: Room, names: Mapping[int, str]) -> WireView:
        """The bytes that went either way lately, the last command's first."""

        def noted(position: int) -> tuple[frozenset[int], Late]:
            note = self._notes.at(position)
            return note.speakers, note.late

        return wire.look_at(self.history, max(room.height, 1), max(room.y, 0), names, noted)

    def memory(self, key: bytes, db: int = 0, step: Step | None = None) -> MemoryView:
        """Where the bytes of `key` go, and all memory against its limit."""
        events = self._events_of(None, step)
        now_ms, victims = self.history.now_ms, self._notes.at(self.history.position).victims
        if step is not None and self.history.position:
            before = self._notes.at(self.history.position - 1).victims
            victims = (*memory.evicted_by(events), *before)

        def look(engine: Engine) -> MemoryView:
            return memory.look_at(engine.state, db, key, events, victims, now_ms=now_ms)

        if step is None or not self.history.position:
            return look(self.history.engine)
        return self.history.during(self.history.position, step.seq, look)

    def diff(self) -> DiffView:
        """What the latest point changed, upkeep aside."""
        return self._notes.said(self._told()).diff

    # --- looking ------------------------------------------------------------------------

    def _db(self, db: int) -> Database:
        return self.history.engine.state.databases[db]

    def _looked_at(
        self,
        subject: object,
        room: Room,
        step: Step | None,
        look: Callable[[Engine], StructureView],
    ) -> StructureView:
        """What `look` finds now, or in the midst of the present command, which is kept."""
        if step is None or not self.history.position:
            return look(self.history.engine)
        asked = (self._serial(), subject, (room.width, room.height, room.x, room.y), step)
        if self._seen is None or self._seen[0] != asked:
            view = self.history.during(self.history.position, step.seq, look)
            self._seen = (asked, view)
        return self._seen[1]

    def _serial(self) -> int:
        position = self.history.position
        return self.history.points[position - 1].serial if position else 0

    def _events_of(
        self, key: bytes | None, step: Step | None, *, upkeep: bool = False
    ) -> tuple[Event, ...]:
        """The present command's events that are about a key (None: any), up to a step."""
        if not self.history.position:
            return ()
        asked = (self._serial(), key, step, upkeep)
        if self._events[0] != asked:
            position = self._told() if step is None and not upkeep else self.history.position
            events = tuple(
                envelope.event
                for envelope in self.history.events(position)
                if (key is None or envelope.key == key)
                and (step is None or envelope.seq <= step.seq)
            )
            self._events = (asked, events)
        return self._events[1]

    def _told(self) -> int:
        """The position whose events are shown: see `Note.told`."""
        return self._notes.at(self.history.position).told

    # --- reading backwards --------------------------------------------------------------

    def _rows_backwards(self) -> Iterator[AofRow]:
        """The commands of the file, the last first; points that wrote nothing are skipped."""
        wrote = self._notes.at(self.history.position).wrote
        while wrote:
            yield from reversed(self._notes.rows(wrote))
            wrote = self._notes.at(wrote - 1).wrote

    def _lines_backwards(self) -> Iterator[LogLine]:
        position = self.history.position
        for at in range(position, max(position - LINES_READ, 0), -1):
            yield from reversed(self._notes.said(at).lines)

    def _last_command(self) -> tuple[int, str]:
        """The serial of the latest point, and why it left nothing in the file if it did not."""
        if not self.history.position:
            return 0, ""
        point = self.history.points[self.history.position - 1]
        argv = argv_of(point)
        if point.effects or not argv:
            return point.serial, ""
        replies = self.history.replies(point.number)
        queued = bool(replies) and replies[0] == Status("QUEUED")
        failed = bool(replies) and isinstance(replies[0], Failure)
        return point.serial, aof.silence(argv, failed=failed, queued=queued)

    def _remember_given(self, at_ms: int, events: Sequence[Event]) -> None:
        """How long each key that was used was given, if its deadline is a new one."""
        if len(self._given) > GIVEN_KEPT:
            self._given.clear()
        databases = self.history.engine.state.databases
        for event in events:
            if type(event) in NAMING:
                assert isinstance(event, KeyUsed | KeyAdded | KeyChanged)
                db = databases[event.db]
                if db.mortal and (entry := db.expires.peek(event.key)) is not None:
                    self._given.setdefault((event.key, entry.value), max(entry.value - at_ms, 0))
