"""What the screen costs does not grow with the data."""

from __future__ import annotations

from tests.endurance.watched import calls_of, calls_of_a_frame


def test_calls_are_counted() -> None:
    assert calls_of(lambda: [len("x") for _ in range(100)]) >= 100


def test_to_draw_a_pane_takes_as_many_calls_with_a_hundred_times_as_many_keys() -> None:
    few, many = calls_of_a_frame(1_000), calls_of_a_frame(100_000)
    grown = {name: (few[name], many[name]) for name in few if many[name] > few[name] * 1.3 + 200}
    assert not grown
    assert len(few) >= 10
