"""Looks: what CLUSTER INFO, SLOTS, SHARDS and LINKS tell of a node's view.

Source: `cluster.c` clusterCommand, addNodeToNodeReply; `cluster_legacy.c` genClusterInfoString,
addShardReplyForClusterShards, addReplyClusterLinksDescription.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from redlearn.cluster.message import NODE_FAIL, NODE_MYSELF, NODE_PFAIL, NODE_SLAVE, TYPE_NAMES
from redlearn.cluster.state import ClusterState, Link, Node
from redlearn.resp.reply import Reply
from redlearn.slots import SLOTS


@dataclass(frozen=True, slots=True)
class Lens:
    """How a client is to be told of nodes.

    Attributes:
        endpoints: cluster-preferred-endpoint-type: "ip", "hostname" or "unknown-endpoint".
        tls: Its port is the one for TLS.
        offset: How far this node's own stream is; of others the view tells.
    """

    endpoints: str = "ip"
    tls: bool = False
    offset: int = 0

    def host(self, node: Node) -> bytes:
        """What stands before the port in MOVED; empty for "where you asked"."""
        if self.endpoints == "hostname":
            return node.hostname or b"?"
        return node.ip if self.endpoints == "ip" else b""

    def port(self, node: Node) -> int:
        return node.tls_port if self.tls else node.port

    def offset_of(self, node: Node) -> int:
        return self.offset if node.flags & NODE_MYSELF else node.offset

    def endpoint(self, node: Node) -> bytes:
        """host:port."""
        return b"%b:%d" % (self.host(node), self.port(node))


def info(state: ClusterState) -> bytes:
    """CLUSTER INFO. O(slots)."""
    healths = [owner.flags for owner in state.owners if owner is not None]
    failed = sum(1 for flags in healths if flags & NODE_FAIL)
    doubted = sum(1 for flags in healths if flags & NODE_PFAIL and not flags & NODE_FAIL)
    myself = state.myself
    rows: list[tuple[str, int | str]] = [
        ("state", "ok" if state.ok else "fail"),
        ("slots_assigned", len(healths)),
        ("slots_ok", len(healths) - failed - doubted),
        ("slots_pfail", doubted),
        ("slots_fail", failed),
        ("known_nodes", len(state.nodes)),
        ("size", state.size),
        ("current_epoch", state.current_epoch),
        ("my_epoch", (myself.primary or myself).config_epoch),
        *_counts("sent", state.sent),
        *_counts("received", state.received),
    ]
    text = "".join(f"cluster_{name}:{value}\r\n" for name, value in rows)
    return text.encode() + b"total_cluster_links_buffer_limit_exceeded:0\r\n"


def _counts(way: str, counts: Mapping[int, int]) -> Iterable[tuple[str, int]]:
    for kind, name in enumerate(TYPE_NAMES):
        if counts.get(kind):
            yield f"stats_messages_{name}_{way}", counts[kind]
    yield f"stats_messages_{way}", sum(counts.values())


def slots(state: ClusterState, lens: Lens) -> list[Reply]:
    """CLUSTER SLOTS: start, end, the primary, its replicas; a row for each range. O(slots)."""
    found: list[Reply] = []
    for first, last, owner in _runs(state):
        replicas = [each for each in owner.replicas if _is_available(each, lens)]
        found.append([first, last, *(_node_row(node, lens) for node in (owner, *replicas))])
    return found


def _runs(state: ClusterState) -> Iterable[tuple[int, int, Node]]:
    """Ranges of slots that one node serves, in order of slots."""
    start, owner = 0, state.owners[0]
    for slot in range(1, SLOTS + 1):
        here = state.owners[slot] if slot < SLOTS else None
        if here is not owner or slot == SLOTS:
            if owner is not None:
                yield start, slot - 1, owner
            start, owner = slot, here


def _is_available(replica: Node, lens: Lens) -> bool:
    """Whether a replica is worth telling of: it has begun to follow, and does not fail."""
    return not replica.flags & NODE_FAIL and lens.offset_of(replica) != 0


def _node_row(node: Node, lens: Lens) -> Reply:
    host: Reply = None if lens.endpoints == "unknown-endpoint" else lens.host(node)
    more: dict[Reply, Reply] = {}
    if lens.endpoints != "ip":
        more[b"ip"] = node.ip
    if lens.endpoints != "hostname" and node.hostname:
        more[b"hostname"] = node.hostname
    return [host, lens.port(node), node.id, more]


def shards(state: ClusterState, lens: Lens) -> list[Reply]:
    """CLUSTER SHARDS: the slots and the nodes of each, as maps. O(nodes and their ranges)."""
    grouped: dict[bytes, list[Node]] = {}
    for node in state.nodes.values():
        grouped.setdefault(node.shard_id or node.id, []).append(node)
    found: list[Reply] = []
    for nodes in grouped.values():
        owner = nodes[0].primary or nodes[0]
        ends: list[Reply] = [end for ends in owner.ranges() for end in ends]
        found.append({b"slots": ends, b"nodes": [_node_map(node, lens) for node in nodes]})
    return found


def _node_map(node: Node, lens: Lens) -> Reply:
    offset = lens.offset_of(node)
    told: dict[Reply, Reply] = {b"id": node.id}
    if node.port:
        told[b"port"] = node.port
    if node.tls_port:
        told[b"tls-port"] = node.tls_port
    told |= {b"ip": node.ip, b"endpoint": lens.host(node)}
    if node.hostname:
        told[b"hostname"] = node.hostname
    follows = node.flags & NODE_SLAVE
    told[b"role"] = b"replica" if follows else b"master"
    told[b"replication-offset"] = offset
    loading = b"loading" if follows and not offset else b"online"
    told[b"health"] = b"fail" if node.flags & NODE_FAIL else loading
    return told


def links(state: ClusterState) -> list[Reply]:
    """CLUSTER LINKS: a map for each connection with a node that is known. O(nodes)."""
    return [
        _link_map(link)
        for node in state.nodes.values()
        for link in (node.link, node.inbound)
        if link is not None
    ]


def _link_map(link: Link) -> Reply:
    return {
        b"direction": b"from" if link.inbound else b"to",
        b"node": link.node,
        b"create-time": link.since_ms,
        b"events": b"r",
        b"send-buffer-allocated": 0,
        b"send-buffer-used": 0,
    }
