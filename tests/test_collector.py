"""The collector's settings: rare walks, and rings that go all the same."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from redlearn.collector import YOUNG, keep, settle, undisturbed


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


def test_nothing_is_walked_while_much_is_made_and_then_it_is_as_before() -> None:
    with undisturbed():
        assert not gc.isenabled()
        with undisturbed():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()
    gc.disable()
    with undisturbed():
        pass
    assert not gc.isenabled()
    gc.enable()


def test_much_that_stays_is_left_alone_and_little_is_not_worth_it() -> None:
    gc.unfreeze()
    keep(YOUNG - 1)
    assert gc.get_freeze_count() == 0
    keep(YOUNG)
    assert gc.get_freeze_count() > 1000
