"""Pub/sub: who listens to what, and where a published message goes.

    channels   b"news"  -> clients that said SUBSCRIBE news
    patterns   b"new*"  -> clients that said PSUBSCRIBE new*
    shards     b"news"  -> clients that said SSUBSCRIBE news

A message is handed to everybody who listens at this very moment, and then forgotten: there
is no queue, nobody who comes later gets it, and PUBLISH counts deliveries, not people. A
client that has both a channel and a pattern that fits gets the message twice.

A message for the client that is just running a command comes after that command's reply.

Sources: `pubsub.c` pubsubSubscribeChannel, pubsubPublishMessageInternal; for the order,
`networking.c` _addReplyToBufferOrList and its pending_push_messages.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from redlearn.engine.client import Client
from redlearn.engine.state import State
from redlearn.engine.structures.glob import matches
from redlearn.probe import Event
from redlearn.resp.reply import Push, Reply, Status

KINDS: Final = ("channels", "patterns", "shards")
"""The three tables of `State.listeners`, and of `Client.subscriptions`."""

_TAKEN: Final = {"channels": b"subscribe", "patterns": b"psubscribe", "shards": b"ssubscribe"}
_LEFT: Final = {"channels": b"unsubscribe", "patterns": b"punsubscribe", "shards": b"sunsubscribe"}


def subscribe(state: State, client: Client, kind: str, name: bytes) -> Push:
    """Let `client` hear `name` from now on; what it is told. O(1)."""
    if name not in client.subscriptions[kind]:
        client.subscriptions[kind][name] = None
        state.listeners[kind].setdefault(name, {})[client.id] = None
        client.guard()
        if emit := state.probe.emit:
            emit(Subscribed(client.id, kind, name))
    return Push([_TAKEN[kind], name, count(client, kind)])


def unsubscribe(state: State, client: Client, kind: str, name: bytes) -> Push:
    """Let `client` hear `name` no longer; what it is told, whether it had listened or not. O(1)."""
    if name in client.subscriptions[kind]:
        del client.subscriptions[kind][name]
        listeners = state.listeners[kind][name]
        del listeners[client.id]
        if not listeners:
            del state.listeners[kind][name]
        client.guard()
        if emit := state.probe.emit:
            emit(Unsubscribed(client.id, kind, name))
    return Push([_LEFT[kind], name, count(client, kind)])


def unsubscribe_all(state: State, client: Client, kind: str) -> list[Push]:
    """Let `client` hear nothing of a kind; what it is told: one push each, or one about nothing.

    In the order of subscription; Redis goes by the buckets of a table.
    """
    names = list(client.subscriptions[kind])
    if not names:
        return [Push([_LEFT[kind], None, count(client, kind)])]
    return [unsubscribe(state, client, kind, name) for name in names]


def forget(state: State, client: Client) -> None:
    """End all subscriptions of a client that leaves, or said RESET. Tells nobody."""
    for kind in KINDS:
        for name in list(client.subscriptions[kind]):
            unsubscribe(state, client, kind, name)


def count(client: Client, kind: str) -> int:
    """The number at the end of a push: shard channels count apart from the other two."""
    subscriptions = client.subscriptions
    if kind == "shards":
        return len(subscriptions["shards"])
    return len(subscriptions["channels"]) + len(subscriptions["patterns"])


def publish(
    state: State, channel: bytes, message: bytes, *, running: Client | None, sharded: bool = False
) -> int:
    """Hand `message` to all who listen; to how many, pattern by pattern.

    O(listeners of the channel, and all patterns).

    Args:
        running: Whose command does this; what it hears itself comes after its reply.
        sharded: SPUBLISH: only those who listen to the shard channel.
    """
    reached: list[int] = []
    listeners = state.listeners
    table = listeners["shards" if sharded else "channels"]
    word = b"smessage" if sharded else b"message"
    for client_id in table.get(channel, ()):
        hand(state, client_id, Push([word, channel, message]), running)
        reached.append(client_id)
    if not sharded:
        for pattern, clients in listeners["patterns"].items():
            if matches(pattern, channel):
                for client_id in clients:
                    hand(state, client_id, Push([b"pmessage", pattern, channel, message]), running)
                    reached.append(client_id)
    if emit := state.probe.emit:
        emit(Published(channel, message, tuple(reached)))
    return len(reached)


def hand(state: State, client_id: int, push: Push | Status, running: Client | None) -> None:
    """Put a push into a client's outbox: behind its reply, if it is the one that runs. O(1)."""
    client = state.clients[client_id]
    if client is running:
        state.deferred.append((client_id, push))
        state.unsettled = True
    else:
        client.outbox.append(push)
        state.reached[client_id] = None


def deliver_deferred(state: State) -> None:
    """Hand out what waited for a command's reply to go first."""
    waiting, state.deferred = state.deferred, []
    for client_id, push in waiting:
        if (client := state.clients.get(client_id)) is not None:
            client.outbox.append(push)
            state.reached[client_id] = None


def active(state: State, kind: str, pattern: bytes | None) -> list[Reply]:
    """The names somebody listens to, those that match `pattern` if there is one."""
    names = state.listeners[kind]
    return [name for name in names if pattern is None or matches(pattern, name)]


def numbers(state: State, kind: str, names: list[bytes]) -> list[Reply]:
    """Each name, followed by how many listen to it."""
    table = state.listeners[kind]
    found: list[Reply] = []
    for name in names:
        found += [name, len(table.get(name, ()))]
    return found


def rebuild(state: State) -> None:
    """Work out who listens to what from the clients alone, after a step in time.

    The order of those who listen to one name becomes that of the clients.
    """
    state.deferred.clear()
    state.reached.clear()
    for kind in KINDS:
        table = state.listeners[kind]
        table.clear()
        for client in state.clients.values():
            for name in client.subscriptions[kind]:
                table.setdefault(name, {})[client.id] = None


def check(state: State) -> None:
    """Assert that clients and tables agree on who listens. O(subscriptions)."""
    for kind in KINDS:
        by_client = {(n, c.id) for c in state.clients.values() for n in c.subscriptions[kind]}
        by_name = {(name, n) for name, ids in state.listeners[kind].items() for n in ids}
        assert by_client == by_name
        assert all(state.listeners[kind].values()), "a name that nobody listens to"
    assert not state.deferred


@dataclass(frozen=True, slots=True)
class Subscribed(Event):
    """A client listens now to `name`; `kind` is "channels", "patterns" or "shards"."""

    client: int
    kind: str
    name: bytes


@dataclass(frozen=True, slots=True)
class Unsubscribed(Event):
    """A client listens no longer to `name`."""

    client: int
    kind: str
    name: bytes


@dataclass(frozen=True, slots=True)
class Published(Event):
    """A message was handed to these clients, each once for a channel or pattern of its own."""

    channel: bytes
    message: bytes
    reached: tuple[int, ...]
