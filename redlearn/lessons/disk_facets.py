"""Facets of what is kept: the files of the simulated disk, and what a crash left of them.

A file: its size, how much of it is safe from a power cut, the commands of a log, head(bytes).
What is being written: done of total keys, and those copied meanwhile with their memory.
What a policy kept: had and keys, writes and kept, lost_ms, the bytes of its files.
"""

from __future__ import annotations

from typing import Final

from redlearn.lessons.facets import Facet, Value, plain_value, value_of
from redlearn.lessons.path import ProbeError
from redlearn.persistence.aof_read import Reader
from redlearn.persistence.simulated_disk import SimulatedDisk
from redlearn.views.files import Running, all_files
from redlearn.views.lab import LabView

MOST_OF_A_HEAD: Final = 64


def file_of(disk: SimulatedDisk | None, name: str) -> Facet:
    """The file of that name; its directory may be left out.

    Raises:
        ProbeError: If there is none.
    """
    names = [] if disk is None else all_files(disk)
    path = next((each for each in names if name in (each, each.rpartition("/")[2])), None)
    if disk is None or path is None:
        raise ProbeError(f"there is no file '{name}'; there is {', '.join(names) or 'none at all'}")
    levels = disk.levels(path)
    return Facet(
        "file",
        {
            "size": lambda: levels.written,
            "safe": lambda: levels.durable,
            "commands": lambda: _commands(disk.read(path)),
        },
        {"head": lambda count: _head(disk.read(path), count)},
    )


def running_of(running: Running | None, what: str) -> Facet:
    """The snapshot or the rewrite under way, as `what` says.

    Raises:
        ProbeError: If there is none.
    """
    if running is None or running.what != what:
        raise ProbeError(f"no {what} is being written")
    return Facet(
        "running",
        {
            "done": lambda: running.done,
            "total": lambda: running.total,
            "copied": lambda: running.copied,
            "memory": lambda: running.memory,
        },
    )


def kept_of(lab: LabView, policy: str) -> Facet:
    """What one policy kept of the moment before the last crash.

    Raises:
        ProbeError: If nothing has crashed, or there is no such policy.
    """
    if not lab.rows:
        raise ProbeError("nothing has crashed")
    row = next((each for each in lab.rows if each.policy == policy), None)
    if row is None:
        known = ", ".join(each.policy for each in lab.rows)
        raise ProbeError(f"there is no policy '{policy}' among {known}")
    return Facet(
        "kept",
        {
            "had": lambda: row.had,
            "keys": lambda: row.has,
            "writes": lambda: row.writes,
            "kept": lambda: row.kept,
            "lost_ms": lambda: row.lost_ms,
            "files": lambda: row.size,
        },
    )


def _commands(data: bytes) -> Value:
    """The commands of a log, each as the words one would type."""
    reader = Reader()
    reader.feed(data)
    return tuple(
        " ".join(str(plain_value(word)) for word in each.argv)
        for each in reader.commands()
        if each.argv
    )


def _head(data: bytes, count: Value) -> Value:
    if not isinstance(count, int) or not 0 <= count <= MOST_OF_A_HEAD:
        raise ProbeError(f"a head is 0 to {MOST_OF_A_HEAD} bytes, not {value_of(count)}")
    return plain_value(data[:count])
