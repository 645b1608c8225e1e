"""Tracking: telling clients that something they keep a copy of has changed.

A client that keeps copies of what it read (`CLIENT TRACKING ON`) wants to know when a copy
is stale. There are two ways to tell it.

    default      The server notes which keys the client has read, and tells it once, when one of
                 them changes; to be told again, it has to read again.
                     table: key -> clients
    BCAST        The server notes nothing but prefixes, and tells of every key that changes and
                 begins with one, read or not.
                     prefixes: prefix -> clients

A RESP3 client gets a push, `invalidate [key ...]`. One that speaks RESP2 names another
connection with REDIRECT, which has subscribed to `__redis__:invalidate`. The keys of all
databases share one table: a change to a key of that name in another one counts too.

Source: `tracking.c`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from redlearn.engine.client import Client, Tracking
from redlearn.engine.pubsub import hand
from redlearn.engine.state import State
from redlearn.probe import Event
from redlearn.resp.reply import Push, Reply

CHANNEL: Final = b"__redis__:invalidate"


def start(state: State, client: Client, wanted: Tracking) -> None:
    """Let `client` be told from now on, or told otherwise. O(prefixes).

    Source: `tracking.c` enableTracking.
    """
    if client.tracking is None:
        state.crowd.tracking_clients += 1
    client.tracking = wanted
    for prefix in wanted.prefixes:
        state.crowd.tracked_prefixes.setdefault(prefix, {})[client.id] = None
    client.guard()
    state.pay_attention()


def stop(state: State, client: Client) -> None:
    """Tell `client` nothing any more. Keys it has read stay noted until they change. O(prefixes).

    Source: `tracking.c` disableTracking.
    """
    if client.tracking is None:
        return
    for prefix in client.tracking.prefixes:
        clients = state.crowd.tracked_prefixes[prefix]
        clients.pop(client.id, None)
        if not clients:
            del state.crowd.tracked_prefixes[prefix]
    client.tracking = None
    state.crowd.tracking_clients -= 1
    client.guard()
    state.pay_attention()


def remember(state: State, client: Client, keys: list[bytes]) -> None:
    """Note that `client` has read `keys`, if it wants that. O(keys).

    Beyond `tracking-table-max-keys` the key that was noted first is given up, its readers told.
    Unlike Redis, which draws one by chance.

    Source: `tracking.c` trackingRememberKeys, trackingLimitUsedSlots.
    """
    tracking = client.tracking
    if tracking is None or tracking.bcast:
        return
    if (tracking.optin and tracking.caching is not True) or (
        tracking.optout and tracking.caching is False
    ):
        return
    for key in keys:
        state.crowd.tracked.setdefault(key, {})[client.id] = None
    limit = state.config.number("tracking-table-max-keys")
    while limit and len(state.crowd.tracked) > limit:
        _tell_readers(state, next(iter(state.crowd.tracked)), None, client)


def forget_choice(client: Client) -> None:
    """CLIENT CACHING holds for one command, and that has run now."""
    if client.tracking is not None and client.tracking.caching is not None:
        client.tracking = replace(client.tracking, caching=None)


def invalidate(state: State, key: bytes, by: Client | None) -> None:
    """`key` was changed by a client, or has died (None): tell those who may have a copy.

    Source: `tracking.c` trackingInvalidateKey.
    """
    if state.crowd.tracked_prefixes:
        _note_for_prefixes(state, key, by)
    if key in state.crowd.tracked:
        _tell_readers(state, key, by, by)


def _tell_readers(state: State, key: bytes, by: Client | None, running: Client | None) -> None:
    for client_id in state.crowd.tracked.pop(key):
        client = state.clients.get(client_id)
        if client is None or client.tracking is None or client.tracking.bcast:
            continue
        if not (client.tracking.noloop and client is by):
            _send(state, client, [key], running)


def _note_for_prefixes(state: State, key: bytes, by: Client | None) -> None:
    """Keep a changed key until the command, or turn, is over: then all go in one message.

    What a script changes is no client's doing: NOLOOP does not spare him who sent it.
    """
    if any(key.startswith(prefix) for prefix in state.crowd.tracked_prefixes):
        if by is None or state.scripts.running is not None:
            state.crowd.tracked_changes[key] = 0
        else:
            state.crowd.tracked_changes[key] = by.id


def broadcast(state: State, running: Client | None) -> None:
    """Tell BCAST clients of the keys that changed since the last time. O(prefixes * keys).

    Keys and prefixes in the order of their bytes, as Redis's radix trees give them.

    Source: `tracking.c` trackingBroadcastInvalidationMessages.
    """
    changes, state.crowd.tracked_changes = state.crowd.tracked_changes, {}
    for prefix, clients in sorted(state.crowd.tracked_prefixes.items()):
        keys = [(key, by) for key, by in sorted(changes.items()) if key.startswith(prefix)]
        for client_id in tuple(clients) if keys else ():
            client = state.clients[client_id]
            assert client.tracking is not None
            told = [key for key, by in keys if not (client.tracking.noloop and by == client_id)]
            if told:
                _send(state, client, told, running)


def flushed(state: State, by: Client | None) -> None:
    """Everything is gone: tell everybody at once, with a null in place of the keys.

    Source: `tracking.c` trackingInvalidateKeysOnFlush.
    """
    if not state.crowd.tracking_clients:
        return
    for client in list(state.clients.values()):
        if client.tracking is not None:
            _send(state, client, None, by)
    state.crowd.tracked.clear()


def _send(state: State, client: Client, keys: list[bytes] | None, running: Client | None) -> None:
    """Source: `tracking.c` sendTrackingMessage."""
    assert client.tracking is not None
    target = client
    if client.tracking.redirect:
        found = state.clients.get(client.tracking.redirect)
        if found is None:
            _break_off(state, client, client.tracking, running)
            return
        target = found
    told: Reply = None if keys is None else [*keys]
    if target.protocol >= 3:
        hand(state, target.id, Push([b"invalidate", told]), running)
    elif client.tracking.redirect and target.listens:
        hand(state, target.id, Push([b"message", CHANNEL, told]), running)
    else:
        return
    if emit := state.probe.emit:
        emit(Invalidated(target.id, None if keys is None else tuple(keys)))


def _break_off(state: State, client: Client, tracking: Tracking, running: Client | None) -> None:
    """The client that was to be told is gone: say so to the one it was told for, if it can hear."""
    client.tracking = replace(tracking, broken=True)
    if client.protocol >= 3:
        gone: list[Reply] = [b"tracking-redir-broken", tracking.redirect]
        hand(state, client.id, Push(gone), running)


def rebuild(state: State) -> None:
    """Work out prefixes and counts from the clients, after a step in time."""
    state.crowd.tracked_prefixes.clear()
    state.crowd.tracked_changes.clear()
    state.crowd.tracking_clients = 0
    for client in state.clients.values():
        if client.tracking is not None:
            state.crowd.tracking_clients += 1
            for prefix in client.tracking.prefixes:
                state.crowd.tracked_prefixes.setdefault(prefix, {})[client.id] = None


@dataclass(frozen=True, slots=True)
class Invalidated(Event):
    """A client was told that its copies of `keys` are stale; all of them, if None."""

    client: int
    keys: tuple[bytes, ...] | None
