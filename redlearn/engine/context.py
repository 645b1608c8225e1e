"""Context: all that a running command may touch.

A command gets its arguments and a context, and gives back a reply. It finds values with
`find`, makes them with `create`, and says what it did with `changed`: the one place where
a change is counted, watchers and subscribers are told, and an emptied value disappears.

Source: `db.c lookupKey`, `db.c signalModifiedKey`, `notify.c notifyKeyspaceEvent`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar
from zlib import crc32

from redlearn.clock import Clock
from redlearn.engine import pubsub, tracking
from redlearn.engine.access import LFU_START, access_counted, counted
from redlearn.engine.blocking import Wish
from redlearn.engine.client import Client
from redlearn.engine.effects import Effect
from redlearn.engine.expiry import FieldExpired, KeyExpired
from redlearn.engine.keyspace import Database
from redlearn.engine.notifications import Notified, messages
from redlearn.engine.state import State
from redlearn.engine.structures.ebuckets import NO_TIME
from redlearn.engine.structures.hashtable import Entry
from redlearn.engine.transactions import mark_watchers
from redlearn.engine.values.hash import Hash
from redlearn.engine.values.string import BARE, Content, String, bare, boxed, encoded
from redlearn.engine.values.value import Value
from redlearn.errors import WRONG_TYPE, CommandError
from redlearn.probe import Event
from redlearn.resp.reply import NULL_ARRAY, Reply

V = TypeVar("V", bound=Value)
S = TypeVar("S", bound=Value | Content)


class Context:
    """What the command that runs now may touch. One per engine, pointed at each caller in turn.

    Attributes:
        state: The engine's memory.
        client: Who called.
        db: The database the client has selected.
        run: Runs a Command with its argv inside this one and gives its reply (EXEC, scripts).
        replaced: The command said itself what to pass on; its own words are not.
        clock: Where the engine has its time from; `now_ms` is what it said when this began.
        quiet: What is found may be changed: the command writes, or what it does now does. And
            nobody is told of a key that is not there; those that only read tell (`keymiss`).
        wish: The command found nothing and asks to wait. Whoever called it may grant that,
            or take the reply that came along.
    """

    __slots__ = ("client", "clock", "db", "quiet", "replaced", "run", "state", "wish")

    def __init__(
        self, state: State, clock: Clock, run: Callable[[Any, list[bytes]], Reply]
    ) -> None:
        self.state = state
        self.clock = clock
        self.run = run
        self.client = Client(0, state.databases[0], state.now_ms)
        self.db: Database = self.client.db
        self.replaced = False
        self.quiet = False
        self.wish: Wish | None = None

    @property
    def now_ms(self) -> int:
        """The moment this command runs at, in ms since 1970."""
        return self.state.now_ms

    @property
    def dirty(self) -> int:
        """How many changes were ever made."""
        return self.state.dirty

    @property
    def heard(self) -> bool:
        """Whether anybody hears of effects: if not, a command need not find words for them."""
        state = self.state
        return state.probe.emit is not None or bool(state.sinks)

    # ------------------------------------------------------------------------ finding and making

    def lookup(self, key: bytes, touch: bool = True) -> Entry | None:
        """The entry of a key that exists and has not expired, or None. O(1).

        A key found past its time dies here: this is lazy expiry. `touch` marks it as used,
        which is what OBJECT IDLETIME and eviction look at.
        """
        db, keys = self.db, self.db.keys
        if keys.rehash_index >= 0 or db.observed:
            if db.observed:
                self.observe(key, changing=self.quiet)
            entry = keys.find(key)
        else:  # as `HashTable.find` does it, without the call: most commands come here
            entry = keys.table0[crc32(key, keys.seed) & keys.mask0]
            while entry is not None and entry.key != key:
                entry = entry.next
        if entry is None or (db.mortal and self._expire_if_needed(key)):
            self._missed(key)
            return None
        if not self.quiet:
            self.state.stats.hits += 1
        if touch:
            if self.client.stamps:
                now_ms = self.state.now_ms
                if entry.access is not now_ms:  # to look is ten times as quick as to write
                    entry.access = now_ms
            elif not self.client.no_touch:
                self.use(entry)
        return entry

    def use(self, entry: Entry) -> None:
        """Note that a key was used: when, or under a policy of LFU once more. O(1)."""
        state = self.state
        if not state.counts_uses:
            entry.access = state.now_ms
            return
        number = state.config.number
        factor, decay = number("lfu-log-factor"), number("lfu-decay-time")
        entry.access = counted(entry.access, state.now_ms, factor, decay, state.chance.eviction)

    def lookup_source(self, key: bytes) -> Entry | None:
        """`lookup`, for a key that a command which writes only reads: a miss is told. O(1)."""
        quiet, self.quiet = self.quiet, False
        entry = self.lookup(key)
        self.quiet = quiet
        return entry

    def find_source(self, key: bytes, kind: type[V]) -> V | None:
        """`find`, for a key that a command which writes only reads: a miss is told. O(1)."""
        quiet, self.quiet = self.quiet, False
        try:
            return self.find(key, kind)
        finally:
            self.quiet = quiet

    def alive(self, key: bytes) -> bool:
        """Whether the time of `key`, one of many, has not passed; it is deleted if it has. O(1)."""
        return not self.db.mortal or not self._expire_if_needed(key)

    def find(self, key: bytes, kind: type[V]) -> V | None:
        """The value of `key` if it exists; it must be of type `kind`. O(1).

        Raises:
            CommandError: WRONGTYPE, when the key holds something else.
        """
        db = self.db
        if db.observed or db.mortal or not self.client.stamps:
            entry = self.lookup(key)
            if entry is None:
                return None
        else:  # as `lookup` does it, without the call
            keys = db.keys
            if keys.rehash_index >= 0:
                entry = keys.find(key)
            else:
                entry = keys.table0[crc32(key, keys.seed) & keys.mask0]
                while entry is not None and entry.key != key:
                    entry = entry.next
            if entry is None:
                self._missed(key)
                return None
            now_ms = self.state.now_ms
            if entry.access is not now_ms:
                entry.access = now_ms
            if not self.quiet:
                self.state.stats.hits += 1
        found = entry.value
        if found.__class__ is not kind:
            found = boxed(found)
            if found.__class__ is not kind:
                raise CommandError(WRONG_TYPE)
        value: V = found
        return value

    def find_string(self, key: bytes) -> Entry | None:
        """The entry of `key` if it exists; it must hold a string. For who may change it. O(1).

        Raises:
            CommandError: WRONGTYPE, when the key holds something else.
        """
        entry = self.lookup(key)
        if entry is not None and entry.value.__class__ not in BARE:
            raise CommandError(WRONG_TYPE)
        return entry

    def _missed(self, key: bytes) -> None:
        """Count a key that was to be read, and not changed, and is not there; and say so."""
        if self.quiet:
            return
        state = self.state
        state.stats.misses += 1
        if state.attentive:
            self._announce(key, "keymiss")

    def create(self, key: bytes, value: S) -> S:
        """Store a new value under `key`, which must not exist, and give it back. O(1)."""
        db = self.db
        access = self.state.now_ms
        if not self.client.stamps and self.state.counts_uses:
            access = access_counted(LFU_START, access)
        entry = db.keys.insert(key, value.content if value.__class__ is String else value, access)
        if db.waiting and key in db.waiting:
            self.ready(key)
        if db.touched is not None:
            db.touched.add(key)
        if db.changed is not None:
            db.changed.add((db.index, key))
        if db.slot_keys is not None:
            db.slot_keys.add(key)
        if self.state.attentive:
            self._announce(key, "new")
            if emit := self.state.probe.emit:
                emit(KeyAdded(self.db.index, key, boxed(entry.value).type))
        return value

    def store(self, key: bytes, value: Value | Content, keep_ttl: bool = False) -> None:
        """Store `value` under `key`, over whatever was there (`db.c setKey`). O(1)."""
        db = self.db
        if db.observed:
            self.observe(key, changing=True)
        self._store(db.keys.find(key), key, value, keep_ttl)

    def store_text(self, key: bytes, data: bytes) -> None:
        """`store` a string of `data`, as SET does: over another that is a mere exchange. O(1)."""
        db, keys = self.db, self.db.keys
        if keys.rehash_index >= 0 or db.observed:
            if db.observed:
                self.observe(key, changing=True)
            entry = keys.find(key)
        else:  # as in `lookup`
            entry = keys.table0[crc32(key, keys.seed) & keys.mask0]
            while entry is not None and entry.key != key:
                entry = entry.next
        plain = not db.mortal and not db.waiting and self.client.stamps
        if plain and entry is not None and entry.value.__class__ in BARE:
            entry.value = encoded(data)
            now_ms = self.state.now_ms
            if entry.access is not now_ms:
                entry.access = now_ms
        else:
            self._store(entry, key, encoded(data), keep_ttl=False)

    def _store(
        self, entry: Entry | None, key: bytes, value: Value | Content, keep_ttl: bool
    ) -> None:
        """The second half of `store`: `entry` is what the key has, its time perhaps over."""
        db = self.db
        if db.mortal:
            if entry is not None and self._expire_if_needed(key):
                entry = None
            elif not keep_ttl:
                db.persist(key)
        if entry is None:
            self.create(key, value)
        else:
            entry.value = bare(value)
            if self.client.stamps:
                entry.access = self.state.now_ms
            elif not self.client.no_touch:
                self.use(entry)
            if db.hexpires:
                db.order_fields(key, value)
            if db.waiting and key in db.waiting:
                self._gone(key)

    def put_off(self, key: bytes, at_ms: int) -> bool:
        """Let a key that ends anyway end at `at_ms` instead, if nobody is to know but `dirty`.

        Whether that was done; if not, nothing was. It is what EXPIRE comes to as a rule, with one
        search in each table instead of two, which is a third of its time. O(1).
        """
        db, state = self.db, self.state
        if db.observed or state.attentive or state.sinks or not self.client.stamps:
            return False
        entry = db.put_off(key, at_ms, state.now_ms)
        if entry is None:
            return False
        entry.access = state.now_ms
        state.dirty += 1
        return True

    def delete(self, key: bytes) -> bool:
        """Remove a key; whether it was there. Says nothing to anybody: `changed` does."""
        db = self.db
        if db.observed:
            self.observe(key, changing=True)
        if db.remove(key) is None:
            return False
        if db.waiting and key in db.waiting:
            self._gone(key)
        if db.observed and (emit := self.state.probe.emit):
            emit(KeyRemoved(db.index, key))
        return True

    def clear(self, db: Database) -> int:
        """Empty a database; how many keys it had.

        Whoever watches a key that was there has lost (`db.c emptyDb`).
        """
        lost = [key for key in db.watched if key in db.keys]
        removed = db.clear()
        for key in lost:
            self.touch_watchers(db, key)
        if emit := self.state.probe.emit:
            emit(DatabaseCleared(db.index, removed))
        return removed

    def observe(self, key: bytes, *, changing: bool) -> None:
        """Note that `key` is about to be used: its value may change, if only by rehashing.

        Args:
            changing: What it holds may be something else afterwards, or gone.
        """
        if changing:
            self.will_change(key)
        if self.db.touched is not None:
            self.db.touched.add(key)
        if self.db.changed is not None:
            self.db.changed.add((self.db.index, key))
        if emit := self.state.probe.emit:
            emit(KeyUsed(self.db.index, key))

    def will_change(self, key: bytes) -> None:
        """Say that `key` may change or go, where that was not to be seen from how it was found.

        For what a command changes that is said to read, or that is not `quiet` about what it finds.
        """
        if self.db.shadow is not None:
            self.db.shadow.changing(key)

    def turn_to(self, key: bytes) -> None:
        """Say, if anybody listens, that what structures report next is about `key`. O(1).

        For commands that have found several values and then go from one to the other.
        """
        if emit := self.state.probe.emit:
            emit(KeyUsed(self.db.index, key))

    # ------------------------------------------------------------------------------------ waiting

    def block(
        self,
        keys: list[bytes],
        kind: str,
        until_ms: int,
        otherwise: Reply = NULL_ARRAY,
        *,
        on_gone: bool = False,
    ) -> Reply:
        """Ask to run again when one of `keys` is made: `return ctx.block(...)`, as the last act.

        Args:
            kind: The TYPE that the key must then hold.
            until_ms: When to give up, with a null array; 0 for never (`blocking.deadline`).
            otherwise: The reply where nobody may wait, in MULTI and in scripts.
            on_gone: Also when one of them is deleted or replaced.
        """
        self.wish = Wish(tuple(keys), kind, until_ms, on_gone)
        return otherwise

    def take_wish(self) -> Wish | None:
        """What `block` asked for since the last call, for whoever can grant it."""
        wish, self.wish = self.wish, None
        return wish

    def ready(self, key: bytes) -> None:
        """Serve those who wait for `key` once this command is done. `create` says it itself.

        Streams say it of every entry added: others can wait at a stream that is there.
        """
        if key in self.db.waiting and (value := self.db.value_of(key)) is not None:
            self.state.make_ready(self.db.index, key, value.type)

    def _gone(self, key: bytes) -> None:
        """Serve those who want to know that `key` is deleted or replaced."""
        if any(self.db.waiting[key].values()):
            self.state.make_ready(self.db.index, key)

    # ------------------------------------------------------------------------------- consequences

    def changed(self, key: bytes, event: str, times: int = 1) -> None:
        """Say that `key` was changed. Call it after the change, once per event.

        Args:
            event: The name of the keyspace notification, as "zadd" or "del".
            times: How many changes it was; with 0 nothing happened, and nothing is said.
        """
        if times:
            state = self.state
            state.dirty += times
            if state.attentive:
                self._tell(key, event)

    def changed_unwatched(self, key: bytes, what: str, times: int = 1) -> None:
        """`changed`, but WATCH does not see it, and nobody is told: `notify` has to follow.

        So it is with all that concerns consumer groups: Redis counts it, and no more. `what` is
        for a probe alone.
        """
        if times:
            self.state.dirty += times
            if emit := self.state.probe.emit:
                emit(KeyChanged(self.db.index, key, what))

    def shrunk(self, key: bytes, value: Value, event: str, times: int = 1) -> None:
        """`changed`, for what may have become empty: an empty value's key is deleted."""
        if times:
            self.changed(key, event, times)
            if not len(value):
                self.delete(key)
                if self.state.attentive:
                    self._tell(key, "del")

    def also_changed(self, key: bytes, event: str) -> None:
        """`changed`, for a second key of the same change: RENAME has two, and counts once."""
        if self.state.attentive:
            self._tell(key, event)

    def notify(self, key: bytes, event: str) -> None:
        """Publish an event that is not a change of its own (`expire` beside `set`)."""
        if self.state.attentive:
            self._announce(key, event)

    def propagate(self, *argv: bytes) -> None:
        """Pass on `argv` in place of the command as it was sent. May be called repeatedly.

        Where nobody hears of effects there are none: to make one takes a third of an EXPIRE.
        """
        self.replaced = True
        if self.heard:
            self.state.pass_on(Effect(self.db.index, argv))

    def propagate_nothing(self) -> None:
        """Do not pass on the command as it was sent."""
        self.replaced = True

    def touch_watchers(self, db: Database, key: bytes) -> None:
        """Let EXEC fail for who watches `key`, which was changed (`db.c signalModifiedKey`).

        And tell those that keep a copy of it.
        """
        if db.watched:
            mark_watchers(self.state, db, key)
        if self.state.crowd.tracking_clients:
            tracking.invalidate(self.state, key, self.client)

    # ---------------------------------------------------------------------------- fields that end

    def reordered(self, key: bytes, hash: Hash) -> None:
        """Say that another field of `hash` may be the first to end. Call it after the change."""
        self.db.order_fields(key, hash)

    def value_in(self, key: bytes, hash: Hash, field: bytes) -> bytes | None:
        """The value of a field whose time has not passed, or None.

        One found past its time is taken out here: this is lazy expiry. If it was the last, the
        key is gone, and who wants to write needs a new hash: `len(hash)` tells.

        Source: `t_hash.c` hashTypeGetValue.
        """
        if hash.timing is None:  # as a rule
            return hash.get(field)
        if NO_TIME < hash.first_ms < self.state.now_ms and self.field_is_over(key, hash, field):
            return None
        return hash.get(field)

    def field_is_over(
        self, key: bytes, hash: Hash, field: bytes, *, told: bool = True, emptied: bool = False
    ) -> bool:
        """Take `field` out if its time has passed; whether it had.

        Args:
            told: Whether notifications are sent.
            emptied: Whether the hash may stay, empty, because something is put into it next.
        """
        at_ms = hash.moment_of(field)
        if not at_ms or at_ms >= self.state.now_ms:
            return False
        if self.state.replication.primary is not None:
            return True
        self.will_change(key)
        hash.remove(field)
        self.field_expired(key, field, at_ms, "lazy")
        if emptied and not len(hash):
            self.notify(key, "hexpired")
        else:
            self.fields_expired(key, hash, told=told)
        return True

    def field_expired(self, key: bytes, field: bytes, at_ms: int, how: str) -> None:
        """Count a field that is over, and pass on an HDEL. `how`: "lazy" or "active"."""
        state = self.state
        state.expired_fields += 1
        if emit := state.probe.emit:
            emit(FieldExpired(self.db.index, key, field, how, at_ms, state.now_ms))
        state.pass_on(Effect(self.db.index, (b"HDEL", key, field)))

    def fields_expired(self, key: bytes, hash: Hash, *, told: bool = True) -> bool:
        """Draw the consequences of fields that are over; whether the hash is gone as well."""
        self.reordered(key, hash)
        emptied = not len(hash)
        if told:
            self.notify(key, "hexpired")
        if emptied:
            self.delete(key)
            if told:
                self.notify(key, "del")
        self.touch_watchers(self.db, key)
        return emptied

    def _tell(self, key: bytes, event: str) -> None:
        self.touch_watchers(self.db, key)
        if emit := self.state.probe.emit:
            emit(KeyChanged(self.db.index, key, event))
        self._announce(key, event)

    def _announce(self, key: bytes, event: str) -> None:
        state = self.state
        if state.config.notify:
            for channel, message in messages(self.db.index, key, event, state.config.notify):
                if emit := state.probe.emit:
                    emit(Notified(channel, message))
                if state.listeners["channels"] or state.listeners["patterns"]:
                    pubsub.publish(state, channel, message, running=self.client)

    def _expire_if_needed(self, key: bytes) -> bool:
        """Delete `key` if its time has passed; whether it had (`db.c expireIfNeeded`)."""
        if (entry := self.db.expires.find(key)) is None or entry.value > self.state.now_ms:
            return False
        # A pause lets it lie, dead as it is; and so does a replica until its primary says DEL.
        if not self.state.crowd.paused_until_ms and self.state.replication.primary is None:
            self.expire(key, entry.value, "lazy")
        return True

    def expire(self, key: bytes, at_ms: int, how: str) -> None:
        """Delete a key whose time has passed, and pass on a DEL. `how`: "lazy" or "active"."""
        state = self.state
        if how == "lazy":
            state.lazy_expired += 1
        else:
            state.active_expired += 1
        if emit := state.probe.emit:
            emit(KeyExpired(self.db.index, key, how, at_ms, state.now_ms))
        state.stats.measure("expire-del", state.now_ms, partial(self.delete, key))
        if self.heard:
            lazy_free = state.config.flag("lazyfree-lazy-expire")
            state.pass_on(Effect(self.db.index, (b"UNLINK" if lazy_free else b"DEL", key)))
        self.touch_watchers(self.db, key)
        self._announce(key, "expired")


@dataclass(frozen=True, slots=True)
class KeyUsed(Event):
    """A command turned to `key`, there or not; what structures report next is about it."""

    db: int
    key: bytes


@dataclass(frozen=True, slots=True)
class KeyAdded(Event):
    """A key came into being, holding a value of type `kind`."""

    db: int
    key: bytes
    kind: str


@dataclass(frozen=True, slots=True)
class KeyRemoved(Event):
    """A key is gone, whatever the reason."""

    db: int
    key: bytes


@dataclass(frozen=True, slots=True)
class KeyChanged(Event):
    """A key was changed; `event` is the name its keyspace notification has."""

    db: int
    key: bytes
    event: str


@dataclass(frozen=True, slots=True)
class DatabaseCleared(Event):
    """A whole database was emptied; it had `removed` keys."""

    db: int
    removed: int
