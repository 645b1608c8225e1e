"""Facets of a cluster: what one node believes, and the messages that nodes have sent each other.

    node         epoch config_epoch health role owner(slot) sees(port) serves open
                 bitmap_bytes offset
    belief       health reports epoch serves role          (what the node thinks of another)
    message      type bytes sections bitmap_bytes source target head

Health is "ok", "fail?" (PFAIL: this node alone suspects it) or "fail" (a majority does); of the
node itself "ok" or "fail": whether it takes commands. `serves` counts slots, `open` those that it
marks as migrating or importing; `owner` is a port, or "" for nobody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from redlearn.cluster.codec import BadMessage, decode
from redlearn.cluster.layout import HEADER
from redlearn.cluster.message import SLOT_BYTES, TYPE_NAMES, LightHeader, Message, Ping
from redlearn.lessons.facets import Facet, Value
from redlearn.lessons.path import ProbeError
from redlearn.slots import SLOTS

if TYPE_CHECKING:
    from redlearn.cluster.network import Flight
    from redlearn.cluster.state import ClusterState, Node


def node_facet(name: str, views: Mapping[str, ClusterState]) -> Facet:
    """What the node of that port believes.

    Raises:
        ProbeError: If there is no such node, or it does not run.
    """
    state = views.get(name)
    if state is None:
        known = ", ".join(views) or "none, without a cluster"
        raise ProbeError(f"no node '{name}' runs; there are {known}")
    return Facet(
        "node",
        {
            "epoch": lambda: state.current_epoch,
            "config_epoch": lambda: state.myself.config_epoch,
            "health": lambda: "ok" if state.ok else "fail",
            "role": lambda: _role(state.myself),
            "serves": lambda: state.myself.slot_count,
            "open": lambda: len(state.migrating) + len(state.importing),
            "bitmap_bytes": lambda: len(state.myself.bitmap()),
            "offset": lambda: state.myself.offset,
        },
        {
            "owner": lambda slot: _owner(state, slot),
            "sees": lambda port: _belief(state, port),
        },
    )


def message_facet(name: str, heard: Sequence[Flight]) -> Facet:
    """The last message of a type that arrived, as it was on the wire.

    Raises:
        ProbeError: If there is no such type, or none of it arrived lately.
    """
    if name not in TYPE_NAMES:
        raise ProbeError(f"a message's type is one of {', '.join(TYPE_NAMES)}, not '{name}'")
    for flight in reversed(heard):
        try:
            message = decode(flight.data)
        except BadMessage:
            continue  # of the stream from a primary to its replica
        if message.header.type == TYPE_NAMES.index(name):
            return _message(name, flight, message)
    raise ProbeError(f"no '{name}' arrived lately")


def _message(name: str, flight: Flight, message: Message) -> Facet:
    light = isinstance(message.header, LightHeader)
    return Facet(
        "message",
        {
            "type": lambda: name,
            "bytes": lambda: len(flight.data),
            "head": lambda: 0 if light else HEADER.size,
            "bitmap_bytes": lambda: 0 if light else SLOT_BYTES,
            "sections": lambda: len(message.gossip) if isinstance(message, Ping) else 0,
            "source": lambda: flight.source,
            "target": lambda: flight.target,
        },
    )


def _owner(state: ClusterState, slot: Value) -> Value:
    if not isinstance(slot, int) or not 0 <= slot < SLOTS:
        raise ProbeError(f"a slot is a number from 0 to {SLOTS - 1}")
    owner = state.owners[slot]
    return str(owner.port) if owner else ""


def _belief(state: ClusterState, port: Value) -> Value:
    found = next((node for node in state.nodes.values() if str(node.port) == port), None)
    if found is None:
        raise ProbeError(f"it knows of no node '{port}'")
    return _believed(found)


def _believed(node: Node) -> Facet:
    return Facet(
        "belief",
        {
            "health": lambda: _health(node),
            "reports": lambda: len(node.reports),
            "epoch": lambda: node.config_epoch,
            "serves": lambda: node.slot_count,
            "role": lambda: _role(node),
        },
    )


def _health(node: Node) -> str:
    return "fail" if node.is_failing else "fail?" if node.may_be_failing else "ok"


def _role(node: Node) -> str:
    return "replica" if node.is_replica else "primary"
