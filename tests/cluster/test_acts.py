"""Acts: what a node does when it is told to, and the words with which it refuses."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from redlearn.cluster.acts import NodeReset, SlotOpened, SlotsSet, publish, replicate_nobody
from redlearn.cluster.message import (
    NODE_FAIL,
    NODE_MASTER,
    PONG,
    PUBLISH,
    PUBLISHSHARD,
    Publish,
)
from redlearn.cluster.state import BROADCAST, SAVE_CONFIG, UPDATE_STATE
from redlearn.errors import CommandError
from tests.cluster.desk import Desk, id_of

# m has 0-5460, a 5461-10921, b the rest.

Act = Callable[[Desk], object]


def replica(desk: Desk) -> None:
    desk.be_replica_of("a")


def with_keys(desk: Desk) -> None:
    desk.data.keys = {1: 2}


def forgotten(desk: Desk) -> None:
    desk.be_replica_of("a")
    desk.state.set_primary_of(desk.state.myself, None)


def primary_down(desk: Desk) -> None:
    desk.be_replica_of("a")
    desk["a"].flags |= NODE_FAIL


def unlinked(desk: Desk) -> None:
    desk.be_replica_of("a")
    desk.me.close(desk["a"].link)


def as_it_is(desk: Desk) -> None:
    pass


REFUSED: list[tuple[Callable[[Desk], None], Act, str]] = [
    (as_it_is, lambda d: d.node.add_slots([5]), "ERR Slot 5 is already busy"),
    (as_it_is, lambda d: d.node.add_slots([16383]), "ERR Slot 16383 is already busy"),
    (with_keys, lambda d: d.node.flush_slots(),
     "ERR DB must be empty to perform CLUSTER FLUSHSLOTS."),
    (as_it_is, lambda d: d.node.set_slot_migrating(9000, id_of("b")),
     "ERR I'm not the owner of hash slot 9000"),
    (as_it_is, lambda d: d.node.set_slot_migrating(1, id_of("z")),
     f"ERR I don't know about node {id_of('z').decode()}"),
    (as_it_is, lambda d: d.node.set_slot_importing(1, id_of("a")),
     "ERR I'm already the owner of hash slot 1"),
    (as_it_is, lambda d: d.node.set_slot_importing(9000, b"nobody"),
     "ERR I don't know about node nobody"),
    (as_it_is, lambda d: d.node.set_slot_node(1, b"nobody"), "ERR Unknown node nobody"),
    (with_keys, lambda d: d.node.set_slot_node(1, id_of("a")),
     "ERR Can't assign hashslot 1 to a different node while I still hold keys for this hash"
     " slot."),
    (as_it_is, lambda d: d.node.forget(b"nobody"), "ERR Unknown node nobody"),
    (as_it_is, lambda d: d.node.forget(id_of("m")),
     "ERR I tried hard but I can't forget myself..."),
    (replica, lambda d: d.node.forget(id_of("a")), "ERR Can't forget my master!"),
    (as_it_is, lambda d: d.node.replicate(b"nobody"), "ERR Unknown node nobody"),
    (as_it_is, lambda d: d.node.replicate(id_of("m")), "ERR Can't replicate myself"),
    (as_it_is, lambda d: d.node.replicate(id_of("a")),
     "ERR To set a master the node must be empty and without assigned slots."),
    (as_it_is, lambda d: d.node.failover(),
     "ERR You should send CLUSTER FAILOVER to a replica"),
    (forgotten, lambda d: d.node.failover(force=True),
     "ERR I'm a replica but my master is unknown to me"),
    (primary_down, lambda d: d.node.failover(),
     "ERR Master is down or failed, please use CLUSTER FAILOVER FORCE"),
    (unlinked, lambda d: d.node.failover(),
     "ERR Master is down or failed, please use CLUSTER FAILOVER FORCE"),
    (with_keys, lambda d: d.node.reset(hard=False),
     "ERR CLUSTER RESET can't be called with master nodes containing keys"),
    (as_it_is, lambda d: d.node.set_config_epoch(9),
     "ERR The user can assign a config epoch only when the node does not know any other node."),
    (as_it_is, lambda d: d.node.count_failure_reports(b"nobody"), "ERR Unknown node nobody"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "act", "refusal"), REFUSED, ids=[row[2] for row in REFUSED])
def test_it_refuses_in_redis_words_and_nothing_is_changed(
    before: Callable[[Desk], None], act: Act, refusal: str
) -> None:
    desk = Desk("ab")
    before(desk)
    desk.events.clear()
    frozen = desk.state.freeze()
    with pytest.raises(CommandError) as raised:
        act(desk)
    assert raised.value.text == refusal
    assert desk.state.freeze() == frozen
    assert not desk.events


def test_a_replica_is_nobodys_target_and_moves_no_slots() -> None:
    desk = Desk("ab")
    desk.replica("b1", "b")
    for act in (desk.node.set_slot_migrating, desk.node.set_slot_node):
        with pytest.raises(CommandError, match="Target node is not a master"):
            act(1, id_of("b1"))
    with pytest.raises(CommandError, match="Target node is not a master"):
        desk.node.set_slot_importing(9000, id_of("b1"))
    with pytest.raises(CommandError, match="I can only replicate a master, not a replica"):
        desk.node.replicate(id_of("b1"))
    desk.be_replica_of("a")
    with pytest.raises(CommandError, match="SETSLOT only with masters"):
        desk.node.set_slot_stable(1)


# ---- slots ----


def test_slots_are_added_all_or_none() -> None:
    desk = Desk("ab")
    for slot in (100, 102):
        desk.state.unassign_slot(slot)
    with pytest.raises(CommandError, match="Slot 101 is already busy"):
        desk.node.add_slots([100, 101, 102])
    assert desk.state.owners[100] is None
    desk.state.importing[100] = desk["a"]
    desk.node.add_slots([100, 102])
    assert desk.state.owners[100] is desk.state.owners[102] is desk.state.myself
    assert not desk.state.importing
    assert desk.said(SlotsSet) == [SlotsSet(id_of("m"), id_of("m"), (100, 102))]
    assert {UPDATE_STATE, SAVE_CONFIG} <= desk.state.todo


def test_slots_are_deleted_whoever_has_them() -> None:
    desk = Desk("ab")
    desk.node.del_slots([0, 9000])
    assert desk.state.owners[0] is desk.state.owners[9000] is None
    assert desk.data.lost_slots == [0], "channels of others' slots are not here"
    with pytest.raises(CommandError, match="Slot 9000 is already unassigned"):
        desk.node.del_slots([1, 9000])
    assert desk.state.owners[1] is desk.state.myself


def test_only_its_own_slots_are_flushed() -> None:
    desk = Desk("ab")
    desk.node.flush_slots()
    assert desk.state.myself.slot_count == 0
    assert desk.state.slots_assigned() == 16384 - 5461


def test_a_slot_is_opened_on_both_sides_and_closed_again() -> None:
    desk = Desk("ab")
    desk.node.set_slot_migrating(1, id_of("a"))
    desk.node.set_slot_importing(9000, id_of("b"))
    assert desk.state.migrating == {1: desk["a"]}
    assert desk.state.importing == {9000: desk["b"]}
    assert [event.leaves for event in desk.said(SlotOpened)] == [True, False]
    desk.node.set_slot_stable(1)
    desk.node.set_slot_stable(9000)
    assert not desk.state.migrating
    assert not desk.state.importing


def test_a_slot_that_is_given_away_without_keys_is_closed() -> None:
    desk = Desk("ab")
    desk.state.migrating[1] = desk["a"]
    desk.node.set_slot_node(1, id_of("a"))
    assert desk.state.owners[1] is desk["a"]
    assert not desk.state.migrating
    assert desk.state.myself.config_epoch == 1


def test_a_slot_that_was_imported_comes_under_a_new_epoch_that_all_are_told() -> None:
    desk = Desk("ab")
    desk.node.set_slot_importing(9000, id_of("a"))
    desk.node.set_slot_node(9000, id_of("m"))
    assert desk.state.owners[9000] is desk.state.myself
    assert not desk.state.importing
    assert desk.state.myself.config_epoch == desk.state.current_epoch == 4
    assert BROADCAST in desk.state.todo
    desk.node.before_sleep()
    assert desk.to(PONG) == ["a", "b"]


def test_who_gives_its_last_slot_away_follows_who_got_it() -> None:
    desk = Desk("ab")
    for slot in range(1, 5461):
        desk.state.reassign_slot(slot, desk["a"])
    desk.node.set_slot_node(0, id_of("b"))
    assert desk.state.myself.primary is desk["b"]


def test_unless_replicas_may_not_move() -> None:
    desk = Desk("ab")
    desk.config.set("cluster-allow-replica-migration", False)
    for slot in range(1, 5461):
        desk.state.reassign_slot(slot, desk["a"])
    desk.node.set_slot_node(0, id_of("b"))
    assert desk.state.myself.is_primary


# ---- nodes ----


def test_who_was_forgotten_may_be_forgotten_again() -> None:
    desk = Desk("ab")
    desk.node.forget(id_of("b"))
    assert id_of("b") not in desk.state.nodes
    assert desk.state.forgotten == {id_of("b"): desk.clock.ms + 60_000}
    desk.node.forget(id_of("b"))
    assert desk.state.owners.count(None) == 5462
    desk.state.check()


def test_an_empty_primary_becomes_a_replica_and_says_so() -> None:
    desk = Desk("ab")
    desk.state.myself.slots = bytearray(2048)
    desk = Desk("ab", slots=False)
    desk.node.replicate(id_of("a"))
    assert desk.state.myself.primary is desk["a"]
    assert BROADCAST in desk.state.todo


def test_a_replica_may_have_keys_and_go_to_another() -> None:
    desk = Desk("ab")
    desk.be_replica_of("a")
    desk.data.keys = {9000: 1}
    desk.node.replicate(id_of("b"))
    assert desk.data.following == id_of("b")


def test_a_replica_of_no_one_is_an_empty_primary_in_a_shard_of_its_own() -> None:
    desk = Desk("ab")
    desk.be_replica_of("a")
    desk.data.keys = {9000: 1}
    desk.node.replicate(b"")
    assert desk.state.myself.is_primary
    assert desk.data.is_empty()
    assert desk.data.following == b""
    assert desk.state.myself.shard_id != desk["a"].shard_id
    desk.events.clear()
    replicate_nobody(desk.me)
    assert not desk.events, "a primary is nobody's replica"


def test_a_soft_reset_forgets_all_but_who_it_is() -> None:
    desk = Desk("ab")
    desk.be_replica_of("a")
    desk.data.keys = {9000: 1}
    desk.state.forgotten[id_of("z")] = 10**15
    epoch = desk.state.current_epoch
    desk.node.reset(hard=False)
    state = desk.state
    assert list(state.nodes) == [id_of("m")]
    assert state.myself.is_primary
    assert desk.data.is_empty()
    assert state.slots_assigned() == 0
    assert not (state.links or state.forgotten or state.migrating or state.importing)
    assert state.current_epoch == epoch
    assert len(desk.hung_up()) == 4
    assert desk.said(NodeReset) == [NodeReset(id_of("m"), False)]
    state.check()


def test_a_reset_also_closes_slots_that_a_node_gives_to_itself() -> None:
    desk = Desk("ab")
    assert (desk.state.owners[1], desk.state.owners[9000]) == (desk.state.myself, desk["a"])
    desk.node.set_slot_migrating(1, id_of("m"))  # Redis does not ask who that is
    desk.node.set_slot_importing(9000, id_of("m"))
    desk.node.reset(hard=False)
    assert (desk.state.migrating, desk.state.importing) == ({}, {})


def test_a_hard_reset_makes_somebody_new_in_epoch_zero() -> None:
    desk = Desk("ab")
    old_shard = desk.state.myself.shard_id
    desk.state.last_vote_epoch = 3
    desk.node.reset(hard=True)
    state = desk.state
    assert state.myself.id != id_of("m")
    assert state.nodes == {state.myself.id: state.myself}
    assert state.myself.shard_id != old_shard
    assert (state.current_epoch, state.last_vote_epoch, state.myself.config_epoch) == (0, 0, 0)
    state.check()


def test_a_node_alone_may_be_told_its_first_epoch_once() -> None:
    desk = Desk("", slots=False)
    desk.node.set_config_epoch(7)
    assert (desk.state.myself.config_epoch, desk.state.current_epoch) == (7, 7)
    with pytest.raises(CommandError, match="Node config epoch is already non-zero"):
        desk.node.set_config_epoch(8)


# ---- messages ----


def test_what_is_published_goes_to_all_or_to_the_shard() -> None:
    desk = Desk("ab")
    desk.replica("m1", "m")
    desk.replica("a1", "a")
    publish(desk.me, b"news", b"hello", sharded=False)
    sent = desk.sent(PUBLISH)
    assert sorted(to for to, _ in sent) == ["a", "a1", "b", "m1"]
    assert isinstance(sent[0][1], Publish)
    assert (sent[0][1].channel, sent[0][1].message) == (b"news", b"hello")
    publish(desk.me, b"news", b"hello", sharded=True)
    assert desk.to(PUBLISHSHARD) == ["m1"]


def test_roles_are_as_they_were_made() -> None:
    desk = Desk("ab")
    assert desk["a"].flags & NODE_MASTER
