"""A redis-cli that is told what to print: it asks us, and we answer with the bytes of a test."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence

import pytest

from redlearn.resp.decode import RequestDecoder

# What redis-cli asks on its own when it starts, and an answer it is content with.
SMALL_TALK = {b"HELLO": b"%0\r\n", b"COMMAND": b"*0\r\n"}


def require_cli() -> str:
    """The redis-cli on PATH; without one the test is skipped."""
    binary = shutil.which("redis-cli")
    if binary is None:
        pytest.skip("redis-cli is not on PATH")
    return binary


def printed_by_cli(
    answers: Sequence[bytes], *options: str, lines: Sequence[bytes] | None = None
) -> bytes:
    """What redis-cli prints when a server gives these answers, one to each command.

    Args:
        answers: Replies as they are on the wire.
        options: Of redis-cli: "--no-raw", "-3".
        lines: The commands to type; GETs unless told.
    """
    typed = lines or [b"GET %d" % number for number in range(len(answers))]
    assert len(typed) == len(answers)
    with socket.create_server(("127.0.0.1", 0)) as listener, tempfile.TemporaryFile() as keyboard:
        keyboard.write(b"\n".join(typed) + b"\n")
        keyboard.seek(0)
        listener.settimeout(30)
        port = str(listener.getsockname()[1])
        with (
            tempfile.TemporaryFile() as screen,
            subprocess.Popen(
                [require_cli(), "-p", port, *options], stdin=keyboard, stdout=screen
            ) as process,
        ):
            connection, _ = listener.accept()
            with connection:
                _serve(connection, iter(answers))
            assert process.wait(timeout=30) == 0
            screen.seek(0)
            return screen.read()


def _serve(connection: socket.socket, answers: Iterator[bytes]) -> None:
    connection.settimeout(30)
    decoder = RequestDecoder()
    while data := connection.recv(1 << 16):
        for argv in decoder.feed(data):
            connection.sendall(SMALL_TALK.get(argv[0].upper()) or next(answers))
