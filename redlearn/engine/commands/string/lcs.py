"""LCS: the longest common subsequence of two strings.

A subsequence may skip bytes: `ohmytext` and `mynewtext` share `mytext`. The textbook way
fills a table in which cell (i, j) is the length for the first i bytes of one string and
the first j of the other:

              m  y  n  e  w  t  e  x  t
        o  0  0  0  0  0  0  0  0  0  0
        h  0  0  0  0  0  0  0  0  0  0          equal bytes: the cell up left, and 1
        m  0  1  1  1  1  1  1  1  1  1          else: the larger of those up and left
        y  0  1  2  2  2  2  2  2  2  2
        t  0  1  2  2  2  2  3  3  3  3

From one cell of a row to the next the length grows by 0 or by 1, so a row is a row of
*bits*, and a whole row follows from the one above by one addition: its carries do what the
comparisons of the inner loop would. Python's integers are long enough for any row, so the
work is a few machine instructions for 64 cells, and a table needs a bit for each cell.

Walking back from the last corner, row by row, spells the subsequence from its end. That is
why LCS IDX lists the last match first.

Source: `t_string.c lcsCommand` (the table and the walk); H. Hyyrö, "Bit-parallel LCS-length
computation revisited" (2004), for the rows.
"""

from __future__ import annotations

from typing import Final

from redlearn.engine.args import Args
from redlearn.engine.command import Flags, Keys, command
from redlearn.engine.context import Context
from redlearn.engine.values.string import BARE, data_of
from redlearn.errors import (
    LCS_LEN_WITH_IDX,
    LCS_NEEDS_STRINGS,
    LCS_TOO_LARGE,
    SYNTAX,
    CommandError,
)
from redlearn.resp.reply import Reply

BYTES_PER_CELL: Final = 4
"""What a cell costs in Redis, whose limit on the size of the table is kept."""


@command(
    "LCS",
    "key1 key2#0 [LEN] [IDX] [MINMATCHLEN min-match-len] [WITHMATCHLEN]",
    arity=-3,
    flags=Flags.READONLY,
    keys=(Keys(1, "RO access", last=1),),
    since="7.0.0",
    complexity="O(N*M), N and M being the lengths of the strings",
)
def lcs(ctx: Context, args: Args) -> Reply:
    """Return the longest sequence of bytes that two strings have in common, in order."""
    a, b = _string(ctx, args.next()), _string(ctx, args.next())
    if a is None or b is None:
        raise CommandError(LCS_NEEDS_STRINGS)
    given, shortest = _options(args)
    if {b"IDX", b"LEN"} <= given:
        raise CommandError(LCS_LEN_WITH_IDX)
    cells = (len(a) + 1) * (len(b) + 1)
    if cells * BYTES_PER_CELL > ctx.state.config.number("proto-max-bulk-len"):
        raise CommandError(LCS_TOO_LARGE)
    rows = table(a, b)
    if b"LEN" in given:
        return rows[-1].bit_count()
    path = walk_back(rows, a, b)
    if b"IDX" not in given:
        return bytes(a[i] for i, _ in reversed(path))
    with_length = b"WITHMATCHLEN" in given
    matches: list[Reply] = [
        _shown(match, with_length) for match in runs(path) if match[2] >= shortest
    ]
    return {b"matches": matches, b"len": len(path)}


def _string(ctx: Context, key: bytes) -> bytes | None:
    """The string under `key`, empty if there is none; None for another type."""
    entry = ctx.lookup(key)
    if entry is None:
        return b""
    return data_of(entry.value) if entry.value.__class__ in BARE else None


def _options(args: Args) -> tuple[set[bytes], int]:
    given: set[bytes] = set()
    shortest = 0
    while args:
        word = args.next().upper()
        if word == b"MINMATCHLEN" and args:
            shortest = args.integer()
        elif word in (b"IDX", b"LEN", b"WITHMATCHLEN"):
            given.add(word)
        else:
            raise CommandError(SYNTAX)
    return given, shortest


def table(a: bytes, b: bytes) -> list[int]:
    """One row of bits for each length of `a`: where in `b` the common length grows by 1.

    Bit j of row i is 1 if the first i bytes of `a` have more in common with the first j + 1
    bytes of `b` than with the first j. O(len(a) * len(b) / 64).

    >>> [bin(row) for row in table(b"my", b"mny")]
    ['0b0', '0b1', '0b101']
    """
    places: dict[int, int] = {}
    for j, byte in enumerate(b):
        places[byte] = places.get(byte, 0) | 1 << j
    all_ones = (1 << len(b)) - 1
    flat = all_ones  # the complement of a row: 1 where the length stays the same
    rows = [0]
    for byte in a:
        equal = flat & places.get(byte, 0)
        flat = ((flat + equal) | (flat - equal)) & all_ones
        rows.append(all_ones ^ flat)
    return rows


def walk_back(rows: list[int], a: bytes, b: bytes) -> list[tuple[int, int]]:
    """The pairs of places, in `a` and in `b`, that make up the subsequence, last one first.

    On different bytes the walk goes up if that cell is larger, else left. Up is larger just
    if the length grew at this very place of the row: then the cell to the left has less.
    """
    path = []
    i, j = len(a), len(b)
    while i and j:
        if a[i - 1] == b[j - 1]:
            i, j = i - 1, j - 1
            path.append((i, j))
        elif rows[i] >> (j - 1) & 1:
            i -= 1
        else:
            j -= 1
    return path


def runs(path: list[tuple[int, int]]) -> list[tuple[int, int, int]]:
    """The stretches that are unbroken in both strings: (start in a, start in b, length)."""
    found: list[tuple[int, int, int]] = []
    for i, j in path:
        if found and found[-1][:2] == (i + 1, j + 1):
            found[-1] = (i, j, found[-1][2] + 1)
        else:
            found.append((i, j, 1))
    return found


def _shown(match: tuple[int, int, int], with_length: bool) -> Reply:
    """A match as LCS IDX shows it: where it is in each string, first and last byte."""
    a, b, length = match
    shown: list[Reply] = [[a, a + length - 1], [b, b + length - 1]]
    if with_length:
        shown.append(length)
    return shown
