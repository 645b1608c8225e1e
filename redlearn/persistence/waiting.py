"""What a snapshot still has to write: the keys of the moment it began, while tables go on moving.

A copy of a table's row of buckets is quick: it copies references to the heads of chains, and no
chain. It stays right as long as no chain that was there is changed, and there are three ways to:

    a new key       hangs itself in front of the old head, which the copy refers to: no harm
    a key goes      whoever removes it says so before: it is written, and the bucket is taken apart
    a rehash        moves a bucket entry by entry: it says so before, and it is taken apart

A bucket that is taken apart is a tuple of its entries, which no table changes any more.

Where does a key wait, if at all? In the bucket that its hash names, in the row of table 0 or that
of table 1, or nowhere: then it is written already, or newer than the snapshot.

Which version of the file can say all of it is found out in the same way, some buckets at a time
(`look`). A key that is brought forward before that is known is written for the oldest readers that
can have it at all: whatever version the file gets in the end, it can say that too.

Cost: to begin, O(buckets), a millisecond for 100,000; for each change of a key O(1), and O(bytes of
its value) the first time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol
from zlib import crc32

from redlearn.engine.keyspace import NO_EXPIRY, Database
from redlearn.engine.payload import OLDEST
from redlearn.engine.structures.buckets import Entry, Row, chain
from redlearn.engine.structures.hashtable import HashTable
from redlearn.engine.values.value import POINTER
from redlearn.persistence.rdb_write import version_of, version_of_row

EMPTY_VISITS: Final = 10
"""How many buckets a step may pass for each key that is wanted."""

ENOUGH: Final = 1 << 14
"""Bytes after which a step writes no more keys, however many it might."""

SHORT: Final = 64
"""Bytes of a text up to which nobody need ask, after each, whether they are enough by now."""

Record = tuple[bytes, bytes]
"""A key, and all that is written of it."""


@dataclass(slots=True)
class Copied:
    """What writes have brought forward.

    Attributes:
        keys, bytes: All of it so far.
        held: Bytes that wait for the next piece now.
        most: The most that ever waited.
    """

    keys: int = 0
    bytes: int = 0
    held: int = 0
    most: int = 0

    def add(self, size: int) -> None:
        """One more key, of `size` bytes in the file."""
        self.keys += 1
        self.bytes += size
        self.held += size
        self.most = max(self.most, self.held)


class Notation(Protocol):
    """How keys are written into a file: as a snapshot has them, or as commands."""

    def begin(self, out: bytearray, index: int, keys: int, expires: int) -> None:
        """Append what precedes the keys of a database; how many there are, and how many end."""
        ...

    def select(self, out: bytearray, index: int) -> None:
        """Append that more keys of a database follow, which was begun before."""
        ...

    def keys(
        self, out: bytearray, entries: Sequence[Entry], moment_of: Callable[[bytes], int] | None
    ) -> None:
        """Append keys. O(bytes). `moment_of`: when each ends, or NO_EXPIRY; None if none does."""
        ...

    def key(self, out: bytearray, entry: Entry, at_ms: int) -> int:
        """Append one key; the version that a file with it has to have. O(bytes)."""
        ...


class Waiting(Protocol):
    """The keys of one database that are not written yet."""

    @property
    def left(self) -> int:
        """How many there are."""
        ...

    @property
    def size(self) -> int:
        """Bytes of memory that knowing them takes."""
        ...

    @property
    def needs(self) -> int:
        """The lowest version that can say what was looked at, and what was brought forward."""
        ...

    @property
    def buckets(self) -> int:
        """How many there are to be looked at."""
        ...

    def look(self, start: int, count: int) -> None:
        """See which version the keys need in some buckets from number `start` on."""
        ...

    def watch(self) -> None:
        """Begin to be told of what moves."""
        ...

    def bring(self, out: bytearray, key: bytes, notation: Notation) -> bool:
        """Write one key, if it waits; whether it did."""
        ...

    def take(self, out: bytearray, count: int, notation: Notation) -> int:
        """Write up to `count` keys, the next in turn; how many it were."""
        ...

    def emptying(self) -> None:
        """When keys end will be forgotten now."""
        ...

    def records(self, notation: Notation) -> tuple[Record, ...]:
        """All there are, written, in the order in which they are taken."""
        ...


class Rows:
    """The keys of a table, found by its rows as they were (`Waiting`)."""

    __slots__ = (
        "_at", "_ends", "_keys", "_moments", "_originals", "_rows", "_seed", "left", "needs",
    )  # fmt: skip

    def __init__(self, db: Database) -> None:
        keys = db.keys
        self._keys = keys
        self._seed = keys.seed
        self._originals = keys.rows
        self._rows: tuple[list[Entry | tuple[Entry, ...] | None], ...] = tuple(
            [*row] for row in keys.rows
        )
        self._at = 0  # the next bucket, those of the second row counted on
        self.left = len(keys)
        self.needs = OLDEST
        self._ends: HashTable | None = db.expires if db.mortal else None
        self._moments: dict[bytes, int] = {}

    @property
    def size(self) -> int:
        """Bytes of the copies."""
        return POINTER * sum(map(len, self._rows))

    @property
    def buckets(self) -> int:
        """How many buckets both rows have, empty ones among them."""
        return sum(map(len, self._rows))

    def look(self, start: int, count: int) -> None:
        """See which version the keys need in some buckets. O(buckets and keys)."""
        for row in self._rows:
            some = row[max(start, 0) : max(start + count, 0)]
            start -= len(row)
            heads: Row = []
            apart: list[Entry] = []
            for each in some:
                if isinstance(each, tuple):
                    apart += each
                else:
                    heads.append(each)
            self.needs = max(self.needs, version_of_row(heads), *map(version_of, apart))

    def watch(self) -> None:
        """Let the table tell of buckets that are about to be moved."""
        self._keys.guard = self.moving

    def moving(self, row: Row, index: int) -> None:
        """Take a bucket apart that is about to be moved. O(its entries)."""
        for original, mine in zip(self._originals, self._rows, strict=True):
            if row is original and isinstance(mine[index], Entry):
                mine[index] = self._bucket(mine, index)

    def bring(self, out: bytearray, key: bytes, notation: Notation) -> bool:
        """Write one key, if it waits; whether it did. O(its bytes)."""
        hash = crc32(key, self._seed)
        for row in self._rows:
            index = hash & (len(row) - 1)
            if not row or row[index] is None:
                continue
            entries = self._bucket(row, index)
            for entry in entries:
                if entry.key == key:
                    row[index] = tuple([each for each in entries if each is not entry])
                    self.left -= 1
                    version = notation.key(out, entry, self._moment_of(key))
                    self.needs = max(self.needs, version)
                    return True
        return False

    def take(self, out: bytearray, count: int, notation: Notation) -> int:
        """Write the keys of the next buckets, about `count`, or less if that is `ENOUGH` already;
        and pass not too many empty buckets.
        """
        ends = self._ends is not None or bool(self._moments)
        end = min(self._at + count * EMPTY_VISITS, self.buckets)
        taken, begin = 0, len(out)
        while taken < count and self._at < end and len(out) - begin < ENOUGH:
            entries = self._next(count - taken, end)
            notation.keys(out, entries, self._moment_of if ends else None)
            taken += len(entries)
        self.left -= taken
        assert self._at < self.buckets or not self.left, "a key is nowhere"
        return taken

    def _next(self, count: int, end: int) -> list[Entry]:
        """The keys of the next buckets before number `end`; no more once one may be large."""
        found: list[Entry] = []
        first = len(self._rows[0])
        is_long = False
        while len(found) < count and self._at < end and not is_long:
            row, at = (
                (self._rows[0], self._at) if self._at < first else (self._rows[1], self._at - first)
            )
            bucket, row[at] = row[at], None
            self._at += 1
            if bucket is None:
                continue
            for entry in chain(bucket) if isinstance(bucket, Entry) else bucket:
                found.append(entry)
                kind = entry.value.__class__
                if kind is not int and (kind is not bytes or len(entry.value) > SHORT):
                    is_long = True
        return found

    def emptying(self) -> None:
        """Note when keys end that wait. O(keys that end)."""
        if self._ends is not None:
            self._moments = {entry.key: entry.value for entry in self._ends.entries()}
            self._ends = None

    def records(self, notation: Notation) -> tuple[Record, ...]:
        """All keys that wait, written. O(bytes)."""
        found: list[Record] = []
        for row in self._rows:
            for index, bucket in enumerate(row):
                for entry in self._bucket(row, index) if bucket is not None else ():
                    out = bytearray()
                    notation.key(out, entry, self._moment_of(entry.key))
                    found.append((entry.key, bytes(out)))
        return tuple(found)

    def _bucket(self, row: list[Entry | tuple[Entry, ...] | None], index: int) -> tuple[Entry, ...]:
        bucket = row[index]
        if isinstance(bucket, tuple):
            return bucket
        return tuple(chain(bucket))

    def _moment_of(self, key: bytes) -> int:
        if self._ends is None:
            return self._moments.get(key, NO_EXPIRY)
        entry = self._ends.peek(key)
        return NO_EXPIRY if entry is None else int(entry.value)


class Records:
    """Keys that are written already, but not in the file: after time travel (`Waiting`)."""

    __slots__ = ("_records",)

    def __init__(self, records: Iterable[Record]) -> None:
        self._records = dict(records)

    @property
    def left(self) -> int:
        return len(self._records)

    @property
    def size(self) -> int:
        return sum(map(len, self._records.values()))

    @property
    def needs(self) -> int:
        return OLDEST

    @property
    def buckets(self) -> int:
        return 0

    def look(self, start: int, count: int) -> None:
        """Which version they need is known."""

    def watch(self) -> None:
        """Nothing that moves matters any more."""

    def bring(self, out: bytearray, key: bytes, notation: Notation) -> bool:
        record = self._records.pop(key, None)
        out += record or b""
        return record is not None

    def take(self, out: bytearray, count: int, notation: Notation) -> int:
        keys = [key for key, _ in zip(self._records, range(count), strict=False)]
        for key in keys:
            out += self._records.pop(key)
        return len(keys)

    def emptying(self) -> None:
        """When keys end is written with them."""

    def records(self, notation: Notation) -> tuple[Record, ...]:
        return tuple(self._records.items())


FrozenPart = tuple[int, int, int, bool, tuple[Record, ...], bytes]


class Part:
    """What a snapshot has to do with one database (`keyspace.Shadow`).

    Attributes:
        index: The number that the database had at the start.
        keys, expires: How many keys there were, and how many of them ended at some time.
        begun: Whether the file has named the database already.
        waiting: The keys that are still to be written.
        brought: Those that writes have brought forward, to go into the next piece.
    """

    __slots__ = ("begun", "brought", "copied", "expires", "index", "keys", "notation", "waiting")

    def __init__(
        self,
        index: int,
        keys: int,
        expires: int,
        notation: Notation,
        copied: Copied,
        waiting: Waiting,
    ) -> None:
        self.index = index
        self.keys = keys
        self.expires = expires
        self.begun = False
        self.waiting = waiting
        self.brought = bytearray()
        self.notation = notation
        self.copied = copied

    def changing(self, key: bytes) -> None:
        """A key is about to change: it is written now if it waits. O(its bytes)."""
        before = len(self.brought)
        if self.waiting.left and self.waiting.bring(self.brought, key, self.notation):
            self.copied.add(len(self.brought) - before)

    def emptying(self) -> None:
        """All keys are about to go, and when they end with them. O(keys that end)."""
        self.waiting.emptying()

    def take(self, out: bytearray, count: int) -> int:
        """Append what was brought forward, then about `count` keys; how many of these it were."""
        out += self.brought
        self.copied.held -= len(self.brought)
        self.brought.clear()
        wanted = count > 0 and self.waiting.left
        return self.waiting.take(out, count, self.notation) if wanted else 0

    def freeze(self, notation: Notation) -> FrozenPart:
        """The bytes of all that is still to be written, in a notation that is settled. O(bytes)."""
        records = self.waiting.records(notation)
        return self.index, self.keys, self.expires, self.begun, records, bytes(self.brought)

    @classmethod
    def thaw(cls, frozen: FrozenPart, notation: Notation, copied: Copied) -> Part:
        """The part that `freeze` gave."""
        index, keys, expires, begun, records, brought = frozen
        part = cls(index, keys, expires, notation, copied, Records(records))
        part.begun = begun
        part.brought += brought
        return part
