"""Stream node: some hundred entries of a stream in one listpack.

    master    count deleted   fields:   2 name age   0
    entry     flags  ms seq             Ann  31      5      same fields: values only
    entry     flags  ms seq   2 name Bob  town Ulm   8      other fields: all of them

An entry of a stream is an ID and fields with values. Most entries of one stream have the same
fields, and IDs close to each other, so a node says both once. Its *master* holds the fields of
the first entry; what has just these fields is marked SAMEFIELDS and keeps values alone. Its
own ID (the key under which the radix tree holds it) is that of the first entry, and an entry
keeps by how much its two halves differ from it: 0 and 1 take two bytes where an ID takes 16.

The last number of an entry counts the items before it that belong to it, so that a walk from
the end finds where it begins; the 0 that closes the master stops such a walk.

To take out an entry is to mark it DELETED: nothing moves. Only when a node has no entry left
that is not marked does it go as a whole. That is why trimming whole nodes (MAXLEN ~) is cheap.

IDs are numbers of 128 bits here: milliseconds in the upper half, a sequence in the lower.

Invariants (`check` asserts them): the master's counts are those of the marks; differences add
up to growing IDs; the number at the end of each entry is right.

Cost: append O(size of the entry); find, mark O(bytes of the node).

Source: `t_stream.c` streamAppendItem, streamIteratorGetID, streamIteratorRemoveEntry; the
format was made by S. Sanfilippo (2017).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, repeat
from typing import Final

from redlearn.engine.structures.listpack import Listpack
from redlearn.engine.structures.listpack_entry import (
    END_MARK,
    SHORT_HEAD,
    SHORT_TAIL,
    SMALL,
    SMALL_ENTRY,
    UNKNOWN_COUNT,
    encode,
    encode_integer,
)
from redlearn.probe import Event, Probe
from redlearn.resp.integer import parse_integer

DELETED: Final = 1
SAME_FIELDS: Final = 2

SEQUENCE_BITS: Final = 64
MAX_HALF: Final = 2**64 - 1
MAX_ID: Final = 2**128 - 1
MAX_NODE_BYTES: Final = 1 << 30
UNLIMITED: Final = 1 << 62
FIXED_ITEMS: Final = 3  # flags and the two differences
_SAME: Final = encode_integer(SAME_FIELDS)
_OTHER: Final = encode_integer(0)
_COUNT_AT: Final = 6  # right behind the listpack's header
MOST_SAVED: Final = 10  # a number of 20 digits takes 10 bytes


def id_text(id: int) -> bytes:
    """An ID as clients see it.

    >>> id_text(1 << 64 | 5)
    b'1-5'
    """
    return b"%d-%d" % (id >> SEQUENCE_BITS, id & MAX_HALF)


def id_key(id: int) -> bytes:
    """An ID as the radix tree sees it: 16 bytes, the greatest first, so that order is kept."""
    return id.to_bytes(16, "big")


def limits_of(most_bytes: int, most_entries: int) -> tuple[int, ...]:
    """The bytes that no node may reach, and the entries it may have at most. 0 is for no limit.

    Of no stated length: compiled, a pair is two numbers, and whether it is the same tuple as
    before could not be asked.

    >>> limits_of(4096, 100), limits_of(0, 0) == (MAX_NODE_BYTES, UNLIMITED)
    ((4096, 100), True)
    """
    if not 0 < most_bytes <= MAX_NODE_BYTES:
        most_bytes = MAX_NODE_BYTES
    return most_bytes, most_entries if most_entries > 0 else UNLIMITED


class Moment:
    """The millisecond of the last ID that `*` stood for, as IDs begin with it.

    Attributes:
        ms: The millisecond.
        start: The first ID of it.
        text: What all of its IDs begin with, as clients see them.
    """

    __slots__ = ("ms", "start", "text")

    def __init__(self) -> None:
        self.turn_to(0)

    def turn_to(self, ms: int) -> None:
        """Be another millisecond."""
        self.ms = ms
        self.start = ms << SEQUENCE_BITS
        self.text = b"%d-" % ms


class StreamEntry:
    """One entry, read out.

    Attributes:
        id: Its ID.
        items: Fields and values in turn.
        at: Which item of the listpack its flags are.
        deleted: Whether it is marked.
    """

    __slots__ = ("at", "deleted", "id", "items")

    def __init__(self, id: int, items: list[bytes], at: int, deleted: bool) -> None:
        self.id = id
        self.items = items
        self.at = at
        self.deleted = deleted


class StreamNode:
    """Entries in order of their IDs. Made with its first entry, and never without one.

    Attributes:
        id: The ID of the first entry ever, which all differences are taken from.
        pack: The listpack.
        fields: The master's fields; `fields_size` bytes of them together.
        count: Entries that are not marked.
        deleted: Entries that are.
    """

    __slots__ = (
        "_back", "_closing", "_items", "_ms_piece", "_ms_start", "_near", "_probe", "count",
        "deleted", "fields", "fields_size", "id", "pack",
    )  # fmt: skip

    def __init__(
        self, id: int, pack: Listpack, fields: list[bytes], count: int, deleted: int, probe: Probe
    ) -> None:
        self._probe = probe
        self.id = id
        # The difference of the last entry's milliseconds, as an entry of the listpack, and the
        # ID that has this difference and the node's own sequence.
        self._ms_piece, self._ms_start = _OTHER, id
        # How far behind and before it other sequences are of that same millisecond, and small.
        self._near = min(MAX_HALF - (id & MAX_HALF) + 1, SMALL)
        self._back = -min(id & MAX_HALF, SMALL)
        self.pack = pack
        self.fields = fields
        self.fields_size = sum(map(len, fields))
        self._items = FIXED_ITEMS + len(fields) + 1  # of an entry with these fields
        self._closing = encode_integer(self._items - 1)
        self.count = count
        self.deleted = deleted

    @classmethod
    def begun(cls, id: int, fields: list[bytes], probe: Probe) -> StreamNode:
        """A node whose master has these fields, without an entry yet: `append` comes next."""
        pack = Listpack(probe)
        master = [_OTHER, _OTHER, encode_integer(len(fields)), *map(encode, fields), _OTHER]
        pack.append_encoded(master)
        return cls(id, pack, fields, 0, 0, probe)

    @property
    def size(self) -> int:
        """Bytes of the listpack."""
        return self.pack.size

    # Writing

    def append(self, id: int, fields: list[bytes], values: list[bytes]) -> None:
        """Put an entry behind the last one, whose ID must be lower. O(its size)."""
        if fields == self.fields:
            self.append_values(id, values)
            return
        pieces = [_OTHER, *self._differences(id), encode_integer(len(fields))]
        for field, value in zip(fields, values, strict=True):
            pieces.append(encode(field))
            pieces.append(encode(value))
        pieces.append(encode_integer(len(pieces)))
        self._write(id, pieces, same=False)

    def fill(
        self,
        ids: list[int],
        columns: list[list[bytes]],
        pieces: list[list[bytes]],
        most_bytes: int,
        most_entries: int,
    ) -> int:
        """Put entries with the master's fields behind the last one until the node is full.

        Returns how many there was room for. For nobody to watch: a dozen of entries costs a third
        of what `append_values` takes, since it is zip and join that go over them.

        Args:
            ids: Of the entries; each greater than the one before.
            columns: For each field, its values.
            pieces: The same, encoded.
            most_bytes: The size that no node may reach.
            most_entries: The most entries, marked ones too.

        Source: `t_stream.c` streamAppendItem, for each of them.
        """
        count = min(len(ids), most_entries - self.count - self.deleted)
        if count <= 0:
            return 0
        if count < len(ids):
            ids = ids[:count]
        whole = b"".join(chain.from_iterable(self._rows(ids, pieces)))
        pack = self.pack
        # What is asked is the length as text, and only numbers are shorter than their text.
        if pack.size + len(whole) + self.fields_size + len(columns) * MOST_SAVED >= most_bytes:
            rows = self._fitting([*map(b"".join, self._rows(ids, pieces))], columns, most_bytes)
            count, whole = len(rows), b"".join(rows)
        pack.packed.pop()
        pack.packed += whole + END_MARK
        pack.count = min(pack.count + count * self._items, UNKNOWN_COUNT)
        self.count += count
        pack.replace_number(_COUNT_AT, self.count)
        return count

    def _rows(self, ids: list[int], pieces: list[list[bytes]]) -> Iterator[tuple[bytes, ...]]:
        """Entries with the master's fields, each as the listpack's entries that it is made of."""
        ms, _ = self._differences(ids[0])
        start = self._ms_start
        first, end = ids[0] - start, ids[-1] - start + 1
        all_ms: Iterable[bytes] = repeat(ms)
        sequences: Iterable[bytes]
        if not self._back <= first < end <= self._near:
            all_ms, sequences = zip(*map(self._differences, ids), strict=True)
        elif end - first == len(ids) and not first < 0 < end:  # one behind the other, as a rule
            sequences = SMALL_ENTRY[first : end or None]
        else:
            sequences = [SMALL_ENTRY[id - start] for id in ids]
        return zip(repeat(_SAME), all_ms, sequences, *pieces, repeat(self._closing))

    def _fitting(
        self, rows: list[bytes], columns: list[list[bytes]], most_bytes: int
    ) -> list[bytes]:
        """Those of these entries that the node takes before it is full; one if it is empty."""
        used = self.pack.size
        for index, (row, values) in enumerate(zip(rows, zip(*columns, strict=True), strict=False)):
            full = used + self.fields_size + len(b"".join(values)) >= most_bytes
            if full and (index or self.count or self.deleted):
                return rows[:index]
            used += len(row)
        return rows

    def append_values(self, id: int, values: list[bytes]) -> None:
        """`append`, where the fields are known to be the master's. O(its size)."""
        sequence = id - self._ms_start
        if self._back <= sequence < self._near:  # as `_differences` does it, without the call
            pieces = [_SAME, self._ms_piece, SMALL_ENTRY[sequence]]
        else:
            pieces = [_SAME, *self._differences(id)]
        for value in values:
            size = len(value)
            if 0 < size < 64 and value[0] > 57:  # `encode` of short text, without the call
                pieces.append(SHORT_HEAD[size] + value + SHORT_TAIL[size])
            else:
                pieces.append(encode(value))
        pieces.append(self._closing)
        self._write(id, pieces, same=True)

    def _differences(self, id: int) -> tuple[bytes, bytes]:
        """The entries that tell an ID: by how much its halves differ from the node's."""
        sequence = id - self._ms_start
        if self._back <= sequence < self._near:  # of the same millisecond as the one before
            return self._ms_piece, SMALL_ENTRY[sequence]
        start = self.id
        ms = (id >> SEQUENCE_BITS) - (start >> SEQUENCE_BITS)
        self._ms_piece = _difference(ms)
        self._ms_start = start + (ms << SEQUENCE_BITS)
        return self._ms_piece, _difference((id & MAX_HALF) - (start & MAX_HALF))

    def _write(self, id: int, pieces: list[bytes], *, same: bool) -> None:
        self.count += 1
        self.pack.replace_number(_COUNT_AT, self.count)
        self.pack.append_encoded(pieces)
        if emit := self._probe.emit:
            emit(EntryAppended(self.id, id, same))

    def mark(self, entries: list[StreamEntry]) -> None:
        """Mark entries as deleted; none of them may be. O(bytes of the node) for each."""
        pack = self.pack
        items = pack.items()
        for entry in entries:
            pack.replace(pack.seek(entry.at), b"%d" % (int(items[entry.at]) | DELETED))
            entry.deleted = True
            if emit := self._probe.emit:
                emit(EntryMarked(self.id, entry.id))
        self.count -= len(entries)
        self.deleted += len(entries)
        pack.replace_number(_COUNT_AT, self.count)
        pack.replace_number(pack.next(_COUNT_AT), self.deleted)

    # Reading

    def entries(self, low: int = 0, high: int = MAX_ID, most: int = 0) -> list[StreamEntry]:
        """The entries with IDs from `low` to `high`, marked ones too. O(bytes of the node).

        Args:
            low, high: Both included.
            most: End behind so many that are not marked; 0 for all.
        """
        items = self.pack.items()
        fields = self.fields
        ms, sequence = self.id >> SEQUENCE_BITS, self.id & MAX_HALF
        found: list[StreamEntry] = []
        passed = 0
        left = most or -1
        at, end = len(fields) + 4, len(items)
        while at < end:
            flags = int(items[at])
            id = (ms + int(items[at + 1]) & MAX_HALF) << SEQUENCE_BITS
            id |= sequence + int(items[at + 2]) & MAX_HALF
            if id > high:
                break
            start = at + FIXED_ITEMS
            if flags & SAME_FIELDS:
                stop = start + len(fields)
            else:
                start += 1
                stop = start + 2 * int(items[start - 1])
            if id >= low:
                pairs = items[start:stop]
                if flags & SAME_FIELDS:
                    pairs = [word for pair in zip(fields, pairs, strict=True) for word in pair]
                found.append(StreamEntry(id, pairs, at, bool(flags & DELETED)))
                left -= 1 - (flags & DELETED)
                if not left:
                    break
            else:
                passed += 1
            at = stop + 1
        if emit := self._probe.emit:
            emit(NodeWalked(self.id, passed))
            for entry in found:
                emit(EntryRead(self.id, entry.id, entry.deleted))
        return found

    def last_id(self) -> int:
        """The ID of the last entry, marked or not. O(its items), read from the end.

        Source: `t_stream.c` lpGetEdgeStreamID.
        """
        pack = self.pack
        at = pack.last()
        numbers: list[bytes] = []
        for back in range(int(pack.get(at)), 0, -1):
            at = pack.previous(at)
            if back <= FIXED_ITEMS:
                numbers.append(pack.get(at))
        return self._id_at(numbers[::-1], 0)

    def _id_at(self, items: list[bytes], at: int) -> int:
        """The ID of the entry whose flags are item `at`."""
        ms = (self.id >> SEQUENCE_BITS) + int(items[at + 1])
        return (ms & MAX_HALF) << SEQUENCE_BITS | (self.id + int(items[at + 2])) & MAX_HALF

    # Keeping

    def freeze(self) -> bytes:
        """The listpack's bytes; the ID is not among them. O(N)."""
        return self.pack.freeze()

    @classmethod
    def thaw(cls, id: int, frozen: bytes, probe: Probe) -> StreamNode:
        """The node of that ID that gave `frozen`, which is not checked again. O(bytes)."""
        return cls._around(id, Listpack.thaw(frozen, probe), probe)

    @classmethod
    def load(cls, id: int, data: bytes, probe: Probe) -> StreamNode:
        """A node of bytes from outside, every one of them checked. O(bytes).

        Raises:
            ValueError: Broken bytes, or a listpack that is no node.

        Source: `t_stream.c` streamValidateListpackIntegrity.
        """
        pack = Listpack.load(data, probe)
        _validate(pack.items())
        return cls._around(id, pack, probe)

    @classmethod
    def _around(cls, id: int, pack: Listpack, probe: Probe) -> StreamNode:
        at = pack.first()
        numbers: list[int] = []
        for _ in range(3):
            numbers.append(int(pack.get(at)))
            at = pack.next(at)
        fields: list[bytes] = []
        for _ in range(numbers[2]):
            fields.append(pack.get(at))
            at = pack.next(at)
        return cls(id, pack, fields, numbers[0], numbers[1], probe)

    def check(self) -> None:
        """Assert the invariants. O(N)."""
        self.pack.check()
        items = self.pack.items()
        _validate(items)
        entries = self.entries()
        assert [self.count, self.deleted] == [int(item) for item in items[:2]]
        assert self.fields == items[3 : 3 + len(self.fields)]
        assert entries and entries[0].id >= self.id
        assert entries[-1].id == self.last_id()
        assert all(a.id < b.id for a, b in zip(entries, entries[1:], strict=False))


def _difference(difference: int) -> bytes:
    """The entry for a difference of two unsigned 64-bit numbers; C keeps it in a signed one."""
    if -(2**63) <= difference < 2**63:
        return encode_integer(difference)
    return encode_integer((difference + 2**63) % 2**64 - 2**63)


def _validate(items: list[bytes]) -> None:
    """Check that items are a master and entries, and that the master counts them right.

    Raises:
        ValueError: They are not; the message names the item.
    """
    count, deleted, fields = (_number(items, at) for at in range(3))
    at = 3 + fields
    if fields < 0 or _number(items, at) != 0:
        raise ValueError(f"the master does not end in 0, at item {at}")
    at += 1
    found = [0, 0]
    while at < len(items):
        start = at
        flags = _number(items, at)
        _number(items, at + 1)
        _number(items, at + 2)
        at += FIXED_ITEMS
        if flags & SAME_FIELDS:
            at += fields
        else:
            own = _number(items, at)
            if own < 0:
                raise ValueError(f"an entry has {own} fields, at item {at}")
            at += 1 + 2 * own
        if _number(items, at) != at - start:
            raise ValueError(f"an entry is not as long as it says, at item {at}")
        found[flags & DELETED] += 1
        at += 1
    if found != [count, deleted] or not count + deleted:
        raise ValueError(f"{found} entries are there, the master says {[count, deleted]}")


def _number(items: list[bytes], at: int) -> int:
    """Item `at`, which must be there and be a number."""
    number = parse_integer(items[at]) if at < len(items) else None
    if number is None:
        raise ValueError(f"a number was expected, at item {at}")
    return number


@dataclass(frozen=True, slots=True)
class EntryAppended(Event):
    """Entry `id` was written into the node; `same_fields`: its fields are the master's."""

    node: int
    id: int
    same_fields: bool


@dataclass(frozen=True, slots=True)
class EntryMarked(Event):
    """Entry `id` was marked as deleted, and still lies where it was."""

    node: int
    id: int


@dataclass(frozen=True, slots=True)
class NodeWalked(Event):
    """A walk began at the front of the node, and passed so many entries with too low an ID."""

    node: int
    passed: int


@dataclass(frozen=True, slots=True)
class EntryRead(Event):
    """A walk through the node came to entry `id`."""

    node: int
    id: int
    deleted: bool
