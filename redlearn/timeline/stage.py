"""The stage: a session as a lesson sees it, with clients by name and forks to try things on.

It implements `lessons.ports.Runner`. Whatever a lesson runs goes through the session, so it
is on the timeline and in the panes like everything else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from redlearn.engine.keyspace import Database
from redlearn.lessons.acts import addressed
from redlearn.lessons.deeds import is_deed, words_of
from redlearn.lessons.model import Lesson
from redlearn.lessons.ports import Ran
from redlearn.persistence.simulated_disk import SimulatedDisk
from redlearn.probe import Event
from redlearn.resp.reply import Failure, Reply
from redlearn.timeline.housed import Housed
from redlearn.timeline.lab import crash_view, last_crash
from redlearn.timeline.session import Moved, Recipe, Session
from redlearn.views.files import Running
from redlearn.views.lab import LabView

if TYPE_CHECKING:
    from redlearn.cluster.network import Flight
    from redlearn.cluster.state import ClusterState
    from redlearn.timeline.cluster_world import ClusterWorld

LEARNER = ""
"""The name of the client that the learner's own commands come from."""


class Stage:
    """A session that a lesson plays on.

    Attributes:
        session: What runs everything.
    """

    def __init__(self, session: Session) -> None:
        """Play on `session`, with the clients that have a name there.

        The learner is connected at once: at whatever moment the session is, they are there.
        """
        self.session = session
        self._client(LEARNER)
        self._trace: tuple[Event, ...] = ()
        self._late: list[tuple[int, Reply]] = []
        session.subscribe(self._moved)

    def database(self) -> Database:
        """The database that the learner has selected."""
        return self.session.clients[self._client(LEARNER)].db

    def now_ms(self) -> int:
        return self.session.now_ms

    def trace(self) -> Sequence[Event]:
        return self._trace

    def views(self) -> Mapping[str, ClusterState]:
        if (world := self._cluster()) is None:
            return {}
        members = {name: world.member(name) for name in world.nodes()}
        return {name: each.state for name, each in members.items() if each is not None}

    def heard(self) -> Sequence[Flight]:
        world = self._cluster()
        return () if world is None else tuple(world.heard)

    def _cluster(self) -> ClusterWorld | None:
        """The world, if it is a cluster; only then is there any need to load one."""
        from redlearn.timeline.cluster_world import ClusterWorld

        world = self.session.world
        return world if isinstance(world, ClusterWorld) else None

    def disk(self) -> SimulatedDisk | None:
        world = self.session.world
        return world.disk if isinstance(world, Housed) else None

    def running(self) -> Running | None:
        world = self.session.world
        return world.running if isinstance(world, Housed) else None

    def lab(self) -> LabView:
        number = last_crash(self.session)
        return crash_view(self.session, number) if number else LabView()

    def run(self, argv: Sequence[bytes], client: str = LEARNER) -> Ran:
        if is_deed(argv):
            return self._do(words_of(argv))
        name, node = addressed(client)
        if node and node not in self.session.world.nodes():
            return Ran((Failure(f"ERR there is no node {node} here"),))
        number = self._client(name)
        self._late.clear()
        replies = self.session.execute(number, argv, node)
        envelopes = self.session.events(self.session.position)
        self._trace = tuple(envelope.event for envelope in envelopes)
        known = self.session.clients.get(number)
        return Ran(
            tuple(replies), self._trace, self._what_came_late(), known.protocol if known else 2
        )

    def _do(self, words: tuple[str, ...]) -> Ran:
        """Do something to the world; what it refuses is answered like an error."""
        self._late.clear()
        if refused := self.session.act(*words):
            return Ran((Failure(f"ERR {refused}"),))
        envelopes = self.session.events(self.session.position)
        self._trace = tuple(envelope.event for envelope in envelopes)
        return Ran((), self._trace, self._what_came_late())

    def advance(self, ms: int) -> tuple[Event, ...]:
        first = self.session.position + 1
        self.session.advance(ms)
        points = range(first, self.session.position + 1)
        self._trace = tuple(
            envelope.event for point in points for envelope in self.session.events(point)
        )
        return self._trace

    def _moved(self, moved: Moved) -> None:
        self._late += moved.late

    def _what_came_late(self) -> tuple[tuple[str, Reply], ...]:
        """What others got by the last command, by their names. Strangers are left out."""
        names = self.session.names()
        return tuple((names[id], reply) for id, reply in self._late if id in names)

    def here(self) -> int:
        return self.session.position

    def back_to(self, moment: int) -> None:
        self.session.seek(min(moment, self.session.length))
        self._trace = ()

    def fork(self) -> Stage:
        twin = Stage(self.session.fork())
        twin._trace = self._trace
        return twin

    def _client(self, name: str) -> int:
        known = self.session.client_named(name)
        if not known and not self.session.world.down:
            return self.session.connect(name=name)  # for the first time, or after a restart
        return known


def open_stage(lesson: Lesson) -> Stage:
    """A fresh engine as a lesson wants it, its clock standing still, the learner connected."""
    return Stage(open_session(lesson))


def open_session(lesson: Lesson) -> Session:
    """The engine of `open_stage`, with nobody connected yet."""
    wanted, cluster = lesson.engine, lesson.cluster
    if cluster is not None:
        from redlearn.timeline.cluster_session import ClusterRecipe

        recipe: Recipe = ClusterRecipe(
            seed=wanted.seed, config=dict(wanted.config), primaries=cluster.primaries,
            replicas=cluster.replicas,
        )  # fmt: skip
        session = Session(recipe)
        session.live = False
        return session
    recipe = Recipe(seed=wanted.seed, config=dict(wanted.config), towers=wanted.skiplist_levels)
    session = Session(recipe)
    session.live = wanted.clock == "real"
    return session
