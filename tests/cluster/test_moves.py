"""Slots move as a whole in a simulated cluster: what clients, replicas and others see of it."""

from __future__ import annotations

from typing import Any

import pytest

from redlearn.cluster.simulator import Crash, Cut, Simulator
from redlearn.cluster.slot_jobs import SlotJobChanged
from redlearn.resp.reply import OK, Failure, Reply
from tests.cluster.moving import LOSES_DATA, Trouble, move
from tests.cluster.nodes import cluster, node, until_agreed
from tests.cluster.servers import run, settle

MOST_MS = 5_000
"""How long a move may take to come to where a test wants it."""


def order(
    simulator: Simulator, slots: str = "0 9", source: int = 7001, target: int = 7002
) -> Reply:
    there = node(simulator, target).state.myself.id.decode()
    return run(simulator, source, f"CLUSTER MIGRATESLOTS SLOTSRANGE {slots} NODE {there}")


def told(simulator: Simulator, name: int) -> list[tuple[str, str, str]]:
    """The moves that a node tells of: which way, how far, and why no further."""
    rows: Any = run(simulator, name, "CLUSTER GETSLOTMIGRATIONS")
    words = ("operation", "state", "message")
    return [tuple(row[word.encode()].decode() for word in words) for row in rows]  # type: ignore[misc]


def filled(**how: Any) -> Simulator:
    simulator = cluster(**how)
    for line in ("SET {06S}s v", "RPUSH {06S}l a b", "HSET {06S}h f v", "SADD {06S}t m",
                 "ZADD {06S}z 1 m", "XADD {06S}x 5-1 f v", "SET {06S}e v PX 999999"):  # fmt: skip
        run(simulator, 7001, line)
    return simulator


def keys(simulator: Simulator, name: int) -> int:
    found: Any = run(simulator, name, "CLUSTER COUNTKEYSINSLOT 0")
    return int(found)


def go_on_to(simulator: Simulator, state: str, name: int = 7001) -> None:
    """Until the only move that a node tells of has come so far."""
    assert simulator.run_while(
        lambda: [row[1] for row in told(simulator, name)] != [state], MOST_MS
    )


# ---- the usual way ----


def test_all_kinds_of_values_are_at_the_target_in_the_end_and_only_there() -> None:
    simulator = filled(replicas=0)
    before = run(simulator, 7001, "DEBUG DIGEST")
    assert order(simulator) == OK
    settle(simulator, 500)
    assert run(simulator, 7002, "DEBUG DIGEST") == before
    assert (keys(simulator, 7001), keys(simulator, 7002)) == (0, 7)
    assert told(simulator, 7001) == [("EXPORT", "success", "")]
    assert told(simulator, 7002) == [("IMPORT", "success", "")]
    assert told(simulator, 7003) == []


def test_all_nodes_know_the_new_owner() -> None:
    simulator = filled(replicas=1)
    order(simulator)
    settle(simulator, 500)
    target = node(simulator, 7002).state.myself
    for name in simulator.hosts:
        owner = node(simulator, name).state.owners[0]
        assert owner is not None
        assert (owner.id, owner.config_epoch) == (target.id, 4)


def test_nobody_sees_anything_of_it_before_the_end() -> None:
    simulator = filled(replicas=0)
    order(simulator)
    go_on_to(simulator, "waiting-for-paused", 7002)
    assert keys(simulator, 7002) == 7
    assert run(simulator, 7002, "DBSIZE") == 0
    assert run(simulator, 7001, "DBSIZE") == 7
    answer = run(simulator, 7002, "GET {06S}s")
    assert isinstance(answer, Failure)
    assert answer.text.startswith("MOVED 0 ")


def test_what_is_written_meanwhile_follows_in_its_order() -> None:
    simulator = filled(replicas=0)
    order(simulator)
    go_on_to(simulator, "replicating")
    for line in ("MULTI", "INCR {06S}n", "DEL {06S}l", "EXEC", "APPEND {06S}s w", "SET other v"):
        run(simulator, 7001, line)
    settle(simulator, 500)
    assert run(simulator, 7002, "GET {06S}n") == b"1"
    assert run(simulator, 7002, "EXISTS {06S}l") == 0
    assert run(simulator, 7002, "GET {06S}s") == b"vw"
    assert not node(simulator, 7002).me.keyspace.count_keys_in(13_000)


def test_writes_wait_while_the_slots_change_hands() -> None:
    simulator = filled(replicas=0)
    simulator.act(Cut(("7002",), ("7003",)))
    order(simulator)
    go_on_to(simulator, "failover-paused")
    assert run(simulator, 7001, "SET {06S}s w") is None
    assert run(simulator, 7001, "PING") is None  # its client waits, for all that it sends
    assert told_by_another(simulator) == b"v"
    settle(simulator, 500)
    assert run(simulator, 7002, "GET {06S}s") == b"v"


def test_a_pause_that_somebody_has_asked_for_outlasts_it() -> None:
    """As on a real server: each pause ends for its own reason."""
    simulator = filled(replicas=0)
    run(simulator, 7001, "CLIENT PAUSE 4000 WRITE")
    order(simulator)
    settle(simulator, 1_000)
    assert told(simulator, 7001) == [("EXPORT", "success", "")]
    assert simulator.member("7001").engine.state.crowd.paused_until_ms
    settle(simulator, 4_000)
    assert not simulator.member("7001").engine.state.crowd.paused_until_ms


def told_by_another(simulator: Simulator) -> Reply:
    """Another client may read meanwhile."""
    engine = simulator.member("7001").engine
    client = engine.connect()
    engine.execute(client, [b"GET", b"{06S}s"])
    (reply,) = client.take()
    engine.disconnect(client)
    return reply  # type: ignore[no-any-return]


def test_the_last_slot_of_a_node_makes_it_a_replica() -> None:
    simulator = cluster(primaries=2, replicas=0)
    order(simulator, "0 8191")
    settle(simulator, 2_000)
    source = node(simulator, 7001).state
    assert source.myself.primary is source.nodes[node(simulator, 7002).state.myself.id]
    until_agreed(simulator)


def test_a_password_is_told_to_the_target() -> None:
    simulator = filled(replicas=0)
    run(simulator, 7002, "CONFIG SET requirepass secret")
    order(simulator)
    settle(simulator, 300)
    message = "Received error during handshake to target: -NOAUTH Authentication required.\r\n"
    assert told(simulator, 7001) == [("EXPORT", "failed", message)]
    run(simulator, 7001, "CONFIG SET masterauth secret")
    order(simulator)
    settle(simulator, 300)
    assert told(simulator, 7001)[0] == ("EXPORT", "success", "")


def test_several_go_at_once_to_several_nodes() -> None:
    simulator = filled(replicas=0)
    ids = [node(simulator, name).state.myself.id.decode() for name in (7002, 7003)]
    line = f"CLUSTER MIGRATESLOTS SLOTSRANGE 0 1 NODE {ids[0]} SLOTSRANGE 2 3 NODE {ids[1]}"
    assert run(simulator, 7001, line) == OK
    settle(simulator, 500)
    assert [state for _, state, _ in told(simulator, 7001)] == ["success", "success"]
    until_agreed(simulator)
    assert [node(simulator, 7003).state.owners[slot].id for slot in (1, 3)] == [  # type: ignore[union-attr]
        each.encode() for each in ids
    ]


# ---- replicas ----


def test_replicas_of_both_have_what_their_primaries_have() -> None:
    simulator = filled(replicas=1)
    order(simulator)
    settle(simulator, 1_000)
    assert [keys(simulator, name) for name in (7001, 7004, 7002, 7005)] == [0, 0, 7, 7]
    assert told(simulator, 7005) == [("IMPORT", "success", "")]
    assert told(simulator, 7004) == []
    assert run(simulator, 7005, "DBSIZE") == 7


def test_a_replica_of_the_target_hides_what_comes_as_well() -> None:
    simulator = filled(replicas=1)
    order(simulator)
    assert simulator.run_while(lambda: keys(simulator, 7005) == 0, MOST_MS)
    assert told(simulator, 7005) == [("IMPORT", "occurring-on-primary", "")]
    assert run(simulator, 7005, "DBSIZE") == 0


def test_a_replica_that_replaces_the_target_deletes_what_came() -> None:
    simulator = filled(replicas=1)
    order(simulator)
    assert simulator.run_while(lambda: keys(simulator, 7005) == 0, MOST_MS)
    simulator.act(Crash("7002"))
    settle(simulator, 8_000)
    assert node(simulator, 7005).state.myself.is_primary
    assert told(simulator, 7005) == [("IMPORT", "failed", "A failover occurred during slot import")]
    assert (keys(simulator, 7001), keys(simulator, 7005)) == (7, 0)
    lost = "Connection lost to target. Check CLUSTER GETSLOTMIGRATIONS on the target node for more"
    assert told(simulator, 7001) == [("EXPORT", "failed", f"{lost} information.")]


# ---- what goes wrong ----


def test_a_target_that_is_down_is_told_at_once() -> None:
    simulator = filled(replicas=0)
    there = node(simulator, 7002).state.myself.id.decode()
    simulator.act(Crash("7002"))
    assert run(simulator, 7001, f"CLUSTER MIGRATESLOTS SLOTSRANGE 0 9 NODE {there}") == OK
    settle(simulator, 50)
    message = "Unable to connect to target node: Connection refused"
    assert told(simulator, 7001) == [("EXPORT", "failed", message)]


def test_a_flush_of_the_target_is_the_end_of_it() -> None:
    simulator = filled(replicas=0)
    order(simulator)
    assert simulator.run_while(lambda: keys(simulator, 7002) == 0, MOST_MS)
    run(simulator, 7002, "FLUSHALL")
    settle(simulator, 500)
    assert told(simulator, 7002) == [("IMPORT", "failed", "Data was flushed")]
    assert (keys(simulator, 7001), keys(simulator, 7002)) == (7, 0)


def test_time_goes_back_with_all_of_it() -> None:
    simulator = filled(replicas=0)
    order(simulator)
    go_on_to(simulator, "failover-paused")
    frozen = simulator.freeze()
    settle(simulator, 500)
    ends = [run(simulator, name, "DEBUG DIGEST") for name in (7001, 7002)]
    simulator.thaw(frozen)
    assert told(simulator, 7001) == [("EXPORT", "failover-paused", "")]
    assert simulator.member("7002").engine.state.coming == frozenset(range(10))
    settle(simulator, 500)
    assert [run(simulator, name, "DEBUG DIGEST") for name in (7001, 7002)] == ends


def test_each_step_is_told_on_both_sides() -> None:
    simulator = filled(replicas=0)
    events: list[SlotJobChanged] = []
    simulator.probe.emit = lambda e: events.append(e) if isinstance(e, SlotJobChanged) else None
    order(simulator)
    settle(simulator, 500)
    assert [each.after for each in events] == [
        "connecting", "reading-establish-response", "waiting-for-ack", "waiting-to-snapshot",
        "receiving-snapshot", "snapshotting", "replicating", "waiting-for-paused",
        "failover-paused", "failover-requested", "failover-granted", "failover-granted",
        "success", "success",
    ]  # fmt: skip


# ---- whatever happens ----


@pytest.mark.parametrize("trouble", Trouble)
def test_no_slot_has_two_owners_and_nothing_acknowledged_is_lost(trouble: Trouble) -> None:
    outcomes = [move(seed, trouble) for seed in range(3)]
    assert all(each.answered > 100 for each in outcomes)
    if trouble not in LOSES_DATA:
        assert {each.owner for each in outcomes} <= {"7001", "7002"}


def test_what_is_cancelled_after_the_grant_may_be_gone_and_with_it_what_was_written() -> None:
    """The grant is on its way; a real source lets its clients go on as well."""
    simulator = filled(replicas=0)
    order(simulator)
    go_on_to(simulator, "failover-granted")
    run(simulator, 7001, "CLUSTER CANCELSLOTMIGRATIONS")
    assert run(simulator, 7001, "SET {06S}s late") == OK
    settle(simulator, 500)
    assert (told(simulator, 7001)[0][1], told(simulator, 7002)[0][1]) == ("cancelled", "success")
    assert run(simulator, 7002, "GET {06S}s") == b"v"


@pytest.mark.long
@pytest.mark.parametrize("trouble", Trouble)
def test_no_slot_has_two_owners_under_many_seeds(trouble: Trouble) -> None:
    outcomes = [move(seed, trouble) for seed in range(100)]
    ends = {each.state for each in outcomes}
    assert "success" in ends or trouble is Trouble.GONE
