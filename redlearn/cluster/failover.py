"""Failover: how a replica takes the place of its failed primary, and only one of them.

    1. The primary is FAIL. Each replica sets itself a delay: half a second, so that word of the
       failure gets round, up to half a second at random, so that not all begin at once, and a
       second for each replica that has more of the stream than it (its rank).
    2. It takes the next epoch and asks every primary for its vote.
    3. A primary votes once an epoch, and for the replicas of one primary once in twice the node
       timeout; only if that primary is FAIL for it too, and if it knows no newer claim to its
       slots.
    4. With the votes of more than half it is primary, under the epoch that it asked for, and says
       so to all. That epoch is greater than that of the old claim: so its claim wins everywhere.
    5. Without them it tries again, after four times the node timeout.

Two winners of one epoch would need two majorities, and so a primary that votes twice. That is why
an epoch and a vote are written down before they are sent.

Source: `cluster_legacy.c` clusterHandleSlaveFailover, clusterSendFailoverAuthIfNeeded,
clusterGetSlaveRank, clusterFailoverReplaceYourMaster, clusterLogCantFailover.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from redlearn.cluster.bitmaps import ranges, slots_in
from redlearn.cluster.epochs import EpochTaken
from redlearn.cluster.health import update_health
from redlearn.cluster.heartbeat import broadcast_pong, header
from redlearn.cluster.local import Local
from redlearn.cluster.manual import reset_manual_failover
from redlearn.cluster.message import (
    AUTH_ACK,
    AUTH_REQUEST,
    MESSAGE_FORCEACK,
    NODE_FAIL,
    NODE_MASTER,
    NODE_NOFAILOVER,
    AuthAck,
    AuthRequest,
    Header,
)
from redlearn.cluster.ownership import give_slots, newly_claimed
from redlearn.cluster.roles import set_as_primary
from redlearn.cluster.state import (
    BROADCAST,
    FSYNC_CONFIG,
    HANDLE_FAILOVER,
    SAVE_CONFIG,
    UPDATE_STATE,
    Node,
)
from redlearn.probe import Event

FIXED_DELAY_MS: Final = 500
RANDOM_DELAY_MS: Final = 500
DELAY_PER_RANK_MS: Final = 1000
LEAST_AUTH_TIMEOUT_MS: Final = 2000
SAID_AGAIN_MS: Final = 10_000
"""After how long the same reason for not standing is told again."""


# ---- the candidate ----


def stand_for_election(me: Local) -> None:
    """As a replica: go one step on towards the place of the primary, if it is vacant."""
    state = me.state
    election = state.election
    state.todo.discard(HANDLE_FAILOVER)
    by_hand = state.manual.end_ms != 0 and state.manual.may_start
    if not _has_cause(me, by_hand):
        election.blocked = ""
        return
    if not by_hand and _data_too_old(me):
        _say_blocked(me, "data too old")
        return

    age_ms = me.now_ms - election.at_ms
    timeout_ms = auth_timeout(me.timeout_ms)
    if not election.at_ms or age_ms > timeout_ms * 2:
        _schedule(me)
        return
    if not election.asked and not state.manual.end_ms:
        _lose_rank(me)
        age_ms = me.now_ms - election.at_ms
    if age_ms < 0:
        _say_blocked(me, "waiting for its delay")
    elif age_ms > timeout_ms:
        _say_blocked(me, "attempt expired")
    elif not election.asked:
        _ask_for_votes(me)
    elif len(election.voters) >= state.majority:
        _win(me)
    else:
        _say_blocked(me, "waiting for votes")


def auth_timeout(timeout_ms: int) -> int:
    """For how long votes may come in; after twice that there is another attempt. In ms."""
    return max(timeout_ms * 2, LEAST_AUTH_TIMEOUT_MS)


def rank_of(me: Local) -> int:
    """How many replicas of the same primary have more of its stream than this one."""
    myself = me.state.myself
    assert myself.primary is not None
    mine = me.replication.offset()
    return sum(
        other.offset > mine
        for other in myself.primary.replicas
        if other is not myself and not other.flags & NODE_NOFAILOVER
    )


def _has_cause(me: Local, by_hand: bool) -> bool:
    """Whether there is a place to take: the primary failed, or somebody ordered it."""
    myself = me.state.myself
    primary = myself.primary
    if myself.flags & NODE_MASTER or primary is None or not primary.slot_count:
        return False
    if by_hand:
        return True
    return primary.flags & NODE_FAIL != 0 and not me.config.flag("cluster-replica-no-failover")


def _data_too_old(me: Local) -> bool:
    """Whether this replica was without its primary for so long that it had better not take over."""
    factor = me.config.number("cluster-replica-validity-factor")
    age_ms = me.replication.data_age_ms()
    if age_ms > me.timeout_ms:
        age_ms -= me.timeout_ms  # so long nobody could know that the primary had failed
    period_ms = me.config.number("repl-ping-replica-period") * 1000
    return factor != 0 and age_ms > period_ms + me.timeout_ms * factor


def _schedule(me: Local) -> None:
    state = me.state
    election = state.election
    election.voters, election.asked = (), False
    if state.manual.end_ms:
        election.rank, delay_ms = 0, 0
        me.todo(HANDLE_FAILOVER)
    else:
        election.rank = rank_of(me)
        delay_ms = FIXED_DELAY_MS + int(me.chance.random() * RANDOM_DELAY_MS)
        delay_ms += election.rank * DELAY_PER_RANK_MS
    election.at_ms = me.now_ms + delay_ms
    offset = me.replication.offset()
    primary = state.myself.primary
    assert primary is not None
    me.say(ElectionScheduled(state.myself.id, primary.id, delay_ms, election.rank, offset))
    # The other replicas should know how far this one came before they reckon their ranks.
    broadcast_pong(me, [primary, *primary.replicas])


def _lose_rank(me: Local) -> None:
    """Others turned out to have more of the stream: they go first."""
    election = me.state.election
    rank = rank_of(me)
    if rank > election.rank:
        added_ms = (rank - election.rank) * DELAY_PER_RANK_MS
        election.at_ms += added_ms
        election.rank = rank
        me.say(RankLost(me.state.myself.id, rank, added_ms))


def _ask_for_votes(me: Local) -> None:
    state = me.state
    state.current_epoch += 1
    state.election.epoch = state.current_epoch
    state.election.asked = True
    forced = MESSAGE_FORCEACK if state.manual.end_ms else 0
    me.broadcast(AuthRequest(header(me, AUTH_REQUEST, forced)))
    me.todo(SAVE_CONFIG, UPDATE_STATE, FSYNC_CONFIG)
    offset = me.replication.offset()
    me.say(VotesAsked(state.myself.id, state.current_epoch, offset, state.majority, forced != 0))


def hear_vote(me: Local, sender: Node, current_epoch: int) -> None:
    """A primary gives its vote.

    Unlike Redis: a primary counts once, also where the network delivers its message twice. Redis
    counts messages, and leaves it to TCP that none comes twice.
    """
    election = me.state.election
    if not sender.flags & NODE_MASTER or not sender.slot_count:
        return
    if not election.asked or current_epoch < election.epoch or sender.id in election.voters:
        return
    election.voters += (sender.id,)
    me.todo(HANDLE_FAILOVER)
    me.say(
        VoteCounted(
            me.state.myself.id, sender.id, election.epoch, len(election.voters), me.state.majority
        )
    )


def _win(me: Local) -> None:
    state = me.state
    election, myself = state.election, state.myself
    me.say(ElectionWon(myself.id, election.epoch, election.voters, state.majority))
    if myself.config_epoch < election.epoch:
        before, myself.config_epoch = myself.config_epoch, election.epoch
        me.say(EpochTaken(myself.id, before, election.epoch, "election", b""))
    take_over(me)


def take_over(me: Local) -> None:
    """Be primary, with all slots of the old one, under an epoch that this node has already."""
    state = me.state
    myself, old = state.myself, state.myself.primary
    if myself.flags & NODE_MASTER or old is None:
        return
    slots = slots_in(old.slots)
    set_as_primary(me, myself)
    me.replication.stop_following()
    give_slots(me, slots, myself)
    state.election.asked, state.election.voters = False, ()
    update_health(me)
    me.todo(SAVE_CONFIG, FSYNC_CONFIG, BROADCAST)
    reset_manual_failover(me)
    me.say(TookOver(myself.id, old.id, myself.config_epoch, tuple(ranges(slots))))


def _say_blocked(me: Local, why: str) -> None:
    election = me.state.election
    if election.blocked == why and me.now_ms - election.blocked_said_ms < SAID_AGAIN_MS:
        return
    election.blocked, election.blocked_said_ms = why, me.now_ms
    votes = len(election.voters)
    me.say(CannotFailOver(me.state.myself.id, why, votes, me.state.majority))


# ---- the voter ----


def hear_vote_asked(me: Local, candidate: Node, request: Header) -> None:
    """A replica asks for this node's vote: refuse, or give it and remember that it is given."""
    state = me.state
    if not state.myself.votes:
        return
    refusal = why_no_vote(me, candidate, request)
    if refusal:
        me.say(VoteRefused(state.myself.id, candidate.id, request.current_epoch, refusal))
        return
    assert candidate.primary is not None
    state.last_vote_epoch = state.current_epoch
    candidate.primary.voted_ms = me.now_ms
    me.todo(SAVE_CONFIG, FSYNC_CONFIG)
    me.send(candidate.link, AuthAck(header(me, AUTH_ACK)))
    me.say(VoteGranted(state.myself.id, candidate.id, state.current_epoch))


def why_no_vote(me: Local, candidate: Node, request: Header) -> str:
    """Why a candidate does not get this node's vote, in words; "" if it does."""
    state = me.state
    primary = candidate.primary
    forced = request.mflags[0] & MESSAGE_FORCEACK
    if request.current_epoch < state.current_epoch:
        return f"asks for epoch {request.current_epoch}, and it is {state.current_epoch} already"
    if state.last_vote_epoch == state.current_epoch:
        return f"already voted in epoch {state.current_epoch}"
    if candidate.flags & NODE_MASTER:
        return "it is a primary"
    if primary is None:
        return "its primary is not known"
    if not primary.flags & NODE_FAIL and not forced:
        return "its primary is up"
    left_ms = primary.voted_ms + me.timeout_ms * 2 - me.now_ms
    if primary.voted_ms and left_ms > 0:
        return f"voted for a replica of the same primary, {left_ms} ms too early"
    if candidate.link is None:
        return "there is no link to it"  # Unlike Redis: the vote is not spent
    return _newer_claim(me, primary, request)


def _newer_claim(me: Local, primary: Node, request: Header) -> str:
    """Whether somebody claims one of the slots under a greater epoch than the candidate knows."""
    state = me.state
    claimed = request.slots
    strange = newly_claimed(primary, claimed)
    if primary.config_epoch > request.config_epoch and primary.slot_count:
        strange = slots_in(claimed)
    for slot in strange:
        owner = state.owners[slot]
        if owner is None or slot in state.unclaimed:
            continue
        if owner.config_epoch > request.config_epoch:
            return (
                f"slot {slot} is claimed under epoch {owner.config_epoch},"
                f" and it knows {request.config_epoch}"
            )
    return ""


# ---- what happened ----


@dataclass(frozen=True, slots=True)
class ElectionScheduled(Event):
    """A replica will ask for votes after a delay.

    Attributes:
        at: The replica.
        primary: Whose place it wants.
        delay_ms: 500, up to 500 at random, 1000 for each rank; 0 where somebody ordered it.
        rank: How many replicas have more of the stream.
        offset: How much this one has.
    """

    at: bytes
    primary: bytes
    delay_ms: int
    rank: int
    offset: int


@dataclass(frozen=True, slots=True)
class RankLost(Event):
    """A replica heard of others that have more of the stream, and waits longer."""

    at: bytes
    rank: int
    added_ms: int


@dataclass(frozen=True, slots=True)
class VotesAsked(Event):
    """A replica asks all for votes in `epoch`; `forced` if its primary need not have failed."""

    at: bytes
    epoch: int
    offset: int
    needed: int
    forced: bool


@dataclass(frozen=True, slots=True)
class VoteGranted(Event):
    """A primary voted for a replica, its only vote in this epoch."""

    at: bytes
    candidate: bytes
    epoch: int


@dataclass(frozen=True, slots=True)
class VoteRefused(Event):
    """A primary did not vote for a replica; `why` in words."""

    at: bytes
    candidate: bytes
    epoch: int
    why: str


@dataclass(frozen=True, slots=True)
class VoteCounted(Event):
    """A vote came in.

    Attributes:
        at: The candidate.
        voter: Who voted for it.
        epoch: In which election.
        votes: How many it has now.
        needed: How many it needs.
    """

    at: bytes
    voter: bytes
    epoch: int
    votes: int
    needed: int


@dataclass(frozen=True, slots=True)
class ElectionWon(Event):
    """A replica has the votes of a majority."""

    at: bytes
    epoch: int
    voters: tuple[bytes, ...]
    needed: int


@dataclass(frozen=True, slots=True)
class TookOver(Event):
    """A replica is primary in the place of another, and has its slots, as (first, last)."""

    at: bytes
    old: bytes
    epoch: int
    slots: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class CannotFailOver(Event):
    """A replica's primary failed, and it does not take its place, or not yet.

    Attributes:
        at: The replica.
        why: "data too old", "waiting for its delay", "attempt expired" or "waiting for votes".
        votes: How many votes it has.
        needed: How many it needs.
    """

    at: bytes
    why: str
    votes: int
    needed: int
