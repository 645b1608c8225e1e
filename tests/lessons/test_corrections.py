"""What an often read article on Redis has wrong stands right in a lesson, and runs there.

Each row: what is said, the lesson that says otherwise, a piece of its text, and a command that
shows it, with the first line of its reply.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from redlearn.lessons.library import shipped
from redlearn.lessons.model import Lesson, Predict, Prose, Transcript
from redlearn.lessons.prose import plain_text


@dataclass(frozen=True)
class Correction:
    """A mistake, and where a lesson puts it right."""

    said: str
    lesson: str
    text: str
    command: str
    reply: str


CORRECTIONS = [
    Correction(
        "user:1001:name is in slot 7686, on node B", "slots", "12650 lies in 10923-16383",
        "CLUSTER KEYSLOT user:1001:name", "(integer) 12650",
    ),
    Correction(
        "HMSET and HSET do exactly the same", "hashes", "they do not say the same",
        "HMSET ann age 37", "OK",
    ),
    Correction(
        "MULTI/EXEC: all succeed or none do", "transactions", "all run or none run",
        "MGET first second", '1) "1"',
    ),
    Correction(
        "lists are doubly linked lists", "lists", "these blocks, not the elements",
        "OBJECT ENCODING jobs", '"quicklist"',
    ),
    Correction(
        "a cluster uses consistent hashing", "slots", "It is not: there is no ring",
        "CLUSTER KEYSLOT user:1001:name", "(integer) 12650",
    ),
    Correction(
        "HyperLogLog's error is below 1 %", "bits", "the standard error is 0.81 %",
        "PFCOUNT guests", "(integer) 10",
    ),
    Correction(
        "of a key with a hash tag only the key part is used", "slots",
        "only the text between them is hashed", "CLUSTER KEYSLOT foo{}{bar}", "(integer) 8363",
    ),
]  # fmt: skip


def texts_of(lesson: Lesson) -> Iterator[str]:
    """What a learner reads, a paragraph at a time, with no line ends inside."""
    for step in lesson.steps:
        for item in step.items:
            if isinstance(item, Prose):
                yield from (re.sub(r"\s+", " ", plain_text(text)) for text in item.paragraphs)
            elif isinstance(item, Predict):
                yield item.why


def replies_of(lesson: Lesson) -> Iterator[tuple[str, str]]:
    """Each command of its transcripts with the first line of the reply."""
    for step in lesson.steps:
        for item in step.items:
            if isinstance(item, Transcript):
                yield from ((each.act.text, "".join(each.reply[:1])) for each in item.exchanges)


@pytest.mark.parametrize("correction", CORRECTIONS, ids=lambda each: each.said)
def test_a_lesson_puts_it_right_and_shows_it(correction: Correction) -> None:
    lesson = next(each for each in shipped() if each.id == correction.lesson)
    assert any(correction.text in text for text in texts_of(lesson))
    assert (correction.command, correction.reply) in list(replies_of(lesson))


def test_nothing_that_is_said_wrong_is_said_by_a_lesson_without_the_correction() -> None:
    """The phrases are quoted where they are put right, and stand nowhere else."""
    phrases = {
        "consistent hashing": "slots", "doubly linked": "lists",
        "all succeed or none": "transactions", "7686": "slots",
    }  # fmt: skip
    for lesson in shipped():
        for text in texts_of(lesson):
            for phrase, home in phrases.items():
                assert phrase not in text or lesson.id == home, f"{lesson.file}: {phrase}"
