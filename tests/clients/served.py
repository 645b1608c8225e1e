"""`redlearn serve` as a process of its own, for clients that other people wrote."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import TemporaryDirectory

from tests.oracle.servers import Connection, free_port


@dataclass(frozen=True)
class Served:
    """A running server.

    Attributes:
        port: Where it listens on the loopback interface.
        pid: Its process.
    """

    port: int
    pid: int

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    def connect(self, protocol: int = 2) -> Connection:
        return Connection(self.port, protocol)

    def reset(self) -> None:
        """Empty it, and give it back the settings that tests change."""
        with self.connect() as client:
            client.run(b"FLUSHALL")
            client.run(b"CONFIG", b"SET", b"maxmemory-policy", b"noeviction")


@contextmanager
def serving(*words: str) -> Iterator[Served]:
    """A server with these words on its command line, from ready to killed, in an empty folder."""
    with TemporaryDirectory() as empty:
        yield from _serving("--save", "", "--dir", empty, *words)


def _serving(*words: str) -> Iterator[Served]:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "redlearn", "serve", "--port", str(port), *words],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    try:
        assert process.stderr is not None
        line = process.stderr.readline()
        assert "ready to accept connections" in line, line
        yield Served(port, process.pid)
    finally:
        process.terminate()
        try:
            _, rest = process.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            _, rest = process.communicate()
    assert "Traceback" not in rest, rest
