"""Importing: the target's side of a move of slots (`slot_jobs.py` has both in one picture).

The source is a client here, one that is not questioned: its commands run though the slots are not
this node's, and are not answered. Until the slots are taken their keys are hidden from whoever
lists keys, and nothing of them expires but on the source's word.

Taking them is what TAKEOVER does: an epoch greater than all others, without asking anybody, and a
PONG to all. That is safe, as the source has agreed, and serves no write until it hears of it.

Source: `cluster_migrateslots.c` performSlotImportJobFailover, clusterCommandSyncSlots and what
follows "TARGET".
"""

from __future__ import annotations

from redlearn.cluster.bitmaps import Ranges, each_slot
from redlearn.cluster.epochs import bump_without_asking
from redlearn.cluster.exporting import RUNS_PER_ACK
from redlearn.cluster.health import update_health
from redlearn.cluster.job_ends import clean_up, finish, put, tell
from redlearn.cluster.local import Local
from redlearn.cluster.message import NODE_SLAVE
from redlearn.cluster.ownership import give_slot
from redlearn.cluster.slot_jobs import (
    CLEANING_UP,
    COMMAND_FAILED,
    CONNECTION_LOST,
    FAILED,
    GRANTED,
    HANDLE_JOBS,
    IMPORT,
    NO_MEMORY,
    NOT_BEGUN,
    ON_PRIMARY,
    OUT_OF_ORDER,
    OVERTAKEN,
    RECEIVING_SNAPSHOT,
    REQUESTED,
    SILENT,
    SUCCESS,
    UNKNOWN_WORD,
    WAITING_FOR_ACK,
    WAITING_FOR_PAUSED,
    Job,
    as_words,
)
from redlearn.cluster.state import BROADCAST, FSYNC_CONFIG, SAVE_CONFIG
from redlearn.cluster_errors import (
    ALREADY_IMPORTING,
    OWNERS_DISAGREE,
    SOURCE_IS_MYSELF,
    SOURCE_UNKNOWN,
)
from redlearn.errors import OUT_OF_MEMORY, CommandError

# ---- orders ----


def require_source(me: Local, node_id: bytes) -> None:
    """See that slots can come from a node. Raises CommandError."""
    node = me.state.nodes.get(node_id)
    if node is None:
        raise CommandError(SOURCE_UNKNOWN)
    if node is me.state.myself:
        raise CommandError(SOURCE_IS_MYSELF)


def require_importable(me: Local, ranges: Ranges) -> None:
    """See that slots do not come here already. Raises CommandError."""
    for slot in each_slot(ranges):
        if me.state.jobs.moves(IMPORT, slot):
            raise CommandError(ALREADY_IMPORTING)


def begin_import(me: Local, client: int, source: bytes, name: bytes, ranges: Ranges) -> None:
    """ESTABLISH: a client is a source from now on, and brings slots.

    Raises:
        CommandError: They are not the source's, as far as is known here.
    """
    job = Job(name, IMPORT, ranges, source, me.state.myself.id, me.now_ms, WAITING_FOR_ACK)
    owners = {me.state.owners[slot] for slot in job.slots}
    if owners != {me.state.nodes[source]}:
        raise CommandError(OWNERS_DISAGREE)
    job.client = client
    _add(me, job)


def note_import(me: Local, source: bytes, name: bytes, ranges: Ranges) -> None:
    """A replica, or a log, repeats the primary's ESTABLISH: slots are coming there."""
    target = me.state.myself.primary or me.state.myself
    _add(me, Job(name, IMPORT, ranges, source, target.id, me.now_ms, ON_PRIMARY))


def _add(me: Local, job: Job) -> None:
    me.state.jobs.add(job)
    me.keyspace.hide(job.slots)
    tell(me, job, "")


def note_finish(me: Local, name: bytes, state: str, message: str) -> None:
    """A replica, or a log, repeats the primary's FINISH."""
    job = me.state.jobs.named(name)
    if job is not None and job.state == ON_PRIMARY:
        job.message = message
        me.keyspace.show(job.slots)
        put(me, job, state)


# ---- what the source says ----


def hear_source(me: Local, job: Job, word: bytes) -> None:
    """A word of the source, in upper case."""
    match word, job.state:
        case b"ACK", _:
            job.acked_ms = me.now_ms
            if job.state == WAITING_FOR_ACK:
                put(me, job, RECEIVING_SNAPSHOT)
        case b"SNAPSHOT-EOF", "receiving-snapshot":
            _answer(me, job, "REQUEST-PAUSE")
            put(me, job, WAITING_FOR_PAUSED)
        case b"PAUSED", "waiting-for-paused":
            _answer(me, job, "REQUEST-FAILOVER")
            put(me, job, REQUESTED)
        case b"FAILOVER-GRANTED", "failover-requested":
            put(me, job, GRANTED)
            me.todo(HANDLE_JOBS)
        case (
            b"SNAPSHOT-EOF" | b"PAUSED" | b"FAILOVER-GRANTED" | b"REQUEST-PAUSE"
            | b"REQUEST-FAILOVER", _,
        ):  # fmt: skip
            finish(me, job, FAILED, OUT_OF_ORDER)
        case b"CAPA", _:
            pass  # what the source can do beyond this
        case _:
            finish(me, job, FAILED, UNKNOWN_WORD)


def _answer(me: Local, job: Job, word: str) -> None:
    me.keyspace.answer(job.client, as_words(word))


def hear_failed_command(me: Local, job: Job, error: str) -> None:
    """What the source sent could not be run: the keys would not be the same."""
    if job.goes_on:
        finish(me, job, FAILED, NO_MEMORY if error == OUT_OF_MEMORY else COMMAND_FAILED)


def hear_gone(me: Local, job: Job) -> None:
    """The source has hung up. Also of slots that it granted: perhaps its clients do not wait."""
    job.client = 0
    if job.goes_on:
        finish(me, job, FAILED, CONNECTION_LOST.format("source", "source"))


# ---- what is to be done ----


def handle_imports(me: Local) -> None:
    """Take what was granted, and clean up after what failed."""
    for job in me.state.jobs.of(IMPORT):
        if job.state == GRANTED:
            _take_over(me, job)
        elif job.state == CLEANING_UP:
            clean_up(me, job)


def _take_over(me: Local, job: Job) -> None:
    """The slots are this node's from now on; all are told."""
    state = me.state
    bump_without_asking(me)
    for slot in job.slots:
        give_slot(me, slot, state.myself)
    update_health(me)
    me.todo(SAVE_CONFIG, FSYNC_CONFIG, BROADCAST)
    if job.client:
        me.keyspace.dismiss(job.client)
    job.client, job.after = 0, SUCCESS
    clean_up(me, job)


def go_on_importing(me: Local) -> None:
    """Ten times a second: O(jobs)."""
    for job in me.state.jobs.of(IMPORT):
        if job.state == ON_PRIMARY:
            if not me.state.myself.flags & NODE_SLAVE:  # it was promoted, or began with a log
                finish(me, job, FAILED, OVERTAKEN)
        elif job.client:
            _see_to_source(me, job)


def _see_to_source(me: Local, job: Job) -> None:
    if me.keyspace.silence_ms(job.client) > me.config.number("repl-timeout") * 1000:
        finish(me, job, FAILED, SILENT)
    elif job.state not in NOT_BEGUN and me.state.cron_runs % RUNS_PER_ACK == 0:
        _answer(me, job, "ACK")
