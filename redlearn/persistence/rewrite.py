"""A base of commands, written while the data goes on changing: a rewrite without a preamble.

With `aof-use-rdb-preamble no` the first part of a log is a log as well: the commands that would
make the data of the moment at which the rewrite began (`aof_write.py`). They come a few keys at a
time, each key as it was then, in the way of a snapshot (`snapshot.py`, `moment.py`); what a write
is about to change is put into words before.

Pause: as that of a snapshot, but a key takes two to three times as long to say.

Source: `aof.c` rewriteAppendOnlyFile, of which this does what it is for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from redlearn.engine.state import State
from redlearn.persistence.aof_write import Commands, beginning
from redlearn.persistence.moment import FrozenMoment, Moment


@dataclass(frozen=True, slots=True)
class FrozenRewrite:
    """A rewrite under way, as immutable data."""

    moment: FrozenMoment


class Rewrite(Moment):
    """The commands that make the data of this moment, written in steps."""

    def __init__(self, state: State, now_s: int | None = None) -> None:
        """Begin. O(buckets).

        Args:
            now_s: Note this time at the beginning.
        """
        super().__init__(state, Commands(state.probe), beginning(state, now_s))

    def step(self, keys: int) -> bytes | None:
        """Write up to `keys` more keys, and all that was brought forward; None at the end.

        O(bytes).
        """
        piece = self._write(keys)
        if piece:
            return piece
        self._detach()
        return None

    def freeze(self) -> FrozenRewrite:
        """All of it; what is still to be written is found out when asked for. O(bytes brought)."""
        return FrozenRewrite(self._freeze(lambda: Commands(self._state.probe)))

    @classmethod
    def thaw(cls, frozen: FrozenRewrite, state: State) -> Self:
        """The rewrite that `freeze` gave, of a state that is thawed already. O(its keys)."""
        self = cls.__new__(cls)
        self._thaw(frozen.moment, state, Commands(state.probe))
        return self
