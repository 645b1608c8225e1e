"""Surroundings: what the prompt may know of the data, without leaving a trace in it.

Looking for completions must not count as using a key: nothing here moves a bucket, changes
an access time or lets a key expire.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

from redlearn.engine.keyspace import NO_EXPIRY, Database
from redlearn.engine.values import Hash, ZSet
from redlearn.engine.values.value import Value

MOST_LOOKED_AT = 5_000
"""How many keys or members are looked through for one completion."""


class Surroundings:
    """The database the prompt's client has selected, looked at from outside."""

    def __init__(self, database: Callable[[], Database], now_ms: Callable[[], int]) -> None:
        self._database = database
        self._now_ms = now_ms

    def keys(self, prefix: bytes, kind: str = "") -> Iterator[bytes]:
        """Keys that begin with `prefix`, of that TYPE if one is given. Looks at 5000 at most."""
        for entry in islice(self._database().keys, MOST_LOOKED_AT):
            if entry.key.startswith(prefix) and (not kind or entry.value.type == kind):
                yield entry.key

    def members(self, key: bytes, prefix: bytes) -> Iterator[bytes]:
        """Fields or members of `key` that begin with `prefix`."""
        match self.value(key):
            case Hash() as value:
                names = iter(value.fields())
            case ZSet() as value:
                names = (member for member, _ in value.slice(0, MOST_LOOKED_AT))
            case _:
                return
        for name in islice(names, MOST_LOOKED_AT):
            if name.startswith(prefix):
                yield name

    def value(self, key: bytes) -> Value | None:
        """The value under `key`, if it is there and its time has not passed."""
        deadline = self._database().deadline_of(key)
        if deadline != NO_EXPIRY and deadline <= self._now_ms():
            return None
        return self._database().value_of(key)

    def describe(self, key: bytes) -> str:
        """A key in a few words: "zset of 5, skiplist, 18 s left"."""
        value = self.value(key)
        if value is None:
            return "no such key"
        unit = " bytes" if value.type == "string" else ""
        words = f"{value.type} of {len(value)}{unit}, {value.encoding}"
        deadline = self._database().deadline_of(key)
        if deadline != NO_EXPIRY:
            words += f", {max(0, deadline - self._now_ms()) / 1000:.0f} s left"
        return words
