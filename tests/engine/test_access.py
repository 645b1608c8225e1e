"""The 24 bits of a key: when it was used last, or how often."""

from __future__ import annotations

from random import Random

import pytest

from redlearn.engine.access import (
    LFU_START,
    LRU_CLOCK_MAX,
    access_counted,
    access_idle_for,
    bits_of,
    chance_to_count,
    counted,
    frequency,
    idle_ms,
)

NOW = 1_700_000_000_000
MINUTE = 60_000


def test_a_key_used_just_now_is_not_idle() -> None:
    assert idle_ms(NOW, NOW) == 0


def test_idle_time_counts_the_ticks_of_a_clock_of_seconds() -> None:
    assert idle_ms(NOW - 1, NOW) == 1000  # one ms ago, but in another second
    assert idle_ms(NOW - 41_000, NOW) == 41_000


def test_a_clock_that_wrapped_is_seen_through() -> None:
    """As in Redis, which loses a second there: MAX - old + new."""
    just_before = (LRU_CLOCK_MAX - 2) * 1000
    assert idle_ms(just_before, just_before + 10_000) == 9_000


def test_the_bits_are_24() -> None:
    assert 0 <= bits_of(NOW) <= LRU_CLOCK_MAX
    assert bits_of(access_counted(200, NOW)) & 255 == 200


@pytest.mark.parametrize("seconds", [0, 1, 1000, 100_000])
def test_restore_sets_an_idle_time(seconds: int) -> None:
    assert idle_ms(access_idle_for(seconds, NOW), NOW) == seconds * 1000


def test_a_counter_falls_by_one_for_each_period_without_a_use() -> None:
    access = access_counted(20, NOW)
    assert frequency(access, NOW, 1) == 20
    assert frequency(access, NOW + 5 * MINUTE, 1) == 15
    assert frequency(access, NOW + 5 * MINUTE, 2) == 18
    assert frequency(access, NOW + 60 * MINUTE, 1) == 0
    assert frequency(access, NOW + 60 * MINUTE, 0) == 20


def test_up_to_five_every_use_counts() -> None:
    access = access_counted(0, NOW)
    for _ in range(LFU_START):
        access = counted(access, NOW, 10, 1, Random(1))
    assert frequency(access, NOW, 1) == LFU_START


def test_beyond_five_ever_fewer_do() -> None:
    assert chance_to_count(5, 10) == 1
    assert chance_to_count(6, 10) == pytest.approx(1 / 11)
    assert chance_to_count(15, 10) == pytest.approx(1 / 101)
    assert chance_to_count(200, 0) == 1


@pytest.mark.parametrize(
    ("uses", "low", "high"), [(100, 8, 13), (1000, 16, 23), (100_000, 120, 160)]
)
def test_the_counter_is_logarithmic_as_in_the_table_of_redis_conf(
    uses: int, low: int, high: int
) -> None:
    """Factor 10: about 10 after 100 uses, 18 after 1000, 142 after 100,000."""
    access, rng = access_counted(LFU_START, NOW), Random(7)
    for _ in range(uses):
        access = counted(access, NOW, 10, 1, rng)
    assert low <= frequency(access, NOW, 1) <= high


def test_a_full_counter_stays_and_draws_nothing() -> None:
    rng = Random(3)
    before = rng.getstate()
    assert frequency(counted(access_counted(255, NOW), NOW, 0, 1, rng), NOW, 1) == 255
    assert rng.getstate() == before
