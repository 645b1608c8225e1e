"""The crash lab: one moment, under each way to keep data, side by side.

What a session did up to a crash is done again on as many engines as there are policies, each with
a disk of its own, and with the same clock. Then the power goes, or the process dies, on all of
them; each is started again, and what it has left is counted. Nothing is estimated: the files were
written, cut and loaded.

How many writes survived is found by comparing digests: the dataset after the restart equals the one
after some number of the acknowledged writes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from redlearn.clock import VirtualClock
from redlearn.engine.config import PARAMETERS
from redlearn.engine.effects import Effect
from redlearn.engine.parameter_kinds import BadSetting
from redlearn.engine.running_digest import RunningDigest
from redlearn.timeline.housed import Contents, Housed
from redlearn.timeline.log import Acted, Called, Input, Passed, Ticked
from redlearn.timeline.session import Recipe, Session
from redlearn.views.files import all_files
from redlearn.views.lab import Kept, LabView

MOST_WRITES: Final = 2_000
"""How many writes are told apart; beyond that a digest after each would take too long."""

MOST_ELEMENTS: Final = 500_000
"""And how many elements those digests may take in together, of the values that were written: a
second or two."""

KEEPING: Final = frozenset({
    b"appendonly", b"appendfsync", b"aof-use-rdb-preamble", b"save", b"auto-aof-rewrite-percentage",
})  # fmt: skip
"""Parameters that a policy decides, whatever the session set them to."""

SNAPSHOTS: Final = frozenset({b"save", b"bgsave"})
ENDINGS: Final = frozenset({"crash", "kill"})
RESTART: Final = ("restart",)


@dataclass(frozen=True, slots=True)
class Policy:
    """A way to keep data.

    Attributes:
        settings: Its parameters.
        saves: Whether SAVE and BGSAVE that the session called are called.
        own_points: Whether the session's own save points hold.
    """

    name: str
    settings: Mapping[str, str]
    saves: bool = True
    own_points: bool = False


def _log(fsync: str, preamble: str = "no") -> Mapping[str, str]:
    return {
        "appendonly": "yes", "appendfsync": fsync, "aof-use-rdb-preamble": preamble, "save": "",
    }  # fmt: skip


POLICIES: Final = (
    Policy("none", {"appendonly": "no", "save": ""}, saves=False),
    Policy("RDB", {"appendonly": "no"}, own_points=True),
    Policy("AOF no", _log("no"), saves=False),
    Policy("AOF everysec", _log("everysec"), saves=False),
    Policy("AOF always", _log("always"), saves=False),
    Policy("hybrid", _log("everysec", "yes"), own_points=True),
)


def last_crash(session: Session) -> int:
    """The number of the last point at which the process ended, 0 if there is none."""
    if not isinstance(session.world, Housed):
        return 0
    points = session.points
    for number in reversed(session.acts()):
        happened = points[number - 1].input
        if number <= session.position and isinstance(happened, Acted):
            if happened.words[0] in ENDINGS:
                return number
    return 0


def crash_view(session: Session, number: int) -> LabView:
    """The crash at that point, under each policy. O(policies x replay)."""
    crash = session.points[number - 1].input
    assert isinstance(crash, Acted)
    return compare(session.recipe, session.timeline.inputs[: number - 1], crash)


def compare(recipe: Recipe, inputs: Sequence[Input], crash: Acted) -> LabView:
    """What each policy would have kept. O(policies x (replay + values written + data)).

    Args:
        recipe: How the session's engine began.
        inputs: All that happened before the crash.
        crash: The crash; one at a byte of the log is a plain power cut where there is no such byte.
    """
    points, known = _own_save_points(inputs), _Known()
    return LabView(
        crash.words[0],
        tuple(_try(policy, recipe, inputs, crash, points, known) for policy in POLICIES),
    )


def _try(
    policy: Policy,
    recipe: Recipe,
    inputs: Sequence[Input],
    crash: Acted,
    points: str | None,
    known: _Known,
) -> Kept:
    settings = {**recipe.config, **policy.settings}
    if policy.own_points and points is not None:
        settings["save"] = points
    clock = VirtualClock(recipe.start_ms)
    if recipe.contents is not None:
        world = Housed(recipe.make, clock)
        _bring_in(world, recipe.contents, settings)
    else:
        world = Housed(replace(recipe, config=settings).make, clock)
    writes = _Writes(world, known)
    for happened in inputs:
        for tick in _ticks(world, happened.at_ms):
            world.apply(tick)
        for adapted in _adapted(happened, policy):
            for act in _possible(world, adapted) if isinstance(adapted, Acted) else (adapted,):
                world.apply(act)
        writes.listen(world)
        if isinstance(happened, Acted) and happened.words == RESTART:
            writes.started_again()
    for tick in _ticks(world, crash.at_ms):
        world.apply(tick)
    writes.end()
    had = world.size()
    for act in _possible(world, crash):
        world.apply(act)
    size = sum(world.disk.size(name) for name in all_files(world.disk))
    world.apply(Acted(crash.at_ms, RESTART))
    left = writes.kept(RunningDigest(world.engine.state.databases).value)
    return Kept(
        policy.name, had, world.size(), writes.count, left,
        0 if left is None or left == writes.count else crash.at_ms - writes.moments[left],
        size, "" if world.persistence is not None else world.said[-1],
    )  # fmt: skip


def _bring_in(world: Housed, contents: Contents, settings: Mapping[str, str]) -> None:
    """Load what the session began with, and have it safe in the policy's own way.

    Without any policy there is a snapshot of it too: it was on the disk before all that is tried.
    """
    world.furnish(contents)
    store, state = world.persistence, world.engine.state
    assert store is not None
    store.save()
    for name, text in settings.items():
        value = PARAMETERS[name].read(text)
        if value != state.config.value(name):
            store.refusal(name, value)
            state.configure(PARAMETERS[name], value)
    if world.log is not None and (store.busy or store.begin_rewrite()):
        while store.busy:
            store.poll()
        world.log.flush()


def _possible(world: Housed, act: Acted) -> Iterator[Acted]:
    """What was done to the session's server, as it can be done here; nothing if it cannot.

    There may be no such byte in this log, and a server may be down that was up in the session.
    """
    for words in (act.words, act.words[:1]):
        if not world.refusal(words):
            yield Acted(act.at_ms, words)
            return


def _ticks(world: Housed, until_ms: int) -> Iterator[Ticked]:
    """The timer, as often as there is something for it to do."""
    while (due := world.next_tick(world.clock.ms)) is not None and due <= until_ms:
        yield Ticked(due)


def _adapted(happened: Input, policy: Policy) -> Iterator[Input]:
    """An input as it is under a policy: timers are its own, and so is what keeps the data."""
    if isinstance(happened, Ticked | Passed):
        return
    if isinstance(happened, Called):
        words = [word.lower() for word in happened.argv]
        if words[:1] and words[0] in SNAPSHOTS and not policy.saves:
            return
        if words[:2] == [b"config", b"set"]:
            argv = _without_keeping(happened.argv)
            if len(argv) > 2:
                yield Called(happened.at_ms, happened.client, argv, happened.node)
            return
    yield happened


def _without_keeping(argv: tuple[bytes, ...]) -> tuple[bytes, ...]:
    pairs = zip(argv[2::2], argv[3::2], strict=False)
    rest = [word for name, value in pairs if name.lower() not in KEEPING for word in (name, value)]
    return (*argv[:2], *rest)


def _own_save_points(inputs: Sequence[Input]) -> str | None:
    """The save points that the session set last, None if it kept those of the beginning."""
    found: str | None = None
    for happened in inputs:
        if isinstance(happened, Called):
            words = happened.argv
            if [word.lower() for word in words[:2]] != [b"config", b"set"]:
                continue
            for name, value in zip(words[2::2], words[3::2], strict=False):
                if name.lower() == b"save" and _are_save_points(text := value.decode("latin-1")):
                    found = text
    return found


def _are_save_points(text: str) -> bool:
    """Whether the parameter takes that; if not, CONFIG SET was refused."""
    try:
        PARAMETERS["save"].read(text)
    except BadSetting:
        return False
    return True


class _Known:
    """What was found of one policy's writes, and holds for the next that did the same.

    Attributes:
        digests: By what was passed on since the start, in one number: the data's digest after it.
        elements: How many more may be read to know such digests.
    """

    def __init__(self) -> None:
        self.digests: dict[int, int] = {}
        self.elements = MOST_ELEMENTS


class _Writes:
    """The writes that were acknowledged, and what the data were after each.

    Attributes:
        moments: When each happened.
    """

    def __init__(self, world: Housed, known: _Known) -> None:
        self.moments: list[int] = []
        self._world = world
        self._known = known
        self._heard: object = None
        self.listen(world)
        self._digests = {0: self._passed_on}

    @property
    def count(self) -> int:
        """How many there were."""
        return len(self.moments)

    def listen(self, world: Housed) -> None:
        """Hear of the writes of whatever engine there is now."""
        if self._heard is not world.engine:
            self._heard = world.engine
            self._running: RunningDigest | None = RunningDigest(world.engine.state.databases)
            self._passed_on = self._running.value
            world.engine.state.sinks.append(self._take)

    def started_again(self) -> None:
        """What the end before took is gone: it is neither kept nor lost by the next one."""
        left = self.kept(RunningDigest(self._world.engine.state.databases).value)
        if left is not None:
            del self.moments[left:]
            self._digests = {
                number: digest for number, digest in self._digests.items() if number <= left
            }

    def end(self) -> None:
        """Nothing more comes: what all of them led to is known, however many there were."""
        if self.count not in self._digests:
            self._digests[self.count] = RunningDigest(self._world.engine.state.databases).value

    def _take(self, unit: tuple[Effect, ...]) -> None:
        self.moments.append(self._world.clock.ms)
        if len(self.moments) <= MOST_WRITES:
            self._passed_on = hash((self._passed_on, unit))
            if (digest := self._digest_after(unit)) is not None:
                self._digests[self.count] = digest

    def _digest_after(self, unit: tuple[Effect, ...]) -> int | None:
        """The digest of the data now, read only if no policy had the same; None: too much work."""
        known, running = self._known, self._running
        if (digest := known.digests.get(self._passed_on)) is not None:
            self._running = None  # it did not follow
            return digest
        if known.elements <= 0:
            return None
        if running is None:
            self._running = running = RunningDigest(self._world.engine.state.databases)
            known.elements -= running.elements
        else:
            before = running.elements
            running.take(unit)
            known.elements -= running.elements - before
        known.digests[self._passed_on] = running.value
        return running.value

    def kept(self, digest: int) -> int | None:
        """After how many writes the data were what they are now; None if they never were."""
        found = [number for number, each in self._digests.items() if each == digest]
        return max(found, default=None)
