"""Clients that take more than they may: of the server's memory, its buffers, its connections.

Each scenario starts a server of its own with low limits, and gives what was seen; the tests say
what may be.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass

from tests.bench.idle import rss_kib
from tests.clients.served import Served, serving
from tests.oracle.servers import LOOPBACK, pack

KIB, MIB = 1024, 1024 * 1024
BATCH = 50
ALLOWED_KIB = 80 * 1024  # of a process, beyond three times its maxmemory
HUGE_CLAIMS = [
    b"*2147483647\r\n",
    b"*1\r\n$536870912\r\n",
    b"*2147483647\r\n$536870912\r\n",
    b"*1000000\r\n$4\r\nMSET\r\n$536870912\r\nabc",
]


@contextmanager
def sockets(served: Served, count: int) -> Iterator[list[socket.socket]]:
    """So many connections."""
    with ExitStack() as stack:
        yield [
            stack.enter_context(socket.create_connection((LOOPBACK, served.port), timeout=60))
            for _ in range(count)
        ]


def kib_of_a_claim(count: int) -> float:
    """What the server takes for a client that announces gigabytes and sends none of them."""
    with serving() as served, served.connect() as other, sockets(served, count) as crowd:
        other.run(b"CLIENT", b"LIST")  # all are in
        before = rss_kib(served.pid)
        for number, sock in enumerate(crowd):
            sock.sendall(HUGE_CLAIMS[number % len(HUGE_CLAIMS)])
        while other.run(b"CLIENT", b"LIST").count(b"qbuf=0 ") > 1:
            pass  # until all but ours have said something
        assert other.run(b"PING") == b"PONG"
        return (rss_kib(served.pid) - before) / count


def query_too_large(limit: int) -> int:
    """How many bytes of one command a server takes in, that may keep `limit` of them."""
    with serving("--client-query-buffer-limit", str(limit)) as served:
        with served.connect() as other, sockets(served, 1) as (sock,):
            sent = sock.send(b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$100000000\r\n")
            with suppress(ConnectionError):
                while sent < 100 * limit:
                    sent += sock.send(b"x" * 64 * KIB)
            assert other.run(b"SET", b"k", b"v") == b"OK"
            assert other.run(b"CLIENT", b"LIST").count(b"\n") == 1
        return sent


@dataclass(frozen=True)
class CutOff:
    """How a client that does not read ended.

    Attributes:
        seconds: After how long.
        kib: By how much the server had grown then, at most.
    """

    seconds: float
    kib: int


def slow_reader(limit: str, pipeline: int, value: int) -> CutOff:
    """Ask for many large values and read none, until the server hangs up."""
    with serving("--client-output-buffer-limit", f"normal {limit}") as served:
        with served.connect() as other, sockets(served, 1) as (sock,):
            other.run(b"SET", b"k", b"x" * value)
            before = most = rss_kib(served.pid)
            start = time.monotonic()
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            with suppress(ConnectionError):
                sock.sendall(pack([b"GET", b"k"]) * pipeline)
            while other.run(b"CLIENT", b"LIST").count(b"\n") > 1:
                most = max(most, rss_kib(served.pid))
                assert time.monotonic() - start < 60, "it was never cut off"
            assert other.run(b"PING") == b"PONG"
        return CutOff(time.monotonic() - start, most - before)


@dataclass(frozen=True)
class Flooded:
    """A server that was sent more than it may keep.

    Attributes:
        most: The most memory that was in use at any look, by its own account.
        kib: What the process took in the end.
        kept: How many keys were left.
        told: The errors there were, each once.
    """

    most: int
    kib: int
    kept: int
    told: set[str]


def flooded(policy: str, limit: int, value: int = KIB) -> Flooded:
    """Send three times what `limit` allows, of every type in turn, half of it to expire."""
    most, told = 0, set()
    with (
        serving("--maxmemory", str(limit), "--maxmemory-policy", policy) as served,
        served.connect() as client,
    ):
        for start in range(0, 3 * limit // value, BATCH):
            replies = client.pipeline(
                argv for number in range(start, start + BATCH) for argv in _drop(number, value)
            )
            told |= {str(reply) for reply in replies if isinstance(reply, Exception)}
            most = max(most, _fact(client.run(b"INFO", b"memory"), b"used_memory"))
        assert client.run(b"PING") == b"PONG"
        return Flooded(most, rss_kib(served.pid), client.run(b"DBSIZE"), told)


def _drop(number: int, value: int) -> list[list[bytes]]:
    """A new key of some type, and for every other one a time to live."""
    key, data = b"key:%d" % number, b"x" * value
    made = (
        [b"SET", key, data],
        [b"RPUSH", key, data],
        [b"HSET", key, b"field", data],
        [b"SADD", key, data],
        [b"ZADD", key, b"1", data],
        [b"XADD", key, b"*", b"field", data],
    )[number // 2 % 6]
    return [made, [b"PEXPIRE", key, b"1000000"]] if number % 2 else [made]


def _fact(info: bytes, name: bytes) -> int:
    (line,) = (row for row in info.splitlines() if row.startswith(name + b":"))
    return int(line.partition(b":")[2])


def stranger() -> bool:
    """Whether somebody without the password is cut off who asks for much and reads nothing."""
    with ExitStack() as stack:
        served = stack.enter_context(serving("--requirepass", "secret"))
        (sock,) = stack.enter_context(sockets(served, 1))
        other = stack.enter_context(served.connect())
        assert other.run(b"AUTH", b"secret") == b"OK"
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        asked = 0
        with suppress(ConnectionError):
            while asked < 100 * MIB:
                asked += sock.send(pack([b"GET", b"k"]) * 1_000)
        return bool(other.run(b"CLIENT", b"LIST").count(b"\n") == 1)


def one_too_many(most: int) -> tuple[list[bytes], bool]:
    """What clients beyond `maxclients` are told, and whether those before are served on."""
    with serving("--maxclients", str(most)) as served, ExitStack() as stack:
        held = [stack.enter_context(served.connect()) for _ in range(most)]
        assert all(client.run(b"PING") == b"PONG" for client in held)
        told = []
        for _ in range(5):
            with socket.create_connection((LOOPBACK, served.port), timeout=60) as sock:
                told.append(everything(sock))
        good = all(client.run(b"PING") == b"PONG" for client in held)
        held[0].close()
        held[1].run(b"PING")
        return told, good and comes_in(served)


def comes_in(served: Served) -> bool:
    """Whether there is room again, now that somebody has left."""
    for _ in range(100):
        with served.connect() as client, suppress(ConnectionError):
            if client.run(b"PING") == b"PONG":
                return True
    return False


def everything(sock: socket.socket) -> bytes:
    """All that comes until the server hangs up."""
    got = b""
    with suppress(ConnectionError):
        while data := sock.recv(4096):
            got += data
    return got
