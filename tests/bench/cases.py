"""What to time: commands that prepare the data, and the commands of each round."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from tests.bench.peers import Call, Calls


@dataclass(frozen=True)
class Case:
    """One thing to time.

    Attributes:
        target: Least ratio of their time to ours; `compiled` the same for the compiled build.
        setup: Commands that prepare the data.
        calls: Makes the commands of a round, given its number.
    """

    name: str
    target: float
    setup: Callable[[], list[Call]]
    calls: Calls
    compiled: float = 0.0


def repeat(argv: Call, times: int = 20_000) -> Calls:
    return lambda _: [argv] * times


def keys(count: int) -> list[Call]:
    return [[b"SET", b"key:%d" % number, b"value"] for number in range(count)]


def shuffled(count: int, calls: int, make: Callable[[int], Call]) -> Calls:
    def of(seed: int) -> list[Call]:
        rng = Random(seed)
        return [make(rng.randrange(count)) for _ in range(calls)]

    return of


def board(members: int) -> list[Call]:
    rng = Random(1)
    return [
        [b"ZADD", b"board", b"%d" % rng.randrange(10 * members), b"member:%d" % number]
        for number in range(members)
    ]


def moved(members: int, calls: int) -> Calls:
    def of(seed: int) -> list[Call]:
        rng = Random(seed)
        return [
            [b"ZADD", b"board", b"%d" % rng.randrange(10 * members),
             b"member:%d" % rng.randrange(members)]
            for _ in range(calls)
        ]  # fmt: skip

    return of
