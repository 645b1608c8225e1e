"""What is written in steps under writers is what there was at the start. Long: `-m long`."""

from __future__ import annotations

import pytest

from redlearn.persistence.waiting import Part
from tests.properties.snapshot_writers import COUNT, runs

HAPPENINGS = {
    "growth", "shrinking", "eviction", "swap", "move", "flush", "script", "transaction", "time",
    "fields",
}  # fmt: skip


@pytest.mark.parametrize("count", [40, pytest.param(COUNT, marks=pytest.mark.long)])
def test_snapshots_are_of_the_moment_they_began(count: int) -> None:
    outcome = runs(count)
    assert not outcome.wrong, "\n".join(outcome.wrong)
    assert outcome.runs == count
    assert set(outcome.seen) == HAPPENINGS
    assert outcome.brought > outcome.keys // 10


@pytest.mark.parametrize("door", ["changing", "emptying"])
def test_a_door_that_is_shut_is_missed(door: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Part, door, lambda *_: None)
    with pytest.raises(AssertionError):
        assert runs(20).wrong == []


def test_a_bucket_that_moves_untold_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("redlearn.persistence.waiting.Rows.moving", lambda *_: None)
    with pytest.raises(AssertionError):
        assert runs(20).wrong == []
