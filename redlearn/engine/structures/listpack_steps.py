"""What a listpack tells those who watch it: entries looked at, written, moved, taken out.

Places are offsets into its bytes.
"""

from __future__ import annotations

from dataclasses import dataclass

from redlearn.probe import Event


@dataclass(frozen=True, slots=True)
class EntryVisited(Event):
    """A search compared entry `index`, at `offset`, with what it looks for."""

    offset: int
    index: int
    matched: bool


@dataclass(frozen=True, slots=True)
class Shifted(Event):
    """The `moved` bytes from `offset` on, end mark included, move by `by` bytes."""

    offset: int
    by: int
    moved: int


@dataclass(frozen=True, slots=True)
class EntryWritten(Event):
    """An entry of `size` bytes was written at `offset`, new or over an old one."""

    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class EntriesDeleted(Event):
    """`count` entries, `size` bytes in all, were taken out at `offset`."""

    offset: int
    size: int
    count: int
