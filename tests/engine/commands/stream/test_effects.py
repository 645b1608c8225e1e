"""What is passed on for groups, run on another engine, makes that one's groups equal."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from redlearn.engine.effects import Effect
from tests.conftest import Redis


def line(rng: Random) -> str:
    id, reader = rng.randrange(1, 20), rng.choice(("ann", "bob"))
    return rng.choice(
        (
            "XADD s * f v",
            f"XADD s MAXLEN ~ {id} * f v",
            f"XREADGROUP GROUP g {reader} COUNT 2 STREAMS s >",
            f"XREADGROUP GROUP g {reader} NOACK COUNT 1 STREAMS s >",
            f"XACK s g 1000000-{id}",
            f"XDEL s 1000000-{id}",
            f"XCLAIM s g {reader} 0 1000000-{id} RETRYCOUNT 3",
            f"XCLAIM s g {reader} 0 1000000-{id} FORCE",
            f"XAUTOCLAIM s g {reader} 0 - COUNT 3",
            f"XTRIM s MAXLEN {id}",
            f"XGROUP SETID s g 1000000-{id}",
        )
    )


@pytest.mark.parametrize("seed", range(12))
def test_an_engine_fed_with_the_effects_ends_equal(
    seed: int, new_redis: Callable[..., Redis]
) -> None:
    first, second = new_redis(), new_redis()
    rng = Random(seed)

    def follow(unit: tuple[Effect, ...]) -> None:
        for effect in unit:
            second.all(*effect.argv)

    first.engine.state.sinks.append(follow)
    for each in ("CONFIG SET stream-node-max-entries 5", "XGROUP CREATE s g 0 MKSTREAM"):
        first(each)
    second("CONFIG SET stream-node-max-entries 5")
    for reader in ("ann", "bob"):
        first(f"XGROUP CREATECONSUMER s g {reader}")
    for _ in range(80):
        first.all(line(rng))
    first.engine.check()
    second.engine.check()
    for question in ("XRANGE s - +", "XPENDING s g - + 99", "XINFO GROUPS s"):
        assert second(question) == first(question)
