"""IDs as clients write them: `5`, `5-3`, `-`, `+`, `(5-3`; and entries as they are sent.

Source: `t_stream.c` streamGenericParseIDOrReply, streamParseIntervalIDOrReply.
"""

from __future__ import annotations

import re
from typing import Final

from redlearn.engine.structures.stream_node import (
    MAX_HALF,
    MAX_ID,
    SEQUENCE_BITS,
    StreamEntry,
    id_text,
)
from redlearn.errors import (
    BAD_END_OF_INTERVAL,
    BAD_START_OF_INTERVAL,
    BAD_STREAM_ID,
    CommandError,
    as_text,
)
from redlearn.resp.integer import parse_integer
from redlearn.resp.reply import Reply

LONGEST: Final = 127
_LOOSE: Final = re.compile(rb"[ \t\n\v\f\r]*([+-]?)([0-9]+)")


def read_id(text: bytes, missing: int = 0) -> int:
    """An ID, which may also be `-` or `+`, the least and the greatest there is.

    Args:
        text: As sent.
        missing: The sequence of an ID that is milliseconds alone.
    """
    if text == b"-":
        return 0
    if text == b"+":
        return MAX_ID
    return read_exact_id(text, missing)


def read_exact_id(text: bytes, missing: int = 0) -> int:
    """An ID, which may not be `-` or `+`."""
    ms, sequence = _halves(text)
    return ms << SEQUENCE_BITS | _half(sequence, missing)


def read_new_id(text: bytes) -> tuple[int, bool]:
    """An ID for XADD, and whether its sequence is left to us, as in `5-*`."""
    ms, sequence = _halves(text)
    if sequence == b"*":
        return ms << SEQUENCE_BITS, True
    return ms << SEQUENCE_BITS | _half(sequence, 0), False


def _halves(text: bytes) -> tuple[int, bytes | None]:
    """The milliseconds, and what stands behind the dash if there is one."""
    if len(text) > LONGEST:
        raise CommandError(BAD_STREAM_ID)
    ms, dash, sequence = text.split(b"\0")[0].partition(b"-")  # where a C string ends
    return _half(ms, 0), sequence if dash else None


def _half(text: bytes | None, missing: int) -> int:
    """One half of an ID. What is no plain number is given to strtoull, which takes more.

    Source: `util.c` string2ull.
    """
    if text is None:
        return missing
    number = parse_integer(text)
    if number is not None:
        if number < 0:
            raise CommandError(BAD_STREAM_ID)
        return number
    loose = _LOOSE.fullmatch(text)
    if loose is None or int(loose[2]) > MAX_HALF:
        raise CommandError(BAD_STREAM_ID)
    return int(loose[2]) if loose[1] != b"-" else -int(loose[2]) & MAX_HALF


def read_start(text: bytes) -> int:
    """The first ID of an interval; `(` before it leaves it out."""
    if len(text) < 2 or text[:1] != b"(":
        return read_id(text)
    id = read_exact_id(text[1:])
    if id == MAX_ID:
        raise CommandError(BAD_START_OF_INTERVAL)
    return id + 1


def read_end(text: bytes) -> int:
    """The last ID of an interval; `(` before it leaves it out."""
    if len(text) < 2 or text[:1] != b"(":
        return read_id(text, MAX_HALF)
    id = read_exact_id(text[1:], MAX_HALF)
    if id == 0:
        raise CommandError(BAD_END_OF_INTERVAL)
    return id - 1


def sent(entry: StreamEntry) -> Reply:
    """An entry as clients get it: its ID, and its fields and values in turn."""
    return [id_text(entry.id), [*entry.items]]


def quoted(name: bytes) -> str:
    """A name within an error text, which in C ends at a NUL."""
    return as_text(name.split(b"\0")[0])
