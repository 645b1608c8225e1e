"""Seek is exact: going to n is the same as running the first n inputs from nothing."""

from random import Random

import pytest

from redlearn.clock import VirtualClock
from redlearn.engine.engine import Engine
from redlearn.timeline import timeline as timeline_module
from redlearn.timeline.session import Session
from redlearn.timeline.snapshot import Freezer, Snapshot
from tests.properties.programs import play, session


def state_of(engine: Engine) -> Snapshot:
    engine.check()
    return Freezer(engine).freeze()


def from_nothing(played: Session, count: int) -> Snapshot:
    clock = VirtualClock(played.recipe.start_ms)
    world = played.recipe.world(clock)
    for happened in played.timeline.inputs[:count]:
        world.apply(happened)
        world.forget_replies()
    return state_of(world.engine)


@pytest.mark.parametrize("seed", range(12))
def test_seek_equals_running_the_first_n_inputs(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeline_module, "WORK_BETWEEN_SNAPSHOTS", 30)
    rng = Random(seed)
    played = session(seed)
    play(played, rng, 150)
    places = [*rng.sample(range(played.length + 1), 12), played.length, 0]
    for place in places:
        played.seek(place)
        assert state_of_seeked(played) == from_nothing(played, place)


def state_of_seeked(played: Session) -> Snapshot:
    """The state without disturbing what the session's own snapshots share."""
    engine = played.engine
    engine.check()
    twin = played.fork()
    return state_of(twin.engine)


@pytest.mark.parametrize("seed", range(6))
def test_an_engine_at_a_moment_equals_the_engine_that_went_there(seed: int) -> None:
    played = session(seed)
    play(played, Random(seed), 80)
    place = Random(seed).randrange(played.length)
    engine = played.timeline.world_at(place).engine
    assert state_of(engine) == from_nothing(played, place)


@pytest.mark.parametrize("seed", range(6))
def test_wandering_about_and_forking_leaves_the_engine_exact(seed: int) -> None:
    rng = Random(seed)
    played = session(seed)
    play(played, rng, 40)
    for _ in range(8):
        played.seek(rng.randrange(played.length + 1))
        if rng.random() < 0.5:
            play(played, rng, 5)
        if played.branches and rng.random() < 0.3:
            played.switch(rng.randrange(len(played.branches)))
    assert state_of_seeked(played) == from_nothing(played, played.position)
