"""Bits: a string seen as a row of bits, and as a row of integers of any width.

    byte       0          1
    bit     01234567   89...            bit 0 is the highest of byte 0
            00101100   1000 0000
              ^ ^^     ^
              2 45     8 are set

That order makes a bitmap read from left to right, and an integer field of any width at any
offset is its binary digits in that same order, highest first:

    u5 at offset 2    10110 = 22        i5 at offset 2    10110 = -10 (two's complement)

A number that does not fit its field may be wrapped (the digits that do not fit are dropped),
saturated (the nearest number that fits is taken), or refused.

Cost: a bit or a field O(1), everything else O(N) bytes.

Source: `bitops.c` redisPopcount, redisBitpos, setUnsignedBitfield, getSignedBitfield,
checkSignedBitfieldOverflow, bitopCommand.

Unlike Redis: no tables of counted bytes and no loops by the word. Python's integers count and
combine bits of any number of bytes at the speed of C, and so does `strip` skip bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from redlearn.probe import Event, Probe
from redlearn.resp.integer import INT64_MAX

Operation = Literal["AND", "OR", "XOR"]
Overflow = Literal["WRAP", "SAT", "FAIL"]

HEAD: Final = 256  # bytes of an operand that an event repeats
OPERANDS: Final = 16  # operands that an event names
CHUNK: Final = 1 << 16  # bytes made one integer at a time, which bounds the memory it takes


def get_bit(data: bytes, offset: int) -> int:
    r"""The bit at `offset`, 0 beyond the end. O(1).

    >>> [get_bit(b"\x2c", offset) for offset in range(9)]
    [0, 0, 1, 0, 1, 1, 0, 0, 0]
    """
    at = offset >> 3
    return data[at] >> (7 - (offset & 7)) & 1 if at < len(data) else 0


def put_bit(data: bytearray, offset: int, bit: int, probe: Probe) -> int:
    """Make the bit at `offset`, which must be there, `bit`; returns what it was. O(1)."""
    at, mask = offset >> 3, 0x80 >> (offset & 7)
    old = int(data[at] & mask != 0)
    if old != bit:
        data[at] ^= mask
    if emit := probe.emit:
        emit(BitWritten(offset, old, bit))
    return old


def count_bits(data: bytes) -> int:
    """How many bits are set. O(N).

    >>> count_bits(b"foobar")
    26
    """
    if len(data) <= CHUNK:
        return int.from_bytes(data, "big").bit_count()
    return sum([count_bits(data[at : at + CHUNK]) for at in range(0, len(data), CHUNK)])


def only_between(data: bytes, first: int, last: int, filler: int) -> bytes:
    r"""The bytes that hold bits `first` to `last`, the bits around them set to `filler`. O(N).

    >>> only_between(b"\xff\xff\xff", 4, 13, 0).hex(), only_between(b"\0\0", 4, 13, 1).hex()
    ('0ffc', 'f003')
    """
    piece = bytearray(data[first >> 3 : (last >> 3) + 1])
    before, behind = ~(0xFF >> (first & 7)) & 0xFF, 0x7F >> (last & 7)
    if filler:
        piece[0] |= before
        piece[-1] |= behind
    else:
        piece[0] &= ~before & 0xFF
        piece[-1] &= ~behind & 0xFF
    return bytes(piece)


def find_bit(data: bytes, bit: int) -> int:
    r"""The offset of the first bit that is `bit`, or the number of bits if none is. O(N).

    >>> find_bit(b"\0\x2c", 1), find_bit(b"\xff\xfb", 0), find_bit(b"\xff", 0)
    (10, 13, 8)
    """
    left = data.lstrip(b"\x00" if bit else b"\xff")
    offset = 8 * (len(data) - len(left))
    if not left:
        return offset
    head = left[0] if bit else left[0] ^ 0xFF
    return offset + 8 - head.bit_length()


def combine(operation: Operation, strings: Sequence[bytes]) -> bytes:
    r"""Bit by bit, all of `strings` together; the shorter ones count as padded with zeros. O(N K).

    >>> combine("AND", [b"abc", b"a"]), combine("XOR", [b"ab", b"ab"]), combine("OR", [b"", b"x"])
    (b'a\x00\x00', b'\x00\x00', b'x')
    """
    size = max(map(len, strings), default=0)
    # Little-endian, so that what is missing at the end of a shorter one is a leading zero.
    result = int.from_bytes(strings[0], "little") if strings else 0
    for string in strings[1:]:
        number = int.from_bytes(string, "little")
        if operation == "AND":
            result &= number
        elif operation == "OR":
            result |= number
        else:
            result ^= number
    return result.to_bytes(size, "little")


_INVERTED: Final = bytes(range(255, -1, -1))


def invert(data: bytes) -> bytes:
    r"""Every bit the other way. O(N).

    >>> invert(b"\x00\xf0").hex()
    'ff0f'
    """
    return data.translate(_INVERTED)


# Integers of any width


def lowest(width: int, signed: bool) -> int:
    """The least number a field can hold.

    >>> lowest(8, True), lowest(8, False)
    (-128, 0)
    """
    return -(1 << (width - 1)) if signed else 0


def highest(width: int, signed: bool) -> int:
    """The greatest number a field can hold.

    >>> highest(8, True), highest(8, False)
    (127, 255)
    """
    return (1 << (width - 1 if signed else width)) - 1


def get_field(data: bytes | bytearray, offset: int, width: int, signed: bool) -> int:
    r"""The integer of `width` bits at bit `offset`; bits beyond the end are 0. O(1).

    >>> get_field(b"\x2c\x80", 2, 5, False), get_field(b"\x2c\x80", 2, 5, True)
    (22, -10)
    """
    first, stop = offset >> 3, (offset + width + 7) >> 3
    piece = bytes(data[first:stop]).ljust(stop - first, b"\x00")
    number = int.from_bytes(piece, "big") >> (8 * stop - offset - width)
    return wrapped(number, width, signed)


def put_field(data: bytearray, offset: int, width: int, number: int, probe: Probe) -> None:
    """Write `number`, which fits, into the `width` bits at bit `offset`, which are there. O(1)."""
    first, stop = offset >> 3, (offset + width + 7) >> 3
    shift = 8 * stop - offset - width
    mask = ((1 << width) - 1) << shift
    old = int.from_bytes(data[first:stop], "big")
    new = old & ~mask | number << shift & mask
    data[first:stop] = new.to_bytes(stop - first, "big")
    if emit := probe.emit:
        emit(FieldWritten(offset, width, (old & mask) >> shift, (new & mask) >> shift))


def wrapped(number: int, width: int, signed: bool) -> int:
    """What the lowest `width` bits of `number` read as.

    >>> wrapped(256, 8, False), wrapped(128, 8, True), wrapped(-1, 4, False)
    (0, -128, 15)
    """
    number &= (1 << width) - 1
    return number - (1 << width) if signed and number >> (width - 1) else number


def fitted(number: int, width: int, signed: bool, overflow: Overflow) -> int | None:
    """The number to write for one that may not fit, or None where that is refused.

    >>> [fitted(300, 8, False, how) for how in ("WRAP", "SAT", "FAIL")]
    [44, 255, None]
    """
    low, high = lowest(width, signed), highest(width, signed)
    if low <= number <= high:
        return number
    if overflow == "WRAP":
        return wrapped(number, width, signed)
    if overflow == "SAT":
        return high if number > high else low
    return None


def fitted_whole(number: int, width: int, signed: bool, overflow: Overflow) -> int | None:
    """`fitted`, for a number that is set and not reached by adding.

    What is far below the least number saturates to the greatest: the room above it no longer
    fits 64 bits, and seems to be none. An accident of Redis's, and clients see it.

    >>> [fitted_whole(-5, 4, signed, "SAT") for signed in (False, True)]
    [15, -5]
    >>> [fitted_whole(number, 8, True, "SAT") for number in (-129, -(2**63))]
    [-128, 127]
    """
    if overflow == "SAT" and number < 0:
        high = highest(width, signed)
        if not signed or (width < 64 and high - number > INT64_MAX):
            return high
    return fitted(number, width, signed, overflow)


@dataclass(frozen=True, slots=True)
class BitWritten(Event):
    """The bit at `offset` was written; it was `old`, and is `new`, which may be the same."""

    offset: int
    old: int
    new: int


@dataclass(frozen=True, slots=True)
class FieldWritten(Event):
    """The `width` bits at `offset` were written; `old` and `new` are their digits, unsigned."""

    offset: int
    width: int
    old: int
    new: int


@dataclass(frozen=True, slots=True)
class BitRead(Event):
    """The bit at `offset` was read; beyond the end it is 0."""

    offset: int
    bit: int


@dataclass(frozen=True, slots=True)
class BitsCounted(Event):
    """The bits from `first` to `last`, both included, were counted: `count` of them are set."""

    first: int
    last: int
    count: int


@dataclass(frozen=True, slots=True)
class BitSought(Event):
    """The first `bit` from `first` to `last` was looked for; it is at `offset`, or -1: nowhere."""

    bit: int
    first: int
    last: int
    offset: int


@dataclass(frozen=True, slots=True)
class BytesAdded(Event):
    """A string of `old` bytes got zero bytes at its end, and has `new` bytes now."""

    old: int
    new: int


@dataclass(frozen=True, slots=True)
class FieldRead(Event):
    """The `width` bits at `offset` were read as a number, signed or not."""

    offset: int
    width: int
    signed: bool
    number: int


@dataclass(frozen=True, slots=True)
class FieldFitted(Event):
    """`wanted` was to go into a field. `written` is what does, or None: it was refused.

    Attributes:
        overflow: What was to be done if it does not fit: WRAP, SAT or FAIL.
    """

    offset: int
    width: int
    signed: bool
    wanted: int
    written: int | None
    overflow: str


@dataclass(frozen=True, slots=True)
class BitsCombined(Event):
    """Strings were combined bit by bit.

    Attributes:
        operands: Their keys, each with its size and its first bytes, `HEAD` of them at most.
        size: Of the result.
    """

    operation: str
    operands: tuple[tuple[bytes, int, bytes], ...]
    size: int
