"""A member that is simple enough to see through: it answers each word with the same word.

`Echo` keeps one connection to each peer it is told of, says a numbered word on it at each tick, and
writes down, with the time, whatever it is told.
"""

from __future__ import annotations

from typing import Any

from redlearn.cluster.network import Accepted, Closed, Network, News, Opened, Received
from redlearn.cluster.simulator import Simulator

PORT = 9000


def address(name: str) -> bytes:
    return f"10.0.0.{name}".encode()


class Echo:
    """Says "name number" to its peers at each tick, and answers what others say.

    Attributes:
        peers: Whom to talk to.
        said: How many words it said.
        log: (ms, what) of everything that it was told.
        talks: Whether it says anything at its ticks.
    """

    def __init__(self, simulator: Simulator, name: str) -> None:
        self.clock = simulator.clock
        self.network: Network = simulator.network
        self.name = name
        self.peers: list[str] = []
        self.sockets: dict[str, int] = {}
        self.inbound: set[int] = set()
        self.said = 0
        self.talks = True
        self.log: list[tuple[int, str]] = []
        self._out: list[tuple[int, bytes]] = []

    def hear(self, news: News) -> None:
        match news:
            case Accepted(socket, port, ip):
                self.inbound.add(socket)
                self.note(f"accepted {ip.decode()}:{port}")
            case Opened():
                self.note("opened")
            case Closed(socket):
                self.inbound.discard(socket)
                self.sockets = {peer: s for peer, s in self.sockets.items() if s != socket}
                self.note("closed")
            case Received(socket, flight):
                self.note(f"heard {flight.data.decode()}")
                if socket in self.inbound:
                    self._out.append((socket, b"yes " + flight.data))

    def cron(self) -> None:
        if not self.talks:
            return
        for peer in self.peers:
            if peer not in self.sockets:
                self.sockets[peer] = self.network.connect(self.name, address(peer), PORT)
            self.said += 1
            self._out.append((self.sockets[peer], f"{self.name} {self.said}".encode()))

    def settle(self) -> None:
        out, self._out = self._out, []
        for socket, data in out:
            self.network.send(socket, data)

    def note(self, what: str) -> None:
        self.log.append((self.clock.ms, what))

    def heard(self, start: str = "heard") -> list[str]:
        return [what.removeprefix("heard ") for _, what in self.log if what.startswith(start)]

    def freeze(self) -> tuple[Any, ...]:
        return (
            tuple(self.peers), tuple(self.sockets.items()), frozenset(self.inbound), self.said,
            tuple(self.log), self.talks,
        )  # fmt: skip

    def thaw(self, frozen: tuple[Any, ...]) -> None:
        peers, sockets, inbound, self.said, log, self.talks = frozen
        self.peers, self.sockets = list(peers), dict(sockets)
        self.inbound, self.log = set(inbound), list(log)


def talking(seed: int, count: int = 3, **options: Any) -> Simulator:
    """Hosts "1", "2" ..., each of which talks to all others."""
    simulator = Simulator(seed, **options)
    names = [str(number) for number in range(1, count + 1)]

    def build(within: Simulator, name: str) -> Echo:
        echo = Echo(within, name)
        echo.peers = [other for other in names if other != name]
        return echo

    for name in names:
        simulator.add(name, address(name), [PORT], build)
    return simulator
