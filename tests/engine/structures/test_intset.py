"""Intsets: sorted numbers, searched by halving, widened and never narrowed."""

from __future__ import annotations

from random import Random

import pytest

from redlearn.engine.structures.intset import (
    EndCompared,
    Halved,
    Intset,
    NumberInserted,
    NumberRemoved,
    Widened,
    width_of,
)
from redlearn.probe import Event, Probe


def intset_of(*numbers: int) -> Intset:
    intset = Intset(Probe())
    for number in numbers:
        intset.add(number)
        intset.check()
    return intset


def steps_of(intset: Intset) -> list[Event]:
    seen: list[Event] = []
    intset._probe.emit = seen.append
    return seen


def test_numbers_come_out_in_order_and_once() -> None:
    intset = intset_of(7, -5, 300, 7)
    assert intset.numbers() == [-5, 7, 300]
    assert (len(intset), intset[0], intset[-1]) == (3, -5, 300)


def test_adding_and_removing_tell_whether_anything_changed() -> None:
    intset = intset_of(1, 2)
    assert (intset.add(3), intset.add(3)) == (True, False)
    assert (intset.remove(1), intset.remove(1), intset.remove(2**40)) == (True, False, False)
    assert intset.numbers() == [2, 3]


@pytest.mark.parametrize(
    ("number", "width"),
    [
        (0, 2), (32767, 2), (-32768, 2), (32768, 4), (-32769, 4), (2**31 - 1, 4), (-(2**31), 4),
        (2**31, 8), (-(2**31) - 1, 8), (2**63 - 1, 8), (-(2**63), 8),
    ],
)  # fmt: skip
def test_a_number_takes_the_bytes_it_needs(number: int, width: int) -> None:
    assert width_of(number) == intset_of(number).width == width


def test_the_bytes_are_those_of_redis() -> None:
    assert intset_of(7, -5, 300).freeze().hex() == "0200000003000000fbff07002c01"
    assert intset_of(7, 100000).freeze().hex() == "040000000200000007000000a0860100"


@pytest.mark.parametrize(("wide", "index"), [(100000, 3), (-100000, 0)])
def test_a_wider_number_widens_all_and_stands_at_an_end(wide: int, index: int) -> None:
    intset = intset_of(1, 2, 3)
    seen = steps_of(intset)
    intset.add(wide)
    assert seen == [Widened(2, 4, 3), NumberInserted(wide, index, 3 - index)]
    assert intset.size == 8 + 4 * 4


def test_there_is_no_way_back_to_fewer_bytes() -> None:
    intset = intset_of(1, 2**40)
    intset.remove(2**40)
    assert (intset.numbers(), intset.width) == ([1], 8)


def test_a_number_wider_than_all_is_not_looked_for() -> None:
    intset = intset_of(1)
    seen = steps_of(intset)
    assert 100000 not in intset
    assert seen == []


def test_a_search_halves_what_is_left() -> None:
    intset = intset_of(10, 20, 30, 40, 50)
    seen = steps_of(intset)
    assert 40 in intset
    assert seen == [Halved(40, 0, 4, 2, 30), Halved(40, 3, 4, 3, 40)]


def test_a_number_beyond_an_end_needs_one_look() -> None:
    intset = intset_of(10, 20, 30)
    seen = steps_of(intset)
    intset.add(5)
    intset.add(35)
    assert seen == [
        EndCompared(5, 10, above=False), NumberInserted(5, 0, 3),
        EndCompared(35, 30, above=True), NumberInserted(35, 4, 0),
    ]  # fmt: skip


def test_a_removal_says_what_closed_up() -> None:
    intset = intset_of(10, 20, 30)
    seen = steps_of(intset)
    intset.remove(20)
    assert seen == [Halved(20, 0, 2, 1, 20), NumberRemoved(20, 1, 1)]


@pytest.mark.parametrize("seed", range(10))
def test_random_changes_agree_with_a_set_watched_or_not(seed: int) -> None:
    rng = Random(seed)
    quiet, watched = Intset(Probe()), Intset(Probe(lambda event: None))
    model: set[int] = set()
    spread = rng.choice([20, 70_000, 2**40])
    for _ in range(300):
        number = rng.randrange(-spread, spread) if rng.random() < 0.7 else rng.randrange(-9, 9)
        if rng.random() < 0.4:
            assert quiet.remove(number) == watched.remove(number) == (number in model)
            model.discard(number)
        else:
            assert quiet.add(number) == watched.add(number) == (number not in model)
            model.add(number)
        assert (number in quiet) == (number in watched) == (number in model)
        quiet.check()
    assert quiet.numbers() == sorted(model)
    assert quiet.freeze() == watched.freeze()
    assert Intset.thaw(quiet.freeze(), Probe()).freeze() == quiet.freeze()


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        ("", "header"),
        ("02000000", "header"),
        ("0300000001000000010203", "3 bytes"),
        ("0200000002000000ff00", "10 bytes cannot be 2 numbers"),
        ("0200000000000000", "without numbers"),
        ("020000000200000002000100", "do not rise"),
        ("020000000200000001000100", "do not rise"),
    ],
)
def test_broken_bytes_are_refused(data: str, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        Intset.load(bytes.fromhex(data), Probe())


def test_bytes_from_outside_are_taken_as_they_are() -> None:
    data = bytes.fromhex("040000000200000007000000a0860100")
    assert Intset.load(data, Probe()).freeze() == data
