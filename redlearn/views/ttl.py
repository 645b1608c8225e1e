"""What the TTL pane sees: which keys die next, and which died lately and how."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

from redlearn.engine.expiry import KeyExpired
from redlearn.engine.keyspace import Database


@dataclass(frozen=True, slots=True)
class Deadline:
    """A key that will die.

    Attributes:
        at_ms: When, in ms since 1970.
        total_ms: How long it was given when the deadline was set; 0 if nobody knows.
    """

    key: bytes
    at_ms: int
    total_ms: int


@dataclass(frozen=True, slots=True)
class TtlView:
    """The soonest deadlines of a database.

    Attributes:
        now_ms: The moment looked at. The pane counts down from it.
        rows: Keys, soonest first.
        total: How many keys have a deadline; `keys` how many there are.
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
        found = islice(db.deadlines.islice(first), count)
        total = len(db.deadlines)
    else:
        every = sorted((entry.value, entry.key) for entry in db.expires)
        found, total = islice(every, first, first + count), len(every)
    rows = tuple(Deadline(key, at_ms, given(key, at_ms)) for at_ms, key in found)
    return TtlView(now_ms, rows, total, len(db), first, died, clock)
