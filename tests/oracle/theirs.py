"""The connections of a comparison to the real server: one for each client, and one beside.

What different clients send reaches the server in the order in which it is sent only if each
waits for the replies to the last. A call that has to wait gives none; `CLIENT LIST` says when
the server has come to that.
"""

from __future__ import annotations

import time

from redlearn.resp.encode import encode
from tests.oracle.calls import numbered
from tests.oracle.servers import Connection, Server

PATIENCE_SECONDS = 20.0


class NoReply(Exception):
    """The server owes a reply that does not come, or does not wait where it should."""


class Theirs:
    """The server's clients.

    Attributes:
        clients: The connections, in the order of ours.
        control: One that takes no part.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self.control = server.connect()
        self.control.run(b"DEBUG", b"SET-ACTIVE-EXPIRE", b"0")
        self.clients: list[Connection] = []
        self._ids: list[int] = []

    def begin(self, protocols: list[int]) -> None:
        """Let there be as many clients, each as if it had just come."""
        self.control.run(b"RESET")
        while len(self.clients) < len(protocols):
            connection = self._server.connect()
            connection.sock.settimeout(PATIENCE_SECONDS)
            self._ids.append(connection.run(b"CLIENT", b"ID"))
            self.clients.append(connection)
        for number, protocol in enumerate(protocols):
            self.send(number, [[b"RESET"], [b"HELLO", b"%d" % protocol]])
            self.reply(number)
            self.reply(number)

    def send(self, number: int, argvs: list[list[bytes]]) -> None:
        """Send some calls in one go."""
        calls = [encode([*numbered(argv, self._ids)]) for argv in argvs]
        self.clients[number].sock.sendall(b"".join(calls))

    def reply(self, number: int) -> bytes:
        """The next reply to a client."""
        try:
            return self.clients[number].raw_reply()
        except OSError as error:
            raise NoReply(f"   client {number} gets no reply: {error}") from None

    def wait_until_parked(self, number: int) -> None:
        """Wait until the server lets a client wait, so that others come after it."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        wanted = b"%d" % self._ids[number]
        while time.monotonic() < deadline:
            line = self.control.run(b"CLIENT", b"LIST", b"ID", wanted)
            if b" flags=b" in line:
                return
            time.sleep(0.001)  # a real server reads in real time
        raise NoReply(f"   client {number} does not wait: {line!r}")

    def hang_up(self) -> None:
        """Forget all clients, with whatever they wait for."""
        for connection in self.clients:
            connection.close()
        self.clients, self._ids = [], []

    def close(self) -> None:
        """Hang up for good."""
        self.hang_up()
        self.control.close()
