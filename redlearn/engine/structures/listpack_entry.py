"""One entry of a listpack: how its bytes are made, measured, read and checked.

`listpack.py` draws the formats; here each becomes code, once. An entry is encoding, data and
backlen. Three entries in full, a short text, a number, and a text of 300 bytes:

    82 68 69       03      10 000010: text of 2 bytes, "hi";  its 3 bytes, told backwards
    c1 2c          02      110 00001 2c: the number 300;      its 2 bytes
    e1 2c 78 ...   02 ae   1110 0001 2c: text of 300 bytes;   its 302 bytes: 2 * 128 + 46

The last backlen shows the trick. A walk backwards stands behind `ae` and reads leftwards,
seven bits a byte, until a byte without the high bit: `ae` has it, `02` has not.

What is short has its size told by its first byte alone, backlen included: `SIZE_BY_HEAD`.
Nearly every entry of a small hash is of that kind, which makes a step of a walk one lookup.

Source: `listpack.c` lpEncodeGetType, lpEncodeString, lpEncodeBacklen, lpGet, lpValidateNext.
"""

from __future__ import annotations

from dataclasses import dataclass
from struct import Struct
from typing import Final, cast

from redlearn.resp.integer import parse_integer

HEADER: Final = 6
END: Final = 0xFF
END_MARK: Final = bytes((END,))
UNKNOWN_COUNT: Final = 65535
COLON: Final = b":"  # comes behind "9": what is not below it begins with no digit, and no sign
MOST_KNOWN: Final = 8192
LONGEST_KNOWN: Final = 20
SMALL: Final = 4096  # below it, whole numbers have their entries ready
FEW: Final = 8  # entries that are read faster one by one
COUNTS: Final = Struct("<IH")  # the header: all bytes, entries


def encode(data: bytes) -> bytes:
    """The bytes of one entry that holds `data`: encoding, data, backlen. O(its size).

    Source: `listpack.c` lpEncodeGetType, lpEncodeString, lpEncodeBacklen.

    >>> encode(b"hi").hex(" "), encode(b"5").hex(" "), encode(b"-1").hex(" ")
    ('82 68 69 03', '05 01', 'df ff 02')
    """
    size = len(data)
    if data >= COLON:  # most text: what begins so can be no number
        if size < 64:
            return SHORT_HEAD[size] + data + SHORT_TAIL[size]
    elif size <= 20:
        if data in _KNOWN:
            return _KNOWN[data]
        number = parse_integer(data)
        if number is not None:
            return encode_integer(number)
    if size < 64:
        return SHORT_HEAD[size] + data + SHORT_TAIL[size]
    if size < 4096:
        return bytes((0xE0 | size >> 8, size & 0xFF)) + data + backlen(size + 2)
    return b"\xf0" + size.to_bytes(4, "little") + data + backlen(size + 5)


def encode_integer(number: int) -> bytes:
    """The bytes of one entry that holds a signed 64-bit number, in the fewest bits that do."""
    if -SMALL <= number < SMALL:
        return SMALL_ENTRY[number]
    bits = (number if number >= 0 else ~number).bit_length()
    if bits < 16:
        return _PACK_16(0xF1, number, 3)
    if bits < 24:
        return b"\xf2" + number.to_bytes(3, "little", signed=True) + b"\x04"
    if bits < 32:
        return _PACK_32(0xF3, number, 5)
    if bits < 64:
        return _PACK_64(0xF4, number, 9)
    raise ValueError(f"{number} does not fit 64 bits")


def encode_all(items: list[bytes]) -> list[bytes]:
    """`encode` of each. O(their size); half the time or less if they came before, as names do."""
    pieces = [*map(_KNOWN.get, items)]
    if None not in pieces:
        return cast(list[bytes], pieces)
    return [
        _learned(item) if piece is None else piece
        for item, piece in zip(items, pieces, strict=True)
    ]


def _learned(item: bytes) -> bytes:
    """`encode`, and keep the outcome of what is short, until there is too much of it."""
    piece = encode(item)
    if len(item) <= LONGEST_KNOWN:
        if len(_KNOWN) >= MOST_KNOWN:
            _KNOWN.clear()
            _KNOWN.update(zip(SMALL_NUMBER, SMALL_ENTRY, strict=False))
        _KNOWN[item] = piece
    return piece


def backlen(size: int) -> bytes:
    """`size` in 7-bit pieces, for reading from right to left: the leftmost has no high bit.

    The limits are Redis's: a size that just fits takes one byte more than it needs, 16383
    for example three. (One byte is the exception: 127 fits.)

    >>> backlen(127).hex(" "), backlen(128).hex(" "), backlen(16383).hex(" ")
    ('7f', '01 80', '00 ff ff')
    """
    if size <= 127:
        return bytes((size,))
    width = 2
    while width < 5 and size >= (1 << 7 * width) - 1:
        width += 1
    pieces = [size >> 7 * shift & 0x7F | 0x80 for shift in range(width - 1, -1, -1)]
    pieces[0] &= 0x7F
    return bytes(pieces)


def encoding_name(head: int) -> str:
    """What the first byte of an entry says it is, in words."""
    if head < 0x80:
        return "7-bit number"
    if head < 0xC0:
        return "6-bit text"
    if head < 0xE0:
        return "13-bit number"
    if head < 0xF0:
        return "12-bit text"
    return _WIDE_NAMES.get(head, "unknown")


def long_size(packed: bytes | bytearray, at: int) -> int:
    """Bytes of the entry at `at`, whose first byte alone does not tell them."""
    head, body = shape(packed, at)
    return head + body + len(backlen(head + body))


def shape(packed: bytes | bytearray, at: int) -> tuple[int, int]:
    """How many bytes of the entry at `at` are encoding, and how many text. O(1).

    Numbers have no text: they are part of the encoding. The backlen is not counted, as it
    is what counts these two.

    Raises:
        ValueError: The byte at `at` begins no entry.
    """
    head = packed[at]
    if head < 0x80:
        return 1, 0
    if head < 0xC0:
        return 1, head & 0x3F
    if head < 0xE0:
        return 2, 0
    if head < 0xF0:
        return 2, (head & 0x0F) << 8 | packed[at + 1]
    if head == 0xF0:
        return 5, int.from_bytes(packed[at + 1 : at + 5], "little")
    if head > 0xF4:
        raise ValueError(f"no encoding begins with 0x{head:02x}, at offset {at}")
    return _WIDTH_OF_ENCODING[head], 0


def value_at(packed: bytes | bytearray, at: int) -> int | bytes:
    """The number or text at `at`, as it is kept. O(its size).

    A 13-bit number has its sign in its top bit, as two's complement has it everywhere:
    from 0x1000 on it stands for itself less 0x2000.
    """
    head = packed[at]
    if head < 0x80:
        return head
    if head < 0xC0:
        return bytes(packed[at + 1 : at + head - 0x7F])
    if head < 0xE0:
        bits = (head & 0x1F) << 8 | packed[at + 1]
        return bits - 0x2000 if bits >= 0x1000 else bits
    if head > 0xF0:
        number = packed[at + 1 : at + _WIDTH_OF_ENCODING[head]]
        return int.from_bytes(number, "little", signed=True)
    before, body = shape(packed, at)
    return bytes(packed[at + before : at + before + body])


def items_of(packed: bytes, at: int = HEADER, count: int = 1 << 30) -> list[bytes]:
    """Up to `count` entries of a listpack from the one at `at` on, numbers in decimal form.

    O(count); a third of the time for short texts at the beginning that are as long as each other.
    """
    items = _texts_alike(packed, at, count) if count > FEW else []
    if items:
        at += len(items) * (len(items[0]) + 2)
    for _ in range(count - len(items)):
        head = packed[at]
        if head < 0x80:
            items.append(SMALL_NUMBER[head])
            at += 2
        elif head < 0xC0:
            stop = at + head - 0x7F
            items.append(packed[at + 1 : stop])
            at = stop + 1
        elif head == END:
            break
        else:
            value = value_at(packed, at)
            items.append(value if isinstance(value, bytes) else b"%d" % value)
            at += SIZE_BY_HEAD[head] or long_size(packed, at)
    return items


def _texts_alike(packed: bytes, at: int, count: int) -> list[bytes]:
    """Up to `count` short texts as long as each other, the first one at `at`; none if it is alone.

    Where one ends the next begins, so they go on for as long as every so many bytes there is the
    same head. O(their number).

        83 a n n 04 83 b o b 04 83 e v e 04 82 c y 03
        ^           ^           ^           x
    """
    head = packed[at]
    size = head - 0x80
    if not 0 <= size < 64 or packed[at + size + 2] != head:
        return []
    heads = packed[at : at + count * (size + 2) : size + 2]
    alike = len(heads) - len(heads.lstrip(packed[at : at + 1]))
    texts = ALIKE[size].iter_unpack(packed[at : at + alike * (size + 2)])
    return [text for (text,) in texts]


def entries_of(packed: bytes, at: int, index: int, count: int | None) -> list[Entry]:
    """Entries from the one at `at`, number `index`, on: `count` of them or all; -1 for none."""
    entries: list[Entry] = []
    while 0 <= at < len(packed) - 1 and (count is None or len(entries) < count):
        size = SIZE_BY_HEAD[packed[at]] or long_size(packed, at)
        head, body = shape(packed, at)
        value = value_at(packed, at)
        text = value if isinstance(value, bytes) else b"%d" % value
        entries.append(Entry(index, at, encoding_name(packed[at]), head, body, size, text))
        at += size
        index += 1
    return entries


def validated(data: bytes) -> tuple[list[bytes], bool]:
    """The entries of foreign bytes, each in its shortest form, and whether they had it. O(N).

    RESTORE takes bytes from any client, and a size that lies would make a walk run on beyond
    the end. So nothing is believed here: each size is followed no further than the end mark,
    and every backlen must agree with what was found from the front.

    Raises:
        ValueError: As `Listpack.load`.
    """
    if len(data) <= HEADER or data[-1] != END:
        raise ValueError(f"no end mark at offset {max(len(data) - 1, 0)}")
    total, count = COUNTS.unpack_from(data)
    if total != len(data):
        raise ValueError(f"the header says {total} bytes, there are {len(data)}, at offset 0")
    pieces: list[bytes] = []
    shortest = True
    at, end = HEADER, len(data) - 1
    while at < end:
        size = _checked_size(data, at, end)
        value = value_at(data, at)
        piece = encode(value) if isinstance(value, bytes) else encode_integer(value)
        shortest = shortest and piece == data[at : at + size]
        pieces.append(piece)
        at += size
    if count not in (UNKNOWN_COUNT, len(pieces)):
        raise ValueError(f"the header says {count} entries, there are {len(pieces)}, at offset 4")
    return pieces, shortest


def _checked_size(data: bytes, at: int, end: int) -> int:
    """Bytes of the entry at `at`, which must end at or before `end` and know its own size."""
    if at + _WIDTH_OF_ENCODING.get(data[at], 1) > end:
        raise ValueError(f"an entry is cut off, at offset {at}")
    head, body = shape(data, at)
    start = at + head + body
    tails = [backlen(head + body)]
    if tails[0][0] == 0:  # Valkey 9 takes no byte more than a size needs
        tails.append(bytes((tails[0][1] & 0x7F,)) + tails[0][2:])
    if start + len(tails[-1]) > end:
        raise ValueError(f"an entry runs over the end, at offset {at}")
    for tail in tails:
        if data[start : min(start + len(tail), end)] == tail:
            return start + len(tail) - at
    raise ValueError(f"a backlen is wrong, at offset {start}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry taken apart.

    Attributes:
        index: Counted from 0.
        offset: Where it begins.
        encoding: In words, as `encoding_name` gives them.
        head: Bytes of the encoding part.
        body: Bytes of text.
        size: All its bytes; what is neither head nor body is backlen.
        value: As `Listpack.get` gives it.
    """

    index: int
    offset: int
    encoding: str
    head: int
    body: int
    size: int
    value: bytes


_WIDE_NUMBERS: Final = ((0xF1, 2), (0xF2, 3), (0xF3, 4), (0xF4, 8))
_WIDE_NAMES: Final = {
    0xF0: "32-bit text",
    0xF1: "16-bit number",
    0xF2: "24-bit number",
    0xF3: "32-bit number",
    0xF4: "64-bit number",
    END: "end",
}

# Tables, because a lookup costs a third of the arithmetic it replaces: a walk is made of these.
SMALL_NUMBER: Final = [b"%d" % number for number in range(SMALL)]
_SMALLEST: Final = [bytes((number, 1)) for number in range(128)]
_OTHERS: Final = [(0xC00002 | bits << 8).to_bytes(3, "big") for bits in range(128, 2 * SMALL)]
SMALL_ENTRY: Final = [*_SMALLEST, *_OTHERS]  # those below 0 where a negative index finds them
# Entries of what is small or was seen: of all small numbers, and of what `encode_all` had to do.
_KNOWN: Final = dict(zip(SMALL_NUMBER, SMALL_ENTRY, strict=False))
SHORT_HEAD: Final = [bytes((0x80 | size,)) for size in range(64)]
SHORT_TAIL: Final = [bytes((size + 1,)) for size in range(64)]
TAIL_AND_END: Final = [bytes((size + 1, END)) for size in range(64)]
MOVABLE_HEAD: Final = [bytearray(head) for head in SHORT_HEAD]  # a slice takes it uncopied
# Where all entries are, and where a first one is put.
ENTRIES: Final = slice(HEADER, None)
FRONT: Final = slice(HEADER, HEADER)
_PACK_16: Final = Struct("<BhB").pack
_PACK_32: Final = Struct("<BiB").pack
_PACK_64: Final = Struct("<BqB").pack
# Reads text of so many bytes, as bytes at once: a slice of a bytearray is another one first.
TEXT: Final = [Struct(f"{size}s").unpack_from for size in range(64)]
PUT_TEXT: Final = [Struct(f"{size}s").pack_into for size in range(64)]  # and writes it, uncopied
# By its head, how to read a first entry that is such a text, and where it is; None for others.
FIRST_BY_HEAD: Final = [
    (
        (Struct(f"{HEADER + 1}x{head & 0x3F}s").unpack_from, slice(HEADER, HEADER + 2 + head % 64))
        if 0x80 <= head < 0xC0
        else None
    )
    for head in range(256)
]
# Reads whole entries of so many bytes of text, one behind the other.
ALIKE: Final = [Struct(f"x{size}sx") for size in range(64)]
_WIDTH_OF_ENCODING: Final = {
    **dict.fromkeys(range(0xC0, 0xF0), 2),
    0xF0: 5,
    **{head: 1 + width for head, width in _WIDE_NUMBERS},
}


def _size_by_head(head: int) -> int:
    """Bytes of any entry beginning with `head`, backlen included; 0 if it takes more to know."""
    if 0xE0 <= head <= 0xF0 or head > 0xF4:
        return 0
    before, body = shape(bytes((head, 0)), 0)
    return before + body + 1


SIZE_BY_HEAD: Final = [_size_by_head(head) for head in range(256)]
