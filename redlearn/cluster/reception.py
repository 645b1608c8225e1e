"""Reception: what a node does with a message, whatever its type, and with heartbeats.

Who sent it? On a link whose other end is known, that one; else whoever the header names, if that
node is known. What comes from nobody known is not believed, but for MEET. A light header names
nobody: a link on which it comes before anything else is closed.

Source: `cluster_legacy.c` clusterProcessPacket, getNodeFromLinkAndMsg.
"""

from __future__ import annotations

from redlearn.cluster.detection import clear_after_pong, hear_fail
from redlearn.cluster.epochs import EPOCH_MAX, hear_epochs, resolve_collision
from redlearn.cluster.failover import hear_vote, hear_vote_asked
from redlearn.cluster.gossip import hear_extensions, hear_gossip
from redlearn.cluster.handshake import (
    hear_name,
    hear_of_meeting,
    learn_own_address,
    update_address,
)
from redlearn.cluster.heartbeat import send_heartbeat
from redlearn.cluster.local import Local
from redlearn.cluster.manual import hear_manual_start, hear_paused_offset
from redlearn.cluster.message import (
    MEET,
    MESSAGE_EXTENDED,
    NODE_HANDSHAKE,
    NODE_MASTER,
    NODE_NOFAILOVER,
    PING,
    PONG,
    PUBLISHSHARD,
    AuthAck,
    AuthRequest,
    Fail,
    Header,
    LightHeader,
    ManualStart,
    Message,
    Ping,
    Publish,
    Update,
)
from redlearn.cluster.ownership import hear_slots, hear_update
from redlearn.cluster.roles import hear_role
from redlearn.cluster.state import Link, Node


def receive(me: Local, link: Link, message: Message) -> None:
    """Take a message that came on a link."""
    header = message.header
    if isinstance(header, Header) and max(header.current_epoch, header.config_epoch) > EPOCH_MAX:
        return
    kind = header.type
    sender = _sender(me, link, header)
    if sender is None and isinstance(header, LightHeader):
        me.close(link)
        return
    me.state.received[kind] = me.state.received.get(kind, 0) + 1
    if sender is not None:
        sender.data_received_ms = me.now_ms
        if isinstance(header, Header):
            _hear_header(me, sender, header)
    if isinstance(message, Ping):
        _hear_heartbeat(me, link, sender, message)
    elif isinstance(message, ManualStart):
        hear_manual_start(me, sender, link)
    elif sender is not None:
        _hear_news(me, sender, message)


def _hear_news(me: Local, sender: Node, message: Message) -> None:
    """What only a known node may say."""
    match message:
        case Fail():
            hear_fail(me, sender, message)
        case Update():
            hear_update(me, message)
        case AuthRequest(header):
            hear_vote_asked(me, sender, header)
        case AuthAck(header):
            hear_vote(me, sender, header.current_epoch)
        case Publish(header, channel, text):
            me.keyspace.deliver(channel, text, sharded=header.type == PUBLISHSHARD)


def _sender(me: Local, link: Link, header: Header | LightHeader) -> Node | None:
    nodes = me.state.nodes
    node = nodes.get(link.node)
    if node is not None and not node.flags & NODE_HANDSHAKE:
        return node
    if not isinstance(header, Header):
        return None
    sender = nodes.get(header.sender)
    if sender is me.state.myself:
        return None  # Unlike Redis: what calls itself this node is nobody
    if sender is not None and node is None and link.inbound:
        if sender.inbound is not None:
            me.close(sender.inbound)  # the older of two is likely a dead one
        sender.inbound, link.node = link, sender.id
    return sender


def _hear_header(me: Local, sender: Node, header: Header) -> None:
    """What each message says, whatever else it is about."""
    if header.mflags[0] & MESSAGE_EXTENDED:
        sender.extended = True
    if sender.flags & NODE_HANDSHAKE:
        return
    hear_epochs(me, sender, header.current_epoch, header.config_epoch)
    sender.offset, sender.offset_ms = header.offset, me.now_ms
    hear_paused_offset(me, sender, header)


def _hear_heartbeat(me: Local, link: Link, sender: Node | None, message: Ping) -> None:
    header = message.header
    if header.type != PONG:
        learn_own_address(me, link, header)
        if sender is None and header.type == MEET and header.sender != me.state.myself.id:
            hear_of_meeting(me, link, header)
            hear_gossip(me, None, message.gossip)
        send_heartbeat(me, link, PONG)
    if not link.inbound:
        if not hear_name(me, link, sender, header):
            return
        if header.type == PONG:
            _hear_answer(me, me.state.nodes[link.node])
    if sender is None:
        return
    sender.flags = sender.flags & ~NODE_NOFAILOVER | header.flags & NODE_NOFAILOVER
    if header.type == PING and not sender.flags & NODE_HANDSHAKE:
        update_address(me, sender, link, header)
    _hear_configuration(me, sender, header)
    hear_gossip(me, sender, message.gossip)
    hear_extensions(me, sender, message.extensions)


def _hear_answer(me: Local, node: Node) -> None:
    """A PONG on the link that this node opened: the other end is alive."""
    node.pong_received_ms = me.now_ms
    node.ping_sent_ms = 0
    clear_after_pong(me, node)


def _hear_configuration(me: Local, sender: Node, header: Header) -> None:
    """Role first, then slots: a claim counts only if it is a primary's."""
    hear_role(me, sender, header)
    hear_slots(me, sender, header.config_epoch, header.slots)
    if sender.flags & NODE_MASTER and me.state.myself.flags & NODE_MASTER:
        resolve_collision(me, sender, header.config_epoch)
