"""What a hash table tells a watcher, step by step and in order."""

from __future__ import annotations

from zlib import crc32

from redlearn.engine.structures.hashtable import HashTable
from redlearn.engine.structures.hashtable_steps import (
    BucketMoved,
    Cleared,
    EmptySkipped,
    Inserted,
    Probed,
    RehashFinished,
    RehashStarted,
    Removed,
    Scanned,
)
from redlearn.probe import Event, Probe

SEED = 7


def keys_in(bucket: int, size: int, count: int) -> list[bytes]:
    keys = (b"k%d" % number for number in range(100_000))
    found = (key for key in keys if crc32(key, SEED) & (size - 1) == bucket)
    return [next(found) for _ in range(count)]


def watched_table(*keys: bytes) -> tuple[HashTable, list[Event]]:
    """A table named "keys" that already holds some, and what it tells from now on."""
    table = HashTable(SEED, Probe(), "keys")
    for key in keys:
        table.insert(key, None)
    seen: list[Event] = []
    table._probe.emit = seen.append
    return table, seen


def test_a_lookup_tells_the_keys_it_compared_with_in_the_order_of_the_chain() -> None:
    first, second, third, absent = keys_in(2, 4, 4)
    table, seen = watched_table(first, second, third)
    table.find(second)
    table.find(absent)
    assert seen == [
        Probed("keys", 0, 2, second, (third, second), found=True),
        Probed("keys", 0, 2, absent, (third, second, first), found=False),
    ]


def test_a_put_of_a_new_key_tells_the_search_and_the_link() -> None:
    (key,) = keys_in(3, 4, 1)
    table, seen = watched_table(*keys_in(1, 4, 1))
    table.put(key, None)
    assert seen == [
        Probed("keys", 0, 3, key, (), found=False),
        Inserted("keys", 0, 3, key),
    ]


def test_a_removal_tells_the_search_and_the_unlinking() -> None:
    first, second = keys_in(0, 4, 2)
    table, seen = watched_table(first, second)
    table.remove(first)
    assert seen == [
        Probed("keys", 0, 0, first, (second, first), found=True),
        Removed("keys", 0, 0, first),
    ]


def test_the_first_buckets_are_a_resize_with_nothing_to_move() -> None:
    table, seen = watched_table()
    table.insert(b"ann", None)
    assert seen == [
        RehashStarted("keys", 0, 4),
        RehashFinished("keys", 4),
        Inserted("keys", 0, crc32(b"ann", SEED) & 3, b"ann"),
    ]


def test_a_rehash_is_told_from_its_start_to_its_finish() -> None:
    lone, pair = keys_in(1, 4, 1), keys_in(2, 4, 3)
    table, seen = watched_table(*lone, *pair)
    table.insert(b"fifth", None)
    home = crc32(b"fifth", SEED) & 7
    assert seen == [RehashStarted("keys", 4, 8), Inserted("keys", 1, home, b"fifth")]
    seen.clear()
    assert table.rehash_steps(1)
    assert not table.rehash_steps(1)
    to = {key: crc32(key, SEED) & 7 for key in (*lone, *pair)}
    assert seen == [
        EmptySkipped("keys", 0, 1),
        BucketMoved("keys", 1, ((lone[0], to[lone[0]]),)),
        BucketMoved("keys", 2, tuple((key, to[key]) for key in reversed(pair))),
        RehashFinished("keys", 8),
    ]
    assert isinstance(seen[2], BucketMoved)
    assert seen[2].count == 3


def test_a_lookup_while_rehashing_tells_both_tables() -> None:
    waiting = keys_in(0, 4, 2) + keys_in(1, 4, 1) + keys_in(3, 4, 1)
    table, _ = watched_table(*waiting)
    table.insert(b"fifth", None)
    seen: list[Event] = []
    table._probe.emit = seen.append
    (absent,) = keys_in(2, 4, 1)
    table.find(absent)
    assert [type(event) for event in seen] == [BucketMoved, Probed, Probed]
    assert [event.table for event in seen if isinstance(event, Probed)] == [0, 1]


def test_a_scan_tells_its_buckets_and_where_it_goes_on() -> None:
    table, seen = watched_table(*keys_in(1, 4, 4))
    table.scan(0, lambda entry: None)
    table.insert(b"fifth", None)
    table.scan(2, lambda entry: None)
    assert [event for event in seen if isinstance(event, Scanned)] == [
        Scanned("keys", 0, 2, ((0, 0),)),
        Scanned("keys", 2, 1, ((0, 2), (1, 2), (1, 6))),
    ]


def test_clearing_is_told() -> None:
    table, seen = watched_table(b"ann")
    table.clear()
    assert seen == [Cleared("keys")]


def test_a_frozen_table_tells_nothing_when_it_comes_or_goes() -> None:
    table, seen = watched_table(b"ann", b"bob")
    HashTable.thaw(table.freeze(), SEED, table._probe)
    assert seen == []
