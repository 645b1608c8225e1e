"""The title and the timeline fit any width and keep what matters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redlearn.lines import Line, line, plain, width_of
from redlearn.tui.bars import (
    HERE,
    Stop,
    Timeline,
    Title,
    duration,
    footer_item_at,
    footer_line,
    notice_line,
    stop_at,
    timeline_line,
    title_line,
    with_tail,
)

WRITE, READ = Stop("write"), Stop("read")


def text(line: Line) -> str:
    return plain([line])


def test_writes_are_filled_reads_hollow_and_the_present_is_ringed() -> None:
    view = Timeline([WRITE, READ, READ, WRITE], here=3, total=4)
    assert text(timeline_line(view, 60)) == " ├─●─○─◉─●─┤ 3/4  in the past"


def test_refused_commands_and_passing_time_have_glyphs_of_their_own() -> None:
    view = Timeline([Stop("failed"), Stop("time"), WRITE], here=3, total=3)
    assert text(timeline_line(view, 60)) == " ├─✗─·─◉─┤ 3/3"


def test_at_the_beginning_the_mark_stands_before_all_points() -> None:
    assert text(timeline_line(Timeline([WRITE], here=0, total=1), 60)).startswith(" ├◉─●─┤ 0/1")
    assert text(timeline_line(Timeline([], here=0, total=0), 60)) == " ├◉─┤ 0/0"


@pytest.mark.parametrize("here", [0, 1, 250, 499])
@pytest.mark.parametrize("width", [80, 81])
def test_however_long_the_history_the_past_is_spelt_out(here: int, width: int) -> None:
    row = timeline_line(Timeline([WRITE] * 500, here=here, total=500), width)
    assert text(row).rstrip().endswith(f" {here}/500  in the past")


def test_forks_and_steps_show_where_they_are() -> None:
    stops = [Stop("write", forked=True), Stop("write", step=True), READ]
    view = Timeline(stops, here=3, total=3, branch="branch 1", others=1)
    assert text(timeline_line(view, 70)) == " ├─●┬●┃◉─┤ 3/3  branch 1, 1 other (b)"


def test_micro_steps_are_counted() -> None:
    view = Timeline([WRITE], here=1, total=1, micro=(4, 12))
    assert text(timeline_line(view, 120)).rstrip() == " ├─◉─┤ 1/1  micro-step 4 of 12"
    assert text(timeline_line(view, 80)).rstrip() == " 1/1  step 4/12"


@pytest.mark.parametrize("width", [80, 100, 120, 200])
def test_however_long_the_history_a_micro_step_is_told_to_its_end(width: int) -> None:
    stops = [Stop("write", forked=True)] * 500
    view = Timeline(stops, 400, 500, micro=(43, 120), branch="branch 17", others=16)
    said = "Slot 12182: by the client's map that is 127.0.0.1:7003."
    row = timeline_line(view, width)
    assert text(with_tail(row, lambda width: line(said), width)).endswith(f"  {said}")
    is_drawn = HERE in text(row)
    assert is_drawn == (width >= 120)
    assert any(stop_at(view, width, x) for x in range(width)) == is_drawn


def test_the_future_looks_different_from_the_past() -> None:
    styles = {
        run.text: run.style for run in timeline_line(Timeline([WRITE, READ, WRITE], 2, 3), 60)
    }
    assert styles["●"] == "time.future" and styles[HERE] == "time.now"


@given(st.integers(0, 400), st.integers(0, 400), st.integers(1, 220))
def test_any_length_fits_any_width_and_the_present_stays_in_sight(
    total: int, here: int, width: int
) -> None:
    here = min(here, total)
    row = timeline_line(Timeline([WRITE] * total, here, total), width)
    assert width_of(row) == width
    if width >= 40:
        assert HERE in text(row)


def test_a_stretch_of_a_long_history_draws_as_the_whole_would() -> None:
    stops = [WRITE if n % 3 else READ for n in range(5000)]
    whole = timeline_line(Timeline(stops, 4000, 5000), 80)
    part = timeline_line(Timeline(stops[3900:4100], 4000, 5000, first=3900), 80)
    assert part == whole


@given(st.integers(0, 99), st.integers(0, 99), st.integers(20, 200))
def test_what_is_clicked_is_the_stop_that_is_drawn_there(total: int, here: int, width: int) -> None:
    view = Timeline([WRITE] * total, min(here, total), total)
    row = text(timeline_line(view, width))
    at = row.index(HERE) if HERE in row else 0
    if view.here and at:
        assert stop_at(view, width, at) == view.here
    found = [number for x in range(width) if (number := stop_at(view, width, x))]
    assert found == sorted(set(found)) and len(found) == row.count("●") + (view.here > 0 and at > 0)


def test_the_edge_of_the_timeline_is_the_beginning() -> None:
    assert stop_at(Timeline([WRITE], here=1, total=1), 60, 1) == 0
    assert stop_at(Timeline([WRITE] * 500, here=500, total=500), 60, 1) is None


def test_something_can_be_said_at_the_right_end_if_there_is_room() -> None:
    row = timeline_line(Timeline([WRITE], here=1, total=1), 60)
    tailed = with_tail(row, lambda width: line("+ key k"), 60)
    assert width_of(tailed) == 60
    assert text(tailed) == " ├─◉─┤ 1/1" + " " * 42 + "+ key k"
    assert with_tail(row, lambda width: line("x" * width), 30) == row or width_of(row) == 60
    full = timeline_line(Timeline([WRITE] * 99, here=99, total=99), 60)
    assert with_tail(full, lambda width: line("+ key k"), 60) == full


def test_the_title_tells_lesson_step_and_clock() -> None:
    view = Title("Inside a sorted set", 4, 8, passed_ms=7000, clock="lesson time")
    row = title_line(view, 100)
    assert text(row).startswith(" redlearn  Inside a sorted set  step 4/8 ●●●◉○○○○")
    assert text(row).endswith("+7s  lesson time")
    assert width_of(row) == 100


def test_the_title_tells_the_database_and_a_transaction_only_when_there_is_one() -> None:
    assert " db" not in text(title_line(Title("sandbox"), 80))
    assert "db3" in text(title_line(Title("sandbox", database=3), 80))
    assert "MULTI: 2 queued" in text(title_line(Title("sandbox", queued=2), 80))


@given(st.text(max_size=60).filter(str.isprintable), st.integers(1, 200), st.integers(0, 30))
def test_any_title_fits(name: str, width: int, steps: int) -> None:
    assert (
        width_of(title_line(Title(name, steps // 2, steps, 3, 10**9, "paused", 1), width)) == width
    )


@pytest.mark.parametrize(
    ("ms", "shown"),
    [(0, "0s"), (999, "0s"), (59_999, "59s"), (60_000, "1m00s"), (3_600_000, "1h00m")],
)
def test_durations_are_short(ms: int, shown: str) -> None:
    assert duration(ms) == shown


ITEMS = [("f1", "Help"), ("f7", "Back")]


def test_the_footer_names_keys_and_the_palette_at_the_end() -> None:
    assert text(footer_line(ITEMS, 40)) == " f1 Help  f7 Back" + " " * 12 + "^p Palette"


def test_what_does_not_fit_whole_is_not_in_the_footer() -> None:
    assert text(footer_line(ITEMS, 25)) == " f1 Help" + " " * 6 + "^p Palette"


@pytest.mark.parametrize("width", [1, 5, 12, 20, 200])
def test_the_footer_fits(width: int) -> None:
    assert width_of(footer_line(ITEMS, width)) == width


def test_what_is_clicked_in_the_footer_is_the_item_that_is_drawn_there() -> None:
    row = text(footer_line(ITEMS, 40))
    assert [footer_item_at(ITEMS, row.index(name)) for name in ("f1", "Help", "Back", "^p")] == [
        0,
        0,
        1,
        2,
    ]


@pytest.mark.parametrize("width", [1, 10, 59])
def test_the_notice_fits(width: int) -> None:
    assert width_of(notice_line(width)) <= width


def test_the_notice_is_whole_in_a_narrow_terminal_too() -> None:
    assert text(notice_line(50)) == "Panes need 60x20 cells; the prompt works."
    assert text(notice_line(20)) == "Panes need 60x20."


def test_the_title_says_how_many_programs_wait_for_the_present() -> None:
    one = plain([title_line(Title("sandbox", clock="past", held=1), 80)])
    assert "1 program waits for the present" in one
    assert "2 programs wait for the present" in plain([title_line(Title("s", held=2), 80)])
    assert "wait" not in plain([title_line(Title("sandbox", clock="past"), 80)])


def test_what_is_being_prepared_stands_in_the_title() -> None:
    view = Title("sandbox", work="a cluster of 60 nodes: 45%")
    assert "a cluster of 60 nodes: 45%" in text(title_line(view, 80))
