"""Pairs: one client of ours and one of a server's, which are sent the same."""

from __future__ import annotations

from redlearn.resp.encode import encode
from tests.conftest import Redis, argv_of
from tests.oracle.servers import Connection, Server, reply_end

SYNC = b"in step"


class Pair:
    """One client of ours and one of the server's, which are sent the same."""

    def __init__(self, redis: Redis, server: Server) -> None:
        self.ours = redis.connect()
        self.theirs: Connection = server.connect()
        self.theirs.sock.settimeout(5)

    def send(self, line: str) -> tuple[bytes, bytes]:
        """Run a line on both sides; all that came of it for this client, up to a PING's answer."""
        for argv in (argv_of(line), [b"PING", SYNC]):
            self.ours.engine.execute(self.ours.client, argv)
            self.theirs.sock.sendall(encode([*argv]))
        protocol = self.ours.client.protocol
        ours = b"".join(encode(reply, protocol) for reply in self.ours.client.take())
        return ours, self._received()

    def _received(self) -> bytes:
        got = b""
        while SYNC not in got or reply_end(got, _last_reply(got)) is None:
            got += self.theirs.sock.recv(65536)
        return got


def split(data: bytes) -> list[bytes]:
    """The replies one by one."""
    replies, at = [], 0
    while at < len(data):
        end = reply_end(data, at)
        assert end is not None
        replies.append(data[at:end])
        at = end
    return replies


def _last_reply(data: bytes) -> int:
    at = 0
    while (end := reply_end(data, at)) is not None and end < len(data):
        at = end
    return at
