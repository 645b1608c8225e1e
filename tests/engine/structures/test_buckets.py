"""Buckets: the order of cursors, and what a draw by chance may give."""

from __future__ import annotations

import gc
import sys
from collections import Counter
from random import Random

import pytest

from redlearn.engine.structures.buckets import (
    Entry,
    Row,
    buckets_at,
    chain,
    following_cursor,
    hang,
    keys_up_to,
    random_entry,
    sample,
)

SEED = 7


def chain_of(*keys: bytes) -> Entry | None:
    head: Entry | None = None
    for key in reversed(keys):
        head = Entry(key, None, head)
    return head


def cursors(size: int) -> list[int]:
    seen = [0]
    while cursor := following_cursor(seen[-1], size - 1):
        seen.append(cursor)
    return seen


def test_an_entry_takes_no_room_for_the_collector() -> None:
    entry = Entry(b"key", [], None)
    assert sys.getsizeof(entry) == 16 + 4 * 8
    assert not gc.is_tracked(entry)


def test_entries_are_equal_only_to_themselves() -> None:
    entry, like = Entry(b"key", 1, None), Entry(b"key", 1, None)
    assert entry != like
    assert {entry: "found"}[entry] == "found"


@pytest.mark.parametrize("size", [4, 8, 64, 1024])
def test_cursors_pass_every_bucket_once_counting_from_the_left(size: int) -> None:
    bits = size.bit_length() - 1
    reversed_binary = [int(f"{number:0{bits}b}"[::-1], 2) for number in range(size)]
    assert cursors(size) == reversed_binary


@pytest.mark.parametrize("size", [4, 16, 256])
def test_buckets_that_share_one_of_a_smaller_row_are_neighbours(size: int) -> None:
    """So a cursor taken in one size is still a border in the other."""
    in_small_row = [cursor & (size - 1) for cursor in cursors(size * 4)]
    assert in_small_row == [cursor for cursor in cursors(size) for _ in range(4)]


@pytest.mark.parametrize("sizes", [(4, 16), (16, 4), (8, 16), (4, 0)])
def test_a_scan_of_two_rows_covers_each_bucket_once(sizes: tuple[int, int]) -> None:
    visited: list[tuple[int, int]] = []
    cursor, calls = 0, 0
    while calls == 0 or cursor:
        found, cursor = buckets_at(cursor, sizes)
        visited += found
        calls += 1
    assert sorted(visited) == [(row, index) for row in (0, 1) for index in range(sizes[row])]
    assert calls == min(size for size in sizes if size)


def test_keys_are_told_up_to_the_entry_that_was_found() -> None:
    head = chain_of(b"a", b"b", b"c")
    assert [entry.key for entry in chain(head)] == [b"a", b"b", b"c"]
    assert keys_up_to(head, chain(head)[1]) == (b"a", b"b")
    assert keys_up_to(head, None) == (b"a", b"b", b"c")
    assert keys_up_to(None, None) == ()


def test_a_random_entry_comes_from_what_has_not_moved_or_from_the_new_row() -> None:
    row0: Row = [None, None, chain_of(b"old"), None]
    row1: Row = [None] * 7 + [chain_of(b"new", b"newer")]
    drawn = Counter(random_entry(row0, row1, 2, Random(seed)).key for seed in range(600))
    assert set(drawn) == {b"old", b"new", b"newer"}
    assert 250 < drawn[b"old"] < 350  # as likely as the whole chain of the other bucket


def test_a_sample_of_two_rows_takes_from_both() -> None:
    row0: Row = [None, None, chain_of(b"old"), None]
    row1: Row = [None, chain_of(b"new", b"newer")] + [None] * 6
    for seed in range(50):
        found = [entry.key for entry in sample(row0, row1, 2, 3, Random(seed))]
        assert set(found) <= {b"old", b"new", b"newer"}
        assert 1 <= len(found) <= 3


def test_a_sample_jumps_over_what_neither_row_can_hold() -> None:
    """Shrinking: before bucket 1000 table 0 is empty, and table 1 ends at 4."""
    row0: Row = [None] * 1024
    row0[1000] = chain_of(b"waits")
    row1: Row = [None] * 4
    found = [sample(row0, row1, 1000, 1, Random(seed)) for seed in range(200)]
    assert sum(len(each) for each in found) > 180


def test_the_end_of_a_long_chain_is_sampled_as_often_as_its_head() -> None:
    keys = [b"%d" % number for number in range(10)]
    row: Row = [chain_of(*keys)]
    drawn = Counter(
        entry.key for seed in range(3000) for entry in sample(row, [], 0, 2, Random(seed))
    )
    assert all(500 < drawn[key] < 700 for key in keys)


def test_hanging_puts_chains_back_in_order() -> None:
    row: Row = [None] * 4
    loose = [Entry(b"%d" % number, number, None) for number in range(20)]
    hang(row, loose, tuple(range(100, 120)), SEED)
    entries = [entry for head in row for entry in chain(head)]
    assert sorted(entry.value for entry in entries) == list(range(20))
    for head in row:
        in_bucket = [entry.value for entry in chain(head)]
        assert in_bucket == sorted(in_bucket)
    assert all(entry.access == entry.value + 100 for entry in entries)
    again: Row = [None] * 4
    hang(again, entries, tuple(entry.access for entry in entries), SEED)
    assert [entry for head in again for entry in chain(head)] == entries
