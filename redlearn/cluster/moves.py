"""Moves: what an engine, and the connections of moving slots, ask of a node's rules.

    client -> Engine -> Moves -> exporting, importing       give these slots; a source says this
              connections of exports -> Moves -> exporting  it is up, the target says that

It is `ports.SlotMoves`, and beside it what whoever has the connections tells of them.
"""

from __future__ import annotations

from collections.abc import Sequence

from redlearn.cluster import exporting, importing, job_ends
from redlearn.cluster.node import ClusterNode
from redlearn.cluster.slot_jobs import EXPORT, IMPORT, Job
from redlearn.cluster_errors import EXPORT_UNDER_WAY, IMPORT_UNDER_WAY
from redlearn.engine.ports import Ranges
from redlearn.errors import CommandError
from redlearn.resp.reply import Reply


class Moves:
    """Slots that move as a whole, to this node and from it."""

    def __init__(self, node: ClusterNode) -> None:
        self._node = node
        self._jobs = node.state.jobs

    # ---- orders ----

    def require_allowed(self) -> None:
        """This node may give, or take, slots at all."""
        exporting.require_migration(self._node.begin())

    def require_none(self) -> None:
        """None are under way."""
        if any(True for _ in self._jobs.of(IMPORT)):
            raise CommandError(IMPORT_UNDER_WAY)
        if any(True for _ in self._jobs.of(EXPORT)):
            raise CommandError(EXPORT_UNDER_WAY)

    def require_exportable(self, ranges: Ranges) -> None:
        """Slots of this node are not on their way already."""
        exporting.require_exportable(self._node.begin(), tuple(ranges))

    def require_target(self, node: bytes) -> None:
        """Slots can go to a node."""
        exporting.require_target(self._node.begin(), node)

    def begin_exports(self, wanted: Sequence[tuple[Ranges, bytes]]) -> None:
        """Begin to give ranges of slots, each to its node."""
        rows = [(tuple(ranges), node) for ranges, node in wanted]
        exporting.begin_exports(self._node.begin(), rows)

    def cancel_exports(self) -> None:
        """Give up giving."""
        exporting.cancel_exports(self._node.begin())

    def require_source(self, node: bytes) -> None:
        """Slots can come from a node."""
        importing.require_source(self._node.begin(), node)

    def require_importable(self, ranges: Ranges) -> None:
        """They do not come already."""
        importing.require_importable(self._node.begin(), tuple(ranges))

    def begin_import(self, client: int, source: bytes, name: bytes, ranges: Ranges) -> None:
        """Take slots that a client is going to bring."""
        importing.begin_import(self._node.begin(), client, source, name, tuple(ranges))

    def note_import(self, source: bytes, name: bytes, ranges: Ranges) -> None:
        """The primary of this node takes slots."""
        importing.note_import(self._node.begin(), source, name, tuple(ranges))

    def note_finish(self, name: bytes, state: str, message: str) -> None:
        """It has them, or does not get them."""
        importing.note_finish(self._node.begin(), name, state, message)

    # ---- a client that brings slots ----

    def hear(self, client: int, word: bytes) -> None:
        """What it says of them."""
        job = self._jobs.of_client(client)
        if job is not None:
            importing.hear_source(self._node.begin(), job, word)

    def failed(self, client: int, error: str) -> None:
        """A command of it was refused."""
        job = self._jobs.of_client(client)
        if job is not None:
            importing.hear_failed_command(self._node.begin(), job, error)

    def gone(self, client: int) -> None:
        """It has hung up."""
        job = self._jobs.of_client(client)
        if job is not None:
            importing.hear_gone(self._node.begin(), job)

    # ---- the connection of an export ----

    def opened(self, name: bytes) -> None:
        """It is up."""
        if job := self._export(name):
            exporting.hear_opened(self._node.begin(), job)

    def lost(self, name: bytes, why: str = "Connection refused") -> None:
        """It is gone, or could not be made."""
        if job := self._export(name):
            exporting.hear_lost(self._node.begin(), job, why)

    def answered(self, name: bytes, line: bytes) -> None:
        """A line of an answer."""
        if job := self._export(name):
            exporting.hear_answer(self._node.begin(), job, line)

    def said(self, name: bytes, argv: list[bytes]) -> None:
        """A command of the target's."""
        if job := self._export(name):
            exporting.hear_target(self._node.begin(), job, argv)

    def sent(self, name: bytes) -> None:
        """The keys have been sent."""
        if job := self._export(name):
            exporting.hear_sent(self._node.begin(), job)

    def _export(self, name: bytes) -> Job | None:
        job = self._jobs.named(name)
        return job if job is not None and job.kind == EXPORT else None

    # ---- both ----

    def flushed(self) -> None:
        """All keys of this node were deleted."""
        job_ends.note_flush(self._node.begin())

    def told(self) -> list[Reply]:
        """A map for each, the newest first."""
        return [job.told() for job in self._jobs]
