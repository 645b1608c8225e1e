"""Routing: whether the node of a cluster that got a command is the one to run it.

Every key has a slot, every slot at most one node that serves it, and a node runs only commands all
of whose keys are in one slot of its own. Anything else it refuses, and says where to go:

    CROSSSLOT      the keys are in several slots: nobody could run it
    MOVED 5061 h:p another node serves the slot: ask there, and remember that
    ASK 5061 h:p   this key has left already, while its slot is on the way: ask there, this once
    TRYAGAIN       some of several keys have left, others not: later
    CLUSTERDOWN    nobody serves the slot, or the cluster as a whole is not well

A slot on its way is open at both ends. The node that gives it (MIGRATING) runs what it has all
keys for. The one that takes it (IMPORTING) answers MOVED like everybody else, unless the client
has said ASKING just before.

    key here?        giving          taking, after ASKING
    all              run             run
    none             ASK             run; several different keys: TRYAGAIN
    some             TRYAGAIN        TRYAGAIN

EXEC counts as all its commands at once, and so do they, one by one, when they are queued. Channels
are neither here nor gone: a command about them is served where the slot is, open or not, and an
EXEC in which there is one counts as such.

Source: `cluster.c` getNodeByQuery, clusterRedirectClient, clusterRedirectBlockedClientIfNeeded;
`server.c` processCommand.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, NamedTuple

from redlearn.cluster_errors import (
    ASK,
    CLUSTER_DOWN,
    CLUSTER_READ_ONLY,
    CROSS_SLOT,
    MOVED,
    SLOT_NOT_SERVED,
    TRY_AGAIN,
)
from redlearn.engine import blocking, pubsub
from redlearn.engine.client import Client
from redlearn.engine.command import Command, Flags, find_command
from redlearn.engine.context import Context
from redlearn.engine.effects import Effect
from redlearn.engine.keys import routed_positions
from redlearn.engine.ports import Cluster, Route
from redlearn.engine.state import State
from redlearn.errors import CommandError, as_text
from redlearn.probe import Event
from redlearn.resp.reply import Failure
from redlearn.slots import slot_of

NO_SLOT: Final = -1

_ON_CHANNELS: Final = frozenset({"publish", "spublish", "subscribe", "psubscribe", "ssubscribe"})
"""What publishes or begins to listen; to listen no more counts as being about a key."""


class Refusal(Enum):
    """Why a command is not run here."""

    CROSS_SLOT = auto()
    TRY_AGAIN = auto()
    UNSERVED = auto()
    DOWN = auto()
    READ_ONLY = auto()
    ASK = auto()
    MOVED = auto()


class Way(NamedTuple):
    """Where a command belongs.

    Attributes:
        refusal: Why not here; None if here.
        slot: That of its keys; NO_SLOT if it has none, or if it has not come to that.
        node: Where it is to go, for ASK and MOVED.
    """

    refusal: Refusal | None
    slot: int = NO_SLOT
    node: bytes | None = None


HERE: Final = Way(None)


class Redirected(CommandError):
    """A command belongs elsewhere. Unlike other refusals it keeps its words even for EXEC."""


@dataclass(slots=True)
class _Wanted:
    """What the keys of a call come to.

    Attributes:
        missing, present: How many there are, if the slot is open.
        several: There are different keys.
    """

    slot: int
    route: Route
    first: bytes
    missing: int = 0
    present: int = 0
    several: bool = False


def require_here(state: State, client: Client, command: Command, argv: list[bytes]) -> None:
    """Refuse what another node has to run; note the slot of what runs here.

    Raises:
        Redirected: It does not run here.
    """
    cluster = state.cluster
    if cluster is None or client.obeyed:
        return
    client.slot = NO_SLOT
    if not (command.keys or command.find_keys or command.name == "exec"):
        return
    way = find_way(state, client, command, argv)
    client.slot = way.slot
    if way.refusal is None:
        return
    if emit := state.probe.emit:
        emit(CommandRedirected(client.id, command.name, way.refusal.name, way.slot, way.node))
    raise Redirected(words_of(cluster, client, way))


def find_way(state: State, client: Client, command: Command, argv: list[bytes]) -> Way:
    """Where a call belongs. O(argv), for EXEC O(all queued words)."""
    cluster = state.cluster
    assert cluster is not None
    calls = [(command, argv)]
    if command.name == "exec":
        if client.queue is None:
            return HERE  # its own error comes first
        calls = client.queue
    on_channels = any(each.name in _ON_CHANNELS for each, _ in calls)
    wanted = _look_at_keys(state, cluster, calls)
    if isinstance(wanted, Way):
        return wanted
    writes = may_write(state, command, argv)
    if not cluster.healthy and (refusal := _refused_when_down(state, on_channels, writes)):
        return Way(refusal)
    if command.name == "exec":
        writes = any(may_write(state, *call) for call in calls)
    return _decide(client, command, wanted, on_channels, writes)


def _look_at_keys(
    state: State, cluster: Cluster, calls: list[tuple[Command, list[bytes]]]
) -> _Wanted | Way:
    """What the keys come to; or, where that settles it, the way."""
    wanted: _Wanted | None = None
    for key, may_be_gone in _keys_of(calls):
        if wanted is None:
            slot = slot_of(key)
            wanted = _Wanted(slot, cluster.route(slot), key)
            if wanted.route.owner is None:
                return Way(Refusal.UNSERVED)
        elif slot_of(key) != wanted.slot:
            return Way(Refusal.CROSS_SLOT)
        elif key != wanted.first:
            wanted.several = True
        if may_be_gone and is_open(wanted.route):
            _count(state, wanted, key)
    return HERE if wanted is None else wanted


def _keys_of(calls: list[tuple[Command, list[bytes]]]) -> Iterator[tuple[bytes, bool]]:
    """Each key, and whether it matters if it is here: not behind the first use of a channel."""
    keys_only = True
    for command, argv in calls:
        keys_only = keys_only and command.name not in _ON_CHANNELS
        for at in routed_positions(command, argv):
            yield argv[at], keys_only


def is_open(route: Route) -> bool:
    """Whether keys of the slot are on their way from or to this node."""
    leaving = route.here and route.leaving_for is not None
    return leaving or route.coming_from is not None


def _count(state: State, wanted: _Wanted, key: bytes) -> None:
    """Look whether a key is here. Its time may be over: Redis does not mind (LOOKUP_NOEXPIRE)."""
    if state.databases[0].keys.find(key) is None:
        wanted.missing += 1
    else:
        wanted.present += 1


def _refused_when_down(state: State, on_channels: bool, writes: bool) -> Refusal | None:
    flag = state.config.flag
    if on_channels:
        return None if flag("cluster-allow-pubsubshard-when-down") else Refusal.DOWN
    if not flag("cluster-allow-reads-when-down"):
        return Refusal.DOWN
    return Refusal.READ_ONLY if writes else None


def _decide(
    client: Client, command: Command, wanted: _Wanted, on_channels: bool, writes: bool
) -> Way:
    """All keys are in one slot that somebody serves: is it here, now?"""
    route, slot = wanted.route, wanted.slot
    leaving = route.leaving_for if route.here else None
    if command.name == "migrate" and is_open(route):
        return Way(None, slot)  # it is what carries keys from one to the other
    if leaving is not None and wanted.missing:
        if wanted.present:
            return Way(Refusal.TRY_AGAIN, slot)
        if leaving != route.owner:  # which Redis lets somebody say, who has no use for it
            return Way(Refusal.ASK, slot, leaving)
        return Way(None, slot)
    asked = client.asking or Flags.ASKING in command.flags
    if leaving is None and route.coming_from is not None and asked:
        torn = wanted.several and wanted.missing
        return Way(Refusal.TRY_AGAIN if torn else None, slot)
    if (client.read_only or on_channels) and not writes and route.followed:
        return Way(None, slot)
    return Way(None, slot) if route.here else Way(Refusal.MOVED, slot, route.owner)


def may_write(state: State, command: Command, argv: list[bytes]) -> bool:
    """Whether a call may write, as far as can be told before (`server.c` getCommandFlags).

    Of a script that only its shebang tells, and of a function what it was registered with.
    """
    if not command.runs_scripts:
        return command.write
    flags = state.scripts.flags_of(command.name, argv)
    return flags is not None and b"no-writes" not in flags


def words_of(cluster: Cluster, client: Client, way: Way) -> str:
    """The error that a client gets."""
    if way.refusal not in (Refusal.ASK, Refusal.MOVED):
        assert way.refusal is not None
        return _WORDS[way.refusal]
    assert way.node is not None
    text = ASK if way.refusal is Refusal.ASK else MOVED
    return text.format(way.slot, as_text(cluster.endpoint(way.node, tls=client.tls)))


_WORDS: Final = {
    Refusal.CROSS_SLOT: CROSS_SLOT,
    Refusal.TRY_AGAIN: TRY_AGAIN,
    Refusal.UNSERVED: SLOT_NOT_SERVED,
    Refusal.DOWN: CLUSTER_DOWN,
    Refusal.READ_ONLY: CLUSTER_READ_ONLY,
}


# ------------------------------------------------------------------------ joining, and losing slots


def join(state: State, cluster: Cluster) -> None:
    """Make an engine a node of a cluster. O(keys)."""
    state.cluster = cluster
    state.databases[0].index_slots()
    for client in state.clients.values():
        state.instruct(client)


def end_asking(client: Client, command: Command | None) -> None:
    """After a command: ASKING was for one, or for all of a MULTI (`networking.c` resetClient)."""
    if client.queue is None and (command is None or command.name != "asking"):
        client.asking = False


def leave_channels(state: State, slot: int) -> None:
    """Send those away who listen to shard channels of a slot that is not served here any more.

    Source: `pubsub.c` removeChannelsInSlot. O(shard channels and their listeners).
    """
    for name in [name for name in state.listeners["shards"] if slot_of(name) == slot]:
        for client_id in list(state.listeners["shards"][name]):
            push = pubsub.unsubscribe(state, state.clients[client_id], "shards", name)
            pubsub.hand(state, client_id, push, None)


def drop_keys(ctx: Context, slot: int) -> int:
    """Delete the keys of a slot that another node has now; how many there were. O(keys).

    They are not lost, only elsewhere: who asked for notifications does not hear of it.

    Source: `cluster_legacy.c` delKeysInSlot.
    """
    state, home = ctx.state, ctx.db
    db = ctx.db = state.databases[0]
    assert db.slot_keys is not None
    word = b"UNLINK" if state.config.flag("lazyfree-lazy-server-del") else b"DEL"
    keys = db.slot_keys.keys(slot, db.slot_keys.count(slot))
    for key in keys:
        ctx.delete(key)
        state.pass_on(Effect(db.index, (word, key)))
        ctx.touch_watchers(db, key)
        state.dirty += 1
    ctx.db = home
    return len(keys)


def redirect_blocked(state: State) -> None:
    """Send clients away that wait for keys which are not to come here any more. O(clients)."""
    cluster = state.cluster
    assert cluster is not None
    for client in list(state.clients.values()):
        if client.wait is None:
            continue
        command = find_command(list(client.wait.argv))
        way = way_of_blocked(cluster, client, command is not None and not command.write)
        if way.refusal is not None:
            blocking.leave(state, client)
            client.answer(Failure(words_of(cluster, client, way)))
            state.reached[client.id] = None


def way_of_blocked(cluster: Cluster, client: Client, reads: bool) -> Way:
    """Where a client that waits for keys should wait instead; here as a rule. O(1).

    Only its first key is looked at: the others have the same slot.
    """
    wait = client.wait
    if wait is None or not wait.keys:
        return HERE
    if not cluster.healthy:
        return Way(Refusal.DOWN)
    slot = slot_of(wait.keys[0])
    route = cluster.route(slot)
    if route.here or route.coming_from is not None:
        return HERE
    if client.read_only and reads and route.followed:
        return HERE
    if route.owner is None:
        return Way(Refusal.UNSERVED)
    return Way(Refusal.MOVED, slot, route.owner)


@dataclass(frozen=True, slots=True)
class CommandRedirected(Event):
    """A command was not run here.

    Attributes:
        refusal: The name of a `Refusal`, as "MOVED".
        slot: That of its keys, or NO_SLOT.
        node: The id of the node it was sent to, for ASK and MOVED.
    """

    client: int
    name: str
    refusal: str
    slot: int
    node: bytes | None
