"""Ranges of scores and of members: what is inside, and what can never be."""

from __future__ import annotations

from math import inf

import pytest

from redlearn.engine.structures.ranges import Extreme, LexRange, ScoreRange, precedes

LOWEST, HIGHEST = Extreme.LOWEST, Extreme.HIGHEST


@pytest.mark.parametrize(
    ("scores", "inside", "outside"),
    [
        (ScoreRange(1, 3), (1, 2, 3), (0.999, 3.001)),
        (ScoreRange(1, 3, without_low=True), (1.001, 3), (1, 4)),
        (ScoreRange(1, 3, without_high=True), (1, 2.999), (0, 3)),
        (ScoreRange(1, 1), (1,), (0, 2)),
        (ScoreRange(-inf, inf), (-inf, 0, inf), ()),
        (ScoreRange(-inf, inf, without_low=True, without_high=True), (0,), (-inf, inf)),
    ],
)
def test_scores_between_the_ends_are_inside(
    scores: ScoreRange, inside: tuple[float, ...], outside: tuple[float, ...]
) -> None:
    assert not scores.is_empty
    assert all(score in scores for score in inside)
    assert not any(score in scores for score in outside)


@pytest.mark.parametrize(
    "scores",
    [ScoreRange(3, 1), ScoreRange(1, 1, without_low=True), ScoreRange(1, 1, without_high=True)],
)
def test_no_score_is_inside_a_range_that_ends_before_it_begins(scores: ScoreRange) -> None:
    assert scores.is_empty
    assert not any(score in scores for score in (0, 1, 2, 3))


@pytest.mark.parametrize(
    ("members", "inside", "outside"),
    [
        (LexRange(b"b", b"d"), (b"b", b"c", b"czz", b"d"), (b"a", b"da")),
        (LexRange(b"b", b"d", without_low=True), (b"b\x00", b"d"), (b"b",)),
        (LexRange(b"b", b"d", without_high=True), (b"b", b"czz"), (b"d",)),
        (LexRange(LOWEST, b"b"), (b"", b"a", b"b"), (b"c",)),
        (LexRange(b"b", HIGHEST), (b"b", b"\xff\xff"), (b"a",)),
        (LexRange(LOWEST, HIGHEST), (b"", b"\xff"), ()),
    ],
)
def test_members_between_the_ends_are_inside(
    members: LexRange, inside: tuple[bytes, ...], outside: tuple[bytes, ...]
) -> None:
    assert not members.is_empty
    assert all(member in members for member in inside)
    assert not any(member in members for member in outside)


@pytest.mark.parametrize(
    "members",
    [
        LexRange(b"d", b"b"),
        LexRange(b"b", b"b", without_high=True),
        LexRange(HIGHEST, LOWEST),
        LexRange(HIGHEST, b"b"),
        LexRange(b"b", LOWEST),
    ],
)
def test_no_member_is_inside_a_range_that_ends_before_it_begins(members: LexRange) -> None:
    assert members.is_empty
    assert not any(member in members for member in (b"", b"b", b"c", b"d", b"\xff"))


@pytest.mark.parametrize("end", [LOWEST, HIGHEST])
def test_between_an_extreme_and_itself_there_is_no_member(end: Extreme) -> None:
    """`- -` and `+ +` are not refused, but nothing lies there."""
    assert not any(member in LexRange(end, end) for member in (b"", b"b", b"\xff"))


def test_an_extreme_comes_before_or_after_every_member() -> None:
    assert not precedes(b"", LOWEST, or_equals=True)
    assert precedes(b"\xff" * 9, HIGHEST, or_equals=False)
