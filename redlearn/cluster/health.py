"""Health: whether the cluster, as one node sees it, takes commands.

Every node asks itself two things:

    coverage    does somebody who does not fail serve each slot? (cluster-require-full-coverage)
    majority    can more than half of the primaries with slots be reached, this one counted?

The second is what bounds the harm of a partition: a primary cut off with the minority stops taking
writes after the node timeout, at about the time when the others elect somebody in its place.

Coming back takes longer than going. A primary that was among the minority waits before it takes
commands again, and so does one that was just started: it may have been replaced meanwhile, and had
better hear of it before it takes writes that would be lost.

Source: `cluster_legacy.c` clusterUpdateState.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from redlearn.cluster.local import Local
from redlearn.cluster.message import NODE_FAIL, NODE_MASTER, NODE_PFAIL
from redlearn.cluster.state import UPDATE_STATE, ClusterState
from redlearn.probe import Event
from redlearn.slots import SLOTS

WRITABLE_DELAY_MS: Final = 2000
"""How long a primary waits after its start."""

REJOIN_DELAY_MS: Final = (500, 5000)
"""How long a primary waits after it was among the minority: the node timeout, within these."""


def update_health(me: Local) -> None:
    """Look at the cluster, and change between ok and fail. O(nodes)."""
    state = me.state
    state.todo.discard(UPDATE_STATE)
    state.started_ms = state.started_ms or me.now_ms
    is_primary = state.myself.flags & NODE_MASTER != 0
    if is_primary and not state.ok and me.now_ms - state.started_ms < WRITABLE_DELAY_MS:
        return

    trouble = _uncovered(state) if me.config.flag("cluster-require-full-coverage") else ""
    reachable = _count_primaries(state)
    if reachable < state.majority:
        trouble = f"reaches {reachable} of {state.size} primaries"
        state.minority_ms = me.now_ms
    if not trouble and not state.ok and is_primary:
        waited = me.now_ms - state.minority_ms
        if state.minority_ms and waited < rejoin_delay(me.timeout_ms):
            state.reason = "back among the majority, but not for long enough"
            return
    state.reason = trouble
    if state.ok != (not trouble):
        state.ok = not trouble
        me.say(HealthChanged(state.myself.id, state.ok, trouble))


def rejoin_delay(timeout_ms: int) -> int:
    """How long a primary that was among the minority takes no commands yet, in ms.

    >>> [rejoin_delay(timeout_ms) for timeout_ms in (100, 2000, 15000)]
    [500, 2000, 5000]
    """
    least, most = REJOIN_DELAY_MS
    return min(max(timeout_ms, least), most)


def _uncovered(state: ClusterState) -> str:
    """Why not every slot is served, or ""."""
    if state.slots_assigned() < SLOTS:
        return f"slot {state.owners.index(None)} is served by nobody"
    for node in state.nodes.values():
        if node.slot_count and node.flags & NODE_FAIL:
            return f"{node.slot_count} slots are served by a node that fails"
    return ""


def _count_primaries(state: ClusterState) -> int:
    """Count the primaries with slots (`size`); how many of them can be reached."""
    size = reachable = 0
    for node in state.nodes.values():
        if node.slot_count and node.flags & NODE_MASTER:
            size += 1
            if not node.flags & (NODE_PFAIL | NODE_FAIL):
                reachable += 1
    state.size = size
    return reachable


@dataclass(frozen=True, slots=True)
class HealthChanged(Event):
    """A node takes commands again, or does not any more.

    Attributes:
        at: Which node.
        ok: Whether it does.
        reason: Why it does not.
    """

    at: bytes
    ok: bool
    reason: str
