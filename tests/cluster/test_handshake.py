"""Handshakes: from an address to a name."""

from __future__ import annotations

import doctest

import pytest

from redlearn.cluster import handshake
from redlearn.cluster.handshake import HandshakeBegun, HandshakeEnded
from redlearn.cluster.local import Connect, NodeForgotten
from redlearn.cluster.message import (
    MEET,
    NODE_HANDSHAKE,
    NODE_MASTER,
    NODE_MEET,
    NODE_NOADDR,
    NODE_SLAVE,
    PING,
    PONG,
    Ping,
)
from redlearn.cluster.state import Link, Node
from tests.cluster.desk import Desk, id_of
from tests.cluster.village import Village


def test_the_examples_are_true() -> None:
    assert doctest.testmod(handshake).failed == 0


def the_stranger(desk: Desk) -> Node:
    (node,) = [node for node in desk.state.nodes.values() if node.in_handshake]
    return node


def a_stranger_met(desk: Desk) -> tuple[Node, Link]:
    """CLUSTER MEET, and the link is up."""
    assert desk.node.meet(b"10.0.7.7", 7007, 17007)
    desk.wait(100)
    node = the_stranger(desk)
    assert node.link is not None
    desk.node.connected(node.link.number)
    return node, node.link


# ---- who is told to meet ----


def test_it_makes_up_a_name_connects_and_says_meet() -> None:
    desk = Desk("a")
    node, link = a_stranger_met(desk)
    assert node.flags == NODE_HANDSHAKE, "MEET is said once"
    assert len(node.id) == 40
    assert Connect(link.number, b"10.0.7.7", 17007) in desk.node.outbox
    ((_, message),) = desk.sent(MEET)
    assert isinstance(message, Ping)
    assert node.ping_sent_ms == 0
    assert desk.said(HandshakeBegun) == [HandshakeBegun(id_of("m"), b"10.0.7.7", True)]


@pytest.mark.parametrize(
    ("ip", "port", "bus_port"),
    [
        (b"localhost", 7007, 17007), (b"", 7007, 17007), (b"1.2.3", 7007, 17007),
        (b"\xff\xfe", 7007, 17007), (b"10.0.7.7", 0, 17007), (b"10.0.7.7", 65536, 17007),
        (b"10.0.7.7", 7007, 0), (b"10.0.7.7", 60000, 70000), (b"10.0.7.7", -1, 17007),
    ],
)  # fmt: skip
def test_what_can_be_no_address_is_refused(ip: bytes, port: int, bus_port: int) -> None:
    desk = Desk("a")
    assert not desk.node.meet(ip, port, bus_port)
    assert len(desk.state.nodes) == 2


def test_the_same_address_is_met_once_at_a_time() -> None:
    desk = Desk("a")
    assert desk.node.meet(b"::1", 7007, 17007)
    assert desk.node.meet(b"0:0:0:0:0:0:0:1", 7007, 17007)
    assert desk.node.meet(b"::1", 7008, 17008)
    assert len(desk.state.nodes) == 4


def test_a_meeting_that_takes_too_long_is_given_up() -> None:
    desk = Desk("a", timeout_ms=500)
    node, link = a_stranger_met(desk)
    desk.wait(900, answering="a")
    assert node.id in desk.state.nodes
    desk.wait(200, answering="a")
    assert node.id not in desk.state.nodes
    assert link.number in desk.hung_up()
    assert desk.said(NodeForgotten)[-1].why == "handshake timed out"


def test_with_the_answer_it_has_a_name_and_a_role() -> None:
    desk = Desk("a")
    _, link = a_stranger_met(desk)
    desk.hear("x", PONG, on=link, flags=NODE_SLAVE | NODE_MASTER)
    assert desk["x"].flags == NODE_SLAVE
    assert desk["x"].link is link
    assert desk["x"].pong_received_ms == desk.clock.ms
    assert desk.said(HandshakeEnded) == [HandshakeEnded(id_of("m"), id_of("x"))]
    assert desk.data.saves


def test_who_turns_out_to_be_known_is_not_known_twice() -> None:
    desk = Desk("ab")
    node, link = a_stranger_met(desk)
    desk.hear("b", PONG, on=link, port=7007, bus_port=17007)
    assert node.id not in desk.state.nodes
    assert link.number in desk.hung_up()
    assert (desk["b"].ip, desk["b"].port) == (b"10.0.7.7", 7007), "but it lives there now"
    assert desk.said(NodeForgotten)[-1].why == "known already"


def test_who_has_no_proper_name_is_sent_away() -> None:
    desk = Desk("a")
    node, link = a_stranger_met(desk)
    header = desk.header("x", PONG)._replace(sender=b"?" * 40)
    desk.lay(Ping(header), link)
    assert node.id not in desk.state.nodes
    assert len(desk.state.nodes) == 2


def test_who_is_told_to_meet_itself_finds_out() -> None:
    desk = Desk("a")
    node, link = a_stranger_met(desk)
    desk.hear("m", PONG, on=link)
    assert node.id not in desk.state.nodes
    assert link.number in desk.hung_up()
    number = desk.node.accepted(b"10.0.0.1")
    desk.lay(Ping(desk.header("m", MEET)), desk.state.links[number])
    assert len(desk.state.nodes) == 2


# ---- who is met ----


def meeting(desk: Desk, sender: str = "x", **said: object) -> Link:
    """Somebody opens a link, and says MEET."""
    link = desk.state.links[desk.node.accepted(b"10.0.7.7", b"10.0.0.99")]
    desk.lay(Ping(desk.header(sender, MEET, port=7007, bus_port=17007, **said)), link)
    return link


def test_it_answers_and_begins_to_get_to_know_the_other() -> None:
    desk = Desk("a")
    meeting(desk)
    node = the_stranger(desk)
    assert (node.ip, node.port, node.bus_port) == (b"10.0.7.7", 7007, 17007)
    assert not node.flags & NODE_MEET, "it will say PING"
    assert [message.header.type for _, message in desk.sent()] == [PONG]
    desk.wait(100)
    assert node.link is not None
    desk.node.connected(node.link.number)
    assert len(desk.sent(PING)) == 1


def test_an_address_that_is_announced_is_taken_instead() -> None:
    desk = Desk("a")
    meeting(desk, ip=b"192.0.2.1")
    assert the_stranger(desk).ip == b"192.0.2.1"


def test_a_ping_of_a_stranger_is_answered_but_not_believed() -> None:
    desk = Desk("a")
    link = desk.state.links[desk.node.accepted(b"10.0.7.7")]
    desk.lay(Ping(desk.header("x", PING)), link)
    assert len(desk.state.nodes) == 2
    assert [message.header.type for _, message in desk.sent()] == [PONG]


def test_where_this_node_lives_it_learns_from_who_meets_it() -> None:
    desk = Desk("a")
    desk.state.myself.ip = b""
    meeting(desk)
    assert desk.state.myself.ip == b"10.0.0.99"


def test_unless_it_is_told_what_to_announce() -> None:
    desk = Desk("a")
    desk.config.set("cluster-announce-ip", "192.0.2.5")
    before = desk.state.myself.ip
    meeting(desk)
    assert desk.state.myself.ip == before


def test_a_ping_tells_it_only_while_it_does_not_know() -> None:
    desk = Desk("a")
    for known, expected in ((b"10.0.0.1", b"10.0.0.1"), (b"", b"10.0.0.99")):
        desk.state.myself.ip = known
        link = desk.state.links[desk.node.accepted(b"10.0.7.7", b"10.0.0.99")]
        desk.lay(Ping(desk.header("x", PING)), link)
        assert desk.state.myself.ip == expected


# ---- who is known, and moves ----


def test_who_pings_from_another_address_lives_there_now() -> None:
    desk = Desk("ab")
    link = desk.state.links[desk.node.accepted(b"10.0.7.7")]
    old = desk["b"].link
    assert old is not None
    desk.lay(Ping(desk.header("b", PING, port=7007, bus_port=17007)), link)
    assert (desk["b"].ip, desk["b"].port, desk["b"].bus_port) == (b"10.0.7.7", 7007, 17007)
    assert old.number in desk.hung_up()
    assert desk["b"].link is None


def test_a_replica_follows_its_primary_to_its_new_address() -> None:
    desk = Desk("ab")
    desk.be_replica_of("b")
    desk.data.following = b""
    link = desk.state.links[desk.node.accepted(b"10.0.7.7")]
    desk.lay(Ping(desk.header("b", PING)), link)
    assert desk.data.following == id_of("b")


def test_who_stays_where_it_was_keeps_its_link() -> None:
    desk = Desk("ab")
    link = desk["b"].link
    desk.hear_ping("b")
    assert desk["b"].link is link


def test_where_somebody_else_answers_now_the_old_one_does_not_live_any_more() -> None:
    desk = Desk("ab")
    link = desk["b"].link
    assert link is not None
    desk.hear("x", PONG, on=link)
    assert desk["b"].flags & NODE_NOADDR
    assert (desk["b"].ip, desk["b"].port, desk["b"].bus_port) == (b"", 0, 0)
    assert link.number in desk.hung_up()
    desk.sent()
    desk.wait(1000, answering="a")
    assert not [act for act in desk.opened() if act.ip == b""], "nobody connects to nowhere"


# ---- a whole cluster ----


def test_two_clusters_of_one_become_one_of_two() -> None:
    village = Village(2, 0, formed=False)
    village["a"].node.meet(village["b"].ip, 6379, 16379)
    village.run(1000)
    for one, other in (("a", "b"), ("b", "a")):
        node = village.view(one, other)
        assert node.flags == NODE_MASTER
        assert node.is_linked
        assert node.inbound is not None
    village.check()


def test_meeting_somebody_who_is_not_there_leaves_no_trace() -> None:
    village = Village(2, 0, formed=False)
    village["a"].node.meet(b"10.99.99.99", 6379, 16379)
    village.run(4000)
    assert len(village["a"].state.nodes) == 1
    assert not village["a"].state.links
