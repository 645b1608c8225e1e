"""Sorted sets: order, ranks and ranges in both forms, and the way from one to the other."""

from __future__ import annotations

import gc
from math import isnan
from random import Random

import pytest

from redlearn.engine.structures.listpack import Listpack
from redlearn.engine.structures.ranges import Extreme, LexRange, ScoreRange
from redlearn.engine.values.kit import EncodingChanged, Kit
from redlearn.engine.values.zset import ZSet
from redlearn.probe import Event, Probe

BOARD = [(b"bob", 20.0), (b"ann", 50.0), (b"eve", 60.0), (b"dee", 70.0), (b"cy", 90.0)]
EVERYTHING = ScoreRange(float("-inf"), float("inf"))


def new_kit(entries: int = 128) -> Kit:
    kit = Kit(Probe(), Random(1), Random(2), seed=3)
    kit.zset_max_listpack_entries = entries
    return kit


@pytest.fixture(params=["listpack", "skiplist"])
def board(request: pytest.FixtureRequest) -> ZSet:
    """Five players, in each encoding."""
    zset = ZSet(new_kit(128 if request.param == "listpack" else 0))
    for member, score in sorted(BOARD):
        assert zset.put(member, score)
    assert zset.encoding == request.param
    return zset


def test_rows_come_by_score_then_by_bytes(board: ZSet) -> None:
    board.put(b"zoe", 60.0)
    board.put(b"abe", 60.0)
    assert [member for member, _ in board] == [
        b"bob",
        b"ann",
        b"abe",
        b"eve",
        b"zoe",
        b"dee",
        b"cy",
    ]
    assert list(reversed(board)) == list(board)[::-1]


def test_a_member_moves_when_its_score_does(board: ZSet) -> None:
    assert not board.put(b"bob", 65.0)
    board.check()
    assert (board.score(b"bob"), board.rank(b"bob")) == (65.0, 2)


def test_rescoring_tells_the_score_before(board: ZSet) -> None:
    assert board.rescore(b"bob", 65.0) == 20.0
    assert board.rescore(b"bob", 65.0) == 65.0
    assert board.rescore(b"zoe", 1.0) is None
    board.check()
    assert [member for member, _ in board][:2] == [b"zoe", b"ann"]


def test_a_score_is_increased_by_a_step_from_0_if_there_was_none(board: ZSet) -> None:
    assert board.increase(b"bob", 45.0) == (20.0, 65.0)
    assert board.increase(b"bob", 0.0) == (65.0, 65.0)
    assert board.increase(b"zoe", 2.5) == (None, 2.5)
    board.check()
    assert (board.rank(b"bob"), board.rank(b"zoe")) == (3, 0)


def test_a_sum_that_is_no_number_is_not_stored(board: ZSet) -> None:
    board.put(b"bob", float("inf"))
    old, new = board.increase(b"bob", float("-inf"))
    assert old == float("inf") and isnan(new)
    assert board.score(b"bob") == float("inf")
    board.check()


def test_members_alone_come_by_rank_too(board: ZSet) -> None:
    assert board.members(1, 3) == [b"ann", b"eve"]
    assert board.members(3, 9) == [b"dee", b"cy"]
    assert board.members(0, 0) == []


def test_a_released_set_goes_without_the_collector(board: ZSet) -> None:
    gc.collect()
    gc.disable()
    try:
        before = len(gc.get_objects())
        dropped = board.copy(new_kit(0))
        for number in range(500):
            dropped.put(b"%d" % number, float(number))
        dropped.release()
        del dropped
        assert len(gc.get_objects()) - before < 100
    finally:
        gc.enable()


def test_ranks_count_from_either_end(board: ZSet) -> None:
    assert [board.rank(member) for member, _ in BOARD] == [0, 1, 2, 3, 4]
    assert [board.rank(member, reverse=True) for member, _ in BOARD] == [4, 3, 2, 1, 0]
    assert board.rank(b"nobody") is None


def test_slices_are_half_open_and_cut_at_the_ends(board: ZSet) -> None:
    assert board.slice(1, 3) == BOARD[1:3]
    assert board.slice(3, 99) == BOARD[3:]
    assert board.slice(0, 2, reverse=True) == BOARD[::-1][:2]
    assert board.slice(3, 1) == board.slice(9, 12) == []


def test_ranges_of_scores_have_open_and_closed_ends(board: ZSet) -> None:
    assert board.in_scores(ScoreRange(50, 70)) == BOARD[1:4]
    assert board.in_scores(ScoreRange(50, 70, True, True)) == BOARD[2:3]
    assert board.in_scores(EVERYTHING, offset=1, limit=2) == BOARD[1:3]
    assert board.in_scores(EVERYTHING, reverse=True, offset=1, limit=2) == BOARD[::-1][1:3]
    assert board.count_in_scores(ScoreRange(50, 70)) == 3
    assert board.count_in_scores(ScoreRange(71, 89)) == board.count_in_scores(ScoreRange(2, 1)) == 0


def test_an_offset_below_zero_counts_from_the_far_end_of_a_skiplist_alone() -> None:
    # What Valkey 9.1 answers to ZRANGEBYSCORE z -inf +inf LIMIT -2 10, and in reverse.
    for entries, forwards, backwards in [(128, [], []), (0, BOARD[3:], BOARD[1::-1])]:
        zset = ZSet(new_kit(entries))
        for member, score in BOARD:
            zset.put(member, score)
        assert zset.in_scores(EVERYTHING, offset=-2, limit=10) == forwards
        assert zset.in_scores(EVERYTHING, offset=-2, limit=10, reverse=True) == backwards


def test_ranges_of_members_among_equal_scores(board: ZSet) -> None:
    for member, _ in BOARD:
        board.put(member, 0.0)
    everyone = LexRange(Extreme.LOWEST, Extreme.HIGHEST)
    names = sorted((member, 0.0) for member, _ in BOARD)
    assert board.in_lex(everyone) == names
    assert board.in_lex(everyone, reverse=True, limit=2) == names[::-1][:2]
    assert board.in_lex(LexRange(b"bob", b"dee", without_low=True)) == names[2:4]
    assert board.count_in_lex(LexRange(b"b", b"c")) == 1
    assert board.delete_lex(LexRange(b"b", b"d")) == 2
    board.check()
    assert list(board) == [names[0], names[3], names[4]]


def test_members_are_deleted_by_rank_and_by_score(board: ZSet) -> None:
    assert board.delete_ranks(1, 3) == 2
    assert board.delete_scores(ScoreRange(70, 80)) == 1
    assert board.delete_scores(ScoreRange(70, 80)) == board.delete_ranks(5, 9) == 0
    board.check()
    assert list(board) == [BOARD[0], BOARD[4]]


def test_members_are_popped_from_either_end(board: ZSet) -> None:
    assert board.pop_min() == BOARD[:1]
    assert board.pop_max(2) == BOARD[:2:-1]
    assert board.pop_min(99) == BOARD[1:3]
    assert board.pop_max() == []
    board.check()


def test_a_watched_set_ends_up_as_an_unwatched_one(board: ZSet) -> None:
    watched = ZSet.thaw(board.freeze(), new_kit(board._kit.zset_max_listpack_entries))
    watched._kit.probe.emit = lambda event: None
    board._kit.towers.seed(9)
    watched._kit.towers.seed(9)
    rng = Random(4)
    for _ in range(200):
        member, score = b"%d" % rng.randrange(30), float(rng.randrange(9))
        assert board.put(member, score) == watched.put(member, score)
        assert board.rank(member) == watched.rank(member)
        gone = b"%d" % rng.randrange(30)
        assert board.remove(gone) == watched.remove(gone)
        assert board.freeze() == watched.freeze()


@pytest.mark.parametrize(("count", "encoding"), [(128, "listpack"), (129, "skiplist")])
def test_the_129th_member_converts(count: int, encoding: str) -> None:
    zset = ZSet(new_kit())
    for number in range(count):
        zset.put(b"%d" % number, float(number))
    assert zset.encoding == encoding
    zset.check()


@pytest.mark.parametrize(("size", "encoding"), [(64, "listpack"), (65, "skiplist")])
def test_a_member_of_65_bytes_converts(size: int, encoding: str) -> None:
    zset = ZSet(new_kit())
    zset.put(b"m" * size, 1.0)
    assert zset.encoding == encoding


def test_there_is_no_way_back() -> None:
    zset = ZSet(new_kit(entries=2))
    for member, score in BOARD:
        zset.put(member, score)
    zset.delete_ranks(1, 5)
    assert (len(zset), zset.encoding) == (1, "skiplist")


@pytest.mark.parametrize(
    ("count", "longest", "encoding"),
    [(128, 0, "listpack"), (129, 0, "skiplist"), (1, 64, "listpack"), (1, 65, "skiplist")],
)
def test_members_to_come_may_convert_ahead(count: int, longest: int, encoding: str) -> None:
    zset = ZSet(new_kit())
    zset.put(b"m", 1.0)
    zset.expect(count, longest)
    zset.check()
    assert (zset.encoding, list(zset)) == (encoding, [(b"m", 1.0)])


def test_a_conversion_says_why() -> None:
    zset = ZSet(new_kit(entries=1))
    zset.put(b"a", 1.0)
    seen: list[Event] = []
    zset._kit.probe.emit = seen.append
    zset.put(b"b", 2.0)
    assert EncodingChanged("zset", "listpack", "skiplist", "2 members > 1") in seen


def test_a_new_value_that_expects_many_was_never_a_listpack() -> None:
    zset = ZSet(new_kit(entries=1))
    seen: list[Event] = []
    zset._kit.probe.emit = seen.append
    zset.expect(2)
    assert EncodingChanged("zset", "", "skiplist", "2 members > 1") in seen


def test_minus_zero_survives_in_a_skiplist_and_not_in_a_listpack() -> None:
    for entries, text in [(128, "0.0"), (0, "-0.0")]:
        zset = ZSet(new_kit(entries))
        zset.put(b"m", -0.0)
        assert str(zset.score(b"m")) == text


@pytest.mark.parametrize(
    ("count", "size", "encoding"),
    [(128, 5, "listpack"), (129, 5, "skiplist"), (2, 64, "listpack"), (2, 65, "skiplist")],
)
def test_a_stored_result_takes_the_form_that_fits(count: int, size: int, encoding: str) -> None:
    rows = [((b"%d" % number).rjust(size, b"m"), float(-number)) for number in range(count)]
    built = ZSet.built(new_kit(), rows)
    built.check()
    assert (built.encoding, list(built)) == (encoding, rows[::-1])


def test_a_loaded_listpack_is_a_sorted_set_if_it_has_members_with_scores() -> None:
    kit = new_kit()
    pack = Listpack(kit.probe)
    pack.append(b"a", b"1", b"b", b"2.5")
    assert list(ZSet.of_listpack(pack, kit)) == [(b"a", 1.0), (b"b", 2.5)]
    kit.zset_max_listpack_entries = 1
    assert ZSet.of_listpack(pack, kit).encoding == "skiplist"
    for items in ([b"a"], [b"a", b"1", b"a", b"2"], [b"a", b"x"], [b"a", b"nan"]):
        pack = Listpack(kit.probe)
        pack.append(*items)
        with pytest.raises(ValueError, match=r"sorted set|could not convert|not a number"):
            ZSet.of_listpack(pack, kit)


def test_a_copy_is_equal_in_rows_and_free_in_towers(board: ZSet) -> None:
    twin = board.copy(new_kit())
    twin.check()
    twin.remove(b"ann")
    assert list(board) == BOARD
    assert twin.encoding == board.encoding


def test_samples_and_scans_reach_every_member(board: ZSet) -> None:
    assert {board.random_row() for _ in range(200)} == set(BOARD)
    assert {row for _ in range(100) for row in board.sample(2)} == set(BOARD)
    assert len(board.sample(9)) == 5
    cursor, rows = board.scan(0, 100)
    assert (cursor, sorted(rows)) == (0, sorted(BOARD))


@pytest.mark.parametrize(("count", "memory"), [(1, 32), (5, 80), (50, 528), (128, 1296)])
def test_memory_of_the_small_form_is_what_redis_7_0_measured_less_the_key(
    count: int, memory: int
) -> None:
    zset = ZSet(new_kit())
    for number in range(count):
        zset.put(b"f%04d" % number, float(number))
    assert zset.memory() == memory


def test_memory_of_the_large_form_is_near_what_redis_7_0_measured() -> None:
    zset = ZSet(new_kit())
    for number in range(1000):
        zset.put(b"f%04d" % number, float(number))
    assert abs(zset.memory(samples=0) - 94_376) < 2000  # towers are tossed on either side
