"""Dispatch: who is let through, and what the others are told, in Redis's order."""

from __future__ import annotations

import pytest

from redlearn.engine.command import COMMANDS, GUARDED, Flags
from redlearn.engine.dispatch import BrowserSuspected, CommandQueued
from redlearn.errors import CommandError
from redlearn.resp.reply import OK, QUEUED, Failure
from tests.conftest import Redis, argv_of
from tests.engine.commands.said import refused
from tests.oracle.servers import Server

REFUSALS = [
    (b"nope", "ERR unknown command 'nope', with args beginning with: "),
    (b"NoPe a b", "ERR unknown command 'NoPe', with args beginning with: 'a' 'b' "),
    (b"get|x", "ERR unknown command 'get|x', with args beginning with: "),
    (b"GET", "ERR wrong number of arguments for 'get' command"),
    (b"get a b", "ERR wrong number of arguments for 'get' command"),
    (b"CONFIG", "ERR wrong number of arguments for 'config' command"),
    (b"config GET", "ERR wrong number of arguments for 'config|get' command"),
    (b"config nope", "ERR unknown subcommand 'nope'. Try CONFIG HELP."),
    (b"object NOPE k", "ERR unknown subcommand 'NOPE'. Try OBJECT HELP."),
    (b"COMMAND COUNT x", "ERR wrong number of arguments for 'command|count' command"),
]


@pytest.mark.parametrize(("line", "text"), REFUSALS)
def test_what_is_refused_is_told_why(redis: Redis, line: bytes, text: str) -> None:
    assert refused(redis, *line.split()) == text


@pytest.mark.parametrize(("line", "text"), REFUSALS)
def test_a_real_server_says_the_same(redis_server: Server, line: bytes, text: str) -> None:
    with redis_server.connect() as client:
        assert str(client.run(*line.split())) == text


LONG = [
    [b"x" * 200],
    [b"nope", b"y" * 200],
    [b"nope", b"y" * 100, b"z" * 100],
    [b"nope", *[b"abc"] * 60],
    [b"nope", b"a\r\nb", b"c\0d", b"\xff"],
    [b"a\r\nb\0c", b""],
    [b"config", b"\xff\r\n\0x"],
    [b"config", b"s" * 200],
    [b""],
    [b"", b""],
]


@pytest.mark.parametrize("argv", LONG, ids=range(len(LONG)))
def test_an_unknown_name_is_repeated_as_a_real_server_repeats_it(
    redis: Redis, redis_server: Server, argv: list[bytes]
) -> None:
    with redis_server.connect() as client:
        theirs = client.raw(*argv)
    text = refused(redis, *argv)
    assert b"-" + text.encode("utf-8", "surrogateescape") + b"\r\n" == theirs


@pytest.mark.parametrize("name", ["get", "GET", "gEt"])
def test_names_are_known_in_any_case(redis: Redis, name: str) -> None:
    redis("SET k v")
    assert redis(f"{name} k") == b"v"
    assert redis("Config Set hz 20") == OK


def test_command_alone_is_a_command_of_its_own(redis: Redis) -> None:
    reply = redis("command")
    assert isinstance(reply, list)
    assert len(reply) == len(COMMANDS)


# --- MULTI ----------------------------------------------------------------------------------


def test_inside_multi_commands_wait(redis: Redis) -> None:
    redis("MULTI")
    assert redis("SET k v") == QUEUED
    assert redis("get k") == QUEUED
    assert redis.connect()("EXISTS k") == 0
    assert redis("EXEC") == [OK, b"v"]


def test_a_queued_command_is_told_with_its_place(redis: Redis) -> None:
    redis("MULTI")
    assert redis.events("SET k v") == [CommandQueued(1, (b"SET", b"k", b"v"))]
    assert redis.events("GET k") == [CommandQueued(2, (b"GET", b"k"))]


@pytest.mark.parametrize("line", ["nope", "GET", "CONFIG NOPE", "SET k"])
def test_a_refusal_while_queueing_dooms_the_transaction(redis: Redis, line: str) -> None:
    redis("MULTI")
    redis("SET k v")
    assert isinstance(redis.all(line)[0], Failure)
    assert refused(redis, "EXEC") == ("EXECABORT Transaction discarded because of previous errors.")
    assert redis("EXISTS k") == 0
    assert redis("SET k v") == OK


def test_an_error_while_running_dooms_nothing(redis: Redis) -> None:
    redis("MULTI")
    redis("SET k v")
    redis("INCR k")
    redis("SET l v")
    first, failure, last = redis("EXEC")
    assert (first, last) == (OK, OK)
    assert failure == Failure("ERR value is not an integer or out of range")


def test_outside_of_multi_a_refusal_dooms_nothing(redis: Redis) -> None:
    redis.all("nope")
    assert not redis.client.dirty_exec


def test_an_exec_that_is_refused_itself_says_why_and_ends_the_transaction(redis: Redis) -> None:
    redis("MULTI")
    assert refused(redis, "EXEC now") == (
        "EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' command"
    )
    assert redis.client.queue is None


def test_some_commands_are_not_for_transactions(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = COMMANDS[b"ECHO"]
    monkeypatch.setattr(row, "flags", row.flags | Flags.NO_MULTI)
    monkeypatch.setattr(row, "guarded", True)
    monkeypatch.setattr(row, "least", GUARDED)
    assert redis("ECHO out") == b"out"
    redis("MULTI")
    with pytest.raises(CommandError, match=r"^ERR Command not allowed inside a transaction$"):
        redis("ECHO in")
    assert redis.client.dirty_exec


def test_a_guarded_client_is_looked_at_more_closely(redis: Redis) -> None:
    redis.client.guarded = True
    assert redis("SET k v") == OK
    assert refused(redis, "SET k") == "ERR wrong number of arguments for 'set' command"


def test_arguments_may_be_any_bytes(redis: Redis) -> None:
    for data in (b"", b"\0", b"\r\n", bytes(range(256))):
        assert redis(b"SET", data, data) == OK
        assert redis(b"GET", data) == data
    assert argv_of(b"GET", b"\xff") == [b"GET", b"\xff"]


def test_who_speaks_http_is_hung_up_on(redis: Redis) -> None:
    assert BrowserSuspected(redis.client.id) in redis.events("post /")
    assert redis.client.closing
    other = redis.connect()
    other("MULTI")
    assert other.all("Host: localhost") == []
    assert other.client.closing
