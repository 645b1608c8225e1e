"""What CLUSTER INFO, SLOTS, SHARDS and LINKS tell of a view."""

from __future__ import annotations

from collections.abc import Sequence

from redlearn.cluster.looks import Lens, info, links, shards, slots
from redlearn.cluster.message import NODE_FAIL, NODE_MASTER, NODE_PFAIL, NODE_SLAVE, PING
from redlearn.cluster.state import ClusterState, Link, Node
from redlearn.slots import SLOTS

A, B, C = (letter * 40 for letter in (b"a", b"b", b"c"))


def pair() -> ClusterState:
    """Two primaries; the other one has a replica, and a name."""
    view = ClusterState(Node(A, NODE_MASTER, ip=b"10.0.0.1", port=7001, bus_port=17001))
    other = Node(B, NODE_MASTER, ip=b"10.0.0.2", port=7002, bus_port=17002, hostname=b"two")
    replica = Node(C, NODE_SLAVE, ip=b"10.0.0.3", port=7003, bus_port=17003)
    other.tls_port, replica.offset = 7443, 99
    other.shard_id = replica.shard_id = b"s" * 40
    view.add(other)
    view.add(replica)
    view.set_primary_of(replica, other)
    for slot in (0, 1, 2, 5):
        view.assign_slot(slot, view.myself)
    for slot in (3, 4, SLOTS - 1):
        view.assign_slot(slot, other)
    return view


def row(view: ClusterState, lens: Lens, at: int) -> Sequence[object]:
    """A row of CLUSTER SLOTS."""
    found = slots(view, lens)[at]
    assert isinstance(found, list)
    return found


def each(name: bytes, maps: object) -> list[object]:
    """What each of some maps has under a name."""
    assert isinstance(maps, list)
    return [found[name] for found in maps]


def lines_of(view: ClusterState) -> dict[str, str]:
    return dict(line.split(":") for line in info(view).decode().splitlines())


def test_info_counts_slots_by_the_health_of_their_owners() -> None:
    view = pair()
    view.ok, view.size, view.current_epoch = True, 2, 9
    view.myself.config_epoch = 3
    told = lines_of(view)
    assert told["cluster_state"] == "ok"
    assert (told["cluster_slots_assigned"], told["cluster_slots_ok"]) == ("7", "7")
    assert (told["cluster_known_nodes"], told["cluster_size"]) == ("3", "2")
    assert (told["cluster_current_epoch"], told["cluster_my_epoch"]) == ("9", "3")
    view.nodes[B].flags |= NODE_PFAIL
    assert lines_of(view)["cluster_slots_pfail"] == "3"
    view.nodes[B].flags |= NODE_FAIL
    told = lines_of(view)
    assert (told["cluster_slots_ok"], told["cluster_slots_pfail"]) == ("4", "0")
    assert told["cluster_slots_fail"] == "3"


def test_info_of_a_replica_tells_its_primarys_epoch() -> None:
    view = pair()
    view.nodes[B].config_epoch = 8
    view.myself = view.nodes[C]
    assert lines_of(view)["cluster_my_epoch"] == "8"


def test_info_tells_of_messages_that_there_were() -> None:
    view = pair()
    view.sent[PING] = 4
    text = info(view)
    assert b"cluster_stats_messages_ping_sent:4\r\ncluster_stats_messages_sent:4\r\n" in text
    assert b"ping_received" not in text
    assert text.endswith(
        b"cluster_stats_messages_received:0\r\ntotal_cluster_links_buffer_limit_exceeded:0\r\n"
    )


def test_slots_has_a_row_for_each_range() -> None:
    mine = [b"10.0.0.1", 7001, A, {}]
    theirs = [b"10.0.0.2", 7002, B, {b"hostname": b"two"}]
    replica = [b"10.0.0.3", 7003, C, {}]
    assert slots(pair(), Lens()) == [
        [0, 2, mine], [3, 4, theirs, replica], [5, 5, mine],
        [SLOTS - 1, SLOTS - 1, theirs, replica],
    ]  # fmt: skip


def test_slots_of_nobody_are_left_out() -> None:
    assert slots(ClusterState(Node(A, NODE_MASTER)), Lens()) == []


def test_a_replica_that_fails_or_has_nothing_yet_is_left_out() -> None:
    view = pair()
    view.nodes[C].offset = 0
    assert len(row(view, Lens(), 1)) == 3
    view.nodes[C].offset = 5
    view.nodes[C].flags |= NODE_FAIL
    assert len(row(view, Lens(), 1)) == 3


def test_nodes_are_called_as_is_preferred() -> None:
    view = pair()
    by_name = Lens("hostname")
    assert row(view, by_name, 0) == [0, 2, [b"?", 7001, A, {b"ip": b"10.0.0.1"}]]
    assert row(view, by_name, 1)[2] == [b"two", 7002, B, {b"ip": b"10.0.0.2"}]
    assert row(view, Lens("unknown-endpoint"), 1)[2] == [
        None, 7002, B, {b"ip": b"10.0.0.2", b"hostname": b"two"},
    ]  # fmt: skip
    assert Lens("unknown-endpoint").endpoint(view.nodes[B]) == b":7002"
    assert Lens("hostname").endpoint(view.nodes[B]) == b"two:7002"
    assert Lens(tls=True).endpoint(view.nodes[B]) == b"10.0.0.2:7443"


def test_shards_are_primaries_with_their_replicas() -> None:
    first, second = shards(pair(), Lens(offset=12))
    assert first == {
        b"slots": [0, 2, 5, 5],
        b"nodes": [
            {b"id": A, b"port": 7001, b"ip": b"10.0.0.1", b"endpoint": b"10.0.0.1",
             b"role": b"master", b"replication-offset": 12, b"health": b"online"},
        ],
    }  # fmt: skip
    assert isinstance(second, dict)
    assert second[b"slots"] == [3, 4, SLOTS - 1, SLOTS - 1]
    assert second[b"nodes"] == [
        {b"id": B, b"port": 7002, b"tls-port": 7443, b"ip": b"10.0.0.2", b"endpoint": b"10.0.0.2",
         b"hostname": b"two", b"role": b"master", b"replication-offset": 0, b"health": b"online"},
        {b"id": C, b"port": 7003, b"ip": b"10.0.0.3", b"endpoint": b"10.0.0.3",
         b"role": b"replica", b"replication-offset": 99, b"health": b"online"},
    ]  # fmt: skip


def test_the_health_of_a_node_is_told() -> None:
    view = pair()
    view.nodes[C].offset = 0
    view.nodes[B].flags |= NODE_FAIL
    _, second = shards(view, Lens())
    assert isinstance(second, dict)
    assert each(b"health", second[b"nodes"]) == [b"fail", b"loading"]


def test_links_are_told_from_both_ends() -> None:
    view = pair()
    other = view.nodes[B]
    other.link, other.inbound = Link(1, B, False, b"", True, 55), Link(2, B, True, b"", True, 66)
    told = links(view)
    assert each(b"direction", told) == [b"to", b"from"]
    assert told[0] == {
        b"direction": b"to", b"node": B, b"create-time": 55, b"events": b"r",
        b"send-buffer-allocated": 0, b"send-buffer-used": 0,
    }  # fmt: skip
