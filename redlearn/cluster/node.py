"""One node of a cluster: what it does with a message, each tenth of a second, and when told to.

Sans-I/O: time comes from the clock that it was handed, chance from a Random, and all that it wants
sent, opened and closed is left in `outbox` as data. Whoever drives it, a simulator or real sockets,
calls

    accepted(ip)            somebody opened a link to this node: its number
    connected(link)         a link that this node asked for is up
    receive(message, link)  a message came
    closed(link)            a link is gone, or could not be opened
    cron()                  ten times a second
    before_sleep()          after each of these, or several; only then the outbox is sent

The rules themselves are functions, a module for each chapter: `handshake`, `heartbeat`, `gossip`,
`detection`, `health`, `epochs`, `roles`, `ownership`, `failover`, `manual`, `migration`,
`exporting`, `importing`; `acts` is what CLUSTER commands order. Each looks first whether it
applies, and then changes the view (`state.py`): guard, then change.

Source: `cluster_legacy.c` clusterCron, clusterBeforeSleep, clusterLinkConnectHandler.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any, Final

from redlearn.clock import Clock
from redlearn.cluster import acts
from redlearn.cluster.detection import count_reports, suspect_if_silent
from redlearn.cluster.epochs import bump_without_asking
from redlearn.cluster.exporting import go_on_exporting
from redlearn.cluster.failover import stand_for_election
from redlearn.cluster.handshake import give_up_late_handshake, meet
from redlearn.cluster.health import update_health
from redlearn.cluster.heartbeat import broadcast_pong, send_heartbeat
from redlearn.cluster.importing import go_on_importing, handle_imports
from redlearn.cluster.local import Keyspace, Local, NoData, Out, Replication
from redlearn.cluster.manual import (
    give_up_when_late,
    go_on_with_manual_failover,
    pings_all_the_time,
)
from redlearn.cluster.message import (
    MEET,
    NODE_HANDSHAKE,
    NODE_MASTER,
    NODE_MEET,
    NODE_MYSELF,
    NODE_NOADDR,
    NODE_NOFAILOVER,
    NODE_PFAIL,
    NODE_SLAVE,
    PING,
    Message,
)
from redlearn.cluster.migration import consider_migration
from redlearn.cluster.reception import receive
from redlearn.cluster.slot_jobs import HANDLE_JOBS
from redlearn.cluster.state import (
    BROADCAST,
    FSYNC_CONFIG,
    HANDLE_FAILOVER,
    HANDLE_MANUAL_FAILOVER,
    SAVE_CONFIG,
    UPDATE_STATE,
    ClusterState,
    Node,
)
from redlearn.cluster_errors import UNKNOWN_NODE
from redlearn.engine.chance import freeze_stream, thaw_stream
from redlearn.engine.config import Config
from redlearn.errors import CommandError, as_text
from redlearn.probe import Probe

CRON_MS: Final = 100
RUNS_PER_RANDOM_PING: Final = 10
NODES_PER_RANDOM_PING: Final = 5
LOST_PING_TIMES: Final = 2
"""After how many times the timeout a ping counts as lost, whatever else comes from the node."""

_NOT_WATCHED: Final = NODE_MYSELF | NODE_NOADDR | NODE_HANDSHAKE


def new_node(node_id: bytes, shard_id: bytes, **address: Any) -> Node:
    """A node as it begins its life: a primary of nothing. `address`: ip, port, bus_port."""
    return Node(node_id, NODE_MASTER | NODE_MYSELF, shard_id=shard_id, **address)


class ClusterNode:
    """One node: its view, and its rules.

    Attributes:
        state: What it knows.
        me: What its rules may touch.
        outbox: What is to be sent, opened and closed, in order; the driver empties it.
    """

    __slots__ = ("clock", "me", "outbox", "state")

    def __init__(
        self,
        state: ClusterState,
        clock: Clock,
        chance: Random,
        config: Config | None = None,
        keyspace: Keyspace | None = None,
        replication: Replication | None = None,
        probe: Probe | None = None,
    ) -> None:
        nothing = NoData()
        self.state = state
        self.clock = clock
        self.me = Local(
            state,
            config or Config(16),
            chance,
            keyspace or nothing,
            replication or nothing,
            probe or Probe(),
        )
        self.outbox: list[Out] = self.me.outbox

    def begin(self) -> Local:
        """What rules are called with, now."""
        self.me.begin(self.clock.now_ms())
        return self.me

    # ---- links and messages ----

    def accepted(self, ip: bytes, own_ip: bytes = b"") -> int:
        """Somebody opened a link to this node, from `ip`, to `own_ip`; its number."""
        return self.begin().accept(ip, own_ip).number

    def connected(self, number: int) -> None:
        """A link that this node asked for is up: say PING at once, or MEET."""
        me = self.begin()
        link = self.state.links.get(number)
        if link is None or link.up:
            return
        link.up = True
        node = self.state.nodes[link.node]
        waiting_since_ms = node.ping_sent_ms
        send_heartbeat(me, link, MEET if node.flags & NODE_MEET else PING)
        # Who did not answer on the old link has not answered: its silence goes on.
        node.ping_sent_ms = waiting_since_ms or node.ping_sent_ms
        node.flags &= ~NODE_MEET

    def closed(self, number: int) -> None:
        """A link is gone, or could not be opened: cron opens another."""
        me = self.begin()
        link = self.state.links.get(number)
        if link is not None:
            me.let_go(link)

    def receive(self, message: Message, number: int) -> None:
        """A message came on a link."""
        link = self.state.links.get(number)
        if link is not None:
            receive(self.begin(), link, message)

    # ---- time ----

    def cron(self) -> None:
        """What is done ten times a second. O(nodes)."""
        me, state = self.begin(), self.state
        state.cron_runs += 1
        _announce(me)
        _reconnect(me)
        if state.cron_runs % RUNS_PER_RANDOM_PING == 0:
            _ping_at_random(me)
        changed = _watch(me)
        myself = state.myself
        give_up_when_late(me)
        if myself.flags & NODE_SLAVE:
            go_on_with_manual_failover(me)
            stand_for_election(me)
            if myself.flags & NODE_SLAVE:
                consider_migration(me)
        if len(state.jobs):
            go_on_exporting(me)
            go_on_importing(me)
            state.jobs.forget_old(me.config.number("cluster-slot-migration-log-max-len"))
        if changed or not state.ok:
            update_health(me)

    def before_sleep(self) -> None:
        """Do, once, what calls have left to be done; then the outbox may be sent.

        News that come of this itself (an election is won) are broadcast the next time, as in Redis:
        with the next message, or the next cron at the latest.
        """
        todo = self.state.todo
        if not todo:
            return
        me = self.begin()
        if HANDLE_JOBS in todo:
            todo.discard(HANDLE_JOBS)
            handle_imports(me)
        broadcasts = BROADCAST in todo
        if HANDLE_MANUAL_FAILOVER in todo:
            todo.discard(HANDLE_MANUAL_FAILOVER)
            go_on_with_manual_failover(me)
        while HANDLE_FAILOVER in todo:
            stand_for_election(me)
        if UPDATE_STATE in todo:
            update_health(me)
        if SAVE_CONFIG in todo:
            me.keyspace.save_config(fsync=FSYNC_CONFIG in todo)
            todo.difference_update((SAVE_CONFIG, FSYNC_CONFIG))
        if broadcasts:
            todo.discard(BROADCAST)
            broadcast_pong(me)

    # ---- orders ----

    def meet(self, ip: bytes, port: int, bus_port: int) -> bool:
        """CLUSTER MEET; False if that can be nobody's address."""
        return meet(self.begin(), ip, port, bus_port)

    def forget(self, node_id: bytes) -> None:
        """CLUSTER FORGET."""
        acts.forget(self.begin(), node_id)

    def add_slots(self, slots: Sequence[int]) -> None:
        """CLUSTER ADDSLOTS."""
        acts.add_slots(self.begin(), slots)

    def del_slots(self, slots: Sequence[int]) -> None:
        """CLUSTER DELSLOTS."""
        acts.delete_slots(self.begin(), slots)

    def flush_slots(self) -> None:
        """CLUSTER FLUSHSLOTS."""
        acts.flush_slots(self.begin())

    def set_slot_migrating(self, slot: int, node_id: bytes) -> None:
        """CLUSTER SETSLOT MIGRATING."""
        acts.set_slot_migrating(self.begin(), slot, node_id)

    def set_slot_importing(self, slot: int, node_id: bytes) -> None:
        """CLUSTER SETSLOT IMPORTING."""
        acts.set_slot_importing(self.begin(), slot, node_id)

    def set_slot_stable(self, slot: int) -> None:
        """CLUSTER SETSLOT STABLE."""
        acts.set_slot_stable(self.begin(), slot)

    def set_slot_node(self, slot: int, node_id: bytes) -> None:
        """CLUSTER SETSLOT NODE."""
        acts.set_slot_node(self.begin(), slot, node_id)

    def replicate(self, node_id: bytes) -> None:
        """CLUSTER REPLICATE; b"" is Valkey's NO ONE."""
        if node_id:
            acts.replicate(self.begin(), node_id)
        else:
            acts.replicate_nobody(self.begin())

    def failover(self, *, force: bool = False, takeover: bool = False) -> None:
        """CLUSTER FAILOVER."""
        acts.fail_over(self.begin(), force=force, takeover=takeover)

    def reset(self, *, hard: bool) -> None:
        """CLUSTER RESET."""
        acts.reset(self.begin(), hard=hard)

    def bump_epoch(self) -> bool:
        """CLUSTER BUMPEPOCH; False if this node has the greatest already."""
        return bump_without_asking(self.begin())

    def set_config_epoch(self, epoch: int) -> None:
        """CLUSTER SET-CONFIG-EPOCH."""
        acts.set_config_epoch(self.begin(), epoch)

    def count_failure_reports(self, node_id: bytes) -> int:
        """CLUSTER COUNT-FAILURE-REPORTS."""
        me = self.begin()
        node = self.state.nodes.get(node_id)
        if node is None:
            raise CommandError(UNKNOWN_NODE.format(as_text(node_id)))
        return count_reports(me, node)

    def publish(self, channel: bytes, message: bytes, *, sharded: bool) -> None:
        """PUBLISH and SPUBLISH, as far as the other nodes are concerned."""
        acts.publish(self.begin(), channel, message, sharded=sharded)

    # ---- time travel ----

    def freeze(self) -> tuple[Any, ...]:
        """All of it as values, for a snapshot; the settings and the data are others' to keep."""
        return self.state.freeze(), freeze_stream(self.me.chance), tuple(self.outbox)

    def thaw(self, frozen: tuple[Any, ...]) -> None:
        """Take it back."""
        state, chance, outbox = frozen
        self.state.thaw(state)
        thaw_stream(self.me.chance, chance)
        self.outbox[:] = outbox


# ---- what cron does, in its order ----


def _announce(me: Local) -> None:
    """Settings that others are told: the name, and whether this replica stands for election."""
    myself = me.state.myself
    myself.hostname = me.config.text("cluster-announce-hostname").encode()
    myself.human_name = me.config.text("cluster-announce-human-nodename").encode()
    if me.config.flag("cluster-replica-no-failover"):
        myself.flags |= NODE_NOFAILOVER
    else:
        myself.flags &= ~NODE_NOFAILOVER


def _reconnect(me: Local) -> None:
    """Open links where there are none; count who may be failing; end handshakes that take long."""
    state = me.state
    suspects = 0
    for node in list(state.nodes.values()):
        flags = node.flags
        if flags & (NODE_MYSELF | NODE_NOADDR):
            continue
        if flags & NODE_PFAIL:
            suspects += 1
        if flags & NODE_HANDSHAKE and give_up_late_handshake(me, node):
            continue
        if node.link is None:
            me.connect(node)
    state.suspects = suspects


def _ping_at_random(me: Local) -> None:
    """Of five nodes drawn at random, ping the one that has not answered for the longest."""
    nodes = list(me.state.nodes.values())
    chosen: Node | None = None
    for _ in range(NODES_PER_RANDOM_PING):
        node = nodes[int(me.chance.random() * len(nodes))]
        if node.link is None or node.ping_sent_ms or node.flags & (NODE_MYSELF | NODE_HANDSHAKE):
            continue
        if chosen is None or node.pong_received_ms < chosen.pong_received_ms:
            chosen = node
    if chosen is not None and chosen.link is not None:
        send_heartbeat(me, chosen.link, PING)


def _watch(me: Local) -> bool:
    """See who is silent: ping it, then doubt its link, then the node itself.

    A ping may be sent on a link that is not up yet: so also who cannot be connected to is waited
    for, once its last answer is half a timeout old.
    Whether somebody is suspect since now.
    """
    state, now_ms = me.state, me.now_ms
    half_ms = me.timeout_ms // 2
    paused = state.manual.replica != b""
    changed = False
    for node in state.nodes.values():
        if node.flags & _NOT_WATCHED:
            continue
        if node.ping_sent_ms:
            _renew_silent_link(me, node)
            if paused and node.link is not None and pings_all_the_time(me, node):
                send_heartbeat(me, node.link, PING)
            elif node.ping_sent_ms:
                changed |= suspect_if_silent(me, node)
        elif node.link is not None:
            if now_ms - node.pong_received_ms > half_ms or (
                paused and pings_all_the_time(me, node)
            ):
                send_heartbeat(me, node.link, PING)
    return changed


def _renew_silent_link(me: Local, node: Node) -> None:
    """Close a link on which a ping waits for its answer: perhaps only the link is broken.

    That is after half the timeout, if nothing else came from the node either.
    Unlike Redis: after twice the timeout, also if it did. Over TCP a ping is not lost while the
    connection lives, so Redis may wait for ever; here a network may lose it.
    """
    link = node.link
    if link is None or me.now_ms - link.since_ms <= me.timeout_ms:
        return
    waits_ms = me.now_ms - node.ping_sent_ms
    silent_ms = me.now_ms - max(node.ping_sent_ms, node.data_received_ms)
    if silent_ms > me.timeout_ms // 2 or waits_ms > me.timeout_ms * LOST_PING_TIMES:
        me.close(link)
