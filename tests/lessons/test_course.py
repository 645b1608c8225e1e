from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from redlearn.cli import cli
from redlearn.lessons.checks import claim
from redlearn.lessons.course import (
    Chapter,
    course,
    farewell,
    following,
    invitation,
    is_done,
    missing,
    rows,
    suggested,
)
from redlearn.lessons.model import Note, Predict
from redlearn.lessons.path import is_command
from redlearn.lessons.player import Choice, Progress, acts_of
from redlearn.lines import plain
from tests.lessons.samples import lesson_of, sample

DONE = {"step": 9, "done": True}


def chapter(number: int, *needs: str) -> Chapter:
    lesson = replace(lesson_of("## 1\nText.\n"), id=f"l{number}", title=f"Lesson {number}")
    return Chapter(number, replace(lesson, needs=needs))


ONE, TWO, THREE, FOUR = chapter(1), chapter(2, "l1"), chapter(3, "l2"), chapter(4, "l1")
BOOK = [ONE, TWO, THREE, FOUR]


def test_the_course_is_what_comes_with_redlearn_in_order() -> None:
    numbers = [each.number for each in course()]
    assert numbers == sorted(set(numbers))
    assert 13 in numbers


def test_the_readme_lists_the_course() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    listed = re.findall(r"^\| (\d+) \| (.+?) \| (\d+) minutes \|$", readme, re.MULTILINE)
    chapters = [(each.number, each.lesson) for each in course()]
    assert listed == [(str(n), lesson.title, str(lesson.minutes)) for n, lesson in chapters]


def test_every_lesson_that_is_built_on_is_there() -> None:
    known = {each.lesson.id for each in course()}
    assert {need for each in course() for need in each.lesson.needs} <= known


@pytest.mark.parametrize("each", course(), ids=lambda each: each.lesson.id)
def test_a_lesson_needs_only_lessons_that_come_before_it(each: Chapter) -> None:
    number_of = {other.lesson.id: other.number for other in course()}
    assert all(number_of.get(need, 0) < each.number for need in each.lesson.needs)


def test_what_a_lesson_builds_on_is_missed_until_it_is_done() -> None:
    assert missing(BOOK, THREE.lesson, {}) == [TWO]
    assert missing(BOOK, THREE.lesson, {"l2": {"step": 3}}) == [TWO]
    assert missing(BOOK, THREE.lesson, {"l2": DONE}) == []


def test_a_lesson_that_is_not_there_is_not_missed() -> None:
    assert missing([THREE], THREE.lesson, {}) == []


def test_a_lesson_read_again_stays_done() -> None:
    assert is_done(ONE, {"l1": {"step": 0, "done": False, "finished": True}})
    assert not is_done(ONE, {"l1": {"step": 0, "done": False}})


def test_after_a_lesson_comes_the_next_for_which_nothing_is_missing() -> None:
    assert following(BOOK, ONE.lesson, {"l1": DONE}) == TWO
    assert following(BOOK, TWO.lesson, {"l1": DONE, "l2": DONE}) == THREE
    assert following([ONE, THREE, FOUR, TWO], ONE.lesson, {"l1": DONE, "l2": {"step": 1}}) == FOUR


def test_after_the_last_lesson_comes_one_that_was_left_out() -> None:
    known = {each.lesson.id: DONE for each in (ONE, THREE, FOUR)}
    assert following(BOOK, FOUR.lesson, known) == TWO
    assert following(BOOK, FOUR.lesson, {**known, "l2": DONE}) is None


def test_a_file_of_ones_own_is_followed_by_the_course() -> None:
    assert following(BOOK, replace(ONE.lesson, id="mine"), {}) == ONE


def test_who_comes_in_goes_on_with_what_was_begun() -> None:
    assert suggested(BOOK, {}) == ONE
    assert suggested(BOOK, {"l1": DONE, "l4": {"step": 0}}) == FOUR
    assert suggested(BOOK, {each.lesson.id: DONE for each in BOOK}) is None


def test_each_row_tells_how_far_the_learner_is() -> None:
    shown = plain(rows(BOOK, {"l1": DONE, "l4": {"step": 0}})).splitlines()
    assert shown == [
        "  1  Lesson 1  10 minutes  ✓ done",
        "  2  Lesson 2  10 minutes",
        "  3  Lesson 3  10 minutes  after 2",
        "  4  Lesson 4  10 minutes  at step 1 of 1",
    ]
    assert plain(rows(BOOK, {})).splitlines()[0].endswith("▶ next")


def test_an_invitation_names_the_lesson_and_how_to_open_it() -> None:
    assert invitation(BOOK, {}, ":lesson") == ":lesson 1 begins Lesson 1."
    assert invitation(BOOK, {"l1": {"step": 0}}, ":lesson") == ":lesson 1 goes on with Lesson 1."
    done = {each.lesson.id: DONE for each in BOOK}
    assert invitation(BOOK, done, ":lesson") == "All done. :lesson NUMBER opens one again."


def test_at_the_end_it_is_told_how_it_went_and_what_comes_next() -> None:
    lesson = sample()
    count = sum(type(item).__name__ == "Predict" for step in lesson.steps for item in step.items)
    progress = Progress(lesson, choices=(Choice(0, 0, right=True), Choice(0, 1, right=False)))
    told = farewell(progress, TWO)
    assert told == (
        f"Questions right at the first try: 1 of {count}.",
        "Next comes lesson 2, Lesson 2. f8 begins it.",
    )
    assert farewell(Progress(lesson_of("## 1\nText.\n")), None) == ()


@pytest.mark.parametrize("each", course(), ids=lambda each: each.lesson.id)
def test_a_lesson_of_the_course_has_all_that_a_lesson_should(each: Chapter) -> None:
    steps = each.lesson.steps
    items = [item for step in steps for item in step.items]
    questions = [item for item in items if isinstance(item, Predict)]
    assert len(questions) >= 5
    assert all(question.tag for question in questions), "each names the misconception it is about"
    assert any(isinstance(item, Note) for item in items), "a teacher gets no help"
    tasks = [step for step in steps if step.check is not None]
    assert tasks
    assert all(len(step.hints) == 3 and len(step.attempts) >= 3 for step in tasks)
    assert each.lesson.see and each.lesson.teaches


@pytest.mark.parametrize("each", course(), ids=lambda each: each.lesson.id)
def test_a_lesson_shows_every_command_that_it_says_it_teaches(each: Chapter) -> None:
    acts = [act for step in each.lesson.steps for act in acts_of(step)]
    lines = [f"{act.text} ".upper() for act in acts]
    for step in each.lesson.steps:
        lines += [f"{item.probe} " for item in step.items if isinstance(item, Predict)]
        lines += [f"{e.cmd.text} " for e in (step.check.expects if step.check else ()) if e.cmd]
    for name in each.lesson.teaches:
        assert any(text.startswith(f"{name} ") for text in lines), name


@pytest.mark.parametrize("each", course(), ids=lambda each: each.lesson.id)
def test_a_task_that_looks_inside_has_words_for_what_it_wants_and_for_what_is_done(
    each: Chapter,
) -> None:
    checks = [step.check for step in each.lesson.steps if step.check is not None]
    for expect in (expect for check in checks for expect in check.expects):
        if expect.event or (expect.probe and not is_command(expect.probe)):
            assert expect.says and expect.done, expect.place
            assert claim(expect) == expect.done


@pytest.mark.parametrize(
    ("lesson", "right"),
    [
        ("failover", "Right: fail?: it suspects it, for itself. PFAIL,"),
        ("redlock", "Right: OK: it is his. 7006 never heard of ann's key."),
        ("redlock", "Right: OK: and then two write the same file. Her time was over long ago."),
    ],
)
def test_what_is_right_is_what_the_reason_speaks_of(lesson: str, right: str) -> None:
    played = CliRunner().invoke(cli, ["play", lesson, "--headless"])
    assert right in " ".join(played.output.split())
