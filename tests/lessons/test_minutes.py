from __future__ import annotations

from pathlib import Path

import pytest

from redlearn.lessons.library import lesson_files
from redlearn.lessons.minutes import minutes_of
from redlearn.lessons.parse import load
from tests.lessons.samples import lesson_of

SHORTEST, LONGEST = 8, 15
LESSONS = pytest.mark.parametrize("path", lesson_files(), ids=lambda path: path.name)


@LESSONS
def test_a_lesson_takes_between_eight_and_fifteen_minutes(path: Path) -> None:
    assert SHORTEST <= minutes_of(load(path)) <= LONGEST


@LESSONS
def test_a_lesson_says_honestly_how_long_it_takes(path: Path) -> None:
    lesson = load(path)
    takes = minutes_of(lesson)
    assert abs(lesson.minutes - takes) <= 1.5, f"it takes about {takes:.1f} minutes"


def test_reading_takes_time_by_the_word() -> None:
    short, long = lesson_of("## 1\none two\n"), lesson_of("## 1\n" + "word " * 170 + "\n")
    assert minutes_of(long) - minutes_of(short) == pytest.approx(1.0, abs=0.02)


@pytest.mark.parametrize(
    "more",
    [
        "```redis\nSET k 1\n```",
        "```transcript\n> GET k\n(nil)\n```",
        "```text\na drawing\n```",
        '```predict\nask = "?"\nprobe = "GET k"\noptions = ["1", "2"]\nwhy = "So."\n```',
        '```check\n[[expect]]\ncmd = "GET k"\nreply = "1"\n```\n```solution\nSET k 1\n```',
    ],
)
def test_whatever_a_learner_does_takes_longer_than_not_doing_it(more: str) -> None:
    without, with_it = lesson_of("## 1\nText.\n"), lesson_of(f"## 1\nText.\n\n{more}\n")
    assert minutes_of(with_it) > minutes_of(without)


def test_nobody_types_a_very_long_line_by_hand() -> None:
    long, longer = (lesson_of(f"## 1\n```redis\nSET k {'x' * n}\n```\n") for n in (100, 900))
    assert minutes_of(long) == minutes_of(longer)


def test_what_is_behind_the_curtain_takes_no_time() -> None:
    hidden = "```setup\nSET k 1\n```\n<!-- note: say this aloud -->\n"
    assert minutes_of(lesson_of(f"## 1\nText.\n\n{hidden}")) == minutes_of(
        lesson_of("## 1\nText.\n")
    )
