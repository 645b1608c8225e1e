"""State: all that one engine remembers, and nothing that it does.

Databases, clients, settings, the pending effects of the command that runs. Whatever time
travel must bring back is here; what acts on it is in `context.py`, `dispatch.py` and the
commands.

Source: `server.h struct redisServer`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from typing import NamedTuple

from sortedcontainers import SortedList

from redlearn.engine.chance import Chance
from redlearn.engine.client import Client, Wait
from redlearn.engine.config import Config, Parameter, Setting
from redlearn.engine.crowd import Crowd
from redlearn.engine.durability import Durability, WithoutDisk
from redlearn.engine.edge import Edge
from redlearn.engine.effects import Effect, Sink
from redlearn.engine.keyspace import Database
from redlearn.engine.ledger import LEAST, Ledger, walked
from redlearn.engine.ports import Cluster, Courier, Store
from redlearn.engine.replication import Replication
from redlearn.engine.scripts import Scripts
from redlearn.engine.stats import Stats
from redlearn.engine.structures.hashtable import HashTable
from redlearn.engine.structures.hyperloglog_sparse import RunMap
from redlearn.engine.users import DEFAULT, User, Users
from redlearn.engine.values.kit import Kit
from redlearn.engine.values.string import String
from redlearn.engine.values.value import Value
from redlearn.probe import Probe
from redlearn.resp.reply import Push, Status
from redlearn.slots import slot_of


class Candidate(NamedTuple):
    """A key that may be evicted: how well it would do (more is better), and where it is."""

    score: int
    db: int
    key: bytes


class State:
    """The memory of an engine.

    Attributes:
        now_ms: The moment the present command runs at; asked from the clock once per command.
        dirty: How many changes there have been, as INFO's rdb_changes counts them.
        kit: What values need to build their structures, thresholds included.
        effects: What the present command wants passed on so far.
        sinks: Who is passed effects: append-only file, replicas, checks.
        ready: (database, key) of keys that were made while a client waits for them, in order;
            empty between commands.
        released: Ids of clients whose wait has ended and who sent more meanwhile.
        timeouts: (moment in ms, ticket, client id) of the waits that end, soonest first.
        listeners: Per kind of subscription, the ids of those who listen to a name (`pubsub.py`).
        deferred: (client id, push) that are to follow the reply of the command that runs.
        unsettled: One of `effects`, `ready` and `deferred` was added to: whoever adds sets it, so
            that one test after each command will do. It may be set where they are empty again.
        reached: Ids of clients whose outbox got something that they had not just asked for;
            the edge empties it.
        crowd: What concerns clients as a whole.
        stats: What is counted, for INFO and its like (`stats.py`).
        coming: Slots of a cluster on their way here as a whole: their keys are not listed yet.
        edge: What only the surroundings know or can do (`edge.py`).
        store: Who keeps the data in files (`ports.py`).
        durability: How that goes (`durability.py`).
        replication: The part this server plays in it (`replication.py`).
        users: Who may do what (`users.py`).
        scripts: Scripts and function libraries, and the one that runs (`scripts.py`).
        printed: What the present command wrote on the standard output, for the front end to
            take (DEBUG LISTPACK); it stays until the next one writes.
        run_maps: By key, where runs begin in the HyperLogLogs that were added to last. Notes only:
            each is compared with the bytes before it is used, so that none need travel in time.
        attentive: Somebody wants to know of each change: a WATCH, notifications, a probe.
            One test of this keeps the usual path short.
        active_expire: Whether the expiry cycle runs (DEBUG SET-ACTIVE-EXPIRE).
        cron_paused: Whether the timer does nothing but end waits (DEBUG PAUSE-CRON).
        skip_checksum: RESTORE takes a payload whose checksum is wrong (DEBUG
            SET-SKIP-CHECKSUM-VALIDATION).
        lazy_expired, active_expired: How many keys died each way.
        expired_fields: How many fields of hashes ended, either way.
        field_db: The database whose fields the expiry cycle turns to next.
        fields_behind: How many fields in a row ended in calls that could not end all.
        cluster: The cluster that this engine is a node of (`Engine.join`), else None.
        courier: Takes keys to other servers (MIGRATE), if anybody does.
        ledger: Knows how much memory is used, while there is a limit (`ledger.py`), else None.
        limit: maxmemory, in bytes; 0 for none.
        policy: maxmemory-policy.
        make_room: Evicts until memory is within the limit; whether that failed.
        pool: The best candidates for eviction seen so far, the best one last (`eviction.py`).
        evict_db: The database that gave the last victim under a random policy.
        evicting: Memory is over the limit, and the timer is to go on evicting.
        evicted: How many keys were evicted.
        out_of_memory: What making room before the present command came to.
        peak: The most memory that was in use at any look.
    """

    __slots__ = (
        "active_expire", "active_expired", "attentive", "chance", "clients", "cluster", "coming",
        "config", "courier", "cron_paused", "crowd", "databases", "deferred", "dirty", "durability",
        "edge", "effects",
        "evict_db", "evicted", "evicting", "expire_db", "expire_stale", "expired_fields",
        "field_db", "fields_behind", "kit", "lazy_expired", "ledger", "limit", "listeners",
        "make_room", "next_client_id", "next_ticket", "now_ms", "out_of_memory", "peak", "policy",
        "pool", "printed", "probe", "reached", "ready", "released", "replication", "run_maps",
        "scripts", "sinks", "skip_checksum", "stats", "store", "timeouts", "unsettled", "users",
        "watching", "writable",
    )  # fmt: skip

    def __init__(self, *, seed: int, databases: int, probe: Probe, now_ms: int) -> None:
        self.probe = probe
        self.chance = Chance(seed)
        self.kit = Kit(probe, self.chance.towers, self.chance.sampling, seed)
        self.config = Config(databases)
        self.databases = [Database(index, seed, probe) for index in range(databases)]
        self.clients: dict[int, Client] = {}
        self.next_client_id = 1
        self.now_ms = now_ms
        self.dirty = 0
        self.effects: list[Effect] = []
        self.sinks: list[Sink] = []
        self.next_ticket = 1
        self.ready: dict[tuple[int, bytes], None] = {}
        self.released: list[int] = []
        self.run_maps: dict[bytes, RunMap] = {}
        self.timeouts: SortedList[tuple[int, int, int]] = SortedList()
        self.listeners: dict[str, dict[bytes, dict[int, None]]] = {
            "channels": {},
            "patterns": {},
            "shards": {},
        }
        self.deferred: list[tuple[int, Push | Status]] = []
        self.reached: dict[int, None] = {}
        self.crowd = Crowd()
        self.users = Users(b"%d" % seed)
        self.scripts = Scripts()
        self.cluster: Cluster | None = None
        self.coming: frozenset[int] = frozenset()
        self.courier: Courier | None = None
        self.printed = b""
        self.watching = 0
        self.attentive = self.unsettled = False
        self.writable = True
        self.active_expire = True
        self.skip_checksum = False
        self.field_db = self.fields_behind = self.expire_db = 0
        self.expire_stale = 0.0
        self._begin_without_limit()
        self._begin_to_count(now_ms)

    def _begin_to_count(self, now_ms: int) -> None:
        self.edge = Edge()
        self.store: Store = WithoutDisk()
        self.durability = Durability(now_ms // 1000)
        self.replication = Replication()
        self.stats = Stats(now_ms)
        self.stats.tune(self.config)
        self.lazy_expired = 0
        self.active_expired = 0
        self.cron_paused = False
        self.expired_fields = 0

    def _begin_without_limit(self) -> None:
        self.ledger: Ledger | None = None
        self.limit = 0
        self.policy = "noeviction"
        self.make_room: Callable[[], bool] = _nothing_fails
        self.pool: list[Candidate] = []
        self.evict_db = 0
        self.evicting = False
        self.evicted = 0
        self.out_of_memory = False
        self.peak = 0

    def configure(self, row: Parameter, value: Setting) -> None:
        """Take a parameter's new value, and carry it to where it is used."""
        self.config.set(row.name, value)
        attribute = row.name.replace("-", "_")
        if hasattr(self.kit, attribute):
            setattr(self.kit, attribute, value)
        if row.name == "requirepass":
            assert isinstance(value, str)
            self.put_user(self.users.default_with(value.encode("latin-1")))
        if row.name.startswith("maxmemory"):
            self.limit_memory()
            self.evicting = self.over_limit()
        if row.name.startswith(("slowlog-", "commandlog-", "latency-")):
            self.stats.tune(self.config)
        self.store.configured(row.name)
        self.pay_attention()

    def pass_on(self, effect: Effect) -> None:
        """Add to the effects of the present command."""
        self.effects.append(effect)
        self.unsettled = True

    def make_ready(self, db: int, key: bytes, kind: str = "") -> None:
        """Have those served who wait for `key` of database `db`, once the command is done.

        Not if it now holds a `kind` that nobody waits for, at any key: it may hold another by then.

        Source: `blocked.c` signalKeyAsReadyLogic.
        """
        if kind and not any(wait.kind == kind for wait in self._waits(self.databases[db], key)):
            return
        self.ready[db, key] = None
        self.unsettled = True

    def _waits(self, first: Database, key: bytes) -> Iterator[Wait]:
        """What all those wait for who wait for keys; those at `key` of a database come first."""
        everywhere = (ids for db in self.databases for ids in db.waiting.values())
        for ids in chain([first.waiting.get(key, {})], everywhere):
            for client_id in ids:
                if (wait := self.clients[client_id].wait) is not None:
                    yield wait

    @property
    def lacks_replicas(self) -> bool:
        """Whether a primary is to take no writes, as it has too few copies near enough."""
        wanted = self.config.number("min-replicas-to-write")
        lag = self.config.number("min-replicas-max-lag")
        return self.replication.lacks(wanted, lag, self.now_ms)

    def reset_counts(self) -> None:
        """Count from zero again (`server.c resetServerStats`)."""
        self.stats.reset()
        self.durability.reset_counts()
        self.lazy_expired = self.active_expired = self.expired_fields = self.evicted = 0

    def put_user(self, user: User) -> None:
        """Take a user, in the place of one of that name, for those who are him as well."""
        self.users.put(user)
        for client in self.clients.values():
            if client.user == user.name or user.name == DEFAULT:
                self.instruct(client)

    def limit_memory(self) -> None:
        """Carry the limit and its policy to where they are used. O(keys) to begin to count."""
        self.limit = self.config.number("maxmemory")
        self.policy = self.config.text("maxmemory-policy")
        if self.limit and self.ledger is None:
            self.keep_ledger(Ledger(self.databases))
        elif not self.limit and self.ledger is not None:
            self.keep_ledger(None)
        for client in self.clients.values():
            self.instruct(client)

    def keep_ledger(self, ledger: Ledger | None) -> None:
        """Let the databases tell `ledger` which keys are used."""
        self.ledger = ledger
        for db in self.databases:
            db.changed = None if ledger is None else ledger.changed

    def refcount(self, value: Value) -> int:
        """What OBJECT REFCOUNT shows (`object.c` tryObjectEncoding).

        Small integers are shared, but not where eviction asks how long or how often each was
        used: one object for all who hold a 7 has one clock.

        Unlike Redis: what was stored before `maxmemory` was set is not shared from then on
        either; a real server goes on sharing it.
        """
        return value.refcount if isinstance(value, String) and self.shares_integers else 1

    @property
    def shares_integers(self) -> bool:
        """Whether all who hold a small integer hold the same one (`refcount`)."""
        return self.limit == 0 or not self.policy.endswith(("lru", "lfu"))

    def is_coming(self, key: bytes) -> bool:
        """Whether a key's slot is on its way here, so that it is not to be listed. O(1)."""
        return bool(self.coming) and slot_of(key) in self.coming

    def listed(self, db: Database, keys: HashTable) -> int:
        """How many keys of a table of `db` are not on their way here. O(1), or O(those coming)."""
        rows = db.slot_keys
        if not self.coming or rows is None:
            return len(keys)
        if keys is db.keys:
            return len(keys) - sum(map(rows.count, self.coming))
        names = (key for slot in self.coming for key in rows.keys(slot, rows.count(slot)))
        return len(keys) - sum(keys.peek(name) is not None for name in names)

    def instruct(self, client: Client) -> None:
        """Let a client know what concerns it: its user, the limit, and how uses are noted."""
        user = self.users.table.get(client.user)
        client.stranger = self.users.asks and not client.authenticated
        client.restricted = client.stranger or (user is not None and not user.unrestricted)
        client.limited = self.limit > 0
        client.routed = self.cluster is not None
        client.stamps = not client.no_touch and not self.counts_uses
        client.guard()

    @property
    def counts_uses(self) -> bool:
        """Whether the policy is one of LFU: the uses of a key are counted, not timed."""
        return self.policy.endswith("lfu")

    def used_memory(self) -> int:
        """Bytes in use (`ledger.py` says of what). O(keys used since), without a limit O(keys)."""
        if self.ledger is None:
            used = sum(map(walked, self.databases))
        else:
            used = self.ledger.total()
        return used

    def over_limit(self) -> bool:
        """Whether more memory is in use than maxmemory allows. As `used_memory`."""
        return 0 < self.limit < max(self.used_memory(), LEAST)

    def note_peak(self) -> int:
        """`used_memory`, kept as the peak if it is the most so far."""
        used = self.used_memory()
        self.peak = max(self.peak, used)
        return used

    def next_due_ms(self) -> int | None:
        """When a blocked client gives up or a pause ends, whichever is first; None for never."""
        paused = self.crowd.paused_until_ms
        if not self.timeouts:
            return paused or None
        first: int = self.timeouts[0][0]
        return min(first, paused) if paused else first

    def pay_attention(self) -> None:
        """Work out `attentive` anew, after a WATCH, CONFIG SET or probe came or went."""
        self.attentive = bool(
            self.watching
            or self.config.notify
            or self.crowd.tracking_clients
            or self.probe.emit is not None
        )
        for db in self.databases:
            told = db.touched is not None or db.changed is not None or db.shadow is not None
            db.observed = told or self.probe.emit is not None


def _nothing_fails() -> bool:
    return False
