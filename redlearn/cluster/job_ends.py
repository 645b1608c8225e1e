"""How a move of slots comes to its end on either side, and what ends it from outside.

Source: `cluster_migrateslots.c` finishSlotMigrationJob, clusterUpdateSlotExportsOnOwnershipChange,
clusterUpdateSlotImportsOnOwnershipChange, clusterHandleFlushDuringSlotMigration.
"""

from __future__ import annotations

from typing import Final

from redlearn.cluster.local import HangUp, Local
from redlearn.cluster.message import NODE_SLAVE
from redlearn.cluster.slot_jobs import (
    CLEANING_UP,
    EXPORT,
    FAILED,
    FLUSHED,
    HANDLE_JOBS,
    IMPORT,
    MINE_NOW,
    NOT_MINE,
    NOT_THEIRS,
    ON_PRIMARY,
    SUCCESS,
    WAS_DEMOTED,
    Job,
    SlotJobChanged,
    as_words,
)
from redlearn.cluster.state import Node

MOVE: Final = "slot_migration_in_progress"
"""What clients wait for while slots change hands."""


def put(me: Local, job: Job, state: str) -> None:
    """Let a job be in another state."""
    before, job.state, job.changed_ms = job.state, state, me.now_ms
    tell(me, job, before)


def tell(me: Local, job: Job, before: str) -> None:
    """Say what a job has come to."""
    other = job.target if job.kind == EXPORT else job.source
    myself = me.state.myself.id
    me.say(SlotJobChanged(
        myself, job.name, job.kind, other, job.ranges, before, job.state, job.message
    ))  # fmt: skip


def finish(me: Local, job: Job, state: str, message: str = "") -> None:
    """Bring a job to its end. What a target got is deleted before the node sleeps."""
    job.message = message
    if job.kind == EXPORT:
        job.pause_end_ms = 0
        try_to_unpause(me)
        me.outbox.append(HangUp(job.name))
    else:
        if job.client:
            me.keyspace.dismiss(job.client)
        job.client, job.after, state = 0, state, CLEANING_UP
        me.todo(HANDLE_JOBS)
    put(me, job, state)


def clean_up(me: Local, job: Job) -> None:
    """As the target: delete the keys of slots that are not this node's, tell the replicas."""
    if not me.state.myself.flags & NODE_SLAVE:
        for slot in job.slots:
            if me.state.owners[slot] is not me.state.myself:
                me.keyspace.delete_keys_in(slot)
        me.keyspace.pass_on(as_words(
            "FINISH", b"STATE", job.after.upper().encode(), b"NAME", job.name,
            b"MESSAGE", job.message.encode("utf-8", "surrogateescape"),
        ))  # fmt: skip
    me.keyspace.show(job.slots)
    put(me, job, job.after)


def try_to_unpause(me: Local) -> None:
    """Let writes go on, unless another job has them wait."""
    if me.keyspace.is_paused(MOVE) and not any(
        job.pause_end_ms for job in me.state.jobs.of(EXPORT)
    ):
        me.keyspace.unpause(MOVE)


def note_ownership(me: Local) -> None:
    """Somebody has other slots than before: jobs are done with that, or cannot be any more."""
    for job in me.state.jobs.of(EXPORT):
        note_owner_of_export(me, job)
    for job in me.state.jobs.of(IMPORT):
        if job.goes_on and job.state != ON_PRIMARY:
            _note_owner_of_import(me, job)


def note_owner_of_export(me: Local, job: Job) -> None:
    """As the source: the target may have the slots by now; nobody else should."""
    owner = owner_of(me, job)
    if owner is me.state.myself:
        return
    if owner is not None and owner.id == job.target:
        finish(me, job, SUCCESS)
    else:
        finish(me, job, FAILED, NOT_MINE)


def _note_owner_of_import(me: Local, job: Job) -> None:
    owner = owner_of(me, job)
    if me.state.myself.flags & NODE_SLAVE:
        finish(me, job, FAILED, WAS_DEMOTED)
    elif owner is me.state.myself:
        finish(me, job, FAILED, MINE_NOW)
    elif owner is None or owner.id != job.source:
        finish(me, job, FAILED, NOT_THEIRS)


def owner_of(me: Local, job: Job) -> Node | None:
    """Who has all slots of a job; None if they are several nodes', or any is nobody's."""
    owners = {me.state.owners[slot] for slot in job.slots}
    return owners.pop() if len(owners) == 1 else None


def note_flush(me: Local) -> None:
    """All keys were deleted: what was sent, or got, is not what there is."""
    for job in me.state.jobs:
        if job.goes_on and job.state != ON_PRIMARY:
            finish(me, job, FAILED, FLUSHED)
