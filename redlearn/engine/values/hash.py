"""Hashes: fields with values, in a listpack while small, in a hash table from then on.

    listpack    field value field value ...     one block of bytes, found by walking
    hashtable   field -> value                  found by hashing

A listpack of eight fields takes a tenth of the memory of a table, and walking it is as fast
as hashing. Both stop being true as it grows, so there are limits: on the number of fields,
and on the length of each field and value. Past one of them the hash moves to a table, and
never back, not even when all but one field are gone.

Source: `t_hash.c` hashTypeTryConversion, hashTypeSet, hashTypeConvertListpack.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar, Final, cast

from redlearn.engine.structures.hashtable import Frozen as FrozenTable
from redlearn.engine.structures.hashtable import HashTable
from redlearn.engine.structures.listpack import NOWHERE, Listpack
from redlearn.engine.values.kit import EncodingChanged, Kit
from redlearn.engine.values.picking import sample_pack, sample_table, scan_table
from redlearn.engine.values.value import (
    DICT_ENTRY,
    DICT_HEADER,
    OBJECT_HEADER,
    POINTER,
    Frozen,
    Value,
    allocated,
    string_allocated,
)

FIELDS: Final = "fields"  # the table's name in events


class Hash(Value):
    """Fields (unique raw bytes), each with a value (raw bytes), in no promised order.

    Invariant: exactly one of `pack` and `table` is there.

    Attributes:
        pack: The listpack of fields and values in turn, while small.
        table: The hash table of fields, from the conversion on.
    """

    __slots__ = ("_kit", "pack", "table")

    type: ClassVar[str] = "hash"

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self.pack: Listpack | None = Listpack(kit.probe)
        self.table: HashTable | None = None

    @property
    def encoding(self) -> str:
        """`listpack` or `hashtable`."""
        return "listpack" if self.table is None else "hashtable"

    # Reading

    def get(self, field: bytes) -> bytes | None:
        """The value of `field`, or None. O(N) in a listpack, O(1) in a table."""
        pack = self.pack
        if pack is not None:
            return pack.partner(field)
        entry = self._entries().find(field)
        if entry is None:
            return None
        value: bytes = entry.value
        return value

    def __contains__(self, field: bytes) -> bool:
        if self.pack is not None:
            return self.pack.second(field) != NOWHERE
        return self._entries().find(field) is not None

    def __len__(self) -> int:
        """How many fields. O(1)."""
        pack = self.pack
        return len(self._entries()) if pack is None else len(pack) >> 1

    def pairs(self) -> list[tuple[bytes, bytes]]:
        """Fields with their values, in the structure's own order. O(N)."""
        if self.pack is not None:
            return self.pack.pairs()
        return [(entry.key, entry.value) for entry in self._entries().entries()]

    def fields(self) -> list[bytes]:
        """The fields, in the order of `pairs`. O(N)."""
        if self.pack is not None:
            return self.pack.items()[::2]
        return [entry.key for entry in self._entries().entries()]

    def values(self) -> list[bytes]:
        """The values, in the order of `pairs`. O(N)."""
        if self.pack is not None:
            return self.pack.items()[1::2]
        return [entry.value for entry in self._entries().entries()]

    def __iter__(self) -> Iterator[tuple[bytes, bytes]]:
        """Iterate over `pairs()`, copied first: the hash may change meanwhile."""
        return iter(self.pairs())

    def scan(self, cursor: int, count: int) -> tuple[int, list[tuple[bytes, bytes]]]:
        """The next cursor (0 at the end), and about `count` fields with their values.

        A listpack has no buckets to number: all of it is given at once, whatever `count`.
        """
        if self.pack is not None:
            return 0, self.pack.pairs()
        cursor, entries = scan_table(self._entries(), cursor, count)
        return cursor, [(entry.key, entry.value) for entry in entries]

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
        entries = sample_table(self._entries(), count, self._kit.sampling)
        return [(entry.key, entry.value) for entry in entries]

    # Changing

    def put(self, field: bytes, value: bytes) -> bool:
        """Set `field` to `value`; True if it was absent. Converts where a limit is passed.

        Source: `t_hash.c` hashTypeSet.
        """
        pack = self.pack
        if pack is None:
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

    def expect(self, arguments: Sequence[bytes]) -> None:
        """Convert ahead of several `put`s, if it is clear by now that one of them will.

        Args:
            arguments: The fields and values about to be put, in turn. One pair alone needs
                no such call: `put` comes to the same end.

        Source: `t_hash.c` hashTypeTryConversion.
        """
        pack = self.pack
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
        if pack is None:
            return self._entries().remove(field) is not None
        at = pack.find(field, 1)
        if at == NOWHERE:
            return False
        pack.delete(at, 2)
        return True

    def _entries(self) -> HashTable:
        assert self.table is not None
        return self.table

    def _convert(self, why: str, expected: int) -> None:
        """Move to a hash table with room for `expected` fields, and stay there."""
        assert self.pack is not None
        table = HashTable(self._kit.seed, self._kit.probe, FIELDS)
        table.reserve(max(expected, len(self)))
        for field, value in self.pack.pairs():
            table.insert(field, value)
        self.pack, self.table = None, table
        if emit := self._kit.probe.emit:
            emit(EncodingChanged(self.type, "listpack", "hashtable", why))

    # Keeping

    def freeze(self) -> Frozen:
        """`("listpack", bytes)` or `("hashtable", the frozen table)`. O(N)."""
        if self.pack is not None:
            return ("listpack", self.pack.freeze())
        return ("hashtable", self._entries().freeze())

    @classmethod
    def thaw(cls, frozen: Frozen, kit: Kit) -> Hash:
        """Rebuild the hash that gave `frozen`, down to the order in each bucket. O(N)."""
        form, content = frozen
        thawed = cls(kit)
        if form == "listpack":
            assert isinstance(content, bytes)
            thawed.pack = Listpack.thaw(content, kit.probe)
        else:
            thawed.pack = None
            thawed.table = HashTable.thaw(cast(FrozenTable, content), kit.seed, kit.probe, FIELDS)
        return thawed

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

    def copy(self, kit: Kit) -> Hash:
        """A hash of its own with the same fields and encoding (`t_hash.c` hashTypeDup). O(N)."""
        twin = Hash(kit)
        if self.pack is not None:
            twin.pack = Listpack.thaw(self.pack.freeze(), kit.probe)
            return twin
        twin.pack = None
        twin.table = HashTable(kit.seed, kit.probe, FIELDS)
        twin.table.reserve(len(self))
        for field, value in self.pairs():
            twin.table.insert(field, value)
        return twin

    def check(self) -> None:
        """Assert the structure's invariants, and that no field is there twice. O(N)."""
        assert (self.pack is None) != (self.table is None)
        if self.pack is not None:
            self.pack.check()
            assert len(self.pack) % 2 == 0
            fields = self.pack.items()[::2]
            assert len(set(fields)) == len(fields), "a field is there twice"
        else:
            self._entries().check()

    def memory(self, samples: int = 5) -> int:
        """The listpack, or the buckets and an average entry for each field."""
        if self.pack is not None:
            return OBJECT_HEADER + allocated(self.pack.size)
        table = self._entries()
        buckets = table.size(0) + table.size(1)
        fixed = OBJECT_HEADER + DICT_HEADER + POINTER * buckets
        entries = table.entries()[: samples or None]
        if not entries:
            return fixed
        sampled = sum(
            DICT_ENTRY + string_allocated(len(entry.key)) + string_allocated(len(entry.value))
            for entry in entries
        )
        return fixed + sampled * len(table) // len(entries)
