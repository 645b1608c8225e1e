"""Failover: who stands, when, who votes for whom, and that one wins at most."""

from __future__ import annotations

from itertools import pairwise

import pytest

from redlearn.cluster.failover import (
    CannotFailOver,
    ElectionScheduled,
    ElectionWon,
    RankLost,
    TookOver,
    VoteCounted,
    VoteGranted,
    VoteRefused,
    VotesAsked,
    auth_timeout,
)
from redlearn.cluster.message import (
    AUTH_ACK,
    AUTH_REQUEST,
    MESSAGE_EXTENDED,
    MESSAGE_FORCEACK,
    NODE_FAIL,
    NODE_MASTER,
    NODE_NOFAILOVER,
    PONG,
    AuthAck,
    AuthRequest,
)
from tests.cluster.desk import Desk, id_of
from tests.cluster.village import START_MS, Village

# ---- the candidate ----


def a_candidate(others: str = "abcd", offset: int = 100) -> Desk:
    """A replica of a, one of four primaries, which has just failed."""
    desk = Desk(others)
    desk.be_replica_of("a")
    desk.data.written = offset
    desk["a"].flags |= NODE_FAIL
    desk["a"].fail_ms = desk.clock.ms
    desk.sent()
    return desk


def stand(desk: Desk, ms: int) -> None:
    desk.wait(ms, answering="bcd")


def vote(desk: Desk, voter: str, epoch: int | None = None) -> None:
    message = AuthAck(desk.header(voter, AUTH_ACK, current_epoch=epoch or desk.state.current_epoch))
    desk.lay(message, desk[voter].inbound)


def test_it_waits_for_half_a_second_and_up_to_another_before_it_asks() -> None:
    delays = []
    for turns in range(40):
        desk = a_candidate()
        for _ in range(turns):
            desk.me.chance.random()
        stand(desk, 100)
        delays.append(desk.said(ElectionScheduled)[0].delay_ms)
    assert all(500 <= delay < 1000 for delay in delays)
    assert max(delays) - min(delays) > 300


def test_it_lets_the_other_replicas_know_how_far_it_came() -> None:
    desk = a_candidate()
    desk.replica("a1", "a")
    stand(desk, 100)
    ((to, message),) = [each for each in desk.sent(PONG) if each[0] == "a1"]
    assert (to, message.header.offset) == ("a1", 100)


@pytest.mark.parametrize(
    ("offsets", "rank"), [([], 0), ([100], 0), ([101], 1), ([99, 200, 300], 2)]
)
def test_it_waits_a_second_longer_for_each_replica_that_has_more(
    offsets: list[int], rank: int
) -> None:
    desk = a_candidate()
    for at, offset in enumerate(offsets):
        desk.replica(f"a{at + 1}", "a").offset = offset
    stand(desk, 100)
    (event,) = desk.said(ElectionScheduled)
    assert event.rank == rank
    assert rank * 1000 + 500 <= event.delay_ms < rank * 1000 + 1000


def test_a_replica_that_does_not_stand_is_not_waited_for() -> None:
    desk = a_candidate()
    desk.replica("a1", "a").offset = 200
    desk["a1"].flags |= NODE_NOFAILOVER
    stand(desk, 100)
    assert desk.said(ElectionScheduled)[0].rank == 0


def test_its_rank_grows_while_it_waits_if_others_turn_out_to_have_more() -> None:
    desk = a_candidate()
    desk.replica("a1", "a").offset = 50
    stand(desk, 300)
    desk.hear("a1", offset=150)
    before = desk.state.election.at_ms
    stand(desk, 100)
    assert desk.state.election.at_ms == before + 1000
    assert desk.said(RankLost) == [RankLost(id_of("m"), 1, 1000)]
    desk.hear("a1", offset=10)
    stand(desk, 100)
    assert desk.state.election.rank == 1, "and never shrinks"


def test_then_it_takes_the_next_epoch_and_asks_all() -> None:
    desk = a_candidate()
    epoch = desk.state.current_epoch
    stand(desk, 1200)
    asked = desk.sent(AUTH_REQUEST)
    assert sorted(to for to, _ in asked) == ["a", "b", "c", "d"]
    message = asked[0][1]
    assert isinstance(message, AuthRequest)
    assert message.header.current_epoch == desk.state.current_epoch == epoch + 1
    assert message.header.slots == desk["a"].bitmap()
    assert not message.header.mflags[0] & MESSAGE_FORCEACK
    assert desk.data.saves[-1] is True, "the epoch is safe before it is told"
    (event,) = desk.said(VotesAsked)
    assert event == VotesAsked(id_of("m"), epoch + 1, 100, 3, False)


def test_with_more_than_half_of_the_votes_it_is_primary_under_the_epoch_it_asked_for() -> None:
    desk = a_candidate()
    slots = desk["a"].bitmap()
    stand(desk, 1200)
    epoch = desk.state.current_epoch
    vote(desk, "b")
    vote(desk, "c")
    assert not desk.state.myself.is_primary
    desk.sent()
    vote(desk, "d")
    myself = desk.state.myself
    assert myself.flags & NODE_MASTER
    assert (myself.bitmap(), myself.config_epoch, myself.primary) == (slots, epoch, None)
    assert desk["a"].slot_count == 0
    assert desk.data.following == b""
    assert desk.to(PONG) == []
    desk.node.before_sleep()
    assert desk.to(PONG) == ["a", "b", "c", "d"], "all are told, the next time round"
    assert desk.said(ElectionWon)[0].voters == (id_of("b"), id_of("c"), id_of("d"))
    assert desk.said(TookOver) == [TookOver(id_of("m"), id_of("a"), epoch, ((0, 6552),))]
    assert [event.votes for event in desk.said(VoteCounted)] == [1, 2, 3]


def test_the_same_primary_counts_once_however_often_its_vote_comes() -> None:
    desk = a_candidate()
    stand(desk, 1200)
    for _ in range(5):
        vote(desk, "b")
    assert desk.state.election.voters == (id_of("b"),)
    assert not desk.state.myself.is_primary


def test_votes_of_an_earlier_epoch_of_replicas_and_of_slotless_primaries_do_not_count() -> None:
    desk = a_candidate()
    desk.know("e")
    desk.replica("b1", "b")
    stand(desk, 1200)
    vote(desk, "b", epoch=desk.state.current_epoch - 1)
    vote(desk, "e")
    vote(desk, "b1")
    assert desk.state.election.voters == ()


def test_votes_that_nobody_asked_for_do_not_count() -> None:
    desk = a_candidate()
    for name in "bcd":
        vote(desk, name)
    assert desk.state.election.voters == ()
    assert not desk.state.myself.is_primary


def test_without_a_majority_it_tries_again_after_four_times_the_timeout() -> None:
    desk = a_candidate()
    stand(desk, 1200)
    first = desk.state.current_epoch
    at_ms = desk.state.election.at_ms
    vote(desk, "b")
    while desk.state.current_epoch == first:
        stand(desk, 100)
    assert desk.state.current_epoch == first + 1
    second_at_ms = desk.state.election.at_ms
    assert 8000 + 500 <= second_at_ms - at_ms <= 8000 + 1100
    assert desk.state.election.voters == (), "old votes are not counted again"


def test_votes_that_come_after_twice_the_timeout_are_too_late() -> None:
    desk = a_candidate()
    stand(desk, 1200)
    stand(desk, 4000)
    for name in "bcd":
        vote(desk, name)
    assert not desk.state.myself.is_primary
    assert desk.said(CannotFailOver)[-1].why == "attempt expired"


@pytest.mark.parametrize(("timeout_ms", "expected"), [(100, 2000), (1000, 2000), (15000, 30000)])
def test_the_time_for_votes_is_twice_the_timeout_and_two_seconds_at_least(
    timeout_ms: int, expected: int
) -> None:
    assert auth_timeout(timeout_ms) == expected


def test_why_it_does_not_stand_is_told_once_in_ten_seconds() -> None:
    desk = a_candidate()
    stand(desk, 500)
    assert [event.why for event in desk.said(CannotFailOver)] == ["waiting for its delay"]


# ---- who does not stand ----


def test_nobody_stands_while_its_primary_is_well() -> None:
    desk = a_candidate()
    desk["a"].flags &= ~NODE_FAIL
    stand(desk, 2000)
    assert not desk.said(ElectionScheduled)


def test_nobody_stands_for_a_place_without_slots() -> None:
    desk = a_candidate()
    for slot in range(16384):
        if desk.state.owners[slot] is desk["a"]:
            desk.state.unassign_slot(slot)
    stand(desk, 2000)
    assert not desk.said(ElectionScheduled)


def test_who_is_told_not_to_stand_does_not_and_says_so() -> None:
    desk = a_candidate()
    desk.config.set("cluster-replica-no-failover", True)
    stand(desk, 2000)
    assert not desk.said(ElectionScheduled)
    assert desk.state.myself.flags & NODE_NOFAILOVER
    desk.config.set("cluster-replica-no-failover", False)
    stand(desk, 100)
    assert not desk.state.myself.flags & NODE_NOFAILOVER
    assert desk.said(ElectionScheduled)


@pytest.mark.parametrize(
    ("age_ms", "factor", "stands"),
    [
        (0, 10, True),
        (2000 + 10_000 + 20_000, 10, True),  # the timeout, the ping period, ten timeouts
        (2000 + 10_000 + 20_000 + 200, 10, False),
        (2000 + 10_000 + 2200, 1, False),
        (10**9, 0, True),  # 0: always
    ],
)
def test_data_that_are_too_old_keep_a_replica_from_standing(
    age_ms: int, factor: int, stands: bool
) -> None:
    desk = a_candidate()
    desk.config.set("cluster-replica-validity-factor", factor)
    desk.data.last_contact_ms = START_MS - age_ms + 100
    stand(desk, 100)
    assert bool(desk.said(ElectionScheduled)) is stands
    if not stands:
        assert desk.said(CannotFailOver)[0].why == "data too old"


# ---- the voter ----


def a_voter() -> Desk:
    """A primary; a has failed, its replica a1 may ask."""
    desk = Desk("abc")
    desk.replica("a1", "a")
    desk["a"].flags |= NODE_FAIL
    return desk


def ask(desk: Desk, candidate: str, *, forced: bool = False, **said: object) -> None:
    said.setdefault("current_epoch", desk.state.current_epoch + 1)
    if forced:
        said["mflags"] = bytes((MESSAGE_EXTENDED | MESSAGE_FORCEACK, 0, 0))
    desk.sent()
    message = AuthRequest(desk.header(candidate, AUTH_REQUEST, **said))
    desk.lay(message, desk[candidate].inbound)


def refusal(desk: Desk) -> str:
    assert desk.sent(AUTH_ACK) == []
    return str(desk.said(VoteRefused)[-1].why)


def test_it_votes_for_a_replica_of_a_primary_that_failed() -> None:
    desk = a_voter()
    ask(desk, "a1")
    ((to, message),) = desk.sent(AUTH_ACK)
    assert to == "a1"
    assert message.header.current_epoch == desk.state.current_epoch == 5
    assert desk.state.last_vote_epoch == 5
    assert desk["a"].voted_ms == desk.clock.ms
    assert desk.said(VoteGranted) == [VoteGranted(id_of("m"), id_of("a1"), 5)]


def test_it_writes_the_vote_down_before_it_leaves() -> None:
    desk = a_voter()
    ask(desk, "a1")
    assert desk.data.saves == [True]


def test_it_votes_once_an_epoch() -> None:
    desk = a_voter()
    desk.replica("b1", "b")
    desk["b"].flags |= NODE_FAIL
    ask(desk, "a1", current_epoch=5)
    ask(desk, "b1", current_epoch=5)
    assert refusal(desk) == "already voted in epoch 5"
    ask(desk, "b1", current_epoch=6)
    assert desk.to(AUTH_ACK) == ["b1"]


def test_it_votes_for_replicas_of_one_primary_once_in_twice_the_timeout() -> None:
    desk = a_voter()
    desk.replica("a2", "a")
    ask(desk, "a1", current_epoch=5)
    desk.clock.advance(3000)
    ask(desk, "a2", current_epoch=6)
    assert refusal(desk) == "voted for a replica of the same primary, 1000 ms too early"
    desk.clock.advance(1000)
    ask(desk, "a2", current_epoch=7)
    assert desk.to(AUTH_ACK) == ["a2"]


def test_it_does_not_vote_in_an_epoch_that_is_over() -> None:
    desk = a_voter()
    desk.state.current_epoch = 9
    ask(desk, "a1", current_epoch=8)
    assert refusal(desk) == "asks for epoch 8, and it is 9 already"


def test_it_does_not_vote_while_the_primary_is_up_unless_somebody_ordered_it() -> None:
    desk = a_voter()
    desk["a"].flags &= ~NODE_FAIL
    ask(desk, "a1")
    assert refusal(desk) == "its primary is up"
    ask(desk, "a1", forced=True)
    assert desk.to(AUTH_ACK) == ["a1"]


def test_it_does_not_vote_for_a_primary_or_for_who_has_none() -> None:
    desk = a_voter()
    ask(desk, "b")
    assert refusal(desk) == "it is a primary"
    desk.state.set_primary_of(desk["a1"], None)
    ask(desk, "a1")
    assert refusal(desk) == "its primary is not known"


def test_it_does_not_vote_for_who_knows_an_older_claim_to_the_slots() -> None:
    desk = a_voter()
    slot = next(slot for slot in range(16384) if desk.state.owners[slot] is desk["a"])
    desk["b"].config_epoch = 8
    claimed = desk["a"].bitmap()
    desk.state.reassign_slot(slot, desk["b"])
    ask(desk, "a1", slots=claimed, config_epoch=2)
    assert refusal(desk) == f"slot {slot} is claimed under epoch 8, and it knows 2"
    ask(desk, "a1", slots=claimed, config_epoch=8)
    assert desk.to(AUTH_ACK) == ["a1"]


def test_nor_for_who_knows_an_older_epoch_of_its_own_primary() -> None:
    desk = a_voter()
    desk["a"].config_epoch = 20
    ask(desk, "a1", config_epoch=2)
    assert "is claimed under epoch 20, and it knows 2" in refusal(desk)


def test_who_has_no_slots_or_is_a_replica_has_no_vote() -> None:
    desk = a_voter()
    desk.be_replica_of("b")
    ask(desk, "a1")
    assert desk.sent(AUTH_ACK) == []
    assert not desk.said(VoteRefused)


def test_a_strangers_request_is_not_heard() -> None:
    desk = a_voter()
    number = desk.node.accepted(b"10.9.9.9")
    message = AuthRequest(desk.header("z", AUTH_REQUEST, replica_of=id_of("a")))
    desk.lay(message, desk.state.links[number])
    assert desk.state.last_vote_epoch == 0
    assert desk.sent(AUTH_ACK) == []


def test_a_request_that_comes_twice_gets_one_vote() -> None:
    desk = a_voter()
    ask(desk, "a1", current_epoch=5)
    assert desk.to(AUTH_ACK) == ["a1"]
    ask(desk, "a1", current_epoch=5)
    assert desk.to(AUTH_ACK) == []


# ---- a whole cluster ----


def test_after_a_failover_all_agree_and_the_old_primary_is_a_replica_of_the_new() -> None:
    village = Village(3, 1)
    village.run(5000)
    slots = village["b"].state.myself.bitmap()
    village.kill("b")
    village.run_until(lambda: village["b1"].takes_writes)
    village.run_until(lambda: village.agreed() and village.healthy(), 300)
    assert village["b1"].state.myself.bitmap() == slots
    village.restart("b")
    village.run_until(lambda: not village["b"].is_primary, 5000)
    village.run_until(lambda: village.agreed() and village.healthy())
    assert village["b"].data.following == village["b1"].id
    village.check()


@pytest.mark.parametrize("ahead", ["a1", "a2", "a3"])
def test_the_replica_with_the_most_of_the_stream_wins(ahead: str) -> None:
    village = Village(3, 3, seed=7)
    village.run(3000)
    village.kill("a")
    for name in ("a1", "a2", "a3"):
        village[name].data.written = 500 if name == ahead else 400
    village.run_until(lambda: village[ahead].takes_writes, 20_000)
    assert len(village.happened(ElectionWon)) == 1


def test_with_half_of_the_primaries_gone_nobody_is_elected() -> None:
    village = Village(4, 1)
    village.kill("a")
    village.kill("b")
    village.run(15_000)
    assert not village.happened(ElectionWon)
    village.restart("b")
    village.run_until(lambda: village["a1"].takes_writes)


def test_two_failovers_one_after_the_other_have_growing_epochs() -> None:
    village = Village(3, 2)
    village.kill("a")
    village.run_until(lambda: village["a1"].takes_writes or village["a2"].takes_writes)
    first = "a1" if village["a1"].takes_writes else "a2"
    second = "a2" if first == "a1" else "a1"
    village.run(12_000)
    village.kill(first)
    village.run_until(lambda: village[second].takes_writes)
    won = [event.epoch for event in village.happened(ElectionWon)]
    assert len(won) == 2
    assert all(one < other for one, other in pairwise(won))
