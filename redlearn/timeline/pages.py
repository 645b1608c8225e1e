"""Pages: a table of keys as snapshots keep it, in pieces that they share.

A row of buckets is cut into pages of 16 buckets each. A page that no command has used, and out of
or into which no rehash has moved anything, is the very page of the snapshot before:

    row          0 ........ 15   16 ....... 31   32 ....... 47   48 ....... 63
    snapshot 1   page a          page b          page c          page d
    SET of a key in bucket 20
    snapshot 2   page a          page b'         page c          page d

So a snapshot costs what was used since the last one, and a pointer for each page; and to go
back is to hang up anew what hangs in pages that differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final
from zlib import crc32

from redlearn.engine.structures.buckets import Entry, Row, hang, hanging
from redlearn.engine.structures.keytable import KeyTable

BUCKETS: Final = 16
"""How many a page has: fewer make more pages to point at, more make it dearer to use one key."""

PLAIN: Final = (bytes, int)
"""What never changes in itself, so that copies share it."""

Page = tuple[tuple[bytes, ...], tuple[Any, ...], tuple[int, ...]] | None
"""Keys, values and accesses in the order in which they hang; None for empty buckets."""

Exchanged = tuple[list[Entry], list[Entry]]
"""Entries that went, and those that came; some are the same twice."""


@dataclass(frozen=True, slots=True)
class FrozenTable:
    """A table at one moment.

    Attributes:
        pages: Those of both rows.
        sizes: How many buckets either row has, 0 for one that is not there.
        used: How many entries.
        rehash_index: The next bucket to move, or -1.
    """

    pages: tuple[tuple[Page, ...], tuple[Page, ...]]
    sizes: tuple[int, int]
    used: tuple[int, int]
    rehash_index: int


class Pages:
    """Copies one table, and brings it back, remembering the pages of its rows as they were last.

    Attributes:
        copied: How much the last copy took, in units of 100 bytes.
    """

    def __init__(self) -> None:
        self.copied = 0
        self.forget()

    def forget(self) -> None:
        """Know nothing: the table is another one."""
        self._rows: list[Row] = []
        self._pages: list[list[Page]] = []

    def freeze(
        self, table: KeyTable, used: set[bytes], kept: Callable[[Entry], Any]
    ) -> FrozenTable:
        """The table now. O(keys of pages with a used key), and O(keys) of a row that is new.

        Args:
            table: The table.
            used: All keys that were used or changed since the last call of anything here.
            kept: What to keep of an entry whose value may change in itself.
        """
        self.copied = 0
        pages = [self._pages_of(table, row, used, kept) for row in _rows(table)]
        self._remember(table, pages)
        return FrozenTable(
            pages=(tuple(pages[0]), tuple(pages[1])),
            sizes=(table.size(0), table.size(1)),
            used=(table.used(0), table.used(1)),
            rehash_index=table.rehash_index,
        )

    def thaw(
        self,
        table: KeyTable,
        frozen: FrozenTable,
        used: set[bytes],
        revived: Callable[[bytes, Any], Any],
    ) -> Exchanged | None:
        """Let the table be what `freeze` gave. O(pages), and O(keys of pages that differ).

        Which entries went and came, or None if that is all of a row.

        Args:
            table: The table.
            frozen: What it is to be.
            used: As for `freeze`.
            revived: The value of a key, out of what was kept of it.
        """
        live, rows, pages = _rows(table), [], []
        exchanged: Exchanged | None = ([], [])
        for number, (wanted, size) in enumerate(zip(frozen.pages, frozen.sizes, strict=True)):
            row, known = live[number], self._known(live[number])
            if known is not None and size == len(row):
                stale = self._stale(table, row, used)
                stale.update(at for at, each in enumerate(wanted) if each is not known[at])
            else:
                exchanged = None if size or row else exchanged
                row = [None] * size
                stale = {at for at, each in enumerate(wanted) if each is not None}
            for at in stale:
                gone, come = _rehang(row, at, wanted[at], table.seed, revived)
                if exchanged is not None:
                    exchanged[0].extend(gone)
                    exchanged[1].extend(come)
            rows.append(row)
            pages.append(list(wanted))
        first = rows[0] or [None]  # as a table is to which nothing was ever added
        table.be_made_of((first, rows[1]), frozen.rehash_index, frozen.used)
        self._remember(table, pages)
        return exchanged

    def _remember(self, table: KeyTable, pages: list[list[Page]]) -> None:
        self._rows, self._pages = _rows(table), pages
        table.moved = set()

    def _known(self, row: Row) -> list[Page] | None:
        """What a row's pages were; None if it was not there then, or is none."""
        return next(
            (pages for each, pages in zip(self._rows, self._pages, strict=True) if each is row),
            None,
        )

    def _pages_of(
        self, table: KeyTable, row: Row, used: set[bytes], kept: Callable[[Entry], Any]
    ) -> list[Page]:
        known = self._known(row)
        stale: Iterable[int]
        if known is None:
            known = [None] * -(-len(row) // BUCKETS)
            stale = range(len(known))
        else:
            stale = self._stale(table, row, used)
        count = 0
        for at in stale:
            if entries := hanging(row[at * BUCKETS : (at + 1) * BUCKETS]):
                count += len(entries)
                known[at] = (
                    tuple([entry.key for entry in entries]),
                    tuple([e.value if e.value.__class__ in PLAIN else kept(e) for e in entries]),
                    tuple([entry.access for entry in entries]),
                )
            else:
                known[at] = None
        self.copied += count // 4 + len(known) // 12
        return known

    def _stale(self, table: KeyTable, row: Row, used: set[bytes]) -> set[int]:
        """The pages of a row in which something may be another."""
        mask, seed = len(row) - 1, table.seed
        stale = {(crc32(key, seed) & mask) // BUCKETS for key in used}
        if table.moved:
            stale.update([(crc32(key, seed) & mask) // BUCKETS for key in table.moved])
        return stale


def _rows(table: KeyTable) -> list[Row]:
    """The rows of a table, an empty list for one that is not there."""
    return [row if table.size(number) else [] for number, row in enumerate(table.rows)]


def _rehang(
    row: Row, at: int, page: Page, seed: int, revived: Callable[[bytes, Any], Any]
) -> Exchanged:
    """Take all out of the buckets of a page, and hang up what it holds."""
    count = min(BUCKETS, len(row))
    gone = hanging(row[at * count : (at + 1) * count])
    row[at * count : (at + 1) * count] = [None] * count
    if page is None:
        return gone, []
    keys, values, accesses = page
    entries = [
        Entry(key, value if value.__class__ in PLAIN else revived(key, value), None)
        for key, value in zip(keys, values, strict=True)
    ]
    hang(row, entries, accesses, seed)
    return gone, entries
