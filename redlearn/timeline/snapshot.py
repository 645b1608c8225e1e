"""Snapshots: an engine's whole state as immutable data, and back, exactly.

Exactly means: bucket for bucket, tower for tower, with half-done rehashes, access times and
the state of every coin. An RDB file would not do, since it keeps none of these. Neither
would `pickle` or `copy.deepcopy`: both recurse along linked nodes and give up at a few
hundred.

A snapshot shares what has not changed with the one before it: only keys that were used in
between are frozen anew, and of the tables of keys only the pages they are in (`pages.py`).
Bringing a snapshot back shares too: what nobody has used since is left as it stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import GetSetDescriptorType, MemberDescriptorType
from typing import Any

from redlearn.engine import blocking, clients, pubsub, tracking
from redlearn.engine.client import Client
from redlearn.engine.command import find_command
from redlearn.engine.engine import Engine
from redlearn.engine.keyspace import Database
from redlearn.engine.ledger import Ledger, Sizes
from redlearn.engine.slot_keys import SlotKeys
from redlearn.engine.state import Candidate, State
from redlearn.engine.structures.ebuckets import Ebuckets
from redlearn.engine.structures.hashtable import Entry
from redlearn.engine.structures.keytable import KeyTable
from redlearn.engine.values import KINDS
from redlearn.engine.values.kit import Kit
from redlearn.engine.values.string import Content, bare, boxed
from redlearn.engine.values.value import Value
from redlearn.engine.values.zset import ZSet
from redlearn.timeline.pages import FrozenTable, Pages


def _attributes(kind: type, *less: str) -> tuple[str, ...]:
    """The names of a slotted class's attributes; a compiled one has no `__slots__` to ask."""
    members = (GetSetDescriptorType, MemberDescriptorType)
    found = (name for name, member in vars(kind).items() if isinstance(member, members))
    return tuple(name for name in found if name not in less and not name.startswith("__"))


_LIMITS = _attributes(Kit, "probe", "towers", "sampling", "seed", "moment")
_COUNTERS = (
    "active_expire", "active_expired", "coming", "cron_paused", "dirty", "expire_db",
    "expire_stale", "expired_fields",
    "field_db", "fields_behind", "lazy_expired", "next_client_id", "next_ticket", "now_ms",
    "skip_checksum", "evict_db", "evicted", "evicting", "out_of_memory", "peak",
)  # fmt: skip
_CLIENT_PROPERTIES = ("is_held", "is_local", "listens")
"""What looks like an attribute, if the class is compiled."""

_CLIENT_FIELDS = _attributes(
    Client, *_CLIENT_PROPERTIES, "db", "outbox", "queue", "subscriptions", "watched"
)

FrozenValue = tuple[str, Any]


@dataclass(frozen=True, slots=True)
class FrozenDatabase:
    """One database. `keys` holds strings as they are, and FrozenValues of all else."""

    keys: FrozenTable
    expires: FrozenTable
    hexpires: Any
    slot_keys: tuple[bytes, ...] | None
    average_ttl_ms: int
    expire_cursor: int


@dataclass(frozen=True, slots=True)
class FrozenClient:
    """One client. The queue holds argvs; commands are found again by name."""

    fields: tuple[Any, ...]
    db: int
    queue: tuple[tuple[bytes, ...], ...] | None
    watched: tuple[tuple[int, bytes, bool], ...]
    subscriptions: tuple[tuple[str, tuple[bytes, ...]], ...]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All of an engine's state at one moment."""

    clock_ms: int
    databases: tuple[FrozenDatabase | None, ...]
    clients: tuple[FrozenClient, ...]
    counters: tuple[Any, ...]
    limits: tuple[int, ...]
    config: Any
    chance: Any
    pool: tuple[Candidate, ...]
    ledger: tuple[Sizes, ...] | None
    crowd: Any
    stats: Any
    users: Any
    scripts: Any
    durability: Any
    replication: Any
    store: Any


class Freezer:
    """Takes snapshots of one engine and brings them back, remembering what they share.

    Attributes:
        engine: The engine it freezes, and thaws into.
        weight: How many elements the last snapshot had to copy, those of shared values not
            counted; 64 bytes of a string count as one.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.weight = 0
        # For each database: key -> (the live value, what it froze to), valid while the key is not
        # in `touched`; none for strings that are not changed in place.
        self._known: list[dict[bytes, tuple[Value | Content, FrozenValue]]] = []
        self._pages: list[tuple[Pages, Pages]] = []
        for db in engine.state.databases:
            db.touched = set()
            self._known.append({})
            self._pages.append((Pages(), Pages()))
        engine.state.pay_attention()

    def freeze(self) -> Snapshot:
        """The engine's state now. O(keys / 16) for the table, O(size) for values used lately."""
        state = self.engine.state
        self.weight = 0
        return Snapshot(
            clock_ms=self.engine.clock.now_ms(),
            databases=tuple(self._freeze_db(db) for db in state.databases),
            clients=tuple(_freeze_client(client) for client in state.clients.values()),
            counters=tuple(getattr(state, name) for name in _COUNTERS),
            limits=tuple(getattr(state.kit, name) for name in _LIMITS),
            config=state.config.freeze(),
            chance=state.chance.freeze(),
            pool=tuple(state.pool),
            ledger=None if state.ledger is None else state.ledger.freeze(),
            crowd=state.crowd.freeze(),
            stats=state.stats.freeze(),
            users=state.users.freeze(),
            scripts=state.scripts.freeze(),
            durability=state.durability.freeze(),
            replication=state.replication.freeze(),
            store=state.store.freeze(),
        )

    def thaw(self, snapshot: Snapshot) -> None:
        """Put the engine into a snapshot's state, in place. The probe stays as it is."""
        state = self.engine.state
        for name, value in zip(_COUNTERS, snapshot.counters, strict=True):
            setattr(state, name, value)
        for name, value in zip(_LIMITS, snapshot.limits, strict=True):
            setattr(state.kit, name, value)
        state.config.thaw(snapshot.config)
        state.stats.thaw(snapshot.stats, state.config)
        state.users.thaw(snapshot.users)
        state.chance.thaw(snapshot.chance)
        state.scripts.thaw(snapshot.scripts)
        state.durability.thaw(snapshot.durability)
        state.replication.thaw(snapshot.replication)
        state.store.thaw(snapshot.store)
        state.effects = []
        for db, frozen in zip(state.databases, snapshot.databases, strict=True):
            self._thaw_db(state, db, frozen)
        state.pool = list(snapshot.pool)
        sizes = snapshot.ledger
        state.keep_ledger(None if sizes is None else Ledger.thaw(sizes, state.databases))
        state.limit_memory()
        _thaw_clients(state, snapshot.clients)
        blocking.rebuild(state)
        pubsub.rebuild(state)
        state.crowd.thaw(snapshot.crowd)
        tracking.rebuild(state)
        state.pay_attention()
        clients.be_alert(state)

    def _freeze_db(self, db: Database) -> FrozenDatabase | None:
        """None stands for a database as it is at the start, which most are."""
        if not db.keys.size(0) and not db.expires.size(0):
            return None
        known, used = self._known[db.index], self._drop_touched(db)

        def kept(entry: Entry) -> FrozenValue:
            pair = known.get(entry.key)
            if pair is None or pair[0] is not entry.value:
                value = boxed(entry.value)
                known[entry.key] = pair = (entry.value, (value.type, value.freeze()))
                self.weight += weight_of(value)
            return pair[1]

        keys, expires = self._pages[db.index]
        frozen = keys.freeze(db.keys, used, kept), expires.freeze(db.expires, used, kept)
        slot_keys = None if db.slot_keys is None else db.slot_keys.freeze()
        self.weight += keys.copied + expires.copied + len(slot_keys or ()) // 4
        return FrozenDatabase(
            keys=frozen[0],
            expires=frozen[1],
            hexpires=db.hexpires.freeze(),
            slot_keys=slot_keys,
            average_ttl_ms=db.average_ttl_ms,
            expire_cursor=db.expire_cursor,
        )

    def _thaw_db(self, state: State, db: Database, frozen: FrozenDatabase | None) -> None:
        known = self._known[db.index]
        for key in db.touched or ():
            value = db.value_of(key)
            if isinstance(value, ZSet):
                value.release()  # or stepping back leaves behind work for the collector: 15 ms
        used = self._drop_touched(db)
        db.watched = {}
        if frozen is None:
            if db.keys.size(0) or db.expires.size(0):
                seed, probe = state.chance.seed, state.probe
                db.keys = KeyTable(seed, probe, "keys")
                db.expires = KeyTable(seed, probe, "expires")
            known.clear()
            db.hexpires.clear()
            db.average_ttl_ms = db.expire_cursor = 0
            if db.deadlines is not None:
                db.deadlines.clear()
        else:
            self._thaw_tables(state, db, frozen, used)
            db.hexpires = Ebuckets.thaw(frozen.hexpires)
            db.average_ttl_ms = frozen.average_ttl_ms
            db.expire_cursor = frozen.expire_cursor
        if db.slot_keys is not None:
            db.slot_keys = SlotKeys(frozen.slot_keys or () if frozen else ())
        db.mortal = len(db.expires) > 0

    def _thaw_tables(
        self, state: State, db: Database, frozen: FrozenDatabase, used: set[bytes]
    ) -> None:
        known = self._known[db.index]

        def revived(key: bytes, row: FrozenValue) -> Value | Content:
            pair = known.get(key)
            if pair is None or pair[1] is not row:
                value = bare(KINDS[row[0]].thaw(row[1], state.kit))
                known[key] = pair = (value, row)
            return pair[0]

        keys, expires = self._pages[db.index]
        keys.thaw(db.keys, frozen.keys, used, revived)
        exchanged = expires.thaw(db.expires, frozen.expires, used, revived)
        if db.deadlines is not None:
            if exchanged is None:
                db.index_deadlines()
            else:
                db.exchange_deadlines(*exchanged)

    def _drop_touched(self, db: Database) -> set[bytes]:
        """Forget what is known of keys that were used: their values may be other ones now."""
        known, used = self._known[db.index], db.touched or set()
        if known:
            for key in used:
                known.pop(key, None)
        db.touched = set()
        return used


def weight_of(value: Value) -> int:
    """How much copying a value costs, in elements; 64 bytes of a string count as one."""
    return 1 + (len(value) >> 6 if value.type == "string" else len(value))


def _freeze_client(client: Client) -> FrozenClient:
    queue = client.queue
    return FrozenClient(
        fields=tuple(getattr(client, name) for name in _CLIENT_FIELDS),
        db=client.db.index,
        queue=None if queue is None else tuple(tuple(argv) for _, argv in queue),
        watched=tuple((db.index, key, expired) for db, key, expired in client.watched),
        subscriptions=tuple((kind, tuple(names)) for kind, names in client.subscriptions.items()),
    )


def _thaw_clients(state: State, frozen: tuple[FrozenClient, ...]) -> None:
    """Bring clients back. Those that still exist stay the same objects: fronts hold them."""
    before = state.clients
    state.clients = {}
    state.watching = 0
    for row in frozen:
        fields = dict(zip(_CLIENT_FIELDS, row.fields, strict=True))
        db = state.databases[row.db]
        client = before.get(fields["id"]) or Client(fields["id"], db, 0)
        for name, value in fields.items():
            setattr(client, name, value)
        client.db = db
        client.outbox.clear()
        client.queue = None
        if row.queue is not None:
            client.queue = [(find_command(list(argv)), list(argv)) for argv in row.queue]
        client.subscriptions = {kind: dict.fromkeys(names) for kind, names in row.subscriptions}
        client.watched = [(state.databases[n], key, gone) for n, key, gone in row.watched]
        for watched, key, _ in client.watched:
            watched.watched.setdefault(key, set()).add(client.id)
        state.watching += len(client.watched)
        state.clients[client.id] = client
