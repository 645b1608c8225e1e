"""What a stream tells those who watch it: nodes that begin and go, groups that read on."""

from __future__ import annotations

from dataclasses import dataclass

from redlearn.probe import Event


@dataclass(frozen=True, slots=True)
class NodeBegun(Event):
    """A node was begun for entry `id`: the first, or because node `before` is full, and `why`."""

    id: int
    before: int
    why: str


@dataclass(frozen=True, slots=True)
class NodeDropped(Event):
    """A node went as a whole, with its `entries`, and `deleted` that were only marked."""

    node: int
    entries: int
    deleted: int


@dataclass(frozen=True, slots=True)
class NodeSpared(Event):
    """A trim by whole nodes left a node with `entries`: only `wanted` were to go, -1 for some."""

    node: int
    entries: int
    wanted: int


@dataclass(frozen=True, slots=True)
class GroupAdvanced(Event):
    """A group has been given all up to `last_id`; `entries_read` is -1 where it is not known."""

    last_id: int
    entries_read: int
