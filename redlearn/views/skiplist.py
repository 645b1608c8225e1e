"""What a pane sees of a skiplist: the towers in a window, the lanes that enter and leave it,
and the trail of the latest search.

Ranks count from 1 here, the head being 0: a link's span is then the difference of the ranks
at its two ends, and need not be copied.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from redlearn.engine.structures.skiplist import (
    Aim,
    Compared,
    Dropped,
    Hopped,
    Linked,
    Node,
    Rescored,
    SearchStarted,
    Skiplist,
    Tossed,
    Unlinked,
)
from redlearn.probe import Event
from redlearn.resp.double import format_double
from redlearn.resp.text import printable

NAMED = 24
"""How many bytes of a member a trace line shows."""


@dataclass(frozen=True, slots=True)
class Tower:
    """One node: its rank (from 1), and how many lanes it reaches."""

    rank: int
    member: bytes
    score: float
    height: int


@dataclass(frozen=True, slots=True)
class Stop:
    """Where a search stood: on lane `level`, `rank` steps from the head."""

    level: int
    rank: int


@dataclass(frozen=True, slots=True)
class TraceLine:
    """One step in words: "ann 50 < 60" on lane 2, and what followed from it."""

    level: int
    compared: str
    verdict: str


@dataclass(frozen=True, slots=True)
class Trail:
    """What the latest search did, and what was changed after it.

    Attributes:
        aim: What was looked for, or None before the first search.
        stops: Where it stood, in order; the first is the head.
        glimpses: What it compared and did not ride onto.
        lines: The steps in words.
        fresh: The member whose node is new or has another score, or None.
        links: (lane, member) of links just made.
        cuts: (lane, member) of links just taken away.
        reached: Rank of the node that was asked for, once it is known, or None.
        seen: The comparison that the next step follows from.
    """

    aim: SearchStarted | None = None
    stops: tuple[Stop, ...] = ()
    glimpses: tuple[Stop, ...] = ()
    lines: tuple[TraceLine, ...] = ()
    fresh: bytes | None = None
    links: tuple[tuple[int, bytes], ...] = ()
    cuts: tuple[tuple[int, bytes], ...] = ()
    reached: int | None = None
    seen: Compared | None = None

    def hops(self) -> Iterator[tuple[int, int, int]]:
        """(lane, rank from, rank to) of every link that was ridden."""
        for before, after in zip(self.stops, self.stops[1:], strict=False):
            if before.level == after.level:
                yield after.level, before.rank, after.rank

    @property
    def focus(self) -> int:
        """The rank a window should show: where the search stands, or what made it stop."""
        if not self.stops:
            return 0
        behind = self.fresh is not None or any(glimpse.level == 0 for glimpse in self.glimpses)
        return self.stops[-1].rank + behind

    @property
    def title(self) -> str:
        """What the search looks for, in words."""
        return aim_text(self.aim) if self.aim else ""


@dataclass(frozen=True, slots=True)
class SkiplistView:
    """A window on a skiplist.

    Attributes:
        length: How many nodes there are in all.
        height: How many lanes.
        towers: Neighbouring nodes, in order.
        before: For each lane the rank of the last node before the window; 0 is the head.
        beyond: For each lane the rank of the first node behind it; None at the lane's end.
        trail: The latest search.
    """

    length: int
    height: int
    towers: tuple[Tower, ...] = ()
    before: tuple[int, ...] = ()
    beyond: tuple[int | None, ...] = ()
    trail: Trail = field(default_factory=Trail)

    def part(self, start: int, stop: int) -> SkiplistView:
        """The same with towers `start` up to but not with `stop` only."""
        left, shown, right = self.towers[:start], self.towers[start:stop], self.towers[stop:]
        before = tuple(
            next((tower.rank for tower in reversed(left) if tower.height > level), rank)
            for level, rank in enumerate(self.before)
        )
        beyond = tuple(
            next((tower.rank for tower in right if tower.height > level), rank)
            for level, rank in enumerate(self.beyond)
        )
        return replace(self, towers=shown, before=before, beyond=beyond)


def look_at(skiplist: Skiplist, start: int, count: int, trail: Trail | None = None) -> SkiplistView:
    """Copy out `count` nodes from 0-based rank `start` on. O(log N + count)."""
    height = skiplist.height
    last: list[Node] = [skiplist.head] * height
    rank = [0] * height
    node, walked = skiplist.head, 0
    for level in range(height - 1, -1, -1):
        while (ahead := node.next[level]) is not None and walked + node.span[level] <= start:
            walked += node.span[level]
            node = ahead
        last[level], rank[level] = node, walked
    before = tuple(rank)
    towers: list[Tower] = []
    following = node.next[0]
    while following is not None and len(towers) < count:
        walked += 1
        towers.append(Tower(walked, following.member, following.score, following.height))
        for level in range(min(following.height, height)):
            last[level], rank[level] = following, walked
        following = following.next[0]
    beyond = tuple(
        None if last[level].next[level] is None else rank[level] + last[level].span[level]
        for level in range(height)
    )
    return SkiplistView(skiplist.length, height, tuple(towers), before, beyond, trail or Trail())


def advance(view: SkiplistView, event: Event) -> SkiplistView:
    """The view with one more step marked. Events of other kinds leave it as it is."""
    trail = followed(view.trail, event, view.height)
    return view if trail is view.trail else replace(view, trail=trail)


def trail_of(events: Iterable[Event], height: int) -> Trail:
    """The trail that a command's events leave; each search begins a new one."""
    trail = Trail()
    for event in events:
        trail = followed(trail, event, height)
    return trail


def followed(trail: Trail, event: Event, height: int) -> Trail:
    """The trail after one more event, in a list of `height` lanes."""
    match event:
        case SearchStarted():
            return Trail(aim=event, stops=(Stop(height - 1, 0),))
        case Compared(level, _, _, walked, passed):
            glimpse = () if passed else (Stop(level, walked),)
            return replace(trail, seen=event, glimpses=trail.glimpses + glimpse)
        case Hopped(level, _, _, walked):
            # A list whose top lanes vanished since is lower now: the search began higher.
            stops = (*_lowered(trail.stops, level), Stop(level, walked))
            line = _line(trail, level, "ride")
            reached = walked if _asked_for(trail, event.member, event.score, walked) else None
            return replace(
                trail, stops=stops, lines=(*trail.lines, line), seen=None, reached=reached
            )
        case Dropped():
            return _dropped(trail, event)
    return _changed(trail, event)


def _dropped(trail: Trail, event: Dropped) -> Trail:
    level, ahead = event.level, event.ahead
    rank = trail.stops[-1].rank if trail.stops else 0
    stops = _lowered(trail.stops, level)
    if level:
        stops = (*stops, Stop(level - 1, rank))
    verdict = "drop" if level else "stop"
    line = TraceLine(level, "end of lane", verdict)
    reached = trail.reached
    if ahead is not None:
        line = _line(trail, level, verdict)
        if not level and trail.seen and _asked_for(trail, ahead, trail.seen.score, -1):
            reached = trail.seen.walked
    return replace(trail, stops=stops, lines=(*trail.lines, line), seen=None, reached=reached)


def _asked_for(trail: Trail, member: bytes, score: float, walked: int) -> bool:
    """Whether a node is the one that the search names by its member, or by its rank."""
    aim = trail.aim
    if aim is None:
        return False
    if aim.aim is Aim.POSITION:
        return walked == (aim.rank or 0) + 1
    return aim.aim in (Aim.PLACE, Aim.RANK) and (member, score) == (aim.member, aim.score)


def _changed(trail: Trail, event: Event) -> Trail:
    """The trail after an event that is no step of a search."""
    match event:
        case Tossed(member, height):
            lanes = "1 lane" if height == 1 else f"{height} lanes"
            line = TraceLine(0, f"{named(member)} tossed", lanes)
            return replace(trail, fresh=member, lines=(*trail.lines, line))
        case Linked(level, member, after, span):
            line = TraceLine(level, f"{named(after)} -> {named(member)}", f"span {span}")
            return replace(
                trail, fresh=member, links=(*trail.links, (level, member)),
                lines=(*trail.lines, line),
            )  # fmt: skip
        case Unlinked(level, member, after):
            line = TraceLine(level, f"{named(after)} -/- {named(member)}", "cut")
            return replace(trail, cuts=(*trail.cuts, (level, member)), lines=(*trail.lines, line))
        case Rescored(member, old, new):
            line = TraceLine(0, f"{named(member)} {number(old)} -> {number(new)}", "stays")
            return replace(trail, fresh=member, lines=(*trail.lines, line))
    return trail


def _lowered(stops: tuple[Stop, ...], level: int) -> tuple[Stop, ...]:
    """The stops, the head's being on the lane that the first step was taken on."""
    if len(stops) == 1 and stops[0].rank == 0 and stops[0].level != level:
        return (Stop(level, 0),)
    return stops


def _line(trail: Trail, level: int, verdict: str) -> TraceLine:
    seen = trail.seen
    if seen is None or trail.aim is None:
        return TraceLine(level, "", verdict)
    return TraceLine(level, comparison(seen, trail.aim), verdict)


def comparison(seen: Compared, aim: SearchStarted) -> str:
    """What was compared with what, as in "ann 50 < 60"; after a tie it is the members."""
    name = named(seen.member)
    match aim.aim:
        case Aim.POSITION:
            sign = _sign(seen.passed, aim.past_equal)
            return f"{name} no. {seen.walked} {sign} {(aim.rank or 0) + 1}"
        case Aim.LEX:
            return f"{name} {_sign(seen.passed, aim.past_equal)} {named(aim.member)}"
    assert aim.score is not None
    target = number(aim.score)
    if (seen.member, seen.score) == (aim.member, aim.score):
        return f"{name} {number(seen.score)} itself"
    if seen.score == aim.score and aim.member is not None:
        sign = _sign(seen.passed, aim.past_equal)
        return f"{name} {number(seen.score)}, {sign} {named(aim.member)}"
    sign = _sign(seen.passed, aim.past_equal) if seen.score == aim.score else (
        "<" if seen.score < aim.score else ">"
    )  # fmt: skip
    return f"{name} {number(seen.score)} {sign} {target}"


def _sign(passed: bool, past_equal: bool) -> str:
    if passed:
        return "<=" if past_equal else "<"
    return ">" if past_equal else ">="


def aim_text(aim: SearchStarted) -> str:
    """What a search looks for, in words."""
    match aim.aim:
        case Aim.PLACE:
            return f"find the place of {named(aim.member)} ({number(aim.score)})"
        case Aim.RANK:
            return f"count the nodes up to {named(aim.member)} ({number(aim.score)})"
        case Aim.POSITION:
            return f"find node no. {(aim.rank or 0) + 1} from the front, by spans"
        case Aim.SCORE:
            sign = ">" if aim.past_equal else ">="
            return f"find the first score {sign} {number(aim.score)}"
    sign = ">" if aim.past_equal else ">="
    return f"find the first member {sign} {named(aim.member)}"


def named(member: bytes | None) -> str:
    """A member as a trace line shows it; None is the head."""
    return "HEAD" if member is None else printable(member, NAMED) or '""'


def number(score: float | None) -> str:
    """A score as Redis prints it."""
    return "" if score is None else format_double(score).decode()
