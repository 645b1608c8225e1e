"""Jobs: a file that is written in the background, while the engine serves on.

A job is asked now and then how it goes (`poll`). Where the process may fork, a child writes the
whole file on its own and only its end has to be noticed (`child.py`). Everywhere else it is
written a slice at a time, between commands, from what the data was when the job began
(`snapshot.py`, `rewrite.py`).

Either way the bytes go into a file beside, with an fsync every 4 MiB, so that the last one has
little to do. The real name is given at the very end: whoever looks finds the old file or the new.

Source: `rdb.c` rdbSave; `rio.c` rioSetAutoSync.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Final, Protocol

from redlearn.engine.state import State
from redlearn.persistence.disk import Disk, File, append_all, directory_of, reason_of
from redlearn.persistence.rewrite import FrozenRewrite, Rewrite
from redlearn.persistence.snapshot import FrozenSnapshot, Snapshot

AUTOSYNC: Final = 4 * 1024**2
"""Bytes after which a file being written is made safe so far (REDIS_AUTOSYNC_BYTES)."""


class Job(Protocol):
    """A file that is being written.

    Attributes:
        keys: How many keys are written.
        cow: Bytes that were in memory twice because of it.
        error: Why it failed, if it has.
    """

    keys: int
    cow: int
    error: str

    def poll(self) -> bool | None:
        """Go on, or look how it goes: None while it does, then whether it worked."""
        ...

    def cancel(self) -> None:
        """End it; what was written is removed."""
        ...


class Slices(Protocol):
    """The bytes of a file as of one moment, which come a few keys at a time."""

    @property
    def keys_done(self) -> int:
        """How many keys have been handed out."""
        ...

    @property
    def copied_keys(self) -> int:
        """How many keys were kept apart, since they changed before they were written."""
        ...

    @property
    def copied_bytes(self) -> int:
        """Bytes that these took."""
        ...

    def step(self, keys: int) -> bytes | None:
        """The next bytes, of about so many keys, which may be none yet; None at the end."""
        ...

    def freeze(self) -> object:
        """All that still comes, for `thawed`."""
        ...

    def cancel(self) -> None:
        """Keep nothing apart any more."""
        ...


class Writing:
    """A file that grows under another name until it is whole.

    Attributes:
        size: Bytes so far.
        bit_by_bit: It is made safe on the way, too.
    """

    __slots__ = ("_disk", "_file", "_name", "_unsafe", "bit_by_bit", "size")

    def __init__(self, disk: Disk, name: str, *, anew: bool = True) -> None:
        """`anew`: whatever is there goes; else it is gone on with. Raises OSError.

        It goes as a name, and is not emptied: a power cut, or somebody, may have left a second name
        there of a file that is in use.
        """
        self._disk = disk
        self._name = name
        if anew:
            with suppress(FileNotFoundError):
                disk.remove(name)
        self._file: File = disk.create(name) if anew else disk.append_to(name)
        self._unsafe = 0
        self.bit_by_bit = True
        self.size = 0

    def add(self, piece: bytes) -> None:
        """Put bytes at the end. Raises OSError."""
        append_all(self._file, piece)
        self.size += len(piece)
        self._unsafe += len(piece)
        if self.bit_by_bit and self._unsafe >= AUTOSYNC:
            self._file.fsync()
            self._unsafe = 0

    def finish(self) -> None:
        """Make all of it safe. Raises OSError."""
        self._file.fsync()
        self._file.close()

    def give_up(self) -> None:
        """Remove it."""
        self._file.close()
        with suppress(OSError):
            self._disk.remove(self._name)


def write_whole(disk: Disk, name: str, pieces: Iterable[bytes], *, bit_by_bit: bool = True) -> int:
    """Write a file to its end, or leave none; how many bytes. Raises OSError.

    Args:
        bit_by_bit: Make it safe on the way, too.
    """
    writing = Writing(disk, name)
    writing.bit_by_bit = bit_by_bit
    try:
        for piece in pieces:
            writing.add(piece)
        writing.finish()
    except BaseException:
        writing.give_up()
        raise
    return writing.size


def put_in_place(disk: Disk, beside: str, name: str) -> None:
    """Give a file that is whole its real name. Raises OSError; the file beside is gone then."""
    try:
        disk.rename(beside, name)
    except OSError:
        with suppress(OSError):
            disk.remove(beside)
        raise
    disk.sync_directory(directory_of(name))


class SlicedJob:
    """A job done between commands.

    Attributes:
        keys, cow, error: See `Job`.
    """

    def __init__(
        self,
        disk: Disk,
        beside: str,
        slices: Slices,
        finish: Callable[[], None],
        at_once: int,
        *,
        anew: bool = True,
    ) -> None:
        """Args:
        beside: The file to write.
        finish: Called when it is whole; may raise OSError.
        at_once: About how many keys a poll writes.
        anew: It has not been begun before.

        Raises:
            OSError: It cannot be begun.
        """
        self.keys = self.cow = 0
        self.error = ""
        self._slices = slices
        self._finish = finish
        self._at_once = at_once
        try:
            self._writing = Writing(disk, beside, anew=anew)
        except OSError:
            slices.cancel()
            raise

    def poll(self) -> bool | None:
        """Write the next slice."""
        try:
            piece = self._slices.step(self._at_once)
            self.keys, self.cow = self._slices.keys_done, self._slices.copied_bytes
            if piece is not None:
                self._writing.add(piece)
                return None
            self._writing.finish()
            self._finish()
        except OSError as error:
            self.error = reason_of(error)
            self.cancel()
            return False
        return True

    @property
    def kept_apart(self) -> tuple[int, int]:
        """Keys that changed before they were written, and their bytes, up to this moment."""
        return self._slices.copied_keys, self._slices.copied_bytes

    def cancel(self) -> None:
        """End it; what was written is removed."""
        self._slices.cancel()
        self._writing.give_up()

    def let_go(self) -> None:
        """Forget the job: time has gone back to before it. What was written is not touched."""
        self._slices.cancel()

    def freeze(self) -> Frozen:
        """What there is still to do. What is done is on the disk."""
        return self.keys, self.cow, self._slices.freeze()

    @classmethod
    def thaw(
        cls,
        frozen: Frozen,
        state: State,
        disk: Disk,
        beside: str,
        finish: Callable[[], None],
        at_once: int,
    ) -> SlicedJob:
        """The job that was frozen, over a state and a disk that are thawed already."""
        keys, cow, rest = frozen
        job = cls(disk, beside, thawed(rest, state), finish, at_once, anew=False)
        job.keys, job.cow = keys, cow
        return job


Frozen = tuple[int, int, object]


def thawed(frozen: object, state: State) -> Slices:
    """The slices that were frozen."""
    if isinstance(frozen, FrozenSnapshot):
        return Snapshot.thaw(frozen, state)
    assert isinstance(frozen, FrozenRewrite)
    return Rewrite.thaw(frozen, state)


def counted(pieces: Iterator[bytes], told: Callable[[int], None]) -> Iterator[bytes]:
    """The same pieces; `told` hears how many bytes there were before each."""
    size = 0
    for piece in pieces:
        told(size)
        yield piece
        size += len(piece)
