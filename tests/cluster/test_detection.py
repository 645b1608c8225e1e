"""Failure detection: silence, suspicion, agreement, and how all of it is taken back."""

from __future__ import annotations

import pytest

from redlearn.cluster.detection import (
    FailMarked,
    FailureCleared,
    FailureReported,
    FailureReportWithdrawn,
    PfailMarked,
    count_reports,
)
from redlearn.cluster.message import (
    FAIL,
    NODE_FAIL,
    NODE_MASTER,
    NODE_PFAIL,
    NODE_SLAVE,
    PING,
    PONG,
    Fail,
    Ping,
)
from redlearn.cluster.state import UPDATE_STATE
from tests.cluster.desk import Desk, id_of
from tests.cluster.village import Village


def suspect(desk: Desk, name: str) -> None:
    desk[name].flags |= NODE_PFAIL
    desk[name].ping_sent_ms = desk.clock.ms - 3000


def report(desk: Desk, reporter: str, about: str, flags: int = NODE_MASTER | NODE_PFAIL) -> None:
    desk.hear(reporter, gossip=[desk.gossip(about, flags)])


# ---- PFAIL ----


def test_who_does_not_answer_for_longer_than_the_timeout_is_suspected() -> None:
    desk = Desk("abcd", timeout_ms=2000)
    link = desk["b"].link
    assert link is not None
    desk["b"].ping_sent_ms = desk.clock.ms
    desk.wait(2000, answering="acd")
    assert not desk["b"].flags & NODE_PFAIL
    desk.wait(100, answering="acd")
    assert desk["b"].flags & NODE_PFAIL
    (event,) = desk.said(PfailMarked)
    assert event == PfailMarked(id_of("m"), id_of("b"), 2100, (), 3)


def test_whatever_comes_from_a_node_is_a_sign_of_life() -> None:
    desk = Desk("ab", timeout_ms=2000)
    desk["b"].ping_sent_ms = desk.clock.ms
    for _ in range(5):
        desk.wait(1000, answering="a")
        desk.lay(Fail(desk.header("b", FAIL), id_of("nobody")), desk["b"].inbound)
    assert not desk["b"].flags & NODE_PFAIL


def test_who_is_not_asked_is_not_suspected() -> None:
    desk = Desk("ab", timeout_ms=2000)
    desk["b"].data_received_ms = desk.clock.ms - 60_000
    desk.wait(100)
    assert not desk["b"].flags & NODE_PFAIL


def test_an_answer_ends_a_suspicion() -> None:
    desk = Desk()
    suspect(desk, "b")
    desk.hear("b", PING)
    assert desk["b"].flags & NODE_PFAIL, "a PING is no answer"
    desk.hear("b", PONG)
    assert not desk["b"].flags & NODE_PFAIL
    assert desk["b"].ping_sent_ms == 0
    assert desk.said(FailureCleared)[-1] == FailureCleared(
        id_of("m"), id_of("b"), False, "it answers"
    )


def test_where_there_is_one_primary_only_its_suspicion_is_enough() -> None:
    desk = Desk("", timeout_ms=1000)
    desk.know("b")
    desk["b"].ping_sent_ms = desk.clock.ms
    desk.wait(1100, answering="")
    assert desk["b"].flags & NODE_FAIL


# ---- reports ----


def test_a_report_is_kept_with_its_time_and_the_same_one_counts_once() -> None:
    desk = Desk("abcd")
    report(desk, "a", "d")
    report(desk, "a", "d")
    report(desk, "b", "d")
    assert list(desk["d"].reports) == [id_of("a"), id_of("b")]
    assert [event.reports for event in desk.said(FailureReported)] == [1, 2]
    assert {event.needed for event in desk.said(FailureReported)} == {3}


def test_only_primaries_report() -> None:
    desk = Desk("abcd")
    desk.replica("a1", "a")
    report(desk, "a1", "d")
    assert not desk["d"].reports


def test_gossip_without_the_flags_takes_a_report_back() -> None:
    desk = Desk("abcd")
    report(desk, "a", "d")
    report(desk, "a", "d", NODE_MASTER)
    assert not desk["d"].reports
    assert desk.said(FailureReportWithdrawn) == [
        FailureReportWithdrawn(id_of("m"), id_of("d"), id_of("a"))
    ]


def test_a_report_counts_for_twice_the_node_timeout() -> None:
    desk = Desk("abcd", timeout_ms=2000)
    report(desk, "a", "d")
    desk.wait(2000)
    report(desk, "b", "d")
    desk.wait(2000)
    assert desk.node.count_failure_reports(id_of("d")) == 2
    desk.wait(100)
    assert desk.node.count_failure_reports(id_of("d")) == 1
    assert count_reports(desk.me, desk["a"]) == 0


# ---- FAIL ----


def test_a_majority_that_includes_this_node_makes_it_fail_and_all_are_told() -> None:
    desk = Desk("abcd")
    suspect(desk, "d")
    report(desk, "a", "d")
    assert not desk["d"].flags & NODE_FAIL, "two of five"
    desk.sent()
    report(desk, "b", "d")
    assert desk["d"].flags & (NODE_FAIL | NODE_PFAIL) == NODE_FAIL
    assert desk["d"].fail_ms == desk.clock.ms
    assert desk.to(FAIL) == ["a", "b", "c", "d"]
    assert not desk.state.ok, "d's slots are served by nobody who works"
    (event,) = desk.said(FailMarked)
    assert event == FailMarked(id_of("m"), id_of("d"), id_of("m"), (id_of("a"), id_of("b")), 3)


def test_reports_alone_do_not_make_it_fail_while_it_answers_here() -> None:
    desk = Desk("abcd")
    for name in "abc":
        report(desk, name, "d")
    assert not desk["d"].flags & NODE_FAIL
    suspect(desk, "d")
    report(desk, "a", "d")
    assert desk["d"].flags & NODE_FAIL


def test_a_replica_counts_others_and_not_itself() -> None:
    desk = Desk("abcd")
    desk.be_replica_of("a")
    suspect(desk, "d")
    report(desk, "b", "d")
    report(desk, "a", "d")
    assert not desk["d"].flags & NODE_FAIL, "two of four"
    report(desk, "c", "d")
    assert desk["d"].flags & NODE_FAIL
    assert desk.to(FAIL) == ["a", "b", "c", "d"], "also a replica passes it on"


def test_old_reports_do_not_make_a_majority() -> None:
    desk = Desk("abcd", timeout_ms=2000)
    report(desk, "a", "d")
    desk.wait(4100)
    suspect(desk, "d")
    report(desk, "b", "d")
    assert not desk["d"].flags & NODE_FAIL


def test_word_of_a_failure_is_believed_whatever_is_seen_here() -> None:
    desk = Desk("abcd")
    desk.sent()
    desk.lay(Fail(desk.header("a", FAIL), id_of("d")), desk["a"].inbound)
    assert desk["d"].flags & NODE_FAIL
    assert desk.said(FailMarked)[0].source == id_of("a")
    assert desk.to(FAIL) == [], "it is not told on"


@pytest.mark.parametrize("about", ["m", "z"])
def test_word_about_this_node_or_nobody_changes_nothing(about: str) -> None:
    desk = Desk("abcd")
    desk.lay(Fail(desk.header("a", FAIL), id_of(about)), desk["a"].inbound)
    assert not desk.said(FailMarked)
    assert not any(node.flags & NODE_FAIL for node in desk.state.nodes.values())


def test_word_of_a_failure_from_a_stranger_is_not_believed() -> None:
    desk = Desk("abcd")
    number = desk.node.accepted(b"10.9.9.9")
    desk.lay(Fail(desk.header("z", FAIL), id_of("d")), desk.state.links[number])
    assert not desk["d"].flags & NODE_FAIL


# ---- FAIL taken back ----


def failed(desk: Desk, name: str) -> None:
    desk[name].flags = desk[name].flags & ~NODE_PFAIL | NODE_FAIL
    desk[name].fail_ms = desk.clock.ms


def test_a_replica_that_answers_has_not_failed() -> None:
    desk = Desk("abcd")
    desk.replica("a1", "a")
    failed(desk, "a1")
    desk.hear("a1")
    assert desk["a1"].flags == NODE_SLAVE
    assert desk.said(FailureCleared)[-1].was_fail


def test_nor_has_a_primary_without_slots() -> None:
    desk = Desk("abcd")
    desk.know("e")
    failed(desk, "e")
    desk.hear("e")
    assert not desk["e"].flags & NODE_FAIL


def test_a_primary_with_slots_that_answers_stays_failed_for_twice_the_timeout() -> None:
    desk = Desk("abcd", timeout_ms=2000)
    failed(desk, "d")
    desk.wait(4000)
    assert desk["d"].flags & NODE_FAIL
    desk.clock.advance(1)
    desk.hear("d")
    assert not desk["d"].flags & NODE_FAIL
    assert desk.said(FailureCleared)[-1].why == "it answers, and nobody took its slots"


def test_health_is_looked_at_again_when_a_failure_is_taken_back() -> None:
    desk = Desk("abcd", ok=False)
    desk.know("e")
    failed(desk, "e")
    link = desk["e"].link
    assert link is not None
    desk.node.receive(Ping(desk.header("e", PONG)), link.number)
    assert UPDATE_STATE in desk.state.todo


# ---- a whole cluster ----


@pytest.mark.parametrize("timeout_ms", [1000, 2000, 5000])
def test_a_dead_node_is_suspected_after_the_timeout_and_failed_soon_after(timeout_ms: int) -> None:
    village = Village(3, 1, seed=timeout_ms, timeout_ms=timeout_ms)
    village.run(3 * timeout_ms)
    start = village.now
    village.kill("b")
    village.run_until(lambda: bool(village.happened(FailMarked)))
    first = village.when(PfailMarked) - start
    assert timeout_ms <= first <= 1.5 * timeout_ms + 100
    assert village.when(FailMarked) - start <= 1.5 * timeout_ms + 1200
    village.run(50)
    assert all(village.view(house.name, "b").flags & NODE_FAIL for house in village.alive()), (
        "one saw the majority, and told all"
    )


def test_a_dead_replica_is_marked_too_and_nobody_minds() -> None:
    village = Village(3, 1)
    village.kill("b1")
    village.run(6000)
    assert all(village.view(h.name, "b1").flags & NODE_FAIL for h in village.alive())
    assert village.healthy()
    village.restart("b1")
    village.run(3000)
    assert not any(village.view(h.name, "b1").flags & NODE_FAIL for h in village.alive())


def test_one_node_that_cannot_hear_another_does_not_convince_the_rest() -> None:
    village = Village(3, 1)
    village.block("a", "b")
    village.block("b", "a")
    village.run(20_000)
    assert village.view("a", "b").flags & NODE_PFAIL
    assert not village.happened(FailMarked)
    assert village.healthy()


def test_a_primary_without_replicas_is_missed_until_it_comes_back() -> None:
    village = Village(3, 0)
    village.kill("c")
    village.run_until(lambda: not village["a"].takes_writes)
    village.run(10_000)
    assert not village["a"].takes_writes
    village.restart("c")
    village.run_until(lambda: village.agreed() and village.healthy())
    assert village.happened(FailureCleared, was_fail=True)
