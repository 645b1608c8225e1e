"""MULTI, EXEC, DISCARD, WATCH, UNWATCH: as commands, with their words."""

from __future__ import annotations

import pytest

from redlearn.resp.reply import NULL_ARRAY, OK, QUEUED, Failure
from tests.conftest import Redis
from tests.engine.commands.said import passed_on, refused, told


def queue(redis: Redis, *lines: str) -> None:
    assert redis("MULTI") == OK
    for line in lines:
        assert redis(line) == QUEUED


def test_nothing_happens_before_exec_and_all_of_it_then(redis: Redis) -> None:
    queue(redis, "SET k 1", "INCR k", "GET k")
    assert redis.connect()("EXISTS k") == 0
    assert redis("EXEC") == [OK, 2, b"2"]
    assert redis.client.queue is None


def test_an_empty_transaction_replies_nothing(redis: Redis) -> None:
    queue(redis)
    assert redis("EXEC") == []


def test_discard_runs_nothing(redis: Redis) -> None:
    redis("WATCH w")
    queue(redis, "SET k 1")
    assert redis("DISCARD") == OK
    assert redis("EXISTS k") == 0
    assert redis.client.watched == []


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("EXEC", "ERR EXEC without MULTI"),
        ("DISCARD", "ERR DISCARD without MULTI"),
        ("WATCH", "ERR wrong number of arguments for 'watch' command"),
        ("MULTI x", "ERR wrong number of arguments for 'multi' command"),
        ("EXEC x", "EXECABORT Transaction discarded because of: "
                   "wrong number of arguments for 'exec' command"),
        ("UNWATCH k", "ERR wrong number of arguments for 'unwatch' command"),
    ],
)  # fmt: skip
def test_out_of_place(redis: Redis, line: str, text: str) -> None:
    assert refused(redis, line) == text


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("MULTI", "ERR MULTI calls can not be nested"),
        ("WATCH k", "ERR WATCH inside MULTI is not allowed"),
    ],
)
def test_what_may_not_stand_inside_does_not_doom_it(redis: Redis, line: str, text: str) -> None:
    queue(redis, "SET k 1")
    assert refused(redis, line) == text
    assert redis("EXEC") == [OK]


def test_monitor_may_be_queued_and_is_refused_then(redis: Redis) -> None:
    text = "ERR MONITOR isn't allowed for DENY BLOCKING client"
    queue(redis, "MONITOR", "SET k 1")
    assert redis("EXEC") == [Failure(text), OK]
    assert not redis.engine.state.crowd.monitors


def test_unwatch_inside_waits_like_others(redis: Redis) -> None:
    redis("WATCH k")
    redis.connect()("SET k v")
    queue(redis, "UNWATCH", "PING x")
    assert redis("EXEC") is NULL_ARRAY


def test_an_error_inside_rolls_nothing_back(redis: Redis) -> None:
    queue(redis, "SET k v", "HGET k f", "SET l w")
    first, second, third = redis("EXEC")
    assert (first, third) == (OK, OK)
    assert isinstance(second, Failure)
    assert second.text.startswith("WRONGTYPE")
    assert redis("MGET k l") == [b"v", b"w"]


def test_a_broken_watch_runs_nothing(redis: Redis) -> None:
    redis("WATCH k")
    redis.connect()("SET k theirs")
    queue(redis, "SET k ours")
    assert passed_on(redis, "EXEC") == []
    assert redis("GET k") == b"theirs"


def test_an_aborted_transaction_forgets_its_watches(redis: Redis) -> None:
    redis("WATCH k")
    queue(redis)
    redis.all("NOPE")
    assert refused(redis, "EXEC").startswith("EXECABORT")
    assert redis.client.watched == []


def test_abort_comes_before_a_broken_watch(redis: Redis) -> None:
    redis("WATCH k")
    redis("SET k v")
    queue(redis)
    redis.all("NOPE")
    assert refused(redis, "EXEC") == "EXECABORT Transaction discarded because of previous errors."


def test_unwatch_makes_exec_run_again(redis: Redis) -> None:
    redis("WATCH k")
    redis.connect()("SET k v")
    assert redis("UNWATCH") == OK
    queue(redis, "PING x")
    assert redis("EXEC") == [b"x"]


def test_commands_inside_notify_one_by_one(redis: Redis) -> None:
    queue(redis, "SET k v", "DEL k", "SELECT 1", "SET k v")
    assert told(redis, "EXEC") == ["new k", "set k", "del k", "new k", "set k"]


def test_select_inside_lasts(redis: Redis) -> None:
    queue(redis, "SELECT 1", "SET k v")
    redis("EXEC")
    assert redis.client.db.index == 1
    assert redis("GET k") == b"v"


def test_a_client_that_was_queueing_can_be_reset(redis: Redis) -> None:
    queue(redis, "SET k v")
    redis("RESET")
    assert refused(redis, "EXEC") == "ERR EXEC without MULTI"
    assert redis("EXISTS k") == 0
