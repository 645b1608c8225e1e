"""Expiry: how keys whose time has passed are found and removed.

There are two ways, and Redis needs both:

    lazy     a command asks for a key, finds it past its time, and deletes it then and
             there (`Context.lookup`). Costs nothing, but a key nobody asks for stays.
    active   a cycle, ten times a second, looks at some keys that have a time to live,
             deletes the stale ones, and goes on while many of those it saw were stale.

The active cycle walks the table of expiries with a scan cursor, at least 20 keys a round.
While more than 10 % of a round was stale it starts another, until it has come to the end of
the table; the next cycle goes on where this one stopped. Redis bounds a cycle by CPU
time (25 % of it); here the budget is *virtual*, a number of keys, so that a replay examines
just the keys that the first run did.

Fields of hashes end in the same two ways. But they lie in the order in which they end, one
order in each hash and one of all such hashes in the database (`structures/ebuckets.py`), so the
cycle need not sample: it takes what is over from the front, up to so many fields a call.

Unlike Redis: the budget is keys examined, not microseconds, for determinism. And a hash moves
    in the order of hashes whenever its first field is another; Redis lets it wait where it is
    while that makes less than four seconds' difference.

Source: `expire.c activeExpireCycle`, activeExpireHashFieldCycle; `t_hash.c` hashTypeExpire.
"""

from __future__ import annotations

from dataclasses import dataclass

from redlearn.engine.keyspace import Database
from redlearn.engine.structures.hashtable import Entry
from redlearn.probe import Event

KEYS_PER_LOOP = 20
KEYS_PER_EFFORT = 5
ACCEPTABLE_STALE_PERCENT = 10
DATABASES_PER_CALL = 16
KEYS_PER_CYCLE = 20_000
"""The virtual budget: what a 25 ms cycle gets through on a usual machine, rounded."""

FIELDS_PER_CALL = 1_000
"""How many fields of one database end in a call: 10,000 a second, ten times a second."""

FIELDS_BEHIND = 1_000_000
"""How many fields the cycle must have been short of its work before it takes more at once."""

MOST_AT_ONCE = 32
"""How many times more, at most: once more for each million."""


class Round:
    """One round over a database's expiries: what it saw, and which keys are to die."""

    __slots__ = ("now_ms", "sampled", "stale", "ttl_sum_ms", "with_ttl")

    def __init__(self, now_ms: int) -> None:
        self.now_ms = now_ms
        self.sampled = 0
        self.stale: list[tuple[bytes, int]] = []
        self.ttl_sum_ms = 0
        self.with_ttl = 0

    def visit(self, entry: Entry) -> None:
        """Look at one key (`expire.c expireScanCallback`)."""
        left_ms = entry.value - self.now_ms
        self.sampled += 1
        if left_ms <= 0:
            self.stale.append((entry.key, entry.value))
        else:
            self.ttl_sum_ms += left_ms
            self.with_ttl += 1


def keys_per_loop(effort: int) -> int:
    """How many keys a round looks at; `effort` is active-expire-effort, 1 to 10."""
    return KEYS_PER_LOOP + KEYS_PER_EFFORT * (effort - 1)


def acceptable_stale(effort: int) -> int:
    """The share of stale keys, in percent, at which a cycle is content."""
    return ACCEPTABLE_STALE_PERCENT - (effort - 1)


def sample(db: Database, now_ms: int, effort: int) -> Round:
    """Look at the next keys with a time to live, going on where the last round ended.

    A table mostly empty after many deletions could make a round walk far for its 20 keys,
    so it visits at most 20 buckets for each key wanted.
    """
    round_ = Round(now_ms)
    wanted = min(keys_per_loop(effort), len(db.expires))
    for _ in range(wanted * 20):
        db.expire_cursor = db.expires.scan(db.expire_cursor, round_.visit)
        if round_.sampled >= wanted or db.expire_cursor == 0:
            break
    return round_


def goes_on(db: Database, round_: Round, effort: int) -> bool:
    """Whether another round follows: too many were stale, and the table has not come to its end."""
    if db.expire_cursor == 0:
        return False
    if round_.sampled == 0:
        return True
    return len(round_.stale) * 100 // round_.sampled > acceptable_stale(effort)


def note_average_ttl(db: Database, round_: Round) -> None:
    """Keep the running estimate INFO shows as avg_ttl: 2 % from this round, 98 % from before."""
    if round_.with_ttl:
        average = round_.ttl_sum_ms // round_.with_ttl
        if db.average_ttl_ms == 0:
            db.average_ttl_ms = average
        db.average_ttl_ms = db.average_ttl_ms // 50 * 49 + average // 50


def fields_per_call(behind: int) -> int:
    """How many fields may end in this call, after `behind` in a row that were not enough.

    >>> [fields_per_call(behind) for behind in (0, 999_000, 2_500_000, 99_000_000)]
    [1000, 1000, 2000, 32000]
    """
    return FIELDS_PER_CALL * min(max(behind // FIELDS_BEHIND, 1), MOST_AT_ONCE)


@dataclass(frozen=True, slots=True)
class KeyExpired(Event):
    """A key's time had passed and it was deleted.

    Attributes:
        how: "lazy", found by a command that asked for it, or "active", found by the cycle.
        at_ms: When its time ended; now_ms - at_ms is how long it outstayed it.
    """

    db: int
    key: bytes
    how: str
    at_ms: int
    now_ms: int


@dataclass(frozen=True, slots=True)
class ExpireRound(Event):
    """The active cycle looked at `sampled` keys of a database, and `stale` of them died."""

    db: int
    sampled: int
    stale: int


@dataclass(frozen=True, slots=True)
class FieldExpired(Event):
    """The time of a hash's field had passed, and it was taken out.

    Attributes:
        how: "lazy", found by a command that asked for it, or "active", found by the cycle.
        at_ms: When its time ended; now_ms - at_ms is how long it outstayed it.
    """

    db: int
    key: bytes
    field: bytes
    how: str
    at_ms: int
    now_ms: int
