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

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Self

from redlearn.engine.payload import OLDEST
from redlearn.engine.state import State
from redlearn.persistence import opcodes
from redlearn.persistence.moment import FrozenMoment, Moment
from redlearn.persistence.rdb_write import (
    UNKNOWN,
    Aux,
    Checksum,
    Form,
    facts,
    form_for,
    head,
)

LOOKED_AT: Final = 4096
"""How many buckets a step looks at while the version is being found out: 2 ms."""


class Settling:
    """How a file will be written: known once all keys were looked at, or when somebody asks."""

    __slots__ = ("_find", "_form")

    def __init__(self, find: Callable[[], Form]) -> None:
        """Args:
        find: Looks at all keys.
        """
        self._find = find
        self._form: Form | None = None

    @property
    def form(self) -> Form:
        """It. O(keys), the first time, if that is before it is known."""
        if self._form is None:
            self._form = self._find()
        return self._form

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Settling) and self.form == other.form

    __hash__ = None  # type: ignore[assignment]  # like any other whose content decides


@dataclass(frozen=True, slots=True)
class FrozenSnapshot:
    """A snapshot under way, as immutable data.

    Attributes:
        unseen: Buckets that were still to be looked at. Going on has to take as many steps as it
            would have, whatever was found out meanwhile.
    """

    form: Form
    settling: Settling
    sum: tuple[int, int]
    moment: FrozenMoment
    unseen: int
    ended: bool


class Snapshot(Moment):
    """A file of the data of this moment, written in steps.

    Attributes:
        form: How it is written; the version is UNKNOWN while that is being found out.
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
        self._settling = Settling(self._looked_at_all)
        self._sum = Checksum(checksum)
        self._ended = False
        super().__init__(state, form, head(state, form, facts(state) if aux is None else aux))
        self._unseen = self._buckets if version is None else 0
        if not self._unseen:
            self._settle_version()

    @property
    def size(self) -> int:
        """Bytes of the file so far."""
        return self._sum.size

    def step(self, keys: int) -> bytes | None:
        """Write up to `keys` more keys, and all that was brought forward. O(bytes).

        Returns:
            The next bytes of the file, b"" while the version is being found out; None when the
            last ones have been given already.
        """
        if self._unseen:
            self._look()
            if self._unseen:
                return b""
            self._settle_version()
        piece = self._write(keys)
        return self._sum.over(piece) if piece else self._finish()

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
            self.form = self._settling.form
            self._head = opcodes.magic_of(self.form.version) + self._head
            for part in self._parts:
                part.notation = self.form

    def _looked_at_all(self) -> Form:
        """The form of all keys. O(keys), if not all were looked at yet."""
        if self.form.version != UNKNOWN:
            return self.form
        if self._unseen:
            for part in self._parts:
                part.waiting.look(0, part.waiting.buckets)
        return self._with_version()

    def _with_version(self) -> Form:
        """The form of all that was looked at by now."""
        return replace(
            self.form, version=max((part.waiting.needs for part in self._parts), default=OLDEST)
        )

    def cancel(self) -> None:
        """Give up: nothing is brought forward any more."""
        super().cancel()
        self._unseen = 0
        self._ended = True

    def _finish(self) -> bytes | None:
        if self._ended:
            return None
        self._ended = True
        self._detach()
        return self._sum.end()

    def freeze(self) -> FrozenSnapshot:
        """All of it; what is still to be written is found out when asked for. O(bytes brought)."""
        settling = self._settling
        return FrozenSnapshot(
            self.form, settling, self._sum.freeze(), self._freeze(lambda: settling.form),
            self._unseen, self._ended,
        )  # fmt: skip

    @classmethod
    def thaw(cls, frozen: FrozenSnapshot, state: State) -> Self:
        """The snapshot that `freeze` gave, of a state that is thawed already. O(its keys)."""
        self = cls.__new__(cls)
        self.form = frozen.form
        self._settling = frozen.settling
        self._sum = Checksum.thaw(frozen.form.checksum, frozen.sum)
        self._unseen = frozen.unseen
        self._ended = frozen.ended
        self._thaw(frozen.moment, state, frozen.form)
        return self
