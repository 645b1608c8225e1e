"""A digest of all data that follows them, write by write.

`digest_of_dataset` reads everything each time. Here each key has a digest of its own, and theirs
are xored: what a command passes on names the keys that may be different now, and only those are
read again. It is another number than that of DEBUG DIGEST, and is for telling moments of one
server apart; servers with the same data share it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from redlearn.engine.command import find_command
from redlearn.engine.digest import digest_of_value, hash_of
from redlearn.engine.effects import ANY_DB, Effect
from redlearn.engine.keys import key_positions
from redlearn.engine.keyspace import Database

ASIDE: Final = frozenset({b"multi", b"exec", b"select"})
"""What is passed on beside commands that write."""


class RunningDigest:
    """The digest of some databases.

    Attributes:
        value: A number of 160 bits; 0 for no data.
        elements: How many elements were read so far to know it: the work it took.
    """

    def __init__(self, databases: Sequence[Database]) -> None:
        """Read all there is. O(bytes of the data)."""
        self._databases = databases
        self.value = self.elements = 0
        self._parts: dict[tuple[int, bytes], int] = {}
        self._read_all()

    def take(self, effects: Iterable[Effect]) -> None:
        """Follow what was passed on. O(bytes of the keys it names), or of all data if it names
        none or keys have come and gone besides."""
        for effect in effects:
            argv = list(effect.argv)
            if argv[0].lower() in ASIDE:
                continue
            command = find_command(argv)
            named = [argv[at] for at in key_positions(command, argv)] if command else []
            if not named or effect.db == ANY_DB:
                self._read_all()
            for key in named:
                for number in range(len(self._databases)):  # MOVE and COPY reach another one
                    self._read(number, key)
        if len(self._parts) != sum(len(each) for each in self._databases):
            self._read_all()

    def _read_all(self) -> None:
        self.value, self._parts = 0, {}
        for number, database in enumerate(self._databases):
            for entry in database.keys:
                self._read(number, entry.key)

    def _read(self, number: int, key: bytes) -> None:
        database, place = self._databases[number], (number, key)
        self.value ^= self._parts.pop(place, 0)
        value = database.value_of(key)
        if value is not None:
            self.elements += len(value) if value.type != "string" else 1
            said = b"%d %b %b" % (number, digest_of_value(database, key).encode(), key)
            self._parts[place] = hash_of(said)
            self.value ^= self._parts[place]
