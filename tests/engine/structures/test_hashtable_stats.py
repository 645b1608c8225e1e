"""The statistics of a hash table."""

from __future__ import annotations

from redlearn.engine.structures.hashtable import HashTable
from redlearn.engine.structures.hashtable_stats import stats_text
from redlearn.probe import Probe


def table_of(count: int) -> HashTable:
    table = HashTable(1, Probe())
    for number in range(count):
        table.put(b"%d" % number, None)
    return table


def test_an_empty_table_has_none() -> None:
    assert stats_text(table_of(0), full=True) == (
        "Hash table 0 stats (main hash table):\nNo stats available for empty dictionaries\n"
    )


def test_the_numbers_are_those_of_the_chains() -> None:
    table = table_of(16)
    table.rehash_steps(99)
    lengths = [len(list(table.bucket(0, index))) for index in range(16)]
    slots = 16 - lengths.count(0)
    lines = stats_text(table, full=True).splitlines()
    assert lines[:6] == [
        "Hash table 0 stats (main hash table):",
        " table size: 16",
        " number of elements: 16",
        f" different slots: {slots}",
        f" max chain length: {max(lengths)}",
        f" avg chain length (counted): {16 / slots:.2f}",
    ]
    assert lines[8:] == [
        f"   {length}: {lengths.count(length)} ({lengths.count(length) / 16:.2%})"
        for length in sorted(set(lengths))
    ]


def test_while_it_is_rehashed_both_tables_are_told_of() -> None:
    table = table_of(17)
    assert table.is_rehashing
    text = stats_text(table, full=False)
    assert text == (
        "Hash table 0 stats (main hash table):\n"
        f" table size: 16\n number of elements: {table.used(0)}\n"
        "Hash table 1 stats (rehashing target):\n"
        f" table size: 32\n number of elements: {table.used(1)}\n"
    )
    assert table.used(0) + table.used(1) == 17


def test_looking_moves_no_bucket() -> None:
    table = table_of(17)
    before = table.freeze()
    stats_text(table, full=True)
    assert table.freeze() == before
