"""Real clusters, listened to: what their nodes say is read field by field and said again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from redlearn.cluster import message as m
from redlearn.cluster.codec import decode, encode
from redlearn.cluster.message import Header
from tests.oracle.bus import ALL_TYPES, Nodes, provoke, tapped_cluster, until
from tests.oracle.servers import redis_binary, valkey_binary


@pytest.fixture(scope="module", params=["redis", "valkey"])
def nodes(request: pytest.FixtureRequest) -> Iterator[Nodes]:
    """A cluster of real nodes that have said all that they can be made to say."""
    binary = redis_binary() if request.param == "redis" else valkey_binary()
    if binary is None:
        pytest.skip(f"no {request.param} here")
    with tapped_cluster(binary) as started:
        provoke(started)
        yield started


def slots_of(fields: list[bytes]) -> bytes:
    """The bitmap of the slot ranges at the end of a line of CLUSTER NODES."""
    bits = bytearray(2048)
    for part in fields[7:]:
        first, _, last = part.partition(b"-")
        for slot in range(int(first), int(last or first) + 1):
            bits[slot // 8] |= 1 << slot % 8
    return bytes(bits)


def named(flags: int) -> set[bytes]:
    names = {m.NODE_MASTER: b"master", m.NODE_SLAVE: b"slave", m.NODE_FAIL: b"fail"}
    return {name for flag, name in names.items() if flags & flag}


def latest(nodes: Nodes) -> dict[bytes, m.Ping]:
    """The heartbeat that each node said last, of those that begin from now."""
    start = len(nodes.heard)

    def found() -> dict[bytes, m.Ping]:
        said = [decode(data) for data in nodes.heard[start:]]
        return {ping.header.sender: ping for ping in said if isinstance(ping, m.Ping)}

    until(lambda: len(found()) == 6, "a heartbeat of each node")
    return found()


def test_every_message_is_encoded_to_the_same_bytes(nodes: Nodes) -> None:
    assert nodes.kinds() >= ALL_TYPES
    for data in list(nodes.heard):
        assert encode(decode(data)) == data


def test_headers_say_what_cluster_nodes_says(nodes: Nodes) -> None:
    pings, lines = latest(nodes), nodes.nodes_of(0)
    assert set(pings) == set(lines) == set(nodes.ids)
    for name, fields in lines.items():
        address, flags, master, epoch = fields[0], fields[1], fields[2], int(fields[5])
        header = pings[name].header
        port, _, bus = address.partition(b",")[0].partition(b":")[2].partition(b"@")
        assert (header.port, header.bus_port) == (int(port), int(bus))
        assert named(header.flags) == set(flags.split(b",")) - {b"myself"}
        assert (header.replica_of or b"-") == master
        assert header.config_epoch == epoch
        slots = fields if master == b"-" else lines[master]
        assert header.slots == slots_of(slots)


def test_headers_give_the_epoch_and_state_of_cluster_info(nodes: Nodes) -> None:
    for number, name in enumerate(nodes.ids):
        header, info = latest(nodes)[name].header, nodes.info(number)
        assert header.current_epoch == int(info[b"cluster_current_epoch"])
        assert (header.state == m.CLUSTER_OK) == (info[b"cluster_state"] == b"ok")


def test_gossip_says_what_cluster_nodes_says(nodes: Nodes) -> None:
    lines = nodes.nodes_of(0)
    seen = set()
    for ping in latest(nodes).values():
        for entry in ping.gossip:
            address, flags = lines[entry.name][0], lines[entry.name][1]
            shown = b"%b:%d@%d" % (entry.ip, entry.port, entry.bus_port)
            assert shown == address.partition(b",")[0]
            assert named(entry.flags) == set(flags.split(b",")) - {b"myself"}
            seen.add(entry.name)
    assert len(seen) >= 4


def test_a_hostname_is_in_the_heartbeats_of_the_node_that_has_one(nodes: Nodes) -> None:
    ping = latest(nodes)[nodes.ids[0]]
    assert [e.text for e in ping.extensions if e.kind == m.HOSTNAME] == [b"first.example"]


def test_an_update_names_the_new_owner_and_its_slots(nodes: Nodes) -> None:
    updates = [decode(data) for data in nodes.heard if data[12:14] == b"\0\7"]
    lines = nodes.nodes_of(0)
    last = [u for u in updates if isinstance(u, m.Update) and u.node == nodes.ids[4]][-1]
    assert last.slots == slots_of(lines[nodes.ids[4]])
    assert last.config_epoch == int(lines[nodes.ids[4]][5])


def test_a_fail_names_the_node_that_stood_still(nodes: Nodes) -> None:
    fails = [decode(data) for data in nodes.heard if data[12:14] == b"\0\3"]
    assert {f.node for f in fails if isinstance(f, m.Fail)} >= {nodes.ids[1]}


def test_votes_are_asked_for_and_given_in_the_same_epoch(nodes: Nodes) -> None:
    said = [decode(data) for data in nodes.heard if data[12:14] in (b"\0\5", b"\0\6")]
    headers = [each.header for each in said if isinstance(each.header, Header)]
    asked = {h.current_epoch for h in headers if h.type == m.AUTH_REQUEST}
    given = {h.current_epoch for h in headers if h.type == m.AUTH_ACK}
    assert given
    assert given <= asked
