"""Partial sort: what is wanted comes out right, and equal keys in Redis's order."""

from __future__ import annotations

from random import Random

import pytest

from redlearn.engine.structures.partial_sort import sort_first


@pytest.mark.parametrize("seed", range(40))
def test_the_first_places_are_those_of_a_whole_sort(seed: int) -> None:
    rng = Random(seed)
    keys = [rng.uniform(-5, 5) for _ in range(rng.randrange(1, 120))]
    count = rng.randrange(1, len(keys) + 2)
    whole = sorted(range(len(keys)), key=keys.__getitem__)
    assert sort_first(keys, count)[:count] == whole[:count]


@pytest.mark.parametrize("seed", range(40))
def test_equal_keys_change_places_but_none_is_lost(seed: int) -> None:
    rng = Random(seed)
    keys = [float(rng.randrange(6)) for _ in range(rng.randrange(1, 120))]
    count = rng.randrange(1, len(keys) + 1)
    order = sort_first(keys, count)
    assert sorted(order) == list(range(len(keys)))
    assert [keys[index] for index in order[:count]] == sorted(keys)[:count]


def test_a_whole_sort_leaves_equal_keys_as_they_were() -> None:
    assert sort_first([1.0, 0.0, 1.0, 0.0], 4) == [1, 3, 0, 2]
    assert sort_first([], 3) == []


def test_a_partial_sort_of_equal_keys_is_redis_own() -> None:
    """As GEORADIUS with COUNT showed on a server: members of one place, fewer asked for."""
    assert sort_first([0.0] * 6, 1) == [0, 1, 2, 3, 4, 5]
    assert sort_first([0.0] * 8, 4)[:4] == [7, 1, 2, 3]
    assert sort_first([0.0] * 10, 9)[:9] == [9, 1, 2, 3, 4, 5, 6, 7, 8]


def test_a_part_beyond_what_is_wanted_is_left_alone() -> None:
    keys = [float(9 - number) for number in range(10)] + [float(99 - n) for n in range(60)]
    order = sort_first(keys, 3)
    assert order[:3] == [9, 8, 7]
    assert order != sorted(range(len(keys)), key=keys.__getitem__)
