"""The reel: the history of a whole simulated cluster, wound back and forward.

A history is a row of moves. A move is one step of the simulator, or one act from outside; the
simulator is deterministic, so that only the acts and their places have to be written down.

    move   0      1      2        3       4      5
           step   step   Cut(..)  step    step   step

Going back brings the nearest snapshot before the place and runs the moves in between. Who acts in
the past puts what lay ahead aside: history goes on from there.

Cost: a snapshot is a walk over all nodes' views (40 ms for a hundred nodes), one every
`SNAPSHOT_MOVES`; a seek runs at most that many moves.
"""

from __future__ import annotations

from bisect import bisect_right
from math import inf
from typing import Any, Final

from redlearn.cluster.simulator import Act, Happening, Pass, Simulator

SNAPSHOT_MOVES: Final = 500
MOST_SNAPSHOTS: Final = 64


class Reel:
    """One simulator and all that happened to it.

    Attributes:
        simulator: As it stands at `position`.
        position: How many moves were made to get here.
        length: How many are known.
        acts: What was done from outside, by the number of the move.
    """

    def __init__(self, simulator: Simulator) -> None:
        """Begin a history with a simulator as it stands."""
        self.simulator = simulator
        self.position = 0
        self.length = 0
        self.acts: dict[int, Act] = {}
        self._times: list[int] = []  # of each move, when it was made
        self._snapshots: list[tuple[int, Any]] = [(0, simulator.freeze())]
        self._spacing = SNAPSHOT_MOVES

    @property
    def at_end(self) -> bool:
        """Whether nothing that is known lies ahead."""
        return self.position == self.length

    def act(self, act: Act) -> None:
        """Do something from outside. In the past this makes what lay ahead never happen."""
        self._cut()
        self.simulator.act(act)  # what it refuses is no part of history
        self.acts[self.position] = act
        self._moved()

    def forward(self) -> Act | Happening | None:
        """Make the next move, or a new step at the end; what it was. None: nothing will happen."""
        act = self.acts.get(self.position)
        if act is not None:
            self.simulator.act(act)
            self._moved()
            return act
        happened = self.simulator.step()
        if happened is not None:
            self._moved()
        return happened

    def back(self) -> None:
        """Undo the last move."""
        self.seek(self.position - 1)

    def seek(self, position: int) -> None:
        """Go to a move that is known; 0 is the beginning."""
        position = max(0, min(position, self.length))
        if position < self.position or self._nearest(position)[0] > self.position:
            self.position, frozen = self._nearest(position)
            self.simulator.thaw(frozen)
        while self.position < position:
            self.forward()

    def run_until(self, ms: int) -> None:
        """Go forward through all that is due by then, known or not; then let time pass to there."""
        while self._next_us() <= ms * 1000:
            self.forward()
        if self.at_end and self.simulator.now_us < ms * 1000:
            self.act(Pass(ms))

    def seek_ms(self, ms: int) -> None:
        """Go to the last known move that was made by then."""
        self.seek(bisect_right(self._times, ms * 1000))

    def _next_us(self) -> float:
        """When the next move is made: it is known, or the simulator's next step."""
        if not self.at_end:
            return self._times[self.position]
        due = self.simulator.agenda.next_us()
        return inf if due is None else due

    def _nearest(self, position: int) -> tuple[int, Any]:
        places = [at for at, _ in self._snapshots]
        return self._snapshots[bisect_right(places, position) - 1]

    def _cut(self) -> None:
        if self.at_end:
            return
        self.length = self.position
        self.acts = {at: act for at, act in self.acts.items() if at < self.position}
        del self._times[self.position :]
        self._snapshots = [pair for pair in self._snapshots if pair[0] <= self.position]

    def _moved(self) -> None:
        if self.at_end:
            self._times.append(self.simulator.now_us)
            self.length += 1
        self.position += 1
        if self.position - self._snapshots[-1][0] >= self._spacing:
            self._snapshots.append((self.position, self.simulator.freeze()))
            if len(self._snapshots) > MOST_SNAPSHOTS:  # every second one goes; 0 stays
                self._snapshots = self._snapshots[::2]
                self._spacing *= 2
