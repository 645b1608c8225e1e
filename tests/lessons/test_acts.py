from __future__ import annotations

import pytest

from redlearn.lessons.acts import Acts, is_same, script_line
from redlearn.lessons.model import Command, Place, Wait
from redlearn.lessons.source import Fence, Problems

PLACE = Place("l.md", 7)


def read(line: str) -> tuple[object, list[str]]:
    problems = Problems()
    return Acts(problems).one(line, PLACE), [each.message for each in problems.found]


def fence_of(text: str) -> Fence:
    return Fence(PLACE, "script", "", tuple(text.split("\n")))


def test_a_line_is_a_command_split_as_redis_cli_splits_it() -> None:
    line = r'SET k "a b\x00"'
    assert read(line) == (Command(PLACE, (b"SET", b"k", b"a b\x00"), line), [])


def test_a_line_that_begins_with_a_colon_lets_time_pass() -> None:
    assert read(":advance 1m30s") == (Wait(PLACE, 90_000, ":advance 1m30s"), [])


@pytest.mark.parametrize("line", ["", "   ", "# a remark"])
def test_blank_lines_and_remarks_are_nothing(line: str) -> None:
    assert read(line) == (None, [])


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('SET k "v', "the quotes do not balance"),
        ("SHUTDOWN", "a lesson may not run SHUTDOWN: it ends the server"),
        (":advanse 3s", "unknown act ':advanse'; did you mean ':advance'?"),
        (":advance soon", "'soon' is no duration: write 30s, 1500ms or 1m30s"),
        (":advance 999d", "a lesson may let 400d pass altogether"),
    ],
)
def test_what_cannot_run_is_told(line: str, message: str) -> None:
    assert read(line)[1] == [message]


def test_commands_are_counted_over_the_whole_lesson() -> None:
    problems = Problems()
    acts = Acts(problems)
    acts.of(fence_of("PING\n" * 500))
    assert problems.found == []
    acts.of(fence_of("PING\nPING"))
    assert [each.message for each in problems.found] == ["a lesson may have 500 commands"]


def test_a_name_in_front_says_whose_command_it_is_anywhere() -> None:
    assert read("@bo2 GET k") == (Command(PLACE, (b"GET", b"k"), "GET k", "bo2"), [])
    assert read("@a SHUTDOWN")[1] == ["a lesson may not run SHUTDOWN: it ends the server"]
    command = Command(PLACE, (b"GET", b"k"), "GET k", "a")
    assert is_same([b"get", b"k"], command, "a")
    assert not is_same([b"get", b"k"], command)


def test_a_script_names_the_client_of_each_line() -> None:
    problems = Problems()
    acts = Acts(problems).script(fence_of("@a SET k 1\n\n# later\n@b GET k\n:advance 1s\nPING"))
    assert [script_line(act) for act in acts] == ["@a SET k 1", "@b GET k", ":advance 1s"]
    assert [str(each) for each in problems.found] == [
        "l.md:13: a line of a script begins with its client, as in '@a PING'"
    ]


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ([b"set", b"k", b"V"], True),
        ([b"SET", b"k", b"v"], False),
        ([b"SET", b"K", b"V"], False),
        ([b"SET", b"k"], False),
    ],
)
def test_a_name_may_be_in_any_case_but_arguments_are_exact(
    typed: list[bytes], answer: bool
) -> None:
    assert is_same(typed, Command(PLACE, (b"SET", b"k", b"V"), "SET k V")) is answer
