"""The wall: where real time comes from, for sessions that follow it.

Nothing else in redlearn reads the system's clock. A front end asks here and hands the
answer to `Session.catch_up`; lessons, tests and time travel never do.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

wall_ns: Final[Callable[[], int]] = time.time_ns  # noqa: TID251  (the edge: this is the clock)
"""Nanoseconds since 1 January 1970, UTC, by the system's clock."""


def wall_ms() -> int:
    """The same in milliseconds."""
    return wall_ns() // 1_000_000
