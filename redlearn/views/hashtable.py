"""What a pane sees of a hash table: some buckets with their chains, how far a move between its
two tables has come, and which chain was searched last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from redlearn.engine.structures.ebuckets import Ebuckets
from redlearn.engine.structures.hashtable import (
    BucketMoved,
    Cleared,
    HashTable,
    Inserted,
    Probed,
    RehashFinished,
    RehashStarted,
    Removed,
    Scanned,
)
from redlearn.probe import Event

LONGEST_CHAIN = 8
"""How many entries of a chain are copied; the rest is counted."""

MOST_SIBLINGS = 4
"""How many buckets of table 1 are shown beside one of table 0, where it splits into more."""

NOTED = 64
"""How many bytes of a value go into a note."""


Note = Callable[[Any], bytes]
"""Makes a word about an entry's value."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One entry of a chain: its key, a word about its value, and when it ends.

    Attributes:
        at_ms: The moment, in ms since 1970, or 0 for never.
    """

    key: bytes
    note: bytes
    at_ms: int = 0


@dataclass(frozen=True, slots=True)
class Chain:
    """A bucket of table `table`: the first entries of its chain, and how many more there are."""

    table: int
    bucket: int
    cells: tuple[Cell, ...] = ()
    more: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """A bucket of table 0 and, during a move, the buckets of table 1 its entries go to."""

    chain: Chain
    siblings: tuple[Chain, ...] = ()


@dataclass(frozen=True, slots=True)
class Touched:
    """What happened last.

    Attributes:
        probe: The chain searched last, and with what outcome.
        inserted, removed: The key that came, or went, last.
        moved: The bucket of table 0 that was emptied last.
        place: (table, bucket) of the latest happening, for a window to follow.
        scanned: (table, bucket) pairs that a scan visited.
    """

    probe: Probed | None = None
    inserted: bytes | None = None
    removed: bytes | None = None
    moved: BucketMoved | None = None
    place: tuple[int, int] | None = None
    scanned: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class HashtableView:
    """A window on a hash table.

    Attributes:
        name: The table's own: "keys", "fields", "members" ...
        sizes: Buckets of table 0 and table 1 (0 when there is none).
        used: Entries in each.
        rehash_index: The next bucket of table 0 to move, or -1.
        first: The bucket the window begins with.
        now_ms: The moment looked at, from which what ends is counted; 0 where nothing does.
        ending: How many entries end.
    """

    name: str
    sizes: tuple[int, int]
    used: tuple[int, int]
    rehash_index: int
    first: int = 0
    rows: tuple[Row, ...] = ()
    touched: Touched = field(default_factory=Touched)
    now_ms: int = 0
    ending: int = 0


def timed(view: HashtableView, moments: Ebuckets, now_ms: int) -> HashtableView:
    """The view of a hash's fields, with the moments at which they end. O(visible)."""

    def with_moments(chain: Chain) -> Chain:
        cells = tuple(replace(cell, at_ms=moments.moment_of(cell.key)) for cell in chain.cells)
        return replace(chain, cells=cells)

    rows = tuple(
        Row(with_moments(row.chain), tuple(map(with_moments, row.siblings))) for row in view.rows
    )
    return replace(view, rows=rows, now_ms=now_ms, ending=len(moments))


def look_at(
    table: HashTable,
    first: int,
    count: int,
    note: Note,
    touched: Touched | None = None,
) -> HashtableView:
    """Copy out `count` buckets from `first` on. O(count), however large the table."""
    sizes = (table.size(0), table.size(1))
    rows = tuple(
        Row(_chain(table, 0, bucket, note), _siblings(table, bucket, note))
        for bucket in range(first, min(first + count, sizes[0]))
    )
    return HashtableView(
        table.name, sizes, (table.used(0), table.used(1)), table.rehash_index, first, rows,
        touched or Touched(),
    )  # fmt: skip


def _chain(table: HashTable, number: int, bucket: int, note: Note) -> Chain:
    entries = table.bucket(number, bucket)
    cells = tuple(Cell(e.key, note(e.value)) for e in islice(entries, LONGEST_CHAIN))
    return Chain(number, bucket, cells, sum(1 for _ in entries))


def _siblings(table: HashTable, bucket: int, note: Note) -> tuple[Chain, ...]:
    size0, size1 = table.size(0), table.size(1)
    if not size1:
        return ()
    if size1 < size0:
        return (_chain(table, 1, bucket & (size1 - 1), note),)
    places = range(bucket, size1, size0)[:MOST_SIBLINGS]
    return tuple(_chain(table, 1, place, note) for place in places)


def advance(view: HashtableView, event: Event) -> HashtableView:
    """The view with one more event of its table marked."""
    touched = touched_by(view.touched, event, view.name)
    return view if touched is view.touched else replace(view, touched=touched)


def touched_in(events: Iterable[Event], name: str) -> Touched:
    """What a command's events say about the table called `name`."""
    touched = Touched()
    for event in events:
        touched = touched_by(touched, event, name)
    return touched


def touched_by(touched: Touched, event: Event, name: str) -> Touched:
    """The marks after one more event."""
    if getattr(event, "name", None) != name:
        return touched
    match event:
        case Probed(_, table, bucket):
            return replace(touched, probe=event, place=(table, bucket))
        case Inserted(_, table, bucket, key):
            return replace(touched, inserted=key, removed=None, place=(table, bucket))
        case Removed(_, table, bucket, key):
            return replace(touched, removed=key, inserted=None, place=(table, bucket))
        case BucketMoved():
            return replace(touched, moved=event)
        case Scanned(_, _, _, visited):
            return replace(touched, scanned=visited, place=visited[0])
        case RehashStarted() | RehashFinished() | Cleared():
            # Bucket numbers mean other places from here on.
            return replace(touched, probe=None, place=None, moved=None, scanned=())
    return touched


def home(touched: Touched, sizes: tuple[int, int], count: int) -> int:
    """The first bucket of a window of `count` that shows what happened last."""
    if touched.place is None or sizes[0] <= count:
        return 0
    _, bucket = touched.place
    return max(0, min(bucket % sizes[0] - count // 2, sizes[0] - count))


def value_note(value: object) -> bytes:
    """A word about what an entry holds: bytes as they are, a number in Redis's form."""
    if isinstance(value, bytes):
        return value[:NOTED]
    return b""
