"""Runs the same random commands on the engine and on a real server, and compares the bytes.

A short run is part of the tests (`test_differential.py`). A long one:

    python -m tests.oracle.compare --server valkey --count 100000
    python -m tests.oracle.compare --server redis --count 100000 --seed 7
    python -m tests.oracle.compare --server redis --count 100000 --expiring
    python -m tests.oracle.compare --server redis --count 100000 --slots

Each sequence begins with empty databases, in RESP2 or RESP3, sometimes with low limits so
that encodings change. Compared are

    replies         byte for byte, also each one inside EXEC's
    notifications   with what a second connection is sent that subscribed to all of them
    effects         with what the server appends to its append-only file
    state           after each sequence: every key's type, encoding, content, time to live

Where two replies differ, the program that drew the command may say that both are as good
(chance, clocks, order of buckets), and `differences.py` names what differs between
versions. Anything else is reported, and ends its sequence: what follows would differ too.

With `--expiring`, half of the keys' lives end in the middle of each sequence, while nobody
looks: the second half finds them stale. That takes real time, a tenth of a second each.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from random import Random
from types import ModuleType
from typing import Any

from redlearn.resp.encode import encode
from redlearn.slots import slot_of
from tests.oracle import programs as programs_package
from tests.oracle.avoided import avoided
from tests.oracle.calls import Call, Message, Ours, Words, decoded, items_of
from tests.oracle.differences import Difference, explain, passed_apart
from tests.oracle.following import (
    CLOCKS_APART_MS,
    AppendOnlyFile,
    Subscriber,
    as_file,
    same_words,
)
from tests.oracle.programs.stream import same_but_for_clocks
from tests.oracle.servers import (
    Connection,
    Server,
    free_port,
    redis_binary,
    running,
    valkey_binary,
)

SEQUENCE = 120
LIFE_MS = 60
"""How long the keys live that end in the middle of a sequence."""
NEVER_MS = 2**63
ENOUGH_REPORTS = 10
STORY = 25
"""How many calls a report shows at most."""

LOW_LIMITS = (
    "hash-max-listpack-entries", "zset-max-listpack-entries", "list-max-listpack-size",
    "set-max-listpack-entries", "stream-node-max-entries",
)  # fmt: skip
USUAL = {"hash-max-listpack-entries": b"128", "zset-max-listpack-entries": b"128",
         "hash-max-listpack-value": b"64", "zset-max-listpack-value": b"64",
         "set-max-intset-entries": b"512", "set-max-listpack-entries": b"128",
         "list-max-listpack-size": b"-2", "stream-node-max-entries": b"100",
         "lazyfree-lazy-expire": b"no", "lazyfree-lazy-server-del": b"no",
         "notify-keyspace-events": b""}  # fmt: skip
SLOT_LETTERS = b"{}{}ab1\x00\xff"
CLASSES = (b"", b"", b"KEAmn", b"KEA", b"Kg$", b"Ehzxn", b"m", b"K", b"EA")


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
        compared: Commands run on both sides; those inside EXEC count where they were queued.
        too_slow: Sequences that were given up: keys ended before they were to.
        messages, effects: How many of them were compared.
        explained: How often each named difference was met.
        unexplained: The first few that nobody explains, ready to print.
    """

    compared: int = 0
    messages: int = 0
    effects: int = 0
    too_slow: int = 0
    explained: Counter[str] = field(default_factory=Counter)
    unexplained: list[str] = field(default_factory=list)


class Unexplained(Exception):
    """A difference that nobody explains; the message says where."""


class TooSlow(Exception):
    """Keys ended before the pause in which they were to: nothing can be said."""


class Comparison:
    """The engine and a server side by side."""

    def __init__(self, server: Server, seed: int, *, expiring: bool = False) -> None:
        self.server = server
        self.seed = seed
        self.expiring = expiring
        self.programs = programs(server.name)
        self.outcome = Outcome()
        self._first_end_ms = NEVER_MS
        self.connections = {protocol: server.connect(protocol) for protocol in (2, 3)}
        self.subscriber = Subscriber(server)
        with server.connect() as client:
            client.run(b"DEBUG", b"SET-ACTIVE-EXPIRE", b"0")
            folder = client.run(b"CONFIG", b"GET", b"dir")[1]
            appends = client.run(b"CONFIG", b"GET", b"appendonly")[1] == b"yes"
        self.file = AppendOnlyFile(Path(folder.decode())) if appends else None

    def run(self, count: int, first: int = 0) -> Outcome:
        """Compare at least `count` commands, or stop at the tenth that nobody explains."""
        number = first
        while self.outcome.compared < count and len(self.outcome.unexplained) < ENOUGH_REPORTS:
            self._sequence(number)
            number += 1
        for each in (*self.connections.values(), self.subscriber, self.file):
            if each is not None:
                each.close()
        return self.outcome

    def _sequence(self, number: int) -> None:
        """One sequence. Its number and the seed say all about it, so it can be run again."""
        rng = Random(f"{self.seed} {number}")
        program = self.programs[number % len(self.programs)]
        protocol = 2 + number // len(self.programs) % 2
        connection = self.connections[protocol]
        ours = Ours(now_ms(), rng.randrange(1000), protocol)
        prologue = [*_prologue(rng, protocol)]
        for argv in prologue:
            ours.run(argv, now_ms())
        connection.pipeline(prologue)
        self.subscriber.take()
        if self.file is not None:
            self.file.take()
        done: list[Call] = []
        try:
            for calls in self._parts(program, rng):
                self._part(program, ours, connection, calls, done)
            self._compare_state(ours, connection)
        except TooSlow:
            self.outcome.too_slow += 1
        except Unexplained as difference:
            self.outcome.unexplained.append(
                f"in sequence {number} of seed {self.seed} ({program.__name__}, RESP{protocol})\n"
                f"{difference}\n   after\n{_story(done, str(difference))}"
            )

    def _parts(self, program: ModuleType, rng: Random) -> Iterator[list[list[bytes]]]:
        """The calls of a sequence, all at once or with a pause in which keys end."""
        calls = [program.draw(rng) for _ in range(SEQUENCE)]
        calls = [argv for argv in calls if argv and argv[0].upper() != b"QUIT"]
        if not self.expiring:
            yield calls
            return
        self._first_end_ms = now_ms() + LIFE_MS
        yield [*_with_short_lives(rng, calls[: SEQUENCE // 2])]
        self._first_end_ms = NEVER_MS
        time.sleep((LIFE_MS * 2) / 1000)
        yield calls[SEQUENCE // 2 :]

    def _part(
        self,
        program: ModuleType,
        ours: Ours,
        connection: Connection,
        argvs: list[list[bytes]],
        done: list[Call],
    ) -> None:
        """Run some calls on both sides, ours first, and compare all that came of them."""
        ours.clock.ms = now_ms()
        calls = [
            ours.run(argv, now_ms())
            for argv in argvs
            if not avoided(self.server.name, argv, ours.engine, ours.client)
        ]
        connection.sock.sendall(b"".join(encode([*call.argv]) for call in calls))
        replies = [connection.raw_reply() for _ in calls]
        if now_ms() >= self._first_end_ms:
            raise TooSlow
        selected = b"0" if self.file is None else self.file.db
        words = [] if self.file is None else self.file.take()
        messages = self.subscriber.take()
        for call, theirs in zip(calls, replies, strict=True):
            done.append(call)
            self.outcome.compared += 1
            self._compare_reply(program, call, theirs)
            if getattr(program, "REPLIES_ONLY", False):
                continue
            self._compare_messages(call, messages)
            if self.file is not None:
                selected = self._compare_effects(call, words, selected)
        if (messages or words) and not getattr(program, "REPLIES_ONLY", False):
            raise Unexplained(f"   theirs, at the end   {messages} {words}")

    def _compare_reply(self, program: ModuleType, call: Call, theirs: bytes) -> None:
        if call.reply == theirs:
            return
        mine, other = items_of(call.reply), items_of(theirs)
        if call.queued and mine is not None and other is not None and len(mine) == len(other):
            for argv, ours, their in zip(call.queued, mine, other, strict=True):
                self._compare_reply(program, Call(argv, ours, call.protocol), their)
        elif not program.agree(call.argv, decoded(call.reply), decoded(theirs)):
            known = explain(self.server.name, call.argv, call.reply, theirs)
            self._note(known, f"{_shown(call.argv)}\n   ours   {call.reply[:500]!r}\n"
                              f"   theirs {theirs[:500]!r}")  # fmt: skip

    def _compare_messages(self, call: Call, theirs: list[Message]) -> None:
        """Take this call's notifications from the beginning of theirs."""
        ours = call.messages
        other = theirs[: len(ours)]
        del theirs[: len(ours)]
        self.outcome.messages += len(ours)
        if ours != other and not (_walks(call) and sorted(ours) == sorted(other)):
            raise Unexplained(f"{_shown(call.argv)}\n   ours tell   {ours}\n"
                              f"   theirs      {other + theirs[:2]}")  # fmt: skip

    def _compare_effects(self, call: Call, theirs: list[Words], selected: bytes) -> bytes:
        """Take this call's effects from the beginning of theirs; the database selected then."""
        ours = as_file(call.effects, selected)
        other = theirs[: len(ours)]
        del theirs[: len(ours)]
        self.outcome.effects += len(ours)
        selects = [words[1] for words in ours if words[0] == b"SELECT"]
        if _walks(call):
            ours, other = sorted(ours), sorted(other)
        if len(ours) > len(other) or not all(map(same_words, ours, other)):
            known = passed_apart(self.server.name, ours, other)
            self._note(known, f"{_shown(call.argv)}\n   ours pass on   {ours}\n"
                              f"   theirs         {other + theirs[:2]}")  # fmt: skip
        return selects[-1] if selects else selected

    def _note(self, known: Difference | None, report: str) -> None:
        if known is None:
            raise Unexplained(report)
        self.outcome.explained[known.name] += 1

    def _compare_state(self, ours: Ours, connection: Connection) -> None:
        """Compare every key of the first two databases on both sides."""
        ours.clock.ms = now_ms()
        ours.engine.check()
        for db in (b"0", b"1"):
            prologue = [[b"RESET"], [b"HELLO", b"2"], [b"SELECT", db]]
            for argv in prologue:
                ours.ask(argv)
            connection.pipeline(prologue)
            keys = sorted(_asked(ours, [b"KEYS", b"*"]))
            if keys != (theirs := sorted(connection.run(b"KEYS", b"*"))):
                raise Unexplained(f"   our keys   {keys}\n   their keys {theirs}")
            for key in keys:
                self._compare_key(ours, connection, key)

    def _compare_key(self, ours: Ours, connection: Connection, key: bytes) -> None:
        for question in questions(_asked(ours, [b"TYPE", key]), key):
            mine, other = _asked(ours, question), connection.run(*question)
            if mine == other or _same_content(question, mine, other):
                continue
            if question[0] == b"PTTL" and min(mine, other) >= 0:
                if abs(mine - other) < CLOCKS_APART_MS:
                    continue
            known = explain(self.server.name, question, encode(mine), encode(other))
            self._note(known, f"   state: {_shown(question)} ours {mine!r} theirs {other!r}")


def now_ms() -> int:
    """The machine's clock, which both sides go by."""
    return time.time_ns() // 1_000_000


def _prologue(rng: Random, protocol: int) -> Iterator[list[bytes]]:
    yield [b"RESET"]
    yield [b"HELLO", b"%d" % protocol]
    yield [b"FLUSHALL"]
    for name, value in USUAL.items():
        low = name in LOW_LIMITS and rng.random() < 0.6
        text = b"%d" % rng.randrange(1, 7) if low else value
        if name == "notify-keyspace-events":
            text = rng.choice(CLASSES)
        yield [b"CONFIG", b"SET", name.encode(), text]
        if low and name == "set-max-listpack-entries":
            # Not below the other: the form of a union would depend on the order of buckets.
            yield [b"CONFIG", b"SET", b"set-max-intset-entries", b"8"]


def _with_short_lives(rng: Random, calls: list[list[bytes]]) -> Iterator[list[bytes]]:
    """The calls, and after many of them a PEXPIRE of a key they name."""
    for argv in calls:
        yield argv
        if len(argv) > 1 and rng.random() < 0.4:
            yield [b"PEXPIRE", argv[1], b"%d" % LIFE_MS]


def _story(done: list[Call], difference: str) -> str:
    """The latest calls about whatever words the report's first line names."""
    named = {word for word in difference.splitlines()[0].split() if len(word) > 3}
    lines = [_shown(call.argv) for call in done]
    about = [line for line in lines if named & {*line.split()[1:]}]
    return "\n".join(f"      {line}" for line in (about or lines)[-STORY:])


def _walks(call: Call) -> bool:
    """Whether a walk over the table may have met stale keys, in an order of its own."""
    return b"SCAN" in {argv[0].upper() for argv in (call.argv, *call.queued)}


def _shown(argv: list[bytes]) -> str:
    return " ".join(map(repr, argv))


def _asked(ours: Ours, argv: list[bytes]) -> Any:
    return decoded(encode(ours.ask(argv), 2))


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


def same_slots(server: Server, seed: int, count: int) -> list[bytes]:
    """Those of `count` random keys that a server in cluster mode puts into another slot."""
    rng = Random(seed)
    keys = [bytes(rng.choices(SLOT_LETTERS, k=rng.randrange(12))) for _ in range(count)]
    with server.connect() as client:
        slots = client.pipeline([(b"CLUSTER", b"KEYSLOT", key) for key in keys])
    return [key for key, slot in zip(keys, slots, strict=True) if slot != slot_of(key)]


@contextmanager
def server_to_compare(name: str, *, cluster: bool = False) -> Iterator[Server | None]:
    """A server of its own that appends to a file; None if there is no such binary here."""
    binary = valkey_binary() if name == "valkey" else redis_binary()
    if binary is None:
        yield None
        return
    options = ["--cluster-enabled", "yes", "--cluster-port", str(free_port())] if cluster else []
    with running(binary, "--appendonly", "yes", "--appendfsync", "no",
                 "--auto-aof-rewrite-percentage", "0", *options) as server:  # fmt: skip
        yield server


def main() -> int:
    """The long run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", choices=("valkey", "redis"), default="valkey")
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="the sequence to begin with")
    parser.add_argument("--expiring", action="store_true", help="let keys end meanwhile")
    parser.add_argument("--slots", action="store_true", help="compare CLUSTER KEYSLOT instead")
    options = parser.parse_args()
    with server_to_compare(options.server, cluster=options.slots) as server:
        if server is None:
            print(f"There is no {options.server} server here to compare with.")
            return 2
        if options.slots:
            others = same_slots(server, options.seed, options.count)
            print(f"{options.count} keys asked {server.name} {server.version} for; other slots:"
                  f" {others[:ENOUGH_REPORTS] or 'none'}")  # fmt: skip
            return 1 if others else 0
        began = time.monotonic()
        comparison = Comparison(server, options.seed, expiring=options.expiring)
        outcome = comparison.run(options.count, options.first)
        return _told(outcome, server, time.monotonic() - began)


def _told(outcome: Outcome, server: Server, seconds: float) -> int:
    print(f"{outcome.compared} commands, {outcome.messages} notifications and {outcome.effects}"
          f" effects compared with {server.name} {server.version} in {seconds:.0f} s")  # fmt: skip
    if outcome.too_slow:
        print(f"  {outcome.too_slow:6} sequences given up: this machine was too slow for them")
    for name, times in outcome.explained.most_common():
        print(f"  {times:6} x known: {name}")
    for report in outcome.unexplained:
        print(f"UNEXPLAINED {report}")
    return 1 if outcome.unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
