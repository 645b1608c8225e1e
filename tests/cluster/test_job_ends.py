"""How moves of slots end for both sides, whatever they have come to."""

from __future__ import annotations

from redlearn.cluster import job_ends
from redlearn.cluster.local import HangUp
from tests.cluster.test_exporting import Source
from tests.cluster.test_importing import CLIENT, Target


def test_a_flush_ends_what_is_given() -> None:
    source = Source().come_to("replicating")
    source.moves.flushed()
    assert (source.job.state, source.job.message) == ("failed", "Data was flushed")
    assert source.wanted()[-1] == HangUp(source.job.name)


def test_a_flush_ends_what_comes() -> None:
    target = Target().hear(b"ACK")
    target.moves.flushed()
    target.desk.node.before_sleep()
    assert target.end == ("failed", "Data was flushed")
    assert target.desk.data.dismissed == [CLIENT]


def test_a_flush_that_a_replica_repeats_is_its_primarys_affair() -> None:
    target = Target(replica=True)
    target.moves.flushed()
    assert target.job.state == "occurring-on-primary"


def test_what_has_ended_ends_once() -> None:
    source = Source().come_to("failover-granted")
    source.target_takes_them()
    source.moves.flushed()
    source.moves.lost(source.job.name)
    assert (source.job.state, source.job.message) == ("success", "")


def test_writes_wait_on_while_another_move_needs_that() -> None:
    source = Source().come_to("failover-paused")
    first = source.job
    mine = source.ranges[0][1] + 1
    source.moves.begin_exports([([(mine, mine)], first.target)])
    source.job = next(iter(source.desk.state.jobs))
    source.come_to("failover-paused")
    job_ends.finish(source.desk.me, first, "cancelled")
    assert source.desk.data.is_paused()
    source.moves.cancel_exports()
    assert not source.desk.data.is_paused()


def test_writes_wait_on_for_a_manual_failover() -> None:
    source = Source().come_to("failover-paused")
    source.desk.data.pause(source.desk.clock.ms + 5_000, "failover")
    source.moves.cancel_exports()
    assert source.desk.data.is_paused()


def test_slots_of_several_nodes_have_no_owner() -> None:
    source = Source()
    assert job_ends.owner_of(source.desk.me, source.job) is source.desk.state.myself
    source.desk.state.reassign_slot(source.ranges[0][0], source.desk["b"])
    assert job_ends.owner_of(source.desk.me, source.job) is None


def test_a_reset_ends_what_is_given() -> None:
    source = Source().come_to("replicating")
    source.desk.node.reset(hard=False)
    assert source.job.message == "Slots are no longer owned by myself"
