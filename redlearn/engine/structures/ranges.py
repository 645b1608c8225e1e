"""Ranges over a sorted set: from one score, or one member, to another, each end in or out.

ZRANGEBYSCORE's `(1 5` means scores above 1 and up to 5; ZRANGEBYLEX's `[a +` members from
`a` to the last. Both encodings of a sorted set search with these, so they live below both.

Source: `t_zset.c` zrangespec and zlexrangespec, zslValueGteMin, zslLexValueLteMax, ...
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Extreme(Enum):
    """A place before, or after, every member: `-` and `+` in ZRANGEBYLEX."""

    LOWEST = "-"
    HIGHEST = "+"


@dataclass(frozen=True, slots=True)
class ScoreRange:
    """Scores from `low` to `high`; both belong to the range unless they are left out."""

    low: float
    high: float
    without_low: bool = False
    without_high: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether no score at all can be inside, as in `5 1` or `(1 1`."""
        if self.low == self.high:
            return self.without_low or self.without_high
        return self.low > self.high

    def reaches(self, score: float) -> bool:
        """Whether `score` is not below the range."""
        return score > self.low if self.without_low else score >= self.low

    def extends_to(self, score: float) -> bool:
        """Whether `score` is not above the range."""
        return score < self.high if self.without_high else score <= self.high

    def __contains__(self, score: float) -> bool:
        return self.reaches(score) and self.extends_to(score)


@dataclass(frozen=True, slots=True)
class LexRange:
    """Members from `low` to `high`, compared byte by byte; both belong unless left out.

    Meaningful only where all scores are equal, as then members are in this order.
    """

    low: bytes | Extreme
    high: bytes | Extreme
    without_low: bool = False
    without_high: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether no member at all can be inside, as in `[b [a` or `+ -`."""
        if self.low == self.high:
            return self.without_low or self.without_high
        if isinstance(self.low, bytes) and isinstance(self.high, bytes):
            return self.low > self.high
        return self.low is Extreme.HIGHEST or self.high is Extreme.LOWEST

    def reaches(self, member: bytes) -> bool:
        """Whether `member` is not below the range."""
        return not precedes(member, self.low, or_equals=self.without_low)

    def extends_to(self, member: bytes) -> bool:
        """Whether `member` is not above the range."""
        return precedes(member, self.high, or_equals=not self.without_high)

    def __contains__(self, member: bytes) -> bool:
        return self.reaches(member) and self.extends_to(member)


def precedes(member: bytes, bound: bytes | Extreme, *, or_equals: bool) -> bool:
    """Whether `member` comes before `bound`, or (if asked) is that very string.

    >>> precedes(b"b", b"b", or_equals=False), precedes(b"b", b"b", or_equals=True)
    (False, True)
    >>> precedes(b"b", Extreme.LOWEST, or_equals=True)
    False
    """
    if isinstance(bound, Extreme):
        return bound is Extreme.HIGHEST
    return member < bound or (or_equals and member == bound)
