"""One node's view of its cluster: what belongs together stays together, and all of it freezes."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from redlearn.cluster.bitmaps import bitmap_of
from redlearn.cluster.message import (
    NODE_FAIL,
    NODE_HANDSHAKE,
    NODE_MASTER,
    NODE_MIGRATE_TO,
    NODE_MYSELF,
    NODE_NOFAILOVER,
    NODE_PFAIL,
    NODE_SLAVE,
)
from redlearn.cluster.state import ClusterState, Link, Node


def an_id(number: int) -> bytes:
    return b"%040x" % number


def a_cluster(nodes: int = 3) -> ClusterState:
    """`nodes` primaries without slots, of which the first is this node."""
    state = ClusterState(Node(an_id(0), NODE_MASTER))
    for number in range(1, nodes):
        state.add(Node(an_id(number), NODE_MASTER))
    return state


def nodes_of(state: ClusterState) -> list[Node]:
    return list(state.nodes.values())


# ---- slots ----


def test_a_slot_is_in_the_table_and_in_the_bitmap_of_its_owner_or_in_neither() -> None:
    state = a_cluster()
    first, second, _ = nodes_of(state)
    state.assign_slot(12182, second)
    assert state.owners[12182] is second
    assert second.has_slot(12182)
    assert second.slot_count == 1
    assert state.unassign_slot(12182) is second
    assert state.owners[12182] is None
    assert not second.has_slot(12182)
    assert second.slot_count == 0
    assert state.unassign_slot(12182) is None
    state.assign_slot(12182, first)
    assert state.reassign_slot(12182, second) is first
    assert (first.slot_count, second.slot_count, state.slots_assigned()) == (0, 1, 1)
    state.check()


@pytest.mark.parametrize("count", [1, 2, 5461, 16384])
def test_slots_in_a_row_change_hands_as_they_do_one_by_one(count: int) -> None:
    at_once, singly = a_cluster(), a_cluster()
    row = range(16384 - count, 16384)
    for owner in (0, 1, 2, 0):
        at_once.unclaimed.update(row)
        at_once.reassign_slots(row, nodes_of(at_once)[owner])
        for slot in row:
            singly.reassign_slot(slot, nodes_of(singly)[owner])
        assert at_once.freeze() == singly.freeze()
        at_once.check()


def test_the_bitmap_of_a_node_is_one_object_until_its_slots_change() -> None:
    state = a_cluster()
    state.assign_slot(9, state.myself)
    before = state.myself.bitmap()
    assert before == bitmap_of([9])
    assert state.myself.bitmap() is before
    state.assign_slot(10, state.myself)
    assert state.myself.bitmap() == bitmap_of([9, 10])
    state.unassign_slot(9)
    assert state.myself.bitmap() == bitmap_of([10])
    assert before == bitmap_of([9]), "what was sent stays as it was"


def test_a_slot_that_moves_is_not_unclaimed_any_more() -> None:
    state = a_cluster()
    state.assign_slot(1, state.myself)
    state.unclaimed.add(1)
    state.reassign_slot(1, nodes_of(state)[1])
    assert not state.unclaimed


def test_a_slot_of_nobody_is_not_unclaimed_either() -> None:
    state = a_cluster()
    state.assign_slot(1, state.myself)
    state.unclaimed.add(1)
    state.unassign_slot(1)
    assert not state.unclaimed
    state.check()


def test_the_ranges_of_a_node_are_those_of_its_bitmap() -> None:
    state = a_cluster()
    for slot in (*range(5461), 9000):
        state.assign_slot(slot, state.myself)
    assert state.myself.ranges() == ((0, 5460), (9000, 9000))
    state.unassign_slot(0)
    assert state.myself.ranges() == ((1, 5460), (9000, 9000))


# ---- nodes ----


def test_a_replica_and_its_primary_name_each_other() -> None:
    state = a_cluster()
    first, second, third = nodes_of(state)
    third.flags = NODE_SLAVE
    state.set_primary_of(third, second)
    assert (third.primary, second.replicas) == (second, [third])
    state.set_primary_of(third, first)
    assert (third.primary, first.replicas, second.replicas) == (first, [third], [])
    state.set_primary_of(third, None)
    assert (third.primary, first.replicas) == (None, [])
    state.check()


def test_replicas_may_move_to_who_has_some_until_it_has_none() -> None:
    state = a_cluster()
    first, second, third = nodes_of(state)
    third.flags = NODE_SLAVE
    state.set_primary_of(third, second)
    assert second.flags & NODE_MIGRATE_TO
    state.set_primary_of(third, None)
    assert not second.flags & NODE_MIGRATE_TO
    state.assign_slot(1, first)
    assert not first.flags & NODE_MIGRATE_TO, "nobody has replicas"


def test_replicas_may_move_to_who_gets_a_first_slot_while_others_have_replicas() -> None:
    state = a_cluster()
    first, second, third = nodes_of(state)
    third.flags = NODE_SLAVE
    state.set_primary_of(third, second)
    state.assign_slot(1, first)
    assert first.flags & NODE_MIGRATE_TO


def test_of_a_node_that_is_removed_nothing_remains() -> None:
    state = a_cluster(4)
    first, second, third, fourth = nodes_of(state)
    fourth.flags = NODE_SLAVE
    state.set_primary_of(fourth, third)
    state.assign_slot(7, third)
    state.unclaimed.add(7)
    state.assign_slot(8, first)
    state.migrating[8] = third
    state.importing[9] = third
    second.reports[third.id] = 5
    third.link = state.links[3] = Link(3, third.id, False, b"", True, 0)
    assert state.remove(third) == [3]
    assert third.id not in state.nodes
    assert state.owners[7] is None
    assert fourth.primary is None
    assert not (state.migrating or state.importing or state.unclaimed or second.reports)
    state.check()


def test_a_node_that_says_its_name_is_found_under_it() -> None:
    state = a_cluster()
    node = Node(an_id(77), NODE_HANDSHAKE)
    state.add(node)
    node.link = state.links[1] = Link(1, node.id, False, b"", True, 0)
    assert state.known(an_id(77)) is None
    state.rename(node, an_id(78))
    node.flags = NODE_MASTER
    assert state.known(an_id(78)) is node
    assert state.known(an_id(77)) is None
    assert node.link.node == an_id(78)
    state.check()


@pytest.mark.parametrize(
    ("flags", "names"),
    [
        (0, b"noflags"),
        (NODE_MYSELF | NODE_MASTER, b"myself,master"),
        (NODE_SLAVE | NODE_PFAIL, b"slave,fail?"),
        (NODE_MASTER | NODE_FAIL | NODE_MIGRATE_TO, b"master,fail"),
        (NODE_HANDSHAKE, b"handshake"),
        (NODE_SLAVE | NODE_NOFAILOVER, b"slave,nofailover"),
    ],
)
def test_flags_have_the_names_that_cluster_nodes_prints(flags: int, names: bytes) -> None:
    assert Node(an_id(1), flags).flag_names() == names


def test_only_a_primary_with_slots_votes() -> None:
    state = a_cluster()
    first, second, third = nodes_of(state)
    third.flags = NODE_SLAVE
    state.assign_slot(1, second)
    assert [node.votes for node in (first, second, third)] == [False, True, False]


@pytest.mark.parametrize(("size", "majority"), [(1, 1), (2, 2), (3, 2), (4, 3), (5, 3)])
def test_a_majority_is_more_than_half(size: int, majority: int) -> None:
    state = a_cluster()
    state.size = size
    assert state.majority == majority


def test_the_greatest_epoch_is_of_all_that_was_heard_of() -> None:
    state = a_cluster()
    state.current_epoch = 4
    assert state.greatest_epoch() == 4
    nodes_of(state)[2].config_epoch = 9
    assert state.greatest_epoch() == 9


# ---- check() finds what is wrong ----


def _bit_without_entry(state: ClusterState) -> None:
    state.myself.slots[0] |= 1
    state.myself.slot_count += 1


def _entry_without_bit(state: ClusterState) -> None:
    state.owners[5] = state.myself


def _wrong_count(state: ClusterState) -> None:
    state.myself.slot_count = 3


def _one_sided_replica(state: ClusterState) -> None:
    nodes_of(state)[1].replicas.append(nodes_of(state)[2])


def _replica_with_slots(state: ClusterState) -> None:
    state.assign_slot(3, nodes_of(state)[1])
    nodes_of(state)[1].flags = NODE_SLAVE


def _stranger_named(state: ClusterState) -> None:
    state.migrating[1] = Node(an_id(99), NODE_MASTER)


def _wrong_name(state: ClusterState) -> None:
    nodes_of(state)[1].id = an_id(98)


@pytest.mark.parametrize(
    "breakage",
    [
        _bit_without_entry, _entry_without_bit, _wrong_count, _one_sided_replica,
        _replica_with_slots, _stranger_named, _wrong_name,
    ],
)  # fmt: skip
def test_check_finds_what_does_not_fit_together(breakage: object) -> None:
    state = a_cluster()
    state.check()
    assert callable(breakage)
    breakage(state)
    with pytest.raises((AssertionError, KeyError)):
        state.check()


# ---- time travel ----


Change = Callable[[ClusterState, Node, int, Random], None]


def _give(state: ClusterState, node: Node, slot: int, chance: Random) -> None:
    if not node.flags & NODE_SLAVE:
        state.reassign_slot(slot, node)


def _take(state: ClusterState, node: Node, slot: int, chance: Random) -> None:
    state.unassign_slot(slot)


def _follow(state: ClusterState, node: Node, slot: int, chance: Random) -> None:
    primary = chance.choice(nodes_of(state))
    if primary is not node and not (node.slot_count or node.replicas or primary.primary):
        node.flags = node.flags & ~NODE_MASTER | NODE_SLAVE
        state.set_primary_of(node, primary)


def _forget(state: ClusterState, node: Node, slot: int, chance: Random) -> None:
    if node is not state.myself:
        for number in state.remove(node):
            del state.links[number]


def _meet(state: ClusterState, node: Node, slot: int, chance: Random) -> None:
    state.add(Node(an_id(chance.getrandbits(100)), NODE_MASTER, b"10.0.0.1", 7000))


def _hear(state: ClusterState, node: Node, slot: int, chance: Random) -> None:
    node.reports[chance.choice(nodes_of(state)).id] = chance.randrange(10**6)
    node.ping_sent_ms, state.current_epoch = chance.randrange(99), chance.randrange(99)


def _open(state: ClusterState, node: Node, slot: int, chance: Random) -> None:
    if node.link is None:
        state.links_made += 1
        node.link = Link(state.links_made, node.id, False, b"10.0.0.1", True, 4)
        state.links[node.link.number] = node.link
    state.importing[slot] = node


def _note(state: ClusterState, node: Node, slot: int, chance: Random) -> None:
    state.todo.add(chance.choice(("save config", "update state")))
    state.election.voters += (node.id,)
    state.manual.primary_offset = chance.randrange(99)
    state.forgotten[an_id(5)] = chance.randrange(99)
    state.sent[1] = state.sent.get(1, 0) + 1


CHANGES: list[Change] = [_give, _give, _take, _follow, _forget, _meet, _hear, _open, _note]


def _change_at_random(state: ClusterState, chance: Random) -> None:
    """One change that the rules could make."""
    node = chance.choice(nodes_of(state))
    chance.choice(CHANGES)(state, node, chance.randrange(16384), chance)


@pytest.mark.parametrize("seed", range(5))
def test_a_view_that_was_frozen_comes_back_whatever_happened_since(seed: int) -> None:
    chance = Random(seed)
    state = a_cluster(5)
    for _ in range(200):
        _change_at_random(state, chance)
        state.check()
    frozen = state.freeze()
    other = ClusterState(Node(an_id(1000), NODE_MASTER))
    other.thaw(frozen)
    other.check()
    assert other.freeze() == frozen
    for _ in range(50):
        _change_at_random(other, chance)
    assert other.freeze() != frozen
    assert state.freeze() == frozen, "the frozen view shares nothing with the one it came from"
    other.thaw(frozen)
    other.check()
    assert other.freeze() == frozen


def test_bitmaps_of_slots_are_shared_by_snapshots() -> None:
    state = a_cluster()
    state.assign_slot(9, state.myself)
    bitmap = state.myself.bitmap()
    state.thaw(state.freeze())
    assert state.myself.bitmap() is bitmap
    state.assign_slot(10, state.myself)
    assert (bitmap, state.myself.bitmap()) == (bitmap_of([9]), bitmap_of([9, 10]))


PLAIN = (
    "current_epoch", "last_vote_epoch", "size", "links_made", "minority_ms", "started_ms",
    "cron_runs", "suspects", "ok", "reason",
)  # fmt: skip


@pytest.mark.parametrize("name", PLAIN)
def test_each_plain_field_comes_back(name: str) -> None:
    state = a_cluster()
    before = getattr(state, name)
    frozen = state.freeze()
    setattr(state, name, f"not {before}" if isinstance(before, str) else before + 1)
    state.thaw(frozen)
    assert getattr(state, name) == before
