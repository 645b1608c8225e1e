"""What the event loop pane sees: the turns of the loop, and what each of them did.

    wait -> read -> parse -> run -> serve -> log -> write
                                                         timer

Redis has one thread that runs commands. It waits until a socket has something to say or a
timer is due, reads all of it, runs one command after the other, and before it waits again
writes what is to be written. Each input of a session is such a turn; all that is shown here
was recorded while it ran.

Source: `ae.c` aeProcessEvents, `server.c` beforeSleep, serverCron.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from redlearn.engine.blocking import ClientBlocked, ClientServed, ClientTimedOut
from redlearn.engine.engine import CommandFinished, CommandStarted
from redlearn.engine.eviction import KeyEvicted
from redlearn.engine.expiry import KeyExpired
from redlearn.engine.pubsub import Published
from redlearn.engine.state import State
from redlearn.engine.structures.hashtable import BucketMoved
from redlearn.engine.tracking import Invalidated
from redlearn.probe import Event
from redlearn.redaction import redacted
from redlearn.resp.encode import encode
from redlearn.resp.reply import Reply
from redlearn.views.history import History, Point, argv_of

BIG: Final = 2_000
"""Items of a reply beyond which its size on the wire is not worked out for a picture."""

COMMON: Final = (CommandStarted, CommandFinished)


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of the loop.

    Attributes:
        number: Of the point it is.
        kind: "command", "timer", "came", "left" or "time" (somebody let time pass).
        client: Whose socket was ready; 0 for the timer.
        argv: What was read, its passwords hidden, or ().
        read: Bytes of it on the wire.
        steps: How many events the command made.
        commands: How many commands ran: more than one for EXEC and its like.
        blocked: It ended in waiting.
        queued: It was put into the queue of a MULTI.
        served: Ids of clients that had waited and got something.
        timed_out: Ids of clients whose time was over.
        reached: Ids of those a message was handed to, as often as it was.
        invalidated: Ids of those told that a copy is stale.
        logged: Commands appended to the append-only file.
        written: Bytes of the reply; -1 if it is too large to be worked out.
        died: Keys that expired or were evicted.
        moved: Buckets moved to a larger table.
    """

    number: int
    kind: str
    client: int = 0
    argv: tuple[bytes, ...] = ()
    read: int = 0
    steps: int = 0
    commands: int = 0
    blocked: bool = False
    queued: bool = False
    served: tuple[int, ...] = ()
    timed_out: tuple[int, ...] = ()
    reached: tuple[int, ...] = ()
    invalidated: tuple[int, ...] = ()
    logged: int = 0
    written: int = 0
    died: int = 0
    moved: int = 0


@dataclass(frozen=True, slots=True)
class LoopView:
    """The present turn, and those before it.

    Attributes:
        now: The turn the session has just made, or None at the beginning.
        before: Earlier ones, the latest first.
        clients, waiting, listening, monitors: How many there are of each.
        paused_ms: For how much longer a CLIENT PAUSE holds commands up.
        next_ms: When the loop would wake up by itself, from now on; -1 if it would not.
        names: What the front end calls clients, by id.
    """

    now: Turn | None = None
    before: tuple[Turn, ...] = ()
    clients: int = 0
    waiting: int = 0
    listening: int = 0
    monitors: int = 0
    paused_ms: int = 0
    next_ms: int = -1
    names: Mapping[int, str] = field(default_factory=dict)


def look_at(history: History, count: int, names: Mapping[int, str]) -> LoopView:
    """The latest turn and `count` before it. O(count), and the latest turn's events."""
    state, position = history.engine.state, history.position
    points = history.points
    first = max(position - 1 - count, 0)
    before = tuple(_in_short(points[at]) for at in range(position - 2, first - 1, -1))
    due = state.next_due_ms()
    return LoopView(
        now=_turn(history, points[position - 1]) if position else None,
        before=before,
        clients=len(state.clients),
        waiting=sum(client.wait is not None for client in state.clients.values()),
        listening=_listening(state),
        monitors=len(state.crowd.monitors),
        paused_ms=max(state.crowd.paused_until_ms - history.now_ms, 0),
        next_ms=-1 if due is None else max(due - history.now_ms, 0),
        names=dict(names),
    )


def _listening(state: State) -> int:
    return len({n for table in state.listeners.values() for ids in table.values() for n in ids})


def _in_short(point: Point) -> Turn:
    """A turn as far as the point itself tells of it."""
    argv = argv_of(point)
    return Turn(
        number=point.number,
        kind=_kind(point),
        client=getattr(point.input, "client", 0),
        argv=tuple(redacted(argv)),
        read=size_of(argv),
        logged=len(point.effects),
    )


def _kind(point: Point) -> str:
    names = {"Called": "command", "Connected": "came", "Disconnected": "left", "Waited": "time"}
    return names.get(type(point.input).__name__, "timer")


def _turn(history: History, point: Point) -> Turn:
    events = [envelope.event for envelope in history.events(point.number)]
    replies = history.replies(point.number)
    short = _in_short(point)
    return Turn(
        number=short.number, kind=short.kind, client=short.client, argv=short.argv,
        read=short.read, logged=short.logged,
        steps=sum(not isinstance(event, COMMON) for event in events),
        commands=sum(isinstance(event, CommandFinished) for event in events),
        blocked=any(isinstance(event, ClientBlocked) for event in events),
        queued=any(type(event).__name__ == "CommandQueued" for event in events),
        served=_clients(events, ClientServed),
        timed_out=_clients(events, ClientTimedOut),
        reached=tuple(n for event in events if isinstance(event, Published) for n in event.reached),
        invalidated=_clients(events, Invalidated),
        written=written(replies, _protocol(history.engine.state, short.client)),
        died=sum(isinstance(event, (KeyExpired, KeyEvicted)) for event in events),
        moved=sum(isinstance(event, BucketMoved) for event in events),
    )  # fmt: skip


def _clients(events: Iterable[Event], kind: type[Event]) -> tuple[int, ...]:
    return tuple(event.client for event in events if isinstance(event, kind))  # type: ignore[attr-defined]  # each of these kinds has one


def _protocol(state: State, client: int) -> int:
    known = state.clients.get(client)
    return 2 if known is None else known.protocol


def size_of(argv: Sequence[bytes]) -> int:
    """The bytes that a command takes on the wire, without making them. O(its words)."""
    if not argv:
        return 0
    return len(b"*%d\r\n" % len(argv)) + sum(len(b"$%d\r\n\r\n" % len(w)) + len(w) for w in argv)


def written(replies: Sequence[Reply], protocol: int) -> int:
    """The bytes of replies on the wire; -1 if there is too much to work that out."""
    if any(isinstance(reply, (list, dict)) and len(reply) > BIG for reply in replies):
        return -1
    return sum(len(encode(reply, protocol)) for reply in replies)
