"""One node of a cluster beside a real one. The long run is `python -m tests.oracle.cluster`."""

from __future__ import annotations

from random import Random

import pytest

from redlearn.cluster.bitmaps import slots_in
from redlearn.cluster.nodes_conf import read
from redlearn.cluster.port import NodePort
from redlearn.engine import routing
from redlearn.engine.ports import Route
from redlearn.slots import slot_of
from tests.oracle.cluster import Draw, compare, compare_these, masked
from tests.oracle.cluster_conf import COMING, LEAVING, ME, OTHER, first_conf

LONG = pytest.param(20_000, marks=pytest.mark.long)


@pytest.mark.parametrize("name", ["redis", "valkey"])
@pytest.mark.parametrize("role", ["primary", "replica"])
@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.parametrize("count", [700, LONG])
def test_a_real_node_says_the_same(name: str, role: str, gaps: bool, count: int) -> None:
    tally = compare(name, count, seed=5, role=role, gaps=gaps)
    if tally is None:
        pytest.skip(f"there is no {name} server here")
    assert not tally.wrong, "\n".join(tally.wrong)
    assert tally.compared == count
    assert sum(tally.explained.values()) < count / 10
    refusals = {"MOVED", "CLUSTERDOWN", "CROSSSLOT", *({"ASK"} if role == "primary" else ())}
    assert refusals <= tally.codes.keys()


def moves() -> list[str]:
    """Orders to move whole slots, of a node that has none open, and what becomes of them."""
    view = read(first_conf(Random(1), "primary", True, 17000), 0)
    assert view is not None
    mine = slots_in(view.myself.slots)
    first = next(slot for slot in mine if {slot + 1, slot + 2} <= {*mine} and slot > 8)
    last, theirs = mine[-1], slot_of(COMING)
    me, other = ME.decode(), OTHER.decode()
    order = "CLUSTER MIGRATESLOTS SLOTSRANGE"
    establish = f"CLUSTER SYNCSLOTS ESTABLISH NAME {'q' * 40} SOURCE"
    return [
        f"CLUSTER SETSLOT {slot_of(LEAVING)} STABLE", f"{order} {first} {first} NODE {other}",
        f"{establish} {other} SLOTSRANGE {theirs} {theirs}",
        f"CLUSTER SETSLOT {theirs} STABLE", "CLUSTER GETSLOTMIGRATIONS",
        f"{order} {first} {first} NODE {other}", "CLUSTER GETSLOTMIGRATIONS",
        "CLUSTER CANCELSLOTMIGRATIONS", f"CLUSTER SETSLOT {first} STABLE",
        f"{order} {first} {first + 1} {last} {last} NODE {other} SLOTSRANGE {first + 2}"
        f" {first + 2} NODE {'c' * 40}", "CLUSTER GETSLOTMIGRATIONS",
        f"{order} {first} {first} NODE {me}", f"{order} {first} {first} NODE nobody",
        f"{order} {first} {first} NODE {'f' * 40}", f"{order} {first} {first} FOO {other}",
        f"{order} {first} {first} NODE", f"{order} {first} {first + 1} {first} NODE {other}",
        f"{order} {first} {first + 1} {first + 1} {first + 2} NODE {other}",
        f"{order} {first} {first} NODE {other} SLOTSRANGE {first} {first} NODE {other}",
        f"{order} {theirs} {theirs} NODE {other}",
        f"{order} {first} {first} {theirs} {theirs} NODE x",
        f"{order} 7 8 NODE {other}", f"{order} {last} {first} NODE {other}",
        f"{order} NODE {other}", f"{order} x y NODE {other}", f"{order} 1 x NODE {other}",
        f"{order} 16384 16384 NODE {other}", "CLUSTER MIGRATESLOTS FOO BAR",
        f"{establish} {me} SLOTSRANGE {theirs} {theirs}", f"{establish} {'f' * 40}",
        f"{establish} {other} SLOTSRANGE {first} {first}", f"{establish} {other}",
        f"{establish} {other} SLOTSRANGE 7 7", f"{establish} x", f"{establish} {other} FOO x",
        "CLUSTER SYNCSLOTS FINISH", "CLUSTER SYNCSLOTS REQUEST-FAILOVER", "CLUSTER SYNCSLOTS x",
        "CONFIG SET cluster-slot-migration-log-max-len 1", "CLUSTER GETSLOTMIGRATIONS",
    ]  # fmt: skip


@pytest.mark.parametrize("role", ["primary", "replica"])
def test_a_real_node_says_the_same_of_whole_slots(role: str) -> None:
    lines = [line for line in moves() if role == "primary" or "SETSLOT" not in line]
    lines = lines[:-1] if role == "primary" else lines  # it forgets when cron gets round to it
    tally = compare_these("valkey", lines, role)
    if tally is None:
        pytest.skip("there is no valkey server here")
    assert not tally.wrong, "\n".join(tally.wrong)
    assert tally.compared == len(lines)
    assert tally.codes["ERR"] > 20


def test_a_rule_that_is_wrong_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A node that serves a slot on its way here to those who did not say ASKING."""
    real = NodePort.route

    def too_kind(port: NodePort, slot: int) -> Route:
        route = real(port, slot)
        return route._replace(here=True) if route.coming_from else route

    monkeypatch.setattr(NodePort, "route", too_kind)
    tally = compare("valkey", 1500, seed=5)
    if tally is None:
        pytest.skip("there is no valkey server here")
    assert tally.wrong


def test_words_that_are_wrong_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(routing._WORDS, routing.Refusal.CROSS_SLOT, "CROSSSLOT Keys are apart")
    tally = compare("valkey", 300, seed=5)
    if tally is None:
        pytest.skip("there is no valkey server here")
    assert any("Keys are apart" in report for report in tally.wrong)


@pytest.mark.parametrize("role", ["primary", "replica"])
@pytest.mark.parametrize("gaps", [False, True])
def test_what_both_begin_with_is_a_file_that_is_whole(role: str, gaps: bool) -> None:
    for seed in range(10):
        view = read(first_conf(Random(seed), role, gaps, 17000), 0)
        assert view is not None
        view.check()
        assert view.myself.id == ME
        assert (view.slots_assigned() < 16384) is gaps
        if role == "primary":
            assert view.migrating == {slot_of(LEAVING): view.nodes[OTHER]}
            assert view.importing == {slot_of(COMING): view.nodes[OTHER]}


def test_draws_are_of_all_kinds_and_follow_from_the_seed() -> None:
    draws = [Draw(Random(1), "redis", "primary", 1) for _ in range(2)]
    drawn = [[draw() for _ in range(3000)] for draw in draws]
    assert drawn[0] == drawn[1]
    words = {argv[0] for argv in drawn[0]}
    assert {b"EVAL", b"MULTI", b"EXEC", b"ASKING", b"READONLY", b"MIGRATE", b"SPUBLISH"} <= words
    subcommands = {argv[1] for argv in drawn[0] if argv[0] == b"CLUSTER"}
    assert {b"SETSLOT", b"ADDSLOTS", b"DELSLOTS", b"GETKEYSINSLOT", b"SHARDS"} <= subcommands


def test_times_are_masked_and_nothing_else() -> None:
    line = b"$9\r\nid ip master - %d 7 1 connected 0-5\n\r\n"
    nodes = [b"CLUSTER", b"NODES"]
    assert masked(nodes, line % 3) == masked(nodes, line % 4)
    assert masked(nodes, line % 3) != masked(nodes, (line % 3).replace(b"0-5", b"0-6"))
    assert masked([b"GET", b"k"], line % 3) != masked([b"GET", b"k"], line % 4)
