"""SLOWLOG and COMMANDLOG."""

from __future__ import annotations

import pytest

from redlearn.errors import LOG_COUNT, LOG_TYPE
from redlearn.resp.reply import OK, Status
from tests.conftest import Redis, argv_of
from tests.engine.commands.said import refused


@pytest.fixture
def slow(redis: Redis) -> Redis:
    """A client after three commands that took 20, 30 and 40 ms."""
    engine = redis.engine
    engine.state.config.set("enable-debug-command", "yes")
    engine.state.stats.timer = redis.clock.now_ns
    redis("CLIENT SETNAME ann")
    for ms in (20, 30, 40):
        engine.execute_timed(redis.client, argv_of(f"DEBUG SLEEP 0.0{ms}"))
    redis.client.take()
    return redis


def test_entries_are_the_newest_first(slow: Redis) -> None:
    entries = slow("SLOWLOG GET")
    assert isinstance(entries, list)
    assert [entry[:3] for entry in entries] == [
        [2, 1000, 40000],
        [1, 1000, 30000],
        [0, 1000, 20000],
    ]  # type: ignore[index]
    assert entries[0][3:] == [[b"DEBUG", b"SLEEP", b"0.040"], b"embedded:0", b"ann"]  # type: ignore[index]


@pytest.mark.parametrize(("count", "entries"), [("0", 0), ("2", 2), ("-1", 3), ("99", 3)])
def test_as_many_as_asked_for(slow: Redis, count: str, entries: int) -> None:
    assert len(slow(f"SLOWLOG GET {count}")) == entries  # type: ignore[arg-type]
    assert len(slow(f"COMMANDLOG GET {count} slow")) == entries  # type: ignore[arg-type]


def test_lengths_and_resets(slow: Redis) -> None:
    assert (slow("SLOWLOG LEN"), slow("COMMANDLOG LEN SLOW")) == (3, 3)
    assert slow("SLOWLOG RESET") == OK
    assert slow("SLOWLOG LEN") == 0
    assert slow("COMMANDLOG RESET large-reply") == OK


def test_none_is_kept_where_none_is_wanted(slow: Redis) -> None:
    slow("CONFIG SET slowlog-log-slower-than -1")
    slow.engine.execute_timed(slow.client, argv_of("DEBUG SLEEP 0.5"))
    slow.client.take()
    assert slow("SLOWLOG LEN") == 3
    slow("CONFIG SET slowlog-log-slower-than 0 slowlog-max-len 2")
    slow.engine.execute_timed(slow.client, argv_of("PING"))
    slow.client.take()
    entries = slow("SLOWLOG GET")
    assert [entry[3][0] for entry in entries] == [b"PING", b"DEBUG"]  # type: ignore[index, union-attr]


def test_a_transaction_is_logged_by_what_is_in_it(slow: Redis) -> None:
    slow("SLOWLOG RESET")
    for line in ("MULTI", "DEBUG SLEEP 0.02", "EXEC"):
        slow.engine.execute_timed(slow.client, argv_of(line))
    slow.client.take()
    entries = slow("SLOWLOG GET")
    assert [entry[3][0] for entry in entries] == [b"DEBUG"]  # type: ignore[index, union-attr]


@pytest.mark.parametrize("line", ["SLOWLOG GET x", "SLOWLOG GET -2", "COMMANDLOG GET x y"])
def test_a_count_is_at_least_minus_one(redis: Redis, line: str) -> None:
    assert refused(redis, line) == LOG_COUNT


@pytest.mark.parametrize(
    "line", ["COMMANDLOG GET 1 fast", "COMMANDLOG LEN x", "COMMANDLOG RESET x"]
)
def test_there_are_three_logs(redis: Redis, line: str) -> None:
    assert refused(redis, line) == LOG_TYPE


def test_they_help(redis: Redis) -> None:
    assert Status("RESET") in redis("SLOWLOG HELP")  # type: ignore[operator]
    assert Status("HELP") in redis("COMMANDLOG HELP")  # type: ignore[operator]
