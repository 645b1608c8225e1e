"""What a radix tree tells those who watch it: the way of a walk, and how nodes come and go.

A node is named by `prefix`, the bytes that lead to it; `tree` is the name of the tree, as one
command may walk through several.
"""

from __future__ import annotations

from dataclasses import dataclass

from redlearn.probe import Event


@dataclass(frozen=True, slots=True)
class Descended(Event):
    """A walk went on to the child that `taken` leads to: one byte, or a whole run."""

    prefix: bytes
    taken: bytes
    tree: str = ""


@dataclass(frozen=True, slots=True)
class WayMissing(Event):
    """A walk stopped at a branch, which has no way for the byte `wanted`."""

    prefix: bytes
    wanted: bytes
    tree: str = ""


@dataclass(frozen=True, slots=True)
class RunLeft(Event):
    """A walk stopped in a run, of which only the first `fitted` bytes are the key's."""

    prefix: bytes
    label: bytes
    fitted: int
    tree: str = ""


@dataclass(frozen=True, slots=True)
class NodeSplit(Event):
    """A compressed node was cut at byte `at` of its run `label`."""

    prefix: bytes
    label: bytes
    at: int
    tree: str = ""


@dataclass(frozen=True, slots=True)
class NodeAdded(Event):
    """A node got a new child; `label` leads there."""

    prefix: bytes
    label: bytes
    tree: str = ""


@dataclass(frozen=True, slots=True)
class NodesRemoved(Event):
    """The last `count` nodes on the way to `key` are gone: they led to nothing else."""

    key: bytes
    count: int
    tree: str = ""


@dataclass(frozen=True, slots=True)
class NodesJoined(Event):
    """`count` nodes of one way became one, whose run is `label`."""

    prefix: bytes
    label: bytes
    count: int
    tree: str = ""


@dataclass(frozen=True, slots=True)
class KeyMarked(Event):
    """The node that `key` leads to is a key now."""

    key: bytes
    tree: str = ""


@dataclass(frozen=True, slots=True)
class KeyUnmarked(Event):
    """The node that `key` leads to is no key any more."""

    key: bytes
    tree: str = ""
