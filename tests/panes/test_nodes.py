"""Nodes on the screen: processes, roles, the line of a cut, and what keys do."""

from __future__ import annotations

import pytest

from redlearn.lines import Line, plain, width_of
from redlearn.panes import nodes as module
from redlearn.panes.nodes import render
from redlearn.views.nodes import NodeBox, NodesView, look_at

NODES = [
    NodeBox("A", "7001", "runs", "primary", 5461, 12, 1, 1024),
    NodeBox("B", "7002", "stopped", "primary", 5462, 3, 2, 99),
    NodeBox("C", "7003", "dead"),
    NodeBox("D", "7004", "runs", "replica of A", 0, 12, 1, 1000, "minority of primaries"),
]
CUT = {("7001", "7003"), ("7003", "7001"), ("7001", "7004"), ("7004", "7001"),
       ("7002", "7003"), ("7003", "7002"), ("7002", "7004"), ("7004", "7002")}  # fmt: skip


def drawn(view: NodesView, width: int = 90, height: int = 12) -> list[str]:
    rows = render(view, width, height)
    assert len(rows) <= height
    assert all(width_of(row) <= width for row in rows)
    return plain(rows).splitlines()


def test_each_node_is_a_row_with_what_it_really_is() -> None:
    rows = drawn(look_at(NODES, (), now_ms=2_500, clients="smart", flying=3))
    assert rows[0] == "t 2.50 s   3 messages under way   smart clients"
    assert rows[2].split() == ["▶", "A", "7001", "runs", "primary", "5461", "12", "1", "1,024"]
    assert rows[3].split()[:3] == ["B", "7002", "stopped"]
    assert rows[4].split() == ["C", "7003", "dead"]
    assert rows[5].endswith("minority of primaries")


def test_a_cut_is_a_line_between_the_groups() -> None:
    rows = drawn(look_at(NODES, CUT))
    at = next(number for number, row in enumerate(rows) if "nothing gets through" in row)
    assert "B 7002" in rows[at - 1]
    assert "C 7003" in rows[at + 1]


def test_a_cut_one_way_has_a_sentence() -> None:
    rows = drawn(look_at(NODES, {("7001", "7002")}))
    assert "nothing gets through from A to B" in rows[-2]


def test_what_keys_do_stands_below() -> None:
    assert drawn(look_at(NODES, ()))[-1].startswith("k kill, restart")


def cluster(count: int, **more: str) -> list[NodeBox]:
    """So many nodes, every second one a replica; `more` is what others than "runs" do, by name."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ" * 12
    return [
        NodeBox(letters[at], str(7001 + at), more.get(f"n{7001 + at}", "runs"),
                "replica of A" if at % 2 else "primary", 0, at, 1, 1000 * at)
        for at in range(count)
    ]  # fmt: skip


def test_where_there_are_seven_rows_nine_nodes_are_all_there() -> None:
    rows = drawn(look_at(cluster(9), ()), 80, 7)
    assert rows[0].startswith("t 0.00 s")
    assert all(f" {7001 + at} " in "\n".join(rows) for at in range(9))
    assert rows[1].split()[:2] == ["node", "process"]
    assert rows[2].split() == ["▶", "A", "7001", "runs", "primary", "0", "0",
                               "F", "7006", "runs", "of", "A", "5", "5,000"]  # fmt: skip


def test_what_ails_a_node_stands_in_the_place_of_its_numbers() -> None:
    nodes = [*cluster(9), NodeBox("J", "7010", "runs", "primary", 0, 1, 1, 7, "minority")]
    (row,) = (each for each in drawn(look_at(nodes, ()), 80, 7) if "7010" in each)
    assert row.endswith("J 7010 runs    primary  minority")


@pytest.mark.parametrize("ails", ["not looked at yet", "reaches 1 of 3 primaries"])
@pytest.mark.parametrize(("width", "height"), [(78, 12), (80, 7)])
def test_what_ails_a_node_is_there_to_its_last_word(ails: str, width: int, height: int) -> None:
    nodes = [*cluster(5), NodeBox("J", "7010", "runs", "primary", 5461, 1, 1, 7, ails)]
    (row,) = (each for each in drawn(look_at(nodes, ()), width, height) if "7010" in each)
    assert row.endswith(f" {ails}")


def test_a_cut_takes_a_row_there_too() -> None:
    cut = {(a, b) for a in ("7001", "7002") for b in (str(7003 + at) for at in range(7))}
    rows = drawn(look_at(cluster(9), cut | {(b, a) for a, b in cut}), 80, 8)
    at = next(number for number, row in enumerate(rows) if "nothing gets through" in row)
    assert "7001" in rows[at - 1]
    assert "7003" in rows[at + 1]


def test_of_too_many_nodes_those_are_there_that_are_spoken_of() -> None:
    many = cluster(60, n7044="dead", n7051="stopped")
    for selected in (0, 33, 59):
        rows = drawn(look_at(many, (), selected=selected, front="7020"), 80, 7)
        text = "\n".join(rows)
        assert f"▶ {many[selected].letter} {7001 + selected}" in text
        assert all(f" {name} " in text for name in (7020, 7044, 7051))
        assert rows[-1] == "  and 50 more nodes"


def test_how_long_it_takes_goes_by_the_room_and_not_by_the_nodes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn_nodes = []

    def short(node: NodeBox, view: NodesView) -> Line:
        drawn_nodes.append(node)
        return once(node, view)

    once = module._short
    monkeypatch.setattr(module, "_short", short)
    rows = drawn(look_at(cluster(300), ()), 80, 12)
    assert rows[-1].startswith("  and 28")
    assert len(drawn_nodes) < 300


def test_the_selected_node_stays_in_sight_in_one_row() -> None:
    assert drawn(look_at(cluster(60), (), selected=42), 80, 1)[0].startswith("▶ Q 7043")


def test_bad_conditions_are_told() -> None:
    assert "30 % get lost" in drawn(look_at(NODES, (), conditions="30 % get lost"))[0]


def test_without_a_cluster_it_says_how_to_begin_one() -> None:
    assert ":cluster" in drawn(NodesView())[0]


@pytest.mark.parametrize("width", [0, 1, 9, 40, 78, 198])
@pytest.mark.parametrize("height", [0, 1, 2, 4, 6, 40])
def test_it_stays_within_its_cells(width: int, height: int) -> None:
    drawn(look_at(NODES, CUT, selected=3, conditions="x" * 50), width, height)


def test_a_cut_that_parts_nobody_has_a_sentence() -> None:
    cut = {("7001", "7003"), ("7003", "7001"), ("7001", "7004"), ("7004", "7001")}
    rows = drawn(look_at(NODES, cut))
    assert not any(set(row) & {"━"} for row in rows)
    assert "nothing gets through between A and C, D" in rows


def test_a_cut_that_parts_nobody_takes_the_titles_row_and_no_nodes() -> None:
    cut = {("7001", "7006"), ("7006", "7001")}
    rows = drawn(look_at(cluster(10), cut), 80, 7)
    assert rows[-1] == "nothing gets through between A and F"
    assert all(f" {7001 + at} " in "\n".join(rows) for at in range(10))


def test_a_coordinator_whose_next_order_is_too_long_says_that_it_goes_on() -> None:
    order = "8 orders given, next 127.0.0.1:7003: CLUSTER GETKEYSINSLOT 12568 10"
    rows = drawn(look_at(NODES, (), coordinator=order), 78)
    assert next(row for row in rows if "coordinator" in row).endswith("SLOT 125…")
