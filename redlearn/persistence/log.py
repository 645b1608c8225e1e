"""The append-only file of an engine: fed with what commands did, loaded at a start, rewritten.

How it is written is in `aof.py`. Here it is tied to an engine: its effects go in, what is known of
it comes out in `State.durability`, and a rewrite's base is made of its data.

    off ── CONFIG SET appendonly yes ──▶ wait ── the first base is whole ──▶ on ── no ──▶ off
    off ── a start with appendonly yes, everything loaded ─────────────────▶ on

Source: `aof.c` startAppendOnly, stopAppendOnly, rewriteAppendOnlyFileBackground.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator
from typing import Final, cast

from redlearn.engine import tracking
from redlearn.engine.blocking import serve_synced
from redlearn.engine.clients import be_alert
from redlearn.engine.config import Config
from redlearn.engine.effects import Intake, count_units
from redlearn.engine.engine import Engine
from redlearn.engine.transactions import mark_watchers
from redlearn.persistence.aof import AppendOnly
from redlearn.persistence.aof_files import Options, Policy
from redlearn.persistence.aof_load import AofError
from redlearn.persistence.aof_write import rewritten
from redlearn.persistence.background import KEYS_AT_ONCE, Begin, Wanted, nothing
from redlearn.persistence.child import ChildJob
from redlearn.persistence.disk import Disk, name_of, reason_of
from redlearn.persistence.job import Job, SlicedJob, Slices, write_whole
from redlearn.persistence.loading import (
    STEP,
    CannotLoad,
    Progress,
    loader_of,
    note,
    stopwatch,
    watched_keys,
)
from redlearn.persistence.rdb_write import CannotSay, chunks, facts
from redlearn.persistence.replay import LONG_AGO_MS, Replay
from redlearn.persistence.rewrite import Rewrite
from redlearn.persistence.simulated_disk import SimulatedDisk
from redlearn.persistence.snapshot import Snapshot

MODES: Final = {"off": "off", "waiting": "wait", "on": "on"}
NO_WAY_ON: Final = (
    "Can't recover from AOF write error when the AOF fsync policy is 'always'. Exiting: {}"
)
Tell = Callable[[str], None]


class Log:
    """Keeps an engine's append-only file on a disk.

    Attributes:
        append_only: The file itself.
        job: The rewrite under way, or None.
        fatal: Called with the reason when what has been done can be in no log any more, which
            under `always` is the end: nobody may be told that it was done.
    """

    def __init__(
        self, engine: Engine, disk: Disk, begin: Begin, beside: str, tell: Tell, postpones: bool
    ) -> None:
        """Args:
        begin: How to write in the background.
        beside: A name for a base that is not whole yet.
        tell: Where a sentence goes about how it went.
        postpones: See `aof_files.Options`.
        """
        self.job: Job | None = None
        self._intake = Intake()
        self._fed: deque[tuple[int, int]] = deque()  # bytes of the log -> units passed on
        self._drained = self._on_disk = 0
        self.fatal: Callable[[str], None] = lambda reason: None
        self._engine = engine
        self._state = engine.state
        self._known = engine.state.durability
        self._disk = disk
        self._begin = begin
        self._beside = beside
        self._tell = tell
        self._postpones = postpones
        options = options_of(engine.state.config, postpones=postpones)
        self.append_only = AppendOnly(disk, engine.clock, options)

    # ------------------------------------------------------------------------------ on, off, load

    def starting(self) -> Iterator[None]:
        """Load it, in steps, and go on at its end. Raises CannotLoad."""
        yield from self._loading()
        try:
            self.append_only.open(self._pieces())
        except (OSError, CannotSay) as error:
            raise CannotLoad(f"Can't open the append-only file: {reason_of(error)}") from None
        self._listen()
        self.note()

    def reloading(self) -> Iterator[None]:
        """Empty the engine, and load it once more, in steps. Raises CannotLoad."""
        if self._known.log != "on":
            raise CannotLoad("There is no append-only file to load")
        self._drain()
        try:
            self.append_only.flush()
        except OSError as error:
            reason = reason_of(error)
            raise CannotLoad(f"The append-only file cannot be written: {reason}") from None
        for db, key in watched_keys(self._state):
            mark_watchers(self._state, db, key)
        tracking.flushed(self._state, None)
        for db in self._state.databases:
            db.clear()
        yield from self._loading()

    def _loading(self) -> Iterator[None]:
        engine = self._engine
        taken = stopwatch(engine)
        progress = Progress(engine, "the append-only file", 0, self._tell)
        with Replay(engine) as replay, progress:
            steps = self.append_only.loading(replay.apply, self._load_base)
            while True:
                try:
                    done, total = next(steps)
                except StopIteration as over:
                    loaded = over.value
                    break
                except (AofError, OSError) as error:
                    raise _cannot_load(error) from None
                progress.reached(done, total)
                engine.hold_time(None)  # for whoever is answered meanwhile
                yield
                engine.hold_time(LONG_AGO_MS)
        for sentence in (*loaded.warnings, *replay.failures):
            self._tell(sentence)
        if loaded.size:
            took = taken()
            self._tell(f"DB loaded from append only file{took and f': {took}'}")

    def _load_base(self, data: bytes) -> Generator[int, None, int]:
        """Load a base that is a snapshot; where it ends, as commands may follow."""
        loader = loader_of(self._engine, data, base=True)
        while not loader.step(STEP):
            yield loader.done * len(data) // loader.total
        loaded = loader.install()
        note(self._engine, loaded)
        return loaded.size

    def _listen(self) -> None:
        """Be passed on what commands do from here on. What they did before is on disk, or in a
        base that will be.
        """
        self._intake.fed.clear()
        self._fed.clear()
        self._drained = self._on_disk = self._known.offset
        self._state.sinks.append(self._intake)

    def turn_on(self) -> bool:
        """Begin a log while the engine runs; whether that was possible.

        A rewrite that was asked for while there was no log is given up: nothing would follow it.
        """
        if self.job is not None:
            self._tell("AOF was enabled while a rewrite was under way: it begins anew")
            self.cancel_rewrite()
        self.append_only.start()
        self._listen()
        self._note_rewrite()
        if self._known.saving:
            self._tell("AOF was enabled but a snapshot is being written: a rewrite is scheduled")
            return True
        if self.begin_rewrite():
            return True
        self.turn_off()
        return False

    def turn_off(self) -> None:
        """End the log: what is in it stays there."""
        if self.append_only.mode == "off":
            return
        self.cancel_rewrite()
        self._drain()
        try:
            self.append_only.stop()
        except OSError as error:
            self._tell(f"The append-only file could not be made safe: {reason_of(error)}")
        self._state.sinks.remove(self._intake)
        self.note()
        serve_synced(self._state)

    def shutdown(self, *, force: bool) -> bool:
        """Make everything safe before the end; False if the end has to wait.

        It does not wait for a disk that takes nothing more (`server.c` finishShutdown): clients
        have been told so by MISCONF, and whoever ends a server wants it to end.
        """
        if self.append_only.mode == "waiting" and not force:
            self._tell("Writing initial AOF. Can't exit.")
            return False
        self.cancel_rewrite()
        self._drain()
        try:
            self.append_only.flush()
        except OSError as error:
            self._tell(f"The append-only file could not be made safe: {reason_of(error)}")
        finally:
            self.note()
        return True

    def configured(self) -> None:
        """Parameters have other values."""
        self.append_only.options = options_of(self._state.config, postpones=self._postpones)

    # ------------------------------------------------------------------------------------ writing

    def _drain(self) -> None:
        """Hand what commands did on to the file's buffer.

        All at once: while commands run, all that happens is that a unit gets into a list.
        """
        if fed := self._intake.fed:
            units = fed[:]  # and no more: a script's thread may add to them meanwhile
            del fed[: len(units)]
            self.append_only.feed_all(units)
            self._drained += count_units(units)
            self._fed.append((self.append_only.fed, self._drained))

    def _synced(self) -> int:
        """How many units are on disk, of those that were ever passed on."""
        while self._fed and self._fed[0][0] <= self.append_only.synced:
            self._on_disk = self._fed.popleft()[1]
        return self._on_disk

    def before_sleep(self) -> None:
        """Write what was fed, and have it made safe as `appendfsync` says."""
        log = self.append_only
        if log.mode == "off":
            return
        self._drain()
        log.before_sleep()
        self.note()
        if log.fatal is not None:
            self.fatal(reason_of(log.fatal))

    def cron(self, *, saving: bool) -> None:
        """What is due though nobody sends anything. `saving`: a snapshot is being written."""
        log = self.append_only
        log.tail.child_active = saving or log.rewriting
        if log.mode != "off":
            self._drain()
            log.cron()
            self.note()

    def note(self) -> None:
        """Write down how it goes; tell those who wait for it."""
        log, known = self.append_only, self._known
        tail = log.tail
        known.log = MODES[log.mode]
        known.log_size, known.log_base_size = log.size, log.base_size
        known.log_buffered, known.log_delayed = tail.buffered, tail.delayed
        known.log_syncing = tail.syncing
        known.synced = self._synced() if log.mode == "on" else -1
        if known.waiting:
            serve_synced(self._state)
        error = reason_of(log.error) if log.error is not None else ""
        if error != known.log_error:
            self._tell(f"Error writing to the AOF file: {error}" if error else "AOF is well again")
            known.log_error = error
            be_alert(self._state)

    # ------------------------------------------------------------------------------------ rewrite

    def is_due(self) -> bool:
        """Whether a rewrite is to begin: asked for, or because the log has grown."""
        log, known = self.append_only, self._known
        if known.rewrite_scheduled and not log.scheduled:
            log.scheduled, log.failures = True, known.rewrite_failures
        return log.wants_rewrite()

    def begin_rewrite(self) -> bool:
        """Begin to write it anew; whether that was possible."""
        assert self.job is None
        log = self.append_only
        self._drain()  # it is in the data already, which the new base is made of
        try:
            log.begin_rewrite()
        except OSError as error:
            self._failed(reason_of(error))
            return False
        wanted = Wanted(self._beside, self._write, self._slices, nothing)
        try:
            self.job = self._begin(self._disk, wanted)
        except (OSError, CannotSay) as error:
            log.abort_rewrite()
            self._failed(reason_of(error))
            return False
        known = self._known
        if isinstance(self.job, ChildJob):
            known.fork_us, known.forks = self.job.fork_us, known.forks + 1
        known.keys_saved, known.keys_to_save = 0, sum(len(db) for db in self._state.databases)
        self._note_rewrite()
        return True

    def poll(self) -> None:
        """See how the rewrite goes, and put the new base in place once it is whole."""
        if self.job is None:
            return
        known, log = self._known, self.append_only
        outcome = self.job.poll()
        known.keys_saved = self.job.keys
        if outcome is None:
            return
        job, self.job = self.job, None
        known.rewrite_cow = job.cow
        try:
            if outcome:
                log.finish_rewrite(self._beside)
                self._tell("Background AOF rewrite finished successfully")
            else:
                log.abort_rewrite()
                self._failed(job.error)
        except OSError as error:
            self._failed(reason_of(error))
        self._note_rewrite()

    def cancel_rewrite(self) -> None:
        """Give up the rewrite under way. It does not count as failed."""
        if self.job is None:
            return
        job, self.job = self.job, None
        job.cancel()
        self.append_only.abort_rewrite(counts=False)
        self._note_rewrite()

    # ------------------------------------------------------------------------------- time travel

    def freeze(self) -> object:
        """What is remembered of it, and what a rewrite has still to do."""
        job = self.job
        left = job.freeze() if isinstance(job, SlicedJob) else None
        units = (tuple(self._intake.fed), tuple(self._fed), self._drained, self._on_disk)
        return (self.append_only.freeze(), left, units, self._intake in self._state.sinks)

    def let_go(self) -> None:
        """Forget what is under way: time goes back to before it."""
        if isinstance(self.job, SlicedJob):
            self.job.let_go()
        self.job = None

    def thaw(self, frozen: object) -> None:
        """Take it back, over a disk that is thawed already, once all was let go."""
        assert isinstance(frozen, tuple)
        assert isinstance(self._disk, SimulatedDisk)
        log, job, (units, fed, self._drained, self._on_disk), listens = frozen
        self.append_only = AppendOnly.thaw(log, self._disk, self._engine.clock)
        self._intake.fed[:] = units
        self._fed = deque(fed)
        if job is not None:
            self.job = SlicedJob.thaw(
                job, self._state, self._disk, self._beside, nothing, KEYS_AT_ONCE
            )
        sinks = self._state.sinks
        if listens and self._intake not in sinks:
            sinks.append(self._intake)
        elif not listens and self._intake in sinks:
            sinks.remove(self._intake)

    # -------------------------------------------------------------------------------- of a rewrite

    def _failed(self, reason: str) -> None:
        self._tell(f"Background AOF rewrite failed: {reason}")
        self._note_rewrite()

    def _note_rewrite(self) -> None:
        log, known = self.append_only, self._known
        known.rewriting_since_s = log.started_ms // 1000 if log.rewriting else None
        known.rewrite_took_s = log.lasted_ms // 1000 if log.lasted_ms >= 0 else -1
        known.rewrite_ok, known.rewrite_scheduled = log.well, log.scheduled
        known.rewrites, known.rewrite_failures = log.rewrites, log.failures
        self.note()

    def _write(self) -> None:
        often = self.append_only.options.aof_rewrite_incremental_fsync
        write_whole(self._disk, self._beside, self._pieces(), bit_by_bit=often)

    def _slices(self) -> Slices:
        state = self._state
        if not state.config.flag("aof-use-rdb-preamble"):
            return Rewrite(state, self._noted_s())
        return Snapshot(
            state,
            compress=state.config.flag("rdbcompression"),
            checksum=state.config.flag("rdbchecksum"),
            aux=facts(state, is_base=True),
        )

    def _noted_s(self) -> int | None:
        """The time that a base of commands notes, if it notes one."""
        state = self._state
        return state.now_ms // 1000 if state.config.flag("aof-timestamp-enabled") else None

    def _pieces(self) -> Iterator[bytes]:
        """All data as a base: a snapshot, or commands."""
        state = self._state
        if not state.config.flag("aof-use-rdb-preamble"):
            return rewritten(state, self._noted_s())
        return chunks(
            state,
            compress=state.config.flag("rdbcompression"),
            checksum=state.config.flag("rdbchecksum"),
            aux=facts(state, is_base=True),
        )


def options_of(config: Config, *, postpones: bool) -> Options:
    """What the configuration says of the log."""
    return Options(
        appendfilename=name_of(config.text("appendfilename")),
        appenddirname=name_of(config.text("appenddirname")),
        appendfsync=cast(Policy, config.text("appendfsync")),
        no_appendfsync_on_rewrite=config.flag("no-appendfsync-on-rewrite"),
        aof_load_truncated=config.flag("aof-load-truncated"),
        aof_timestamp_enabled=config.flag("aof-timestamp-enabled"),
        aof_use_rdb_preamble=config.flag("aof-use-rdb-preamble"),
        aof_rewrite_incremental_fsync=config.flag("aof-rewrite-incremental-fsync"),
        aof_disable_auto_gc=config.flag("aof-disable-auto-gc"),
        auto_aof_rewrite_percentage=config.number("auto-aof-rewrite-percentage"),
        auto_aof_rewrite_min_size=config.number("auto-aof-rewrite-min-size"),
        postpones=postpones,
    )


def _cannot_load(error: AofError | OSError) -> CannotLoad:
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return CannotLoad(f"Bad append-only file: {where}{reason_of(error)}")
    sentence = f"Bad append-only file: {error}"
    return CannotLoad(sentence, error.name, error.offset, error.reason)
