"""The picture of a stream: a tree that branches, a master, entries with their differences."""

from __future__ import annotations

from redlearn.lines import plain
from redlearn.panes import structure
from redlearn.panes.structure.stream import branches
from redlearn.views.window import Window
from tests.views.showing import Showing, assert_fits


def log(count: int, *then: str) -> Showing:
    show = Showing(config={"stream-node-max-entries": "3"})
    for number in range(1, count + 1):
        show(f"XADD s {number}-0 name u{number} age {number}")
    for line in then:
        show(line)
    return show


def drawn(show: Showing, width: int = 78, height: int = 12) -> str:
    window = Window(width, height)
    view = show.gallery.structure(window, b"s", form="log")
    return assert_fits(structure.render(view, width, height), width, height)


def test_the_tree_branches_where_ids_differ() -> None:
    rows = drawn(log(7)).splitlines()
    assert rows[1].startswith(" radix tree  3 keys in 8 nodes")
    assert rows[2].startswith(" ──00×7┬─01──00×8─▶   1-0")
    assert rows[3].startswith("       ├─04──00×8─▶   4-0")
    assert rows[4].startswith("       └─07──00×8─▶ ● 7-0")


def test_a_tree_of_many_depths_has_lines_that_lead_on() -> None:
    keys = [(b"ab", b"c", b"x"), (b"ab", b"c", b"y"), (b"ab", b"d")]
    assert branches(keys) == ["──61 62┬─63┬─78", "       │   └─79", "       └─64"]
    assert branches([(b"a",), (b"b",)]) == ["┬─61", "└─62"]
    assert branches([]) == []


def test_the_master_says_what_entries_leave_out() -> None:
    text = drawn(log(5))
    assert "node 4-0  master [2] there [0] deleted [2] fields name age [0]" in text
    assert " ▶ 5-0" in text
    assert "+1 +0  2 SAMEFIELDS     u5 5 (5)" in text


def test_own_fields_are_written_out() -> None:
    text = drawn(log(1, "XADD s 2-0 town Ulm"))
    assert "0 own fields     town=Ulm (6)" in text


def test_a_deleted_entry_is_crossed_out_where_it_lies() -> None:
    text = drawn(log(3, "XDEL s 2-0"))
    assert "master [2] there [1] deleted" in text
    assert " × 2-0" in text and "3 SAME, DELETED" in text


def test_a_full_node_says_why_a_new_one_began() -> None:
    assert " node 1-0 is full: 3 entries >= 3" in drawn(log(4))


def test_a_trim_by_whole_nodes_says_what_went_and_what_stayed() -> None:
    text = drawn(log(8, "XTRIM s MAXLEN ~ 4"))
    assert "× node 1-0 gone as a whole, 3 entries" in text
    assert "node 4-0 stays: only 1 of its 3 were to go" in text
    assert "× 2 whole nodes gone, 6 entries: 1-0, 4-0" in drawn(log(8, "XTRIM s MAXLEN ~ 2"))


def test_what_was_read_is_marked() -> None:
    text = drawn(log(6, "XRANGE s 5 6"))
    assert " ● 5-0" in text and " ● 6-0" in text and " ● 4-0 " not in text.split("master")[1]


def test_an_empty_stream_says_so() -> None:
    text = drawn(log(2, "XTRIM s MAXLEN 0"))
    assert "no entries: the stream remembers its last ID" in text
    assert "last ID 2-0" in text


def test_hostile_fields_stay_in_their_row() -> None:
    show = Showing()
    show(b"XADD", b"s", b"1-1", b"\x1b[31m", b"\r\n", "键".encode(), b"")
    text = drawn(show, 118, 9)
    assert "\\x1b[31m" in text and "键" in text
    for width in (1, 9, 25, 40):
        drawn(show, width, 7)


def test_a_narrow_pane_keeps_the_ids() -> None:
    text = drawn(log(5), 40, 8)
    assert "● 4-0" in text and plain(()) == ""
