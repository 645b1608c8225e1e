"""Buckets: rows of chains, which a hash table has one or two of; how to walk and draw from them.

A bucket is the first entry of a chain, or None. Everything here is told which rows there
are and changes neither; how they grow, shrink and move is `hashtable.py`'s to say.

**The cursor.** SCAN must visit every entry that stays, though the table may grow or shrink
between two calls. Its cursor is a bucket number whose bits are counted *from the left*. Of
8 buckets the order is, in binary:

    000  100  010  110  001  101  011  111
    '-- 00 -'  '-- 10 -'  '-- 01 -'  '-- 11 -'       the same, of 4 buckets

Those that share a bucket of a smaller row are neighbours in this order, so a cursor taken
in one size still separates "visited" from "to come" in any other. (Counted from the right,
bucket 2 of 4 would come before buckets 3 and 6 of 8, and 6 holds what was in 2.)

**Drawing by chance.** All entries of a row cannot be counted off, as it has holes, so a
random bucket is drawn until one is not empty. Entries alone in theirs come up too often
that way; a sample of neighbours evens it out somewhat.

Source: `dict.c` dictScan, dictGetRandomKey, dictGetSomeKeys.
"""

from __future__ import annotations

from random import Random
from typing import Any, Final
from zlib import crc32

from msgspec import Struct

INITIAL_SIZE: Final = 4
STEPS_A_DRAW: Final = 10
LONELY: Final = 5  # how many empty buckets in a row make a sample try its luck elsewhere


class Entry(Struct, gc=False, eq=False):
    """A key, its value, and the next entry of the same bucket. 48 bytes, of which 16 are Python's.

    The hash is not kept: a move computes it anew, as in Redis, which saves 40 bytes an entry.

    Python precedes every object that could be in a ring of objects with 16 bytes, for its
    collector to walk by. An entry is in no ring, as nothing that it leads to leads back to it; a
    Struct may say so, and has neither those bytes nor the walks.

    Attributes:
        access: When it was last used, in units of the keyspace's own; 0 in other tables.
    """

    key: bytes
    value: Any
    next: Entry | None
    access: int = 0


Row = list[Entry | None]


def chain(head: Entry | None) -> list[Entry]:
    """The entries of a chain, from its head."""
    entries: list[Entry] = []
    while head is not None:
        entries.append(head)
        head = head.next
    return entries


def keys_up_to(head: Entry | None, last: Entry | None) -> tuple[bytes, ...]:
    """The keys of a chain from its head, up to and with `last` (all, if that is None)."""
    keys: list[bytes] = []
    while head is not None:
        keys.append(head.key)
        if head is last:
            break
        head = head.next
    return tuple(keys)


def following_cursor(cursor: int, mask: int) -> int:
    """The next cursor: add one to the bits under `mask`, carrying from left to right.

    The carry out of the lowest bit is lost, which is how a scan ends: of 8 buckets, 7 is
    followed by 0.

    >>> cursor, seen = 0, []
    >>> while not seen or cursor:
    ...     seen.append(cursor)
    ...     cursor = following_cursor(cursor, 7)
    >>> seen
    [0, 4, 2, 6, 1, 5, 3, 7]
    """
    cursor &= mask
    bit = (mask + 1) >> 1
    while cursor & bit:
        cursor ^= bit
        bit >>= 1
    return cursor | bit


def buckets_at(cursor: int, sizes: tuple[int, int]) -> tuple[list[tuple[int, int]], int]:
    """The (row, bucket) pairs that a cursor stands for, and the next cursor.

    With two rows, that is a bucket of the smaller one and, in the larger, all those which
    it would split into.

    >>> buckets_at(1, (4, 0))
    ([(0, 1)], 3)
    >>> buckets_at(1, (4, 8))
    ([(0, 1), (1, 1), (1, 5)], 3)
    """
    if not sizes[1]:
        return [(0, cursor & (sizes[0] - 1))], following_cursor(cursor, sizes[0] - 1)
    small, large = (0, 1) if sizes[0] <= sizes[1] else (1, 0)
    mask_small, mask_large = sizes[small] - 1, sizes[large] - 1
    found = [(small, cursor & mask_small)]
    while True:
        found.append((large, cursor & mask_large))
        cursor = following_cursor(cursor, mask_large)
        if not cursor & (mask_small ^ mask_large):
            return found, cursor


def random_entry(row0: Row, row1: Row, first: int, rng: Random) -> Entry:
    """A random bucket that is not empty, then a random entry of its chain. Endless if all are.

    Args:
        row0: The only row, or the old one, in which all before bucket `first` has moved on.
        row1: The new row, or an empty list.
        first: Where to begin in `row0`.
        rng: Draws at least twice.
    """
    buckets = len(row0) - first + len(row1)
    head: Entry | None = None
    while head is None:
        index = first + rng.randrange(buckets)
        head = row0[index] if index < len(row0) else row1[index - len(row0)]
    entries = chain(head)
    return entries[rng.randrange(len(entries))]


def sample(row0: Row, row1: Row, first: int, count: int, rng: Random) -> list[Entry]:
    """Up to `count` entries of neighbouring buckets, from a random place on.

    Args:
        row0: As for `random_entry`, and `row1` and `first` likewise.
        row1: See there.
        first: See there.
        count: How many are wanted, at most as many as there are. Ten steps are taken for
            each, so fewer may be found in rows with large holes.
        rng: Draws where to begin, and which of a long last chain to keep.
    """
    mask = max(len(row0), len(row1)) - 1
    index = rng.randrange(mask + 1)
    kept: list[Entry] = []
    seen = empty = 0
    for _ in range(count * STEPS_A_DRAW):
        for row in (row0, row1):
            if row is row0 and index < first:
                if index < len(row1):
                    continue
                index = first  # neither row has anything before
            if index >= len(row):
                continue
            head = row[index]
            if head is not None:
                empty = 0
                seen = _keep(kept, count, seen, head, rng)
                if seen >= count:
                    return kept
                continue
            empty += 1
            if empty >= LONELY and empty > count:
                index = rng.randrange(mask + 1)
                empty = 0
        index = (index + 1) & mask
    return kept


def _keep(kept: list[Entry], count: int, seen: int, head: Entry, rng: Random) -> int:
    """Add a chain to the sample. Once full, replace by chance: its end is as likely as its head.

    (Reservoir sampling: J. Vitter, "Random Sampling with a Reservoir", 1985.)
    """
    for entry in chain(head):
        if seen < count:
            kept.append(entry)
        elif (place := rng.randrange(seen + 1)) < count:
            kept[place] = entry
        seen += 1
    return seen


def hang(row: Row, entries: list[Entry], accesses: tuple[int, ...], seed: int) -> None:
    """Hang entries into an empty row so that walking it gives them in this order again.

    Backwards, since each goes to the head of its chain. `accesses` goes with the entries, and
    `seed` is that of the table's hash.
    """
    mask = len(row) - 1
    for number in range(len(entries) - 1, -1, -1):
        entry = entries[number]
        index = crc32(entry.key, seed) & mask
        entry.next = row[index]
        entry.access = accesses[number]
        row[index] = entry


def hanging(row: Row) -> list[Entry]:
    """Every entry of a row, by bucket, chains from their heads. O(N)."""
    found: list[Entry] = []
    for head in row:
        while head is not None:
            found.append(head)
            head = head.next
    return found


def held_by(entries: list[Entry]) -> int:
    """Bytes of all keys together, and of those values that are bytes."""
    values = [entry.value for entry in entries]
    keys = sum([len(entry.key) for entry in entries])
    return keys + sum([len(value) for value in values if value.__class__ is bytes])


def power_of_two(size: int) -> int:
    """The smallest power of two that is at least `size`, and at least 4.

    >>> [power_of_two(size) for size in (0, 4, 5, 8, 9)]
    [4, 4, 8, 8, 16]
    """
    return INITIAL_SIZE if size <= INITIAL_SIZE else 1 << (size - 1).bit_length()
