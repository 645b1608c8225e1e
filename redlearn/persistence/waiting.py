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

Who goes back in time to the midst of it has to know which keys waited then, and what is to be
written of each. Both is found out when somebody asks (`Kept`): what has been written since is noted
from the first such moment on (`Journal`), and the rest still waits.

Cost: to begin, O(buckets), a millisecond for 100,000; for each change of a key O(1), and O(bytes of
its value) the first time. To keep a moment, O(1).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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

Place = tuple[int, int]
"""The bucket of a key, those of the second row counted on, and its number in the chain."""

Bucket = Entry | tuple[Entry | None, ...] | None
"""The head of a chain; or a chain taken apart, where None stands for what is written."""


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

    def freeze(self, notation: Callable[[], Notation]) -> Kept:
        """All there are now, to be written in that notation, which is known later. O(1)."""
        ...

    def let_go(self) -> None:
        """Nothing moves or changes any more that is told of: what was kept has to know by now."""
        ...


class Journal:
    """What was written of some keys since somebody first kept a moment in between.

    Attributes:
        written: In the order in which it was.
    """

    __slots__ = ("_rest", "written")

    def __init__(self, rest: Callable[[], list[tuple[Place, Record]]]) -> None:
        """Args:
        rest: Writes all that still waits.
        """
        self.written: list[tuple[Place, Record]] = []
        self._rest: Callable[[], list[tuple[Place, Record]]] = rest

    def since(self, count: int) -> tuple[Record, ...]:
        """All that waited when `count` were written, in the order of buckets. O(their bytes)."""
        found = self.written[count:] + self._rest()
        found.sort(key=_place_of)
        return tuple([record for _, record in found])

    def end(self) -> None:
        """Write all that waits, since it will not be as it was for much longer. O(bytes)."""
        self.written += self._rest()
        self._rest = list  # nothing is left


def _place_of(pair: tuple[Place, Record]) -> Place:
    return pair[0]


class Kept:
    """The keys that waited at one moment.

    Attributes:
        left: How many.
    """

    __slots__ = ("_find", "_records", "left")

    def __init__(self, left: int, find: Callable[[], tuple[Record, ...]]) -> None:
        self.left = left
        self._find = find
        self._records: tuple[Record, ...] | None = None

    @property
    def records(self) -> tuple[Record, ...]:
        """All of them, written, in the order in which they are taken. O(bytes), the first time."""
        if self._records is None:
            self._records = self._find()
            self._find = tuple  # lets go of what had to be kept for it
        return self._records

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Kept) and self.records == other.records

    __hash__ = None  # type: ignore[assignment]  # like any other whose content decides


class Rows:
    """The keys of a table, found by its rows as they were (`Waiting`)."""

    __slots__ = (
        "_at", "_ends", "_journal", "_keys", "_moments", "_originals", "_rows", "_seed", "left",
        "needs",
    )  # fmt: skip

    def __init__(self, db: Database) -> None:
        keys = db.keys
        self._keys = keys
        self._seed = keys.seed
        self._originals = keys.rows
        self._rows: tuple[list[Bucket], ...] = tuple([*row] for row in keys.rows)
        self._at = 0  # the next bucket, those of the second row counted on
        self.left = len(keys)
        self.needs = OLDEST
        self._ends: HashTable | None = db.expires if db.mortal else None
        self._moments: dict[bytes, int] = {}
        self._journal: Journal | None = None

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
                    apart += [entry for entry in each if entry is not None]
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
        hash, before = crc32(key, self._seed), 0
        for row in self._rows:
            index = hash & (len(row) - 1)
            entries = self._bucket(row, index) if row else ()
            for number, entry in enumerate(entries):
                if entry is not None and entry.key == key:
                    row[index] = (*entries[:number], None, *entries[number + 1 :])
                    self.left -= 1
                    self._write(out, entry, (before + index, number), notation)
                    return True
            before += len(row)
        return False

    def _write(self, out: bytearray, entry: Entry, place: Place, notation: Notation) -> None:
        """Write one key, and note it where somebody may have to know."""
        begin = len(out)
        version = notation.key(out, entry, self._moment_of(entry.key))
        self.needs = max(self.needs, version)
        if self._journal is not None:
            self._journal.written.append((place, (entry.key, bytes(out[begin:]))))

    def take(self, out: bytearray, count: int, notation: Notation) -> int:
        """Write the keys of the next buckets, about `count`, or less if that is `ENOUGH` already;
        and pass not too many empty buckets.
        """
        ends = self._ends is not None or bool(self._moments)
        end = min(self._at + count * EMPTY_VISITS, self.buckets)
        taken, begin = 0, len(out)
        while taken < count and self._at < end and len(out) - begin < ENOUGH:
            places: list[Place] = []
            entries = self._next(count - taken, end, places)
            if self._journal is None:
                notation.keys(out, entries, self._moment_of if ends else None)
            else:
                for entry, place in zip(entries, places, strict=True):
                    self._write(out, entry, place, notation)
            taken += len(entries)
        self.left -= taken
        assert self._at < self.buckets or not self.left, "a key is nowhere"
        return taken

    def _next(self, count: int, end: int, places: list[Place]) -> list[Entry]:
        """The keys of the next buckets before number `end`; no more once one may be large.

        Args:
            places: Where they were is appended to it, if that is to be noted.
        """
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
            entries = chain(bucket) if isinstance(bucket, Entry) else bucket
            for number, entry in enumerate(entries):
                if entry is None:
                    continue
                found.append(entry)
                if self._journal is not None:
                    places.append((self._at - 1, number))
                kind = entry.value.__class__
                if kind is not int and (kind is not bytes or len(entry.value) > SHORT):
                    is_long = True
        return found

    def emptying(self) -> None:
        """Note when keys end that wait. O(keys that end)."""
        if self._ends is not None:
            self._moments = {entry.key: entry.value for entry in self._ends.entries()}
            self._ends = None

    def freeze(self, notation: Callable[[], Notation]) -> Kept:
        """All keys that wait now. O(1)."""
        if self._journal is None:
            self._journal = Journal(lambda: self._rest(notation()))
        journal, count = self._journal, len(self._journal.written)
        return Kept(self.left, lambda: journal.since(count))

    def let_go(self) -> None:
        """Write what still waits for whoever kept a moment. O(bytes), if anybody did."""
        if self._journal is not None:
            self._journal.end()

    def _rest(self, notation: Notation) -> list[tuple[Place, Record]]:
        """All keys that wait, written. O(bytes)."""
        found: list[tuple[Place, Record]] = []
        before = 0
        for row in self._rows:
            for index, bucket in enumerate(row):
                for number, entry in enumerate(self._bucket(row, index) if bucket else ()):
                    if entry is not None:
                        out = bytearray()
                        notation.key(out, entry, self._moment_of(entry.key))
                        found.append(((before + index, number), (entry.key, bytes(out))))
            before += len(row)
        return found

    def _bucket(self, row: list[Bucket], index: int) -> tuple[Entry | None, ...]:
        bucket = row[index]
        if bucket is None or isinstance(bucket, tuple):
            return bucket or ()
        return tuple(chain(bucket))

    def _moment_of(self, key: bytes) -> int:
        if self._ends is None:
            return self._moments.get(key, NO_EXPIRY)
        entry = self._ends.peek(key)
        return NO_EXPIRY if entry is None else int(entry.value)


class Records:
    """Keys that are written already, but not in the file: after time travel (`Waiting`)."""

    __slots__ = ("_found", "_kept")

    def __init__(self, kept: Kept) -> None:
        self._kept = kept
        self._found: dict[bytes, bytes] | None = None  # as soon as one is needed

    @property
    def _records(self) -> dict[bytes, bytes]:
        if self._found is None:
            self._found = dict(self._kept.records)
        return self._found

    @property
    def left(self) -> int:
        return self._kept.left if self._found is None else len(self._found)

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

    def freeze(self, notation: Callable[[], Notation]) -> Kept:
        if self._found is None:
            return self._kept
        records = tuple(self._found.items())
        return Kept(len(records), lambda: records)

    def let_go(self) -> None:
        """What was kept knows all."""


FrozenPart = tuple[int, int, int, bool, Kept, bytes]


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

    def freeze(self, notation: Callable[[], Notation]) -> FrozenPart:
        """All that is still to be written, in a notation known when asked. O(bytes brought)."""
        kept = self.waiting.freeze(notation)
        return self.index, self.keys, self.expires, self.begun, kept, bytes(self.brought)

    @classmethod
    def thaw(cls, frozen: FrozenPart, notation: Notation, copied: Copied) -> Part:
        """The part that `freeze` gave."""
        index, keys, expires, begun, kept, brought = frozen
        part = cls(index, keys, expires, notation, copied, Records(kept))
        part.begun = begun
        part.brought += brought
        return part
