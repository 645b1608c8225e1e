"""COMMAND GETKEYS of calls that make sense, half of it, or none: the servers' keys, or error.

The dispatcher, ACLs and cluster routing use the same positions (`engine/keys.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest

from redlearn.engine.command import Command, all_commands
from redlearn.engine.notation import Argument
from redlearn.engine.syntax import of
from redlearn.resp.encode import encode
from tests.conftest import Redis
from tests.oracle.compare import programs
from tests.oracle.servers import Connection, Server

SENSELESS = (
    b"", b"0", b"1", b"2", b"3", b"-1", b"+1", b" 1", b"01", b"1.0", b"4294967297", b"99999",
    b"9223372036854775807", b"9223372036854775808", b"-9223372036854775808", b"a", b"key", b"{t}",
    b"STORE", b"STOREDIST", b"KEYS", b"STREAMS", b"BY", b"GET", b"LIMIT", b"\xff\x00", b"*", b"#",
)  # fmt: skip
LONG = 2000


@pytest.fixture(params=["redis_server", "valkey_server"])
def server(request: pytest.FixtureRequest) -> Iterator[tuple[str, Connection]]:
    """Each server in turn, and its name."""
    chosen: Server = request.getfixturevalue(request.param)
    with chosen.connect() as client:
        yield chosen.name, client


def tokens(arguments: tuple[Argument, ...]) -> list[bytes]:
    """The fixed words of a command's arguments."""
    found = [argument.token.encode() for argument in arguments if argument.token]
    return found + [word for argument in arguments for word in tokens(argument.arguments)]


def some_call(rng: Random, row: Command, fixed: list[bytes]) -> list[bytes]:
    """A call of the command: words that are its own, or anything."""
    name = row.name.upper().encode().split(b"|")
    count = row.low - len(name) + rng.choice((-1, 0, 0, 0, 1, 1, 2, 3, 5, 8))
    words = [
        rng.choice(fixed) if fixed and rng.random() < 0.4 else rng.choice(SENSELESS)
        for _ in range(max(count, 0))
    ]
    return name + [word.lower() if rng.random() < 0.2 else word for word in words]


def differs(name: str, argv: list[bytes]) -> bool:
    """What a server does otherwise than 7.4, by name.

    Redis 7.0 counts keys in 32 bits. Valkey trusts a function more than GEORADIUS's
    specifications: with several STOREs it names the last one.
    """
    if name == "redis":
        return b"4294967297" in argv
    words = [word.upper() for word in argv]
    return words[0].startswith(b"GEORADIUS") and (b"STORE" in words or b"STOREDIST" in words)


OTHER_ARITY = {"redis": {"zrank", "zrevrank"}, "valkey": set[str]()}
"""Commands that take more, or fewer, words in that server than in Redis 7.4."""


def known_to(server: Connection, rows: list[Command]) -> list[Command]:
    """Those of the commands that a server has."""
    names = [row.name.encode() for row in rows]
    replies = server.run(b"COMMAND", b"INFO", *names)
    return [row for row, reply in zip(rows, replies, strict=True) if reply is not None]


@pytest.mark.parametrize("count", [40, pytest.param(LONG, marks=pytest.mark.long)])
def test_the_keys_of_random_words_are_the_servers(
    redis: Redis, server: tuple[str, Connection], count: int
) -> None:
    name, client = server
    rng = Random(5)
    compared = 0
    for row in known_to(client, [row for row in all_commands() if not row.subcommands]):
        if row.name in OTHER_ARITY[name]:
            continue
        fixed = tokens(of(row.syntax).arguments)
        compared += compare(
            redis,
            client,
            [argv for _ in range(count) if not differs(name, argv := some_call(rng, row, fixed))],
        )
    assert compared > 150 * count


@pytest.mark.parametrize("count", [60, pytest.param(LONG, marks=pytest.mark.long)])
def test_the_keys_of_likely_calls_are_the_servers(
    redis: Redis, server: tuple[str, Connection], count: int
) -> None:
    name, client = server
    for program in programs(name):
        rng = Random(6)
        calls = [argv for _ in range(count) if (argv := program.draw(rng))]
        known = {row.name for row in known_to(client, list(all_commands()))}
        calls = [
            argv
            for argv in calls
            if (word := argv[0].decode("latin-1").lower()) in known
            and word not in OTHER_ARITY[name]
            and not differs(name, argv)
        ]
        compare(redis, client, calls)


@pytest.mark.parametrize("subcommand", [b"GETKEYS", b"GETKEYSANDFLAGS"])
@pytest.mark.parametrize(
    "words",
    [
        "k 0 10",
        "k 0 10 COPY REPLACE",
        ". 0 10 KEYS a b",
        ". 0 10 REPLACE keys a",
        ". 0 10 COPY AUTH x KEYS a b c",
        ". 0 10 AUTH2 keys x KEYS a",
        ". 0 10 AUTH KEYS KEYS a",
        "k 0 10 KEYS a",
        ". 0 10",
        "k 0",
    ],
)
def test_the_keys_of_migrate_are_the_servers(
    redis: Redis, server: tuple[str, Connection], subcommand: bytes, words: str
) -> None:
    argv = [b"" if word == "." else word.encode() for word in words.split()]
    call = [b"COMMAND", subcommand, b"MIGRATE", b"host", b"1", *argv]
    (ours,) = redis.all(*call)
    assert encode(ours, 2) == server[1].raw(*call)


def compare(redis: Redis, client: Connection, calls: list[list[bytes]]) -> int:
    for argv in calls:
        if len(argv) < 2:
            continue  # GETKEYS of a name alone: older servers refuse it for its own arity
        words = [b"COMMAND", b"GETKEYS", *argv]
        (ours,) = redis.all(*words)
        assert encode(ours, 2) == client.raw(*words), argv
    return len(calls)
