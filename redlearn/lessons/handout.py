"""The handout: what one who presents a lesson needs and the audience does not see.

What will be typed, which options are right and why, the notes, hints and solutions of each step,
in reading order. Answers are computed, as everywhere, by running the lesson.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import Final

from redlearn.lessons.acts import script_line
from redlearn.lessons.checks import perform, right_option
from redlearn.lessons.model import (
    LETTERS,
    Act,
    Check,
    Clock,
    Commands,
    Hint,
    Item,
    Lesson,
    Note,
    Pane,
    Pause,
    Predict,
    Script,
    Solution,
    Step,
    Transcript,
)
from redlearn.lessons.ports import Runner
from redlearn.lessons.prose import clean, plain_text

WIDTH: Final = 79


def handout(lesson: Lesson, runner: Runner) -> str:
    """A lesson's handout as text of at most WIDTH columns, but for commands that are longer.

    Args:
        runner: A fresh engine for this lesson. It is at the lesson's end afterwards.
    """
    rows = [clean(lesson.title), f"{lesson.minutes} minutes, {len(lesson.steps)} steps"]
    rows += [row for item in lesson.intro for row in _item(item, runner)]
    for step in lesson.steps:
        rows += ["", clean(step.title), *_step(step, runner)]
    return "\n".join(rows) + "\n"


def _step(step: Step, runner: Runner) -> Iterator[str]:
    for act in step.setup:
        perform(act, runner)
    for item in step.items:
        yield from _item(item, runner)


def _item(item: Item, runner: Runner) -> Iterator[str]:
    match item:
        case Commands() | Transcript() | Script():
            yield from _run(item.acts, "  > ", runner)
        case Solution(_, acts):
            yield from _run(acts, "  solution> ", runner)
        case Predict():
            yield from _question(item, runner)
        case Clock(_, ms):
            runner.advance(ms)
        case _:
            yield from _said(item)


def _run(acts: Sequence[Act], lead: str, runner: Runner) -> Iterator[str]:
    for act in acts:
        perform(act, runner)
        yield lead + clean(script_line(act))


def _said(item: Item) -> Iterator[str]:
    """What is for the one who presents, and where to look."""
    match item:
        case Note(_, text):
            yield from _wrapped("  * ", plain_text(text))
        case Hint(_, paragraphs):
            yield from _wrapped("  hint: ", plain_text(" ".join(paragraphs)))
        case Check():
            yield "  The task."
        case Pause():
            yield "  ..."
        case Pane(_, name, subject):
            yield f"  [{name}{f' of {clean(subject)}' if subject else ''}]"


def _question(predict: Predict, runner: Runner) -> Iterator[str]:
    yield from _wrapped("  ? ", predict.ask)
    right = right_option(predict, runner)
    if right is not None:
        answer = f"{LETTERS[right]}) {predict.options[right].text}. {predict.why}"
        yield from _wrapped("    ", answer)


def _wrapped(lead: str, text: str) -> list[str]:
    return textwrap.wrap(
        clean(text), WIDTH, initial_indent=lead, subsequent_indent=" " * len(lead),
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
