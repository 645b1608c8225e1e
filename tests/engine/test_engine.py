"""The engine: the life of a command, of a client, and of the timer."""

from __future__ import annotations

import gc
import subprocess
import sys
import weakref
from collections.abc import Callable

import pytest

from redlearn.clock import VirtualClock
from redlearn.engine.engine import CommandFinished, CommandStarted, Engine
from redlearn.errors import CommandError
from redlearn.probe import Event, Probe
from redlearn.resp.reply import NULL_ARRAY, OK, QUEUED, Failure, Push
from tests.conftest import Redis, argv_of
from tests.engine.commands.said import everything

LINES = (
    "SET k v", "HSET h a 1 b 2", "ZADD z 1 a 2 b", "INCR n", "SET e v PX 5", "GET e", "NOPE",
    "MULTI", "SET k w", "INCR k", "EXEC", "RANDOMKEY", "HRANDFIELD h", "EXPIRE k 100", "SELECT 1",
    "SET k v", "FLUSHDB", "SELECT 0", "DEL h", "GET nope", "ZRANDMEMBER z 1",
)  # fmt: skip


def test_the_clock_is_read_once_for_each_command() -> None:
    class Counting(VirtualClock):
        reads = 0

        def now_ms(self) -> int:
            self.reads += 1
            return super().now_ms()

    clock = Counting(5)
    engine = Engine(clock)
    client = engine.connect()
    clock.reads = 0
    for line in (b"SET k v PX 100", b"PTTL k", b"TIME", b"NOPE", b"MULTI", b"SET k v", b"EXEC"):
        engine.execute(client, line.split())
        assert clock.reads == 1, line
        clock.reads = 0
    engine.tick()
    assert clock.reads == 1


def test_a_refusal_is_a_reply_like_any_other(redis: Redis) -> None:
    assert redis.all("INCR") == [Failure("ERR wrong number of arguments for 'incr' command")]
    redis("SET k v")
    assert redis.all("INCR k") == [Failure("ERR value is not an integer or out of range")]


def test_a_bug_is_not_a_refusal(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    """What no command raises on purpose must not be swallowed."""
    from redlearn.engine.command import COMMANDS

    def run(ctx: object, argv: list[bytes]) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(COMMANDS[b"PING"], "run", run)
    with pytest.raises(ZeroDivisionError):
        redis("PING")


def test_clients_share_the_data_and_nothing_else(redis: Redis) -> None:
    other = redis.connect()
    redis("SET k v")
    redis("MULTI")
    other("SELECT 1")
    assert other("EXISTS k") == 0
    assert redis("GET k") == QUEUED
    other("SELECT 0")
    assert other("GET k") == b"v"


def test_a_client_that_leaves_is_forgotten(redis: Redis) -> None:
    other = redis.connect()
    other("WATCH k")
    other("MULTI")
    redis.engine.disconnect(other.client)
    redis.engine.disconnect(other.client)
    assert [*redis.engine.state.clients] == [1]
    assert redis.ctx.db.watched == {}
    redis("SET k v")


def test_an_engine_that_nobody_holds_goes_with_all_it_holds() -> None:
    """The collector sees no entries of tables: what they lead to must not lead back to them."""
    engine = Engine(VirtualClock())
    client = engine.connect()
    lines = ("RPUSH l {}", "SADD s {}", "ZADD z 1 {}", "HSET h {} v", "XADD x * f {}", "SET {} v")
    for number in range(600):
        for line in lines:
            engine.execute(client, argv_of(line.format(f"m{number}")))
    engine.execute(client, argv_of("HEXPIRE h 100 FIELDS 1 m1"))
    engine.execute(client, argv_of("XGROUP CREATE x g 0"))
    gone = weakref.ref(engine)
    del engine, client
    gc.collect()
    assert gone() is None


def test_the_number_of_databases_is_chosen_at_the_start() -> None:
    engine = Engine(VirtualClock(5), databases=2)
    client = engine.connect()
    for index, reply in (("1", OK), ("2", Failure("ERR DB index is out of range"))):
        engine.execute(client, [b"SELECT", index.encode()])
        assert client.take() == [reply]
    engine.execute(client, [b"CONFIG", b"GET", b"databases"])
    assert client.take() == [{b"databases": b"2"}]


def test_start_and_end_of_a_command_are_told(redis: Redis) -> None:
    first, *_, last = redis.events("SET k v")
    assert first == CommandStarted(1, "set", (b"SET", b"k", b"v"))
    assert last == CommandFinished("set", OK)


def test_a_command_that_refuses_starts_and_ends_too(redis: Redis) -> None:
    redis("SET k v")
    *_, last = redis.events("INCR k")
    assert last == CommandFinished("incr", Failure("ERR value is not an integer or out of range"))


def test_a_command_that_is_not_let_through_does_not_start(redis: Redis) -> None:
    assert redis.events("INCR") == []
    assert redis.events("NOPE") == []


def test_commands_inside_of_exec_start_and_end_within_it(redis: Redis) -> None:
    for line in ("MULTI", "SET k v", "GET k"):
        redis(line)
    kinds = (CommandStarted, CommandFinished)
    names = [
        (type(event).__name__[7:], event.name)
        for event in redis.events("EXEC")
        if isinstance(event, kinds)
    ]
    assert names == [
        ("Started", "exec"),
        ("Started", "set"), ("Finished", "set"),
        ("Started", "get"), ("Finished", "get"),
        ("Finished", "exec"),
    ]  # fmt: skip


def test_watching_changes_nothing(new_redis: type[Redis]) -> None:
    """Same seed, same commands: the same replies and data, watched or not."""
    quiet, watched = new_redis(seed=4), new_redis(seed=4)
    seen: list[Event] = []
    watched.engine.watch(seen.append)
    for line in LINES:
        quiet.advance(3)
        watched.advance(3)
        assert repr(quiet.all(line)) == repr(watched.all(line))
    assert everything(quiet) == everything(watched)
    assert quiet.ctx.dirty == watched.ctx.dirty
    assert len(seen) > 50


def _answers(redis: Redis, watched: bool, lines: list[str]) -> list[list[object]]:
    """What each client gets; a line begins with the number of the one who sends it."""
    redis.engine.watch((lambda event: None) if watched else None)
    clients = [redis, redis.connect(), redis.connect()]
    for line in lines:
        number, _, command = line.partition(" ")
        redis.engine.execute(clients[int(number)].client, argv_of(command))
    return [list(each.client.take()) for each in clients]


@pytest.mark.parametrize(
    ("lines", "last"),
    [
        (["1 BLPOP q 0", "1 ECHO held", "0 MULTI", "0 CLIENT UNBLOCK 2", "0 EXEC"],
         [[OK, QUEUED, [1]], [NULL_ARRAY, b"held"], []]),
        (["0 MULTI", "0 CLIENT REPLY SKIP", "0 EXEC", "0 ECHO a", "0 ECHO b"],
         [[OK, QUEUED, b"b"], [], []]),
        (["1 HELLO 3", "0 CLIENT TRACKING ON REDIRECT 2", "0 GET k", "1 SET k v"],
         [[OK, None], [OK, Push([b"invalidate", [b"k"]])], []]),
    ],
    ids=["unblock", "skip", "redirect"],
)  # fmt: skip
def test_the_short_way_ends_as_the_long_one(
    new_redis: Callable[[], Redis], lines: list[str], last: list[list[object]]
) -> None:
    """Where nobody watches fewer questions are asked, and nothing else is different."""
    short, long = (_answers(new_redis(), watched, lines) for watched in (False, True))
    assert repr(short) == repr(long)
    assert [
        replies[-len(want) :] if want else replies
        for replies, want in zip(short, last, strict=True)
    ] == last


def test_a_watcher_may_be_there_from_the_start() -> None:
    seen: list[Event] = []
    engine = Engine(VirtualClock(5), probe=Probe(seen.append))
    engine.execute(engine.connect(), [b"PING"])
    assert len(seen) == 2


def test_sinks_get_the_same_whether_watched_or_not(new_redis: type[Redis]) -> None:
    taken = []
    for watch in (False, True):
        redis = new_redis(seed=4)
        effects: list[object] = []
        redis.engine.state.sinks.append(effects.append)
        if watch:
            redis.engine.watch(lambda event: None)
        for line in LINES:
            redis.advance(3)
            redis.all(line)
        taken.append(effects)
    assert taken[0] == taken[1]
    assert len(taken[0]) > 8


def test_what_a_command_leaves_to_pass_on_is_never_left_over(redis: Redis) -> None:
    for line in LINES:
        redis.advance(3)
        redis.all(line)
        assert redis.engine.state.effects == []


def test_effects_of_a_refused_command_go_out_all_the_same(redis: Redis) -> None:
    """INCR found its key expired before it could refuse: somebody must hear of that."""
    redis("SET a v PX 5")
    redis("SET k v")
    units: list[object] = []
    redis.engine.state.sinks.append(units.append)
    redis.advance(5)
    with pytest.raises(CommandError):
        redis("LCS a k LEN IDX")
    with pytest.raises(CommandError):
        redis("ZINTER 2 a k")
    assert len(units) == 1


def test_check_looks_into_every_database(redis: Redis) -> None:
    redis("SELECT 7")
    redis("HSET h f v")
    redis.engine.check()
    redis.engine.state.databases[7].mortal = True
    with pytest.raises(AssertionError):
        redis.engine.check()


def test_the_engine_knows_neither_terminals_nor_sockets() -> None:
    program = (
        "import sys, redlearn.engine.engine;"
        "print([m for m in ('asyncio', 'socket', 'textual', 'rich', 'prompt_toolkit')"
        " if m in sys.modules])"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[]"


def test_what_a_timer_does_is_not_a_write_of_who_ran_a_command_last() -> None:
    clock = VirtualClock()
    engine = Engine(clock)
    engine.state.sinks.append(lambda unit: None)
    client = engine.connect()
    engine.execute(client, [b"SET", b"k", b"v", b"PX", b"5"])
    engine.before_sleep()
    written = client.streamed
    engine.state.replication.offset += 50
    clock.advance(100)
    engine.tick()
    assert not len(engine.state.databases[0])
    assert client.streamed == written
