"""Epochs: numbers that say which claim is newer, and how those that are the same are told apart."""

from __future__ import annotations

import pytest

from redlearn.cluster.epochs import EPOCH_MAX, EpochTaken, bump_without_asking
from redlearn.cluster.message import PONG
from redlearn.cluster.state import FSYNC_CONFIG, SAVE_CONFIG
from tests.cluster.desk import Desk, id_of
from tests.cluster.village import Village


def test_the_greatest_current_epoch_that_is_heard_of_is_taken_over() -> None:
    desk = Desk()
    desk.hear("a", current_epoch=17)
    assert desk.state.current_epoch == 17
    desk.hear("b", current_epoch=9)
    assert desk.state.current_epoch == 17, "it never goes back"


def test_a_senders_greater_config_epoch_is_taken_over_and_written_down() -> None:
    desk = Desk()
    desk.hear("a", config_epoch=30)
    assert desk["a"].config_epoch == 30
    assert desk.data.saves == [True]
    desk.hear("a", config_epoch=29)
    assert desk["a"].config_epoch == 30


def test_who_has_the_greatest_epoch_already_does_not_take_another() -> None:
    desk = Desk()
    desk.state.myself.config_epoch = desk.state.current_epoch = 50
    assert not desk.node.bump_epoch()
    assert desk.state.myself.config_epoch == 50
    assert not desk.said(EpochTaken)


@pytest.mark.parametrize("mine", [0, 1])
def test_who_has_not_takes_the_next_and_tells_it_with_the_next_heartbeat(mine: int) -> None:
    desk = Desk()
    desk.state.myself.config_epoch = mine
    assert bump_without_asking(desk.me)
    assert desk.state.myself.config_epoch == desk.state.current_epoch == 5
    assert desk.state.todo == {SAVE_CONFIG, FSYNC_CONFIG}
    desk.node.before_sleep()
    assert desk.to(PONG) == [], "a claim that is heard before an order is done costs keys"
    assert desk.said(EpochTaken) == [EpochTaken(id_of("m"), mine, 5, "without asking", b"")]


def test_zero_is_no_epoch_even_where_nobody_has_a_greater_one() -> None:
    desk = Desk("", slots=False)
    assert desk.node.bump_epoch()
    assert desk.state.myself.config_epoch == 1


@pytest.mark.parametrize("greatest", ["current_epoch", "config_epoch"])
def test_an_epoch_behind_which_there_is_no_room_is_not_believed(greatest: str) -> None:
    desk = Desk()
    desk.hear("a", **{greatest: EPOCH_MAX + 1})
    assert desk.state.greatest_epoch() == 4
    desk.hear("a", **{greatest: EPOCH_MAX})
    assert desk.state.greatest_epoch() == EPOCH_MAX


# ---- collision ----


def test_of_two_with_one_epoch_the_one_with_the_smaller_id_takes_the_next() -> None:
    desk = Desk("z")
    desk.hear("z", config_epoch=desk.state.myself.config_epoch + 8)
    desk.state.myself.config_epoch = desk["z"].config_epoch
    desk.hear("z")
    assert desk.state.myself.config_epoch == desk.state.current_epoch == 3
    assert desk.said(EpochTaken)[-1] == EpochTaken(id_of("m"), 9, 3, "collision", id_of("z"))


def test_the_one_with_the_greater_id_waits_for_the_other() -> None:
    desk = Desk("a")
    desk.state.myself.config_epoch = desk["a"].config_epoch = 7
    desk.hear("a")
    assert desk.state.myself.config_epoch == 7
    assert not desk.said(EpochTaken)


def test_a_replica_collides_with_nobody() -> None:
    desk = Desk("az")
    desk.be_replica_of("a")
    desk.state.myself.config_epoch = desk["z"].config_epoch
    desk.hear("z")
    assert desk.state.myself.config_epoch == desk["z"].config_epoch
    assert not desk.said(EpochTaken)


def test_a_collision_is_written_down_before_anything_is_said() -> None:
    desk = Desk("z")
    desk.state.myself.config_epoch = desk["z"].config_epoch
    desk.data.on_save = lambda: order.append(("saved", len(desk.node.outbox)))
    order: list[tuple[str, int]] = []
    desk.hear("z")
    assert order == [("saved", 0)]


def all_in_one_epoch(count: int, seed: int) -> Village:
    """C7: everybody claims different slots under the same epoch."""
    village = Village(count, 0, seed=seed, timeout_ms=2000, settled=False)
    village.keeps_disks = False
    for house in village.houses.values():
        for node in house.state.nodes.values():
            node.config_epoch = 1
        house.state.current_epoch = 1
    return village


def epochs(village: Village) -> list[int]:
    return [house.state.myself.config_epoch for house in village.houses.values()]


@pytest.mark.parametrize("seed", range(3))
def test_a_handful_that_begins_in_one_epoch_comes_to_differ(seed: int) -> None:
    village = all_in_one_epoch(7, seed)
    village.run_until(lambda: len(set(epochs(village))) == 7, 10_000)
    greatest_id = max(village.houses.values(), key=lambda house: house.id)
    assert greatest_id.state.myself.config_epoch == 1, "who has the greatest id never moves"
    village.run(5000)
    seen = {
        tuple(house.state.nodes[other.id].config_epoch for other in village.houses.values())
        for house in village.houses.values()
    }
    assert seen == {tuple(epochs(village))}, "all know the epochs of all"
    village.check()


def test_fifty_that_begin_in_one_epoch_differ_within_ten_seconds() -> None:
    village = all_in_one_epoch(50, seed=1)
    village.run_until(lambda: len(set(epochs(village))) == 50, 10_000)
