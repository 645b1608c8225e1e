"""The course: lessons in order, what each builds on, and which one comes next.

A lesson names by id those that it `needs`. Nothing is locked: whoever asks for lesson 13 first
gets it, and is told what it builds on. What a learner has done is handed in, as `guide.saved`
gives it for each lesson.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from redlearn.lessons.library import number_of, shipped
from redlearn.lessons.model import Lesson, Predict
from redlearn.lessons.player import Progress
from redlearn.lessons.prose import ended
from redlearn.lines import Line, Lines, Run, cells, line

Kept = Mapping[str, Mapping[str, object]]
"""What is known of the learner in each lesson, by id."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """A lesson and the number it goes by."""

    number: int
    lesson: Lesson

    @property
    def name(self) -> str:
        """As a sentence names it: `6, How keys really die`."""
        return f"{self.number}, {self.lesson.title}"


Course = Sequence[Chapter]


def course() -> Course:
    """The lessons that come with redlearn, by their numbers."""
    return [Chapter(number_of(Path(lesson.file)), lesson) for lesson in shipped()]


def is_done(chapter: Chapter, kept: Kept) -> bool:
    """Whether the learner has come to a lesson's end, now or on an earlier visit."""
    progress = kept.get(chapter.lesson.id, {})
    return bool(progress.get("done") or progress.get("finished"))


def missing(chapters: Course, lesson: Lesson, kept: Kept) -> list[Chapter]:
    """What a lesson builds on and the learner has not done. What is not there is not missed."""
    return [each for each in chapters if each.lesson.id in lesson.needs and not is_done(each, kept)]


def following(chapters: Course, lesson: Lesson, kept: Kept) -> Chapter | None:
    """What to do after a lesson: the next that nothing is missing for, or one left out before."""
    numbers = [each.number for each in chapters if each.lesson.id == lesson.id]
    left = [each for each in chapters if not is_done(each, kept) and each.lesson.id != lesson.id]
    ready = [each for each in left if not missing(chapters, each.lesson, kept)]
    later = [each for each in ready if each.number > (numbers or [0])[0]]
    return next(iter(later or ready or left), None)


def begun(chapters: Course, kept: Kept) -> Chapter | None:
    """The first lesson that was begun and not brought to its end."""
    open_ = [each for each in chapters if kept.get(each.lesson.id) and not is_done(each, kept)]
    return next(iter(open_), None)


def suggested(chapters: Course, kept: Kept) -> Chapter | None:
    """What a learner who comes in should do: go on, or the first lesson they are ready for."""
    left = [each for each in chapters if not is_done(each, kept)]
    ready = [each for each in left if not missing(chapters, each.lesson, kept)]
    return begun(chapters, kept) or next(iter(ready or left), None)


def rows(chapters: Course, kept: Kept) -> Lines:
    """A line for each lesson: number, title, minutes, and how far the learner is."""
    wide = max((cells(each.lesson.title) for each in chapters), default=0)
    next_up = suggested(chapters, kept)
    return tuple(_row(each, wide, _how_far(each, chapters, kept, next_up)) for each in chapters)


def invitation(chapters: Course, kept: Kept, how: str) -> str:
    """A sentence about what to do now; `how` is how a lesson is asked for, before its number."""
    chapter = suggested(chapters, kept)
    if chapter is None:
        return f"All done. {how} NUMBER opens one again."
    verb = "goes on with" if kept.get(chapter.lesson.id) else "begins"
    return f"{how} {chapter.number} {verb} {ended(chapter.lesson.title)}"


def farewell(progress: Progress, next_up: Chapter | None) -> tuple[str, ...]:
    """What is said at the end of a lesson: how it went, and what comes next."""
    questions = sum(
        isinstance(item, Predict) for step in progress.lesson.steps for item in step.items
    )
    right = sum(choice.right for choice in progress.choices)
    told = [f"Questions right at the first try: {right} of {questions}."] if questions else []
    if next_up is not None:
        told.append(f"Next comes lesson {ended(next_up.name)} f8 begins it.")
    return tuple(told)


def _row(chapter: Chapter, wide: int, how_far: Run) -> Line:
    title = chapter.lesson.title + " " * (wide - cells(chapter.lesson.title))
    return line(
        Run(f"{chapter.number:3}  ", "number"),
        Run(title, "value"),
        Run(f"  {chapter.lesson.minutes:2} minutes", "dim"),
        how_far,
    )


def _how_far(chapter: Chapter, chapters: Course, kept: Kept, next_up: Chapter | None) -> Run:
    progress = kept.get(chapter.lesson.id, {})
    step = progress.get("step")
    if is_done(chapter, kept):
        return Run("  ✓ done", "right")
    if progress and isinstance(step, int):
        return Run(f"  at step {step + 1} of {len(chapter.lesson.steps)}", "stress")
    if chapter == next_up:
        return Run("  ▶ next", "ok")
    before = missing(chapters, chapter.lesson, kept)
    return Run(f"  after {', '.join(str(each.number) for each in before)}" if before else "", "dim")
