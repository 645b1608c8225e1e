"""A snapshot that is written while the data goes on changing: BGSAVE without a second process.

Redis forks: the child has the memory of the moment, and the machine copies a page only when the
parent writes to it. Python gives no such thing: looking at an object counts a reference, so even
a child that only reads writes to every page. What can be had is the same idea, a key at a time:

    at the start        the rows of buckets are copied; of what hangs in them, nothing
    each step           some keys are written into the file
    before a write      a key that is not written yet is written at once, as it is

So each key is written just once, by whoever comes first, and always as it was at the start. The
order of keys in a file means nothing, so what a write has brought forward goes into the next
piece; it is held in memory until then and no longer. What a read finds is not copied.

    waiting      a  b  c  d  e
    step         writes a b                         file  a b
    SET d 1      d as it was, then the write        held  d
    step         writes d, then c                   file  a b d c
    DEL e        e as it was, then the deletion     held  e

Deleted keys, emptied databases, databases that change places, a key whose time is over: all come
by one of two doors (`keyspace.Shadow`), and a table that is rehashed says of each bucket that it
moves (`waiting.py`).

Which version can say all of it? The first steps look at every value, some thousand buckets each,
and write nothing; all others follow from that. Whatever a write brings forward meanwhile is looked
at as it goes.

Pause: at the start a millisecond for 100,000 keys, for the copies of the rows, which take 8 bytes
for each bucket. Then what a step takes, which is bounded by keys and by bytes, as a key may be
large; and the largest value is one key. A value that is written to while it waits is written out
whole first, however large.

Source: `rdb.c` rdbSaveBackground, of which this does what it is for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Self

from redlearn.engine.payload import OLDEST
from redlearn.engine.state import State
from redlearn.persistence import opcodes
from redlearn.persistence.rdb_write import (
    UNKNOWN,
    Aux,
    Checksum,
    Form,
    begin_database,
    facts,
    form_for,
    head,
    select_database,
)
from redlearn.persistence.waiting import Copied, FrozenPart, Part, Rows

LOOKED_AT: Final = 4096
"""How many buckets a step looks at while the version is being found out: 2 ms."""


@dataclass(frozen=True, slots=True)
class FrozenSnapshot:
    """A snapshot under way, as immutable data.

    Attributes:
        places: Which database each part is in now.
        unseen: Buckets that were still to be looked at. What would have been found in them is
            known, as all of it is written; going on has to take as many steps as it would have.
    """

    form: Form
    head: bytes
    sum: tuple[int, int]
    copied: tuple[int, int, int, int]
    parts: tuple[FrozenPart, ...]
    places: tuple[int, ...]
    selected: int
    keys_total: int
    unseen: int


_ENDED: Final = -2
_NONE_YET: Final = -1


class Snapshot:
    """A file of the data of this moment, written in steps.

    Attributes:
        form: How it is written; the version is UNKNOWN while that is being found out.
        keys_total, keys_done: How many keys there were, and how many are written or brought
            forward.
        size: Bytes of the file so far.
        copied: What writes have brought forward.
    """

    def __init__(
        self,
        state: State,
        *,
        version: int | None = None,
        compress: bool = True,
        checksum: bool = True,
        aux: Aux | None = None,
    ) -> None:
        """Begin. O(buckets): this is the one pause that grows with the data.

        Args: as `rdb_write.chunks`.

        Raises:
            CannotSay: As `chunks`.
        """
        wanted = UNKNOWN if version is None else version
        form = form_for(state, version=wanted, compress=compress, checksum=checksum)
        self.form = form
        self.copied = Copied()
        self._state = state
        self._sum = Checksum(checksum)
        self._head = head(state, form, facts(state) if aux is None else aux)
        self._parts = [
            Part(db.index, len(db), len(db.expires), form, self.copied, Rows(db))
            for db in state.databases
            if len(db)
        ]
        self._selected = _NONE_YET
        self._unseen = self._buckets if version is None else 0
        if not self._unseen:
            self._settle_version()
        self.keys_total = sum(part.keys for part in self._parts)
        self._attach({part.index: part for part in self._parts})

    @property
    def keys_done(self) -> int:
        """How many keys are no longer on the list."""
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
    def size(self) -> int:
        """Bytes of the file so far."""
        return self._sum.size

    @property
    def list_bytes(self) -> int:
        """Bytes that the copies of the rows take: what the start has cost in memory."""
        return sum(part.waiting.size for part in self._parts)

    def step(self, keys: int) -> bytes | None:
        """Write up to `keys` more keys, and all that was brought forward. O(bytes).

        Returns:
            The next bytes of the file, b"" while the version is being found out; None when the
            last ones have been given already.
        """
        assert keys > 0
        if self._unseen:
            self._look()
            if self._unseen:
                return b""
            self._settle_version()
        out = bytearray(self._head)
        self._head = b""
        self._take(out, keys)
        while self._parts and not out:  # many empty buckets in a row
            self._take(out, keys)
        return self._sum.over(bytes(out)) if out else self._finish()

    @property
    def _buckets(self) -> int:
        return sum(part.waiting.buckets for part in self._parts)

    def _look(self) -> None:
        """See which version is needed for what is in the next buckets."""
        start = self._buckets - self._unseen
        self._unseen -= min(LOOKED_AT, self._unseen)
        for part in self._parts:
            part.waiting.look(start, LOOKED_AT)
            start -= part.waiting.buckets

    def _settle_version(self) -> None:
        """All was looked at: now the file can begin."""
        if self.form.version == UNKNOWN:
            self.form = self._with_version()
            self._head = opcodes.magic_of(self.form.version) + self._head
            for part in self._parts:
                part.form = self.form

    def _with_version(self) -> Form:
        """The form of all that was looked at by now."""
        return replace(
            self.form, version=max((part.waiting.needs for part in self._parts), default=OLDEST)
        )

    def _take(self, out: bytearray, keys: int) -> None:
        for part in self._parts:
            if part.brought or (keys > 0 and part.waiting.left):
                self._select(out, part)
                keys -= part.take(out, keys)
        self._parts = [part for part in self._parts if part.waiting.left]

    def cancel(self) -> None:
        """Give up: nothing is brought forward any more."""
        self._parts = []
        self._selected = _ENDED
        self._detach()

    def _select(self, out: bytearray, part: Part) -> None:
        """Let the file say which database the next keys belong to, unless it has."""
        if self._selected == part.index:
            return
        if part.begun:
            select_database(out, part.index)
        else:
            begin_database(out, part.index, part.keys, part.expires)
        part.begun = True
        self._selected = part.index

    def _finish(self) -> bytes | None:
        if self._selected == _ENDED:
            return None
        self._selected = _ENDED
        self._detach()
        return self._sum.end()

    def _attach(self, shadows: dict[int, Part]) -> None:
        for db in self._state.databases:
            assert db.shadow is None, "two snapshots at once"
            part = shadows.get(db.index)
            if part is not None:
                db.shadow = part
                part.waiting.watch()
        self._state.pay_attention()

    def freeze(self) -> FrozenSnapshot:
        """All of it, the bytes of what is still to be written among it. O(bytes)."""
        form, head = self.form, self._head
        if form.version == UNKNOWN:
            for part in self._parts:
                part.waiting.look(0, part.waiting.buckets)
            form = self._with_version()
            head = opcodes.magic_of(form.version) + head
        placed = {id(db.shadow): db.index for db in self._state.databases if db.shadow is not None}
        copied = self.copied
        return FrozenSnapshot(
            form=form,
            head=head,
            sum=self._sum.freeze(),
            copied=(copied.keys, copied.bytes, copied.held, copied.most),
            parts=tuple(part.freeze(form) for part in self._parts),
            places=tuple(placed[id(part)] for part in self._parts),
            selected=self._selected,
            keys_total=self.keys_total,
            unseen=self._unseen,
        )

    @classmethod
    def thaw(cls, frozen: FrozenSnapshot, state: State) -> Self:
        """The snapshot that `freeze` gave, of a state that is thawed already. O(its keys)."""
        self = cls.__new__(cls)
        self.form = frozen.form
        self.copied = Copied(*frozen.copied)
        self.keys_total = frozen.keys_total
        self._state = state
        self._head = frozen.head
        self._sum = Checksum.thaw(frozen.form.checksum, frozen.sum)
        self._selected = frozen.selected
        self._unseen = frozen.unseen
        self._parts = [Part.thaw(part, frozen.form, self.copied) for part in frozen.parts]
        self._detach()
        self._attach(dict(zip(frozen.places, self._parts, strict=True)))
        return self

    def _detach(self) -> None:
        for db in self._state.databases:
            db.shadow = None
            db.keys.guard = None
        self._state.pay_attention()
