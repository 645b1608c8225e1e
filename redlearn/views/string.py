"""What a pane sees of a string: its encoding, what lies in memory round it, some of its bytes."""

from __future__ import annotations

from dataclasses import dataclass

from redlearn.engine.values.string import SHARED_REFCOUNT, String
from redlearn.engine.values.value import OBJECT_HEADER

BYTES_A_ROW = 16
POINTER = 8
"""Bytes of a pointer, and of the number that may stand in its place."""


@dataclass(frozen=True, slots=True)
class StringView:
    """A window on a string.

    Attributes:
        encoding: int, embstr or raw.
        length: All bytes (as many as there are digits, for an int).
        number: The number an int holds, else None.
        shared: Whether it is one of the integers that exist only once.
        header: Bytes of the SDS header in front of the text; 0 for an int, which has no text.
        memory: Bytes that Redis has allocated for the value.
        first: Offset of the first byte shown.
        data: The bytes shown: of the text; or of the pointer that is an int.
    """

    encoding: str
    length: int
    number: int | None
    shared: bool
    header: int
    memory: int
    first: int = 0
    data: bytes = b""

    @property
    def object_header(self) -> int:
        """Bytes of the object itself: type, encoding, access time, refcount, pointer."""
        return OBJECT_HEADER


def look_at(value: String, first: int, count: int) -> StringView:
    """Copy out `count` bytes from offset `first` on. O(count)."""
    encoding = value.encoding
    number = value.integer() if encoding == "int" else None
    return StringView(
        encoding=encoding,
        length=len(value),
        number=number,
        shared=value.refcount == SHARED_REFCOUNT,
        header=0 if number is not None else sds_header(len(value)),
        memory=value.memory(),
        first=first,
        data=value.slice(first, first + count) if number is None else in_pointer(number),
    )


def in_pointer(number: int) -> bytes:
    """A whole number of 64 bits as it lies in memory, lowest byte first.

    >>> in_pointer(-2).hex(" ")
    'fe ff ff ff ff ff ff ff'
    """
    return number.to_bytes(POINTER, "little", signed=True)


def sds_header(length: int) -> int:
    """Bytes in front of a string's text: its length, the room there is, and a byte of flags.

    The length fields grow with what they must hold. (`sds.h` has a form of one byte too,
    which a value under a key seldom gets.)

    >>> [sds_header(length) for length in (5, 255, 256, 70_000)]
    [3, 3, 5, 9]
    """
    if length < 1 << 8:
        return 3
    if length < 1 << 16:
        return 5
    return 9 if length < 1 << 32 else 17
