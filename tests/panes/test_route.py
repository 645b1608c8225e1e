"""The chart of messages: what a film looks like, and that it keeps within its cells."""

from __future__ import annotations

import pytest

from redlearn.cluster.client import (
    Address,
    Answered,
    Finished,
    MapCorrected,
    NodeLost,
    OwnerLookedUp,
    Redirected,
    Sent,
    Waited,
)
from redlearn.cluster.detection import FailMarked
from redlearn.cluster.failover import TookOver
from redlearn.lines import plain, width_of
from redlearn.panes.route import render
from redlearn.probe import Event
from redlearn.resp.reply import Failure
from redlearn.views.route import NEWS, RouteView, look_at, wound_to

A, B, C = (Address("10.0.0.1", port) for port in (7001, 7002, 7003))
GET = ((b"GET", b"k"),)
FACTS: list[Event] = [
    OwnerLookedUp(7629, A, True),
    Sent(A, GET),
    Answered(A, Failure("MOVED 7629 10.0.0.1:7002")),
    Redirected("MOVED", 7629, B),
    MapCorrected(7629, A, B),
    Sent(B, GET),
    Answered(B, b"v"),
    Finished(b"v", 2, 2),
]


def film(facts: list[Event], letters: str = "ABC") -> RouteView:
    told = [(10 * at, fact) for at, fact in enumerate(facts)]
    names = dict(zip((A, B, C), letters, strict=True))
    return look_at([b"GET", b"k"], "smart", told, names)


def test_a_redirection_is_read_from_top_to_bottom() -> None:
    assert plain(render(film(FACTS), 78, 11)).splitlines() == [
        "GET k   smart client                                               step 8 of 8",
        "    you                            A 7001                          B 7002",
        " 0.00 ● slot 7629: by the client's map that is 10.0.0.1:7001",
        " 0.01 ├─────────── GET k ────────────▶│",
        " 0.02 │◀── MOVED 7629 10.0.0.1:7002 ──┤",
        " 0.03 ● slot 7629 is not there: its owner is 10.0.0.1:7002",
        " 0.04 ● the map is corrected: slot 7629, 10.0.0.1:7001 → 10.0.0.1:7002",
        " 0.05 ├─────────────────────────── GET k ────────────────────────────▶│",
        ' 0.06 │◀──────────────────────────── "v" ─────────────────────────────┤',
        ' 0.07 ● the application gets "v", after 2 questions to 2 nodes',
    ]


def test_wound_back_it_draws_nothing_that_is_still_to_come() -> None:
    drawn = plain(render(wound_to(film(FACTS), 2), 78, 11)).splitlines()
    assert len(drawn) == 4
    assert drawn[0].endswith("step 2 of 8")
    assert drawn[-1].endswith("▶│")


def test_the_step_shown_last_stands_out() -> None:
    rows = render(wound_to(film(FACTS), 2), 78, 11)
    assert "hot" in {run.style for run in rows[-1]}
    assert "hot" not in {run.style for run in rows[-2]}


def test_where_lines_are_few_the_last_steps_are_kept() -> None:
    drawn = plain(render(film(FACTS), 78, 4)).splitlines()
    assert len(drawn) == 4
    assert drawn[0].endswith("  6 above, step 8 of 8")
    assert drawn[-1] == ' 0.07 ● the application gets "v", after 2 questions to 2 nodes'


def test_a_node_that_does_not_answer_ends_in_a_cross() -> None:
    drawn = plain(render(film([Sent(A, GET), NodeLost(A)]), 78, 11))
    _, head, _, row = drawn.splitlines()
    assert "no answer" in row
    assert row.index("×") == head.index("A 7001") + len("A 7001") // 2
    assert row.endswith("×")


def test_words_that_do_not_fit_on_the_arrow_stand_behind_it() -> None:
    long = Failure("CROSSSLOT Keys in request don't hash to the same slot")
    lanes = [Sent(node, GET) for node in (A, B, C)]
    drawn = plain(render(film([*lanes, Answered(A, long)]), 100, 11)).splitlines()
    assert drawn[-1].endswith("┤  CROSSSLOT Keys in request don't hash to the same slot")


def test_words_that_fit_nowhere_end_in_a_sign_that_they_go_on() -> None:
    long = Failure("CROSSSLOT Keys in request don't hash to the same slot")
    drawn = plain(render(film([Sent(A, GET), Answered(A, long)]), 60, 11)).splitlines()
    assert drawn[-1].endswith("…")
    assert len(drawn[-1]) == 60


def test_words_that_fit_neither_on_an_arrow_nor_behind_it_stand_behind_a_short_one() -> None:
    long = ((b"MIGRATE", b"127.0.0.1", b"7001", b"", b"0", b"60000", b"KEYS", b"foo"),)
    lanes = [Sent(node, GET) for node in (A, B, C)]
    facts = [*lanes, Sent(B, long), Answered(B, Failure(f"IOERR {'x' * 40}"))]
    drawn = plain(render(film(facts), 78, 11)).splitlines()
    assert drawn[-2] == ' 0.03 ├─▶ B  MIGRATE 127.0.0.1 7001 "" 0 60000 KEYS foo'
    assert drawn[-1] == f" 0.04 │◀─ B  IOERR {'x' * 40}"


TRY: list[Event] = [Sent(A, GET), NodeLost(A), Waited(100, "the node does not answer")]


def test_tries_in_vain_are_folded_where_there_is_no_room_for_them() -> None:
    facts = [*TRY * 9, Sent(B, GET), Answered(B, b"v")]
    assert "more tries" not in plain(render(film(facts), 78, 31))
    drawn = plain(render(film(facts), 78, 30)).splitlines()
    assert len(drawn) == 2 + 2 * len(TRY) + 1 + 2
    assert drawn[8] == " 0.26 … 7 more tries in vain, a wait after each"
    assert "GET k" in drawn[9]


def test_news_of_the_nodes_stand_between_the_tries_without_a_time() -> None:
    failed, taken = FailMarked(b"b", b"a", b"b", (), 2), TookOver(b"b", b"a", 4, ((0, 5),))
    facts = [*TRY * 6, failed, *TRY, taken, Sent(B, GET), Answered(B, b"v")]
    told = [(-1 if isinstance(f, NEWS) else 10 * at, f) for at, f in enumerate(facts)]
    view = look_at(GET[0], "smart", told, {A: "A", B: "B"}, names={b"a": "A", b"b": "B"})
    assert plain(render(view, 78, 16)).splitlines()[8:13] == [
        " 0.17 … 4 more tries in vain, a wait after each",
        "      ◇ meanwhile B knows of a majority that misses A: it has failed",
        " 0.21 … 1 more try in vain, and a wait",
        "      ◇ B takes the place of A: slots 0-5",
        plain(render(view, 78, 40)).splitlines()[-2],
    ]


def test_the_try_that_is_looked_at_is_never_folded() -> None:
    facts = TRY * 9
    for shown in range(1, len(facts) + 1):
        drawn = plain(render(wound_to(film(facts), shown), 78, 11)).splitlines()
        kind = ("GET k", "no answer", "does not answer: wait")[(shown - 1) % 3]
        assert kind in drawn[-1]


def test_before_the_first_command_it_says_what_to_do() -> None:
    assert "Send a command" in plain(render(RouteView(), 60, 5))


def test_a_letter_of_the_map_is_the_style_of_its_lane() -> None:
    styles = {run.style for run in render(film(FACTS), 78, 11)[1]}
    assert {"slot.a", "slot.b"} <= styles
    later = render(look_at(GET[0], "smart", [(0, Sent(A, GET))], {A: "F"}), 78, 11)
    assert "slot.b" in {run.style for run in later[1]}  # hues are fewer than letters


@pytest.mark.parametrize("width", [0, 1, 7, 20, 40, 78, 118, 198])
@pytest.mark.parametrize("height", [0, 1, 2, 3, 11, 40])
def test_it_stays_within_its_cells(width: int, height: int) -> None:
    rows = render(film(FACTS), width, height)
    assert len(rows) <= height
    assert all(width_of(row) <= width for row in rows)


def test_twelve_lanes_fit_side_by_side() -> None:
    nodes = [Address("10.0.0.1", 7000 + at) for at in range(12)]
    facts = [(0, Sent(node, GET)) for node in nodes]
    names = {node: chr(65 + at) for at, node in enumerate(nodes)}
    rows = render(look_at([b"GET", b"k"], "smart", facts, names), 160, 20)
    assert all(f"{letter} 70" in plain([rows[1]]) for letter in names.values())
