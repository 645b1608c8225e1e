"""What lessons ask of whoever runs commands for them: look, run, let time pass, fork.

A lesson never meets the engine through its front door. The timeline's session stands behind
these protocols in the application, and a bare engine in tests.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from redlearn.engine.keyspace import Database
from redlearn.lessons.model import Lesson
from redlearn.persistence.simulated_disk import SimulatedDisk
from redlearn.probe import Event
from redlearn.resp.reply import Reply
from redlearn.views.files import Running
from redlearn.views.lab import LabView

if TYPE_CHECKING:
    from redlearn.cluster.network import Flight
    from redlearn.cluster.state import ClusterState


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of one command.

    Attributes:
        replies: Its own, in order; none while it waits.
        events: All it caused.
        late: What it made others get: (name, reply), in the order in which they connected.
        protocol: What its client speaks after it: 2 or 3.
    """

    replies: tuple[Reply, ...]
    events: tuple[Event, ...] = ()
    late: tuple[tuple[str, Reply], ...] = ()
    protocol: int = 2


class Subject(Protocol):
    """What a probe may look at. A probe is only ever evaluated on a fork, as looking into a
    hash table that is being rehashed moves a bucket."""

    def database(self) -> Database:
        """The database that the learner has selected."""
        ...

    def now_ms(self) -> int:
        """The engine's present moment, in ms since 1970."""
        ...

    def trace(self) -> Sequence[Event]:
        """Every event of the command that ran last, in order."""
        ...

    def views(self) -> Mapping[str, ClusterState]:
        """What each node of a cluster believes, by its port; those that run. Empty without one."""
        ...

    def heard(self) -> Sequence[Flight]:
        """The messages of the cluster's bus that arrived lately, the last one last."""
        ...

    def disk(self) -> SimulatedDisk | None:
        """The disk that the engine keeps its files on, None where there is none."""
        ...

    def running(self) -> Running | None:
        """The snapshot or the rewrite that is being written, None where there is none."""
        ...

    def lab(self) -> LabView:
        """What each way to keep data kept of the moment before the last crash."""
        ...


class Runner(Subject, Protocol):
    """An engine that a lesson plays on."""

    def run(self, argv: Sequence[bytes], client: str = "") -> Ran:
        """Run a command as the learner (`client` "") or as another client by name."""
        ...

    def advance(self, ms: int) -> tuple[Event, ...]:
        """Let simulated time pass, timers included; what happened meanwhile."""
        ...

    def here(self) -> int:
        """A number for this moment, to come `back_to`."""
        ...

    def back_to(self, moment: int) -> None:
        """Take the engine back to the state it had at `moment`."""
        ...

    def fork(self) -> Runner:
        """An engine in exactly this state, on which anything may be tried."""
        ...


Open = Callable[[Lesson], Runner]
"""Makes a fresh engine as a lesson's front matter wants it: config, seed, towers, clock."""
