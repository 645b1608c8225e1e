from __future__ import annotations

import socket

import pytest

from redlearn.backends.address import Address
from redlearn.backends.link import Link, Unreachable
from redlearn.resp.reply import Failure, Status
from tests.oracle.servers import LOOPBACK, Server, free_port


def test_a_command_gets_its_reply_and_an_error_is_one(redis_server: Server) -> None:
    link = Link(Address(LOOPBACK, redis_server.port))
    assert link.ask(b"SET", b"k", b"a\r\nb") == Status("OK")
    assert link.ask(b"GET", b"k") == b"a\r\nb"
    assert isinstance(link.ask(b"INCR", b"k"), Failure)
    link.close()


def test_what_was_sent_without_waiting_arrives_later(redis_server: Server) -> None:
    link = Link(Address(LOOPBACK, redis_server.port))
    assert not link.has_news()
    link.send([b"ECHO", b"one"])
    link.send([b"ECHO", b"two"])
    assert link.ask(b"ECHO", b"three") == b"one"  # replies come in the order of commands
    assert link.has_news(5)
    got = list(link.arrived())
    while len(got) < 2 and link.has_news(5):
        got += link.arrived()
    assert got == [b"two", b"three"]
    assert link.arrived() == ()
    link.close()


def test_where_nobody_listens_that_is_said() -> None:
    port = free_port()
    with pytest.raises(Unreachable, match=f"{LOOPBACK}:{port}: "):
        Link(Address(LOOPBACK, port))


def test_a_wrong_password_is_said(redis_server: Server) -> None:
    with pytest.raises(Unreachable, match="AUTH"):
        Link(Address(LOOPBACK, redis_server.port, "", "secret"))


@pytest.mark.parametrize(("said", "message"), [(b"hello\r\n", "Protocol error"), (b"", "hung up")])
def test_who_speaks_no_resp_or_hangs_up_is_no_server(said: bytes, message: str) -> None:
    with socket.create_server((LOOPBACK, 0)) as listener:
        link = Link(Address(LOOPBACK, listener.getsockname()[1]))
        other, _ = listener.accept()
        other.sendall(said)
        other.shutdown(socket.SHUT_WR)
        with pytest.raises(Unreachable, match=message):
            link.ask(b"PING")
        other.close()
        link.close()


def test_of_a_reply_that_has_half_come_the_rest_is_waited_for() -> None:
    with socket.create_server((LOOPBACK, 0)) as listener:

        class Slow(Link):
            """The other side sends as much as is read."""

            def _receive(self) -> None:
                other.sendall(parts.pop(0))
                super()._receive()

        parts = [b"*2\r\n$5\r\nhel", b"lo\r\n:", b"7\r\n"]
        link = Slow(Address(LOOPBACK, listener.getsockname()[1]))
        other, _ = listener.accept()
        link.send([b"PING"])
        assert link.arrived() == ()
        other.sendall(parts.pop(0))
        assert link.has_news(5)
        parts.insert(0, b"")
        assert link.arrived() == ([b"hello", 7],)
        other.close()
        link.close()
