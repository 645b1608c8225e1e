"""Manual failover: asked politely, with force, or by taking over."""

from __future__ import annotations

from dataclasses import astuple

import pytest

from redlearn.cluster.failover import TookOver, VotesAsked
from redlearn.cluster.manual import (
    CaughtUp,
    ManualFailoverBegun,
    ManualFailoverEnded,
    WritersPaused,
)
from redlearn.cluster.message import (
    AUTH_REQUEST,
    MESSAGE_EXTENDED,
    MESSAGE_FORCEACK,
    MESSAGE_PAUSED,
    MFSTART,
    NODE_FAIL,
    NODE_NOFAILOVER,
    PING,
    ManualStart,
)
from redlearn.cluster.state import ManualFailover
from tests.cluster.desk import Desk, id_of
from tests.cluster.village import Village

PAUSED = bytes((MESSAGE_EXTENDED | MESSAGE_PAUSED, 0, 0))


def a_replica() -> Desk:
    desk = Desk("abcd")
    desk.be_replica_of("a")
    desk.data.written = 100
    desk.sent()
    return desk


def start(desk: Desk, sender: str) -> None:
    desk.lay(ManualStart(desk.header(sender, MFSTART)), desk[sender].inbound)


# ---- the replica ----


def test_a_replica_that_is_told_to_asks_its_primary_to_stop_its_clients() -> None:
    desk = a_replica()
    desk.node.failover()
    assert desk.to(MFSTART) == ["a"]
    assert desk.state.manual.end_ms == desk.clock.ms + 5000
    assert not desk.state.manual.may_start
    assert desk.said(ManualFailoverBegun) == [ManualFailoverBegun(id_of("m"), id_of("a"), False)]


def test_it_waits_until_it_has_what_the_primary_had() -> None:
    desk = a_replica()
    desk.node.failover()
    desk.hear_ping("a", offset=140, mflags=PAUSED)
    assert desk.state.manual.primary_offset == 140
    desk.wait(500)
    assert not desk.said(CaughtUp)
    desk.data.written = 140
    desk.wait(100)
    assert desk.said(CaughtUp) == [CaughtUp(id_of("m"), 140)]


def test_then_it_asks_for_votes_at_once_although_nobody_failed() -> None:
    desk = a_replica()
    desk.node.failover()
    desk.data.written = 140
    desk.hear_ping("a", offset=140, mflags=PAUSED)
    asked = desk.sent(AUTH_REQUEST)
    assert sorted(to for to, _ in asked) == ["a", "b", "c", "d"]
    assert asked[0][1].header.mflags[0] & MESSAGE_FORCEACK
    assert desk.said(VotesAsked)[0].forced


def test_the_first_offset_that_is_said_while_clients_wait_is_the_one() -> None:
    desk = a_replica()
    desk.node.failover()
    desk.hear_ping("a", offset=120)
    assert desk.state.manual.primary_offset == -1, "its clients do not wait yet"
    desk.hear_ping("b", offset=130, mflags=PAUSED)
    assert desk.state.manual.primary_offset == -1, "another primary's are no matter"
    desk.hear_ping("a", offset=140, mflags=PAUSED)
    desk.hear_ping("a", offset=150, mflags=PAUSED)
    assert desk.state.manual.primary_offset == 140


def test_it_is_looked_at_again_as_soon_as_anything_happens() -> None:
    desk = a_replica()
    desk.node.failover()
    desk.hear_ping("a", offset=140, mflags=PAUSED)
    desk.data.written = 140
    desk.node.before_sleep()
    assert desk.said(CaughtUp), "it does not wait for the next tenth of a second"


def test_who_begins_anew_asks_anew() -> None:
    desk = a_replica()
    desk.node.failover()
    desk.hear_ping("a", offset=140, mflags=PAUSED)
    desk.node.failover()
    assert astuple(desk.state.manual) == astuple(ManualFailover(end_ms=desk.clock.ms + 5000))
    desk.hear_ping("a", offset=150, mflags=PAUSED)
    assert desk.state.manual.primary_offset == 150
    desk.node.failover(force=True)
    assert (desk.state.manual.may_start, desk.state.manual.primary_offset) == (True, -1)
    desk.node.failover()
    assert not desk.state.manual.may_start


def test_after_five_seconds_it_is_given_up() -> None:
    desk = a_replica()
    desk.node.failover()
    desk.hear_ping("a", offset=999, mflags=PAUSED)
    desk.wait(5000)
    assert desk.state.manual.end_ms
    desk.wait(100)
    assert astuple(desk.state.manual) == astuple(ManualFailover())
    assert desk.state.manual.end_ms == 0
    assert desk.said(ManualFailoverEnded) == [ManualFailoverEnded(id_of("m"), "timed out")]
    assert not desk.said(VotesAsked)


def test_an_offset_that_is_said_when_nobody_asked_is_no_matter() -> None:
    desk = a_replica()
    desk.hear_ping("a", offset=140, mflags=PAUSED)
    assert desk.state.manual.primary_offset == -1


def test_with_force_the_primary_is_not_asked() -> None:
    desk = a_replica()
    desk["a"].flags |= NODE_FAIL
    desk.node.failover(force=True)
    desk.node.cron()
    desk.node.before_sleep()
    assert desk.to(MFSTART) == []
    assert desk.said(VotesAsked)[0].forced


def test_with_takeover_nobody_is_asked() -> None:
    desk = a_replica()
    slots = desk["a"].bitmap()
    desk.node.failover(takeover=True)
    myself = desk.state.myself
    assert myself.is_primary
    assert (myself.bitmap(), myself.config_epoch) == (slots, desk.state.current_epoch)
    assert not desk.said(VotesAsked)
    assert desk.said(TookOver)
    assert desk.state.manual.end_ms == 0


def test_who_does_not_stand_by_itself_stands_when_it_is_told_to() -> None:
    desk = a_replica()
    desk.config.set("cluster-replica-no-failover", True)
    desk.data.last_contact_ms = 0
    desk.node.failover(force=True)
    desk.node.cron()
    desk.node.before_sleep()
    assert desk.state.myself.flags & NODE_NOFAILOVER
    assert desk.said(VotesAsked)


# ---- the primary ----


def test_a_primary_stops_its_clients_and_says_how_far_it_is() -> None:
    desk = Desk("ab")
    desk.replica("m1", "m")
    desk.data.written = 77
    desk.sent()
    start(desk, "m1")
    assert desk.data.paused_until_ms == desk.clock.ms + 10_000
    assert desk.state.manual.replica == id_of("m1")
    ((to, message),) = desk.sent(PING)
    assert (to, message.header.offset) == ("m1", 77)
    assert message.header.mflags[0] & MESSAGE_PAUSED
    assert desk.said(WritersPaused) == [WritersPaused(id_of("m"), id_of("m1"), 77)]


@pytest.mark.parametrize("sender", ["a", "a1"])
def test_only_for_a_replica_of_its_own(sender: str) -> None:
    desk = Desk("ab")
    desk.replica("a1", "a")
    start(desk, sender)
    assert desk.data.paused_until_ms == 0
    assert not desk.state.manual.end_ms


def test_it_pings_the_replica_each_tenth_of_a_second_until_it_is_over() -> None:
    desk = Desk("ab")
    desk.replica("m1", "m")
    start(desk, "m1")
    desk.sent()
    desk.wait(1000, answering=["a", "b", "m1"])
    assert desk.to(PING).count("m1") >= 9


def test_clients_go_on_when_the_replica_does_not_come() -> None:
    desk = Desk("ab")
    desk.replica("m1", "m")
    start(desk, "m1")
    desk.wait(5000)
    assert desk.data.paused_until_ms
    desk.wait(100)
    assert desk.data.paused_until_ms == 0
    assert desk.state.manual.replica == b""


def test_another_replica_takes_the_place_of_the_one_that_clients_wait_for() -> None:
    desk = Desk("ab")
    desk.replica("m1", "m")
    desk.replica("m2", "m")
    start(desk, "m1")
    desk.state.manual.primary_offset = 7  # nothing stays of what went before
    desk.clock.advance(1000)
    start(desk, "m2")
    expected = ManualFailover(end_ms=desk.clock.ms + 5000, replica=id_of("m2"))
    assert astuple(desk.state.manual) == astuple(expected)
    assert desk.data.paused_until_ms == desk.clock.ms + 10_000


def test_clients_go_on_when_it_is_a_replica_itself() -> None:
    desk = Desk("ab")
    desk.replica("m1", "m")
    start(desk, "m1")
    slots = desk.state.myself.bitmap()
    desk.hear("m1", replica_of=b"", slots=slots, config_epoch=9)
    assert desk.state.myself.primary is desk["m1"]
    assert desk.data.paused_until_ms == 0
    assert astuple(desk.state.manual) == astuple(ManualFailover())


# ---- a whole cluster ----


def order(village: Village, name: str, **how: bool) -> None:
    village[name].node.failover(**how)
    village.flush(village[name])


@pytest.mark.parametrize("how", [{}, {"force": True}, {"takeover": True}])
def test_the_replica_is_primary_within_moments_and_all_know_it(how: dict[str, bool]) -> None:
    village = Village(3, 1)
    village["a"].data.written = 4000
    village.run(300)
    slots = village["a"].state.myself.bitmap()
    order(village, "a1", **how)
    village.run_until(lambda: village["a1"].takes_writes, 500)
    village.run_until(lambda: village.agreed() and village.healthy(), 500)
    assert village["a1"].state.myself.bitmap() == slots
    assert village["a"].state.myself.primary is village.view("a", "a1")
    assert village["a"].data.paused_until_ms == 0
    village.check()


def test_takeover_works_where_no_majority_is() -> None:
    village = Village(3, 1)
    for name in "abc":
        village.kill(name)
    village.run(5000)
    order(village, "a1", force=True)
    village.run(8000)
    assert not village["a1"].is_primary, "there is nobody who votes"
    for name in ("a1", "b1", "c1"):
        order(village, name, takeover=True)
    village.run_until(lambda: village.agreed() and village.healthy())
    epochs = {village[name].state.myself.config_epoch for name in ("a1", "b1", "c1")}
    assert len(epochs) == 3, "who took the same one has taken another since"


def test_a_replica_that_cannot_reach_the_others_leaves_all_as_it_was() -> None:
    village = Village(3, 1)
    village.cut(["a", "a1"], ["b", "b1", "c", "c1"])
    order(village, "a1")
    village.run(1000)
    assert not village["a1"].is_primary
    village.heal()
    village.run(12_000)
    assert village.agreed()
    assert village["a"].data.paused_until_ms == 0
