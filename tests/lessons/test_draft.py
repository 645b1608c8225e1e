from __future__ import annotations

import pytest

from redlearn.lessons.draft import draft, example, slug
from redlearn.lessons.model import Check, Commands, Note, Predict, Prose, Transcript
from redlearn.lessons.parse import parse
from redlearn.lessons.prove import prove
from redlearn.timeline.stage import open_stage
from tests.lessons.samples import stage


def made(name: str, *lines: str) -> tuple[str, list[str]]:
    text, problems = draft(name, lines, stage())
    return text, [f"{each.place.line}: {each.message}" for each in problems]


@pytest.mark.parametrize("name", ["my-lesson.md", 'A "quoted" lesson', "größer"])
def test_an_example_is_proven_as_it_is_and_has_a_block_of_each_kind(name: str) -> None:
    lesson = parse(example(name), "new.md")
    assert prove(lesson, open_stage) == []
    kinds = {type(item) for step in lesson.steps for item in step.items}
    assert kinds >= {Commands, Predict, Transcript, Check, Note, Prose}
    assert len(lesson.steps[-1].hints) == 3
    assert lesson.steps[-1].attempts


def test_commands_become_transcripts_with_the_replies_they_get() -> None:
    text, problems = made("two", "SET k v EX 10", "@a GET k", ":advance 4s", "TTL k", "HGET k f")
    lesson = parse(text, "two.md")
    assert problems == prove(lesson, open_stage) == []
    assert "> @a GET k\n" in text
    assert "> :advance 4s\n> TTL k\n(integer) 6\n" in text
    assert "> HGET k f\n(error) WRONGTYPE" in text


def test_blank_lines_begin_steps_and_remarks_are_prose() -> None:
    text, _ = made("three", "# First of all.", "SET a 1", "", "", "SET b 2", "# And then?", "GET b")
    lesson = parse(text, "three.md")
    assert [step.title for step in lesson.steps] == [
        "1. Step", "2. Step", "3. Step", "4. Your turn",
    ]  # fmt: skip
    assert lesson.steps[0].items[0] == Prose(lesson.steps[0].items[0].place, ("First of all.",))
    assert "And then?\n\n```transcript\n> GET b" in text


def test_what_a_lesson_may_not_run_is_left_out_and_said() -> None:
    text, problems = made("four", "SET a 1", "SHUTDOWN", 'GET "')
    assert problems == [
        "2: a lesson may not run SHUTDOWN: it ends the server",
        "3: the quotes do not balance",
    ]
    assert "SHUTDOWN" not in text


def test_nothing_typed_is_a_lesson_with_a_task() -> None:
    text, problems = made("five")
    assert problems == prove(parse(text, "five.md"), open_stage) == []


def test_a_name_becomes_an_id() -> None:
    assert slug("My first Lesson!.md") == "my-first-lesson"
    assert slug("///") == ""
