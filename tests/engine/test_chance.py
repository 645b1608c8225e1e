"""Chance: streams that do not disturb each other, and towers written down in advance."""

from __future__ import annotations

from random import Random

import pytest

from redlearn.engine.chance import STREAMS, Chance, TowerScript, freeze_stream, thaw_stream
from redlearn.engine.structures.skiplist import Skiplist
from redlearn.probe import Probe


def draws(chance: Chance, count: int = 5) -> list[list[float]]:
    return [[getattr(chance, name).random() for _ in range(count)] for name in STREAMS]


def test_one_seed_gives_the_same_draws_again() -> None:
    assert draws(Chance(7)) == draws(Chance(7))
    assert draws(Chance(7)) != draws(Chance(8))


def test_each_purpose_has_a_stream_of_its_own() -> None:
    rows = draws(Chance(7))
    assert len({*map(tuple, rows)}) == len(STREAMS)


@pytest.mark.parametrize("busy", STREAMS)
def test_one_stream_disturbs_no_other(busy: str) -> None:
    quiet, disturbed = Chance(3), Chance(3)
    for _ in range(100):
        getattr(disturbed, busy).random()
    for name in {*STREAMS} - {busy}:
        assert getattr(quiet, name).random() == getattr(disturbed, name).random()


def test_a_thawed_chance_goes_on_from_where_it_was_frozen() -> None:
    chance = Chance(5)
    draws(chance)
    frozen = chance.freeze()
    first = draws(chance)
    chance.thaw(frozen)
    assert draws(chance) == first


def heights_of(coin: TowerScript, count: int) -> list[int]:
    """The towers that a real skiplist builds by this coin."""
    skiplist = Skiplist(coin, Probe())
    return [skiplist.insert(float(number), b"m%d" % number).height for number in range(count)]


def test_planned_towers_get_their_heights() -> None:
    coin = TowerScript("seed")
    coin.plan([1, 3, 1, 2, 32])
    assert heights_of(coin, 5)[:4] == [1, 3, 1, 2]


def test_after_the_plan_the_coin_is_what_it_was() -> None:
    planned, plain = TowerScript("seed"), TowerScript("seed")
    planned.plan([2])
    assert heights_of(planned, 1) == [2]
    assert heights_of(planned, 20) == heights_of(plain, 20)


def test_a_later_plan_replaces_the_rest_of_an_earlier_one() -> None:
    coin = TowerScript("seed")
    coin.plan([5, 5, 5])
    assert heights_of(coin, 1) == [5]
    coin.plan([2, 4])
    assert heights_of(coin, 2) == [2, 4]


def test_a_plan_is_part_of_the_frozen_state() -> None:
    chance = Chance(1)
    assert isinstance(chance.towers, TowerScript)
    chance.towers.plan([3, 2])
    frozen = chance.freeze()
    assert heights_of(chance.towers, 2) == [3, 2]
    chance.thaw(frozen)
    assert heights_of(chance.towers, 2) == [3, 2]


@pytest.mark.parametrize("kind", [Random, TowerScript])
def test_a_stream_that_is_frozen_takes_no_object_for_each_of_its_words(kind: type[Random]) -> None:
    stream = kind(4)
    stream.gauss(0, 1)  # it keeps a second number back
    frozen = freeze_stream(stream)
    assert sum(len(part) for part in frozen if isinstance(part, bytes)) == 4 * 625
    assert not [part for part in frozen if isinstance(part, tuple) and part]
    expected = [stream.gauss(0, 1) for _ in range(3)]
    other = kind(5)
    thaw_stream(other, frozen)
    assert [other.gauss(0, 1) for _ in range(3)] == expected
