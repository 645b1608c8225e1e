"""The listener: whom it admits, whom it cuts off, where it listens, and how it ends."""

from __future__ import annotations

import asyncio
import socket
import struct
from pathlib import Path
from unittest.mock import Mock

import pytest

from redlearn.resp.reply import OK, PONG
from redlearn.server.connection import Connection
from redlearn.server.endpoints import Endpoints
from redlearn.server.listener import is_shut_to
from redlearn.server.process import Process
from tests.server.rig import Peer, Rig, serving


async def test_one_client_too_many_is_told_so() -> None:
    async with serving(maxclients="2") as rig:
        one, two = await rig.connect(), await rig.connect()
        assert await one("PING") == await two("PING") == PONG
        three = await rig.connect()
        assert await three.end() == b"-ERR max number of clients reached\r\n"
        assert await one("PING") == PONG
        two.writer.close()
        while len(rig.listener.connections) > 1:
            await asyncio.sleep(0)
        assert await (await rig.connect())("PING") == PONG


async def test_a_query_that_grows_too_large_ends_it() -> None:
    async with serving(client_query_buffer_limit="1mb") as rig:
        peer, other = await rig.connect(), await rig.connect()
        await peer.send(b"*2\r\n$4\r\nECHO\r\n$90000000\r\n")
        with pytest.raises(ConnectionError):
            for _ in range(800):
                await peer.send(bytes(100_000))
                await asyncio.sleep(0)
        assert await other("PING") == PONG
        assert "query is too large" in rig.said[0]


async def test_a_subscriber_that_does_not_read_is_cut_off() -> None:
    async with serving(client_output_buffer_limit="pubsub 100000 0 0") as rig:
        lazy, sender = await rig.connect(), await rig.connect()
        await lazy("SUBSCRIBE news")
        lazy.writer.transport.pause_reading()  # type: ignore[attr-defined]  # it is a socket's
        heard = [await sender("PUBLISH news " + 20_000 * "x") for _ in range(1000)]
        assert (heard[0], heard[-1]) == (1, 0)
        assert "that it does not read" in rig.said[0]


async def test_of_many_idle_clients_each_comes_to_its_turn() -> None:
    async with serving(timeout="1", hz="50") as rig:
        crowd = [await rig.connect() for _ in range(60)]
        assert [await each.end() for each in crowd] == [b""] * 60
        assert not rig.listener.connections


async def test_a_beat_of_the_timer_looks_at_a_share_of_the_clients_only() -> None:
    async with serving(hz="10") as rig:
        for _ in range(60):
            await (await rig.connect())("PING")
        looked: list[int] = []

        def check(connection: Connection, waiting: int) -> None:
            looked.append(connection.number)

        rig.listener.check_output = check  # type: ignore[method-assign]
        for connection in rig.listener.connections.values():
            connection.soft_since = 1.0
        rig.listener._mind_clients()
        assert len(looked) <= 7
        for _ in range(20):
            rig.listener._mind_clients()
        assert set(looked) == set(rig.listener.connections)


async def test_an_idle_client_is_hung_up_on_but_not_a_subscriber() -> None:
    async with serving(timeout="1", hz="50") as rig:
        idle, listener = await rig.connect(), await rig.connect()
        await listener("SUBSCRIBE a")
        assert await idle("PING") == PONG
        assert await idle.end() == b""
        assert len(rig.listener.connections) == 1
        assert await listener("PING") == [b"pong", b""]


async def test_clients_are_listed_with_where_they_come_from() -> None:
    async with serving() as rig:
        peer = await rig.connect()
        host, port = peer.writer.get_extra_info("sockname")
        line = str(await peer("CLIENT INFO"))
        assert f"addr={host}:{port} laddr=127.0.0.1:{rig.listener.ports[0]} fd=" in line


async def test_a_client_whose_connection_is_encrypted_is_sent_to_ports_that_are() -> None:
    async with serving() as rig:
        await (await rig.connect())("PING")
        (plain,) = rig.listener.connections.values()
        assert plain.client is not None
        assert not plain.client.tls
        real = plain.transport.get_extra_info

        def encrypted(name: str, default: object = None) -> object:
            return object() if name == "ssl_object" else real(name, default)

        again = Connection(rig.listener)
        again.transport = Mock(spec=plain.transport, get_extra_info=encrypted)
        assert rig.listener.admit(again) == ""
        assert again.client is not None
        assert again.client.tls
        rig.listener.gone(again)


async def test_a_socket_in_the_file_system(tmp_path: Path) -> None:
    path = tmp_path / "redlearn.sock"
    async with serving(Endpoints(port=0, unix=str(path), unix_mode=0o700)) as rig:
        peer = Peer(*await asyncio.open_unix_connection(str(path)))
        rig.peers.append(peer)
        assert await peer("SET k v") == OK
        assert path.stat().st_mode & 0o777 == 0o700
        assert f"addr={path}:0" in str(await peer("CLIENT INFO"))
    assert not path.exists()


async def test_a_port_in_use_is_an_error_and_an_address_may_be_missing() -> None:
    async with serving() as rig:
        port = rig.listener.ports[0]
        with pytest.raises(OSError, match="in use"):
            async with serving(Endpoints(port=port)):
                pass
    async with serving(Endpoints(("127.0.0.1", "-192.0.2.1"), port=-1)) as rig:
        assert len(rig.listener.ports) == 1


async def test_closing_hangs_up_on_everybody() -> None:
    async with serving() as rig:
        peer = await rig.connect()
        assert await peer("SET k v") == OK
        await rig.listener.close()
        assert await peer.end() == b""


@pytest.mark.parametrize(
    ("config", "address", "shut"),
    [
        ({}, "10.0.0.7:5000", True),
        ({}, "[fe80::1]:5000", True),
        ({}, "127.0.0.1:5000", False),
        ({}, "[::1]:5000", False),
        ({}, "[::ffff:127.0.0.1]:5000", False),
        ({"protected_mode": "no"}, "10.0.0.7:5000", False),
        ({"requirepass": "s"}, "10.0.0.7:5000", False),
    ],
)
def test_without_a_password_only_this_machine_gets_in(
    config: dict[str, str], address: str, shut: bool
) -> None:
    state = Rig(**config).engine.state
    assert is_shut_to(state, address) is shut


async def test_somebody_from_elsewhere_is_told_why(monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = ("10.0.0.7:5000", "10.0.0.1:6379", 3)
    monkeypatch.setattr("redlearn.server.listener._addresses", lambda transport: elsewhere)
    async with serving() as rig:
        said = await (await rig.connect()).end()
        assert said.startswith(b"-DENIED Redis is running in protected mode because")
        assert rig.engine.state.clients == {}


async def test_a_stranger_that_does_not_read_is_cut_off_early() -> None:
    async with serving(requirepass="s") as rig:
        lazy, known = await rig.connect(), await rig.connect()
        assert await known("AUTH s") == OK
        first, second = rig.listener.connections.values()
        rig.listener.check_output(first, 1024)
        assert rig.said == []
        rig.listener.check_output(first, 1025)
        rig.listener.check_output(second, 1_000_000)
        assert "1025 bytes wait that it does not read" in rig.said[0]
        assert await lazy.end() == b""
        assert await known("PING") == PONG


async def test_a_socket_has_its_permissions_before_anybody_can_connect(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "redis.sock"
    could_connect: list[bool] = []

    def chmod(name: str, mode: int) -> None:
        with socket.socket(socket.AF_UNIX) as early:
            could_connect.append(early.connect_ex(name) == 0)

    monkeypatch.setattr("redlearn.server.acceptor.os.chmod", chmod)
    async with serving(Endpoints(port=0, unix=str(path), unix_mode=0o700)):
        assert could_connect == [False]


async def test_what_waits_at_a_connection_is_listed() -> None:
    async with serving() as rig:
        process = Process(None, lambda how: True)
        process.buffers = rig.listener.buffers
        rig.engine.state.edge = process
        lazy, other = await rig.connect(), await rig.connect()
        assert await other("SET k " + 100_000 * "x") == OK
        lazy.writer.transport.pause_reading()  # type: ignore[attr-defined]  # it is a socket's
        await lazy.send(b"*2\r\n$3\r\nGET\r\n$1\r\nk\r\n" * 200 + b"*2\r\n$3\r\nGE")
        while "qbuf=10 " not in (line := str(await other("CLIENT LIST ID 1"))):
            pass
        fields = dict(word.split("=", 1) for word in line.split() if "=" in word)
        assert int(fields["omem"]) > 1_000_000
        assert int(fields["tot-mem"]) == int(fields["omem"]) + 10
        assert fields["oll"] == "1"
        assert "qbuf=0 " in str(await other("CLIENT INFO"))
        assert rig.listener.buffers(99) == (0, 0)


async def test_who_was_gone_before_it_was_let_in_is_no_bug() -> None:
    async with serving() as rig:
        told: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda loop, what: told.append(what))
        with socket.create_connection(("127.0.0.1", rig.listener.ports[0])) as hasty:
            hasty.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        assert await (await rig.connect())("PING") == PONG
        while len(rig.listener.connections) > 1:
            await asyncio.sleep(0)
        assert told == []
