"""The crowd: empty at first, and frozen whole."""

from __future__ import annotations

from redlearn.engine.crowd import Crowd


def test_it_comes_back_as_it_was() -> None:
    crowd = Crowd()
    crowd.alert = crowd.paused_writes_only = True
    crowd.monitors = {3: None}
    crowd.paused_until_ms = 5
    crowd.postponed = [2, 1]
    crowd.tracked = {b"k": {1: None, 2: None}}
    frozen = crowd.freeze()
    crowd.tracked[b"k"][9] = None
    twin = Crowd()
    twin.thaw(frozen)
    assert twin.freeze() == frozen
    assert twin.tracked == {b"k": {1: None, 2: None}}


def test_at_first_there_is_nothing() -> None:
    assert Crowd().freeze() == (False, (), 0, False, (), ())
