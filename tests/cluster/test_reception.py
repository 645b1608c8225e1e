"""Reception: who sent it, and whether that is believed."""

from __future__ import annotations

from redlearn.cluster.message import (
    FAIL,
    MEET,
    NODE_HANDSHAKE,
    NODE_NOFAILOVER,
    PING,
    PONG,
    PUBLISH,
    PUBLISHSHARD,
    Fail,
    LightHeader,
    Module,
    Ping,
    Publish,
    Unknown,
)
from redlearn.cluster.state import Link
from tests.cluster.desk import Desk, id_of


def a_fresh_link(desk: Desk) -> Link:
    return desk.state.links[desk.node.accepted(b"10.0.1.97")]


# ---- who ----


def test_a_link_that_somebody_opened_is_known_by_its_first_message() -> None:
    desk = Desk("ab")
    old, new = desk["a"].inbound, a_fresh_link(desk)
    assert old is not None
    desk.lay(Ping(desk.header("a", PING)), new)
    assert desk["a"].inbound is new
    assert new.node == id_of("a")
    assert desk.hung_up() == [old.number], "of two the older one is closed"


def test_on_a_link_that_is_known_the_name_in_the_header_is_not_asked() -> None:
    desk = Desk("ab")
    desk.lay(Fail(desk.header("b", FAIL, offset=55), id_of("z")), desk["a"].inbound)
    assert desk["a"].offset == 55
    assert desk["b"].offset == 0


def test_whatever_comes_is_a_sign_of_life_and_says_how_far_the_sender_is() -> None:
    desk = Desk("ab")
    desk.clock.advance(700)
    desk.lay(Fail(desk.header("a", FAIL, offset=99), id_of("z")), desk["a"].inbound)
    assert desk["a"].data_received_ms == desk.clock.ms
    assert (desk["a"].offset, desk["a"].offset_ms) == (99, desk.clock.ms)


def test_what_comes_is_counted_by_type() -> None:
    desk = Desk("ab")
    desk.hear("a")
    desk.hear("a")
    desk.hear_ping("b")
    assert desk.state.received == {PONG: 2, PING: 1}
    assert desk.state.sent == {PONG: 1}


def test_what_comes_on_a_link_that_was_closed_is_not_heard() -> None:
    desk = Desk("ab")
    link = desk["a"].link
    assert link is not None
    desk.me.close(link)
    desk.node.receive(Ping(desk.header("a", PONG, current_epoch=99)), link.number)
    assert desk.state.current_epoch != 99
    assert desk.state.received == {}


# ---- heartbeats ----


def test_each_ping_is_answered_on_the_link_that_it_came_by() -> None:
    desk = Desk("ab")
    link = desk["a"].inbound
    assert link is not None
    desk.hear_ping("a")
    (act,) = [act for act in desk.node.outbox if hasattr(act, "message")]
    assert act.link == link.number
    assert act.message.header.type == PONG


def test_a_pong_on_the_others_link_is_news_but_no_answer() -> None:
    desk = Desk("ab")
    desk["a"].ping_sent_ms = before = desk.clock.ms - 500
    desk.hear("a", PONG, on=desk["a"].inbound, current_epoch=44)
    assert desk["a"].ping_sent_ms == before
    assert desk.state.current_epoch == 44


def test_whether_a_node_stands_for_election_is_what_it_said_last() -> None:
    desk = Desk("ab")
    desk.hear("a", flags=1 | NODE_NOFAILOVER)
    assert desk["a"].flags & NODE_NOFAILOVER
    desk.hear("a", flags=1)
    assert not desk["a"].flags & NODE_NOFAILOVER


def test_a_meet_of_somebody_who_is_known_is_a_ping() -> None:
    desk = Desk("ab")
    desk.hear("a", MEET, on=desk["a"].inbound)
    assert len(desk.state.nodes) == 3
    assert [message.header.type for _, message in desk.sent()] == [PONG]


def test_epochs_of_one_in_a_handshake_are_not_believed() -> None:
    desk = Desk("ab")
    desk["a"].flags |= NODE_HANDSHAKE
    number = a_fresh_link(desk)
    desk.lay(Fail(desk.header("a", FAIL, current_epoch=99), id_of("z")), number)
    assert desk.state.current_epoch == 3


def test_whether_the_other_understands_extensions_is_remembered() -> None:
    desk = Desk("ab")
    desk.hear("a", mflags=b"\0\0\0")
    assert not desk["a"].extended
    desk.hear("a")
    assert desk["a"].extended


# ---- the rest ----


def test_what_was_published_elsewhere_is_handed_to_those_who_listen_here() -> None:
    desk = Desk("ab")
    desk.lay(Publish(desk.header("a", PUBLISH), b"news", b"hello"), desk["a"].inbound)
    desk.lay(Publish(desk.header("a", PUBLISHSHARD), b"shard", b"hi"), desk["a"].inbound)
    assert desk.data.delivered == [(b"news", b"hello", False), (b"shard", b"hi", True)]


def test_a_light_header_is_believed_on_a_link_that_is_known() -> None:
    desk = Desk("ab")
    message = Publish(LightHeader(PUBLISH), b"news", b"hello")
    fresh = a_fresh_link(desk)
    desk.lay(message, fresh)
    assert desk.data.delivered == []
    assert desk.hung_up() == [fresh.number]  # who begins with that says nothing of itself
    assert desk.state.received == {}
    desk.lay(message, desk["a"].inbound)
    assert desk.data.delivered == [(b"news", b"hello", False)]


def test_what_nobody_understands_is_a_sign_of_life_and_no_more() -> None:
    desk = Desk("ab")
    before = desk.state.freeze()
    desk.lay(Unknown(desk.header("a", 77), b"?"), desk["a"].inbound)
    desk.lay(Module(desk.header("a", 9), 1, 2, b"data"), desk["a"].inbound)
    assert desk.state.received == {77: 1, 9: 1}
    after = desk.state.freeze()
    assert [node[0] for node in after[1]] == [node[0] for node in before[1]]
    assert desk.sent() == []
