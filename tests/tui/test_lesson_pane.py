"""The lesson's page wraps at any width, and says when there is more below."""

from __future__ import annotations

import pytest

from redlearn.lessons.happenings import Ask, Await, Judged, Offer, Request, Say
from redlearn.lessons.model import Command, Option, Place, Predict
from redlearn.lines import plain, width_of
from redlearn.tui.lesson_pane import (
    ABOVE,
    LessonView,
    all_done,
    all_rows,
    more_below,
    read_on,
    render,
    told_with,
    turned,
)

PING = Command(Place("lesson.md", 1), (b"PING",), "PING")
LONG = Say(("A sorted set keeps members in score order, and each has a score. " * 5,))


@pytest.mark.parametrize("width", [12, 38, 78])
def test_rows_never_exceed_the_width(width: int) -> None:
    rows = all_rows((LONG, Say(("`code` and **strong**",), "hint")), width)
    assert all(width_of(row) <= width for row in rows)
    assert "members" in plain(rows)


def test_the_window_shows_rows_from_where_it_stands() -> None:
    rows = all_rows((LONG,), 40)
    assert plain(render(LessonView((LONG,), 2), 40, 3)).startswith(plain([rows[2]]))


def test_after_an_answer_the_page_begins_with_what_was_right() -> None:
    options = (Option("1", "1"), Option("2", "2"))
    ask = Ask(Predict(Place("x", 1), "reply", "How many?", None, "DBSIZE", None, options, "So."))
    said, offer = Say(("Right: 1. A key has one value.",), "right"), Offer((PING, PING, PING))
    told = (LONG, ask, said, offer)
    rows = all_rows(told, 78)
    top = turned((LONG, ask), LessonView(told), 78, 5)
    assert plain([rows[top]]) == "Right: 1. A key has one value."


def test_an_arrow_tells_that_there_is_more_below() -> None:
    assert plain(render(LessonView((LONG,)), 40, 3)).endswith("▾")
    assert "▾" not in plain(render(LessonView((LONG,), 999), 40, 3))
    assert "▾" not in plain(render(LessonView((LONG,)), 40, 99))


@pytest.mark.parametrize("last", [Offer((PING,)), Await("step"), Await("pause")])
def test_a_page_is_not_turned_for_the_word_that_f8_does_it(last: Request) -> None:
    told = (Say(("One line.", "And another.")), last)
    rows = all_rows(told, 40)
    height = len(rows) - 1
    shown = plain(render(LessonView(told), 40, height)).splitlines()
    assert len(shown) == height
    assert shown[-1].endswith("f8 ▶")
    assert not more_below(LessonView(told), 40, height)
    assert more_below(LessonView(told), 40, height - 1)
    assert plain(render(LessonView(told), 40, height - 1)).endswith("▾")


def test_the_end_of_a_lesson_is_read_to_its_last_word() -> None:
    told = (LONG, Await("end"))
    assert more_below(LessonView(told), 40, len(all_rows(told, 40)) - 1)


def test_only_the_latest_verdicts_and_the_latest_wait_are_kept() -> None:
    told = told_with((Say(("a",)), Judged(()), Await("step")), Judged(()))
    assert told == (Say(("a",)), Judged(()))
    assert told_with((Await("pause"),), Await("step")) == (Await("step"),)


def test_notes_for_whoever_presents_are_not_on_the_page() -> None:
    assert all_rows((Say(("secret",), "note"),), 40) == []


def test_an_empty_page_is_empty() -> None:
    assert render(LessonView(), 40, 5) == ()


def test_what_is_said_twice_in_a_row_is_on_the_page_once() -> None:
    again = Say(("Choose an answer.",))
    assert told_with((LONG, Say(("Choose an answer.",))), again) == (LONG, again)


def test_the_page_is_turned_to_what_is_new() -> None:
    old, new = (LONG,), Say(("And now this. " * 30,))
    view = LessonView((*old, new), 0)
    top = turned(old, view, 40, 5)
    assert plain(render(LessonView(view.told, top), 40, 5)).startswith("And now this.")
    assert turned((), LessonView(old), 40, 5) == 0


def test_a_page_with_nothing_new_stays_where_it_is() -> None:
    told = (LONG, Offer((PING,)))
    assert turned(told, LessonView(told, 3), 40, 5) == 3


def test_news_behind_a_finished_offer_is_what_the_page_turns_to() -> None:
    offer = Offer((PING,) * 4)
    done, more = all_done((LONG, offer)), Say(("What that did. " * 20,))
    view = LessonView((*done, more), 0)
    top = turned((LONG, offer), view, 40, 6)
    assert plain(render(LessonView(view.told, top), 40, 6)).startswith("What that did.")
    assert more_below(LessonView(view.told, top), 40, 6)
    assert not more_below(LessonView(view.told, top), 40, 99)


def test_an_answered_question_does_not_ask_for_an_answer_any_more() -> None:
    options = (Option("2", "2"), Option("3", "3"))
    ask = Ask(Predict(PING.place, "state", "How many?", None, "1", "3", options, "So."))
    told = told_with((ask,), Say(("Choose an answer.",), "aside"))
    assert "Answer with a letter" in plain(all_rows(told, 40))
    told = told_with(told, Say(("Right: 3.",), "right"))
    assert plain(all_rows(told, 40)).endswith("b) 3\n\nRight: 3.")


@pytest.mark.parametrize("width", [20, 30, 38])
def test_a_command_too_wide_for_the_page_goes_on_below(width: int) -> None:
    text = "ZRANGE board 60 90 BYSCORE WITHSCORES"
    rows = all_rows((Offer((Command(PING.place, (b"ZRANGE",), text),)),), width)
    assert all(width_of(row) <= width for row in rows)
    assert " ".join(plain(rows).split()) == f"▶ {text} Type it, or f8 does."


def question() -> Ask:
    options = (Option("2", "2"), Option("3", "3"), Option("4", "4"))
    asked = "How many of them are in the table now, after all that was deleted? " * 2
    return Ask(Predict(PING.place, "state", asked, None, "1", "3", options, "So."))


def test_an_open_question_stays_in_view_with_its_options() -> None:
    ask, height = question(), 9
    told = (LONG, ask, Say(("Choose an answer; a wrong one costs nothing.",), "aside"))
    top = turned((LONG, ask), LessonView(told), 40, height)
    shown = plain(render(LessonView(told, top), 40, height))
    assert "How many of them" in shown
    assert "c) 4" in shown


def test_a_question_of_three_options_and_the_remark_on_it_fit_in_six_rows() -> None:
    options = (Option("2", "2"), Option("3", "3"), Option("4", "4"))
    ask = Ask(Predict(PING.place, "state", "How many?", None, "1", "3", options, "So."))
    told = (LONG, ask, Say(("Choose an answer; a wrong one costs nothing.",), "aside"))
    top = turned((LONG, ask), LessonView(told), 79, 6)
    shown = plain(render(LessonView(told, top), 79, 6)).splitlines()
    assert shown[0].startswith("? How many?")
    assert shown[-1] == "Choose an answer; a wrong one costs nothing."


def test_reading_on_stops_where_the_question_begins() -> None:
    ask = question()
    told, height = (LONG, ask), 9
    first = 0
    while more_below(LessonView(told, first), 40, height):
        first = read_on(LessonView(told, first), 40, height)
        shown = plain(render(LessonView(told, first), 40, height))
        assert ("How many of them" in shown) or "a) 2" not in shown
    assert "c) 4" in shown


def test_a_mark_tells_that_there_is_more_above() -> None:
    assert ABOVE in plain(render(LessonView((LONG,), 2), 40, 3)).splitlines()[0]
    assert ABOVE not in plain(render(LessonView((LONG,)), 40, 3))
    assert all(width_of(row) <= 40 for row in render(LessonView((LONG,), 2), 40, 3))


def test_the_page_stays_while_the_commands_of_a_block_are_run_one_by_one() -> None:
    acts = tuple(Command(Place("l", 1), (b"SET", b"k"), f"SET k {n}") for n in range(7))
    told: tuple[Request, ...] = (LONG, Offer(acts, "Seven of them"))
    first = turned((LONG,), LessonView(told), 40, 6)
    rows = [plain([row]) for row in all_rows(told, 40)]
    assert rows[first] == "Seven of them"
    for done in range(1, 7):
        before, told = told, (LONG, Offer(acts, "Seven of them", done))
        first = turned(before, LessonView(told, first), 40, 6)
        window = [plain([row]) for row in render(LessonView(told, first), 40, 6)]
        assert any(row.startswith(f"▶ SET k {done}") for row in window)
        assert done < 6 or window[-1].startswith("Type it, or f8 does.")


def test_a_page_that_was_read_on_does_not_jump_back_to_the_blocks_beginning() -> None:
    acts = tuple(Command(Place("l", 1), (b"SET", b"k"), f"SET k {n}") for n in range(5))
    told: tuple[Request, ...] = (Offer(acts, "Five"),)
    first = read_on(LessonView(told), 40, 6)
    assert first == 1
    later = (Offer(acts, "Five", 1),)
    assert turned(told, LessonView(later, first), 40, 6) == first
