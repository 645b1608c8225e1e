"""C10 in small: seven steps of a move, three who may die after each; `endurance` runs 420 lives."""

from __future__ import annotations

import pytest

from redlearn.cluster import repair
from redlearn.cluster.orders import Book, Move
from tests.cluster.halfway import POINTS, half_moved


@pytest.mark.parametrize("seed", range(100 * POINTS, 101 * POINTS))
def test_whoever_dies_a_fix_leaves_every_key_once_and_none_is_lost(seed: int) -> None:
    measured = half_moved(seed)
    assert measured["orders"] >= 6


def test_a_fix_that_closes_a_slot_without_its_keys_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def careless(book: Book, slot: int) -> repair.Found:
        found = sound(book, slot)
        found.steps = [step for step in found.steps if not isinstance(step, Move)]
        return found

    sound = repair.judge
    monkeypatch.setattr(repair, "judge", careless)
    lives = range(POINTS * 2 // 3, POINTS)  # those whose coordinator dies
    with pytest.raises(AssertionError, match=r"two owners|at 700\d|was"):
        for seed in lives:
            half_moved(seed)
