"""What a hash table tells those who watch it: the steps of a lookup, a change and a move.

`name` is the table's own ("keys", "expires", or "" for that of a value), `table` 0 or 1,
`bucket` a number below that table's size.
"""

from __future__ import annotations

from dataclasses import dataclass

from redlearn.probe import Event


@dataclass(frozen=True, slots=True)
class Probed(Event):
    """`key` was compared with the keys of one bucket, from the head of its chain.

    Attributes:
        compared: The keys it was compared with, in order; empty for an empty bucket.
        found: Whether the last of them is `key` itself.
    """

    name: str
    table: int
    bucket: int
    key: bytes
    compared: tuple[bytes, ...]
    found: bool


@dataclass(frozen=True, slots=True)
class Inserted(Event):
    """`key` was hung at the head of a bucket's chain."""

    name: str
    table: int
    bucket: int
    key: bytes


@dataclass(frozen=True, slots=True)
class Removed(Event):
    """`key` was taken out of a bucket's chain."""

    name: str
    table: int
    bucket: int
    key: bytes


@dataclass(frozen=True, slots=True)
class Cleared(Event):
    """Every entry is gone, and both tables."""

    name: str


@dataclass(frozen=True, slots=True)
class RehashStarted(Event):
    """A table of `size_to` buckets was made to move into; it grows or shrinks.

    `size_from` is 0 for a table's first buckets. Where there is nothing to move,
    `RehashFinished` follows at once.
    """

    name: str
    size_from: int
    size_to: int


@dataclass(frozen=True, slots=True)
class EmptySkipped(Event):
    """`count` empty buckets of table 0 were passed, from bucket `first` on, ten at most a step."""

    name: str
    first: int
    count: int


@dataclass(frozen=True, slots=True)
class BucketMoved(Event):
    """Bucket `index` of table 0 was emptied into table 1.

    Attributes:
        moves: Each key, in the order of the old chain, with its bucket in table 1. Each was
            hung at the head there, so those that stay together end up the other way round.
    """

    name: str
    index: int
    moves: tuple[tuple[bytes, int], ...]

    @property
    def count(self) -> int:
        return len(self.moves)


@dataclass(frozen=True, slots=True)
class RehashFinished(Event):
    """Table 1, of `size` buckets, took the place of table 0."""

    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Scanned(Event):
    """A scan visited these (table, bucket) pairs; `following` is the cursor to go on with."""

    name: str
    cursor: int
    following: int
    visited: tuple[tuple[int, int], ...]
