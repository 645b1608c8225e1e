"""The collector's settings: rare walks, and rings that go all the same."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from redlearn.collector import YOUNG, settle


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    thresholds = gc.get_threshold()
    yield
    gc.set_threshold(*thresholds)
    gc.unfreeze()


class Ring:
    def __init__(self) -> None:
        self.me = self


def test_what_exists_at_the_start_is_not_walked_again() -> None:
    settle()
    assert gc.get_freeze_count() > 1000


def test_what_an_earlier_session_left_behind_is_not_kept_for_good() -> None:
    settle()
    gone = weakref.ref(Ring())
    settle()
    gc.collect()
    assert gone() is None


def test_many_objects_that_stay_start_no_walk() -> None:
    settle()
    walks = sum(generation["collections"] for generation in gc.get_stats())
    kept = [[number] for number in range(YOUNG // 2)]
    assert len(kept) == YOUNG // 2
    assert sum(generation["collections"] for generation in gc.get_stats()) == walks


def test_a_ring_made_later_is_still_found() -> None:
    settle()
    gone = weakref.ref(Ring())
    kept = [[number] for number in range(2 * YOUNG)]
    assert kept and gone() is None
