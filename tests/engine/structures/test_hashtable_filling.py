"""A table filled all at once is one that could have grown."""

from __future__ import annotations

import pytest

from redlearn.engine.structures.hashtable import HashTable
from redlearn.engine.structures.hashtable_filling import Filling
from redlearn.probe import Probe

SEED = 5


def filled(count: int, room: int) -> HashTable:
    filling = Filling(SEED, room)
    for number in range(count):
        assert filling.add(b"key:%d" % number, number, access=number)
    table = HashTable(SEED, Probe(), "keys", weighed=False)
    table.adopt(*filling.result())
    table.check()
    return table


@pytest.mark.parametrize("count", [0, 1, 3, 4, 5, 64, 1000])
@pytest.mark.parametrize("room", [0, 1, 4, 1000])
def test_all_is_found_whatever_room_was_made_beforehand(count: int, room: int) -> None:
    table = filled(count, room)
    assert len(table) == count
    found = [table.find(b"key:%d" % number) for number in range(count)]
    assert [(e.value, e.access) for e in found if e is not None] == [(n, n) for n in range(count)]


@pytest.mark.parametrize(("count", "size"), [(4, 4), (5, 8), (64, 64), (65, 128)])
def test_it_is_as_large_as_one_that_grew(count: int, size: int) -> None:
    assert filled(count, 0).size(0) == filled(count, count).size(0) == size


def test_a_key_is_taken_once() -> None:
    filling = Filling(SEED)
    assert filling.add(b"k", 1)
    assert not filling.add(b"k", 2)
    assert filling.result()[1] == 1


def test_room_is_never_taken_back() -> None:
    filling = Filling(SEED, 100)
    filling.reserve(3)
    assert len(filling.row) == 128


def test_the_table_goes_on_as_any_other() -> None:
    table = filled(64, 64)
    for number in range(64, 200):
        table.put(b"key:%d" % number, number)
        table.check()
    assert len(table) == 200
    assert all(table.get(b"key:%d" % number) == number for number in range(200))


def test_what_was_in_the_table_is_gone() -> None:
    table = filled(10, 0)
    other = Filling(SEED)
    other.add(b"new", 1)
    table.adopt(*other.result())
    table.check()
    assert [entry.key for entry in table] == [b"new"]
