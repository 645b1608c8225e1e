"""Ownership: who serves a slot, when several say that they do.

Each heartbeat of a primary carries its claim: 2048 bytes of slots, under its config epoch. Of two
claims to a slot the one under the greater epoch wins, whoever is heard first or louder; so all
nodes come to the same map without asking each other.

    a claim under a greater epoch   the slot is the claimer's
    under a smaller one             it is not, and the claimer is told who has it: UPDATE
    to a slot that nobody has       it is the claimer's

A slot that this node is importing is left alone: who moves it says when it has moved. A slot that
its owner does not claim any more stays with it until somebody else claims it, since a redirection
to the wrong node does less harm than none.

What it means for this node: a primary that loses its last slot was replaced, and becomes a replica
of who has them; one that loses some deletes their keys; a replica goes where its primary's slots
went.

Source: `cluster_legacy.c` clusterUpdateSlotsConfigWith, clusterSendUpdate, CLUSTERMSG_TYPE_UPDATE.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from redlearn.cluster.bitmaps import bitmap_of, has_bit, ranges, slots_in
from redlearn.cluster.epochs import EPOCH_MAX
from redlearn.cluster.heartbeat import header
from redlearn.cluster.job_ends import note_ownership
from redlearn.cluster.local import Local
from redlearn.cluster.message import NODE_MASTER, NODE_SLAVE, UPDATE, Update
from redlearn.cluster.roles import follow, set_as_primary
from redlearn.cluster.state import BROADCAST, FSYNC_CONFIG, SAVE_CONFIG, UPDATE_STATE, Node
from redlearn.probe import Event


def hear_slots(me: Local, sender: Node, epoch: int, claimed: bytes) -> None:
    """Compare what a heartbeat claims with this node's view; mend the one or the other."""
    owner = sender if sender.flags & NODE_MASTER else sender.primary
    if owner is None or owner.slots == claimed:
        return
    if owner is sender:
        hear_claim(me, sender, epoch, claimed)
    tell_who_is_behind(me, sender, epoch, claimed)


def hear_claim(me: Local, claimer: Node, epoch: int, claimed: bytes) -> None:
    """`claimer`, a primary, claims slots under `epoch`: take note, and draw consequences."""
    state, myself = me.state, me.state.myself
    if claimer is myself:
        return  # an UPDATE that came to the one whom it is about
    served_here = myself if myself.flags & NODE_MASTER else myself.primary
    won = [slot for slot in newly_claimed(claimer, claimed) if _wins(me, slot, epoch)]
    with_keys = [
        slot for slot in won if state.owners[slot] is myself and me.keyspace.count_keys_in(slot)
    ]
    lost_here = sum(state.owners[slot] is served_here for slot in won if served_here)
    give_slots(me, won, claimer)
    _note_unclaimed(me, claimer, claimed)
    if won:
        me.todo(SAVE_CONFIG, UPDATE_STATE, FSYNC_CONFIG)
        me.say(SlotsTaken(myself.id, claimer.id, epoch, tuple(ranges(won)), lost_here))
        note_ownership(me)

    took_all_it_has = int.from_bytes(claimed, "little").bit_count() == lost_here
    may_move = me.config.flag("cluster-allow-replica-migration") or took_all_it_has
    if lost_here and served_here and not served_here.slot_count and may_move:
        _follow_and_tell(me, claimer)
    elif (above := _grand_primary(me)) is not None:
        _follow_and_tell(me, above)
    else:
        for slot in with_keys:
            me.say(KeysDropped(myself.id, slot, me.keyspace.delete_keys_in(slot), claimer.id))


def newly_claimed(owner: Node, claimed: bytes) -> list[int]:
    """The slots in a claim that this node does not know to be the claimer's."""
    new = int.from_bytes(claimed, "little") & ~int.from_bytes(owner.slots, "little")
    return list(slots_in(new.to_bytes(len(claimed), "little"))) if new else []


def give_slot(me: Local, slot: int, node: Node) -> None:
    """Let a slot be a node's, whoever had it."""
    before = me.state.unassign_slot(slot)
    me.state.assign_slot(slot, node)
    if before is not None and before in (me.state.myself, me.state.myself.primary):
        me.keyspace.slot_lost(slot)


def give_slots(me: Local, slots: Sequence[int], node: Node) -> None:
    """The same of many slots, in order. O(slots), and 2048 for each row of one owner's."""
    owners, here = me.state.owners, (me.state.myself, me.state.myself.primary)
    for first, last in ranges(slots):
        at = first
        while at <= last:
            before, start = owners[at], at
            while at <= last and owners[at] is before:
                at += 1
            me.state.reassign_slots(range(start, at), node)
            if before is not None and before in here:
                for slot in range(start, at):
                    me.keyspace.slot_lost(slot)


def _wins(me: Local, slot: int, epoch: int) -> bool:
    """Whether a claim under `epoch` is better than what this node knows of the slot."""
    if slot in me.state.importing:
        return False
    owner = me.state.owners[slot]
    return owner is None or slot in me.state.unclaimed or owner.config_epoch < epoch


def _note_unclaimed(me: Local, owner: Node, claimed: bytes) -> None:
    unclaimed = me.state.unclaimed
    gone = int.from_bytes(owner.slots, "little") & ~int.from_bytes(claimed, "little")
    if gone:
        unclaimed.update(slots_in(gone.to_bytes(len(claimed), "little")))
    if unclaimed:
        back = [
            slot for slot in unclaimed if me.state.owners[slot] is owner and has_bit(claimed, slot)
        ]
        unclaimed.difference_update(back)


def _grand_primary(me: Local) -> Node | None:
    """The primary of this node's primary, if that was demoted, and is not this node's replica."""
    primary = me.state.myself.primary
    above = None if primary is None else primary.primary
    return None if above is me.state.myself else above


def _follow_and_tell(me: Local, primary: Node) -> None:
    follow(me, primary)
    me.todo(SAVE_CONFIG, UPDATE_STATE, FSYNC_CONFIG, BROADCAST)


def tell_who_is_behind(me: Local, sender: Node, epoch: int, claimed: bytes) -> None:
    """Tell a sender whose claim is an old one who has the slot now: one owner a heartbeat."""
    for slot in newly_claimed(sender, claimed):
        owner = me.state.owners[slot]
        if owner is None or slot in me.state.unclaimed:
            continue
        if owner.config_epoch > epoch:
            send_update(me, sender, owner)
            return


def send_update(me: Local, receiver: Node, owner: Node) -> None:
    """Tell a node what another claims, under which epoch."""
    if receiver.link is None:
        return
    slots = owner.bitmap()
    if me.state.unclaimed:
        slots = bitmap_of(slot for slot in slots_in(slots) if slot not in me.state.unclaimed)
    me.send(receiver.link, Update(header(me, UPDATE), owner.config_epoch, owner.id, slots))
    me.say(UpdateSent(me.state.myself.id, receiver.id, owner.id, owner.config_epoch))


def hear_update(me: Local, update: Update) -> None:
    """Somebody knows a newer claim than this node's: take it as if its maker had said it."""
    owner = me.state.nodes.get(update.node)
    if owner is None or owner is me.state.myself:
        return
    if not owner.config_epoch < update.config_epoch <= EPOCH_MAX:
        return
    if owner.flags & NODE_SLAVE:
        set_as_primary(me, owner)
    if not owner.flags & NODE_MASTER:
        return
    owner.config_epoch = update.config_epoch
    me.todo(SAVE_CONFIG, FSYNC_CONFIG)
    hear_claim(me, owner, update.config_epoch, update.slots)


@dataclass(frozen=True, slots=True)
class SlotsTaken(Event):
    """A claim won: in this node's view the slots are the claimer's from now on.

    Attributes:
        at: In whose view.
        owner: Who has them now.
        epoch: Under which it claims them.
        slots: As (first, last).
        lost: How many of them were this node's, or its primary's.
    """

    at: bytes
    owner: bytes
    epoch: int
    slots: tuple[tuple[int, int], ...]
    lost: int


@dataclass(frozen=True, slots=True)
class KeysDropped(Event):
    """A primary deleted the keys of a slot that is another's now."""

    at: bytes
    slot: int
    keys: int
    owner: bytes


@dataclass(frozen=True, slots=True)
class UpdateSent(Event):
    """A node was told that a slot which it claims is another's, under a greater epoch."""

    at: bytes
    to: bytes
    owner: bytes
    epoch: int
