"""Eviction: which keys go when memory is full.

Before each command Redis compares what is in use with `maxmemory`. Over it, `maxmemory-policy`
says what may go:

    noeviction       nothing; commands that could use more memory are refused
    allkeys-...      any key              volatile-...     only keys with a time to live
    ...-lru          the one not used for longest          ...-random    any of them
    ...-lfu          the one used least often              volatile-ttl  the one that dies soonest

To find the very oldest key, Redis would have to keep all keys in order. It looks at a few
instead: `maxmemory-samples` (5) by chance out of each database, and keeps the best it has seen
in a pool of 16, ordered by score, over all evictions to come:

    sampled        d 3s   k 41s   a 9s   z 40s   q 12s
    pool           a 9s  q 12s  b 17s ...  z 40s  k 41s      the rightmost goes: k

The score is the idle time, or 255 less the frequency, or for volatile-ttl the nearness of the
end. The pool holds names: a key in it may have been deleted, or used, since. The former is a
ghost and skipped; the latter goes all the same.

Freeing much takes long, so a call does a bounded piece of work and lets the command run; the
timer goes on (maxmemory-eviction-tenacity says how large the piece is).

Unlike Redis: the piece is a number of keys, not of microseconds, so that a replay evicts just
    the keys that the first run did; and tables grow over the limit, where Redis puts it off.

Source: `evict.c` performEvictions, evictionPoolPopulate, evictionTimeLimitUs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import Final

from redlearn.engine import access
from redlearn.engine.context import Context
from redlearn.engine.effects import Effect
from redlearn.engine.keyspace import Database
from redlearn.engine.state import Candidate, State
from redlearn.engine.structures.hashtable import Entry
from redlearn.probe import Event

POOL_SIZE: Final = 16
KEYS_BETWEEN_LOOKS: Final = 16
US_PER_KEY: Final = 2
"""What one eviction takes on a usual machine: this turns a budget of time into one of keys."""
END_OF_TIME: Final = (1 << 64) - 1


class Outcome(Enum):
    """How an attempt to make room ended."""

    OK = "ok"  # memory is, or has come, below the limit
    RUNNING = "running"  # the piece of work is done, and more is to be done
    FAIL = "fail"  # over the limit, and nothing that may go


def make_room(ctx: Context, pass_on: Callable[[], None]) -> Outcome:
    """Evict keys until memory is within its limit. O(keys evicted); O(1) while it is.

    Args:
        pass_on: Hands out the effects so far: each key that goes is passed on by itself.
    """
    state = ctx.state
    if not state.over_limit():
        return Outcome.OK
    policy = state.policy
    if emit := state.probe.emit:
        emit(OverLimit(state.used_memory(), state.limit, policy))
    if policy == "noeviction":
        return Outcome.FAIL
    budget = keys_per_call(state.config.number("maxmemory-eviction-tenacity"))
    here, gone = ctx.db, 0
    while state.over_limit():
        victim = _random_victim(state) if policy.endswith("random") else _best_victim(state)
        if victim is None:
            ctx.db = here
            return Outcome.FAIL
        _evict(ctx, victim)
        pass_on()
        gone += 1
        if gone % KEYS_BETWEEN_LOOKS == 0 and budget is not None and gone >= budget:
            state.evicting = True
            break
    ctx.db = here
    return Outcome.RUNNING if state.evicting else Outcome.OK


def keys_per_call(tenacity: int) -> int | None:
    """How many keys one call may evict; None for any number (`evict.c evictionTimeLimitUs`).

    >>> [keys_per_call(tenacity) for tenacity in (0, 10, 11, 100)]
    [0, 250, 287, None]
    """
    if tenacity >= 100:
        return None
    if tenacity <= 10:
        return 50 * tenacity // US_PER_KEY
    return int(500.0 * 1.15 ** (tenacity - 10)) // US_PER_KEY


# By score


def _best_victim(state: State) -> Candidate | None:
    """Sample every database into the pool, then take its best that is still there."""
    while True:
        total = 0
        for db in state.databases:
            table = db.keys if state.policy.startswith("allkeys") else db.expires
            if listed := state.listed(db, table):
                total += listed
                fill_pool(state, db)
        if not total:
            return None
        pool = state.pool
        while pool:
            candidate = pool.pop()
            if _is_there(state, candidate):
                return candidate
            if emit := state.probe.emit:
                emit(GhostSkipped(candidate.db, candidate.key))


def _is_there(state: State, candidate: Candidate) -> bool:
    db = state.databases[candidate.db]
    table = db.keys if state.policy.startswith("allkeys") else db.expires
    return table.find(candidate.key) is not None


def fill_pool(state: State, db: Database) -> None:
    """Sample keys of one database, and keep those that are better than what the pool has.

    Source: `evict.c` evictionPoolPopulate.
    """
    table = db.keys if state.policy.startswith("allkeys") else db.expires
    entries = table.sample(state.chance.eviction, state.config.number("maxmemory-samples"))
    if state.coming:  # their source counts on them
        entries = [entry for entry in entries if not state.is_coming(entry.key)]
    emit = state.probe.emit
    sampled = [Candidate(score(state, db, entry), db.index, entry.key) for entry in entries]
    for candidate in sampled:
        place = _put(state.pool, candidate)
        if emit:
            emit(KeySampled(db.index, candidate.key, candidate.score, place))
    if emit:
        emit(PoolFilled(db.index, len(sampled), tuple(state.pool)))


def score(state: State, db: Database, entry: Entry) -> int:
    """How well a key would do as a victim under the policy; more is better.

    Args:
        entry: Of the table that is sampled, the keys or the expiries.
    """
    policy, now_ms = state.policy, state.now_ms
    if policy == "volatile-ttl":
        return END_OF_TIME - int(entry.value)
    if policy.startswith("volatile"):
        found = db.keys.peek(entry.key)
        assert found is not None
        entry = found
    if policy.endswith("lfu"):
        decay = state.config.number("lfu-decay-time")
        return access.LFU_MOST - access.frequency(entry.access, now_ms, decay)
    return access.idle_ms(entry.access, now_ms)


def _put(pool: list[Candidate], candidate: Candidate) -> int:
    """Put a candidate where it belongs in the pool; its place, or -1 if it is too bad for it.

    A full pool loses its worst. The same key may come in twice: it will be a ghost.
    """
    place = 0
    while place < len(pool) and pool[place].score < candidate.score:
        place += 1
    if len(pool) == POOL_SIZE:
        if not place:
            return -1
        del pool[0]
        place -= 1
    pool.insert(place, candidate)
    return place


# By chance


def _random_victim(state: State) -> Candidate | None:
    """Any key of the next database that has one: each database in turn gives a key."""
    count = len(state.databases)
    for _ in range(count):
        state.evict_db = (state.evict_db + 1) % count
        db = state.databases[state.evict_db]
        table = db.keys if state.policy.startswith("allkeys") else db.expires
        if state.listed(db, table):
            key = table.random_entry(state.chance.eviction).key
            while state.is_coming(key):
                key = table.random_entry(state.chance.eviction).key
            return Candidate(0, db.index, key)
    return None


def _evict(ctx: Context, victim: Candidate) -> None:
    """Delete a key as a command would, and say so to all who have to know."""
    state = ctx.state
    ctx.db = db = state.databases[victim.db]
    before = state.used_memory()
    state.stats.measure("eviction-del", state.now_ms, partial(ctx.delete, victim.key))
    state.evicted += 1
    ctx.touch_watchers(db, victim.key)
    if emit := state.probe.emit:
        used = state.used_memory()
        emit(KeyEvicted(db.index, victim.key, state.policy, victim.score, before - used, used))
    ctx.notify(victim.key, "evicted")
    if ctx.heard:
        lazy = state.config.flag("lazyfree-lazy-eviction")
        state.pass_on(Effect(db.index, (b"UNLINK" if lazy else b"DEL", victim.key)))


@dataclass(frozen=True, slots=True)
class OverLimit(Event):
    """A command came while more memory is used than maxmemory allows. Both in bytes."""

    used: int
    limit: int
    policy: str


@dataclass(frozen=True, slots=True)
class KeySampled(Event):
    """A key was drawn for the pool, and put at `place` of it (0: the worst); -1 is nowhere."""

    db: int
    key: bytes
    score: int
    place: int


@dataclass(frozen=True, slots=True)
class PoolFilled(Event):
    """After `sampled` keys of a database the pool is this, the best candidate last."""

    db: int
    sampled: int
    pool: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class GhostSkipped(Event):
    """The best candidate of the pool is no longer there: deleted, or evicted already."""

    db: int
    key: bytes


@dataclass(frozen=True, slots=True)
class KeyEvicted(Event):
    """A key went to make room: `freed` bytes, after which `used` are in use."""

    db: int
    key: bytes
    policy: str
    score: int
    freed: int
    used: int


@dataclass(frozen=True, slots=True)
class OutOfMemory(Event):
    """A command was refused: it could use more memory, and nothing may or can be evicted."""

    command: str
    used: int
    limit: int
