"""What the RDB pane sees: a snapshot file byte by byte, and what each byte belongs to.

A cursor stands on one byte. From there it is read upwards:

    the byte       fc
    the field      expires at, ms: 1700000060000
    the record     the key board, a sorted set as listpack
    the structure  whatever pane draws that key

and downwards again: from a key to the place where its record begins. What is packed into a
string of the file (a listpack, an intset) is opened too, unless LZF has squeezed it: then its
bytes mean nothing by themselves.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from redlearn.engine.structures.intset import Intset
from redlearn.engine.structures.listpack import Listpack
from redlearn.engine.structures.listpack_entry import backlen
from redlearn.persistence import opcodes
from redlearn.persistence.rdb_fields import Field
from redlearn.persistence.rdb_records import (
    Aux,
    BadRdb,
    End,
    Function,
    Key,
    Magic,
    ModuleAux,
    Record,
    ResizeDb,
    SelectDb,
    SlotImport,
    SlotInfo,
    inside,
    records,
)
from redlearn.probe import Probe
from redlearn.resp.text import printable
from redlearn.views.narration import counted

MOST_RECORDS: Final = 100_000
"""How many records of a file are found their place for; what is behind them is only bytes."""

PER_ROW: Final = 16
PARTS_OPENED: Final = 4096
"""How many entries of one packed block are opened."""

TEXT_SHOWN: Final = 48


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of bytes with one meaning, as it is drawn.

    Attributes:
        start, stop: Its place in the file.
        name: What it is.
        says: What it says, in words.
        kind: "head" (says what follows, or how long it is), "text", "number", "packed", "sum".
    """

    start: int
    stop: int
    name: str
    says: str
    kind: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where the cursor stands.

    Attributes:
        at: The byte.
        record: What it belongs to, in words, and which of all records that is.
        mark: The field it is in.
        key: The key whose record it is in, None outside of any.
        db: The database of that key.
    """

    at: int
    record: str
    number: int
    mark: Mark | None
    key: bytes | None
    db: int


@dataclass(frozen=True, slots=True)
class RdbView:
    """Some rows of a file.

    Attributes:
        name: Of the file.
        size: Bytes of the whole file.
        first: The place of the first byte that is copied.
        data: The bytes of the window.
        marks: The fields in the window, in order.
        records: How many records were found.
        fault: What is wrong with the file, or "".
    """

    name: str = ""
    size: int = 0
    first: int = 0
    data: bytes = b""
    marks: tuple[Mark, ...] = ()
    place: Place | None = None
    records: int = 0
    fault: str = ""


class Book:
    """A file with the places of its records, found once. O(bytes) to make.

    Attributes:
        data: The file.
        fault: Why the records end before the file does, or "".
    """

    def __init__(self, name: str, data: bytes) -> None:
        self.name, self.data = name, data
        self.fault = ""
        self._records: list[Record] = []
        self._dbs: list[int] = []  # the database that each record is in
        db = 0
        try:
            for record in islice(records(data), MOST_RECORDS):
                if isinstance(record, SelectDb):
                    db = record.index
                self._records.append(record)
                self._dbs.append(db)
        except BadRdb as fault:
            self.fault = str(fault)
        self._starts = [record.start for record in self._records]

    def __len__(self) -> int:
        return len(self._records)

    @property
    def version(self) -> int:
        """That of the file; 0 if it does not say."""
        first = self._records[0] if self._records else None
        return first.version if isinstance(first, Magic) else 0

    def number_at(self, at: int) -> int:
        """Which record a byte belongs to, -1 for one behind the last. O(log records)."""
        number = bisect_right(self._starts, at) - 1
        return number if number >= 0 and at < self._records[number].end else -1

    def place_of(self, key: bytes, db: int = 0) -> int:
        """Where the record of a key begins, -1 if it has none. O(records)."""
        for record, of_db in zip(self._records, self._dbs, strict=True):
            if isinstance(record, Key) and record.key == key and of_db == db:
                return record.start
        return -1

    def marks_of(self, number: int) -> list[Mark]:
        """The fields of a record, packed ones opened. O(the record)."""
        record = self._records[number]
        fields = list(record.fields)
        if isinstance(record, Key):
            fields = [*fields[:-1], *inside(self.data, record, self.version)]
        return [mark for field in fields for mark in _marks(field)]

    def place(self, at: int) -> Place:
        """What stands at a byte."""
        number = self.number_at(at)
        if number < 0:
            return Place(at, "behind what can be read", -1, None, None, 0)
        record = self._records[number]
        marks = self.marks_of(number)
        mark = next((mark for mark in marks if mark.start <= at < mark.stop), None)
        key = record.key if isinstance(record, Key) else None
        return Place(at, record_text(record), number, mark, key, self._dbs[number])


def look_at(book: Book, cursor: int, rows: int, per_row: int = PER_ROW) -> RdbView:
    """The rows round the cursor. O(the records in sight)."""
    size = len(book.data)
    cursor = max(0, min(cursor, size - 1))
    row = max(0, min(cursor // per_row - rows // 2, -(-size // per_row) - rows))
    first, stop = row * per_row, min((row + rows) * per_row, size)
    place = book.place(cursor) if size else None
    return RdbView(
        book.name, size, first, book.data[first:stop], tuple(_in_sight(book, first, stop)), place,
        len(book), book.fault,
    )  # fmt: skip


def _in_sight(book: Book, first: int, stop: int) -> Iterator[Mark]:
    number = book.number_at(first)
    if number < 0:
        return
    for each in range(number, len(book)):
        marks = book.marks_of(each)
        if marks and marks[0].start >= stop:
            return
        yield from (mark for mark in marks if mark.start < stop and mark.stop > first)


# ---------------------------------------------------------------------------------------- fields


NUMBERS: Final = frozenset({"opcode", "type"})
BLOCKS: Final = frozenset({"listpack", "intset"})
OPCODES: Final = {
    opcodes.END: "the end follows",
    opcodes.SELECT_DB: "the number of a database follows",
    opcodes.EXPIRE_SECONDS: "the second when the next key ends follows",
    opcodes.EXPIRE_MS: "the millisecond when the next key ends follows",
    opcodes.RESIZE_DB: "how many keys there are follows",
    opcodes.AUX: "a fact about the file follows",
    opcodes.FREQUENCY: "how often the next key was used follows",
    opcodes.IDLE: "how long the next key was idle follows",
    opcodes.MODULE_AUX: "what a module kept follows",
    opcodes.FUNCTION: "a library of functions follows",
}
"""What the first byte of a record announces."""


def _marks(field: Field) -> Iterator[Mark]:
    """A field as marks: a string is its length and its text; a packed block its entries."""
    value, size = field.value, field.end - field.start
    if isinstance(value, int | float):
        kind = "head" if field.name in NUMBERS or field.form.endswith(("byte", "bytes")) else (
            "number"
        )  # fmt: skip
        form = f" ({field.form})" if field.form else ""
        says = OPCODES.get(value) if field.name == "opcode" and isinstance(value, int) else None
        says = f"{value:02x}, {says}" if says else f"{value}{form}"
        yield Mark(field.start, field.end, field.name, says, kind)
        return
    head = size - len(value)
    squeezed = field.form.startswith("LZF")
    if squeezed or head < 0 or (head and field.form.startswith("a number")):
        name = f"{field.name}, {field.form}" if squeezed else field.name
        yield Mark(field.start, field.end, name, text(value), "number" if not squeezed else "text")
        return
    if head:
        says = f"{counted(len(value), 'byte')} follow"
        yield Mark(field.start, field.start + head, f"length of {field.name}", says, "head")
    start = field.start + head
    if field.name in BLOCKS and (opened := list(_opened(field.name, value, start))):
        yield from opened
    elif value or not head:
        kind = "sum" if field.name == "checksum" else "text"
        yield Mark(start, field.end, field.name, text(value), kind)


def _opened(name: str, value: bytes, start: int) -> Iterator[Mark]:
    """The entries of what is packed in one string."""
    try:
        if name == "intset":
            yield from _numbers(Intset.load(value, Probe()), start)
            return
        pack = Listpack.load(value, Probe())
    except ValueError:
        return
    yield Mark(start, start + 4, "listpack, its bytes", f"{pack.size:,}", "head")
    yield Mark(start + 4, start + 6, "listpack, its entries", f"{len(pack):,}", "head")
    after = start + 6
    for entry in pack.entries(0, PARTS_OPENED):
        at = start + entry.offset
        size = entry.head + entry.body
        after = at + size + len(backlen(size))
        says = f"{text(entry.value)} ({entry.encoding})"
        yield Mark(at, after, f"entry {entry.index}", says, "packed")
    if start + len(value) - 1 == after:
        yield Mark(after, after + 1, "end of the listpack", "ff", "head")


def _numbers(numbers: Intset, start: int) -> Iterator[Mark]:
    yield Mark(start, start + 4, "width of a number", f"{numbers.width} bytes", "head")
    yield Mark(start + 4, start + 8, "how many numbers", f"{len(numbers):,}", "head")
    for at, number in enumerate(islice(numbers.numbers(), PARTS_OPENED)):
        place = start + 8 + at * numbers.width
        yield Mark(place, place + numbers.width, f"number {at}", f"{number}", "packed")


def text(data: bytes) -> str:
    """Bytes as the pane repeats them."""
    return printable(data, TEXT_SHOWN) or '""'


def record_text(record: Record) -> str:
    """A record in a few words."""
    match record:
        case Magic(version=version):
            return f"the beginning: a file of version {version}"
        case Aux(name=name, text=value):
            return f"about the file: {text(name)} = {text(value)}"
        case SelectDb(index=index):
            return f"the keys of database {index} follow"
        case ResizeDb(keys=keys, expires=expires):
            return f"{counted(keys, 'key')} will follow, {expires:,} of them with an end"
        case Function():
            return "a library of functions"
        case SlotInfo(slot=slot, keys=keys):
            return f"slot {slot}: {counted(keys, 'key')} will follow"
        case SlotImport() | ModuleAux():
            return "kept for others, and passed over"
        case Key(key=key, kind=kind):
            return f"the key {text(key)}: a {kind}"
        case End(checksum=checksum):
            return f"the end, and the checksum {checksum:016x}" if checksum else "the end"
