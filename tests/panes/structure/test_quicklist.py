"""The quicklist drawn: nodes in a chain, how full they are, and one of them opened."""

from __future__ import annotations

import pytest

from redlearn.glyphs import ascii_lines
from redlearn.lines import plain
from redlearn.panes import structure
from redlearn.views.window import Window
from tests.views.showing import Showing, assert_fits

THREE = {"list-max-listpack-size": "3"}


def drawn(show: Showing, width: int = 78, height: int = 11, x: int = 0) -> str:
    view = show.gallery.structure(Window(width, height, x), b"q")
    return assert_fits(structure.render(view, width, height), width, height)


def ten() -> Showing:
    return Showing("RPUSH q a b c d e f g h i j", "LLEN q", config=THREE)


def test_the_chain_runs_from_head_to_tail() -> None:
    text = drawn(ten(), 118, 20)
    assert " quicklist  q list " in text
    assert "10 elements · 4 nodes · fill 3: 3 elements a node" in text
    row = next(line for line in text.splitlines() if "HEAD" in line)
    assert [row.index(f"node {number}") for number in range(4)] == sorted(
        row.index(f"node {number}") for number in range(4)
    )
    assert row.rstrip().endswith("TAIL")


def test_the_way_of_a_search_is_lit_and_the_entry_found_marked() -> None:
    show = ten()
    show("LINDEX q 5")
    text = drawn(show, 118, 20)
    assert "○ 3 passed" in text and "● element 2" in text
    assert "◀━▶" in text
    assert any(line.startswith("●") and line.rstrip().endswith("f") for line in text.splitlines())
    assert "Node 1 has it, as element 2 from its head." in text


def test_what_lies_beyond_the_window_is_counted() -> None:
    show = Showing("RPUSH q " + " ".join(f"e{n}" for n in range(60)), config=THREE)
    show("LINDEX q 30")
    row = next(line for line in drawn(show).splitlines() if "node 10" in line)
    assert row.startswith("+9") and row.rstrip().endswith("+8")


def test_a_new_node_has_a_sign_and_double_links() -> None:
    show = ten()
    show("LINSERT q BEFORE e new")
    text = drawn(show, 118, 20)
    assert "+ new" in text and "◀═▶" in text


def test_compressed_and_plain_nodes_say_so() -> None:
    config = {**THREE, "list-compress-depth": "1"}
    show = Showing("RPUSH q " + " ".join("x" * 60 for _ in range(12)), "LLEN q", config=config)
    text = drawn(show, 118, 20, x=-9)
    assert "LZF" in text and "->" in text and "compressed but for 1 at each end" in text
    show(b"RPUSH", b"q", b"L" * 9000)
    text = drawn(show, 118, 20)
    assert "plain" in text and "one large element" in text and "4c 4c" in text


@pytest.mark.parametrize("height", [1, 2, 4, 6, 7, 9, 11, 13, 30])
@pytest.mark.parametrize("width", [1, 10, 24, 40, 78, 160])
def test_it_fits_any_room(width: int, height: int) -> None:
    show = ten()
    show("LINDEX q 5")
    drawn(show, width, height)


def test_it_can_be_drawn_in_ascii() -> None:
    view = ten().gallery.structure(Window(118, 20), b"q")
    text = plain(ascii_lines(structure.render(view, 118, 20)))
    assert text.isascii()
    assert "HEAD -> " in text and "<->" in text
