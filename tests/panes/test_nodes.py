"""Nodes on the screen: processes, roles, the line of a cut, and what keys do."""

from __future__ import annotations

import pytest

from redlearn.lines import plain, width_of
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


def test_the_selected_node_stays_in_sight_among_many() -> None:
    many = [NodeBox("A", f"{7000 + at}", "runs", "primary") for at in range(100)]
    for selected in (0, 50, 99):
        assert any(
            f"▶ A {7000 + selected}" in row for row in drawn(look_at(many, (), selected=selected))
        )


def test_bad_conditions_are_told() -> None:
    assert "30 % get lost" in drawn(look_at(NODES, (), conditions="30 % get lost"))[0]


def test_without_a_cluster_it_says_how_to_begin_one() -> None:
    assert ":cluster" in drawn(NodesView())[0]


@pytest.mark.parametrize("width", [0, 1, 9, 40, 78, 198])
@pytest.mark.parametrize("height", [0, 1, 2, 4, 6, 40])
def test_it_stays_within_its_cells(width: int, height: int) -> None:
    drawn(look_at(NODES, CUT, selected=3, conditions="x" * 50), width, height)
