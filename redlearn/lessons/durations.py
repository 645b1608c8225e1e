"""Durations as lessons write them: `30s`, `1500ms`, `1m30s`, `2h`."""

from __future__ import annotations

import re
from typing import Final

UNITS_MS: Final = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1_000, "ms": 1}
_PIECE: Final = re.compile(r"(\d{1,15})(ms|d|h|m|s)")


def duration_ms(text: str) -> int | None:
    """The milliseconds `text` stands for, or None if it is no duration.

    >>> duration_ms("1m30s")
    90000
    >>> duration_ms("30") is None
    True
    """
    end = total = 0
    for piece in _PIECE.finditer(text):
        if piece.start() != end:
            return None
        total += int(piece[1]) * UNITS_MS[piece[2]]
        end = piece.end()
    return total if text and end == len(text) else None


def duration_text(ms: int) -> str:
    """The shortest exact way to write `ms`.

    >>> duration_text(90000)
    '1m30s'
    """
    pieces = []
    for unit, size in UNITS_MS.items():
        count, ms = divmod(ms, size)
        if count:
            pieces.append(f"{count}{unit}")
    return "".join(pieces) or "0s"
