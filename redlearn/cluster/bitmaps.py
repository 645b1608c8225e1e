"""Bitmaps of slots: bit n says something of slot n, lowest bit of a byte first.

Heartbeats carry one, a node has one of each other node's slots, and snapshots share them.

Source: `cluster_legacy.h` clusterMsg.myslots, bitmapTestBit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

from redlearn.cluster.message import SLOT_BYTES

Ranges = tuple[tuple[int, int], ...]
"""Slots as (first, last), both included."""

MOST_KNOWN: Final = 512
"""How many bitmaps are remembered with their ranges: one a primary, in the largest clusters."""


def has_bit(bitmap: bytes | bytearray, slot: int) -> bool:
    """Whether a slot is in a bitmap: bit n is in byte n / 8, lowest bit first.

    >>> has_bit(bitmap_of([9]), 9), has_bit(bitmap_of([9]), 8)
    (True, False)
    """
    return bitmap[slot >> 3] & (1 << (slot & 7)) != 0


_BITS: Final = tuple(tuple(bit for bit in range(8) if byte >> bit & 1) for byte in range(256))


def slots_in(bitmap: bytes | bytearray) -> list[int]:
    """The slots in a bitmap, in order. O(2048 + slots).

    >>> slots_in(bitmap_of([9, 0, 16383]))
    [0, 9, 16383]
    """
    return [at * 8 + bit for at, byte in enumerate(bitmap) if byte for bit in _BITS[byte]]


def bitmap_of(slots: Iterable[int]) -> bytes:
    """The bitmap, 2048 bytes, in which these slots are set."""
    bitmap = bytearray(SLOT_BYTES)
    for slot in slots:
        bitmap[slot >> 3] |= 1 << (slot & 7)
    return bytes(bitmap)


def ranges(slots: Iterable[int]) -> list[tuple[int, int]]:
    """Slots in order, those next to each other as one (first, last).

    >>> ranges([0, 1, 2, 5, 7, 8])
    [(0, 2), (5, 5), (7, 8)]
    """
    found: list[tuple[int, int]] = []
    for slot in slots:
        if found and found[-1][1] == slot - 1:
            found[-1] = (found[-1][0], slot)
        else:
            found.append((slot, slot))
    return found


def each_slot(rows: Iterable[tuple[int, int]]) -> Iterator[int]:
    """And back: each slot of ranges, in their order.

    >>> list(each_slot([(7, 8), (0, 2)]))
    [7, 8, 0, 1, 2]
    """
    return (slot for first, last in rows for slot in range(first, last + 1))


@lru_cache(MOST_KNOWN)
def ranges_of(bitmap: bytes) -> Ranges:
    """The ranges of a bitmap. O(2048 + ranges); O(1) of one that was asked for lately.

    >>> ranges_of(bitmap_of([0, 1, 2, 7]))
    ((0, 2), (7, 7))
    """
    number = int.from_bytes(bitmap, "little")
    # A slot that differs from the one before it is the first of a range, or the first behind one.
    turns = slots_in((number ^ number << 1).to_bytes(len(bitmap) + 1, "little"))
    return tuple(zip(turns[::2], [slot - 1 for slot in turns[1::2]], strict=True))
