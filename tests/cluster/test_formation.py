"""Clusters to begin with."""

from __future__ import annotations

import pytest

from redlearn.cluster.formation import Shape, acquaint, add_nodes, agreed, introduce
from redlearn.cluster.simulator import Crash, Cut, Restart, Simulator
from tests.cluster.nodes import cluster, node


@pytest.mark.parametrize("count", [1, 2, 3, 5, 7, 100])
def test_the_slots_are_shared_out_evenly_and_without_gaps(count: int) -> None:
    shares = [Shape(primaries=count).slots_of(number) for number in range(count)]
    assert [slot for share in shares for slot in share] == list(range(16384))
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


def test_three_primaries_get_the_shares_that_redis_cli_gives_them() -> None:
    shares = [Shape().slots_of(number) for number in range(3)]
    assert [(share[0], share[-1]) for share in shares] == [(0, 5460), (5461, 10922), (10923, 16383)]


def test_nodes_are_named_by_their_ports_primaries_first() -> None:
    assert Shape(2, 2).names == ["7001", "7002", "7003", "7004", "7005", "7006"]


@pytest.mark.parametrize("seed", range(3))
def test_nodes_that_are_introduced_become_one_cluster(seed: int) -> None:
    simulator, shape = Simulator(seed), Shape()
    add_nodes(simulator, shape)
    introduce(simulator, shape)
    assert agreed(simulator)
    for name in shape.names:
        state = node(simulator, name).state
        state.check()
        assert len(state.nodes) == 6
        assert state.slots_assigned() == 16384
        assert sorted(len(primary.replicas) for primary in state.primaries()) == [1, 1, 1]
    epochs = [node(simulator, name).state.myself.config_epoch for name in shape.names[:3]]
    assert epochs == [1, 2, 3]


def test_nodes_that_cannot_reach_each_other_do_not() -> None:
    simulator, shape = Simulator(1), Shape()
    add_nodes(simulator, shape)
    simulator.act(Cut(("7001",), ("7002",)))
    simulator.act(Cut(("7002",), tuple(shape.names[2:])))
    with pytest.raises(TimeoutError):
        introduce(simulator, shape, most_ms=5_000)


def test_acquainted_nodes_are_where_introduced_ones_get_to() -> None:
    shape = Shape()
    ways = []
    for way in (introduce, acquaint):
        simulator = Simulator(1)
        add_nodes(simulator, shape)
        way(simulator, shape)
        simulator.run_until(20_000)
        assert agreed(simulator)
        state = node(simulator, "7005").state
        state.check()
        ways.append([
            (n.id, n.flags, n.port, n.bus_port, n.bitmap(), n.primary and n.primary.id, n.shard_id)
            for n in sorted(state.nodes.values(), key=lambda n: n.port)
        ])  # fmt: skip
    assert ways[0] == ways[1]


@pytest.mark.parametrize("power", [False, True])
def test_acquainted_nodes_know_each_other_again_after_a_crash(power: bool) -> None:
    simulator, shape = Simulator(1), Shape(3, 0)
    add_nodes(simulator, shape)
    acquaint(simulator, shape)
    simulator.run_until(1_000)
    simulator.act(Crash("7001", power))
    simulator.act(Restart("7001"))
    state = node(simulator, "7001").state
    assert len(state.nodes) == 3
    assert (state.slots_assigned(), state.myself.slot_count) == (16384, 5461)


def test_replicas_have_their_primary_s_data() -> None:
    simulator = cluster(primaries=2, replicas=2)
    for replica, primary in (("7003", "7001"), ("7004", "7002"), ("7005", "7001")):
        record = simulator.member(replica).engine.state.replication
        assert record.primary == ("127.0.0.1", int(primary))
        assert record.link == "connected"


def test_one_that_sees_something_else_is_no_agreement() -> None:
    simulator = cluster()
    assert agreed(simulator)
    state = node(simulator, 7002).state
    state.reassign_slot(5, state.myself)
    assert not agreed(simulator)


def test_a_cluster_that_is_not_well_is_no_agreement() -> None:
    simulator, shape = Simulator(1), Shape()
    add_nodes(simulator, shape)
    assert not agreed(simulator)
