"""Blocking: who waits for which keys, until when, and in which order they are served.

BLPOP on an empty key neither fails nor answers: the client is *parked*, and so is its
command. Nobody sits in a loop and asks. Whoever makes the key marks it as ready, and once
that command is done the engine runs the parked ones again, just as they were sent:

    client 1   BLPOP jobs 0          parked    jobs -> 1
    client 2   BLPOP jobs 0          parked    jobs -> 1, 2
    client 3   RPUSH jobs a          "jobs" is ready; 1 runs again and gets a
    client 3   RPUSH jobs b          2 runs again and gets b

Who waited longest for a key comes first. If there is nothing left for a client that runs
again, it is parked once more, at the end; its timeout goes on from where it was. And since a
parked command runs as a whole or not at all, each element goes to one client, exactly once.

Only a key that *comes to be* is made ready: while a list is there nobody can be waiting for
it. So the price of all this, for everybody else, is one test when a key is added.

What a parked client sends meanwhile is held, and runs after it has got its reply.

In MULTI and in scripts waiting would stop the world, so there a command gets at once what
it would get at its timeout.

Source: `blocked.c` blockForKeys, handleClientsBlockedOnKey, signalKeyAsReadyLogic; `timeout.c`.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from redlearn.engine.client import Client, Wait
from redlearn.engine.keyspace import Database
from redlearn.engine.replication import FOR_REPLICAS
from redlearn.engine.state import State
from redlearn.errors import (
    NOW_A_REPLICA,
    TIMEOUT_NEGATIVE,
    TIMEOUT_NOT_A_FLOAT,
    TIMEOUT_NOT_AN_INTEGER,
    TIMEOUT_TOO_LARGE,
    UNBLOCKED,
    WAITAOF_WITHOUT_LOG,
    CommandError,
)
from redlearn.probe import Event
from redlearn.resp.double import parse_long_double
from redlearn.resp.integer import INT64_MAX, parse_integer
from redlearn.resp.reply import NULL_ARRAY, Failure, Reply

FOR_EVER = 0

FOR_THE_DISK = "aof"
"""In place of a TYPE: the client waits until its writes are on disk."""


class Wish:
    """What a command that found nothing asks for, by `Context.block`.

    Attributes:
        keys: It wants to run again when one of these is made.
        kind: But only if that then holds this TYPE.
        until_ms: When it gives up; FOR_EVER for never.
        on_gone: It also wants to know when a key is deleted or replaced (XREADGROUP).
    """

    __slots__ = ("keys", "kind", "on_gone", "until_ms")

    def __init__(self, keys: tuple[bytes, ...], kind: str, until_ms: int, on_gone: bool) -> None:
        self.keys = keys
        self.kind = kind
        self.until_ms = until_ms
        self.on_gone = on_gone


def deadline(seconds: bytes, now_ms: int) -> int:
    """The moment that a timeout in seconds, fractions allowed, ends at; 0 is FOR_EVER.

    Source: `timeout.c` getTimeoutFromObjectOrReply.
    """
    number = parse_long_double(seconds)
    if number is None:
        raise CommandError(TIMEOUT_NOT_A_FLOAT)
    if not number.finite:
        raise CommandError(TIMEOUT_NEGATIVE if number.mantissa < 0 else TIMEOUT_TOO_LARGE)
    return _moment(ceil(number.times(1000).to_fraction()), now_ms)


def deadline_of_ms(milliseconds: bytes, now_ms: int) -> int:
    """The same for a timeout in whole milliseconds, as XREAD has it."""
    number = parse_integer(milliseconds)
    if number is None:
        raise CommandError(TIMEOUT_NOT_AN_INTEGER)
    return _moment(number, now_ms)


def _moment(span_ms: int, now_ms: int) -> int:
    if span_ms > INT64_MAX:
        raise CommandError(TIMEOUT_TOO_LARGE)
    if span_ms < 0:
        raise CommandError(TIMEOUT_NEGATIVE)
    if span_ms > INT64_MAX - now_ms:
        raise CommandError(TIMEOUT_TOO_LARGE)
    return span_ms + now_ms if span_ms else FOR_EVER


def park(state: State, client: Client, wish: Wish, argv: list[bytes], before: Wait | None) -> None:
    """Let `client` wait, and everything it sends from now on. O(keys).

    Args:
        before: What it waited for until just now, if it ran again for nothing.
    """
    wait = Wait(
        ticket=state.next_ticket,
        db=client.db.index,
        keys=tuple(dict.fromkeys(wish.keys)),
        kind=wish.kind,
        until_ms=before.until_ms if before else wish.until_ms,
        on_gone=wish.on_gone,
        since_ms=before.since_ms if before else state.now_ms,
        argv=tuple(argv),
    )
    state.next_ticket += 1
    client.wait = wait
    client.guard()
    _enter(state, client, wait)
    if not before and (emit := state.probe.emit):
        emit(ClientBlocked(client.id, wait.db, wait.keys, wait.until_ms))


def _enter(state: State, client: Client, wait: Wait) -> None:
    waiting = state.databases[wait.db].waiting
    for key in wait.keys:
        waiting.setdefault(key, {})[client.id] = wait.on_gone
    if wait.until_ms != FOR_EVER:
        state.timeouts.add((wait.until_ms, wait.ticket, client.id))


def leave(state: State, client: Client) -> Wait | None:
    """End a client's wait, whatever the reason; what it waited for. O(keys).

    What it sent meanwhile is to run now: see `Engine`.
    """
    wait = client.wait
    if wait is None:
        return None
    waiting = state.databases[wait.db].waiting
    for key in wait.keys:
        clients = waiting[key]
        del clients[client.id]
        if not clients:
            del waiting[key]
    if wait.until_ms != FOR_EVER:
        state.timeouts.remove((wait.until_ms, wait.ticket, client.id))
    client.wait = None
    client.asking = False
    client.guard()
    if client.held:
        state.released.append(client.id)
    return wait


def unblock(state: State, client: Client, *, error: bool) -> bool:
    """End a client's wait from outside, as CLIENT UNBLOCK does; False if it does not wait.

    It gets what a timeout would give it, or an error.
    """
    wait = leave(state, client)
    if wait is None:
        return False
    client.answer(Failure(UNBLOCKED) if error else _in_vain(state, client, wait))
    state.reached[client.id] = None
    if emit := state.probe.emit:
        emit(ClientUnblocked(client.id, error))
    return True


def give_up(state: State) -> None:
    """Answer all whose timeout has come, in the order of their deadlines. O(1) if none has.

    Unlike Redis: at the deadline itself, and not a millisecond later, so that a second of a
    lesson's clock is enough for a timeout of one.

    Source: `timeout.c` handleBlockedClientsTimeout.
    """
    timeouts = state.timeouts
    while timeouts and timeouts[0][0] <= state.now_ms:
        client = state.clients[timeouts[0][2]]
        wait = leave(state, client)
        assert wait is not None
        client.answer(_in_vain(state, client, wait))
        state.reached[client.id] = None
        if emit := state.probe.emit:
            emit(ClientTimedOut(client.id, wait.keys, state.now_ms - wait.since_ms))


def _in_vain(state: State, client: Client, wait: Wait) -> Reply:
    """What a client gets that waited for nothing: WAIT has no keys, but counts replicas."""
    if wait.kind == FOR_THE_DISK:
        return kept(state, client)
    if wait.kind == FOR_REPLICAS:
        return state.replication.count(client.streamed)
    return NULL_ARRAY if wait.keys else 0


def kept(state: State, client: Client) -> Reply:
    """How many logs have on disk what a client has written: the local one, and replicas'."""
    return [int(state.durability.synced >= client.written), 0]


def serve_synced(state: State) -> None:
    """Answer those whose WAITAOF waits for what is on disk by now (or for a log that is off).

    A log of another server has nothing on disk: nobody who asks for one is served. O(waiting).

    Source: `replication.c` processClientsWaitingReplicas.
    """
    known = state.durability
    for client_id in list(known.waiting):
        client = state.clients.get(client_id)
        wait = client.wait if client is not None else None
        if client is None or wait is None or wait.kind != FOR_THE_DISK:
            del known.waiting[client_id]
            continue
        local, replicas = (parse_integer(word) for word in wait.argv[1:3])
        lost = local and known.log == "off"
        if not lost and (replicas or known.synced < client.written):
            continue
        del known.waiting[client_id]
        leave(state, client)
        client.answer(Failure(WAITAOF_WITHOUT_LOG) if lost else kept(state, client))
        state.reached[client.id] = None


def serve_acknowledged(state: State) -> None:
    """Answer those whose WAIT waits for what replicas have by now. O(waiting).

    A server that has become a replica itself sends them away.

    Source: `replication.c` processClientsWaitingReplicas; `blocked.c` disconnectAllBlockedClients.
    """
    known = state.replication
    for client_id in list(known.waiting):
        client = state.clients.get(client_id)
        wait = client.wait if client is not None else None
        if client is None or wait is None or wait.kind != FOR_REPLICAS:
            del known.waiting[client_id]
            continue
        count, wanted = known.count(client.streamed), parse_integer(wait.argv[1])
        assert wanted is not None
        if count < wanted and known.primary is None:
            continue
        del known.waiting[client_id]
        leave(state, client)
        client.answer(count if known.primary is None else Failure(NOW_A_REPLICA))
        client.closing = client.closing or known.primary is not None
        state.reached[client.id] = None


def candidates(state: State, db: Database, key: bytes) -> list[Client]:
    """The clients that wait for `key`, the one that came first at the front. O(their number)."""
    found = [state.clients[client_id] for client_id in db.waiting.get(key, ())]
    assert all(client.wait is not None for client in found)
    return found


def is_wanted(db: Database, key: bytes, wait: Wait) -> bool:
    """Whether what `key` holds now is a reason to run a parked command again."""
    value = db.value_of(key)
    return wait.on_gone or (value is not None and value.type == wait.kind)


def mark_all(state: State, db: Database) -> None:
    """Make every key of `db` ready that somebody waits for: after SWAPDB, or FLUSHDB."""
    for key in db.waiting:
        state.make_ready(db.index, key)


def rebuild(state: State) -> None:
    """Work out who waits for what from the clients alone, after a step in time."""
    state.ready.clear()
    state.released.clear()
    state.timeouts.clear()
    for db in state.databases:
        db.waiting.clear()
    waiting = [(client.wait.ticket, client) for client in state.clients.values() if client.wait]
    for _, client in sorted(waiting, key=lambda pair: pair[0]):
        assert client.wait is not None
        _enter(state, client, client.wait)


def check(state: State) -> None:
    """Assert that keys, deadlines and clients agree on who waits. O(waiting clients)."""
    parked = {client.id: client.wait for client in state.clients.values() if client.wait}
    listed = [(ids, db.index, key) for db in state.databases for key, ids in db.waiting.items()]
    assert sum(len(ids) for ids, _, _ in listed) == sum(len(w.keys) for w in parked.values())
    for ids, index, key in listed:
        waits = [parked[client_id] for client_id in ids]
        assert waits, "an empty row of waiting clients"
        assert all(wait.db == index and key in wait.keys for wait in waits)
        tickets = [wait.ticket for wait in waits]
        assert tickets == sorted(tickets), "somebody jumped the queue"
    timed = sorted((w.until_ms, w.ticket, n) for n, w in parked.items() if w.until_ms)
    assert list(state.timeouts) == timed
    assert not state.ready and not state.released


@dataclass(frozen=True, slots=True)
class ClientBlocked(Event):
    """A client found nothing under `keys` and waits now; `until_ms` is 0 for ever."""

    client: int
    db: int
    keys: tuple[bytes, ...]
    until_ms: int


@dataclass(frozen=True, slots=True)
class ClientServed(Event):
    """A client's command ran again, since `key` was made, and got its reply."""

    client: int
    key: bytes
    waited_ms: int


@dataclass(frozen=True, slots=True)
class ClientTimedOut(Event):
    """A client's timeout has come, and its reply is null."""

    client: int
    keys: tuple[bytes, ...]
    waited_ms: int


@dataclass(frozen=True, slots=True)
class ClientUnblocked(Event):
    """A client's wait was ended by CLIENT UNBLOCK, with an error or as by a timeout."""

    client: int
    error: bool
