"""SHUTDOWN on a simulated host: the process ends, in good order."""

from __future__ import annotations

from redlearn.cluster.network import Conditions
from redlearn.cluster.simulator import Crash, Cut, Heal, Restart, Tell
from redlearn.resp.reply import OK, Failure
from tests.cluster.servers import follow, run, served, settle


def test_a_server_that_is_shut_down_is_gone_and_its_clients_notice() -> None:
    simulator = served(1)
    simulator.act(Tell("you", lambda you: you.dial(7001)))
    settle(simulator)
    simulator.act(Tell("you", lambda you: you.say("SHUTDOWN")))
    settle(simulator)
    assert simulator.member("7001") is None
    assert simulator.member("you").heard == ["closed"]


def test_what_it_saved_is_there_after_a_start_and_nosave_saves_nothing() -> None:
    simulator = served(1)
    run(simulator, 7001, "SET k v")
    run(simulator, 7001, "SHUTDOWN")
    settle(simulator)
    simulator.act(Restart("7001"))
    assert run(simulator, 7001, "GET k") == b"v"
    run(simulator, 7001, "SET k w")
    run(simulator, 7001, "SHUTDOWN NOSAVE")
    settle(simulator)
    simulator.act(Restart("7001"))
    assert run(simulator, 7001, "GET k") == b"v"


def test_a_crash_saves_nothing() -> None:
    simulator = served(1)
    run(simulator, 7001, "SET k v")
    simulator.act(Crash("7001"))
    simulator.act(Restart("7001"))
    assert run(simulator, 7001, "GET k") is None


def test_it_waits_for_a_replica_that_lags_and_takes_no_writes_meanwhile() -> None:
    simulator = served(2, conditions=Conditions(delay_us=1_000, jitter_us=0))
    follow(simulator, 7002, 7001)
    settle(simulator, 5_000)
    simulator.act(Cut(("7001",), ("7002",)))
    run(simulator, 7001, "SET k v")
    run(simulator, 7001, "SHUTDOWN")
    settle(simulator, 3_000)
    assert simulator.member("7001") is not None
    assert run(simulator, 7001, "SET k w") is None  # it waits
    simulator.act(Heal())
    settle(simulator, 2_500)
    assert simulator.member("7001") is None
    assert run(simulator, 7002, "GET k") == b"v"


def test_after_shutdown_timeout_it_waits_no_longer() -> None:
    simulator = served(2)
    follow(simulator, 7002, 7001)
    settle(simulator, 5_000)
    run(simulator, 7001, "CONFIG SET shutdown-timeout 3")
    simulator.act(Cut(("7001",), ("7002",)))
    run(simulator, 7001, "SET k v")
    run(simulator, 7001, "SHUTDOWN")
    settle(simulator, 2_800)
    assert simulator.member("7001") is not None
    settle(simulator, 400)
    assert simulator.member("7001") is None


def test_an_end_that_waits_can_be_called_off() -> None:
    simulator = served(2)
    follow(simulator, 7002, 7001)
    settle(simulator, 5_000)
    assert run(simulator, 7001, "SHUTDOWN ABORT") == Failure("ERR No shutdown in progress.")
    simulator.act(Cut(("7001",), ("7002",)))
    run(simulator, 7001, "SET k v")
    simulator.act(Tell("you", lambda you: you.dial(7001)))
    settle(simulator, 50)
    simulator.act(Tell("you", lambda you: you.say("SHUTDOWN")))
    settle(simulator, 50)
    assert run(simulator, 7001, "SHUTDOWN ABORT") == OK
    settle(simulator, 15_000)
    assert simulator.member("7001") is not None
    assert run(simulator, 7001, "SET k w") == OK
