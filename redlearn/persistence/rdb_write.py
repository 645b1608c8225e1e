"""Writing a snapshot file: all databases and function libraries as bytes.

    chunks(state)    the whole file, piece by piece, each some tens of KiB

The pieces come out of a generator, so the bytes of a large file are never in memory at once. But
nothing may change between the first piece and the last: that is for SAVE, which stops everything
else. `snapshot.py` writes the same file while others go on, from the parts that are here.

Which version? The lowest that can say everything, so that the oldest server possible can read it;
or the one that is asked for, if it can.

Cost: O(bytes). A small string under a small key takes 0.4 microseconds, as most of a second's
million of them leave by a short way: no number, nothing to squeeze, lengths of one byte.

Source: `rdb.c` rdbSaveRio, rdbSaveDb, rdbSaveKeyValuePair, rdbSaveInfoAuxFields.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from redlearn.engine.access import frequency, idle_ms
from redlearn.engine.info import VERSION
from redlearn.engine.keyspace import NO_EXPIRY, Database
from redlearn.engine.payload import OLDEST, crc64, version_needed, write_value
from redlearn.engine.payload.types import HASH_METADATA_SINCE
from redlearn.engine.payload.wire import write_length, write_string
from redlearn.engine.state import State
from redlearn.engine.structures.buckets import Entry, Row
from redlearn.engine.values.hash import Hash
from redlearn.engine.values.stream import Stream
from redlearn.engine.values.string import boxed
from redlearn.persistence import opcodes

PIECE: Final = 1 << 16
"""About how many bytes are written before they are handed on."""

AT_ONCE: Final = 512
"""How many keys are written before that is asked."""

UNKNOWN: Final = 0
"""In place of a version: nobody knows yet which the file will have."""

_HEADS: Final = tuple(bytes((0, size)) for size in range(64))
_LENGTHS: Final = tuple(bytes((size,)) for size in range(64))
_NINE: Final = 0x39
_NEVER_SQUEEZED: Final = 20

Aux = Sequence[tuple[bytes, bytes]]
MomentOf = Callable[[bytes], int]


class CannotSay(ValueError):
    """The data holds what the version asked for has no form for; the message says what."""


@dataclass(frozen=True, slots=True)
class Form:
    """How a file is to be written.

    Attributes:
        version: 10, 11, 12 or 80; UNKNOWN while that is being found out.
        squeeze: Whether long strings are tried with LZF (`rdbcompression`).
        checksum: Whether there is one at the end (`rdbchecksum`).
        uses: What is written of each key's use: "", "idle" or "frequency".
        now_ms: The moment that idle times are counted from.
        decay_minutes: `lfu-decay-time`, for frequencies.
    """

    version: int
    squeeze: bool = True
    checksum: bool = True
    uses: str = ""
    now_ms: int = 0
    decay_minutes: int = 1

    def begin(self, out: bytearray, index: int, keys: int, expires: int) -> None:
        """Append what precedes the keys of a database: its number, and how many there will be."""
        self.select(out, index)
        out.append(opcodes.RESIZE_DB)
        write_length(out, keys)
        write_length(out, expires)

    def select(self, out: bytearray, index: int) -> None:
        """Append that the keys of a database follow."""
        out.append(opcodes.SELECT_DB)
        write_length(out, index)

    def keys(self, out: bytearray, entries: Sequence[Entry], moment_of: MomentOf | None) -> None:
        """Append keys with their values. O(bytes).

        Args:
            moment_of: When a key ends, in ms since 1970, or NO_EXPIRY; None if no key ends.

        A key and a value of which each is short and begins like no number leave at once: this is
        ten times as fast as the way round by `write_value`.
        """
        plain = moment_of is None and not self.uses
        for entry in entries:
            text = entry.value
            if plain and text.__class__ is bytes:
                key, size = entry.key, len(text)
                if (
                    0 < size <= _NEVER_SQUEEZED
                    and text[0] > _NINE
                    and 0 < len(key) <= _NEVER_SQUEEZED
                    and key[0] > _NINE
                ):
                    out += _HEADS[len(key)]
                    out += key
                    out += _LENGTHS[size]
                    out += text
                    continue
            self.key(out, entry, NO_EXPIRY if moment_of is None else moment_of(entry.key))

    def key(self, out: bytearray, entry: Entry, at_ms: int) -> int:
        """Append one key: when it ends, how it was used, its type, its name, its value. O(bytes).

        Returns:
            The version; while that is UNKNOWN, the lowest that can say this key's value, which is
            written for it.

        Source: `rdb.c` rdbSaveKeyValuePair.
        """
        version = version_of(entry) if self.version == UNKNOWN else self.version
        if at_ms != NO_EXPIRY:
            out.append(opcodes.EXPIRE_MS)
            out += at_ms.to_bytes(8, "little", signed=True)
        if self.uses == "idle":
            out.append(opcodes.IDLE)
            write_length(out, idle_ms(entry.access, self.now_ms) // 1000)
        elif self.uses:
            out.append(opcodes.FREQUENCY)
            out.append(frequency(entry.access, self.now_ms, self.decay_minutes))
        at = len(out)
        out.append(0)  # the type, which is known once the value is written
        write_string(out, entry.key, self.squeeze)
        out[at] = write_value(out, boxed(entry.value), version, self.squeeze)
        return version


def chunks(
    state: State,
    *,
    version: int | None = None,
    compress: bool = True,
    checksum: bool = True,
    aux: Aux | None = None,
) -> Iterator[bytes]:
    """The whole file, in pieces. O(bytes); the state must not change meanwhile.

    Args:
        version: 10, 11, 12 or 80; None for the lowest that can hold the data.
        aux: Facts at the beginning; None for those of `facts`.

    Raises:
        CannotSay: Fields of a hash end, and the version is older than that.
    """
    form = form_for(state, version=version, compress=compress, checksum=checksum)
    sum = Checksum(form.checksum)
    yield sum.over(head(state, form, facts(state) if aux is None else aux))
    for db in state.databases:
        if len(db):
            for piece in _database(db, form):
                yield sum.over(piece)
    yield sum.end()


def _database(db: Database, form: Form) -> Iterator[bytes]:
    out = bytearray()
    form.begin(out, db.index, len(db), len(db.expires))
    moment_of = db.deadline_of if db.mortal else None
    entries = db.keys.entries()
    for start in range(0, len(entries), AT_ONCE):
        form.keys(out, entries[start : start + AT_ONCE], moment_of)
        if len(out) >= PIECE:
            yield bytes(out)
            out.clear()
    if out:
        yield bytes(out)


# ------------------------------------------------------------------------------------ which form


def form_for(
    state: State, *, version: int | None = None, compress: bool = True, checksum: bool = True
) -> Form:
    """How this data is written. O(keys) to find the lowest version, if none is given.

    Args:
        version: See `chunks`; or UNKNOWN, to be found out by the caller.

    Raises:
        CannotSay: As `chunks`.
    """
    if version is None:
        version = least_version(state.databases)
    elif version not in (UNKNOWN, *opcodes.WRITABLE):
        raise CannotSay(f"version {version} is none of {opcodes.WRITABLE}")
    elif UNKNOWN < version < HASH_METADATA_SINCE and any(db.hexpires for db in state.databases):
        raise CannotSay(f"fields of a hash end, which version {version} cannot say")
    return Form(
        version,
        compress,
        checksum,
        _uses(state.policy),
        state.now_ms,
        state.config.number("lfu-decay-time"),
    )


def least_version(databases: Iterable[Database]) -> int:
    """The lowest version that can say all there is. O(keys)."""
    version = OLDEST
    for db in databases:
        for row in db.keys.rows:
            version = max(version, version_of_row(row))
    return version


def version_of(entry: Entry) -> int:
    """The lowest version that can say one key's value. O(1), for a stream O(consumers)."""
    kind = entry.value.__class__
    return version_needed(entry.value) if kind is Hash or kind is Stream else OLDEST


def version_of_row(row: Row) -> int:
    """The lowest version for a row of buckets. Of most keys it looks at the class alone."""
    version = OLDEST
    for head in row:
        while head is not None:
            kind = head.value.__class__
            if kind is Hash or kind is Stream:
                version = max(version, version_needed(head.value))
            head = head.next
    return version


def _uses(policy: str) -> str:
    """What eviction looks at, and will want to know of each key after a restart."""
    if policy.endswith("lfu"):
        return "frequency"
    return "idle" if policy.endswith("lru") else ""


# ----------------------------------------------------------------------------------------- parts


def facts(state: State, *, is_base: bool = False) -> Aux:
    """What is said about the file at its beginning.

    Args:
        is_base: It is the first part of an append-only log.

    Unlike Redis: `used-mem` is left out where there is no limit of memory, since nobody has
        counted then.
    """
    rows = [
        (b"redis-ver", VERSION.encode()),
        (b"redis-bits", b"64"),
        (b"ctime", b"%d" % (state.now_ms // 1000)),
    ]
    if state.ledger is not None:
        rows.append((b"used-mem", b"%d" % state.used_memory()))
    rows.append((b"aof-base", b"%d" % is_base))
    return rows


def head(state: State, form: Form, aux: Aux) -> bytes:
    """The beginning of a file: the version, facts about it, function libraries. O(libraries).

    If the version is not known yet, without it.
    """
    out = bytearray(opcodes.magic_of(form.version) if form.version != UNKNOWN else b"")
    for name, text in aux:
        out.append(opcodes.AUX)
        write_string(out, name, form.squeeze)
        write_string(out, text, form.squeeze)
    for library in state.scripts.libraries.values():
        out.append(opcodes.FUNCTION)
        write_string(out, library.code, form.squeeze)
    return bytes(out)


class Checksum:
    """The sum over a file that is handed on in pieces.

    Attributes:
        size: Bytes so far.
    """

    __slots__ = ("_sum", "_wanted", "size")

    def __init__(self, wanted: bool) -> None:
        self._wanted = wanted
        self._sum = 0
        self.size = 0

    def over(self, piece: bytes) -> bytes:
        """Take a piece in, and give it back."""
        self.size += len(piece)
        if self._wanted:
            self._sum = crc64(piece, self._sum)
        return piece

    def freeze(self) -> tuple[int, int]:
        """Sum and size."""
        return self._sum, self.size

    @classmethod
    def thaw(cls, wanted: bool, frozen: tuple[int, int]) -> Checksum:
        """Go on from what `freeze` gave."""
        self = cls(wanted)
        self._sum, self.size = frozen
        return self

    def end(self) -> bytes:
        """The last bytes of the file. Nothing may follow."""
        self.over(bytes((opcodes.END,)))
        self.size += opcodes.END_SIZE - 1
        return bytes((opcodes.END,)) + self._sum.to_bytes(8, "little")
