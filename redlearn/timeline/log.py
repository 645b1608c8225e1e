"""Inputs: everything that ever enters an engine from outside, in order.

The engine has no other source of change: no clock, no chance, no I/O of its own. So a list
of these, and the seed, are the whole history; run again, they give the same structures,
coin tosses and hash buckets included.
"""

from __future__ import annotations

from dataclasses import dataclass

from redlearn.clock import VirtualClock
from redlearn.engine.client import NO_ADDRESS
from redlearn.engine.counting import count_sizes
from redlearn.engine.engine import Engine


@dataclass(frozen=True, slots=True)
class Input:
    """Something that entered at `at_ms` (milliseconds since 1970)."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class Connected(Input):
    """A client came. Its id follows from the order of arrival.

    Attributes:
        address, local: Both ends of its connection, if it has one.
        name: What those in front call it, "" being their own; None for a stranger.
    """

    address: str = NO_ADDRESS
    local: str = NO_ADDRESS
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Disconnected(Input):
    """A client went."""

    client: int


@dataclass(frozen=True, slots=True)
class Called(Input):
    """A client sent a command.

    Attributes:
        node: In a cluster the node it was sent to, whatever the client's map says; "" for none.
    """

    client: int
    argv: tuple[bytes, ...]
    node: str = ""


@dataclass(frozen=True, slots=True)
class Ticked(Input):
    """The engine's timer fired, with something to do. Idle ticks change nothing: not logged."""


@dataclass(frozen=True, slots=True)
class Passed(Input):
    """Time went by in a cluster, up to `at_ms`, as it does on the wall: heartbeats never end."""


@dataclass(frozen=True, slots=True)
class Waited(Input):
    """Somebody let time pass on purpose (`:advance`), `ms` of it, up to `at_ms`."""

    ms: int


@dataclass(frozen=True, slots=True)
class Acted(Input):
    """Something was done to a cluster, or to a disk, from outside: `kill 7002`, `crash`.

    Attributes:
        words: What was done to what. The world knows what it understands.
    """

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Faced(Input):
    """Another node of a cluster was put in front; "" lets the one that answers be there again."""

    node: str


def apply(engine: Engine, clock: VirtualClock, happened: Input) -> None:
    """Let one input happen to `engine`, at its moment."""
    clock.ms = happened.at_ms
    engine.state.stats.timer = clock.now_ns
    match happened:
        case Called(_, client, argv, _):
            if (caller := engine.state.clients.get(client)) is not None:
                waiting = len(caller.outbox)
                engine.execute_timed(caller, list(argv))
                count_sizes(engine.state, caller, list(argv), waiting)
                engine.before_sleep()
        case Ticked():
            engine.tick()
        case Connected(_, address, local, _):
            newcomer = engine.connect()
            newcomer.address, newcomer.local_address = address, local
        case Disconnected(_, client):
            if (caller := engine.state.clients.get(client)) is not None:
                engine.disconnect(caller)
