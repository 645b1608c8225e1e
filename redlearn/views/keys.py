"""What the keys pane sees: some keys of a database, with type, encoding, size and time left."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from redlearn.engine.keyspace import NO_EXPIRY, Database
from redlearn.engine.ledger import name_size
from redlearn.engine.structures.hashtable import Entry
from redlearn.engine.values.string import boxed

SORTED_UP_TO: Final = 500
"""Up to so many keys are shown by name; more than that in the order of their buckets."""


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One key.

    Attributes:
        at_ms: Its deadline, or NO_EXPIRY.
        memory: What MEMORY USAGE says.
        used: How long it was idle, or how often it was used, as the policy tells.
    """

    key: bytes
    kind: str
    encoding: str
    length: int
    at_ms: int
    memory: int = 0
    used: str = ""


@dataclass(frozen=True, slots=True)
class KeysView:
    """Some keys.

    Attributes:
        total: How many there are in all.
        first: Index of the first one shown, or the bucket it is in where `by_bucket`.
        now_ms: The moment looked at.
        last: The key touched last.
    """

    db: int
    rows: tuple[KeyRow, ...]
    total: int
    first: int
    now_ms: int
    last: bytes = b""
    by_bucket: bool = False


def look_at(
    db: Database,
    first: int,
    count: int,
    now_ms: int,
    last: bytes = b"",
    how_used: Callable[[int], str] = lambda access: "",
) -> KeysView:
    """Copy out `count` keys. O(visible) where there are many; up to 500 are sorted.

    Args:
        db: The database; nothing in it is touched.
        first: Which key to begin with; with many keys, which bucket.
        count: How many at most.
        now_ms: The session's moment.
        how_used: Tells how a key was used, from its access.
        last: The key touched last; a window at its home is made to show it.
    """
    total = len(db)
    by_bucket = total > SORTED_UP_TO
    if by_bucket:
        first, found = _from_bucket(db, first, count)
    else:
        found = sorted(db.keys.entries(), key=lambda entry: entry.key)
        if not first and last:
            place = next((at for at, entry in enumerate(found) if entry.key == last), 0)
            first = max(place - count + 1, 0)
        first = max(min(first, total - count), 0)
        found = found[first : first + count]
    rows = tuple(_row(db, entry, how_used(entry.access)) for entry in found)
    return KeysView(db.index, rows, total, first, now_ms, last, by_bucket)


def _from_bucket(db: Database, bucket: int, count: int) -> tuple[int, list[Entry]]:
    """Entries of the buckets from `bucket` on, table 0 then table 1, until there are enough."""
    table = db.keys
    sizes = (table.size(0), table.size(1))
    first = bucket = max(min(bucket, sum(sizes) - 1), 0)
    found: list[Entry] = []
    while len(found) < count and bucket < sum(sizes):
        number = 0 if bucket < sizes[0] else 1
        found += table.bucket(number, bucket - number * sizes[0])
        bucket += 1
    return first, found[:count]


def _row(db: Database, entry: Entry, used: str) -> KeyRow:
    deadline = db.expires.peek(entry.key)
    value = boxed(entry.value)
    at_ms = NO_EXPIRY if deadline is None else deadline.value
    memory = name_size(entry.key) + value.memory()
    return KeyRow(entry.key, value.type, value.encoding, len(value), at_ms, memory, used)
