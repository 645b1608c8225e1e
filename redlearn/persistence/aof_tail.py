"""The end of the append-only log: what is written when, and when it is safe.

    feed ──▶ buffer ──write──▶ the system's cache ──fsync──▶ the platter
             lost with         lost with the                  safe
             the process       power

A command is passed on, and its bytes are in the buffer. `flush`, before the replies are sent,
writes them, and what the policy says of fsync (`appendfsync`) decides how far they come:

- always: fsync at once. Who has a reply has it in writing.
- everysec: an fsync in the background, begun at most once a second. Two seconds may be lost
  with the power.
- no: when the system likes, half a minute on Linux.

While an fsync runs, a write to the same file may have to wait for it, and everything with it.
So under everysec a flush puts the write off (`postpones`), for two seconds at most; then it
writes, come what may, and counts that (`aof_delayed_fsync`). Meanwhile replies go out: these
bytes are lost if the process dies.

When a write fails, part of it may be in the file. That part is taken off again, so that the
file ends with a whole command; the bytes stay in the buffer for the next try, and until it
succeeds there is an `error`, for which clients are refused writes. Under always there is no
way back: data was changed that is in no log, so the error is `fatal`.

An fsync that failed has lost what it was to save, and another one will not bring it back, as
the system forgets that those pages were dirty. So the bytes that are not known to be safe are
read back, taken off the file, and written once more. Where that cannot be done, since the log
has gone on in another file, the log has a hole, and only a rewrite mends it.

Unlike Redis: there an fsync that succeeds ends the error, whatever became of those pages.

Source: `aof.c` flushAppendOnlyFile, aofWrite; `bio.c` bioProcessBackgroundJobs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from redlearn.persistence.aof_files import Options
from redlearn.persistence.disk import Disk, File, Fsync, append_all
from redlearn.persistence.simulated_disk import SimulatedDisk

EVERY_MS: Final = 1_000
POSTPONED_MOST_MS: Final = 2_000


@dataclass(slots=True)
class Flight:
    """An fsync in the background.

    Attributes:
        upto: What is safe once it is over, as `Tail.fed` counts.
        name: Of the file, and `file`, the file itself, if it is to be closed then.
    """

    fsync: Fsync
    upto: int
    name: str
    file: File | None = None


class Tail:
    """The file that is appended to, and the bytes that are on their way to it.

    Attributes:
        options: The configuration.
        name: The file's path on the disk; "" while none is open.
        fed, written, synced: How many bytes were ever taken, written, made safe, in all files.
        size: Bytes of the open file.
        delayed: How many writes did not wait any longer for an fsync.
        fatal: Why the process has to end, or None.
        has_hole: Something that is not in the open file was not made safe.
        child_active: A snapshot or a rewrite is being written.
    """

    __slots__ = (
        "_buffer", "_disk", "_file", "_flights", "_fsync_error", "_postponed_ms", "_suspect",
        "_synced_ms", "_write_error", "child_active", "delayed", "fatal", "fed", "has_hole", "name",
        "options", "size", "synced", "written",
    )  # fmt: skip

    def __init__(self, disk: Disk, options: Options) -> None:
        self.options = options
        self.name = ""
        self.fed = self.written = self.synced = 0
        self.size = 0
        self.delayed = 0
        self.fatal: OSError | None = None
        self.has_hole = False
        self.child_active = False
        self._disk = disk
        self._file: File | None = None
        self._buffer = bytearray()
        self._flights: list[Flight] = []
        self._postponed_ms: int | None = None
        self._synced_ms = 0
        self._suspect = False  # an fsync of the open file has failed
        self._write_error: OSError | None = None
        self._fsync_error: OSError | None = None

    @property
    def error(self) -> OSError | None:
        """Why writes are to be refused, or None."""
        return self._write_error or self._fsync_error

    def next_due_ms(self) -> int | None:
        """When something is to be done though nobody sends anything: 0 for as soon as possible,
        None for never."""
        if self.syncing or self._buffer:
            return 0
        if self.written > self.synced and self.options.appendfsync == "everysec":
            return self._synced_ms + EVERY_MS
        return None

    @property
    def buffered(self) -> int:
        """Bytes that are not written yet."""
        return len(self._buffer)

    @property
    def syncing(self) -> bool:
        """Whether an fsync of the open file runs in the background."""
        flights = self._flights
        return bool(flights) and any(flight.name == self.name for flight in flights)

    def feed(self, data: bytes) -> None:
        """Take bytes, to be written by the next flush."""
        self._buffer += data
        self.fed += len(data)

    def drop_buffer(self) -> None:
        """Forget what is not written: it will be in a base that is made anew."""
        self._buffer.clear()
        self._postponed_ms = None
        self.written = self.fed

    def mend(self) -> None:
        """A rewrite has put all that went before into a base: there is no hole any more."""
        self.has_hole = False
        self._write_error = self._fsync_error = None
        for flight in self._flights:
            if flight.file is not None:
                flight.file.close()
                self._is_safe(flight.upto)
        self._flights = [flight for flight in self._flights if flight.file is None]

    # ------------------------------------------------------------------------------------- files

    def open(self, name: str, file: File, now_ms: int) -> None:
        """Go on in another file. The old one is made safe in the background, and closed."""
        old, old_name = self._file, self.name
        self._file, self.name, self.size = file, name, file.size()
        self._synced_ms = now_ms
        if old is None:
            return
        self.has_hole = self.has_hole or self._suspect
        self._suspect = False
        if self.synced == self.written:
            old.close()
            return
        try:
            self._flights.append(Flight(old.begin_fsync(), self.written, old_name, old))
        except OSError as error:
            self.has_hole = True
            self._fail_to_sync(error)

    def renamed(self, name: str) -> None:
        """The open file has another name now."""
        for flight in self._flights:
            if flight.name == self.name:
                flight.name = name
        self.name = name

    def close(self, now_ms: int) -> None:
        """Write everything, make it safe, and close the file. Raises OSError."""
        if self._file is None:
            return
        try:
            self.secure(now_ms)
        finally:
            self.let_go()

    def secure(self, now_ms: int) -> None:
        """Write everything, and make it safe, now. Raises OSError."""
        self.write_all(now_ms)
        if self._file is not None and self.synced != self.written:
            self._sync(self._file, now_ms)

    def write_all(self, now_ms: int) -> None:
        """Write everything, now. Raises OSError: some of it waits still."""
        self.flush(now_ms, force=True)
        if self._buffer:
            raise self.error or self.fatal or OSError("something was not written")

    def let_go(self) -> None:
        """Close the file as it is, and forget what is not written."""
        if self._file is not None:
            self._file.close()
        self._file, self.name, self.size = None, "", 0
        self._suspect = False
        self.drop_buffer()

    # ------------------------------------------------------------------------------------ writing

    def flush(self, now_ms: int, *, force: bool = False) -> None:
        """Write what is buffered, and have it made safe, as the policy says.

        Failures are noted in `error` and `fatal`, and tried again by the next flush.

        Args:
            force: Do not wait for an fsync that runs.
        """
        self.look()
        file = self._file
        if file is None or self.fatal is not None:
            return
        if self._suspect and not self._rescue(file):
            return
        if self._buffer:
            if self._is_to_wait(now_ms, force) or not self._write(file):
                return
        elif self.synced == self.written:
            return
        self._have_it_safe(file, now_ms)

    def _is_to_wait(self, now_ms: int, force: bool) -> bool:
        options = self.options
        if options.appendfsync != "everysec" or not options.postpones or force or not self.syncing:
            return False
        if self._postponed_ms is None:
            self._postponed_ms = now_ms
        if now_ms - self._postponed_ms < POSTPONED_MOST_MS:
            return True
        self.delayed += 1
        return False

    def _write(self, file: File) -> bool:
        """Write all that is buffered; whether that went well. It is all of it or nothing."""
        self._postponed_ms = None
        data, before = bytes(self._buffer), self.size
        try:
            append_all(file, data)
        except OSError as error:
            self._write_error = error
            self._end_if_always(error)
            self._take_back(file, before)
            return False
        self._took(len(data))
        self._write_error = None
        return True

    def _took(self, count: int) -> None:
        del self._buffer[:count]
        self.size += count
        self.written += count

    def _take_back(self, file: File, before: int) -> None:
        """After a failed write: let the file end where it did before.

        If not even that is possible, what is in the file stays there, and is not written again.
        """
        try:
            if file.size() > before:
                file.truncate(before)
        except OSError:
            self._took(max(file.size() - before, 0))

    def _fail_to_sync(self, error: OSError) -> None:
        self._fsync_error = error
        self._end_if_always(error)

    def _end_if_always(self, error: OSError) -> None:
        if self.options.appendfsync == "always":
            self.fatal = error

    # -------------------------------------------------------------------------------------- fsync

    def look(self) -> None:
        """See which fsyncs in the background are over. They end in the order they began in."""
        while self._flights:
            flight = self._flights[0]
            try:
                if not flight.fsync.finished():
                    return
            except OSError as error:
                self._fail_to_sync(error)
                if flight.name == self.name:
                    self._suspect = True
                else:
                    self.has_hole = True
            else:
                self._is_safe(flight.upto)
            del self._flights[0]
            if flight.file is not None:
                flight.file.close()

    def _is_safe(self, upto: int) -> None:
        if not self._suspect and not self.has_hole:
            self.synced = max(self.synced, upto)
            self._fsync_error = None

    def _have_it_safe(self, file: File, now_ms: int) -> None:
        options = self.options
        if options.no_appendfsync_on_rewrite and self.child_active:
            return
        if options.appendfsync == "always":
            try:
                self._sync(file, now_ms)
            except OSError as error:
                self._fail_to_sync(error)
        elif options.appendfsync == "everysec" and now_ms - self._synced_ms >= EVERY_MS:
            if not self.syncing:
                self._begin(file)
            self._synced_ms = now_ms

    def _sync(self, file: File, now_ms: int) -> None:
        """Make everything that is written safe, now. Raises OSError."""
        file.fsync()
        self._synced_ms = now_ms
        if not self._flights:
            self._is_safe(self.written)

    def _begin(self, file: File) -> None:
        try:
            self._flights.append(Flight(file.begin_fsync(), self.written, self.name))
        except OSError as error:
            self._fail_to_sync(error)
            self._suspect = True

    def _rescue(self, file: File) -> bool:
        """Take off the file what is not safe, to be written once more; whether that went well."""
        start = self.size - min(self.written - self.synced, self.size)
        try:
            data = self._disk.read(self.name, start)
            file.truncate(start)
        except OSError as error:
            self._fail_to_sync(error)
            return False
        self._buffer[:0] = data
        self.written -= len(data)
        self.size = start
        self._suspect = False
        return True

    # -------------------------------------------------------------------------------- time travel

    def freeze(self) -> Frozen:
        """All of it; the files themselves are the disk's."""
        kept = {name: getattr(self, name) for name in KEPT}
        flights = [(each.upto, each.name, each.file is not None) for each in self._flights]
        return kept, bytes(self._buffer), tuple(flights)

    @classmethod
    def thaw(cls, frozen: Frozen, disk: SimulatedDisk) -> Tail:
        """What was frozen, over a disk that is thawed already."""
        kept, buffer, flights = frozen
        tail = cls(disk, kept["options"])
        for name, value in kept.items():
            setattr(tail, name, value)
        tail._buffer = bytearray(buffer)
        if tail.name:
            tail._file = disk.append_to(tail.name)
        for upto, name, closes in flights:
            file = disk.append_to(name)
            if (fsync := file.pending_fsync()) is not None:
                tail._flights.append(Flight(fsync, upto, name, file if closes else None))
        return tail


Frozen = tuple[dict[str, Any], bytes, tuple[tuple[int, str, bool], ...]]

KEPT: Final = (
    "options", "name", "fed", "written", "synced", "size", "delayed", "fatal", "has_hole",
    "child_active", "_postponed_ms", "_synced_ms", "_suspect", "_write_error", "_fsync_error",
)  # fmt: skip
