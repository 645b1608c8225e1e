"""One plain sentence for every event of a cluster, of its clients, and of a disk.

Nodes are called by the first letters of their ids, as CLUSTER NODES prints them. Kept apart from
`narration.py`, which loads it with the first cluster.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any, Final

from redlearn.cluster.acts import NodeReset, SlotOpened, SlotsSet
from redlearn.cluster.client import (
    Answered,
    ClientFact,
    CrcStepped,
    Finished,
    KeyHashed,
    KeysDisagreed,
    KeyTaken,
    MapCorrected,
    MapLearned,
    NodeLost,
    NoKey,
    OwnerLookedUp,
    Redirected,
    Sent,
    Unanswered,
    Waited,
)
from redlearn.cluster.coordinator import OrderGiven
from redlearn.cluster.detection import (
    FailMarked,
    FailureCleared,
    FailureReported,
    FailureReportWithdrawn,
    PfailMarked,
)
from redlearn.cluster.epochs import EpochTaken
from redlearn.cluster.failover import (
    CannotFailOver,
    ElectionScheduled,
    ElectionWon,
    RankLost,
    TookOver,
    VoteCounted,
    VoteGranted,
    VoteRefused,
    VotesAsked,
)
from redlearn.cluster.gossip import NodeLearned
from redlearn.cluster.handshake import HandshakeBegun, HandshakeEnded
from redlearn.cluster.health import HealthChanged
from redlearn.cluster.local import NodeForgotten
from redlearn.cluster.manual import (
    CaughtUp,
    ManualFailoverBegun,
    ManualFailoverEnded,
    WritersPaused,
)
from redlearn.cluster.migration import ReplicaMigrated
from redlearn.cluster.network import FlightLost
from redlearn.cluster.ownership import KeysDropped, SlotsTaken, UpdateSent
from redlearn.cluster.roles import RoleChanged
from redlearn.cluster.slot_jobs import (
    CANCELLED,
    CLEANING_UP,
    CONNECTING,
    EXPORT,
    FAILED,
    GRANTED,
    ON_PRIMARY,
    PAUSED,
    READING_AUTH,
    READING_ESTABLISH,
    RECEIVING_SNAPSHOT,
    REPLICATING,
    REQUESTED,
    SNAPSHOTTING,
    SUCCESS,
    WAITING_FOR_ACK,
    WAITING_FOR_PAUSED,
    WAITING_TO_SNAPSHOT,
    SlotJobChanged,
)
from redlearn.persistence.simulated_disk import DiskDid
from redlearn.probe import Event
from redlearn.resp.text import printable
from redlearn.views.narration import counted, words
from redlearn.views.route import answer_text, step_of

ID_SHOWN: Final = 8
RANGES_SHOWN: Final = 4

Tell = Callable[[Any], str]


def node(node_id: bytes) -> str:
    """A node by the first letters of its id."""
    return f"node {printable(node_id[:ID_SHOWN])}" if node_id else "nobody"


def tell(event: Event) -> str:
    """The sentence, begun as sentences are."""
    return _begun(SENTENCES[type(event)](event))


def _begun(said: str) -> str:
    """With a capital, unless its first word is a name: of a file, or of a host with its port."""
    return f"{said[0].upper()}{said[1:]}" if said.partition(" ")[0].isalpha() else said


def _nodes(ids: Sequence[bytes]) -> str:
    return ", ".join(printable(each[:ID_SHOWN]) for each in ids[:RANGES_SHOWN]) or "nobody"


def _ranges(slots: Sequence[tuple[int, int]]) -> str:
    shown = [f"{first}" if first == last else f"{first}-{last}" for first, last in slots]
    more = f" and {len(shown) - RANGES_SHOWN} more ranges" if len(shown) > RANGES_SHOWN else ""
    return f"slots {', '.join(shown[:RANGES_SHOWN])}{more}" if shown else "no slots"


def _slots_set(e: SlotsSet) -> str:
    slots = f"slot {e.slots[0]}" if len(e.slots) == 1 else counted(len(e.slots), "slot")
    return f"{node(e.at)} is told that {slots} belong to {node(e.owner)}."


def _others(count: int) -> str:
    return "1 other says" if count == 1 else f"{count} others say"


def _needed(count: int) -> str:
    return "1 is needed" if count == 1 else f"{count} are needed"


def _failed(e: FailMarked) -> str:
    if e.source == e.at:
        own = len(e.reporters) < e.needed  # a primary is one of the majority that it counts
        who = [_nodes(e.reporters)] * bool(e.reporters) + ["itself"] * own
        why = f"{len(e.reporters) + own} of {e.needed} say so: {' and '.join(who)}"
    else:
        why = f"{node(e.source)} says that a majority does"
    return f"{node(e.at)} holds {node(e.node)} for failed: {why}."


def _scheduled(e: ElectionScheduled) -> str:
    return (
        f"{node(e.at)} will ask for votes in {e.delay_ms} ms to take the place of "
        f"{node(e.primary)}: rank {e.rank}, it has {e.offset:,} bytes of the stream."
    )


def _epoch(e: EpochTaken) -> str:
    with_whom = f" with {node(e.other)}" if e.other else ""
    return f"{node(e.at)} has config epoch {e.epoch}, not {e.before}: {e.why}{with_whom}."


def _role(e: RoleChanged) -> str:
    who = "it" if e.at == e.node else node(e.node)
    role = f"a replica of {node(e.primary)}" if e.primary else "a primary"
    return f"{node(e.at)} takes note that {who} is {role}."


def _health(e: HealthChanged) -> str:
    if e.ok:
        return f"{node(e.at)} takes commands."
    return f"{node(e.at)} takes no commands any more: {e.reason}."


def _disk(e: DiskDid) -> str:
    name = printable(os.fsencode(e.name), 60) or "the data directory"
    if e.error:
        return f"The disk fails: {e.operation} of {name}: {os.strerror(e.error)}."
    return {
        "write": f"{counted(e.size, 'byte')} are written to {name}, from byte {e.offset} on.",
        "read": f"{counted(e.size, 'byte')} of {name} are read.",
        "fsync": f"All of {name} is made safe.",
        "create": f"{name} is made, or emptied.",
        "open": f"{name} is opened to be appended to.",
        "truncate": f"{name} is cut to {counted(e.offset, 'byte')}.",
        "rename": f"A file is called {name} from now on.",
        "remove": f"{name} is removed.",
        "mkdir": f"The directory {name} is made.",
        "sync": f"The names in {name} are made safe.",
    }[e.operation]


def _client(e: ClientFact) -> str:
    step = step_of(e, 0)
    assert step is not None
    match e:
        case Sent(address):
            return f"The client sends {address}: {step.says}."
        case Answered(address):
            return f"{address} answers {step.says}."
        case NodeLost(address):
            return f"{address} does not answer."
        case CrcStepped(byte, _, row, _, crc):  # begun by the byte, it would change its case
            return f"Byte {printable(bytes((byte,)))} ({byte:02x}): row {row:02x}, CRC16 {crc:04x}."
    return f"{_begun(step.says)}."


CLIENT_FACTS: Final = (
    KeyTaken, CrcStepped, KeyHashed, KeysDisagreed, NoKey, OwnerLookedUp, Sent, Answered,
    Redirected, MapCorrected, MapLearned, NodeLost, Waited, Finished,
    Unanswered,
)  # fmt: skip

STATIONS: Final = {
    CONNECTING: "connects to it",
    READING_AUTH: "says who it is, and waits for an answer",
    READING_ESTABLISH: "says what it brings, and waits for an answer",
    WAITING_TO_SNAPSHOT: "may send the keys, and does so as soon as it can",
    SNAPSHOTTING: "sends the keys as they are now",
    REPLICATING: "sends what is written to them from now on",
    PAUSED: "lets all that write wait, and says that this is all",
    WAITING_FOR_ACK: "takes its word, and waits for it to begin",
    RECEIVING_SNAPSHOT: "gets the keys",
    WAITING_FOR_PAUSED: "has the keys, and asks for a pause",
    REQUESTED: "has all there is, and asks for the slots",
    CLEANING_UP: "deletes what came",
    ON_PRIMARY: "repeats what its primary gets, and does not list it yet",
    SUCCESS: "is done: they have changed hands",
    CANCELLED: "was told to keep them",
}
"""What a node does when a move of slots has come to a state."""


def _job(e: SlotJobChanged) -> str:
    way = f"{_ranges(e.slots)} {'to' if e.kind == EXPORT else 'from'} {node(e.other)}"
    if e.after == FAILED:
        why = printable(e.message.encode("utf-8", "surrogateescape").strip(), 120)
        return f"{node(e.at)} moves {way} no more: {why}."
    if e.after == GRANTED:
        does = "says that they may go" if e.kind == EXPORT else "may take them"
    else:
        does = STATIONS.get(e.after, e.after)
    return f"{node(e.at)}, moving {way}, {does}."


SENTENCES: Final[dict[type[Event], Tell]] = {
    **dict.fromkeys(CLIENT_FACTS, _client),
    ClientFact: lambda e: "Something happened in a client.",
    DiskDid: _disk,
    FlightLost: lambda e: (
        f"A message of {counted(len(e.data), 'byte')} from {e.source} to {e.target} gets lost."
    ),
    SlotsSet: _slots_set,
    SlotOpened: lambda e: (
        f"{node(e.at)} opens slot {e.slot}: it {'goes to' if e.leaves else 'comes from'} "
        f"{node(e.node)}."
    ),
    OrderGiven: lambda e: (
        f"The coordinator tells {e.to}: {', '.join(map(words, e.commands))}; "
        f"it answers {answer_text(e.reply)}."
    ),
    NodeReset: lambda e: (
        f"{node(e.at)} knows nobody any more{', and has a new id' if e.hard else ''}."
    ),
    PfailMarked: lambda e: (
        f"{node(e.at)} suspects {node(e.node)}: no answer for {e.silent_ms} ms; "
        f"{_others(len(e.reporters))} so, {_needed(e.needed)}."
    ),
    FailureReported: lambda e: (
        f"{node(e.at)} hears from {node(e.reporter)} that {node(e.node)} does not answer: "
        f"{_others(e.reports)} so, {_needed(e.needed)}."
    ),
    FailureReportWithdrawn: lambda e: (
        f"{node(e.reporter)} does not suspect {node(e.node)} any more, {node(e.at)} hears."
    ),
    FailMarked: _failed,
    FailureCleared: lambda e: (
        f"{node(e.at)} holds {node(e.node)} for well again, which it had "
        f"{'held for failed' if e.was_fail else 'suspected'}: {e.why}."
    ),
    EpochTaken: _epoch,
    ElectionScheduled: _scheduled,
    RankLost: lambda e: (
        f"{node(e.at)} hears of others with more of the stream: rank {e.rank}, "
        f"{e.added_ms} ms later."
    ),
    VotesAsked: lambda e: (
        f"{node(e.at)} asks for votes in epoch {e.epoch}: {_needed(e.needed)}"
        f"{', though its primary need not have failed' if e.forced else ''}."
    ),
    VoteGranted: lambda e: f"{node(e.at)} votes for {node(e.candidate)} in epoch {e.epoch}.",
    VoteRefused: lambda e: (
        f"{node(e.at)} does not vote for {node(e.candidate)} in epoch {e.epoch}: {e.why}."
    ),
    VoteCounted: lambda e: (
        f"{node(e.at)} has the vote of {node(e.voter)} in epoch {e.epoch}: {e.votes} of {e.needed}."
    ),
    ElectionWon: lambda e: f"{node(e.at)} is elected in epoch {e.epoch} by {_nodes(e.voters)}.",
    TookOver: lambda e: (
        f"{node(e.at)} takes the place of {node(e.old)} in epoch {e.epoch}: {_ranges(e.slots)}."
    ),
    CannotFailOver: lambda e: (
        f"{node(e.at)} does not take its primary's place: {e.why}, "
        f"{counted(e.votes, 'vote')} of {e.needed}."
    ),
    NodeLearned: lambda e: f"{node(e.at)} learns of {node(e.node)} from {node(e.source)}.",
    HandshakeBegun: lambda e: (
        f"{node(e.at)} wants to know who is at {printable(e.ip)}"
        f"{', as it was told to' if e.ordered else ''}."
    ),
    HandshakeEnded: lambda e: f"{node(e.at)} knows {node(e.node)}.",
    HealthChanged: _health,
    NodeForgotten: lambda e: f"{node(e.at)} forgets {node(e.node)}: {e.why}.",
    ManualFailoverBegun: lambda e: (
        f"{node(e.at)} is told to take the place of {node(e.primary)}"
        f"{', without asking it' if e.forced else ''}."
    ),
    WritersPaused: lambda e: (
        f"{node(e.at)} lets writes wait until {node(e.replica)} has {e.offset:,} bytes."
    ),
    CaughtUp: lambda e: f"{node(e.at)} has all that its primary had: {e.offset:,} bytes.",
    ManualFailoverEnded: lambda e: f"{node(e.at)} gives up its manual failover: {e.why}.",
    ReplicaMigrated: lambda e: (
        f"{node(e.at)} leaves {node(e.left)}, which had {e.working} working replicas, for "
        f"{node(e.joined)}, which has none."
    ),
    SlotsTaken: lambda e: (
        f"{node(e.at)} believes that {_ranges(e.slots)} belong to {node(e.owner)} since epoch "
        f"{e.epoch}{f'; {e.lost} of them were its own' if e.lost else ''}."
    ),
    KeysDropped: lambda e: (
        f"{node(e.at)} deletes {counted(e.keys, 'key')} of slot {e.slot}, which is "
        f"{node(e.owner)}'s now."
    ),
    UpdateSent: lambda e: (
        f"{node(e.at)} tells {node(e.to)} that its slots are {node(e.owner)}'s since epoch "
        f"{e.epoch}."
    ),
    RoleChanged: _role,
    SlotJobChanged: _job,
}
"""What each kind of event is told as."""
