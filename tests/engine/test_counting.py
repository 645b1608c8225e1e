"""Counting what ran, not what waits."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter_ns

from redlearn.engine import counting
from redlearn.engine.client import Client
from redlearn.engine.command import COMMANDS
from tests.conftest import Redis, argv_of


def test_a_command_that_ran_is_counted(redis: Redis) -> None:
    state = redis.engine.state
    counting.count(state, redis.client, COMMANDS[b"GET"], [b"GET", b"k"], 1000)
    assert state.stats.commands["get"].calls == 1


def test_what_waits_for_exec_did_not_run(redis: Redis) -> None:
    redis("MULTI")
    redis("PING")
    counting.count_closely(redis.engine.state, redis.client, [b"PING"], 1000)
    assert redis.engine.state.stats.commands == {}


def test_what_took_long_is_logged(redis: Redis) -> None:
    state = redis.engine.state
    counting.count(state, redis.client, COMMANDS[b"PING"], [b"PING"], 10_000_000)
    counting.count(state, redis.client, COMMANDS[b"EXEC"], [b"EXEC"], 10_000_000)
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


def test_what_a_script_reads_is_counted_once(redis: Redis) -> None:
    redis("SET k v")
    stats = redis.engine.state.stats
    stats.timer = perf_counter_ns
    script = "return redis.call('get', KEYS[1])"
    for name in ("EVAL", "EVAL_RO"):
        redis.engine.execute_timed(redis.client, argv_of(name, script, "1", "k"))
    assert redis.client.take() == [b"v", b"v"]
    assert (stats.hits, stats.misses) == (2, 0)


def test_a_command_counts_though_what_was_held_until_it_ran_is_refused(redis: Redis) -> None:
    stats = redis.engine.state.stats
    stats.timer = perf_counter_ns
    other = redis.connect()
    for line in ("BLPOP q 0", "NOPE"):
        redis.engine.execute_timed(other.client, argv_of(line))
    redis.engine.execute_timed(redis.client, argv_of("rpush q a"))  # lower case: the long way
    assert "unknown command 'NOPE'" in str(other.client.take()[1])
    assert stats.commands["rpush"].calls == 1


def test_a_script_that_others_did_not_wait_for_is_counted_and_logged(redis: Redis) -> None:
    stats, carried = redis.engine.state.stats, []
    redis("CONFIG SET slowlog-log-slower-than 0")
    stats.timer = perf_counter_ns

    def carry(client: Client, act: Callable[[], None]) -> None:
        client.postponed = True  # as `server/busy.py` does it
        carried.append(act)

    redis.engine.carry = carry
    redis.engine.execute_timed(redis.client, argv_of("EVAL", "return 1", "0"))
    assert "eval" not in stats.commands
    carried[0]()
    assert stats.commands["eval"].calls == 1
    assert [entry.argv[0] for entry in stats.slow.entries] == [b"EVAL"]
