"""A small cluster and its messages, made by hand, for the views of the bus."""

from __future__ import annotations

from redlearn.cluster.message import (
    FAIL,
    NODE_MASTER,
    NODE_PFAIL,
    NODE_SLAVE,
    PING,
    Fail,
    Gossip,
    Header,
    Ping,
)
from redlearn.cluster.state import ClusterState, Node
from redlearn.slots import SLOTS
from redlearn.views.gossip import Flight

IDS = {letter: (letter.lower() * 40).encode() for letter in "ABCDX"}
LETTERS = {node: letter for letter, node in IDS.items() if letter != "X"}


def node(letter: str, at: int, flags: int = NODE_MASTER) -> Node:
    return Node(
        IDS[letter], flags, b"127.0.0.1", 7001 + at, bus_port=17001 + at, config_epoch=at + 1,
        data_received_ms=9_000 - at * 100,
    )  # fmt: skip


def seen_by_a() -> ClusterState:
    """Three primaries, A to C, and D, which replicates A. B says that C fails."""
    a, b, c, d = node("A", 0), node("B", 1), node("C", 2), node("D", 3, NODE_SLAVE)
    state = ClusterState(a)
    for other in (b, c, d):
        state.add(other)
    state.set_primary_of(d, a)
    for slot in range(SLOTS):
        state.assign_slot(slot, (a, b, c)[slot * 3 // SLOTS])
    state.size, state.ok, state.current_epoch = 3, True, 6
    c.flags |= NODE_PFAIL
    c.reports[b.id] = 8_000
    return state


def flights(state: ClusterState) -> list[Flight]:
    """A heartbeat of B that is on its way to A, and word of C's failure that got lost."""
    b = state.nodes[IDS["B"]]
    header = Header(PING, b.id, 6, 2, 100, bytes(b.slots), port=b.port, bus_port=b.bus_port)
    about = (
        Gossip(IDS["C"], 5, 4, b"127.0.0.1", 7003, 17003, NODE_MASTER | NODE_PFAIL),
        Gossip(IDS["D"], 0, 8, b"127.0.0.1", 7004, 17004, NODE_SLAVE),
    )
    return [
        Flight(9, 9_000, 9_031, "B", "A", 2568, Ping(header, about)),
        Flight(8, 8_990, -1, "A", "C", 2256, Fail(header._replace(type=FAIL), IDS["C"])),
    ]
