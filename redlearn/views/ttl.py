"""What the TTL pane sees: which keys die next, and which died lately and how.

Among the keys are fields of hashes that end: a field is written `key->field`, as SORT does it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

from redlearn.engine.expiry import KeyExpired
from redlearn.engine.keyspace import Database
from redlearn.engine.structures.ebuckets import LATEST_MS
from redlearn.engine.values.hash import Hash


@dataclass(frozen=True, slots=True)
class Deadline:
    """A key that will die, or a field of its hash.

    Attributes:
        field: The field, or None for the key itself.
        at_ms: When, in ms since 1970.
        total_ms: How long it was given when the deadline was set; 0 if nobody knows.
    """

    key: bytes
    at_ms: int
    total_ms: int
    field: bytes | None = None


@dataclass(frozen=True, slots=True)
class TtlView:
    """The soonest deadlines of a database.

    Attributes:
        now_ms: The moment looked at. The pane counts down from it.
        rows: Keys, soonest first.
        total: How many keys have a deadline; `keys` how many there are.
        hashes: How many hashes have fields that end.
        first: How many sooner ones are above the window.
        died: What expired lately, latest first.
        clock: A word about the clock if it does not run ("paused", "past"), or "".
    """

    now_ms: int
    rows: tuple[Deadline, ...]
    total: int
    keys: int
    first: int = 0
    died: tuple[KeyExpired, ...] = ()
    clock: str = ""
    hashes: int = 0


def left_text(ms: int) -> str:
    """The time left, finer the less it is; it counts down in steps one can follow.

    >>> [left_text(ms) for ms in (1234, 61_500, 3_700_000, 90_000_000, 400_000_000)]
    ['1.23 s', '61.5 s', '61 m 40 s', '25 h 00 m', '4 d 15 h']
    """
    if ms < 10_000:
        return f"{ms / 1000:.2f} s"
    if ms < 120_000:
        return f"{ms / 1000:.1f} s"
    if ms < 7_200_000:
        return f"{ms // 60_000} m {ms // 1000 % 60:02} s"
    if ms < 172_800_000:
        return f"{ms // 3_600_000} h {ms // 60_000 % 60:02} m"
    return f"{ms // 86_400_000:,} d {ms // 3_600_000 % 24:02} h"


def look_at(
    db: Database,
    now_ms: int,
    first: int,
    count: int,
    *,
    given: Callable[[bytes, int], int] = lambda key, at_ms: 0,
    died: tuple[KeyExpired, ...] = (),
    clock: str = "",
) -> TtlView:
    """Copy out `count` deadlines from number `first` on. O(log N + count), with the index.

    Args:
        db: The database. Where it keeps no index (`deadlines` is None) all are sorted.
        now_ms: The session's moment.
        first: How many of the soonest to leave out.
        count: How many at most.
        given: Tells how long a key was given, from the key and its deadline.
        died: What expired lately.
        clock: See `TtlView`.
    """
    if db.deadlines is not None:
        found = islice(db.deadlines, first + count)
        total = len(db.deadlines)
    else:
        every = sorted((entry.value, entry.key) for entry in db.expires)
        found, total = islice(every, first + count), len(every)
    rows = [Deadline(key, at_ms, given(key, at_ms)) for at_ms, key in found]
    rows += _fields_of(db, first + count)
    rows.sort(key=lambda row: (row.at_ms, row.key, row.field or b""))
    shown = tuple(rows[first : first + count])
    return TtlView(now_ms, shown, total, len(db), first, died, clock, len(db.hexpires))


def _fields_of(db: Database, count: int) -> list[Deadline]:
    """At least the first `count` fields to end, of the hashes that have such fields.

    The first `count` hashes have them, since each hash stands where its first field does.
    """
    fields: list[Deadline] = []
    for _, key in db.hexpires.rows(0, count):
        value = db.value_of(key)
        if isinstance(value, Hash):
            due = value.due(LATEST_MS, count)
            fields += [Deadline(key, at_ms, 0, field) for at_ms, field in due]
    return fields
