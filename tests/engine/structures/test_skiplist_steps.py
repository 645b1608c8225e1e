"""What a skiplist tells a watcher: the path of a search, and what it compared on the way."""

from __future__ import annotations

from random import Random

import pytest

from redlearn.engine.structures.ranges import Extreme, LexRange, ScoreRange
from redlearn.engine.structures.skiplist import Skiplist
from redlearn.engine.structures.skiplist_steps import (
    Aim,
    Compared,
    Dropped,
    Hopped,
    Linked,
    Rescored,
    SearchStarted,
    Tossed,
    Unlinked,
)
from redlearn.probe import Event, Probe

HEIGHTS = {b"ann": 3, b"bob": 1, b"cy": 2, b"dee": 1, b"eve": 1}


def board() -> tuple[Skiplist, list[Event]]:
    """Five players, and what the list tells from now on.

    level 2  head ---------2--> ann --------------------3----------> end
    level 1  head ---------2--> ann ----------3--------> cy --0----> end
    level 0  head --> bob ----> ann --> eve ----> dee --> cy ------> end
                      20        50      60        70      90
    """
    rows = ((b"bob", 20.0), (b"ann", 50.0), (b"eve", 60.0), (b"dee", 70.0), (b"cy", 90.0))
    frozen = tuple((member, score, HEIGHTS[member]) for member, score in rows)
    seen: list[Event] = []
    skiplist = Skiplist.thaw(frozen, Random(5), Probe(seen.append))
    skiplist.check()
    assert seen == []
    return skiplist, seen


def test_the_search_for_a_score_tells_each_comparison_move_and_drop() -> None:
    skiplist, seen = board()
    skiplist.first_in_scores(ScoreRange(60, 90))
    assert seen == [
        SearchStarted(Aim.SCORE, 60, None, None, past_equal=False),
        Compared(2, b"ann", 50, 2, passed=True),
        Hopped(2, b"ann", 50, 2),
        Dropped(2, b"ann", 50, None, None),
        Compared(1, b"cy", 90, 5, passed=False),
        Dropped(1, b"ann", 50, b"cy", 90),
        Compared(0, b"eve", 60, 3, passed=False),
        Dropped(0, b"ann", 50, b"eve", 60),
    ]


def test_the_search_for_the_last_of_a_range_rides_past_equal_scores() -> None:
    skiplist, seen = board()
    skiplist.last_in_scores(ScoreRange(0, 60))
    assert seen[0] == SearchStarted(Aim.SCORE, 60, None, None, past_equal=True)
    assert seen[-3:] == [
        Hopped(0, b"eve", 60, 3),
        Compared(0, b"dee", 70, 4, passed=False),
        Dropped(0, b"eve", 60, b"dee", 70),
    ]


def test_a_rank_is_found_on_whichever_lane_meets_the_node() -> None:
    skiplist, seen = board()
    assert skiplist.rank(90, b"cy") == 4
    assert seen == [
        SearchStarted(Aim.RANK, 90, b"cy", None, past_equal=True),
        Compared(2, b"ann", 50, 2, passed=True),
        Hopped(2, b"ann", 50, 2),
        Dropped(2, b"ann", 50, None, None),
        Compared(1, b"cy", 90, 5, passed=True),
        Hopped(1, b"cy", 90, 5),
    ]


def test_a_position_is_reached_by_spans() -> None:
    skiplist, seen = board()
    assert skiplist.at(3) is not None
    assert seen == [
        SearchStarted(Aim.POSITION, None, None, 3, past_equal=True),
        Compared(2, b"ann", 50, 2, passed=True),
        Hopped(2, b"ann", 50, 2),
        Dropped(2, b"ann", 50, None, None),
        Compared(1, b"cy", 90, 5, passed=False),
        Dropped(1, b"ann", 50, b"cy", 90),
        Compared(0, b"eve", 60, 3, passed=True),
        Hopped(0, b"eve", 60, 3),
        Compared(0, b"dee", 70, 4, passed=True),
        Hopped(0, b"dee", 70, 4),
    ]


@pytest.mark.parametrize(("n", "searches"), [(9, 1), (10, 2), (-10, 1), (-11, 2)])
def test_a_far_place_in_a_range_is_searched_for_and_a_near_one_walked_to(
    n: int, searches: int
) -> None:
    seen: list[Event] = []
    skiplist = Skiplist(Random(1), Probe())
    for number in range(50):
        skiplist.insert(number, b"%d" % number)
    skiplist._probe.emit = seen.append
    node = skiplist.nth_in_scores(ScoreRange(20, 40), n)
    assert node is not None
    assert node.score == (20 + n if n >= 0 else 41 + n)
    assert sum(isinstance(event, SearchStarted) for event in seen) == searches


def test_deleting_by_rank_stops_before_the_first_that_goes() -> None:
    skiplist, seen = board()
    skiplist.delete_ranks(2, 3, lambda node: None)
    assert seen[0] == SearchStarted(Aim.POSITION, None, None, 2, past_equal=False)
    assert seen[-3:] == [
        Compared(0, b"eve", 60, 3, passed=False),
        Dropped(0, b"ann", 50, b"eve", 60),
        Unlinked(0, b"eve", b"ann"),
    ]


def test_an_insert_tells_its_search_then_the_coins_then_its_links() -> None:
    skiplist, seen = board()
    skiplist._rng = TwoThenOne()
    skiplist.insert(30, b"fay")
    assert seen == [
        SearchStarted(Aim.PLACE, 30, b"fay", None, past_equal=False),
        Compared(2, b"ann", 50, 2, passed=False),
        Dropped(2, None, float("-inf"), b"ann", 50),
        Compared(1, b"ann", 50, 2, passed=False),
        Dropped(1, None, float("-inf"), b"ann", 50),
        Compared(0, b"bob", 20, 1, passed=True),
        Hopped(0, b"bob", 20, 1),
        Compared(0, b"ann", 50, 2, passed=False),
        Dropped(0, b"bob", 20, b"ann", 50),
        Tossed(b"fay", 2),
        Linked(0, b"fay", b"bob", 1),
        Linked(1, b"fay", None, 2),
    ]


class TwoThenOne(Random):
    """A coin whose first tower has two levels."""

    def __init__(self) -> None:
        super().__init__(0)
        self.tosses = [0.1]

    def random(self) -> float:
        return self.tosses.pop() if self.tosses else 0.9


def test_a_deletion_tells_each_lane_that_is_mended() -> None:
    skiplist, seen = board()
    skiplist.delete(90, b"cy")
    assert [event for event in seen if isinstance(event, Unlinked)] == [
        Unlinked(0, b"cy", b"dee"),
        Unlinked(1, b"cy", b"ann"),
    ]


def test_a_score_that_changes_in_place_moves_no_link() -> None:
    skiplist, seen = board()
    skiplist.update_score(60, b"eve", 65)
    assert seen[-1] == Rescored(b"eve", 60, 65)
    assert not any(isinstance(event, Linked | Unlinked | Tossed) for event in seen)


def test_a_score_that_changes_its_place_is_taken_out_and_tossed_for_again() -> None:
    skiplist, seen = board()
    skiplist.update_score(20, b"bob", 65)
    kinds = [type(event) for event in seen if not isinstance(event, Compared | Hopped | Dropped)]
    assert kinds == [SearchStarted, Unlinked, SearchStarted, Tossed, Linked]


@pytest.mark.parametrize(
    ("members", "bound", "past_equal"),
    [
        (LexRange(b"b", b"d"), b"b", False),
        (LexRange(b"b", b"d", without_low=True), b"b", True),
        (LexRange(Extreme.LOWEST, b"d"), b"-", False),
    ],
)
def test_the_search_for_a_member_tells_its_bound(
    members: LexRange, bound: bytes, past_equal: bool
) -> None:
    skiplist, seen = board()
    skiplist.first_in_lex(members)
    assert seen[0] == SearchStarted(Aim.LEX, None, bound, None, past_equal)


def test_every_search_hops_only_onto_what_it_passed_and_drops_once_a_lane() -> None:
    rng = Random(2)
    seen: list[Event] = []
    skiplist = Skiplist(Random(2), Probe(seen.append))
    for number in range(300):
        seen.clear()
        height = skiplist.height
        skiplist.insert(float(rng.randrange(50)), b"%d" % number)
        hops = [(e.level, e.member, e.walked) for e in seen if isinstance(e, Hopped)]
        passed = [
            (e.level, e.member, e.walked) for e in seen if isinstance(e, Compared) and e.passed
        ]
        assert hops == passed
        assert [e.level for e in seen if isinstance(e, Dropped)] == list(range(height))[::-1]


def test_looking_tells_nothing() -> None:
    skiplist, seen = board()
    list(skiplist)
    list(reversed(skiplist))
    skiplist.peek(3)
    skiplist.freeze()
    skiplist.check()
    assert seen == []
