"""CONFIG SET of what a running server has to carry out, over a real socket."""

from __future__ import annotations

import socket

from redlearn.resp.reply import OK, PONG
from redlearn.server import deeds
from redlearn.server.deeds import deeds_of
from redlearn.server.process import Process
from tests.oracle.servers import Server, free_port
from tests.server.rig import Peer, Rig, serving


def able(rig: Rig) -> Rig:
    """A rig whose CONFIG SET reaches its listener."""
    process = Process(None, lambda how: True)
    process.deeds = deeds_of(rig.listener, rig.listener.log)
    rig.engine.state.edge = process
    return rig


def failed(name: str, text: str) -> str:
    return f"ERR CONFIG SET failed (possibly related to argument '{name}') - {text}"


async def setting(peer: Peer, line: str) -> str:
    return str(getattr(await peer(f"CONFIG SET {line}"), "text", ""))


async def test_a_server_moves_to_another_port_and_who_is_connected_stays() -> None:
    async with serving(bind="127.0.0.1") as rig:
        old = await able(rig).connect()
        before, after = rig.listener.ports[0], free_port()
        assert await old(f"CONFIG SET port {after}") == OK
        assert rig.listener.ports == [after]
        new = await rig.connect()
        assert await new("PING") == await old("PING") == PONG
        socket.create_server(("127.0.0.1", before)).close()  # nobody listens there any more


async def test_pipelined_moves_end_where_the_last_one_says() -> None:
    async with serving(bind="127.0.0.1") as rig:
        peer = await able(rig).connect()
        ports = [free_port() for _ in range(3)]
        await peer.send(b"".join(b"CONFIG SET port %d\r\n" % port for port in ports))
        assert [await peer.reply() for _ in ports] == [OK] * 3
        assert rig.listener.ports == ports[-1:]
        assert await (await rig.connect())("PING") == PONG


async def test_a_port_that_is_taken_leaves_it_where_it_was(redis_server: Server) -> None:
    async with serving(bind="127.0.0.1") as rig:
        peer = await able(rig).connect()
        home = rig.listener.ports[0]
        assert await peer(f"CONFIG SET port {home}") == OK
        line = f"port {redis_server.port} hz 50"
        assert await setting(peer, line) == failed("port", deeds.NO_PORT)
        assert rig.listener.ports == [home]
        assert await peer("CONFIG GET port hz") == [b"port", b"%d" % home, b"hz", b"10"]
        assert await (await rig.connect())("PING") == PONG
        assert "in use" in rig.said[0]


async def test_refusals_are_a_servers_own(redis_server: Server) -> None:
    with socket.socket() as taken, redis_server.connect() as client:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        lines = (f"port {taken.getsockname()[1]}", "bind 192.0.2.1", "maxclients 100000000")
        theirs = [str(client.run(b"CONFIG", b"SET", *line.encode().split())) for line in lines]
        async with serving(bind="127.0.0.1") as rig:
            peer = await able(rig).connect()
            assert await peer(f"CONFIG SET port {rig.listener.ports[0]}") == OK
            ours = [await setting(peer, line) for line in lines]
    assert ours[:2] == theirs[:2]
    assert ours[2].rpartition(" ")[0] == theirs[2].rpartition(" ")[0]


async def test_addresses_are_left_and_entered() -> None:
    async with serving(bind="127.0.0.1") as rig:
        peer = await able(rig).connect()
        port = rig.listener.ports[0]
        assert await peer(f'CONFIG SET port {port} bind "127.0.0.1 -192.0.2.1"') == OK
        assert rig.listener.ports == [port]
        assert await peer('CONFIG SET bind ""') == OK
        assert rig.listener.ports == []
        assert await peer('CONFIG SET bind "127.0.0.1"') == OK
        assert await (await rig.connect())("PING") == PONG


async def test_what_cannot_be_done_takes_back_what_was_done_before_it() -> None:
    async with serving(bind="127.0.0.1") as rig:
        peer = await able(rig).connect()
        home = rig.listener.ports[0]
        assert await peer(f"CONFIG SET port {home}") == OK
        line = f"port {free_port()} maxclients 100000000"
        assert "is not able to handle" in await setting(peer, line)
        assert rig.listener.ports == [home]
        assert await peer("CONFIG GET maxclients") == [b"maxclients", b"10000"]


async def test_certificates_that_cannot_be_read_are_refused() -> None:
    async with serving(bind="127.0.0.1") as rig:
        peer = await able(rig).connect()
        assert await peer(f"CONFIG SET port {rig.listener.ports[0]}") == OK
        assert await peer("CONFIG SET tls-cert-file /no/such") == OK  # nobody speaks TLS yet
        text = await setting(peer, f"tls-port {free_port()}")
        assert text == failed("tls-port", deeds.NO_TLS)
        assert await peer("CONFIG GET tls-port") == [b"tls-port", b"0"]
        assert "cannot be used: No such file" in rig.said[0]


async def test_the_level_of_the_log_changes_at_once() -> None:
    async with serving(bind="127.0.0.1") as rig:
        peer = await able(rig).connect()
        assert await peer("CONFIG SET loglevel verbose") == OK
        await (await rig.connect())("PING")
        assert rig.said[0].startswith("Client 2 has come from 127.0.0.1:")
        assert await peer("CONFIG SET loglevel nothing") == OK
        browser = await rig.connect()
        await browser.send(b"POST / HTTP/1.1\r\n")
        assert await browser.end() == b""
        assert len(rig.said) == 1


async def test_what_can_be_no_address_leaves_it_where_it_was() -> None:
    async with serving(bind="127.0.0.1") as rig:
        peer = await able(rig).connect()
        home = rig.listener.ports[0]
        assert await peer(f"CONFIG SET port {home}") == OK
        for name in ("..", "a" * 64):
            assert await setting(peer, f"bind {name}") == failed("bind", deeds.NO_ADDRESS)
        assert rig.listener.ports == [home]
        assert await (await rig.connect())("PING") == PONG
