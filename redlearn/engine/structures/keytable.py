"""The table of keys of a database, which snapshots of time travel copy in pieces.

A hash table that says which keys were moved to another bucket: whoever keeps copies of its rows
(`timeline/pages.py`) knows of keys that commands use, but a rehash moves others besides.
"""

from __future__ import annotations

from redlearn.engine.structures.buckets import Row, chain
from redlearn.engine.structures.hashtable import HashTable
from redlearn.probe import Probe


class KeyTable(HashTable):
    """A hash table whose values are exchanged by others, so that it does not weigh them.

    Attributes:
        moved: Keys that a rehash has moved, while somebody wants to know; he empties it.
    """

    __slots__ = ("moved",)

    def __init__(self, seed: int, probe: Probe, name: str = "") -> None:
        super().__init__(seed, probe, name, weighed=False)
        self.moved: set[bytes] | None = None

    def _move_bucket(self, index: int) -> None:
        if self.moved is not None:
            self.moved.update([entry.key for entry in chain(self.table0[index])])
        super()._move_bucket(index)

    def be_made_of(self, rows: tuple[Row, Row], rehash_index: int, used: tuple[int, int]) -> None:
        """Be these rows from now on, as `rows` gave them at some time. O(1); never emits.

        Args:
            rows: Two tables; the second is empty unless there is a rehash.
            rehash_index: The next bucket of the first to move, or -1.
            used: How many entries hang in either.
        """
        self.table0, self._table1 = rows
        self.mask0, self._mask1 = len(rows[0]) - 1, max(len(rows[1]) - 1, 0)
        self._used0, self._used1 = used
        self.rehash_index = rehash_index
        self.avoid_resize, self.guard = False, None
