"""A server on a simulated host."""

from __future__ import annotations

import pytest

from redlearn.cluster.nodes_conf import BadNodesConf
from redlearn.cluster.simulator import Act, Crash, Cut, Pause, Restart, Resume
from redlearn.persistence.disk import replace
from redlearn.resp.reply import OK, Failure
from tests.cluster.nodes import cluster, node, until_agreed
from tests.cluster.servers import data, follow, run, served, settle


def test_its_timer_runs_the_engine_s() -> None:
    simulator = served(1)
    run(simulator, 7001, "SET k v PX 300")
    settle(simulator, 600)
    assert simulator.member("7001").run(b"DBSIZE") == 0


@pytest.mark.parametrize("words", ["CLIENT KILL TYPE normal SKIPME no", "QUIT", "CLIENT KILL ID 1"])
def test_whoever_stands_beside_it_comes_again_after_being_killed(words: str) -> None:
    simulator = served(1)
    server = simulator.member("7001")
    assert server.run(b"SET", b"k", b"v") == OK
    run(simulator, 7001, words)
    for _ in range(3):
        assert server.run(b"GET", b"k") == b"v"
    assert len(server.engine.state.clients) == 1


def test_two_servers_have_different_chance_and_one_server_the_same_each_time() -> None:
    names = []
    for seed in (1, 1, 2):
        simulator = served(2, seed=seed)
        names.append(
            [simulator.member(name).engine.state.replication.id for name in ("7001", "7002")]
        )
    assert names[0] == names[1] != names[2]
    assert names[0][0] != names[0][1]


def test_a_crash_takes_all_data_that_nobody_wrote_down() -> None:
    simulator = served(1)
    run(simulator, 7001, "SET k v")
    simulator.act(Crash("7001"))
    simulator.act(Restart("7001"))
    assert run(simulator, 7001, "GET k") is None


def test_a_replica_and_its_primary_are_wound_back_and_forward_together() -> None:
    simulator = served(2)
    follow(simulator, 7002, 7001)
    moments = []
    for number in range(60):
        settle(simulator, 100)
        run(simulator, 7001, f"SET key:{number % 7} {number}")
        now = (data(simulator, 7001), data(simulator, 7002), simulator.digest)
        moments.append((simulator.freeze(), now))
    for frozen, then in sorted(moments, key=lambda pair: pair[1][2]):
        simulator.thaw(frozen)
        assert (data(simulator, 7001), data(simulator, 7002), simulator.digest) == then
    frozen, _ = moments[20]
    simulator.thaw(frozen)
    settle(simulator, 100)
    run(simulator, 7001, "SET key:0 21")
    assert (data(simulator, 7001), data(simulator, 7002), simulator.digest) == moments[21][1]


def test_the_same_seed_gives_the_same_history() -> None:
    digests = []
    for _ in range(2):
        simulator = served(3, seed=5)
        follow(simulator, 7002, 7001)
        follow(simulator, 7003, 7001)
        settle(simulator)
        for number in range(20):
            run(simulator, 7001, f"SADD s {number}")
            settle(simulator, 50)
        digests.append(simulator.digest)
    assert digests[0] == digests[1]


# ---- as a node of a cluster ----


def test_a_node_that_is_started_again_is_who_it_was() -> None:
    simulator = cluster()
    before = node(simulator, 7002).state
    for power in (False, True):
        simulator.act(Crash("7002", power))
        simulator.run_until(simulator.now_ms + 300)
        simulator.act(Restart("7002"))
        after = node(simulator, 7002).state
        assert after.myself.id == before.myself.id
        assert after.myself.bitmap() == before.myself.bitmap()
        assert after.nodes.keys() == before.nodes.keys()
        simulator.run_until(simulator.now_ms + 8_000)
        until_agreed(simulator)


def test_a_node_whose_file_is_damaged_does_not_start() -> None:
    simulator = cluster()
    simulator.act(Crash("7002"))
    disk = simulator.hosts["7002"].disk
    text = bytearray(disk.read("nodes.conf"))
    text[100] ^= 1
    replace(disk, "nodes.conf", bytes(text))
    with pytest.raises(BadNodesConf):
        simulator.act(Restart("7002"))


def test_a_replica_that_is_started_again_follows_its_primary() -> None:
    simulator = cluster()
    run(simulator, 7001, "SET {06S} v")
    simulator.act(Crash("7004"))
    simulator.act(Restart("7004"))
    settle(simulator, 3_000)
    run(simulator, 7004, "READONLY")
    assert run(simulator, 7004, "GET {06S}") == b"v"


def test_commands_are_routed_as_on_a_real_node() -> None:
    simulator = cluster()
    assert run(simulator, 7001, "SET {06S} v") == OK
    for number, line, text in (
        (7002, "GET {06S}", "MOVED 0 127.0.0.1:7001"),
        (7004, "GET {06S}", "MOVED 0 127.0.0.1:7001"),
        (7001, "MGET {06S} foo", "CROSSSLOT Keys in request don't hash to the same slot"),
    ):
        assert run(simulator, number, line) == Failure(text)


def test_a_replica_serves_reads_to_who_asked_for_that() -> None:
    simulator = cluster()
    run(simulator, 7001, "SET {06S} v")
    settle(simulator, 100)
    run(simulator, 7004, "READONLY")
    assert run(simulator, 7004, "GET {06S}") == b"v"
    assert run(simulator, 7004, "SET {06S} w") == Failure("MOVED 0 127.0.0.1:7001")


def test_keys_are_moved_to_another_host_with_their_slot() -> None:
    simulator = cluster()
    run(simulator, 7001, "SET {06S} v")
    ids = {number: node(simulator, number).state.myself.id.decode() for number in (7001, 7002)}
    run(simulator, 7002, f"CLUSTER SETSLOT 0 IMPORTING {ids[7001]}")
    run(simulator, 7001, f"CLUSTER SETSLOT 0 MIGRATING {ids[7002]}")
    assert run(simulator, 7001, "MIGRATE 127.0.0.1 7002 {06S} 0 1000") == OK
    assert run(simulator, 7001, "GET {06S}") == Failure("ASK 0 127.0.0.1:7002")
    for number in (7002, 7001):
        assert run(simulator, number, f"CLUSTER SETSLOT 0 NODE {ids[7002]}") == OK
    until_agreed(simulator)
    assert run(simulator, 7002, "GET {06S}") == b"v"
    assert run(simulator, 7003, "GET {06S}") == Failure("MOVED 0 127.0.0.1:7002")
    settle(simulator, 100)
    run(simulator, 7005, "READONLY")
    assert run(simulator, 7005, "GET {06S}") == b"v"


@pytest.mark.parametrize(
    "act", [Crash("7002"), Crash("7002", power=True), Cut(("7002",), ("7001",)), Pause("7002")]
)
def test_keys_are_not_moved_to_who_cannot_be_reached(act: Act) -> None:
    simulator = cluster()
    run(simulator, 7001, "SET {06S} v")
    simulator.act(act)
    reply = run(simulator, 7001, "MIGRATE 127.0.0.1 7002 {06S} 0 1000")
    assert isinstance(reply, Failure)
    assert reply.text.startswith("IOERR")
    assert run(simulator, 7001, "GET {06S}") == b"v"


def test_a_key_that_is_moved_to_where_it_is_stays_there() -> None:
    simulator = cluster()
    run(simulator, 7001, "SET {06S} v")
    reply = run(simulator, 7001, "MIGRATE 127.0.0.1 7001 {06S} 0 1000 REPLACE")
    assert reply == Failure("IOERR error or timeout reading to target instance")
    assert run(simulator, 7001, "GET {06S}") == b"v"


def test_after_a_failover_the_data_are_with_the_successor_and_the_old_primary_follows() -> None:
    simulator = cluster()
    run(simulator, 7001, "SET {06S} v")
    settle(simulator, 100)
    simulator.act(Pause("7001"))
    settle(simulator, 8_000)
    assert run(simulator, 7004, "GET {06S}") == b"v"
    run(simulator, 7004, "SET {06S} w")
    simulator.act(Resume("7001"))
    settle(simulator, 8_000)
    until_agreed(simulator)
    run(simulator, 7001, "READONLY")
    assert run(simulator, 7001, "GET {06S}") == b"w"


def test_a_manual_failover_loses_nothing() -> None:
    simulator = cluster()
    for number in range(20):
        run(simulator, 7001, "INCR {06S}")
        if number == 10:
            assert run(simulator, 7004, "CLUSTER FAILOVER") == OK
        settle(simulator, 5)
    settle(simulator, 5_000)
    until_agreed(simulator)
    assert node(simulator, 7004).state.myself.is_primary
    assert run(simulator, 7004, "GET {06S}") in (b"11", b"12")  # then writes waited, and moved on


def test_messages_reach_who_listens_on_another_node() -> None:
    simulator = cluster()
    run(simulator, 7006, "SUBSCRIBE news")
    run(simulator, 7001, "PUBLISH news hello")
    settle(simulator, 50)
    server = simulator.member("7006")
    client = server.engine.state.clients[server._local]
    assert [b"message", b"news", b"hello"] in [list(push) for push in client.take()]


def test_a_snapshot_of_a_life_before_brings_back_what_that_one_had() -> None:
    simulator = served(1)
    keys = [f"k{number}" for number in range(40)]
    for key in keys:
        run(simulator, 7001, f"SET {key} v")
    frozen = simulator.freeze()
    simulator.act(Crash("7001"))
    simulator.act(Restart("7001"))
    assert run(simulator, 7001, "DBSIZE") == 0
    simulator.thaw(frozen)
    assert [run(simulator, 7001, f"GET {key}") for key in keys] == [b"v"] * 40
