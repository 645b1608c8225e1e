"""What commands say about files, beside real servers that have some."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.endurance.durable import server
from tests.oracle.servers import Connection, redis_binary, running, valkey_binary

LINES = (
    "BGSAVE x", "BGSAVE SCHEDULE x", "SAVE x", "LASTSAVE x", "BGREWRITEAOF x", "SAVE", "SET k v",
    "DEBUG RELOAD x", "DEBUG RELOAD", "GET k", "DEBUG RELOAD NOSAVE MERGE NOFLUSH", "GET k",
    "BGSAVE", "settled", "BGREWRITEAOF", "settled", "CONFIG SET appendonly yes", "settled",
    "SET k w", "BGREWRITEAOF", "settled", "DEBUG LOADAOF", "GET k", "CONFIG SET appendonly no",
    "CONFIG SET appendonly maybe", "CONFIG SET appendfilename x", "CONFIG SET save 'x y'",
    "CONFIG SET save '3600 1'", "CONFIG GET save", "CONFIG SET appendfsync sometimes",
    "MULTI", "BGSAVE", "BGREWRITEAOF", "EXEC",
)  # fmt: skip
"""What is put off at the end begins when it likes: nothing is asked after it."""

NEWER = (
    "BGSAVE CANCEL", "WAITAOF 0 0 0", "WAITAOF 1 0 10", "WAITAOF 2 0 10", "WAITAOF 0 -1 10",
    "WAITAOF 0 x 10", "WAITAOF 0 1 -5", "WAITAOF 0 1 20", "MULTI", "WAITAOF 0 1 0", "EXEC",
    "CONFIG SET appendonly yes", "settled", "SET k v", "WAITAOF 1 0 0", "WAITAOF 1 1 20",
    "MULTI", "SET k w", "WAITAOF 1 0 0", "EXEC", "CONFIG SET appendonly no", "WAITAOF 0 0 0",
)  # fmt: skip
AT_ONCE = ("BGSAVE", "BGSAVE", "BGSAVE SCHEDULE", "SAVE", "BGREWRITEAOF", "BGREWRITEAOF")
"""In one go: the first is under way when the others come."""


@pytest.fixture
def ours(tmp_path: Path) -> Iterator[Connection]:
    """A server of ours, with a disk."""
    folder = tmp_path / "data"
    folder.mkdir()
    words = ("--save", "", "--enable-debug-command", "yes")
    with server(folder, *words) as started, started.connect() as client:
        yield client


@pytest.fixture(params=[redis_binary, valkey_binary])
def theirs(request: pytest.FixtureRequest) -> Iterator[Connection]:
    """A real server of its own: it is let write where it likes."""
    binary = request.param()
    if binary is None:
        pytest.skip("there is no such server")
    with running(binary) as started, started.connect() as client:
        yield client


def facts(client: Connection) -> dict[str, str]:
    """The rows of INFO persistence."""
    rows = client.run(b"INFO", b"persistence").decode().splitlines()
    return dict(row.split(":", 1) for row in rows if ":" in row)


def settle(client: Connection) -> None:
    """Wait until nothing is written in the background: real processes take real time."""
    going_on = ("rdb_bgsave_in_progress", "aof_rewrite_in_progress", "aof_rewrite_scheduled")
    while any(facts(client)[name] != "0" for name in going_on):
        pass


def replies(client: Connection, lines: tuple[str, ...]) -> list[object]:
    """What each line is answered; errors as their texts."""
    found: list[object] = []
    for line in lines:
        if line == "settled":
            settle(client)
            continue
        argv = [word.strip("'").encode() for word in line.split(" ", 3)]
        reply = client.run(*argv)
        found.append((line, str(reply) if isinstance(reply, Exception) else _plain(reply)))
    return found


def _plain(reply: object) -> object:
    if isinstance(reply, list):
        return [str(each) if isinstance(each, Exception) else each for each in reply]
    return reply


def test_all_lines_are_answered_alike(ours: Connection, theirs: Connection) -> None:
    assert replies(ours, LINES) == replies(theirs, LINES)


def test_newer_lines_are_answered_as_valkey_does(ours: Connection, theirs: Connection) -> None:
    if "WAITAOF" not in str(theirs.run(b"COMMAND", b"DOCS", b"WAITAOF")).upper():
        pytest.skip("this server is older")
    assert replies(ours, NEWER) == replies(theirs, NEWER)


def test_what_is_under_way_keeps_others_off(ours: Connection, theirs: Connection) -> None:
    said: list[list[str]] = []
    for client in (ours, theirs):
        client.run(b"DEBUG", b"POPULATE", b"100000")
        said.append(
            [str(reply) for reply in client.pipeline(line.encode().split() for line in AT_ONCE)]
        )
        settle(client)
    assert said[0] == said[1]


def test_info_has_the_fields_of_a_real_server_in_their_order(
    ours: Connection, theirs: Connection
) -> None:
    for client in (ours, theirs):
        client.run(b"CONFIG", b"SET", b"appendonly", b"yes")
        settle(client)
    known = [name for name in facts(theirs) if name != "slot_migration_fork_in_progress"]
    assert list(facts(ours)) == known
