"""Acts: what somebody orders a node to do. Each looks whether it may, then changes.

These are the CLUSTER subcommands that change something. Refusals have Redis's words; that words and
numbers of the command itself are right is seen to before (`engine/commands/cluster`).

Source: `cluster_legacy.c` clusterCommandSpecial, clusterReset.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from redlearn.cluster.epochs import bump_without_asking
from redlearn.cluster.failover import take_over
from redlearn.cluster.gossip import is_forgotten
from redlearn.cluster.heartbeat import header
from redlearn.cluster.job_ends import note_ownership
from redlearn.cluster.local import Local, NodeForgotten
from redlearn.cluster.manual import begin_manual_failover, reset_manual_failover
from redlearn.cluster.message import (
    NODE_FAIL,
    NODE_MASTER,
    NODE_SLAVE,
    PUBLISH,
    PUBLISHSHARD,
    Publish,
)
from redlearn.cluster.ownership import give_slot
from redlearn.cluster.roles import follow, set_as_primary
from redlearn.cluster.state import BROADCAST, FSYNC_CONFIG, SAVE_CONFIG, UPDATE_STATE, Node
from redlearn.cluster_errors import (
    ALREADY_OWNER,
    CANNOT_FORGET_MYSELF,
    CANNOT_FORGET_PRIMARY,
    CANNOT_REPLICATE_MYSELF,
    CONFIG_EPOCH_NODES,
    CONFIG_EPOCH_SET,
    FAILOVER_OF_PRIMARY,
    FAILOVER_PRIMARY_DOWN,
    FAILOVER_PRIMARY_UNKNOWN,
    FLUSHSLOTS_NOT_EMPTY,
    NOT_OWNER,
    REPLICA_SETSLOT,
    REPLICATE_NOT_EMPTY,
    REPLICATE_REPLICA,
    RESET_NOT_EMPTY,
    SLOT_BUSY,
    SLOT_HAS_KEYS,
    SLOT_UNASSIGNED,
    TARGET_NOT_PRIMARY,
    UNKNOWN_NODE,
    UNKNOWN_TARGET,
)
from redlearn.errors import CommandError, as_text
from redlearn.probe import Event
from redlearn.slots import SLOTS

FORGET_MS: Final = 60_000
"""For how long a node that is to be forgotten is not taken back."""


# ---- slots ----


def add_slots(me: Local, slots: Sequence[int]) -> None:
    """ADDSLOTS: serve slots that nobody serves."""
    for slot in slots:
        if me.state.owners[slot] is not None:
            raise CommandError(SLOT_BUSY.format(slot))
    for slot in slots:
        me.state.importing.pop(slot, None)
        me.state.assign_slot(slot, me.state.myself)
    _settled(me, me.state.myself.id, slots)


def delete_slots(me: Local, slots: Sequence[int]) -> None:
    """DELSLOTS: forget who serves slots; others are not told."""
    for slot in slots:
        if me.state.owners[slot] is None:
            raise CommandError(SLOT_UNASSIGNED.format(slot))
    for slot in slots:
        me.state.importing.pop(slot, None)
        _drop_slot(me, slot)
    _settled(me, b"", slots)


def flush_slots(me: Local) -> None:
    """FLUSHSLOTS: serve none any more."""
    if not me.keyspace.is_empty():
        raise CommandError(FLUSHSLOTS_NOT_EMPTY)
    slots = [slot for slot in range(SLOTS) if me.state.owners[slot] is me.state.myself]
    for slot in slots:
        _drop_slot(me, slot)
    _settled(me, b"", slots)


def set_slot_migrating(me: Local, slot: int, node_id: bytes) -> None:
    """SETSLOT MIGRATING: begin to give a slot's keys away."""
    _require_primary(me)
    if me.state.owners[slot] is not me.state.myself:
        raise CommandError(NOT_OWNER.format(slot))
    me.state.migrating[slot] = _other_primary(me, node_id, UNKNOWN_TARGET)
    me.todo(SAVE_CONFIG, UPDATE_STATE)
    me.say(SlotOpened(me.state.myself.id, slot, node_id, True))


def set_slot_importing(me: Local, slot: int, node_id: bytes) -> None:
    """SETSLOT IMPORTING: begin to take a slot's keys."""
    _require_primary(me)
    if me.state.owners[slot] is me.state.myself:
        raise CommandError(ALREADY_OWNER.format(slot))
    me.state.importing[slot] = _other_primary(me, node_id, UNKNOWN_TARGET)
    me.todo(SAVE_CONFIG, UPDATE_STATE)
    me.say(SlotOpened(me.state.myself.id, slot, node_id, False))


def set_slot_stable(me: Local, slot: int) -> None:
    """SETSLOT STABLE: neither give nor take."""
    _require_primary(me)
    me.state.importing.pop(slot, None)
    me.state.migrating.pop(slot, None)
    me.todo(SAVE_CONFIG, UPDATE_STATE)


def set_slot_node(me: Local, slot: int, node_id: bytes) -> None:
    """SETSLOT NODE: say who serves a slot; if it is this node, which was importing it, tell all."""
    _require_primary(me)
    state = me.state
    node = _other_primary(me, node_id, UNKNOWN_NODE)
    was_here = state.owners[slot] is state.myself
    keys = me.keyspace.count_keys_in(slot)
    if was_here and node is not state.myself and keys:
        raise CommandError(SLOT_HAS_KEYS.format(slot))
    if not keys:
        state.migrating.pop(slot, None)
    give_slot(me, slot, node)
    _settled(me, node.id, [slot])
    if was_here and not state.myself.slot_count and _may_move(me):
        follow(me, node)
        me.todo(FSYNC_CONFIG, BROADCAST)
    if node is state.myself and slot in state.importing:
        del state.importing[slot]
        bump_without_asking(me)
        me.todo(BROADCAST)


def _settled(me: Local, owner: bytes, slots: Sequence[int]) -> None:
    me.todo(UPDATE_STATE, SAVE_CONFIG)
    me.say(SlotsSet(me.state.myself.id, owner, tuple(slots)))


def _drop_slot(me: Local, slot: int) -> None:
    if me.state.unassign_slot(slot) is me.state.myself:
        me.keyspace.slot_lost(slot)


def _may_move(me: Local) -> bool:
    return me.config.flag("cluster-allow-replica-migration")


def _require_primary(me: Local) -> None:
    if me.state.myself.flags & NODE_SLAVE:
        raise CommandError(REPLICA_SETSLOT)


def _known(me: Local, node_id: bytes, refusal: str) -> Node:
    node = me.state.nodes.get(node_id)
    if node is None:
        raise CommandError(refusal.format(as_text(node_id)))
    return node


def _other_primary(me: Local, node_id: bytes, refusal: str) -> Node:
    node = _known(me, node_id, refusal)
    if node.flags & NODE_SLAVE:
        raise CommandError(TARGET_NOT_PRIMARY)
    return node


# ---- nodes ----


def forget(me: Local, node_id: bytes) -> None:
    """FORGET: know a node no more, and do not take it back for a minute."""
    state = me.state
    node = state.nodes.get(node_id)
    if node is None and is_forgotten(me, node_id):
        return
    node = _known(me, node_id, UNKNOWN_NODE)
    if node is state.myself:
        raise CommandError(CANNOT_FORGET_MYSELF)
    if state.myself.primary is node:
        raise CommandError(CANNOT_FORGET_PRIMARY)
    is_forgotten(me, node_id)
    state.forgotten[node_id] = me.now_ms + FORGET_MS
    me.forget(node)
    me.todo(UPDATE_STATE, SAVE_CONFIG)
    me.say(NodeForgotten(state.myself.id, node_id, "told to"))


def replicate(me: Local, node_id: bytes) -> None:
    """REPLICATE: be a replica of a primary."""
    myself = me.state.myself
    node = _known(me, node_id, UNKNOWN_NODE)
    if node is myself:
        raise CommandError(CANNOT_REPLICATE_MYSELF)
    if node.flags & NODE_SLAVE:
        raise CommandError(REPLICATE_REPLICA)
    if myself.flags & NODE_MASTER and (myself.slot_count or not me.keyspace.is_empty()):
        raise CommandError(REPLICATE_NOT_EMPTY)
    follow(me, node)
    me.todo(UPDATE_STATE, SAVE_CONFIG, BROADCAST)


def replicate_nobody(me: Local) -> None:
    """Valkey's REPLICATE NO ONE: be an empty primary, without slots, in a shard of its own."""
    myself = me.state.myself
    if myself.flags & NODE_MASTER:
        return
    set_as_primary(me, myself)
    me.replication.stop_following()
    me.keyspace.flush()
    myself.shard_id = me.random_id()
    reset_manual_failover(me)
    me.todo(UPDATE_STATE, SAVE_CONFIG, BROADCAST)


def fail_over(me: Local, *, force: bool, takeover: bool) -> None:
    """FAILOVER: take the primary's place; FORCE without asking it, TAKEOVER without anybody."""
    myself = me.state.myself
    primary = myself.primary
    if myself.flags & NODE_MASTER:
        raise CommandError(FAILOVER_OF_PRIMARY)
    if primary is None:
        raise CommandError(FAILOVER_PRIMARY_UNKNOWN)
    if not (force or takeover) and (primary.flags & NODE_FAIL or primary.link is None):
        raise CommandError(FAILOVER_PRIMARY_DOWN)
    begin_manual_failover(me, ask_primary=not (force or takeover))
    if takeover:
        bump_without_asking(me)
        take_over(me)


def reset(me: Local, *, hard: bool) -> None:
    """RESET: know nobody, serve nothing; HARD: be somebody else, in epoch 0."""
    state, myself = me.state, me.state.myself
    if myself.flags & NODE_MASTER and not me.keyspace.is_empty():
        raise CommandError(RESET_NOT_EMPTY)
    if myself.flags & NODE_SLAVE:
        set_as_primary(me, myself)
        me.replication.stop_following()
        me.keyspace.flush()
    state.migrating.clear()
    state.importing.clear()
    reset_manual_failover(me)
    for slot in range(SLOTS):
        _drop_slot(me, slot)
    note_ownership(me)
    for node in list(state.others()):
        me.forget(node)
    state.forgotten.clear()
    if hard:
        state.current_epoch = state.last_vote_epoch = myself.config_epoch = 0
        state.rename(myself, me.random_id())
        myself.shard_id = me.random_id()
    me.todo(SAVE_CONFIG, UPDATE_STATE, FSYNC_CONFIG)
    me.say(NodeReset(myself.id, hard))


def set_config_epoch(me: Local, epoch: int) -> None:
    """SET-CONFIG-EPOCH: as a node that knows nobody yet, begin with this one."""
    if len(me.state.nodes) > 1:
        raise CommandError(CONFIG_EPOCH_NODES)
    if me.state.myself.config_epoch:
        raise CommandError(CONFIG_EPOCH_SET)
    me.state.myself.config_epoch = epoch
    me.state.current_epoch = max(me.state.current_epoch, epoch)
    me.todo(UPDATE_STATE, SAVE_CONFIG)


# ---- messages of clients ----


def publish(me: Local, channel: bytes, message: bytes, *, sharded: bool) -> None:
    """Pass a published message on: to all nodes, or to those of this node's shard."""
    kind = PUBLISHSHARD if sharded else PUBLISH
    myself = me.state.myself
    to = [node for node in me.state.others() if not sharded or node.shard_id == myself.shard_id]
    me.broadcast(Publish(header(me, kind), channel, message), to)


# ---- what happened ----


@dataclass(frozen=True, slots=True)
class SlotsSet(Event):
    """Somebody told a node who serves slots: `owner`, or nobody (b"")."""

    at: bytes
    owner: bytes
    slots: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SlotOpened(Event):
    """A slot is on the move, as one of the two nodes sees it.

    Attributes:
        at: Who was told.
        slot: Which slot.
        node: The other.
        leaves: Whether it goes to the other; else it comes from there.
    """

    at: bytes
    slot: int
    node: bytes
    leaves: bool


@dataclass(frozen=True, slots=True)
class NodeReset(Event):
    """A node knows nobody any more; `hard`: and has this new id."""

    at: bytes
    hard: bool
