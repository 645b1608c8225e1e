"""Listpack: a whole list in one run of bytes, with no pointer anywhere.

    total bytes (4)  count (2)    entry     entry     ...    0xFF
    0f 00 00 00      02 00        82 68 69 03   05 01         ff       -> "hi", 5

A small hash or sorted set spends more memory on pointers than on data. Here entries lie one
behind the other, so eight fields cost a few dozen bytes and one allocation. The price: to
find an entry one walks, and a write in the middle moves every byte behind it.

Each entry has three parts:

    encoding (1-9 bytes)   what follows, and how long it is
    data                   text only; a number sits in the encoding part
    backlen (1-5 bytes)    the size of the two parts before it, readable from right to left

so a walk forward reads the encoding, and a walk backward reads the backlen behind which it
stands. The first byte tells the encodings apart (little-endian numbers, s a size, v a value):

    0vvvvvvv               7-bit number            1110ssss s8     text to 4095 bytes
    10ssssss               text to 63 bytes        F0 s32          longer text
    110vvvvv v8            13-bit number           F1 F2 F3 F4     16, 24, 32, 64-bit number
                                                   FF              the end

Text that reads as a 64-bit number is kept as that number, always in the shortest form.

Invariants (`check` asserts them): the header's total is the true size; its count is the true
count, or 65535 for "count them yourself"; every backlen equals the size of its entry.

Cost: append O(1); insert, delete, replace O(bytes behind); find, seek, walk O(N).

Unlike Redis: where entries begin, once walked to, is noted in `_starts` until a write moves
them. What an entry holds is read from the bytes alone, but Python's own search can then find
it at the speed of C (`find`), where a walk step by step costs Python a hundred times what it
costs C. `_seconds` notes answers in the same way: a field asked for again is at hand. While
somebody watches, every search walks, since the walk is what is to be seen. And the header is
written when somebody asks for the bytes (`freeze`): until then `count` holds its count, as the
length of Python's bytearray does its total. That is a third of the time of a push.

Source: `listpack.c`; the format was written down by S. Sanfilippo as `listpack.md` (2017).
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator
from typing import Final

from redlearn.engine.structures.listpack_entry import (
    COLON,
    COUNTS,
    END,
    END_MARK,
    ENTRIES,
    FIRST_BY_HEAD,
    FRONT,
    HEADER,
    MOVABLE_HEAD,
    PUT_TEXT,
    SHORT_HEAD,
    SHORT_TAIL,
    SIZE_BY_HEAD,
    SMALL_NUMBER,
    TAIL_AND_END,
    TEXT,
    UNKNOWN_COUNT,
    Entry,
    encode,
    entries_of,
    items_of,
    long_size,
    validated,
    value_at,
)
from redlearn.engine.structures.listpack_steps import (
    EntriesDeleted,
    EntryVisited,
    EntryWritten,
    Shifted,
)
from redlearn.probe import Probe

MAX_BYTES: Final = 1 << 30  # Redis grows no listpack beyond 1 GiB
EMPTY_SIZE: Final = HEADER + 1
NOWHERE: Final = -1

__all__ = [
    "Listpack", "Entry", "EMPTY_SIZE", "MAX_BYTES", "NOWHERE",
    "EntryVisited", "EntryWritten", "EntriesDeleted", "Shifted",
]  # fmt: skip

_EMPTY: Final = bytes((EMPTY_SIZE, 0, 0, 0, 0, 0, END))


class Listpack:
    """Byte strings in order. Places are offsets into the bytes; NOWHERE (-1) is no place.

    An offset stands until the next write before or at it, like a pointer in the original.

    Attributes:
        packed: The bytes; their header is out of date until `freeze`.
        count: As the header will have it: 65535 for "count yourself".
    """

    __slots__ = ("_probe", "_seconds", "_starts", "count", "packed")

    def __init__(self, probe: Probe) -> None:
        self._probe = probe
        self.packed = bytearray(_EMPTY)
        self.count = 0
        # Where entries 0, 1, 2 ... begin, as far as known; the last is where the next
        # begins, or where the end mark stands. None is the same as [HEADER] alone.
        self._starts: array[int] | None = None
        # In a pack of pairs, where seconds are whose firsts were asked for; in a set, members.
        self._seconds: dict[bytes, int] | None = None

    def __len__(self) -> int:
        """How many entries. O(1), or O(N) once there were 65535 of them.

        Source: `listpack.c` lpLength, which notes the count when it fits again.
        """
        count = self.count
        if count != UNKNOWN_COUNT:
            return count
        count = len(self._map_to(len(self.packed) - 1)) - 1
        if count < UNKNOWN_COUNT:
            self.count = count
        return count

    @property
    def size(self) -> int:
        """All bytes, header and end mark included."""
        return len(self.packed)

    # Finding

    def find(self, data: bytes, skip: int = 0) -> int:
        """Where the first entry equal to `data` begins, or NOWHERE. O(N).

        Args:
            data: Raw bytes; a number is found in whichever form it is kept.
            skip: Entries to pass over between two compared: 1 looks at every other entry,
                the fields of a hash and not its values.

        Source: `listpack.c` lpFind.
        """
        if self._probe.emit is not None:
            return self._find_walking(data, skip)
        # An entry has one form only, so its bytes can be searched for. They may also turn up
        # within other text, or at an entry to be skipped: only a known start counts.
        size = len(data)
        if 0 < size < 64 and data[0] > 57:  # `encode` of short text; the call is a fifth of all
            needle = SHORT_HEAD[size] + data + SHORT_TAIL[size]
        else:
            needle = encode(data)
        packed = self.packed
        at = packed.find(needle, HEADER)
        while at >= 0:
            starts = self._starts
            if starts is None or starts[-1] < at:
                starts = self._map_to(at)
            index = bisect_left(starts, at)
            if starts[index] == at and not index % (skip + 1):
                return at
            at = packed.find(needle, at + 1)
        return NOWHERE

    def _find_walking(self, data: bytes, skip: int) -> int:
        """Compare entry after entry, as the original does, and report each."""
        emit = self._probe.emit
        at, index = self.first(), 0
        while at != NOWHERE:
            if index % (skip + 1) == 0:
                matched = self.get(at) == data
                if emit:
                    emit(EntryVisited(at, index, matched))
                if matched:
                    return at
            at = self.next(at)
            index += 1
        return NOWHERE

    def seek(self, index: int) -> int:
        """Where entry `index` begins; -1 is the last. NOWHERE if there are not so many.

        O(N), from the nearer end where the count is known (lpSeek).
        """
        if index < 0:
            index += len(self)
            if index < 0:
                return NOWHERE
        starts = self._noted_starts()
        if index + 1 >= len(starts):
            packed = self.packed
            at, end = starts[-1], len(packed) - 1
            while len(starts) <= index + 1 and at < end:
                at += SIZE_BY_HEAD[packed[at]] or long_size(packed, at)
                starts.append(at)
            if index + 1 >= len(starts):
                return NOWHERE
        return starts[index]

    def index(self, at: int) -> int:
        """Which entry, counted from 0, begins at `at`. O(N) until noted."""
        return bisect_left(self._map_to(at), at)

    def _noted_starts(self) -> array[int]:
        starts = self._starts
        if starts is None:
            starts = self._starts = array("I", (HEADER,))  # a list would take ten times as much
        return starts

    def _map_to(self, at: int) -> array[int]:
        """Note the starts of entries up to the first at or behind `at`; all that are noted."""
        packed, starts = self.packed, self._noted_starts()
        start = starts[-1]
        while start < at:
            start += SIZE_BY_HEAD[packed[start]] or long_size(packed, start)
            starts.append(start)
        return starts

    # Walking

    def first(self) -> int:
        """Where the first entry begins, or NOWHERE. O(1)."""
        return HEADER if self.packed[HEADER] != END else NOWHERE

    def last(self) -> int:
        """Where the last entry begins, or NOWHERE. O(1)."""
        return self.previous(len(self.packed) - 1)

    def next(self, at: int) -> int:
        """Where the entry behind the one at `at` begins, or NOWHERE. O(1)."""
        packed = self.packed
        at += SIZE_BY_HEAD[packed[at]] or long_size(packed, at)
        return at if packed[at] != END else NOWHERE

    def previous(self, at: int) -> int:
        """Where the entry before `at` begins, or NOWHERE. O(1): its backlen tells."""
        if at == HEADER:
            return NOWHERE
        packed = self.packed
        size = width = 0
        while True:
            byte = packed[at - 1 - width]
            size |= (byte & 0x7F) << (7 * width)
            width += 1
            if byte < 0x80:
                return at - width - size

    # Reading

    def get(self, at: int) -> bytes:
        """The entry at `at` as bytes; a number in its decimal form. O(its size)."""
        packed = self.packed
        head = packed[at]
        if head < 0x80:
            return SMALL_NUMBER[head]
        if head < 0xC0:
            text: bytes = TEXT[head & 0x3F](packed, at + 1)[0]
            return text
        value = value_at(packed, at)
        return value if isinstance(value, bytes) else b"%d" % value

    def value(self, at: int) -> int | bytes:
        """The entry at `at` as it is kept: a number or text. O(its size)."""
        return value_at(self.packed, at)

    def items(self, at: int = HEADER, count: int = MAX_BYTES) -> list[bytes]:
        """Up to `count` entries in order, from the one at `at` on. O(count, and a copy)."""
        return items_of(bytes(self.packed), at, count)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.items())

    def holds(self, data: bytes) -> bool:
        """In a pack that is a set, whether `data` is there. O(N), and O(1) when asked again."""
        found = self._seconds
        if found is not None and data in found and self._probe.emit is None:
            return True
        at = self.find(data)
        if at < 0:
            return False
        if found is None:
            found = self._seconds = {}
        found[data] = at
        return True

    # Pairs: fields with values, members with scores

    def second(self, first: bytes) -> int:
        """In a pack of pairs, where the second of the pair that `first` begins is, or NOWHERE.

        O(N), and O(1) when asked again before bytes move.
        """
        seconds = self._seconds
        if seconds is not None and first in seconds and self._probe.emit is None:
            return seconds[first]
        at = self.find(first, 1)
        if at >= 0:
            at += SIZE_BY_HEAD[self.packed[at]] or long_size(self.packed, at)
            if seconds is None:
                seconds = self._seconds = {}
            seconds[first] = at
        return at

    def partner(self, first: bytes) -> bytes | None:
        """In a pack of pairs, the second of the pair that `first` begins, or None. As `second`."""
        seconds = self._seconds
        at = NOWHERE if seconds is None else seconds.get(first, NOWHERE)
        if at < 0 or self._probe.emit is not None:
            at = self.second(first)
            if at < 0:
                return None
        packed = self.packed
        head = packed[at]
        if 0x80 <= head < 0xC0:  # as `get` does it: most values are short text
            text: bytes = TEXT[head & 0x3F](packed, at + 1)[0]
            return text
        return self.get(at)

    def put_partner(self, first: bytes, value: bytes) -> bool:
        """In a pack of pairs, let `value` be behind `first`; False if both are new. As `second`."""
        seconds = self._seconds
        at = NOWHERE if seconds is None else seconds.get(first, NOWHERE)
        if at < 0 or self._probe.emit is not None:
            at = self.second(first)
            if at < 0:
                self.push_last(first)
                self.push_last(value)
                return False
        elif (size := len(value)) < 64 and value >= COLON and self.packed[at] == 0x80 | size:
            PUT_TEXT[size](self.packed, at + 1, value)  # over as much text: half the time
            return True
        self._overwrite(at, encode(value))
        if self._seconds is None:
            self._seconds = {}
        self._seconds[first] = at  # what moved lies behind it
        return True

    def pairs(self) -> list[tuple[bytes, bytes]]:
        """Entries two by two: fields with values, members with scores. O(N)."""
        items = self.items()
        return list(zip(items[::2], items[1::2], strict=True))

    # Writing

    def append(self, *items: bytes) -> None:
        """Put `items` behind the last entry. O(their size)."""
        self.insert(len(self.packed) - 1, *items)

    def append_encoded(self, pieces: list[bytes]) -> None:
        """`append`, for entries that `listpack_entry.encode` has made already."""
        if self._probe.emit is None:
            packed = self.packed
            packed.pop()
            packed += b"".join(pieces) + END_MARK
            self.count = min(self.count + len(pieces), UNKNOWN_COUNT)
            return
        at = len(self.packed) - 1
        self._splice(at, at, b"".join(pieces), len(pieces))
        self._report_written(at, pieces)

    def prepend(self, *items: bytes) -> None:
        """Put `items` before the first entry. O(all bytes): they move."""
        self.insert(HEADER, *items)

    def insert(self, at: int, *items: bytes) -> int:
        """Put `items` before the entry (or end mark) at `at`; returns where they begin.

        O(bytes behind). The caller has asked `fits` first.

        Source: `listpack.c` lpInsert.
        """
        pieces = [encode(item) for item in items]
        self._splice(at, at, b"".join(pieces), len(items))
        self._report_written(at, pieces)
        return at

    # One at an end, as lists do all the time: what `append` and the others do, in fewer steps.
    # A slice is assigned a bytearray in half the time that bytes take, which are copied first.

    def push_last(self, data: bytes, most: int = MAX_BYTES) -> int:
        """Put `data` behind the last entry; how many there are now. O(its size).

        Nothing is done, and 0 returned, if `data` and what is there are more than `most` bytes.
        """
        packed, size = self.packed, len(data)
        if len(packed) + size > most:
            return 0
        if self._probe.emit is not None:
            self.append(data)
            return len(self)
        if size < 64 and data >= COLON:  # as `encode` does it
            packed[-1] = 0x80 | size  # where the end mark was
            packed += data + TAIL_AND_END[size]
        else:
            packed.pop()
            packed += encode(data) + END_MARK
        count = self.count + 1
        if count >= UNKNOWN_COUNT:
            return self._recount(1) or len(self)
        self.count = count
        return count

    def push_first(self, data: bytes, most: int = MAX_BYTES) -> int:
        """`push_last`, but before the first entry. O(all bytes): they move."""
        packed, size = self.packed, len(data)
        if len(packed) + size > most:
            return 0
        if self._probe.emit is not None:
            self.prepend(data)
            return len(self)
        if size < 64 and data >= COLON:
            packed[FRONT] = MOVABLE_HEAD[size] + (data + SHORT_TAIL[size])
        else:
            packed[FRONT] = encode(data)
        self._starts = self._seconds = None
        count = self.count + 1
        if count >= UNKNOWN_COUNT:
            return self._recount(1) or len(self)
        self.count = count
        return count

    def hold(self, data: bytes) -> int:
        """Let `data` be the only entry, whatever there was; the size. For nobody to watch."""
        packed, size = self.packed, len(data)
        if size < 64 and data >= COLON:
            packed[ENTRIES] = MOVABLE_HEAD[size] + (data + TAIL_AND_END[size])
        else:
            packed[ENTRIES] = encode(data) + END_MARK
        self._starts = self._seconds = None
        self.count = 1
        return len(packed)

    def pop_first(self) -> bytes:
        """Take out the first entry; there must be one. O(all bytes): they move."""
        packed = self.packed
        first = FIRST_BY_HEAD[packed[HEADER]]
        if first is not None and self._probe.emit is None:
            read, place = first
            data: bytes = read(packed)[0]
            del packed[place]
            self._starts = self._seconds = None
            if self.count != UNKNOWN_COUNT:
                self.count -= 1
            return data
        data = self.get(HEADER)
        self.delete(HEADER)
        return data

    def pop_last(self) -> bytes:
        """Take out the last entry; there must be one. O(its size)."""
        packed = self.packed
        tail = packed[-2]
        at = len(packed) - 2 - tail if tail < 0x80 else self.last()
        data = self.get(at)
        if self._probe.emit is not None:
            self.delete(at)
            return data
        del packed[at:-1]
        starts = self._starts
        if starts is not None:
            while starts[-1] > at:
                starts.pop()
        self._seconds = None
        self._recount(-1)
        return data

    def _recount(self, by: int) -> int:
        """Count `by` entries more; how many there are now, or 0 if that is not known."""
        count = self.count
        if count != UNKNOWN_COUNT:
            count += by
            if count < UNKNOWN_COUNT:
                self.count = count
                return count
            self.count = UNKNOWN_COUNT
        return 0

    def replace(self, at: int, data: bytes) -> None:
        """Put `data` in the place of the entry at `at`. O(bytes behind), or O(1) if as long."""
        self._seconds = None  # it may have been the first of a pair
        self._overwrite(at, encode(data))

    def _overwrite(self, at: int, piece: bytes) -> None:
        packed = self.packed
        stop = at + (SIZE_BY_HEAD[packed[at]] or long_size(packed, at))
        if stop - at == len(piece):
            packed[at:stop] = piece
        else:
            self._splice(at, stop, piece, 0)
        if self._probe.emit is not None:
            self._report_written(at, [piece])

    def replace_number(self, at: int, number: int) -> None:
        """`replace` by a number. O(1) where both are below 128, as small counters are."""
        packed = self.packed
        if packed[at] < 0x80 and 0 <= number < 0x80 and self._probe.emit is None:
            packed[at] = number
        else:
            self.replace(at, b"%d" % number)

    def delete(self, at: int, count: int = 1) -> int:
        """Take out `count` entries from the one at `at` on, or as many as there are.

        Returns how many went. The entry behind them, if any, now begins at `at`.

        Source: `listpack.c` lpDeleteRangeWithEntry.
        """
        packed = self.packed
        stop, gone, end = at, 0, len(packed) - 1
        while gone < count and stop < end:
            stop += SIZE_BY_HEAD[packed[stop]] or long_size(packed, stop)
            gone += 1
        if gone:
            self._splice(at, stop, b"", -gone)
            if emit := self._probe.emit:
                emit(EntriesDeleted(at, stop - at, gone))
        return gone

    def fits(self, extra: int) -> bool:
        """Whether `extra` more bytes keep the pack below Redis's 1 GiB (lpSafeToAdd)."""
        return len(self.packed) + extra <= MAX_BYTES

    def shrink_to_fit(self) -> None:
        """Give back the room behind the end, and what is noted (lpShrinkToFit). O(N)."""
        self.packed, self._starts, self._seconds = bytearray(self.packed), None, None

    def _splice(self, start: int, stop: int, piece: bytes, counted: int) -> None:
        """Put `piece` where bytes `start` to `stop` are; it has `counted` entries more."""
        packed, starts = self.packed, self._starts
        if emit := self._probe.emit:
            behind, by = len(packed) - stop, len(piece) - (stop - start)
            if by and behind > 1:
                emit(Shifted(stop, by, behind))
        if starts is not None and starts[-1] > start:
            del starts[bisect_left(starts, start) + 1 :]
        if start != len(packed) - 1:  # but an append moves nothing
            self._seconds = None
        packed[start:stop] = piece
        if counted and self.count != UNKNOWN_COUNT:
            self.count = min(self.count + counted, UNKNOWN_COUNT)

    def _report_written(self, at: int, pieces: list[bytes]) -> None:
        if emit := self._probe.emit:
            for piece in pieces:
                emit(EntryWritten(at, len(piece)))
                at += len(piece)

    # Keeping

    def freeze(self) -> bytes:
        """The bytes themselves: a listpack is already plain data. O(N)."""
        COUNTS.pack_into(self.packed, 0, len(self.packed), self.count)
        return bytes(self.packed)

    @classmethod
    def thaw(cls, frozen: bytes, probe: Probe) -> Listpack:
        """A pack of bytes that `freeze` gave, not checked again. O(N)."""
        pack = cls(probe)
        pack.packed = bytearray(frozen)
        pack.count = frozen[4] | frozen[5] << 8
        return pack

    @classmethod
    def load(cls, data: bytes, probe: Probe) -> Listpack:
        """A pack of bytes from outside, every one of them checked. O(N).

        Unlike Redis: an entry in a longer form than it needs, which no server writes, is
            rewritten in the shortest, so that equal entries have equal bytes.

        Raises:
            ValueError: Broken bytes; the message names the fault and the offset.

        Source: `listpack.c` lpValidateIntegrity, lpValidateNext.
        """
        pieces, shortest = validated(data)
        if shortest:
            return cls.thaw(data, probe)
        pack = cls(probe)
        pack._splice(HEADER, HEADER, b"".join(pieces), len(pieces))
        return pack

    def check(self) -> None:
        """Assert the invariants, and that every start noted is one. O(N)."""
        pieces, shortest = validated(self.freeze())
        assert shortest, "an entry is longer than it needs to be"
        at, starts = HEADER, [HEADER]
        for piece in pieces:
            at += len(piece)
            starts.append(at)
        noted = list(self._starts or ())
        assert noted == starts[: len(noted)], "a noted start is wrong"

    def entries(self, first: int = 0, count: int | None = None) -> list[Entry]:
        """Entries `first` and on, `count` of them or all, taken apart for a pane."""
        return entries_of(bytes(self.packed), self.seek(first), first, count)
