"""Hashes: fields with values, in a listpack while small, in a hash table from then on.

    listpack     field value field value ...          one block of bytes, found by walking
    listpackex   field value moment field value ...   the same, and when each field ends
    hashtable    field -> value                       found by hashing
                 moment field, moment field ...       beside it, once a field of it ended

A listpack of eight fields takes a tenth of the memory of a table, and walking it is as fast
as hashing. Both stop being true as it grows, so there are limits: on the number of fields,
and on the length of each field and value. Past one of them the hash moves to a table, and
never back, not even when all but one field are gone.

Single fields can have a time to live, as keys have. A hash that was never asked for that pays
nothing for it: its listpack holds pairs, its table has no order of moments beside it.

A field whose time has passed is still there until somebody takes it out. Here it counts as
there; whoever reads for a client leaves it out by saying what time it is.

Source: `t_hash.c` hashTypeTryConversion, hashTypeSet, hashTypeConvertListpack.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar, Final, cast

from redlearn.engine.structures.ebuckets import NO_TIME, Ebuckets
from redlearn.engine.structures.ebuckets import Frozen as FrozenMoments
from redlearn.engine.structures.hashtable import Entry, HashTable
from redlearn.engine.structures.hashtable import Frozen as FrozenTable
from redlearn.engine.structures.listpack import NOWHERE, Listpack
from redlearn.engine.structures.listpackex import ListpackEx, Row
from redlearn.engine.values.kit import EncodingChanged, Kit
from redlearn.engine.values.picking import sample_pack, sample_pairs, sample_table, scan_table
from redlearn.engine.values.value import (
    DICT_ENTRY,
    DICT_HEADER,
    OBJECT_HEADER,
    POINTER,
    STRING_OVERHEAD,
    Frozen,
    Value,
    allocated,
    string_allocated,
)

FIELDS: Final = "fields"  # the table's name in events

# Sizes in bytes (`t_hash.c` listpackEx, dictExpireMetadata; `ebuckets.h` ExpireMeta).
EX_HEADER: Final = 32
EXPIRE_METADATA: Final = 32
EXPIRE_META: Final = 16


class Hash(Value):
    """Fields (unique raw bytes), each with a value (raw bytes), in no promised order.

    Invariant: exactly one of `pack`, `triples` and `table` is there; `moments` only with
    `table`, and each of its fields is in the table.

    Attributes:
        pack: The listpack of fields and values in turn, while small and nothing ends.
        table: The hash table of fields, from the conversion on.
        timing: `triples` or `moments`: one place for both, as small hashes are many and few of
            them have either.
    """

    __slots__ = ("_kit", "pack", "table", "timing")

    type: ClassVar[str] = "hash"

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self.pack: Listpack | None = Listpack(kit.probe)
        self.table: HashTable | None = None
        self.timing: ListpackEx | Ebuckets | None = None

    @property
    def triples(self) -> ListpackEx | None:
        """The listpack of fields, values and moments, while small and once a field was to end."""
        timing = self.timing
        return timing if isinstance(timing, ListpackEx) else None

    @property
    def moments(self) -> Ebuckets | None:
        """When fields of the table end, once one was to."""
        timing = self.timing
        return timing if isinstance(timing, Ebuckets) else None

    @property
    def first_ms(self) -> int:
        """When the first field ends, in ms since 1970, or NO_TIME."""
        timing = self.timing
        return NO_TIME if timing is None else timing.first_ms

    @property
    def encoding(self) -> str:
        """`listpack`, `listpackex` or `hashtable`."""
        if self.table is not None:
            return "hashtable"
        return "listpack" if self.triples is None else "listpackex"

    # Reading

    def get(self, field: bytes) -> bytes | None:
        """The value of `field`, or None. O(N) in a listpack, O(1) in a table."""
        pack = self.pack
        if pack is not None:
            return pack.partner(field)
        if self.triples is not None:
            row = self.triples.row(field)
            return None if row is None else row[0]
        entry = self._entries().find(field)
        if entry is None:
            return None
        value: bytes = entry.value
        return value

    def __contains__(self, field: bytes) -> bool:
        if self.pack is not None:
            return self.pack.second(field) != NOWHERE
        return self.get(field) is not None

    def __len__(self) -> int:
        """How many fields, those that are over included. O(1)."""
        pack = self.pack
        if pack is not None:
            return len(pack) >> 1
        return len(self._entries()) if self.triples is None else len(self.triples)

    def rows(self) -> list[Row]:
        """Fields with their values and moments, in the order of `pairs`. O(N)."""
        if self.triples is not None:
            return self.triples.rows()
        moments = self.moments
        if moments is None:
            return [(field, value, NO_TIME) for field, value in self.pairs()]
        return [(e.key, e.value, moments.moment_of(e.key)) for e in self._entries().entries()]

    def pairs(self, now_ms: int = NO_TIME) -> list[tuple[bytes, bytes]]:
        """Fields with their values, in the structure's own order. O(N).

        Args:
            now_ms: Fields that ended before this moment are left out.
        """
        if self.pack is not None:
            return self.pack.pairs()
        if self.triples is not None or NO_TIME < self.first_ms < now_ms:
            return [row[:2] for row in self.rows() if not NO_TIME < row[2] < now_ms]
        return [(entry.key, entry.value) for entry in self._entries().entries()]

    def fields(self, now_ms: int = NO_TIME) -> list[bytes]:
        """The fields, as `pairs` gives them. O(N)."""
        if self.pack is not None:
            return self.pack.items()[::2]
        return [field for field, _ in self.pairs(now_ms)]

    def values(self, now_ms: int = NO_TIME) -> list[bytes]:
        """The values, as `pairs` gives them. O(N)."""
        if self.pack is not None:
            return self.pack.items()[1::2]
        return [value for _, value in self.pairs(now_ms)]

    def __iter__(self) -> Iterator[tuple[bytes, bytes]]:
        """Iterate over `pairs()`, copied first: the hash may change meanwhile."""
        return iter(self.pairs())

    def scan(
        self, cursor: int, count: int, now_ms: int = NO_TIME
    ) -> tuple[int, list[tuple[bytes, bytes]]]:
        """The next cursor (0 at the end), and about `count` fields with their values.

        A listpack has no buckets to number: all of it is given at once, whatever `count`.
        """
        if self.table is None:
            return 0, self.pairs(now_ms)
        cursor, entries = scan_table(self.table, cursor, count)
        if NO_TIME < self.first_ms < now_ms:
            entries = [each for each in entries if not self._is_over(each, now_ms)]
        return cursor, [(entry.key, entry.value) for entry in entries]

    def _is_over(self, entry: Entry, now_ms: int) -> bool:
        assert self.moments is not None
        return NO_TIME < self.moments.moment_of(entry.key) < now_ms

    # Chance

    def random_pair(self) -> tuple[bytes, bytes]:
        """One field with its value, by chance. The hash must not be empty.

        Source: `t_hash.c` hashTypeRandomElement.
        """
        rng = self._kit.sampling
        pack = self.pack
        if pack is not None:
            at = pack.seek(2 * rng.randrange(len(pack) >> 1))
            return pack.get(at), pack.get(pack.next(at))
        if self.triples is not None:
            pack = self.triples.pack
            at = pack.seek(3 * rng.randrange(len(self.triples)))
            return pack.get(at), pack.get(pack.next(at))
        entry = self._entries().fair_random_entry(rng)
        return entry.key, entry.value

    def sample(self, count: int) -> list[tuple[bytes, bytes]]:
        """`count` different fields with their values, by chance, or all if there are fewer.

        Source: `t_hash.c` hrandfieldWithCountCommand.
        """
        if count >= len(self):
            return self.pairs()
        if self.pack is not None:
            return sample_pack(self.pack, count, self._kit.sampling)
        if self.triples is not None:
            return sample_pairs(self.triples.pairs(), count, self._kit.sampling)
        entries = sample_table(self._entries(), count, self._kit.sampling)
        return [(entry.key, entry.value) for entry in entries]

    # Changing

    def put(self, field: bytes, value: bytes, keep: bool = False) -> bool:
        """Set `field` to `value`; True if it was absent. Converts where a limit is passed.

        Args:
            keep: Whether a field that ends goes on to end when it was to. Else it stays.

        Source: `t_hash.c` hashTypeSet.
        """
        pack = self.pack
        if pack is None:
            if self.timing is not None:
                return self._put_timed(field, value, keep)
            return self._entries().put(field, value)
        limit = self._kit.hash_max_listpack_value
        if len(field) > limit or len(value) > limit:
            self._convert(f"{max(len(field), len(value))} bytes > {limit}", len(self))
            return self._entries().put(field, value)
        if pack.put_partner(field, value):
            return False
        count = len(pack) >> 1
        if count > self._kit.hash_max_listpack_entries:
            self._convert(f"{count} fields > {self._kit.hash_max_listpack_entries}", count)
        return True

    def _put_timed(self, field: bytes, value: bytes, keep: bool) -> bool:
        """`put`, where fields may end."""
        limit = self._kit.hash_max_listpack_value
        if self.triples is not None and (len(field) > limit or len(value) > limit):
            self._convert(f"{max(len(field), len(value))} bytes > {limit}", len(self))
        if self.triples is None:
            if not keep and self.moments is not None:
                self.moments.remove(field)
            new = self._entries().put(field, value)
        else:
            new = self.triples.put(field, value, keep)
            count = len(self.triples)
            if count > self._kit.hash_max_listpack_entries:
                self._convert(f"{count} fields > {self._kit.hash_max_listpack_entries}", count)
        return new

    def expect(self, arguments: Sequence[bytes]) -> None:
        """Convert ahead of several `put`s, if it is clear by now that one of them will.

        Args:
            arguments: The fields and values about to be put, in turn. One pair alone needs
                no such call: `put` comes to the same end.

        Source: `t_hash.c` hashTypeTryConversion.
        """
        pack = self.pack if self.triples is None else self.triples.pack
        if pack is None:
            return
        kit, count = self._kit, len(arguments) // 2
        if count > kit.hash_max_listpack_entries:
            self._convert(f"{count} fields > {kit.hash_max_listpack_entries}", count)
            return
        longest = max(map(len, arguments), default=0)
        if longest > kit.hash_max_listpack_value:
            self._convert(f"{longest} bytes > {kit.hash_max_listpack_value}", len(self))
        elif not pack.fits(sum(map(len, arguments))):
            self._convert("a listpack ends at 1 GiB", len(self))

    def remove(self, field: bytes) -> bool:
        """Take `field` out; False if it was not there.

        Source: `t_hash.c` hashTypeDelete.
        """
        pack = self.pack
        if pack is not None:
            at = pack.find(field, 1)
            if at == NOWHERE:
                return False
            pack.delete(at, 2)
            return True
        if self.triples is not None:
            removed = self.triples.remove(field)
        else:
            removed = self._entries().remove(field) is not None
            if self.moments is not None:
                self.moments.remove(field)
        return removed

    # Fields that end

    def moment_of(self, field: bytes) -> int | None:
        """When `field` ends, in ms since 1970, or NO_TIME; None if it is not there."""
        if self.triples is not None:
            row = self.triples.row(field)
            return None if row is None else row[1]
        if field not in self:
            return None
        return NO_TIME if self.moments is None else self.moments.moment_of(field)

    def let_fields_end(self) -> None:
        """Make room for moments, if there is none yet: HEXPIRE asks for it in any case.

        Source: `t_hash.c` hashTypeSetExInit.
        """
        if self.pack is not None:
            self.timing = ListpackEx.of_pairs(self.pack, self._kit.probe)
            self.pack = None
            if emit := self._kit.probe.emit:
                why = "fields may have a time to live"
                emit(EncodingChanged(self.type, "listpack", "listpackex", why))
        elif self.timing is None:
            self.timing = Ebuckets()

    def set_moment(self, field: bytes, at_ms: int) -> None:
        """Let `field`, which must be there, end at `at_ms`; NO_TIME for never."""
        self.let_fields_end()
        if self.triples is not None:
            self.triples.set_moment(field, at_ms)
        else:
            assert self.moments is not None
            if at_ms == NO_TIME:
                self.moments.remove(field)
            else:
                self.moments.put(field, at_ms)

    def due(self, now_ms: int, limit: int) -> list[tuple[int, bytes]]:
        """(moment, field) of the first `limit` whose moment is not after `now_ms`. O(K)."""
        if self.triples is not None:
            return self.triples.due(now_ms, limit)
        return [] if self.moments is None else self.moments.due(now_ms, limit)

    def expire(self, fields: Sequence[bytes]) -> None:
        """Take out `fields`, which `due` has just given.

        Source: `t_hash.c` listpackExExpire, onFieldExpire.
        """
        if self.triples is not None:
            self.triples.drop_first(len(fields))
        else:
            for field in fields:
                self.remove(field)

    def _entries(self) -> HashTable:
        assert self.table is not None
        return self.table

    def _convert(self, why: str, expected: int) -> None:
        """Move to a hash table with room for `expected` fields, and stay there."""
        old, triples = self.encoding, self.triples
        table = HashTable(self._kit.seed, self._kit.probe, FIELDS)
        table.reserve(max(expected, len(self)))
        for field, value in self.pairs():
            table.insert(field, value)
        if triples is not None:
            rows = [(moment, field) for field, _, moment in triples.rows() if moment]
            self.timing = Ebuckets.thaw(tuple(rows))
        self.pack = None
        self.table = table
        if emit := self._kit.probe.emit:
            emit(EncodingChanged(self.type, old, "hashtable", why))

    # Keeping

    def freeze(self) -> Frozen:
        """`(encoding, bytes)`, or `("hashtable", the frozen table, its moments or None)`. O(N)."""
        if self.pack is not None:
            return ("listpack", self.pack.freeze())
        if self.triples is not None:
            return ("listpackex", self.triples.pack.freeze())
        moments = None if self.moments is None else self.moments.freeze()
        return ("hashtable", self._entries().freeze(), moments)

    @classmethod
    def thaw(cls, frozen: Frozen, kit: Kit) -> Hash:
        """Rebuild the hash that gave `frozen`, down to the order in each bucket. O(N)."""
        thawed = cls(kit)
        content = frozen[1]
        if isinstance(content, bytes):
            pack = Listpack.thaw(content, kit.probe)
            if frozen[0] == "listpackex":
                thawed._be_timed(pack)
            else:
                thawed.pack = pack
            return thawed
        thawed.pack = None
        thawed.table = HashTable.thaw(cast(FrozenTable, content), kit.seed, kit.probe, FIELDS)
        if frozen[2] is not None:
            thawed.timing = Ebuckets.thaw(cast(FrozenMoments, frozen[2]))
        return thawed

    def _be_timed(self, pack: Listpack) -> None:
        """Take a pack of triplets in place of the pack of pairs."""
        self.pack, self.timing = None, ListpackEx(self._kit.probe, pack)

    @classmethod
    def of_listpack(cls, pack: Listpack, kit: Kit) -> Hash:
        """A hash of a loaded listpack, as RESTORE reads one; converted if it holds too many.

        Raises:
            ValueError: An odd number of entries, or a field twice.

        Source: `rdb.c` rdbLoadObject, case RDB_TYPE_HASH_LISTPACK.
        """
        items = pack.items()
        if len(items) % 2 or len(set(items[::2])) < len(items) // 2:
            raise ValueError("the listpack is no hash")
        loaded = cls(kit)
        loaded.pack = pack
        if len(loaded) > kit.hash_max_listpack_entries:
            loaded._convert(f"{len(loaded)} fields > {kit.hash_max_listpack_entries}", 0)
        return loaded

    @classmethod
    def built(cls, kit: Kit, pairs: Sequence[tuple[bytes, bytes]]) -> Hash:
        """A hash of `pairs`, whose fields differ, in the form that fits. O(N)."""
        built = cls(kit)
        built.expect([item for pair in pairs for item in pair])
        if built.pack is not None:
            built.pack.append(*[item for pair in pairs for item in pair])
        else:
            for field, value in pairs:
                built._entries().insert(field, value)
        return built

    @classmethod
    def of_triples(cls, pack: Listpack, kit: Kit) -> Hash:
        """A hash of a loaded listpack of triplets, as RESTORE reads one.

        Raises:
            ValueError: It holds no triplets, or they are in no order; or a field twice.

        Source: `rdb.c` rdbLoadObject, case RDB_TYPE_HASH_LISTPACK_EX.
        """
        ListpackEx.load(pack, kit.probe)
        loaded = cls(kit)
        loaded._be_timed(pack)
        if len(loaded) > kit.hash_max_listpack_entries:
            loaded._convert(f"{len(loaded)} fields > {kit.hash_max_listpack_entries}", 0)
        return loaded

    @classmethod
    def of_rows(cls, kit: Kit, rows: Sequence[Row]) -> Hash:
        """A hash of `rows`, whose fields differ and may end, in the form that fits. O(N^2).

        Quadratic only while it is small; beyond the limits the rows go to a table.

        Source: `rdb.c` rdbLoadObject, case RDB_TYPE_HASH_METADATA.
        """
        built = cls(kit)
        built.expect([item for row in rows for item in row[:2]])
        built.let_fields_end()
        if built.triples is not None:
            for row in rows:
                built.triples.add(*row)
        else:
            for field, value, _ in rows:
                built._entries().insert(field, value)
            moments = [(moment, field) for field, _, moment in rows if moment]
            built.timing = Ebuckets.thaw(tuple(moments))
        return built

    def copy(self, kit: Kit) -> Hash:
        """A hash of its own with the same fields and encoding (`t_hash.c` hashTypeDup). O(N)."""
        twin = Hash(kit)
        if self.pack is not None:
            twin.pack = Listpack.thaw(self.pack.freeze(), kit.probe)
            return twin
        if self.triples is not None:
            twin._be_timed(Listpack.thaw(self.triples.pack.freeze(), kit.probe))
            return twin
        twin.pack = None
        twin.table = HashTable(kit.seed, kit.probe, FIELDS)
        twin.table.reserve(len(self))
        for field, value in self.pairs():
            twin.table.insert(field, value)
        if self.moments is not None:
            twin.timing = Ebuckets.thaw(self.moments.freeze())
        return twin

    def check(self) -> None:
        """Assert the structure's invariants, and that no field is there twice. O(N)."""
        assert [self.pack, self.triples, self.table].count(None) == 2
        if self.pack is not None:
            self.pack.check()
            assert len(self.pack) % 2 == 0
            fields = self.pack.items()[::2]
            assert len(set(fields)) == len(fields), "a field is there twice"
        elif self.triples is not None:
            self.triples.check()
        else:
            self._entries().check()
        if self.moments is not None:
            self.moments.check()
            assert self.table is not None, "moments without a table"
            assert all(self.table.peek(field) for _, field in self.moments.rows())

    def memory(self, samples: int = 5) -> int:
        """The listpack, or the buckets and an average entry for each field."""
        if self.pack is not None:
            return OBJECT_HEADER + allocated(self.pack.size)
        if self.triples is not None:
            return OBJECT_HEADER + EX_HEADER + allocated(self.triples.pack.size)
        table = self._entries()
        buckets = table.size(0) + table.size(1)
        fixed = OBJECT_HEADER + DICT_HEADER + POINTER * buckets
        if self.moments is not None:
            fixed += EXPIRE_METADATA
        entries = table.entries()[: samples or None]
        if not entries:
            return fixed
        sampled = sum(
            DICT_ENTRY + self._field_allocated(entry.key) + string_allocated(len(entry.value))
            for entry in entries
        )
        return fixed + sampled * len(table) // len(entries)

    def footprint(self) -> int:
        """As `memory`, but for a table the bytes of all fields and values. O(1)."""
        table = self.table
        if table is None:
            return self.memory()
        buckets = table.size(0) + table.size(1)
        each = DICT_ENTRY + 2 * STRING_OVERHEAD
        fixed = OBJECT_HEADER + DICT_HEADER + POINTER * buckets
        if self.moments is not None:
            fixed += EXPIRE_METADATA + EXPIRE_META * len(self.moments)
        return fixed + each * len(table) + table.held

    def _field_allocated(self, field: bytes) -> int:
        """A field's string, and in front of it what ties it to the order of moments."""
        timed = self.moments is not None and self.moments.moment_of(field)
        return string_allocated(len(field) + (EXPIRE_META if timed else 0))
