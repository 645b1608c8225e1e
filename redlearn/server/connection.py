"""Connection: one client's socket. Bytes in, commands run, bytes out; one write for a read.

    data_received -> Requests -> Host.execute -> encode -> transport.write

It is the readable side of Redis's event loop: all that has arrived is read, every complete
command of it is run, and what there is to say is written in one go. Only then comes the
next socket. A client that blocks is not read any further until it is answered.

Sources: `networking.c` readQueryFromClient, processInputBuffer, writeToClient,
checkClientOutputBufferLimits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, cast

from redlearn.resp.decode import ProtocolError
from redlearn.resp.encode import encode, encode_into
from redlearn.resp.reply import Failure, Reply
from redlearn.server.requests import Requests

if TYPE_CHECKING:
    from redlearn.engine.client import Client
    from redlearn.server.listener import Listener


class Connection(asyncio.Protocol):
    """One client's connection.

    Attributes:
        client: Whom the engine knows it as; None before it is admitted, and once it has gone.
        transport: Its socket.
        soft_since: When its output passed the soft limit, in seconds of the loop; 0 if it has not.
    """

    __slots__ = ("_listener", "_requests", "_todo", "client", "soft_since", "transport")

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._requests: Requests | None = None  # made when something arrives: many never send
        self._todo: Iterator[list[bytes]] | None = None  # what waits behind a blocked command
        self.client: Client | None = None
        self.transport: asyncio.Transport
        self.soft_since = 0.0

    # --- the socket's side ------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Be admitted, or told why not and cut off."""
        self.transport = cast(asyncio.Transport, transport)
        refusal = self._listener.admit(self)
        if refusal:
            self.transport.write(b"-%b\r\n" % refusal.encode())
            self.transport.close()

    def connection_lost(self, reason: Exception | None) -> None:
        """Let the engine forget the client."""
        self._todo = None
        self._listener.gone(self)

    def data_received(self, data: bytes) -> None:
        """Run all complete commands of a read."""
        if self.client is None:
            return
        requests = self._requests
        if requests is None:
            requests = self._requests = self._listener.new_requests()
        self._run(iter(requests.feed(data)))
        limits = self._listener.limits
        if requests.held > limits.query_buffer:
            self._listener.log(f"Client {self.client.id} is cut off: its query is too large.")
            self.transport.abort()

    # --- the engine's side ------------------------------------------------------------------

    def deliver(self, replies: Sequence[Reply]) -> None:
        """Send what reached the client out of turn, and go on with what had to wait."""
        client = self.client
        if client is None:
            return
        out: list[bytes] = []
        for reply in replies:
            encode_into(out, reply, client.protocol)
        if out:
            self._write(b"".join(out))
        if client.closing:
            self.transport.close()
        elif self._todo is not None and client.wait is None and not client.postponed:
            todo, self._todo = self._todo, None
            self.transport.resume_reading()
            self._run(todo)

    def _run(self, commands: Iterator[list[bytes]]) -> None:
        client, execute = self.client, self._listener.host.execute
        assert client is not None
        out: list[bytes] = []
        try:
            for argv in commands:
                replies = execute(client, argv)
                if len(replies) == 1:
                    out.append(encode(replies[0], client.protocol))
                else:
                    for reply in replies:
                        encode_into(out, reply, client.protocol)
                if client.wait is not None or client.postponed:
                    self._todo = commands
                    self.transport.pause_reading()
                    break
                if client.closing:
                    break
        except ProtocolError as error:
            out.append(b"-%b\r\n" % error.text.encode("utf-8", "surrogateescape"))
            client.closing = True
        except Exception:  # a bug of ours: this client is cut off, the others are served on
            self._listener.report(client)
            client.closing = True
        if out:
            self._write(b"".join(out))
        if client.closing:
            self.transport.close()
        self._listener.after_read()

    def _write(self, data: bytes) -> None:
        """Send, and cut off whoever does not read what he asked for."""
        transport = self.transport
        transport.write(data)
        waiting = transport.get_write_buffer_size()
        if waiting:
            self._listener.check_output(self, waiting)

    def refuse(self, failure: Failure) -> None:
        """Say a last word and hang up."""
        self._write(encode(failure))
        self.transport.close()
