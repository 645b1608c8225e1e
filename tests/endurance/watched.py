"""A screen over many keys, while a program sends thousands of commands a second.

    python -m tests.endurance.watched flood PORT SECONDS KEYS     SETs in pipelines
    python -m tests.endurance.watched populate PORT KEYS          so many keys
    python -m tests.endurance.watched session                     a session that nobody watches

What a frame costs is counted in calls, which is the same on any machine; how many commands a
second get through, and how soon a key is painted, is measured on the real program in a terminal.
"""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Final

from redlearn.server.endpoints import Endpoints
from redlearn.server.guests import SessionHost
from redlearn.server.listener import Listener
from redlearn.timeline.session import Recipe, Session
from redlearn.timeline.wall import wall_ms
from redlearn.tui.desk import Desk
from redlearn.tui.exhibits import Curator, exhibits
from redlearn.tui.pane_host import Window
from tests.clients.served import serving
from tests.oracle.servers import Connection
from tests.tui.terminal import Terminal

BATCH: Final = 100
SIZE: Final = (120, 36)
PANE: Final = Window(80, 20)


# --------------------------------------------------------------------------- what a frame costs


def calls_of_a_frame(keys: int) -> dict[str, int]:
    """How many functions are called to draw each pane after a SET, with so many keys there."""
    desk = Desk(Session(Recipe()))
    curator = Curator(desk)
    shown = exhibits(curator)
    desk.run(f"DEBUG POPULATE {keys}")
    for number in range(40):  # the table of keys has grown by then
        desk.run(f"SET key:{number} value")
    counted: dict[str, int] = {}
    for exhibit in shown:
        if exhibit.there():
            exhibit.pane.render(exhibit.source(PANE), PANE.width, PANE.height)
    desk.run("SET key:7 other")
    for exhibit in shown:
        if exhibit.there():
            counted[exhibit.id] = calls_of(
                lambda each=exhibit: each.pane.render(each.source(PANE), PANE.width, PANE.height)
            )
    return counted


def calls_of(act: Callable[[], object]) -> int:
    """How many functions it calls, in Python and in C."""
    count = 0

    def see(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(see)
    try:
        act()
    finally:
        sys.setprofile(None)
    return count


# ------------------------------------------------------------------------------ the real program


@dataclass(frozen=True)
class Seen:
    """What came of it.

    Attributes:
        rates: Of each round the commands a second in a session that nobody watches, on a screen,
            and on a screen at which somebody types.
        key_ms: How soon keys were painted, in ms.
    """

    rates: list[tuple[float, float, float]]
    key_ms: list[float]

    @property
    def alone(self) -> float:
        """Commands a second that nobody watches."""
        return median(alone for alone, _, _ in self.rates)

    @property
    def kept(self) -> tuple[float, float]:
        """What is left of them on a screen, and on one at which somebody types.

        Of each round, as a machine may be busy in one of them and not in the next.
        """
        watched = median(rate / alone for alone, rate, _ in self.rates)
        return watched, median(rate / alone for alone, _, rate in self.rates)

    @property
    def p95_ms(self) -> float:
        """The time within which 95 of a hundred keys were painted."""
        return sorted(self.key_ms)[len(self.key_ms) * 95 // 100]


class Screen(Terminal):
    """The program in a terminal of its own, with a port that programs may come to."""

    def __init__(self, home: Path) -> None:
        super().__init__(home, "--listen", "-1", columns=SIZE[0], rows=SIZE[1])
        self.until("can connect to")
        found = re.search(r"127\.0\.0\.1:(\d+)", self.text())
        assert found, self.text()
        self.port = int(found.group(1))

    def read_until_over(self, crowd: subprocess.Popen[str]) -> None:
        """Draw for as long as a crowd sends."""
        while crowd.poll() is None:
            self.read()

    def empty_line(self) -> None:
        """Take back all that was typed, which begins with an a."""
        self.type("\x15")  # ctrl+u
        while "redlearn> a" in self.text():
            assert self.read()

    def key_ms(self, typed: str, key: str) -> float:
        """How long it takes until a key is painted behind what was typed before."""
        began = time.perf_counter()
        self.type(key)
        self.until(f"redlearn> {typed}{key}")
        return (time.perf_counter() - began) * 1000


def watched(keys: int, seconds: float, rounds: int) -> Seen:
    """Send SETs for so long, by turns to a session that nobody watches and to a screen."""
    rates: list[tuple[float, float, float]] = []
    times: list[float] = []
    with TemporaryDirectory() as home, unwatched() as port:
        screen = Screen(Path(home))
        try:
            populate(port, keys)
            populate(screen.port, keys, screen)
            for _ in range(rounds):
                alone = rate(port, seconds, keys, screen.read_until_over)
                seen = rate(screen.port, seconds, keys, screen.read_until_over)
                typed = rate(
                    screen.port, seconds, keys,
                    lambda crowd: times.extend(typed_until_over(screen, crowd)),
                )  # fmt: skip
                rates.append((alone, seen, typed))
            return Seen(rates, times)
        finally:
            screen.close()


def typed_until_over(screen: Screen, crowd: subprocess.Popen[str]) -> list[float]:
    """Type a key each 50 ms after the one before was painted, for as long as a crowd sends.

    How long that took each time.
    """
    times, typed = [], ""
    while crowd.poll() is None:
        key = "abcdefghijklmnopqrstuvwxyz"[len(typed) % 26]
        times.append(screen.key_ms(typed, key))
        typed += key
        if len(typed) == 40:
            screen.empty_line()
            typed = ""
        end = time.monotonic() + 0.05
        while time.monotonic() < end:
            screen.read()
    screen.empty_line()
    return times


@contextmanager
def unwatched() -> Iterator[int]:
    """A session that nobody watches; its port."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.endurance.watched", "session"],
        stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.kill()


def served(keys: int, seconds: float) -> float:
    """How many SETs a second a plain server takes when there are so many keys."""
    with serving("--enable-debug-command", "yes") as server:
        populate(server.port, keys)
        return rate(server.port, seconds, keys, lambda crowd: crowd.wait())


def rate(
    port: int, seconds: float, keys: int, meanwhile: Callable[[subprocess.Popen[str]], object]
) -> float:
    """How many SETs a second a port takes, while something is done until the crowd has sent all."""
    with flood(port, seconds, keys) as crowd:
        meanwhile(crowd)
        assert crowd.stdout is not None
        return float(crowd.stdout.readline())


def populate(port: int, keys: int, screen: Screen | None = None) -> None:
    """Put so many keys there, by a program of its own: a terminal has to be read meanwhile."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.endurance.watched", "populate", str(port), str(keys)]
    ) as process:
        while screen is not None and process.poll() is None:
            screen.read()
        assert process.wait() == 0


@contextmanager
def flood(port: int, seconds: float, keys: int) -> Iterator[subprocess.Popen[str]]:
    """SETs in pipelines, from a process of its own, which prints how many a second there were."""
    words = (str(port), str(seconds), str(keys))
    with subprocess.Popen(
        [sys.executable, "-m", "tests.endurance.watched", "flood", *words],
        stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            process.kill()


# ---------------------------------------------------------------------------- the others' part


def send(port: int, seconds: float, keys: int) -> float:
    """SETs in pipelines for so long; how many a second were answered."""
    random, count, began = Random(1), 0, time.perf_counter()
    with Connection(port) as client:
        while (passed := time.perf_counter() - began) < seconds:
            batch = [[b"SET", b"key:%d" % random.randrange(keys), b"x" * 20] for _ in range(BATCH)]
            assert client.pipeline(batch) == [b"OK"] * BATCH
            count += BATCH
    return count / passed


async def host() -> None:
    """A session that nobody watches, and its port on standard output."""
    session = Session(Recipe(start_ms=wall_ms()))
    listener = Listener(SessionHost(session, wall_ms))
    await listener.open(Endpoints(port=-1))
    print(listener.ports[0], flush=True)
    await asyncio.Event().wait()


def main(words: list[str]) -> None:
    """Be one of the others."""
    numbers: list[Any] = [float(word) for word in words[1:]]
    if words[0] == "flood":
        print(send(int(numbers[0]), numbers[1], int(numbers[2])), flush=True)
    elif words[0] == "populate":
        with Connection(int(numbers[0])) as client:
            client.run(b"DEBUG", b"POPULATE", b"%d" % int(numbers[1]))
    else:
        asyncio.run(host())


if __name__ == "__main__":
    main(sys.argv[1:])
