"""Ziplists and zipmaps: the packed forms before listpacks, which old payloads still hold.

A ziplist says in front of each entry how long the entry *before* it is, in one byte, or in
five from 254 on:

    15 00 00 00   10 00 00 00   03 00    00 02 68 69     04 f6         02 c0 2c 01  ff
    all bytes,    where the     3        0 before, then  4 before,     2 before,    the
    21            last begins   entries  2 bytes, "hi"   5             300          end

That was its undoing: an entry that grows past 253 bytes makes the size in front of the next
one grow by four, which may grow past 253 bytes in turn, and so on to the end. In a listpack
an entry tells its own size at its own end, and no other entry hears of a change.

A zipmap is older still, and was for hashes alone: key and value in turn, a length before
each, and before the bytes of a value another byte, for how many unused ones follow.

    01   03 k e y   03 00 o n e   ff

Both are only read here.

Source: `ziplist.c` zipEntry, ziplistValidateIntegrity; `zipmap.c` zipmapNext,
zipmapValidateIntegrity.
"""

from __future__ import annotations

from typing import Final

from redlearn.engine.payload.wire import BadPayload, Reader

HEADER: Final = 10
END: Final = 0xFF
BIG: Final = 254  # what follows is a length of four bytes
UNKNOWN_COUNT: Final = 65535
NUMBER_WIDTH: Final = {0xC0: 2, 0xD0: 4, 0xE0: 8, 0xF0: 3, 0xFE: 1}
LEAST_SMALL, MOST_SMALL = 0xF1, 0xFD  # the numbers 0 to 12, in the byte itself


def ziplist_items(data: bytes) -> list[bytes]:
    """All entries of a ziplist, numbers as text. O(N).

    Raises:
        BadPayload: The bytes are no ziplist.
    """
    reader = Reader(data)
    size, tail, count = _little(reader, 4), _little(reader, 4), _little(reader, 2)
    if size != len(data) or data[-1] != END:
        raise BadPayload("a ziplist has another size, or no end")
    items: list[bytes] = []
    last, before = HEADER, 0
    while reader.left > 1:
        start = reader.at
        if _big_or_small(reader, reader.byte()) != before:
            raise BadPayload(f"the entry at {start} is wrong about the one before it")
        items.append(_entry(reader))
        last, before = start, reader.at - start
    if reader.left != 1 or tail != last or count not in (len(items), UNKNOWN_COUNT):
        raise BadPayload("the header of a ziplist is wrong")
    return items


def _little(reader: Reader, width: int) -> int:
    return int.from_bytes(reader.take(width), "little")


def _big_or_small(reader: Reader, head: int) -> int:
    """A length of one byte, which was read, or of four behind it."""
    return _little(reader, 4) if head == BIG else head


def _entry(reader: Reader) -> bytes:
    """The entry at hand, behind the length of the one before it."""
    head = reader.byte()
    if head < 0x40:
        return reader.take(head)
    if head < 0x80:
        return reader.take((head & 0x3F) << 8 | reader.byte())
    if head == 0x80:
        return reader.take(int.from_bytes(reader.take(4)))
    if LEAST_SMALL <= head <= MOST_SMALL:
        return b"%d" % (head - LEAST_SMALL)
    width = NUMBER_WIDTH.get(head)
    if width is None:
        raise BadPayload(f"no entry of a ziplist begins with 0x{head:02x}")
    return b"%d" % int.from_bytes(reader.take(width), "little", signed=True)


def zipmap_pairs(data: bytes) -> list[tuple[bytes, bytes]]:
    """All keys of a zipmap with their values. O(N).

    Raises:
        BadPayload: The bytes are no zipmap.
    """
    reader = Reader(data)
    count = reader.byte()
    pairs: list[tuple[bytes, bytes]] = []
    while (head := reader.byte()) != END:
        key = reader.take(_big_or_small(reader, head))
        head = reader.byte()
        if head == END:
            raise BadPayload("a zipmap ends behind a key")
        size = _big_or_small(reader, head)
        unused = reader.byte()
        pairs.append((key, reader.take(size)))
        reader.take(unused)
    if reader.left or count not in (len(pairs), BIG, END):
        raise BadPayload("the count of a zipmap is wrong, or bytes follow its end")
    return pairs
