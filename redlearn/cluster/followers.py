r"""The primary's side of replication: who follows, and what each is sent.

A replica opens a connection to the port for clients, says who it is, and asks to follow:

    REPLCONF listening-port 7004     +OK
    PSYNC <stream> <offset>          +CONTINUE <stream>        the part it missed, then the stream
                                     +FULLRESYNC <stream> <offset>
                                     $<size>\r\n<RDB file>     everything, then the stream

From then on it gets every byte of the stream as it is written, and says once a second, or when it
is asked (REPLCONF GETACK), how far it has come (REPLCONF ACK). Nobody waits for that, unless a
client does so with WAIT: replication is asynchronous.

Everything is sent as of one moment, `repl-diskless-sync-delay` seconds after the first has asked,
so that others who ask meanwhile get the same file.

Source: `replication.c` syncCommand, replconfCommand, replicationFeedSlaves, replicationCron.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

from redlearn.cluster.backlog import Backlog
from redlearn.engine.blocking import serve_acknowledged
from redlearn.engine.effects import Effect
from redlearn.engine.engine import Engine
from redlearn.engine.replication import NO_ID, Replica
from redlearn.errors import (
    NOT_AN_INTEGER,
    SYNTAX,
    UNKNOWN_REPLCONF,
    WRONG_ARITY,
    CommandError,
    as_text,
)
from redlearn.persistence import rdb_write
from redlearn.persistence.aof_write import Encoder
from redlearn.resp.encode import encode, encode_command
from redlearn.resp.integer import parse_integer
from redlearn.resp.reply import Failure

PING: Final = encode_command([b"PING"])
ASK_ALL: Final = encode_command([b"REPLCONF", b"GETACK", b"*"])
OK: Final = b"+OK\r\n"

Frozen = tuple[Any, ...]


class Wires(Protocol):
    """What replication needs of connections; each is known by the number of its socket."""

    def dial(self, ip: bytes, port: int) -> int:
        """Open a connection."""
        ...

    def send(self, socket: int, data: bytes) -> None:
        """Send bytes in one piece."""
        ...

    def hang_up(self, socket: int) -> None:
        """Close a connection."""
        ...


@dataclass(slots=True)
class Follower:
    """A replica that is connected.

    Attributes:
        ip, port: Where its clients find it.
        asked_ms: When it asked for everything, 0 if it does not wait for that.
        follows: Whether it is sent the stream.
        online: Whether it has said since that it has its copy.
        offset, acked_ms: How far it said that it is, and when.
    """

    socket: int
    ip: str
    port: int = 0
    asked_ms: int = 0
    follows: bool = False
    online: bool = False
    offset: int = 0
    acked_ms: int = 0


class Followers:
    """Those who follow this server's stream.

    Attributes:
        backlog: The end of the stream.
    """

    def __init__(
        self, engine: Engine, backlog: Backlog, wires: Wires, name: Callable[[], str]
    ) -> None:
        """Args:
        name: Makes the name of a new stream.
        """
        self._engine = engine
        self.backlog = backlog
        self._wires = wires
        self._name = name
        self._encoder = Encoder()
        self._all: dict[int, Follower] = {}
        self._pinged_ms = 0
        self._asked_at = -1  # the offset behind the last GETACK

    # ---- the stream ----

    def feed(self, unit: tuple[Effect, ...]) -> None:
        """A sink of effects: put a unit at the end of the stream. Nothing, as long as nobody ever
        followed: then there is no stream."""
        if self.backlog.record.backlog and self.backlog.record.primary is None:
            self.stream(self._encoder.encode(unit))

    def stream(self, data: bytes) -> None:
        """Put bytes at the end of the stream, and send them to all who follow."""
        self.backlog.append(data, self._engine.state.config.number("repl-backlog-size"))
        for follower in self._all.values():
            if follower.follows:
                self._wires.send(follower.socket, data)

    # ---- what replicas say ----

    def hear(self, socket: int, ip: bytes, argv: list[bytes]) -> bool:
        """Take a command of a connection; False if it is none of a replica's."""
        name = argv[0].upper()
        if name not in (b"REPLCONF", b"PSYNC"):
            return False
        follower = self._known(socket, ip)
        try:
            if name == b"REPLCONF":
                self._configure(follower, argv[1:])
            elif len(argv) < 3:
                raise CommandError(WRONG_ARITY.format("psync"))
            else:
                self._sync(follower, argv[1].decode("latin-1"), _integer(argv[2]))
        except CommandError as error:
            self._wires.send(socket, encode(Failure(error.text)))
        return True

    def has(self, socket: int) -> bool:
        """Whether who is at a connection follows, or waits to be sent everything."""
        follower = self._all.get(socket)
        return follower is not None and (follower.follows or follower.asked_ms != 0)

    def gone(self, socket: int) -> None:
        """A connection is closed."""
        if self._all.pop(socket, None) is not None:
            self._tell()

    def dismiss(self) -> None:
        """Send all away: the stream they followed is not written here any more."""
        for socket in list(self._all):
            self._wires.hang_up(socket)
        self._all.clear()
        self._tell()

    def _known(self, socket: int, ip: bytes) -> Follower:
        return self._all.setdefault(socket, Follower(socket, ip.decode("latin-1")))

    def _configure(self, follower: Follower, words: list[bytes]) -> None:
        if len(words) % 2:
            raise CommandError(SYNTAX)
        for option, value in zip(words[::2], words[1::2], strict=True):
            match option.lower():
                case b"listening-port":
                    follower.port = _integer(value)
                case b"ack":
                    self._acknowledged(follower, value)
                    return  # no answer: it would come into the stream
                case b"getack":
                    return  # it is the primary that asks
                case b"ip-address" | b"capa" | b"rdb-only" | b"rdb-filter-only" | b"version":
                    pass
                case _:
                    raise CommandError(UNKNOWN_REPLCONF.format(as_text(option)))
        self._wires.send(follower.socket, OK)

    def _acknowledged(self, follower: Follower, value: bytes) -> None:
        """A replica says how far it is; of anybody else it means nothing."""
        if self.has(follower.socket):
            follower.offset = parse_integer(value) or 0
            follower.acked_ms = self._now_ms
            follower.online = follower.follows
            self._tell()

    def _sync(self, follower: Follower, stream: str, offset: int) -> None:
        record = self.backlog.record
        if not record.backlog:
            record.id, record.second_id, record.second_offset = self._name(), NO_ID, -1
            self.backlog.begin()
            self._pinged_ms = self._now_ms
        if self.backlog.continues(stream, offset):
            missed = self.backlog.since(offset)
            self._wires.send(follower.socket, f"+CONTINUE {record.id}\r\n".encode() + missed)
            follower.follows, follower.acked_ms = True, self._now_ms
            follower.offset = offset - 1
        else:
            follower.asked_ms = self._now_ms
        self._tell()

    # ---- time ----

    def cron(self) -> None:
        """Send everything to those whose time has come, and a PING into the stream."""
        state = self._engine.state
        waiting = [each.asked_ms for each in self._all.values() if each.asked_ms]
        delay_ms = state.config.number("repl-diskless-sync-delay") * 1000
        if waiting and self._now_ms - min(waiting) >= delay_ms:
            self._send_everything()
        period_ms = state.config.number("repl-ping-replica-period") * 1000
        writes = state.replication.primary is None and state.replication.backlog
        if writes and self._all and self._now_ms - self._pinged_ms >= period_ms:
            self._pinged_ms = self._now_ms
            self.stream(PING)

    def before_sleep(self) -> None:
        """Ask how far all are, if a client waits for that and it was not asked since."""
        state = self._engine.state
        if not state.replication.waiting or state.replication.primary is not None:
            return
        serve_acknowledged(state)
        if state.replication.waiting and self._asked_at != state.replication.offset and self._all:
            self.stream(ASK_ALL)
            self._asked_at = state.replication.offset

    def _send_everything(self) -> None:
        record, state = self.backlog.record, self._engine.state
        data = b"".join(rdb_write.chunks(state))
        head = f"+FULLRESYNC {record.id} {record.offset}\r\n${len(data)}\r\n".encode()
        self._encoder.begin_file()  # what follows has to say its database again
        for follower in self._all.values():
            if follower.asked_ms:
                follower.asked_ms, follower.follows = 0, True
                follower.acked_ms = self._now_ms
                self._wires.send(follower.socket, head + data)
        self._tell()

    def _tell(self) -> None:
        """Bring the engine's record up to date, and serve who waits for it."""
        state = self._engine.state
        state.replication.replicas = tuple(
            Replica(each.ip, each.port, each.online, each.offset, each.acked_ms)
            for each in self._all.values()
            if each.asked_ms or each.follows
        )
        serve_acknowledged(state)

    @property
    def _now_ms(self) -> int:
        return self._engine.clock.now_ms()

    # ---- time travel ----

    def freeze(self) -> Frozen:
        rows = tuple(replace(follower) for follower in self._all.values())
        return rows, self._pinged_ms, self._asked_at, self._encoder.db

    def thaw(self, frozen: Frozen) -> None:
        rows, self._pinged_ms, self._asked_at, self._encoder.db = frozen
        self._all = {row.socket: replace(row) for row in rows}


def _integer(value: bytes) -> int:
    number = parse_integer(value)
    if number is None:
        raise CommandError(NOT_AN_INTEGER)
    return number
