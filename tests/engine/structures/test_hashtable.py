"""The hash table: what it holds, when it resizes, and how the move goes on meanwhile."""

from __future__ import annotations

from collections import Counter
from random import Random
from zlib import crc32

import pytest

from redlearn.engine.structures.hashtable import Entry, HashTable
from redlearn.probe import Event, Probe

SEED = 7


def table_of(*keys: bytes, seed: int = SEED) -> HashTable:
    table = HashTable(seed, Probe())
    for key in keys:
        table.insert(key, None)
        table.check()
    return table


def numbered(count: int) -> list[bytes]:
    return [b"key:%d" % number for number in range(count)]


def keys_in(bucket: int, size: int, count: int) -> list[bytes]:
    """The first few keys that fall into one bucket of a table of `size`."""
    found: list[bytes] = []
    number = 0
    while len(found) < count:
        key = b"k%d" % number
        if crc32(key, SEED) & (size - 1) == bucket:
            found.append(key)
        number += 1
    return found


def one_in_each(size: int) -> list[bytes]:
    return [keys_in(bucket, size, 1)[0] for bucket in range(size)]


def keys_of(table: HashTable) -> list[bytes]:
    return [entry.key for entry in table]


def test_what_was_put_is_found_and_what_was_not_is_not() -> None:
    table = HashTable(SEED, Probe())
    assert table.put(b"ann", 1)
    assert not table.put(b"ann", 2)
    assert (table.get(b"ann"), table.get(b"bob")) == (2, None)
    assert b"ann" in table
    assert b"bob" not in table
    assert len(table) == 1


def test_an_empty_table_has_no_buckets_and_answers_all_the_same() -> None:
    table = HashTable(SEED, Probe())
    assert (table.size(0), table.size(1), len(table)) == (0, 0, 0)
    assert table.find(b"") is None
    assert table.remove(b"ann") is None
    assert table.scan(17, lambda entry: None) == 0
    assert table.sample(Random(1), 5) == []
    assert not table.rehash_steps(1)
    assert list(table.bucket(0, 0)) == []
    table.check()


def test_an_entry_that_was_removed_is_handed_over_alone() -> None:
    table = table_of(*keys_in(2, 4, 3))
    first, second, third = keys_in(2, 4, 3)
    entry = table.remove(second)
    assert entry is not None
    assert (entry.key, entry.next) == (second, None)
    assert [each.key for each in table.bucket(0, 2)] == [third, first]
    assert table.remove(second) is None
    table.check()


def test_the_newest_entry_heads_its_chain() -> None:
    first, second, third = keys_in(1, 4, 3)
    assert [entry.key for entry in table_of(first, second, third).bucket(0, 1)] == [
        third, second, first,
    ]  # fmt: skip


def test_the_fifth_key_of_four_buckets_goes_to_a_new_table_and_the_four_wait() -> None:
    table = table_of(*numbered(4))
    assert (table.size(0), table.size(1), table.is_rehashing) == (4, 0, False)
    table.insert(b"fifth", None)
    assert (table.size(0), table.size(1), table.rehash_index) == (4, 8, 0)
    assert (table.used(0), table.used(1)) == (4, 1)


def test_each_operation_while_rehashing_moves_one_bucket() -> None:
    table = table_of(*one_in_each(4), b"fifth")
    waiting = [table.used(0)]
    while table.is_rehashing:
        table.find(b"absent")
        table.check()
        waiting.append(table.used(0) if table.is_rehashing else 0)
    assert waiting == [4, 3, 2, 1, 0]
    assert (table.size(0), table.used(0)) == (8, 5)


def test_a_lookup_moves_its_own_bucket_first_when_that_still_waits() -> None:
    keys = one_in_each(4)
    table = table_of(*keys, b"fifth")
    assert table.find(keys[2]) is not None
    assert [bool(list(table.bucket(0, index))) for index in range(4)] == [True, True, False, True]
    assert table.rehash_index == 0
    assert table.find(keys[2]) is not None  # has moved, so the next in turn goes
    assert table.rehash_index == 1


def test_a_bucket_splits_in_two_when_the_table_doubles() -> None:
    keys = keys_in(2, 4, 4)
    table = table_of(*keys, b"fifth")
    table.rehash_steps(4)
    homes = {key: crc32(key, SEED) & 7 for key in keys}
    assert set(homes.values()) <= {2, 6}
    for key, home in homes.items():
        assert key in [entry.key for entry in table.bucket(0, home)]


def test_new_keys_go_to_the_new_table() -> None:
    table = table_of(*numbered(16))
    table.insert(b"new", None)
    assert table.is_rehashing
    table.insert(b"newer", None)
    home = crc32(b"newer", SEED) & (table.size(1) - 1)
    assert b"newer" in [entry.key for entry in table.bucket(1, home)]


def sparse_and_shrinking() -> HashTable:
    """256 buckets of which only the last two are used, about to become 4."""
    table = HashTable(SEED, Probe())
    table.reserve(256)
    keys = [keys_in(bucket, 256, 1)[0] for bucket in (0, 254, 255)]
    for key in keys:
        table.insert(key, None)
    table.remove(keys[0])
    assert (table.size(0), table.size(1), table.rehash_index) == (256, 4, 0)
    return table


def test_a_step_passes_at_most_ten_empty_buckets() -> None:
    table = sparse_and_shrinking()
    assert table.rehash_steps(1)
    assert table.rehash_index == 10
    assert table.rehash_steps(3)
    assert table.rehash_index == 40
    table.check()
    assert table.rehash_steps(100) is False
    assert (table.size(0), table.is_rehashing, len(table)) == (4, False, 2)


def test_a_table_shrinks_when_one_bucket_in_eight_would_be_used() -> None:
    table = table_of(*numbered(33))
    table.rehash_steps(100)
    for number in range(33, 8, -1):
        assert (table.size(0), table.size(1)) == (64, 0)
        table.remove(b"key:%d" % (number - 1))
        table.check()
    assert (table.size(0), table.size(1), len(table)) == (64, 8, 8)


def test_a_table_never_shrinks_below_four() -> None:
    table = table_of(*numbered(4))
    for key in numbered(4):
        table.remove(key)
    assert (table.size(0), len(table)) == (4, 0)


def test_an_emptied_table_shrinks_at_once_as_nothing_has_to_move() -> None:
    table = HashTable(SEED, Probe())
    table.reserve(64)
    table.insert(b"one", None)
    table.remove(b"one")
    assert (table.size(0), table.is_rehashing) == (4, False)


def test_while_a_child_saves_a_table_grows_only_when_four_times_too_full() -> None:
    table = HashTable(SEED, Probe())
    table.avoid_resize = True
    sizes = []
    for key in numbered(17):
        table.insert(key, None)
        sizes.append(table.size(0) if not table.is_rehashing else table.size(1))
    assert sizes == [4] * 16 + [32]
    table.check()


def test_while_a_child_saves_a_table_shrinks_only_at_one_in_thirty_two() -> None:
    table = HashTable(SEED, Probe())
    table.reserve(128)
    for key in numbered(20):
        table.insert(key, None)
    table.avoid_resize = True
    for number in range(20, 5, -1):
        table.remove(b"key:%d" % (number - 1))
    assert not table.is_rehashing
    table.remove(b"key:4")
    assert (len(table), table.size(0), table.size(1)) == (4, 128, 4)
    while table.rehash_steps(1):  # far enough apart for the move to go on
        table.check()
    assert (len(table), table.size(0)) == (4, 4)


def test_a_move_whose_last_entries_were_removed_meanwhile_ends_with_the_next_step() -> None:
    table = HashTable(SEED, Probe())
    table.avoid_resize = True
    for key in numbered(17):
        table.insert(key, None)
    for key in numbered(17):
        table.remove(key)
        table.check()
    assert table.find(b"key:0") is None
    assert not table.rehash_steps(1)
    table.check()


def test_a_small_move_waits_until_the_child_has_saved() -> None:
    table = table_of(*numbered(5))
    table.avoid_resize = True
    assert all(table.find(key) is not None for key in numbered(5))
    assert not table.rehash_steps(10)
    assert table.used(0) == 4
    table.avoid_resize = False
    table.find(b"key:0")
    assert table.used(0) < 4
    table.check()


def test_a_large_move_goes_on_while_a_child_saves() -> None:
    table = table_of(*one_in_each(4))
    table.avoid_resize = True
    assert table.reserve(16)
    table.find(b"absent")
    assert table.used(1) == 1


def test_reserved_room_is_used_without_any_move() -> None:
    table = HashTable(SEED, Probe())
    assert table.reserve(1000)
    for key in numbered(1000):
        table.insert(key, None)
        assert not table.is_rehashing
    assert table.size(0) == 1024
    assert not table.reserve(1024)
    table.check()


def test_a_table_that_holds_something_moves_into_the_reserved_room() -> None:
    table = table_of(b"ann")
    assert table.reserve(100)
    assert (table.is_rehashing, table.size(1)) == (True, 128)
    assert not table.reserve(1000)


def test_clear_forgets_both_tables() -> None:
    table = table_of(*numbered(5))
    assert table.is_rehashing
    table.clear()
    table.check()
    assert (len(table), table.size(0), table.size(1), table.rehash_index) == (0, 0, 0, -1)
    assert table.find(b"key:1") is None


def test_iteration_goes_through_table_0_then_1_and_bears_changes() -> None:
    table = table_of(*numbered(5))
    by_bucket = [entry.key for no in (0, 1) for i in range(table.size(no))
                 for entry in table.bucket(no, i)]  # fmt: skip
    assert keys_of(table) == by_bucket
    for entry in table:
        table.remove(entry.key)
    assert len(table) == 0


@pytest.mark.parametrize("watched", [False, True])
def test_a_peek_finds_in_both_tables_and_moves_nothing(watched: bool) -> None:
    table = table_of(*numbered(5))
    seen: list[Event] = []
    table._probe.emit = seen.append if watched else None
    before = table.freeze()
    assert all(table.peek(key) is not None for key in numbered(5))
    assert table.peek(b"absent") is None
    assert table.freeze() == before
    assert seen == []


# --- scan ---------------------------------------------------------------------------------


def test_scan_visits_buckets_in_reversed_binary_order() -> None:
    table = table_of(*one_in_each(8))
    table.rehash_steps(100)
    cursors, visited, cursor = [], [], 0
    while not cursors or cursor:
        cursors.append(cursor)
        cursor = table.scan(cursor, lambda entry: visited.append(crc32(entry.key, SEED) & 7))
    assert cursors == visited == [0, 4, 2, 6, 1, 5, 3, 7]


def test_scan_while_rehashing_visits_a_bucket_and_all_it_splits_into() -> None:
    table = table_of(*numbered(8), b"ninth")
    assert (table.size(0), table.size(1)) == (8, 16)
    for cursor in range(8):
        seen: list[Entry] = []
        table.scan(cursor, seen.append)
        assert {crc32(entry.key, SEED) & 7 for entry in seen} <= {cursor}
        assert len(seen) == sum(crc32(entry.key, SEED) & 7 == cursor for entry in table)


@pytest.mark.parametrize("cursor", [2**64 - 1, 2**63, 12345678901234567890, 9])
def test_scan_takes_any_cursor_a_client_may_send(cursor: int) -> None:
    table = table_of(*numbered(4))
    seen: list[Entry] = []
    following = table.scan(cursor, seen.append)
    assert 0 <= following < 4
    assert {crc32(entry.key, SEED) & 3 for entry in seen} <= {cursor & 3}


def test_scan_misses_nothing_that_stays_while_the_table_grows_and_shrinks() -> None:
    for seed in range(12):
        rng = Random(seed)
        table = HashTable(seed, Probe())
        stays = [b"stay:%d" % number for number in range(40)]
        passing = [b"pass:%d" % number for number in range(400)]
        for key in stays:
            table.put(key, None)
        seen: set[bytes] = set()
        cursor, calls = 0, 0
        while calls == 0 or cursor:
            cursor = table.scan(cursor, lambda entry, seen=seen: seen.add(entry.key))
            calls += 1
            growing = (calls // 8) % 2 == 0
            for key in rng.choices(passing, k=60):
                if growing:
                    table.put(key, None)
                else:
                    table.remove(key)
            assert calls < 5000
        assert seen >= set(stays)


def test_a_visitor_may_remove_what_it_visits() -> None:
    table = table_of(*numbered(100))
    cursor, calls = 0, 0
    while calls == 0 or cursor:
        cursor = table.scan(cursor, lambda entry: table.remove(entry.key))
        calls += 1
        table.check()
    assert len(table) == 0


# --- chance -------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 5, 9, 100])
def test_every_entry_can_be_drawn(count: int) -> None:
    table, rng = table_of(*numbered(count)), Random(1)
    assert {table.random_entry(rng).key for _ in range(count * 40)} == set(numbered(count))
    assert {table.fair_random_entry(rng).key for _ in range(count * 40)} == set(numbered(count))


def test_a_fair_draw_favours_a_lonely_entry_less_than_a_quick_one_does() -> None:
    crowd = keys_in(1, 4, 3)
    lonely = keys_in(3, 4, 1)[0]
    table, rng = table_of(*crowd, lonely), Random(1)
    quick = Counter(table.random_entry(rng).key for _ in range(4000))
    fair = Counter(table.fair_random_entry(rng).key for _ in range(4000))
    assert 1800 < quick[lonely] < 2200  # half: two buckets are used
    assert 900 < fair[lonely] < 1100  # a quarter: there are four entries


def test_a_draw_moves_one_bucket() -> None:
    table = table_of(*one_in_each(4), b"fifth")
    table.random_entry(Random(1))
    assert table.used(0) == 3


def test_a_sample_is_as_large_as_asked_or_as_the_table() -> None:
    table = table_of(*numbered(50))
    assert len(table.sample(Random(1), 10)) == 10
    some = table.sample(Random(1), 99)
    assert len(some) == 50
    assert {entry.key for entry in some} == set(numbered(50))


def test_a_sample_moves_one_bucket_for_each_entry_wanted() -> None:
    table = table_of(*numbered(17))
    assert table.is_rehashing
    before = table.used(0)
    table.sample(Random(1), 2)
    assert table.used(0) < before
    table.sample(Random(1), 17)
    assert not table.is_rehashing
    table.check()


# --- past ---------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [0, 1, 4, 5, 9, 17, 40])
def test_a_thawed_table_is_the_frozen_one_in_every_bucket(count: int) -> None:
    table = table_of(*numbered(count))
    for number, entry in enumerate(table):
        entry.value, entry.access = number, number * 3
    frozen = table.freeze()
    again = HashTable.thaw(frozen, SEED, Probe(), "copy")
    again.check()
    assert again.freeze() == frozen
    assert (again.size(0), again.size(1)) == (table.size(0), table.size(1))
    assert (again.rehash_index, again.used(1)) == (table.rehash_index, table.used(1))
    assert [(e.key, e.value, e.access) for e in again] == [
        (e.key, e.value, e.access) for e in table
    ]


def test_a_thawed_table_goes_on_exactly_as_the_frozen_one() -> None:
    table = table_of(*numbered(33))
    again = HashTable.thaw(table.freeze(), SEED, Probe())
    for each in (table, again):
        each.put(b"later", 1)
        each.remove(b"key:3")
        each.sample(Random(5), 3)
    assert again.freeze() == table.freeze()


def test_entries_that_are_still_there_are_hung_again() -> None:
    table = table_of(*numbered(20))
    frozen, entries = table.freeze(), table.entries()
    table.remove(b"key:3")
    for number in range(20, 60):
        table.put(b"key:%d" % number, number)
    again = HashTable.thaw(frozen, SEED, Probe(), entries=entries)
    again.check()
    assert again.freeze() == frozen
    assert again.entries() == entries


def test_the_same_seed_gives_the_same_buckets_and_another_gives_others() -> None:
    assert keys_of(table_of(*numbered(30))) == keys_of(table_of(*numbered(30)))
    assert keys_of(table_of(*numbered(30))) != keys_of(table_of(*numbered(30), seed=8))


@pytest.mark.parametrize("seed", range(10))
def test_random_operations_keep_the_invariants(seed: int) -> None:
    rng = Random(seed)
    table, model = HashTable(seed, Probe()), {}
    for number in range(600):
        key = b"%d" % rng.randrange(rng.choice((6, 60, 600)))
        match rng.randrange(4):
            case 0 | 1:
                assert table.put(key, number) is (key not in model)
                model[key] = number
            case 2:
                removed = table.remove(key)
                assert (removed and removed.value) == model.pop(key, None)
            case 3:
                assert table.get(key) == model.get(key)
        table.check()
    assert {entry.key: entry.value for entry in table} == model


def test_watching_changes_nothing() -> None:
    """Same seed, same operations: a watched table ends up bucket for bucket as a quiet one."""
    quiet, watched = HashTable(SEED, Probe()), HashTable(SEED, Probe(lambda event: None))
    for table in (quiet, watched):
        rng, draws = Random(3), Random(4)
        for number in range(3000):
            key = b"%d" % rng.randrange(200 if number < 2000 else 20)
            match rng.randrange(5):
                case 0 | 1:
                    table.put(key, number)
                case 2:
                    table.remove(key)
                case 3:
                    table.find(key)
                case 4 if table:
                    table.fair_random_entry(draws)
    assert watched.freeze() == quiet.freeze()
