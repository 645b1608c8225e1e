"""The agenda: everything that is going to happen, soonest first.

Virtual time is the time of the entry taken last. Two entries of the same microsecond happen in the
order in which they were put down, so that one seed gives one history.

Source: the "pending event set" of discrete event simulation.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from sortedcontainers import SortedList

Frozen = tuple[Any, ...]


class Entry(NamedTuple):
    """Something that is going to happen.

    Attributes:
        due_us: When, in virtual microseconds.
        number: Which of those put down; no two are equal, so `what` is never compared.
        what: Frozen data; whoever takes the entry knows what to do with it.
    """

    due_us: int
    number: int
    what: Any


class Agenda:
    """Entries in order of time: put down and taken in O(log N).

    Attributes:
        now_us: The time of the entry taken last.
    """

    __slots__ = ("_entries", "_numbers", "now_us")

    def __init__(self, now_us: int = 0) -> None:
        self.now_us = now_us
        self._numbers = 0
        self._entries: SortedList[Entry] = SortedList()

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)

    def put(self, due_us: int, what: object) -> Entry:
        """Put something down for a time that is not past."""
        assert due_us >= self.now_us, "nothing happens in the past"
        self._numbers += 1
        entry = Entry(due_us, self._numbers, what)
        self._entries.add(entry)
        return entry

    def next_us(self) -> int | None:
        """When the next entry is due, or None: nothing will ever happen."""
        return self._entries[0].due_us if self._entries else None

    def take(self) -> Entry:
        """Take the next entry: its time is now."""
        entry = self._entries.pop(0)
        self.now_us = entry.due_us
        return entry

    def freeze(self) -> Frozen:
        """All of it, O(N); entries are shared, as they never change."""
        return self.now_us, self._numbers, tuple(self._entries)

    def thaw(self, frozen: Frozen) -> None:
        """Be as `freeze` found it."""
        self.now_us, self._numbers, entries = frozen
        self._entries = SortedList(entries)
