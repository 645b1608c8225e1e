"""The disk: what a log and a snapshot ask of it, inside one data directory.

A `Disk` is a directory with files and directories below it, named by paths of plain parts:
`dump.rdb`, `appendonlydir/appendonly.aof.1.incr.aof`. A name is checked before anything is
done with it, so that nothing outside of the data directory is ever opened: no `..`, no
absolute path, no NUL. What goes wrong is an OSError with its errno.

Three things that programs are easily wrong about are in the protocol on purpose:

- `append` may take fewer bytes than it was given, as write(2) may;
- `fsync` makes a file's bytes safe, and not its name: that needs `sync_directory`;
- an fsync may fail, and then nothing is known of the bytes it was to make safe. Calling it
  again and getting a success means nothing.

An fsync may be left to the background: `begin_fsync` starts one, and what it returns says
when it is over. On a real disk a thread does it; on the simulated one it takes virtual time.

Source: POSIX write(), fsync(), rename(); Redis does all this in `aof.c` and `bio.c`.
"""

from __future__ import annotations

import errno
import os
from typing import Protocol


class Fsync(Protocol):
    """An fsync that runs in the background."""

    def finished(self) -> bool:
        """Whether it is over. Raises OSError if it is and has failed."""
        ...


class File(Protocol):
    """A file that is open for appending. It stays the same file if it is renamed."""

    def append(self, data: bytes) -> int:
        """Put bytes at the end; how many were taken, at least 1 of `data`. Raises OSError."""
        ...

    def size(self) -> int:
        """How many bytes it has."""
        ...

    def truncate(self, size: int) -> None:
        """Drop everything behind the first `size` bytes. Raises OSError."""
        ...

    def fsync(self) -> None:
        """Return when all bytes are safe from a power cut. Raises OSError."""
        ...

    def begin_fsync(self) -> Fsync:
        """Begin to make safe what has been written by now, in the background."""
        ...

    def close(self) -> None:
        """Let go of it. Nothing is made safe by that."""
        ...


class Disk(Protocol):
    """One data directory. All names are relative to it, and `/` is what joins their parts."""

    def create(self, name: str) -> File:
        """A new file, or an old one emptied. Raises OSError."""
        ...

    def append_to(self, name: str) -> File:
        """A file to go on with, made if there is none. Raises OSError."""
        ...

    def read(self, name: str, start: int = 0, size: int | None = None) -> bytes:
        """`size` bytes from `start` on, fewer at the end; all of them by default."""
        ...

    def size(self, name: str) -> int:
        """How many bytes a file has. Raises FileNotFoundError."""
        ...

    def rename(self, old: str, new: str) -> None:
        """Give a file another name, in one step; a file that had that name is gone."""
        ...

    def remove(self, name: str) -> None:
        """Take a file's name away. Raises FileNotFoundError."""
        ...

    def make_directory(self, name: str) -> None:
        """Make a directory; nothing happens if it is there."""
        ...

    def names(self, directory: str = "") -> list[str]:
        """The names in a directory, in order. Raises FileNotFoundError."""
        ...

    def sync_directory(self, directory: str = "") -> None:
        """Make safe which names a directory has. Raises OSError."""
        ...


def checked(name: str) -> str:
    """A name that stays inside the data directory, as it is. Anything else is EINVAL.

    >>> checked("appendonlydir/appendonly.aof.manifest")
    'appendonlydir/appendonly.aof.manifest'
    """
    if "\0" in name or any(part in ("", ".", "..") for part in name.split("/")):
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), name)
    return name


def name_of(text: str) -> str:
    r"""The name of the file that a setting names: settings have bytes as latin-1.

    >>> name_of("k\u00c3\u00b6.rdb") == "k\u00f6.rdb"
    True
    """
    return os.fsdecode(text.encode("latin-1"))


def setting_of(name: str) -> str:
    """What a setting has for a file of that name: `name_of` backwards."""
    return os.fsencode(name).decode("latin-1")


def directory_of(name: str) -> str:
    """The directory a name is in; "" is the data directory itself.

    >>> directory_of("appendonlydir/a.aof"), directory_of("dump.rdb")
    ('appendonlydir', '')
    """
    return name.rpartition("/")[0]


def is_plain(name: str) -> bool:
    r"""Whether a name is one part, without directories (`util.c pathIsBaseName`).

    >>> is_plain("dump.rdb"), is_plain("../dump.rdb"), is_plain("a\\b")
    (True, False, False)
    """
    return "/" not in name and "\\" not in name


def exists(disk: Disk, name: str) -> bool:
    """Whether there is a file of that name."""
    try:
        disk.size(name)
    except FileNotFoundError:
        return False
    return True


def reason_of(error: Exception) -> str:
    """Why something failed, in a few words: of an OSError what its errno means.

    >>> reason_of(OSError(errno.ENOSPC, "No space left on device", "dump.rdb"))
    'No space left on device'
    """
    return (isinstance(error, OSError) and error.strerror) or str(error)


def append_all(file: File, data: bytes) -> None:
    """Append until everything is taken. Raises OSError; some of it may be in the file then."""
    taken = file.append(data)
    while taken < len(data):
        taken += file.append(data[taken:])


def make_safe(disk: Disk, name: str) -> None:
    """Make safe a file that is there and that nobody may have made safe. Raises OSError."""
    file = disk.append_to(name)
    try:
        file.fsync()
    finally:
        file.close()


def replace(disk: Disk, name: str, data: bytes) -> None:
    """Put `data` into a file, all of it or, whatever happens, none of it. Raises OSError.

    It is written beside the file and made safe, then takes the file's name, and last the
    directory is made safe. In another order a power cut leaves an empty file of that name.
    """
    directory, _, base = name.rpartition("/")
    beside = f"{directory}/temp-{base}" if directory else f"temp-{base}"
    file = disk.create(beside)
    try:
        append_all(file, data)
        file.fsync()
        disk.rename(beside, name)
    except OSError:
        disk.remove(beside)
        raise
    finally:
        file.close()
    disk.sync_directory(directory)
