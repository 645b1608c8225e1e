from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from redlearn.lessons.model import Lesson, Place, Transcript
from tests.lessons.samples import sample


def test_a_place_reads_as_editors_read_it() -> None:
    assert str(Place("lessons/13-skiplist.md", 42)) == "lessons/13-skiplist.md:42"


def test_a_lesson_cannot_be_changed() -> None:
    lesson = sample()
    with pytest.raises(FrozenInstanceError):
        lesson.title = "other"  # type: ignore[misc]  # that is the point
    with pytest.raises(FrozenInstanceError):
        lesson.steps[0].title = "other"  # type: ignore[misc]  # that is the point


def test_lessons_are_compared_by_what_they_say() -> None:
    assert sample() == sample()
    assert isinstance(hash(sample().steps[0].items[0]), int)


def test_a_transcript_gives_its_acts_without_replies() -> None:
    transcripts = [item for item in sample().steps[0].items if isinstance(item, Transcript)]
    assert [act.text for act in transcripts[0].acts] == ["GET a"]


def test_a_step_without_a_task_has_no_parts_of_one() -> None:
    step = sample().steps[0]
    assert (step.check, step.solution, step.hints, step.setup, step.attempts) == (
        None, None, (), (), (),
    )  # fmt: skip


def test_a_lesson_needs_little() -> None:
    lesson = Lesson("x.md", "x", "X", ())
    assert (lesson.minutes, lesson.engine.clock, lesson.cluster) == (10, "virtual", None)
