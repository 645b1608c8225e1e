"""Snapshots: all data in one file, now (SAVE), in the background (BGSAVE), or when it is time.

A save point is a pair: after so many seconds, if there were so many changes. The first that is
met begins a BGSAVE. One that fails is tried again five seconds later, and until one works writes
are refused, since nobody would want to go on for days without a file.

    save 3600 1 300 100 60 10000      after an hour one change, after a minute ten thousand

Sources: `rdb.c` rdbSave, rdbSaveBackground, backgroundSaveDoneHandlerDisk, killRDBChild;
`server.c` serverCron.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from redlearn.engine.clients import be_alert
from redlearn.engine.engine import Engine
from redlearn.persistence.background import KEYS_AT_ONCE, Begin, Wanted
from redlearn.persistence.child import ChildJob
from redlearn.persistence.disk import Disk, name_of, reason_of
from redlearn.persistence.job import Job, SlicedJob, Slices, put_in_place, write_whole
from redlearn.persistence.rdb_write import CannotSay, chunks
from redlearn.persistence.snapshot import Snapshot

RETRY_S: Final = 5
"""Seconds after which a BGSAVE that failed is tried again (CONFIG_BGSAVE_RETRY_DELAY)."""

Tell = Callable[[str], None]


class Snapshots:
    """Writes an engine's snapshots to a disk.

    Attributes:
        disk: Where they go.
        job: The BGSAVE under way, or None.
    """

    def __init__(self, engine: Engine, disk: Disk, begin: Begin, beside: str, tell: Tell) -> None:
        """Args:
        begin: How to write in the background.
        beside: A name for what is not whole yet.
        tell: Where a sentence goes about how it went.
        """
        self.disk = disk
        self.job: Job | None = None
        self._engine = engine
        self._begin = begin
        self._beside = beside
        self._tell = tell
        self._dirty = 0  # when the job began

    @property
    def name(self) -> str:
        """The file's name."""
        return name_of(self._engine.state.config.text("dbfilename"))

    def save(self) -> bool:
        """Write one now; whether that was possible. O(bytes)."""
        state, known = self._engine.state, self._engine.state.durability
        try:
            self._write()
        except (OSError, CannotSay) as error:
            self._tell(f"Error saving the snapshot: {reason_of(error)}")
            return False
        self._tell("DB saved on disk")
        known.saved_s, known.saved_dirty = self._now_s(), state.dirty
        known.save_ok = True
        be_alert(state)
        return True

    def begin(self) -> bool:
        """Begin one in the background; whether that was possible."""
        state, known = self._engine.state, self._engine.state.durability
        assert self.job is None
        known.saves += 1
        known.save_tried_s = now_s = self._now_s()
        known.save_scheduled = False
        self._dirty = state.dirty
        wanted = Wanted(self._beside, self._write, self._slices, self._put_in_place)
        try:
            self.job = self._begin(self.disk, wanted)
        except (OSError, CannotSay) as error:
            self._failed(reason_of(error))
            return False
        if isinstance(self.job, ChildJob):
            known.fork_us, known.forks = self.job.fork_us, known.forks + 1
            state.stats.lasted("fork", state.now_ms, known.fork_us // 1000)
        known.saving_since_s = now_s
        known.keys_saved, known.keys_to_save = 0, sum(len(db) for db in state.databases)
        return True

    def poll(self) -> None:
        """See how the one in the background goes, and take note of its end."""
        if self.job is None:
            return
        known = self._engine.state.durability
        outcome = self.job.poll()
        known.keys_saved = self.job.keys
        if outcome is None:
            return
        job, self.job = self.job, None
        since_s, known.saving_since_s = known.saving_since_s, None
        assert since_s is not None
        known.save_took_s = self._now_s() - since_s
        known.cow = job.cow
        if not outcome:
            self._failed(job.error)
            return
        self._tell("Background saving terminated with success")
        known.saved_s, known.saved_dirty = self._now_s(), self._dirty
        known.save_ok = True
        be_alert(self._engine.state)

    def cancel(self) -> None:
        """Give up the one under way, or the one that is scheduled. It does not count as failed."""
        known = self._engine.state.durability
        known.save_scheduled = False
        if self.job is None:
            return
        job, self.job = self.job, None
        job.cancel()
        known.saving_since_s = None
        self._tell("Background saving was cancelled")

    def next_due_ms(self) -> int | None:
        """When `is_due` will next be true, if nothing else changes; None for never."""
        state, known = self._engine.state, self._engine.state.durability
        changes = known.unsaved(state.dirty)
        due = [
            known.saved_s + seconds + 1
            for seconds, least in save_points(state.config.text("save"))
            if changes >= least
        ]
        if known.save_scheduled:
            due.append(self._now_s())
        if not due:
            return None
        earliest_s = 0 if known.save_ok else known.save_tried_s + RETRY_S + 1
        return max(min(due), earliest_s) * 1000

    def is_due(self) -> bool:
        """Whether a save point is met, or a scheduled save may begin."""
        state, known = self._engine.state, self._engine.state.durability
        now_s = self._now_s()
        if not known.save_ok and now_s - known.save_tried_s <= RETRY_S:
            return False
        if known.save_scheduled:
            return True
        changes, age_s = known.unsaved(state.dirty), now_s - known.saved_s
        return any(
            changes >= least and age_s > seconds
            for seconds, least in save_points(state.config.text("save"))
        )

    def freeze(self) -> object:
        """What is remembered of it, and what a job has still to do."""
        job = self.job
        return (self._dirty, job.freeze() if isinstance(job, SlicedJob) else None)

    def let_go(self) -> None:
        """Forget what is under way: time goes back to before it."""
        if isinstance(self.job, SlicedJob):
            self.job.let_go()
        self.job = None

    def thaw(self, frozen: object) -> None:
        """Take it back, over a disk that is thawed already, once all was let go."""
        assert isinstance(frozen, tuple)
        self._dirty, job = frozen
        if job is not None:
            state, finish = self._engine.state, self._put_in_place
            self.job = SlicedJob.thaw(job, state, self.disk, self._beside, finish, KEYS_AT_ONCE)

    def _write(self) -> None:
        often = self._engine.state.config.flag("rdb-save-incremental-fsync")
        write_whole(self.disk, self._beside, self._pieces(), bit_by_bit=often)
        self._put_in_place()

    def _pieces(self) -> Iterator[bytes]:
        config = self._engine.state.config
        return chunks(
            self._engine.state,
            compress=config.flag("rdbcompression"),
            checksum=config.flag("rdbchecksum"),
        )

    def _slices(self) -> Slices:
        config = self._engine.state.config
        return Snapshot(
            self._engine.state,
            compress=config.flag("rdbcompression"),
            checksum=config.flag("rdbchecksum"),
        )

    def _put_in_place(self) -> None:
        put_in_place(self.disk, self._beside, self.name)

    def _failed(self, reason: str) -> None:
        self._tell(f"Background saving error: {reason}")
        self._engine.state.durability.save_ok = False
        be_alert(self._engine.state)

    def _now_s(self) -> int:
        return self._engine.state.now_ms // 1000


def save_points(text: str) -> list[tuple[int, int]]:
    """The (seconds, changes) of the parameter `save`.

    >>> save_points("3600 1 300 100")
    [(3600, 1), (300, 100)]
    """
    numbers = [int(word) for word in text.split()]
    return list(zip(numbers[::2], numbers[1::2], strict=True))
