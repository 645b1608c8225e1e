"""Effects are enough: an engine that is fed another one's effects ends with the same data."""

from random import Random

import pytest

from redlearn.clock import VirtualClock
from redlearn.engine.digest import digest_of_dataset
from redlearn.engine.effects import ANY_DB, Effect
from redlearn.engine.engine import Engine
from redlearn.engine.values import Hash, Set, Stream, String, Value, ZSet
from redlearn.engine.values.stream_group import Group
from redlearn.engine.values.string import boxed
from redlearn.resp.reply import Failure
from redlearn.timeline.log import apply
from redlearn.timeline.world import forget_replies
from tests.oracle.programs import everything
from tests.properties.programs import any_call, play, session

START_MS = 1_700_000_000_000

START_MS = 1_700_000_000_000

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
            return (
                [(entry.id, entry.items) for entry in value.range()],
                (value.last_id, value.entries_added, value.max_deleted_id),
                {name: group_of(group) for name, group in value.groups},
            )
        case _:
            return list(value)


def group_of(group: Group) -> object:
    """How far a group is and whose is what; not when and how often it was handed out."""
    owners = {place: pending.consumer.name for place, pending in group.pending.ascending()}
    return group.last_id, group.entries_read, owners


def contents(engine: Engine) -> Dump:
    """Every key with its type, what is in it (in no order of buckets) and when it expires."""
    dump: Dump = []
    for db in engine.state.databases:
        rows: dict[bytes, tuple[str, object, int]] = {}
        for entry in db.keys:
            value = boxed(entry.value)
            rows[entry.key] = (value.type, held(value), db.expiry_of(entry.key))
        dump.append(rows)
    return dump


class Follower:
    """An engine that runs nothing but what another one passes on.

    Its clock stands far in the past: it must not expire anything by itself.
    """

    def __init__(self, engine: Engine) -> None:
        self.leader = engine
        self.engine = Engine(VirtualClock(0), seed=99)
        self._client = self.engine.connect()
        self._client.obeyed = True
        self._selected = 0
        self._passed_on: list[Effect] = []
        engine.state.sinks.append(self._passed_on.extend)

    def catch_up(self) -> None:
        """Run what was passed on, and assert that both hold the same now."""
        for db, argv in self._passed_on:
            if db not in (self._selected, ANY_DB):  # as in an append-only file, in MULTI too
                self.engine.execute(self._client, [b"SELECT", b"%d" % db])
                self._selected = db
            self.engine.execute(self._client, list(argv))
            refusals = [reply for reply in self._client.take() if isinstance(reply, Failure)]
            assert refusals == [], argv
        self._passed_on.clear()
        assert contents(self.engine) == contents(self.leader)
        digests = [digest_of_dataset(each.state.databases) for each in (self.engine, self.leader)]
        assert digests[0] == digests[1]
        self.engine.check()


@pytest.mark.parametrize("seed", range(15))
def test_an_engine_fed_the_effects_holds_the_same_data(seed: int) -> None:
    played = session(seed)
    play(played, Random(seed), 250)
    clock = VirtualClock(played.recipe.start_ms)
    engine = played.recipe.make(clock)
    follower = Follower(engine)
    for happened in played.timeline.inputs:
        apply(engine, clock, happened)
        forget_replies(engine)
    follower.catch_up()


@pytest.mark.parametrize("seed", range(12))
def test_so_it_does_all_along_when_clients_wait_for_each_other(seed: int) -> None:
    """Calls of all groups as real servers are sent them, and keys that end meanwhile."""
    rng = Random(seed)
    clock = VirtualClock(START_MS)
    engine = Engine(clock, seed=seed)
    clients = [engine.connect() for _ in range(4)]
    follower = Follower(engine)
    for step in range(700):
        number = rng.randrange(4)
        engine.execute(clients[number], any_call(rng, number))
        if rng.random() < 0.06:
            key = rng.choice(everything.ALL_KEYS)
            engine.execute(clients[0], [b"PEXPIRE", key, b"%d" % rng.randrange(1, 900)])
        if rng.random() < 0.1:
            clock.ms += rng.randrange(400)
            engine.tick()
        forget_replies(engine)
        if step % 20 == 0:
            follower.catch_up()
