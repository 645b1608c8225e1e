"""Effects are enough: an engine that is fed another one's effects ends with the same data."""

from random import Random

import pytest

from redlearn.clock import VirtualClock
from redlearn.engine.effects import ANY_DB, Effect
from redlearn.engine.engine import Engine
from redlearn.engine.values import Hash, Set, Stream, String, Value, ZSet
from redlearn.timeline.log import apply
from redlearn.timeline.timeline import forget_replies
from tests.properties.programs import play, session

Dump = list[dict[bytes, tuple[str, object, int]]]


def held(value: Value) -> object:
    """What is in a value, in no order where it has none of its own."""
    match value:
        case String():
            return value.data()
        case Hash():
            return {field: (data, moment) for field, data, moment in value.rows()}
        case ZSet():
            return dict(value)
        case Set():
            return {*value}
        case Stream():
            return [(entry.id, entry.items) for entry in value.range()], value.last_id
        case _:
            return list(value)


def contents(engine: Engine) -> Dump:
    """Every key with its type, what is in it (in no order of buckets) and when it expires."""
    dump: Dump = []
    for db in engine.state.databases:
        rows: dict[bytes, tuple[str, object, int]] = {}
        for entry in db.keys:
            value = entry.value
            rows[entry.key] = (value.type, held(value), db.expiry_of(entry.key))
        dump.append(rows)
    return dump


@pytest.mark.parametrize("seed", range(15))
def test_an_engine_fed_the_effects_holds_the_same_data(seed: int) -> None:
    played = session(seed)
    play(played, Random(seed), 250)
    clock = VirtualClock(played.recipe.start_ms)
    engine = played.recipe.make(clock)
    passed_on: list[Effect] = []
    engine.state.sinks.append(passed_on.extend)
    for happened in played.timeline.inputs:
        apply(engine, clock, happened)
        forget_replies(engine)

    # The follower's clock stands far in the past: it must not expire anything by itself.
    follower = played.recipe.make(VirtualClock(0))
    client = follower.connect()
    client.obeyed = True
    selected = 0
    for db, argv in passed_on:
        if db not in (selected, ANY_DB):  # as an append-only file does it, inside of MULTI too
            follower.execute(client, [b"SELECT", b"%d" % db])
            selected = db
        follower.execute(client, list(argv))
    assert contents(follower) == contents(engine)
    follower.check()
