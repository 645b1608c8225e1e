"""Connection: one client's socket. Bytes in, commands run, bytes out; one write for a read.

    data_received -> Requests -> Host.execute -> encode -> transport.write

It is the readable side of Redis's event loop: all that has arrived is read, every complete
command of it is run, and what there is to say is written in one go. Only then comes the
next socket. What a client sends while it waits is read, so that its leaving is seen, but kept
until it is answered.

Sources: `networking.c` readQueryFromClient, processInputBuffer, writeToClient,
checkClientOutputBufferLimits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Final, cast

from redlearn.engine.dispatch import HTTP
from redlearn.engine.pipeline import Answers
from redlearn.engine.stats import CommandLog
from redlearn.resp.decode import ProtocolError
from redlearn.resp.encode import encode
from redlearn.resp.reply import Push, Reply
from redlearn.server.requests import Requests

if TYPE_CHECKING:
    from redlearn.engine.client import Client
    from redlearn.server.host import Host
    from redlearn.server.listener import Listener


SINGLE: Final = 3
"""Pieces of which one short reply is made, at most (`Answers`)."""

_NO_LOG: Final = CommandLog()
"""Where nothing is large."""


class Connection(asyncio.Protocol):
    """One client's connection.

    Attributes:
        number: The id of its client; 0 before it is admitted, and once it is gone.
        transport: Its socket.
        soft_since: When its output passed the soft limit, in seconds of the loop; 0 if it has not.
    """

    __slots__ = (
        "_last", "_later", "_listener", "_requests", "_so_far", "_todo", "number", "soft_since",
        "transport",
    )  # fmt: skip

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._requests: Requests | None = None  # made when something arrives: many never send
        self._todo: Iterator[list[bytes]] | None = None  # commands that have to wait
        self._later = b""  # and what came after them
        self._so_far: Answers | None = None  # to those before them, of the same read
        self._last = False  # nothing more will come: it ends with these
        self.number = 0
        self.transport: asyncio.Transport
        self.soft_since = 0.0

    @property
    def client(self) -> Client | None:
        """The client as the engine has it now: never kept, since time travel makes new ones."""
        return self._listener.host.engine.state.clients.get(self.number)

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
        self._todo, self._later, self._so_far = None, b"", None
        if self._listener.holding is not None:
            self._listener.holding.forget(self)
        self._listener.gone(self)

    def data_received(self, data: bytes) -> None:
        """Run all complete commands of a read, or keep it for when those before have been run."""
        if (stats := self._listener.stats) is not None:
            stats.reads += 1
            stats.bytes_in += len(data)
        if self._todo is not None:
            self._later += data
            self._limit_query(len(self._later))
        else:
            self._take(data)

    def eof_received(self) -> bool:
        """Nothing more will come: whether it stays until all that came has been run.

        So it does if that is only a matter of time (`slice_s`): as in Redis, which runs a read
        whole. It does not wait for others. With TLS it never stays.
        """
        self._last = self._under_way and self._listener.host.ready
        return self._last

    @property
    def _under_way(self) -> bool:
        """Whether commands wait for nothing but their turn."""
        client = self.client
        return self._todo is not None and client is not None and not client.is_held

    def _take(self, data: bytes) -> None:
        listener, requests = self._listener, self._requests
        stats = listener.stats
        if requests is None:
            requests = self._requests = listener.new_requests()
        client = listener.host.engine.state.clients.get(self.number)
        requests.decoder.authenticated = client is None or not client.stranger
        size = len(data) + (requests.held if requests.strained else 0)
        large = stats is not None and size > stats.requests.over
        commands = iter(requests.feed(data))
        if client is None or not listener.host.ready:
            self._todo = commands
        else:
            self._run(client, self._noted(client, commands) if large else commands)
        if requests.strained:
            self._limit_query(requests.held)

    def _limit_query(self, held: int) -> None:
        """Cut off a client of whose query too much had to be kept."""
        if held > self._listener.limits.query_buffer:
            self._listener.log.warning(f"Client {self.number} is cut off: its query is too large.")
            self.transport.abort()

    # --- the engine's side ------------------------------------------------------------------

    def deliver(self, replies: Sequence[Reply]) -> None:
        """Send what reached the client out of turn, and go on with what had to wait."""
        self._send_so_far()
        client = self.client
        if client is None:  # it was sent away
            self.transport.close()
            return
        if self.transport.is_closing():  # nothing follows the last reply
            return
        answers = Answers()
        monitors = self._listener.host.engine.state.crowd.monitors  # and may change nothing
        for reply in replies:  # a push, a monitor's line, or the reply to a command that waited
            if type(reply) is not Push and self.number not in monitors:
                answers.marks.append(len(answers.data))
            answers.add(encode(reply, client.protocol))
        self._answer(answers, closing=client.closing)
        if not client.closing:
            self.go_on()

    @property
    def waiting(self) -> tuple[int, int]:
        """Bytes that wait: for the end of their command or their turn, and to be read."""
        asked = len(self._later) + (0 if self._requests is None else self._requests.held)
        return asked, self.transport.get_write_buffer_size()

    @property
    def held(self) -> bool:
        """Whether it has sent something that the host is not ready for."""
        client = self.client
        return self._todo is not None and client is not None and client.wait is None

    def go_on(self) -> None:
        """Run what had to wait, unless it still has to."""
        client = self.client
        if self._todo is None or client is None or client.is_held or not self._listener.host.ready:
            self._send_so_far()  # it goes on later: a host calls `resume` once it is ready
            return
        todo, self._todo = self._todo, None
        self._run(client, todo)
        if self._todo is None and self._later and not self.transport.is_closing():
            later, self._later = self._later, b""
            self._take(later)
        if self._last and not self._under_way:
            self._answer(Answers(), closing=True)

    def _run(self, client: Client, commands: Iterator[list[bytes]]) -> None:
        answers, self._so_far = self._so_far or Answers(), None
        try:
            self._execute(client, commands, answers)
        except ProtocolError as error:
            answers.add(b"-%b\r\n" % error.text.encode("utf-8", "surrogateescape"))
            client.closing = True
        except MemoryError:  # the system's last word (`net.py`)
            self._listener.report_hunger(client)
            client.closing = True
        except Exception:  # a bug of ours: this client is cut off, the others are served on
            self._listener.report(client)
            client.closing = True
        if self._so_far is None:  # else they wait for the rest
            self._answer(answers, closing=client.closing)
        self._listener.after_read()

    def _execute(self, client: Client, commands: Iterator[list[bytes]], answers: Answers) -> None:
        """Run commands, as long as none blocks or ends the connection, and there is time.

        When time is over it goes on soon, and what there is to say until then waits (`_so_far`).
        """
        host = self._listener.host
        until = perf_counter() + host.slice_s
        while True:
            if (pipeline := host.pipeline) is None:
                argv = self._run_one(host, client, commands, answers)
            elif (argv := pipeline.run(client, commands, answers)) is not None:
                self._add(client, argv, client.take(), answers)
            if argv is None:
                return
            if self._requests is not None:  # a stranger may have said who he is
                self._requests.decoder.authenticated = not client.stranger
            if client.is_held or client.closing:
                self._stop_at(client, argv, commands, answers)
                return
            if answers.full:
                self._send_first(answers)
                if self.transport.is_closing():  # it does not read what it asked for
                    return
            if perf_counter() >= until:
                self._todo, self._so_far = commands, answers
                asyncio.get_running_loop().call_soon(self.go_on)
                return

    def _send_so_far(self) -> None:
        """Send the replies that wait for others of the same read."""
        answers, self._so_far = self._so_far, None
        if answers is not None:
            self._answer(answers, closing=False)

    def _send_first(self, answers: Answers) -> None:
        """Send the replies to the first commands of a read: together they would be too many."""
        self._answer(answers, closing=False)
        if self._listener.holding is not None:
            self._listener.holding.flush()
        answers.clear()

    def _run_one(
        self, host: Host, client: Client, commands: Iterator[list[bytes]], answers: Answers
    ) -> list[bytes] | None:
        """Run one command, where that is all that may be done at once; None if there is none."""
        argv = next(commands, None)
        if argv is not None:
            known = host.engine.state.durability
            offset = known.offset
            replies = host.execute(client, argv)
            if known.offset != offset:
                answers.marks.append(len(answers.data))
            self._add(client, argv, replies, answers)
        return argv

    def _add(
        self, client: Client, argv: list[bytes], replies: Sequence[Reply], answers: Answers
    ) -> None:
        """Add what a command has to say; what says nothing has no place to be marked."""
        marks = answers.marks
        if not replies and marks and marks[-1] == len(answers.data):
            marks.pop()
        log = self._listener.host.engine.state.stats.replies
        if self._listener.stats is None:
            log = _NO_LOG
        for reply in replies:
            data = encode(reply, client.protocol)
            answers.add(data)
            if len(data) > log.over:
                log.add(client.last_ms, len(data), client, argv)

    def _noted(self, client: Client, commands: Iterator[list[bytes]]) -> Iterator[list[bytes]]:
        """The same commands; each that is large is put into the log of those once it has run."""
        log = self._listener.host.engine.state.stats.requests
        for argv in commands:
            yield argv
            if (size := sum(map(len, argv))) > log.over:
                log.add(client.last_ms, size, client, argv)

    def _stop_at(
        self, client: Client, argv: list[bytes], commands: Iterator[list[bytes]], answers: Answers
    ) -> None:
        """Run no more for now: the client waits, which it will not do for ever, or leaves."""
        if client.is_held:
            self._todo = commands
        elif argv[0].upper() in HTTP:
            self._refuse_browser(client, answers)

    def _refuse_browser(self, client: Client, answers: Answers) -> None:
        """Hang up, with nothing said: what else is in this read was not meant for us either.

        Source: `networking.c` securityWarningCommand.
        """
        answers.clear()
        self._listener.warn_of_browser(client)
        self.transport.abort()

    def _answer(self, answers: Answers, *, closing: bool) -> None:
        """Send replies, or have them held: those to a pipeline, or until the log is written."""
        holding = self._listener.holding
        several = len(answers.data) > SINGLE
        if holding is not None and ((several and holding.alone is not self) or holding.needed):
            if answers.data or closing:
                holding.put(self, answers, closing=closing)
            else:
                holding.expect()
        else:
            self.send(answers.data, closing=closing)

    def send(self, out: Sequence[bytes], *, closing: bool) -> None:
        """Send replies, and perhaps hang up."""
        if out:
            try:
                self._write(out[0] if len(out) == 1 else b"".join(out))
            except MemoryError:  # who is sent something after this client must not notice
                if (client := self.client) is not None:
                    self._listener.report_hunger(client)
                self.transport.abort()
        if closing:
            self.transport.close()

    def _write(self, data: bytes) -> None:
        """Send, and cut off whoever does not read what he asked for."""
        transport = self.transport
        transport.write(data)
        if (stats := self._listener.stats) is not None:
            stats.writes += 1
            stats.bytes_out += len(data)
        waiting = transport.get_write_buffer_size()
        if waiting:
            self._listener.check_output(self, waiting)
