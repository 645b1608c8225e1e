"""Looks a snapshot file through, to the last byte, without loading it.

    checked = check(read, size, now_ms)     what it is, what it holds, and what is wrong with it
    told(checked, name)                     the same in lines, with the place of each thing

Everything is looked at that a load would look at: the checksum, each length, each value down to
its invariants, keys that are there twice. Where it goes wrong is told by the byte and by the key.
Unlike a load it keeps nothing, and it passes over what only modules understand.

Memory: that of the largest key (`rdb_pieces.py`), and 8 bytes for each key: a hash of its name, so
that one which is there twice is found. If hashes are equal the file is gone through once more, with
the names that have them kept.

Source: `redis-check-rdb.c` redis_check_rdb.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random
from typing import Final

from redlearn.engine.payload import READERS, BadPayload, EmptyValue, Reader, crc64, read_value
from redlearn.engine.values.kit import Kit
from redlearn.persistence import opcodes
from redlearn.persistence.rdb_pieces import Piece, Read, in_pieces, summed
from redlearn.persistence.rdb_read import check_magic
from redlearn.persistence.rdb_records import (
    Aux,
    BadRdb,
    End,
    Function,
    Key,
    ModuleAux,
    Record,
    SelectDb,
    SlotImport,
)
from redlearn.probe import Probe
from redlearn.resp.text import printable

LISTED: Final = 1_000
"""How many places are told one by one."""

SHELVES: Final = 256
HASH_BITS: Final = (1 << 64) - 1


@dataclass(slots=True)
class Checked:
    """What a file is.

    Attributes:
        version: That of the format; 0 if it is no snapshot file.
        places: (offset, what is there) of what is no key: the first thousand, and the end.
        unlisted: How many more there are.
        keys: How many keys each database has.
        kinds: How many keys there are of each type, as it is called in the file, and their bytes.
        expires, expired: How many keys end, and of how many the time is over.
        empty: How many hold nothing, which a load leaves out.
        modules: How many parts only a module understands.
        at: Where it is wrong, or -1; `reason` says why, and `within` which key it was.
    """

    size: int
    version: int = 0
    places: list[tuple[int, str]] = field(default_factory=list)
    unlisted: int = 0
    keys: Counter[int] = field(default_factory=Counter)
    kinds: dict[str, tuple[int, int]] = field(default_factory=dict)
    expires: int = 0
    expired: int = 0
    empty: int = 0
    modules: int = 0
    at: int = -1
    reason: str = ""
    within: str = ""

    @property
    def good(self) -> bool:
        """Whether it can be trusted and read, but for what belongs to modules."""
        return not self.reason


def check(read: Read, size: int, now_ms: int) -> Checked:
    """Look a file through. O(bytes).

    Args:
        read: Gives bytes of it: from which byte, and how many.
        size: How many it has.
    """
    names = _Names(None)
    checked = _checked(read, size, now_ms, names)
    if suspects := names.twice():
        return _checked(read, size, now_ms, _Names(suspects))
    return checked


def _checked(read: Read, size: int, now_ms: int, names: _Names) -> Checked:
    checked = Checked(size)
    head = read(0, opcodes.MAGIC_SIZE)
    try:
        check_magic(head)
        checked.version = opcodes.version_of(head)
        checked.places.append((0, printable(head)))
        look = _Look(checked, now_ms, names, crc64(head))
        for piece, record in in_pieces(read, size):
            look.at(piece, record)
    except BadRdb as fault:
        checked.at, checked.reason = fault.at, fault.reason
    return checked


class _Names:
    """Which keys there were.

    First hashes of all of them are put on shelves, by their last bits. Then, if any hash was there
    twice, the names that have such a hash are remembered.
    """

    def __init__(self, suspects: set[int] | None) -> None:
        self._suspects = suspects
        self._shelves = [array("Q") for _ in range(SHELVES)]
        self._seen: set[tuple[int, bytes]] = set()

    def is_new(self, db: int, key: bytes) -> bool:
        """Take a key in; False if it is known to have been there."""
        number = hash((db, key)) & HASH_BITS
        if self._suspects is None:
            self._shelves[number % SHELVES].append(number)
            return True
        if number not in self._suspects:
            return True
        before = len(self._seen)
        self._seen.add((db, key))
        return len(self._seen) > before

    def twice(self) -> set[int]:
        """The hashes that were there more than once. O(keys)."""
        found: set[int] = set()
        for shelf in self._shelves:
            found.update(one for one, other in pairwise(sorted(shelf)) if one == other)
        return found


class _Look:
    """Goes from record to record of one file, and notes what it sees."""

    def __init__(self, checked: Checked, now_ms: int, names: _Names, sum: int) -> None:
        self._checked = checked
        self._now_ms = now_ms
        self._names = names
        self._sum = sum
        self._db = 0
        self._kit = Kit(Probe(), Random(0), Random(0), seed=0)

    def at(self, piece: Piece, record: Record) -> None:
        """Look at one record.

        Raises:
            BadRdb: It is wrong.
        """
        start = piece.start + record.start
        self._sum = summed(piece, record, self._sum)
        match record:
            case Key():
                self._key(piece, record)
            case Aux(name=name, text=text):
                self._place(start, f"{printable(name)} {printable(text)}")
            case SelectDb(index=index):
                self._db = index
                self._place(start, f"database {index}")
            case Function(code=code):
                first = code.split(b"\n", 1)[0]
                self._place(start, f"a library of functions, {printable(first)}")
            case ModuleAux():
                self._checked.modules += 1
                self._place(start, "data of a module, passed over")
            case SlotImport(job=job):
                self._place(start, f"slots on their way to a cluster, job {printable(job)}")
            case End():
                self._end(piece, record)

    def _place(self, start: int, what: str) -> None:
        if len(self._checked.places) < LISTED:
            self._checked.places.append((start, what))
        else:
            self._checked.unlisted += 1

    def _key(self, piece: Piece, record: Key) -> None:
        checked = self._checked
        checked.within = f"the key {printable(record.key)}, a {record.kind}, database {self._db}"
        if not self._names.is_new(self._db, record.key):
            raise BadRdb(piece.start + record.start, "the key is there twice")
        if record.type in READERS:
            self._value(piece, record)
        else:
            checked.modules += 1
        checked.keys[self._db] += 1
        count, size = checked.kinds.get(record.kind, (0, 0))
        checked.kinds[record.kind] = (count + 1, size + record.end - record.start)
        if record.expire_ms is not None:
            checked.expires += 1
            checked.expired += record.expire_ms < self._now_ms
        checked.within = ""

    def _value(self, piece: Piece, record: Key) -> None:
        """Build the value, and forget it."""
        reader = Reader(piece.data, record.value_start, piece.beyond)
        try:
            read_value(reader, record.type, self._kit, self._checked.version)
        except EmptyValue:
            self._checked.empty += 1
        except BadPayload as fault:
            raise BadRdb(piece.start + reader.at, str(fault)) from None

    def _end(self, piece: Piece, record: End) -> None:
        checked, start, end = self._checked, piece.start + record.start, piece.start + record.end
        if end < checked.size:
            raise BadRdb(end, f"{checked.size - end} bytes follow the end")
        if checked.version < opcodes.CHECKSUM_SINCE:
            said = "the end; there were no checksums yet"
        elif not record.checksum:
            said = "the end, without a checksum"
        else:
            sum = self._sum
            if sum != record.checksum:
                reason = f"the checksum is {record.checksum:016x}, and that of the bytes {sum:016x}"
                raise BadRdb(start + 1, reason)
            said = f"the end; the checksum {sum:016x} is right"
        checked.places.append((start, said))


def told(checked: Checked, name: str) -> Iterator[str]:
    """The lines that say what a file is: places first, the verdict last."""
    yield f"{name}: {checked.size:,} bytes"
    for at, what in checked.places:
        yield f"{at:12}  {what}"
    if checked.unlisted:
        yield f"{'':14}and {checked.unlisted:,} places more, which are not told one by one"
    if not checked.good:
        yield f"{checked.at:12}  wrong: {checked.reason}"
        if checked.within:
            yield f"{'':14}in {checked.within}"
    if checked.version:
        yield from _summary(checked)
    yield "good" if checked.good else f"not good: {checked.reason}, at byte {checked.at}"


def _summary(checked: Checked) -> Iterator[str]:
    keys = checked.keys.total()
    databases = f"{len(checked.keys)} database{'' if len(checked.keys) == 1 else 's'}"
    yield (f"{keys:,} keys in {databases}; {checked.expires:,} of them end,"
           f" the time of {checked.expired:,} is over")  # fmt: skip
    for kind, (count, size) in sorted(checked.kinds.items(), key=lambda row: -row[1][1]):
        yield f"{count:12,}  {kind}, {size:,} bytes"
    if checked.empty:
        yield f"{checked.empty:12,}  without elements, which a load leaves out"
    if checked.modules:
        yield f"{checked.modules:12,}  parts of modules, for which a load refuses the file"
