"""What a skiplist tells those who watch it: the steps of its searches and of its changes.

Levels count from 0, the lane that links every node. Where a node may be the head, which
has no member, `None` stands for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from redlearn.probe import Event


class Aim(Enum):
    """What a search looks for."""

    PLACE = "place"  # where (score, member) is, or belongs
    RANK = "rank"  # how many nodes come before (score, member)
    POSITION = "position"  # the node at a rank
    SCORE = "score"  # the edge of a range of scores
    LEX = "lex"  # the edge of a range of members


@dataclass(frozen=True, slots=True)
class SearchStarted(Event):
    """A search starts at the head, on the top lane.

    It rides on while what lies ahead is smaller than the target, or with `past_equal` not
    greater. What plays no part in the comparison is None. `rank` is 0-based.
    """

    aim: Aim
    score: float | None
    member: bytes | None
    rank: int | None
    past_equal: bool


@dataclass(frozen=True, slots=True)
class Compared(Event):
    """The node ahead on lane `level` was compared with the target; `passed`: it comes before.

    `walked` is its distance from the head in level-0 steps: its rank, counted from 1.
    """

    level: int
    member: bytes
    score: float
    walked: int
    passed: bool


@dataclass(frozen=True, slots=True)
class Hopped(Event):
    """The search rode lane `level` forward onto `member`, `walked` steps from the head."""

    level: int
    member: bytes
    score: float
    walked: int


@dataclass(frozen=True, slots=True)
class Dropped(Event):
    """The search stays at `member` (None: the head) and goes one lane down, or ends on lane 0.

    What stopped it is `ahead`, too great to ride onto; None at the end of the lane.
    """

    level: int
    member: bytes | None
    score: float
    ahead: bytes | None
    ahead_score: float | None


@dataclass(frozen=True, slots=True)
class Tossed(Event):
    """The coins gave the node of `member` this many levels."""

    member: bytes
    height: int


@dataclass(frozen=True, slots=True)
class Linked(Event):
    """`member` was linked behind `after` (None: the head) on a lane, `span` steps from it."""

    level: int
    member: bytes
    after: bytes | None
    span: int


@dataclass(frozen=True, slots=True)
class Unlinked(Event):
    """`member` was taken out behind `after` (None: the head) on a lane."""

    level: int
    member: bytes
    after: bytes | None


@dataclass(frozen=True, slots=True)
class Rescored(Event):
    """`member` kept its node, and only its score changed."""

    member: bytes
    old: float
    new: float
