"""Replication in the simulator: over its network, between engines that are real."""

from __future__ import annotations

from random import Random

import pytest

from redlearn.cluster.network import Conditions
from redlearn.cluster.simulator import Crash, Cut, Heal, Pause, Restart, Resume, Simulator, Tell
from redlearn.engine.replication import CONNECTED
from redlearn.errors import READ_ONLY
from redlearn.resp.reply import Failure
from tests.cluster.servers import data, follow, promote, run, served, settle
from tests.cluster.test_door import say


def pair(count: int = 2, **options: int) -> Simulator:
    """7001 with replicas 7002 ..., which have their copies."""
    simulator = served(count, **options)
    for number in range(2, count + 1):
        follow(simulator, 7000 + number, 7001)
    settle(simulator, 3_000)
    return simulator


def record(simulator: Simulator, name: int):  # type: ignore[no-untyped-def]
    return simulator.member(str(name)).engine.state.replication


def syncs(simulator: Simulator, name: int) -> list[str]:
    """Keep a list of how a replica was brought up to date from now on."""
    found: list[str] = []
    backlog = simulator.member(str(name)).replicator._backlog
    restart, rename = backlog.restart, backlog.rename

    class Told(type(backlog)):  # type: ignore[misc]
        __slots__ = ()

        def restart(self, name: str, offset: int) -> None:
            found.append("full")
            restart(name, offset)

        def rename(self, name: str) -> None:
            found.append("partial")
            rename(name)

    backlog.__class__ = Told
    return found


# ---- copies ----


def test_a_replica_gets_all_that_there_is_and_then_what_comes() -> None:
    simulator = served(2)
    for line in (
        "SET a 1",
        "RPUSH l x y z",
        "ZADD z 1 m",
        "HSET h f v",
        "XADD s 1-1 f v",
        "PFADD p q",
    ):
        run(simulator, 7001, line)
    follow(simulator, 7002, 7001)
    settle(simulator)
    assert data(simulator, 7001) == data(simulator, 7002)
    run(simulator, 7001, "INCR a")
    settle(simulator, 10)
    assert simulator.member("7002").run(b"GET", b"a") == b"2"


def test_what_a_replica_had_before_is_gone() -> None:
    simulator = served(2)
    run(simulator, 7002, "SET mine 1")
    follow(simulator, 7002, 7001)
    settle(simulator)
    assert run(simulator, 7002, "DBSIZE") == 0


@pytest.mark.parametrize("seed", range(3))
def test_a_thousand_random_commands_leave_both_with_the_same(seed: int) -> None:
    simulator, rng = pair(3, seed=seed), Random(seed)
    forms = [
        "SET {k} {n}", "INCR {k}", "APPEND {k} x", "DEL {k}", "EXPIRE {k} 1", "RPUSH l{k} {n}",
        "LPOP l{k}", "SADD s {n}", "SPOP s", "ZADD z {n} {k}", "HINCRBY h {k} {n}", "SELECT {db}",
        "PEXPIRE s 300", "SET {k} {n} PX 100", "XADD x * f {n}", "FLUSHDB", "GETDEL {k}",
    ]  # fmt: skip
    weights = [9, 9, 9, 3, 3, 9, 3, 9, 3, 9, 9, 1, 1, 3, 3, 0.1, 3]
    for _ in range(1_000):
        form = rng.choices(forms, weights)[0]
        line = form.format(k=f"k{rng.randrange(9)}", n=rng.randrange(99), db=rng.randrange(3))
        run(simulator, 7001, line)
        settle(simulator, rng.choice((0, 0, 0, 1, 30)))
    settle(simulator)
    for number in (7002, 7003):
        assert data(simulator, number) == data(simulator, 7001)
        assert record(simulator, number).offset == record(simulator, 7001).offset


def test_a_transaction_arrives_whole() -> None:
    simulator = pair()
    for line in ("MULTI", "SET a 1", "SET b 2", "EXEC"):
        run(simulator, 7001, line)
    while not run(simulator, 7002, "EXISTS a"):
        simulator.step()
    assert run(simulator, 7002, "GET b") == b"2"


# ---- asynchronous, with offsets ----


def test_a_write_is_answered_before_the_replica_has_it() -> None:
    simulator = pair()
    run(simulator, 7001, "SET k v")
    assert run(simulator, 7002, "GET k") is None
    assert record(simulator, 7002).offset < record(simulator, 7001).offset
    settle(simulator, 10)
    assert run(simulator, 7002, "GET k") == b"v"
    assert record(simulator, 7002).offset == record(simulator, 7001).offset


def test_a_replica_says_once_a_second_how_far_it_is() -> None:
    simulator = pair()
    run(simulator, 7001, "SET k v")
    behind = record(simulator, 7001).replicas[0].offset
    assert behind < record(simulator, 7001).offset
    settle(simulator, 1_200)
    assert record(simulator, 7001).replicas[0].offset == record(simulator, 7001).offset


def test_a_primary_speaks_now_and_then_even_if_nobody_writes() -> None:
    simulator = pair()
    before = record(simulator, 7001).offset
    settle(simulator, 30_000)
    assert record(simulator, 7001).offset - before == 3 * len(b"*1\r\n$4\r\nPING\r\n")


def test_nobody_writes_to_a_replica() -> None:
    simulator = pair()
    assert run(simulator, 7002, "SET k v") == Failure(READ_ONLY)


def test_info_of_both_sides_agrees() -> None:
    simulator = pair()
    assert run(simulator, 7001, "ROLE")[2][0][:2] == [b"127.0.0.1", b"7002"]  # type: ignore[index]
    assert run(simulator, 7002, "ROLE")[:4] == [b"slave", b"127.0.0.1", 7001, b"connected"]  # type: ignore[index]


# ---- what is over ----


def test_only_the_primary_decides_that_a_key_is_over() -> None:
    simulator = pair()
    run(simulator, 7001, "SET k v PX 500")
    settle(simulator, 10)
    simulator.act(Pause("7001"))
    settle(simulator, 1_000)
    assert run(simulator, 7002, "GET k") is None
    assert run(simulator, 7002, "DBSIZE") == 1
    simulator.act(Resume("7001"))
    settle(simulator, 300)
    assert run(simulator, 7002, "DBSIZE") == 0


def test_a_key_written_with_a_time_that_is_over_on_arrival_is_kept_until_its_del() -> None:
    simulator = pair()
    simulator.act(Cut(("7001",), ("7002",)))
    run(simulator, 7001, "SET k v PX 100")
    settle(simulator, 50)
    simulator.act(Pause("7001"))
    settle(simulator, 200)
    simulator.act(Heal())
    settle(simulator, 400)
    assert run(simulator, 7002, "DBSIZE") == 1


def test_keys_of_the_stream_count_as_used_when_they_arrive() -> None:
    simulator = pair()
    run(simulator, 7001, "SET k v")
    settle(simulator, 2_500)
    assert run(simulator, 7002, "OBJECT IDLETIME k") == 2


# ---- WAIT ----


def wait(simulator: Simulator, line: str, ms: int = 5_000) -> object:
    """Write, then WAIT, as one client over the network; what WAIT gave."""
    if simulator.member("you").socket < 0:
        simulator.act(Tell("you", lambda person: person.dial(7001)))
        settle(simulator, 10)
    said = say(simulator, "SET k v", line, ms=ms)
    return said[1] if len(said) > 1 else None


def test_wait_asks_the_replicas_and_is_answered_within_a_way_there_and_back() -> None:
    simulator = pair(3)
    assert wait(simulator, "WAIT 2 0", ms=20) == 2


def test_wait_for_more_than_there_are_gives_up_at_its_timeout() -> None:
    simulator = pair(3)
    assert wait(simulator, "WAIT 3 500", ms=400) is None
    settle(simulator, 300)
    assert simulator.member("you").heard[-1] == 2


def test_wait_does_not_count_who_is_cut_off() -> None:
    simulator = pair(3)
    simulator.act(Cut(("7003",), ("7001",)))
    assert wait(simulator, "WAIT 2 300") == 1


def test_what_wait_counted_is_there_after_a_promotion() -> None:
    simulator = pair()
    assert wait(simulator, "WAIT 1 0") == 1
    simulator.act(Crash("7001"))
    promote(simulator, 7002)
    assert run(simulator, 7002, "GET k") == b"v"


# ---- who was away ----


def test_who_was_away_for_a_moment_gets_only_what_it_missed() -> None:
    simulator = pair()
    found = syncs(simulator, 7002)
    simulator.member("7002").replicator.following.drop()
    for number in range(50):
        run(simulator, 7001, f"SET k{number} {number}")
    settle(simulator)
    assert found == ["partial"]
    assert data(simulator, 7001) == data(simulator, 7002)


def test_who_missed_more_than_is_kept_gets_everything() -> None:
    simulator = pair()
    run(simulator, 7001, "CONFIG SET repl-backlog-size 500")
    found = syncs(simulator, 7002)
    simulator.member("7002").replicator.following.drop()
    for number in range(50):
        run(simulator, 7001, f"SET k{number} {number}")
    settle(simulator)
    assert found == ["full"]
    assert data(simulator, 7001) == data(simulator, 7002)


def test_a_cut_that_heals_loses_nothing() -> None:
    simulator = pair()
    for _ in range(5):
        simulator.act(Cut(("7001",), ("7002",)))
        run(simulator, 7001, "INCR n")
        settle(simulator, 3_000)
        simulator.act(Heal())
        settle(simulator, 1_000)
        assert run(simulator, 7002, "GET n") == run(simulator, 7001, "GET n")


def test_a_long_cut_breaks_the_link_and_it_comes_up_again() -> None:
    simulator = pair()
    simulator.act(Cut(("7001",), ("7002",)))
    run(simulator, 7001, "SET k v")
    settle(simulator, 25_000)
    assert record(simulator, 7002).link != CONNECTED
    simulator.act(Heal())
    settle(simulator, 12_000)
    assert record(simulator, 7002).link == CONNECTED
    assert run(simulator, 7002, "GET k") == b"v"


def test_a_primary_that_lost_its_data_takes_its_replica_s_too() -> None:
    """Why a primary without persistence must not be started again by itself."""
    simulator = pair()
    run(simulator, 7001, "SET k v")
    settle(simulator, 100)
    simulator.act(Crash("7001"))
    simulator.act(Restart("7001"))
    run(simulator, 7001, "CONFIG SET repl-diskless-sync-delay 0")
    settle(simulator, 3_000)
    assert run(simulator, 7002, "DBSIZE") == 0


def test_replicas_that_ask_within_the_delay_get_the_same_file() -> None:
    simulator = served(3)
    run(simulator, 7001, "CONFIG SET repl-diskless-sync-delay 5")
    run(simulator, 7001, "SET k v")
    follow(simulator, 7002, 7001)
    settle(simulator, 3_000)
    follow(simulator, 7003, 7001)
    settle(simulator, 1_000)
    assert record(simulator, 7002).link == record(simulator, 7003).link == "handshake"
    settle(simulator, 2_000)
    assert run(simulator, 7002, "GET k") == run(simulator, 7003, "GET k") == b"v"


# ---- promotion ----


def test_after_a_promotion_others_go_on_without_a_copy() -> None:
    simulator = pair(3)
    run(simulator, 7001, "SET k v")
    settle(simulator, 100)
    simulator.act(Crash("7001"))
    promote(simulator, 7002)
    found = syncs(simulator, 7003)
    follow(simulator, 7003, 7002)
    settle(simulator)
    run(simulator, 7002, "SET k w")
    settle(simulator, 100)
    assert found == ["partial"]
    assert run(simulator, 7003, "GET k") == b"w"
    assert record(simulator, 7003).id == record(simulator, 7002).id


def test_a_promoted_replica_has_a_new_stream_and_remembers_the_old() -> None:
    simulator = pair()
    old = record(simulator, 7001).id
    promote(simulator, 7002)
    new = record(simulator, 7002)
    assert new.id != old
    assert (new.second_id, new.second_offset) == (old, new.offset + 1)


def test_a_primary_that_is_demoted_loses_what_it_had_not_passed_on() -> None:
    simulator = pair()
    simulator.act(Cut(("7001",), ("7002",)))
    run(simulator, 7001, "SET lost 1")
    promote(simulator, 7002)
    run(simulator, 7002, "SET kept 1")
    found = syncs(simulator, 7001)
    simulator.act(Heal())
    follow(simulator, 7001, 7002)
    settle(simulator, 4_000)
    assert found == ["full"]
    assert [run(simulator, 7001, f"EXISTS {key}") for key in ("lost", "kept")] == [0, 1]


def test_a_primary_that_had_passed_everything_on_follows_without_a_copy() -> None:
    simulator = pair()
    run(simulator, 7001, "SET k v")
    settle(simulator, 100)
    promote(simulator, 7002)
    found = syncs(simulator, 7001)
    follow(simulator, 7001, 7002)
    settle(simulator)
    assert found == ["partial"]
    assert data(simulator, 7001) == data(simulator, 7002)


def test_a_demoted_primary_sends_away_who_waits_for_replicas() -> None:
    simulator = pair()
    assert wait(simulator, "WAIT 5 0", ms=50) is None
    follow(simulator, 7001, 7002)
    settle(simulator, 50)
    failure, closed = simulator.member("you").heard[-2:]
    assert failure.text.startswith("UNBLOCKED")
    assert closed == "closed"


def test_how_old_the_data_are_is_known() -> None:
    simulator = pair()
    age = simulator.member("7002").replicator.data_age_ms
    assert age() <= 10_000
    simulator.act(Crash("7001"))
    settle(simulator, 100)
    begin = age()
    settle(simulator, 5_000)
    assert age() - begin == 5_000
    assert served(1).member("7001").replicator.data_age_ms() > 10**12


@pytest.mark.parametrize("seed", range(4))
def test_whatever_the_network_does_the_copies_end_up_the_same(seed: int) -> None:
    """TCP keeps order and content; what breaks are connections."""
    simulator, rng = pair(3, seed=seed), Random(seed)
    simulator.network.conditions = Conditions(delay_us=1_000, jitter_us=20_000)
    for number in range(40):
        act = rng.choice((
            Cut(("7001",), (rng.choice(("7002", "7003")),), both=rng.random() < 0.5), Heal(), None,
        ))  # fmt: skip
        if act is not None:
            simulator.act(act)
        for _ in range(rng.randrange(5)):
            run(simulator, 7001, f"SET k{rng.randrange(20)} {number}")
        settle(simulator, rng.randrange(5_000))
    simulator.act(Heal())
    settle(simulator, 30_000)
    assert data(simulator, 7002) == data(simulator, 7001) == data(simulator, 7003)
