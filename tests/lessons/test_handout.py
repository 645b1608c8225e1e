from __future__ import annotations

import pytest

from redlearn.lessons.handout import WIDTH, handout
from redlearn.lessons.library import find_lesson
from redlearn.lessons.parse import load
from redlearn.timeline.stage import open_stage
from tests.lessons.samples import lesson_of, sample, stage


def test_a_handout_has_what_the_audience_does_not_see() -> None:
    assert (
        handout(sample(), stage())
        == """\
A sample
10 minutes, 3 steps

1. Look
  > SET a 1
  > INCR a
  ? And GET a?
    b) 2, one more. INCR added one.
  > GET a

2. Pause
  ...
  * only for the one who presents
  [structure of a]

3. Do
  The task.
  hint: SET is the command.
  hint: Its arguments are k and hello.
  solution> SET k hello
"""
    )


def test_answers_are_those_of_the_moment_at_which_they_are_asked() -> None:
    question = '```predict\nask = "?"\nwhy = "."\nprobe = "TTL k"\noptions = ["9", "4"]\n```\n'
    body = f"## 1\n```setup\nSET k 1 EX 10\n```\n<!-- clock: +1s -->\n{question}"
    again = f"## 2\n```redis\n:advance 5s\n```\n{question}"
    rows = handout(lesson_of(body + again), stage()).splitlines()
    assert [row for row in rows if ")" in row] == ["    a) 9. .", "    b) 4. ."]


@pytest.mark.parametrize("name", ["strings", "resharding"])
def test_a_handout_of_a_real_lesson_fits_a_page(name: str) -> None:
    path = find_lesson(name)
    assert path is not None
    lesson = load(path)
    rows = handout(lesson, open_stage(lesson)).splitlines()
    assert all(len(row) <= WIDTH for row in rows if "> " not in row)  # commands are not broken
    assert sum(row.startswith("  ? ") for row in rows) >= 5
