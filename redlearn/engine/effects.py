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
from typing import NamedTuple

from redlearn.probe import Event


class Effect(NamedTuple):
    """A command to repeat, and the database to repeat it in."""

    db: int
    argv: tuple[bytes, ...]


Sink = Callable[[tuple[Effect, ...]], None]

MULTI = (b"MULTI",)
EXEC = (b"EXEC",)


def as_unit(effects: list[Effect]) -> tuple[Effect, ...]:
    """What is passed on for one command: several effects are wrapped in MULTI and EXEC.

    A single one stands alone, even if it came out of an EXEC.
    """
    if len(effects) == 1:
        return (effects[0],)
    first, last = effects[0].db, effects[-1].db
    return (Effect(first, MULTI), *effects, Effect(last, EXEC))


@dataclass(frozen=True, slots=True)
class Propagated(Event):
    """A command's effects were passed on. Reads pass on nothing, so they never emit this."""

    effects: tuple[Effect, ...]
