"""A snapshot file of any size, record by record, with no more of it in memory than it takes.

    for piece, record in in_pieces(read, size):     `read(start, count)` gives bytes of the file
        piece.start + record.start                  where it stands in the file
        piece.data[record.start : record.end]       its bytes

A piece of a MiB is read, and what of it has been gone through is dropped with the next. A record
that goes on beyond its piece is begun anew in a larger one, twice as large at least, so that even a
value of a gigabyte is read less than twice. No length that a file claims makes anybody read: it
is held against what is left of the file first (`payload/wire.py` Reader).

Memory: a MiB, and three times the largest record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from redlearn.engine.payload import NotHere, crc64
from redlearn.persistence import opcodes
from redlearn.persistence.rdb_records import BadRdb, End, Record, record_at

PIECE: Final = 1 << 20
"""Bytes that are read at a time."""

Read = Callable[[int, int], bytes]
"""From which byte, and how many: these, or fewer at the end."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a file.

    Attributes:
        start: Its place in the file.
        beyond: How many bytes of the file follow it.
    """

    data: bytes
    start: int
    beyond: int


def in_pieces(read: Read, size: int) -> Iterator[tuple[Piece, Record]]:
    """All records of a file behind its magic word, up to its end; places are those in the piece.

    The checksum is not looked at. O(bytes) in all.

    Args:
        size: Bytes of the file. If it gives fewer it ends there.

    Raises:
        BadRdb: There is no next record where one must be; with its place in the file. Or the file
            begins as none that can be read.
    """
    head = read(0, opcodes.MAGIC_SIZE)
    if not opcodes.is_readable(head):
        raise BadRdb(0, "the file begins as none that is known")
    version = opcodes.version_of(head)
    piece, at = _piece(read, b"", opcodes.MAGIC_SIZE, size, PIECE), 0
    while True:
        try:
            record = record_at(piece.data, at, version, piece.beyond)
        except NotHere as short:
            rest = piece.data[at:]
            count = max(PIECE, short.count, len(rest))
            piece, at = _piece(read, rest, piece.start + at, size, count), 0
            size = piece.start + len(piece.data) + piece.beyond
            continue
        except BadRdb as fault:
            raise BadRdb(piece.start + fault.at, fault.reason) from None
        yield piece, record
        if isinstance(record, End):
            return
        at = record.end


def summed(piece: Piece, record: Record, sum: int) -> int:
    """The checksum up to a record's end: of the last one, up to where it stands itself. O(bytes).

    Args:
        sum: Up to the record before; of the magic word, to begin with.
    """
    end = record.start + 1 if isinstance(record, End) else record.end
    return crc64(piece.data[record.start : end], sum)


def _piece(read: Read, rest: bytes, start: int, size: int, count: int) -> Piece:
    """The piece of what is left of one, and `count` bytes more."""
    more = read(start + len(rest), count) if size > start + len(rest) else b""
    data = rest + more
    ends = len(more) < count
    return Piece(data, start, 0 if ends else max(size - start - len(data), 0))
