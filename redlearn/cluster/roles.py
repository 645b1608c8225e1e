"""Roles: who is a primary and who replicates whom, as heard from each node itself.

A node's role is what *it* says in the header of its messages: whose replica it is, or nobody's.
Others only take note:

    it says primary, was a replica here    it was elected: it is a primary from now on
    it says replica, was a primary here    it was replaced: its slots go to its new primary, if both
                                           are of one shard, or to nobody

Primary and replicas of one shard share a shard id, which they tell in an extension of heartbeats.

Source: `cluster_legacy.c` clusterSetNodeAsMaster, clusterSetMaster, updateShardId, and in
clusterProcessPacket what follows "Check for role switch".
"""

from __future__ import annotations

from dataclasses import dataclass

from redlearn.cluster.bitmaps import slots_in
from redlearn.cluster.job_ends import note_ownership
from redlearn.cluster.local import Local
from redlearn.cluster.manual import reset_manual_failover
from redlearn.cluster.message import NODE_MASTER, NODE_MIGRATE_TO, NODE_SLAVE, Header
from redlearn.cluster.state import SAVE_CONFIG, UPDATE_STATE, Node
from redlearn.probe import Event


def hear_role(me: Local, sender: Node, message: Header) -> None:
    """Take note of what the sender of a heartbeat says that it is."""
    if not message.replica_of:
        set_as_primary(me, sender)
        return
    primary = me.state.nodes.get(message.replica_of)
    if primary is sender:
        return  # nonsense: nobody replicates itself
    if sender.flags & NODE_MASTER:
        if _is_stale(me, sender, primary, message.config_epoch):
            return
        _hear_of_demotion(me, sender, primary, message.config_epoch)
    sender.flags |= NODE_SLAVE  # also of one that was gossiped about without a role
    if primary is not None and sender.primary is not primary:
        me.state.set_primary_of(sender, primary)
        set_shard(me, sender, primary.shard_id)
        me.todo(SAVE_CONFIG)


def set_as_primary(me: Local, node: Node) -> None:
    """Take note that a node is a primary."""
    if node.flags & NODE_MASTER:
        return
    had_primary = node.primary is not None
    me.state.set_primary_of(node, None)
    node.flags = node.flags & ~NODE_SLAVE | NODE_MASTER
    if had_primary and node is not me.state.myself:
        node.flags |= NODE_MIGRATE_TO  # it was one of several: it should have replicas again
    me.todo(SAVE_CONFIG, UPDATE_STATE)
    me.say(RoleChanged(me.state.myself.id, node.id, b""))


def follow(me: Local, primary: Node) -> None:
    """Be a replica of `primary` from now on. This node must not serve slots any more."""
    state, myself = me.state, me.state.myself
    assert primary is not myself
    if myself.flags & NODE_MASTER:
        assert not myself.slot_count
        myself.flags = myself.flags & ~(NODE_MASTER | NODE_MIGRATE_TO) | NODE_SLAVE
        state.migrating.clear()
        state.importing.clear()
    for slot in slots_in(myself.slots):
        state.unassign_slot(slot)  # ADDSLOTS may have given some to a replica
    state.set_primary_of(myself, primary)
    set_shard(me, myself, primary.shard_id)
    # Unlike Redis: votes that were got for the place of the old primary are not counted for that
    # of the new one.
    state.election.asked, state.election.voters = False, ()
    me.replication.follow(primary)
    for slot, owner in enumerate(state.owners):
        if owner is not primary:
            me.keyspace.slot_lost(slot)
    reset_manual_failover(me)
    note_ownership(me)
    me.say(RoleChanged(myself.id, myself.id, primary.id))


def set_shard(me: Local, node: Node, shard: bytes) -> None:
    """Let a node be of a shard; its replicas are of the same, and a replica is of its primary's."""
    if not shard or node.shard_id == shard:
        return
    if node.primary is None:
        for replica in node.replicas:
            replica.shard_id = shard
    elif node.primary.shard_id != shard:
        return
    node.shard_id = shard
    me.todo(SAVE_CONFIG)


def _is_stale(me: Local, sender: Node, primary: Node | None, epoch: int) -> bool:
    """Whether word that a primary is a replica is older than that it is a primary.

    It is when it claims slots here under an epoch that the one it names does not reach.
    Unlike Redis: such a message changes nothing; Redis takes the role and leaves the slots.
    """
    if primary is None or primary.shard_id != sender.shard_id or sender.config_epoch <= epoch:
        return False
    unclaimed = me.state.unclaimed
    return any(slot not in unclaimed for slot in slots_in(sender.slots))


def _hear_of_demotion(me: Local, sender: Node, primary: Node | None, epoch: int) -> None:
    state = me.state
    slots = slots_in(sender.slots)
    for slot in slots:
        state.unassign_slot(slot)
    # Unlike Redis: nobody else's word makes a primary of this node itself.
    replaced = primary is not None and primary.shard_id == sender.shard_id
    if primary is not None and replaced and primary is not state.myself:
        set_as_primary(me, primary)
        primary.config_epoch = max(primary.config_epoch, epoch)
        for slot in slots:
            state.assign_slot(slot, primary)
    sender.flags = sender.flags & ~(NODE_MASTER | NODE_MIGRATE_TO) | NODE_SLAVE
    me.todo(SAVE_CONFIG, UPDATE_STATE)
    me.say(RoleChanged(state.myself.id, sender.id, primary.id if primary else b""))


@dataclass(frozen=True, slots=True)
class RoleChanged(Event):
    """A node is a primary, or a replica, from now on.

    Attributes:
        at: Who takes note of it.
        node: Of whom; of itself, where both are the same.
        primary: Whose replica it is; b"" for a primary, or where that is not known.
    """

    at: bytes
    node: bytes
    primary: bytes
