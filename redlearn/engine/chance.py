"""Chance: all randomness of one engine, as named streams from one seed.

Each purpose draws from a stream of its own. Otherwise a sampling timer that fires once
more would shift every later coin toss, and a skiplist's towers would depend on how often
somebody looked at the clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any, Final

from redlearn.engine.structures.skiplist import CLIMB_PROBABILITY

STREAMS: Final = ("towers", "sampling", "expiry", "eviction", "scripts")


class Chance:
    """The streams of one engine.

    Attributes:
        seed: What everything follows from; also seeds the hash tables.
        towers: Tosses skiplist heights.
        sampling: Picks for RANDOMKEY, HRANDFIELD, SRANDMEMBER, SPOP ...
        expiry: Picks keys for the active expiry cycle.
        eviction: Picks candidates when memory is full.
        scripts: Seeds Lua's math.random.
    """

    __slots__ = ("eviction", "expiry", "sampling", "scripts", "seed", "towers")

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.towers: Random = TowerScript(f"{seed} towers")
        self.sampling = Random(f"{seed} sampling")
        self.expiry = Random(f"{seed} expiry")
        self.eviction = Random(f"{seed} eviction")
        self.scripts = Random(f"{seed} scripts")

    def freeze(self) -> tuple[Any, ...]:
        """The state of every stream, 3.8 KB each."""
        return tuple(getattr(self, name).getstate() for name in STREAMS)

    def thaw(self, frozen: tuple[Any, ...]) -> None:
        """Take every stream back to where `freeze` found it."""
        for name, state in zip(STREAMS, frozen, strict=True):
            getattr(self, name).setstate(state)


class TowerScript(Random):
    """A coin whose first tosses may be written down in advance; after them it is a Random.

    A lesson says "heights 1, 3, 1": the coin then answers so that the skiplist, which knows
    nothing of this, climbs just that high. While nothing is written down `random` is the
    built-in one itself: a toss is on the path of every insert.
    """

    _planned: tuple[float, ...] = ()

    def plan(self, heights: Sequence[int]) -> None:
        """Fix the heights of the next towers, each at least 1."""
        climb, stop = CLIMB_PROBABILITY / 2, 1 - CLIMB_PROBABILITY / 2
        self._follow(tuple(toss for height in heights for toss in (*[climb] * (height - 1), stop)))

    def _follow(self, tosses: tuple[float, ...]) -> None:
        self._planned = tosses
        self.random = self._toss if tosses else super().random  # type: ignore[method-assign]
        # Shadowing the method is the point: no Python frame for a toss that is not planned.

    def _toss(self) -> float:
        toss, *rest = self._planned
        self._follow(tuple(rest))
        return toss

    def getstate(self) -> tuple[Any, ...]:
        return (self._planned, super().getstate())

    def setstate(self, state: tuple[Any, ...]) -> None:
        super().setstate(state[1])
        self._follow(state[0])
