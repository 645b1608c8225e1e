"""Pipelines: one loop for plain commands, and the same outcome as one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import perf_counter_ns

import pytest

from redlearn.engine import pipeline
from redlearn.engine.command import COMMANDS
from redlearn.engine.context import Context
from redlearn.engine.digest import digest_of_dataset
from redlearn.engine.effects import EXEC, MULTI, Effect
from redlearn.engine.pipeline import FULL, OK_LINE, Answers, plain_commands
from redlearn.resp.encode import BULK_HEADERS, encode
from redlearn.resp.reply import OK, Reply
from tests.conftest import Redis, argv_of
from tests.oracle.sequences import programs, sequence

NewRedis = Callable[..., Redis]


@pytest.fixture
def timed(redis: Redis) -> Redis:
    """A server whose commands are timed, and that has a log."""
    redis.engine.state.stats.timer = perf_counter_ns
    redis.engine.state.durability.log = "on"
    return redis


def calls(*lines: str) -> Iterator[list[bytes]]:
    return iter([argv_of(line) for line in lines])


def run(redis: Redis, *lines: str) -> Answers:
    answers, commands = Answers(), calls(*lines)
    while redis.engine.pipeline.run(redis.client, commands, answers) is not None:
        for reply in redis.client.take():
            answers.data.append(encode(reply, redis.client.protocol))
    return answers


def replies_of(answers: Answers) -> list[bytes]:
    """Each reply in one piece."""
    whole, pieces = [], iter(answers.data)
    for piece in pieces:
        whole.append(piece + next(pieces) + next(pieces) if piece in BULK_HEADERS else piece)
    return whole


def listen(redis: Redis) -> list[tuple[Effect, ...]]:
    units: list[tuple[Effect, ...]] = []
    redis.engine.state.sinks.append(units.append)
    return units


def test_plain_commands_are_answered_in_order(timed: Redis) -> None:
    answers = run(timed, "SET k 1", "incr k", "GET k", "LPUSH l a", "INCR l", "GET", "PING")
    replies: list[Reply] = [OK, 2, b"2", 1]
    assert replies_of(answers)[:4] == list(map(encode, replies))
    assert replies_of(answers)[4].startswith(b"-WRONGTYPE")
    assert timed.client.last_command == "ping"


def test_what_is_no_plain_command_goes_its_own_way_and_so_does_what_follows_it(
    timed: Redis,
) -> None:
    answers = run(timed, "SET a 1", "MULTI", "INCR a", "EXEC", "SELECT 1", "GET a", "SET a x")
    assert replies_of(answers) == [
        b"+OK\r\n", b"+OK\r\n", b"+QUEUED\r\n", b"*1\r\n:2\r\n", b"+OK\r\n", b"$-1\r\n", b"+OK\r\n",
    ]  # fmt: skip
    assert timed("GET a") == b"x"


def test_it_ends_behind_what_may_have_changed_everything(timed: Redis) -> None:
    commands = calls("SET k 1", "BLPOP q 0", "GET k")
    answers = Answers()
    assert timed.engine.pipeline.run(timed.client, commands, answers) == argv_of("BLPOP q 0")
    assert replies_of(answers) == [b"+OK\r\n"]
    assert timed.client.wait is not None
    assert list(commands) == [argv_of("GET k")]


def test_all_are_counted_and_timed(timed: Redis) -> None:
    run(timed, "GET k", "SET k v", "GET k", "HGET k f", "GET")
    tallies = timed.engine.state.stats.commands
    counts = {name: (tally.calls, tally.failed) for name, tally in tallies.items()}
    assert counts == {"get": (2, 0), "set": (1, 0), "hget": (1, 1)}
    assert all(tally.nanoseconds > 0 for tally in tallies.values())
    assert tallies["get"].rejected == 1


def test_changes_are_passed_on_in_order_and_their_replies_marked(timed: Redis) -> None:
    units = listen(timed)
    answers = run(timed, "SET k 1", "GET k", "INCR k", "DEL none", "EXPIRE k 100", "APPEND k x")
    assert units == [
        (Effect(0, (b"SET", b"k", b"1")),),
        (Effect(0, (b"INCR", b"k")),),
        (Effect(0, (b"PEXPIREAT", b"k", b"1100000")),),
        (Effect(0, (b"APPEND", b"k", b"x")),),
    ]
    marked = [answers.data[mark] for mark in answers.marks]
    assert marked == [OK_LINE, b":2\r\n", b":1\r\n", b":2\r\n"]
    assert answers.marks == [0, 4, 6, 7]  # a GET has three pieces
    assert timed.engine.state.durability.offset == timed.client.written == 4


def test_a_key_that_is_over_goes_before_what_is_done_about_it(timed: Redis) -> None:
    timed("SET k v PX 10")
    timed.advance(20)
    units = listen(timed)
    answers = run(timed, "SET other v", "APPEND k x", "GET k")
    delete, append = Effect(0, (b"DEL", b"k")), Effect(0, (b"APPEND", b"k", b"x"))
    assert units[1:] == [(MULTI, delete, append, EXEC)]
    assert replies_of(answers)[1:] == [b":1\r\n", b"$1\r\nx\r\n"]


def test_whoever_waits_is_served_before_the_next_command(timed: Redis) -> None:
    waiter = timed.connect()
    waiter.all("BLPOP q 0")
    units = listen(timed)
    answers = run(timed, "SET k v", "RPUSH q x", "LLEN q", "SET k w")
    assert replies_of(answers) == [b"+OK\r\n", b":1\r\n", b":0\r\n", b"+OK\r\n"]
    assert waiter.client.take() == [[b"q", b"x"]]
    assert [unit[0].argv[0] for unit in units] == [b"SET", b"RPUSH", b"LPOP", b"SET"]


def test_what_was_done_before_a_bug_is_passed_on(
    timed: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(ctx: Context, argv: list[bytes]) -> Reply:
        raise ZeroDivisionError

    monkeypatch.setattr(COMMANDS[b"TTL"], "run", broken)
    units = listen(timed)
    with pytest.raises(ZeroDivisionError):
        run(timed, "SET k v", "TTL k")
    assert len(units) == 1
    assert timed.client.last_command == "ttl"


def test_replies_are_sent_before_they_are_too_many(timed: Redis) -> None:
    timed(b"SET", b"k", b"x" * (FULL // 2))
    commands = calls("GET k", "GET k", "GET k", "GET k", "GET k")
    answers = Answers()
    assert timed.engine.pipeline.run(timed.client, commands, answers) is not None
    assert len(replies_of(answers)) == 3
    assert len(list(commands)) == 2


@pytest.mark.parametrize("size", [0, 1, 9, 10, 99, 100, 254, 255, 256, 257, 5000])
def test_a_string_of_any_length_is_answered_as_it_is(timed: Redis, size: int) -> None:
    timed(b"SET", b"k", b"x" * size)
    assert replies_of(run(timed, "GET k", "GET k")) == [encode(b"x" * size)] * 2


def test_commands_of_one_name_may_have_any_number_of_words_that_it_takes(timed: Redis) -> None:
    answers = run(
        timed, "MSET a 1 b 2 c 3", "DEL a b", "DEL a", "DEL", "DEL c a b", "GET a", "GET a b"
    )
    assert replies_of(answers)[:3] == [b"+OK\r\n", b":2\r\n", b":0\r\n"]
    assert replies_of(answers)[3] == b"-ERR wrong number of arguments for 'del' command\r\n"
    assert replies_of(answers)[4:6] == [b":1\r\n", b"$-1\r\n"]
    assert replies_of(answers)[6] == b"-ERR wrong number of arguments for 'get' command\r\n"


def test_a_large_reply_is_logged(timed: Redis) -> None:
    timed("CONFIG SET commandlog-reply-larger-than 10")
    run(timed, "SET k 0123456789", "GET k", "GET none")
    log = timed.engine.state.stats.replies
    assert [(entry.argv, entry.amount) for entry in log.entries] == [((b"GET", b"k"), 17)]


def test_the_clock_is_read_anew_once_time_has_passed(
    timed: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(ctx: Context, argv: list[bytes]) -> Reply:
        timed.advance(30)
        return OK

    monkeypatch.setattr(COMMANDS[b"TOUCH"], "run", slow)
    timed.engine.state.stats.timer = timed.clock.now_ns
    timed("SET k v PX 20")
    answers = run(timed, "GET k", "TOUCH k", "GET k")
    assert replies_of(answers) == [b"$1\r\nv\r\n", b"+OK\r\n", b"$-1\r\n"]
    slowest = timed.engine.state.stats.slow.entries[0]
    assert (slowest.argv, slowest.amount) == ((b"TOUCH", b"k"), 30_000)
    assert timed.engine.state.stats.commands["touch"].calls == 1


def test_the_time_until_a_command_was_there_is_not_its_own(timed: Redis) -> None:
    timed.engine.state.stats.timer = timed.clock.now_ns

    def decoded() -> Iterator[list[bytes]]:
        for _ in range(3):
            timed.advance(30)
            yield argv_of("GET k")

    answers = Answers()
    assert timed.engine.pipeline.run(timed.client, decoded(), answers) is None
    assert len(replies_of(answers)) == 3
    tally = timed.engine.state.stats.commands["get"]
    assert (tally.calls, tally.nanoseconds) == (3, 0)
    assert not timed.engine.state.stats.slow.entries


def test_commands_that_do_more_than_touch_keys_are_no_plain_ones() -> None:
    names = {row.name for row in plain_commands().values()}
    assert {"get", "set", "zadd", "lrange", "xadd", "pfadd", "setbit", "geoadd", "ping"} <= names
    assert not names & {
        "multi", "exec", "select", "auth", "hello", "blpop", "eval", "subscribe", "publish",
        "client", "config", "flushall", "wait", "reset", "quit", "watch", "info", "object",
    }  # fmt: skip


@pytest.mark.parametrize("number", range(40))
def test_the_outcome_is_that_of_one_by_one(number: int, new_redis: NewRedis) -> None:
    drawn = sequence(3, number, programs("valkey"))
    argvs = [argv for part in drawn.parts for _, turn in part for argv in turn]
    outcomes = []
    for together in (True, False):
        redis = new_redis()
        redis.engine.state.stats.timer = perf_counter_ns
        units, answers = listen(redis), Answers()
        at = iter([list(argv) for argv in argvs])
        while _next(redis, at, answers, together) is not None:
            answers.data += [encode(reply, redis.client.protocol) for reply in redis.client.take()]
        tallies = redis.engine.state.stats.commands
        counts = {name: (tally.calls, tally.failed) for name, tally in tallies.items()}
        digest = digest_of_dataset(redis.engine.state.databases)
        outcomes.append((b"".join(answers.data), units, counts, digest, redis.engine.state.dirty))
    assert outcomes[0] == outcomes[1]


def _next(
    redis: Redis, commands: Iterator[list[bytes]], answers: Answers, together: bool
) -> list[bytes] | None:
    """Run some commands, or one; what came behind the last is in the outbox. None at the end."""
    if together:
        return redis.engine.pipeline.run(redis.client, commands, answers)
    if (argv := next(commands, None)) is not None:
        redis.engine.execute_timed(redis.client, argv)
    return argv


def test_the_loop_believes_the_clock_for_less_than_it_can_tell() -> None:
    assert pipeline.CLOCK_NS < 1_000_000
