"""Net: what the system lets a server in a classroom take, below all limits that are the server's.

`maxmemory` is counted in values, before a command runs. One command may ask for half a gigabyte
all the same (`SETRANGE k 536870911 x`), and what is beside the values is not counted at all. In a
classroom nobody's experiment is to take the machine away from the others; so the process gets an
address space with an end (RLIMIT_AS). Whoever asks for more than that is cut off, and nobody else
notices; what the command had done until then stays, as for any other that fails half-way.

The address space is larger than what is in use: threads reserve some that they never touch. So
the net hangs well below `maxmemory`, and is not what limits a server in daily life. Nor does it
rise above what is in use, when `maxmemory` is lowered: a server without any room could not even
delete.
"""

from __future__ import annotations

import resource
from pathlib import Path
from typing import Final

from redlearn.engine.config import Config

SHARE: Final = 3
"""How many times `maxmemory` the objects of as many bytes of values may take, copies included."""

ROOM: Final = 512 << 20
"""Bytes beside that: threads, buffers of clients, a snapshot under way."""

STATM: Final = Path("/proc/self/statm")

_at_start: list[int] = []


def spread(config: Config) -> bool:
    """Limit the address space as `maxmemory` is now; whether the system could.

    Outside of classroom mode nothing is changed; without `maxmemory` there is no limit. O(1).
    """
    if not config.flag("classroom-mode"):
        return True
    limit, before = config.number("maxmemory"), _space_at_start()
    wanted = resource.RLIM_INFINITY
    if limit:
        wanted = max(before + SHARE * limit, _space()) + ROOM
    try:
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        if hard != resource.RLIM_INFINITY and not 0 <= wanted < hard:
            wanted = hard
        resource.setrlimit(resource.RLIMIT_AS, (wanted, hard))
    except (AttributeError, OSError, ValueError):  # not every system has such a limit
        return not limit
    return True


def _space_at_start() -> int:
    """Bytes of address space that the process had when this was first asked; 0 if unknown."""
    if not _at_start:
        _at_start.append(_space())
    return _at_start[0]


def _space() -> int:
    """Bytes of address space that the process has now; 0 if unknown."""
    try:
        pages = int(STATM.read_text().split()[0])
    except OSError:
        return 0
    return pages * resource.getpagesize()
