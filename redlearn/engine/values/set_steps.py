"""What the algebra of sets tells those who watch it: which way, which set, which member."""

from __future__ import annotations

from dataclasses import dataclass

from redlearn.probe import Event


@dataclass(frozen=True, slots=True)
class SetsGathered(Event):
    """The sets of a call are at hand.

    Attributes:
        way: "intersection", "union" or "difference".
        keys: Their keys, in the order of the call.
        sizes: How many members each has; -1 where there is no such key.
    """

    way: str
    keys: tuple[bytes, ...]
    sizes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class DifferenceWeighed(Event):
    """The two ways to a difference were weighed against each other.

    Attributes:
        asking: What it costs to ask the others for each member of the first set.
        removing: What it costs to copy the first and take out all that the others hold.
    """

    asking: int
    removing: int

    @property
    def asks(self) -> bool:
        """Whether the first way was chosen."""
        return self.asking <= self.removing


@dataclass(frozen=True, slots=True)
class SetWalked(Event):
    """All `size` members of the set under `key` are gone through, for the reason `why`."""

    key: bytes
    size: int
    why: str


@dataclass(frozen=True, slots=True)
class MemberAsked(Event):
    """The set under `key` was asked for `member`."""

    key: bytes
    member: bytes
    there: bool


@dataclass(frozen=True, slots=True)
class MemberSettled(Event):
    """It is known of `member` whether the result has it."""

    member: bytes
    kept: bool


@dataclass(frozen=True, slots=True)
class ResultBegun(Event):
    """A result is put together from here on, in a structure that no key has yet."""

    target: bytes
