"""Filling: a hash table built out of a file, all at once, with nobody in a hurry.

A table that serves clients grows step by step, so that nobody waits. While a file is read
everybody waits anyway, so this one is made as large as the file says it will be, and if the file
was wrong it is doubled on the spot.

    filling = Filling(seed, room=1000)
    filling.add(key, value, access)     False if the key is there already
    table.adopt(*filling.result())

Cost: O(1) a key. Source: `rdb.c` rdbLoadRioWithLoadingCtx, which calls `dict.c` dictExpand.
"""

from __future__ import annotations

from typing import Any
from zlib import crc32

from redlearn.engine.structures.buckets import INITIAL_SIZE, Entry, Row, hang, hanging, power_of_two

Filled = tuple[Row, int]
"""A row, and how many entries hang in it."""


class Filling:
    """Entries in one row of buckets, which `HashTable.adopt` can take over.

    Attributes:
        row: The buckets, a power of two of them. Whoever adds for himself, in a loop that must
            be quick, keeps `used` right, and calls `grow` in time.
        mask: How many buckets there are, less one.
        used: How many entries hang in them.
    """

    __slots__ = ("mask", "row", "seed", "used")

    def __init__(self, seed: int, room: int = 0) -> None:
        self.seed = seed
        self.row: Row = [None] * INITIAL_SIZE
        self.mask = INITIAL_SIZE - 1
        self.used = 0
        self.reserve(room)

    def reserve(self, room: int) -> None:
        """Make room for `room` entries in all. O(entries) if there was less."""
        if room > len(self.row):
            self._resize(power_of_two(room))

    def grow(self) -> None:
        """Double the row. O(entries)."""
        self._resize(2 * len(self.row))

    def _resize(self, size: int) -> None:
        entries = hanging(self.row)
        self.row, self.mask = [None] * size, size - 1
        hang(self.row, entries, tuple([entry.access for entry in entries]), self.seed)

    def add(self, key: bytes, value: Any, access: int = 0) -> bool:
        """Hang an entry in; False, and nothing done, if the key is there. O(1)."""
        if self.used > self.mask:
            self.grow()
        index = crc32(key, self.seed) & self.mask
        head = entry = self.row[index]
        while entry is not None:
            if entry.key == key:
                return False
            entry = entry.next
        self.row[index] = Entry(key, value, head, access)
        self.used += 1
        return True

    def result(self) -> Filled:
        """What `HashTable.adopt` takes over. Nothing may be added any more."""
        return (self.row, self.used) if self.used else ([None], 0)
