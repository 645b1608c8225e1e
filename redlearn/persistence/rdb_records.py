"""Records: a snapshot file taken apart, for whoever wants to see what its bytes mean.

    for record in records(data):        Magic, Aux, SelectDb, ResizeDb, Key, ..., End
        record.start, record.end        where it stands
        record.fields                   what it consists of, each part with its place
    inside(data, record, version)       what the value of a key consists of

Nothing is built and nothing is looked up; lengths lead from part to part. So a file of a million
keys is walked with the memory of one, and a file for which nobody here has a use (it holds the
values of modules) can be looked at all the same.

Source: `rdb.c` rdbLoadRioWithLoadingCtx; `redis-check-rdb.c` redis_check_rdb.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from redlearn.engine.payload import BadPayload
from redlearn.persistence import opcodes
from redlearn.persistence.rdb_fields import Field, Tracer
from redlearn.persistence.rdb_shapes import module_parts, shape_of


class BadRdb(ValueError):
    """The bytes are no snapshot file that can be read.

    Attributes:
        at: The place of the byte where the reader stood.
        reason: What is wrong, in words without a full stop.
    """

    def __init__(self, at: int, reason: str) -> None:
        super().__init__(f"at byte {at}: {reason}")
        self.at = at
        self.reason = reason


Fields = tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Magic:
    """The first nine bytes: what the file is, and of which version."""

    start: int
    end: int
    fields: Fields
    version: int


@dataclass(frozen=True, slots=True)
class Aux:
    """A fact about the file."""

    start: int
    end: int
    fields: Fields
    name: bytes
    text: bytes


@dataclass(frozen=True, slots=True)
class ModuleAux:
    """What a module has kept beside its values."""

    start: int
    end: int
    fields: Fields
    module: int


@dataclass(frozen=True, slots=True)
class Function:
    """The code of a library of functions."""

    start: int
    end: int
    fields: Fields
    code: bytes


@dataclass(frozen=True, slots=True)
class SelectDb:
    """The keys of this database follow."""

    start: int
    end: int
    fields: Fields
    index: int


@dataclass(frozen=True, slots=True)
class ResizeDb:
    """How many keys will follow, and how many of them end."""

    start: int
    end: int
    fields: Fields
    keys: int
    expires: int


@dataclass(frozen=True, slots=True)
class SlotInfo:
    """How many keys of a cluster's slot will follow, and how many of them end."""

    start: int
    end: int
    fields: Fields
    slot: int
    keys: int
    expires: int


@dataclass(frozen=True, slots=True)
class SlotImport:
    """Slots of a cluster that were on their way to this server."""

    start: int
    end: int
    fields: Fields
    job: bytes


@dataclass(frozen=True, slots=True)
class Key:
    """A key, with all that is said of it before its type.

    Attributes:
        value_start: Where its value begins; it goes on to `end`.
        type: The number of its type, of which `kind` is the name.
        expire_ms: When it ends, in ms since 1970; None for never.
    """

    start: int
    end: int
    fields: Fields
    value_start: int
    type: int
    kind: str
    key: bytes
    expire_ms: int | None = None
    idle_seconds: int | None = None
    frequency: int | None = None


@dataclass(frozen=True, slots=True)
class End:
    """The end, and the checksum of all before it; 0 for none."""

    start: int
    end: int
    fields: Fields
    checksum: int


Record = (
    Magic | Aux | ModuleAux | Function | SelectDb | ResizeDb | SlotInfo | SlotImport | Key | End
)


def records(data: bytes) -> Iterator[Record]:
    """All records of a file, up to its end; the checksum is not looked at. O(bytes) in all.

    Raises:
        BadRdb: There is no next record where one must be.
    """
    if not opcodes.is_readable(data):
        raise BadRdb(0, "the file begins as none that is known")
    version = opcodes.version_of(data)
    named = Field(0, opcodes.MAGIC_SIZE, "magic and version", data[: opcodes.MAGIC_SIZE])
    yield Magic(0, opcodes.MAGIC_SIZE, (named,), version)
    at = opcodes.MAGIC_SIZE
    while True:
        record = record_at(data, at, version)
        yield record
        if isinstance(record, End):
            return
        at = record.end


def end_of_snapshot(data: bytes) -> End:
    """How a file ends; something else may follow. O(bytes). Raises BadRdb."""
    return next(record for record in records(data) if isinstance(record, End))


def inside(data: bytes, record: Key, version: int) -> Fields:
    """What the value of a key consists of. O(its parts).

    Args:
        version: That of the file.
    """
    trace = Tracer(data, record.value_start)
    shape_of(record.type, version)[1](trace)
    return tuple(trace.fields)


def find_fault(data: bytes, sum: int) -> BadRdb:
    """What is wrong with a file whose checksum should be `sum`, and is not. O(bytes).

    The place where it can be read no further, if there is one; else the checksum.
    """
    try:
        last = opcodes.MAGIC_SIZE
        for record in records(data):
            last = record.end
    except BadRdb as fault:
        return fault
    if last < len(data):
        return BadRdb(last, f"{len(data) - last} bytes follow the end")
    kept = int.from_bytes(data[-8:], "little")
    at = len(data) - opcodes.END_SIZE + 1
    return BadRdb(at, f"the checksum is {kept:016x}, and that of the bytes is {sum:016x}")


def record_at(data: bytes, at: int, version: int, beyond: int = 0) -> Record:
    """The record that begins at a place. O(its bytes).

    Args:
        beyond: How many bytes of the file follow `data`.

    Raises:
        BadRdb: There is none.
        NotHere: It goes on beyond `data`.
    """
    trace = Tracer(data, at, beyond=beyond)
    try:
        code = trace.byte("opcode")
        read = _READERS.get(code, _read_key)
        return read(trace, at, version)
    except BadPayload as fault:
        raise BadRdb(trace.at, str(fault)) from None


def _read_aux(trace: Tracer, at: int, version: int) -> Record:
    name, text = trace.string("name"), trace.string("text")
    return Aux(at, trace.at, tuple(trace.fields), name, text)


def _read_module_aux(trace: Tracer, at: int, version: int) -> Record:
    module = trace.length("module ID")
    trace.length("kind of part")
    trace.length("when")
    module_parts(trace)
    return ModuleAux(at, trace.at, tuple(trace.fields), module)


def _read_function(trace: Tracer, at: int, version: int) -> Record:
    code = trace.string("code")
    return Function(at, trace.at, tuple(trace.fields), code)


def _read_select(trace: Tracer, at: int, version: int) -> Record:
    index = trace.length("database")
    return SelectDb(at, trace.at, tuple(trace.fields), index)


def _read_resize(trace: Tracer, at: int, version: int) -> Record:
    keys, expires = trace.length("keys"), trace.length("keys that end")
    return ResizeDb(at, trace.at, tuple(trace.fields), keys, expires)


def _read_slot_info(trace: Tracer, at: int, version: int) -> Record:
    slot, keys, expires = trace.length("slot"), trace.length("keys"), trace.length("keys that end")
    return SlotInfo(at, trace.at, tuple(trace.fields), slot, keys, expires)


def _read_slot_import(trace: Tracer, at: int, version: int) -> Record:
    job = trace.string("job")
    for _ in range(trace.count("ranges", 2)):
        trace.length("first slot")
        trace.length("last slot")
    return SlotImport(at, trace.at, tuple(trace.fields), job)


def _read_end(trace: Tracer, at: int, version: int) -> Record:
    checksum = 0
    if version >= opcodes.CHECKSUM_SINCE:
        checksum = int.from_bytes(trace.raw("checksum", 8), "little")
    return End(at, trace.at, tuple(trace.fields), checksum)


def _read_key(trace: Tracer, at: int, version: int) -> Record:
    """A key, from the first thing that is said of it: `trace` stands behind the first byte."""
    code = trace.data[at]
    said: dict[int, int] = {}
    while code in _SAID:
        said[code] = _SAID[code](trace)
        code = trace.byte("opcode")
    last = trace.fields.pop()
    trace.fields.append(Field(last.start, last.end, "type", code))
    kind, shape = shape_of(code, version)
    key = trace.string("key")
    value_start = trace.at
    trace.keeps = False
    shape(trace)
    trace.fields.append(Field(value_start, trace.at, "value", trace.data[value_start : trace.at]))
    expire_ms = said.get(opcodes.EXPIRE_MS)
    if opcodes.EXPIRE_SECONDS in said:
        expire_ms = said[opcodes.EXPIRE_SECONDS] * 1000
    return Key(
        at, trace.at, tuple(trace.fields), value_start, code, kind, key, expire_ms,
        said.get(opcodes.IDLE), said.get(opcodes.FREQUENCY),
    )  # fmt: skip


def _refuse_functions(trace: Tracer, at: int, version: int) -> Record:
    raise BadPayload("functions in a form of before their release")


_SAID: Final[dict[int, Callable[[Tracer], int]]] = {
    opcodes.EXPIRE_SECONDS: lambda trace: trace.moment("expires at, seconds", 4),
    opcodes.EXPIRE_MS: lambda trace: trace.moment("expires at, ms"),
    opcodes.IDLE: lambda trace: trace.length("idle seconds"),
    opcodes.FREQUENCY: lambda trace: trace.byte("frequency"),
}
"""What may be said of a key before its type."""

_READERS: Final[dict[int, Callable[[Tracer, int, int], Record]]] = {
    opcodes.END: _read_end,
    opcodes.SELECT_DB: _read_select,
    opcodes.RESIZE_DB: _read_resize,
    opcodes.AUX: _read_aux,
    opcodes.MODULE_AUX: _read_module_aux,
    opcodes.FUNCTION_PRE_GA: _refuse_functions,
    opcodes.FUNCTION: _read_function,
    opcodes.SLOT_INFO: _read_slot_info,
    opcodes.SLOT_IMPORT: _read_slot_import,
}
"""What reads a record, by its opcode. All else begins a key."""
