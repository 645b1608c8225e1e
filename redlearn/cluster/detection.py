"""Failure detection: from one node's suspicion to what all hold for true.

    PFAIL   *I* have had no answer for the node timeout. Nobody else need care.
    FAIL    more than half of the primaries say so, within twice the node timeout, and I do too.

Who sees the majority come together says FAIL to everybody, and whoever hears that believes it: what
follows (an election) needs a common starting point rather than certainty. Reports travel as gossip,
in the flags of a node that another gossips about.

PFAIL ends with any answer. FAIL ends when the node answers and is a replica or serves no slots; a
primary with slots stays failed for twice the node timeout, so that an election can take place, and
is taken back only if nobody took its slots by then.

Source: `cluster_legacy.c` clusterCron, markNodeAsFailingIfNeeded, clearNodeFailureIfNeeded,
clusterNodeAddFailureReport.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from redlearn.cluster.heartbeat import header
from redlearn.cluster.local import Local
from redlearn.cluster.message import FAIL, NODE_FAIL, NODE_MASTER, NODE_MYSELF, NODE_PFAIL, Fail
from redlearn.cluster.state import SAVE_CONFIG, UPDATE_STATE, Node
from redlearn.probe import Event

REPORT_VALIDITY_TIMES: Final = 2
"""For how many times the node timeout a report of a failure counts."""

FAIL_UNDO_TIMES: Final = 2
"""After how many times the node timeout a primary with slots may come back from FAIL."""


def suspect_if_silent(me: Local, node: Node) -> bool:
    """A ping is not answered: has the node been silent for too long? Whether it is suspect now.

    Whatever comes from a node counts as a sign of life: answers may lag behind much data.
    """
    silent_ms = me.now_ms - max(node.ping_sent_ms, node.data_received_ms)
    if silent_ms <= me.timeout_ms or node.flags & (NODE_PFAIL | NODE_FAIL):
        return False
    node.flags |= NODE_PFAIL
    state = me.state
    me.say(PfailMarked(state.myself.id, node.id, silent_ms, tuple(node.reports), state.majority))
    if state.myself.flags & NODE_MASTER and state.size == 1:
        mark_failing_if_agreed(me, node)  # there is nobody else to ask
    return True


def hear_report(me: Local, node: Node, reporter: Node, failing: bool) -> None:
    """A primary gossips that a node fails, in its opinion, or that it does not."""
    state = me.state
    if failing:
        if reporter.id not in node.reports:
            count = len(node.reports) + 1
            me.say(FailureReported(state.myself.id, node.id, reporter.id, count, state.majority))
        node.reports[reporter.id] = me.now_ms
        mark_failing_if_agreed(me, node)
    elif node.reports.pop(reporter.id, None) is not None:
        me.say(FailureReportWithdrawn(state.myself.id, node.id, reporter.id))


def count_reports(me: Local, node: Node) -> int:
    """How many others have said, not too long ago, that the node fails."""
    if node.reports:
        oldest = me.now_ms - me.timeout_ms * REPORT_VALIDITY_TIMES
        for reporter in [who for who, said_ms in node.reports.items() if said_ms < oldest]:
            del node.reports[reporter]
    return len(node.reports)


def mark_failing_if_agreed(me: Local, node: Node) -> None:
    """Mark a node FAIL if this node suspects it and a majority agrees; tell everybody."""
    state = me.state
    if not node.flags & NODE_PFAIL or node.flags & NODE_FAIL:
        return
    agreed = count_reports(me, node) + (1 if state.myself.flags & NODE_MASTER else 0)
    if agreed < state.majority:
        return
    _mark(me, node, state.myself)
    me.broadcast(Fail(header(me, FAIL), node.id))


def hear_fail(me: Local, sender: Node, message: Fail) -> None:
    """Somebody saw the majority come together."""
    node = me.state.nodes.get(message.node)
    if node is not None and not node.flags & (NODE_FAIL | NODE_MYSELF):
        _mark(me, node, sender)


def _mark(me: Local, node: Node, source: Node) -> None:
    state = me.state
    node.flags = node.flags & ~NODE_PFAIL | NODE_FAIL
    node.fail_ms = me.now_ms
    me.todo(SAVE_CONFIG, UPDATE_STATE)
    reporters = tuple(node.reports)
    me.say(FailMarked(state.myself.id, node.id, source.id, reporters, state.majority))


def clear_after_pong(me: Local, node: Node) -> None:
    """A suspect node answers."""
    if node.flags & NODE_PFAIL:
        _clear(me, node, NODE_PFAIL, "it answers")
    elif node.flags & NODE_FAIL:
        if not node.flags & NODE_MASTER or not node.slot_count:
            _clear(me, node, NODE_FAIL, "it answers, and serves no slots")
        elif me.now_ms - node.fail_ms > me.timeout_ms * FAIL_UNDO_TIMES:
            _clear(me, node, NODE_FAIL, "it answers, and nobody took its slots")


def _clear(me: Local, node: Node, flag: int, why: str) -> None:
    node.flags &= ~flag
    me.todo(SAVE_CONFIG, UPDATE_STATE)
    me.say(FailureCleared(me.state.myself.id, node.id, flag == NODE_FAIL, why))


@dataclass(frozen=True, slots=True)
class PfailMarked(Event):
    """A node suspects another.

    Attributes:
        at: Who suspects.
        node: Whom.
        silent_ms: For how long it has not answered.
        reporters: Who else says so, as far as heard.
        needed: How many must say so, the one who suspects counted, for it to be FAIL.
    """

    at: bytes
    node: bytes
    silent_ms: int
    reporters: tuple[bytes, ...]
    needed: int


@dataclass(frozen=True, slots=True)
class FailureReported(Event):
    """A node heard for the first time of a primary that it suspects another.

    Attributes:
        at: Who heard it.
        node: Who is suspected.
        reporter: By whom.
        reports: How many say so now, `at` itself not counted.
        needed: How many must.
    """

    at: bytes
    node: bytes
    reporter: bytes
    reports: int
    needed: int


@dataclass(frozen=True, slots=True)
class FailureReportWithdrawn(Event):
    """A primary that suspected a node does not any more."""

    at: bytes
    node: bytes
    reporter: bytes


@dataclass(frozen=True, slots=True)
class FailMarked(Event):
    """A node holds another for failed.

    Attributes:
        at: Who does.
        node: Who failed.
        source: Who counted the majority: `at` itself, or who told it.
        reporters: Whose reports `at` has.
        needed: How many must say so.
    """

    at: bytes
    node: bytes
    source: bytes
    reporters: tuple[bytes, ...]
    needed: int


@dataclass(frozen=True, slots=True)
class FailureCleared(Event):
    """A node is not suspected, or not failed, any more.

    Attributes:
        at: In whose view.
        node: Who.
        was_fail: Whether it was FAIL; else it was PFAIL.
        why: In words.
    """

    at: bytes
    node: bytes
    was_fail: bool
    why: str
