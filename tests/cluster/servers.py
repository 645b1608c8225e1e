"""Simulated servers without a cluster, and clients that talk to them over the network."""

from __future__ import annotations

from typing import Any

from redlearn.cluster.network import Closed, Conditions, News, Received
from redlearn.cluster.server import Server
from redlearn.cluster.simulator import Simulator, Tell
from redlearn.resp.decode import ReplyDecoder
from redlearn.resp.encode import encode_command
from redlearn.resp.reply import Reply
from redlearn.timeline.snapshot import Freezer

IP = b"127.0.0.1"


class Person:
    """Somebody at a keyboard: one connection, and all that came on it."""

    def __init__(self, simulator: Simulator, name: str) -> None:
        self.network, self.name = simulator.network, name
        self.socket = -1
        self.heard: list[Reply] = []
        self.raw: list[bytes] = []

    def dial(self, port: int) -> None:
        self.socket = self.network.connect(self.name, IP, port)

    def say(self, *lines: str) -> None:
        self.network.send(self.socket, b"".join(encode_command(words(line)) for line in lines))

    def hear(self, news: News) -> None:
        if isinstance(news, Received):
            self.raw.append(news.flight.data)
            self.heard += ReplyDecoder().feed(news.flight.data)
        elif isinstance(news, Closed):
            self.heard.append("closed")  # type: ignore[arg-type]

    def cron(self) -> None:
        pass

    def settle(self) -> None:
        pass

    def freeze(self) -> tuple[Any, ...]:
        return self.socket, tuple(self.heard), tuple(self.raw)

    def thaw(self, frozen: tuple[Any, ...]) -> None:
        self.socket, heard, raw = frozen
        self.heard, self.raw = list(heard), list(raw)


def words(line: str) -> list[bytes]:
    return [word.encode() for word in line.split()]


def served(count: int, seed: int = 1, conditions: Conditions | None = None) -> Simulator:
    """Servers "7001", "7002" ..., each a primary of its own, and a person "you"."""
    simulator = Simulator(seed, conditions)
    for number in range(1, count + 1):
        name = str(7000 + number)
        simulator.add(name, IP, [7000 + number], lambda s, n: Server(s, n, freezer=Freezer))
        simulator.member(name).run(b"CONFIG", b"SET", b"repl-diskless-sync-delay", b"0")
    simulator.add("you", IP, [9999], Person)
    return simulator


def run(simulator: Simulator, name: int | str, line: str) -> Reply:
    """Run a command on a host; what it sends goes out."""
    simulator.act(Tell(str(name), lambda server: server.run(*words(line))))
    answer: Any = simulator.answer
    return answer  # type: ignore[no-any-return]


def follow(simulator: Simulator, replica: int, primary: int) -> None:
    simulator.act(Tell(str(replica), lambda s: s.replicator.follow_address(IP, primary)))


def promote(simulator: Simulator, name: int) -> None:
    simulator.act(Tell(str(name), lambda s: s.replicator.stop_following()))


def settle(simulator: Simulator, ms: int = 2_000) -> None:
    simulator.run_until(simulator.now_ms + ms)


def data(simulator: Simulator, name: int | str) -> bytes:
    """A digest of all data of a server."""
    return simulator.member(str(name)).run(b"DEBUG", b"DIGEST")  # type: ignore[no-any-return]
