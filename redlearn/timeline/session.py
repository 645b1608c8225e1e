"""Session: an engine with its clock, its history, and everybody who watches.

Every front end drives one of these: the screen, the line mode, lessons, playback. Whatever
runs goes through `execute` or `advance`, so it is on the timeline and every pane sees it.

Time: a session's clock is virtual and stands still between calls. A front end that wants
it to run calls `catch_up` with the time of the wall; a lesson calls `advance`. In the past
the clock stands at the moment looked at.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from redlearn.clock import VirtualClock
from redlearn.engine.chance import TowerScript
from redlearn.engine.client import NO_ADDRESS, Client
from redlearn.engine.config import parameter
from redlearn.engine.effects import Effect
from redlearn.engine.engine import Engine
from redlearn.lua.runner import session_runner
from redlearn.probe import Event
from redlearn.resp.reply import Failure, Reply
from redlearn.timeline.arrivals import Arrivals
from redlearn.timeline.carrying import Carrying
from redlearn.timeline.housed import Contents, Housed
from redlearn.timeline.log import (
    Acted,
    Called,
    Connected,
    Disconnected,
    Faced,
    Input,
    Passed,
    Ticked,
    Waited,
)
from redlearn.timeline.recording import BOOKKEEPING, Envelope, Point, Recollections, recording
from redlearn.timeline.timeline import Branch, Timeline
from redlearn.timeline.world import World

T = TypeVar("T")

__all__ = [
    "BOOKKEEPING", "START_MS", "Envelope", "Moved", "Point", "Recipe", "Session", "is_visible",
]  # fmt: skip

START_MS = 1_700_000_000_000
"""When a session with a virtual clock begins, unless it is told."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What subscribers are told: the position changed, by an input or by travelling.

    Attributes:
        point: The input that just happened for the first time, or None after a seek.
        late: (client, reply) of replies that others had been waiting for, in order of clients.
    """

    point: Point | None
    envelopes: tuple[Envelope, ...]
    replies: tuple[Reply, ...]
    late: tuple[tuple[int, Reply], ...] = ()


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a session's engine begins.

    Attributes:
        config: CONFIG parameters with their values as text.
        towers: Heights of the first skiplist nodes; after them the coin decides.
        contents: Files that it has loaded at the start, and that are on its disk.
    """

    seed: int = 0
    start_ms: int = START_MS
    config: Mapping[str, str] = field(default_factory=dict)
    towers: Sequence[int] = ()
    contents: Contents | None = None

    def make(self, clock: VirtualClock) -> Engine:
        """An engine in its first state, on `clock`."""
        engine = Engine(clock, seed=self.seed, scripts=session_runner())
        engine.state.config.set("enable-debug-command", "yes")  # whoever is here may look
        for name, text in self.config.items():
            row = parameter(name)
            if row is None:
                raise ValueError(f"there is no parameter {name!r}")
            engine.state.configure(row, row.read(text))
        if self.towers and isinstance(engine.state.chance.towers, TowerScript):
            engine.state.chance.towers.plan(self.towers)
        for db in engine.state.databases:
            db.index_deadlines()
        return engine

    def world(self, clock: VirtualClock) -> World:
        """The world the session begins with, but for `contents`: that engine, a disk under it."""
        return Housed(self.make, clock)

    def begin(self, world: World, hear: Callable[[str], None]) -> None:
        """Load `contents` into a world, telling of it. O(bytes). Raises CannotLoad."""
        if self.contents is not None and isinstance(world, Housed):
            world.furnish(self.contents, hear)


class Session:
    """One engine, watched, with its history.

    Attributes:
        recipe: How the engine began.
        timeline: The history; use the session's own verbs to change it.
        live: Whether the clock follows the wall when `catch_up` is called.
        carrying: How inputs are carried out, and whether one is at this moment.
    """

    def __init__(
        self, recipe: Recipe | None = None, hear: Callable[[str], None] = lambda said: None
    ) -> None:
        """Args:
            hear: Told how loading goes, if the recipe has contents.

        Raises:
            CannotLoad: Those contents cannot be loaded.
        """
        self.recipe = recipe or Recipe()
        self.clock = VirtualClock(self.recipe.start_ms)
        self.timeline = Timeline(
            self.recipe.world, self.clock, lambda world: self.recipe.begin(world, hear)
        )
        self.live = True
        self.carrying = Carrying()
        self._subscribers: list[Callable[[Moved], None]] = []
        self._recollections = Recollections(self.timeline)
        self._serial = 0
        self._wall_ms: int | None = None
        self._stops: list[int] = []
        self._acts: list[int] = []
        self._keyed: list[int] = []
        self._arrivals = Arrivals()
        self._counted = 0  # points that `_stops` has looked at, and the last of them
        self._last_counted: Point | None = None
        self._late: dict[int, list[Reply]] = {}

    # -------------------------------------------------------------------------------------- state

    @property
    def engine(self) -> Engine:
        """The engine, in the state of the present position. Look, but change nothing."""
        return self.timeline.engine

    @property
    def world(self) -> World:
        """All that inputs can change, in the state of the present position."""
        return self.timeline.world

    @property
    def clients(self) -> Mapping[int, Client]:
        """Who is connected, by id."""
        return self.timeline.world.clients

    @property
    def now_ms(self) -> int:
        """The moment the session is at, in ms since 1970."""
        return self.clock.ms

    @property
    def position(self) -> int:
        """How many inputs have happened."""
        return self.timeline.position

    @property
    def length(self) -> int:
        """How many inputs there are on this branch, those ahead included."""
        return len(self.timeline.inputs)

    @property
    def in_past(self) -> bool:
        """Whether something lies ahead."""
        return not self.timeline.at_end

    @property
    def branches(self) -> list[Branch]:
        """The futures put aside."""
        return self.timeline.branches

    @property
    def points(self) -> list[Point]:
        """What happened on this branch, past and future: one for each input."""
        return self.timeline.notes

    def stops(self) -> Sequence[int]:
        """The numbers of the visible points, in order. O(points that are new since last time)."""
        self._count()
        return self._stops

    def acts(self) -> Sequence[int]:
        """The numbers of the points that were no command: crashes, restarts. As dear as `stops`."""
        self._count()
        return self._acts

    def last_key(self) -> bytes:
        """The key that was used last, up to now; b"" before the first. As dear as `stops`."""
        self._count()
        at = bisect_right(self._keyed, self.position)
        return self.points[self._keyed[at - 1] - 1].key if at else b""

    def _count(self) -> None:
        points, counted = self.points, self._counted
        if counted and (counted > len(points) or points[counted - 1] is not self._last_counted):
            self._stops, self._acts, self._keyed, counted = [], [], [], 0  # another branch
            self._arrivals = Arrivals()
        fresh = points[counted:]
        if fresh:
            self._stops += [point.number for point in fresh if is_visible(point)]
            self._acts += [point.number for point in fresh if isinstance(point.input, Acted)]
            self._keyed += [point.number for point in fresh if point.key]
            for point in fresh:
                if isinstance(point.input, Connected) and point.client:
                    self._arrivals.came(point.number, point.client, point.input.name)
            self._counted, self._last_counted = len(points), fresh[-1]

    def subscribe(self, callback: Callable[[Moved], None]) -> None:
        """Let `callback` know of every input that happens and of every seek."""
        self._subscribers.append(callback)

    # ----------------------------------------------------------------------------------- happenings

    def connect(
        self, address: str = NO_ADDRESS, local: str = NO_ADDRESS, name: str | None = None
    ) -> int:
        """A new client, for a connection between two addresses if there is one; its id.

        On this branch `client_named` knows it by `name`, if it has one.
        """
        self._happen(Connected(self.now_ms, address, local, name))
        return self._newest()

    def _newest(self) -> int:
        return max(self.clients, default=0)  # ids only grow; a server that is down lets nobody in

    def client_named(self, name: str) -> int:
        """The id of the client who came under that name, 0 if there is none at this moment."""
        self._count()
        client = self._arrivals.client(name, self.position)
        return client if client in self.clients else 0

    def names(self) -> dict[int, str]:
        """What clients are called, by their ids, those who have left included."""
        self._count()
        return self._arrivals.names(self.position)

    def disconnect(self, client: int) -> None:
        """A client goes."""
        self._happen(Disconnected(self.now_ms, client))

    def execute(self, client: int, argv: Sequence[bytes], node: str = "") -> list[Reply]:
        """Run a command now and give what reached the client's outbox. In the past: fork.

        Nothing, if it blocks: `late_replies` has the reply when there is one.

        Args:
            node: In a cluster, the node to send it to, whatever the client's map says.
        """
        self._happen(Called(self.now_ms, client, tuple(argv), node))
        return list(self.replies(self.position))

    def act(self, *words: str) -> str:
        """Do something to a cluster or a disk: `act("kill", "7002")`.

        Why it cannot be done, as a sentence; "" if it was done, as a point of its own.
        """
        refused = self.world.refusal(words)
        if not refused and words[0] == "face":
            self._happen(Faced(self.now_ms, "".join(words[1:])))
        elif not refused:
            self._happen(Acted(self.now_ms, words))
        return refused

    def late_replies(self, client: int) -> list[Reply]:
        """What a client had waited for and got since the last call, out of the acts of others."""
        return self._late.pop(client, [])

    def answered_ms(self, client: int) -> int:
        """When what came last for a client, by the last input, was there, in ms since 1970."""
        return self.timeline.world.answered_ms(client)

    def take_late(self) -> list[tuple[int, Reply]]:
        """(client, reply) of all that came late since the last call, whoever it is for."""
        late = [(client, reply) for client, replies in self._late.items() for reply in replies]
        self._late.clear()
        return late

    def is_waiting(self, client: int) -> bool:
        """Whether a client is blocked at present: its reply is to come."""
        found = self.clients.get(client)
        return found is not None and found.wait is not None

    def advance(self, ms: int) -> None:
        """Let `ms` milliseconds pass, timers and all, as a point of its own."""
        if self.in_past:
            self.timeline.fork()
        until = self.now_ms + ms
        self._run_timers(until)
        self._happen(Waited(until, ms))

    def catch_up(self, wall_ms: int) -> None:
        """Let as much time pass as passed on the wall since the last call.

        Paused, or in the past, the clock stands still; what passes then is lost to it, so
        that nothing expires behind the learner's back.
        """
        passed = 0 if self._wall_ms is None else max(0, wall_ms - self._wall_ms)
        self._wall_ms = wall_ms
        if self.live and not self.in_past and passed:
            until = self.now_ms + passed
            if self.world.nodes():
                self._happen(Passed(until))
                return
            self._run_timers(until)
            self.clock.ms = until

    def _run_timers(self, until_ms: int) -> None:
        """Let the engine's timer fire as often as there is something for it to do."""
        while (due_ms := self.world.next_tick(self.now_ms)) is not None and due_ms <= until_ms:
            self._happen(Ticked(due_ms))

    def _happen(self, happened: Input) -> None:
        with recording(self.world, happened) as recorder:
            self.carrying.anew(lambda: self.timeline.append(happened))
        replies, late = self._take_replies(happened), self._take_late()
        envelopes = tuple(recorder.envelopes)
        self._serial += 1
        self.timeline.notes[-1] = point = Point(
            self.position,
            self._serial,
            happened,
            tuple(recorder.effects),
            any(isinstance(reply, Failure) for reply in replies[:1]),
            envelopes[-1].key if envelopes else b"",
            self._newest() if isinstance(happened, Connected) else 0,
            tuple(recorder.writers),
        )
        self._recollections.keep(point, (envelopes, replies))
        self._tell(Moved(point, envelopes, replies, late))

    def _take_replies(self, happened: Input) -> tuple[Reply, ...]:
        replies: tuple[Reply, ...] = ()
        if isinstance(happened, Called):
            client = self.clients.get(happened.client)
            replies = tuple(client.take()) if client is not None else ()
        return replies

    def _take_late(self) -> tuple[tuple[int, Reply], ...]:
        """What is left in the outboxes: replies for those who had been waiting."""
        late: list[tuple[int, Reply]] = []
        for client in [each for each in self.clients.values() if each.outbox]:
            replies = client.take()
            self._late.setdefault(client.id, []).extend(replies)
            late += [(client.id, reply) for reply in replies]
        return tuple(late)

    def _tell(self, moved: Moved) -> None:
        for callback in self._subscribers:
            callback(moved)

    # ---------------------------------------------------------------------------------- travelling

    def seek(self, position: int) -> None:
        """Go to the state after `position` inputs."""
        self.carrying.again(lambda: self.timeline.seek(position))
        self.timeline.world.forget_replies()
        self._late.clear()
        self._tell(Moved(None, (), ()))

    def step(self, by: int) -> bool:
        """Go `by` visible points forward (or back, if negative); whether there was one.

        Connections are inputs, but not points that anybody wants to stop at.
        """
        here = bisect_right(self.stops(), self.position)  # 0 is before the first of them
        position = self.position_of(max(0, here + by))
        if position == self.position:
            return False
        self.seek(position)
        return True

    def position_of(self, stop: int) -> int:
        """The position of a stop, counted from 1: the last one's is the present. 0 is the start."""
        stops = self.stops()
        if stop >= len(stops):
            return self.length
        return stops[stop - 1] if stop else stops[0] - 1

    def switch(self, number: int) -> None:
        """Take up a branch again, at its end."""
        self.timeline.switch(number)
        self.seek(self.length)

    # ------------------------------------------------------------------------------------- looking

    def events(self, position: int) -> tuple[Envelope, ...]:
        """What happened inside input number `position` (1 is the first)."""
        return self._recollections.of(self.points[position - 1])[0]

    def replies(self, position: int) -> tuple[Reply, ...]:
        """What input number `position` was answered."""
        return self._recollections.of(self.points[position - 1])[1]

    def before(self, position: int) -> Engine:
        """A separate engine, as it stood just before input number `position`."""
        return self.timeline.world_at(position - 1).engine

    def during(self, position: int, seq: int, look: Callable[[Engine], T]) -> T:
        """What `look` finds in the midst of input `position`, when event number `seq` is told.

        The input is run again on a separate engine, so what is seen is what was there. With
        `seq` below 0 it is the moment before. `look` must not touch what it looks at.
        """
        world = self.timeline.world_at(position - 1)
        if seq < 0:
            return look(world.engine)
        found: list[T] = []
        told = 0

        def see(event: Event) -> None:
            nonlocal told
            if told == seq:
                found.append(look(world.engine))
            told += 1

        world.watch(see)
        world.apply(self.points[position - 1].input)
        return found[0] if found else look(world.engine)

    def fork(self) -> Session:
        """An independent session in the present state; what happens there stays there."""
        twin = Session(replace(self.recipe, contents=None))  # the present brings what was loaded
        twin.recipe = self.recipe
        twin.live = False
        twin.timeline = self.timeline.twin(twin.clock)
        twin._recollections = self._recollections.over(twin.timeline)
        twin._serial = self._serial
        return twin

    def effects(self) -> list[tuple[Point, Effect]]:
        """All that was passed on up to the present position, oldest first: the AOF."""
        return [
            (point, effect) for point in self.points[: self.position] for effect in point.effects
        ]


def is_visible(point: Point) -> bool:
    """Whether anybody would want to stop there: all but clients coming and going."""
    return not isinstance(point.input, Connected | Disconnected | Faced | Passed)
