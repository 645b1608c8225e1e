"""The small form of a sorted set: rows of (member, score) in a listpack, in order of score.

    member score member score ...

Everything walks from the front: that is what being small pays for. A whole-number score is
kept as a number of as few bits as it needs, any other as its decimal text.

Source: `t_zset.c` zzlInsertAt, zzlInsert, zzlGetScore, zzlFirstInRange, zzlFirstInLexRange.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from redlearn.engine.structures.listpack import NOWHERE, Listpack
from redlearn.engine.structures.ranges import LexRange, ScoreRange
from redlearn.probe import Event, Probe
from redlearn.resp.double import format_double

Row = tuple[bytes, float]  # a member and its score


def all_rows(pack: Listpack) -> list[Row]:
    """Every row, in order. O(N)."""
    items = pack.items()
    return list(zip(items[::2], map(float, items[1::2]), strict=True))


def append_rows(pack: Listpack, rows: Iterable[Row]) -> None:
    """Put `rows`, which need not be in order, into an empty listpack. O(N log N)."""
    ordered = sorted(rows, key=in_order)
    pack.append(*[item for row in ordered for item in (row[0], _score_text(row[1]))])


def insert_row(pack: Listpack, member: bytes, score: float, probe: Probe) -> None:
    """Put a row before the first greater one. O(N); `member` must be absent."""
    pack.insert(_place(pack, member, score, probe), member, _score_text(score))


def _place(pack: Listpack, member: bytes, score: float, probe: Probe) -> int:
    """Where a row belongs.

    Unlike Redis: unless somebody watches, the middle row is tried first, then the middle of
        the half that is left, and so on. A walk (zzlInsert) comes to the same place.
    """
    emit = probe.emit
    low, high = 0, len(pack) >> 1
    while low < high:
        index = low if emit else (low + high) >> 1
        there = float(pack.value(pack.seek(2 * index + 1)))
        passed = there < score
        if there == score:
            passed = pack.get(pack.seek(2 * index)) < member
        if emit:
            emit(RowVisited(index, pack.get(pack.seek(2 * index)), there, passed))
        if passed:
            low = index + 1
        elif emit:
            break
        else:
            high = index
    at = pack.seek(2 * low)
    return pack.size - 1 if at == NOWHERE else at


def _score_text(score: float) -> bytes:
    """A score as the listpack takes it. Whole numbers pass for integers, so -0 becomes 0."""
    return format_double(score) if score else b"0"


def rows_in_scores(pack: Listpack, scores: ScoreRange, probe: Probe) -> list[Row]:
    """The rows whose score is in the range: from the first inside to the last. O(N)."""
    found: list[Row] = []
    if scores.is_empty:
        return found
    emit = probe.emit
    for index, (member, score) in enumerate(all_rows(pack)):
        inside = score in scores
        if emit:
            emit(RowVisited(index, member, score, inside))
        if inside:
            found.append((member, score))
        elif not scores.extends_to(score):
            break
    return found


def rows_in_lex(pack: Listpack, members: LexRange, probe: Probe) -> list[Row]:
    """The rows from the first member in the range to before the first above it. O(N)."""
    found: list[Row] = []
    if members.is_empty:
        return found
    emit = probe.emit
    for index, (member, score) in enumerate(all_rows(pack)):
        inside = member in members
        if emit:
            emit(RowVisited(index, member, score, inside))
        if inside:
            found.append((member, score))
        elif not members.extends_to(member):
            break
    return found


def cut(rows: list[Row], reverse: bool, offset: int, limit: int) -> list[Row]:
    """`limit` rows (all, if below 0) behind the first `offset`, from the end if `reverse`.

    None at all if `offset` is below 0.
    """
    if offset < 0:
        return []
    if reverse:
        rows.reverse()
    return rows[offset:] if limit < 0 else rows[offset : offset + limit]


def in_order(row: Row) -> tuple[float, bytes]:
    """What rows are sorted by: the score, then the member's bytes."""
    return row[1], row[0]


@dataclass(frozen=True, slots=True)
class RowVisited(Event):
    """A walk through the listpack weighed the row at `index`, counted from 0.

    Attributes:
        passed: The row comes before what is to be placed, or is in the range asked for.
    """

    index: int
    member: bytes
    score: float
    passed: bool
