"""NodePort: an engine and the rules of a cluster's node, made one.

    client -> Engine -> NodePort -> ClusterNode     which node has this slot? do this
              Engine <- NodePort <- ClusterNode     these keys are not yours any more

The engine asks `ports.Cluster`; the rules ask `local.Keyspace`. Neither knows the other, and both
can be had alone: the rules without data, to be watched by the hundred; the engine without cluster.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from random import Random

from redlearn.cluster.local import Replication
from redlearn.cluster.looks import Lens, info, links, shards, slots
from redlearn.cluster.message import NODE_SLAVE
from redlearn.cluster.moves import Moves
from redlearn.cluster.node import ClusterNode
from redlearn.cluster.nodes_conf import node_line, write
from redlearn.cluster.state import ClusterState, Node
from redlearn.cluster_errors import (
    BAD_NODE_ADDRESS,
    CONFIG_NOT_SAVED,
    REPLICAS_OF_REPLICA,
    UNKNOWN_NODE,
)
from redlearn.engine import clients, pubsub, routing
from redlearn.engine.engine import Engine
from redlearn.engine.ports import Route
from redlearn.errors import CommandError, as_text
from redlearn.resp.reply import Reply
from redlearn.slots import SLOTS

Save = Callable[[bytes, bool], None]
"""Keeps the text of nodes.conf, on the disk itself if the second is true. Raises OSError."""

_NOWHERE = Route(None)


class NodePort:
    """The node that an engine is.

    Attributes:
        node: Its rules. Whoever drives it empties `node.outbox`.
        engine: Its data, and its clients.
        view: What the node knows.
        moves: Slots that move as a whole.
        carry: Takes what is in the outbox of `node`, once it may go.
        doomed: Told that what the node knows could not be written down when it had to be.
    """

    def __init__(
        self,
        engine: Engine,
        view: ClusterState,
        chance: Random,
        save: Save,
        replication: Replication | None = None,
    ) -> None:
        """Make an engine a node; it takes commands as one from now on.

        Args:
            view: What is known at the start: of itself alone, or what nodes.conf says.
            save: Keeps what is known.
        """
        self.engine = engine
        self.view = view
        self._save = save
        self.carry: Callable[[], None] = _to_nobody
        self.doomed: Callable[[OSError], None] = _is_raised
        self.node = ClusterNode(
            view,
            engine.clock,
            chance,
            engine.state.config,
            self,
            replication or Role(engine, view.myself.primary),
            engine.probe,
        )
        self.moves = Moves(self.node)
        routing.join(engine.state, self)

    # ----------------------------------------------------- for the engine: where a command belongs

    @property
    def healthy(self) -> bool:
        """Whether the cluster takes commands at all."""
        return self.view.ok

    @property
    def is_replica(self) -> bool:
        """Whether this node follows another one."""
        return self.view.myself.flags & NODE_SLAVE != 0

    def route(self, slot: int) -> Route:
        """Where a slot is. O(1)."""
        view = self.view
        owner = view.owners[slot]
        if owner is None and slot not in view.importing:
            return _NOWHERE
        leaving, coming = view.migrating.get(slot), view.importing.get(slot)
        return Route(
            owner=None if owner is None else owner.id,
            here=owner is view.myself,
            followed=owner is not None and owner is view.myself.primary,
            leaving_for=None if leaving is None else leaving.id,
            coming_from=None if coming is None else coming.id,
        )

    def end_of_run(self, slot: int) -> int:
        """The last slot behind `slot` with none between that somebody else serves. O(SLOTS)."""
        owners = self.view.owners
        owner = owners[slot]
        return next((at - 1 for at in range(slot, SLOTS) if owners[at] is not owner), SLOTS - 1)

    def endpoint(self, node: bytes, *, tls: bool) -> bytes:
        """Where clients reach a node."""
        return self._lens(tls).endpoint(self.view.nodes[node])

    def publish(self, channel: bytes, message: bytes, *, sharded: bool) -> None:
        """Pass a message on to the other nodes, or to those of this node's shard."""
        self.node.publish(channel, message, sharded=sharded)

    def _lens(self, tls: bool) -> Lens:
        state = self.engine.state
        endpoints = state.config.text("cluster-preferred-endpoint-type")
        return Lens(endpoints, tls, state.replication.offset)

    # ---------------------------------------------------------------------- for the engine: acts

    def add_slots(self, slots: Sequence[int]) -> None:
        """Serve slots that nobody serves."""
        self.node.add_slots(slots)

    def delete_slots(self, slots: Sequence[int]) -> None:
        """Forget who serves slots."""
        self.node.del_slots(slots)

    def flush_slots(self) -> None:
        """Serve none any more."""
        self.node.flush_slots()

    def migrate_slot(self, slot: int, node: bytes) -> None:
        """Begin to give a slot's keys away."""
        self.node.set_slot_migrating(slot, node)

    def import_slot(self, slot: int, node: bytes) -> None:
        """Begin to take a slot's keys."""
        self.node.set_slot_importing(slot, node)

    def close_slot(self, slot: int) -> None:
        """Neither give nor take."""
        self.node.set_slot_stable(slot)

    def assign_slot(self, slot: int, node: bytes) -> None:
        """Say who serves a slot."""
        self.node.set_slot_node(slot, node)

    def meet(self, ip: bytes, port: int, bus_port: int) -> None:
        """Shake hands with a node."""
        if not self.node.meet(ip, port, bus_port):
            raise CommandError(BAD_NODE_ADDRESS.format(as_text(ip), port))

    def forget(self, node: bytes) -> None:
        """Strike a node off."""
        self.node.forget(node)

    def replicate(self, node: bytes) -> None:
        """Be a replica of a node, or of nobody."""
        self.node.replicate(node)

    def failover(self, how: str) -> None:
        """Take the primary's place."""
        self.node.failover(force=how == "force", takeover=how == "takeover")

    def reset(self, *, hard: bool) -> None:
        """Know nobody any more."""
        self.node.reset(hard=hard)

    def bump_epoch(self) -> tuple[bool, int]:
        """Take a config epoch greater than all others; whether, and which it is."""
        return self.node.bump_epoch(), self.view.myself.config_epoch

    def set_config_epoch(self, epoch: int) -> None:
        """Begin with this config epoch."""
        self.node.set_config_epoch(epoch)

    def save_now(self) -> None:
        """Write down what is known.

        Raises:
            CommandError: The disk does not take it.
        """
        try:
            self._save(write(self.view), True)
        except OSError as trouble:
            raise CommandError(CONFIG_NOT_SAVED.format(trouble.strerror)) from None

    # --------------------------------------------------------------------- for the engine: looks

    @property
    def my_id(self) -> bytes:
        """The id of this node."""
        return self.view.myself.id

    @property
    def my_shard(self) -> bytes:
        """That of its shard."""
        return self.view.myself.shard_id

    @property
    def known(self) -> int:
        """How many nodes this one knows, with itself."""
        return len(self.view.nodes)

    def nodes(self, *, tls: bool) -> bytes:
        """The lines of CLUSTER NODES."""
        lines = (node_line(self.view, node, tls=tls) for node in self.view.nodes.values())
        return b"".join(line + b"\n" for line in lines)

    def replicas(self, node: bytes, *, tls: bool) -> list[bytes]:
        """Such a line for each replica of a primary."""
        primary = self._known(node)
        if primary.flags & NODE_SLAVE:
            raise CommandError(REPLICAS_OF_REPLICA)
        return [node_line(self.view, replica, tls=tls) for replica in primary.replicas]

    def _known(self, node: bytes) -> Node:
        found = self.view.nodes.get(node)
        if found is None:
            raise CommandError(UNKNOWN_NODE.format(as_text(node)))
        return found

    def info(self) -> bytes:
        """The lines of CLUSTER INFO."""
        return info(self.view)

    def links(self) -> list[Reply]:
        """A map for each connection of the bus."""
        return links(self.view)

    def slots(self, *, tls: bool) -> list[Reply]:
        """For each range of slots its nodes."""
        return slots(self.view, self._lens(tls))

    def shards(self, *, tls: bool) -> list[Reply]:
        """For each shard its slots and nodes."""
        return shards(self.view, self._lens(tls))

    def failure_reports(self, node: bytes) -> int:
        """How many say at present that a node fails."""
        return self.node.count_failure_reports(node)

    # --------------------------------------------------------------------- for the engine: time

    @property
    def restless(self) -> bool:
        """Whether something is left to be done."""
        return bool(self.view.todo or self.node.outbox)

    def before_sleep(self) -> None:
        """Do what calls have left to be done: replies may go only when it is written down."""
        self.node.before_sleep()
        self.carry()

    def cron(self) -> None:
        """What a node does ten times a second."""
        self.node.cron()
        self.before_sleep()

    def freeze(self) -> object:
        """All that the node knows."""
        return self.node.freeze()

    def thaw(self, frozen: object) -> None:
        """Take it back."""
        assert isinstance(frozen, tuple)
        self.node.thaw(frozen)

    # ---------------------------------------------------- for the rules: keys, clients and the disk

    def count_keys_in(self, slot: int) -> int:
        """How many keys a slot has here."""
        keys = self.engine.state.databases[0].slot_keys
        assert keys is not None
        return keys.count(slot)

    def delete_keys_in(self, slot: int) -> int:
        """Delete the keys of a slot that is another's now; how many there were."""
        return self.engine.drop_slot(slot)

    def is_empty(self) -> bool:
        """Whether there is no key at all."""
        return not len(self.engine.state.databases[0])

    def flush(self) -> None:
        """Delete all keys."""
        self.engine.flush()

    def slot_lost(self, slot: int) -> None:
        """Nobody listens to the shard channels of a slot any more."""
        routing.leave_channels(self.engine.state, slot)

    def pause(self, until_ms: int, why: str) -> None:
        """Let writes wait until then."""
        clients.pause(self.engine.state, until_ms, writes_only=True, why=why)

    def unpause(self, why: str) -> None:
        """Let them go on."""
        clients.unpause(self.engine.state, why)

    def is_paused(self, why: str) -> bool:
        """Whether they wait for that."""
        until_ms, _ = self.engine.state.crowd.pauses.get(why, (0, True))
        return until_ms > self.engine.clock.now_ms()

    def hide(self, slots: Iterable[int]) -> None:
        """Slots are coming: their keys are not listed, and do not expire by themselves."""
        self.engine.state.coming = self.engine.state.coming | frozenset(slots)

    def show(self, slots: Iterable[int]) -> None:
        """They are here, or will not come."""
        self.engine.state.coming = self.engine.state.coming - frozenset(slots)

    def silence_ms(self, client: int) -> int:
        """For how long a client has sent nothing."""
        found = self.engine.state.clients.get(client)
        return 0 if found is None else self.engine.clock.now_ms() - found.last_ms

    def answer(self, client: int, argv: list[bytes]) -> None:
        """Send a command to a client, which is the source of slots."""
        found = self.engine.state.clients.get(client)
        if found is not None:
            found.outbox.append([*argv])
            self.engine.state.reached[client] = None

    def dismiss(self, client: int) -> None:
        """Hang up on a client, and run nothing more of what it sends."""
        found = self.engine.state.clients.get(client)
        if found is not None:
            found.closing = True
            self.engine.state.reached[client] = None

    def pass_on(self, argv: list[bytes]) -> None:
        """Let replicas, and the log, have a command."""
        self.engine.pass_on(argv)

    def deliver(self, channel: bytes, message: bytes, *, sharded: bool) -> None:
        """Hand a message of another node's to those who listen here."""
        pubsub.publish(self.engine.state, channel, message, running=None, sharded=sharded)

    def save_config(self, *, fsync: bool) -> None:
        """Write down what is known. Raises OSError: a node that forgets must not go on."""
        try:
            self._save(write(self.view), fsync)
        except OSError as trouble:
            self.doomed(trouble)
            raise


class Role:
    """Replication where nobody carries the stream: the engine knows what it is, and no more."""

    def __init__(self, engine: Engine, primary: Node | None) -> None:
        self._state = engine.state
        if primary is not None:
            self.follow(primary)

    def offset(self) -> int:
        """How long the stream is that it has."""
        return self._state.replication.offset

    def data_age_ms(self) -> int:
        """For how long it has had nothing: since its link is down, which it always was."""
        return self._state.now_ms - self._state.replication.down_ms

    def follow(self, primary: Node) -> None:
        """Be its replica."""
        self._state.replication.primary = (as_text(primary.ip), primary.port)
        clients.be_alert(self._state)

    def stop_following(self) -> None:
        """Be a primary."""
        self._state.replication.primary = None
        clients.be_alert(self._state)


def _to_nobody() -> None:
    """Where there is no bus, or somebody else looks after it."""


def _is_raised(trouble: OSError) -> None:
    """Where nobody has to be told beside."""
