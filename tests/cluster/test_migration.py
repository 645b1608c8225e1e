"""Replica migration: a primary that lost its last replica gets one of somebody who has several."""

from __future__ import annotations

import pytest

from redlearn.cluster.message import NODE_FAIL, NODE_MIGRATE_TO
from redlearn.cluster.migration import ReplicaMigrated, count_working
from tests.cluster.desk import Desk, id_of
from tests.cluster.village import Village


def two_and_none(me: str = "m", others: tuple[str, ...] = ("z",)) -> Desk:
    """This node and others are replicas of a; b had one, which has failed."""
    desk = Desk("abc")
    desk.be_replica_of("a")
    for name in others:
        desk.replica(f"{name}1", "a")
    desk.replica("b1", "b")
    desk["b1"].flags |= NODE_FAIL
    return desk


def wait(desk: Desk, ms: int) -> None:
    answering = [desk.name_of(n.id) for n in desk.state.others() if not n.flags & NODE_FAIL]
    desk.wait(ms, answering=answering)


def test_after_five_seconds_the_one_with_the_smallest_id_moves() -> None:
    desk = two_and_none()
    wait(desk, 5000)
    assert desk.state.myself.primary is desk["a"]
    wait(desk, 200)
    assert desk.state.myself.primary is desk["b"]
    assert desk.data.following == id_of("b")
    assert desk.said(ReplicaMigrated) == [ReplicaMigrated(id_of("m"), id_of("a"), id_of("b"), 2)]


def test_another_leaves_it_to_that_one() -> None:
    desk = two_and_none(others=("g",))
    wait(desk, 20_000)
    assert desk.state.myself.primary is desk["a"]


def test_nobody_moves_from_a_primary_that_would_keep_too_few() -> None:
    desk = two_and_none()
    desk.config.set("cluster-migration-barrier", 2)
    wait(desk, 20_000)
    assert desk.state.myself.primary is desk["a"]


def test_the_only_replica_stays() -> None:
    desk = two_and_none(others=())
    wait(desk, 20_000)
    assert desk.state.myself.primary is desk["a"]


def test_nobody_moves_where_it_is_not_wanted() -> None:
    desk = two_and_none()
    desk.config.set("cluster-allow-replica-migration", False)
    wait(desk, 20_000)
    assert desk.state.myself.primary is desk["a"]


def test_nobody_moves_while_the_cluster_is_down() -> None:
    desk = two_and_none()
    desk.state.unassign_slot(0)
    desk.state.ok = False
    wait(desk, 20_000)
    assert desk.state.myself.primary is desk["a"]


def test_a_primary_that_never_had_replicas_gets_none() -> None:
    desk = two_and_none()
    desk["b"].flags &= ~NODE_MIGRATE_TO
    desk["c"].flags &= ~NODE_MIGRATE_TO
    wait(desk, 20_000)
    assert desk.state.myself.primary is desk["a"]


@pytest.mark.parametrize("trouble", ["failed", "no slots"])
def test_nor_does_one_that_failed_or_serves_nothing(trouble: str) -> None:
    desk = two_and_none()
    desk["c"].flags &= ~NODE_MIGRATE_TO
    desk.config.set("cluster-require-full-coverage", False)
    if trouble == "failed":
        desk["b"].flags |= NODE_FAIL
        desk["b"].fail_ms = desk.clock.ms
    else:
        for slot in range(16384):
            if desk.state.owners[slot] is desk["b"]:
                desk.state.unassign_slot(slot)
    wait(desk, 3000 if trouble == "failed" else 20_000)
    assert desk.state.myself.primary is desk["a"]


def test_the_five_seconds_begin_again_when_a_replica_was_back_meanwhile() -> None:
    desk = two_and_none()
    wait(desk, 4000)
    desk["b1"].flags &= ~NODE_FAIL
    wait(desk, 200)
    desk["b1"].flags |= NODE_FAIL
    wait(desk, 300)
    assert desk["b"].orphaned_ms, "since it is alone again"
    wait(desk, 1000)
    assert desk.state.myself.primary is desk["a"] or desk.clock.ms - desk["b"].orphaned_ms > 5000


def test_only_replicas_that_work_are_counted() -> None:
    desk = two_and_none()
    assert count_working(desk["a"]) == 2
    assert count_working(desk["b"]) == 0


# ---- a whole cluster ----


def test_the_primary_that_is_alone_gets_one_and_only_one() -> None:
    village = Village(3, 2, timeout_ms=1000)
    village.kill("b1")
    village.kill("b2")
    village.run(15_000)
    moved = village.happened(ReplicaMigrated)
    assert len(moved) == 1
    assert moved[0].joined == village["b"].id
    for house in village.alive():
        assert len([r for r in village.view(house.name, "b").replicas if not r.is_failing]) == 1
    village.check()


def test_a_replica_that_moved_takes_over_when_its_new_primary_dies() -> None:
    village = Village(3, 2, timeout_ms=1000)
    village.kill("b1")
    village.kill("b2")
    village.run(15_000)
    mover = village.named(village.happened(ReplicaMigrated)[0].at)
    village.kill("b")
    village.run_until(lambda: village[mover].takes_writes, 10_000)


def test_in_a_cluster_that_is_well_nobody_moves() -> None:
    village = Village(3, 2, timeout_ms=1000)
    village.run(20_000)
    assert not village.happened(ReplicaMigrated)
