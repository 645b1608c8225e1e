"""What rules may touch: links as data, an outbox in order, and ports that may be nothing."""

from __future__ import annotations

from redlearn.cluster.local import Close, Connect, NoData, Send
from redlearn.cluster.message import FAIL, NODE_HANDSHAKE, Fail
from redlearn.probe import Event
from tests.cluster.desk import Desk, id_of


def test_a_link_is_opened_under_a_number_that_is_never_used_again() -> None:
    desk = Desk("ab")
    desk.me.close(desk["a"].link)
    first = desk.me.connect(desk["a"])
    desk.me.close(first)
    second = desk.me.connect(desk["a"])
    assert second.number > first.number
    assert desk.node.outbox[-1] == Connect(second.number, desk["a"].ip, 16379)
    assert not second.up
    assert not second.inbound
    desk.state.check()


def test_a_link_that_is_closed_is_nobodys() -> None:
    desk = Desk("ab")
    link, inbound = desk["a"].link, desk["a"].inbound
    assert link is not None
    assert inbound is not None
    desk.me.close(link)
    assert desk["a"].link is None
    assert desk["a"].inbound is inbound
    desk.me.close(inbound)
    assert desk["a"].inbound is None
    assert desk.hung_up() == [link.number, inbound.number]
    desk.me.close(None)
    assert len(desk.hung_up()) == 2


def test_what_is_sent_is_counted_and_goes_nowhere_without_a_link() -> None:
    desk = Desk("ab")
    message = Fail(desk.header("m", FAIL), id_of("a"))
    desk.me.send(None, message)
    assert desk.state.sent == {}
    desk.me.send(desk["a"].link, message)
    assert desk.state.sent == {FAIL: 1}
    assert [type(act) for act in desk.node.outbox] == [Send]


def test_all_with_a_link_get_what_is_spread_but_for_those_in_a_handshake() -> None:
    desk = Desk("abcd")
    desk["b"].flags |= NODE_HANDSHAKE
    desk.me.close(desk["c"].link)
    desk.me.broadcast(Fail(desk.header("m", FAIL), id_of("a")))
    assert desk.to(FAIL) == ["a", "d"]


def test_a_node_is_forgotten_with_its_links() -> None:
    desk = Desk("ab")
    node = desk["a"]
    desk.me.forget(node)
    assert len([act for act in desk.node.outbox if isinstance(act, Close)]) == 2
    assert all(link.node != node.id for link in desk.state.links.values())
    desk.state.check()


def test_the_settings_of_a_call_are_those_at_its_beginning() -> None:
    desk = Desk()
    desk.config.set("cluster-node-timeout", 777)
    assert desk.me.timeout_ms == 2000
    desk.me.begin(5)
    assert (desk.me.timeout_ms, desk.me.now_ms) == (777, 5)


def test_ids_are_forty_digits_and_follow_from_the_seed() -> None:
    one, other = Desk(), Desk()
    assert one.me.random_id() == other.me.random_id()
    assert len(one.me.random_id()) == 40
    assert one.me.random_id() != one.me.random_id()


def test_nobody_watches_and_nothing_is_made_of_it() -> None:
    desk = Desk()
    desk.me.probe.emit = None
    desk.me.say(Event())
    assert not desk.events


def test_a_node_may_have_no_data_at_all() -> None:
    nothing = NoData()
    assert nothing.is_empty()
    assert (nothing.count_keys_in(1), nothing.delete_keys_in(1)) == (0, 0)
    assert (nothing.offset(), nothing.data_age_ms()) == (0, 0)
    nothing.flush()
    nothing.slot_lost(1)
    nothing.pause(1, "failover")
    assert not nothing.is_paused("failover")
    nothing.unpause("failover")
    nothing.deliver(b"", b"", sharded=False)
    nothing.save_config(fsync=True)
    nothing.follow(Desk("a")["a"])
    nothing.stop_following()
