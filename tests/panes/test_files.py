"""The data directory on the screen: bars of what is safe, and words for what is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from redlearn.glyphs import ascii_lines
from redlearn.lines import plain, width_of
from redlearn.panes.files import render
from redlearn.views.files import FileRow, FilesView, Running

BASE = FileRow("appendonlydir/appendonly.aof.1.base.rdb", "base", 88, 88, 88, 0, True)
INCR = FileRow("appendonlydir/appendonly.aof.1.incr.aof", "incr", 300, 240, 180, 60, True)
VIEW = FilesView("everysec", (BASE, INCR))


def drawn(view: FilesView, width: int = 100, height: int = 11) -> list[str]:
    rows = render(view, width, height)
    assert len(rows) <= height
    assert all(width_of(row) <= width for row in rows)
    return plain(rows).splitlines()


def test_a_file_that_is_safe_is_one_full_bar() -> None:
    row = next(row for row in drawn(VIEW) if "base.rdb" in row)
    assert row.split()[1:3] == ["base", "88"]
    assert set(row.split()[3]) == {"█"}


def test_the_four_levels_stand_one_behind_the_other() -> None:
    row = next(row for row in drawn(VIEW) if "incr.aof" in row)
    bar = row.split()[3]
    assert "".join(dict.fromkeys(bar)) == "█▓▒░"
    assert bar.count("█") == pytest.approx(len(bar) / 2, abs=1)


def test_what_would_be_lost_is_said_in_words() -> None:
    assert "  a power cut leaves 180, a kill 300; 60 bytes still to be written" in drawn(VIEW)


def test_a_name_that_is_not_safe_is_said_too() -> None:
    fresh = replace(BASE, named=False)
    assert any(
        "a power cut leaves 0, a kill 88; its name is not on disk yet" in row
        for row in drawn(replace(VIEW, rows=(fresh,)))
    )


def test_the_policy_or_that_there_is_no_log_comes_first() -> None:
    assert drawn(VIEW)[0] == "appendfsync everysec"
    assert drawn(replace(VIEW, policy=""))[0] == "no log is kept: appendonly no"


def test_while_the_process_is_down_that_comes_first_and_nobody_says_that_no_log_is_kept() -> None:
    rows = drawn(replace(VIEW, policy="", down="The server is down."))
    assert rows[0] == "The server is down."
    assert not any("no log is kept" in row for row in rows)


def test_a_snapshot_under_way_tells_how_far_it_is_and_what_it_keeps() -> None:
    running = Running("snapshot", 300, 1000, 7, 4096)
    assert drawn(replace(VIEW, running=running))[1] == (
        "a snapshot is being written: 300 of 1,000 keys; 7 keys changed since, 4,096 bytes kept"
    )


def test_what_went_wrong_is_shown_without_control_bytes() -> None:
    assert "No space \\x1b" in drawn(replace(VIEW, note="No space \x1b"))[1]


def test_an_empty_directory_is_said_to_be_empty() -> None:
    assert "empty" in drawn(FilesView())[1]


def test_in_narrow_panes_the_end_of_a_name_is_what_stays() -> None:
    assert any("1.incr.aof" in row for row in drawn(VIEW, 60))


def test_without_boxes_the_levels_still_differ() -> None:
    text = plain(ascii_lines(render(VIEW, 100, 11)))
    bar = next(row for row in text.splitlines() if "incr.aof" in row).split()[3]
    assert "".join(dict.fromkeys(bar)) == "#=-:"


@pytest.mark.parametrize("width", [0, 1, 9, 30, 78, 198])
@pytest.mark.parametrize("height", [0, 1, 2, 3, 11])
def test_it_stays_within_its_cells(width: int, height: int) -> None:
    drawn(replace(VIEW, running=Running("rewrite", 1, 2), note="x" * 300), width, height)


def test_where_there_is_little_room_a_name_loses_its_directory_first() -> None:
    narrow = drawn(VIEW, 74)
    assert any(row.startswith("…/appendonly.aof.1.base.rdb ") for row in narrow)
    assert any(row.startswith("….1.base.rdb ") for row in drawn(VIEW, 50))
