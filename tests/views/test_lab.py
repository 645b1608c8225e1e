"""What the lab found is plain data."""

from __future__ import annotations

from redlearn.views.lab import Kept, LabView


def test_before_a_crash_there_is_nothing_to_see() -> None:
    assert LabView().rows == ()


def test_two_findings_that_say_the_same_are_equal() -> None:
    assert Kept("RDB", 3, 2, 3, 2, 400, 99) == Kept("RDB", 3, 2, 3, 2, 400, 99, "")
