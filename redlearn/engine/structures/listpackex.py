"""Listpackex: a small hash some of whose fields end, in one run of bytes.

A listpack of triplets, each a field, its value, and the moment at which it ends, in ms since
1970. 0 is the moment of a field that stays.

    "otp" "4711" 1700000000250    "cart" "3" 1700000060000    "name" "ann" 0    "age" "36" 0
    ends first                    ends next                   no time to live: behind the others

The triplets lie in the order of their moments. So which fields are over is read off the front,
without a second structure: walk until a moment lies ahead, or is 0. The price is paid by
whoever sets a moment: the triplet is taken out, its place is looked for from the front on, and
all bytes behind it move. Fields without a moment keep the order in which they came.

A moment takes 9 or 10 bytes, a 0 takes 2. A hash becomes a listpackex when HEXPIRE first names
it, and does not go back, not even when none of its fields ends any more.

Invariants (`check` asserts them): a multiple of three entries; no field twice; every third
entry a number from 0 on; moments ascend, and zeros are last.

Cost: O(N) for everything, but the first moment, which is O(1).

Source: `t_hash.c` listpackExAddInternal, listpackExUpdateExpiry, listpackExExpire.
"""

from __future__ import annotations

from redlearn.engine.structures.ebuckets import LATEST_MS, NO_TIME
from redlearn.engine.structures.listpack import NOWHERE, EntryVisited, Listpack
from redlearn.probe import Probe

Row = tuple[bytes, bytes, int]
"""A field, its value, and when it ends."""


class ListpackEx:
    """Fields with values and moments, in the order of the moments.

    Attributes:
        pack: The bytes.
    """

    __slots__ = ("_probe", "pack")

    def __init__(self, probe: Probe, pack: Listpack | None = None) -> None:
        self._probe = probe
        self.pack = Listpack(probe) if pack is None else pack

    @classmethod
    def of_pairs(cls, pairs: Listpack, probe: Probe) -> ListpackEx:
        """The fields and values of a listpack, none of which ends. O(N).

        Source: `t_hash.c` hashTypeConvertListpack, which writes a 0 behind each pair.
        """
        made = cls(probe)
        made.pack.append(*[item for row in pairs.pairs() for item in (*row, b"0")])
        return made

    def __len__(self) -> int:
        """How many fields, those that are over included. O(1)."""
        return len(self.pack) // 3

    # Reading

    def row(self, field: bytes) -> tuple[bytes, int] | None:
        """The value of `field` and when it ends, or None. O(N)."""
        pack = self.pack
        at = pack.find(field, 2)
        if at == NOWHERE:
            return None
        at = pack.next(at)
        return pack.get(at), _number(pack, pack.next(at))

    def rows(self) -> list[Row]:
        """All triplets, the first to end in front. O(N)."""
        items = self.pack.items()
        moments = map(int, items[2::3])
        return list(zip(items[::3], items[1::3], moments, strict=True))

    def pairs(self) -> list[tuple[bytes, bytes]]:
        """Fields with their values, in the same order. O(N)."""
        items = self.pack.items()
        return list(zip(items[::3], items[1::3], strict=True))

    @property
    def first_ms(self) -> int:
        """When the first field ends, or NO_TIME if none does. O(1)."""
        at = self.pack.seek(2)
        return NO_TIME if at == NOWHERE else _number(self.pack, at)

    # Changing

    def put(self, field: bytes, value: bytes, keep: bool) -> bool:
        """Set `field` to `value`; True if it was absent. O(N).

        Args:
            keep: Whether a field that was there keeps its moment. If not, it stays for ever
                from now on, and goes behind those that end.
        """
        pack = self.pack
        at = pack.find(field, 2)
        if at == NOWHERE:
            pack.append(field, value, b"0")
            return True
        value_at = pack.next(at)
        if keep or _number(pack, pack.next(value_at)) == NO_TIME:
            pack.replace(value_at, value)
        else:
            pack.delete(at, 3)
            pack.append(field, value, b"0")
        return False

    def add(self, field: bytes, value: bytes, at_ms: int) -> None:
        """Put in a field, which must be absent, where its moment belongs. O(N)."""
        pack = self.pack
        items = field, value, b"%d" % at_ms
        at = self._place(at_ms) if at_ms != NO_TIME else NOWHERE
        if at == NOWHERE:
            pack.append(*items)
        else:
            pack.insert(at, *items)

    def set_moment(self, field: bytes, at_ms: int) -> None:
        """Let `field`, which must be there, end at `at_ms`; NO_TIME for never. O(N)."""
        pack = self.pack
        at = pack.find(field, 2)
        value = pack.get(pack.next(at))
        pack.delete(at, 3)
        self.add(field, value, at_ms)

    def _place(self, at_ms: int) -> int:
        """Where the first triplet begins that does not end before `at_ms`, or NOWHERE."""
        pack, emit = self.pack, self._probe.emit
        at, index = pack.first(), 0
        while at != NOWHERE:
            third = pack.next(pack.next(at))
            moment = _number(pack, third)
            found = moment == NO_TIME or moment >= at_ms
            if emit:
                emit(EntryVisited(third, index + 2, found))
            if found:
                return at
            at = pack.next(third)
            index += 3
        return NOWHERE

    def remove(self, field: bytes) -> bool:
        """Take `field` out; False if it was not there. O(N)."""
        at = self.pack.find(field, 2)
        if at == NOWHERE:
            return False
        self.pack.delete(at, 3)
        return True

    def due(self, now_ms: int, limit: int) -> list[tuple[int, bytes]]:
        """(moment, field) of the first `limit` whose moment is not after `now_ms`. O(K)."""
        pack = self.pack
        found: list[tuple[int, bytes]] = []
        at = pack.first()
        while at != NOWHERE and len(found) < limit:
            third = pack.next(pack.next(at))
            moment = _number(pack, third)
            if moment == NO_TIME or moment > now_ms:
                break
            found.append((moment, pack.get(at)))
            at = pack.next(third)
        return found

    def drop_first(self, count: int) -> None:
        """Take out the first `count` triplets, all at once. O(bytes behind)."""
        self.pack.delete(self.pack.first(), 3 * count)

    # Keeping

    @classmethod
    def load(cls, pack: Listpack, probe: Probe) -> ListpackEx:
        """The triplets of a pack from outside, all of them looked at. O(N).

        Raises:
            ValueError: The entries are no triplets, or in no order; a field is there twice.
        """
        loaded = cls(probe, pack)
        loaded.validate()
        return loaded

    def validate(self) -> None:
        """Raise ValueError where an invariant does not hold. O(N)."""
        if len(self.pack) % 3:
            raise ValueError("the entries are no triplets")
        at, before = self.pack.first(), 1
        fields: set[bytes] = set()
        while at != NOWHERE:
            fields.add(self.pack.get(at))
            at = self.pack.next(self.pack.next(at))
            moment = self.pack.value(at)
            if not isinstance(moment, int) or not 0 <= moment <= LATEST_MS:
                raise ValueError("a field ends at no moment")
            if before == NO_TIME != moment or NO_TIME != moment < before:
                raise ValueError("the fields are not in the order in which they end")
            at, before = self.pack.next(at), moment
        if len(fields) < len(self):
            raise ValueError("a field is there twice")

    def check(self) -> None:
        """Assert the invariants. O(N)."""
        self.pack.check()
        try:
            self.validate()
        except ValueError as fault:
            raise AssertionError(str(fault)) from None


def _number(pack: Listpack, at: int) -> int:
    value = pack.value(at)
    assert isinstance(value, int)
    return value
