"""Worlds: what a timeline walks through. Here: one engine by itself.

A world is everything that inputs can change, with its clock. The timeline lets inputs happen to
it, freezes it now and then, and thaws it to go back; it knows nothing else of it. What is true of
any world, and makes that exact: the same inputs, from the same beginning, give the same world.

Panes look at the world's `engine`. Where there are several, or one that can die and come back,
it is the one in front of the learner at that moment, and another one later.
"""

from __future__ import annotations

from typing import Any, Protocol

from redlearn.clock import VirtualClock
from redlearn.engine.engine import Engine
from redlearn.timeline.log import Input, apply
from redlearn.timeline.snapshot import Freezer, Snapshot


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

    def apply(self, happened: Input) -> None:
        """Let one input happen, at its moment."""
        ...

    def freeze(self) -> Any:
        """All of it as immutable data; its first attribute `clock_ms` is when that was."""
        ...

    def thaw(self, snapshot: Any) -> None:
        """Be again what `freeze` found."""
        ...

    def size(self) -> int:
        """How many keys there are: a snapshot copies a table of them."""
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

    @property
    def weight(self) -> int:
        """How many elements the last snapshot had to copy."""
        return self._freezer.weight

    def apply(self, happened: Input) -> None:
        """Let one input happen. O(the command)."""
        apply(self.engine, self.clock, happened)

    def freeze(self) -> Snapshot:
        """The engine's state. O(keys), and O(size) for what was used lately."""
        return self._freezer.freeze()

    def thaw(self, snapshot: Snapshot) -> None:
        """Put the engine, and the clock, back."""
        self._freezer.thaw(snapshot)
        self.clock.ms = snapshot.clock_ms

    def size(self) -> int:
        """The keys of all databases."""
        return sum(len(db) for db in self.engine.state.databases)

    def forget_replies(self) -> None:
        """Empty all outboxes. O(clients)."""
        forget_replies(self.engine)


def forget_replies(engine: Engine) -> None:
    """Empty the outboxes of an engine nobody reads from."""
    for client in engine.state.clients.values():
        client.outbox.clear()
