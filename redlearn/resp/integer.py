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
    if data.isdigit() and len(data) < 19:  # most numbers: they fit, and have no sign
        return int(data) if data[0] != 48 or len(data) == 1 else None  # 48 is "0"
    if not data or len(data) > 20 or data[0] > 57:  # 57 is "9": letters leave here at once
        return None
    try:
        number = int(data)
    except ValueError:
        return None
    if b"%d" % number != data or not INT64_MIN <= number <= INT64_MAX:
        return None
    return number
