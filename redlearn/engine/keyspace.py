"""Database: the keys of one numbered database, and when they expire.

Two of the project's own hash tables, as in Redis: `keys` maps a key to its value, and
`expires` maps the keys that have a time to live to the moment it ends. A key without a
time to live costs nothing in the second table, and the active expiry cycle samples the
second table alone.

Beside them, `hexpires` holds the hashes some of whose fields end, in the order in which the
first field of each does (`structures/ebuckets.py`).

Source: `server.h struct redisDb`, `db.c`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from sortedcontainers import SortedList

from redlearn.engine.slot_keys import SlotKeys
from redlearn.engine.structures.ebuckets import NO_TIME, Ebuckets
from redlearn.engine.structures.hashtable import Entry
from redlearn.engine.structures.hashtable_filling import Filled
from redlearn.engine.structures.keytable import KeyTable
from redlearn.engine.values.hash import Hash
from redlearn.engine.values.string import Content, boxed
from redlearn.engine.values.value import Value
from redlearn.probe import Event, Probe

NO_EXPIRY = -1


class Shadow(Protocol):
    """Wants to see the keys of a database as they are now, before they are others.

    A snapshot that is written while commands go on (`persistence/snapshot.py`). It follows the
    keys: where databases change places, their shadows do as well.
    """

    def changing(self, key: bytes) -> None:
        """A key is about to be changed, replaced or deleted, or there is none of that name."""
        ...

    def emptying(self) -> None:
        """All keys are about to go, and when they end."""
        ...


class Database:
    """One database.

    Attributes:
        index: The number SELECT takes.
        keys: key -> Value, a string bare (`values/string.py`); an empty aggregate is never stored.
        expires: key -> moment in ms since 1970; every key here is in `keys` too.
        hexpires: key -> moment in ms at which the first field of its hash ends.
        mortal: Whether `expires` holds any key: every lookup asks, so it is kept at hand.
        watched: key -> ids of the clients that WATCH it.
        waiting: key -> ids of the clients that are parked until it is made, the first one
            first, each with whether it wants to know of a deletion too (`blocking.py`).
        touched: Keys looked at or changed since the last snapshot, while one is wanted.
        changed: (index, key) of the same, of all databases, while a ledger of memory is kept.
        observed: Whether `touched`, `changed`, `shadow` or a probe wants to know of keys in use.
        shadow: Who wants to see keys before they change, if anybody does.
        deadlines: (moment in ms, key) of all expiries, soonest first, if somebody asked for
            the index (`index_deadlines`). Redis has none: its cycle samples.
        slot_keys: Its keys by slot, in a cluster (`index_slots`), else None.
        average_ttl_ms: A running estimate kept by the expiry cycle, for INFO.
        expire_cursor: Where the expiry cycle's scan of `expires` goes on.
    """

    __slots__ = (
        "average_ttl_ms", "changed", "deadlines", "expire_cursor", "expires", "hexpires", "index",
        "keys",
        "mortal", "observed", "shadow", "slot_keys", "touched", "waiting", "watched",
    )  # fmt: skip

    def __init__(self, index: int, seed: int, probe: Probe) -> None:
        self.index = index
        self.keys = KeyTable(seed, probe, "keys")
        self.expires = KeyTable(seed, probe, "expires")
        self.hexpires = Ebuckets()
        self.mortal = False
        self.watched: dict[bytes, set[int]] = {}
        self.waiting: dict[bytes, dict[int, bool]] = {}
        self.touched: set[bytes] | None = None
        self.changed: set[tuple[int, bytes]] | None = None
        self.observed = False
        self.shadow: Shadow | None = None
        self.deadlines: SortedList[tuple[int, bytes]] | None = None
        self.slot_keys: SlotKeys | None = None
        self.average_ttl_ms = 0
        self.expire_cursor = 0

    def __len__(self) -> int:
        return len(self.keys)

    def expiry_of(self, key: bytes) -> int:
        """When `key` expires, in ms since 1970, or NO_EXPIRY. O(1)."""
        if not self.mortal:
            return NO_EXPIRY
        entry = self.expires.find(key)
        return NO_EXPIRY if entry is None else int(entry.value)

    def expire_at(self, key: bytes, at_ms: int) -> None:
        """Give `key`, which must exist, a moment to expire at. O(1)."""
        if self.deadlines is not None:
            self._forget_deadline(key)
            self.deadlines.add((at_ms, key))
        self.expires.put(key, at_ms)
        self.mortal = True

    def put_off(self, key: bytes, at_ms: int, now_ms: int) -> Entry | None:
        """Let `key` end at `at_ms`, if it was to end anyway and has not; its entry then. O(1).

        None, and nothing done, also while a table is being rehashed: each search moves a bucket
        then, and there must be as many of them as ever.
        """
        keys, expires = self.keys, self.expires
        if not self.mortal or self.deadlines is not None:
            return None
        if keys.rehash_index >= 0 or expires.rehash_index >= 0:
            return None
        ending = expires.find(key)
        if ending is None or ending.value <= now_ms:
            return None
        ending.value = at_ms
        return keys.find(key)

    def persist(self, key: bytes) -> bool:
        """Take the time to live away; whether there was one. O(1)."""
        if not self.mortal:
            return False
        if self.deadlines is not None:
            self._forget_deadline(key)
        removed = self.expires.remove(key) is not None
        self.mortal = len(self.expires) > 0
        return removed

    def remove(self, key: bytes) -> Entry | None:
        """Take `key` out of both tables; its entry if it was there. O(1)."""
        self.persist(key)
        if self.hexpires:
            self.hexpires.remove(key)
        if self.slot_keys is not None:
            self.slot_keys.remove(key)
        return self.keys.remove(key)

    def order_fields(self, key: bytes, value: Value | Content) -> None:
        """Put `key` where the first field of its hash to end belongs, or nowhere. O(log N).

        Whoever stores a value that may be such a hash, or changes when its fields end, says so.
        """
        first_ms = value.first_ms if isinstance(value, Hash) else NO_TIME
        if first_ms != NO_TIME:
            self.hexpires.put(key, first_ms)
        elif self.hexpires:
            self.hexpires.remove(key)

    def index_deadlines(self) -> None:
        """Keep `deadlines` from now on: O(log N) more for each change of an expiry."""
        self.deadlines = SortedList((entry.value, entry.key) for entry in self.expires)

    def exchange_deadlines(self, gone: list[Entry], come: list[Entry]) -> None:
        """Let `deadlines`, which is kept, follow entries of `expires` that went and came. O(N)."""
        before = {(entry.value, entry.key) for entry in gone}
        after = {(entry.value, entry.key) for entry in come}
        assert self.deadlines is not None
        for each in before - after:
            self.deadlines.remove(each)
        self.deadlines.update(after - before)

    def index_slots(self) -> None:
        """Keep `slot_keys` from now on: O(1) more for each key that comes or goes."""
        self.slot_keys = SlotKeys(entry.key for entry in self.keys)

    def _forget_deadline(self, key: bytes) -> None:
        assert self.deadlines is not None
        if (entry := self.expires.find(key)) is not None:
            self.deadlines.remove((entry.value, key))

    def value_of(self, key: bytes) -> Value | None:
        """The value of a key, expired or not, leaving no trace. For views and tests."""
        entry = self.keys.peek(key)
        return None if entry is None else boxed(entry.value)

    def deadline_of(self, key: bytes) -> int:
        """`expiry_of`, leaving no trace (a lookup moves a table that is being rehashed)."""
        entry = self.expires.peek(key)
        return NO_EXPIRY if entry is None else int(entry.value)

    def clear(self) -> int:
        """Remove all keys; how many there were."""
        removed = len(self.keys)
        self._empty_shadow()
        self._mark_all_changed()
        self.keys.clear()
        self.expires.clear()
        self.hexpires.clear()
        self.mortal = False
        if self.deadlines is not None:
            self.deadlines.clear()
        if self.slot_keys is not None:
            self.slot_keys.clear()
        return removed

    def replace(self, keys: Filled, expires: Filled) -> None:
        """Take over tables that were filled out of a file, for all that is here. O(1).

        Hashes whose fields end are put in order afterwards, by `order_fields`. Whoever wants to
        know which keys change is told of all, before and after: O(keys).
        """
        self._empty_shadow()
        self._mark_all_changed()
        self.keys.adopt(*keys)
        self.expires.adopt(*expires)
        self.hexpires.clear()
        self.mortal = len(self.expires) > 0
        self.average_ttl_ms = self.expire_cursor = 0
        self._mark_all_changed()
        if self.deadlines is not None:
            self.index_deadlines()
        if self.slot_keys is not None:
            self.index_slots()

    def add_all(self, keys: list[Entry], expires: list[Entry]) -> None:
        """Add keys with their values and moments, in place of those of the same name. O(keys)."""
        for entry in keys:
            if self.shadow is not None:
                self.shadow.changing(entry.key)
            self.remove(entry.key)
            self.keys.insert(entry.key, entry.value, entry.access)
            self.order_fields(entry.key, entry.value)
            if self.slot_keys is not None:
                self.slot_keys.add(entry.key)
        for entry in expires:
            self.expire_at(entry.key, entry.value)
        self._mark_changed(keys)

    def exchange(self, other: Database) -> None:
        """Change the contents over with another database, and all that is known of them. O(1).

        With an index of deadlines that is made anew: O(N log N).
        """
        for db in (self, other):
            db._mark_all_changed()
        self.keys, other.keys = other.keys, self.keys
        self.expires, other.expires = other.expires, self.expires
        self.hexpires, other.hexpires = other.hexpires, self.hexpires
        self.mortal, other.mortal = other.mortal, self.mortal
        self.shadow, other.shadow = other.shadow, self.shadow
        self.observed = other.observed = self.observed or other.observed  # too often does no harm
        ttl, cursor = self.average_ttl_ms, self.expire_cursor
        self.average_ttl_ms, self.expire_cursor = other.average_ttl_ms, other.expire_cursor
        other.average_ttl_ms, other.expire_cursor = ttl, cursor
        self.slot_keys, other.slot_keys = other.slot_keys, self.slot_keys
        for db in (self, other):
            db._mark_all_changed()
            if db.deadlines is not None:
                db.index_deadlines()

    def _empty_shadow(self) -> None:
        if self.shadow is not None:
            self.shadow.emptying()

    def _mark_all_changed(self) -> None:
        if self.changed is not None or self.touched is not None:
            self._mark_changed(self.keys.entries())

    def _mark_changed(self, entries: list[Entry]) -> None:
        if self.changed is not None:
            self.changed.update((self.index, entry.key) for entry in entries)
        if self.touched is not None:
            self.touched.update(entry.key for entry in entries)

    def check(self) -> None:
        """Assert the invariants: tables in order, no empty aggregates, expiries have keys."""
        self.keys.check()
        self.expires.check()
        assert self.mortal == (len(self.expires) > 0)
        for entry in self.keys:
            value = boxed(entry.value)
            assert value.type in ("string", "stream") or len(value) > 0, entry.key
            assert value is not entry.value or value.type != "string", "a string is not bare"
            value.check()
        names = {entry.key for entry in self.keys}
        for entry in self.expires:
            assert entry.key in names, entry.key
        self.hexpires.check()
        timed = {e.key: e.value.first_ms for e in self.keys if isinstance(e.value, Hash)}
        ordered = [(moment, key) for key, moment in timed.items() if moment != NO_TIME]
        assert self.hexpires.rows() == sorted(ordered), "a hash ends at another moment"
        if self.deadlines is not None:
            assert list(self.deadlines) == sorted((e.value, e.key) for e in self.expires)
        if self.slot_keys is not None:
            self.slot_keys.check(names)


@dataclass(frozen=True, slots=True)
class DatabasesSwapped(Event):
    """Two databases changed their contents over."""

    first: int
    second: int
