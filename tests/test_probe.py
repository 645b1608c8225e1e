"""The probe: silent or watched by one."""

from __future__ import annotations

import pytest

from redlearn.engine.context import KeyRemoved, KeyUsed
from redlearn.engine.structures.hashtable_steps import Cleared
from redlearn.engine.structures.skiplist_steps import Tossed
from redlearn.probe import Event, Probe


def test_a_probe_is_silent_until_somebody_watches() -> None:
    assert Probe().emit is None


def test_a_watcher_is_told_what_happens() -> None:
    seen: list[Event] = []
    probe = Probe(seen.append)
    assert probe.emit is not None
    probe.emit(Tossed(b"ann", 3))
    assert seen == [Tossed(b"ann", 3)]


def test_watching_may_begin_and_end_at_any_time() -> None:
    probe, seen = Probe(), list[Event]()
    probe.emit = seen.append
    probe.emit(Cleared("keys"))
    probe.emit = None
    assert seen == [Cleared("keys")]


def test_events_of_different_kinds_differ_even_with_the_same_content() -> None:
    assert KeyUsed(0, b"k") != KeyRemoved(0, b"k")
    assert KeyUsed(0, b"k") == KeyUsed(0, b"k")


def test_events_cannot_be_changed_afterwards() -> None:
    with pytest.raises(AttributeError):
        Cleared("keys").name = "other"  # type: ignore[misc]  # that is the point


def test_a_probe_has_room_for_nothing_else() -> None:
    with pytest.raises(AttributeError):
        Probe().other = 1  # type: ignore[attr-defined]  # that is the point


def test_what_happens_in_silence_is_told_to_nobody_and_later_it_is_heard_again() -> None:
    heard: list[Event] = []
    probe = Probe(heard.append)
    with pytest.raises(KeyError), probe.silenced():
        assert probe.emit is None
        raise KeyError
    assert probe.emit is not None
    probe.emit(Cleared("keys"))
    assert heard == [Cleared("keys")]
