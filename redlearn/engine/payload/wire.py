"""Lengths, strings and numbers, of which every payload and snapshot file is made.

A length comes in the fewest bytes that hold it; the top bits of the first byte tell:

    00llllll                              below 64
    01llllll llllllll                     below 16,384
    80 llllllll llllllll ...              four bytes, the high one first
    81 llllllll llllllll ...              eight bytes
    11kkkkkk                              no length, but how a string is written instead

A string is its length and its bytes, unless there is a shorter way:

    c0 xx     c1 xx xx     c2 xx xx xx xx     a number of 1, 2, 4 bytes, low byte first
    c3 <compressed length> <length> ...       what LZF made of it

The string `12345` so takes three bytes, and twenty times the same letter takes eight.

Source: `rdb.c` rdbSaveLen, rdbSaveRawString, rdbEncodeInteger, rdbSaveLzfStringObject,
rdbLoadLenByRef, rdbGenericLoadStringObject.
"""

from __future__ import annotations

from struct import Struct
from typing import Final, NoReturn

from redlearn.engine.structures.lzf import compress, expand
from redlearn.resp.double import parse_double
from redlearn.resp.integer import parse_integer

INT8: Final = 0xC0
INT16: Final = 0xC1
INT32: Final = 0xC2
LZF: Final = 0xC3
LEN_32: Final = 0x80
LEN_64: Final = 0x81

DOUBLE: Final = Struct("<d")
LONGEST_NUMBER: Final = 11  # bytes that a number of 32 bits can have as text
LEAST_TO_SQUEEZE: Final = 21
LEAST_GAIN: Final = 4
MOST_TO_SQUEEZE: Final = 1 << 20
"""Beyond a MiB strings are written as they are: LZF in Python would take a second for each.

Unlike Redis: it compresses strings of any length.
"""

NAN, INFINITY, NEGATIVE_INFINITY = 253, 254, 255  # what stands for them as a text's length


class BadPayload(ValueError):
    """The bytes are no value; the message names the fault."""


class NotHere(Exception):
    """A read goes on in bytes that exist, but have not been handed in; `count` are missing."""

    def __init__(self, count: int) -> None:
        super().__init__(f"{count} bytes more are needed")
        self.count = count


class EmptyValue(BadPayload):
    """The bytes are a value without elements, which no key may hold; all of them were read."""


# Writing


def write_length(out: bytearray, length: int) -> None:
    """Append a length (`rdb.c` rdbSaveLen). O(1).

    >>> out = bytearray(); write_length(out, 5); write_length(out, 300); out.hex(" ")
    '05 41 2c'
    """
    if length < 1 << 6:
        out.append(length)
    elif length < 1 << 14:
        out += (length | 1 << 14).to_bytes(2)
    elif length < 1 << 32:
        out.append(LEN_32)
        out += length.to_bytes(4)
    else:
        out.append(LEN_64)
        out += length.to_bytes(8)


def write_string(out: bytearray, data: bytes, squeeze: bool = True) -> None:
    """Append a string in its shortest form (`rdb.c` rdbSaveRawString). O(its size).

    Args:
        squeeze: Whether LZF may be tried (`rdbcompression`).

    >>> out = bytearray(); write_string(out, b"12345"); write_string(out, b"hi"); out.hex(" ")
    'c1 39 30 02 68 69'
    """
    size = len(data)
    if size <= LONGEST_NUMBER:
        number = parse_integer(data)
        if number is not None and -(1 << 31) <= number < 1 << 31:
            write_number(out, number)
            return
    elif squeeze and LEAST_TO_SQUEEZE <= size <= MOST_TO_SQUEEZE:
        squeezed = compress(data, size - LEAST_GAIN)
        if squeezed is not None:
            out.append(LZF)
            write_length(out, len(squeezed))
            write_length(out, size)
            out += squeezed
            return
    write_length(out, size)
    out += data


def write_number(out: bytearray, number: int) -> None:
    """Append a string that spells a number of at most 64 bits (rdbSaveLongLongAsStringObject).

    One of more than 32 bits is written as text.
    """
    if -(1 << 7) <= number < 1 << 7:
        head, width = INT8, 1
    elif -(1 << 15) <= number < 1 << 15:
        head, width = INT16, 2
    elif -(1 << 31) <= number < 1 << 31:
        head, width = INT32, 4
    else:
        text = b"%d" % number
        out.append(len(text))
        out += text
        return
    out.append(head)
    out += number.to_bytes(width, "little", signed=True)


# Reading


class Reader:
    """A cursor over bytes from outside. Whatever they say, it never leaves them.

    Attributes:
        at: The place of the next byte.
    """

    __slots__ = ("_beyond", "_data", "at")

    def __init__(self, data: bytes, at: int = 0, beyond: int = 0) -> None:
        """Args:
        beyond: How many bytes follow that are not in `data`: a read that would need them
            raises NotHere in place of BadPayload.
        """
        self._data = data
        self._beyond = beyond
        self.at = at

    @property
    def left(self) -> int:
        """How many bytes are left, those among them that are not here."""
        return len(self._data) - self.at + self._beyond

    def take(self, count: int) -> bytes:
        """The next `count` bytes.

        Raises:
            BadPayload: There are not so many. So do all methods below.
        """
        if count > len(self._data) - self.at:
            self._miss(count)
        self.at += count
        return self._data[self.at - count : self.at]

    def _miss(self, count: int) -> NoReturn:
        if count <= self.left:
            raise NotHere(count - (len(self._data) - self.at))
        promised = "1 byte was" if count == 1 else f"{count} bytes were"
        left = f"{self.left} {'is' if self.left == 1 else 'are'}"
        raise BadPayload(f"{promised} promised, {left} left")

    def byte(self) -> int:
        """The next byte as a number."""
        return self.take(1)[0]

    def length(self) -> int:
        """The next length (`rdb.c` rdbLoadLen)."""
        return self._length_after(self.byte())

    def _length_after(self, head: int) -> int:
        """The length that begins with the byte `head`, which was just read."""
        if head < 0x40:
            return head
        if head < 0x80:
            return (head & 0x3F) << 8 | self.byte()
        if head == LEN_32:
            return int.from_bytes(self.take(4))
        if head == LEN_64:
            return int.from_bytes(self.take(8))
        raise BadPayload(f"no length begins with 0x{head:02x}")

    def count(self, least: int = 1) -> int:
        """The next length, as a number of things of at least `least` bytes each."""
        count = self.length()
        if count * least > self.left:
            raise BadPayload(f"{count} were promised, {self.left} bytes are left")
        return count

    def string(self) -> bytes:
        """The next string, however it is written (`rdb.c` rdbGenericLoadStringObject)."""
        head = self.byte()
        if head < INT8:
            return self.take(self._length_after(head))
        if head == LZF:
            squeezed, size = self.length(), self.length()
            try:
                return expand(self.take(squeezed), size)
            except ValueError as fault:
                raise BadPayload(str(fault)) from None
        if head > LZF:
            raise BadPayload(f"no string begins with 0x{head:02x}")
        width = 1 << (head - INT8)
        return b"%d" % int.from_bytes(self.take(width), "little", signed=True)

    def double(self) -> float:
        """The next number of eight bytes; not NaN (`rdb.c` rdbLoadBinaryDoubleValue)."""
        (number,) = DOUBLE.unpack(self.take(DOUBLE.size))
        if number != number:
            raise BadPayload("a score is not a number")
        return float(number)

    def little(self, width: int) -> int:
        """The next number of `width` bytes, the low one first."""
        return int.from_bytes(self.take(width), "little")

    def text_double(self) -> float:
        """The next number written as text; not NaN (`rdb.c` rdbLoadDoubleValue)."""
        size = self.byte()
        if size == INFINITY:
            return float("inf")
        if size == NEGATIVE_INFINITY:
            return float("-inf")
        number = None if size == NAN else parse_double(self.take(size))
        if number is None:
            raise BadPayload("a score is not a number")
        return number
