"""The skiplist against a sorted list, through any operations in any order."""

from __future__ import annotations

from bisect import bisect_left, insort
from math import inf
from random import Random

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from redlearn.engine.structures.ranges import Extreme, LexRange, ScoreRange
from redlearn.engine.structures.skiplist import Node, Skiplist
from redlearn.probe import Probe

scores = st.one_of(
    st.integers(-4, 4).map(float),
    st.sampled_from([inf, -inf, 0.0, -0.0, 5e-324, 1e308]),
    st.floats(allow_nan=False),
)
members = st.one_of(st.binary(max_size=2), st.integers(0, 40).map(lambda number: b"%d" % number))
score_ranges = st.builds(ScoreRange, scores, scores, st.booleans(), st.booleans())
bounds = st.one_of(st.sampled_from(Extreme), members)
places = st.integers(-15, 60)


class SkiplistMachine(RuleBasedStateMachine):
    """A skiplist and a sorted list of (score, member), which must stay equal."""

    @initialize(seed=st.integers(0, 1000), watched=st.booleans())
    def start(self, seed: int, watched: bool) -> None:
        self.rng = Random(seed)
        self.probe = Probe((lambda event: None) if watched else None)
        self.skiplist = Skiplist(self.rng, self.probe)
        self.model: list[tuple[float, bytes]] = []

    def score_of(self, member: bytes) -> float | None:
        return next((score for score, each in self.model if each == member), None)

    @rule(score=scores, member=members)
    def put(self, score: float, member: bytes) -> None:
        old = self.score_of(member)
        if old is None:
            node = self.skiplist.insert(score, member)
        else:
            node = self.skiplist.update_score(old, member, score)
            self.model.remove((old, member))
        assert (node.score, node.member) == (score, member)
        insort(self.model, (score, member))

    @rule(score=scores, some=st.lists(members, max_size=20))
    def put_many(self, score: float, some: list[bytes]) -> None:
        for member in some:
            self.put(score, member)

    @rule(score=scores, member=members)
    def delete(self, score: float, member: bytes) -> None:
        old = self.score_of(member)
        if old != score:
            assert self.skiplist.delete(score, member) is None
        if old is not None:
            assert self.skiplist.delete(old, member) is not None
            self.model.remove((old, member))

    @rule(score=scores, member=members)
    def rank(self, score: float, member: bytes) -> None:
        old = self.score_of(member)
        if old is not None:
            assert self.skiplist.rank(old, member) == bisect_left(self.model, (old, member))
        if old != score:
            assert self.skiplist.rank(score, member) is None

    @rule(start=places, stop=places)
    def slices(self, start: int, stop: int) -> None:
        low, high = max(start, 0), max(stop, 0)
        ahead = [(node.score, node.member) for node in self.skiplist.slice(start, stop)]
        assert ahead == self.model[low:high]
        back = self.skiplist.slice(start, stop, reverse=True)
        assert [(node.score, node.member) for node in back] == self.model[::-1][low:high]

    @rule(inside=score_ranges, n=st.integers(-30, 30))
    def nth_in_scores(self, inside: ScoreRange, n: int) -> None:
        found = [entry for entry in self.model if entry[0] in inside]
        self.agree(self.skiplist.nth_in_scores(inside, n), found, n)

    @precondition(lambda self: len({score for score, _ in self.model}) == 1)
    @rule(low=bounds, high=bounds, ends=st.tuples(st.booleans(), st.booleans()), n=places)
    def nth_in_lex(
        self, low: bytes | Extreme, high: bytes | Extreme, ends: tuple[bool, bool], n: int
    ) -> None:
        inside = LexRange(
            low, high, ends[0] and isinstance(low, bytes), ends[1] and isinstance(high, bytes)
        )
        found = [entry for entry in self.model if entry[1] in inside]
        self.agree(self.skiplist.nth_in_lex(inside, n), found, n)

    def agree(self, node: Node | None, found: list[tuple[float, bytes]], n: int) -> None:
        expected = found[n] if -len(found) <= n < len(found) else None
        assert (None if node is None else (node.score, node.member)) == expected

    @rule(inside=score_ranges)
    def delete_scores(self, inside: ScoreRange) -> None:
        gone: list[Node] = []
        count = self.skiplist.delete_scores(inside, gone.append)
        expected = [entry for entry in self.model if entry[0] in inside]
        assert [(node.score, node.member) for node in gone] == expected
        assert count == len(expected)
        self.model = [entry for entry in self.model if entry[0] not in inside]

    @rule(start=st.integers(0, 40), count=st.integers(0, 20))
    def delete_ranks(self, start: int, count: int) -> None:
        gone: list[Node] = []
        self.skiplist.delete_ranks(start, start + count, gone.append)
        expected = self.model[start : start + count]
        assert [(node.score, node.member) for node in gone] == expected
        del self.model[start : start + count]

    @rule()
    def go_back_in_time(self) -> None:
        frozen = self.skiplist.freeze()
        spans = [node.span for node in self.skiplist]
        self.skiplist = Skiplist.thaw(frozen, self.rng, self.probe)
        assert self.skiplist.freeze() == frozen
        assert [node.span for node in self.skiplist] == spans

    @invariant()
    def they_hold_the_same(self) -> None:
        self.skiplist.check()
        assert [(node.score, node.member) for node in self.skiplist] == self.model
        for rank in range(len(self.model)):
            assert self.skiplist.at(rank) is self.skiplist.peek(rank)


SkiplistMachine.TestCase.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None, derandomize=True
)
TestSkiplist = SkiplistMachine.TestCase
