"""A coordinator on a host: its orders take their time, and it may die between any two of them."""

from __future__ import annotations

from dataclasses import replace

from redlearn.cluster.administrator import MOST_TOLD, NO_END
from redlearn.cluster.coordinator import Fix, Reshard
from redlearn.cluster.simulator import Crash, Cut, Pause, Simulator, Tell
from tests.cluster.halfway import SLOT, address, count, fill, finished, hire, owner, whole
from tests.cluster.nodes import cluster, until_agreed

MOVE = Reshard((SLOT,), address("7001"), address("7002"))


def test_a_slot_with_its_keys_moves_to_another_node() -> None:
    simulator = cluster(1)
    fill(simulator)
    hire(simulator, "coordinator", MOVE)
    done = finished(simulator, "coordinator")
    assert not done.trouble
    assert (count(simulator, "7001"), count(simulator, "7002")) == (0, 25)
    until_agreed(simulator)
    assert owner(simulator) == "7002"
    whole(simulator)


def test_each_order_waits_for_the_reply_to_the_one_before() -> None:
    simulator = cluster(1)
    begun_us = simulator.now_us
    mover = hire(simulator, "coordinator", MOVE)
    finished(simulator, "coordinator")
    orders = mover.coordinator.given
    assert orders == 12
    assert simulator.now_us - begun_us >= orders * 2 * simulator.network.conditions.delay_us
    kinds = [type(fact).__name__ for _, fact in mover.told]
    assert kinds == ["Sent", "Answered"] * orders


def test_of_a_long_work_the_last_is_kept_and_the_rest_counted() -> None:
    simulator = cluster(1)
    mover = hire(simulator, "coordinator", replace(MOVE, slots=tuple(range(40))))
    finished(simulator, "coordinator")
    assert len(mover.told) == MOST_TOLD
    assert mover.untold == 2 * mover.coordinator.given - MOST_TOLD > 0
    before = mover.untold
    frozen = simulator.freeze()
    mover.untold = 0
    simulator.thaw(frozen)
    assert simulator.member("coordinator").untold == before


def test_step_by_step_it_gives_as_many_orders_as_it_is_allowed() -> None:
    simulator = cluster(1)
    mover = hire(simulator, "coordinator", MOVE, allowed=0)
    assert not mover.busy
    for given in (1, 2, 4):
        orders = given - mover.coordinator.given
        simulator.act(Tell("coordinator", lambda member, orders=orders: member.allow(orders)))
        assert simulator.run_while(lambda: mover.busy, 1_000)
        assert mover.coordinator.given == given
        simulator.run_until(simulator.now_ms + 500)
        assert mover.coordinator.given == given, "time alone gives no order"
    simulator.act(Tell("coordinator", lambda member: member.allow(NO_END)))
    assert finished(simulator, "coordinator").given == 12


def test_a_node_that_stands_still_is_given_up_after_a_while() -> None:
    simulator = cluster(1)
    mover = hire(simulator, "coordinator", MOVE)
    simulator.run_while(lambda: mover.coordinator.given < 8, 1_000)
    simulator.act(Pause("7001"))
    assert finished(simulator, "coordinator").trouble == "127.0.0.1:7001 does not answer"


def test_replicas_that_do_not_answer_are_not_needed() -> None:
    simulator = cluster(1)
    simulator.act(Crash("7006"))
    hire(simulator, "coordinator", MOVE)
    assert not finished(simulator, "coordinator").trouble


def test_killed_it_leaves_an_open_slot_that_another_one_closes() -> None:
    simulator = cluster(1)
    fill(simulator)
    mover = hire(simulator, "coordinator", MOVE)
    simulator.run_while(lambda: mover.coordinator.given < 10, 1_000)
    simulator.act(Crash("coordinator"))
    simulator.run_until(simulator.now_ms + 2_000)
    assert 0 < count(simulator, "7002") < 25
    hire(simulator, "another", Fix())
    assert not finished(simulator, "another").trouble
    until_agreed(simulator)
    whole(simulator)


def test_cut_off_from_a_primary_it_dares_nothing() -> None:
    simulator = cluster(1)
    simulator.act(Cut(("coordinator",), ("7003",)))
    mover = hire(simulator, "coordinator", Fix())
    assert "primaries that do not answer: 1" in finished(simulator, "coordinator").trouble
    assert mover.coordinator.book.missing == 1


def test_frozen_in_the_midst_it_comes_to_the_same_end() -> None:
    def orders_and_digest(simulator: Simulator) -> tuple[int, str]:
        return finished(simulator, "coordinator").given, simulator.digest

    simulator = cluster(1)
    fill(simulator)
    mover = hire(simulator, "coordinator", MOVE)
    simulator.run_while(lambda: mover.coordinator.given < 9, 1_000)
    for _ in range(3):
        simulator.step()
    frozen = simulator.freeze()
    first = orders_and_digest(simulator)
    simulator.thaw(frozen)
    assert simulator.member("coordinator").coordinator.given < first[0]
    assert orders_and_digest(simulator) == first
