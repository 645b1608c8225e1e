"""One connection to a real server."""

from __future__ import annotations

import select
import socket
from collections.abc import Sequence
from typing import Final

from redlearn.backends.address import Address
from redlearn.resp.decode import ProtocolError, ReplyDecoder
from redlearn.resp.encode import encode_command
from redlearn.resp.reply import Failure, Reply

CONNECT_SECONDS: Final = 5.0
REPLY_SECONDS: Final = 30.0
PIECE: Final = 1 << 16


class Unreachable(Exception):
    """Nobody is there, does not answer, lets us not in, or speaks no RESP."""


class Link:
    """A client of a real server, that waits for what it asks for.

    Attributes:
        address: The server's.
    """

    def __init__(self, address: Address) -> None:
        """Connect, and say who we are if the address does.

        Raises:
            Unreachable: If that does not succeed.
        """
        self.address = address
        self._decoder = ReplyDecoder()
        self._ready: list[Reply] = []
        try:
            self._sock = socket.create_connection((address.host, address.port), CONNECT_SECONDS)
        except OSError as error:
            raise Unreachable(f"{address}: {error.strerror or error}") from error
        self._sock.settimeout(REPLY_SECONDS)
        self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if address.password:
            words = [address.user, address.password] if address.user else [address.password]
            reply = self.ask(b"AUTH", *(word.encode() for word in words))
            if isinstance(reply, Failure):
                raise Unreachable(f"{address}: {reply.text}")

    def send(self, argv: Sequence[bytes]) -> None:
        """Send a command, and do not wait."""
        try:
            self._sock.sendall(encode_command(argv))
        except OSError as error:
            raise Unreachable(f"{self.address}: {error.strerror or error}") from error

    def ask(self, *argv: bytes) -> Reply:
        """Send a command and wait for its reply; an error is one."""
        self.send(argv)
        while not self._ready:
            self._receive()
        return self._ready.pop(0)

    def has_news(self, seconds: float = 0) -> bool:
        """Whether something arrives within that time."""
        return bool(self._ready) or bool(select.select([self._sock], [], [], seconds)[0])

    def arrived(self) -> tuple[Reply, ...]:
        """All replies that lie there; of the last one, what is still on its way as well."""
        while not self._decoder.idle or select.select([self._sock], [], [], 0)[0]:
            self._receive()
        replies, self._ready = tuple(self._ready), []
        return replies

    def close(self) -> None:
        """Hang up."""
        self._sock.close()

    def _receive(self) -> None:
        try:
            data = self._sock.recv(PIECE)
            self._ready.extend(self._decoder.feed(data))
        except (OSError, ProtocolError) as error:
            raise Unreachable(f"{self.address}: {error}") from error
        if not data:
            raise Unreachable(f"{self.address}: the server hung up")
