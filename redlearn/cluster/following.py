"""The replica's side of replication: find the primary, take its data, follow its stream.

    connect      a connection is to be opened          once a second, until it is up
    connecting   it is being opened
    handshake    PING, REPLCONF, PSYNC: who I am, what I have
    sync         everything is on its way, as one RDB file
    connected    the stream: each command is run as the primary ran it

What it has is said by PSYNC: the name of a stream, and the offset of the first byte it lacks. A
primary that becomes a replica says its own, so that it need not be sent all that it has; whatever
it wrote that the new primary never got is lost with that.

Commands of the stream run at no time (`Engine.hold_time`), as those of a log do: nothing is over
for them, since the primary decided what was.

Source: `replication.c` syncWithMaster, slaveTryPartialResynchronization, readSyncBulkPayload,
replicationCron, replicationSendAck.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from redlearn.cluster.backlog import Backlog
from redlearn.cluster.followers import Wires
from redlearn.engine import clients
from redlearn.engine.client import Client
from redlearn.engine.command import find_command
from redlearn.engine.engine import Engine
from redlearn.engine.repeated import use_now
from redlearn.engine.replication import (
    CONNECT,
    CONNECTED,
    CONNECTING,
    HANDSHAKE,
    SYNC,
    Replication,
)
from redlearn.persistence import rdb_read
from redlearn.persistence.rdb_records import BadRdb
from redlearn.resp.encode import encode_command
from redlearn.resp.integer import parse_integer

ACK_MS: Final = 1_000
NOBODY: Final = -1

Frozen = tuple[Any, ...]


class BadStream(Exception):
    """What came is no stream of commands, or there is nobody to run them."""


class Following:
    """A replica's link to its primary."""

    def __init__(
        self, engine: Engine, backlog: Backlog, wires: Wires, port: int,
        pass_on: Callable[[bytes], None],
    ) -> None:  # fmt: skip
        """Args:
        port: Where this server's own clients find it.
        pass_on: Puts bytes at the end of this server's copy of the stream.
        """
        self._engine = engine
        self._backlog = backlog
        self._wires = wires
        self._port = port
        self._pass_on = pass_on
        self._socket = NOBODY
        self._client_id = 0
        self._awaited: tuple[bytes, ...] = ()  # what has still to be said in the handshake
        self._size = -1  # of the file that comes, once it is known
        self._buffer = b""
        self._dialled_ms = 0
        self._acked_ms = 0

    # ---- whom to follow ----

    def follow(self, ip: str, port: int) -> None:
        """Follow a primary from now on."""
        self.drop()
        self._record.primary = (ip, port)
        self._dialled_ms = 0
        clients.be_alert(self._engine.state)

    def stop(self) -> None:
        """Follow nobody."""
        self.drop()
        self._record.primary = None
        clients.be_alert(self._engine.state)

    def drop(self) -> None:
        """Close the link, if there is one."""
        if self._socket != NOBODY:
            self._wires.hang_up(self._socket)
        self._lost()

    def _lost(self) -> None:
        record = self._record
        if record.link == CONNECTED:
            record.down_ms = self._now_ms
        client = self._engine.state.clients.get(self._client_id)
        if client is not None:
            self._engine.disconnect(client)
        self._socket, self._client_id, self._size, self._buffer = NOBODY, 0, -1, b""
        record.link = CONNECT

    # ---- connections ----

    def owns(self, socket: int) -> bool:
        """Whether a connection is this link."""
        return socket == self._socket

    def opened(self) -> None:
        """The connection is up: say who we are."""
        record = self._record
        record.link, record.heard_ms = HANDSHAKE, self._now_ms
        offset = record.offset + 1 if record.id else -1
        words = (
            [b"PING"],
            [b"REPLCONF", b"listening-port", b"%d" % self._port],
            [b"REPLCONF", b"capa", b"eof", b"capa", b"psync2"],
            [b"PSYNC", record.id.encode() or b"?", b"%d" % offset],
        )
        self._awaited = tuple(map(encode_command, words))
        self._wires.send(self._socket, self._awaited[0])

    def closed(self) -> None:
        """The connection is gone; another is opened in due time."""
        self._lost()

    def received(self, data: bytes) -> None:
        """Something came from the primary."""
        self._record.heard_ms = self._now_ms
        self._buffer += data
        try:
            while self._take():
                pass
        except (BadStream, BadRdb):
            self.drop()

    def _take(self) -> bool:
        """Take one thing out of the buffer; False if nothing is whole."""
        if self._record.link == HANDSHAKE:
            return self._take_answer()
        if self._record.link == SYNC:
            return self._take_file()
        return self._take_commands()

    def _line(self) -> bytes | None:
        line, ending, rest = self._buffer.partition(b"\r\n")
        if not ending:
            return None
        self._buffer = rest
        return line.lstrip(b"\n")  # a primary that is busy sends those to show that it lives

    def _take_answer(self) -> bool:
        line = self._line()
        if line is None:
            return False
        self._awaited = self._awaited[1:]
        if self._awaited:
            self._wires.send(self._socket, self._awaited[0])
            return True
        words = line.split()
        if words[:1] == [b"+CONTINUE"]:
            if len(words) > 1:
                self._backlog.rename(words[1].decode("latin-1"))
            self._begin_stream()
        elif words[:1] == [b"+FULLRESYNC"] and len(words) == 3:
            offset = parse_integer(words[2])
            if offset is None:
                raise BadStream
            self._backlog.restart(words[1].decode("latin-1"), offset)
            self._record.link = SYNC
        else:
            raise BadStream
        return True

    def _take_file(self) -> bool:
        if self._size < 0:
            line = self._line()
            if line is None:
                return False
            size = parse_integer(line[1:]) if line[:1] == b"$" else None
            if size is None:
                raise BadStream
            self._size = size
        if len(self._buffer) < self._size:
            return False
        data, self._buffer = self._buffer[: self._size], self._buffer[self._size :]
        self._size = -1
        with self._engine.probe.silenced():
            rdb_read.load(self._engine.state, data, keep_expired=True)
        self._begin_stream()
        return True

    def _begin_stream(self) -> None:
        self._record.link = CONNECTED
        if not self._record.backlog:
            self._backlog.begin()
        client = self._engine.connect()
        client.obeyed = client.authenticated = True
        if self._record.primary is not None:
            client.address = "{}:{}".format(*self._record.primary)
        self._client_id = client.id
        self._acknowledge()

    # ---- the stream ----

    def _take_commands(self) -> bool:
        commands, rest = split_commands(self._buffer)
        done, self._buffer = self._buffer[: len(self._buffer) - len(rest)], rest
        if not commands:
            return False
        client = self._engine.state.clients.get(self._client_id)
        if client is None:
            raise BadStream  # somebody killed it (CLIENT KILL): the link is to be opened anew
        with self._engine.probe.silenced():  # the primary has told all of it
            self._run(client, commands)
            calls = [(find_command(argv), argv) for argv in commands]
            use_now(self._engine.state, client.db, [(c, argv) for c, argv in calls if c])
        self._pass_on(done)
        if any(_asks(argv) for argv in commands):
            self._acknowledge()
        return True

    def _run(self, client: Client, commands: list[list[bytes]]) -> None:
        """As the primary ran them: at no time."""
        self._engine.hold_time(0)
        try:
            for argv in commands:
                if not _asks(argv):
                    self._engine.execute(client, argv)
                    client.outbox.clear()
        finally:
            self._engine.hold_time(None)

    def _acknowledge(self) -> None:
        self._acked_ms = self._now_ms
        words = [b"REPLCONF", b"ACK", b"%d" % self._record.offset]
        self._wires.send(self._socket, encode_command(words))

    # ---- time ----

    def cron(self) -> None:
        """Open the connection that is missing, say how far we are, give a silent primary up."""
        record, now_ms = self._record, self._now_ms
        if record.primary is None:
            return
        if self._socket == NOBODY:
            if now_ms - self._dialled_ms >= ACK_MS:
                ip, port = record.primary
                record.link, record.heard_ms, self._dialled_ms = CONNECTING, now_ms, now_ms
                self._socket = self._wires.dial(ip.encode("latin-1"), port)
        elif now_ms - record.heard_ms > self._engine.state.config.number("repl-timeout") * 1000:
            self.drop()
        elif record.link == CONNECTED and now_ms - self._acked_ms >= ACK_MS:
            self._acknowledge()

    def data_age_ms(self) -> int:
        """For how long nothing was heard of the primary; very long if it never was followed."""
        record = self._record
        return self._now_ms - (record.heard_ms if record.link == CONNECTED else record.down_ms)

    @property
    def _record(self) -> Replication:
        return self._backlog.record

    @property
    def _now_ms(self) -> int:
        return self._engine.clock.now_ms()

    # ---- time travel ----

    def freeze(self) -> Frozen:
        return (
            self._socket, self._client_id, self._awaited, self._size, self._buffer,
            self._dialled_ms, self._acked_ms,
        )  # fmt: skip

    def thaw(self, frozen: Frozen) -> None:
        (
            self._socket, self._client_id, self._awaited, self._size, self._buffer,
            self._dialled_ms, self._acked_ms,
        ) = frozen  # fmt: skip


def _asks(argv: list[bytes]) -> bool:
    """Whether the primary asks how far one is (REPLCONF GETACK)."""
    return argv[0].upper() == b"REPLCONF"


def split_commands(data: bytes) -> tuple[list[list[bytes]], bytes]:
    """The commands at the beginning of a piece of stream, and what is left of it.

    A stream has only arrays of bulk strings. Raises BadStream where there is anything else.
    """
    commands, at = [], 0
    while at < len(data):
        argv, end = _command_at(data, at)
        if argv is None:
            break
        commands.append(argv)
        at = end
    return commands, data[at:]


def _command_at(data: bytes, at: int) -> tuple[list[bytes] | None, int]:
    count, at = _number_at(data, at, b"*")
    if count is None:
        return None, at
    argv = []
    for _ in range(count):
        size, at = _number_at(data, at, b"$")
        if size is None or len(data) < at + size + 2:
            return None, at
        argv.append(data[at : at + size])
        at += size + 2
    return argv, at


def _number_at(data: bytes, at: int, mark: bytes) -> tuple[int | None, int]:
    """The number of a line that begins with `mark`, and where the next begins; None: not whole."""
    end = data.find(b"\r\n", at)
    if data[at : at + 1] not in (b"", mark):
        raise BadStream
    if end < 0:
        return None, at
    number = parse_integer(data[at + 1 : end])
    if number is None or number < 0 or (mark == b"*" and number == 0):
        raise BadStream
    return number, end + 2
