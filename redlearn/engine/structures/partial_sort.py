"""Partial sort: a quicksort that leaves alone the part nobody will look at.

    sort_first([5, 1, 4, 2, 3, ...], 2)     only the first two have to come out right

Quicksort splits the numbers into smaller, equal and greater than a pivot, and goes on with
each side. A side that lies beyond the places asked for is not worth it. Cost: O(N + M log M)
for M places, instead of O(N log N).

Which of two equal numbers comes first depends on the pivots, and clients see it. So the
pivots are Redis's: the middle one of three, of three times three if there are many; up to
six numbers are sorted by insertion.

Source: `pqsort.c` _pqsort; J. L. Bentley and M. D. McIlroy, "Engineering a Sort Function"
(1993), where the split with equal numbers at both ends comes from.
"""

from __future__ import annotations

from typing import Final

SMALL: Final = 7
LARGE: Final = 40


def sort_first(keys: list[float], count: int) -> list[int]:
    """Where the `count` smallest of `keys` stand, in order; the others follow in any order.

    >>> sort_first([5.0, 1.0, 4.0, 2.0, 3.0], 2)[:2]
    [1, 3]
    """
    return sort_part(keys, 0, count)


def sort_part(keys: list[float], first: int, end: int) -> list[int]:
    """Where what belongs at places `first` up to but not with `end` stands, at those places.

    >>> sort_part([5.0, 1.0, 4.0, 2.0, 3.0], 1, 3)[1:3]
    [3, 4]
    """
    if first <= 0 and end >= len(keys):  # a whole sort: in C's library, a merge sort
        return sorted(range(len(keys)), key=keys.__getitem__)
    sort = _Sort(keys, first, end - 1)
    sort.part(0, len(keys))
    return sort.order


class _Sort:
    """A sort in progress. `order` holds indices into `keys`; `first` to `last` are wanted."""

    __slots__ = ("first", "keys", "last", "order")

    def __init__(self, keys: list[float], first: int, last: int) -> None:
        self.keys = keys
        self.order = list(range(len(keys)))
        self.first = first
        self.last = last

    def compare(self, one: int, other: int) -> int:
        """-1, 0 or 1 for what stands at two places."""
        first, second = self.keys[self.order[one]], self.keys[self.order[other]]
        return (first > second) - (first < second)

    def swap(self, one: int, other: int) -> None:
        order = self.order
        order[one], order[other] = order[other], order[one]

    def swap_blocks(self, one: int, other: int, count: int) -> None:
        for offset in range(count):
            self.swap(one + offset, other + offset)

    def part(self, start: int, count: int) -> None:
        """Sort the `count` places from `start` on, as far as they are wanted."""
        while count >= SMALL:
            self.swap(start, self._pivot(start, count))
            low, left, right, high = self._split(start, count)
            end = start + count
            size = min(low - start, left - low)
            self.swap_blocks(start, left - size, size)
            size = min(high - right, end - high - 1)
            self.swap_blocks(left, end - size, size)
            below, above = left - low, high - right
            if below > 1 and self.first < start + below and start <= self.last:
                self.part(start, below)
            if above < 2 or self.first >= end or end - above > self.last:
                return
            start, count = end - above, above
        self._insert(start, count)

    def _insert(self, start: int, count: int) -> None:
        for place in range(start + 1, start + count):
            while place > start and self.compare(place - 1, place) > 0:
                self.swap(place, place - 1)
                place -= 1

    def _pivot(self, start: int, count: int) -> int:
        low, middle, high = start, start + count // 2, start + count - 1
        if count > LARGE:
            step = count // 8
            low = self._median(low, low + step, low + 2 * step)
            middle = self._median(middle - step, middle, middle + step)
            high = self._median(high - 2 * step, high - step, high)
        return self._median(low, middle, high) if count > SMALL else middle

    def _median(self, a: int, b: int, c: int) -> int:
        if self.compare(a, b) < 0:
            if self.compare(b, c) < 0:
                return b
            return c if self.compare(a, c) < 0 else a
        if self.compare(b, c) > 0:
            return b
        return a if self.compare(a, c) < 0 else c

    def _split(self, start: int, count: int) -> tuple[int, int, int, int]:
        """Split around the pivot at `start`; what equals it is collected at both ends.

        Returns:
            Where the equal ones at the left end, where the smaller ones end, and where the last
            of the smaller ones and the last of the greater ones are.
        """
        low = left = start + 1
        right = high = start + count - 1
        while True:
            while left <= right and (order := self.compare(left, start)) <= 0:
                if order == 0:
                    self.swap(low, left)
                    low += 1
                left += 1
            while left <= right and (order := self.compare(right, start)) >= 0:
                if order == 0:
                    self.swap(right, high)
                    high -= 1
                right -= 1
            if left > right:
                return low, left, right, high
            self.swap(left, right)
            left += 1
            right -= 1
