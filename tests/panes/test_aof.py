"""The AOF pane: what was appended, readable and as bytes."""

from __future__ import annotations

import pytest

from redlearn.panes import aof
from redlearn.views.aof import read_file
from redlearn.views.window import Window
from tests.views.showing import Showing, assert_fits


def drawn(show: Showing, width: int = 78, height: int = 11) -> str:
    view = show.gallery.aof(Window(width, height))
    return assert_fits(aof.render(view, width, height), width, height)


def test_a_command_is_shown_both_ways_behind_its_offset() -> None:
    text = drawn(Showing("SET name ann"))
    assert "0 SELECT 0" in text
    assert r"*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n" in text
    (line,) = [line for line in text.splitlines() if "SET name ann" in line]
    assert line.startswith("+    23 SET name ann")
    assert line.endswith(r"*3\r\n$3\r\nSET\r\n$4\r\nname\r\n$3\r\nann\r\n")


def test_a_read_says_that_nothing_is_logged() -> None:
    text = drawn(Showing("SET k v", "GET k"))
    assert text.endswith("= GET k: a read, nothing is logged")
    assert "+" not in text


def test_before_the_first_write_the_pane_says_what_it_is_for() -> None:
    assert "Writes leave a line here" in drawn(Showing())


def test_that_no_log_is_kept_is_said_as_shortly_as_the_width_wants() -> None:
    assert "(no log is kept: appendonly no)" in drawn(Showing(), 78)
    assert drawn(Showing(), 54).splitlines()[0].endswith("(appendonly no)")
    assert drawn(Showing(), 49).splitlines()[0].endswith("(no log)")
    assert drawn(Showing(), 41).splitlines()[0].endswith("commands")


@pytest.mark.parametrize("width", [78, 54, 40, 20])
def test_half_a_command_at_the_end_is_shown_as_what_it_is(width: int) -> None:
    whole = b"*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n"
    view = read_file("f", whole + whole[:12], len(whole) + 12, 0, 0, Window(width, 8))
    last = assert_fits(aof.render(view, width, 8), width, 8).splitlines()[-1]
    assert last.lstrip().startswith("27 12 bytes, ")
    assert last.endswith(r"half a command  *3\r\n$3\r\nSET\r") == (width == 78)
    view = read_file("f", whole, len(whole), 0, 0, Window(width, 8))
    assert "half a command" not in assert_fits(aof.render(view, width, 8), width, 8)


def test_the_latest_lines_stay_in_sight() -> None:
    show = Showing(*[f"SET k{number} v" for number in range(40)])
    assert "SET k39 v" in drawn(show)
    assert "SET k39 v" in drawn(show, 30, 2)


def test_control_bytes_markup_and_wide_letters_are_harmless() -> None:
    show = Showing()
    show(b"SET", b"\x1b[31m", "键[bold]\r\n".encode())
    text = drawn(show)
    assert "\\x1b[31m" in text
    assert "键[bold]\\r\\n" in text


def test_a_value_of_megabytes_is_cut() -> None:
    show = Showing()
    show(b"SET", b"k", b"x" * 10_000_000)
    assert "$10000000" in drawn(show, 100, 11)


def test_a_narrow_pane_leaves_the_bytes_out() -> None:
    text = drawn(Showing("SET name ann"), 40)
    assert "SET name ann" in text
    assert "$3" not in text


def test_moved_up_the_pane_counts_what_is_below() -> None:
    show = Showing(*[f"SET k{number} v" for number in range(40)])
    view = show.gallery.aof(Window(78, 11, 0, -20))
    assert "20 more commands below" in assert_fits(aof.render(view, 78, 11), 78, 11)
