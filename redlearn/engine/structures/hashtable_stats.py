"""How full the buckets of a hash table are, told as a server tells it.

    Hash table 0 stats (main hash table):
     table size: 8
     number of elements: 6
     different slots: 3
     max chain length: 3
     avg chain length (counted): 2.00
     avg chain length (computed): 2.00
     Chain length distribution:
       0: 5 (62.50%)
       ...

The last lines are what a good hash function is known by: with as many elements as buckets, 37 % of
these should be empty, 37 % have one element, 18 % two (Poisson's distribution for an average of
one).

Source: `dict.c` dictGetStatsHt, dictGetStatsMsg, dictGetStats.
"""

from __future__ import annotations

from struct import Struct
from typing import Final

from redlearn.engine.structures.hashtable import HashTable

LONGEST_TOLD: Final = 48
"""Chains longer than this have no line in the distribution."""

_NAMES: Final = ("main hash table", "rehashing target")
_FLOAT: Final = Struct("<f")


def stats_text(table: HashTable, *, full: bool) -> str:
    """Both tables of a hash table, the second while it is rehashed. O(1); O(buckets) if `full`."""
    text = _table_text(table, 0, full)
    return text + _table_text(table, 1, full) if table.is_rehashing else text


def _table_text(table: HashTable, number: int, full: bool) -> str:
    text = f"Hash table {number} stats ({_NAMES[number]}):\n"
    used, size = table.used(number), table.size(number)
    if not used:
        return text + "No stats available for empty dictionaries\n"
    text += f" table size: {size}\n number of elements: {used}\n"
    return text + _chains_text(table, number) if full else text


def _chains_text(table: HashTable, number: int) -> str:
    size = table.size(number)
    lengths = [len(list(table.bucket(number, index))) for index in range(size)]
    slots = size - lengths.count(0)
    average = _single(table.used(number) / slots)
    text = (
        f" different slots: {slots}\n"
        f" max chain length: {max(lengths)}\n"
        f" avg chain length (counted): {average:.2f}\n"
        f" avg chain length (computed): {average:.2f}\n"
        " Chain length distribution:\n"
    )
    for length in range(LONGEST_TOLD + 1):
        if count := lengths.count(length):
            percent = _single(_single(count / size) * 100)
            text += f"   {length}: {count} ({percent:.2f}%)\n"
    return text


def _single(number: float) -> float:
    """The nearest number of single precision, which is what the server divides in."""
    rounded: float = _FLOAT.unpack(_FLOAT.pack(number))[0]
    return rounded
