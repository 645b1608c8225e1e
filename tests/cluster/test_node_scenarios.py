"""A whole cluster under a seed: short forms of what `python -m tests.cluster.endurance` runs."""

from __future__ import annotations

import pytest

from redlearn.cluster import manual
from tests.cluster import chaos, endurance
from tests.cluster.village import Village

BATCH = 10

KEPT = (18, 148, 171, 176, 188, 195, 465, 586, 627, 636, 41_325)
"""Seeds of `disturbed` that failed once."""


def batches(count: int) -> list[range]:
    return [range(first, first + BATCH) for first in range(0, count, BATCH)]


@pytest.mark.parametrize("seeds", batches(20), ids=str)
def test_a_primary_that_dies_is_replaced_by_exactly_one_in_time(seeds: range) -> None:
    for seed in seeds:
        chaos.failover(seed)


@pytest.mark.parametrize("seeds", batches(200), ids=str)
def test_whatever_the_network_does_it_stays_safe_and_becomes_whole(seeds: range) -> None:
    for seed in seeds:
        chaos.disturbed(seed)


@pytest.mark.parametrize("seed", KEPT)
def test_what_once_went_wrong_does_not_again(seed: int) -> None:
    chaos.disturbed(seed)


@pytest.mark.parametrize("seed", range(10))
def test_all_know_soon_that_a_slot_moved(seed: int) -> None:
    chaos.slot_moved(seed)


def test_thirty_know_it_within_a_second() -> None:
    chaos.slot_moved(1, 30)


@pytest.mark.parametrize("seed", range(10))
def test_nothing_acknowledged_is_lost_when_a_replica_takes_over_by_order(seed: int) -> None:
    chaos.handed_over(seed)


@pytest.mark.parametrize("seed", range(5))
def test_a_primary_that_is_alone_gets_one_replica(seed: int) -> None:
    chaos.alone(seed)


# ---- that these can fail ----


def test_a_second_vote_in_an_epoch_is_found() -> None:
    village = Village(3, 1)
    village.kill("a")
    village.run(6000)
    chaos.only_one_winner(village)
    vote = next(event for event in village.events if type(event[1]).__name__ == "VoteGranted")
    village.events.append(vote)
    with pytest.raises(AssertionError, match="voted twice"):
        chaos.only_one_winner(village)


def test_an_epoch_that_is_won_twice_is_found() -> None:
    village = Village(3, 1)
    village.kill("a")
    village.run(6000)
    won = next(event for event in village.events if type(event[1]).__name__ == "ElectionWon")
    village.events.append(won)
    with pytest.raises(AssertionError, match="won twice"):
        chaos.only_one_winner(village)


def test_a_minority_that_takes_writes_is_found() -> None:
    trouble = chaos.Disturbance(3)
    village = trouble.village
    names = list(village.houses)
    village.cut(names[:1], names[1:])
    trouble.cut_off[names[0]] = (village.now, names[:1])
    config = village[names[0]].node.me.config
    config.set("cluster-node-timeout", 60_000)  # it will not notice
    with pytest.raises(AssertionError, match="takes writes"):
        village.run(10_000)


def test_a_cluster_that_does_not_become_whole_is_found() -> None:
    trouble = chaos.Disturbance(3)
    trouble.village.kill("a")
    trouble.village.kill("a1")
    trouble.village.run(100)
    with pytest.raises(AssertionError, match="not whole"):
        trouble.whole_again(9000)


def test_a_write_that_is_lost_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manual, "PAUSE_TIMES", 0)  # clients do not wait
    found = 0
    for seed in range(10):
        try:
            chaos.handed_over(seed)
        except AssertionError:
            found += 1
    assert found


# ---- the command ----


def test_a_failing_seed_is_printed_and_the_command_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert endurance.outcome("slot_moved", 3)[1] == chaos.slot_moved(3)
    monkeypatch.setattr("sys.argv", ["endurance", "alone", "--count", "1", "--processes", "1"])
    assert endurance.main() == 0
    assert "alone                1 of 1 good" in capsys.readouterr().out
    monkeypatch.setitem(endurance.SCENARIOS, "alone", (broken, 5))
    assert endurance.outcome("alone", 4) == (4, "ValueError: 4")
    assert endurance.main() == 1
    assert "alone SEED 0 FAILED: ValueError: 0" in capsys.readouterr().out


def broken(seed: int) -> dict[str, int]:
    raise ValueError(seed)


def test_numbers_are_told_as_median_99th_percentile_and_greatest() -> None:
    measured = [{"took": value} for value in range(1, 201)]
    assert endurance.percentiles(measured) == "took 100/199/200"
    assert endurance.percentiles([]) == ""
