"""The small sorted set: rows in a listpack, scores as they are kept there."""

from __future__ import annotations

import pytest

from redlearn.engine.structures.listpack import Listpack
from redlearn.engine.structures.ranges import Extreme, LexRange, ScoreRange
from redlearn.engine.values.zset_rows import (
    RowVisited,
    all_rows,
    append_rows,
    cut,
    in_order,
    insert_row,
    rows_in_lex,
    rows_in_scores,
)
from redlearn.probe import Event, Probe

ROWS = [(b"a", 1.0), (b"b", 2.0), (b"d", 2.0), (b"e", 2.5), (b"f", 9.0)]


def pack_of(rows: list[tuple[bytes, float]], probe: Probe | None = None) -> Listpack:
    pack = Listpack(probe or Probe())
    append_rows(pack, rows)
    return pack


@pytest.mark.parametrize(
    ("score", "kept"),
    [
        (3.0, 3),
        (-0.0, 0),
        (0.1, b"0.1"),
        (1e17, 10**17),
        (2.0**62, 4611686018427387904),
        (5e18, b"5e+18"),
        (2.0**62 + 1024, 4611686018427389000),  # shortest digits, which happen to be a number
        (-1e-7, b"-1e-7"),
        (float("inf"), b"inf"),
        (float("-inf"), b"-inf"),
    ],
)
def test_a_whole_score_is_kept_as_a_number_and_others_as_text(
    score: float, kept: int | bytes
) -> None:
    pack = pack_of([(b"m", score)])
    assert pack.value(pack.last()) == kept
    assert all_rows(pack) == [(b"m", score)]


@pytest.mark.parametrize("watched", [False, True])
def test_a_row_goes_before_the_first_greater_one(watched: bool) -> None:
    probe = Probe()
    pack = pack_of(ROWS, probe)
    if watched:
        probe.emit = lambda event: None
    new = [(b"c", 2.0), (b"z", 0.0), (b"y", 10.0), (b"x", 2.5), (b"0", 2.5)]
    for member, score in new:
        insert_row(pack, member, score, probe)
    assert all_rows(pack) == sorted(ROWS + new, key=in_order)


def test_a_watched_insert_reports_the_walk_to_its_place() -> None:
    probe = Probe()
    pack = pack_of(ROWS, probe)
    seen: list[Event] = []
    probe.emit = seen.append
    insert_row(pack, b"c", 2.0, probe)
    assert [event for event in seen if isinstance(event, RowVisited)] == [
        RowVisited(0, b"a", 1.0, True),
        RowVisited(1, b"b", 2.0, True),
        RowVisited(2, b"d", 2.0, False),
    ]


def test_a_range_of_scores_is_walked_to_the_first_row_behind_it() -> None:
    probe = Probe()
    pack = pack_of(ROWS, probe)
    seen: list[Event] = []
    probe.emit = seen.append
    assert rows_in_scores(pack, ScoreRange(1, 2, without_low=True), probe) == ROWS[1:3]
    assert seen == [RowVisited(i, *ROWS[i], passed=i in (1, 2)) for i in range(4)]


def test_empty_ranges_find_nothing_and_walk_nowhere() -> None:
    probe = Probe()
    pack = pack_of(ROWS, probe)
    seen: list[Event] = []
    probe.emit = seen.append
    assert rows_in_scores(pack, ScoreRange(3, 1), probe) == []
    assert rows_in_lex(pack, LexRange(Extreme.HIGHEST, Extreme.LOWEST), probe) == []
    assert seen == []


def test_a_range_of_members_ends_at_the_first_member_above_it() -> None:
    rows = [(member, 0.0) for member in (b"a", b"b", b"c", b"d")]
    pack = pack_of(rows)
    assert rows_in_lex(pack, LexRange(b"b", b"d", without_high=True), Probe()) == rows[1:3]
    assert rows_in_lex(pack, LexRange(Extreme.LOWEST, Extreme.HIGHEST), Probe()) == rows


@pytest.mark.parametrize(
    ("reverse", "offset", "limit", "expected"),
    [
        (False, 0, -1, ROWS),
        (True, 1, 2, ROWS[::-1][1:3]),
        (False, 9, -1, []),
        (False, 1, 0, []),
        (False, -1, 3, []),
    ],
)
def test_a_limit_cuts_rows_from_the_side_asked_for(
    reverse: bool, offset: int, limit: int, expected: list[tuple[bytes, float]]
) -> None:
    assert cut(list(ROWS), reverse, offset, limit) == expected
