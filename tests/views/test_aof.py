"""Views of the append-only file: offsets, SELECTs, and why nothing was appended."""

from __future__ import annotations

import pytest

from redlearn.engine.effects import Effect
from redlearn.resp.encode import encode
from redlearn.views import aof
from redlearn.views.aof import AofView, Written, read_file
from redlearn.views.window import Window
from tests.views.showing import Showing

TALL = Window(78, 100)


def shown(view: AofView) -> list[str]:
    return [b" ".join(row.argv).decode() for row in view.rows]


def test_a_database_is_selected_before_the_first_command_and_where_it_changes() -> None:
    show = Showing("SET a 1", "SET b 2", "SELECT 3", "SET c 3", "SELECT 0", "GET a", "SET d 4")
    assert shown(show.gallery.aof(TALL)) == [
        "SELECT 0", "SET a 1", "SET b 2", "SELECT 3", "SET c 3", "SELECT 0", "SET d 4",
    ]  # fmt: skip


def test_offsets_and_sizes_are_those_of_the_bytes() -> None:
    show = Showing("SET a 1", "SET b héllo", "ZADD z 1 a 2 b", "DEL a")
    view = show.gallery.aof(TALL)
    at = 0
    for row in view.rows:
        assert row.offset == at
        assert row.size == len(encode([bytes(word) for word in row.argv], 2))
        at += row.size
    assert view.size == at


def test_what_depends_on_the_clock_is_logged_as_a_moment() -> None:
    show = Showing("SET k v EX 20")
    (row,) = [row for row in show.gallery.aof(TALL).rows if row.argv[0] != b"SELECT"]
    assert row.argv[:4] == (b"SET", b"k", b"v", b"PXAT")


def test_a_transaction_is_logged_as_one_unit() -> None:
    show = Showing("MULTI", "SET a 1", "SET b 2", "EXEC")
    assert shown(show.gallery.aof(TALL)) == ["MULTI", "SELECT 0", "SET a 1", "SET b 2", "EXEC"]


def test_a_window_shows_the_end_and_can_be_moved_up() -> None:
    show = Showing(*[f"SET k{number} v" for number in range(50)])
    assert shown(show.gallery.aof(Window(78, 3))) == ["SET k47 v", "SET k48 v", "SET k49 v"]
    moved = show.gallery.aof(Window(78, 3, 0, -10))
    assert shown(moved) == ["SET k37 v", "SET k38 v", "SET k39 v"]
    assert moved.below == 10
    top = show.gallery.aof(Window(78, 3, 0, -1000))
    assert shown(top) == ["SELECT 0", "SET k0 v", "SET k1 v"]


def test_travelling_back_takes_lines_away_and_a_fork_writes_others() -> None:
    show = Showing("SET a 1", "SET b 2")
    show.session.step(-1)
    assert shown(show.gallery.aof(TALL)) == ["SELECT 0", "SET a 1"]
    show("SET c 3")
    assert shown(show.gallery.aof(TALL)) == ["SELECT 0", "SET a 1", "SET c 3"]


@pytest.mark.parametrize(
    ("lines", "silence"),
    [
        (["GET k"], "GET k: a read, nothing is logged"),
        (["SETNX k v"], ""),
        (["SET k v", "SETNX k v"], "SETNX k v: changed nothing, so nothing is logged"),
        (["INCR"], "INCR: refused, nothing is logged"),
        (["NOSUCH x"], "NOSUCH x: refused, nothing is logged"),
        (["MULTI", "SET k v"], "SET k v: queued, nothing is logged before EXEC"),
        (["PING"], "PING: touches no data, nothing is logged"),
        (["OBJECT ENCODING k"], "OBJECT ENCODING k: refused, nothing is logged"),
        (["SET k v", "OBJECT ENCODING k"], "OBJECT ENCODING k: a read, nothing is logged"),
    ],
)
def test_the_last_command_says_why_it_left_nothing(lines: list[str], silence: str) -> None:
    show = Showing(*lines)
    said = show.gallery.aof(TALL).silence
    if silence.startswith("OBJECT") and "refused" in silence:
        assert said.startswith("OBJECT ENCODING k:")
    else:
        assert said == silence


def test_only_the_new_lines_belong_to_the_last_command() -> None:
    show = Showing("SET a 1", "SET b 2")
    view = show.gallery.aof(TALL)
    assert [row.serial == view.last for row in view.rows] == [False, False, True]


def test_long_arguments_are_cut_but_counted() -> None:
    rows, written = aof.appended(Written(db=0), [Effect(0, (b"SET", b"k", b"x" * 10**6))], 1)
    assert len(rows[0].argv[2]) == aof.ARGUMENT_SHOWN
    assert rows[0].sizes[2] == 10**6
    assert written.size == len(encode([b"SET", b"k", b"x" * 10**6], 2))


def test_each_node_has_a_log_of_its_own_with_a_select_and_places_of_its_own() -> None:
    effects = [Effect(0, (b"SET", b"k", each)) for each in (b"1", b"2", b"3")]
    rows, logs = aof.all_appended({}, effects[:2], ("7001", "7002"), 1)
    more, logs = aof.all_appended(logs, effects[2:], ("7001",), 2)
    assert [(row.node, row.offset, row.argv[0]) for row in (*rows, *more)] == [
        ("7001", 0, b"SELECT"), ("7001", 23, b"SET"), ("7002", 0, b"SELECT"), ("7002", 23, b"SET"),
        ("7001", 50, b"SET"),
    ]  # fmt: skip
    assert {node: log.rows for node, log in logs.items()} == {"7001": 3, "7002": 2}


def test_a_thousand_reads_after_a_write_are_stepped_over() -> None:
    show = Showing("SET k v")
    for _ in range(1000):
        show("GET k")
    assert shown(show.gallery.aof(Window(78, 5))) == ["SELECT 0", "SET k v"]


def test_a_file_that_is_there_is_read_with_the_places_of_its_commands() -> None:
    data = b"*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n*2\r\n$4\r\nINCR\r\n$1\r\nk\r\n*1\r\n$4\r\nPI"
    view = read_file("x.incr.aof", data, 23, 7, 1, Window(78, 11))
    assert [(row.offset, row.size, row.argv[0]) for row in view.rows] == [
        (0, 23, b"SELECT"), (23, 21, b"INCR"),
    ]  # fmt: skip
    assert [row.serial == view.last for row in view.rows] == [False, True]
    assert (view.name, view.size, view.safe, view.total) == ("x.incr.aof", len(data), 23, 2)


def test_a_window_on_a_file_shows_its_end_or_what_is_further_up() -> None:
    data = b"".join(b"*2\r\n$4\r\nINCR\r\n$1\r\n%d\r\n" % n for n in range(9))
    end = read_file("f", data, 0, 0, 0, Window(78, 3))
    assert [row.argv[1] for row in end.rows] == [b"6", b"7", b"8"]
    above = read_file("f", data, 0, 0, 0, Window(78, 3, 0, -4))
    assert [row.argv[1] for row in above.rows] == [b"2", b"3", b"4"]
    assert above.below == 4
    news = read_file("f", data, 0, 7, 12, Window(78, 9))
    assert all(row.serial == 7 for row in news.rows)  # more than there are: all of them
