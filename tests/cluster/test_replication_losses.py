"""What a failover takes with it, and what WAIT promises: seeded lives, their sums checked.

The full counts: `python -m tests.endurance losses`.
"""

from __future__ import annotations

import pytest

from tests.cluster.losses import LAG_MS, End, lose

SEEDS = range(3)
TIMEOUT_MS = 1_000


@pytest.mark.parametrize("how", [End.DIES, End.LAGS, End.FAR])
@pytest.mark.parametrize("seed", SEEDS)
def test_what_wait_counted_at_all_replicas_is_never_lost(seed: int, how: End) -> None:
    loss = lose(seed, how, waits=2)
    assert loss.answered
    assert loss.lost == []


@pytest.mark.parametrize("seed", SEEDS)
def test_a_process_that_dies_loses_nothing_that_its_kernel_can_still_send(seed: int) -> None:
    loss = lose(seed, End.DIES)
    assert len(loss.answered) > 20
    assert loss.lost == []


@pytest.mark.parametrize("seed", SEEDS)
def test_without_wait_a_lag_is_what_is_lost(seed: int) -> None:
    loss = lose(seed, End.LAGS)
    assert loss.lost
    assert 0 < loss.window_ms() <= LAG_MS + 100  # the last replies were under way


@pytest.mark.parametrize("seed", SEEDS)
def test_a_primary_behind_a_cut_takes_writes_until_it_notices_and_loses_them(seed: int) -> None:
    """A ping may be half the timeout old when the cut comes, and is looked at every tenth."""
    loss = lose(seed, End.FAR)
    assert loss.lost
    assert loss.window_ms() <= 1.5 * TIMEOUT_MS + 200


def test_wait_for_one_of_two_can_be_lost_when_that_one_is_cut_off_too() -> None:
    losses = [lose(seed, End.FAR_WITH_ONE, waits=1) for seed in SEEDS]
    assert any(loss.lost for loss in losses)
    assert all(loss.window_ms() <= 1.5 * TIMEOUT_MS + 200 for loss in losses)


def test_where_only_the_cut_off_one_answers_wait_for_all_promises_nothing_it_cannot_keep() -> None:
    for seed in SEEDS:
        loss = lose(seed, End.FAR_WITH_ONE, waits=2)
        assert loss.answered
        assert loss.lost == []


def test_the_same_seed_loses_the_same() -> None:
    assert lose(1, End.LAGS) == lose(1, End.LAGS)
