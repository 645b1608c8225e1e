"""`redlearn serve` as a process: it starts, serves real clients, and ends when told to."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.oracle.servers import Connection, free_port


@contextmanager
def process(*words: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A server of its own, once it is ready; and its port."""
    port = free_port()
    started = subprocess.Popen(
        [sys.executable, "-m", "redlearn", "serve", "--port", str(port), *words],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    try:
        assert started.stderr is not None
        line = started.stderr.readline()
        assert "ready to accept connections" in line, line + started.stderr.read()
        yield started, port
    finally:
        started.kill()
        started.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_good_order(number: signal.Signals) -> None:
    with process() as (started, port), Connection(port) as client:
        assert client.run(b"SET", b"k", b"v") == b"OK"
        started.send_signal(number)
        assert started.wait(10) == 0
        assert client.sock.recv(1) == b""


def ended(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "redlearn", "serve", *words],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


def test_a_port_in_use_is_a_sentence_and_a_status() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = ended("--port", str(taken.getsockname()[1]), "--bind", "127.0.0.1")
    assert done.returncode == 1
    assert done.stderr.startswith("redlearn cannot listen: ")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["--no-such", "1"], "there is no parameter 'no-such'"),
        (["/no/such/redis.conf"], "No such file"),
    ],
)
def test_a_wrong_setting_is_a_sentence_and_a_status(words: list[str], text: str) -> None:
    done = ended(*words)
    assert done.returncode == 1
    assert text in done.stderr
    assert "Traceback" not in done.stderr
