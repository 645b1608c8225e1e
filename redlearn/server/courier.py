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
from redlearn.resp.decode import ProtocolError, ReplyDecoder
from redlearn.resp.encode import encode_command
from redlearn.resp.reply import Reply

MOST_KEPT: Final = 64
KEPT_MS: Final = 10_000
LONGEST_MS: Final = 2_000_000_000  # a socket counts milliseconds in 32 bits: it waits 23 days
PIECE: Final = 65536
LONGEST_REPLY: Final = 1024
"""Bytes of a reply to AUTH, SELECT or RESTORE."""


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
        place, timeout_ms = (host, port), min(timeout_ms, LONGEST_MS)
        try:
            return self._journey(place, calls, timeout_ms)
        except Undelivered as trouble:
            hung_up = isinstance(trouble.__cause__, ConnectionError)
            if trouble.replies or trouble.stage == "connecting" or not hung_up:
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
            self._read(sock, replies, len(calls), timeout_ms)
        except (OSError, ValueError, OverflowError, ProtocolError) as trouble:
            # There is nobody, no such address, or somebody who is no Redis.
            self._close(place)
            if isinstance(trouble, ConnectionRefusedError):
                stage = "writing"  # Redis does not ask whether it is connected, and notices here
            raise Undelivered(stage, replies) from trouble
        return replies

    def _read(
        self, sock: socket.socket, replies: list[Reply], wanted: int, timeout_ms: int
    ) -> None:
        """Add the replies of another server to those that came.

        They are short, and all are there in time: whoever is on the other side may be no Redis,
        or mean harm, and while we wait nobody else is served.
        """
        decoder, left = ReplyDecoder(), LONGEST_REPLY * wanted
        until_ms = self._clock.now_ms() + timeout_ms
        while len(replies) < wanted:
            sock.settimeout(max(1, until_ms - self._clock.now_ms()) / 1000)
            data = sock.recv(min(PIECE, left))
            left -= len(data)
            if not data:
                raise ConnectionResetError
            if left <= 0:
                raise ProtocolError("ERR Protocol error: too much of a reply")
            replies += decoder.feed(data)
            if self._clock.now_ms() > until_ms:
                raise TimeoutError

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
