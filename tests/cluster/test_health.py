"""Health: when a node says that the cluster is down, and when it believes in it again."""

from __future__ import annotations

import doctest

import pytest

from redlearn.cluster import health
from redlearn.cluster.health import HealthChanged, update_health
from redlearn.cluster.message import NODE_FAIL, NODE_MASTER, NODE_PFAIL, NODE_SLAVE
from tests.cluster.desk import Desk, id_of
from tests.cluster.village import Village


def test_the_examples_are_true() -> None:
    assert doctest.testmod(health).failed == 0


def look(desk: Desk, after_ms: int = 0) -> bool:
    """Whether the node takes commands, as it finds when it looks now."""
    desk.clock.advance(after_ms)
    desk.me.begin(desk.clock.ms)
    update_health(desk.me)
    return desk.state.ok


# ---- coverage ----


def test_it_is_well_while_each_slot_is_served() -> None:
    desk = Desk()
    assert look(desk)
    assert desk.state.reason == ""


def test_a_slot_that_nobody_serves_brings_it_down() -> None:
    desk = Desk()
    desk.state.unassign_slot(12182)
    assert not look(desk)
    assert desk.state.reason == "slot 12182 is served by nobody"
    assert desk.said(HealthChanged) == [HealthChanged(id_of("m"), False, desk.state.reason)]


def test_slots_of_a_node_that_failed_bring_it_down() -> None:
    desk = Desk()
    desk["b"].flags |= NODE_FAIL
    assert not look(desk)
    assert desk.state.reason == "4096 slots are served by a node that fails"


def test_slots_of_a_node_that_is_only_suspected_do_not() -> None:
    desk = Desk()
    desk["b"].flags |= NODE_PFAIL
    assert look(desk)


def test_without_full_coverage_the_slots_that_are_served_are_enough() -> None:
    desk = Desk()
    desk.config.set("cluster-require-full-coverage", False)
    desk.state.unassign_slot(12182)
    desk["b"].flags |= NODE_FAIL
    assert look(desk)


# ---- majority ----


def test_without_a_majority_it_is_down_whatever_is_covered() -> None:
    desk = Desk()
    desk.config.set("cluster-require-full-coverage", False)
    desk["a"].flags |= NODE_PFAIL
    assert look(desk), "three of four are left"
    desk["b"].flags |= NODE_FAIL
    assert not look(desk), "half is no majority"
    assert desk.state.reason == "reaches 2 of 4 primaries"


def test_replicas_and_primaries_without_slots_do_not_count() -> None:
    desk = Desk()
    desk.know("e")
    desk.replica("a1", "a")
    desk["e"].flags |= NODE_FAIL
    desk["a1"].flags |= NODE_FAIL
    assert look(desk)
    assert desk.state.size == 4


def test_a_primary_that_comes_back_from_the_minority_waits_for_the_node_timeout() -> None:
    desk = Desk(timeout_ms=3000)
    desk["a"].flags |= NODE_PFAIL
    desk["b"].flags |= NODE_PFAIL
    assert not look(desk)
    for name in "ab":
        desk[name].flags = NODE_MASTER
    assert not look(desk, 2999)
    assert desk.state.reason == "back among the majority, but not for long enough"
    assert look(desk, 1)


def test_a_replica_does_not_wait() -> None:
    desk = Desk()
    desk.be_replica_of("a")
    desk["a"].flags |= NODE_PFAIL
    desk["b"].flags |= NODE_PFAIL
    assert not look(desk)
    for name in "ab":
        desk[name].flags = NODE_MASTER
    assert look(desk)


def test_a_primary_that_was_just_started_waits_two_seconds() -> None:
    desk = Desk(ok=False)
    desk.state.started_ms = 0
    assert not look(desk)
    assert not look(desk, 1999)
    assert look(desk, 1)


def test_a_replica_that_was_just_started_does_not() -> None:
    desk = Desk(ok=False)
    desk.be_replica_of("a")
    desk.state.started_ms = 0
    assert desk.state.myself.flags & NODE_SLAVE
    assert look(desk)


def test_it_is_told_once_and_not_each_time_it_is_looked_at() -> None:
    desk = Desk()
    desk.state.unassign_slot(1)
    for _ in range(5):
        look(desk, 100)
    desk.state.assign_slot(1, desk.state.myself)
    look(desk, 100)
    assert [event.ok for event in desk.said(HealthChanged)] == [False, True]


# ---- a whole cluster ----


@pytest.mark.parametrize("timeout_ms", [500, 2000, 8000])
def test_a_primary_with_the_minority_stops_taking_writes_in_time(timeout_ms: int) -> None:
    village = Village(3, 1, seed=timeout_ms, timeout_ms=timeout_ms)
    village.run(10_000)
    village.cut(["a", "a1"], ["b", "b1", "c", "c1"])
    took_ms = village.run_until(lambda: not village["a"].takes_writes)
    assert timeout_ms <= took_ms + timeout_ms // 2
    assert took_ms <= 1.5 * timeout_ms + 200


def test_the_majority_goes_on_once_the_lost_slots_are_taken_over() -> None:
    village = Village(3, 1)
    village.cut(["a"], ["a1", "b", "b1", "c", "c1"])
    village.run_until(lambda: village["a1"].takes_writes and village["b"].takes_writes)
    assert not village["a"].takes_writes
    village.heal()
    village.run_until(lambda: village.agreed() and village.healthy())
    assert not village["a"].is_primary
    village.check()
