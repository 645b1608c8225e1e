"""Picking: samples are distinct and fair, scans complete and bounded."""

from __future__ import annotations

from collections import Counter
from random import Random

from redlearn.engine.structures.hashtable import HashTable
from redlearn.engine.structures.listpack import Listpack
from redlearn.engine.values.picking import sample_items, sample_pack, sample_table, scan_table
from redlearn.probe import Probe


def table_of(count: int) -> HashTable:
    table = HashTable(3, Probe(), "members")
    for number in range(count):
        table.insert(b"%d" % number, number)
    return table


def pack_of(count: int) -> Listpack:
    pack = Listpack(Probe())
    for number in range(count):
        pack.append(b"%d" % number, b"v")
    return pack


def test_a_sample_of_a_listpack_is_in_its_order_and_every_pair_as_likely() -> None:
    pack, rng, drawn = pack_of(6), Random(1), Counter[bytes]()
    for _ in range(3000):
        picked = [field for field, _ in sample_pack(pack, 2, rng)]
        assert len(picked) == 2
        assert picked == sorted(picked)
        drawn.update(picked)
    assert set(drawn) == {b"%d" % number for number in range(6)}
    assert all(850 < times < 1150 for times in drawn.values())


def test_a_sample_of_items_is_in_their_order_and_every_item_as_likely() -> None:
    items, rng, drawn = [b"%d" % number for number in range(6)], Random(1), Counter[bytes]()
    for _ in range(3000):
        picked = sample_items(items, 2, rng)
        assert len(picked) == 2
        assert picked == sorted(picked)
        drawn.update(picked)
    assert set(drawn) == {*items}
    assert all(850 < times < 1150 for times in drawn.values())


def test_a_sample_of_a_table_is_distinct_by_either_strategy() -> None:
    table, rng = table_of(100), Random(1)
    for count in (1, 5, 33, 34, 99):
        picked = sample_table(table, count, rng)
        assert len({entry.key for entry in picked}) == len(picked) == count


def test_a_large_sample_leaves_out_every_entry_as_likely() -> None:
    table, rng, drawn = table_of(4), Random(1), Counter[bytes]()
    for _ in range(2000):
        drawn.update(entry.key for entry in sample_table(table, 2, rng))
    assert all(850 < times < 1150 for times in drawn.values())


def test_a_scan_sees_everything_and_returns_zero_at_the_end() -> None:
    table = table_of(1000)
    cursor, found = scan_table(table, 0, 10)
    calls = 1
    while cursor:
        cursor, more = scan_table(table, cursor, 10)
        assert len(more) < 30
        found += more
        calls += 1
    assert {entry.key for entry in found} == {b"%d" % number for number in range(1000)}
    assert 30 < calls <= 100


def test_a_scan_of_an_almost_empty_table_gives_up_after_ten_buckets_an_element() -> None:
    table = HashTable(3, Probe(), "members")
    table.reserve(4096)
    table.insert(b"only", 1)
    cursor, calls, found = 0, 0, 0
    while True:
        cursor, some = scan_table(table, cursor, 10)
        calls, found = calls + 1, found + len(some)
        if not cursor:
            break
    assert found == 1
    assert calls > 30
