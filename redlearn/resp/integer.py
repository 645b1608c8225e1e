"""Integers as Redis reads them: canonical decimal form, 64 bits signed, nothing else.

Python's own `int()` is too kind: it takes `+5`, ` 5`, `5_0`, `007` and any size. Redis
takes a number only if printing it gives the same bytes back (`util.c string2ll`).
"""

from __future__ import annotations

from typing import Final

INT64_MIN: Final = -(2**63)
INT64_MAX: Final = 2**63 - 1


def parse_integer(data: bytes) -> int | None:
    """The 64-bit integer that `data` spells, or None. O(len), at most 20 bytes are looked at.

    >>> parse_integer(b"-42")
    -42
    >>> [parse_integer(text) for text in (b"", b"+1", b"01", b"-0", b" 1", b"1_0")]
    [None, None, None, None, None, None]
    """
    size = len(data)
    if data.isdigit():
        if size < 19:  # most numbers: they fit, and have no sign
            return int(data) if data[0] != 48 or size == 1 else None  # 48 is "0"
    elif data[:1] != b"-" or not data[1:].isdigit():
        return None  # before `int` is asked: an exception costs ten times as much
    if size > 20:
        return None
    number = int(data)
    if b"%d" % number != data or not INT64_MIN <= number <= INT64_MAX:
        return None
    return number
