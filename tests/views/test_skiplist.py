"""Views of skiplists: what a window copies, and the trail of a search."""

from __future__ import annotations

from random import Random

import pytest

from redlearn.engine.structures.ranges import ScoreRange
from redlearn.engine.structures.skiplist import Skiplist
from redlearn.probe import Event, Probe
from redlearn.views import skiplist
from redlearn.views.skiplist import Stop, Trail, trail_of


def numbers(count: int, seed: int = 7) -> Skiplist:
    made = Skiplist(Random(seed), Probe())
    for number in range(count):
        made.insert(float(number), b"m%d" % number)
    return made


def watched(made: Skiplist, act: object) -> tuple[Event, ...]:
    seen: list[Event] = []
    made._probe.emit = seen.append
    act()  # type: ignore[operator]
    made._probe.emit = None
    return tuple(seen)


@pytest.mark.parametrize("start", [0, 1, 17, 60, 95, 99])
def test_a_window_holds_the_nodes_from_its_rank_on(start: int) -> None:
    view = skiplist.look_at(numbers(100), start, 10)
    assert [tower.rank for tower in view.towers] == list(range(start + 1, min(start + 11, 101)))
    assert [tower.member for tower in view.towers] == [
        b"m%d" % number for number in range(start, min(start + 10, 100))
    ]


@pytest.mark.parametrize("start", [0, 3, 40, 90])
def test_lanes_know_what_lies_before_and_behind_the_window(start: int) -> None:
    made = numbers(100)
    ranks = {node.member: rank for rank, node in enumerate(made, 1)}
    view = skiplist.look_at(made, start, 10)
    nodes = list(made)
    for level in range(made.height):
        tall = [ranks[node.member] for node in nodes if node.height > level]
        assert view.before[level] == max((r for r in tall if r <= start), default=0)
        assert view.beyond[level] == min((r for r in tall if r > start + 10), default=None)


def test_a_part_of_a_view_is_the_view_of_that_part() -> None:
    made = numbers(60)
    assert skiplist.look_at(made, 10, 30).part(5, 12) == skiplist.look_at(made, 15, 7)


def test_looking_tells_nobody() -> None:
    made = numbers(50)
    assert watched(made, lambda: skiplist.look_at(made, 20, 10)) == ()


def test_a_trail_stands_where_the_search_stood() -> None:
    made = numbers(40)
    trail = trail_of(watched(made, lambda: made.rank(30.0, b"m30")), made.height)
    assert trail.stops[0] == Stop(made.height - 1, 0)
    assert trail.stops[-1].rank == trail.reached == trail.focus == 31
    assert [after - before for _, before, after in trail.hops()]
    assert all(before < after for _, before, after in trail.hops())
    assert sum(after - before for _, before, after in trail.hops()) == 31


def test_a_new_search_begins_a_new_trail() -> None:
    made = numbers(40)
    first = watched(made, lambda: made.rank(30.0, b"m30"))
    second = watched(made, lambda: made.rank(3.0, b"m3"))
    assert trail_of((*first, *second), made.height) == trail_of(second, made.height)


def test_advancing_event_by_event_ends_where_all_at_once_does() -> None:
    made = numbers(40)
    events = watched(made, lambda: made.insert(17.5, b"new"))
    view = skiplist.look_at(made, 0, 50)
    for event in events:
        view = skiplist.advance(view, event)
    assert view.trail == trail_of(events, made.height)
    assert view.trail.fresh == b"new"
    assert view.trail.focus == 19


def test_a_search_that_begins_below_the_top_lane_of_now_keeps_to_its_own_lanes() -> None:
    """An insert may add lanes above those that its own search rode."""
    made = numbers(5, seed=3)
    while True:
        height = made.height
        number = len(made)
        events = watched(made, lambda n=number: made.insert(float(n), b"m%d" % n))
        if made.height > height:
            break
    trail = trail_of(events, made.height)
    assert trail.stops[0] == Stop(height - 1, 0)
    assert {level for level, _, _ in trail.hops()} <= set(range(height))


@pytest.mark.parametrize(
    ("act", "texts"),
    [
        (lambda made: made.rank(2.0, b"m2"), ["m2 2 itself"]),
        (lambda made: made.first_in_scores(ScoreRange(2.5, 9)), ["m3 3 > 2.5"]),
        (lambda made: made.first_in_scores(ScoreRange(2.0, 9.0)), ["m1 1 < 2", "m2 2 >= 2"]),
        (lambda made: made.first_in_scores(ScoreRange(2.0, 9.0, True)), ["m2 2 <= 2", "m3 3 > 2"]),
        (lambda made: made.at(1), ["m1 no. 2 <= 2"]),
        (lambda made: made.insert(2.0, b"m11"), ["m1 1 < 2", "m2 2, >= m11"]),
        (lambda made: made.delete_ranks(1, 2, lambda node: None), ["m1 no. 2 >= 2"]),
    ],
)
def test_each_comparison_is_told_as_it_was_made(act: object, texts: list[str]) -> None:
    made = numbers(4)
    trail = trail_of(watched(made, lambda: act(made)), made.height)  # type: ignore[operator]
    said = [line.compared for line in trail.lines]
    for text in texts:
        assert text in said, said


def test_an_empty_trail_has_nothing_to_follow() -> None:
    assert Trail().focus == 0
    assert Trail().title == ""
    assert list(Trail().hops()) == []


def test_looking_costs_what_is_seen_not_what_is_there() -> None:
    """Counted in nodes touched: links followed in 20,000 nodes are about those in 200."""
    views = [skiplist.look_at(numbers(count), count // 2, 12) for count in (200, 20_000)]
    assert [len(view.towers) for view in views] == [12, 12]
    assert views[1].height < 24
