"""Handshakes: how a node gets to know another of which it has an address only.

    A, told to meet B      makes up an id for it, connects, and says MEET
    B, who hears MEET      answers PONG, makes up an id for A, connects to it, and says PING
    each, at the PONG      renames the other to what the PONG says it is called: it is known

Only MEET, which somebody ordered, makes a node believe a stranger. From then on both gossip, and
the rest of each one's cluster comes to know the other.

Source: `cluster_legacy.c` clusterStartHandshake, nodeUpdateAddressIfNeeded, and in
clusterProcessPacket what is about CLUSTER_NODE_HANDSHAKE.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final

from redlearn.cluster.gossip import is_id, role_of
from redlearn.cluster.local import Local, NodeForgotten
from redlearn.cluster.message import (
    MEET,
    NODE_HANDSHAKE,
    NODE_MASTER,
    NODE_MEET,
    NODE_NOADDR,
    NODE_SLAVE,
    Header,
)
from redlearn.cluster.state import SAVE_CONFIG, UPDATE_STATE, Link, Node
from redlearn.probe import Event

LEAST_HANDSHAKE_MS: Final = 1000
PORT_MAX: Final = 65535


def meet(me: Local, ip: bytes, port: int, bus_port: int) -> bool:
    """Begin to get to know whoever is at an address; False if it can be no address."""
    address = normal_ip(ip)
    if not address or not 0 < port <= PORT_MAX or not 0 < bus_port <= PORT_MAX:
        return False
    under_way = any(
        node.flags & NODE_HANDSHAKE
        and (node.ip, node.port, node.bus_port) == (address, port, bus_port)
        for node in me.state.nodes.values()
    )
    if not under_way:
        node = _stranger(me, address, NODE_HANDSHAKE | NODE_MEET)
        node.port, node.bus_port = port, bus_port
    return True


def normal_ip(ip: bytes) -> bytes:
    """An IPv4 or IPv6 address as it is usually written; b"" if it is none.

    >>> normal_ip(b"127.0.0.1"), normal_ip(b"::0:1"), normal_ip(b"localhost")
    (b'127.0.0.1', b'::1', b'')
    """
    try:
        return str(ip_address(ip.decode("ascii"))).encode()
    except ValueError:
        return b""


def hear_of_meeting(me: Local, link: Link, message: Header) -> None:
    """A stranger says MEET: connect to it, and get to know it."""
    node = _stranger(me, message.ip or link.ip, NODE_HANDSHAKE)
    node.port, node.tls_port, node.bus_port = message.port, message.tls_port, message.bus_port
    me.todo(SAVE_CONFIG)


def _stranger(me: Local, ip: bytes, flags: int) -> Node:
    node = Node(me.random_id(), flags, ip, shard_id=me.random_id(), created_ms=me.now_ms)
    me.state.add(node)
    me.say(HandshakeBegun(me.state.myself.id, ip, flags & NODE_MEET != 0))
    return node


def learn_own_address(me: Local, link: Link, message: Header) -> None:
    """Where this node is, it learns from those who come to it, unless it is told."""
    myself = me.state.myself
    if message.type != MEET and myself.ip:
        return
    if me.config.text("cluster-announce-ip") or not link.own_ip or link.own_ip == myself.ip:
        return
    myself.ip = link.own_ip
    me.todo(SAVE_CONFIG)


def hear_name(me: Local, link: Link, sender: Node | None, message: Header) -> bool:
    """A link of this node's own says who is at its end. Whether the link is still there."""
    node = me.state.nodes[link.node]
    if node.flags & NODE_HANDSHAKE:
        return _end_handshake(me, node, sender, message, link)
    if node.id == message.sender:
        return True
    # Somebody else lives there now. Where the node is, is not known any more.
    node.flags |= NODE_NOADDR
    node.ip, node.port, node.tls_port, node.bus_port = b"", 0, 0, 0
    me.close(link)
    me.todo(SAVE_CONFIG)
    return False


def _end_handshake(me: Local, node: Node, sender: Node | None, message: Header, link: Link) -> bool:
    state = me.state
    if message.sender in state.nodes or not is_id(message.sender):
        if sender is not None:
            update_address(me, sender, link, message)
        me.forget(node)
        me.say(NodeForgotten(state.myself.id, node.id, "known already"))
        return False
    state.rename(node, message.sender)
    node.flags &= ~NODE_HANDSHAKE
    node.flags |= role_of(message.flags & (NODE_MASTER | NODE_SLAVE))
    me.todo(SAVE_CONFIG)
    me.say(HandshakeEnded(state.myself.id, node.id))
    return True


def update_address(me: Local, node: Node, link: Link, message: Header) -> None:
    """A node says, or shows by where its message comes from, that it has another address."""
    if link is node.link or not (message.ip or link.ip):
        return
    known = (node.ip, node.port, node.tls_port, node.bus_port)
    told = (message.ip or link.ip, message.port, message.tls_port, message.bus_port)
    if known == told:
        return
    node.ip, node.port, node.tls_port, node.bus_port = told
    me.close(node.link)
    node.flags &= ~NODE_NOADDR
    if me.state.myself.primary is node:
        me.replication.follow(node)
    me.todo(SAVE_CONFIG, UPDATE_STATE)


def give_up_late_handshake(me: Local, node: Node) -> bool:
    """A handshake that has not ended in time is none any more; whether that is so."""
    if me.now_ms - node.created_ms <= max(me.timeout_ms, LEAST_HANDSHAKE_MS):
        return False
    me.forget(node)
    me.say(NodeForgotten(me.state.myself.id, node.id, "handshake timed out"))
    return True


@dataclass(frozen=True, slots=True)
class HandshakeBegun(Event):
    """A node gets to know whoever is at an address; `ordered` if CLUSTER MEET said so."""

    at: bytes
    ip: bytes
    ordered: bool


@dataclass(frozen=True, slots=True)
class HandshakeEnded(Event):
    """A node knows another's name."""

    at: bytes
    node: bytes
