"""The skiplist: order, ranks, ranges, and towers that never change by themselves."""

from __future__ import annotations

from math import inf, nan
from random import Random

import pytest

from redlearn.engine.structures.ranges import Extreme, LexRange, ScoreRange
from redlearn.engine.structures.skiplist import MAX_HEIGHT, Node, Skiplist
from redlearn.probe import Event, Probe

Entry = tuple[float, bytes]


class Coin(Random):
    """A coin that gives the very heights asked for, then towers of one."""

    def __init__(self, *heights: int) -> None:
        super().__init__(0)
        self.tosses = [toss for height in heights for toss in (*[0.1] * (height - 1), 0.9)]

    def random(self) -> float:
        return self.tosses.pop(0) if self.tosses else 0.9


def skiplist_of(*entries: Entry, seed: int = 1, rng: Random | None = None) -> Skiplist:
    skiplist = Skiplist(rng or Random(seed), Probe())
    for score, member in entries:
        skiplist.insert(score, member)
        skiplist.check()
    return skiplist


def hundred() -> Skiplist:
    return skiplist_of(*((float(number), b"%02d" % number) for number in range(100)))


def members_of(skiplist: Skiplist) -> list[bytes]:
    return [node.member for node in skiplist]


def member_of(node: Node | None) -> bytes | None:
    return None if node is None else node.member


def shape_of(skiplist: Skiplist) -> list[tuple[float, bytes, list[int]]]:
    return [(node.score, node.member, node.span) for node in (skiplist.head, *skiplist)]


def test_members_come_out_by_score_then_by_bytes() -> None:
    skiplist = skiplist_of((2, b"b"), (1, b"z"), (2, b"a"), (2, b"\xff"), (2, b""))
    assert members_of(skiplist) == [b"z", b"", b"a", b"b", b"\xff"]
    assert [node.member for node in reversed(skiplist)] == [b"\xff", b"b", b"a", b"", b"z"]
    assert len(skiplist) == 5


def test_infinite_scores_have_their_place_and_nan_has_none() -> None:
    skiplist = skiplist_of((inf, b"last"), (-inf, b""), (-inf, b"first"), (0.0, b"mid"))
    assert members_of(skiplist) == [b"", b"first", b"mid", b"last"]
    assert skiplist.rank(-inf, b"") == 0
    with pytest.raises(AssertionError):
        skiplist.insert(nan, b"no")


def test_minus_zero_and_zero_are_one_score() -> None:
    skiplist = skiplist_of((0.0, b"b"), (-0.0, b"a"))
    assert members_of(skiplist) == [b"a", b"b"]
    assert skiplist.rank(0.0, b"a") == 0


def test_towers_are_as_high_as_the_coins_say_and_spans_count_what_they_jump() -> None:
    entries = [(50, b"ann"), (20, b"bob"), (90, b"cy"), (70, b"dee"), (60, b"eve")]
    skiplist = skiplist_of(*entries, rng=Coin(3, 1, 1, 2, 1))
    assert [(n.member, n.height, n.span) for n in skiplist] == [
        (b"bob", 1, [1]),
        (b"ann", 3, [1, 2, 3]),
        (b"eve", 1, [1]),
        (b"dee", 2, [1, 1]),
        (b"cy", 1, [0]),
    ]
    assert skiplist.head.span[:3] == [1, 2, 2]
    assert skiplist.height == 3


def test_a_quarter_of_the_towers_reach_the_next_level() -> None:
    skiplist = Skiplist(Random(1), Probe())
    for number in range(8000):
        skiplist.insert(number, b"%d" % number)
    for level, expected in ((1, 2000), (2, 500), (3, 125)):
        reaching = sum(node.height > level for node in skiplist)
        assert 0.8 * expected < reaching < 1.2 * expected


def test_no_tower_is_higher_than_32() -> None:
    skiplist = skiplist_of((1, b"a"), (2, b"b"), rng=Coin(500))
    assert skiplist.height == MAX_HEIGHT == 32


def test_the_list_gets_lower_with_its_tallest_tower_and_grows_again() -> None:
    skiplist = skiplist_of((1, b"a"), (2, b"tall"), (3, b"c"), rng=Coin(1, 9, 1, 5))
    assert skiplist.height == 9
    assert skiplist.delete(2, b"tall")
    skiplist.check()
    assert skiplist.height == 1
    skiplist.insert(4, b"d")
    skiplist.check()
    assert skiplist.height == 5


def test_what_is_not_there_cannot_be_deleted() -> None:
    skiplist = skiplist_of((1, b"a"), (2, b"b"))
    assert skiplist.delete(1, b"b") is None
    assert skiplist.delete(3, b"a") is None
    assert Skiplist(Random(1), Probe()).delete(1, b"a") is None
    assert members_of(skiplist) == [b"a", b"b"]


def test_the_deleted_node_is_handed_over() -> None:
    skiplist = skiplist_of((1, b"a"), (2, b"b"))
    assert member_of(skiplist.delete(2, b"b")) == b"b"
    assert member_of(skiplist.tail) == b"a"
    skiplist.check()


# --- scores that change -------------------------------------------------------------------


@pytest.mark.parametrize("new", [10.5, 20, 25, 29.5])
def test_a_member_that_stays_between_its_neighbours_keeps_its_node(new: float) -> None:
    skiplist = skiplist_of((10, b"a"), (20, b"b"), (30, b"c"))
    node = skiplist.at(1)
    assert skiplist.update_score(20, b"b", new) is node
    skiplist.check()
    assert skiplist.rank(new, b"b") == 1


@pytest.mark.parametrize(("new", "rank"), [(10, 1), (30, 1), (5, 0), (99, 2)])
@pytest.mark.parametrize("height", [1, 2, 3, 5])
def test_a_member_that_meets_a_neighbour_gets_a_new_tower(
    new: float, rank: int, height: int
) -> None:
    skiplist = skiplist_of((10, b"a"), (20, b"b"), (30, b"c"), rng=Coin(1, 3, 1, height))
    node = skiplist.update_score(20, b"b", new)
    skiplist.check()
    assert node.height == height
    assert skiplist.at(rank) is node
    assert skiplist.rank(new, b"b") == rank


def test_the_first_and_the_last_have_room_on_their_outer_side() -> None:
    skiplist = skiplist_of((10, b"a"), (20, b"b"))
    first, last = skiplist.head.next[0], skiplist.tail
    assert skiplist.update_score(10, b"a", -inf) is first
    assert skiplist.update_score(20, b"b", inf) is last
    skiplist.check()


# --- ranks --------------------------------------------------------------------------------


def test_rank_and_position_are_each_others_inverse() -> None:
    skiplist = hundred()
    for number, node in enumerate(skiplist):
        assert skiplist.rank(node.score, node.member) == number
        assert skiplist.at(number) is node
        assert skiplist.peek(number) is node


@pytest.mark.parametrize("rank", [-1, 100, 10**9])
def test_outside_the_list_there_is_no_node(rank: int) -> None:
    assert hundred().at(rank) is None
    assert hundred().peek(rank) is None


@pytest.mark.parametrize(("score", "member"), [(5, b"04"), (4.5, b"x"), (100, b"100"), (-1, b"")])
def test_what_is_absent_has_no_rank(score: float, member: bytes) -> None:
    assert hundred().rank(score, member) is None


@pytest.mark.parametrize("start", [-2, 0, 1, 50, 97, 99, 100])
@pytest.mark.parametrize("stop", [-1, 0, 1, 3, 52, 100, 999])
def test_a_slice_is_that_of_a_list_forwards_and_backwards(start: int, stop: int) -> None:
    skiplist = hundred()
    members = members_of(skiplist)
    low, high = max(start, 0), max(stop, 0)
    assert [n.member for n in skiplist.slice(start, stop)] == members[low:high]
    backwards = [n.member for n in skiplist.slice(start, stop, reverse=True)]
    assert backwards == members[::-1][low:high]


# --- ranges -------------------------------------------------------------------------------

ENDS = (-inf, -1, 0, 1, 1.5, 2, 4, 5, inf)


@pytest.mark.parametrize("without_low", [False, True])
@pytest.mark.parametrize("without_high", [False, True])
def test_every_place_in_every_range_of_scores_is_found(
    without_low: bool, without_high: bool
) -> None:
    entries = [(float(number // 8), b"%02d" % number) for number in range(40)]
    skiplist = skiplist_of(*entries)
    for low in ENDS:
        for high in ENDS:
            scores = ScoreRange(low, high, without_low, without_high)
            inside = [member for score, member in entries if score in scores]
            assert member_of(skiplist.first_in_scores(scores)) == (inside or [None])[0]
            assert member_of(skiplist.last_in_scores(scores)) == (inside or [None])[-1]
            for n in range(-45, 45):
                expected = inside[n] if -len(inside) <= n < len(inside) else None
                assert member_of(skiplist.nth_in_scores(scores, n)) == expected


@pytest.mark.parametrize("without_low", [False, True])
@pytest.mark.parametrize("without_high", [False, True])
def test_every_place_in_every_range_of_members_is_found(
    without_low: bool, without_high: bool
) -> None:
    members = [b"%02d" % (number * 2) for number in range(30)]
    skiplist = skiplist_of(*((0.0, member) for member in members))
    for low in (Extreme.LOWEST, b"", b"00", b"07", b"31", b"58", b"9", Extreme.HIGHEST):
        for high in (Extreme.LOWEST, b"", b"00", b"08", b"31", b"58", b"9", Extreme.HIGHEST):
            lex = LexRange(
                low, high, without_low and isinstance(low, bytes),
                without_high and isinstance(high, bytes),
            )  # fmt: skip
            inside = [member for member in members if member in lex]
            assert member_of(skiplist.first_in_lex(lex)) == (inside or [None])[0]
            assert member_of(skiplist.last_in_lex(lex)) == (inside or [None])[-1]
            for n in range(-35, 35):
                expected = inside[n] if -len(inside) <= n < len(inside) else None
                assert member_of(skiplist.nth_in_lex(lex, n)) == expected


def test_an_empty_list_has_nothing_in_any_range() -> None:
    skiplist = Skiplist(Random(1), Probe())
    assert skiplist.first_in_scores(ScoreRange(-inf, inf)) is None
    assert skiplist.last_in_lex(LexRange(Extreme.LOWEST, Extreme.HIGHEST)) is None
    assert list(skiplist.slice(0, 9)) == []
    skiplist.check()


@pytest.mark.parametrize(
    ("scores", "left"),
    [
        (ScoreRange(2, 3), [b"a", b"d"]),
        (ScoreRange(2, 3, without_low=True), [b"a", b"b", b"d"]),
        (ScoreRange(2, 3, without_high=True), [b"a", b"c", b"d"]),
        (ScoreRange(-inf, inf), []),
        (ScoreRange(3, 2), [b"a", b"b", b"c", b"d"]),
        (ScoreRange(9, 10), [b"a", b"b", b"c", b"d"]),
    ],
)
def test_a_range_of_scores_is_deleted_node_by_node(scores: ScoreRange, left: list[bytes]) -> None:
    skiplist = skiplist_of((1, b"a"), (2, b"b"), (3, b"c"), (4, b"d"))
    gone: list[Node] = []
    assert skiplist.delete_scores(scores, gone.append) == 4 - len(left)
    skiplist.check()
    assert members_of(skiplist) == left
    assert {node.member for node in gone} == {b"a", b"b", b"c", b"d"} - set(left)


@pytest.mark.parametrize(
    ("members", "left"),
    [
        (LexRange(b"b", b"c"), [b"a", b"d"]),
        (LexRange(b"b", b"c", without_low=True), [b"a", b"b", b"d"]),
        (LexRange(Extreme.LOWEST, b"c", without_high=True), [b"c", b"d"]),
        (LexRange(Extreme.LOWEST, Extreme.HIGHEST), []),
        (LexRange(Extreme.HIGHEST, Extreme.LOWEST), [b"a", b"b", b"c", b"d"]),
    ],
)
def test_a_range_of_members_is_deleted_node_by_node(members: LexRange, left: list[bytes]) -> None:
    skiplist = skiplist_of(*((0, member) for member in (b"a", b"b", b"c", b"d")))
    gone: list[Node] = []
    assert skiplist.delete_lex(members, gone.append) == 4 - len(left)
    skiplist.check()
    assert members_of(skiplist) == left


@pytest.mark.parametrize(
    ("start", "stop"), [(0, 0), (0, 3), (40, 60), (97, 500), (60, 40), (0, 100)]
)
def test_a_range_of_ranks_is_deleted_node_by_node(start: int, stop: int) -> None:
    skiplist = hundred()
    members = members_of(skiplist)
    gone: list[Node] = []
    count = skiplist.delete_ranks(start, stop, gone.append)
    skiplist.check()
    assert [node.member for node in gone] == members[start:stop]
    assert count == len(gone)
    assert len(skiplist) == 100 - count


# --- past ---------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [0, 1, 2, 50, 400])
def test_a_thawed_list_is_the_frozen_one_tower_by_tower(count: int) -> None:
    rng = Random(count)
    skiplist = skiplist_of(*((rng.randrange(20), b"%d" % number) for number in range(count)))
    again = Skiplist.thaw(skiplist.freeze(), Random(2), Probe())
    again.check()
    assert again.freeze() == skiplist.freeze()
    assert shape_of(again)[1:] == shape_of(skiplist)[1:]
    assert (again.height, again.length) == (skiplist.height, skiplist.length)


def test_a_thawed_list_goes_on_exactly_as_the_frozen_one() -> None:
    rng = Random(5)
    skiplist = skiplist_of(*((number % 7, b"%d" % number) for number in range(60)), rng=rng)
    state = rng.getstate()
    again = Skiplist.thaw(skiplist.freeze(), rng, Probe())
    for each in (skiplist, again):
        rng.setstate(state)
        each.insert(3, b"new")
        each.delete(3, b"3")
        each.update_score(4, b"4", 99)
        each.check()
    assert shape_of(again)[1:] == shape_of(skiplist)[1:]


@pytest.mark.parametrize("seed", range(20))
def test_random_inserts_and_deletes_keep_the_invariants(seed: int) -> None:
    rng = Random(seed)
    skiplist, model = Skiplist(Random(seed), Probe()), set()
    for _ in range(300):
        entry = (float(rng.randrange(9)), b"%d" % rng.randrange(40))
        if entry in model:
            assert skiplist.delete(*entry)
            model.remove(entry)
        elif not any(member == entry[1] for _, member in model):
            skiplist.insert(*entry)
            model.add(entry)
        skiplist.check()
    assert [(node.score, node.member) for node in skiplist] == sorted(model)


def test_watching_changes_nothing() -> None:
    """Same seed, same operations: a watched list ends up node for node as an unwatched one."""
    seen: list[Event] = []
    quiet, watched = Skiplist(Random(3), Probe()), Skiplist(Random(3), Probe(seen.append))
    for skiplist in (quiet, watched):
        for number in range(200):
            skiplist.insert(float(number * 7 % 10), b"%d" % number)
        for number in range(0, 200, 3):
            skiplist.update_score(float(number * 7 % 10), b"%d" % number, number / 20)
        for number in range(1, 200, 3):
            skiplist.delete(float(number * 7 % 10), b"%d" % number)
        skiplist.delete_scores(ScoreRange(2, 3), lambda node: None)
        skiplist.delete_ranks(3, 9, lambda node: None)
        skiplist.rank(1.0, b"3")
        skiplist.nth_in_scores(ScoreRange(1, 9), 20)
        skiplist.check()
    assert shape_of(quiet) == shape_of(watched)
    assert len(seen) > 2000
