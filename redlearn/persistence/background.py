"""Background: which of two ways a file is written while the engine serves on.

    in slices   between commands, from what was when it began; the same on every replay
    in a child  by a copy of the process, where there is a real disk and a single thread

Whoever wants a file says both how all of its bytes are made at once, for the child, to whom
nothing changes any more, and how they are made in slices.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from redlearn.persistence.disk import Disk
from redlearn.persistence.job import Job, SlicedJob, Slices

KEYS_AT_ONCE: Final = 500
"""Keys that are written between two commands: a millisecond's worth of small ones."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file that is to be written in the background.

    Attributes:
        beside: Its name until it is whole.
        write: Writes it at once and finishes it. May raise OSError.
        slices: Begins to make its bytes in slices.
        finish: What is to be done once it is whole, by whoever wrote it. May raise OSError.
    """

    beside: str
    write: Callable[[], None]
    slices: Callable[[], Slices]
    finish: Callable[[], None]


Begin = Callable[[Disk, Wanted], Job]
"""Begins to write a file. Raises OSError."""


def in_slices(disk: Disk, wanted: Wanted) -> Job:
    """Write a file between commands."""
    return SlicedJob(disk, wanted.beside, wanted.slices(), wanted.finish, KEYS_AT_ONCE)


def in_a_child(disk: Disk, wanted: Wanted) -> Job:
    """Write a file in a copy of this process; in slices, if there are other threads."""
    from redlearn.persistence.child import ChildJob, may_fork
    from redlearn.persistence.store import RealDisk

    if isinstance(disk, RealDisk) and may_fork():
        return ChildJob(disk, wanted.beside, wanted.write)
    return in_slices(disk, wanted)


def nothing() -> None:
    """What is to be done where nothing is."""
