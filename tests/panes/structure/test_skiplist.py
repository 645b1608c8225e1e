"""The skiplist drawn: lanes, towers, spans, and the way of a search in heavier signs."""

from __future__ import annotations

from redlearn.lines import Lines
from redlearn.panes import structure
from redlearn.views.structure import step_of
from redlearn.views.window import Window
from tests.views.showing import Showing, assert_fits, board


def lines_of(show: Showing, key: bytes = b"board", width: int = 78, height: int = 11) -> Lines:
    view = show.gallery.structure(Window(width, height), key)
    return structure.render(view, width, height)


def drawn(show: Showing, key: bytes = b"board", width: int = 78, height: int = 11) -> str:
    return assert_fits(lines_of(show, key, width, height), width, height)


def test_a_range_by_score_is_drawn_as_the_search_went() -> None:
    show = board()
    show("ZRANGE board 60 90 BYSCORE")
    assert drawn(show).splitlines() == [
        " skiplist  board zset  5 nodes · 3 lanes · 3 comparisons",
        "L2  ●  ━━━━━━━━━2━━━━━━━━━━▶  ●  ─────────────────────3──────────────────────┤",
        "L1     ─────────2──────────▶  ●  ────────────────3────────────────▶ ○  ──0───┤",
        "L0     ───1───▶     ───1───▶  ●  ───1───▶  ○  ───1───▶     ───1───▶    ──0───┤",
        "   HEAD         20           50           60           70           90",
        "                bob          ann          eve          dee          cy",
        "",
        "find the first score >= 60",
        "  1 L2  ann 50 < 60  ride      4 L0  eve 60 >= 60 stop",
        "  2 L2  end of lane  drop",
        "  3 L1  cy 90 > 60   drop",
    ]


def test_towers_are_columns_of_background() -> None:
    styles = [run.style for line in lines_of(board())[1:5] for run in line]
    assert "node" in styles
    assert "node.tall" in styles
    assert "node.head" in styles


def test_what_was_asked_for_is_marked() -> None:
    show = board()
    show("ZRANK board dee")
    marked = [
        run.text.strip() for line in lines_of(show) for run in line if run.style == "path.node"
    ]
    assert [text for text in marked if text] == ["70", "dee"]


def test_a_new_link_has_a_stroke_of_its_own() -> None:
    show = board()
    show("ZADD board 65 zoe")
    text = drawn(show)
    assert "═1═" in text
    assert text.count("▶  ○") >= 1


def test_path_strokes_differ_from_lanes_without_any_colour() -> None:
    show = board()
    quiet = drawn(show).replace("═", "─")
    show("GET elsewhere")
    silent = drawn(show)
    show("ZRANK board cy")
    assert "━" not in silent
    assert "●" not in silent
    assert "━" in drawn(show)
    assert quiet != silent


def test_a_search_far_out_is_followed_and_what_is_hidden_is_counted() -> None:
    show = Showing("ZADD z " + " ".join(f"{n} m{n}" for n in range(2000)), "ZRANK z m1500")
    text = drawn(show, b"z", 78, 20)
    assert "m1500" in text
    assert "from no. 1,4" in text
    assert "×" in text  # hops among the nodes before the window
    assert "+49" in text or "▶…" in text


def test_spans_are_the_distances_between_towers() -> None:
    show = Showing("ZADD z " + " ".join(f"{n} m{n}" for n in range(300)), "ZRANK z m0")
    text = drawn(show, b"z", 120, 20)
    towers = show.session.engine.state.databases[0].value_of(b"z").skiplist
    for level in range(1, towers.height):
        assert f"{towers.head.span[level]}" in text.splitlines()[towers.height - level]


def test_too_few_rows_keep_the_ground_lane_and_the_members() -> None:
    for height in range(4, 11):
        text = drawn(board(), height=height)
        assert "L0" in text
        assert "ann" in text


def test_in_a_tall_pane_the_table_stands_below() -> None:
    show = board()
    show("ZRANK board cy")
    text = drawn(show, width=100, height=30)
    assert "hash table beside it: member -> score" in text
    assert "●cy 90" in text


def test_members_of_any_bytes_are_harmless() -> None:
    show = Showing()
    show(
        b"ZADD", b"z", *[x for n in range(200) for x in (b"%d" % n, b"\x1b[3%dm\xff" % n)],
        b"9999", "键键键键键键键键键".encode(), b"99999", b"x" * 1_000_000,
    )  # fmt: skip
    show(b"ZRANK", b"z", b"x" * 1_000_000)
    assert "xxxxxxxxxxx…" in drawn(show, b"z")


def test_a_step_is_named_below_the_picture() -> None:
    show = board()
    show("ZRANK board dee")
    steps = show.steps()
    view = show.gallery.structure(Window(78, 11), b"board", step=step_of(steps, 4))
    text = assert_fits(structure.render(view, 78, 11), 78, 11)
    assert f" micro-step 4 of {len(steps)} " in text


def test_the_steps_of_a_walk_light_it_up_one_by_one() -> None:
    show = board()
    show("ZRANK board dee")
    dots = []
    for number in range(len(show.steps()) + 1):
        view = show.gallery.structure(Window(78, 11), b"board", step=step_of(show.steps(), number))
        dots.append(assert_fits(structure.render(view, 78, 11), 78, 11).count("●"))
    assert dots[0] == 0
    assert dots == sorted(dots)
    assert dots[-1] >= 4
