"""The backlog: the last part of a replication stream, for who was away for a moment.

    offset      0        backlog_start                 offset
    stream      |=======|==============================|
                 gone    kept, up to repl-backlog-size

A replica that comes back says the name of the stream it knows and the offset it needs next. If both
are still had, it gets the bytes it missed, else everything (`continues`).

When a replica is promoted the stream goes on under a new name. The old name is remembered up to
the offset of that moment: others who followed the old one can then follow the new one without
being sent everything again.

Source: `replication.c` feedReplicationBacklog, masterTryPartialResynchronization,
shiftReplicationId.
"""

from __future__ import annotations

from redlearn.engine.replication import NO_ID, Replication


class Backlog:
    """The kept bytes; offsets and names stand in the engine's record of replication."""

    __slots__ = ("_kept", "record")

    def __init__(self, record: Replication) -> None:
        self.record = record
        self._kept = b""

    def begin(self) -> None:
        """Keep what comes from now on."""
        self._kept = b""
        self.record.backlog, self.record.backlog_start = True, self.record.offset

    def append(self, data: bytes, size: int) -> None:
        """The stream gets longer; the last `size` bytes of it are kept. O(size), at most."""
        record = self.record
        record.offset += len(data)
        if record.backlog:
            # Twice the size before it is cut: else each write would copy all that is kept.
            self._kept += data
            if len(self._kept) > 2 * size:
                self._kept = self._kept[-size:]
            record.backlog_start = record.offset - min(len(self._kept), size)

    def continues(self, stream: str, offset: int) -> bool:
        """Whether somebody who needs the byte at `offset` (the first is 1) can go on from here."""
        record = self.record
        known = stream == record.id or (
            stream == record.second_id != NO_ID and offset <= record.second_offset
        )
        return known and record.backlog and record.backlog_start < offset <= record.offset + 1

    def since(self, offset: int) -> bytes:
        """The stream from the byte at `offset` on, which must be kept."""
        missing = self.record.offset - (offset - 1)
        return self._kept[len(self._kept) - missing :]

    def promote(self, name: str) -> None:
        """The stream goes on under a new name; the old one holds up to here."""
        record = self.record
        record.second_id, record.second_offset = record.id or NO_ID, record.offset + 1
        record.id = name

    def rename(self, name: str) -> None:
        """The stream that is followed has another name now; it is the same up to here."""
        if name != self.record.id:
            self.promote(name)

    def restart(self, name: str, offset: int) -> None:
        """Another stream begins, at `offset`."""
        record = self.record
        record.id, record.offset = name, offset
        record.second_id, record.second_offset = NO_ID, -1
        self.begin()

    def freeze(self) -> bytes:
        return self._kept

    def thaw(self, frozen: bytes) -> None:
        self._kept = frozen
