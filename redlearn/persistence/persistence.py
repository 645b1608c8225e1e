"""Persistence: the store of an engine that has a disk.

    commands, INFO, dispatch ──▶ State.store, State.durability
                                      │
                             Persistence (this)
                        ┌─────────────┴──────────────┐
                   Snapshots                        Log
              dump.rdb, now and then        appendonlydir, all the time
                        └─────────────┬──────────────┘
                                    Disk      real (`store.py`) or simulated

It is asked at three moments: before replies are sent (`before_sleep`), when the timer fires
(`cron`), and by commands. It decides here what may go on at the same time, which is one thing: a
snapshot and a rewrite of the log both want to keep all of the memory, so the second waits.

Over a simulated disk and a clock that is moved by hand, all of it follows from the calls.

Sources: `server.c` serverCron, beforeSleep, loadDataFromDisk, prepareForShutdown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress

from redlearn.engine import tracking
from redlearn.engine.clients import be_alert
from redlearn.engine.engine import Engine
from redlearn.engine.keyspace import Database
from redlearn.engine.structures.buckets import Entry
from redlearn.engine.transactions import mark_watchers
from redlearn.errors import SAVE_FAILED, CommandError
from redlearn.persistence import background
from redlearn.persistence.disk import Disk, reason_of
from redlearn.persistence.job import SlicedJob
from redlearn.persistence.loading import (
    BadRdb,
    CannotLoad,
    load_snapshot,
    unheard,
    watched_keys,
)
from redlearn.persistence.log import Log
from redlearn.persistence.simulated_disk import SimulatedDisk
from redlearn.persistence.snapshots import Snapshots

Tell = Callable[[str], None]


class Persistence:
    """A store (`engine/ports.py`) over any disk.

    Attributes:
        snapshots, log: What it writes.
    """

    def __init__(
        self,
        engine: Engine,
        disk: Disk,
        *,
        begin: background.Begin = background.in_slices,
        token: str = "redlearn",
        postpones: bool = True,
        tell: Tell = lambda sentence: None,
    ) -> None:
        """Args:
        begin: How files are written in the background.
        token: A part of the names of files that are not whole yet; another process that writes
            into the same directory needs another.
        postpones: The log's writes wait for an fsync that runs, as they might have to anyway; if
            not, what has been acknowledged is out of the process in any case.
        tell: Where a sentence goes about what happened.
        """
        self._engine = engine
        self._state = engine.state
        self._known = engine.state.durability
        self._tell = tell
        self.snapshots = Snapshots(engine, disk, begin, f"temp-{token}.rdb", tell)
        self.log = Log(engine, disk, begin, f"temp-{token}.aof", tell, postpones)
        self._known.saved_s = self._now_s()
        self._state.store = self

    # ----------------------------------------------------------------------------- beginning, end

    def start(self) -> None:
        """`starting`, in one go."""
        for _ in self.starting():
            pass

    def starting(self) -> Iterator[None]:
        """Load what is on the disk, in steps: the log if there is to be one, else a snapshot.

        Raises:
            CannotLoad: It is damaged, or cannot be read.
        """
        if self._state.config.flag("appendonly"):
            yield from self.log.starting()
        else:
            yield from self._load_snapshot()
        self._known.saved_s, self._known.saved_dirty = self._now_s(), self._state.dirty

    def _load_snapshot(self) -> Iterator[None]:
        name = self.snapshots.name
        try:
            with suppress(FileNotFoundError):
                yield from load_snapshot(self._engine, self.snapshots.disk, name, self._tell)
        except (OSError, BadRdb) as error:
            sentence = f"Fatal error loading the DB from {name}: {reason_of(error)}"
            if isinstance(error, BadRdb):
                raise CannotLoad(sentence, name, error.at, error.reason) from None
            raise CannotLoad(sentence, name) from None

    def shutdown(self, save: str = "", *, force: bool = False) -> bool:
        """Write what has to be written before the end; False if the end has to wait for better
        times.

        Args:
            save: "save" or "nosave"; "" to save if there are save points.
            force: End, whatever could not be written.
        """
        loading = self._known.loading is not None
        self.snapshots.cancel()
        if not self.log.shutdown(force=force):
            return False
        wanted = save == "save" or (save != "nosave" and self._state.config.text("save"))
        if not wanted or loading or self.snapshots.save():
            return True
        self._tell("Error trying to save the DB, " + ("exit anyway" if force else "can't exit"))
        return force

    def abandon(self) -> None:
        """End what is under way: it is not going to be finished."""
        self.snapshots.cancel()
        self.log.cancel_rewrite()

    # ---------------------------------------------------------------------------------- commands

    def save(self) -> bool:
        """Write a snapshot, now (SAVE)."""
        return self.snapshots.save()

    def begin_save(self) -> bool:
        """Begin a snapshot in the background (BGSAVE)."""
        return self.snapshots.begin()

    def cancel_save(self) -> None:
        """Give up the snapshot under way, or the one that is scheduled."""
        self.snapshots.cancel()

    def begin_rewrite(self) -> bool:
        """Begin to write the log anew (BGREWRITEAOF)."""
        return self.log.begin_rewrite()

    def reload(self, *, save: bool, flush: bool, merge: bool) -> bool:
        """Write a snapshot and read it back (DEBUG RELOAD).

        Unlike Redis: a key that is there already, with neither flush nor merge, is an error of
            the command and not the end of the server.
        """
        if save and not self.snapshots.save():
            raise CommandError(SAVE_FAILED)
        before = None if flush else [_entries(db) for db in self._state.databases]
        watched = watched_keys(self._state) if flush else []
        try:
            with unheard(self._engine):
                self._exhaust(self._load_snapshot())
        except CannotLoad as error:
            self._tell(str(error))
            return False
        for db, key in watched:
            mark_watchers(self._state, db, key)
        if flush:
            tracking.flushed(self._state, None)
        return before is None or self._add_back(before, merge=merge)

    def _add_back(self, before: list[_Entries], *, merge: bool) -> bool:
        """Put what was there beside what was loaded; what was loaded goes first."""
        databases = self._state.databases
        pairs = list(zip(databases, before, strict=True))
        twice = any(entry.key in db.keys for db, (keys, _) in pairs for entry in keys)
        if twice and not merge:
            for db in databases:
                db.clear()
        for db, (keys, expires) in pairs:
            missing = {entry.key for entry in keys if entry.key not in db.keys}
            db.add_all(
                [entry for entry in keys if entry.key in missing],
                [entry for entry in expires if entry.key in missing],
            )
        return not twice or merge

    def reload_log(self) -> bool:
        """Empty the engine, and read the log into it (DEBUG LOADAOF)."""
        try:
            self._exhaust(self.log.reloading())
        except CannotLoad as error:
            self._tell(str(error))
            return False
        self._known.saved_dirty = self._state.dirty
        return True

    def _exhaust(self, steps: Iterator[None]) -> None:
        for _ in steps:
            pass

    def emptied(self) -> None:
        """FLUSHALL: what a BGSAVE is about to write is old, and so is the file."""
        if self.snapshots.job is not None:
            self.snapshots.cancel()
        if self._state.config.text("save"):
            self.snapshots.save()

    # -------------------------------------------------------------------------------- parameters

    def refusal(self, name: str, value: object) -> str:
        """Turn the log on before `appendonly` says that it is."""
        if name == "appendonly" and value is True and self._known.log == "off":
            return "" if self.log.turn_on() else "Unable to turn on AOF. Check server logs."
        return ""

    def configured(self, name: str) -> None:
        """A parameter has been set: the log may end, and what was refused may be allowed."""
        if name == "appendonly" and not self._state.config.flag("appendonly"):
            self.log.turn_off()
        self.log.configured()
        be_alert(self._state)

    # ---------------------------------------------------------------------------------- in between

    def before_sleep(self) -> None:
        """Write what commands have fed to the log."""
        self.log.before_sleep()

    def cron(self) -> None:
        """See how things go that were begun, and begin what is due."""
        if self._known.loading is not None:
            return
        self.poll()
        if not self.busy and self._known.rewrite_scheduled and self.log.is_due():
            self.log.begin_rewrite()
        if not self.busy and self.snapshots.is_due():
            self.snapshots.begin()
        if not self.busy and self.log.is_due():
            self.log.begin_rewrite()
        self.log.cron(saving=self.snapshots.job is not None)

    @property
    def busy(self) -> bool:
        """Whether a snapshot, or a rewrite of the log, is being written."""
        return self.snapshots.job is not None or self.log.job is not None

    @property
    def in_slices(self) -> bool:
        """Whether a file is written a slice at a time: the more often `poll`, the sooner it is."""
        return any(isinstance(job, SlicedJob) for job in (self.snapshots.job, self.log.job))

    def poll(self) -> None:
        """See how files go that are written in the background, or write the next slice."""
        self.snapshots.poll()
        self.log.poll()

    def _now_s(self) -> int:
        return self._engine.clock.now_ms() // 1000

    # ------------------------------------------------------------------------------- time travel

    def freeze(self) -> object:
        """The disk, and what is under way. Only a simulated disk goes back in time."""
        disk = self.snapshots.disk
        if not isinstance(disk, SimulatedDisk):
            return None
        return (disk.freeze(), self.snapshots.freeze(), self.log.freeze())

    def thaw(self, frozen: object) -> None:
        """Take it back."""
        disk = self.snapshots.disk
        if frozen is None or not isinstance(disk, SimulatedDisk):
            return
        assert isinstance(frozen, tuple)
        disk.thaw(frozen[0])
        self.snapshots.let_go()
        self.log.let_go()  # both first: whoever ends lets go of the keys, which are one's at a time
        self.snapshots.thaw(frozen[1])
        self.log.thaw(frozen[2])


_Entries = tuple[list[Entry], list[Entry]]


def _entries(db: Database) -> _Entries:
    """Every key of a database with its value, and those that end with their moments."""
    return db.keys.entries(), db.expires.entries()
