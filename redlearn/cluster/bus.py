"""The bus of a simulated node: its rules on one side, bytes on the network on the other.

The node knows links by number and messages as data; the network knows sockets and bytes. Every
message is encoded here when it leaves and decoded when it arrives, so that what is under way is
what would be on a real wire, to the byte. What cannot be decoded is dropped, as in Redis.

Source: `cluster_legacy.c` clusterAcceptHandler, clusterReadHandler, clusterSendMessage.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from redlearn.cluster.codec import BadMessage, decode, encode
from redlearn.cluster.local import Close, Connect, Dial, HangUp, Out, Say, Send, SendSlots
from redlearn.cluster.message import Message
from redlearn.cluster.network import Network
from redlearn.cluster.node import ClusterNode

Frozen = tuple[Any, ...]


class Bus:
    """Links of one node, by the sockets they have.

    Attributes:
        node: The node.
        refused: How many pieces were no message.
        carried: By type of message: how many bytes this node has sent.
        aside: Told of what the node wants done that is none of the bus's.
    """

    def __init__(self, node: ClusterNode, network: Network, host: str, ip: bytes) -> None:
        self.node = node
        self._network = network
        self._host = host
        self._ip = ip
        self._sockets: dict[int, int] = {}  # of each link
        self._links: dict[int, int] = {}  # and back
        self.refused = 0
        self.carried: dict[int, int] = {}
        self.aside: Callable[[Out], None] = lambda wanted: None

    # ---- from the network ----

    def owns(self, socket: int) -> bool:
        """Whether a connection is a link of the bus."""
        return socket in self._links

    def accepted(self, socket: int, ip: bytes) -> None:
        """Another node opened a link."""
        self._pair(self.node.accepted(ip, self._ip), socket)

    def opened(self, socket: int) -> None:
        """A link that this node asked for is up."""
        self.node.connected(self._links[socket])

    def received(self, socket: int, data: bytes) -> None:
        """A piece came, which is a message, or is nothing."""
        try:
            message = decode(data)
        except BadMessage:
            self.refused += 1
            return
        self.node.receive(message, self._links[socket])

    def closed(self, socket: int) -> None:
        """A link is gone."""
        link = self._links.pop(socket)
        del self._sockets[link]
        self.node.closed(link)

    # ---- to the network ----

    def flush(self) -> None:
        """Send what the node wants sent; it has written down by now what it must not forget."""
        outbox = self.node.outbox
        if not outbox:
            return
        out = outbox[:]
        outbox.clear()
        last: Message | None = None
        data = b""
        for each in out:
            match each:
                case Send(link, message):
                    if message is not last:  # what is broadcast is encoded once
                        last, data = message, encode(message)
                    self._send(link, message.header.type, data)
                case Connect(link, ip, port):
                    self._pair(link, self._network.connect(self._host, ip, port))
                case Dial() | Say() | SendSlots() | HangUp():
                    self.aside(each)
                case Close(link):
                    socket = self._sockets.pop(link, None)
                    if socket is not None:
                        del self._links[socket]
                        self._network.close(socket)

    def _send(self, link: int, kind: int, data: bytes) -> None:
        socket = self._sockets.get(link)
        if socket is not None:
            self.carried[kind] = self.carried.get(kind, 0) + len(data)
            self._network.send(socket, data)

    def _pair(self, link: int, socket: int) -> None:
        self._sockets[link], self._links[socket] = socket, link

    # ---- time travel ----

    def freeze(self) -> Frozen:
        """The node too."""
        return self.node.freeze(), tuple(self._links.items()), self.refused, dict(self.carried)

    def thaw(self, frozen: Frozen) -> None:
        """Be as `freeze` found it."""
        node, links, self.refused, carried = frozen
        self.node.thaw(node)
        self._links, self.carried = dict(links), dict(carried)
        self._sockets = {link: socket for socket, link in links}
