"""Heartbeats, the sending side: what a node says of itself, and about whom it gossips.

A PING says three things at once: that the sender is alive, what it claims (2048 bytes of slots, and
its epoch), and how it sees a few others. The answer, PONG, says the same of the one who answers. A
PONG that nobody asked for is how news is spread at once.

Gossip is about a tenth of all nodes, three at least, drawn at random; and always about those who
may be failing, since that is how word of a failure gets round. With a tenth of the nodes in each
message, and some eight messages between any two nodes within twice the node timeout, a majority of
the primaries is heard about any one node in time.

Source: `cluster_legacy.c` clusterSendPing, clusterBuildMessageHdr, clusterBroadcastPong.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from redlearn.cluster.local import Local
from redlearn.cluster.message import (
    CLUSTER_FAIL,
    CLUSTER_OK,
    HOSTNAME,
    HUMAN_NODENAME,
    MESSAGE_EXTENDED,
    MESSAGE_PAUSED,
    NODE_HANDSHAKE,
    NODE_MASTER,
    NODE_NOADDR,
    NODE_PFAIL,
    PING,
    PONG,
    Extension,
    Gossip,
    Header,
    Ping,
    forgotten_extension,
    shard_extension,
    text_extension,
)
from redlearn.cluster.state import Link, Node

LEAST_GOSSIP: Final = 3
TRIES_PER_ENTRY: Final = 3


def header(me: Local, kind: int, message_flags: int = 0) -> Header:
    """What each message begins with. A replica gives the slots and the epoch of its primary."""
    state, myself = me.state, me.state.myself
    spoken_for = myself.primary or myself
    if state.manual.end_ms and myself.flags & NODE_MASTER:
        message_flags |= MESSAGE_PAUSED
    return Header(
        kind,
        myself.id,
        state.current_epoch,
        spoken_for.config_epoch,
        me.replication.offset(),
        spoken_for.bitmap(),
        myself.primary.id if myself.primary else b"",
        me.config.text("cluster-announce-ip").encode(),
        me.config.number("cluster-announce-port") or myself.port,
        me.config.number("cluster-announce-tls-port") or myself.tls_port,
        me.config.number("cluster-announce-bus-port") or myself.bus_port,
        myself.flags,
        CLUSTER_OK if state.ok else CLUSTER_FAIL,
        bytes((message_flags | MESSAGE_EXTENDED, 0, 0)),
    )


def send_heartbeat(me: Local, link: Link, kind: int) -> None:
    """Send a PING, PONG or MEET. A PING on a link of one's own begins to wait for the answer."""
    receiver = me.state.nodes.get(link.node)
    if kind == PING and receiver is not None and not link.inbound:
        receiver.ping_sent_ms = me.now_ms
    extensions = _extensions(me) if receiver is not None and receiver.extended else ()
    me.send(link, Ping(header(me, kind), gossip_for(me, receiver), extensions))


def broadcast_pong(me: Local, to: Iterable[Node] | None = None) -> None:
    """Tell everybody, or some, how things stand, without having been asked."""
    for node in list(me.state.others()) if to is None else to:
        if node.link is not None and not node.flags & NODE_HANDSHAKE:
            send_heartbeat(me, node.link, PONG)


def gossip_for(me: Local, receiver: Node | None) -> tuple[Gossip, ...]:
    """Some nodes, drawn at random, and all that may be failing. O(drawn)."""
    state = me.state
    nodes = list(state.nodes.values())
    left = len(nodes) - 2
    wanted = min(max(LEAST_GOSSIP, len(nodes) // 10), left)
    drawn: dict[bytes, Gossip] = {}
    random, total = me.chance.random, len(nodes)
    for _ in range(wanted * TRIES_PER_ENTRY):
        if left <= 0 or len(drawn) >= wanted:
            break
        node = nodes[int(random() * total)]
        if node is state.myself or node is receiver or node.flags & NODE_PFAIL:
            continue
        if node.flags & (NODE_HANDSHAKE | NODE_NOADDR) or (not node.link and not node.slot_count):
            left -= 1  # one fewer that could be drawn; as in Redis each time that it comes up
        elif node.id not in drawn:
            drawn[node.id] = _gossip_about(node)
            left -= 1
    found = list(drawn.values())
    if state.suspects:
        found += _gossip_about_suspects(nodes, state.suspects)
    return tuple(found)


def _gossip_about_suspects(nodes: list[Node], count: int) -> list[Gossip]:
    suspects = [
        node
        for node in nodes
        if node.flags & NODE_PFAIL and not node.flags & (NODE_HANDSHAKE | NODE_NOADDR)
    ]
    return [_gossip_about(node) for node in suspects[:count]]


def _gossip_about(node: Node) -> Gossip:
    return Gossip(
        node.id,
        node.ping_sent_ms // 1000,
        node.pong_received_ms // 1000,
        node.ip,
        node.port,
        node.bus_port,
        node.flags,
        node.tls_port,
    )


def _extensions(me: Local) -> tuple[Extension, ...]:
    """What does not fit into the fixed form: names, the shard, who was forgotten."""
    myself = me.state.myself
    found = []
    if myself.hostname:
        found.append(text_extension(HOSTNAME, myself.hostname))
    if myself.human_name:
        found.append(text_extension(HUMAN_NODENAME, myself.human_name))
    for node_id, until_ms in me.state.forgotten.items():
        if until_ms > me.now_ms:
            found.append(forgotten_extension(node_id, (until_ms - me.now_ms) // 1000))
    found.append(shard_extension(myself.shard_id))
    return tuple(found)
