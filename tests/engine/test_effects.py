"""Effects: what is passed on, in which form, and what holds together as a unit."""

from __future__ import annotations

import pytest

from redlearn.engine.effects import (
    ANY_DB,
    EXEC,
    MULTI,
    Effect,
    Intake,
    Propagated,
    Run,
    as_unit,
    count_units,
    feed_run,
)
from tests.conftest import Redis
from tests.engine.commands.said import passed_on


def test_one_effect_stands_alone() -> None:
    effect = Effect(3, (b"SET", b"k", b"v"))
    assert as_unit([effect]) == (effect,)


def test_several_effects_are_wrapped_and_need_no_select_for_the_wrapping() -> None:
    effects = [Effect(1, (b"DEL", b"a")), Effect(2, (b"DEL", b"b"))]
    unit = as_unit(effects)
    assert unit == (MULTI, *effects, EXEC)
    assert MULTI.db == EXEC.db == ANY_DB


def test_a_run_goes_whole_to_who_can_do_with_that_and_one_by_one_to_others() -> None:
    run = Run(1, [[b"SET", b"k", b"v"], [b"DEL", b"k"]])
    units = [(Effect(1, (b"SET", b"k", b"v")),), (Effect(1, (b"DEL", b"k")),)]
    intake, told = Intake(), list[tuple[Effect, ...]]()
    intake(units[0])
    feed_run([told.append, intake], run)
    assert told == run.units() == units
    assert intake.fed == [units[0], run]
    assert count_units(intake.fed) == 3


@pytest.mark.parametrize("command", ["GET k", "EXISTS k", "TTL k", "SELECT 1", "PING", "NOPE"])
def test_what_changes_nothing_passes_on_nothing(redis: Redis, command: str) -> None:
    assert passed_on(redis, command) == []


@pytest.mark.parametrize(
    "command",
    ["SET k v", "set k v XX GET", "HSET h f v", "ZADD z 1 m", "FLUSHALL", "flushdb ASYNC"],
)
def test_most_commands_are_passed_on_word_for_word(redis: Redis, command: str) -> None:
    redis("SET k before")
    if "GET" in command:
        assert passed_on(redis, command) == ["set k v XX"]
    else:
        assert passed_on(redis, command) == [command]


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("EXPIRE k 10", "PEXPIREAT k 1010000"),
        ("SET k v EX 10", "SET k v PXAT 1010000"),
        ("GETDEL k", "DEL k"),
        ("GETEX k EX 10", "PEXPIREAT k 1010000"),
        ("INCRBYFLOAT k 0.5", "SET k 5.5 KEEPTTL"),
        ("ZMPOP 2 none z MIN", "ZPOPMIN z 1"),
        ("HINCRBYFLOAT h f 0.5", "HSET h f 0.5"),
    ],
)
def test_what_depends_on_clock_or_state_is_passed_on_as_its_outcome(
    redis: Redis, command: str, words: str
) -> None:
    redis("SET k 5")
    redis("ZADD z 1 m")
    assert passed_on(redis, command) == [words]


def test_a_read_that_finds_its_key_expired_passes_on_a_del(redis: Redis) -> None:
    redis("SET k v PX 10")
    redis.advance(10)
    assert passed_on(redis, "GET k") == ["DEL k"]
    assert passed_on(redis, "GET k") == []


def test_or_an_unlink_where_memory_is_freed_by_another_thread(redis: Redis) -> None:
    redis("CONFIG SET lazyfree-lazy-expire yes")
    redis("SET k v PX 10")
    redis.advance(10)
    assert passed_on(redis, "GET k") == ["UNLINK k"]


def test_what_a_command_found_expired_and_what_it_did_hold_together(redis: Redis) -> None:
    redis("SET k v PX 10")
    redis.advance(10)
    assert passed_on(redis, "INCR k") == ["MULTI", "DEL k", "INCR k", "EXEC"]


def test_a_scan_passes_on_each_key_it_finds_expired_by_itself(redis: Redis) -> None:
    redis("SET a v PX 10")
    redis("SET b v PX 10")
    redis.advance(10)
    assert sorted(passed_on(redis, "SCAN 0")) == ["DEL a", "DEL b"]


def test_exec_passes_on_what_its_commands_did_as_one_unit(redis: Redis) -> None:
    for line in ("MULTI", "SET a 1", "GET a", "SELECT 2", "INCR a", "NOSUCH"):
        redis.all(line)
    redis.all("DISCARD")
    for line in ("MULTI", "SET a 1", "GET a", "SELECT 2", "INCR a"):
        redis.all(line)
    assert passed_on(redis, "EXEC") == ["MULTI", "SET a 1", "@2 INCR a", "EXEC"]


def test_an_exec_that_did_one_thing_passes_on_just_that(redis: Redis) -> None:
    for line in ("MULTI", "GET a", "SET a 1"):
        redis.all(line)
    assert passed_on(redis, "EXEC") == ["SET a 1"]


def test_an_exec_that_did_nothing_passes_on_nothing(redis: Redis) -> None:
    for line in ("MULTI", "GET a", "DEL a"):
        redis.all(line)
    assert passed_on(redis, "EXEC") == []


def test_the_probe_is_told_of_what_is_passed_on(redis: Redis) -> None:
    events = redis.events("SET k v")
    assert Propagated((Effect(0, (b"SET", b"k", b"v")),)) in events
    assert not any(isinstance(event, Propagated) for event in redis.events("GET k"))


def test_each_sink_gets_every_unit(redis: Redis) -> None:
    first: list[tuple[Effect, ...]] = []
    second: list[tuple[Effect, ...]] = []
    redis.engine.state.sinks += [first.append, second.append]
    redis("SET k v")
    redis("DEL k")
    assert first == second
    assert len(first) == 2
