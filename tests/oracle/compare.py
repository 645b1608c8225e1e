"""Runs the same random commands on the engine and on a real server, and compares the bytes.

A short run is part of the tests. A long one:

    python -m tests.oracle.compare --server valkey --count 100000
    python -m tests.oracle.compare --server redis --count 100000 --seed 7

Each sequence begins with empty databases, in RESP2 or RESP3, sometimes with low limits so
that encodings change. Replies are compared byte for byte. Where they differ, the program
that drew the command may say that both are as good (chance, clocks, order of buckets), and
`differences.py` names what differs between versions. Anything else is reported. After each
sequence all keys of both sides are compared: type, encoding, content, time to live.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import import_module
from pkgutil import iter_modules
from random import Random
from types import ModuleType
from typing import Any

from redlearn.clock import VirtualClock
from redlearn.engine.client import Client
from redlearn.engine.engine import Engine
from redlearn.resp.decode import ReplyDecoder
from redlearn.resp.encode import encode
from redlearn.resp.reply import Reply
from tests.oracle import programs as programs_package
from tests.oracle.differences import Difference, avoided, explain
from tests.oracle.programs.stream import same_but_for_clocks
from tests.oracle.servers import (
    Connection,
    Server,
    redis_binary,
    running,
    valkey_binary,
)

SEQUENCE = 120
LOW_LIMITS = (
    "hash-max-listpack-entries", "zset-max-listpack-entries", "list-max-listpack-size",
    "set-max-listpack-entries", "stream-node-max-entries",
)  # fmt: skip
USUAL = {"hash-max-listpack-entries": b"128", "zset-max-listpack-entries": b"128",
         "hash-max-listpack-value": b"64", "zset-max-listpack-value": b"64",
         "set-max-intset-entries": b"512", "set-max-listpack-entries": b"128",
         "list-max-listpack-size": b"-2", "stream-node-max-entries": b"100",
         "notify-keyspace-events": b""}  # fmt: skip


def programs(server: str) -> list[ModuleType]:
    """The programs that a server of this name can run."""
    found = [
        import_module(f"{programs_package.__name__}.{module.name}")
        for module in iter_modules(programs_package.__path__)
    ]
    return [
        module
        for module in found
        if hasattr(module, "draw") and server in getattr(module, "SERVERS", (server,))
    ]


@dataclass
class Outcome:
    """What a run found.

    Attributes:
        compared: Commands run on both sides.
        explained: How often each named difference was met.
        unexplained: The first few that nobody explains, ready to print.
    """

    compared: int = 0
    explained: Counter[str] = field(default_factory=Counter)
    unexplained: list[str] = field(default_factory=list)


class Comparison:
    """The engine and a server side by side."""

    def __init__(self, server: Server, seed: int) -> None:
        self.server = server
        self.rng = Random(seed)
        self.programs = programs(server.name)
        self.outcome = Outcome()
        self.connections = {protocol: server.connect(protocol) for protocol in (2, 3)}

    def run(self, count: int) -> Outcome:
        """Compare at least `count` commands, or stop at the tenth that nobody explains."""
        number = 0
        while self.outcome.compared < count and len(self.outcome.unexplained) < 10:
            self._sequence(self.programs[number % len(self.programs)], 2 + number % 2)
            number += 1
        for connection in self.connections.values():
            connection.close()
        return self.outcome

    def _sequence(self, program: ModuleType, protocol: int) -> None:
        connection = self.connections[protocol]
        clock = VirtualClock(time.time_ns() // 1_000_000)
        engine = Engine(clock, seed=self.rng.randrange(1000))
        client = engine.connect()
        client.protocol = protocol
        prologue = [*self._prologue(protocol)]
        calls = [program.draw(self.rng) for _ in range(SEQUENCE)]
        calls = [argv for argv in calls if argv and argv[0].upper() not in (b"QUIT", b"HELLO2")]
        for argv in prologue:
            engine.execute(client, argv)
        client.take()
        connection.pipeline(prologue)
        replies = list(self._run_ours(engine, client, clock, calls))
        connection.sock.sendall(b"".join(encode_request(argv) for argv, _, _ in replies))
        for argv, ours, spoken in replies:
            self._compare(program, argv, ours, connection.raw_reply(), spoken)
        self._compare_state(engine, client, connection, [argv for argv, _, _ in replies])

    def _run_ours(
        self, engine: Engine, client: Client, clock: VirtualClock, calls: list[list[bytes]]
    ) -> Iterator[tuple[list[bytes], bytes, int]]:
        """Each call that can be compared, our reply to it, and the protocol it is in."""
        for argv in calls:
            if avoided(self.server.name, argv, client.queue is not None):
                continue
            clock.ms = time.time_ns() // 1_000_000
            protocol = client.protocol
            engine.execute(client, list(argv))
            (reply,) = client.take()
            # HELLO answers in the protocol it has just agreed on; so does RESET.
            if argv[0].upper() in (b"HELLO", b"RESET"):
                protocol = client.protocol
            yield argv, encode(reply, protocol), protocol

    def _prologue(self, protocol: int) -> Iterator[list[bytes]]:
        yield [b"RESET"]
        yield [b"HELLO", b"%d" % protocol]
        yield [b"FLUSHALL"]
        for name, value in USUAL.items():
            low = name in LOW_LIMITS and self.rng.random() < 0.6
            text = b"%d" % self.rng.randrange(1, 7) if low else value
            yield [b"CONFIG", b"SET", name.encode(), text]
            if low and name == "set-max-listpack-entries":
                # Not below the other: the form of a union would depend on the order of buckets.
                yield [b"CONFIG", b"SET", b"set-max-intset-entries", b"8"]

    def _compare(
        self, program: ModuleType, argv: list[bytes], ours: bytes, theirs: bytes, protocol: int
    ) -> None:
        self.outcome.compared += 1
        if ours == theirs:
            return
        mine, other = decoded(ours), decoded(theirs)
        if program.agree(argv, mine, other):
            return
        known = explain(self.server.name, argv, ours, theirs)
        self._note(known, f"{' '.join(map(repr, argv))}\n   ours   {ours[:300]!r}\n"
                          f"   theirs {theirs[:300]!r}   (RESP{protocol}, {program.__name__})")  # fmt: skip

    def _note(self, known: Difference | None, report: str) -> None:
        if known is not None:
            self.outcome.explained[known.name] += 1
        else:
            self.outcome.unexplained.append(report)

    def _compare_state(
        self, engine: Engine, client: Client, connection: Connection, calls: list[list[bytes]]
    ) -> None:
        """Compare every key of the first two databases on both sides."""
        engine.check()
        for db in (b"0", b"1"):
            prologue = [[b"RESET"], [b"HELLO", b"2"], [b"SELECT", db]]
            for argv in prologue:
                engine.execute(client, argv)
            client.take()
            connection.pipeline(prologue)
            keys = sorted(self._ask(engine, client, [b"KEYS", b"*"]))
            if keys != sorted(connection.run(b"KEYS", b"*")):
                self.outcome.unexplained.append(f"other keys than the server's: {calls}")
                return
            for key in keys:
                self._compare_key(engine, client, connection, key, calls)

    def _compare_key(
        self, engine: Engine, client: Client, connection: Connection, key: bytes, calls: Any
    ) -> None:
        for question in questions(self._ask(engine, client, [b"TYPE", key]), key):
            mine, other = self._ask(engine, client, question), connection.run(*question)
            if mine == other or _same_content(question, mine, other):
                continue
            if question[0] == b"PTTL" and min(mine, other) >= 0 and abs(mine - other) < 5000:
                continue
            known = explain(self.server.name, question, encode(mine), encode(other))
            self._note(known, f"state: {question} ours {mine!r} theirs {other!r}\n  after {calls}")

    def _ask(self, engine: Engine, client: Client, argv: list[bytes]) -> Any:
        engine.execute(client, argv)
        (reply,) = client.take()
        return decoded(encode(reply, 2), status=bytes)


def _same_content(question: list[bytes], mine: Any, other: Any) -> bool:
    """Whether two answers to a question differ in their order alone, or in moments alone."""
    if question[0] == b"XINFO":
        return same_but_for_clocks(mine, other)
    return isinstance(mine, list) and sorted(mine) == sorted(other)


def questions(kind: bytes, key: bytes) -> list[list[bytes]]:
    """What to ask about a key of this type."""
    contents = {
        b"string": [b"GET", key],
        b"hash": [b"HGETALL", key],
        b"list": [b"LRANGE", key, b"0", b"-1"],
        b"set": [b"SMEMBERS", key],
        b"stream": [b"XINFO", b"STREAM", key, b"FULL", b"COUNT", b"0"],
        b"zset": [b"ZRANGE", key, b"0", b"-1", b"WITHSCORES"],
    }
    return [[b"TYPE", key], [b"OBJECT", b"ENCODING", key], [b"PTTL", key], contents[kind]]


def encode_request(argv: list[bytes]) -> bytes:
    """A command as a client sends it."""
    return encode([*argv])


def decoded(data: bytes, status: type | None = None) -> Any:
    """A reply as plain Python: lists, bytes, numbers; errors as exceptions."""
    (reply,) = ReplyDecoder().feed(data)
    return plain(reply)


def plain(reply: Reply) -> Any:
    """A decoded reply without the classes of our own."""
    match type(reply).__name__:
        case "Status":
            return reply.text.encode()  # type: ignore[union-attr]
        case "Failure":
            return ValueError(reply.text)  # type: ignore[union-attr]
        case "NullArray":
            return None
        case "Verbatim":
            return reply.data  # type: ignore[union-attr]
    if isinstance(reply, dict):
        return {_key(plain(name)): plain(value) for name, value in reply.items()}
    if isinstance(reply, list):
        return [plain(item) for item in reply]
    return reply


def _key(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def main() -> int:
    """The long run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", choices=("valkey", "redis"), default="valkey")
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    binary = valkey_binary() if options.server == "valkey" else redis_binary()
    if binary is None:
        print(f"There is no {options.server} server here to compare with.")
        return 2
    with running(binary) as server:
        outcome = Comparison(server, options.seed).run(options.count)
    print(f"{outcome.compared} commands compared with {server.name} {server.version}")
    for name, times in outcome.explained.most_common():
        print(f"  {times:6} x known: {name}")
    for report in outcome.unexplained:
        print(f"UNEXPLAINED {report}")
    return 1 if outcome.unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
