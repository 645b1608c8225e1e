"""Watching changes nothing: a watched engine ends up bucket for bucket as an unwatched one."""

from random import Random

import pytest

from redlearn.clock import VirtualClock
from redlearn.timeline.snapshot import Freezer
from tests.properties.programs import play, session


@pytest.mark.parametrize("seed", range(10))
def test_a_watched_engine_equals_an_unwatched_one(seed: int) -> None:
    played = session(seed)  # a session watches everything
    play(played, Random(seed), 200)
    clock = VirtualClock(played.recipe.start_ms)
    quiet = played.recipe.world(clock)
    for happened in played.timeline.inputs:
        quiet.apply(happened)
        quiet.forget_replies()
    assert Freezer(quiet.engine).freeze() == Freezer(played.engine).freeze()
