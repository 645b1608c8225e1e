"""What the words of CLUSTER commands mean, and what they share."""

from __future__ import annotations

from redlearn.cluster_errors import (
    BAD_SLOT,
    CLUSTER_DISABLED,
    RANGE_BACKWARDS,
    SLOT_BUSY,
    SLOT_TWICE,
    SLOT_UNASSIGNED,
)
from redlearn.engine.context import Context
from redlearn.engine.ports import Cluster
from redlearn.errors import CommandError
from redlearn.resp.integer import parse_integer
from redlearn.slots import SLOTS


def cluster_of(ctx: Context) -> Cluster:
    """The cluster that the engine is a node of.

    Raises:
        CommandError: It is none.
    """
    cluster = ctx.state.cluster
    if cluster is None:
        raise CommandError(CLUSTER_DISABLED)
    return cluster


def slot_in(word: bytes) -> int:
    """A slot's number (`cluster_legacy.c` getSlotOrReply)."""
    slot = parse_integer(word)
    if slot is None or not 0 <= slot < SLOTS:
        raise CommandError(BAD_SLOT)
    return slot


class Gathered:
    """Slots named by a call, each once, all served by somebody or all by nobody.

    Args:
        assigned: Which of the two.

    Source: `cluster_legacy.c` checkSlotAssignmentsOrReply.
    """

    def __init__(self, cluster: Cluster, *, assigned: bool) -> None:
        self._cluster = cluster
        self._assigned = assigned
        self._slots: dict[int, None] = {}

    @property
    def slots(self) -> list[int]:
        return list(self._slots)

    def take(self, slot: int) -> None:
        """Take one more.

        Raises:
            CommandError: It is not as it should be, or was named before.
        """
        if (self._cluster.route(slot).owner is not None) is not self._assigned:
            text = SLOT_UNASSIGNED if self._assigned else SLOT_BUSY
            raise CommandError(text.format(slot))
        if slot in self._slots:
            raise CommandError(SLOT_TWICE.format(slot))
        self._slots[slot] = None

    def take_range(self, first: bytes, last: bytes) -> None:
        """Take all from one to another, both included."""
        start, end = slot_in(first), slot_in(last)
        if start > end:
            raise CommandError(RANGE_BACKWARDS.format(start, end))
        for slot in range(start, end + 1):
            self.take(slot)
