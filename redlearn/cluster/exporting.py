"""Exporting: the source's side of a move of slots (`slot_jobs.py` has both in one picture).

The source goes on serving its clients. What they write to the slots, once the snapshot was taken,
follows it on the same connection, so that the target has it in the order in which it happened.
Only for the hand-over do they have to wait, and all that write have to, whatever slot: from PAUSED
to the moment when word arrives that the target has the slots, a few milliseconds as a rule.

Why nothing is lost: the target takes the slots only after FAILOVER-GRANTED, which comes after all
writes, and is only given while the clients still wait. And they wait on, long enough for the
target's PONG to arrive. If it does not within that time, the source has to decide alone, and
lets its clients write again: then what they write may be lost. The job says so. Whoever orders
CANCELSLOTMIGRATIONS between the grant and that PONG runs the same risk, on a real server too.

Unlike Valkey: what is to be sent is sent at once, so no pause waits until little enough is left
(waiting-to-pause, `slot-migration-max-failover-repl-bytes`).

Source: `cluster_migrateslots.c` proceedWithSlotMigration, clusterCommandMigrateSlots and what
follows "SOURCE".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from redlearn.cluster.bitmaps import Ranges, each_slot
from redlearn.cluster.job_ends import MOVE, finish, note_owner_of_export, put, tell
from redlearn.cluster.local import Dial, Local, Say, SendSlots
from redlearn.cluster.manual import PAUSE_TIMES, timeout_ms
from redlearn.cluster.message import NODE_SLAVE
from redlearn.cluster.slot_jobs import (
    CANCELLED,
    CANNOT_AUTHENTICATE,
    CANNOT_CONNECT,
    CONNECTING,
    CONNECTION_LOST,
    EXPORT,
    FAILED,
    GRANTED,
    HANDSHAKE_REFUSED,
    NOT_BEGUN,
    OUT_OF_ORDER,
    PAUSE_TOO_SHORT,
    PAUSED,
    READING_AUTH,
    READING_ESTABLISH,
    REPLICATING,
    SILENT,
    SNAPSHOTTING,
    UNKNOWN_WORD,
    UNPAUSED,
    UNPAUSED_TOO_EARLY,
    WAITING_TO_SNAPSHOT,
    Job,
    as_words,
    named_ranges,
)
from redlearn.cluster_errors import (
    ALREADY_EXPORTING,
    MIGRATE_TO_MYSELF,
    MIGRATION_ON_REPLICA,
    NO_MIGRATIONS,
    SLOTS_ON_THEIR_WAY_HERE,
    SLOTS_ON_THEIR_WAY_OUT,
    UNKNOWN_NODE_NAME,
)
from redlearn.errors import CommandError, as_text

SPREAD_MS: Final = 2_000
"""How long they wait at least after FAILOVER-GRANTED: word of the new owner has to get here."""

RUNS_PER_ACK: Final = 10
"""How many runs of cron are between two ACKs: a second."""


# ---- orders ----


def require_migration(me: Local) -> None:
    """See that this node may move slots at all.

    Raises:
        CommandError: It is a replica, or slots are open (SETSLOT).
    """
    if me.state.myself.flags & NODE_SLAVE:
        raise CommandError(MIGRATION_ON_REPLICA)
    if me.state.importing:
        raise CommandError(SLOTS_ON_THEIR_WAY_HERE)
    if me.state.migrating:
        raise CommandError(SLOTS_ON_THEIR_WAY_OUT)


def require_exportable(me: Local, ranges: Ranges) -> None:
    """See that slots, which are this node's, are not on their way already."""
    for slot in each_slot(ranges):
        if me.state.jobs.moves(EXPORT, slot):
            raise CommandError(ALREADY_EXPORTING.format(slot))


def require_target(me: Local, node_id: bytes) -> None:
    """See that slots can go to a node."""
    node = me.state.nodes.get(node_id)
    if node is None:
        raise CommandError(UNKNOWN_NODE_NAME.format(as_text(node_id)))
    if node is me.state.myself:
        raise CommandError(MIGRATE_TO_MYSELF)


def begin_exports(me: Local, wanted: Sequence[tuple[Ranges, bytes]]) -> None:
    """MIGRATESLOTS: begin to give slots to other nodes, those that were named last first."""
    for ranges, target in reversed(wanted):
        name, myself = me.random_id(), me.state.myself
        job = Job(name, EXPORT, ranges, myself.id, target, me.now_ms, CONNECTING)
        me.state.jobs.add(job)
        tell(me, job, "")
        node = me.state.nodes[target]
        me.outbox.append(Dial(name, node.ip, node.port))


def cancel_exports(me: Local) -> None:
    """CANCELSLOTMIGRATIONS: give up whatever this node exports."""
    jobs = list(me.state.jobs.of(EXPORT))
    if not jobs:
        raise CommandError(NO_MIGRATIONS)
    for job in jobs:
        finish(me, job, CANCELLED)


# ---- the connection ----


def hear_opened(me: Local, job: Job) -> None:
    """The connection to the target is up: say who we are, then what we bring."""
    if job.state != CONNECTING:
        return
    password = me.config.text("masterauth").encode()
    if not password:
        _establish(me, job)
        return
    user = me.config.text("masteruser").encode()
    me.outbox.append(Say(job.name, [b"AUTH", *([user] if user else []), password]))
    put(me, job, READING_AUTH)


def _establish(me: Local, job: Job) -> None:
    words = as_words(
        "ESTABLISH", b"SOURCE", job.source, b"NAME", job.name,
        b"SLOTSRANGE", *named_ranges(job.ranges),
    )  # fmt: skip
    me.outbox.append(Say(job.name, words))
    put(me, job, READING_ESTABLISH)


def hear_answer(me: Local, job: Job, line: bytes) -> None:
    """The target's answer to AUTH or ESTABLISH, a line without its end."""
    refused = line.startswith(b"-")
    if job.state == READING_AUTH:
        if refused:
            finish(me, job, FAILED, CANNOT_AUTHENTICATE.format(as_text(line)))
        else:
            _establish(me, job)
    elif job.state != READING_ESTABLISH:
        finish(me, job, FAILED, UNKNOWN_WORD)  # nothing else is answered
    elif refused:
        finish(me, job, FAILED, HANDSHAKE_REFUSED.format(as_text(line)))
    else:
        put(me, job, WAITING_TO_SNAPSHOT)
        me.outbox.append(Say(job.name, as_words("ACK")))


def hear_lost(me: Local, job: Job, why: str) -> None:
    """The connection is gone, or could not be made. After the grant it is not needed any more."""
    if job.state == CONNECTING:
        finish(me, job, FAILED, CANNOT_CONNECT.format(why))
    elif job.state != GRANTED:
        finish(me, job, FAILED, CONNECTION_LOST.format("target", "target"))


# ---- what the target says ----


def hear_target(me: Local, job: Job, argv: list[bytes]) -> None:
    """A command of the target: CLUSTER SYNCSLOTS and a word."""
    word = argv[2].upper() if len(argv) > 2 else b""
    match word:
        case b"ACK":
            job.acked_ms = me.now_ms
        case b"REQUEST-PAUSE" if job.state in (SNAPSHOTTING, REPLICATING):
            if job.state == SNAPSHOTTING:
                put(me, job, REPLICATING)
            _hand_over(me, job)
        case b"REQUEST-FAILOVER" if job.state == PAUSED:
            _grant(me, job)
        case b"REQUEST-PAUSE" | b"REQUEST-FAILOVER":
            finish(me, job, FAILED, OUT_OF_ORDER)
        case b"CAPA":
            pass  # of a later version
        case _:
            finish(me, job, FAILED, UNKNOWN_WORD)


def _hand_over(me: Local, job: Job) -> None:
    """Let writes wait; all that there was has been sent."""
    _pause(me, job, me.now_ms + timeout_ms(me) * PAUSE_TIMES)
    me.outbox.append(Say(job.name, as_words("PAUSED")))
    put(me, job, PAUSED)


def _pause(me: Local, job: Job, until_ms: int) -> None:
    job.pause_end_ms = until_ms
    me.keyspace.pause(until_ms, MOVE)


def _grant(me: Local, job: Job) -> None:
    """The target has all there is: it may take the slots, if the clients still wait."""
    if _pause_is_over(me, job):
        finish(me, job, FAILED, UNPAUSED)
        return
    if job.pause_end_ms < me.now_ms + SPREAD_MS:
        _pause(me, job, me.now_ms + SPREAD_MS)
    me.outbox.append(Say(job.name, as_words("FAILOVER-GRANTED")))
    put(me, job, GRANTED)


def _pause_is_over(me: Local, job: Job) -> bool:
    return job.pause_end_ms < me.now_ms or not me.keyspace.is_paused(MOVE)


# ---- time ----


def go_on_exporting(me: Local) -> None:
    """Ten times a second: see to each job; O(jobs)."""
    for job in me.state.jobs.of(EXPORT):
        if job.state != GRANTED:  # then it is the pause that ends it
            silence_ms = me.now_ms - job.acked_ms
            if silence_ms > me.config.number("repl-timeout") * 1000:
                finish(me, job, FAILED, SILENT)
                continue
            if job.state not in NOT_BEGUN and me.state.cron_runs % RUNS_PER_ACK == 0:
                me.outbox.append(Say(job.name, as_words("ACK")))
        _go_on(me, job)


def _go_on(me: Local, job: Job) -> None:
    match job.state:
        case "waiting-to-snapshot":
            put(me, job, SNAPSHOTTING)
            me.outbox.append(SendSlots(job.name, job.ranges))
        case "failover-paused" if _pause_is_over(me, job):
            finish(me, job, FAILED, PAUSE_TOO_SHORT)
        case "failover-granted" if _pause_is_over(me, job):
            finish(me, job, FAILED, UNPAUSED_TOO_EARLY)
        case "failover-granted":
            note_owner_of_export(me, job)


def hear_sent(me: Local, job: Job) -> None:
    """The snapshot has been sent: what is written follows."""
    if job.state == SNAPSHOTTING:
        put(me, job, REPLICATING)
