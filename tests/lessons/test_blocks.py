from __future__ import annotations

import pytest

from redlearn.lessons.model import (
    Attempt,
    Check,
    Clock,
    Command,
    Commands,
    Item,
    Listing,
    Marker,
    Option,
    Pane,
    Predict,
    Transcript,
    Wait,
)
from tests.lessons.samples import lesson_of, problems_of


def item_of(text: str) -> Item:
    """The first item of a step."""
    return lesson_of(f"## 1\n{text}\n").steps[0].items[0]


def wrong(text: str) -> list[str]:
    """What is wrong with a step, the block's first line being 1."""
    found = (each.split(":", 1) for each in problems_of(f"## 1\n{text}\n"))
    return [f"{int(line) - 1}:{message}" for line, message in found]


def predict(**changed: str) -> str:
    rows = {
        "ask": '"How many?"', "probe": '"len(k)"', "options": '["1", "2"]', "why": '"So."',
    } | changed  # fmt: skip
    return "```predict\n" + "\n".join(f"{key} = {row}" for key, row in rows.items()) + "\n```"


def test_commands_have_a_label_and_lines() -> None:
    item = item_of("```redis Two keys\nSET a 1\n:advance 1s\n```")
    assert isinstance(item, Commands)
    assert item.label == "Two keys"
    assert [act.text for act in item.acts] == ["SET a 1", ":advance 1s"]
    assert [act.place.line for act in item.acts] == [9, 10]


def test_a_transcript_pairs_commands_with_the_lines_below() -> None:
    item = item_of(
        '```transcript\n> GET a\n"1"\nredis> KEYS *\n1) "a"\n2) "b"\n\n> :advance 1s\n```'
    )
    assert isinstance(item, Transcript)
    assert [exchange.reply for exchange in item.exchanges] == [('"1"',), ('1) "a"', '2) "b"'), ()]
    assert isinstance(item.exchanges[2].act, Wait)


def test_plain_text_is_kept_line_by_line() -> None:
    assert item_of("```text\n  a   b\n c\n```") == Listing(
        item_of("```text\nx\n```").place, ("  a   b", " c")
    )


def test_a_question_has_options_with_values_before_the_first_comma() -> None:
    item = item_of(
        predict(
            options='["1, as before", { text = "two", is = "2", tag = "t" }]',
            answer='"2"',
            tag='"g"',
        )
    )
    assert isinstance(item, Predict)
    assert item.options == (Option("1, as before", "1"), Option("two", "2", "t"))
    assert (item.kind, item.answer, item.run, item.tag) == ("state", "2", None, "g")


def test_a_question_about_a_command_is_about_its_reply() -> None:
    item = item_of(predict(probe='"GET k"', run='"SET k 1"', answer='"auto"'))
    assert isinstance(item, Predict)
    assert (item.kind, item.answer) == ("reply", None)
    assert isinstance(item.run, Command)


@pytest.mark.parametrize(
    ("block", "messages"),
    [
        (predict(options='["1"]'), ["4: a question has 2 to 6 options"]),
        (predict(options='["1", "1, too"]'), ["4: two options are '1'"]),
        (predict(options='["1", 2]'), ["4: an option is a string or a table with 'text' and 'is'"]),
        (
            predict(options='["1", { txt = "2" }]'),
            ["1: unknown key 'txt'; did you mean 'text'?", "1: 'text' is missing"],
        ),
        (predict(answer='"3"'), ["6: no option is '3'"]),
        (
            predict(probe='"len("'),
            ["3: the probe: expected a name, a number or a string, found the end (column 5)"],
        ),
        (predict(probe='"SHUTDOWN"'), ["3: a lesson may not run SHUTDOWN: it ends the server"]),
        (predict(run='"SHUTDOWN"'), ["6: a lesson may not run SHUTDOWN: it ends the server"]),
        (predict(kind='"states"'), ["6: unknown kind 'states'; did you mean 'state'?"]),
        (predict(asks='"x"'), ["6: unknown key 'asks'; did you mean 'ask'?"]),
        ("```redsi\nGET k\n```", ["1: unknown block 'redsi'; did you mean 'redis'?"]),
        ("```redis\n\n```", ["1: this 'redis' block is empty"]),
        ("```transcript\nOK\n```", ["2: a transcript begins with a line '> COMMAND'"]),
        ("<!-- puase -->", ["1: unknown directive 'puase'; did you mean 'pause'?"]),
        ("<!-- pause: 3 -->", ["1: 'pause' takes no value"]),
        ("<!-- note -->", ["1: 'note' needs a value"]),
        ("<!-- clock: 30s -->", ["1: a clock moves as in '<!-- clock: +30s -->'"]),
        ("<!-- clock: +401d -->", ["1: a lesson may let 400d pass altogether"]),
        ("<!-- pane: structure:k path -->", ["1: write an option as 'path=on'"]),
    ],
)
def test_what_is_wrong_in_a_block_is_told_with_its_line(block: str, messages: list[str]) -> None:
    assert wrong(block) == messages


TASK_END = "\n```\n```solution\nSET k 1\n```"


@pytest.mark.parametrize(
    ("expect", "message"),
    [
        ("golf = 1", "1: 'expect' is missing"),
        ("expect = [1]", "2: write each expectation under a line '[[expect]]'"),
        ('[[expect]]\nreply = "x"', "2: an expectation has one of 'cmd', 'probe' and 'event'"),
        ('[[expect]]\ncmd = "GET k"', "2: 'cmd' needs one of 'reply', 'is' and 'error'"),
        (
            '[[expect]]\ncmd = "SHUTDOWN"\nreply = 1',
            "2: a lesson may not run SHUTDOWN: it ends the server",
        ),
        ('[[expect]]\nprobe = "len(("\nis = 1', "2: the probe: expected a name, a number"),
        ('[[expect]]\ncmd = ":advance 1s"\nreply = 1', "2: 'cmd' is a command, not an act"),
        ("[[expect]]\ncmd = 5\nreply = 1", "3: 'cmd' must be a string"),
    ],
)
def test_an_expectation_says_what_to_look_at_and_what_is_wanted(expect: str, message: str) -> None:
    found = wrong(f"```check\n{expect}{TASK_END}")
    assert any(each.startswith(message) for each in found)


def test_golf_may_stand_above_or_in_the_last_expectation() -> None:
    above = 'golf = 2\n[[expect]]\nevent = "hopped"\nwhere = { level = 0 }\ntimes = 3'
    below = '[[expect]]\nevent = "hopped"\ngolf = 2'
    for text in (above, below):
        item = item_of(f"```check\n{text}{TASK_END}")
        assert isinstance(item, Check)
        assert item.golf == 2
        assert item.expects[0].event == "hopped"


def test_wrong_attempts_are_parted_by_blank_lines_and_explained_above() -> None:
    step = lesson_of(
        "## 1\n```check\n[[expect]]\nevent = \"hopped\"" + TASK_END
        + "\n```wrong\n# too little\n# by far\nSET k 2\nSET j 3\n\n\nDEL k\n```\n"
    ).steps[0]  # fmt: skip
    assert [(each.because, [act.text for act in each.acts]) for each in step.attempts] == [
        ("too little by far", ["SET k 2", "SET j 3"]),
        ("", ["DEL k"]),
    ]
    assert isinstance(step.attempts[0], Attempt)


def test_directives_name_panes_moments_and_time() -> None:
    items = lesson_of(
        "## 1\n<!-- pane: structure:user:1 path=on lanes=2 -->\n<!-- pane: ttl -->\n"
        "<!-- marker: here we are -->\n<!-- clock: +2h -->\n"
    ).steps[0].items  # fmt: skip
    pane, ttl, marker, clock = items
    assert isinstance(pane, Pane)
    assert (pane.name, pane.subject) == ("structure", "user:1")
    assert pane.options == (("path", "on"), ("lanes", "2"))
    assert isinstance(ttl, Pane)
    assert (ttl.name, ttl.subject) == ("ttl", "")
    assert isinstance(marker, Marker)
    assert marker.name == "here we are"
    assert isinstance(clock, Clock)
    assert clock.ms == 7_200_000
