"""The wall: real time, in milliseconds."""

from __future__ import annotations

from datetime import UTC, datetime

from redlearn.timeline.wall import wall_ms


def test_the_wall_shows_the_present_year() -> None:
    assert 2025 <= datetime.fromtimestamp(wall_ms() / 1000, UTC).year < 2200


def test_the_wall_goes_on() -> None:
    first = wall_ms()
    assert wall_ms() >= first
