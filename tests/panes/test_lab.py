"""The table of the crash lab: bars, and words for what is lost."""

from __future__ import annotations

import pytest

from redlearn.lines import plain, width_of
from redlearn.panes.lab import lost, render
from redlearn.views.lab import Kept, LabView

ROWS = (
    Kept("none", 5, 0, 5, 0, 2_400, 0),
    Kept("AOF everysec", 5, 4, 5, 4, 400, 312),
    Kept("AOF always", 5, 5, 5, 5, 0, 330),
)
VIEW = LabView("crash", ROWS)


def drawn(view: LabView, width: int = 90, height: int = 11) -> list[str]:
    rows = render(view, width, height)
    assert len(rows) <= height
    assert all(width_of(row) <= width for row in rows)
    return plain(rows).splitlines()


def test_each_policy_has_a_row_with_keys_writes_files_and_what_is_lost() -> None:
    rows = drawn(VIEW)
    assert rows[0].startswith("the power was cut: ")
    assert rows[2].split() == ["none", "0", "of", "5", "·" * 16, "0/5", "0", "everything"]
    assert rows[3].endswith("the last write, 0.40 s")
    assert "█" * 12 + "·" * 4 in rows[3]
    assert rows[4].endswith("nothing")


@pytest.mark.parametrize("width", [76, 78, 79])
def test_where_room_is_short_bars_are_shorter_and_what_is_lost_is_there_to_its_end(
    width: int,
) -> None:
    view = LabView("crash", (*ROWS, Kept("hybrid", 900, 800, 60, 43, 12_000, 4200)))
    rows = drawn(view, width)
    assert rows[-1].endswith("the last 17 writes, 12.00 s")
    start = rows[-1].index("the last 17")
    assert {row.index(said) for row, said in zip(
        rows[1:], ("lost", "everything", "the last write", "nothing", "the last 17"), strict=True
    )} == {start}  # fmt: skip
    assert all(len(row[27:].split(" ")[0]) == len(rows[2][27:].split(" ")[0]) for row in rows[3:])


def test_where_room_is_short_the_title_goes_and_no_row() -> None:
    rows = drawn(VIEW, 78, 4)
    assert rows[0].startswith("policy ")
    assert [row.split("  ")[0] for row in rows[1:]] == ["none", "AOF everysec", "AOF always"]


def test_a_kill_is_called_a_kill() -> None:
    assert drawn(LabView("kill", ROWS))[0].startswith("the process was killed")


def test_what_cannot_be_started_or_compared_says_so() -> None:
    assert lost(Kept("RDB", 1, 0, 1, 0, 9, 9, "damaged \x1b")) == "damaged \\x1b"
    assert lost(Kept("RDB", 1, 1, 1, None, 0, 9)).startswith("no moment of the past")


def test_several_writes_are_counted() -> None:
    assert lost(Kept("RDB", 9, 2, 9, 2, 1_500, 9)) == "the last 7 writes, 1.50 s"


def test_before_a_crash_it_says_what_to_do() -> None:
    assert ":crash" in drawn(LabView())[0]


@pytest.mark.parametrize("width", [0, 1, 9, 40, 78, 198])
@pytest.mark.parametrize("height", [0, 1, 2, 3, 11])
def test_it_stays_within_its_cells(width: int, height: int) -> None:
    drawn(VIEW, width, height)


def test_where_time_stood_still_the_writes_are_counted_and_no_time_is_named() -> None:
    assert lost(Kept("RDB", 5, 3, 9, 7, 0, 97)) == "the last 2 writes"
    assert lost(Kept("RDB", 5, 3, 9, 7, 1200, 97)) == "the last 2 writes, 1.20 s"
