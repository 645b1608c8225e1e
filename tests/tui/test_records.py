"""The panes of a disk find their views, and appear when there is something to see."""

from __future__ import annotations

from redlearn.lines import plain
from redlearn.panes import aof, files, lab, rdb
from redlearn.timeline.cluster_session import open_cluster
from redlearn.timeline.lab import last_crash
from redlearn.timeline.session import Session
from redlearn.timeline.stories import find, open_story
from redlearn.tui.desk import Desk
from redlearn.tui.pane_host import Window
from redlearn.tui.records import (
    LOG_ALONE,
    NOTHING_SAID,
    Records,
    crash_lines,
    order_lines,
    restart_lines,
)
from redlearn.views.aof import AofRow

ROOM = Window(78, 14)


def at(*lines: str) -> tuple[Desk, Records]:
    desk = Desk(Session())
    for line in lines:
        if line.startswith(":advance "):
            desk.session.advance(int(line.split()[1]))
        elif line.startswith(":"):
            desk.session.act(*line[1:].split())
        else:
            desk.run(line)
    return desk, Records(desk)


def new_rows(records: Records) -> list[AofRow]:
    """What the pane marks as come by the last command."""
    view = records.aof(ROOM)
    assert view is not None
    return [row for row in view.rows if row.serial == view.last]


def test_in_a_new_sandbox_there_is_nothing_on_the_disk() -> None:
    _, records = at("SET k v")
    assert not records.has_files()
    assert not records.has_snapshot()
    assert not records.has_crashed()
    assert records.aof(ROOM) is None


def test_a_snapshot_is_shown_at_the_key_that_was_used_last() -> None:
    _, records = at("SET a 1", "ZADD board 50 ann", "SAVE", "GET a")
    assert records.has_snapshot()
    view = records.rdb(ROOM)
    assert view.place is not None
    assert view.place.key == b"a"
    assert "record  the key a" in plain(rdb.render(view, 78, 14))


def test_arrows_move_the_cursor_by_bytes_and_by_rows() -> None:
    _, records = at("SET a 1", "ZADD board 50 ann", "SAVE", "GET a")
    book = records.book()
    assert book is not None
    home = book.place_of(b"a")
    assert records.cursor(book, Window(78, 14)) == home
    moved = [records.cursor(book, Window(78, 14, x, y)) for x, y in ((1, 0), (-3, 0), (2, -1))]
    assert moved == [home + 1, home - 3, home + 2 - 16]
    assert records.cursor(book, Window(78, 14, -9999)) == 0
    assert records.cursor(book, Window(78, 14, 0, 9999)) == len(book.data) - 1


def test_the_cursor_stays_where_it_is_when_the_pane_gets_wider_or_narrower() -> None:
    _, records = at("SET a 1", "ZADD board 50 ann", "SAVE", "GET a")
    book = records.book()
    assert book is not None
    records.cursor(book, Window(78, 14))
    wide = records.cursor(book, Window(78, 14, 0, -2))
    assert records.cursor(book, Window(40, 14, 0, -2)) == wide
    row = wide - records.cursor(book, Window(40, 14, 0, -3))
    assert 0 < row < 16
    assert records.cursor(book, Window(78, 14, 0, -3)) == wide - row


def test_enter_looks_at_the_structure_that_the_byte_stands_in_and_the_cursor_stays() -> None:
    desk, records = at("SET a 1", "ZADD board 50 ann", "SAVE", "GET a")
    book = records.book()
    assert book is not None
    home = records.cursor(book, Window(78, 14))
    there = Window(78, 14, book.place_of(b"board") + 3 - home)
    assert records.keys()["enter"](there) == ("pin", "board")
    desk.pin(b"board")
    assert records.cursor(book, there) == book.place_of(b"board") + 3
    nowhere = Window(78, 14, -home)
    assert records.keys()["enter"](nowhere) == ()


def test_the_cursor_goes_to_the_key_of_the_next_command_wherever_it_was_moved_to() -> None:
    desk, records = at("SET a 1", "ZADD board 50 ann", "SAVE", "GET a")
    moved = Window(78, 14, -7, -1)
    assert (book := records.book()) is not None
    assert records.cursor(book, Window(78, 14)) == book.place_of(b"a")
    assert records.cursor(book, moved) == book.place_of(b"a") - 23
    desk.run("ZCARD board")
    assert records.cursor(book, moved) == book.place_of(b"board")
    desk.run("ZADD board 60 bob")
    desk.run("SAVE")
    assert (again := records.book()) is not None
    assert records.cursor(again, moved) == again.place_of(b"board")


def test_the_log_is_the_file_with_the_line_that_a_power_cut_leaves() -> None:
    _, records = at(
        "CONFIG SET appendonly yes", ":advance 1500", "SET a 1", ":advance 1500", "SET b 2"
    )
    view = records.aof(ROOM)
    assert view is not None
    assert view.name == "appendonly.aof.1.incr.aof"
    assert [row.argv[0] for row in view.rows] == [b"SELECT", b"SET", b"SET"]
    drawn = plain(aof.render(view, 78, 11)).splitlines()
    rule = next(number for number, row in enumerate(drawn) if "a power cut leaves" in row)
    assert "SET a 1" in drawn[rule - 1]
    assert "+ " in drawn[rule + 1]


def test_while_the_server_is_down_its_log_is_what_the_disk_has_of_it() -> None:
    wait = ":advance 1500"
    _, records = at("CONFIG SET appendonly yes", wait, "SET a 1", wait, "SET b 2", ":crash")
    view = records.aof(ROOM)
    assert view is not None
    assert [row.argv[0] for row in view.rows] == [b"SELECT", b"SET"]
    assert view.safe == view.size


def test_while_no_log_is_kept_files_are_called_what_the_manifest_on_the_disk_says() -> None:
    wait = ":advance 1500"
    desk, records = at("CONFIG SET appendonly yes", wait, "SET a 1", wait, ":kill")
    view = records.files(ROOM)
    assert {row.part for row in view.rows} == {"base", "incr", "manifest"}
    drawn = plain(files.render(view, 78, 14)).splitlines()
    assert drawn[0] == "The server is down: :restart starts it again."
    assert not any("no log is kept" in row for row in drawn)
    desk.session.act("restart")
    desk.run("CONFIG SET appendonly no")
    view = records.files(ROOM)
    assert {row.part for row in view.rows} == {"base", "incr", "manifest"}
    assert plain(files.render(view, 78, 14)).startswith("no log is kept")


def test_files_are_those_on_the_disk() -> None:
    _, records = at("CONFIG SET appendonly yes", ":advance 500", "SET a 1", "SAVE")
    view = records.files(ROOM)
    assert view.policy == "everysec"
    assert {row.part for row in view.rows} == {"base", "incr", "manifest", "snapshot"}
    assert "appendfsync everysec" in plain(files.render(view, 78, 14))


def test_what_waits_in_the_process_is_not_the_news_of_the_file() -> None:
    desk, records = at("CONFIG SET appendonly yes", ":advance 3000", "SET a 1")
    assert [row.argv for row in new_rows(records)] == [(b"SET", b"a", b"1")]
    desk.run("SET b 2")  # the first fsync is under way, so this is not written yet
    world = records.world
    assert world is not None and world.log is not None and world.log.tail.buffered
    assert new_rows(records) == []
    desk.session.advance(3000)
    assert (view := records.aof(ROOM)) is not None and view.rows[-1].argv == (b"SET", b"b", b"2")


def test_a_crash_has_a_table_and_a_pane_from_then_on() -> None:
    desk, records = at("SET a 1", "SAVE", "SET b 2", ":crash")
    assert records.has_crashed()
    assert last_crash(desk.session) == desk.session.position
    drawn = plain(lab.render(records.lab(ROOM), 90, 12))
    assert "RDB            1 of 2" in drawn
    assert plain(crash_lines(desk.session)).splitlines()[0].startswith("the power was cut")
    desk.session.act("restart")
    assert crash_lines(desk.session) == ()
    assert records.lab(ROOM).how == "crash"


def test_a_restart_that_passes_over_a_snapshot_does_not_say_that_the_disk_was_empty() -> None:
    desk, _ = at("SET a 1", "SAVE", "CONFIG SET appendonly yes", ":kill", ":restart")
    assert plain(restart_lines(desk.session)) == LOG_ALONE.format("dump.rdb")
    assert desk.session.world.engine.state.databases[0].keys.peek(b"a") is None
    desk, _ = at("SET a 1", ":kill", ":restart")
    assert plain(restart_lines(desk.session)) == NOTHING_SAID


def test_before_the_crash_there_was_none() -> None:
    desk, records = at("SET a 1", ":crash")
    desk.go(-1)
    assert not records.has_crashed()
    assert last_crash(desk.session) == 0


def test_what_a_coordinator_said_is_printed_once() -> None:
    session = open_cluster(3, 0)
    desk = Desk(session)
    assert order_lines(session) == ()
    session.act("reshard", "5061", "7001", "7002")
    told = plain(order_lines(session)).splitlines()
    assert told[0] == ">>> Performing Cluster Check (using node 127.0.0.1:7001)"
    assert told[-1] == "The coordinator is done after 9 orders."
    desk.run("PING")
    assert order_lines(session) == ()


def test_what_came_of_a_scenario_s_step_is_printed_as_it_is_said() -> None:
    path = find("primary-dies")
    assert path is not None
    story = open_story(path)
    for text in story.lines:
        story.session.act("scenario", text)
    said = '7005 answers "ann" to GET user:1'
    assert plain(order_lines(story.session)) == f"  11.00 s  as expected: {said}"
