"""Gossip as it is heard: what a node believes about third nodes, and of whom."""

from __future__ import annotations

import pytest

from redlearn.cluster.gossip import NodeLearned, hear_gossip, is_forgotten, is_id, role_of
from redlearn.cluster.local import NodeForgotten
from redlearn.cluster.message import (
    FORGOTTEN_NODE,
    HOSTNAME,
    HUMAN_NODENAME,
    MEET,
    NODE_FAIL,
    NODE_HANDSHAKE,
    NODE_MASTER,
    NODE_MYSELF,
    NODE_NOADDR,
    NODE_PFAIL,
    NODE_SLAVE,
    Extension,
    Gossip,
    Ping,
    forgotten_extension,
    shard_extension,
    text_extension,
)
from tests.cluster.desk import Desk, id_of
from tests.cluster.village import Village

# ---- strangers ----


def stranger(name: str, flags: int = NODE_MASTER, **said: object) -> Gossip:
    facts: dict[str, object] = {"ip": b"10.0.7.7", "port": 7007, "bus_port": 17007, **said}
    return Gossip(id_of(name), 0, 0, flags=flags, **facts)  # type: ignore[arg-type]


def test_a_node_that_a_known_one_gossips_about_is_added_with_its_address() -> None:
    desk = Desk("a")
    desk.hear("a", gossip=[stranger("x")])
    assert desk["x"].flags == NODE_MASTER
    assert (desk["x"].ip, desk["x"].port, desk["x"].bus_port) == (b"10.0.7.7", 7007, 17007)
    assert desk["x"].created_ms == desk.clock.ms
    assert desk.said(NodeLearned) == [NodeLearned(id_of("m"), id_of("x"), id_of("a"))]
    desk.wait(100)
    assert desk["x"].link is not None


def test_a_stranger_may_gossip_only_about_those_who_are_known() -> None:
    desk = Desk("ab")
    number = desk.node.accepted(b"10.9.9.9")
    message = Ping(desk.header("z", MEET), (stranger("x"), desk.gossip("a", NODE_PFAIL)))
    desk.lay(message, desk.state.links[number])
    assert id_of("x") not in desk.state.nodes
    assert not desk["a"].reports


def test_one_without_address_is_not_added() -> None:
    desk = Desk("a")
    desk.hear("a", gossip=[stranger("x", NODE_MASTER | NODE_NOADDR)])
    assert id_of("x") not in desk.state.nodes


def test_one_that_was_forgotten_is_not_taken_back_for_a_minute() -> None:
    desk = Desk("ab")
    desk.node.forget(id_of("b"))
    desk.hear("a", gossip=[stranger("b")])
    assert id_of("b") not in desk.state.nodes
    desk.wait(60_100, answering="a")
    desk.hear("a", gossip=[stranger("b")])
    assert id_of("b") in desk.state.nodes
    assert not desk.state.forgotten


def test_a_stranger_is_never_this_node_itself_nor_two_things_at_once() -> None:
    desk = Desk("a")
    odd = NODE_MASTER | NODE_SLAVE | NODE_MYSELF | NODE_HANDSHAKE
    desk.hear("a", gossip=[stranger("x", odd)])
    assert desk["x"].flags == NODE_SLAVE


@pytest.mark.parametrize(
    "name", [b"", b"short", b"X" * 40, b"g" * 41, b"-" * 40, b"a" * 39 + b"\n"]
)
def test_gossip_with_a_broken_id_is_not_believed_at_all(name: bytes) -> None:
    desk = Desk("ab")
    broken = stranger("x")._replace(name=name)
    desk.hear("a", gossip=[stranger("y"), desk.gossip("b", NODE_PFAIL), broken])
    assert len(desk.state.nodes) == 3
    assert not desk["b"].reports
    assert is_id(name) is None


def test_roles_from_outside_are_made_one() -> None:
    assert role_of(NODE_MASTER | NODE_SLAVE | NODE_PFAIL) == NODE_SLAVE | NODE_PFAIL
    assert role_of(NODE_MASTER) == NODE_MASTER
    assert role_of(0) == 0


# ---- those who are known ----


def test_gossip_about_this_node_itself_changes_nothing() -> None:
    desk = Desk("ab")
    before = desk.state.freeze()[1][0]
    desk.hear("a", gossip=[desk.gossip("m", NODE_FAIL, ip=b"10.66.6.6")])
    assert desk.state.freeze()[1][0] == before


def pong_of(desk: Desk, seconds: int) -> int:
    """When b last answered, after a said that it did so many seconds from now."""
    desk["b"].pong_received_ms = desk.clock.ms - 10_000
    told = desk.clock.ms // 1000 + seconds
    desk.hear("a", gossip=[desk.gossip("b", pong_received_s=told)])
    return desk["b"].pong_received_ms


def test_a_later_sign_of_life_is_believed() -> None:
    desk = Desk("ab")
    assert pong_of(desk, -3) == desk.clock.ms - 3000


def test_an_earlier_one_is_not_news() -> None:
    desk = Desk("ab")
    assert pong_of(desk, -20) == desk.clock.ms - 10_000


def test_nor_is_one_from_the_future() -> None:
    desk = Desk("ab")
    assert pong_of(desk, 1) == desk.clock.ms - 10_000
    desk.clock.advance(499)
    assert pong_of(desk, 1) == desk.clock.ms - 10_000
    desk.clock.advance(1)
    assert pong_of(desk, 1) == desk.clock.ms + 500, "but for half a second"


def test_nor_while_this_node_waits_for_an_answer_or_somebody_reports() -> None:
    desk = Desk("abc")
    desk["b"].ping_sent_ms = desk.clock.ms
    assert pong_of(desk, -3) == desk.clock.ms - 10_000
    desk["b"].ping_sent_ms = 0
    desk.hear("c", gossip=[desk.gossip("b", NODE_PFAIL)])
    assert pong_of(desk, -3) == desk.clock.ms - 10_000


def test_an_address_that_works_for_others_is_tried_when_ours_does_not() -> None:
    desk = Desk("ab")
    desk["b"].flags |= NODE_PFAIL
    old = desk["b"].link
    assert old is not None
    desk.hear("a", gossip=[desk.gossip("b", NODE_MASTER, ip=b"10.0.7.7", port=7007)])
    assert (desk["b"].ip, desk["b"].port) == (b"10.0.7.7", 7007)
    assert desk["b"].link is None
    assert old.number in desk.hung_up()


def test_an_address_makes_a_node_one_with_an_address() -> None:
    desk = Desk("ab")
    desk["b"].flags |= NODE_FAIL | NODE_NOADDR
    desk.hear("a", gossip=[desk.gossip("b", NODE_MASTER)])
    assert desk["b"].flags & NODE_NOADDR, "the one that is known already is none"
    desk.hear("a", gossip=[desk.gossip("b", NODE_MASTER, ip=b"10.0.7.7")])
    assert not desk["b"].flags & NODE_NOADDR
    desk.wait(100, answering=[])
    assert desk["b"].link is not None, "it is tried"


@pytest.mark.parametrize(
    ("here", "there"),
    [(0, 0), (NODE_PFAIL, NODE_PFAIL), (NODE_PFAIL, NODE_NOADDR), (NODE_FAIL, NODE_FAIL)],
)
def test_and_is_not_while_ours_works_or_theirs_does_not(here: int, there: int) -> None:
    desk = Desk("ab")
    desk["b"].flags |= here
    desk.hear("a", gossip=[desk.gossip("b", NODE_MASTER | there, ip=b"10.0.7.7")])
    assert desk["b"].ip != b"10.0.7.7"
    assert desk["b"].link is not None


# ---- extensions ----


def test_names_and_shard_are_what_was_said_last() -> None:
    desk = Desk("a")
    names = [text_extension(HOSTNAME, b"h1"), text_extension(HUMAN_NODENAME, b"first")]
    desk.hear("a", extensions=[*names, shard_extension(id_of("shardx"))])
    assert (desk["a"].hostname, desk["a"].human_name) == (b"h1", b"first")
    assert desk["a"].shard_id == id_of("shardx")
    assert desk.data.saves
    desk.hear("a")
    assert (desk["a"].hostname, desk["a"].human_name) == (b"", b"")
    assert desk["a"].shard_id == id_of("shardx"), "a shard is not taken back"


def test_an_extension_that_nobody_knows_or_that_is_broken_does_no_harm() -> None:
    desk = Desk("a")
    before = desk["a"].shard_id
    odd = [Extension(99, b"12345678"), Extension(3, b"\xff" * 40), Extension(HOSTNAME, b"")]
    desk.hear("a", extensions=odd)
    assert desk["a"].shard_id == before


def test_a_replica_is_of_its_primarys_shard_whatever_it_says() -> None:
    desk = Desk("ab")
    desk.replica("a1", "a")
    desk.hear("a1", extensions=[shard_extension(id_of("shardx"))])
    assert desk["a1"].shard_id == desk["a"].shard_id
    desk.hear("a", extensions=[shard_extension(id_of("shardx"))])
    assert desk["a1"].shard_id == desk["a"].shard_id == id_of("shardx")


def test_whom_another_was_told_to_forget_is_forgotten_here_too() -> None:
    desk = Desk("abc")
    desk.hear("a", extensions=[forgotten_extension(id_of("c"), 30)])
    assert id_of("c") not in desk.state.nodes
    assert desk.state.forgotten == {id_of("c"): desk.clock.ms + 30_000}
    assert desk.said(NodeForgotten) == [NodeForgotten(id_of("m"), id_of("c"), "told to")]


def test_but_for_this_node_itself_its_primary_and_strangers() -> None:
    desk = Desk("abc")
    desk.be_replica_of("b")
    orders = [forgotten_extension(id_of(name), 30) for name in "mbz"]
    desk.hear("a", extensions=orders)
    assert {desk.name_of(each) for each in desk.state.nodes} == set("mabc")
    assert not desk.state.forgotten


def test_a_sender_that_is_to_be_forgotten_by_its_own_word_does_no_harm() -> None:
    desk = Desk("abc")
    desk.hear("a", extensions=[forgotten_extension(id_of("a"), 30)])
    assert id_of("a") not in desk.state.nodes
    desk.state.check()


def test_what_is_over_is_dropped_from_the_list_of_the_forgotten() -> None:
    desk = Desk("a")
    desk.state.forgotten = {id_of("x"): desk.clock.ms - 1, id_of("y"): desk.clock.ms + 1}
    assert not is_forgotten(desk.me, id_of("x"))
    assert is_forgotten(desk.me, id_of("y"))
    assert list(desk.state.forgotten) == [id_of("y")]


# ---- a whole cluster ----


def test_who_meets_one_comes_to_know_all() -> None:
    village = Village(4, 0, formed=False)
    for name in "bcd":
        village["a"].node.meet(village[name].ip, 6379, 16379)
    village.run_until(lambda: all(len(h.state.nodes) == 4 for h in village.alive()), 10_000)
    village.run_until(
        lambda: not any(n.in_handshake for h in village.alive() for n in h.state.nodes.values())
    )
    assert village.happened(NodeLearned), "by gossip, not by meeting"
    village.check()


def test_a_node_that_is_forgotten_on_one_is_forgotten_on_all() -> None:
    village = Village(3, 1)
    village.kill("c1")
    gone = village["c1"].id
    village["a"].node.forget(gone)
    village.flush(village["a"])
    village.run(5000)
    assert not any(gone in house.state.nodes for house in village.alive())
    village.run(65_000)
    assert not any(gone in house.state.nodes for house in village.alive())


def test_without_a_sender_nothing_is_learned() -> None:
    desk = Desk("a")
    hear_gossip(desk.me, None, (stranger("x"),))
    assert id_of("x") not in desk.state.nodes


def test_the_kinds_of_extensions_are_told_apart() -> None:
    assert len({HOSTNAME, HUMAN_NODENAME, FORGOTTEN_NODE, 3}) == 4
