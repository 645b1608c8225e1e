"""What is done about a slot depends on what all nodes say of it; the real tool does the same."""

from __future__ import annotations

from tests.cluster.coordinated import Fix, Nodes, orders

TO_B = "[5->-" + "b" * 40 + "]"
FROM_A = "[5-<-" + "a" * 40 + "]"
COUNTED = [f"{port}: COUNTKEYSINSLOT 5" for port in (7001, 7002, 7003)]


def fixed(nodes: Nodes, **keys: int) -> list[str]:
    """The orders after the counting."""
    nodes.keys = {int(name[1:]): count for name, count in keys.items()}
    nodes.run()
    given = orders(nodes)
    assert given[:3] == COUNTED
    return given[3:]


def test_where_all_is_well_nodes_are_only_asked() -> None:
    nodes = Nodes(Fix())
    assert nodes.run().said[-1] == "[OK] All 16384 slots covered."
    assert nodes.heard == []


def test_a_slot_that_is_open_at_both_ends_with_keys_at_one_is_moved() -> None:
    nodes = Nodes(Fix(), _7001=f"0-5460 {TO_B}", _7002=f"5461-10922 {FROM_A}")
    given = fixed(nodes, _7001=4)
    assert given[:2] == ["7002: SETSLOT 5 IMPORTING A", "7001: SETSLOT 5 MIGRATING B"]
    assert given[-3:] == [f"{port}: SETSLOT 5 NODE B" for port in (7002, 7001, 7003)]
    assert nodes.keys == {7001: 0, 7002: 4}


def test_with_keys_at_both_it_goes_to_where_most_are() -> None:
    nodes = Nodes(Fix(), _7001=f"0-5460 {TO_B}", _7002=f"5461-10922 {FROM_A}")
    assert fixed(nodes, _7001=4, _7002=9) == [
        "7002: SETSLOT 5 STABLE",
        "7002: MULTI, DELSLOTS 5, ADDSLOTS 5, BUMPEPOCH, EXEC",
        "7001: DELSLOTS 5",
        "7001: SETSLOT 5 NODE B",
        "7001: SETSLOT 5 IMPORTING B",
        "7001: GETKEYSINSLOT 5 10",
        "7001: MIGRATE 127.0.0.1 7002 '' 0 60000 KEYS k0 k1 k2 ... (1 more)",
        "7001: GETKEYSINSLOT 5 10",
        "7001: SETSLOT 5 STABLE",
        "7001: SETSLOT 5 NODE B",
        "7003: SETSLOT 5 NODE B",
    ]


def test_of_equals_the_first_keeps_it() -> None:
    nodes = Nodes(Fix(), _7001=f"0-5460 {TO_B}", _7002=f"5461-10922 {FROM_A}")
    assert fixed(nodes, _7001=4, _7002=4)[0] == "7001: SETSLOT 5 STABLE"


def test_what_is_only_taken_goes_back() -> None:
    nodes = Nodes(Fix(), _7002=f"5461-10922 {FROM_A}")
    assert fixed(nodes, _7001=4) == [
        "7002: GETKEYSINSLOT 5 10",
        "7002: SETSLOT 5 STABLE",
        "7002: SETSLOT 5 NODE A",
        "7003: SETSLOT 5 NODE A",
    ]


def test_what_is_only_given_away_is_closed() -> None:
    nodes = Nodes(Fix(), _7001=f"0-5460 {TO_B}")
    assert fixed(nodes, _7001=4) == ["7001: SETSLOT 5 STABLE"]


def test_what_two_take_goes_to_the_one_that_it_is_meant_for() -> None:
    nodes = Nodes(
        Fix(), _7001=f"0-5460 {TO_B}", _7002=f"5461-10922 {FROM_A}", _7003=f"10923-16383 {FROM_A}"
    )
    given = fixed(nodes, _7001=4)
    assert given[0] == "7002: SETSLOT 5 IMPORTING A"
    assert given[-1] == "7003: SETSLOT 5 STABLE"


def test_what_is_meant_for_nobody_who_takes_it_is_closed_everywhere() -> None:
    to_nobody = TO_B.replace("b", "d")
    nodes = Nodes(
        Fix(), _7001=f"0-5460 {to_nobody}", _7002=f"5461-10922 {FROM_A}",
        _7003=f"10923-16383 {FROM_A}",
    )  # fmt: skip
    assert fixed(nodes, _7001=4) == [f"{port}: SETSLOT 5 STABLE" for port in (7001, 7002, 7003)]


def test_two_givers_without_a_taker_are_beyond_help_and_the_rest_is_still_looked_at() -> None:
    nodes = Nodes(Fix(), _7001=f"0-5460 {TO_B}", _7003=f"10924-16383 {TO_B}")
    nodes.keys = {7001: 4}
    done = nodes.run()
    assert done.trouble == "Slot 5 cannot be fixed."
    assert done.said[-1] == ">>> Covering slot 10923 with 127.0.0.1:7001"


def test_while_primaries_are_missing_nothing_is_touched_without_force() -> None:
    for force in (False, True):
        nodes = Nodes(Fix(force), _7001=f"0-5460 {TO_B}")
        nodes.silent = {7003}
        nodes.slots[7003] = ""
        done = nodes.run()
        assert (nodes.heard != []) == force
        assert ("dangerous" in done.said[-1]) != force
        assert done.book.missing == 1


def test_a_primary_that_is_held_for_failed_is_missing_too() -> None:
    nodes = Nodes(Fix(), _7003="10924-16383")
    nodes.failed = {7003}
    done = nodes.run()
    assert done.trouble == "primaries that do not answer: 1."
    assert nodes.heard == []


def test_what_nobody_serves_goes_to_who_has_its_keys() -> None:
    nodes = Nodes(Fix(), _7001="0-4 6-5460")
    given = fixed(nodes, _7002=3, _7003=7)
    assert given == [
        "7003: MULTI, DELSLOTS 5, ADDSLOTS 5, SETSLOT 5 STABLE, BUMPEPOCH, EXEC",
        "7002: DELSLOTS 5",
        "7002: SETSLOT 5 NODE C",
        "7002: SETSLOT 5 IMPORTING C",
        "7002: GETKEYSINSLOT 5 10",
        "7002: MIGRATE 127.0.0.1 7003 '' 0 60000 KEYS k0 k1 k2",
        "7002: GETKEYSINSLOT 5 10",
        "7002: SETSLOT 5 STABLE",
    ]


def test_without_keys_it_goes_to_who_serves_the_fewest() -> None:
    nodes = Nodes(Fix(), _7001="0-4 6-5460")
    assert fixed(nodes) == [
        "7001: MULTI, DELSLOTS 5, ADDSLOTS 5, SETSLOT 5 STABLE, BUMPEPOCH, EXEC"
    ]
