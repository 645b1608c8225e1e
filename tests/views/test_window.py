"""Windows stay inside what they show."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from redlearn.views.window import placed

numbers = st.integers(0, 1000)


@given(numbers, st.integers(-1000, 1000), numbers, numbers)
def test_a_window_begins_inside_and_wastes_no_room(
    home: int, moved: int, shown: int, total: int
) -> None:
    start = placed(home, moved, shown, total)
    assert start >= 0
    assert start == 0 or start + shown <= total


def test_moving_goes_both_ways_from_home() -> None:
    assert placed(50, -20, 10, 100) == 30
    assert placed(50, 20, 10, 100) == 70
