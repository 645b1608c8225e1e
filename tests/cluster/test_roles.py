"""Roles: each node says what it is, and the others take note."""

from __future__ import annotations

import pytest

from redlearn.cluster.message import NODE_MASTER, NODE_MIGRATE_TO, NODE_SLAVE
from redlearn.cluster.roles import RoleChanged, follow, set_as_primary, set_shard
from tests.cluster.desk import Desk, a_claim, id_of
from tests.cluster.village import Village


def test_a_primary_that_says_whose_replica_it_is_becomes_one() -> None:
    desk = Desk("ab")
    desk.know("e")
    desk.hear("e", replica_of=id_of("a"), slots=desk["a"].bitmap(), config_epoch=2)
    assert desk["e"].flags == NODE_SLAVE
    assert desk["e"].primary is desk["a"]
    assert desk["a"].flags & NODE_MIGRATE_TO
    assert desk["e"].shard_id == desk["a"].shard_id
    assert desk.said(RoleChanged) == [RoleChanged(id_of("m"), id_of("e"), id_of("a"))]


def test_a_replica_that_says_it_is_nobodys_is_a_primary() -> None:
    desk = Desk("ab")
    desk.replica("a1", "a")
    desk.hear("a1", replica_of=b"", slots=a_claim([]))
    assert desk["a1"].flags == NODE_MASTER | NODE_MIGRATE_TO, "it should have replicas again"
    assert desk["a1"].primary is None
    assert not desk["a"].replicas
    assert not desk["a"].flags & NODE_MIGRATE_TO


def test_a_replica_that_moves_is_in_the_other_list() -> None:
    desk = Desk("ab")
    desk.replica("a1", "a")
    desk.hear("a1", replica_of=id_of("b"), slots=desk["b"].bitmap(), config_epoch=3)
    assert (desk["a"].replicas, desk["b"].replicas) == ([], [desk["a1"]])
    assert desk["a1"].shard_id == desk["b"].shard_id


def test_that_a_replica_moves_is_written_down_also_within_a_shard() -> None:
    desk = Desk("ab")
    desk.replica("a1", "a")
    desk["b"].shard_id = desk["a"].shard_id
    desk["a1"].config_epoch = desk["b"].config_epoch
    said = {"slots": desk["b"].bitmap(), "config_epoch": desk["b"].config_epoch}
    desk.hear("a1", replica_of=id_of("b"), **said)
    assert desk["a1"].primary is desk["b"]
    assert desk.data.saves == [False]
    desk.hear("a1", replica_of=id_of("b"), **said)
    assert desk.data.saves == [False], "what is known is not written again"


def test_whose_primary_is_not_known_is_a_replica_of_nobody_yet() -> None:
    desk = Desk("ab")
    desk.know("e")
    desk.hear("e", replica_of=id_of("x"), slots=a_claim([]))
    assert desk["e"].flags == NODE_SLAVE
    assert desk["e"].primary is None


@pytest.mark.parametrize("role", [NODE_MASTER, NODE_SLAVE])
def test_nobody_is_a_replica_of_itself(role: int) -> None:
    desk = Desk("ab")
    desk.know("e", role)
    desk.hear("e", replica_of=id_of("e"), slots=a_claim([]))
    assert desk["e"].flags == role
    assert desk["e"].primary is None


def test_the_slots_of_a_primary_that_was_replaced_go_to_who_replaced_it() -> None:
    desk = Desk("ab")
    desk.replica("b1", "b")
    slots = desk["b"].bitmap()
    desk.hear("b", replica_of=id_of("b1"), config_epoch=9, slots=slots)
    assert desk["b1"].flags & NODE_MASTER
    assert desk["b1"].bitmap() == slots
    assert desk["b1"].config_epoch == 9
    assert (desk["b"].primary, desk["b"].slot_count) == (desk["b1"], 0)


def test_those_of_one_that_went_to_another_shard_go_to_nobody() -> None:
    desk = Desk("ab")
    count = desk["b"].slot_count
    desk.hear("b", replica_of=id_of("a"), config_epoch=9, slots=desk["a"].bitmap())
    assert desk["b"].slot_count == 0
    assert desk.state.owners.count(None) == count
    assert not desk.state.ok


def test_word_that_is_older_than_a_promotion_does_not_undo_it() -> None:
    desk = Desk("ab")
    desk.replica("b1", "b")
    slots = desk["b"].bitmap()
    desk.hear("b1", replica_of=b"", config_epoch=9, slots=slots)
    assert desk["b1"].bitmap() == slots
    desk.hear("b1", replica_of=id_of("b"), config_epoch=3, slots=slots)
    assert desk["b1"].flags & NODE_MASTER
    assert desk["b1"].bitmap() == slots


def test_one_whose_slots_it_does_not_claim_any_more_may_become_a_replica_in_any_epoch() -> None:
    desk = Desk("ab")
    desk.replica("b1", "b")
    desk.hear("b1", replica_of=b"", config_epoch=9, slots=desk["b"].bitmap())
    desk.hear("b1", replica_of=b"", config_epoch=9, slots=a_claim([]))
    desk.hear("b1", replica_of=id_of("b"), config_epoch=3, slots=a_claim([]))
    assert desk["b1"].primary is desk["b"]


def test_nobodys_word_makes_a_primary_of_this_node() -> None:
    desk = Desk("ab")
    desk.be_replica_of("a")
    desk.hear("a", replica_of=id_of("m"), config_epoch=9, slots=desk["a"].bitmap())
    assert desk.state.myself.flags & NODE_SLAVE
    assert desk["a"].flags & NODE_SLAVE
    desk.state.check()


# ---- this node itself ----


def a_node_without_slots() -> Desk:
    desk = Desk("ab")
    for slot in range(16384):
        if desk.state.owners[slot] is desk.state.myself:
            desk.state.reassign_slot(slot, desk["a"])
    return desk


def test_who_follows_another_is_its_replica_and_has_nothing_open() -> None:
    desk = a_node_without_slots()
    desk.state.migrating[1] = desk["a"]
    desk.state.importing[2] = desk["b"]
    desk.state.manual.end_ms = 5
    follow(desk.me, desk["a"])
    assert desk.state.myself.flags & NODE_SLAVE
    assert desk.state.myself.primary is desk["a"]
    assert desk.state.myself.shard_id == desk["a"].shard_id
    assert desk.data.following == id_of("a")
    assert not (desk.state.migrating or desk.state.importing or desk.state.manual.end_ms)
    assert len(desk.data.lost_slots) == desk["b"].slot_count, "channels of a's slots stay"
    desk.state.check()


def test_votes_for_the_place_of_one_primary_are_not_for_that_of_another() -> None:
    desk = a_node_without_slots()
    follow(desk.me, desk["a"])
    desk.state.election.asked, desk.state.election.voters = True, (id_of("b"),)
    follow(desk.me, desk["b"])
    assert not desk.state.election.asked
    assert desk.state.election.voters == ()


def test_a_node_with_slots_follows_nobody() -> None:
    desk = Desk("ab")
    with pytest.raises(AssertionError):
        follow(desk.me, desk["a"])


def test_slots_that_somebody_gave_to_a_replica_are_nobodys_when_it_goes_to_another() -> None:
    desk = Desk("ab")
    desk.be_replica_of("a")
    desk.state.unassign_slot(7)
    desk.node.add_slots([7])
    desk.state.check()
    follow(desk.me, desk["b"])
    assert desk.state.owners[7] is None
    desk.state.check()


def test_a_primary_that_is_one_already_does_not_change() -> None:
    desk = Desk("ab")
    set_as_primary(desk.me, desk["a"])
    assert not desk.events
    assert not desk.state.todo


# ---- shards ----


def test_the_shard_of_a_primary_is_that_of_its_replicas() -> None:
    desk = Desk("ab")
    desk.replica("a1", "a")
    set_shard(desk.me, desk["a"], id_of("shardx"))
    assert desk["a1"].shard_id == id_of("shardx")
    set_shard(desk.me, desk["a1"], id_of("shardy"))
    assert desk["a1"].shard_id == id_of("shardx")
    set_shard(desk.me, desk["a"], b"")
    assert desk["a"].shard_id == id_of("shardx")


def test_after_a_failover_all_of_a_shard_say_the_same_shard() -> None:
    village = Village(3, 2)
    shard = village["a"].state.myself.shard_id
    village.kill("a")
    village.run_until(lambda: any(village[name].takes_writes for name in ("a1", "a2")))
    village.restart("a")
    village.run(5000)
    for house in village.alive():
        for name in ("a", "a1", "a2"):
            assert village.view(house.name, name).shard_id == shard
    roles = sorted(village[name].is_primary for name in ("a", "a1", "a2"))
    assert roles == [False, False, True]
    village.check()
