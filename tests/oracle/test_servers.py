"""The servers that other tests compare with: they start, answer, and are told apart."""

from __future__ import annotations

import hiredis
import pytest

from tests.oracle.servers import Server, reply_end


@pytest.fixture(params=["redis_server", "valkey_server"])
def server(request: pytest.FixtureRequest) -> Server:
    found: Server = request.getfixturevalue(request.param)
    return found


def test_a_server_says_who_it_is(server: Server) -> None:
    assert server.name in ("redis", "valkey")
    assert int(server.version.split(".")[0]) >= 7


def test_a_server_keeps_what_it_is_told(server: Server) -> None:
    with server.connect() as client:
        assert client.pipeline([(b"SET", b"k", b"\x00\r\n"), (b"GET", b"k")]) == [
            b"OK",
            b"\x00\r\n",
        ]


def test_each_test_gets_an_empty_server(server: Server) -> None:
    with server.connect() as client:
        assert client.run(b"DBSIZE") == 0
        client.run(b"SET", b"left", b"behind")


def test_an_error_comes_back_as_a_value(server: Server) -> None:
    with server.connect() as client:
        assert isinstance(client.run(b"NOSUCH"), hiredis.ReplyError)


def test_raw_replies_keep_what_the_protocol_tells_apart(server: Server) -> None:
    with server.connect(protocol=3) as client:
        client.run(b"ZADD", b"z", b"1", b"m")
        assert client.raw(b"ZSCORE", b"z", b"m") == b",1\r\n"
        assert client.raw(b"GET", b"none") == b"_\r\n"
        assert client.raw(b"CONFIG", b"GET", b"port").startswith(b"%1\r\n$4\r\nport\r\n")


@pytest.mark.parametrize(
    "reply",
    [
        b"+OK\r\n", b":1\r\n", b"$-1\r\n", b"*-1\r\n", b"$0\r\n\r\n", b"$4\r\n\r\n\r\n\r\n",
        b"*2\r\n$1\r\na\r\n*1\r\n:2\r\n", b"%1\r\n+a\r\n~1\r\n#t\r\n", b"_\r\n",
        b"|1\r\n+a\r\n+b\r\n:7\r\n", b"=7\r\ntxt:abc\r\n",
    ],
)  # fmt: skip
def test_the_end_of_a_reply_is_found_and_not_before_it_is_there(reply: bytes) -> None:
    assert reply_end(reply + b"+next\r\n") == len(reply)
    assert all(reply_end(reply[:size]) is None for size in range(len(reply)))
