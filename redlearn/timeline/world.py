"""Worlds: what a timeline walks through. Here: one engine by itself.

A world is everything that inputs can change, with its clock. The timeline lets inputs happen to
it, freezes it now and then, and thaws it to go back; it knows nothing else of it. What is true of
any world, and makes that exact: the same inputs, from the same beginning, give the same world.

Panes look at the world's `engine`. Where there are several, or one that can die and come back,
it is the one in front of the learner at that moment, and another one later.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from redlearn.clock import VirtualClock
from redlearn.engine.client import Client
from redlearn.engine.effects import Effect
from redlearn.engine.engine import Engine
from redlearn.probe import Event
from redlearn.timeline.log import Called, Input, apply
from redlearn.timeline.snapshot import Freezer, Snapshot

MOST_HEARTBEATS = 100_000_000
"""Milliseconds x nodes x nodes that may pass at once: ten seconds of work or so."""


def most_ms(nodes: int) -> int:
    """How long may pass at once with so many nodes, which all ask after each other: whole seconds.

    >>> most_ms(6), most_ms(60)
    (2777000, 27000)
    """
    return MOST_HEARTBEATS // nodes**2 // 1000 * 1000


class Tap(Protocol):
    """Is passed on what commands changed, and by which node; "" where there is one engine."""

    def __call__(self, unit: tuple[Effect, ...], node: str = "") -> None: ...


class World(Protocol):
    """What a timeline needs of whatever it walks through.

    Attributes:
        clock: Its time, in ms since 1970.
    """

    clock: VirtualClock

    @property
    def weight(self) -> int:
        """How many elements the last snapshot had to copy."""
        ...

    @property
    def engine(self) -> Engine:
        """The engine in front: look, but change nothing."""
        ...

    @property
    def clients(self) -> Mapping[int, Client]:
        """Who is connected, by id: what is answered to them is in their outboxes."""
        ...

    def nodes(self) -> list[str]:
        """The names of a cluster's nodes, those that do not run included; none without one."""
        ...

    def alive(self) -> frozenset[str]:
        """Those of `nodes` that run."""
        ...

    @property
    def down(self) -> str:
        """Why no command can be run at present, as a sentence; "" if it can."""
        ...

    def apply(self, happened: Input) -> None:
        """Let one input happen, at its moment."""
        ...

    def refusal(self, words: tuple[str, ...]) -> str:
        """Why that cannot be done to it now (`Acted`), as a sentence; "" if it can."""
        ...

    def cost_of(self, happened: Input) -> int:
        """What replaying the input that was applied last costs, in units of about 25 us."""
        ...

    def next_tick(self, now_ms: int) -> int | None:
        """When time alone will next change something, or None."""
        ...

    def watch(self, watcher: Callable[[Event], None] | None, sink: Tap | None = None) -> None:
        """Have `watcher` told of every event, and `sink` of every effect; None: nobody."""
        ...

    def freeze(self) -> Any:
        """All of it as immutable data; its first attribute `clock_ms` is when that was."""
        ...

    def thaw(self, snapshot: Any) -> None:
        """Be again what `freeze` found."""
        ...

    def size(self) -> int:
        """How many keys there are."""
        ...

    def answered_ms(self, client: int) -> int:
        """When what the last input brought a client was there, in ms since 1970."""
        ...

    def forget_replies(self) -> None:
        """Empty the outboxes: nobody reads what was answered on the way to another moment."""
        ...


class Alone:
    """One engine, which lives as long as its timeline.

    Attributes:
        engine: The engine.
        clock: The clock it was built on.
    """

    def __init__(self, engine: Engine, clock: VirtualClock) -> None:
        self.engine = engine
        self.clock = clock
        self._freezer = Freezer(engine)
        self._sink: Tap | None = None

    @property
    def weight(self) -> int:
        """How many elements the last snapshot had to copy."""
        return self._freezer.weight

    @property
    def clients(self) -> Mapping[int, Client]:
        """The engine's."""
        return self.engine.state.clients

    def nodes(self) -> list[str]:
        """None: this is no cluster."""
        return []

    def alive(self) -> frozenset[str]:
        """None either."""
        return frozenset()

    @property
    def down(self) -> str:
        """An engine by itself never is."""
        return ""

    def apply(self, happened: Input) -> None:
        """Let one input happen. O(the command)."""
        apply(self.engine, self.clock, happened)

    def refusal(self, words: tuple[str, ...]) -> str:
        """Nothing can be done to an engine but by commands."""
        return "There is neither a cluster here nor a disk."

    def cost_of(self, happened: Input) -> int:
        """What replaying an input costs. O(arguments); counted, not timed."""
        return cost_of(happened)

    def next_tick(self, now_ms: int) -> int | None:
        """When the engine's timer next finds work."""
        return next_tick(self.engine, now_ms)

    def watch(self, watcher: Callable[[Event], None] | None, sink: Tap | None = None) -> None:
        """Listen to the engine, in place of whoever did."""
        self.engine.watch(watcher)
        sinks = self.engine.state.sinks
        if self._sink is not None:
            sinks.remove(self._sink)
        if sink is not None:
            sinks.append(sink)
        self._sink = sink

    def freeze(self) -> Snapshot:
        """The engine's state. O(keys / 16), and O(size) for what was used lately."""
        return self._freezer.freeze()

    def thaw(self, snapshot: Snapshot) -> None:
        """Put the engine, and the clock, back."""
        self._freezer.thaw(snapshot)
        self.clock.ms = snapshot.clock_ms

    def size(self) -> int:
        """The keys of all databases."""
        return sum(len(db) for db in self.engine.state.databases)

    def answered_ms(self, client: int) -> int:
        """The present: every deadline is an input of its own."""
        return self.clock.ms

    def forget_replies(self) -> None:
        """Empty all outboxes. O(clients)."""
        forget_replies(self.engine)


def forget_replies(engine: Engine) -> None:
    """Empty the outboxes of an engine nobody reads from."""
    for client in engine.state.clients.values():
        client.outbox.clear()


def next_tick(engine: Engine, now_ms: int) -> int | None:
    """When the timer next finds work: a timeout, a stale key, a table to move; else None.

    It fires `hz` times a second, but a tick that finds nothing changes nothing, so those are
    left out. Timeouts of blocked clients do not wait for it, they are looked at when they are
    due. Needs `index_deadlines` of each database.
    """
    state = engine.state
    cron_ms = _next_cron(engine, now_ms)
    waited_ms = state.next_due_ms()
    if waited_ms is None:
        return cron_ms
    due_ms = max(now_ms, waited_ms)
    return due_ms if cron_ms is None else min(due_ms, cron_ms)


def _next_cron(engine: Engine, now_ms: int) -> int | None:
    """When the tick after `now_ms` is that has a key or field to expire, or a table to move."""
    state = engine.state
    period_ms = 1000 // max(1, min(500, state.config.number("hz")))
    next_ms = (now_ms // period_ms + 1) * period_ms
    if state.config.flag("activerehashing") and any(
        db.keys.is_rehashing or db.expires.is_rehashing for db in state.databases
    ):
        return next_ms
    if not state.active_expire:
        return None
    soonest = [db.deadlines[0][0] for db in state.databases if db.deadlines]
    soonest += [db.hexpires.first_ms for db in state.databases if db.hexpires]
    if not soonest:
        return None
    due_ms: int = -(-min(soonest) // period_ms) * period_ms
    return max(next_ms, due_ms)


def cost_of(happened: Input) -> int:
    """How much replaying an input costs, in units of about 25 us. Counted, not timed."""
    if isinstance(happened, Called):
        return 1 + len(happened.argv) // 4 + sum(map(len, happened.argv)) // 100_000
    return 1
