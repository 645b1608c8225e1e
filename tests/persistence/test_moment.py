"""What a snapshot and a rewrite have in common: keys of one moment, and who is told of changes."""

from __future__ import annotations

import pytest

from redlearn.persistence.moment import Moment
from redlearn.persistence.rewrite import Rewrite
from redlearn.persistence.snapshot import Snapshot
from tests.persistence.files import filled, new_redis

MANY = tuple(f"SET key:{number} {'x' * 16}" for number in range(100))
KINDS = pytest.mark.parametrize("kind", [Snapshot, Rewrite])
Kind = type[Snapshot | Rewrite]


def begun(moment: Snapshot | Rewrite, keys: int = 10) -> bytes:
    """The first bytes."""
    while not (piece := moment.step(keys)):
        assert piece is not None
    return piece


def rest_of(moment: Snapshot | Rewrite, keys: int = 10) -> int:
    """Go on to the end: how many steps that took."""
    steps = 0
    while moment.step(keys) is not None:
        steps += 1
    return steps


@KINDS
def test_it_says_how_many_keys_there_were_and_how_many_are_done(kind: Kind) -> None:
    redis = filled(*MANY, "SELECT 3", "SET a 1")
    moment = kind(redis.engine.state)
    assert isinstance(moment, Moment)
    assert (moment.keys_done, moment.keys_total) == (0, 101)
    begun(moment)
    assert 10 <= moment.keys_done < 20
    assert rest_of(moment) >= 5
    assert moment.keys_done == moment.keys_total


@KINDS
def test_what_a_write_brings_forward_is_held_until_the_next_step(kind: Kind) -> None:
    redis = filled(*MANY)
    moment = kind(redis.engine.state)
    for number in range(100):
        redis(f"SET key:{number} y")
        if number % 5 == 4:
            moment.step(1)
    assert moment.copied_keys > 50
    assert moment.copied_bytes > 16 * moment.copied_keys
    assert moment.copied.held == 0 < moment.copied.most < 6 * 60


@KINDS
def test_after_the_end_nobody_is_told_and_another_may_begin(kind: Kind) -> None:
    redis = filled(*MANY)
    moment = kind(redis.engine.state)
    assert redis.engine.state.databases[0].observed
    rest_of(moment)
    assert not redis.engine.state.databases[0].observed
    assert moment.step(1) is None
    begun(kind(redis.engine.state))


@KINDS
def test_given_up_it_has_no_more_bytes_and_nobody_is_told(kind: Kind) -> None:
    redis = filled(*MANY)
    for steps in (0, 1, 5):
        moment = kind(redis.engine.state)
        for _ in range(steps):
            moment.step(5)
        moment.cancel()
        assert moment.step(5) is None
        assert all(db.shadow is None for db in redis.engine.state.databases)
        assert all(db.keys.guard is None for db in redis.engine.state.databases)
        done = moment.copied_keys
        redis("SET key:1 other")
        assert moment.copied_keys == done


@KINDS
def test_it_takes_eight_bytes_for_each_bucket_of_the_start(kind: Kind) -> None:
    redis = filled(*MANY)
    assert kind(redis.engine.state).list_bytes == 8 * 128
    assert kind(new_redis().engine.state).list_bytes == 0


@KINDS
def test_nobody_is_shown_how_a_value_is_written(kind: Kind) -> None:
    redis = filled("ZADD tall " + " ".join(f"{n} m{n}" for n in range(300)), "RPUSH list a b",
                   "XADD stream 1-1 a b", "HSET hash f v", "SADD set a b")  # fmt: skip
    seen: list[object] = []
    redis.engine.probe.emit = seen.append
    moment = kind(redis.engine.state)
    while moment.step(1) is not None:
        pass
    assert seen == []
    moment = kind(redis.engine.state)
    redis.engine.state.databases[0].shadow.changing(b"tall")  # type: ignore[union-attr]
    assert moment.copied_keys == 1
    assert seen == []
