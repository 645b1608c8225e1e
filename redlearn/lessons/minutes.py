"""How long a lesson takes a learner who reads all of it and types every command.

A rough sum, but the same for every lesson, so that `minutes` in its first lines can be held to
it: nobody starts a lesson of 12 minutes on a break of 12 minutes to find that it takes 25.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from redlearn.lessons.model import (
    Act,
    Check,
    Command,
    Commands,
    Item,
    Lesson,
    Listing,
    Predict,
    Prose,
    Script,
    Transcript,
)
from redlearn.lessons.prose import plain_text

WORDS_A_SECOND: Final = 2.8
"""Reading to understand, with a look at the pane now and then: 170 words a minute."""

KEYS_A_SECOND: Final = 3.0
"""Typing what stands in front of one; capitals, digits and brackets among it."""

MOST_KEYS: Final = 45
"""What is longer than this is left to f8."""

LOOK_SECONDS: Final = 4.0
"""At what a command answered, and at what it changed in the panes."""

LINE_SECONDS: Final = 1.0
"""For each line of a reply, or of a drawing."""

CHOICE_SECONDS: Final = 10.0
"""To think about a question before answering."""

TASK_SECONDS: Final = 120.0
"""To solve a task: try, ask for a hint, look something up."""

MOST_LINES: Final = 12
"""Of a long reply no more is read."""


def minutes_of(lesson: Lesson) -> float:
    """The minutes that a lesson takes, from its title to its last task.

    >>> minutes_of(Lesson("", "", "", ()))
    0.0
    """
    items = (*lesson.intro, *(item for step in lesson.steps for item in step.items))
    return sum(map(_seconds, items)) / 60


def _seconds(item: Item) -> float:
    match item:
        case Prose(_, paragraphs):
            return _reading(map(plain_text, paragraphs))
        case Listing(_, lines):
            return LINE_SECONDS * len(lines)
        case Commands() | Script():
            return sum(map(_typing, item.acts))
        case Transcript():
            replies = sum(min(len(each.reply), MOST_LINES) for each in item.exchanges)
            return sum(map(_typing, item.acts)) + LINE_SECONDS * replies
        case Predict():
            options = [option.text for option in item.options]
            return _reading([item.ask, *options, item.why]) + CHOICE_SECONDS
        case Check():
            return TASK_SECONDS
    return 0.0


def _reading(texts: Iterable[str]) -> float:
    return sum(len(text.split()) for text in texts) / WORDS_A_SECOND


def _typing(act: Act) -> float:
    look = LOOK_SECONDS if isinstance(act, Command) else LOOK_SECONDS / 2
    return min(len(act.text) + 1, MOST_KEYS) / KEYS_A_SECOND + look
