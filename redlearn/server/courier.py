"""The courier of `redlearn serve`: MIGRATE's way to another server, over TCP.

It waits for each reply, and while it does nobody else is served: a key that is on its way must not
change. A connection is kept for ten seconds, since who moves one key moves more.

Source: `cluster.c` migrateGetSocket, migrateCloseTimedoutSockets.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from redlearn.clock import Clock
from redlearn.engine.ports import Undelivered
from redlearn.resp.decode import ReplyDecoder
from redlearn.resp.encode import encode_command
from redlearn.resp.reply import Reply

MOST_KEPT: Final = 64
KEPT_MS: Final = 10_000
PIECE: Final = 65536


@dataclass(slots=True)
class _Road:
    """A connection to another server."""

    sock: socket.socket
    used_ms: int


class SocketCourier:
    """Takes commands to other servers, one journey at a time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._roads: dict[tuple[bytes, int], _Road] = {}

    def send(
        self, host: bytes, port: int, calls: Sequence[Sequence[bytes]], timeout_ms: int
    ) -> list[Reply]:
        """Send all at once, and wait for as many replies.

        A connection that was kept may have been closed meanwhile. If nothing came back on it, it
        is tried once more on a new one.

        Raises:
            Undelivered: Nobody is there, or there was no reply in time.
        """
        place = (host, port)
        try:
            return self._journey(place, calls, timeout_ms)
        except Undelivered as trouble:
            late = isinstance(trouble.__cause__, TimeoutError)
            if trouble.replies or trouble.stage == "connecting" or late:
                raise
            return self._journey(place, calls, timeout_ms)

    def forget_old(self) -> None:
        """Close what has not been used for long."""
        now_ms = self._clock.now_ms()
        for place, road in list(self._roads.items()):
            if now_ms - road.used_ms > KEPT_MS:
                self._close(place)

    def close(self) -> None:
        """Close all."""
        for place in list(self._roads):
            self._close(place)

    def _journey(
        self, place: tuple[bytes, int], calls: Sequence[Sequence[bytes]], timeout_ms: int
    ) -> list[Reply]:
        stage, replies = "connecting", list[Reply]()
        try:
            sock = self._road_to(place, timeout_ms)
            stage = "writing"
            sock.sendall(b"".join(encode_command(list(call)) for call in calls))
            stage = "reading"
            decoder = ReplyDecoder()
            while len(replies) < len(calls):
                data = sock.recv(PIECE)
                if not data:
                    raise ConnectionResetError
                replies += decoder.feed(data)
        except OSError as trouble:
            self._close(place)
            raise Undelivered(stage, replies) from trouble
        return replies

    def _road_to(self, place: tuple[bytes, int], timeout_ms: int) -> socket.socket:
        """A connection, kept or new, on which nothing takes longer than that."""
        self.forget_old()
        road = self._roads.get(place)
        if road is None:
            if len(self._roads) >= MOST_KEPT:
                self._close(min(self._roads, key=lambda each: self._roads[each].used_ms))
            address = (place[0].decode("latin-1"), place[1])
            sock = socket.create_connection(address, timeout=timeout_ms / 1000)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            road = self._roads[place] = _Road(sock, 0)
        road.used_ms = self._clock.now_ms()
        road.sock.settimeout(timeout_ms / 1000)
        return road.sock

    def _close(self, place: tuple[bytes, int]) -> None:
        road = self._roads.pop(place, None)
        if road is not None:
            road.sock.close()
