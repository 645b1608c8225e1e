"""Gossip, the receiving side: what a node believes of what it hears about third nodes.

    about a node that is known    the flags PFAIL and FAIL are a report, if a primary gossips; a
                                  later sign of life is believed while nobody here suspects it; an
                                  address that works for others is taken where ours does not
    about a node that is not      it is added, if who gossips is known: so a node that met one
                                  comes to know all. One that was told to be forgotten is not

Source: `cluster_legacy.c` clusterProcessGossipSection, clusterProcessPingExtensions.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from redlearn.cluster.detection import count_reports, hear_report
from redlearn.cluster.local import Local, NodeForgotten
from redlearn.cluster.message import (
    FORGOTTEN_NODE,
    HOSTNAME,
    HUMAN_NODENAME,
    NODE_FAIL,
    NODE_MASTER,
    NODE_MIGRATE_TO,
    NODE_NOADDR,
    NODE_NOFAILOVER,
    NODE_PFAIL,
    NODE_SLAVE,
    SHARD_ID,
    Extension,
    Gossip,
)
from redlearn.cluster.roles import set_shard
from redlearn.cluster.state import SAVE_CONFIG, UPDATE_STATE, Node
from redlearn.probe import Event

TOLERANCE_MS: Final = 500
"""By how much another's clock may be ahead for its word about a sign of life to count."""

_FAILING: Final = NODE_PFAIL | NODE_FAIL
_BELIEVED: Final = (
    NODE_MASTER | NODE_SLAVE | NODE_PFAIL | NODE_FAIL | NODE_MIGRATE_TO | NODE_NOFAILOVER
)
"""What others may say of a node that is new here."""

is_id: Final = re.compile(rb"[0-9a-z]{40}").fullmatch


def hear_gossip(me: Local, sender: Node | None, entries: tuple[Gossip, ...]) -> None:
    """Go through all that a heartbeat says about others. O(entries)."""
    state = me.state
    nodes, myself = state.nodes, state.myself
    if any(entry.name not in nodes and not is_id(entry.name) for entry in entries):
        return  # a sender whose memory is broken is not believed at all
    for entry in entries:
        node = nodes.get(entry.name)
        if node is None:
            if sender is not None:
                _hear_of_stranger(me, sender, entry)
        elif node is not myself:
            _hear_of_known(me, sender, node, entry)


def _hear_of_known(me: Local, sender: Node | None, node: Node, entry: Gossip) -> None:
    failing = entry.flags & _FAILING != 0
    if sender is not None and sender.flags & NODE_MASTER and (failing or node.reports):
        hear_report(me, node, sender, failing)
    if failing:
        return
    if not node.ping_sent_ms and not (node.reports and count_reports(me, node)):
        seen_ms = entry.pong_received_s * 1000
        if node.pong_received_ms < seen_ms <= me.now_ms + TOLERANCE_MS:
            node.pong_received_ms = seen_ms
    if node.flags & _FAILING and not entry.flags & NODE_NOADDR:
        _try_other_address(me, node, entry)


def _try_other_address(me: Local, node: Node, entry: Gossip) -> None:
    """A node does not answer here, and another, whom it answers, knows another address."""
    known = (node.ip, node.port, node.tls_port, node.bus_port)
    told = (entry.ip, entry.port, entry.tls_port, entry.bus_port)
    if known != told:
        me.close(node.link)
        node.ip, node.port, node.tls_port, node.bus_port = told
        node.flags &= ~NODE_NOADDR


def _hear_of_stranger(me: Local, sender: Node, entry: Gossip) -> None:
    if entry.flags & NODE_NOADDR or is_forgotten(me, entry.name):
        return
    node = Node(
        entry.name,
        role_of(entry.flags & _BELIEVED),
        entry.ip,
        entry.port,
        entry.tls_port,
        entry.bus_port,
        shard_id=me.random_id(),
        created_ms=me.now_ms,
    )
    me.state.add(node)
    me.say(NodeLearned(me.state.myself.id, node.id, sender.id))


def role_of(flags: int) -> int:
    """Flags with one role at most: who says that it is both is a replica."""
    return flags & ~NODE_MASTER if flags & NODE_SLAVE else flags


def is_forgotten(me: Local, node_id: bytes) -> bool:
    """Whether a node was told to be forgotten, not long ago. Drops what is over."""
    forgotten = me.state.forgotten
    for other in [other for other, until_ms in forgotten.items() if until_ms < me.now_ms]:
        del forgotten[other]
    return node_id in forgotten


def hear_extensions(me: Local, sender: Node, extensions: tuple[Extension, ...]) -> None:
    """Names, shard, and who was forgotten: what is not said is not so any more."""
    hostname = human_name = shard = b""
    for extension in extensions:
        if extension.kind == HOSTNAME:
            hostname = extension.text
        elif extension.kind == HUMAN_NODENAME:
            human_name = extension.text
        elif extension.kind == FORGOTTEN_NODE:
            _hear_of_forgotten(me, extension.node, extension.ttl_s)
        elif extension.kind == SHARD_ID and is_id(extension.node):
            shard = extension.node
    if (sender.hostname, sender.human_name) != (hostname, human_name):
        sender.hostname, sender.human_name = hostname, human_name
        me.todo(SAVE_CONFIG)
    set_shard(me, sender, shard or (sender.primary.shard_id if sender.primary else b""))


def _hear_of_forgotten(me: Local, node_id: bytes, ttl_s: int) -> None:
    state = me.state
    node = state.nodes.get(node_id)
    if node is None or node is state.myself or node is state.myself.primary:
        return
    state.forgotten[node_id] = me.now_ms + ttl_s * 1000
    me.forget(node)
    me.todo(UPDATE_STATE, SAVE_CONFIG)
    me.say(NodeForgotten(state.myself.id, node_id, "told to"))


@dataclass(frozen=True, slots=True)
class NodeLearned(Event):
    """A node knows another of which a third told it.

    Attributes:
        at: Who learned of it.
        node: The new one.
        source: Who told.
    """

    at: bytes
    node: bytes
    source: bytes
