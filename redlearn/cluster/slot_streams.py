"""The connections on which a node gives slots away, and what goes over them.

One for each export. The keys of its slots go as the commands that a rewritten log has of them, a
few thousand bytes in a piece; then each effect on one of these slots, as a replica gets it, but for
MULTI and EXEC: nobody sees the slots at the target before all of it is there.

Source: `cluster_migrateslots.c` connectSlotExportJob, childSnapshotForSyncSlot,
clusterFeedSlotExportJobs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from redlearn.cluster.bitmaps import Ranges, each_slot
from redlearn.cluster.followers import Wires
from redlearn.cluster.following import BadStream, split_commands
from redlearn.cluster.local import Dial, HangUp, Out, Say, SendSlots
from redlearn.cluster.moves import Moves
from redlearn.cluster.network import Closed, News, Opened, Received
from redlearn.cluster.slot_jobs import as_words
from redlearn.engine.command import find_command
from redlearn.engine.effects import Effect
from redlearn.engine.engine import Engine
from redlearn.engine.keys import key_positions
from redlearn.engine.values.string import boxed
from redlearn.persistence.aof_write import rewritten_key
from redlearn.resp.encode import encode_command
from redlearn.slots import slot_of

PIECE_BYTES: Final = 4096
SELECT: Final = encode_command([b"SELECT", b"0"])

Frozen = tuple[Any, ...]


@dataclass(slots=True)
class Stream:
    """A connection of an export.

    Attributes:
        name: Of the job.
        socket: Of the connection.
        ranges: The slots whose effects are sent; () before the keys were.
        buffer: What came, and is not whole yet.
    """

    name: bytes
    socket: int
    ranges: Ranges = ()
    buffer: bytes = b""


class SlotStreams:
    """All of a node's, by their sockets."""

    def __init__(self, engine: Engine, wires: Wires, moves: Moves) -> None:
        self._engine = engine
        self._wires = wires
        self._moves = moves
        self._all: dict[int, Stream] = {}
        engine.state.sinks.append(self.feed)

    # ---- what the rules want ----

    def do(self, wanted: Out) -> None:
        """Carry out what an export wants done."""
        match wanted:
            case Dial(name, ip, port):
                socket = self._wires.dial(ip, port)
                self._all[socket] = Stream(name, socket)
            case Say(name, argv):
                self._send(name, encode_command(argv))
            case SendSlots(name, ranges):
                self._send_slots(name, ranges)
            case HangUp(name):
                if stream := self._of(name):
                    del self._all[stream.socket]
                    self._wires.hang_up(stream.socket)

    def _of(self, name: bytes) -> Stream | None:
        return next((each for each in self._all.values() if each.name == name), None)

    def _send(self, name: bytes, data: bytes) -> None:
        if stream := self._of(name):
            self._wires.send(stream.socket, data)

    def _send_slots(self, name: bytes, ranges: Ranges) -> None:
        stream = self._of(name)
        if stream is None:
            return
        stream.ranges = ranges
        for piece in self._pieces(ranges):
            self._wires.send(stream.socket, piece)
        self._wires.send(stream.socket, encode_command(as_words("SNAPSHOT-EOF")))
        self._moves.sent(name)

    def _pieces(self, ranges: Ranges) -> Iterator[bytes]:
        """The keys of slots as commands, whole ones in each piece. O(what they hold)."""
        db, data = self._engine.state.databases[0], SELECT
        rows = db.slot_keys
        assert rows is not None
        for slot in each_slot(ranges):
            for key in rows.keys(slot, rows.count(slot)):
                entry = db.keys.peek(key)
                assert entry is not None
                data += rewritten_key(key, boxed(entry.value), db.deadline_of(key))
                if len(data) >= PIECE_BYTES:
                    yield data
                    data = b""
        if data != SELECT and data:
            yield data

    # ---- what is written ----

    def feed(self, unit: tuple[Effect, ...]) -> None:
        """A sink of effects: send on what concerns slots that are on their way."""
        streams = [each for each in self._all.values() if each.ranges]
        if not streams:
            return
        for effect in unit:
            slot = _slot_of(effect)
            for stream in streams:
                if any(first <= slot <= last for first, last in stream.ranges):
                    self._wires.send(stream.socket, encode_command(effect.argv))

    # ---- connections ----

    def hear(self, news: News) -> bool:
        """Something about a connection; False if it is none of these."""
        if news.socket not in self._all:
            return False
        match news:
            case Received(socket, flight):
                self.received(socket, flight.data)
            case Opened(socket):
                self.opened(socket)
            case Closed(socket):
                self.closed(socket)
        return True

    def opened(self, socket: int) -> None:
        """It is up."""
        self._moves.opened(self._all[socket].name)

    def closed(self, socket: int) -> None:
        """It is gone, or was never there."""
        self._moves.lost(self._all.pop(socket).name)

    def received(self, socket: int, data: bytes) -> None:
        """Something came from a target."""
        stream = self._all[socket]
        stream.buffer += data
        try:
            while socket in self._all and self._take(stream):
                pass
        except BadStream:
            self._moves.said(stream.name, [b"CLUSTER", b"SYNCSLOTS", b"?"])

    def _take(self, stream: Stream) -> bool:
        """Take one thing out of the buffer: an answer, or commands; False if nothing is whole."""
        if stream.buffer[:1] in (b"+", b"-"):
            line, ending, rest = stream.buffer.partition(b"\r\n")
            if not ending:
                return False
            stream.buffer = rest
            self._moves.answered(stream.name, line)
            return True
        commands, stream.buffer = split_commands(stream.buffer)
        for argv in commands:
            self._moves.said(stream.name, argv)
        return bool(commands)

    # ---- time travel ----

    def freeze(self) -> Frozen:
        return tuple(replace(stream) for stream in self._all.values())

    def thaw(self, frozen: Frozen) -> None:
        self._all = {stream.socket: replace(stream) for stream in frozen}


def _slot_of(effect: Effect) -> int:
    """The slot that an effect is about, or -1: of a script or a flush, of MULTI and EXEC."""
    argv = list(effect.argv)
    command = find_command(argv)
    positions = [] if command is None else key_positions(command, argv)
    return slot_of(argv[positions[0]]) if positions else -1
