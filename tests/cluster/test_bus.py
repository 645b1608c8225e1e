"""The bus of simulated nodes: rules on one side, bytes on the other."""

from __future__ import annotations

from redlearn.cluster import message as m
from redlearn.cluster.codec import decode, encode
from redlearn.cluster.network import Flight
from redlearn.cluster.simulator import Crash, Simulator, Tell
from tests.cluster.nodes import cluster, node


def messages(simulator: Simulator, ms: int) -> list[Flight]:
    """Everything that arrives on the bus within some time."""
    end, found = simulator.now_ms + ms, []
    while simulator.now_ms < end:
        happened = simulator.step()
        if isinstance(happened, Flight) and happened.data[:4] == b"RCmb":
            found.append(happened)
    return found


def test_what_is_under_way_are_the_bytes_of_messages() -> None:
    flights = messages(cluster(), 3_000)
    assert {decode(flight.data).header.type for flight in flights} == {m.PING, m.PONG}
    for flight in flights:
        assert encode(decode(flight.data)) == flight.data


def test_a_heartbeat_has_its_true_size() -> None:
    """Header, three sections of gossip, and the extension with the shard's id."""
    sizes = {len(flight.data) for flight in messages(cluster(), 3_000)}
    assert max(sizes) == 2256 + 3 * 104 + 8 + 40


def test_a_header_says_who_sent_it_and_what_it_serves() -> None:
    simulator = cluster()
    flights = messages(simulator, 2_000)
    assert {flight.source for flight in flights} == set(simulator.hosts)
    for flight in flights:
        header = decode(flight.data).header
        assert isinstance(header, m.Header)
        state = node(simulator, flight.source).state
        assert header.sender == state.myself.id
        assert header.slots == (state.myself.primary or state.myself).bitmap()


def test_each_node_has_a_link_to_every_other() -> None:
    simulator = cluster()
    for name in simulator.hosts:
        state = node(simulator, name).state
        assert all(other.is_linked for other in state.others())
        bus = simulator.member(name).bus
        assert len(bus._links) == len(state.links) == 10
        assert {bus._sockets[link] for link in state.links} == set(bus._links)


def test_when_a_node_dies_its_links_go() -> None:
    simulator = cluster()
    simulator.act(Crash("7002"))
    simulator.run_until(simulator.now_ms + 50)
    for name in ("7001", "7003"):
        assert len(simulator.member(name).bus._links) == 8


def test_what_is_no_message_is_dropped_and_counted() -> None:
    simulator = cluster()
    bus = simulator.member("7001").bus
    socket = next(iter(bus._links))
    before = node(simulator, 7001).state.freeze()
    for data in (b"", b"RCmb", b"*1\r\n$4\r\nPING\r\n", b"RCmb\0\0\0\x10\0\1\0\0\x80\4\0\0"):
        bus.received(socket, data)
    assert bus.refused == 4
    assert node(simulator, 7001).state.freeze() == before


def test_a_message_with_a_light_header_is_taken_as_any_other() -> None:
    """As a Valkey node takes it, that has told the sender so: this is one that did not ask."""
    simulator = cluster()
    listener = simulator.member("7001").engine.connect()
    simulator.member("7001").engine.execute(listener, [b"SUBSCRIBE", b"news"])
    listener.take()
    light = encode(m.Publish(m.LightHeader(m.PUBLISH), b"news", b"hello"))
    link = node(simulator, 7002).state.nodes[node(simulator, 7001).state.myself.id].link
    assert link is not None
    sender = simulator.member("7002").bus
    simulator.act(Tell("7002", lambda s: sender._send(link.number, m.PUBLISH, light)))
    simulator.run_until(simulator.now_ms + 50)
    assert listener.take() == [[b"message", b"news", b"hello"]]
    assert simulator.member("7001").bus.refused == 0


def test_what_is_broadcast_is_encoded_once() -> None:
    simulator = cluster()
    simulator.act(Tell("7001", lambda s: s.node.publish(b"news", b"hello", sharded=False)))
    flights = [
        f for f in simulator.in_flight() if f.data and decode(f.data).header.type == m.PUBLISH
    ]
    assert len(flights) == 5
    assert len({id(flight.data) for flight in flights}) == 1


def test_bytes_are_counted_by_type() -> None:
    simulator = cluster()
    bus = simulator.member("7001").bus
    assert set(bus.carried) == {m.PING, m.PONG}
    ours = simulator.network.carried["7001"]
    assert sum(bus.carried.values()) <= ours


def test_links_travel_in_time() -> None:
    simulator = cluster()
    frozen = simulator.freeze()
    seen = []
    for _ in range(2):
        simulator.thaw(frozen)
        simulator.act(Crash("7003"))
        simulator.run_until(12_000)
        states = [node(simulator, name).state.freeze() for name in ("7001", "7002", "7004")]
        seen.append((simulator.digest, states))
    assert seen[0] == seen[1]
