"""The messages of the cluster bus, as data.

Every message says first who sends it and how the sender sees the world: that is the header.
A heartbeat (PING, PONG, MEET) then gossips about a few other nodes:

    | header: epochs, 2048 bytes of slots, address, flags | gossip | gossip | ... | extensions |

The other types carry one thing each: a node that failed, a vote asked for or given, somebody's
newer claim to slots, a published message. `codec.py` turns all of them into bytes and back.

Names, addresses and ids are raw bytes, without their padding; `b""` is "none". Ids are the 40
lower-case letters and digits that CLUSTER MYID prints. Times on the wire are in seconds.
`Header`, `Gossip` and `Extension` are named tuples and types and flags are plain integers,
because a simulated cluster makes them by the million: a frozen dataclass of nine fields takes
six times as long to make.

Source: `cluster_legacy.h clusterMsg`, `clusterMsgDataGossip`, `clusterMsgPingExt`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

# The types of messages (CLUSTERMSG_TYPE_...), by number.
PING: Final = 0
PONG: Final = 1
MEET: Final = 2
FAIL: Final = 3
PUBLISH: Final = 4
AUTH_REQUEST: Final = 5
AUTH_ACK: Final = 6
UPDATE: Final = 7
MFSTART: Final = 8
MODULE: Final = 9
PUBLISHSHARD: Final = 10

# As CLUSTER INFO names them: cluster_stats_messages_..._sent.
TYPE_NAMES: Final = (
    "ping", "pong", "meet", "fail", "publish", "auth-req", "auth-ack", "update", "mfstart",
    "module", "publishshard",
)  # fmt: skip

# What a node is, in headers and in gossip (CLUSTER_NODE_...).
NODE_MASTER: Final = 1
NODE_SLAVE: Final = 2
NODE_PFAIL: Final = 4
NODE_FAIL: Final = 8
NODE_MYSELF: Final = 16
NODE_HANDSHAKE: Final = 32
NODE_NOADDR: Final = 64
NODE_MEET: Final = 128
NODE_MIGRATE_TO: Final = 256
NODE_NOFAILOVER: Final = 512

# What a message says of itself, in the first of its three bytes of flags (CLUSTERMSG_FLAG0_...).
MESSAGE_PAUSED: Final = 1
MESSAGE_FORCEACK: Final = 2
MESSAGE_EXTENDED: Final = 4

# How the sender finds the cluster: `Header.state`.
CLUSTER_OK: Final = 0
CLUSTER_FAIL: Final = 1

# The kinds of extensions of heartbeats (CLUSTERMSG_EXT_TYPE_...). The last two are Valkey's.
HOSTNAME: Final = 0
HUMAN_NODENAME: Final = 1
FORGOTTEN_NODE: Final = 2
SHARD_ID: Final = 3
CLIENT_IPV4: Final = 4
CLIENT_IPV6: Final = 5

ID_BYTES: Final = 40
SLOT_BYTES: Final = 2048
NO_SLOTS: Final = bytes(SLOT_BYTES)


class Header(NamedTuple):
    """Who speaks, and what it says of itself with each message: 2256 bytes on the wire.

    Attributes:
        type: PING ... PUBLISHSHARD, or a number that this version does not know.
        sender: The id of the sending node.
        current_epoch: The greatest epoch that the sender has seen.
        config_epoch: The epoch at which its slots were claimed; a replica gives its master's.
        offset: How far its replication stream has come, in bytes.
        slots: The bitmap of its slots (a replica gives its master's): slot n is bit n % 8, from
            the least, of byte n // 8.
        replica_of: The id of its master; `b""` for a master.
        ip: Its address if it announces one; else `b""`, and the receiver looks at the socket.
        port: The port for clients, TLS where the bus is TLS.
        tls_port: The other of its two ports for clients; 0 if it has one only.
        bus_port: The port of the bus.
        flags: NODE_... bits.
        state: CLUSTER_OK or CLUSTER_FAIL.
        mflags: Three bytes, of which the first has the MESSAGE_... bits.
        spare: Thirty bytes that nobody uses yet, kept as they came.
        ip_rest: What stood behind the end of `ip`, kept as it came. Nobody reads it.
        sections, extensions: What the two counts say in a message that has neither gossip nor
            extensions, kept as they came. A heartbeat is counted when it is encoded.
    """

    type: int
    sender: bytes
    current_epoch: int = 0
    config_epoch: int = 0
    offset: int = 0
    slots: bytes = NO_SLOTS
    replica_of: bytes = b""
    ip: bytes = b""
    port: int = 0
    tls_port: int = 0
    bus_port: int = 0
    flags: int = NODE_MASTER
    state: int = CLUSTER_OK
    mflags: bytes = b"\0\0\0"
    spare: bytes = b""
    ip_rest: bytes = b""
    sections: int = 0
    extensions: int = 0


class LightHeader(NamedTuple):
    """The 16 bytes with which Valkey sends PUBLISH and MODULE to nodes that it knows well.

    They do not say who sends: the receiver knows it from the connection.
    """

    type: int
    spare: int = 0
    spare_count: int = 0


class Gossip(NamedTuple):
    """What the sender of a heartbeat says about a third node: 104 bytes on the wire.

    Attributes:
        name: Its id.
        ping_sent_s: When the sender began to wait for an answer of it, Unix seconds; 0 if it
            does not wait.
        pong_received_s: When it last answered, Unix seconds; 0 if never.
        ip, port, bus_port, flags, tls_port: As in `Header`, as far as the sender knows.
        spare: Two bytes that nobody uses yet.
        ip_rest: As in `Header`.
    """

    name: bytes
    ping_sent_s: int
    pong_received_s: int
    ip: bytes
    port: int
    bus_port: int
    flags: int
    tls_port: int = 0
    spare: int = 0
    ip_rest: bytes = b""


class Extension(NamedTuple):
    """A heartbeat may carry more than its fixed form has room for, as (kind, data) pairs.

    The data stay as they are on the wire, a multiple of eight bytes with zeros at their end, so
    that a kind which is not known here is passed on unharmed.
    """

    kind: int
    data: bytes
    spare: int = 0

    @property
    def text(self) -> bytes:
        """What a HOSTNAME, HUMAN_NODENAME or CLIENT_IPV4/6 says."""
        return self.data.partition(b"\0")[0]

    @property
    def node(self) -> bytes:
        """The id in a SHARD_ID, or of the node in a FORGOTTEN_NODE."""
        return self.data[:ID_BYTES]

    @property
    def ttl_s(self) -> int:
        """How many seconds a FORGOTTEN_NODE stays forgotten."""
        return int.from_bytes(self.data[ID_BYTES : ID_BYTES + 8], "big")


def text_extension(kind: int, text: bytes) -> Extension:
    r"""A HOSTNAME or another extension that is a text: ends with a zero, padded to eight bytes.

    >>> text_extension(HOSTNAME, b"redis-1.local").data
    b'redis-1.local\x00\x00\x00'
    """
    return Extension(kind, text + bytes(8 - len(text) % 8))


def shard_extension(shard: bytes) -> Extension:
    """The SHARD_ID that a master and its replicas share."""
    return Extension(SHARD_ID, shard)


def forgotten_extension(node: bytes, ttl_s: int) -> Extension:
    """Word of a CLUSTER FORGET: forget `node` too, for `ttl_s` seconds."""
    return Extension(FORGOTTEN_NODE, node + ttl_s.to_bytes(8, "big"))


@dataclass(frozen=True, slots=True)
class Ping:
    """A heartbeat: PING, its answer PONG, or MEET, which also asks to be let in.

    One with extensions has MESSAGE_EXTENDED in its header's `mflags`.
    """

    header: Header
    gossip: tuple[Gossip, ...] = ()
    extensions: tuple[Extension, ...] = ()


@dataclass(frozen=True, slots=True)
class Fail:
    """The majority has agreed, as the sender counts, that `node` failed."""

    header: Header
    node: bytes


@dataclass(frozen=True, slots=True)
class Publish:
    """A message for subscribers (PUBLISH), or for those of a shard channel (PUBLISHSHARD)."""

    header: Header | LightHeader
    channel: bytes
    message: bytes


@dataclass(frozen=True, slots=True)
class AuthRequest:
    """A replica asks every master for its vote, in the epoch of the header."""

    header: Header


@dataclass(frozen=True, slots=True)
class AuthAck:
    """The vote."""

    header: Header


@dataclass(frozen=True, slots=True)
class Update:
    """`node` has a newer claim to `slots` than what the receiver seems to believe."""

    header: Header
    config_epoch: int
    node: bytes
    slots: bytes


@dataclass(frozen=True, slots=True)
class ManualStart:
    """A replica asks its master to stop its clients, so that they may change places."""

    header: Header


@dataclass(frozen=True, slots=True)
class Module:
    """A message of a module to its like on other nodes: passed on, not understood."""

    header: Header | LightHeader
    module_id: int
    kind: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Unknown:
    """A message of a later version's type: whatever it carries, as it came."""

    header: Header
    data: bytes


Message: TypeAlias = (
    Ping | Fail | Publish | AuthRequest | AuthAck | Update | ManualStart | Module | Unknown
)
