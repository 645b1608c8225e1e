"""Tracking beside real servers: who is told what, over random programs of several clients.

The moment within a read differs: Redis tells those with BCAST before it sleeps, an engine by
itself after each command. So what reached a client is compared without its order, which
`tests/engine/test_tracking.py` holds; over sockets, where our server sleeps too, byte for byte.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from random import Random

import pytest

from redlearn.resp.encode import encode_commands
from tests.clients.served import serving
from tests.conftest import Redis
from tests.oracle.pairs import Pair, split
from tests.oracle.servers import Server

CLIENTS = 3
KEYS = ("a", "ab", "b", "abc")


@pytest.fixture(params=["redis_server", "valkey_server"])
def server(request: pytest.FixtureRequest) -> Server:
    found: Server = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def pairs(redis: Redis, server: Server) -> Iterator[list[Pair]]:
    made = [Pair(redis, server) for _ in range(CLIENTS)]
    yield made
    for pair in made:
        pair.theirs.close()


def drawn(rng: Random) -> str:
    key, other = rng.choice(KEYS), rng.choice(KEYS)
    return rng.choice([
        "CLIENT TRACKING on", "CLIENT TRACKING on NOLOOP", "CLIENT TRACKING on OPTIN",
        "CLIENT TRACKING on OPTOUT NOLOOP", f"CLIENT TRACKING on BCAST PREFIX {key}",
        "CLIENT TRACKING on BCAST", "CLIENT TRACKING on BCAST NOLOOP PREFIX x PREFIX b",
        "CLIENT TRACKING off", "CLIENT TRACKINGINFO", "CLIENT GETREDIR", "CLIENT CACHING yes",
        "CLIENT CACHING no", f"CLIENT TRACKING on BCAST PREFIX {key} PREFIX {other}",
        "CLIENT TRACKING on PREFIX a", "CLIENT TRACKING on OPTIN OPTOUT",
        f"GET {key}", f"MGET {key} {other}", f"EXISTS {key}", f"STRLEN {key}", f"GET {other}",
        f"SET {key} 1", f"MSET {key} 1 {other} 2", f"DEL {key} {other}", f"APPEND {key} x",
        f"EXPIRE {key} 100", f"RENAME {key} {other}", f"COPY {key} {other} REPLACE",
        f"GETDEL {key}", f"GETEX {key} PERSIST", "FLUSHALL",
    ])  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
def test_the_same_clients_are_told_of_the_same_keys(pairs: list[Pair], seed: int) -> None:
    rng = Random(seed)
    for pair in pairs[: CLIENTS - seed % 2]:  # in half of the programs one speaks RESP2
        pair.send("HELLO 3")
    story = []
    for _ in range(300):
        at, line = rng.randrange(CLIENTS), drawn(rng)
        story.append(f"{at}: {line}")
        pair = pairs[at]
        for each in (pair, *(other for other in pairs if other is not pair)):
            ours, theirs = each.send(line if each is pair else "PING")
            assert sorted(split(ours)) == sorted(split(theirs)), "\n".join(story[-30:])


OPTIONS = ("BCAST PREFIX k", "BCAST NOLOOP PREFIX k", "BCAST", "BCAST PREFIX k1 PREFIX k2")
READS = (
    ("SET k2 v", "SET other v", "SET k1 v", "SET k2 w"),
    ("MULTI", "SET k1 a", "SET k9 b", "EXEC", "DEL k1 k9", "PING"),
    ("EVAL return(redis.call('MSET','k1',1,'k2',2)) 0", "GET k1", "INCR k2"),
    ("INCR kc", "CLIENT TRACKING OFF", "INCR kd"),
    ("FLUSHALL", "SET k3 v", "CLIENT REPLY SKIP", "SET k1 v"),
)  # fmt: skip


class Line:
    """A connection on which whole reads are sent."""

    def __init__(self, port: int, options: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self.send("HELLO 3", f"CLIENT TRACKING on {options}")

    def send(self, *lines: str) -> bytes:
        """Send lines in one piece; all that came until they are answered, and what is told then."""
        seen = b""
        for read, last in (((*lines, "ECHO so"), b"so"), (("ECHO end",), b"end")):
            self._socket.sendall(encode_commands([line.encode().split() for line in read]))
            while b"\r\n%b\r\n" % last not in seen:  # what is told comes behind the replies
                seen += (more := self._socket.recv(1 << 16))
                assert more, seen
        return seen

    def close(self) -> None:
        self._socket.close()


def told(port: int, options: str) -> list[bytes]:
    """What a client that writes, and another, are sent."""
    writer, other = Line(port, options), Line(port, options)
    try:
        return [each for read in READS for each in (writer.send(*read), other.send("PING"))]
    finally:
        writer.close()
        other.close()


@pytest.mark.parametrize("options", OPTIONS)
def test_a_turn_is_told_in_one_message_behind_the_replies(server: Server, options: str) -> None:
    with serving() as ours:
        for port in (ours.port, server.port):
            Line(port, "BCAST").send("FLUSHALL")
        assert told(ours.port, options) == told(server.port, options)
