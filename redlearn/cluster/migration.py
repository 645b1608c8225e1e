"""Replica migration: a primary that lost its last replica gets one of somebody who has several.

    before    A: a1 a2      B: (b1 has failed)
    after     A: a2         B: a1

One replica moves, and all must agree on which without talking about it: of those whose primary has
the most working replicas, the one with the smallest id. It moves only if its primary keeps at least
cluster-migration-barrier of them, and only after the other was alone for five seconds: after a
failover it takes a moment until replicas say whose they are now.

Source: `cluster_legacy.c` clusterHandleSlaveMigration, and clusterCron.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from redlearn.cluster.local import Local
from redlearn.cluster.message import (
    NODE_FAIL,
    NODE_HANDSHAKE,
    NODE_MASTER,
    NODE_MIGRATE_TO,
    NODE_NOADDR,
    NODE_PFAIL,
)
from redlearn.cluster.roles import follow
from redlearn.cluster.state import BROADCAST, FSYNC_CONFIG, SAVE_CONFIG, Node
from redlearn.probe import Event

MIGRATION_DELAY_MS: Final = 5000


def consider_migration(me: Local) -> None:
    """As a replica: see whether some primary is alone, and whether this is the one to move.

    O(nodes).
    """
    state = me.state
    if not me.config.flag("cluster-allow-replica-migration"):
        return
    alone = most = here = 0
    for node in state.nodes.values():
        if node.flags & (NODE_NOADDR | NODE_HANDSHAKE | NODE_FAIL) or not node.flags & NODE_MASTER:
            continue
        working = count_working(node)
        alone += working == 0 and node.slot_count > 0 and node.flags & NODE_MIGRATE_TO != 0
        most = max(most, working)
        if node is state.myself.primary:
            here = working
    if alone and most >= 2 and here == most:
        _migrate_if_chosen(me, most)


def count_working(primary: Node) -> int:
    """How many of a primary's replicas have not failed."""
    return sum(not replica.flags & NODE_FAIL for replica in primary.replicas)


def _migrate_if_chosen(me: Local, most: int) -> None:
    state = me.state
    primary = state.myself.primary
    if not state.ok or primary is None:
        return
    good = sum(not replica.flags & (NODE_FAIL | NODE_PFAIL) for replica in primary.replicas)
    if good <= me.config.number("cluster-migration-barrier"):
        return
    target = _note_who_is_alone(me)
    if target is None or me.now_ms - target.orphaned_ms <= MIGRATION_DELAY_MS:
        return
    if _chosen(me, most) is not state.myself:
        return
    me.say(ReplicaMigrated(state.myself.id, primary.id, target.id, good))
    follow(me, target)
    me.todo(SAVE_CONFIG, FSYNC_CONFIG, BROADCAST)


def _note_who_is_alone(me: Local) -> Node | None:
    """Keep for each primary since when it has had no working replica; the first with slots."""
    target = None
    for node in me.state.nodes.values():
        may_have = node.flags & NODE_MASTER and node.flags & NODE_MIGRATE_TO
        if not may_have or node.flags & NODE_FAIL or count_working(node):
            node.orphaned_ms = 0
            continue
        node.orphaned_ms = node.orphaned_ms or me.now_ms
        if target is None and node.slot_count:
            target = node
    return target


def _chosen(me: Local, most: int) -> Node:
    """Of the replicas of the primaries with the most working ones, that with the smallest id."""
    candidates = [me.state.myself]
    for node in me.state.nodes.values():
        if node.flags & NODE_MASTER and count_working(node) == most:
            candidates += node.replicas
    return min(candidates, key=lambda node: node.id)


@dataclass(frozen=True, slots=True)
class ReplicaMigrated(Event):
    """A replica moves to a primary that has none.

    Attributes:
        at: The replica.
        left: Whom it leaves.
        joined: Whom it goes to.
        working: How many working replicas the old one had, this one counted.
    """

    at: bytes
    left: bytes
    joined: bytes
    working: int
