"""Sockets that listen: where, whom they let in, and that they are gone at once."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest

from redlearn.server import acceptor
from redlearn.server.acceptor import Acceptor, bound, bound_file


class Greeter(asyncio.Protocol):
    """Says hello to whoever is let in."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        transport.write(b"hello")
        transport.close()


def listening(host: str = "127.0.0.1", port: int = 0) -> socket.socket:
    sock = bound(host, port, 64)
    assert sock is not None
    return sock


async def greeted(port: int) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        return await asyncio.wait_for(reader.read(), 10)
    except ConnectionError:
        return b""
    finally:
        writer.close()


@pytest.mark.parametrize(
    ("host", "where"),
    [("127.0.0.1", "127.0.0.1"), ("localhost", "127.0.0.1"), ("*", "0.0.0.0")],
)
def test_addresses_of_ipv4(host: str, where: str) -> None:
    with listening(host) as sock:
        assert sock.getsockname()[0] == where


def test_any_address_of_ipv6_leaves_ipv4_alone() -> None:
    if (sock := bound("-::*", 0, 8)) is None:
        pytest.skip("this machine has no IPv6")
    with sock, listening("127.0.0.1", sock.getsockname()[1]):
        assert sock.getsockname()[0] == "::"


def test_an_address_that_is_not_here_may_be_missing_and_a_taken_port_may_not() -> None:
    assert bound("-192.0.2.1", 0, 8) is None
    assert bound("-no such host", 0, 8) is None
    with pytest.raises(OSError, match="assign"):
        bound("192.0.2.1", 0, 8)
    with listening() as sock, pytest.raises(OSError, match="in use"):
        bound("-127.0.0.1", sock.getsockname()[1], 8)


def test_a_socket_file_takes_the_place_of_an_old_one_but_of_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "r.sock"
    bound_file(str(path), 0o600, 8).close()
    with bound_file(str(path), 0o600, 8):
        assert path.stat().st_mode & 0o777 == 0o600
    path.unlink()
    path.write_text("precious")
    with pytest.raises(OSError, match="in use"):
        bound_file(str(path), 0o600, 8)
    assert path.read_text() == "precious"


async def test_whoever_knocks_is_let_in_and_nobody_once_it_is_closed() -> None:
    sock = listening()
    port = sock.getsockname()[1]
    door = Acceptor(sock, Greeter, None, print)
    assert await asyncio.gather(*(greeted(port) for _ in range(20))) == [b"hello"] * 20
    door.close()
    with pytest.raises(OSError, match=r"refused|Connect call failed"):
        await greeted(port)
    listening(port=port).close()  # free at once


async def test_without_files_it_waits_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    sock = listening()
    door = Acceptor(sock, Greeter, None, said.append)
    waiting: list[Callable[[], None]] = []
    loop = asyncio.get_running_loop()
    monkeypatch.setattr(loop, "call_later", lambda _, act, *args: waiting.append(act))
    monkeypatch.setattr(door, "sock", Full(sock))
    door._accept()
    door._accept()  # nothing calls it now, and it would only be told the same
    monkeypatch.undo()
    assert said == ["A client could not be let in: Too many open files"] * 2
    waiting[0]()
    assert await greeted(sock.getsockname()[1]) == b"hello"
    door.close()


class Full:
    """A socket in a process that has opened all files it may."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def accept(self) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    def fileno(self) -> int:
        return self._sock.fileno()


async def test_who_does_not_speak_tls_is_told_of_in_the_log() -> None:
    said: list[str] = []
    sock = listening()
    door = Acceptor(sock, Greeter, ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), said.append)
    _, writer = await asyncio.open_connection("127.0.0.1", sock.getsockname()[1])
    writer.write(b"PING\r\n" * 10)
    while not said:
        await asyncio.sleep(0)
    assert said[0].startswith("A client could not be let in: ")
    writer.close()
    door.close()


def test_a_turn_ends_before_everybody_is_in() -> None:
    assert 1 < acceptor.MOST_ACCEPTED <= 1000


def test_what_can_be_no_name_is_no_address_and_may_be_missing() -> None:
    with pytest.raises(OSError, match=r"'\.\.' is no address"):
        bound("..", 0, 8)
    assert bound("-..", 0, 8) is None
