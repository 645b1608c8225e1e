"""MIGRATE's way from one simulated host to another: over a connection, and it takes its time.

A server that migrates serves nobody until the other side has answered, since a key that is on its
way must not change. So while the message travels its host is busy: the rest of the world goes on,
what comes for the host waits in its sockets, its timer does not fire. Should that take longer than
the node timeout, the others take it for failing, as they do with a real one.

A connection is kept for ten seconds, since who moves one key moves more.

Source: `cluster.c` migrateGetSocket, migrateCloseTimedoutSockets.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from redlearn.cluster.network import Opened, Received
from redlearn.cluster.simulator import Simulator
from redlearn.engine.ports import Undelivered
from redlearn.resp.decode import ReplyDecoder
from redlearn.resp.encode import encode_command
from redlearn.resp.reply import Reply

KEPT_MS: Final = 10_000

Frozen = tuple[Any, ...]
Place = tuple[bytes, int]


class HostCourier:
    """Takes commands of one host to others, one journey at a time."""

    def __init__(self, simulator: Simulator, host: str) -> None:
        self._simulator = simulator
        self._host = host
        self._roads: dict[Place, int] = {}  # the socket of each connection that is kept
        self._used_ms: dict[int, int] = {}

    def send(
        self, host: bytes, port: int, calls: Sequence[Sequence[bytes]], timeout_ms: int
    ) -> list[Reply]:
        """Send all at once, and wait for as many replies. Raises Undelivered."""
        simulator = self._simulator
        simulator.occupy(self._host)
        try:
            socket = self._road_to((host, port), timeout_ms)
            simulator.network.send(socket, b"".join(encode_command(list(call)) for call in calls))
            return self._read(socket, len(calls), timeout_ms)
        finally:
            simulator.release(self._host)

    def owns(self, socket: int) -> bool:
        """Whether a connection is one of these."""
        return socket in self._used_ms

    def closed(self, socket: int) -> None:
        """The other side has closed it."""
        self._roads = {place: number for place, number in self._roads.items() if number != socket}
        self._used_ms.pop(socket, None)

    def cron(self) -> None:
        """Close what has not been used for long."""
        for socket, used_ms in list(self._used_ms.items()):
            if self._simulator.now_ms - used_ms > KEPT_MS:
                self._hang_up(socket)

    def _road_to(self, place: Place, timeout_ms: int) -> int:
        """A connection that is up, kept or new."""
        socket = self._roads.get(place)
        if socket is None:
            socket = self._simulator.network.connect(self._host, *place)
            news = self._simulator.wait_for(self._host, socket, timeout_ms)
            if news is None:
                self._hang_up(socket)
                raise Undelivered("connecting")
            if not isinstance(news, Opened):  # Redis does not ask whether it is, and notices here
                raise Undelivered("writing")
            self._roads[place] = socket
        self._used_ms[socket] = self._simulator.now_ms
        return socket

    def _read(self, socket: int, wanted: int, timeout_ms: int) -> list[Reply]:
        replies: list[Reply] = []
        while len(replies) < wanted:
            match self._simulator.wait_for(self._host, socket, timeout_ms):
                case Received(_, flight):
                    replies += ReplyDecoder().feed(flight.data)
                case _:
                    self._hang_up(socket)
                    raise Undelivered("reading", replies)
        return replies

    def _hang_up(self, socket: int) -> None:
        self._simulator.network.close(socket)
        self.closed(socket)

    # ---- time travel ----

    def freeze(self) -> Frozen:
        """The connections that are kept."""
        return tuple(self._roads.items()), tuple(self._used_ms.items())

    def thaw(self, frozen: Frozen) -> None:
        """Be as `freeze` found it."""
        roads, used_ms = frozen
        self._roads, self._used_ms = dict(roads), dict(used_ms)
