"""Bitmaps of slots."""

from __future__ import annotations

import doctest
from random import Random

import pytest

import redlearn.cluster.bitmaps as module
from redlearn.cluster.bitmaps import bitmap_of, has_bit, ranges, ranges_of, slots_in


def test_the_examples_are_true() -> None:
    assert doctest.testmod(module).failed == 0


def test_a_bitmap_has_2048_bytes_with_the_lowest_bit_first() -> None:
    assert bitmap_of([0]) == b"\x01" + bytes(2047)
    assert bitmap_of([7, 8]) == b"\x80\x01" + bytes(2046)
    assert bitmap_of([16383]) == bytes(2047) + b"\x80"


def test_a_bitmap_gives_back_the_slots_that_were_put_in() -> None:
    chance = Random(1)
    slots = sorted(chance.sample(range(16384), 5000))
    bitmap = bitmap_of(slots)
    assert slots_in(bitmap) == slots
    assert [slot for slot in range(16384) if has_bit(bitmap, slot)] == slots


@pytest.mark.parametrize(
    ("slots", "expected"),
    [
        ([], []),
        ([5], [(5, 5)]),
        ([0, 1, 2], [(0, 2)]),
        ([0, 2, 3, 16383], [(0, 0), (2, 3), (16383, 16383)]),
    ],
)
def test_neighbours_are_one_range(slots: list[int], expected: list[tuple[int, int]]) -> None:
    assert ranges(slots) == expected
    assert list(ranges_of(bitmap_of(slots))) == expected


@pytest.mark.parametrize("count", [1, 100, 8192, 16000, 16384])
def test_any_bitmap_has_the_ranges_of_its_slots(count: int) -> None:
    slots = sorted(Random(count).sample(range(16384), count))
    assert list(ranges_of(bitmap_of(slots))) == ranges(slots)


def test_the_ranges_of_a_bitmap_are_found_once() -> None:
    bitmap = bitmap_of([3, 4, 5, 16383])
    assert ranges_of(bitmap) == ((3, 5), (16383, 16383))
    assert ranges_of(bytes(bytearray(bitmap))) is ranges_of(bitmap)
