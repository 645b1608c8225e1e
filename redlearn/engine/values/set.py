"""Sets: members without order, in the smallest of three forms that can hold them.

    intset      numbers only, sorted         found by halving
    listpack    a few short members          found by walking
    hashtable   anything                     found by hashing

A new set takes the form that its first member asks for. A set of numbers that gets its first
text moves to a listpack while it is small, else to a table; numbers beyond 512, members beyond
128 in a listpack, or one of more than 64 bytes, make it a table. All of these are steps up:
taking members out never leads back. Only what is made anew, as the result of SINTERSTORE or
what a large SPOP leaves, begins in the small form again.

Source: `t_set.c` setTypeCreate, setTypeMaybeConvert, setTypeAddAux, setTypeConvertAndExpand.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar, Final, cast

from redlearn.engine.structures.hashtable import Frozen as FrozenTable
from redlearn.engine.structures.hashtable import HashTable
from redlearn.engine.structures.intset import Intset
from redlearn.engine.structures.listpack import MAX_BYTES, NOWHERE, Listpack
from redlearn.engine.values.kit import EncodingChanged, Kit
from redlearn.engine.values.picking import sample_items, sample_table, scan_table
from redlearn.engine.values.value import (
    DICT_HEADER,
    OBJECT_HEADER,
    POINTER,
    STRING_OVERHEAD,
    Frozen,
    Value,
    allocated,
    string_allocated,
)
from redlearn.resp.integer import parse_integer

MEMBERS: Final = "members"  # the table's name in events
MOST_NUMBERS: Final = 1 << 30  # whatever the limit says, an intset's size must fit 32 bits
NUMBER_ENTRY: Final = 11  # bytes of the longest number in a listpack
CHAINED_ENTRY: Final = 16  # a table without values keeps a lone key in its bucket, for nothing
LEAVING_PAYS: Final = 5  # taking out this many times what stays, pick those that stay instead


class Set(Value):
    """Members (unique raw bytes), in no promised order.

    Invariant: exactly one of `intset`, `pack` and `table` is there.

    Attributes:
        intset: The numbers, as long as there is nothing else.
        pack: The listpack of members, while small.
        table: The hash table of members, from the last conversion on; its values are None.
    """

    __slots__ = ("_kit", "intset", "pack", "table")

    type: ClassVar[str] = "set"

    def __init__(self, kit: Kit) -> None:
        """An empty intset, for results that are collected; `begun` is for a new key."""
        self._kit = kit
        self.intset: Intset | None = Intset(kit.probe)
        self.pack: Listpack | None = None
        self.table: HashTable | None = None

    @classmethod
    def packed(cls, kit: Kit) -> Set:
        """An empty listpack, for results of which most are likely no numbers."""
        made = cls(kit)
        made.intset, made.pack = None, Listpack(kit.probe)
        return made

    @classmethod
    def begun(cls, kit: Kit, member: bytes, expected: int = 1) -> Set:
        """An empty set in the form for `expected` members, of which `member` is the first.

        Source: `t_set.c` setTypeCreate.
        """
        if expected <= kit.set_max_intset_entries and parse_integer(member) is not None:
            return cls(kit)
        made = cls.packed(kit)
        if expected > kit.set_max_listpack_entries:
            made.pack, made.table = None, HashTable(kit.seed, kit.probe, MEMBERS)
            made.table.reserve(expected)
        return made

    @property
    def encoding(self) -> str:
        """`intset`, `listpack` or `hashtable`."""
        if self.table is not None:
            return "hashtable"
        return "intset" if self.pack is None else "listpack"

    # Reading

    def __contains__(self, member: bytes) -> bool:
        """Whether `member` is there. O(1) in a table, O(log N) in an intset, else O(N)."""
        if self.table is not None:
            return self.table.find(member) is not None
        if self.pack is not None:
            return self.pack.holds(member)
        number = parse_integer(member)
        return number is not None and number in self._intset()

    def __len__(self) -> int:
        """How many members. O(1)."""
        if self.table is not None:
            return len(self.table)
        return len(self._intset()) if self.pack is None else len(self.pack)

    def members(self) -> list[bytes]:
        """All members, in the structure's own order. O(N)."""
        if self.table is not None:
            return [entry.key for entry in self.table.entries()]
        if self.pack is not None:
            return self.pack.items()
        return [b"%d" % number for number in self._intset().numbers()]

    def __iter__(self) -> Iterator[bytes]:
        """Iterate over `members()`, copied first: the set may change meanwhile."""
        return iter(self.members())

    def scan(self, cursor: int, count: int) -> tuple[int, list[bytes]]:
        """The next cursor (0 at the end), and about `count` members; a small form whole."""
        if self.table is None:
            return 0, self.members()
        cursor, entries = scan_table(self.table, cursor, count)
        return cursor, [entry.key for entry in entries]

    # Changing

    def add(self, member: bytes) -> bool:
        """Put `member` in; False if it was there. Converts where a limit is passed.

        Source: `t_set.c` setTypeAddAux.
        """
        table = self.table
        if table is not None:
            return table.put(member, None)
        pack = self.pack
        if pack is not None:
            return not pack.holds(member) and self._add_to_pack(pack, member)
        number = parse_integer(member)
        if number is None:
            self._leave_intset(member)
            return True
        intset = self._intset()
        if not intset.add(number):
            return False
        if len(intset) > self._most_numbers():
            self._to_table(f"{len(intset)} numbers > {self._most_numbers()}", len(intset))
        return True

    def _add_to_pack(self, pack: Listpack, member: bytes) -> bool:
        why = self._too_large_with(len(pack) + 1, len(member))
        if not why and pack.fits(len(member)):
            pack.push_last(member)
        else:
            self._to_table(why or "a listpack ends at 1 GiB", len(pack) + 1)
            self._entries().insert(member, None)
        return True

    def _leave_intset(self, member: bytes) -> None:
        """Move from the intset to where `member`, which is no number, can go, and add it."""
        intset = self._intset()
        count, longest = len(intset), len(member)
        if count:
            ends = (len(b"%d" % intset[0]), len(b"%d" % intset[-1]))
            longest = max(longest, *ends)
        why = self._too_large_with(count + 1, longest)
        if not why and count * NUMBER_ENTRY + len(member) <= MAX_BYTES:
            members = self.members()
            self.intset, self.pack = None, Listpack(self._kit.probe)
            self.pack.append(*members)
            self._report("intset", "listpack", "a member is no number")
            self.pack.append(member)
            return
        self._to_table(why or "a listpack ends at 1 GiB", count + 1)
        self._entries().insert(member, None)

    def _too_large_with(self, count: int, longest: int) -> str:
        """Which limit a listpack of `count` members would pass, in words, or ""."""
        kit = self._kit
        if count > kit.set_max_listpack_entries:
            return f"{count} members > {kit.set_max_listpack_entries}"
        if longest > kit.set_max_listpack_value:
            return f"{longest} bytes > {kit.set_max_listpack_value}"
        return ""

    def expect(self, count: int) -> None:
        """Convert ahead of `count` calls of `add`, if so many members would pass the limit.

        Members that are there already are counted too: nobody has looked yet.

        Source: `t_set.c` setTypeMaybeConvert.
        """
        kit = self._kit
        if self.pack is not None and count > kit.set_max_listpack_entries:
            self._to_table(f"{count} members > {kit.set_max_listpack_entries}", count)
        elif self.intset is not None and count > kit.set_max_intset_entries:
            self._to_table(f"{count} members > {kit.set_max_intset_entries}", count)

    def remove(self, member: bytes) -> bool:
        """Take `member` out; False if it was not there (`t_set.c` setTypeRemoveAux)."""
        if self.table is not None:
            return self.table.remove(member) is not None
        if self.pack is None:
            number = parse_integer(member)
            return number is not None and self._intset().remove(number)
        at = self.pack.find(member)
        if at == NOWHERE:
            return False
        self.pack.delete(at)
        return True

    # Chance

    def random_member(self) -> bytes:
        """One member, by chance. The set must not be empty (`t_set.c` setTypeRandomElement)."""
        rng = self._kit.sampling
        if self.table is not None:
            return self.table.fair_random_entry(rng).key
        if self.pack is not None:
            return self.pack.get(self.pack.seek(rng.randrange(len(self.pack))))
        intset = self._intset()
        return b"%d" % intset[rng.randrange(len(intset))]

    def sample(self, count: int) -> list[bytes]:
        """`count` different members, by chance, or all if there are fewer.

        Source: `t_set.c` srandmemberWithCountCommand.
        """
        if count >= len(self):
            return self.members()
        rng = self._kit.sampling
        if self.table is not None:
            return [entry.key for entry in sample_table(self.table, count, rng)]
        return sample_items(self.members(), count, rng)

    def pop(self) -> bytes:
        """Take one member out, by chance. The set must not be empty."""
        member = self.random_member()
        self.remove(member)
        return member

    def pop_some(self, count: int) -> list[bytes]:
        """Take `count` members out, by chance, fewer than there are.

        Of a large part it is cheaper to draw those that stay: they make a new set, which
        begins small, and all the others are what was asked for.

        Source: `t_set.c` spopWithCountCommand, cases 2 and 3.
        """
        staying = len(self) - count
        if self.pack is None and staying * LEAVING_PAYS <= count:
            return self._pop_most(staying)
        if self.pack is None:
            return [self.pop() for _ in range(count)]
        popped = sample_items(self.pack.items(), count, self._kit.sampling)
        for member in popped:
            self.remove(member)
        return popped

    def _pop_most(self, staying: int) -> list[bytes]:
        rest: Set | None = None
        for _ in range(staying):
            member = self.pop()
            if rest is None:
                rest = Set.packed(self._kit) if self.intset is None else Set(self._kit)
            rest.add(member)
        assert rest is not None
        popped, old = self.members(), self.encoding
        self.intset, self.pack, self.table = rest.intset, rest.pack, rest.table
        if self.encoding != old:
            self._report(old, self.encoding, "made anew of the members that stay")
        return popped

    # Encodings

    def _intset(self) -> Intset:
        assert self.intset is not None
        return self.intset

    def _entries(self) -> HashTable:
        assert self.table is not None
        return self.table

    def _most_numbers(self) -> int:
        return min(self._kit.set_max_intset_entries, MOST_NUMBERS)

    def _to_table(self, why: str, expected: int) -> None:
        """Move to a hash table with room for `expected` members, and stay there."""
        old, members = self.encoding, self.members()
        table = HashTable(self._kit.seed, self._kit.probe, MEMBERS)
        table.reserve(max(expected, len(members)))
        for member in members:
            table.insert(member, None)
        self.intset, self.pack, self.table = None, None, table
        self._report(old, "hashtable", why)

    def settle(self) -> None:
        """Become an intset, if all members are numbers and few enough. O(N).

        Only for a result that was put together and is about to be stored.

        Source: `t_set.c` maybeConvertToIntset.
        """
        if self.intset is not None or len(self) > self._most_numbers():
            return
        numbers = [parse_integer(member) for member in self.members()]
        intset = Intset(self._kit.probe)
        for number in numbers:
            if number is None:
                return
            intset.add(number)
        self.intset, self.pack, self.table = intset, None, None

    def _report(self, old: str, new: str, why: str) -> None:
        if emit := self._kit.probe.emit:
            emit(EncodingChanged(self.type, old, new, why))

    # Keeping

    def freeze(self) -> Frozen:
        """`("intset", bytes)`, `("listpack", bytes)` or `("hashtable", frozen table)`. O(N)."""
        if self.table is not None:
            return ("hashtable", self.table.freeze())
        if self.pack is not None:
            return ("listpack", self.pack.freeze())
        return ("intset", self._intset().freeze())

    @classmethod
    def thaw(cls, frozen: Frozen, kit: Kit) -> Set:
        """Rebuild the set that gave `frozen`, down to the order in each bucket. O(N)."""
        form, content = frozen
        thawed = cls(kit)
        if form == "intset":
            thawed.intset = Intset.thaw(cast(bytes, content), kit.probe)
            return thawed
        thawed.intset = None
        if form == "listpack":
            thawed.pack = Listpack.thaw(cast(bytes, content), kit.probe)
        else:
            table = cast(FrozenTable, content)
            thawed.table = HashTable.thaw(table, kit.seed, kit.probe, MEMBERS)
        return thawed

    @classmethod
    def of_intset(cls, intset: Intset, kit: Kit) -> Set:
        """A set of a loaded intset, as RESTORE reads one; converted if it holds too many."""
        loaded = cls(kit)
        loaded.intset = intset
        if len(intset) > kit.set_max_intset_entries:
            loaded._to_table(f"{len(intset)} numbers > {kit.set_max_intset_entries}", 0)
        return loaded

    @classmethod
    def of_listpack(cls, pack: Listpack, kit: Kit) -> Set:
        """A set of a loaded listpack, as RESTORE reads one; converted if it holds too many.

        Raises:
            ValueError: A member twice.

        Source: `rdb.c` rdbLoadObject, case RDB_TYPE_SET_LISTPACK.
        """
        if len(set(pack.items())) < len(pack):
            raise ValueError("the listpack is no set")
        loaded = cls(kit)
        loaded.intset, loaded.pack = None, pack
        if len(pack) > kit.set_max_listpack_entries:
            loaded._to_table(f"{len(pack)} members > {kit.set_max_listpack_entries}", 0)
        return loaded

    @classmethod
    def built(cls, kit: Kit, members: Sequence[bytes]) -> Set:
        """A set of `members` in the form that fits, as an RDB file's plain list is read. O(N).

        Raises:
            ValueError: A member twice.

        Source: `rdb.c` rdbLoadObject, case RDB_TYPE_SET.
        """
        built = cls(kit)
        built.expect(len(members))
        for member in members:
            if not built.add(member):
                raise ValueError("a member is there twice")
        return built

    def copy(self, kit: Kit) -> Set:
        """A set of its own with the same members and encoding (`t_set.c` setTypeDup). O(N)."""
        if self.table is None:
            return Set.thaw(self.freeze(), kit)
        twin = Set(kit)
        twin.intset = None
        twin.table = HashTable(kit.seed, kit.probe, MEMBERS)
        twin.table.reserve(len(self))
        for member in self.members():
            twin.table.insert(member, None)
        return twin

    def check(self) -> None:
        """Assert the structure's invariants, and that no member is there twice. O(N)."""
        forms = [form for form in (self.intset, self.pack, self.table) if form is not None]
        assert len(forms) == 1
        forms[0].check()
        members = self.members()
        assert len(set(members)) == len(members), "a member is there twice"

    def memory(self, samples: int = 5) -> int:
        """The one block of a small form, or the buckets and an average entry for each member."""
        if self.table is None:
            size = self._intset().size if self.pack is None else self.pack.size
            return OBJECT_HEADER + allocated(size)
        table = self.table
        fixed = OBJECT_HEADER + DICT_HEADER + POINTER * (table.size(0) + table.size(1))
        entries = table.entries()[: samples or None]
        if not entries:
            return fixed
        sampled = sum(
            string_allocated(len(entry.key)) + (0 if entry.next is None else CHAINED_ENTRY)
            for entry in entries
        )
        return fixed + sampled * len(table) // len(entries)

    def footprint(self) -> int:
        """As `memory`, but for a table the bytes of all members. O(1)."""
        table = self.table
        if table is None:
            return self.memory()
        buckets = table.size(0) + table.size(1)
        each = STRING_OVERHEAD + CHAINED_ENTRY // 3  # about one in three is not alone
        return OBJECT_HEADER + DICT_HEADER + POINTER * buckets + each * len(table) + table.held
