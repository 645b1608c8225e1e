"""The courier: commands to another server and replies back, over real sockets."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from redlearn.clock import VirtualClock
from redlearn.engine.ports import Undelivered
from redlearn.resp.reply import OK, Failure, Status
from redlearn.server.courier import KEPT_MS, MOST_KEPT, SocketCourier
from tests.oracle.servers import free_port

HOST = b"127.0.0.1"


class Stranger:
    """A server that answers each command with the next of its lines, then hangs up or is silent.

    Attributes:
        lines: What it says on each connection, in turn.
        calls: How many bytes it was sent, for each connection.
    """

    def __init__(self, *lines: bytes, silent: bool = False) -> None:
        self.lines = list(lines)
        self.silent = silent
        self.calls: list[bytes] = []
        self._open: list[socket.socket] = []
        self._sock = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._sock.getsockname()[1])
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        for line in self.lines:
            try:
                peer, _ = self._sock.accept()
            except OSError:
                return
            self._open.append(peer)
            self.calls.append(peer.recv(1 << 20))
            peer.sendall(line)
            if not self.silent:
                peer.close()

    def close(self) -> None:
        """Hang up, and wait until nothing is left of it: a thread that goes on forbids a fork."""
        self._sock.shutdown(socket.SHUT_RDWR)  # who waits in `accept` does not notice `close`
        for peer in self._open:
            with suppress(OSError):  # the other side may have hung up
                peer.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        for each in (self._sock, *self._open):
            each.close()


@contextmanager
def strange(*lines: bytes, silent: bool = False) -> Iterator[Stranger]:
    stranger = Stranger(*lines, silent=silent)
    try:
        yield stranger
    finally:
        stranger.close()


@pytest.fixture
def courier() -> Iterator[SocketCourier]:
    courier = SocketCourier(VirtualClock(1000))
    yield courier
    courier.close()


CALLS = [[b"SELECT", b"0"], [b"RESTORE", b"a", b"0", b"x"]]


def test_replies_come_back_in_order(courier: SocketCourier) -> None:
    with strange(b"+OK\r\n-BUSYKEY no\r\n", silent=True) as server:
        assert courier.send(HOST, server.port, CALLS, 1000) == [OK, Failure("BUSYKEY no")]
    assert server.calls[0].startswith(b"*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n*4\r\n$7\r\nRESTORE")


def test_nobody_there_is_told(courier: SocketCourier) -> None:
    with pytest.raises(Undelivered) as caught:
        courier.send(HOST, free_port(), CALLS, 1000)
    assert caught.value.stage == "writing", "as Redis says, which notices no sooner"
    with pytest.raises(Undelivered) as caught:
        courier.send(b"nowhere.invalid", 1, CALLS, 1000)
    assert caught.value.stage == "connecting"


def test_silence_is_told_after_the_timeout_and_not_tried_again(courier: SocketCourier) -> None:
    with strange(b"+OK\r\n", b"+OK\r\n+OK\r\n", silent=True) as server:
        with pytest.raises(Undelivered) as caught:
            courier.send(HOST, server.port, CALLS, 50)
        assert (caught.value.stage, caught.value.replies) == ("reading", [OK])
        assert len(server.calls) == 1


def test_a_timeout_of_ages_is_one_too(courier: SocketCourier) -> None:
    with strange(b"+OK\r\n+OK\r\n", silent=True) as server:
        assert courier.send(HOST, server.port, CALLS, 2**63 - 1) == [OK, OK]


def test_a_connection_that_was_closed_meanwhile_is_made_anew(courier: SocketCourier) -> None:
    with strange(b"", b"+OK\r\n+OK\r\n") as server:
        assert courier.send(HOST, server.port, CALLS, 1000) == [OK, OK]


def test_what_brought_something_back_is_not_said_twice(courier: SocketCourier) -> None:
    with strange(b"+OK\r\n", b"+OK\r\n+OK\r\n") as server:
        with pytest.raises(Undelivered) as caught:
            courier.send(HOST, server.port, CALLS, 1000)
        assert caught.value.replies == [Status("OK")]


def test_it_is_tried_once_more_and_no_more(courier: SocketCourier) -> None:
    with strange(b"", b"", b"+OK\r\n+OK\r\n") as server:
        with pytest.raises(Undelivered):
            courier.send(HOST, server.port, CALLS, 1000)
        assert len(server.calls) == 2


def test_connections_are_kept_for_a_while() -> None:
    clock = VirtualClock(1000)
    courier = SocketCourier(clock)
    with strange(b"+OK\r\n+OK\r\n", silent=True) as server:
        courier.send(HOST, server.port, CALLS, 1000)
        clock.advance(KEPT_MS)
        courier.forget_old()
        assert list(courier._roads) == [(HOST, server.port)]
        clock.advance(1)
        courier.forget_old()
        assert courier._roads == {}


def test_the_one_used_longest_ago_makes_room() -> None:
    courier = SocketCourier(VirtualClock(1000))
    with strange(*[b"+OK\r\n+OK\r\n"] * 2, silent=True) as server:
        courier.send(HOST, server.port, CALLS, 1000)
        (road,) = courier._roads.values()
        for number in range(MOST_KEPT - 1):
            courier._roads[b"x", number] = type(road)(socket.socket(), 5000)
        courier._roads.pop((HOST, server.port)).sock.close()
        courier._roads[b"y", 0] = type(road)(socket.socket(), 1)
        courier.send(HOST, server.port, CALLS, 1000)
        assert (b"y", 0) not in courier._roads
        assert len(courier._roads) == MOST_KEPT
    courier.close()
    assert courier._roads == {}


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\0" * 100, b"*1\r\n" * 1000, b"x" * 100_000,
        b"+OK\r\n$10000000000\r\n" + b"x" * 100_000, b"*2147483647\r\n",
        b"$-5\r\n", b"+" + b"x" * 100_000,
    ],
    ids=lambda said: repr(said[:20]),
)  # fmt: skip
def test_who_is_no_redis_is_told_of_like_silence(courier: SocketCourier, said: bytes) -> None:
    with strange(said) as server, pytest.raises(Undelivered) as caught:
        courier.send(HOST, server.port, CALLS, 1000)
    assert caught.value.stage == "reading"
    assert courier._roads == {}


@pytest.mark.parametrize(
    ("host", "port"),
    [(b"a..b", 1), (b"x" * 300, 1), (b"a\0b", 1), (b"\xff\xfe", 1), (b"", 0), (HOST, -1)],
)
def test_what_is_no_address_is_nobody(courier: SocketCourier, host: bytes, port: int) -> None:
    with pytest.raises(Undelivered) as caught:
        courier.send(host, port, CALLS, 100)
    assert caught.value.stage == "connecting"


@pytest.mark.parametrize("port", [0, 65536, 2**40])
def test_a_port_that_comes_to_none_refuses_as_it_does_with_redis(
    courier: SocketCourier, port: int
) -> None:
    with pytest.raises(Undelivered) as caught:
        courier.send(HOST, port, CALLS, 100)
    assert caught.value.stage == "writing"


class Trickle(socket.socket):
    """A connection on which a byte comes each 30 ms, and no reply is ever whole."""

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__()
        self.clock = clock
        self.patience: list[float | None] = []

    def settimeout(self, seconds: float | None) -> None:
        self.patience.append(seconds)

    def recv(self, size: int, flags: int = 0) -> bytes:
        self.clock.advance(30)
        return b"+"


def test_all_replies_are_there_in_time_not_each_byte_of_them() -> None:
    clock = VirtualClock(1000)
    with Trickle(clock) as sock, pytest.raises(TimeoutError):
        SocketCourier(clock)._read(sock, [], 1, 100)
    assert sock.patience == [0.1, 0.07, 0.04, 0.01]
