"""The crowd: empty at first, and frozen whole."""

from __future__ import annotations

from redlearn.engine.crowd import Crowd


def test_it_comes_back_as_it_was() -> None:
    crowd = Crowd()
    crowd.alert = True
    crowd.monitors = {3: None}
    crowd.pauses = {"client": (5, True)}
    crowd.postponed = [2, 1]
    crowd.tracked = {b"k": {1: None, 2: None}}
    frozen = crowd.freeze()
    crowd.tracked[b"k"][9] = None
    twin = Crowd()
    twin.thaw(frozen)
    assert twin.freeze() == frozen
    assert (twin.paused_until_ms, twin.paused_writes_only) == (5, True)
    assert twin.tracked == {b"k": {1: None, 2: None}}


def test_at_first_there_is_nothing() -> None:
    assert Crowd().freeze() == (False, (), (), (), ())


def test_several_pauses_last_as_long_as_the_longest_and_are_as_strict_as_the_strictest() -> None:
    crowd = Crowd()
    for pauses, expected in (
        ({}, (0, False)),
        ({"client": (5, True)}, (5, True)),
        ({"client": (5, True), "failover": (9, True)}, (9, True)),
        ({"client": (5, False), "failover": (9, True)}, (9, False)),
    ):
        crowd.pauses = dict(pauses)
        crowd.sum_up_pauses()
        assert (crowd.paused_until_ms, crowd.paused_writes_only) == expected
