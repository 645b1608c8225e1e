"""Chance: all randomness of one engine, as named streams from one seed.

Each purpose draws from a stream of its own. Otherwise a sampling timer that fires once
more would shift every later coin toss, and a skiplist's towers would depend on how often
somebody looked at the clock.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from random import Random
from typing import Any, Final

from redlearn.engine.structures.skiplist import CLIMB_PROBABILITY

Frozen = tuple[Any, ...]

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

    def freeze(self) -> Frozen:
        """The state of every stream, 2.5 KB each."""
        return tuple(freeze_stream(getattr(self, name)) for name in STREAMS)

    def thaw(self, frozen: Frozen) -> None:
        """Take every stream back to where `freeze` found it."""
        for name, state in zip(STREAMS, frozen, strict=True):
            thaw_stream(getattr(self, name), state)


class TowerScript(Random):
    """A coin whose first tosses may be written down in advance; after them it is a Random.

    A lesson says "heights 1, 3, 1": the coin then answers so that the skiplist, which knows
    nothing of this, climbs just that high. While nothing is written down `random` is the
    built-in one itself: a toss is on the path of every insert.
    """

    planned: tuple[float, ...] = ()

    def plan(self, heights: Sequence[int]) -> None:
        """Fix the heights of the next towers, each at least 1."""
        climb, stop = CLIMB_PROBABILITY / 2, 1 - CLIMB_PROBABILITY / 2
        self.follow(tuple(toss for height in heights for toss in (*[climb] * (height - 1), stop)))

    def follow(self, tosses: tuple[float, ...]) -> None:
        """Toss these next."""
        self.planned = tosses
        self.random = self._toss if tosses else super().random  # type: ignore[method-assign]
        # Shadowing the method is the point: no Python frame for a toss that is not planned.

    def _toss(self) -> float:
        toss, *rest = self.planned
        self.follow(tuple(rest))
        return toss


def freeze_stream(stream: Random) -> Frozen:
    """Where a stream is: 2.5 KB. `getstate` has ten times that, as it has an object a word."""
    version, words, gauss = stream.getstate()
    planned = stream.planned if isinstance(stream, TowerScript) else ()
    return version, array("I", words).tobytes(), gauss, planned


def thaw_stream(stream: Random, frozen: Frozen) -> None:
    """Take a stream back to where `freeze_stream` found it."""
    version, words, gauss, planned = frozen
    stream.setstate((version, tuple(array("I", words)), gauss))
    if isinstance(stream, TowerScript):
        stream.follow(planned)
