"""Picking some elements of a collection: a few by chance, or the next few by cursor.

Hashes, sets and sorted sets share these; `t_hash.c`, `t_set.c` and `t_zset.c` each have
their own copy of the same strategies.
"""

from __future__ import annotations

from random import Random
from typing import Final

from redlearn.engine.structures.hashtable import Entry, HashTable
from redlearn.engine.structures.listpack import Listpack

# Asked for more than a third of the elements, it is cheaper to drop the rest by chance than
# to draw until enough different ones came up.
DRAWING_PAYS_BELOW: Final = 3
MOST_DRAWS: Final = 1_000_000  # with repetitions, in one command
SCAN_PATIENCE: Final = 10  # buckets looked at for each element asked for, full or empty


def sample_pack(pack: Listpack, count: int, rng: Random) -> list[tuple[bytes, bytes]]:
    """`count` different pairs of a listpack, in its order, each set of them as likely. O(N).

    Source: `listpack.c` lpRandomPairsUnique.
    """
    return sample_pairs(pack.pairs(), count, rng)


def sample_pairs(
    pairs: list[tuple[bytes, bytes]], count: int, rng: Random
) -> list[tuple[bytes, bytes]]:
    """`count` different ones of `pairs`, in their order, each set of them as likely. O(N)."""
    picked: list[tuple[bytes, bytes]] = []
    left = len(pairs)
    for pair in pairs:
        if rng.randrange(left) < count - len(picked):
            picked.append(pair)
        left -= 1
    return picked


def sample_items(items: list[bytes], count: int, rng: Random) -> list[bytes]:
    """`count` different ones of `items`, in their order, each set of them as likely. O(N).

    Source: `listpack.c` lpNextRandom.
    """
    picked: list[bytes] = []
    left = len(items)
    for item in items:
        if rng.randrange(left) < count - len(picked):
            picked.append(item)
        left -= 1
    return picked


def sample_table(table: HashTable, count: int, rng: Random) -> list[Entry]:
    """`count` different entries of a table, which holds at least as many. O(N) at most.

    Source: `t_hash.c` hrandfieldWithCountCommand, cases 3 and 4.
    """
    if count * DRAWING_PAYS_BELOW > len(table):
        entries = table.entries()
        while len(entries) > count:
            entries[rng.randrange(len(entries))] = entries[-1]
            entries.pop()
        return entries
    drawn: dict[bytes, Entry] = {}
    while len(drawn) < count:
        entry = table.fair_random_entry(rng)
        drawn[entry.key] = entry
    return list(drawn.values())


def scan_table(table: HashTable, cursor: int, count: int) -> tuple[int, list[Entry]]:
    """Scan from `cursor` until `count` entries came, or ten times as many buckets.

    Returns the next cursor, 0 at the end, and the entries: a bucket is given whole, so there
    may be more than `count`, and a table of empty buckets may give none.

    Source: `db.c` scanGenericCommand.
    """
    found: list[Entry] = []
    patience = count * SCAN_PATIENCE
    while True:
        cursor = table.scan(cursor, found.append)
        if not cursor or not patience or len(found) >= count:
            return cursor, found
        patience -= 1
