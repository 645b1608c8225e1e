"""All keys as they are at one moment, written into a file a few at a time.

It is the mechanism of `snapshot.py`, whose picture shows it, without a word of how a file looks:
that is for a snapshot, or for a base of commands (`rewrite.py`), to say by a `Notation`.

    step     the head, what writes have brought forward, and the keys of the next buckets
    write    a key that still waits is written before it changes, and held until the next step

Cost: to begin, O(buckets); each step O(bytes written).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from redlearn.engine.state import State
from redlearn.persistence.waiting import Copied, FrozenPart, Notation, Part, Rows

NONE_YET: Final = -1
"""In place of a database: the file has named none."""


@dataclass(frozen=True, slots=True)
class FrozenMoment:
    """What is still to be written, as immutable data.

    Attributes:
        places: Which database each part is in now.
    """

    head: bytes
    copied: tuple[int, int, int, int]
    parts: tuple[FrozenPart, ...]
    places: tuple[int, ...]
    selected: int
    keys_total: int


class Moment:
    """The keys of all databases, to be written as they are now.

    Attributes:
        keys_total: How many keys there were.
        copied: What writes have brought forward.
    """

    def __init__(self, state: State, notation: Notation, head: bytes) -> None:
        """Begin. O(buckets): this is the one pause that grows with the data.

        Args:
            head: What precedes all keys.
        """
        self.copied = Copied()
        self._state = state
        self._head = head
        self._selected = NONE_YET
        self._parts = [
            Part(db.index, len(db), len(db.expires), notation, self.copied, Rows(db))
            for db in state.databases
            if len(db)
        ]
        self.keys_total = sum(part.keys for part in self._parts)
        self._attach({part.index: part for part in self._parts})

    @property
    def keys_done(self) -> int:
        """How many keys are written or brought forward."""
        return self.keys_total - sum(part.waiting.left for part in self._parts)

    @property
    def copied_keys(self) -> int:
        """Keys that writes have brought forward so far."""
        return self.copied.keys

    @property
    def copied_bytes(self) -> int:
        """Bytes that writes have brought forward so far."""
        return self.copied.bytes

    @property
    def list_bytes(self) -> int:
        """Bytes that the copies of the rows take: what the start has cost in memory."""
        return sum(part.waiting.size for part in self._parts)

    def cancel(self) -> None:
        """Give up: nothing is brought forward any more."""
        for part in self._parts:
            part.waiting.let_go()
        self._head = b""
        self._parts = []
        self._detach()

    def _write(self, keys: int) -> bytes:
        """Up to `keys` more keys, and all that was brought forward; b"" at the end. O(bytes)."""
        assert keys > 0
        out = bytearray(self._head)
        self._head = b""
        self._take(out, keys)
        while self._parts and not out:  # many empty buckets in a row
            self._take(out, keys)
        return bytes(out)

    def _take(self, out: bytearray, keys: int) -> None:
        for part in self._parts:
            if part.brought or (keys > 0 and part.waiting.left):
                self._select(out, part)
                keys -= part.take(out, keys)
        self._parts = [part for part in self._parts if part.waiting.left]

    def _select(self, out: bytearray, part: Part) -> None:
        """Let the file say which database the next keys belong to, unless it has."""
        if self._selected == part.index:
            return
        if part.begun:
            part.notation.select(out, part.index)
        else:
            part.notation.begin(out, part.index, part.keys, part.expires)
        part.begun = True
        self._selected = part.index

    def _attach(self, shadows: dict[int, Part]) -> None:
        for db in self._state.databases:
            assert db.shadow is None, "two at once"
            part = shadows.get(db.index)
            if part is not None:
                db.shadow = part
                part.waiting.watch()
        self._state.pay_attention()

    def _detach(self) -> None:
        for db in self._state.databases:
            db.shadow = None
            db.keys.guard = None
        self._state.pay_attention()

    # -------------------------------------------------------------------------------- time travel

    def _freeze(self, notation: Callable[[], Notation]) -> FrozenMoment:
        """All that is still to be written, in a notation known when asked. O(bytes brought)."""
        placed = {id(db.shadow): db.index for db in self._state.databases if db.shadow is not None}
        copied = self.copied
        return FrozenMoment(
            head=self._head,
            copied=(copied.keys, copied.bytes, copied.held, copied.most),
            parts=tuple(part.freeze(notation) for part in self._parts),
            places=tuple(placed[id(part)] for part in self._parts),
            selected=self._selected,
            keys_total=self.keys_total,
        )

    def _thaw(self, frozen: FrozenMoment, state: State, notation: Notation) -> None:
        """Be what `_freeze` gave, of a state that is thawed already. O(its keys)."""
        self.copied = Copied(*frozen.copied)
        self.keys_total = frozen.keys_total
        self._state = state
        self._head = frozen.head
        self._selected = frozen.selected
        self._parts = [Part.thaw(part, notation, self.copied) for part in frozen.parts]
        self._detach()
        self._attach(dict(zip(frozen.places, self._parts, strict=True)))
