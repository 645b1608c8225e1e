"""Hash table: chains of entries in a power of two of buckets, grown without ever stopping.

A key's hash, cut to the table's size, names its bucket; entries that share a bucket hang
in a chain, newest first:

    hash & 3    bucket 0   ann -> eve
                bucket 1
                bucket 2   bob
                bucket 3   cy  -> dee

When there are as many entries as buckets the table doubles; when fewer than one bucket in
eight would be used it shrinks. A server that moved a million entries at once would stop
answering for a second, so the move is spread over the operations that follow: there are
two tables for a while, and each lookup, insert and removal moves one bucket from table 0
to table 1. With one more bit of the hash in use, the entries of bucket 2 of 4 can only go
to buckets 2 and 6 of 8:

    rehash_index 2       table 0                    table 1
                         0  (moved)                 0  eve      4  ann
                         1  (moved)                 1           5
                    ->   2  bob                     2           6
                         3  cy -> dee               3           7  fay

Meanwhile lookups try both, and new keys go to table 1. When table 0 is empty, table 1
takes its place.

How SCAN finds its way while buckets move, and how entries are drawn by chance, is told in
`buckets.py`.

Cost: O(1) expected for everything but iteration, and no operation moves more than one
bucket, or looks at more than ten empty ones.

Source: Redis's `dict.c`. The initial size of 4, the limits and the order of random draws
are its own.

Unlike Redis: the hash is CRC-32 with a seed, not SipHash. An attacker who can choose keys
    could make CRC-32 collide, which is why Redis moved to SipHash with a random seed; here
    the point is that the same seed gives the same buckets on every run, at C speed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import Any, Final
from zlib import crc32

from redlearn.engine.structures.buckets import (
    INITIAL_SIZE,
    Entry,
    Row,
    buckets_at,
    chain,
    hang,
    hanging,
    held_by,
    keys_up_to,
    power_of_two,
    random_entry,
    sample,
)
from redlearn.engine.structures.hashtable_steps import (
    BucketMoved,
    Cleared,
    EmptySkipped,
    Inserted,
    Probed,
    RehashFinished,
    RehashStarted,
    Removed,
    Scanned,
)
from redlearn.probe import Probe

SHRINK_AT: Final = 8  # shrink when at most one bucket in 8 would be used
FORCE_AT: Final = 4  # how much worse it must get before a resize while `avoid_resize`
EMPTY_VISITS: Final = 10  # how many empty buckets one step may pass
FAIR_SAMPLE: Final = 15

__all__ = [
    "HashTable", "Entry", "Frozen", "INITIAL_SIZE",
    "Probed", "Inserted", "Removed", "Cleared", "Scanned",
    "RehashStarted", "EmptySkipped", "BucketMoved", "RehashFinished",
]  # fmt: skip


Frozen = tuple[int, int, int, int, tuple[bytes, ...], tuple[Any, ...], tuple[int, ...]]


class HashTable:
    """Keys and values, looked up by hash. Two tables, of which one is usually absent.

    Invariants (`check` asserts them):
        - each size is a power of two, at least 4, or 0 while nothing was ever stored;
        - an entry of table T hangs in bucket `hash & (size(T) - 1)`;
        - while rehashing, buckets of table 0 below `rehash_index` are empty;
        - table 1 exists only while rehashing, and `rehash_index` is -1 otherwise.

    Attributes:
        name: Tells the events of several tables apart, as in "keys" and "expires".
        rehash_index: The next bucket of table 0 to move, or -1.
        avoid_resize: Set while a child process saves: resize only when it gets far worse,
            since each entry moved is a page of memory copied.
        guard: Told of a row and a bucket in it that is about to be moved, if anybody wants to be.
        held: Bytes of all keys and of the values that are bytes, so that none need walk. 0 if
            it is not asked for: those who exchange an entry's value themselves do not tell.
    """

    __slots__ = (
        "_mask1", "_probe", "_table1", "_used0", "_used1", "_weighed", "avoid_resize", "guard",
        "held", "mask0", "name", "rehash_index", "seed", "table0",
    )  # fmt: skip

    def __init__(self, seed: int, probe: Probe, name: str = "", *, weighed: bool = True) -> None:
        self.seed = seed
        self._weighed = weighed
        self._probe = probe
        self.name = name
        self.avoid_resize = False
        self.guard: Callable[[Row, int], None] | None = None
        self._forget()

    def _forget(self) -> None:
        # A table of size 0 is stood in for by one bucket which stays empty: `find` then
        # needs no test of its own for it.
        self.table0: Row = [None]
        self.mask0 = 0
        self._used0 = 0
        self.held = 0
        self._drop_table1()

    def _drop_table1(self) -> None:
        self._table1: Row = []
        self._mask1 = 0
        self._used1 = 0
        self.rehash_index = -1

    # --- lookup -------------------------------------------------------------------------

    def find(self, key: bytes) -> Entry | None:
        """The entry of `key`, or None. O(1) expected; moves one bucket while rehashing.

        This is the hot path of every command: with one table and nobody watching, it is
        one hash, one index and one comparison for each entry of the chain that is passed.
        """
        if self.rehash_index >= 0 or self._probe.emit is not None:
            return self._find_step_by_step(key, crc32(key, self.seed))
        entry = self.table0[crc32(key, self.seed) & self.mask0]
        while entry is not None and entry.key != key:
            entry = entry.next
        return entry

    def _find_step_by_step(self, key: bytes, hash: int) -> Entry | None:
        """`find` while two tables exist or somebody watches (`dict.c` dictFind)."""
        if not self:
            return None
        if self.rehash_index >= 0:
            self._rehash_near(hash & self.mask0)
        index = hash & self.mask0
        if index >= self.rehash_index:  # else that bucket has moved already
            entry = self._walk(0, index, key)
            if entry is not None:
                return entry
        if self.rehash_index < 0:
            return None
        return self._walk(1, hash & self._mask1, key)

    def _walk(self, table: int, index: int, key: bytes) -> Entry | None:
        """Compare `key` with each entry of one chain, until it is found."""
        head = entry = self._bucket_head(table, index)
        while entry is not None and entry.key != key:
            entry = entry.next
        if emit := self._probe.emit:
            emit(Probed(self.name, table, index, key, keys_up_to(head, entry), entry is not None))
        return entry

    def _bucket_head(self, table: int, index: int) -> Entry | None:
        return self._table1[index] if table else self.table0[index]

    def get(self, key: bytes) -> Any:
        """The value of `key`, or None."""
        entry = self.find(key)
        return None if entry is None else entry.value

    def peek(self, key: bytes) -> Entry | None:
        """`find` without moving a bucket or telling anybody: for panes, which only look."""
        hash = crc32(key, self.seed)
        entry = self.table0[hash & self.mask0]
        while entry is not None and entry.key != key:
            entry = entry.next
        if entry is None and self.rehash_index >= 0:
            entry = self._table1[hash & self._mask1]
            while entry is not None and entry.key != key:
                entry = entry.next
        return entry

    def __contains__(self, key: bytes) -> bool:
        return self.find(key) is not None

    def __len__(self) -> int:
        return self._used0 + self._used1

    def __bool__(self) -> bool:
        return self._used0 + self._used1 > 0

    # --- change -------------------------------------------------------------------------

    def put(self, key: bytes, value: Any) -> bool:
        """Set `key` to `value`; True when it was absent (`dict.c` dictReplace). O(1)."""
        hash = crc32(key, self.seed)
        if self.rehash_index >= 0 or self._probe.emit is not None:
            entry = self._find_step_by_step(key, hash)
        else:
            entry = self.table0[hash & self.mask0]
            while entry is not None and entry.key != key:
                entry = entry.next
        if entry is not None:
            if value is not None:  # a set's members have none
                if value.__class__ is bytes and self._weighed:
                    self.held += len(value) - len(entry.value)
                entry.value = value
            return False
        self._link(key, hash, value)
        return True

    def insert(self, key: bytes, value: Any, access: int = 0) -> Entry:
        """Add `key`, which must be absent, last used at `access` (`dict.c` dictAdd). O(1)."""
        hash = crc32(key, self.seed)
        if self.rehash_index >= 0:
            self._rehash_near(hash & self.mask0)
        return self._link(key, hash, value, access)

    def _link(self, key: bytes, hash: int, value: Any, access: int = 0) -> Entry:
        """Put a new entry at the head of its chain: what is new is likely to be asked for."""
        if self.rehash_index < 0 and (self._used0 > self.mask0 or not self.mask0):
            self._grow_if_full()
        if self.rehash_index < 0:
            table, index = 0, hash & self.mask0
            entry = Entry(key, value, self.table0[index], access)
            self.table0[index] = entry
            self._used0 += 1
        else:
            table, index = 1, hash & self._mask1
            entry = Entry(key, value, self._table1[index], access)
            self._table1[index] = entry
            self._used1 += 1
        if self._weighed:
            self.held += len(key) + (len(value) if value.__class__ is bytes else 0)
        if emit := self._probe.emit:
            emit(Inserted(self.name, table, index, key))
        return entry

    def remove(self, key: bytes) -> Entry | None:
        """Take the entry of `key` out and return it, or None (`dict.c` dictUnlink). O(1)."""
        if not self:
            return None
        hash = crc32(key, self.seed)
        if self.rehash_index >= 0:
            self._rehash_near(hash & self.mask0)
        index = hash & self.mask0
        entry = None
        if index >= self.rehash_index:
            entry = self._unlink(0, self.table0, index, key)
        if entry is not None:
            self._used0 -= 1
        elif self.rehash_index >= 0:
            entry = self._unlink(1, self._table1, hash & self._mask1, key)
            if entry is not None:
                self._used1 -= 1
        if entry is not None and self.rehash_index < 0:
            self._shrink_if_sparse()
        return entry

    def _unlink(self, number: int, table: Row, index: int, key: bytes) -> Entry | None:
        head = entry = table[index]
        before: Entry | None = None
        while entry is not None and entry.key != key:
            before, entry = entry, entry.next
        emit = self._probe.emit
        if emit:
            compared = keys_up_to(head, entry)
            emit(Probed(self.name, number, index, key, compared, entry is not None))
        if entry is None:
            return None
        if before is None:
            table[index] = entry.next
        else:
            before.next = entry.next
        entry.next = None
        if self._weighed:
            self.held -= held_by([entry])
        if emit:
            emit(Removed(self.name, number, index, key))
        return entry

    def clear(self) -> None:
        """Forget every entry and both tables (`dict.c` dictEmpty)."""
        self._forget()
        if emit := self._probe.emit:
            emit(Cleared(self.name))

    # --- resizing -----------------------------------------------------------------------

    @property
    def is_rehashing(self) -> bool:
        return self.rehash_index >= 0

    @property
    def rows(self) -> tuple[Row, Row]:
        """Both tables as they are; the second is empty unless there is a rehash. To look at."""
        return self.table0, self._table1

    def size(self, table: int) -> int:
        """How many buckets table 0 or 1 has; 0 when it does not exist."""
        mask = self._mask1 if table else self.mask0
        return mask + 1 if mask else 0

    def used(self, table: int) -> int:
        """How many entries table 0 or 1 holds."""
        return self._used1 if table else self._used0

    def reserve(self, size: int) -> bool:
        """Make room for `size` entries, where there is less (`dict.c` dictExpand).

        Returns False, and does nothing, while rehashing or when the table is large enough.
        """
        if self.rehash_index >= 0 or self._used0 > size or self.size(0) >= size:
            return False
        return self._resize(size)

    def _grow_if_full(self) -> None:
        size = self.size(0)
        if not size:
            self._resize(INITIAL_SIZE)
        elif self._used0 >= (FORCE_AT * size if self.avoid_resize else size):
            self._resize(self._used0 + 1)

    def _shrink_if_sparse(self) -> None:
        size = self.mask0 + 1
        if size <= INITIAL_SIZE:
            return
        if self._used0 * (SHRINK_AT * FORCE_AT if self.avoid_resize else SHRINK_AT) <= size:
            self._resize(self._used0)

    def _resize(self, size: int) -> bool:
        """Make table 1 with room for `size` and begin to move (`dict.c` _dictResize)."""
        size_from, size = self.size(0), power_of_two(size)
        if size == size_from:
            return False
        if self._used0:
            self._table1 = [None] * size
            self._mask1 = size - 1
            self.rehash_index = 0
        else:  # nothing to move: the new table takes its place at once
            self.table0 = [None] * size
            self.mask0 = size - 1
        if emit := self._probe.emit:
            emit(RehashStarted(self.name, size_from, size))
            if not self._used0:
                emit(RehashFinished(self.name, size))
        return True

    def rehash_steps(self, steps: int) -> bool:
        """Move up to `steps` buckets; True while there is more to move (`dict.c` dictRehash).

        At most ten empty buckets are passed for each step, so that a call's time is bounded
        however sparse the table is.
        """
        if self.rehash_index < 0 or self._must_wait():
            return False
        empty_visits = steps * EMPTY_VISITS
        table, emit = self.table0, self._probe.emit
        while steps > 0 and self._used0:
            steps -= 1
            if table[self.rehash_index] is None:
                first = self.rehash_index
                while empty_visits and table[self.rehash_index] is None:
                    self.rehash_index += 1
                    empty_visits -= 1
                if emit:
                    emit(EmptySkipped(self.name, first, self.rehash_index - first))
                if not empty_visits:
                    return True
            self._move_bucket(self.rehash_index)
            self.rehash_index += 1
        return not self._finish_when_empty()

    def _rehash_near(self, index: int) -> None:
        """One step before an operation on bucket `index` of table 0.

        That bucket itself is moved if it is still waiting, since it is about to be read
        anyway; the next in turn otherwise (`dict.c` _dictRehashStepIfNeeded).
        """
        if index < self.rehash_index or self.table0[index] is None:
            self.rehash_steps(1)
        elif not self._must_wait():
            self._move_bucket(index)
            self._finish_when_empty()

    def _must_wait(self) -> bool:
        """Whether a child that saves forbids to go on with a resize of this proportion."""
        if not self.avoid_resize:
            return False
        size0, size1 = self.mask0 + 1, self._mask1 + 1
        if size1 > size0:
            return size1 < FORCE_AT * size0
        return size0 < SHRINK_AT * FORCE_AT * size1

    def _move_bucket(self, index: int) -> None:
        """Hang each entry of a bucket of table 0 at the head of its chain in table 1."""
        if self.guard is not None:
            self.guard(self.table0, index)
        entry = self.table0[index]
        table, mask, moved = self._table1, self._mask1, 0
        emit = self._probe.emit
        seed = self.seed
        moves = [(each.key, crc32(each.key, seed) & mask) for each in chain(entry)] if emit else []
        self.table0[index] = None
        while entry is not None:
            following = entry.next
            target = crc32(entry.key, seed) & mask
            entry.next = table[target]
            table[target] = entry
            moved += 1
            entry = following
        self._used0 -= moved
        self._used1 += moved
        if emit:
            emit(BucketMoved(self.name, index, tuple(moves)))

    def _finish_when_empty(self) -> bool:
        """Let table 1 take the place of table 0 once that is empty."""
        if self._used0:
            return False
        self.table0, self.mask0, self._used0 = self._table1, self._mask1, self._used1
        self._drop_table1()
        if emit := self._probe.emit:
            emit(RehashFinished(self.name, self.mask0 + 1))
        return True

    # --- walking ------------------------------------------------------------------------

    def entries(self) -> list[Entry]:
        """Every entry, table 0 then table 1, by bucket, chains from their heads. O(N)."""
        return hanging(self.table0) + hanging(self._table1)

    def __iter__(self) -> Iterator[Entry]:
        """Iterate over `entries()`, copied first: what runs inside may change the table."""
        return iter(self.entries())

    def bucket(self, table: int, index: int) -> Iterator[Entry]:
        """The entries of one bucket, from the head of its chain. Never moves anything."""
        return iter(chain(self._bucket_head(table, index)))

    def scan(self, cursor: int, visit: Callable[[Entry], None]) -> int:
        """Visit the bucket at `cursor` and return the next cursor, 0 at the end.

        Begin with 0 and go on until 0 comes back: every entry which was there all along
        is then visited at least once, whatever resizes happened in between; some may be
        visited twice. While rehashing, a bucket of the smaller table is visited together
        with all those of the larger one which it splits into (`dict.c` dictScan).

        Args:
            cursor: Any unsigned 64-bit integer; clients may send anything.
            visit: Called with each entry after the walk, so it may change the table.
        """
        if not self:
            return 0
        buckets, following = buckets_at(cursor, (len(self.table0), len(self._table1)))
        found: list[Entry] = []
        for table, index in buckets:
            found += chain(self._bucket_head(table, index))
        if emit := self._probe.emit:
            emit(Scanned(self.name, cursor, following, tuple(buckets)))
        for each in found:
            visit(each)
        return following

    # --- chance -------------------------------------------------------------------------

    def random_entry(self, rng: Random) -> Entry:
        """An entry by chance: a bucket that is not empty, then one of its chain.

        Quick, but entries of short chains come more often (`dict.c` dictGetRandomKey). The
        table must not be empty.
        """
        assert self
        if self.rehash_index >= 0:
            self.rehash_steps(1)
        return random_entry(self.table0, self._table1, max(self.rehash_index, 0), rng)

    def fair_random_entry(self, rng: Random) -> Entry:
        """One of 15 neighbours taken by `sample`: long chains no longer matter as much.

        This is what RANDOMKEY, SRANDMEMBER and SPOP use (`dict.c` dictGetFairRandomKey).
        """
        some = self.sample(rng, FAIR_SAMPLE)
        return some[rng.randrange(len(some))] if some else self.random_entry(rng)

    def sample(self, rng: Random, count: int) -> list[Entry]:
        """Up to `count` entries of neighbouring buckets (`dict.c` dictGetSomeKeys).

        Much cheaper than `count` random draws, and good enough for eviction and expiry. May
        give fewer than asked, as it takes at most ten steps for each, and one entry twice,
        as it jumps elsewhere after a stretch of empty buckets.
        """
        count = min(count, len(self))
        for _ in range(count):
            if self.rehash_index < 0:
                break
            self.rehash_steps(1)
        return sample(self.table0, self._table1, max(self.rehash_index, 0), count, rng)

    # --- past ---------------------------------------------------------------------------

    def freeze(self) -> Frozen:
        """Copy the exact state out: both tables, how far the move is, the order of chains. O(N).

        Returns:
            (size 0, size 1, rehash index, entries in table 0, keys, values, accesses): the
            last three in the order of `entries`. Hashes follow from keys, buckets from hashes.
        """
        entries = self.entries()
        return (
            self.size(0),
            self.size(1),
            self.rehash_index,
            self._used0,
            tuple([entry.key for entry in entries]),
            tuple([entry.value for entry in entries]),
            tuple([entry.access for entry in entries]),
        )

    @classmethod
    def thaw(
        cls,
        frozen: Frozen,
        seed: int,
        probe: Probe,
        name: str = "",
        entries: list[Entry] | None = None,
        *,
        weighed: bool = True,
    ) -> HashTable:
        """Rebuild the table that `freeze` copied out, bucket by bucket. O(N); never emits.

        Args:
            frozen: What `freeze` gave.
            seed: That of the table.
            probe: For the new table.
            name: Likewise; and so is `weighed`.
            entries: An entry for each key, in that order, from whoever has them still: they
                are hung as they are, and no table that held them may be used again.
        """
        size0, size1, rehash_index, used0, keys, values, accesses = frozen
        table = cls(seed, probe, name, weighed=weighed)
        if size0:
            table.table0, table.mask0 = [None] * size0, size0 - 1
        if size1:
            table._table1, table._mask1 = [None] * size1, size1 - 1
        table.rehash_index = rehash_index
        table._used0, table._used1 = used0, len(keys) - used0
        if entries is None:
            entries = [table.entry(*pair) for pair in zip(keys, values, strict=True)]
        if weighed:
            table.held = held_by(entries)
        hang(table.table0, entries[:used0], accesses, seed)
        hang(table._table1, entries[used0:], accesses[used0:], seed)
        return table

    def adopt(self, row: Row, used: int) -> None:
        """Take over what a `Filling` filled, for all that is here. O(1). For tables not weighed."""
        self._forget()
        self.table0, self.mask0, self._used0 = row, len(row) - 1, used

    def entry(self, key: bytes, value: Any) -> Entry:
        """An entry as this table would make it, that hangs in no bucket: for `thaw`."""
        return Entry(key, value, None)

    def check(self) -> None:
        """Assert every invariant. O(N)."""
        keys: set[bytes] = set()
        for number, table in enumerate((self.table0, self._table1)):
            count = 0
            for index in range(len(table)):
                for entry in self.bucket(number, index):
                    assert crc32(entry.key, self.seed) & (len(table) - 1) == index
                    assert number == 1 or index >= self.rehash_index
                    keys.add(entry.key)
                    count += 1
            assert count == self.used(number)
            size = self.size(number)
            assert size == 0 or (size >= INITIAL_SIZE and size & (size - 1) == 0)
        assert self.held == (held_by(self.entries()) if self._weighed else 0)
        assert len(keys) == len(self), "a key is there twice"
        assert (self.rehash_index >= 0) == bool(self._table1)
        assert len(self.table0) == (self.size(0) or 1)
        assert self.rehash_index < self.size(0) or not self.size(0)
