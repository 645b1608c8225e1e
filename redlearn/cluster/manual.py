"""Manual failover: CLUSTER FAILOVER, with which a replica takes its primary's place on request.

Nothing is lost, since nobody is in a hurry. The replica says MFSTART; the primary lets its clients'
writes wait, and says in its next message (flagged "paused") how far its stream came; once the
replica has come as far it stands for election, and the others vote although nobody failed.

    replica   MFSTART ->             ... has come to 4711, asks for votes, wins
    primary           -> paused, offset 4711                  becomes its replica; clients go on

With FORCE the primary is not asked (it may be gone), with TAKEOVER not even the others are: the
replica takes an epoch by itself. What has not come to an end after five seconds is given up.

Source: `cluster_legacy.c` clusterHandleManualFailover, resetManualFailover,
CLUSTERMSG_TYPE_MFSTART.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from redlearn.cluster.heartbeat import header, send_heartbeat
from redlearn.cluster.local import Local
from redlearn.cluster.message import MESSAGE_PAUSED, MFSTART, NODE_SLAVE, PING, Header, ManualStart
from redlearn.cluster.state import (
    HANDLE_FAILOVER,
    HANDLE_MANUAL_FAILOVER,
    Link,
    ManualFailover,
    Node,
)
from redlearn.probe import Event

FAILOVER: Final = "failover_in_progress"
"""What the clients of a primary wait for."""

PAUSE_TIMES: Final = 2
"""For how many times the timeout the clients of the primary wait, at most."""


def timeout_ms(me: Local) -> int:
    """How long a hand-over may take: five seconds, if nobody has set it otherwise (Valkey 9)."""
    return me.config.number("cluster-manual-failover-timeout")


def begin_manual_failover(me: Local, *, ask_primary: bool) -> None:
    """As a replica: begin to take the primary's place."""
    state = me.state
    reset_manual_failover(me)
    state.manual.end_ms = me.now_ms + timeout_ms(me)
    assert state.myself.primary is not None
    me.say(ManualFailoverBegun(state.myself.id, state.myself.primary.id, not ask_primary))
    if ask_primary:
        me.send(state.myself.primary.link, ManualStart(header(me, MFSTART)))
    else:
        state.manual.may_start = True


def hear_manual_start(me: Local, sender: Node | None, link: Link) -> None:
    """As a primary: a replica wants this node's place. Stop the clients, tell the offset."""
    state = me.state
    if sender is None or sender.primary is not state.myself:
        return
    reset_manual_failover(me)
    state.manual.end_ms = me.now_ms + timeout_ms(me)
    state.manual.replica = sender.id
    me.keyspace.pause(me.now_ms + timeout_ms(me) * PAUSE_TIMES, FAILOVER)
    me.say(WritersPaused(state.myself.id, sender.id, me.replication.offset()))
    send_heartbeat(me, link, PING)


def hear_paused_offset(me: Local, sender: Node, message: Header) -> None:
    """As a replica: the primary says how much there is, and that no more comes."""
    state = me.state
    if not state.manual.end_ms or state.manual.primary_offset != -1:
        return
    if not message.mflags[0] & MESSAGE_PAUSED or state.myself.primary is not sender:
        return
    state.manual.primary_offset = message.offset
    me.todo(HANDLE_MANUAL_FAILOVER)


def go_on_with_manual_failover(me: Local) -> None:
    """As a replica: see whether all is here that the primary had."""
    manual = me.state.manual
    if not manual.end_ms or manual.may_start or manual.primary_offset == -1:
        return
    if me.replication.offset() != manual.primary_offset:
        me.todo(HANDLE_MANUAL_FAILOVER)
        return
    manual.may_start = True
    me.say(CaughtUp(me.state.myself.id, manual.primary_offset))
    me.todo(HANDLE_FAILOVER)


def give_up_when_late(me: Local) -> None:
    """A manual failover that has not come to an end in time is none any more."""
    if me.state.manual.end_ms and me.state.manual.end_ms < me.now_ms:
        me.say(ManualFailoverEnded(me.state.myself.id, "timed out"))
        reset_manual_failover(me)


def reset_manual_failover(me: Local) -> None:
    """No manual failover is under way any more; a primary's clients go on."""
    if me.state.manual.replica:
        me.keyspace.unpause(FAILOVER)
    me.state.manual = ManualFailover()


def pings_all_the_time(me: Local, node: Node) -> bool:
    """As a primary: whether a replica waits for this node's offset."""
    state = me.state
    return state.manual.replica == node.id and not state.myself.flags & NODE_SLAVE


@dataclass(frozen=True, slots=True)
class ManualFailoverBegun(Event):
    """A replica was told to take its primary's place; `forced`: without asking it."""

    at: bytes
    primary: bytes
    forced: bool


@dataclass(frozen=True, slots=True)
class WritersPaused(Event):
    """A primary lets writes wait, since a replica is to take its place.

    Attributes:
        at: The primary.
        replica: Who is to take its place.
        offset: How far the replica has to come.
    """

    at: bytes
    replica: bytes
    offset: int


@dataclass(frozen=True, slots=True)
class CaughtUp(Event):
    """A replica has all that its primary had when that stopped its clients."""

    at: bytes
    offset: int


@dataclass(frozen=True, slots=True)
class ManualFailoverEnded(Event):
    """A manual failover came to nothing."""

    at: bytes
    why: str
