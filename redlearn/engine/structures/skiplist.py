"""Skiplist: a sorted linked list with express lanes.

Level 0 links every node in order. Each level above links about a quarter of the nodes of
the level below, so a search rides the top lane as far as it goes, drops to the next, and
skips most of the list before it walks:

    level 2  head ----------------2--> ann ------------------------------3-----> end
    level 1  head ----------------2--> ann -------2--> dee ---1----------------> end
    level 0  head -1-> bob -1--------> ann -1-> eve -1-> dee -1-> cy ----------> end
                       20              50       60       70       90

How high a node's tower is, is decided by coins: one level more with probability 1/4, as
often as the coin allows. No rule keeps the lanes balanced, and none is needed, since what
clients insert cannot influence the coins.

Each link also knows its `span`: how many level-0 steps it jumps (the last of a lane: how
many nodes come after it). Summing spans along a search gives the rank of a node for free,
which is how ZRANK is O(log N), and riding until the sum reaches a rank finds the node
there, which is how ZRANGE by rank is.

Order is by (score, member). Members are unique, scores need not be. A skiplist cannot find
a member without its score; sorted sets keep a hash table beside it for that.

Cost: O(log N) expected for search, insert, delete and rank; 1.33 links a node.

Source: W. Pugh, "Skip Lists: A Probabilistic Alternative to Balanced Trees" (1990).
Redis's variant (spans, back links, ties by member) is `zsl*` in its `t_zset.c`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from math import isnan
from random import Random
from typing import Final

from redlearn.engine.structures.ranges import Extreme, LexRange, ScoreRange, precedes
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
from redlearn.probe import Probe

MAX_HEIGHT: Final = 32
CLIMB_PROBABILITY: Final = 0.25
NEAR: Final = 10  # how far from the edge of a range a walk is tried before a new search

__all__ = [
    "Skiplist", "Node", "Row", "MAX_HEIGHT", "CLIMB_PROBABILITY",
    "Aim", "SearchStarted", "Compared", "Hopped", "Dropped",
    "Tossed", "Linked", "Unlinked", "Rescored",
]  # fmt: skip


class Node:
    """A member, its score, and one forward link (with its span) for each level it reaches.

    Attributes:
        next: The node ahead on each lane, lane 0 first; None at a lane's end.
        span: How many level-0 steps each of those links jumps.
        back: The node before on lane 0, None for the first: what ZREVRANGE walks along.
    """

    __slots__ = ("back", "member", "next", "score", "span")

    def __init__(self, score: float, member: bytes, height: int) -> None:
        self.score = score
        self.member = member
        self.back: Node | None = None
        self.next: list[Node | None] = [None] * height
        self.span = [0] * height

    @property
    def height(self) -> int:
        return len(self.next)


Row = tuple[bytes, float, int]


class Skiplist:
    """Members in (score, member) order, with O(log N) insert, delete and rank.

    Invariants (`check` asserts them; tests call it after every operation):
        - each level is a subsequence of the level below it;
        - along any level the spans sum to `length`;
        - `height` is the height of the tallest node, and at least 1;
        - `back` is the node before on level 0, None for the first; `tail` is the last.
    """

    __slots__ = ("_probe", "_rng", "head", "height", "length", "tail")

    def __init__(self, rng: Random, probe: Probe) -> None:
        self._rng = rng
        self._probe = probe
        self.head = Node(float("-inf"), b"", MAX_HEIGHT)
        self.tail: Node | None = None
        self.height = 1
        self.length = 0

    def __len__(self) -> int:
        return self.length

    # --- insert -------------------------------------------------------------------------

    def insert(self, score: float, member: bytes) -> Node:
        """Add `member`, which must be absent, and return its node (`zslInsert`). O(log N).

        Args:
            score: Any float but NaN, which has no place in an order.
            member: Raw bytes; ties in score are broken by comparing these.
        """
        assert not isnan(score)
        node = Node(score, member, self._toss_height())
        self._link(node)
        return node

    def _link(self, node: Node) -> None:
        """Put a node in its place, on as many lanes as its tower is high."""
        member, height = node.member, len(node.next)
        before = self._search_before(node.score, member)
        while self.height < height:
            self.head.span[self.height] = self.length
            before.append(self.head)
            self.height += 1
        lanes, spans, behind = node.next, node.span, 0  # nodes between `after` and the new one
        for level in range(height):
            after = before[level]
            if level:
                behind += self._steps(level - 1, after, before[level - 1])
            lanes[level] = after.next[level]
            after.next[level] = node
            spans[level] = after.span[level] - behind
            after.span[level] = behind + 1
        for level in range(height, self.height):
            before[level].span[level] += 1  # this lane now jumps over one more node
        node.back = None if before[0] is self.head else before[0]
        ahead = node.next[0]
        if ahead is None:
            self.tail = node
        else:
            ahead.back = node
        self.length += 1
        if emit := self._probe.emit:
            emit(Tossed(member, height))
            for level, after in enumerate(before[:height]):
                emit(Linked(level, member, self._name(after), after.span[level]))

    def _steps(self, level: int, start: Node, stop: Node) -> int:
        """How many level-0 steps it is from `start` to `stop`, which one lane links.

        Unlike Redis: zslInsert sums these up for every lane while it searches. Three new nodes
        in four stay on lane 0 and need none: 2.9 us an insert became 2.3 (1,000 members).
        """
        steps = 0
        while start is not stop:
            steps += start.span[level]
            ahead = start.next[level]
            assert ahead is not None
            start = ahead
        return steps

    def _search(
        self, score: float, member: bytes, through: bool = False, aim: Aim = Aim.PLACE
    ) -> tuple[list[Node], int]:
        """Find where (score, member) belongs: ride each lane as far as it goes, then drop.

        With `through` it rides past every member of that score as well, so that ranges can
        be searched by score alone: `member` is b"" then, which nothing comes before.

        Returns, for each level, the last node before that place; and how many level-0 steps the
        one on lane 0 is from the head: 0 for the head itself, 1 for the first node.
        """
        emit = self._probe.emit
        if emit:
            emit(SearchStarted(aim, score, member if aim is Aim.PLACE else None, None, through))
        before = [self.head] * self.height
        node, walked = self.head, 0
        for level in range(self.height - 1, -1, -1):
            ahead = node.next[level]
            while ahead is not None and (
                ahead.score < score or (ahead.score == score and (through or ahead.member < member))
            ):
                walked += node.span[level]
                node = ahead
                if emit:
                    self._tell_hop(level, node, walked)
                ahead = node.next[level]
            before[level] = node
            if emit:
                self._tell_drop(level, node, walked)
        return before, walked

    def _toss_height(self) -> int:
        """Climb one level more with probability 1/4 (`zslRandomLevel`)."""
        height = 1
        while height < MAX_HEIGHT and self._rng.random() < CLIMB_PROBABILITY:
            height += 1
        return height

    # --- delete -------------------------------------------------------------------------

    def delete(self, score: float, member: bytes) -> Node | None:
        """Take (score, member) out and return its node, or None (`zslDelete`). O(log N)."""
        before = self._search_before(score, member)
        node = before[0].next[0]
        if node is None or node.score != score or node.member != member:
            return None
        self._unlink(node, before)
        return node

    def _search_before(self, score: float, member: bytes) -> list[Node]:
        """`_search` without the count of steps, which only ranges have a use for."""
        if self._probe.emit is not None:
            return self._search(score, member)[0]
        before, node = [self.head] * self.height, self.head
        for level in range(self.height - 1, -1, -1):
            while (ahead := node.next[level]) is not None and (
                ahead.score < score or (ahead.score == score and ahead.member < member)
            ):
                node = ahead
            before[level] = node
        return before

    def _unlink(self, node: Node, before: list[Node]) -> None:
        """Close the gap on every lane (`zslDeleteNode`). `before` is the last node before it."""
        height = len(node.next)
        for level in range(height):
            after = before[level]
            after.span[level] += node.span[level] - 1
            after.next[level] = node.next[level]
        for level in range(height, self.height):
            before[level].span[level] -= 1
        if emit := self._probe.emit:
            for level, after in enumerate(before[:height]):
                emit(Unlinked(level, node.member, self._name(after)))
        ahead = node.next[0]
        if ahead is None:
            self.tail = node.back
        else:
            ahead.back = node.back
        while self.height > 1 and self.head.next[self.height - 1] is None:
            self.height -= 1
        self.length -= 1

    def update_score(self, score: float, member: bytes, new: float) -> Node:
        """Move a member, which must be there, to the score `new` (`zslUpdateScore`). O(log N).

        Where the neighbours leave room the node stays and only its score changes. Otherwise
        it is taken out and put in again, which tosses for a new height.

        Unlike Redis: that is the same node, with other lanes if the height is another.
        """
        assert not isnan(new)
        before = self._search_before(score, member)
        node = before[0].next[0]
        assert node is not None and node.score == score and node.member == member
        back, ahead = node.back, node.next[0]
        # Neighbours of the very same score count as "no room": ties are by member.
        if (back is None or back.score < new) and (ahead is None or new < ahead.score):
            node.score = new
            if emit := self._probe.emit:
                emit(Rescored(member, score, new))
            return node
        self._unlink(node, before)
        node.score = new
        if (height := self._toss_height()) != len(node.next):
            node.next, node.span = [None] * height, [0] * height
        self._link(node)
        return node

    def delete_scores(self, scores: ScoreRange, gone: Callable[[Node], None]) -> int:
        """Delete every score in the range; call `gone` with each node (zslDeleteRangeByScore).

        Returns how many there were. O(log N + M), M being that number.
        """
        before, _ = self._search(scores.low, b"", scores.without_low, Aim.SCORE)
        return self._delete_while(lambda node: scores.extends_to(node.score), before, gone)

    def delete_lex(self, members: LexRange, gone: Callable[[Node], None]) -> int:
        """Delete every member in the range (zslDeleteRangeByLex). As `delete_scores`."""
        before, _ = self._search_lex(members.low, members.without_low)
        return self._delete_while(lambda node: members.extends_to(node.member), before, gone)

    def delete_ranks(self, start: int, stop: int, gone: Callable[[Node], None]) -> int:
        """Delete ranks `start` (0-based) up to `stop`, without it (zslDeleteRangeByRank).

        As `delete_scores`; neither scores nor members are looked at on the way.
        """
        before, end = self._search_rank(start), self.peek(max(start, stop))
        return self._delete_while(lambda node: node is not end, before, gone)

    def _delete_while(
        self, more: Callable[[Node], bool], before: list[Node], gone: Callable[[Node], None]
    ) -> int:
        deleted = 0
        node = before[0].next[0]
        while node is not None and more(node):
            following = node.next[0]
            self._unlink(node, before)
            gone(node)
            deleted += 1
            node = following
        return deleted

    # --- rank ---------------------------------------------------------------------------

    def rank(self, score: float, member: bytes) -> int | None:
        """The 0-based rank of (score, member), or None when absent (`zslGetRank`). O(log N).

        Unlike an insert this rides onto the node itself, and stops on whichever lane it
        meets it: a tall tower is found early.
        """
        emit = self._probe.emit
        if emit:
            emit(SearchStarted(Aim.RANK, score, member, None, past_equal=True))
        node, walked = self.head, 0
        for level in range(self.height - 1, -1, -1):
            ahead = node.next[level]
            while ahead is not None and (
                ahead.score < score or (ahead.score == score and ahead.member <= member)
            ):
                walked += node.span[level]
                node = ahead
                if emit:
                    self._tell_hop(level, node, walked)
                ahead = node.next[level]
            if node.member == member and node is not self.head:
                # Members are unique, so this is it unless the score asked for was wrong.
                return walked - 1 if node.score == score else None
            if emit:
                self._tell_drop(level, node, walked)
        return None

    def at(self, rank: int) -> Node | None:
        """The node at a 0-based rank, or None past the end (`zslGetElementByRank`). O(log N).

        A lane is ridden while its next link does not jump beyond the rank.
        """
        emit = self._probe.emit
        if not emit or not 0 <= rank < self.length:
            return self.peek(rank)
        emit(SearchStarted(Aim.POSITION, None, None, rank, past_equal=True))
        node, walked = self.head, 0
        for level in range(self.height - 1, -1, -1):
            ahead = node.next[level]
            while ahead is not None and walked + node.span[level] <= rank + 1:
                walked += node.span[level]
                node = ahead
                self._tell_hop(level, node, walked)
                ahead = node.next[level]
            if walked == rank + 1:
                break
            self._tell_drop(level, node, walked)
        return node

    def peek(self, rank: int) -> Node | None:
        """`at`, told to nobody: for panes, whose looking must not look like a search."""
        if not 0 <= rank < self.length:
            return None
        node, left = self.head, rank + 1
        for level in range(self.height - 1, -1, -1):
            while (span := node.span[level]) <= left and (ahead := node.next[level]) is not None:
                left -= span
                node = ahead
            if not left:
                break
        return node

    def _search_rank(self, rank: int) -> list[Node]:
        """For each level, the last node before the one at `rank`. Rides by spans alone."""
        emit = self._probe.emit
        if emit:
            emit(SearchStarted(Aim.POSITION, None, None, rank, past_equal=False))
        before = [self.head] * self.height
        node, walked = self.head, 0
        for level in range(self.height - 1, -1, -1):
            ahead = node.next[level]
            while ahead is not None and walked + node.span[level] <= rank:
                walked += node.span[level]
                node = ahead
                if emit:
                    self._tell_hop(level, node, walked)
                ahead = node.next[level]
            before[level] = node
            if emit:
                self._tell_drop(level, node, walked)
        return before

    # --- ranges -------------------------------------------------------------------------

    def slice(self, start: int, stop: int, *, reverse: bool = False) -> Iterator[Node]:
        """Iterate over ranks `start` (0-based) up to `stop`, without it. O(log N + M).

        With `reverse` ranks count from the last node, and the iteration goes backwards.
        """
        start, stop = max(start, 0), min(stop, self.length)
        if start >= stop:
            return
        node = self.nth(start, reverse)
        for _ in range(stop - start):
            assert node is not None
            yield node
            node = node.back if reverse else node.next[0]

    def nth(self, place: int, reverse: bool = False) -> Node | None:
        """`at`, counted from the last if `reverse`. The ends need no search (genericZrange)."""
        if place == 0:
            return self.tail if reverse else self.head.next[0]
        return self.at(self.length - 1 - place if reverse else place)

    def __iter__(self) -> Iterator[Node]:
        node = self.head.next[0]
        while node is not None:
            yield node
            node = node.next[0]

    def __reversed__(self) -> Iterator[Node]:
        node = self.tail
        while node is not None:
            yield node
            node = node.back

    def first_in_scores(self, scores: ScoreRange) -> Node | None:
        """The first node whose score is in the range, or None. O(log N)."""
        return self.nth_in_scores(scores, 0)

    def last_in_scores(self, scores: ScoreRange) -> Node | None:
        """The last node whose score is in the range, or None. O(log N)."""
        return self.nth_in_scores(scores, -1)

    def nth_in_scores(self, scores: ScoreRange, n: int) -> Node | None:
        """The node `n` places into the range, or None if that is outside (`zslNthInRange`).

        Args:
            scores: The range.
            n: 0 for the first, 1 for the second; -1 for the last, -2 for the one before it.
        """
        first, last = self.head.next[0], self.tail
        if scores.is_empty or first is None or last is None:
            return None
        if not scores.reaches(last.score) or not scores.extends_to(first.score):
            return None
        bound = scores.low if n >= 0 else scores.high
        through = scores.without_low if n >= 0 else not scores.without_high
        before, walked = self._search(bound, b"", through, Aim.SCORE)
        node = self._nth_from_edge(before[0], walked, n)
        return node if node is not None and node.score in scores else None

    def first_in_lex(self, members: LexRange) -> Node | None:
        """The first node whose member is in the range, or None. O(log N)."""
        return self.nth_in_lex(members, 0)

    def last_in_lex(self, members: LexRange) -> Node | None:
        """The last node whose member is in the range, or None. O(log N)."""
        return self.nth_in_lex(members, -1)

    def nth_in_lex(self, members: LexRange, n: int) -> Node | None:
        """The node `n` places into a range of members (`zslNthInLexRange`).

        As `nth_in_scores`; makes sense only where every score is the same.
        """
        first, last = self.head.next[0], self.tail
        if members.is_empty or first is None or last is None:
            return None
        if not members.reaches(last.member) or not members.extends_to(first.member):
            return None
        bound = members.low if n >= 0 else members.high
        through = members.without_low if n >= 0 else not members.without_high
        before, walked = self._search_lex(bound, through)
        node = self._nth_from_edge(before[0], walked, n)
        return node if node is not None and node.member in members else None

    def _search_lex(self, bound: bytes | Extreme, through: bool) -> tuple[list[Node], int]:
        """`_search` by member alone, as if every score were the same."""
        emit = self._probe.emit
        if emit:
            emit(SearchStarted(Aim.LEX, None, _string(bound), None, through))
        before = [self.head] * self.height
        node, walked = self.head, 0
        for level in range(self.height - 1, -1, -1):
            ahead = node.next[level]
            while ahead is not None and precedes(ahead.member, bound, or_equals=through):
                walked += node.span[level]
                node = ahead
                if emit:
                    self._tell_hop(level, node, walked)
                ahead = node.next[level]
            before[level] = node
            if emit:
                self._tell_drop(level, node, walked)
        return before, walked

    def _nth_from_edge(self, edge: Node, walked: int, n: int) -> Node | None:
        """From the last node before a range (n >= 0) or the last in it (n < 0), go to the nth.

        A short way is walked, a long one searched for by rank.
        """
        rank = walked + n
        if not 0 <= rank < self.length:
            return None
        if not -NEAR <= n < NEAR:
            return self.at(rank)
        node: Node | None = edge
        for _ in range(n + 1 if n >= 0 else -n - 1):
            assert node is not None
            node = node.next[0] if n >= 0 else node.back
        return node

    # --- past ---------------------------------------------------------------------------

    def freeze(self) -> tuple[Row, ...]:
        """Copy the list out as one (member, score, height) row for each node, in order. O(N).

        Rows are all there is to know: forward links and spans follow from the heights, back
        links from the order. `thaw` rebuilds an equal list, towers and all, so a step back
        in time shows the very shape that was there. (An RDB file keeps no heights.)
        """
        rows: list[Row] = []
        node = self.head.next[0]
        while node is not None:
            rows.append((node.member, node.score, len(node.next)))
            node = node.next[0]
        return tuple(rows)

    @classmethod
    def thaw(cls, frozen: tuple[Row, ...], rng: Random, probe: Probe) -> Skiplist:
        """Rebuild the list that `freeze` copied out. O(N): no search, no coin, no event."""
        skiplist = cls(rng, probe)
        last = [skiplist.head] * MAX_HEIGHT  # of each lane, and its place
        place = [0] * MAX_HEIGHT
        tail: Node | None = None
        number = tallest = 0
        for member, score, height in frozen:
            number += 1
            node = Node(score, member, height)
            node.back = tail
            tail = node
            if height > tallest:
                tallest = height
            for level in range(height):
                before = last[level]
                before.next[level] = node
                before.span[level] = number - place[level]
                last[level] = node
                place[level] = number
        for level in range(tallest):
            last[level].span[level] = number - place[level]
        skiplist.tail, skiplist.length, skiplist.height = tail, number, max(tallest, 1)
        return skiplist

    def check(self) -> None:
        """Assert every invariant. O(N log N)."""
        order = [self.head, *self]
        place = {id(node): number for number, node in enumerate(order)}
        keys = [(node.score, node.member) for node in order[1:]]
        assert keys == sorted(keys)
        assert len({member for _, member in keys}) == len(keys) == self.length
        assert self.height == max((node.height for node in order[1:]), default=1)
        for level in range(self.height):
            lane = [node for node in order if node.height > level]
            for node, ahead in zip(lane, [*lane[1:], None], strict=True):
                assert node.next[level] is ahead
                end = self.length if ahead is None else place[id(ahead)]
                assert node.span[level] == end - place[id(node)]
        assert all(link is None for link in self.head.next[self.height :])
        for before, node in pairwise(order):
            assert node.back is (None if before is self.head else before)
        assert self.tail is (order[-1] if self.length else None)

    # --- telling ------------------------------------------------------------------------

    def _name(self, node: Node) -> bytes | None:
        return None if node is self.head else node.member

    def _tell_hop(self, level: int, node: Node, walked: int) -> None:
        if emit := self._probe.emit:
            emit(Compared(level, node.member, node.score, walked, True))
            emit(Hopped(level, node.member, node.score, walked))

    def _tell_drop(self, level: int, node: Node, walked: int) -> None:
        emit, ahead = self._probe.emit, node.next[level]
        if emit and ahead is None:
            emit(Dropped(level, self._name(node), node.score, None, None))
        elif emit and ahead is not None:
            emit(Compared(level, ahead.member, ahead.score, walked + node.span[level], False))
            emit(Dropped(level, self._name(node), node.score, ahead.member, ahead.score))


def _string(bound: bytes | Extreme) -> bytes:
    return bound.value.encode() if isinstance(bound, Extreme) else bound
