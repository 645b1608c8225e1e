"""Looks a snapshot file through, to the last byte, without loading it.

    checked = check(data, now_ms)      what it is, what it holds, and what is wrong with it
    told(checked, name)                the same in lines, with the place of each thing

Everything is looked at that a load would look at: the checksum, each length, each value down to
its invariants, keys that are there twice. Where it goes wrong is told by the byte and by the key.
Unlike a load it keeps nothing, and it passes over what only modules understand.

Source: `redis-check-rdb.c` redis_check_rdb.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from redlearn.engine.payload import READERS, BadPayload, EmptyValue, Reader, crc64, read_value
from redlearn.engine.values.kit import Kit
from redlearn.persistence import opcodes
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
    records,
)
from redlearn.probe import Probe
from redlearn.resp.text import printable


@dataclass(slots=True)
class Checked:
    """What a file is.

    Attributes:
        version: That of the format; 0 if it is no snapshot file.
        places: (offset, what is there) of all that is no key.
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


def check(data: bytes, now_ms: int) -> Checked:
    """Look a file through. O(bytes), and memory for the names of one database's keys."""
    checked = Checked(len(data))
    try:
        check_magic(data)
        checked.version = opcodes.version_of(data)
        checked.places.append((0, printable(data[: opcodes.MAGIC_SIZE])))
        look = _Look(data, checked, now_ms)
        for record in records(data):
            look.at(record)
    except BadRdb as fault:
        checked.at, checked.reason = fault.at, fault.reason
    return checked


class _Look:
    """Goes from record to record of one file, and notes what it sees."""

    def __init__(self, data: bytes, checked: Checked, now_ms: int) -> None:
        self._data = data
        self._checked = checked
        self._now_ms = now_ms
        self._db = 0
        self._seen: dict[int, set[bytes]] = {}
        self._kit = Kit(Probe(), Random(0), Random(0), seed=0)

    def at(self, record: Record) -> None:
        """Look at one record.

        Raises:
            BadRdb: It is wrong.
        """
        places, start = self._checked.places, record.start
        match record:
            case Key():
                self._key(record)
            case Aux(name=name, text=text):
                places.append((start, f"{printable(name)} {printable(text)}"))
            case SelectDb(index=index):
                self._db = index
                places.append((start, f"database {index}"))
            case Function(code=code):
                first = code.split(b"\n", 1)[0]
                places.append((start, f"a library of functions, {printable(first)}"))
            case ModuleAux():
                self._checked.modules += 1
                places.append((start, "data of a module, passed over"))
            case SlotImport(job=job):
                places.append((start, f"slots on their way to a cluster, job {printable(job)}"))
            case End():
                self._end(record)

    def _key(self, record: Key) -> None:
        checked = self._checked
        checked.within = f"the key {printable(record.key)}, a {record.kind}, database {self._db}"
        seen = self._seen.setdefault(self._db, set())
        if record.key in seen:
            raise BadRdb(record.start, "the key is there twice")
        seen.add(record.key)
        if record.type in READERS:
            self._value(record)
        else:
            checked.modules += 1
        checked.keys[self._db] += 1
        count, size = checked.kinds.get(record.kind, (0, 0))
        checked.kinds[record.kind] = (count + 1, size + record.end - record.start)
        if record.expire_ms is not None:
            checked.expires += 1
            checked.expired += record.expire_ms < self._now_ms
        checked.within = ""

    def _value(self, record: Key) -> None:
        """Build the value, and forget it."""
        reader = Reader(self._data, record.value_start)
        try:
            read_value(reader, record.type, self._kit, self._checked.version)
        except EmptyValue:
            self._checked.empty += 1
        except BadPayload as fault:
            raise BadRdb(reader.at, str(fault)) from None

    def _end(self, record: End) -> None:
        data, places = self._data, self._checked.places
        if record.end < len(data):
            raise BadRdb(record.end, f"{len(data) - record.end} bytes follow the end")
        if self._checked.version < opcodes.CHECKSUM_SINCE:
            places.append((record.start, "the end; there were no checksums yet"))
        elif not record.checksum:
            places.append((record.start, "the end, without a checksum"))
        else:
            sum, at = crc64(data[: record.start + 1]), record.start + 1
            if sum != record.checksum:
                reason = f"the checksum is {record.checksum:016x}, and that of the bytes {sum:016x}"
                raise BadRdb(at, reason)
            places.append((record.start, f"the end; the checksum {sum:016x} is right"))


def told(checked: Checked, name: str) -> Iterator[str]:
    """The lines that say what a file is: places first, the verdict last."""
    yield f"{name}: {checked.size:,} bytes"
    for at, what in checked.places:
        yield f"{at:12}  {what}"
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
