"""Effects: what must be repeated elsewhere for the same result.

The append-only file, replicas and the timeline's own check are fed the same list. A
command that changed something is passed on word for word, unless its outcome depends on
the clock, on chance or on state: then it says itself what to pass on. EXPIRE k 10 becomes
PEXPIREAT k 1700000010000; a read that finds its key expired passes on a DEL.

Source: `server.c propagatePendingCommands`, `alsoPropagate`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple

from redlearn.probe import Event


class Effect(NamedTuple):
    """A command to repeat, and the database to repeat it in, or ANY_DB."""

    db: int
    argv: tuple[bytes, ...]


new_effect: Final = tuple.__new__
"""`new_effect(Effect, (db, argv))` is `Effect(db, argv)` in half the time: no call of Python."""

Sink = Callable[[tuple[Effect, ...]], None]

ANY_DB: Final = -1
"""In place of a database: no SELECT is needed before this one."""

MULTI: Final = Effect(ANY_DB, (b"MULTI",))
EXEC: Final = Effect(ANY_DB, (b"EXEC",))


def as_unit(effects: list[Effect]) -> tuple[Effect, ...]:
    """What is passed on for one command: several effects are wrapped in MULTI and EXEC.

    A single one stands alone, even if it came out of an EXEC. A SELECT that is needed comes
    behind the MULTI, with the first command in need of it.
    """
    if len(effects) == 1:
        return (effects[0],)
    return (MULTI, *effects, EXEC)


class Run(NamedTuple):
    """Commands of one database that are passed on as they were sent, each a unit of its own."""

    db: int
    argvs: list[list[bytes]]

    def units(self) -> list[tuple[Effect, ...]]:
        """The same one by one."""
        return [(new_effect(Effect, (self.db, tuple(argv))),) for argv in self.argvs]


class Intake:
    """A sink that keeps what it is fed until somebody takes it out; it can do with whole runs.

    Attributes:
        fed: What came, in order.
    """

    __slots__ = ("fed",)

    def __init__(self) -> None:
        self.fed: list[tuple[Effect, ...] | Run] = []

    def __call__(self, unit: tuple[Effect, ...]) -> None:
        self.fed.append(unit)


def feed_run(sinks: list[Sink], run: Run) -> None:
    """Pass on a run: whole to whoever can do with that, else one by one. O(commands)."""
    for sink in sinks:
        if isinstance(sink, Intake):
            sink.fed.append(run)
        else:
            for unit in run.units():
                sink(unit)


def count_units(fed: list[tuple[Effect, ...] | Run]) -> int:
    """How many units these are."""
    return sum([len(each.argvs) if isinstance(each, Run) else 1 for each in fed])


@dataclass(frozen=True, slots=True)
class Propagated(Event):
    """A command's effects were passed on. Reads pass on nothing, so they never emit this."""

    effects: tuple[Effect, ...]
