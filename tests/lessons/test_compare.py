from __future__ import annotations

import re
import select
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from redlearn.lessons.compare import compare, is_meant_for
from redlearn.lessons.library import lesson_files
from redlearn.lessons.model import Command
from redlearn.lessons.parse import load
from redlearn.lessons.ports import Ran
from redlearn.probe import Event
from redlearn.resp.decode import ReplyDecoder
from redlearn.resp.reply import Reply
from tests.lessons.samples import lesson_of, sample, stage
from tests.oracle.servers import (
    Connection,
    Server,
    free_port,
    pack,
    redis_binary,
    running,
)

CYCLE_MS = 100  # ten times a second
ALONE_SECONDS = 0.2  # for a command of the only client to be answered, or it waits
CYCLE_SECONDS = 0.3  # three rounds of a real server's expiry cycle

SAYS_OTHERWISE = {
    ("22-scripts.md", "valkey", r"`EVAL .*error\('stop'\).*` prints '\(error\) .*stop.*"): (
        "Valkey puts an ERR of its own into the words of a script that fails on purpose"
    ),
    ("06-expiry.md", "", r"`DBSIZE` prints '\(integer\) 32' on line 1, not '\(integer\) 34'"): (
        "which 20 of 33 keys a round of the cycle meets hangs on the server's hash seed"
    ),
    ("09-hashes.md", "valkey", r"`OBJECT ENCODING .* not '\"listpackex\"'"): (
        "Valkey has no form of its own for small hashes whose fields end: a hash table it is"
    ),
    ("09-hashes.md", "valkey", r"`HLEN session:9` prints '\(integer\) 3'.*"): (
        "Valkey takes no field out on reading: one whose time is over is its cycle's affair"
    ),
    ("09-hashes.md", "valkey", r"`HGETALL .*"): "and a hash table has an order of its own",
    ("02-strings.md", "valkey", r"`MEMORY USAGE \w+` prints .*"): (
        "Valkey keeps a key's name in the same block as its value"
    ),
    ("02-strings.md", "valkey", r"`OBJECT ENCODING text` prints '\"embstr\"'.* not '\"raw\"'"): (
        "Valkey embeds longer strings than Redis"
    ),
}
"""What a real server may say otherwise than a lesson, and why: file, server ("" any), message."""


def is_known(name: str, server: Server, message: str) -> bool:
    """Whether a difference is one of those above."""
    return any(
        name == file and kind in ("", server.name) and re.fullmatch(pattern, message)
        for file, kind, pattern in SAYS_OTHERWISE
    )


TRIES = {"06-expiry.md": 4}
"""How often a lesson is played before a difference is believed; once, but where lives are short."""

LESSONS = pytest.mark.parametrize("path", lesson_files(), ids=lambda path: path.name)


class RealServer:
    """A real server that a lesson is played on.

    No real server lets its clock be moved. Instead, what a wait of `ms` would do is done:
    every time to live becomes that much shorter. Keys whose time ends are left to expire by
    themselves; the server's own expiry cycle is off, unless the wait is so long
    that the cycle would surely have come by.

    CLUSTER commands go to a second server, in cluster mode: a real standalone one refuses them.
    """

    def __init__(self, server: Server, cluster: Server | None) -> None:
        self._connections: dict[str, Connection] = {}
        self._before: dict[bytes, bytes] = {}
        self._server = server
        self._cluster = cluster
        self._bell = server.connect()
        self._protocols: dict[str, int] = {}

    def run(self, command: Command) -> Ran:
        if command.argv[0] == b"CLUSTER":
            assert self._cluster is not None
            with self._cluster.connect() as client:
                client.sock.sendall(pack(command.argv))
                return Ran(tuple(ReplyDecoder().feed(client.raw_reply())))
        words = [word.upper() for word in command.argv[:2]]
        if words == [b"CONFIG", b"SET"]:
            self._remember(command.argv[2::2])
        if words[0] == b"HELLO" and len(words) > 1:
            self._protocols[command.client] = int(words[1])
        own = self._client(command.client)
        own.sock.sendall(pack(command.argv))
        self._all_has_come(own)
        got = {name: self._arrived(each) for name, each in self._connections.items()}
        replies = got.pop(command.client)
        late = tuple((name, reply) for name, said in got.items() for reply in said)
        return Ran(replies, (), late, self._protocols.get(command.client, 2))

    def _all_has_come(self, own: Connection) -> None:
        """Wait until the server has sent all that what it was sent last leads to.

        A server reads all that is there before it writes, and writes before it reads again. So
        when the first PING is answered the command has run, and when the second is, whatever
        anybody gets by it has been written. Where nobody else is connected the reply itself is
        enough, if there is one: keys of a few milliseconds should see the lesson's next line.
        """
        if len(self._connections) == 1 and select.select([own.sock], [], [], ALONE_SECONDS)[0]:
            return
        for _ in range(2):
            assert self._bell.run(b"PING") == b"PONG"

    @staticmethod
    def _arrived(client: Connection) -> tuple[Reply, ...]:
        """All replies that lie there. Read as bytes: hiredis gives statuses and strings alike."""
        data = bytearray()
        while select.select([client.sock], [], [], 0)[0]:
            data += client.sock.recv(1 << 16)
        return tuple(ReplyDecoder().feed(bytes(data)))

    def let_pass(self, ms: int) -> tuple[Event, ...]:
        client = self._bell
        for key in client.run(b"KEYS", b"*"):
            left_ms = client.run(b"PTTL", key)
            if left_ms > 0:
                client.run(b"PEXPIRE", key, b"%d" % max(left_ms - ms, 1))
            if client.run(b"TYPE", key) == b"hash":
                self._let_pass_in(client, key, ms)
            if client.run(b"TYPE", key) == b"stream":
                self._let_idle(client, key, ms)
        time.sleep(0.01)  # a real server lives in real time
        if ms >= CYCLE_MS:
            client.run(b"DEBUG", b"SET-ACTIVE-EXPIRE", b"1")
            time.sleep(CYCLE_SECONDS)
            client.run(b"DEBUG", b"SET-ACTIVE-EXPIRE", b"0")
        return ()

    @staticmethod
    def _let_pass_in(client: Connection, key: bytes, ms: int) -> None:
        """The same for the fields of a hash, where the server lets fields end."""
        fields = client.run(b"HKEYS", key)
        left = client.run(b"HPTTL", key, b"FIELDS", b"%d" % len(fields), *fields)
        for field, left_ms in zip(fields, left if isinstance(left, list) else [], strict=False):
            if left_ms > 0:
                soon = b"%d" % max(left_ms - ms, 1)
                client.run(b"HPEXPIRE", key, soon, b"FIELDS", b"1", field)

    @staticmethod
    def _let_idle(client: Connection, key: bytes, ms: int) -> None:
        """The same for what consumers of a stream have not acknowledged."""
        for row in client.run(b"XINFO", b"GROUPS", key):
            group = row[1] if isinstance(row, list) else row[b"name"]
            for id, consumer, idle, times in client.run(
                b"XPENDING", key, group, b"-", b"+", b"1000"
            ):
                since, often = b"%d" % (idle + ms), b"%d" % times
                client.run(
                    b"XCLAIM", key, group, consumer, b"0", id,
                    b"IDLE", since, b"RETRYCOUNT", often, b"JUSTID",
                )  # fmt: skip

    def configure(self, config: Sequence[tuple[str, str]]) -> None:
        client = self._bell
        self._client("")  # the learner comes first
        client.run(b"DEBUG", b"SET-ACTIVE-EXPIRE", b"0")
        self._remember([name.encode() for name, _ in config])
        for name, value in config:
            assert client.run(b"CONFIG", b"SET", name.encode(), value.encode()) == b"OK", name

    def _remember(self, names: Sequence[bytes]) -> None:
        """Keep what settings were, to put them back: the next lesson has the same server."""
        for name in names:
            before = self._bell.run(b"CONFIG", b"GET", name)
            self._before.setdefault(before[0], before[1])

    def close(self) -> None:
        self._bell.run(b"DEBUG", b"SET-ACTIVE-EXPIRE", b"1")
        for name, value in self._before.items():
            self._bell.run(b"CONFIG", b"SET", name, value)
        for connection in (self._bell, *self._connections.values()):
            connection.close()

    def _client(self, name: str) -> Connection:
        if name not in self._connections:
            self._connections[name] = self._server.connect()
        return self._connections[name]


@pytest.fixture(scope="module")
def cluster_server() -> Iterator[Server]:
    """A Redis in cluster mode that owns all slots."""
    binary = redis_binary()
    if binary is None:
        pytest.skip("redis-server is not on PATH")
    bus = str(free_port())  # by default 10000 above its port, which may be too high
    with running(binary, "--cluster-enabled", "yes", "--cluster-port", bus) as server:
        yield server


def differences(path: Path, server: Server, cluster: Server) -> list[str]:
    """What a real server says otherwise than a lesson, but for what is known to differ."""
    lesson = load(path, path.name)
    if not is_meant_for(lesson, server.version):
        pytest.skip(f"{path.name} is about {lesson.real or 'no real server'}")
    real = RealServer(server, cluster)
    try:
        real.configure(lesson.engine.config)
        found = compare(lesson, real.run, real.let_pass)
    finally:
        real.close()
    return [str(each) for each in found if not is_known(path.name, server, each.message)]


def lasting_differences(path: Path, server: Server, cluster: Server) -> list[str]:
    """The differences that are there each time.

    A real server lives in real time: on a busy machine a key of 20 ms may be gone before the
    next command comes. What really differs differs whenever it is played. Only the lesson
    whose keys live so short is played again.
    """
    found: list[str] = []
    for _ in range(TRIES.get(path.name, 1)):
        server.reset()
        found = differences(path, server, cluster)
        if not found:
            break
    return found


@LESSONS
def test_a_real_redis_says_what_the_lesson_says(
    path: Path, redis_server: Server, cluster_server: Server
) -> None:
    assert lasting_differences(path, redis_server, cluster_server) == []


@LESSONS
def test_a_real_valkey_says_what_the_lesson_says(
    path: Path, valkey_server: Server, cluster_server: Server
) -> None:
    assert lasting_differences(path, valkey_server, cluster_server) == []


def test_what_is_known_to_differ_names_lessons_that_are_there() -> None:
    assert {name for name, _, _ in SAYS_OTHERWISE} <= {path.name for path in lesson_files()}


@pytest.mark.parametrize(
    ("real", "version", "meant"),
    [(">=7.0", "7.0.15", True), (">=7.2", "7.0.15", False), (">=7.2", "9.1.2", True),
     (">=7.4", "7.10.1", True), ("", "7.4.0", False), ("==7.0", "7.0.15", True),
     ("<=7.0", "7.0.15", True), (">7.0", "7.0.15", False), ("<7.2", "7.0.15", True)],
)  # fmt: skip
def test_a_lesson_says_which_servers_it_is_true_of(real: str, version: str, meant: bool) -> None:
    assert is_meant_for(replace(sample(), real=real), version) == meant


def test_the_embedded_engine_is_compared_in_the_same_way() -> None:
    on = stage()
    assert compare(sample(), lambda command: on.run(command.argv, command.client), on.advance) == []


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            "```transcript\n> GET k\n(nil)\n> DBSIZE\n(integer) 5\n```",
            "`DBSIZE` prints '(integer) 0'",
        ),
        ("```redis\nINCR\n```", "`INCR` fails: ERR wrong number of arguments"),
        (
            '```check\n[[expect]]\ncmd = "GET k"\nreply = "1"\n```\n```solution\nSET k 2\n```',
            "after the solution, `GET k` says",
        ),
        (
            '```check\n[[expect]]\ncmd = "GET k"\nerror = "WRONG"\n```\n```solution\nSET k 2\n```',
            "after the solution, `GET k` says",
        ),
    ],
)
def test_a_difference_is_told_with_its_place(body: str, message: str) -> None:
    on = stage()
    problems = compare(
        lesson_of(f"## 1\n{body}\n"),
        lambda command: on.run(command.argv, command.client),
        on.advance,
    )
    assert len(problems) == 1
    assert problems[0].message.startswith(message)
    assert problems[0].place.line > 7


def test_what_only_our_own_engine_shows_is_not_asked_of_a_server() -> None:
    lesson = lesson_of(
        '## 1\n```check\n[[expect]]\nprobe = "k.length"\nis = 99\n'
        '[[expect]]\nevent = "hopped"\n```\n'
        "```solution\nSET k 2\n```\n"
    )
    on = stage()
    assert compare(lesson, lambda command: on.run(command.argv, command.client), on.advance) == []


def test_time_passes_there_as_well() -> None:
    on = stage()
    lesson = lesson_of(
        "## 1\n```redis\nSET k 1 EX 10\n:advance 1s\n```\n<!-- clock: +2s -->\n"
        "```transcript\n> TTL k\n(integer) 7\n> :advance 8s\n> EXISTS k\n(integer) 0\n```\n"
    )
    assert compare(lesson, lambda command: on.run(command.argv, command.client), on.advance) == []
