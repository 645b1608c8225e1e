"""LATENCY: samples over the threshold, drawn and explained; histograms of commands."""

from __future__ import annotations

import pytest

from redlearn.engine.commands.server.latency import age, sparkline
from redlearn.errors import NO_SAMPLES
from redlearn.resp.reply import Status, Verbatim
from tests.conftest import Redis, argv_of
from tests.engine.commands.said import refused


@pytest.fixture
def slow(redis: Redis) -> Redis:
    """A client after sleeps of 20, 40 and 30 ms in different seconds, all over the threshold."""
    engine = redis.engine
    engine.state.config.set("enable-debug-command", "yes")
    engine.state.stats.timer = redis.clock.now_ns
    redis("CONFIG SET latency-monitor-threshold 15")
    for ms in (20, 40, 30):
        engine.execute_timed(redis.client, argv_of(f"DEBUG SLEEP 0.0{ms}"))
        redis.advance(2000)
    redis.client.take()
    return redis


def test_the_latest_and_the_highest(slow: Redis) -> None:
    assert slow("LATENCY LATEST") == [[b"command", 1004, 30, 40]]


def test_the_history_is_the_oldest_first(slow: Redis) -> None:
    assert slow("LATENCY HISTORY command") == [[1000, 20], [1002, 40], [1004, 30]]
    assert slow("LATENCY HISTORY none") == []


def test_a_reset_counts_what_it_forgets(slow: Redis) -> None:
    assert slow("LATENCY RESET none") == 0
    assert slow("LATENCY RESET command none") == 1
    assert slow("LATENCY LATEST") == []
    assert slow("LATENCY RESET") == 0


def test_a_graph_has_a_bar_and_an_age_for_each(slow: Redis) -> None:
    reply = slow("LATENCY GRAPH command")
    assert isinstance(reply, Verbatim)
    assert reply.data.decode().splitlines() == [
        "command - high 40 ms, low 20 ms (all time high 40 ms)",
        "-" * 80,
        " # ",
        " |_",
        " ||",
        "_||",
        "642",
        "sss",
    ]
    assert refused(slow, "LATENCY GRAPH none") == NO_SAMPLES.format("none")


def test_bars_are_as_wide_as_a_screen() -> None:
    values, labels = list(range(100)), ["1s"] * 100
    assert len(sparkline(values, labels, 0)[0]) == 80
    assert len(sparkline(values, labels, 80)[0]) == 20


@pytest.mark.parametrize(("seconds", "shown"), [(0, "0s"), (59, "59s"), (60, "1m"), (86400, "1d")])
def test_ages(seconds: int, shown: str) -> None:
    assert age(seconds) == shown


def test_the_doctor_says_what_is_wrong(redis: Redis, slow: Redis) -> None:
    text = slow("LATENCY DOCTOR")
    assert isinstance(text, Verbatim)
    assert b"command: 3 times too long, 30 ms on the average, 40 ms at the most" in text.data
    slow("LATENCY RESET")
    assert b"Nothing has taken longer" in slow("LATENCY DOCTOR").data  # type: ignore[union-attr]
    slow("CONFIG SET latency-monitor-threshold 0")
    assert b"Nothing is measured" in slow("LATENCY DOCTOR").data  # type: ignore[union-attr]


def test_every_event_has_its_advice(slow: Redis) -> None:
    slow.engine.state.stats.sample("expire-cycle", 5_000, 30)
    slow.engine.state.stats.sample("something", 5_000, 30)
    text = slow("LATENCY DOCTOR")
    assert isinstance(text, Verbatim)
    assert b"30 ms at the most. Many keys end in the same moment" in text.data
    assert b"something: 1 times too long" in text.data


def test_histograms_are_cumulative(slow: Redis) -> None:
    assert slow("LATENCY HISTOGRAM debug none") == {
        b"debug": {b"calls": 3, b"histogram_usec": {33816: 2, 67633: 3}}
    }
    slow.engine.execute_timed(slow.client, argv_of("CONFIG GET hz"))
    slow.client.take()
    assert set(slow("LATENCY HISTOGRAM config")) == {b"config|get"}  # type: ignore[arg-type]
    assert set(slow("LATENCY HISTOGRAM")) == {b"debug", b"config|get"}  # type: ignore[arg-type]


def test_it_helps(redis: Redis) -> None:
    assert Status("LATEST") in redis("LATENCY HELP")  # type: ignore[operator]
