"""A server on a simulated host."""

from __future__ import annotations

from redlearn.cluster.reel import Reel
from redlearn.cluster.simulator import Crash, Restart, Tell
from tests.cluster.servers import data, follow, run, served, settle


def test_its_timer_runs_the_engine_s() -> None:
    simulator = served(1)
    run(simulator, 7001, "SET k v PX 300")
    settle(simulator, 600)
    assert simulator.member("7001").run(b"DBSIZE") == 0


def test_two_servers_have_different_chance_and_one_server_the_same_each_time() -> None:
    names = []
    for seed in (1, 1, 2):
        simulator = served(2, seed=seed)
        names.append(
            [simulator.member(name).engine.state.replication.id for name in ("7001", "7002")]
        )
    assert names[0] == names[1] != names[2]
    assert names[0][0] != names[0][1]


def test_without_a_disk_a_crash_takes_everything() -> None:
    simulator = served(1)
    run(simulator, 7001, "SET k v")
    simulator.act(Crash("7001"))
    simulator.act(Restart("7001"))
    assert run(simulator, 7001, "GET k") is None


def test_a_replica_and_its_primary_are_wound_back_and_forward_together() -> None:
    reel = Reel(served(2))
    simulator = reel.simulator
    reel.act(Tell("7002", lambda s: s.replicator.follow_address(b"127.0.0.1", 7001)))
    moments = {}
    for number in range(60):
        reel.run_until(simulator.now_ms + 100)
        words = (b"SET", b"key:%d" % (number % 7), b"%d" % number)
        reel.act(Tell("7001", lambda s, words=words: s.run(*words)))
        moments[reel.position] = (data(simulator, 7001), data(simulator, 7002), simulator.digest)
    for place in sorted(moments, key=lambda at: at * 7919 % 101):
        reel.seek(place)
        assert (data(simulator, 7001), data(simulator, 7002), simulator.digest) == moments[place]


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
