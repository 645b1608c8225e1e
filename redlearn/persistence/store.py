"""A real disk: one directory of the file system, and nothing outside of it.

Every name is opened from the descriptor of its directory, part by part, and no part may be a
symbolic link. So whatever a manifest or a parameter says, and whoever swaps a directory for a
link at the wrong moment, what is opened is below the directory that the server was given.

Files can be read and written by their owner only: all data is in them.

An fsync in the background runs in a thread that lives as long as it does. Between two of them
the process has one thread, so that it can fork.

Sources: POSIX openat(), write(), fdatasync(); Redis's `bio.c`, `util.c` fsyncFileDir.
"""

from __future__ import annotations

import errno
import os
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from redlearn.persistence.disk import checked

OWNER_ONLY: Final = 0o600
FSYNC: Final = "fsync"
"""What threads are called that wait for an fsync."""
_OWN_FOLDER: Final = 0o700
_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_BELOW: Final = _FOLDER | os.O_NOFOLLOW
_FILE: Final = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK  # a pipe of that name stops nobody
_WRITE: Final = _FILE | os.O_WRONLY | os.O_CREAT | os.O_APPEND

_sync: Final = getattr(os, "fdatasync", os.fsync)


class RealDisk:
    """A `Disk` that is a directory.

    Attributes:
        folder: Where it is, links resolved.
    """

    __slots__ = ("_root", "folder")

    def __init__(self, folder: str | Path) -> None:
        """Raises OSError if there is no such directory."""
        self.folder = os.path.realpath(folder)
        self._root = os.open(self.folder, _FOLDER)

    def move(self, folder: str | Path) -> None:
        """Be another directory from now on; files that are open stay so. Raises OSError."""
        root = os.open(os.path.realpath(folder), _FOLDER)
        os.close(self._root)
        self._root, self.folder = root, os.path.realpath(folder)

    @property
    def descriptors(self) -> tuple[int, ...]:
        """What it has open itself: a child process must not close that."""
        return (self._root,)

    def close(self) -> None:
        """Let go of the directory."""
        os.close(self._root)

    def create(self, name: str) -> RealFile:
        """A new file, or an old one emptied."""
        return self._opened(name, _WRITE | os.O_TRUNC)

    def append_to(self, name: str) -> RealFile:
        """A file to go on with, made if there is none."""
        return self._opened(name, _WRITE)

    def read(self, name: str, start: int = 0, size: int | None = None) -> bytes:
        """`size` bytes from `start` on, fewer at the end; all of them by default.

        No more memory is asked for than the file has bytes, whatever a length in it promises.
        """
        with self._reading(name) as descriptor:
            left = os.fstat(descriptor).st_size - start
            wanted = left if size is None else min(size, left)
            pieces: list[bytes] = []
            while wanted > 0 and (piece := os.pread(descriptor, wanted, start)):
                pieces.append(piece)
                start += len(piece)
                wanted -= len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def size(self, name: str) -> int:
        """How many bytes a file has."""
        with self._reading(name) as descriptor:
            return os.fstat(descriptor).st_size

    def rename(self, old: str, new: str) -> None:
        """Give a file another name, in one step; a file that had that name is gone."""
        with self._directory_of(old) as (source, base), self._directory_of(new) as (target, fresh):
            os.rename(base, fresh, src_dir_fd=source, dst_dir_fd=target)

    def remove(self, name: str) -> None:
        """Take a file's name away."""
        with self._directory_of(name) as (descriptor, base):
            os.unlink(base, dir_fd=descriptor)

    def make_directory(self, name: str) -> None:
        """Make a directory; nothing happens if it is there."""
        with self._directory_of(name) as (descriptor, base):
            with suppress(FileExistsError):
                os.mkdir(base, _OWN_FOLDER, dir_fd=descriptor)
            os.close(os.open(base, _BELOW, dir_fd=descriptor))  # that it is one, and no link

    def names(self, directory: str = "") -> list[str]:
        """The names in a directory, in order."""
        with self._directory(directory) as descriptor:
            return sorted(os.listdir(descriptor))

    def sync_directory(self, directory: str = "") -> None:
        """Make safe which names a directory has."""
        with self._directory(directory) as descriptor:
            os.fsync(descriptor)

    def _opened(self, name: str, flags: int) -> RealFile:
        with self._directory_of(name) as (directory, base):
            descriptor = os.open(base, flags, OWNER_ONLY, dir_fd=directory)
        try:
            _require_file(descriptor, name)
        except OSError:
            os.close(descriptor)
            raise
        return RealFile(descriptor)

    @contextmanager
    def _reading(self, name: str) -> Iterator[int]:
        with self._directory_of(name) as (directory, base):
            descriptor = os.open(base, os.O_RDONLY | _FILE, dir_fd=directory)
        try:
            _require_file(descriptor, name)
            yield descriptor
        finally:
            os.close(descriptor)

    @contextmanager
    def _directory_of(self, name: str) -> Iterator[tuple[int, str]]:
        """The directory that a name is in, open, and the last part of the name."""
        above, _, base = checked(name).rpartition("/")
        with self._directory(above) as descriptor:
            yield descriptor, base

    @contextmanager
    def _directory(self, name: str) -> Iterator[int]:
        descriptor = os.dup(self._root)
        try:
            for part in checked(name).split("/") if name else ():
                below = os.open(part, _BELOW, dir_fd=descriptor)
                os.close(descriptor)
                descriptor = below
            yield descriptor
        finally:
            os.close(descriptor)


@contextmanager
def opened(path: str | Path) -> Iterator[tuple[Callable[[int, int], bytes], int]]:
    """A file that may be anywhere, links followed: what gives bytes of it, and how many it has.

    The first takes the place of a byte, and how many are wanted; there are fewer at the end.

    Raises:
        OSError: It cannot be read; or is a device, which has no end, or a pipe.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        _require_file(descriptor, str(path))
        size = os.fstat(descriptor).st_size
        yield lambda start, count: os.pread(descriptor, count, start), size
    finally:
        os.close(descriptor)


def _require_file(descriptor: int, name: str) -> None:
    """A device, or a pipe that nobody would ever answer on, is no file."""
    kind = os.fstat(descriptor).st_mode
    if stat.S_ISDIR(kind):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), name)
    if not stat.S_ISREG(kind):
        raise OSError(errno.EINVAL, "not a regular file", name)


class RealFile:
    """A `File` of a `RealDisk`."""

    __slots__ = ("_descriptor",)

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def append(self, data: bytes) -> int:
        """Put bytes at the end, in one write; how many were taken."""
        return os.write(self._descriptor, data)

    def size(self) -> int:
        """How many bytes it has."""
        return os.fstat(self._descriptor).st_size

    def truncate(self, size: int) -> None:
        """Drop everything behind the first `size` bytes."""
        os.ftruncate(self._descriptor, size)

    def fsync(self) -> None:
        """Return when all bytes are safe from a power cut."""
        _sync(self._descriptor)

    def begin_fsync(self) -> RealFsync:
        """Begin to make safe what has been written by now, in a thread."""
        return RealFsync(os.dup(self._descriptor))

    def close(self) -> None:
        """Let go of it. Nothing is made safe by that."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = -1


class RealFsync:
    """An fsync in a thread. The descriptor is its own: the file may be closed meanwhile."""

    __slots__ = ("_descriptor", "_error", "_thread")

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._error: OSError | None = None
        self._thread = threading.Thread(target=self._run, name=FSYNC, daemon=True)
        self._thread.start()

    def finished(self) -> bool:
        """Whether it is over. Raises OSError, each time, if it is and has failed."""
        if self._thread.is_alive():
            return False
        if self._error is not None:
            raise self._error
        return True

    def wait(self) -> bool:
        """Wait until it is over, which is true then. Raises OSError if it has failed."""
        self._thread.join()
        return self.finished()

    def _run(self) -> None:
        try:
            _sync(self._descriptor)
        except OSError as error:
            self._error = error
        finally:
            os.close(self._descriptor)
