"""Servers that are killed while clients write, and what is left of what they were told is done.

Each client counts, and does the same five things again and again in one go; the number says which
time it is. So what must be there after a crash follows from two numbers: how many times were
acknowledged, and how many were sent.

    SET c0:set 7      RPUSH c0:list 7      HSET c0:hash 7 x      XADD c0:stream * n 7
    MULTI   INCR c0:a   RPUSH c0:log 7   INCR c0:b   EXEC
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from tests.endurance.warm import WarmProcess
from tests.oracle.servers import Connection, free_port

STARTS_WITHIN_S = 120.0
PORT_TAKEN = "cannot listen: Address already in use"


@dataclass
class Running:
    """A server of ours in a directory.

    Attributes:
        said: Its log, complete once it has ended.
    """

    process: subprocess.Popen[bytes] | WarmProcess
    port: int
    log: Path

    def connect(self) -> Connection:
        return Connection(self.port)

    def kill(self) -> None:
        """End it as a crash does: nothing is written any more."""
        self.process.kill()
        self.process.wait()

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """End it in good order; its status."""
        self.process.send_signal(number)
        return self.process.wait(60)

    @property
    def said(self) -> str:
        return self.log.read_text(errors="replace")


@contextmanager
def server(folder: Path, *words: str, before: Any = None, warm: bool = False) -> Iterator[Running]:
    """A server with its data in `folder`, once it has loaded it; killed at the end.

    Args:
        before: Runs in the new process before the server does: limits, mostly.
        warm: It need not start Python; see `warm.py`.
    """
    running = _started(folder, words, before, warm)
    try:
        yield running
    finally:
        running.kill()


def _started(folder: Path, words: Sequence[str], before: Any, warm: bool) -> Running:
    """Start one; again on another port if somebody was quicker to take this one."""
    log = folder.parent / f"{folder.name}.log"
    while True:
        port = free_port()
        log.write_bytes(b"")
        argv = ["serve", "--port", str(port), "--dir", str(folder), *words]
        process = WarmProcess(argv, log, before) if warm else _cold(argv, log, before)
        running = Running(process, port, log)
        try:
            _await(running)
            return running
        except AssertionError:
            running.kill()
            if PORT_TAKEN not in running.said:
                raise


def _cold(argv: Sequence[str], log: Path, before: Any) -> subprocess.Popen[bytes]:
    """The command line, as somebody would type it."""
    with open(log, "wb") as said:
        return subprocess.Popen(
            [sys.executable, "-m", "redlearn", *argv],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=said, preexec_fn=before,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )  # fmt: skip


def _await(running: Running) -> None:
    """Until it has loaded its data. A real process takes real time."""
    deadline = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < deadline and running.process.poll() is None:
        if "ready to accept connections" in running.said:
            return
        time.sleep(0.01)
    raise AssertionError(f"it does not start:\n{running.said}")


@dataclass
class Writer:
    """A client that counts.

    Attributes:
        sent, acked: The last round that was sent, and the last that was acknowledged whole.
        refused: What it was told instead of an acknowledgement, the first such reply.
        at_a_time: Rounds that are sent in one go.
    """

    name: bytes
    at_a_time: int = 1
    sent: int = 0
    acked: int = 0
    refused: str = ""
    acked_at: float = 0.0
    times: list[tuple[float, int]] = field(default_factory=list)

    def round(self, number: int) -> list[list[bytes]]:
        """The commands of one round."""
        name, text = self.name, b"%d" % number
        return [
            [b"SET", name + b":set", text],
            [b"RPUSH", name + b":list", text],
            [b"HSET", name + b":hash", text, b"x"],
            [b"XADD", name + b":stream", b"*", b"n", text],
            [b"MULTI"],
            [b"INCR", name + b":a"],
            [b"RPUSH", name + b":log", text],
            [b"INCR", name + b":b"],
            [b"EXEC"],
        ]

    def write(self, port: int) -> None:
        """Go on until the server is gone, or refuses."""
        with suppress(OSError), Connection(port) as client:
            while not self.refused:
                numbers = range(self.sent + 1, self.sent + 1 + self.at_a_time)
                self.sent = numbers[-1]
                rounds = [self.round(number) for number in numbers]
                replies = client.pipeline([argv for one in rounds for argv in one])
                self._look_at(numbers, replies)

    def _look_at(self, numbers: Sequence[int], replies: list[Any]) -> None:
        size = len(replies) // len(numbers)
        for at, number in enumerate(numbers):
            of_round = replies[at * size : (at + 1) * size]
            bad = [each for each in of_round if isinstance(each, Exception)]
            if bad:
                self.refused = str(bad[0])
                return
            self.acked = number
            self.times.append((time.monotonic(), number))

    def lost(self, client: Connection) -> str:
        """What is missing of what was acknowledged, or half there; "" if nothing is."""
        name = self.name
        last = int(client.run(b"GET", name + b":set") or 0)
        pushed = [int(text) for text in client.run(b"LRANGE", name + b":list", b"0", b"-1")]
        fields = sorted(int(text) for text in client.run(b"HKEYS", name + b":hash"))
        entries = client.run(b"XRANGE", name + b":stream", b"-", b"+")
        added = [int(pairs[1]) for _, pairs in entries]
        first = int(client.run(b"GET", name + b":a") or 0)
        logged = [int(text) for text in client.run(b"LRANGE", name + b":log", b"0", b"-1")]
        second = int(client.run(b"GET", name + b":b") or 0)
        told = f"{name.decode()}: acknowledged {self.acked}, sent {self.sent}:"
        for what, numbers in (("list", pushed), ("hash", fields), ("stream", added)):
            if numbers != list(range(1, len(numbers) + 1)):
                return f"{told} {what} has {numbers[-5:]}"
            if not self.acked <= len(numbers) <= self.sent:
                return f"{told} {what} has {len(numbers)}"
        if not self.acked <= last <= self.sent:
            return f"{told} set is {last}"
        if not (first == second == len(logged)):
            return f"{told} half a transaction: {first}, {len(logged)}, {second}"
        if first < self.acked:
            return f"{told} {first} transactions"
        return ""

    def begin_from(self, client: Connection) -> None:
        """Forget what is there, and count from one again."""
        client.run(b"DEL", *(self.name + part for part in PARTS))
        self.sent = self.acked = 0
        self.refused = ""
        self.times.clear()


PARTS = (b":set", b":list", b":hash", b":stream", b":a", b":log", b":b")


def _let_write(running: Running, writers: Sequence[Writer]) -> list[threading.Thread]:
    """Let writers write; from when one of them is acknowledged something, or all have ended.

    Which they do, at the latest when they have waited in vain for a reply (`Connection`).
    """
    threads = [threading.Thread(target=writer.write, args=(running.port,)) for writer in writers]
    for thread in threads:
        thread.start()
    while not any(writer.acked for writer in writers) and any(
        map(threading.Thread.is_alive, threads)
    ):
        time.sleep(0.001)
    return threads


def write_until_killed(running: Running, writers: Sequence[Writer], after_s: float) -> float:
    """Let writers write, kill the server in the midst of it; when that was.

    Args:
        after_s: How long they write, drawn at random: a kill is to come at any moment, between any
            two steps of the server, and nothing that could be waited for is any moment.
    """
    threads = _let_write(running, writers)
    time.sleep(after_s)
    running.kill()
    at = time.monotonic()
    for thread in threads:
        thread.join()
    return at


def crowd(count: int) -> list[Writer]:
    """One writer that waits for each reply, or several that send ahead."""
    if count == 1:
        return [Writer(b"c0")]
    return [Writer(b"c%d" % number, at_a_time=3) for number in range(count)]


CHAIN = 8
"""Kills in one directory before another is taken, so that loading stays short."""


@dataclass
class Kills:
    """What became of servers that were killed.

    Attributes:
        count: How often one was killed.
        rounds: How many rounds of five writes were acknowledged before.
        lost: What was missing afterwards, a line each.
    """

    count: int = 0
    rounds: int = 0
    lost: list[str] = field(default_factory=list)

    def look_at(self, client: Connection, writers: Sequence[Writer]) -> None:
        """Note what is missing of what `writers` were told, and forget it."""
        for writer in writers:
            self.rounds += writer.acked
            if loss := writer.lost(client):
                self.lost.append(loss)
            writer.begin_from(client)


def killed(folder: Path, seed: int, kills: int, writers: int, *words: str) -> Kills:
    """Kill a server again and again while writers write.

    The last start in each directory is a cold one.
    """
    rng, found = Random(seed), Kills()
    while found.count < kills:
        here = folder / str(found.count)
        here.mkdir(parents=True)
        people = crowd(writers)
        for _ in range(min(CHAIN, kills - found.count)):
            with server(here, *words, warm=True) as running:
                with running.connect() as client:
                    found.look_at(client, people)
                write_until_killed(running, people, rng.uniform(0.02, 0.25))
            found.count += 1
        with server(here, *words) as running, running.connect() as client:
            found.look_at(client, people)
    return found


ALWAYS = ("--appendonly", "yes", "--appendfsync", "always", "--save", "")
EVERYSEC = ("--appendonly", "yes", "--appendfsync", "everysec", "--save", "")


def ended(folder: Path, seed: int, runs: int, *words: str) -> list[str]:
    """End a server in good order again and again while writers write; what was lost.

    SIGTERM, SIGINT and SHUTDOWN by turns. What was sent and not answered may be there or not.
    """
    rng = Random(seed)
    losses: list[str] = []
    for first in range(0, runs, CHAIN):
        here, people = folder / str(first), crowd(4)
        here.mkdir(parents=True)
        for number in range(first, min(first + CHAIN, runs)):
            losses += _end_one(here, number, people, rng, *words)
        with server(here, *words) as running, running.connect() as client:
            losses += [loss for writer in people if (loss := writer.lost(client))]
    return losses


def _end_one(
    here: Path, number: int, people: Sequence[Writer], rng: Random, *words: str
) -> list[str]:
    """Start a server, let it be written to, end it; what was lost of the last one, or is wrong.

    The end comes at a random moment, as a kill does (`write_until_killed`).
    """
    with server(here, *words, warm=True) as running, running.connect() as client:
        losses = [loss for writer in people if (loss := writer.lost(client))]
        for writer in people:
            writer.begin_from(client)
        threads = _let_write(running, people)
        time.sleep(rng.uniform(0.02, 0.2))
        status = _end(running, client, number)
        for thread in threads:
            thread.join()
        left = [name for name in os.listdir(here) if name.startswith("temp")]
        if status or left:
            losses.append(f"run {number} ended with {status}, and left {left}")
    return losses


def _end(running: Running, client: Connection, number: int) -> int:
    """End it in one of three ways; its status."""
    if number % 3 == 2:
        with suppress(OSError):
            client.run(b"SHUTDOWN")
        return running.process.wait(60)
    return running.end((signal.SIGTERM, signal.SIGINT)[number % 3])


def seconds_to_end(folder: Path, keys: int) -> float:
    """How long an end takes that has to save so many keys."""
    with server(folder, *SAVING, "--enable-debug-command", "yes") as running:
        with running.connect() as client:
            client.run(b"DEBUG", b"POPULATE", b"%d" % keys)
        begun = time.monotonic()
        assert running.end() == 0
        return time.monotonic() - begun


SAVING = ("--save", "3600 1")
