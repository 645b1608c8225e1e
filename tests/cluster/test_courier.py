"""MIGRATE between simulated hosts: it travels, and who migrates does nothing beside it."""

from __future__ import annotations

from redlearn.cluster.network import Conditions
from redlearn.cluster.simulator import Crash, Cut, Heal, Pause, Resume, Simulator, Tell
from redlearn.resp.reply import OK, Failure, Status
from tests.cluster.servers import run, served, settle

SLOW = Conditions(delay_us=40_000, jitter_us=0)


def migrate(simulator: Simulator, key: str, to: int, timeout_ms: int = 1_000) -> object:
    return run(simulator, 7001, f"MIGRATE 127.0.0.1 {to} {key} 0 {timeout_ms}")


def slow() -> Simulator:
    simulator = served(2, conditions=SLOW)
    run(simulator, 7001, "SET k v")
    run(simulator, 7001, "SET other v")
    return simulator


def test_a_key_takes_as_long_as_its_messages() -> None:
    simulator = slow()
    assert migrate(simulator, "k", 7002) == OK
    assert simulator.now_ms == 160  # there and back to connect, there and back for the key
    assert run(simulator, 7002, "GET k") == b"v"
    assert migrate(simulator, "other", 7002) == OK
    assert simulator.now_ms == 240  # the connection was kept


def test_nobody_is_served_by_who_migrates_until_the_key_is_there() -> None:
    simulator = slow()
    simulator.act(Tell("you", lambda you: you.dial(7001)))
    settle(simulator, 100)
    simulator.act(Tell("you", lambda you: you.say("EXISTS k")))
    assert migrate(simulator, "k", 7002) == OK
    you = simulator.member("you")
    assert you.heard == []  # it has been asked for 120 ms, and was busy
    settle(simulator, 50)
    assert you.heard == [0]


def test_the_others_are_served_meanwhile() -> None:
    simulator = slow()
    simulator.act(Tell("you", lambda you: you.dial(7002)))
    settle(simulator, 100)
    simulator.act(Tell("you", lambda you: you.say("PING")))
    assert migrate(simulator, "k", 7002) == OK
    assert simulator.member("you").heard == [Status("PONG")]


def test_who_is_not_there_is_noticed_in_writing_and_who_is_beyond_a_cut_in_connecting() -> None:
    simulator = slow()
    simulator.act(Cut(("7001",), ("7002",)))
    assert migrate(simulator, "k", 7002, 300) == Failure(
        "IOERR error or timeout connecting to the client"
    )
    assert simulator.now_ms == 300
    simulator.act(Heal())
    simulator.act(Crash("7002"))
    assert migrate(simulator, "k", 7002) == Failure(
        "IOERR error or timeout writing to target instance"
    )
    assert run(simulator, 7001, "EXISTS k") == 1


def test_who_stands_still_is_waited_for_and_the_key_stays() -> None:
    simulator = slow()
    simulator.act(Pause("7002"))
    assert migrate(simulator, "k", 7002, 500) == Failure(
        "IOERR error or timeout reading to target instance"
    )
    assert run(simulator, 7001, "GET k") == b"v"
    simulator.act(Resume("7002"))
    settle(simulator)
    assert run(simulator, 7002, "GET k") == b"v"  # it is at both, as with real servers


def test_two_that_migrate_to_each_other_wait_for_each_other_in_vain() -> None:
    simulator = slow()
    run(simulator, 7002, "SET theirs v")
    simulator.act(Tell("you", lambda you: you.dial(7002)))
    settle(simulator, 100)
    simulator.act(Tell("you", lambda you: you.say("MIGRATE 127.0.0.1 7001 theirs 0 200")))
    assert str(migrate(simulator, "k", 7002, 100)).count("IOERR error or timeout") == 1
    settle(simulator)
    (theirs,) = simulator.member("you").heard
    assert str(theirs).count("IOERR error or timeout") == 1
    assert run(simulator, 7001, "EXISTS k") == run(simulator, 7002, "EXISTS theirs") == 1


def test_a_connection_that_is_not_used_is_closed_after_a_while() -> None:
    simulator = slow()
    migrate(simulator, "k", 7002)
    count = str(run(simulator, 7002, "CLIENT LIST")).count(" addr=127.0.0.1")
    assert count == 1
    settle(simulator, 12_000)
    assert " addr=127.0.0.1" not in str(run(simulator, 7002, "CLIENT LIST"))


def test_a_snapshot_brings_the_connection_back() -> None:
    simulator = slow()
    migrate(simulator, "k", 7002)
    frozen = simulator.freeze()
    settle(simulator, 12_000)
    simulator.thaw(frozen)
    before = simulator.now_ms
    assert migrate(simulator, "other", 7002) == OK
    assert simulator.now_ms == before + 80


def test_the_same_seed_gives_the_same_history() -> None:
    def digest() -> str:
        simulator = served(2, seed=4)
        run(simulator, 7001, "SET k v")
        migrate(simulator, "k", 7002)
        settle(simulator)
        return simulator.digest

    assert digest() == digest()
