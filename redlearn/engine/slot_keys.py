"""SlotKeys: which keys of a database are in which slot.

A node of a cluster that gives a slot away has to find its keys, and CLUSTER GETKEYSINSLOT has to
name some of them; walking over all keys would do, once for each of 16384 slots. So a node keeps,
beside its keys, a row for each slot that has any:

    12182   foo  {foo}:2  {foo}:1          the key that came last is named first
     5061   bar

It takes a CRC and an entry of a row for each key that comes or goes, and exists in a cluster
alone: elsewhere nobody asks.

Unlike Redis: since 7.4 the keys of a cluster's node are in a table for each slot, and come in the
order of its buckets. Here they are in one table, with rows beside it as in 7.0, in whose order
they come: the order of buckets hangs on a secret, and would tell a learner nothing.

Source: `db.c` slotToKeyAddEntry, slotToKeyDelEntry, countKeysInSlot, in 7.0.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from redlearn.slots import slot_of


class SlotKeys:
    """Keys by slot; each is in the row of its slot once, and no row is empty.

    Attributes:
        rows: slot -> its keys, in the order in which they came.
    """

    __slots__ = ("rows",)

    def __init__(self, keys: Iterable[bytes] = ()) -> None:
        self.rows: dict[int, dict[bytes, None]] = {}
        for key in keys:
            self.add(key)

    def add(self, key: bytes) -> None:
        """Note a key that came. O(1)."""
        self.rows.setdefault(slot_of(key), {})[key] = None

    def remove(self, key: bytes) -> None:
        """Note that a key went, if it was there. O(1)."""
        slot = slot_of(key)
        row = self.rows.get(slot)
        if row is not None:
            row.pop(key, None)
            if not row:
                del self.rows[slot]

    def clear(self) -> None:
        """Note that all keys went."""
        self.rows.clear()

    def count(self, slot: int) -> int:
        """How many keys a slot has. O(1)."""
        return len(self.rows.get(slot, ()))

    def keys(self, slot: int, most: int) -> list[bytes]:
        """Up to `most` keys of a slot, the one that came last first. O(most)."""
        return list(islice(reversed(self.rows.get(slot, {})), most))

    def freeze(self) -> tuple[bytes, ...]:
        """All keys, in an order from which the same rows can be made."""
        return tuple(key for row in self.rows.values() for key in row)

    def check(self, keys: Iterable[bytes]) -> None:
        """Assert that these are the keys, each in its slot. O(keys)."""
        assert all(self.rows.values()), "a row without keys"
        listed = [(slot, key) for slot, row in self.rows.items() for key in row]
        assert all(slot == slot_of(key) for slot, key in listed)
        assert sorted(key for _, key in listed) == sorted(keys)
