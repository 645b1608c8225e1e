"""The probe: silent or watched by one."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import pytest

from redlearn.probe import Event, Probe


@dataclass(frozen=True, slots=True)
class Stepped(Event):
    to: int


@dataclass(frozen=True, slots=True)
class Stopped(Event):
    to: int


def test_a_probe_is_silent_until_somebody_watches() -> None:
    assert Probe().emit is None


def test_a_watcher_is_told_what_happens() -> None:
    seen: list[Event] = []
    probe = Probe(seen.append)
    assert probe.emit is not None
    probe.emit(Stepped(3))
    assert seen == [Stepped(3)]


def test_watching_may_begin_and_end_at_any_time() -> None:
    probe, seen = Probe(), list[Event]()
    probe.emit = seen.append
    probe.emit(Stepped(1))
    probe.emit = None
    assert seen == [Stepped(1)]


def test_events_of_different_kinds_differ_even_with_the_same_content() -> None:
    assert Stepped(1) != Stopped(1)
    assert Stepped(1) == Stepped(1)


def test_events_cannot_be_changed_afterwards() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Stepped(1).to = 2  # type: ignore[misc]  # that is the point


def test_a_probe_has_room_for_nothing_else() -> None:
    with pytest.raises(AttributeError):
        Probe().other = 1  # type: ignore[attr-defined]  # that is the point
