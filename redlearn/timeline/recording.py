"""Recording: what happens inside of an input, and whose events are remembered for how long.

All that is told while an input happens is put into envelopes. Those of the latest points are kept;
the others' are made again by running the inputs again, which gives the same.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from msgspec import Struct

from redlearn.engine.context import KeyUsed
from redlearn.engine.effects import Effect, Propagated
from redlearn.engine.engine import CommandFinished, CommandStarted
from redlearn.engine.values.set_steps import ResultBegun
from redlearn.probe import Event, RecordCut
from redlearn.resp.reply import Reply
from redlearn.timeline.log import Called, Input
from redlearn.timeline.timeline import Timeline
from redlearn.timeline.world import World

MOST_EVENTS = 20_000
"""Events kept of one command; of one that does more the record is cut, and ends by saying so."""

BOOKKEEPING = (CommandStarted, CommandFinished, KeyUsed, Propagated)
"""Events that begin, end or pass on a command: no step of an algorithm."""

POINTS_WITH_EVENTS = 256
"""How many points keep their events and replies; older ones are run again when asked for."""

RUN_AGAIN = 64
"""How many points, up to one that is run again, are recorded at most."""


class Envelope(Struct, frozen=True, gc=False):
    """One event, and where it belongs. In no ring, and made for each step of each command.

    Attributes:
        seq: Number within its input, from 0.
        key: The key the command had turned to last; b"" before the first.
    """

    seq: int
    at_ms: int
    client: int
    command: str
    key: bytes
    event: Event


@dataclass(frozen=True, slots=True)
class Point:
    """One input as the timeline shows it.

    Attributes:
        number: The position after it happened; the first input makes position 1.
        serial: Unique among all points of the session, branches included.
        effects: What was passed on to the append-only file; empty for a read.
        writers: The node that passed on each of them, in a cluster; else as many "".
        failed: The command was refused.
        key: The key it had turned to last, as `Envelope.key` is, or b"".
        client: The id of the client who came by it, or 0.
    """

    number: int
    serial: int
    input: Input
    effects: tuple[Effect, ...]
    failed: bool
    key: bytes
    client: int = 0
    writers: tuple[str, ...] = ()

    @property
    def wrote(self) -> bool:
        """Whether it left anything in the append-only file."""
        return bool(self.effects)


class Recorder:
    """Puts the events of one input into envelopes, and collects what was passed on.

    A command that tells more than MOST_EVENTS is no longer listened to: making an event
    costs many times what the step it tells of does. How it ends is kept all the same.
    """

    def __init__(self, world: World, at_ms: int) -> None:
        """Args:
        world: What is listened to; `recording` sees to that.
        """
        self.envelopes: list[Envelope] = []
        self.effects: list[Effect] = []
        self.writers: list[str] = []
        self.cut = False
        self._world = world
        self._at_ms = at_ms
        self._key = b""
        self._command = ""
        self._client = 0

    def __call__(self, event: Event) -> None:
        kind = type(event)
        if kind is KeyUsed:
            assert isinstance(event, KeyUsed)
            self._key = event.key
        elif kind is ResultBegun:
            self._key = b""
        elif kind is CommandStarted:
            assert isinstance(event, CommandStarted)
            self._client, self._command = event.client, event.name
        if len(self.envelopes) < MOST_EVENTS or kind is CommandFinished:
            self._keep(event)
        elif not self.cut:
            self.cut = True
            self._world.watch(None, self.pass_on)
            steps = [each for each in self.envelopes if type(each.event) not in BOOKKEEPING]
            self._keep(RecordCut(len(steps)))

    def pass_on(self, unit: tuple[Effect, ...], node: str = "") -> None:
        """Be a sink of effects, of those of a node."""
        self.effects += unit
        self.writers += [node] * len(unit)
        if self.cut:
            self._keep(Propagated(unit))

    def _keep(self, event: Event) -> None:
        self.envelopes.append(
            Envelope(
                len(self.envelopes), self._at_ms, self._client, self._command, self._key, event
            )
        )


@contextmanager
def recording(world: World, happened: Input) -> Iterator[Recorder]:
    """Listen to a world while one input happens to it."""
    recorder = Recorder(world, happened.at_ms)  # in no ring, or all it holds would stay a while
    world.watch(recorder, recorder.pass_on)
    try:
        yield recorder
    finally:
        world.watch(None)


Recollection = tuple[tuple[Envelope, ...], tuple[Reply, ...]]
"""The events of a point, and what it was answered."""


class Recollections:
    """The events and replies of a timeline's latest points, and of others when asked for."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._kept: OrderedDict[int, Recollection] = OrderedDict()

    def over(self, timeline: Timeline) -> Recollections:
        """The same of another timeline, with the same past."""
        twin = Recollections(timeline)
        twin._kept.update(self._kept)
        return twin

    def keep(self, point: Point, recollection: Recollection) -> None:
        """Remember a point that has just happened, or was run again."""
        self._kept[point.serial] = recollection
        if len(self._kept) > POINTS_WITH_EVENTS:
            self._kept.popitem(last=False)

    def of(self, point: Point) -> Recollection:
        """What a point did, by running it again if need be: O(keys), and the inputs before it.

        Those before it are recorded on the way, since who reads backwards asks for them next.
        """
        if point.serial not in self._kept:
            self._run_again(point.number)
        return self._kept[point.serial]

    def _run_again(self, position: int) -> None:
        inputs, points = self._timeline.inputs, self._timeline.notes
        first = max(position - RUN_AGAIN, self._timeline.known_before(position))
        world = self._timeline.world_at(first)
        for at in range(first, position):
            with recording(world, inputs[at]) as recorder:
                world.apply(inputs[at])
            replies: tuple[Reply, ...] = ()
            happened = inputs[at]
            if isinstance(happened, Called) and happened.client in world.clients:
                replies = tuple(world.clients[happened.client].take())
            world.forget_replies()
            self.keep(points[at], (tuple(recorder.envelopes), replies))
