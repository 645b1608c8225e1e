"""A base of commands in steps: those of the moment it began, whatever happens meanwhile."""

from __future__ import annotations

from time import process_time

import pytest

from redlearn.persistence.aof_write import annotation, rewritten
from redlearn.persistence.rewrite import Rewrite
from redlearn.persistence.waiting import ENOUGH
from redlearn.timeline.snapshot import Freezer
from tests.conftest import Redis
from tests.persistence.files import (
    ALL_TYPES,
    ENDING_FIELDS,
    LIBRARY,
    check,
    contents,
    filled,
    new_redis,
    replayed,
)
from tests.persistence.test_aof_write import commands
from tests.persistence.test_snapshot import DEEDS, MANY


def rest_of(rewrite: Rewrite, keys: int = 10) -> bytes:
    """All that is still to be written."""
    pieces = []
    while (piece := rewrite.step(keys)) is not None:
        pieces.append(piece)
    return b"".join(pieces)


def at_once(redis: Redis) -> bytes:
    """The commands of what there is now."""
    return b"".join(rewritten(redis.engine.state))


@pytest.mark.parametrize("keys", [1, 7, 20])
def test_where_nothing_happens_they_are_the_commands_of_a_rewrite_at_once(keys: int) -> None:
    redis = filled(*ALL_TYPES, *ENDING_FIELDS, *MANY, "SELECT 3", *MANY, "EXPIRE key:7 100")
    assert rest_of(Rewrite(redis.engine.state), keys) == at_once(redis)


def test_of_nothing_there_is_no_command() -> None:
    assert rest_of(Rewrite(new_redis().engine.state)) == b""


def test_the_time_and_libraries_come_first() -> None:
    redis = filled("SET a 1")
    redis.all("FUNCTION", "LOAD", LIBRARY)
    data = rest_of(Rewrite(redis.engine.state, 1_700_000_000))
    assert data.startswith(annotation(1_700_000_000))
    assert commands(data)[1:] == [
        [b"FUNCTION", b"LOAD", LIBRARY.encode()], [b"SELECT", b"0"], [b"SET", b"a", b"1"],
    ]  # fmt: skip


@pytest.mark.parametrize("deed", DEEDS)
def test_no_command_changes_what_is_written(deed: str) -> None:
    redis = filled(*ALL_TYPES, *ENDING_FIELDS, *MANY)
    expected = contents(replayed(at_once(redis)))
    rewrite = Rewrite(redis.engine.state)
    begun = rewrite.step(1)
    assert begun
    redis.all(*deed.split(" "))
    assert contents(replayed(begun + rest_of(rewrite))) == expected


def test_a_key_that_ends_meanwhile_is_there_with_its_end() -> None:
    redis = filled("SET a 1 PX 10", "SET b 2 PX 10", "HSET h f 1 g 2")
    redis("HPEXPIRE h 10 FIELDS 1 f")
    rewrite = Rewrite(redis.engine.state)
    expected = sorted(commands(at_once(redis)))
    redis.advance(100)
    assert redis("GET a") is None
    assert redis("HGET h f") is None
    redis.engine.tick()
    assert redis("DBSIZE") == 1
    assert sorted(commands(rest_of(rewrite))) == expected


def test_a_key_is_written_once_whoever_comes_first() -> None:
    redis = filled(*MANY)
    rewrite = Rewrite(redis.engine.state)
    data = rewrite.step(30)
    assert data
    redis("DEBUG POPULATE 2000")  # a rehash, or two
    for number in range(0, 100, 3):
        redis(f"SET key:{number} other")
        redis(f"DEL key:{number}")
    data += rest_of(rewrite)
    assert sorted(commands(data)[1:]) == sorted(
        [b"SET", b"key:%d" % number, b"%d" % number] for number in range(100)
    )
    assert 0 < rewrite.copied_keys < 34


def test_databases_that_change_places_keep_their_numbers_of_the_start() -> None:
    redis = filled("SET a 1", "SELECT 1", "SET b 2")
    expected = contents(redis)
    rewrite = Rewrite(redis.engine.state)
    redis("SWAPDB 0 1")
    redis("SELECT 0")
    redis("SET b other")
    redis("SELECT 1")
    redis("SET a other")
    assert contents(replayed(rest_of(rewrite))) == expected


def test_a_database_that_was_brought_forward_is_named_before_its_turn() -> None:
    redis = filled(*MANY, "SELECT 9", "SET b 2", "SET c 3")
    rewrite = Rewrite(redis.engine.state)
    data = rewrite.step(10)
    assert data
    redis("DEL b")
    data += rest_of(rewrite)
    named = [argv[1] for argv in commands(data) if argv[0] == b"SELECT"]
    assert named == [b"0", b"9", b"0", b"9"]
    assert len(replayed(data).engine.state.databases[9]) == 2


def test_a_step_ends_once_its_bytes_are_enough() -> None:
    redis = filled(*(f"SET key:{number} " + "x" * 5000 for number in range(40)), *MANY[50:])
    rewrite = Rewrite(redis.engine.state)
    pieces = []
    while (piece := rewrite.step(1000)) is not None:
        pieces.append(piece)
    assert max(map(len, pieces)) < ENOUGH + 3 * 5100
    assert b"".join(pieces) == at_once(redis)


@pytest.mark.parametrize("steps", [0, 1, 4])
def test_frozen_and_thawed_it_goes_on_to_the_same_commands(steps: int) -> None:
    redis = filled(*ALL_TYPES, *MANY, "SELECT 2", "SET a 1", "EXPIRE a 100", "SELECT 0")
    state = redis.engine.state
    freezer = Freezer(redis.engine)
    rewrite = Rewrite(state)
    begun = b"".join(rewrite.step(15) or b"" for _ in range(steps))
    redis("SET key:7 x")
    frozen, world = rewrite.freeze(), freezer.freeze()

    def go_on(rewrite: Rewrite) -> tuple[bytes, int]:
        data = begun + (rewrite.step(1) or b"")
        redis("DEL key:8")
        redis("SWAPDB 0 2")
        redis("FLUSHALL")
        redis("SET key:9 y")
        return data + rest_of(rewrite), rewrite.copied_keys

    first = go_on(rewrite)
    freezer.thaw(world)
    thawed = Rewrite.thaw(frozen, state)
    assert thawed.freeze() == frozen
    assert thawed.keys_total == rewrite.keys_total
    second = go_on(thawed)
    assert contents(replayed(second[0])) == contents(replayed(first[0]))
    assert second[1] == first[1]
    check(redis)


def test_no_pause_is_longer_than_fifty_milliseconds_for_100_000_small_keys() -> None:
    redis = new_redis()
    redis("DEBUG POPULATE 100000")
    begins, steps = [], []
    for _ in range(3):
        start = process_time()
        rewrite = Rewrite(redis.engine.state)
        begins.append(process_time() - start)
        longest, more = 0.0, True
        while more:
            start = process_time()
            more = rewrite.step(500) is not None
            longest = max(longest, process_time() - start)
        steps.append(longest)
    assert min(begins) < 0.025  # a millisecond, on a machine with nothing else to do
    assert min(steps) < 0.025  # two
