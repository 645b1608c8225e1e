"""A node as those see it who drive it: calls in, an outbox, time."""

from __future__ import annotations

from random import Random

import pytest

from redlearn.clock import VirtualClock
from redlearn.cluster.local import Connect
from redlearn.cluster.message import NODE_MASTER, NODE_MYSELF, NODE_NOADDR, NODE_PFAIL, PING, PONG
from redlearn.cluster.node import ClusterNode, new_node
from redlearn.cluster.state import (
    BROADCAST,
    FSYNC_CONFIG,
    HANDLE_FAILOVER,
    SAVE_CONFIG,
    ClusterState,
)
from tests.cluster.desk import Desk, id_of
from tests.cluster.village import Village


def test_a_node_begins_as_a_primary_of_nothing_that_knows_nobody() -> None:
    node = ClusterNode(ClusterState(new_node(id_of("m"), id_of("s"))), VirtualClock(), Random(1))
    assert node.state.myself.flags == NODE_MASTER | NODE_MYSELF
    node.cron()
    node.before_sleep()
    assert node.outbox == []
    assert not node.state.ok
    node.state.check()


# ---- links ----


def test_who_has_no_link_is_connected_to_by_cron() -> None:
    desk = Desk("ab")
    desk.me.close(desk["a"].link)
    desk.wait(100)
    link = desk["a"].link
    assert link is not None
    assert desk.opened() == [Connect(link.number, desk["a"].ip, 16379)]
    desk.wait(100)
    assert len(desk.opened()) == 1, "once"


def test_who_has_no_address_is_not() -> None:
    desk = Desk("ab")
    desk.me.close(desk["a"].link)
    desk["a"].flags |= NODE_NOADDR
    desk.wait(300)
    assert desk.opened() == []


def test_a_link_that_is_up_is_used_at_once() -> None:
    desk = Desk("ab")
    desk.me.close(desk["a"].link)
    desk.wait(100)
    link = desk["a"].link
    assert link is not None
    desk.sent()
    desk.node.connected(link.number)
    assert link.up
    assert desk.to(PING) == ["a"]
    assert desk["a"].ping_sent_ms == desk.clock.ms


def test_silence_on_the_old_link_goes_on_on_the_new_one() -> None:
    desk = Desk("ab")
    since = desk["a"].ping_sent_ms = desk.clock.ms - 1500
    desk.me.close(desk["a"].link)
    desk.node.cron()
    link = desk["a"].link
    assert link is not None
    desk.node.connected(link.number)
    assert desk["a"].ping_sent_ms == since


def test_who_cannot_be_connected_to_is_waited_for_once_its_last_answer_is_old() -> None:
    desk = Desk("ab", timeout_ms=2000)
    for passed_ms in range(100, 1200, 100):
        desk.clock.advance(100)
        if desk["a"].link is not None:
            desk.node.closed(desk["a"].link.number)
        assert (desk["a"].ping_sent_ms != 0) is (passed_ms > 1100)
        desk.node.cron()
    assert desk["a"].link is not None
    assert not desk["a"].link.up
    assert desk["a"].ping_sent_ms == desk.clock.ms
    desk.node.closed(desk["a"].link.number)
    assert desk["a"].ping_sent_ms == desk.clock.ms


def test_a_link_that_breaks_is_no_silence_yet() -> None:
    desk = Desk("ab")
    link, inbound = desk["a"].link, desk["a"].inbound
    assert link is not None
    assert inbound is not None
    desk.node.closed(link.number)
    desk.node.closed(inbound.number)
    assert desk["a"].ping_sent_ms == 0
    assert (desk["a"].link, desk["a"].inbound) == (None, None)
    assert desk.hung_up() == [], "it is gone already"
    desk.state.check()


def test_news_of_links_that_are_gone_is_no_news() -> None:
    desk = Desk("ab")
    frozen = desk.state.freeze()
    desk.node.closed(99)
    desk.node.connected(99)
    assert desk.state.freeze() == frozen


def test_a_link_on_which_nothing_comes_for_half_the_timeout_is_made_anew() -> None:
    desk = Desk("ab", timeout_ms=2000)
    old = desk["b"].link
    assert old is not None
    desk.wait(2000)
    desk["b"].ping_sent_ms = desk["b"].data_received_ms = desk.clock.ms
    desk.wait(1000, answering="a")
    assert desk["b"].link is old
    desk.wait(100, answering="a")
    assert desk["b"].link is not old
    assert old.number in desk.hung_up()


def test_a_ping_that_waits_for_twice_the_timeout_was_lost_whatever_else_comes() -> None:
    desk = Desk("ab", timeout_ms=2000)
    old = desk["b"].link
    desk.wait(2000)
    desk["b"].ping_sent_ms = desk.clock.ms
    for _ in range(4):
        desk.hear_ping("b")
        desk.wait(1000, answering="a")
    assert desk["b"].link is old
    desk.hear_ping("b")
    desk.wait(100, answering="a")
    assert desk["b"].link is not old
    assert not desk["b"].may_be_failing, "it is alive"


def test_a_link_that_was_just_made_is_left_alone() -> None:
    desk = Desk("ab", timeout_ms=2000)
    old = desk["b"].link
    desk["b"].ping_sent_ms = desk["b"].data_received_ms = desk.clock.ms - 1500
    desk.wait(100, answering="a")
    assert desk["b"].link is old


# ---- pings ----


def test_who_has_not_answered_for_half_the_timeout_is_pinged() -> None:
    desk = Desk("ab", timeout_ms=4000)
    desk.state.cron_runs = 1
    desk["a"].pong_received_ms -= 1950
    desk.node.cron()
    assert desk.to(PING) == []
    desk.clock.advance(51)
    desk.node.cron()
    assert desk.to(PING) == ["a"]
    desk.clock.advance(100)
    desk.node.cron()
    assert desk.to(PING) == [], "it is waited for"


def test_once_a_second_somebody_is_pinged_at_random_the_longest_unheard_of_five() -> None:
    desk = Desk("abcdefghij", timeout_ms=60_000)
    for at, name in enumerate("abcdefghij"):
        desk[name].pong_received_ms = desk.clock.ms - 1000 + at
    pinged = []
    for _ in range(100):
        desk.clock.advance(100)
        desk.node.cron()
        for name in desk.to(PING):
            pinged.append(name)
            desk[name].ping_sent_ms = 0
    assert len(pinged) == 10
    assert sum(name in "abcde" for name in pinged) > 7


def test_who_is_suspected_is_counted_by_cron() -> None:
    desk = Desk("abcd")
    for name in "ab":
        desk[name].flags |= NODE_PFAIL
    desk.node.cron()
    assert desk.state.suspects == 2


# ---- before it sleeps ----


def test_what_is_left_to_do_is_done_once_and_writing_comes_before_telling() -> None:
    desk = Desk("ab")
    order: list[str] = []
    desk.data.on_save = lambda: order.append(f"saved after {len(desk.node.outbox)} messages")
    desk.me.todo(SAVE_CONFIG, FSYNC_CONFIG, BROADCAST)
    desk.node.before_sleep()
    desk.node.before_sleep()
    assert order == ["saved after 0 messages"]
    assert desk.data.saves == [True]
    assert desk.to(PONG) == ["a", "b"]
    assert desk.state.todo == set()


def test_writing_is_not_forced_to_the_disk_where_it_need_not() -> None:
    desk = Desk("ab")
    desk.me.todo(SAVE_CONFIG)
    desk.node.before_sleep()
    assert desk.data.saves == [False]


def test_standing_for_election_leaves_nothing_to_do_where_nobody_failed() -> None:
    desk = Desk("ab")
    desk.me.todo(HANDLE_FAILOVER)
    desk.node.before_sleep()
    assert desk.state.todo == set()


# ---- time travel ----


def test_a_node_that_goes_back_in_time_does_the_same_again() -> None:
    village = Village(3, 1, seed=3)
    village.run(3000)
    house = village["b"]
    frozen = house.node.freeze()
    clock = VirtualClock(village.now)
    house.node.clock = clock

    def live() -> list[object]:
        for _ in range(100):
            clock.advance(100)
            house.node.cron()
            house.node.before_sleep()
        return [frozen_again(house.node), list(house.node.outbox)]

    first = live()
    house.node.thaw(frozen)
    clock.ms = village.now
    assert live() == first


def frozen_again(node: ClusterNode) -> object:
    node.state.check()
    return node.state.freeze()


# ---- who watches ----


def test_watching_changes_nothing() -> None:
    ends = []
    for watched in (True, False):
        village = Village(3, 1, seed=9)
        if not watched:
            for house in village.houses.values():
                house.node.me.probe.emit = None
        village.kill("a")
        village.run(8000)
        ends.append([house.state.freeze() for house in village.houses.values()])
    assert ends[0] == ends[1]


@pytest.mark.parametrize("seed", range(3))
def test_the_same_seed_gives_the_same_life(seed: int) -> None:
    lives = []
    for _ in range(2):
        village = Village(3, 1, seed=seed)
        village.kill("c")
        village.run(9000)
        lives.append((village.events, village.messages))
    assert lives[0] == lives[1]
