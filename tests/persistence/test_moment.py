"""What a snapshot and a rewrite have in common: keys of one moment, whatever happens meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from time import process_time
from typing import Any

import pytest

from redlearn.engine.state import State
from redlearn.persistence.aof_write import rewritten
from redlearn.persistence.moment import Moment
from redlearn.persistence.rdb_records import Key, SelectDb, records
from redlearn.persistence.rewrite import Rewrite
from redlearn.persistence.snapshot import Snapshot
from redlearn.persistence.waiting import ENOUGH
from redlearn.timeline.snapshot import Freezer
from tests.conftest import Redis
from tests.persistence.files import (
    ALL_TYPES,
    ENDING_FIELDS,
    check,
    contents,
    filled,
    loaded,
    new_redis,
    replayed,
    save,
)
from tests.persistence.test_aof_write import commands

MANY = tuple(f"SET key:{number} {number}" for number in range(100))
LONG = tuple(f"SET key:{number} {'x' * 16}" for number in range(100))
DEEDS = [
    "SET key:5 other", "APPEND key:5 x", "DEL key:5", "EXPIRE key:5 100", "RENAME key:5 new",
    "RENAME key:6 key:5", "MOVE key:5 1", "INCR key:5", "GETDEL key:5", "SETRANGE key:5 0 x",
    "FLUSHALL", "FLUSHDB ASYNC", "SWAPDB 0 1", "COPY key:6 key:5 REPLACE", "SET new v",
    "GETEX key:5 EX 100", "SETBIT key:5 1 1", "RESTORE key:5 0 x", "UNLINK key:5 key:6",
    "HSET list f v", "RPUSH list z", "LTRIM wide 1 0", "SADD numbers x", "SPOP words",
    "HDEL hash f", "HINCRBY hash g 1", "ZADD scores 5 a", "ZREM tall b", "XADD stream 9-9 a b",
    "XACK stream g 2-1", "XCLAIM stream g bob 0 2-1", "XAUTOCLAIM stream g bob 0 -",
    "XREADGROUP GROUP g ann STREAMS stream 0", "XREADGROUP GROUP g bob STREAMS stream >",
    "XTRIM stream MAXLEN 0", "XGROUP DESTROY stream g", "PFADD visitors z", "PFCOUNT visitors",
    "PERSIST mortal",
    "SORT list ALPHA STORE key:5", "SUNIONSTORE key:5 words", "LMOVE list wide LEFT LEFT",
    "SMOVE words numbers a", "MSET key:5 a key:6 b", "BITFIELD bits SET u8 0 3",
    "DEBUG POPULATE 500", "HEXPIRE hash 100 FIELDS 1 f", "GEOADD places 1 1 x",
]  # fmt: skip
"""Commands of which each changes keys that `ALL_TYPES` and `MANY` make."""


@dataclass(frozen=True)
class Way:
    """One of the two ways into a file.

    Attributes:
        begin: Begin to write what a state holds.
        thaw: Go on with what was frozen.
        at_once: The whole file, of an engine to which nothing happens meanwhile.
        back: An engine with what a file holds.
        keys: The names in a file, in order; of strings.
        databases: The numbers in a file, in order.
    """

    begin: Callable[[State], Snapshot | Rewrite]
    thaw: Callable[[Any, State], Snapshot | Rewrite]
    at_once: Callable[[Redis], bytes]
    back: Callable[[bytes], Redis]
    keys: Callable[[bytes], list[bytes]]
    databases: Callable[[bytes], list[int]]


SNAPSHOT = Way(
    partial(Snapshot, compress=False),
    Snapshot.thaw,
    partial(save, compress=False),
    loaded,
    lambda data: [each.key for each in records(data) if isinstance(each, Key)],
    lambda data: [each.index for each in records(data) if isinstance(each, SelectDb)],
)
REWRITE = Way(
    Rewrite,
    Rewrite.thaw,
    lambda redis: b"".join(rewritten(redis.engine.state)),
    replayed,
    lambda data: [argv[1] for argv in commands(data) if argv[0] == b"SET"],
    lambda data: [int(argv[1]) for argv in commands(data) if argv[0] == b"SELECT"],
)
WAYS = pytest.mark.parametrize("way", [SNAPSHOT, REWRITE], ids=["snapshot", "rewrite"])


def begun(moment: Snapshot | Rewrite, keys: int = 10) -> bytes:
    """The first bytes."""
    piece = moment.step(keys)
    assert piece
    return piece


def rest_of(moment: Snapshot | Rewrite, keys: int = 10) -> list[bytes]:
    """All that is still to be written, by steps."""
    pieces = []
    while (piece := moment.step(keys)) is not None:
        pieces.append(piece)
    return pieces


@WAYS
@pytest.mark.parametrize("deed", DEEDS)
def test_no_command_changes_what_is_written(way: Way, deed: str) -> None:
    redis = filled(*ALL_TYPES, *ENDING_FIELDS, *MANY)
    expected = contents(way.back(way.at_once(redis)))
    moment = way.begin(redis.engine.state)
    first = begun(moment, 1)
    redis.all(*deed.split(" "))
    assert contents(way.back(first + b"".join(rest_of(moment)))) == expected


@WAYS
def test_a_key_that_ends_meanwhile_is_there_with_its_end(way: Way) -> None:
    redis = filled("SET a 1 PX 10", "SET b 2 PX 10", "HSET h f 1 g 2")
    redis("HPEXPIRE h 10 FIELDS 1 f")
    moment, expected = way.begin(redis.engine.state), contents(redis)
    redis.advance(100)
    assert redis("GET a") is None
    assert redis("HGET h f") is None
    redis.engine.tick()
    assert redis("DBSIZE") == 1
    assert contents(way.back(b"".join(rest_of(moment)))) == expected


@WAYS
def test_a_key_is_written_once_whoever_comes_first(way: Way) -> None:
    redis = filled(*MANY)
    moment, expected = way.begin(redis.engine.state), contents(redis)
    data = begun(moment, 30)
    redis("DEBUG POPULATE 2000")  # a rehash, or two
    for number in range(0, 100, 3):
        redis(f"SET key:{number} other")
        redis(f"DEL key:{number}")
    data += b"".join(rest_of(moment))
    assert sorted(way.keys(data)) == sorted(b"key:%d" % number for number in range(100))
    assert contents(way.back(data)) == expected
    assert 0 < moment.copied_keys < 34


@WAYS
def test_databases_that_change_places_keep_their_numbers_of_the_start(way: Way) -> None:
    redis = filled("SET a 1", "SELECT 1", "SET b 2")
    expected = contents(redis)
    moment = way.begin(redis.engine.state)
    redis("SWAPDB 0 1")
    redis("SELECT 0")
    redis("SET b other")
    redis("SELECT 1")
    redis("SET a other")
    assert contents(way.back(b"".join(rest_of(moment)))) == expected


@WAYS
def test_a_database_that_was_brought_forward_is_named_before_its_turn(way: Way) -> None:
    redis = filled(*MANY, "SELECT 9", "SET b 2", "SET c 3")
    moment = way.begin(redis.engine.state)
    data = begun(moment)
    redis("DEL b")
    data += b"".join(rest_of(moment))
    assert way.databases(data) == [0, 9, 0, 9]
    assert len(way.back(data).engine.state.databases[9]) == 2


@WAYS
def test_a_step_ends_once_its_bytes_are_enough(way: Way) -> None:
    redis = filled(*(f"SET key:{number} " + "x" * 5000 for number in range(40)), *MANY[50:])
    pieces = rest_of(way.begin(redis.engine.state), 1000)
    assert max(map(len, pieces)) < ENOUGH + 3 * 5100
    assert len(b"".join(pieces)) > 40 * 5000
    assert b"".join(pieces) == way.at_once(redis)


@WAYS
def test_it_says_how_many_keys_there_were_and_how_many_are_done(way: Way) -> None:
    redis = filled(*LONG, "SELECT 3", "SET a 1")
    moment = way.begin(redis.engine.state)
    assert isinstance(moment, Moment)
    assert (moment.keys_done, moment.keys_total) == (0, 101)
    begun(moment)
    assert 10 <= moment.keys_done < 20
    assert len(rest_of(moment)) >= 5
    assert moment.keys_done == moment.keys_total


@WAYS
def test_what_a_write_brings_forward_is_held_until_the_next_step(way: Way) -> None:
    redis = filled(*LONG)
    moment = way.begin(redis.engine.state)
    redis("SET key:7 y")
    assert moment.copied_keys == 1
    assert moment.copied.held == moment.copied.most == moment.copied_bytes > 16
    for number in range(100):
        redis(f"SET key:{number} y")
        if number % 5 == 4:
            moment.step(1)
    assert moment.copied_keys > 50
    assert moment.copied_bytes > 16 * moment.copied_keys
    assert moment.copied.held == 0 < moment.copied.most < 6 * 60


@WAYS
def test_after_the_end_nobody_is_told_and_another_may_begin(way: Way) -> None:
    redis = filled(*LONG)
    moment = way.begin(redis.engine.state)
    assert redis.engine.state.databases[0].observed
    rest_of(moment)
    assert not redis.engine.state.databases[0].observed
    assert moment.step(1) is None
    begun(way.begin(redis.engine.state))


@WAYS
def test_given_up_it_has_no_more_bytes_and_nobody_is_told(way: Way) -> None:
    redis = filled(*LONG)
    for steps in (0, 1, 5):
        moment = way.begin(redis.engine.state)
        for _ in range(steps):
            moment.step(5)
        moment.cancel()
        assert moment.step(5) is None
        assert all(db.shadow is None for db in redis.engine.state.databases)
        assert all(db.keys.guard is None for db in redis.engine.state.databases)
        done = moment.copied_keys
        redis("SET key:1 other")
        assert moment.copied_keys == done


@WAYS
def test_it_takes_eight_bytes_for_each_bucket_of_the_start(way: Way) -> None:
    redis = filled(*LONG)
    moment = way.begin(redis.engine.state)
    assert moment.list_bytes == 8 * 128
    rest_of(moment)
    assert moment.list_bytes == 0
    assert way.begin(new_redis().engine.state).list_bytes == 0


@WAYS
def test_nobody_is_shown_how_a_value_is_written(way: Way) -> None:
    redis = filled("ZADD tall " + " ".join(f"{n} m{n}" for n in range(300)), "RPUSH list a b",
                   "XADD stream 1-1 a b", "HSET hash f v", "SADD set a b")  # fmt: skip
    seen: list[object] = []
    redis.engine.probe.emit = seen.append
    moment = way.begin(redis.engine.state)
    while moment.step(1) is not None:
        pass
    assert seen == []
    moment = way.begin(redis.engine.state)
    redis.engine.state.databases[0].shadow.changing(b"tall")  # type: ignore[union-attr]
    assert moment.copied_keys == 1
    assert seen == []


@WAYS
@pytest.mark.parametrize("steps", [0, 1, 4])
def test_frozen_and_thawed_it_goes_on_to_the_same_keys(way: Way, steps: int) -> None:
    redis = filled(*ALL_TYPES, *MANY, "SELECT 2", "SET a 1", "EXPIRE a 100", "SELECT 0")
    state = redis.engine.state
    freezer = Freezer(redis.engine)
    moment = way.begin(state)
    first = b"".join(begun(moment, 15) for _ in range(steps))
    redis("SET key:7 x")
    frozen, world = moment.freeze(), freezer.freeze()

    def go_on(moment: Snapshot | Rewrite) -> tuple[object, int]:
        data = first + begun(moment, 1)
        redis("DEL key:8")
        redis("SWAPDB 0 2")
        redis("FLUSHALL")
        redis("SET key:9 y")
        return contents(way.back(data + b"".join(rest_of(moment)))), moment.copied_keys

    seen = go_on(moment)
    freezer.thaw(world)
    thawed = way.thaw(frozen, state)
    assert thawed.freeze() == frozen
    assert thawed.keys_total == moment.keys_total
    assert go_on(thawed) == seen
    check(redis)


@pytest.mark.parametrize(
    ("way", "keys"), [(SNAPSHOT, 1000), (REWRITE, 500)], ids=["snapshot", "rewrite"]
)
def test_no_pause_is_longer_than_fifty_milliseconds_for_100_000_small_keys(
    way: Way, keys: int
) -> None:
    redis = new_redis()
    redis("DEBUG POPULATE 100000")
    begins, steps = [], []
    for _ in range(3):
        start = process_time()
        moment = way.begin(redis.engine.state)
        begins.append(process_time() - start)
        longest, more = 0.0, True
        while more:
            start = process_time()
            more = moment.step(keys) is not None
            longest = max(longest, process_time() - start)
        steps.append(longest)
    assert min(begins) < 0.025  # a millisecond, on a machine with nothing else to do
    assert min(steps) < 0.025  # two
