"""Files: how many may be open, as each connection is one; and where one is that a setting names.

Source: `server.c` adjustOpenFilesLimit.
"""

from __future__ import annotations

import resource
from pathlib import Path

from redlearn.persistence.disk import name_of

RESERVED = 32
"""Files that are no clients: the program's own, its log, what it listens on, what it saves."""


def path_of(text: str) -> Path:
    """The file or directory that a setting names: settings have bytes as latin-1.

    >>> path_of("/tmp/k\u00c3\u00b6.log") == Path("/tmp/k\u00f6.log")
    True
    """
    return Path(name_of(text))


def make_room(clients: int) -> int:
    """Let this process open enough files for so many clients; how many it has room for.

    A limit that may not be raised so far is raised as far as it may be.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = clients + RESERVED
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return clients
    possible = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (possible, hard))
    except (OSError, ValueError):  # a system may have a lower limit of its own
        possible = soft
    return max(1, possible - RESERVED)
