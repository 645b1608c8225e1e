"""Counting what ran: not what waits, and hits as keys less misses."""

from __future__ import annotations

import pytest

from redlearn.engine import counting
from redlearn.engine.command import COMMANDS
from tests.conftest import Redis


@pytest.mark.parametrize(
    ("argv", "missed", "hits"),
    [([b"GET", b"k"], 0, 1), ([b"GET", b"k"], 1, 0), ([b"MGET", b"a", b"b", b"c"], 1, 2),
     ([b"SET", b"k", b"v"], 0, 0)],
)  # fmt: skip
def test_hits_are_keys_less_misses(redis: Redis, argv: list[bytes], missed: int, hits: int) -> None:
    state = redis.engine.state
    counting.count(state, redis.client, COMMANDS[argv[0]], argv, 1000, missed)
    assert state.stats.hits == hits
    assert state.stats.commands[argv[0].decode().lower()].calls == 1


def test_what_waits_for_exec_did_not_run(redis: Redis) -> None:
    redis("MULTI")
    redis("PING")
    counting.count_closely(redis.engine.state, redis.client, [b"PING"], 1000, 0)
    assert redis.engine.state.stats.commands == {}


def test_what_took_long_is_logged(redis: Redis) -> None:
    state = redis.engine.state
    counting.count(state, redis.client, COMMANDS[b"PING"], [b"PING"], 10_000_000, 0)
    counting.count(state, redis.client, COMMANDS[b"EXEC"], [b"EXEC"], 10_000_000, 0)
    assert [entry.argv for entry in state.stats.slow.entries] == [(b"PING",)]


def test_large_words_and_replies_are_logged_and_only_those_of_this_command(redis: Redis) -> None:
    state = redis.engine.state
    redis("CONFIG SET commandlog-request-larger-than 100 commandlog-reply-larger-than 100")
    for line in ("SET k " + "x" * 200, "GET k", "PING"):
        argv, waiting = line.encode().split(), len(redis.client.outbox)
        redis.engine.execute(redis.client, argv)
        counting.count_sizes(state, redis.client, argv, waiting)
    assert [(row.argv[0], row.amount) for row in state.stats.requests.entries] == [(b"SET", 204)]
    assert [(row.argv[0], row.amount) for row in state.stats.replies.entries] == [(b"GET", 208)]


def test_minus_one_logs_nothing(redis: Redis) -> None:
    redis("CONFIG SET commandlog-request-larger-than -1 commandlog-reply-larger-than -1")
    argv = [b"ECHO", b"x" * 10_000_000]
    redis.engine.execute(redis.client, argv)
    counting.count_sizes(redis.engine.state, redis.client, argv, 0)
    redis.client.take()
    assert redis("COMMANDLOG LEN large-request") == redis("COMMANDLOG LEN large-reply") == 0
