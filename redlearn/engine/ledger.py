"""Ledger: how much memory the data takes, known at any moment without looking at all of it.

`maxmemory` asks before every command, so the answer must be at hand. There is no allocator to
ask, as Redis asks jemalloc; the ledger counts what Redis would have allocated, by a model:

    for each key     its entry in the table (24 bytes), its name as an SDS, and the value's
                     `footprint`: headers, blocks rounded up to jemalloc's size classes, and
                     for large forms the bytes of all elements with a fixed part for each
    for each         8 bytes for every bucket of both tables, also while they are rehashed,
    database         and 24 for every entry of the table of expiries

A value knows its footprint in O(1). After a command only the keys that it used are counted
again: their old sizes go out of the sum, their new ones come in.

Not in the model: what a server needs before it has data (0.9 MB of a Redis that has just
started), clients and their buffers, the queue of a MULTI.

Unlike Redis: memory that the data itself does not take is not counted, so that a lesson
    fills a maxmemory of a few KB with a few keys. But a maxmemory that not even one key fits into
    is passed by an empty server already, as any below that 0.9 MB is in Redis (`LEAST`).

Source: `zmalloc.c` zmalloc_used_memory, `object.c` getMemoryOverheadData.
"""

from __future__ import annotations

from typing import Final

from redlearn.engine.keyspace import Database
from redlearn.engine.structures.hashtable import Entry
from redlearn.engine.values.string import footprint_of
from redlearn.engine.values.value import DICT_ENTRY, POINTER, string_allocated

LEAST: Final = 80
"""What the smallest key of all takes: no name, a number, and the table it is in."""

Sizes = tuple[int, ...]


class Ledger:
    """The sizes of all keys of all databases, and their sum.

    Invariant: but for the keys in `changed`, `total` is what a walk over everything would find.

    Attributes:
        changed: (database, key) of what was used since the last look; the databases add to it.
    """

    __slots__ = ("_databases", "_moving", "_shapes", "_sizes", "_tables", "_total", "changed")

    def __init__(self, databases: list[Database]) -> None:
        """Begin to count: O(keys), once."""
        self._databases = databases
        self.changed: set[tuple[int, bytes]] = set()
        self._sizes: list[dict[bytes, int]] = [{} for _ in databases]  # of the values alone
        self._tables = [0 for _ in databases]
        self._shapes = [(0, 0, False) for _ in databases]
        self._total = 0
        self._moving = False
        for db in databases:
            self._sizes[db.index] = {e.key: footprint_of(e.value) for e in db.keys.entries()}
            self._total += sum([size_of(entry) for entry in db.keys.entries()])
            self._count_tables(db)

    def total(self) -> int:
        """Bytes in use now. O(keys used since the last call)."""
        if self.changed:
            self._settle()
        if self._moving:  # a walk moves buckets too, and uses no key
            self.recount_tables()
        return self._total

    def recount_tables(self) -> None:
        """Look at the tables of all databases: the timer may have moved buckets. O(databases)."""
        self._moving = False
        for db in self._databases:
            self._count_tables(db)

    def _settle(self) -> None:
        """Count the keys again that were used.

        This is what each command costs more while there is a limit, 1.5 microseconds, so names
        are counted only as keys come and go, and tables only where they may have another shape.
        """
        databases = self._databases
        for index, key in self.changed:
            db = databases[index]
            sizes = self._sizes[index]
            known = sizes.get(key)
            entry = db.keys.peek(key)
            if entry is not None:
                size = sizes[key] = footprint_of(entry.value)
                self._total += size - known if known is not None else size + name_size(key)
            elif known is not None:
                del sizes[key]
                self._total -= known + name_size(key)
            if _shape(db) != self._shapes[index] or self._shapes[index][2]:
                self._count_tables(db)
        self.changed.clear()

    def _count_tables(self, db: Database) -> None:
        size = tables_of(db)
        self._total += size - self._tables[db.index]
        self._tables[db.index] = size
        self._shapes[db.index] = shape = _shape(db)
        self._moving = self._moving or shape[2]

    def freeze(self) -> tuple[Sizes, ...]:
        """The sizes of each database, in the order of its table's entries. O(keys)."""
        if self.changed:
            self._settle()
        return tuple(
            tuple([sizes[entry.key] for entry in db.keys.entries()]) if sizes else ()
            for db, sizes in zip(self._databases, self._sizes, strict=True)
        )

    @classmethod
    def thaw(cls, frozen: tuple[Sizes, ...], databases: list[Database]) -> Ledger:
        """The ledger that `freeze` copied out, over databases that are thawed already. O(keys)."""
        nothing: list[Database] = []
        ledger = cls(nothing)
        ledger._databases = databases
        ledger._tables = [tables_of(db) for db in databases]
        ledger._shapes = [_shape(db) for db in databases]
        ledger._moving = any(shape[2] for shape in ledger._shapes)
        keys = [[entry.key for entry in db.keys.entries()] for db in databases]
        ledger._sizes = [dict(zip(*pair, strict=True)) for pair in zip(keys, frozen, strict=True)]
        names = sum([name_size(key) for some in keys for key in some])
        ledger._total = sum(ledger._tables) + sum(map(sum, frozen)) + names
        return ledger

    def check(self) -> None:
        """Assert that the sum is what a walk over everything finds. O(keys)."""
        assert self.total() == sum(map(walked, self._databases))


def _shape(db: Database) -> tuple[int, int, bool]:
    """What tells that the size of the tables may be another: entries, and a rehash under way."""
    keys, expires = db.keys, db.expires
    return len(keys), len(expires), keys.rehash_index >= 0 or expires.rehash_index >= 0


def name_size(key: bytes) -> int:
    """Bytes of a key without its value: its entry in the table, and its name."""
    return DICT_ENTRY + string_allocated(len(key))


def size_of(entry: Entry) -> int:
    """Bytes of one key: its entry, its name, its value."""
    return name_size(entry.key) + footprint_of(entry.value)


def tables_of(db: Database) -> int:
    """Bytes of a database's two tables, without what hangs in that of the keys."""
    keys, expires = db.keys, db.expires
    buckets = keys.size(0) + keys.size(1) + expires.size(0) + expires.size(1)
    return POINTER * buckets + DICT_ENTRY * len(expires)


def walked(db: Database) -> int:
    """Bytes of a database, by a walk over its keys. O(keys)."""
    return tables_of(db) + sum([size_of(entry) for entry in db.keys.entries()])
