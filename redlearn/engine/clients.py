"""Clients as a crowd: who leaves, who is sent away, who has to wait because of a pause.

While anything is on that concerns every command of every client (a pause, a MONITOR, a load, a disk
that fails, a primary), all of them are guarded, and take the longer way through dispatch; else none
pays for it.

Sources: `networking.c` freeClient, clientKillCommand, pauseActions, unpauseActions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from redlearn.engine import blocking, pubsub, tracking
from redlearn.engine.client import Client
from redlearn.engine.command import Command, Flags
from redlearn.engine.state import State
from redlearn.engine.transactions import forget_watches
from redlearn.probe import Event

MAY_REPLICATE = frozenset({
    "publish", "spublish", "pfcount", "eval", "evalsha", "fcall",
})  # fmt: skip
"""What replicas may be told of although it is no write (CMD_MAY_REPLICATE)."""

BY_CLIENT: Final = "client_pause"
"""Why others wait because of CLIENT PAUSE, as INFO says it (`networking.c` getPausedReason)."""


def forget(state: State, client: Client) -> None:
    """Let everything go that a client holds: its watches, subscriptions, its wait, itself."""
    forget_watches(state, client)
    pubsub.forget(state, client)
    tracking.stop(state, client)
    blocking.leave(state, client)
    state.clients.pop(client.id, None)
    if client.migrates and state.cluster is not None:
        state.cluster.moves.gone(client.id)
    state.crowd.monitors.pop(client.id, None)
    be_alert(state)


def kill(state: State, client: Client, by: Client) -> None:
    """Send a client away: at once, or after its reply if it is the one who says so."""
    client.closing = True
    if emit := state.probe.emit:
        emit(ClientKilled(client.id, by.id))
    if client is not by:
        forget(state, client)
        state.reached[client.id] = None


def be_alert(state: State) -> None:
    """Guard all clients, if there is a reason to. O(clients)."""
    crowd = state.crowd
    known = state.durability
    alert = bool(
        state.probe.emit is not None
        or crowd.monitors
        or crowd.paused_until_ms
        or crowd.tracked_prefixes
        or crowd.busy
        or known.loading is not None
        or known.trouble(state.config)
        or state.replication.primary is not None
        or state.config.number("min-replicas-to-write")
    )
    if alert != state.crowd.alert:
        state.crowd.alert = alert
        for client in state.clients.values():
            client.be_alert(alert)


def pause(state: State, until_ms: int, writes_only: bool, why: str = BY_CLIENT) -> None:
    """Let clients wait until a moment: those that write, or all. Of two pauses the longer and
    the stricter holds; they end one by one, each for its own reason.

    Source: `networking.c` pauseActions, updatePausedActions.
    """
    crowd = state.crowd
    before_ms, only = crowd.pauses.get(why, (0, True))
    crowd.pauses[why] = max(until_ms, before_ms), writes_only and only
    crowd.sum_up_pauses()
    be_alert(state)
    if emit := state.probe.emit:
        emit(ClientsPaused(state.crowd.paused_until_ms, state.crowd.paused_writes_only))


def unpause(state: State, why: str = BY_CLIENT) -> None:
    """There is no reason of that kind any more: who was stopped goes on, or is stopped again."""
    state.crowd.pauses.pop(why, None)
    _let_go(state)


def end_pauses(state: State) -> None:
    """Let those go on whose time has come."""
    pauses = state.crowd.pauses
    for why in [why for why, (until_ms, _) in pauses.items() if until_ms <= state.now_ms]:
        del pauses[why]
    _let_go(state)


def _let_go(state: State) -> None:
    """Have what was stopped looked at again, in the order in which it came."""
    state.crowd.sum_up_pauses()
    be_alert(state)
    for client_id in state.crowd.postponed:
        client = state.clients.get(client_id)
        if client is not None:
            client.postponed = False
            client.guard()
            state.released.append(client_id)
            state.reached[client_id] = None
    state.crowd.postponed = []


def is_paused(state: State, client: Client, command: Command) -> bool:
    """Whether a command has to wait for the end of a pause (`server.c processCommand`)."""
    if not state.crowd.paused_until_ms:
        return False
    if not state.crowd.paused_writes_only:
        return True
    if command.name == "exec":
        return any(may_be_passed_on(queued) for queued, _ in client.queue or ())
    return may_be_passed_on(command)


def postpone(state: State, client: Client, argv: list[bytes]) -> None:
    """Keep a command, and all that its client sends after it, until the pause is over.

    What is held already came after it: the end of a pause let it go, and another has begun since.
    """
    client.postponed = True
    client.held = (tuple(argv), *client.held)
    client.guard()
    state.crowd.postponed.append(client.id)


def may_be_passed_on(command: Command) -> bool:
    """Whether a command writes, or replicas may be told of it all the same. O(1)."""
    return Flags.WRITE in command.flags or command.name in MAY_REPLICATE


@dataclass(frozen=True, slots=True)
class ClientKilled(Event):
    """Client `by` had a client sent away."""

    client: int
    by: int


@dataclass(frozen=True, slots=True)
class ClientsPaused(Event):
    """Commands wait until a moment (ms since 1970): those that write, or all."""

    until_ms: int
    writes_only: bool
