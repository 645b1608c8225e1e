"""Ownership: of two claims to a slot the one under the greater epoch wins, on every node."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from redlearn.cluster.message import NODE_MASTER, NODE_SLAVE, UPDATE, Update
from redlearn.cluster.ownership import KeysDropped, SlotsTaken, UpdateSent, newly_claimed
from tests.cluster.desk import Desk, a_claim, id_of
from tests.cluster.village import Village

# m has 0-5460, a 5461-10921, b the rest, under epochs 1, 2, 3.


def slots_of(desk: Desk, name: str) -> set[int]:
    return {slot for slot in range(16384) if desk[name].has_slot(slot)}


def claims(
    desk: Desk, name: str, more: Iterable[int], epoch: int, less: Iterable[int] = ()
) -> None:
    """A heartbeat of a primary that claims more than is known, or less."""
    claimed = slots_of(desk, name) - set(less) | set(more)
    desk.hear(name, slots=a_claim(claimed), config_epoch=epoch)


def update(desk: Desk, sender: str, about: str, epoch: int, slots: Iterable[int]) -> None:
    message = Update(desk.header(sender, UPDATE), epoch, id_of(about), a_claim(slots))
    desk.lay(message, desk[sender].inbound)


# ---- claims ----


def test_a_claim_under_a_greater_epoch_wins() -> None:
    desk = Desk("ab")
    claims(desk, "b", [100, 101, 5461], epoch=7)
    assert [desk.state.owners[slot] for slot in (100, 101, 5461)] == [desk["b"]] * 3
    (event,) = desk.said(SlotsTaken)
    assert event == SlotsTaken(id_of("m"), id_of("b"), 7, ((100, 101), (5461, 5461)), 2)
    assert desk.data.saves == [True]


@pytest.mark.parametrize("epoch", [1, 2])
def test_a_claim_under_a_smaller_or_the_same_one_does_not(epoch: int) -> None:
    desk = Desk("ab")
    desk["b"].config_epoch = epoch
    claims(desk, "b", [5461], epoch)
    assert desk.state.owners[5461] is desk["a"]
    assert not desk.said(SlotsTaken)


def test_a_slot_that_nobody_has_is_the_first_claimers() -> None:
    desk = Desk("ab")
    desk.state.unassign_slot(5461)
    desk["b"].config_epoch = 0
    claims(desk, "b", [5461], epoch=0)
    assert desk.state.owners[5461] is desk["b"]


def test_a_slot_that_is_imported_is_left_alone() -> None:
    desk = Desk("ab")
    desk.state.importing[5461] = desk["a"]
    claims(desk, "b", [5461, 5462], epoch=7)
    assert desk.state.owners[5461] is desk["a"]
    assert desk.state.owners[5462] is desk["b"]


def test_a_slot_that_is_not_claimed_any_more_stays_until_somebody_else_claims_it() -> None:
    desk = Desk("ab")
    claims(desk, "a", [], epoch=2, less=[5461])
    assert desk.state.owners[5461] is desk["a"]
    assert desk.state.unclaimed == {5461}
    desk["b"].config_epoch = 1
    claims(desk, "b", [5461], epoch=1)
    assert desk.state.owners[5461] is desk["b"], "even under a smaller epoch"
    assert not desk.state.unclaimed


def test_one_that_is_claimed_again_is_not_unclaimed() -> None:
    desk = Desk("ab")
    claims(desk, "a", [], epoch=2, less=[5461, 5462])
    claims(desk, "a", [5461], epoch=2, less=[5462])
    assert desk.state.unclaimed == {5462}


def test_a_replicas_heartbeat_is_no_claim() -> None:
    desk = Desk("ab")
    desk.replica("a1", "a")
    claimed = a_claim({*slots_of(desk, "a"), 0})
    desk.hear("a1", slots=claimed, config_epoch=9)
    assert desk.state.owners[0] is desk.state.myself


def test_only_what_is_new_in_a_claim_is_looked_at() -> None:
    desk = Desk("ab")
    assert newly_claimed(desk["a"], desk["a"].bitmap()) == []
    assert newly_claimed(desk["a"], a_claim([5461, 3, 16383])) == [3, 16383]


# ---- UPDATE ----


def test_who_claims_what_another_has_under_a_greater_epoch_is_told() -> None:
    desk = Desk("ab")
    desk["b"].config_epoch = 3
    claims(desk, "a", [16000], epoch=2)
    ((to, message),) = desk.sent(UPDATE)
    assert to == "a"
    assert isinstance(message, Update)
    assert (message.node, message.config_epoch) == (id_of("b"), 3)
    assert message.slots == desk["b"].bitmap()
    assert desk.said(UpdateSent) == [UpdateSent(id_of("m"), id_of("a"), id_of("b"), 3)]


def test_it_is_told_of_one_owner_a_heartbeat() -> None:
    desk = Desk("abc")
    desk["c"].config_epoch = 1
    claims(desk, "c", [4096, 8192], epoch=1)
    assert desk.to(UPDATE) == ["c"]


def test_a_replica_of_one_that_is_behind_is_told_too() -> None:
    desk = Desk("ab")
    desk.replica("a1", "a")
    desk.hear("a1", slots=a_claim({*slots_of(desk, "a"), 16000}), config_epoch=2)
    assert desk.to(UPDATE) == ["a1"]


def test_slots_that_their_owner_does_not_claim_are_not_told_of() -> None:
    desk = Desk("ab")
    claims(desk, "b", [], epoch=3, less=[16000])
    claims(desk, "a", [16001], epoch=2)
    ((_, message),) = desk.sent(UPDATE)
    assert isinstance(message, Update)
    assert message.slots == a_claim(slots_of(desk, "b") - {16000})


def test_an_update_is_taken_as_if_its_owner_had_said_it() -> None:
    desk = Desk("abc")
    desk.replica("c1", "c")
    update(desk, "a", "c1", 9, slots_of(desk, "c"))
    assert desk["c1"].flags & NODE_MASTER
    assert desk["c1"].config_epoch == 9
    assert slots_of(desk, "c1") == set(range(12288, 16384))


@pytest.mark.parametrize(("about", "epoch"), [("c", 4), ("c", 3), ("z", 99), ("m", 99)])
def test_an_update_that_is_no_news_or_about_nobody_changes_nothing(about: str, epoch: int) -> None:
    desk = Desk("abc")
    before = [owner and owner.id for owner in desk.state.owners]
    update(desk, "a", about, epoch, [0, 1, 2])
    assert [owner and owner.id for owner in desk.state.owners] == before
    assert desk["m"].config_epoch == 1


def test_an_update_of_a_stranger_is_not_believed() -> None:
    desk = Desk("ab")
    number = desk.node.accepted(b"10.9.9.9")
    message = Update(desk.header("z", UPDATE), 99, id_of("b"), a_claim([0]))
    desk.lay(message, desk.state.links[number])
    assert desk.state.owners[0] is desk.state.myself


# ---- what follows for this node ----


def test_a_primary_that_loses_some_slots_deletes_their_keys() -> None:
    desk = Desk("ab")
    desk.data.keys = {100: 3, 102: 5}
    claims(desk, "b", [100, 101], epoch=7)
    assert desk.data.keys == {102: 5}
    assert desk.said(KeysDropped) == [KeysDropped(id_of("m"), 100, 3, id_of("b"))]
    assert desk.data.lost_slots == [100, 101]
    assert desk.state.myself.is_primary


def test_a_primary_that_loses_its_last_slot_follows_who_has_them() -> None:
    desk = Desk("ab")
    desk.data.keys = {100: 3}
    claims(desk, "b", range(5461), epoch=7)
    assert desk.state.myself.flags & NODE_SLAVE
    assert desk.state.myself.primary is desk["b"]
    assert desk.data.following == id_of("b")
    assert desk.data.keys == {100: 3}, "the new primary's data will replace them"


def test_unless_it_may_not_move_and_the_other_has_more_than_its_slots() -> None:
    desk = Desk("ab")
    desk.config.set("cluster-allow-replica-migration", False)
    claims(desk, "b", range(5461), epoch=7)
    assert desk.state.myself.is_primary
    assert desk.state.myself.slot_count == 0


def test_who_has_just_its_slots_has_replaced_it_and_is_followed_all_the_same() -> None:
    desk = Desk("ab")
    desk.config.set("cluster-allow-replica-migration", False)
    desk.know("m1")
    claims(desk, "m1", range(5461), epoch=7)
    assert desk.state.myself.primary is desk["m1"]


def test_a_replica_goes_where_its_primarys_slots_went() -> None:
    desk = Desk("ab")
    desk.be_replica_of("a")
    desk.replica("a1", "a")
    desk.hear("a1", replica_of=b"", slots=desk["a"].bitmap(), config_epoch=9)
    assert desk.state.myself.primary is desk["a1"]
    assert desk.data.following == id_of("a1")


def test_a_replica_of_a_replica_goes_to_the_top() -> None:
    desk = Desk("ab")
    desk.be_replica_of("a")
    desk.know("a1")
    desk.state.set_primary_of(desk["a"], None)
    for slot in slots_of(desk, "a"):
        desk.state.reassign_slot(slot, desk["a1"])
    desk.replica("a", "a1")
    claims(desk, "b", [0], epoch=7)
    assert desk.state.myself.primary is desk["a1"]


def test_two_replicas_of_each_other_are_left_for_somebody_to_mend() -> None:
    desk = Desk("ab")
    desk.be_replica_of("a")
    for slot in slots_of(desk, "a"):
        desk.state.unassign_slot(slot)
    desk.replica("a", "m")
    claims(desk, "b", [0], epoch=7)
    assert desk.state.myself.primary is desk["a"]
    desk.state.check()


def test_who_follows_writes_it_down_and_tells_all() -> None:
    desk = Desk("ab")
    desk.sent()
    claims(desk, "b", range(5461), epoch=7)
    assert desk.to(1) == ["a", "b"]
    assert desk.data.saves[-1] is True


# ---- a whole cluster ----


def move_slot(village: Village, slot: int, source: str, target: str) -> None:
    """As `redis-cli --cluster reshard` does with a slot that has no keys."""
    village[target].node.set_slot_importing(slot, village[source].id)
    village[source].node.set_slot_migrating(slot, village[target].id)
    village[target].node.set_slot_node(slot, village[target].id)
    village.flush(village[target])
    village[source].node.set_slot_node(slot, village[target].id)
    village.flush(village[source])


def knows(village: Village, slot: int, owner: str) -> bool:
    wanted = village[owner].id
    owners = [house.state.owners[slot] for house in village.alive()]
    return all(each is not None and each.id == wanted for each in owners)


@pytest.mark.parametrize("seed", range(5))
def test_a_slot_that_moved_is_known_to_have_moved_within_moments(seed: int) -> None:
    village = Village(3, 1, seed=seed)
    move_slot(village, 7, "a", "c")
    assert village.run_until(lambda: knows(village, 7, "c"), 300) <= 300
    village.run(10_000)
    assert knows(village, 7, "c")
    village.check()


def test_also_those_hear_of_it_who_could_not_at_the_time() -> None:
    village = Village(3, 1)
    village.freeze("b", 1500)
    village.cut(["b1"], ["a", "a1", "b", "c", "c1"])
    move_slot(village, 7, "a", "c")
    village.run(1400)
    village.heal()
    village.run_until(lambda: knows(village, 7, "c"), 10_000)


def test_a_primary_that_was_away_while_it_was_replaced_is_told_and_follows() -> None:
    village = Village(3, 1)
    village.kill("a")
    village.run_until(lambda: village["a1"].takes_writes)
    village.restart("a")
    village.run_until(lambda: not village["a"].is_primary, 10_000)
    assert village["a"].state.myself.primary is village.view("a", "a1")
    assert not village["a"].takes_writes
