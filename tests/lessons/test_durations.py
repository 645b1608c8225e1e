from __future__ import annotations

import pytest

from redlearn.lessons.durations import duration_ms, duration_text


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("30s", 30_000), ("1500ms", 1500), ("1m30s", 90_000), ("2h", 7_200_000),
        ("1d", 86_400_000), ("0s", 0), ("1s500ms", 1500),
    ],
)  # fmt: skip
def test_a_duration_is_numbers_with_units(text: str, ms: int) -> None:
    assert duration_ms(text) == ms


@pytest.mark.parametrize("text", ["", "30", "s", "-5s", "1.5s", "3 s", "5x", "5s!", "s5", "+5s"])
def test_anything_else_is_no_duration(text: str) -> None:
    assert duration_ms(text) is None


@pytest.mark.parametrize("ms", [0, 1, 999, 1000, 90_000, 86_400_001, 3_723_004])
def test_what_is_written_reads_back(ms: int) -> None:
    assert duration_ms(duration_text(ms)) == ms


def test_the_shortest_way_is_written() -> None:
    assert duration_text(5_400_000) == "1h30m"
