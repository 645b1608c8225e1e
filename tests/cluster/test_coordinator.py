"""A coordinator gives one order after the other, and each only after the last was answered."""

from __future__ import annotations

import pytest

from redlearn.cluster.coordinator import Coordinator, OrderGiven
from redlearn.probe import Event, Probe
from tests.cluster.coordinated import Fix, Nodes, at, orders, reshard

MOVE = [
    "7002: SETSLOT 5 IMPORTING A",
    "7001: SETSLOT 5 MIGRATING B",
    "7001: GETKEYSINSLOT 5 10",
    "7002: SETSLOT 5 NODE B",
    "7001: SETSLOT 5 NODE B",
    "7003: SETSLOT 5 NODE B",
]


def test_a_slot_without_keys_takes_six_orders() -> None:
    nodes = Nodes(reshard(5))
    done = nodes.run()
    assert orders(nodes) == MOVE
    assert not done.trouble
    assert done.said[-1] == "Moving slot 5 from 127.0.0.1:7001 to 127.0.0.1:7002: "


def test_keys_move_ten_at_a_time_until_there_is_none() -> None:
    nodes = Nodes(reshard(5))
    nodes.keys[7001] = 23
    done = nodes.run()
    assert nodes.keys == {7001: 0, 7002: 23}
    moves = [text.split(" ")[1] for text in orders(nodes)[2:-3]]
    assert moves == ["GETKEYSINSLOT", "MIGRATE"] * 3 + ["GETKEYSINSLOT"]
    assert done.said[-1].endswith(": " + "." * 23)


def test_slots_move_one_after_the_other() -> None:
    nodes = Nodes(reshard(5, 6))
    nodes.run()
    assert orders(nodes) == MOVE + [text.replace(" 5 ", " 6 ") for text in MOVE]


@pytest.mark.parametrize(
    ("slots", "says"),
    [
        ({"_7001": "0-5460 [9->-" + "b" * 40 + "]"}, "[WARNING] The following slots are open: 9."),
        ({"_7003": "10924-16383"}, "[ERR] Not all 16384 slots are covered by nodes."),
    ],
)
def test_nothing_is_moved_where_something_is_wrong(slots: dict[str, str], says: str) -> None:
    nodes = Nodes(reshard(5), **slots)
    done = nodes.run()
    assert nodes.heard == []
    assert says in done.said
    assert done.said[-1] == "*** Please fix your cluster problems before resharding"
    assert done.trouble == "The cluster has problems: fix them first."


def test_nodes_that_do_not_agree_are_a_problem() -> None:
    nodes = Nodes(reshard(5))
    nodes.step()
    nodes.slots[7001], nodes.slots[7003] = "0-5459", "5460 10923-16383"
    done = nodes.run()
    assert "[ERR] Nodes don't agree about configuration!" in done.said
    assert nodes.heard == []


def test_what_the_source_does_not_serve_is_not_moved() -> None:
    assert Nodes(reshard(6000)).run().trouble == "127.0.0.1:7001 does not serve slot 6000."


def test_who_does_not_answer_is_no_source() -> None:
    nodes = Nodes(reshard(5))
    nodes.silent = {7002}
    assert nodes.run().trouble == "The cluster has problems: fix them first."


def test_a_refusal_is_the_end_and_told_in_the_node_s_words() -> None:
    nodes = Nodes(reshard(5, 6))
    nodes.keys[7001] = 3
    nodes.refusals[b"MIGRATE"] = "IOERR error or timeout reading to target instance"
    done = nodes.run()
    assert done.trouble == "127.0.0.1:7001: IOERR error or timeout reading to target instance"
    assert done.said[-2:] == ["Node 127.0.0.1:7001 replied with error:", done.trouble[16:]]
    assert len(nodes.heard) == 4


def test_a_node_that_dies_in_the_midst_is_the_end() -> None:
    nodes = Nodes(reshard(5))
    for _ in range(4):
        nodes.step()
    nodes.silent = {7001}
    assert nodes.run().trouble == "127.0.0.1:7001 does not answer"
    assert orders(nodes) == MOVE[:2]


def test_a_source_that_became_a_replica_need_not_be_told_whose_the_slot_is() -> None:
    nodes = Nodes(reshard(5))
    for _ in range(7):
        nodes.step()
    nodes.refusals[b"SETSLOT"] = "ERR Please use SETSLOT only with masters."
    assert not nodes.run().trouble


def with_keys_at_both(keys: int, there: bytes) -> Nodes:
    """The source has some keys, and the target others of these names; `there`: their digest."""
    nodes = Nodes(reshard(5))
    nodes.keys[7001] = keys
    nodes.refusals[b"MIGRATE"] = "BUSYKEY Target key name already exists."
    nodes.digests = {7001: b"5" * 40, 7002: there}
    return nodes


def test_a_key_that_is_there_already_with_the_same_value_is_written_over() -> None:
    nodes = with_keys_at_both(2, there=b"5" * 40)
    done = nodes.run()
    assert orders(nodes)[4:7] == [
        "7001: DEBUG DIGEST-VALUE k0 k1",
        "7002: DEBUG DIGEST-VALUE k0 k1",
        "7001: MIGRATE 127.0.0.1 7002 '' 0 60000 REPLACE KEYS k0 k1",
    ]
    assert not done.trouble


def test_one_that_is_not_there_is_no_other_value() -> None:
    nodes = with_keys_at_both(1, there=b"0" * 40)
    assert not nodes.run().trouble


def test_one_with_another_value_stops_it_all() -> None:
    nodes = with_keys_at_both(1, there=b"6" * 40)
    done = nodes.run()
    assert done.trouble == "keys with other values at 127.0.0.1:7002: 1."
    assert "    - k0" in done.said
    assert nodes.keys == {7001: 1}


def test_where_values_may_not_be_looked_at_nothing_is_written_over() -> None:
    nodes = with_keys_at_both(1, there=b"5" * 40)
    nodes.refusals[b"DEBUG"] = "ERR no"
    done = nodes.run()
    assert done.said[-1] == "*** Value check failed!"
    assert done.trouble == "127.0.0.1:7001: ERR no"


def test_a_first_node_that_is_no_node_is_the_end() -> None:
    nodes = Nodes(reshard(5))
    nodes.refusals[b"NODES"] = "ERR This instance has cluster support disabled"
    assert nodes.run().trouble.endswith("cluster support disabled")


def test_it_goes_on_from_where_it_was_frozen() -> None:
    frozen, nodes = [], Nodes(reshard(5))
    nodes.keys[7001] = 12
    while nodes.coordinator.next is not None:
        frozen.append((nodes.coordinator.freeze(), dict(nodes.keys), len(nodes.heard)))
        nodes.step()
    whole, said = list(nodes.heard), list(nodes.coordinator.said)
    for snapshot, keys, heard in frozen:
        nodes.coordinator = Coordinator(at(7009), Fix())
        nodes.coordinator.thaw(snapshot)
        nodes.keys, nodes.heard = dict(keys), whole[:heard]
        nodes.run()
        assert nodes.heard == whole
        assert nodes.coordinator.said == said


def test_each_order_is_told_with_what_came_of_it() -> None:
    told: list[Event] = []
    nodes = Nodes(reshard(5))
    nodes.coordinator.probe = Probe(told.append)
    nodes.run()
    given = [event for event in told if isinstance(event, OrderGiven)]
    assert len(given) == nodes.coordinator.given == 9
    assert given[3].commands[0][:3] == (b"CLUSTER", b"SETSLOT", b"5")


def test_aloud_it_says_each_order_that_changes_something() -> None:
    nodes = Nodes(reshard(5))
    nodes.keys[7001] = 2
    nodes.coordinator.aloud = True
    done = nodes.run()
    assert done.said[-5].startswith("127.0.0.1:7001: MIGRATE")
    assert done.said[-6] == "127.0.0.1:7001: CLUSTER GETKEYSINSLOT 5 10 -> an array of 2"
    assert not any("CLUSTER NODES" in text for text in done.said)


def test_of_much_that_is_said_the_last_is_kept() -> None:
    nodes = Nodes(reshard(*range(600)))
    done = nodes.run()
    assert len(done.said) == 500
    assert done.lines == 605
    assert len(done.fresh()) == 500
    done.shown = 604
    assert done.fresh() == ["Moving slot 599 from 127.0.0.1:7001 to 127.0.0.1:7002: "]
