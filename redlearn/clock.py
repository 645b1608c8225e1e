"""Clocks: where the engine gets the time from.

The engine never reads a wall clock. It is handed a `Clock`, and asks it once per command,
as Redis does: whatever one command does, it does at one moment (`server.c call`).
"""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    """Anything that tells the time in milliseconds since 1 January 1970, UTC."""

    def now_ms(self) -> int:
        """The present moment, in milliseconds."""
        ...

    def sleep(self, ms: int) -> None:
        """Let `ms` milliseconds pass before anything else happens (DEBUG SLEEP)."""
        ...


class VirtualClock:
    """A clock that moves only when told to: tests, lessons and time travel run on it."""

    __slots__ = ("ms",)

    def __init__(self, ms: int = 0) -> None:
        self.ms = ms

    def now_ms(self) -> int:
        return self.ms

    def now_ns(self) -> int:
        """The present moment in nanoseconds: what a command took is what it slept."""
        return self.ms * 1_000_000

    def advance(self, ms: int) -> None:
        """Let `ms` milliseconds pass."""
        self.ms += ms

    def sleep(self, ms: int) -> None:
        """A sleep takes no time here: the clock is put forward."""
        self.ms += ms
