"""Ebuckets: things that end, in the order in which they end.

    3 fields of one hash     otp 1700000000250   cart 1700000060000   seen 1700000900000
                             ends first                               ends last

A field with a time to live is found twice: by name, in the hash, and by moment, here. Active
expiry then never samples, as it must with keys (`expiry.py`): it takes from the front while the
moment there has passed, and the first that has not ends the walk.

Redis builds the same order twice. Each hash whose fields can end has one of its fields, and each
database has one of its hashes, under the moment of each hash's first field to end:

    database   cart:7 at 250   user:3 at 400                  which hash is to be looked at next
                  |               |
    hash       otp 250, ...    code 400, ...                  which of its fields are over

Invariants (`check` asserts them): an item is there once, and both sides say the same of it.

Cost: O(log N) to add, move or remove; O(1) to see the first; O(K log N) for the first K.

Unlike Redis: its ebuckets are a linked list while there are at most 16 items, and beyond that
a radix tree of moments whose leaves are lists, so that a million of them cost few pointers.
Here the standard sorted list stands for both: the order is the same, but items that end in
the same millisecond come in the order of their bytes.

Source: `ebuckets.c` ebAdd, ebRemove, ebExpire, ebGetNextTimeToExpire.
"""

from __future__ import annotations

from typing import Final

from sortedcontainers import SortedList

NO_TIME: Final = 0
"""The moment of what never ends; so a listpackex writes it, too."""

LATEST_MS: Final = (1 << 46) - 1
"""The last moment a field may have, in the year 4199 (`t_hash.c` HFE_MAX_ABS_TIME_MSEC)."""

Frozen = tuple[tuple[int, bytes], ...]


class Ebuckets:
    """Names with moments in ms since 1970, in the order of the moments."""

    __slots__ = ("_moments", "_order")

    def __init__(self) -> None:
        self._moments: dict[bytes, int] = {}
        self._order: SortedList[tuple[int, bytes]] = SortedList()

    def __len__(self) -> int:
        return len(self._moments)

    @property
    def first_ms(self) -> int:
        """The soonest moment, or NO_TIME where there is none. O(1)."""
        if not self._moments:
            return NO_TIME
        moment: int = self._order[0][0]
        return moment

    def moment_of(self, item: bytes) -> int:
        """When `item` ends, or NO_TIME. O(1)."""
        return self._moments.get(item, NO_TIME)

    def put(self, item: bytes, at_ms: int) -> None:
        """Let `item` end at `at_ms`, whatever was said of it before. O(log N)."""
        self.remove(item)
        self._moments[item] = at_ms
        self._order.add((at_ms, item))

    def remove(self, item: bytes) -> bool:
        """Let `item` never end; False if nothing else was known of it. O(log N)."""
        before = self._moments.pop(item, NO_TIME)
        if before == NO_TIME:
            return False
        self._order.remove((before, item))
        return True

    def due(self, now_ms: int, limit: int) -> list[tuple[int, bytes]]:
        """(moment, item) of the first `limit` whose moment is not after `now_ms`. O(K)."""
        found: list[tuple[int, bytes]] = []
        for moment, item in self._order:
            if moment > now_ms or len(found) >= limit:
                break
            found.append((moment, item))
        return found

    def rows(self, first: int = 0, count: int | None = None) -> list[tuple[int, bytes]]:
        """(moment, item) of `count` items from number `first` on, or of all. O(log N + count)."""
        stop = None if count is None else first + count
        return list(self._order.islice(first, stop))

    def clear(self) -> None:
        """Forget all."""
        self._moments.clear()
        self._order.clear()

    # Keeping

    def freeze(self) -> Frozen:
        """All rows. O(N)."""
        return tuple(self._order)

    @classmethod
    def thaw(cls, frozen: Frozen) -> Ebuckets:
        """The order that gave `frozen`. O(N log N)."""
        thawed = cls()
        thawed._moments = {item: moment for moment, item in frozen}
        thawed._order = SortedList(frozen)
        return thawed

    def check(self) -> None:
        """Assert the invariants. O(N log N)."""
        rows = sorted((moment, item) for item, moment in self._moments.items())
        assert list(self._order) == rows, "the order says something else than the names"
        assert all(moment > NO_TIME for moment, _ in rows), "an item ends before 1970"
