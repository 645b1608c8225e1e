"""A line of a scenario is done at its moment, and what came of it is told in a line."""

from __future__ import annotations

from pathlib import Path

import pytest

from redlearn.timeline.staging import refusal
from redlearn.timeline.stories import find, open_story
from tests.timeline.test_stories import story, told


def test_what_does_not_come_about_is_said_and_what_cannot_be_done_too(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        '[[act]]\nat_ms = 100\nrestart = "7001"\n[[expect]]\nby_ms = 200\nprimary = "7004"\n'
        '[[act]]\nat_ms = 900\ncrash = "7001"\n'
    )
    assert find(str(path)) == path
    assert told(open_story(path)) == [
        "   0.10 s  restart 7001: cannot be done, 7001 runs already",
        "   0.20 s  NOT as expected: 7004 is a primary",
    ]


@pytest.mark.parametrize("line", ["", "{", "5", '{"at_ms": 1}', '{"at_ms": 1, "crash": "9"}'])
def test_a_line_that_means_nothing_changes_nothing(line: str) -> None:
    assert refusal([line], ["7001"]).startswith("That is no line of a scenario")
    assert refusal([], ["7001"]) != ""
    played = story("no-replica")
    assert played.session.act("scenario", line) != ""
    assert played.session.position == 0
