"""nodes.conf: what a node writes down of its cluster, and reads when it starts again.

A line for each node, as CLUSTER NODES prints them (with a few fields more), and one for the epochs:

    id ip:port@bus,host,tls-port=0,shard-id=... flags primary ping pong epoch link slots...
    07c3.. 127.0.0.1:7001@17001,,tls-port=0,shard-id=5b.. myself,master - 0 0 1 connected 0-99
    e13a.. 127.0.0.1:7002@17002,,tls-port=0,shard-id=8d.. master - 0 1700 2 connected 100-16383
    vars currentEpoch 2 lastVoteEpoch 0 crc64 3f0e9ba1c2d4e5f6

`[5->-id]` is a slot on its way to another node, `[5-<-id]` one on its way from there; only
`myself` has any. A node is what this file says it is: its id, its slots, whom it voted for. So one
that was cut short, or in which a bit has flipped, must not be taken for the truth, and not be
written over either: nobody else knows what stood there.

    Bad file        refused, with the number of the line
    no file, empty  the node is new

Unlike Redis: the last line says the CRC-64 of all before it, and a file that has one must have the
right one. Redis skips what it does not know in that line, and reads our files; we read those that
Redis and Valkey wrote, which end in a whole `vars` line too.

Source: `cluster_legacy.c` clusterLoadConfig, clusterSaveConfig, clusterGenNodeDescription.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from redlearn.cluster.message import (
    NODE_FAIL,
    NODE_HANDSHAKE,
    NODE_MASTER,
    NODE_MYSELF,
    NODE_SLAVE,
)
from redlearn.cluster.state import FLAG_NAMES, ClusterState, Node
from redlearn.engine.payload.footer import crc64
from redlearn.engine.ports import BUS_PORT_AHEAD
from redlearn.slots import SLOTS


class BadNodesConf(Exception):
    """A file that cannot be taken for what a node has written. `line` counts from 1."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}")
        self.line = line
        self.reason = reason


# ------------------------------------------------------------------------------------------ writing


def write(state: ClusterState) -> bytes:
    """The whole file. O(nodes and their slots)."""
    lines = [
        node_line(state, node, kept=True) + b"\n"
        for node in state.nodes.values()
        if not node.flags & NODE_HANDSHAKE
    ]
    epochs = b"vars currentEpoch %d lastVoteEpoch %d" % (
        state.current_epoch,
        state.last_vote_epoch,
    )
    text = b"".join(lines) + epochs
    return text + b" crc64 %016x\n" % crc64(text)


def node_line(state: ClusterState, node: Node, *, kept: bool = False, tls: bool = False) -> bytes:
    """What is to be said of a node: a line of CLUSTER NODES, or of the file (`kept`).

    Args:
        tls: The port for clients is the one of those that speak TLS.
    """
    primary = node.primary
    epoch = primary.config_epoch if node.flags & NODE_SLAVE and primary else node.config_epoch
    linked = node.flags & NODE_MYSELF or node.link is not None
    words = [
        node.id,
        _address(node, kept=kept, tls=tls),
        node.flag_names(),
        b"-" if primary is None else primary.id,
        b"%d" % node.ping_sent_ms,
        b"%d" % node.pong_received_ms,
        b"%d" % epoch,
        b"connected" if linked else b"disconnected",
        *(_range(*ends) for ends in node.ranges()),
    ]
    if node.flags & NODE_MYSELF:
        words += _open_slots(state)
    return b" ".join(words)


def _address(node: Node, *, kept: bool, tls: bool) -> bytes:
    address = b"%b:%d@%d" % (node.ip, node.tls_port if tls else node.port, node.bus_port)
    if node.hostname or kept:
        address += b"," + node.hostname
    if kept:
        address += b",tls-port=%d" % node.tls_port
        if node.human_name:
            address += b",nodename=" + node.human_name
        if node.shard_id:
            address += b",shard-id=" + node.shard_id
    return address


def _range(first: int, last: int) -> bytes:
    return b"%d" % first if first == last else b"%d-%d" % (first, last)


def _open_slots(state: ClusterState) -> list[bytes]:
    """Slots on their way, in order; one that goes and comes at once is told to go."""
    words = {slot: b"[%d-<-%b]" % (slot, node.id) for slot, node in state.importing.items()}
    words.update((slot, b"[%d->-%b]" % (slot, node.id)) for slot, node in state.migrating.items())
    return [words[slot] for slot in sorted(words)]


# ------------------------------------------------------------------------------------------ reading


@dataclass(slots=True)
class _Line:
    """One node's line, taken apart; whom it names is looked up when all are known."""

    number: int
    node: Node
    primary: bytes
    ranges: list[tuple[int, int]] = field(default_factory=list)
    open_slots: list[tuple[int, bool, bytes]] = field(default_factory=list)


def read(data: bytes, now_ms: int) -> ClusterState | None:
    """What a file says; None if it is empty, and the node is new.

    Args:
        now_ms: Pings and pongs that the file tells of count as of now.

    Raises:
        BadNodesConf: It says no such thing, or not all of it.
    """
    if not data:
        return None
    lines = data.split(b"\n")
    if lines.pop():
        raise BadNodesConf(len(lines) + 1, "the file ends in the middle of a line")
    numbered = [(at, line) for at, line in enumerate(lines, 1) if line]
    if not numbered or not numbered[-1][1].startswith(b"vars "):
        raise BadNodesConf(len(lines), "the last line has to tell the epochs")
    at, last = numbered.pop()
    epochs = _vars(at, last, data)
    found = [_node(number, line, now_ms) for number, line in numbered]
    state = _tie(found, at)
    state.current_epoch = max(epochs[b"currentEpoch"], state.greatest_epoch())
    state.last_vote_epoch = epochs[b"lastVoteEpoch"]
    return state


def _vars(at: int, line: bytes, data: bytes) -> dict[bytes, int]:
    """The epochs in the last line, whose checksum, if it has one, has to be right."""
    words = line.split(b" ")[1:]
    names, values = words[::2], words[1::2]
    known = {b"currentEpoch", b"lastVoteEpoch"}
    if len(words) % 2 or len(set(names)) < len(names) or not known <= set(names):
        raise BadNodesConf(at, "the epochs cannot be read")
    pairs = dict(zip(names, values, strict=True))
    if set(pairs) - known - {b"crc64"}:
        raise BadNodesConf(at, "there is more than epochs")
    if (told := pairs.get(b"crc64")) is not None:
        summed = data[: data.rindex(b" crc64 ")]
        if told != b"%016x" % crc64(summed):
            raise BadNodesConf(at, "the checksum is wrong")
    return {name: _number(at, pairs[name]) for name in known}


def _number(at: int, word: bytes, most: int = 2**64 - 1) -> int:
    """A number as a node writes it: no sign, no zero in front."""
    if not _DECIMAL.fullmatch(word) or int(word) > most:
        raise BadNodesConf(at, "a number cannot be read")
    return int(word)


def _node(at: int, line: bytes, now_ms: int) -> _Line:
    """One line, by itself."""
    words = line.split(b" ")
    if len(words) < 8:
        raise BadNodesConf(at, "a node has at least eight fields")
    node_id, address, flags, primary, ping, pong, epoch, link = words[:8]
    if not _ID.fullmatch(node_id) or (primary != b"-" and not _ID.fullmatch(primary)):
        raise BadNodesConf(at, "an id is no id")
    if link not in (b"connected", b"disconnected"):
        raise BadNodesConf(at, "a link is either connected or disconnected")
    node = Node(node_id, _flags(at, flags), created_ms=now_ms)
    _read_address(at, node, address)
    node.ping_sent_ms = now_ms if _number(at, ping) else 0
    node.pong_received_ms = now_ms if _number(at, pong) else 0
    node.config_epoch = _number(at, epoch)
    if node.flags & NODE_FAIL:
        node.fail_ms = now_ms
    taken = _Line(at, node, b"" if primary == b"-" else primary)
    for word in words[8:]:
        _slot_word(taken, word)
    return taken


def _flags(at: int, word: bytes) -> int:
    if word == b"noflags":
        return 0
    names = word.split(b",")
    numbers = {name: flag for flag, name in FLAG_NAMES}
    if len(set(names)) < len(names) or not set(names) <= numbers.keys():
        raise BadNodesConf(at, "there is a flag that nodes do not have")
    flags = sum(numbers[name] for name in names)
    if flags & NODE_MASTER and flags & NODE_SLAVE:
        raise BadNodesConf(at, "a node is either a master or a slave")
    return flags


def _read_address(at: int, node: Node, word: bytes) -> None:
    """ip:port@bus, then its name, then name=value as often as there is more to say."""
    place, *rest = word.split(b",")
    ip, _, ports = place.rpartition(b":")
    port, _, bus = ports.partition(b"@")
    node.ip, node.port = ip, _number(at, port, _PORT_MAX)
    node.bus_port = _number(at, bus, _PORT_MAX) if bus else node.port + BUS_PORT_AHEAD
    named = _HOST.fullmatch(ip) and (not rest or _HOST.fullmatch(rest[0]))
    if not named or node.bus_port > _PORT_MAX:
        raise BadNodesConf(at, "an address cannot be read")
    node.hostname = rest[0] if rest else b""
    for pair in rest[1:]:
        name, sign, value = pair.partition(b"=")
        if not sign or not _AUX.fullmatch(value):
            raise BadNodesConf(at, "a field behind the address cannot be read")
        match name:
            case b"shard-id" if _ID.fullmatch(value):
                node.shard_id = value
            case b"nodename":
                node.human_name = value
            case b"tls-port":
                node.tls_port = _number(at, value, _PORT_MAX)
            case b"tcp-port":  # then the first one is for TLS
                node.tls_port, node.port = node.port, _number(at, value, _PORT_MAX)
            case b"availability-zone" | b"announce-client-tcp-port":  # Valkey's: nothing here
                pass
            case _:
                raise BadNodesConf(at, "a field behind the address cannot be read")


def _slot_word(line: _Line, word: bytes) -> None:
    """`7`, `7-9`, `[7->-id]` or `[7-<-id]`."""
    at = line.number
    if (match := _OPEN.fullmatch(word)) is not None:
        slot = _number(at, match["slot"], SLOTS - 1)
        line.open_slots.append((slot, match["way"] == b">", match["node"]))
        return
    first, sign, last = word.partition(b"-")
    start = _number(at, first, SLOTS - 1)
    end = _number(at, last, SLOTS - 1) if sign else start
    before = line.ranges[-1][1] if line.ranges else -2
    if line.open_slots or (sign and end <= start) or start <= before + 1:
        raise BadNodesConf(at, "slots are not in order")
    line.ranges.append((start, end))


def _tie(lines: list[_Line], at: int) -> ClusterState:
    """Nodes that know each other, out of lines that name each other."""
    nodes = {line.node.id: line for line in lines}
    if len(nodes) < len(lines):
        raise BadNodesConf(at, "two nodes have the same id")
    myself = [line.node for line in lines if line.node.flags & NODE_MYSELF]
    if len(myself) != 1:
        raise BadNodesConf(at, "one node has to be myself")
    state = ClusterState(myself[0])
    state.nodes = {node_id: line.node for node_id, line in nodes.items()}
    for line in lines:
        _tie_node(state, line)
    for node in state.nodes.values():
        if not node.shard_id:  # written by 7.0, which has no shards
            node.shard_id = (node.primary or node).shard_id or (node.primary or node).id
    return state


def _tie_node(state: ClusterState, line: _Line) -> None:
    at, node = line.number, line.node
    if line.primary:
        primary = state.nodes.get(line.primary)
        if primary is None or primary is node or not node.flags & NODE_SLAVE:
            raise BadNodesConf(at, "a node follows one that is not there")
        state.set_primary_of(node, primary)
    for first, last in line.ranges:
        for slot in range(first, last + 1):
            if state.owners[slot] is not None or node.flags & NODE_SLAVE:
                raise BadNodesConf(at, f"slot {slot} cannot be served by this node")
            state.assign_slot(slot, node)
    for slot, leaves, other_id in line.open_slots:
        other = state.nodes.get(other_id)
        if other is None or not node.flags & NODE_MYSELF:
            raise BadNodesConf(at, f"slot {slot} is on its way to nobody")
        (state.migrating if leaves else state.importing)[slot] = other


_PORT_MAX: Final = 65535
_DECIMAL: Final = re.compile(rb"0|[1-9][0-9]{0,19}")
_ID: Final = re.compile(rb"[0-9a-z]{40}")
_HOST: Final = re.compile(rb"[0-9A-Za-z.:_-]*")
_AUX: Final = re.compile(rb"[!-+\--~]*")
_OPEN: Final = re.compile(rb"\[(?P<slot>[0-9]+)-(?P<way>[<>])-(?P<node>[0-9a-z]{40})\]")
