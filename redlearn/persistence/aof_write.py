r"""What the append-only file is made of: commands, as a client would send them.

    #TS:1700000000\r\n                            what time it is, if that is wanted
    *2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n               where the next ones belong
    *3\r\n$3\r\nSET\r\n$4\r\nname\r\n$3\r\nann\r\n    a change

Two things write it. While the server runs, every change is put at the end, as it was passed
on (`Encoder`). And a rewrite makes a dataset of today out of nothing, in as few commands as
possible, whatever commands it came from (`rewritten` at once, `Commands` key by key): groups of
at most 64 items, so that none keeps a server busy for long when it is loaded.

Cost: O(bytes written).

Source: `aof.c` feedAppendOnlyFile, catAppendOnlyGenericCommand, rewriteAppendOnlyFileRio and
the functions it calls for each type.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Final

from redlearn.engine.effects import ANY_DB, Effect
from redlearn.engine.keyspace import NO_EXPIRY
from redlearn.engine.payload import OLDEST
from redlearn.engine.state import State
from redlearn.engine.structures.buckets import Entry
from redlearn.engine.structures.stream_node import id_text
from redlearn.engine.values.hash import Hash
from redlearn.engine.values.list import List
from redlearn.engine.values.set import Set
from redlearn.engine.values.stream import Stream
from redlearn.engine.values.stream_group import Group
from redlearn.engine.values.string import String, boxed
from redlearn.engine.values.value import Value
from redlearn.engine.values.zset import ZSet
from redlearn.probe import Probe
from redlearn.resp.double import format_double
from redlearn.resp.encode import encode_command

ITEMS_PER_COMMAND: Final = 64
NOTHING_SELECTED: Final = -2
"""In place of a database: whatever comes next needs a SELECT."""

Argv = Sequence[bytes]


class Encoder:
    """Turns effects into bytes, and remembers what the file says already.

    Attributes:
        db: The database that the last SELECT in the file names.
        stamp_s: The time that the last annotation names.
    """

    __slots__ = ("db", "stamp_s")

    def __init__(self) -> None:
        self.db = NOTHING_SELECTED
        self.stamp_s = 0

    def begin_file(self) -> None:
        """What comes next goes into another file, which may be loaded without this one."""
        self.db = NOTHING_SELECTED

    def encode(self, effects: Sequence[Effect], now_s: int | None = None) -> bytes:
        """The bytes of one unit. `now_s`: note the time in seconds, if it is not noted yet."""
        commands, self.db = with_selects(effects, self.db)
        data = b"".join(map(encode_command, commands))
        if now_s is not None and self.stamp_s < now_s:
            self.stamp_s = now_s
            return annotation(now_s) + data
        return data


def with_selects(effects: Iterable[Effect], db: int) -> tuple[list[Argv], int]:
    """Commands with a SELECT wherever the database changes; and which is selected then.

    MULTI and EXEC need none: theirs comes with the first command between them.
    """
    commands: list[Argv] = []
    for effect in effects:
        if effect.db not in (db, ANY_DB):
            db = effect.db
            commands.append((b"SELECT", b"%d" % db))
        commands.append(effect.argv)
    return commands, db


def annotation(now_s: int) -> bytes:
    r"""The line that notes the time, in seconds since 1970.

    >>> annotation(1700000000)
    b'#TS:1700000000\r\n'
    """
    return b"#TS:%d\r\n" % now_s


def rewritten(state: State, now_s: int | None = None) -> Iterator[bytes]:
    """A whole dataset as commands, a piece for each key; nothing may change meanwhile.

    Args:
        state: Whose dataset.
        now_s: Note this time at the beginning.
    """
    if head := beginning(state, now_s):
        yield head
    for db in state.databases:
        if not len(db):
            continue
        yield encode_command((b"SELECT", b"%d" % db.index))
        for entry in db.keys.entries():
            yield rewritten_key(entry.key, boxed(entry.value), db.deadline_of(entry.key))


def beginning(state: State, now_s: int | None = None) -> bytes:
    """What precedes all keys: the time, if that is wanted, and function libraries. O(libraries)."""
    libraries = [
        encode_command((b"FUNCTION", b"LOAD", library.code))
        for library in state.scripts.libraries.values()
    ]
    return b"".join([b"" if now_s is None else annotation(now_s), *libraries])


class Commands:
    """How keys are written as commands (`waiting.Notation`).

    Nobody is shown how values are looked through for it: that may be in the midst of a command.
    """

    __slots__ = ("_probe",)

    def __init__(self, probe: Probe) -> None:
        self._probe = probe

    def begin(self, out: bytearray, index: int, keys: int, expires: int) -> None:
        """Append what precedes the keys of a database."""
        self.select(out, index)

    def select(self, out: bytearray, index: int) -> None:
        """Append that the keys of a database follow."""
        out += encode_command((b"SELECT", b"%d" % index))

    def keys(
        self, out: bytearray, entries: Sequence[Entry], moment_of: Callable[[bytes], int] | None
    ) -> None:
        """Append keys with their values. O(bytes)."""
        for entry in entries:
            self.key(out, entry, NO_EXPIRY if moment_of is None else moment_of(entry.key))

    def key(self, out: bytearray, entry: Entry, at_ms: int) -> int:
        """Append one key; any version will do. O(bytes)."""
        watcher, self._probe.emit = self._probe.emit, None
        try:
            out += rewritten_key(entry.key, boxed(entry.value), at_ms)
        finally:
            self._probe.emit = watcher
        return OLDEST


def rewritten_key(key: bytes, value: Value, expires_ms: int) -> bytes:
    """The commands that make one key. `expires_ms`: when it ends, or NO_EXPIRY."""
    commands = chain(
        _commands(key, value),
        [(b"PEXPIREAT", key, b"%d" % expires_ms)] if expires_ms != NO_EXPIRY else (),
    )
    return b"".join(map(encode_command, commands))


def _commands(key: bytes, value: Value) -> Iterable[Argv]:
    match value:
        case String():
            return ((b"SET", key, value.data()),)
        case List():
            return _grouped(b"RPUSH", key, [(element,) for element in value])
        case Set():
            return _grouped(b"SADD", key, [(member,) for member in value.members()])
        case ZSet():
            rows = [(format_double(score), member) for member, score in value]
            return _grouped(b"ZADD", key, rows)
        case Hash():
            return _hash(key, value)
        case Stream():
            return _stream(key, value)
    raise AssertionError(value.type)


def _grouped(name: bytes, key: bytes, items: Sequence[Argv]) -> Iterator[Argv]:
    """One command for each 64 items, an item being one argument or two."""
    for start in range(0, len(items), ITEMS_PER_COMMAND):
        yield (name, key, *chain.from_iterable(items[start : start + ITEMS_PER_COMMAND]))


def _hash(key: bytes, value: Hash) -> Iterator[Argv]:
    """Fields in groups; but one by one if any of them ends, with the moment behind it."""
    if not value.first_ms:
        yield from _grouped(b"HMSET", key, value.pairs())
        return
    for field, content, moment in value.rows():
        yield (b"HMSET", key, field, content)
        if moment:
            yield (b"HPEXPIREAT", key, b"%d" % moment, b"FIELDS", b"1", field)


def _stream(key: bytes, stream: Stream) -> Iterator[Argv]:
    """Entries, counters, groups. An empty stream is made by an entry that does not stay.

    What is pending of entries that are deleted is not kept: XCLAIM drops it, as in Redis.
    """
    for entry in stream.range():
        yield (b"XADD", key, id_text(entry.id), *entry.items)
    if not len(stream):
        yield (b"XADD", key, b"MAXLEN", b"0", b"0-1", b"x", b"y")
    yield (
        b"XSETID", key, id_text(stream.last_id),
        b"ENTRIESADDED", b"%d" % stream.entries_added,
        b"MAXDELETEDID", id_text(stream.max_deleted_id),
    )  # fmt: skip
    for name, group in stream.groups:
        yield from _group(key, name, group)


def _group(key: bytes, name: bytes, group: Group) -> Iterator[Argv]:
    """A consumer group, with its consumers and what is pending with each."""
    yield (
        b"XGROUP", b"CREATE", key, name, id_text(group.last_id),
        b"ENTRIESREAD", b"%d" % group.entries_read,
    )  # fmt: skip
    for consumer_name, consumer in group.consumers:
        if not len(consumer.pending):
            yield (b"XGROUP", b"CREATECONSUMER", key, name, consumer_name)
        for id, pending in consumer.pending:
            yield (
                b"XCLAIM", key, name, consumer_name, b"0", id_text(int.from_bytes(id, "big")),
                b"TIME", b"%d" % pending.delivered_ms,
                b"RETRYCOUNT", b"%d" % pending.deliveries, b"JUSTID", b"FORCE",
            )  # fmt: skip
