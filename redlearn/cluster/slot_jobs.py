"""Slot jobs: what a node knows of slots that move to another node, or from one, as a whole.

CLUSTER MIGRATESLOTS moves ranges of slots at once: the source sends their keys as commands, then
what is written to them meanwhile; for the last moment its clients' writes wait, and the target
takes the slots under an epoch of its own. Until then nobody but the two knows of it: no client
is redirected, no slot is open. Each of the two has a job for it, under the same name:

    the source exports (`exporting.py`)          the target imports (`importing.py`)

    connecting
    [sending-auth-command
     reading-auth-response]
    reading-establish-response   -- ESTABLISH -->
                                 <-- OK ---------  waiting-for-ack
    waiting-to-snapshot          -- ACK -------->  receiving-snapshot
    snapshotting                 -- keys ------->
                                 -- SNAPSHOT-EOF>
    replicating                  <- REQUEST-PAUSE  waiting-for-paused
                                 -- writes ----->
    failover-paused              -- PAUSED ----->
                                 <-- REQUEST-      failover-requested
    failover-granted             -- FAILOVER-      failover-granted
                                    GRANTED ---->  success
    success                      <== PONG with the greater epoch, as to all nodes

What goes wrong ends both: failed, or cancelled. A target that failed deletes what it got. A job
that has ended stays, so that CLUSTER GETSLOTMIGRATIONS can tell of it; it is not written down.

A replica of the target knows of the job as well (occurring-on-primary): its keys are hidden from
those who list keys until the end, as on the target itself.

Source: `cluster_migrateslots.c` in Valkey 9.1: slotMigrationJob, finishSlotMigrationJob.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from redlearn.cluster.bitmaps import Ranges, each_slot
from redlearn.probe import Event
from redlearn.resp.reply import Reply

# Of the source.
CONNECTING: Final = "connecting"
READING_AUTH: Final = "reading-auth-response"
READING_ESTABLISH: Final = "reading-establish-response"
WAITING_TO_SNAPSHOT: Final = "waiting-to-snapshot"
SNAPSHOTTING: Final = "snapshotting"
REPLICATING: Final = "replicating"
PAUSED: Final = "failover-paused"

# Of the target.
WAITING_FOR_ACK: Final = "waiting-for-ack"
RECEIVING_SNAPSHOT: Final = "receiving-snapshot"
WAITING_FOR_PAUSED: Final = "waiting-for-paused"
REQUESTED: Final = "failover-requested"
CLEANING_UP: Final = "cleaning-up"
ON_PRIMARY: Final = "occurring-on-primary"

# Of both.
GRANTED: Final = "failover-granted"
SUCCESS: Final = "success"
CANCELLED: Final = "cancelled"
FAILED: Final = "failed"

ENDED: Final = frozenset({SUCCESS, CANCELLED, FAILED})
NOT_BEGUN: Final = frozenset({CONNECTING, READING_AUTH, READING_ESTABLISH, WAITING_FOR_ACK})
"""While the other is not to be sent an ACK: it is not there yet, or an answer is awaited."""

HANDLE_JOBS: Final = "handle slot migration"
"""What is left to be done before the node sleeps (`ClusterState.todo`)."""

EXPORT: Final = "EXPORT"
IMPORT: Final = "IMPORT"

# Why a job has ended.
CONNECTION_LOST: Final = (
    "Connection lost to {}. Check CLUSTER GETSLOTMIGRATIONS on the {} node for more information."
)
CANNOT_CONNECT: Final = "Unable to connect to target node: {}"
CANNOT_AUTHENTICATE: Final = "Failed to AUTH to target node: {}"
COMMAND_FAILED: Final = (
    "Failed to process command during slot migration. Check logs for more information"
)
FLUSHED: Final = "Data was flushed"
HANDSHAKE_REFUSED: Final = "Received error during handshake to target: {}\r\n"
NO_MEMORY: Final = "Ran out of memory (OOM) during slot import"
NOT_MINE: Final = "Slots are no longer owned by myself"
NOT_THEIRS: Final = "Slots are no longer owned by source node"
MINE_NOW: Final = "Slots were unexpectedly assigned to myself during import"
OVERTAKEN: Final = "A failover occurred during slot import"
OUT_OF_ORDER: Final = "Unexpected state machine transition"
PAUSE_TOO_SHORT: Final = "Timed out before streaming completed"
SILENT: Final = "Timed out after too long with no interaction"
UNKNOWN_WORD: Final = "Unknown SYNCSLOTS subcommand used"
UNPAUSED: Final = "Unpaused before failover completed"
UNPAUSED_TOO_EARLY: Final = (
    "Unpaused before migration completed (migration may have succeeded with lost writes)"
)
WAS_DEMOTED: Final = "I was demoted to a replica"


@dataclass(slots=True, eq=False)
class Job:
    """A move of slots, as one of its two nodes knows it.

    Attributes:
        name: Forty hexadecimal digits, the same on both nodes.
        kind: EXPORT or IMPORT: whether this node is the source.
        ranges: The slots.
        source, target: The ids of both.
        created_ms, changed_ms: When it began here, and when its state changed last.
        acked_ms: When the other said last that it is alive.
        state: What it waits for.
        message: Why it ended, or "".
        pause_end_ms: Source: until when writes wait for this job; 0 while none do.
        client: Target: the id of the client that the source is; 0 if it is none any more.
        after: Target: what it is once it has cleaned up.
    """

    name: bytes
    kind: str
    ranges: Ranges
    source: bytes
    target: bytes
    created_ms: int
    state: str
    changed_ms: int = 0
    acked_ms: int = 0
    message: str = ""
    pause_end_ms: int = 0
    client: int = 0
    after: str = ""

    def __post_init__(self) -> None:
        self.changed_ms = self.changed_ms or self.created_ms
        self.acked_ms = self.acked_ms or self.created_ms

    @property
    def ended(self) -> bool:
        """Nothing is left to be done: it is only told of."""
        return self.state in ENDED

    @property
    def goes_on(self) -> bool:
        """Slots may still move; else it has ended, or is about to."""
        return self.state not in ENDED and self.state != CLEANING_UP

    @property
    def slots(self) -> Iterator[int]:
        """Each slot, in the order of the ranges."""
        return each_slot(self.ranges)

    def has(self, slot: int) -> bool:
        """Whether a slot is one of them. O(ranges)."""
        return any(first <= slot <= last for first, last in self.ranges)

    def told(self) -> Reply:
        """As CLUSTER GETSLOTMIGRATIONS tells of it.

        Of the last two: no process is forked here, and what is to be sent is sent at once.
        """
        ranges = b" ".join(b"%d-%d" % each for each in self.ranges)
        return {
            b"name": self.name,
            b"operation": self.kind.encode(),
            b"slot_ranges": ranges,
            b"target_node": self.target,
            b"source_node": self.source,
            b"create_time": self.created_ms // 1000,
            b"last_update_time": self.changed_ms // 1000,
            b"last_ack_time": self.acked_ms // 1000,
            b"state": self.state.encode(),
            b"message": self.message.encode("utf-8", "surrogateescape"),
            b"cow_size": 0,
            b"remaining_repl_size": 0,
        }


class Jobs:
    """The jobs of a node, the newest first."""

    __slots__ = ("_all",)

    def __init__(self) -> None:
        self._all: list[Job] = []

    def __iter__(self) -> Iterator[Job]:
        return iter(list(self._all))

    def __len__(self) -> int:
        return len(self._all)

    def add(self, job: Job) -> None:
        self._all.insert(0, job)

    def of(self, kind: str) -> Iterator[Job]:
        """Those of a kind that have not ended."""
        return (job for job in list(self._all) if job.kind == kind and not job.ended)

    def named(self, name: bytes) -> Job | None:
        """The one that has not ended; names are drawn by chance."""
        return next((job for job in self._all if job.name == name and not job.ended), None)

    def of_client(self, client: int) -> Job | None:
        """The import that a client brings."""
        return next((job for job in self._all if job.client == client != 0), None)

    def moves(self, kind: str, slot: int) -> bool:
        """Whether a job of a kind that has not ended has a slot."""
        return any(job.has(slot) for job in self.of(kind))

    def under_way(self, taking: bool) -> Iterator[tuple[int, bytes]]:
        """Each slot that this node gives, or takes, and the other node's id."""
        for job in self.of(IMPORT if taking else EXPORT):
            if job.state != ON_PRIMARY:
                yield from ((slot, job.source if taking else job.target) for slot in job.slots)

    def forget_old(self, most: int) -> None:
        """Keep no more than `most`, but those that have not ended."""
        for job in reversed(self._all[:]):
            if len(self._all) > most and job.ended:
                self._all.remove(job)

    def freeze(self) -> tuple[Job, ...]:
        return tuple(replace(job) for job in self._all)

    def thaw(self, frozen: Iterable[Job]) -> None:
        self._all = [replace(job) for job in frozen]


@dataclass(frozen=True, slots=True)
class SlotJobChanged(Event):
    """A move of slots has come further, or to its end, as one of its two nodes sees it.

    Attributes:
        at: Which of them.
        name: Of the job.
        kind: EXPORT or IMPORT.
        other: The other one.
        slots: As (first, last).
        before, after: Its states; `before` is "" of one that has just begun.
        message: Why it ended, or "".
    """

    at: bytes
    name: bytes
    kind: str
    other: bytes
    slots: Ranges
    before: str
    after: str
    message: str

    @property
    def turn(self) -> str:
        """What tells it from others of its kind, for who only wants to hear of each once."""
        return f"{self.kind} {self.after}"


def as_words(word: str, *more: bytes) -> list[bytes]:
    """A message between the two, as the command that it is."""
    return [b"CLUSTER", b"SYNCSLOTS", word.encode(), *more]


def named_ranges(ranges: Ranges) -> list[bytes]:
    """Ranges as words of a command."""
    return [b"%d" % slot for each in ranges for slot in each]
