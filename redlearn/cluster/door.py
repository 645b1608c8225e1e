"""The port for clients of a simulated server: each connection is a client of its engine.

What comes is RESP, any number of commands in a piece; what goes back is RESP, in one piece for all
that a batch of commands gave. A reply that comes late, and a push, is sent when the server settles.

A replica is a client too, until it says REPLCONF or PSYNC: those go to whoever keeps followers.

Source: `networking.c` acceptTcpHandler, readQueryFromClient, handleClientsWithPendingWrites.
"""

from __future__ import annotations

from typing import Any, Protocol

from redlearn.engine.client import NO_ADDRESS, Client
from redlearn.engine.engine import Engine
from redlearn.resp.decode import ProtocolError, RequestDecoder
from redlearn.resp.encode import encode
from redlearn.resp.reply import Failure

Frozen = tuple[Any, ...]


class Replicas(Protocol):
    """Who takes what replicas say."""

    def hear(self, socket: int, ip: bytes, argv: list[bytes]) -> bool:
        """Take a command; False if it is none of a replica's."""
        ...

    def has(self, socket: int) -> bool:
        """Whether who is at a connection follows this server."""
        ...

    def gone(self, socket: int) -> None:
        """A connection is closed."""
        ...


class Lines(Protocol):
    """What a door needs of the network."""

    def send(self, number: int, data: bytes) -> None:
        """Send bytes in one piece."""
        ...

    def close(self, number: int) -> None:
        """Close this end."""
        ...


class Door:
    """Connections of clients, by the number of their socket."""

    def __init__(
        self, engine: Engine, lines: Lines, replicas: Replicas, address: str = NO_ADDRESS
    ) -> None:
        """Args:
        address: Where it is, as CLIENT LIST says it.
        """
        self._address = address
        self._engine = engine
        self._lines = lines
        self._replicas = replicas
        self._clients: dict[int, int] = {}  # socket -> id of the client
        self._ips: dict[int, bytes] = {}
        self._sockets: dict[int, int] = {}  # and back

    def owns(self, socket: int) -> bool:
        """Whether a connection came in here."""
        return socket in self._clients

    def client_at(self, socket: int) -> int | None:
        """The id of the client at a connection that came in here."""
        return self._clients.get(socket)

    def accepted(self, socket: int, ip: bytes) -> None:
        """Somebody connects."""
        client = self._engine.connect()
        client.address = f"{ip.decode('latin-1')}:{socket}"
        client.local_address = self._address
        self._clients[socket], self._ips[socket] = client.id, ip
        self._sockets[client.id] = socket

    def received(self, socket: int, data: bytes) -> None:
        """Commands came; a piece holds whole ones, as everything here is sent in whole pieces."""
        client = self._engine.state.clients.get(self._clients[socket])
        if client is None:  # it was killed, and its end is on its way
            return
        decoder = RequestDecoder()
        try:
            for argv in decoder.feed(data):
                if self._replicas.hear(socket, self._ips[socket], argv):
                    client.follows = self._replicas.has(socket)
                else:
                    self._engine.execute(client, argv)
                if client.closing:
                    break
        except ProtocolError as error:
            client.outbox.append(Failure(error.text))
            client.closing = True
        self._flush(socket, client)

    def closed(self, socket: int) -> None:
        """A connection is gone, and its client with it."""
        self._replicas.gone(socket)
        client = self._engine.state.clients.get(self._clients[socket])
        self._forget(socket)
        if client is not None:
            self._engine.disconnect(client)

    def settle(self) -> None:
        """Send what clients got that they had not just asked for."""
        state = self._engine.state
        reached, state.reached = list(state.reached), {}
        for client_id in reached:
            socket = self._sockets.get(client_id)
            client = state.clients.get(client_id)
            if socket is None:
                continue
            if client is None:
                self._forget(socket)
                self._lines.close(socket)
            else:
                self._flush(socket, client)

    def _flush(self, socket: int, client: Client) -> None:
        if client.outbox:
            replies = client.take()
            self._lines.send(socket, b"".join(encode(each, client.protocol) for each in replies))
        if client.closing:
            self.closed(socket)
            self._lines.close(socket)

    def _forget(self, socket: int) -> None:
        del self._sockets[self._clients.pop(socket)]
        del self._ips[socket]

    def freeze(self) -> Frozen:
        """Who is connected; the clients themselves are the engine's."""
        return tuple(self._clients.items()), tuple(self._ips.items())

    def thaw(self, frozen: Frozen) -> None:
        """Be as `freeze` found it."""
        clients, ips = frozen
        self._clients, self._ips = dict(clients), dict(ips)
        self._sockets = {client: socket for socket, client in clients}
