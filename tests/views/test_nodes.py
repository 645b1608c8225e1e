"""The cluster from above: who reaches whom, and who does not run."""

from __future__ import annotations

from redlearn.views.nodes import NodeBox, NodesView, look_at

NODES = [NodeBox(letter, f"700{at}", "runs", "primary") for at, letter in enumerate("ABCD", 1)]


def both_ways(near: str, far: str) -> set[tuple[str, str]]:
    pairs = {(f"700{a}", f"700{b}") for a in near for b in far}
    return pairs | {(b, a) for a, b in pairs}


def letters(view: NodesView) -> list[str]:
    return ["".join(node.letter for node in group) for group in view.groups]


def test_without_a_cut_all_stand_together() -> None:
    assert letters(look_at(NODES, ())) == ["ABCD"]


def test_a_partition_divides_them_in_the_order_they_have() -> None:
    assert letters(look_at(NODES, both_ways("14", "23"))) == ["AD", "BC"]
    assert letters(look_at(NODES, both_ways("1", "234") | both_ways("2", "34"))) == ["A", "B", "CD"]


def test_who_is_reached_by_way_of_another_is_not_cut_off() -> None:
    assert letters(look_at(NODES, both_ways("1", "4"))) == ["ABCD"]


def test_a_cut_one_way_is_named_and_divides_those_it_lies_between() -> None:
    view = look_at(NODES[:2], {("7001", "7002")})
    assert view.one_way == (("A", "B"),)
    assert letters(view) == ["A", "B"]
    assert look_at(NODES, both_ways("1", "2")).one_way == ()


def test_cuts_of_those_who_are_no_nodes_are_nobodys_business() -> None:
    view = look_at(NODES, {("client 1", "7001")})
    assert view.one_way == ()
    assert letters(view) == ["ABCD"]


def test_one_node_is_selected_however_far_somebody_has_moved() -> None:
    assert [look_at(NODES, (), selected=at).selected for at in (0, 3, 4, -1)] == [
        "7001", "7004", "7001", "7004",
    ]  # fmt: skip
    assert look_at([], ()).selected == ""
