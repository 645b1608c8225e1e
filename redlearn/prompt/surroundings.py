"""Surroundings: what the prompt may know of the data, without leaving a trace in it.

Looking for completions must not count as using a key: nothing here moves a bucket, changes
an access time or lets a key expire. And it must be quick, since it happens at every key
press: names are collected and sorted once after each command, then found by bisection.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Final

from redlearn.engine.config import PARAMETERS
from redlearn.engine.keyspace import NO_EXPIRY, Database
from redlearn.engine.state import State
from redlearn.engine.structures.hashtable import Entry, HashTable
from redlearn.engine.values import Hash, ZSet
from redlearn.engine.values.string import boxed
from redlearn.engine.values.value import Value
from redlearn.resp.double import format_double
from redlearn.resp.text import printable
from redlearn.timeline.session import Session

MOST_LOOKED_AT: Final = 20_000
"""How many keys, or members of one key, are looked at. Of more, some are not offered."""

RECENT_POINTS: Final = 64
"""How far back in history the keys used last are looked for."""

SAMPLE: Final = 24
"""Bytes of a field's value that are shown beside the field."""

Beside = bytes | float
"""What stands beside a name: a field's value, a member's score."""


class Names:
    """Names in order, found by their beginning."""

    def __init__(self, beside: Mapping[bytes, Beside] | Iterable[bytes]) -> None:
        self.beside = beside if isinstance(beside, Mapping) else {}
        self._names = sorted(beside)

    def starting_with(self, prefix: bytes) -> Iterator[bytes]:
        """The names that begin with `prefix`, in order. O(log N) to the first."""
        for number in range(bisect_left(self._names, prefix), len(self._names)):
            name = self._names[number]
            if not name.startswith(prefix):
                return
            yield name


class Surroundings:
    """The data of the client that sits at the prompt, looked at from outside."""

    def __init__(
        self,
        state: Callable[[], State],
        client: Callable[[], int],
        *,
        now_ms: Callable[[], int],
        version: Callable[[], object] = object,
        recent: Callable[[], Iterable[bytes]] = tuple,
    ) -> None:
        """Args:
        state: The engine's state.
        client: The id of the client whose database counts.
        now_ms: The moment the data is looked at.
        version: Changes whenever the data may have; without it nothing is remembered.
        recent: The keys used lately, the latest first.
        """
        self._state = state
        self._client = client
        self._now_ms = now_ms
        self._version = version
        self._recent = recent
        self._known: dict[tuple[str, bytes], Names] = {}
        self._known_version: object = None

    @classmethod
    def of(cls, session: Callable[[], Session], client: Callable[[], int]) -> Surroundings:
        """What a client of a session is surrounded by."""

        def version() -> object:
            present = session()
            return present, present.position, present.timeline.branch

        return cls(
            lambda: session().engine.state,
            client,
            now_ms=lambda: session().now_ms,
            version=version,
            recent=lambda: recent_keys(session()),
        )

    @property
    def state(self) -> State:
        """The engine's state. To be looked at, not changed."""
        return self._state()

    @property
    def database(self) -> Database:
        """The database that the client has selected."""
        state = self._state()
        known = state.clients.get(self._client())
        return state.databases[0] if known is None else known.db

    def keys(self, prefix: bytes, kind: str = "") -> Iterator[bytes]:
        """Keys that begin with `prefix`, of that TYPE if one is given: the latest used first."""
        seen: set[bytes] = set()
        for key in self._recent():
            if key.startswith(prefix) and key not in seen and self._is(key, kind):
                seen.add(key)
                yield key
        names = self._names(("keys", kind.encode()), lambda: self._all_keys(kind))
        yield from (key for key in names.starting_with(prefix) if key not in seen)

    def members(self, key: bytes, prefix: bytes) -> Iterator[tuple[bytes, str]]:
        """Fields or members of `key` that begin with `prefix`, with their value or score."""
        value = self.value(key)
        if isinstance(value, Hash | ZSet):
            names = self._names(("members", key), lambda: members_of(value))
            for name in names.starting_with(prefix):
                yield name, _said(names.beside[name])

    def value(self, key: bytes) -> Value | None:
        """The value under `key`, if it is there and its time has not passed. O(1)."""
        database = self.database
        deadline = database.deadline_of(key)
        if deadline != NO_EXPIRY and deadline <= self._now_ms():
            return None
        return database.value_of(key)

    def describe(self, key: bytes) -> str:
        """A key in a few words: "zset of 5, skiplist, 18 s left"."""
        value = self.value(key)
        if value is None:
            return "no such key"
        unit = ""
        if value.type == "string":
            unit = " byte" if len(value) == 1 else " bytes"
        words = f"{value.type} of {len(value)}{unit}, {value.encoding}"
        deadline = self.database.deadline_of(key)
        if deadline != NO_EXPIRY:
            words += f", {max(0, deadline - self._now_ms()) / 1000:.0f} s left"
        return words

    def parameters(self, prefix: str) -> Iterator[tuple[str, str]]:
        """Names of CONFIG parameters that begin with `prefix`, with their values."""
        config = self._state().config
        for name in PARAMETERS:
            if name.startswith(prefix):
                yield name, config.show(name) or '""'

    def _is(self, key: bytes, kind: str) -> bool:
        value = self.value(key)
        return value is not None and (not kind or value.type == kind)

    def _all_keys(self, kind: str) -> list[bytes]:
        entries = some_entries(self.database.keys)
        return [entry.key for entry in entries if not kind or boxed(entry.value).type == kind]

    def _names(
        self, place: tuple[str, bytes], find: Callable[[], Mapping[bytes, Beside] | Iterable[bytes]]
    ) -> Names:
        """The names in a place, as remembered since the last change or looked up now."""
        version = (self._version(), self.database.index)
        if version != self._known_version:
            self._known.clear()
            self._known_version = version
        if place not in self._known:
            self._known[place] = Names(find())
        return self._known[place]


def recent_keys(session: Session) -> list[bytes]:
    """The keys that the last few commands used, the latest first."""
    points = session.points[max(0, session.position - RECENT_POINTS) : session.position]
    return [point.key for point in reversed(points) if point.key]


def members_of(value: Hash | ZSet) -> dict[bytes, Beside]:
    """The names inside a value with what belongs to each, or the first of many. No trace."""
    if isinstance(value, ZSet):
        return dict(value.slice(0, MOST_LOOKED_AT))
    if value.table is None:
        return dict(islice(value.pairs(), MOST_LOOKED_AT))
    return {entry.key: entry.value for entry in some_entries(value.table)}


def _said(beside: Beside) -> str:
    if isinstance(beside, bytes):
        return printable(beside, SAMPLE)
    return f"score {format_double(beside).decode()}"


def some_entries(table: HashTable) -> Iterable[Entry]:
    """The entries of a table, or the first ones of a large one, wherever they hang."""
    if len(table) <= MOST_LOOKED_AT:
        return table.entries()
    buckets = (
        entry
        for number in (0, 1)
        for index in range(table.size(number))
        for entry in table.bucket(number, index)
    )
    return islice(buckets, MOST_LOOKED_AT)
