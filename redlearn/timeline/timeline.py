"""The timeline: a log of inputs that can be walked in both directions, with branches.

Going forward runs the next input. Going back brings the nearest earlier snapshot back and
runs the inputs after it, which is exact because a world is deterministic. Snapshots are
taken as the log grows, often enough that a step back replays little.

What is typed in the past starts a branch: the inputs that lay ahead are put aside whole,
and can be taken up again.

    position     0    1    2    3    4    5
    main         o----o----o----o----o----o
    branch 1               `----o----o              forked at 2
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from redlearn.clock import VirtualClock
from redlearn.engine.engine import Engine
from redlearn.timeline.log import Input
from redlearn.timeline.world import World

WORK_BETWEEN_SNAPSHOTS = 100
"""Units of replay (`World.cost_of`) after which a snapshot is due: 2 to 5 ms of replay."""

SHARE_OF_WEIGHT = 20
"""A snapshot that had to copy much makes the next one wait: weight / 20 units."""

MOST_SNAPSHOTS = 200

MOST_WEIGHT = 4_000_000
"""Elements that all snapshots together may hold copies of: some 400 MB at the very worst."""


@dataclass(frozen=True, slots=True)
class Branch:
    """A future put aside.

    Attributes:
        name: "main" for the first line of history, then "branch 1" ...
        inputs: All of its inputs, from the beginning.
        notes: What is remembered of each (`Timeline.notes`).
    """

    name: str
    inputs: tuple[Input, ...]
    notes: tuple[Any, ...]


class Timeline:
    """The history of one world.

    Attributes:
        inputs: Every input of the present branch, past and future.
        notes: For each input that ever ran, whatever the owner wants to remember of it.
        position: How many of them have happened to the world as it stands.
        world: What they happen to.
        branches: The futures put aside, oldest first.
    """

    def __init__(
        self,
        make: Callable[[VirtualClock], World],
        clock: VirtualClock,
        begin: Callable[[World], None] = lambda world: None,
    ) -> None:
        """Args:
        make: Builds a world, the same one every time.
        clock: The clock to build it on; the timeline owns it from then on.
        begin: Brings the first world to where its history begins; others are thawed from there.
        """
        self._make = make
        self.world = make(clock)
        begin(self.world)
        self._snapshots: list[tuple[int, Any]] = [(0, self.world.freeze())]
        self._weights = {0: 0}
        self._work = 0
        self.inputs: list[Input] = []
        self.notes: list[Any] = []
        self.position = 0
        self._forks = 0
        self.branches: list[Branch] = []
        self.branch = "main"

    @property
    def engine(self) -> Engine:
        """The engine in front, as it stands."""
        return self.world.engine

    @property
    def at_end(self) -> bool:
        """Whether nothing lies ahead."""
        return self.position == len(self.inputs)

    def append(self, happened: Input) -> None:
        """Let one more input happen. In the past this starts a branch."""
        if not self.at_end:
            self.fork()
        self.inputs.append(happened)
        self.notes.append(None)
        try:
            self._step(happened)
        except BaseException:  # a bug, or Ctrl-C in the midst of it: as if it had never come
            self._cut(self.position)
            self._rebuild(self.position)
            raise

    def seek(self, position: int) -> None:
        """Bring the world to the state after `position` inputs (0 is the beginning)."""
        position = max(0, min(position, len(self.inputs)))
        if position < self.position or self._nearest(position)[0] > self.position:
            self._rebuild(position)
        while self.position < position:
            self._step(self.inputs[self.position])

    def _rebuild(self, position: int) -> None:
        """Bring the nearest earlier snapshot back, and run the inputs after it."""
        self.position, snapshot = self._nearest(position)
        self.world.thaw(snapshot)
        self._work = 0
        while self.position < position:
            self._step(self.inputs[self.position])

    def world_at(self, position: int) -> World:
        """A separate world in the state after `position` inputs, with a clock of its own.

        For looking at the moment before a command, and for trying a command without
        committing to it. Nobody watches it.
        """
        number, snapshot = self._nearest(position)
        world = self._make(VirtualClock())
        world.thaw(snapshot)
        for happened in self.inputs[number:position]:
            world.apply(happened)
            world.forget_replies()
        return world

    def known_before(self, position: int) -> int:
        """The position of the snapshot from which `world_at` goes on to just before that."""
        return self._nearest(position - 1)[0]

    def twin(self, clock: VirtualClock) -> Timeline:
        """A timeline of its own, on `clock`, in the present state, with the same past."""
        twin = Timeline(self._make, clock)
        twin.world.thaw(self.world.freeze())
        twin.inputs, twin.notes = self.inputs[: self.position], self.notes[: self.position]
        twin.position = self.position
        twin._snapshots = [pair for pair in self._snapshots if pair[0] <= self.position]
        twin._snapshots.append((self.position, twin.world.freeze()))
        return twin

    def fork(self) -> None:
        """Put what lies ahead aside as a branch; the present becomes the end."""
        self._set_aside()
        self._forks += 1
        self.branch = f"branch {self._forks}"
        self._cut(self.position)

    def switch(self, number: int) -> None:
        """Take up branch `number` (an index into `branches`); the present one is put aside.

        The position becomes the place where the two part.
        """
        wanted = self.branches.pop(number)
        parting = _common(self.inputs, wanted.inputs)
        self._set_aside()
        self.seek(parting)
        self._cut(parting)
        self.inputs += wanted.inputs[parting:]
        self.notes += wanted.notes[parting:]
        self.branch = wanted.name

    def _set_aside(self) -> None:
        self.branches.append(Branch(self.branch, tuple(self.inputs), tuple(self.notes)))

    def _cut(self, position: int) -> None:
        del self.inputs[position:]
        del self.notes[position:]
        self._snapshots = [pair for pair in self._snapshots if pair[0] <= position]

    def _step(self, happened: Input) -> None:
        self.world.apply(happened)
        self.position += 1
        self._work += self.world.cost_of(happened)
        if (
            self._work >= WORK_BETWEEN_SNAPSHOTS  # asked first: it is a third of replaying a GET
            and self._work >= self._weights.get(self._snapshots[-1][0], 0) // SHARE_OF_WEIGHT
            and self.position > self._snapshots[-1][0]
        ):
            self._snapshots.append((self.position, self.world.freeze()))
            self._weights[self.position] = self.world.weight
            self._work = 0
            self._thin_out()

    def _thin_out(self) -> None:
        """Keep snapshots bounded in number and weight: the older half loses every other one."""
        while len(self._snapshots) > 2 and (
            len(self._snapshots) > MOST_SNAPSHOTS or self._weight() > MOST_WEIGHT
        ):
            middle = max(2, len(self._snapshots) // 2)
            self._snapshots = self._snapshots[:middle:2] + self._snapshots[middle:]

    def _weight(self) -> int:
        return sum(self._weights.get(number, 0) for number, _ in self._snapshots)

    def _nearest(self, position: int) -> tuple[int, Any]:
        at = bisect_right(self._snapshots, position, key=lambda pair: pair[0])
        return self._snapshots[at - 1]


def _common(one: list[Input], other: tuple[Input, ...]) -> int:
    """How many inputs two lines of history share from the beginning."""
    for number, (mine, theirs) in enumerate(zip(one, other, strict=False)):
        if mine is not theirs:
            return number
    return min(len(one), len(other))
