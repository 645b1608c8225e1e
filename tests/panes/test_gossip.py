"""The bus on the screen: nodes with their health, messages, one of them taken apart."""

from __future__ import annotations

from dataclasses import replace

import pytest

from redlearn.lines import plain, width_of
from redlearn.panes.gossip import render
from redlearn.views.gossip import GossipView, look_at
from tests.views.bus import LETTERS, flights, seen_by_a


def seen(opened: int = -1) -> GossipView:
    state = seen_by_a()
    return look_at(state, LETTERS, flights(state), 9_010, opened, 4321)


def drawn(view: GossipView, width: int = 78, height: int = 11) -> list[str]:
    rows = render(view, width, height)
    assert len(rows) <= height
    assert all(width_of(row) <= width for row in rows)
    return plain(rows).splitlines()


def test_nodes_come_first_and_then_the_messages_newest_first() -> None:
    assert drawn(seen(), 110) == [
        "as A sees it: epoch 6, ok; 2 reports by primaries decide; it sends 4,321 bytes a second",
        "▸ A 7001  primary       ok     5462 slots  epoch 1   itself",
        "  B 7002  primary       ok     5461 slots  epoch 2   0.11 s ago  no link",
        "  C 7003  primary       fail?  5461 slots  epoch 3   0.21 s ago  2 of 2: A B  no link",
        "  D 7004  replica of A  ok                           0.31 s ago  no link",
        "    9.000 B→A PING     2,568 bytes  still flying  about C fail? D",
        "    8.990 A→C FAIL     2,256 bytes  lost  C has failed",
    ]


def test_reports_are_seen_at_80_columns_too() -> None:
    assert any("2 of 2: A B" in row for row in drawn(seen()))


def test_more_reports_than_are_needed_are_counted_without_a_share() -> None:
    view = seen()
    nodes = (*view.nodes[:2], replace(view.nodes[2], reporters=("A", "B", "D")), *view.nodes[3:])
    assert any("3 say: A B D" in row for row in drawn(replace(view, nodes=nodes)))


def test_what_does_not_fit_is_left_out_whole() -> None:
    view = replace(seen(), health="5461 slots are served by a node that fails")
    assert drawn(view)[0].endswith("5461 slots are served by a node that fails")
    assert not any(row.endswith((" n", " no", " no l")) for row in drawn(view))


def test_a_message_looked_into_is_taken_apart_below() -> None:
    rows = drawn(seen(opened=9), 100, 16)
    at = rows.index("PING B → A, 2,568 bytes")
    assert "sender: B" in rows[at + 1]
    assert any(row.startswith("  slots ·") and "2,048 bytes" in row for row in rows)
    assert sum(row.startswith("  gossip ") for row in rows) == 2


def test_in_a_short_pane_messages_are_not_crowded_out() -> None:
    rows = drawn(seen(opened=9), 78, 9)
    assert any("PING" in row for row in rows)
    assert any("C 7003" in row for row in rows)


def test_of_many_nodes_those_that_are_not_well_stay_in_sight() -> None:
    view = seen()
    well = tuple(replace(view.nodes[1], port=7100 + at) for at in range(50))
    rows = drawn(replace(view, nodes=(*well, *view.nodes)), 90, 11)
    assert any("fail?" in row for row in rows)
    assert any("more nodes" in row for row in rows)


def test_an_election_has_a_line_of_its_own() -> None:
    view = replace(seen(), election="asked for votes in epoch 7: 1 of 2")
    assert drawn(view)[1] == "A asked for votes in epoch 7: 1 of 2"


def test_a_majority_of_reports_is_drawn_as_an_error() -> None:
    view = seen()
    enough = replace(view.nodes[2], reporters=("A", "B"), health="fail")
    rows = render(replace(view, nodes=(enough,)), 90, 11)
    assert {"error"} <= {run.style for run in rows[1]}


def test_without_a_cluster_it_says_how_to_begin_one() -> None:
    assert ":cluster" in drawn(GossipView())[0]


@pytest.mark.parametrize("width", [0, 1, 9, 40, 78, 198])
@pytest.mark.parametrize("height", [0, 1, 2, 5, 11, 50])
def test_it_stays_within_its_cells(width: int, height: int) -> None:
    drawn(seen(opened=9), width, height)
