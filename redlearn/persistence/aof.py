"""The append-only log, over any disk: fed with effects, rewritten in steps, loaded at a start.

    log = AppendOnly(disk, clock, options)
    for progress in log.loading(replay.apply, load_rdb): ...
    log.open(base)                       go on where the log ends
    engine.state.sinks.append(log.feed)
    log.before_sleep()                   after commands, before their replies are sent
    log.cron()                           some times a second

A log only grows, and a rewrite makes it small again: a new base with what is there now, beside
the old files, while changes go to a new incremental file. Only when the base is whole and safe
does the manifest name it, and the old files go. Whoever owns the log drives this, since only he
knows how to hold a dataset still:

    log.begin_rewrite()                  changes go to the next file from here on
    ...                                  a file with the dataset as it was at that moment
    log.finish_rewrite(that_file)        or abort_rewrite()

What becomes of it at each step, if the power goes: until the manifest is replaced, the old
base, the old incremental file and the new one are the log, and hold everything. After that, the
new base and the new incremental file do. Files that no manifest names are left over.

While a log is switched on at run time it is "waiting": changes since the first base was begun
collect in a temporary file, and nothing is a log before that base is there.

Source: `aof.c` rewriteAppendOnlyFileBackground, openNewIncrAofForAppend,
backgroundRewriteDoneHandler, aofOpenIfNeededOnServerStart, aofRewriteLimited.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, Literal

from redlearn.clock import Clock
from redlearn.engine.effects import Effect, Run
from redlearn.persistence.aof_files import AofFiles, Options
from redlearn.persistence.aof_load import Loading, LoadRdb, Progress
from redlearn.persistence.aof_tail import Tail
from redlearn.persistence.aof_write import NOTHING_SELECTED, Encoder
from redlearn.persistence.disk import Disk, make_safe
from redlearn.persistence.job import write_whole
from redlearn.persistence.manifest import Manifest
from redlearn.persistence.simulated_disk import SimulatedDisk
from redlearn.resp.encode import encode_commands

FAILURES_ALLOWED: Final = 3
MOST_MINUTES: Final = 60
MINUTE_MS: Final = 60_000

Mode = Literal["off", "waiting", "on"]


class AppendOnly:
    """The log of one dataset.

    Attributes:
        mode: "on"; "off"; or "waiting" for its first base.
        files: Where its files are.
        tail: What is on its way to the file that is appended to.
        manifest: Which files the log is made of.
        base_size: Bytes of the log after the last rewrite, or of the base at the start.
        rewriting: A rewrite is under way.
        scheduled: A rewrite was asked for and could not begin yet.
        started_ms: When the rewrite began that is under way.
        lasted_ms: How long the last one took, or -1.
        rewrites: How many were begun.
        failures: How many have failed in a row.
        well: The last one did not fail.
    """

    __slots__ = (
        "_clock", "_delay_minutes", "_disk", "_encoder", "_next_ms",
        "_others", "base_size", "failures", "files", "lasted_ms", "manifest", "mode", "rewrites",
        "rewriting", "scheduled", "started_ms", "tail", "well",
    )  # fmt: skip

    def __init__(self, disk: Disk, clock: Clock, options: Options | None = None) -> None:
        options = options or Options()
        self.mode: Mode = "off"
        self.files = AofFiles(disk, options)
        self.tail = Tail(disk, options)
        self.manifest = Manifest()
        self.base_size = 0
        self.rewriting = False
        self.scheduled = False
        self.started_ms = -1
        self.lasted_ms = -1
        self.rewrites = 0
        self.failures = 0
        self.well = True
        self._disk = disk
        self._clock = clock
        self._encoder = Encoder()
        self._others = 0  # bytes of the files that are not appended to any more
        self._delay_minutes = 0
        self._next_ms = 0

    @property
    def options(self) -> Options:
        """What the configuration says; assign another whenever it changes."""
        return self.files.options

    @options.setter
    def options(self, options: Options) -> None:
        kept = self.options.aof_disable_auto_gc and not options.aof_disable_auto_gc
        self.files.options = self.tail.options = options
        if kept and self.mode != "off":
            self._remove_history()

    @property
    def size(self) -> int:
        """Bytes of all files of the log (`aof_current_size`)."""
        return self._others + self.tail.size

    # What others ask of the end of the log (`aof_tail.py`).

    @property
    def fed(self) -> int:
        """How many bytes were ever passed on."""
        return self.tail.fed

    @property
    def written(self) -> int:
        """How many of these were written."""
        return self.tail.written

    @property
    def synced(self) -> int:
        """How many of these a power cut would leave."""
        return self.tail.synced

    @property
    def buffered(self) -> int:
        """How many bytes wait to be written."""
        return self.tail.buffered

    @property
    def syncing(self) -> bool:
        """Whether an fsync runs in the background."""
        return self.tail.syncing

    @property
    def delayed(self) -> int:
        """How many writes did not wait any longer for an fsync."""
        return self.tail.delayed

    @property
    def error(self) -> OSError | None:
        """Why writes are to be refused, or None."""
        return self.tail.error

    @property
    def fatal(self) -> OSError | None:
        """Why the process has to end, or None."""
        return self.tail.fatal

    # ------------------------------------------------------------------------------------ feeding

    def feed(self, unit: tuple[Effect, ...]) -> None:
        """Take what a command has changed. A sink of `State.sinks`. O(its bytes)."""
        self.feed_all((unit,))

    def feed_all(self, fed: Iterable[tuple[Effect, ...] | Run]) -> None:
        """Take what several commands have changed. O(their bytes)."""
        if self.mode != "on" and (self.mode == "off" or not self.rewriting):
            return
        encoder = self._encoder
        noted = self._clock.now_ms() // 1000 if self.options.aof_timestamp_enabled else None
        plain: list[Sequence[bytes]] = []  # commands that are there as they were passed on
        db = encoder.db if noted is None else NOTHING_SELECTED
        for each in fed:
            if isinstance(each, Run) and each.db == db:
                plain += each.argvs
                continue
            for unit in each.units() if isinstance(each, Run) else (each,):
                first_db, argv = unit[0]
                if first_db == db and len(unit) == 1:  # as a rule
                    plain.append(argv)
                else:
                    self.tail.feed(encode_commands(plain) + encoder.encode(unit, noted))
                    plain.clear()
                    db = encoder.db if noted is None else NOTHING_SELECTED
        if plain:
            self.tail.feed(encode_commands(plain))

    def before_sleep(self) -> None:
        """Write what was passed on, and have it made safe as the policy says."""
        if self.mode != "off":
            self.tail.flush(self._clock.now_ms())

    def cron(self) -> None:
        """What is to be done though nobody sends anything: fsyncs, and what has failed."""
        self.before_sleep()

    def flush(self) -> None:
        """Write all, and make it safe, now. Raises OSError."""
        if self.mode != "off":
            self.tail.secure(self._clock.now_ms())

    # ------------------------------------------------------------------------- beginning and end

    def loading(self, apply: Callable[[list[bytes]], None], load_rdb: LoadRdb) -> Progress:
        """Load the log; see `aof_load.py`. Raises AofError, OSError."""
        loaded = yield from Loading(self.files, apply, load_rdb).run()
        if self.mode == "off":
            self.manifest = loaded.manifest
            self._others, self.base_size = loaded.size, loaded.base_size
        return loaded

    def open(self, base: Iterable[bytes]) -> None:
        """Go on at the end of what was loaded. Raises OSError.

        Args:
            base: The dataset, for a log that begins here: an empty one, as a rule.
        """
        files, manifest = self.files, self.manifest
        files.make_directory()
        files.remove(files.temp_base)
        files.remove(files.temp_incr)
        if not manifest.parts:
            manifest = manifest.with_base(self.options.appendfilename, self._suffix)
            often = self.options.aof_rewrite_incremental_fsync
            write_whole(self._disk, files.temp_base, base, bit_by_bit=often)
            self._put_base_in_place(manifest, files.temp_base)
        begins = not manifest.incrs
        if begins:
            manifest = manifest.with_incr(self.options.appendfilename)
        else:
            self._secure_loaded()
        name = files.path(manifest.incrs[-1].name)
        file = self._disk.create(name) if begins else self._disk.append_to(name)
        if manifest != self.manifest:
            files.write_manifest(manifest)
        self.manifest = manifest
        self.tail.open(name, file, self._clock.now_ms())
        self._others = files.total_size(manifest) - self.tail.size
        self._encoder.begin_file()
        self.mode = "on"
        self._remove_history()

    def _secure_loaded(self) -> None:
        """Make safe what was loaded: a process that was killed may have written it, and no more.

        Nobody was told that it was done; but whoever reads now sees it, and it must not be gone
        after the next power cut, unless `appendfsync` leaves that to the system. The names always:
        no fsync of a file helps it if the manifest of before comes back, which knows of no such
        file. (A base was made safe before it was named.) Raises OSError.

        Unlike Redis: there a start opens the file that is appended to, and no fsync is made.
        """
        if self.options.appendfsync != "no":
            for part in self.manifest.incrs:
                make_safe(self._disk, self.files.path(part.name))
        self._disk.sync_directory(self.options.appenddirname)

    def start(self) -> None:
        """Switch the log on at run time: a rewrite has to begin, now or when it can."""
        assert self.mode == "off"
        self.mode = "waiting"
        self.scheduled = True
        self.tail.mend()

    def stop(self) -> None:
        """Switch it off; what was passed on is safe before. Raises OSError, but is off then too."""
        now_ms = self._clock.now_ms()
        if self.rewriting:
            self.abort_rewrite(counts=False)
        mode, self.mode = self.mode, "off"
        self.scheduled = False
        if mode == "on":
            self.tail.close(now_ms)

    # ------------------------------------------------------------------------------------ rewrite

    def wants_rewrite(self) -> bool:
        """Whether a rewrite should begin: one was asked for, or the log has grown enough."""
        if self.rewriting or not (self.scheduled or self._has_grown()):
            return False
        return not self._is_to_wait()

    def _has_grown(self) -> bool:
        options = self.options
        if self.mode != "on" or not options.auto_aof_rewrite_percentage:
            return False
        if self.tail.has_hole:
            return True
        if self.size <= options.auto_aof_rewrite_min_size:
            return False
        growth = self.size * 100 // (self.base_size or 1) - 100
        return growth >= options.auto_aof_rewrite_percentage

    def _is_to_wait(self) -> bool:
        """After three failures in a row: wait for a minute, then two, four ... up to an hour."""
        now_ms = self._clock.now_ms()
        if self.failures < FAILURES_ALLOWED:
            self._delay_minutes = self._next_ms = 0
            return False
        if self._next_ms:
            if now_ms < self._next_ms:
                return True
            self._next_ms = 0
            return False
        self._delay_minutes = min(2 * self._delay_minutes or 1, MOST_MINUTES)
        self._next_ms = now_ms + self._delay_minutes * MINUTE_MS
        return True

    def begin_rewrite(self) -> None:
        """Let changes go to another file from here on. Raises OSError, and goes on as before."""
        assert not self.rewriting
        try:
            self.files.make_directory()
            self._turn_to_next_file()
        except OSError:
            self.well = False
            raise
        self.rewriting, self.scheduled = True, False
        self.started_ms = self._clock.now_ms()
        self.rewrites += 1
        self.tail.child_active = True

    def _turn_to_next_file(self) -> None:
        files, now_ms = self.files, self._clock.now_ms()
        if self.mode == "off":
            return
        if self.mode == "waiting":
            self.tail.open(files.temp_incr, self._disk.create(files.temp_incr), now_ms)
        else:
            self.tail.write_all(now_ms)  # in the next file it would follow a base that has it
            manifest = self.manifest.with_incr(self.options.appendfilename)
            name = files.path(manifest.incrs[-1].name)
            file = self._disk.create(name)
            try:
                self._adopt(manifest)
            except OSError:
                file.close()
                self._remove_unless_named(name)
                raise
            self._others += self.tail.size
            self.tail.open(name, file, now_ms)
        self._encoder.begin_file()

    def finish_rewrite(self, temp: str) -> None:
        """Put the new base in place of all that was before. Raises OSError, and it has failed.

        Args:
            temp: A file with the whole base, made safe; it gets another name, or goes.
        """
        assert self.rewriting
        try:
            manifest = self.manifest.with_base(self.options.appendfilename, self._suffix)
            self._put_base_in_place(manifest, temp)
            manifest = self._name_first_file(manifest).rewritten(keep=int(self.mode != "off"))
            self._adopt(manifest)
        except OSError:
            self._clean_up()
            self.files.remove(temp)
            self._end_rewrite(well=False)
            raise
        if self.mode != "off":
            self.mode = "on"
            assert manifest.base is not None
            self._others = self._disk.size(self.files.path(manifest.base.name))
            self.base_size = self.size
        self._end_rewrite(well=True)
        self.tail.mend()
        self._remove_history()

    def _put_base_in_place(self, manifest: Manifest, temp: str) -> None:
        assert manifest.base is not None
        self._disk.rename(temp, self.files.path(manifest.base.name))

    def _name_first_file(self, manifest: Manifest) -> Manifest:
        """While the log is switched on: give the file that was appended to its name."""
        if self.mode != "waiting":
            return manifest
        manifest = manifest.with_incr(self.options.appendfilename)
        name = self.files.path(manifest.incrs[-1].name)
        self._disk.rename(self.files.temp_incr, name)
        self.tail.renamed(name)
        return manifest

    def abort_rewrite(self, *, counts: bool = True) -> None:
        """Give up a rewrite. `counts`: it has failed, and was not stopped by anybody."""
        assert self.rewriting
        self._clean_up()
        if counts:
            self._end_rewrite(well=False)
        else:
            self._end_rewrite(well=self.well, failures=self.failures)

    def _clean_up(self) -> None:
        """Remove what a rewrite has left that came to nothing."""
        new = self.manifest.with_base(self.options.appendfilename, self._suffix).base
        assert new is not None
        self._remove_unless_named(self.files.path(new.name))
        if self.mode == "waiting":
            name = self.tail.name
            self.tail.let_go()
            self._remove_unless_named(name)

    def _end_rewrite(self, *, well: bool, failures: int | None = None) -> None:
        self.rewriting = False
        self.tail.child_active = False
        self.well = well
        self.failures = failures if failures is not None else 0 if well else self.failures + 1
        self.lasted_ms = self._clock.now_ms() - self.started_ms
        self.started_ms = -1
        if self.mode == "waiting":
            self.scheduled = True

    # ----------------------------------------------------------------------------------- manifest

    @property
    def _suffix(self) -> str:
        return "rdb" if self.options.aof_use_rdb_preamble else "aof"

    def _adopt(self, manifest: Manifest) -> None:
        """Put another manifest in place, and go by it. Raises OSError: the old one counts.

        When it fails in the middle, the new one may be there, though nothing says that a power
        cut would leave it. So the old one is put back.
        """
        try:
            self.files.write_manifest(manifest)
        except OSError:
            try:
                if self.files.read_manifest() != self.manifest:
                    self.files.write_manifest(self.manifest)
            except OSError:
                pass
            raise
        self.manifest = manifest

    def _remove_unless_named(self, name: str) -> None:
        """Remove a file, unless the manifest that is on the disk names it after all."""
        try:
            named = {self.files.path(part.name) for part in self.files.read_manifest().parts}
        except OSError:
            return
        if name not in named:
            self.files.remove(name)

    def _remove_history(self) -> None:
        """Remove old files; that may fail, and the next time will do as well."""
        try:
            self.manifest = self.files.remove_history(self.manifest)
        except OSError:
            pass

    # -------------------------------------------------------------------------------- time travel

    def freeze(self) -> tuple[dict[str, Any], Any, tuple[int, int]]:
        """All of it; what is in files is the disk's."""
        kept = {name: getattr(self, name) for name in KEPT}
        encoder = (self._encoder.db, self._encoder.stamp_s)
        return kept, self.tail.freeze(), encoder

    @classmethod
    def thaw(cls, frozen: Any, disk: SimulatedDisk, clock: Clock) -> AppendOnly:
        """What was frozen, over a disk that is thawed already."""
        kept, tail, encoder = frozen
        log = cls(disk, clock)
        log.tail = Tail.thaw(tail, disk)
        log.options = log.tail.options
        for name, value in kept.items():
            setattr(log, name, value)
        log._encoder.db, log._encoder.stamp_s = encoder
        return log


KEPT: Final = (
    "mode", "manifest", "base_size", "rewriting", "scheduled", "started_ms", "lasted_ms",
    "rewrites", "failures", "well", "_others", "_delay_minutes", "_next_ms",
)  # fmt: skip
