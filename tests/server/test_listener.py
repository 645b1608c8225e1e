"""The listener: whom it admits, whom it cuts off, where it listens, and how it ends."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from redlearn.resp.reply import OK, PONG
from redlearn.server.listener import Endpoints
from tests.server.rig import Peer, serving


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
