from __future__ import annotations

import pytest

from redlearn.lessons.library import lesson_files
from redlearn.lessons.model import Lesson
from redlearn.lessons.parse import load
from redlearn.lessons.prove import prove, unresolved
from redlearn.timeline.stage import open_stage
from tests.lessons.samples import FRONT, TASK, lesson_of, sample


def told(body: str, front: str = FRONT) -> list[str]:
    """What is wrong with a lesson, without the places."""
    return [problem.message for problem in prove(lesson_of(body, front), open_stage)]


@pytest.mark.parametrize("path", lesson_files(), ids=lambda path: path.name)
def test_every_lesson_is_proven(path: object) -> None:
    from pathlib import Path

    assert isinstance(path, Path)
    assert [str(problem) for problem in prove(load(path, path.name), open_stage)] == []


@pytest.mark.parametrize("path", lesson_files(), ids=lambda path: path.name)
def test_every_lesson_ends_in_a_task_with_three_hints(path: object) -> None:
    from pathlib import Path

    assert isinstance(path, Path)
    lesson: Lesson = load(path)
    last = lesson.steps[-1]
    assert last.check is not None
    assert len(last.hints) == 3
    assert last.attempts
    assert 8 <= lesson.minutes <= 15
    assert lesson.see


def test_the_sample_is_proven() -> None:
    assert prove(sample(), open_stage) == []


@pytest.mark.parametrize(
    ("transcript", "message"),
    [
        ("> SET k 1\nok", "`SET k 1` prints 'OK' on line 1, not 'ok'"),
        ("> SET k 1", "`SET k 1` prints more: 'OK'"),
        ("> SET k 1\nOK\nOK", "`SET k 1` does not print: 'OK'"),
        (
            "> GET k\n(nil)\n> INCR k\n(integer) 2",
            "`INCR k` prints '(integer) 1' on line 1, not '(integer) 2'",
        ),
    ],
)
def test_a_transcript_must_match_to_the_letter(transcript: str, message: str) -> None:
    assert told(f"## 1\n```transcript\n{transcript}\n```\n") == [message]


def test_a_refusal_may_stand_in_a_transcript_but_not_among_commands() -> None:
    error = "(error) ERR value is not an integer or out of range"
    assert told(f"## 1\n```transcript\n> SET k a\nOK\n> INCR k\n{error}\n```\n") == []
    assert told("## 1\n```redis\nSET k a\nINCR k\n```\n") == [
        "`INCR k` fails: ERR value is not an integer or out of range"
    ]


def predict(rows: str, after: str = "") -> list[str]:
    return told(f'## 1\n```predict\nask = "?"\nwhy = "!"\n{rows}\n```\n{after}')


@pytest.mark.parametrize(
    ("rows", "after", "message"),
    [
        ('probe = "DBSIZE"\noptions = ["1", "2"]', "", "the answer is '0', and no option is"),
        ('probe = "DBSIZE"\noptions = ["0", "1"]\nanswer = "1"', "", "the answer is '0', not '1'"),
        ('probe = "k.length"\noptions = ["0", "1"]', "", "the probe: there is no key 'k'"),
        (
            'probe = "trace.count(\'hoped\')"\noptions = ["0", "1"]',
            "",
            "the probe: no event is called 'hoped'; did you mean 'hopped'?",
        ),
        (
            'run = "SET k 1"\nprobe = "DBSIZE"\noptions = ["0", "1"]',
            "",
            "`SET k 1` does not run right after its question",
        ),
        (
            'run = "SET k 1"\nprobe = "DBSIZE"\noptions = ["0", "1"]',
            "```redis\nSET j 1\nSET k 1\n```\n",
            "`SET k 1` does not run right after its question",
        ),
        (
            'probe = "DBSIZE"\noptions = ["0", "' + "x" * 80 + '"]',
            "",
            "85 columns are more than 78:   a) xxxxxxxxxxxxxxxxxxxxxxxxx...",
        ),
    ],
)
def test_a_question_has_one_right_option_and_its_command_follows(
    rows: str, after: str, message: str
) -> None:
    assert predict(rows, after) == [message]


@pytest.mark.parametrize(
    ("run", "after", "problems"),
    [
        ("INCR k", "```redis\nincr k\n```\n", ["`INCR k` runs twice: leave out 'run'"]),
        ("INCR k", "```redis\nINCR k\nINCR k\n```\n", []),  # both are shown: the second is asked
        ("@b INCR k", "```script\n@b INCR k\n```\n", []),  # another client's comes first
    ],
)
def test_a_command_does_not_run_twice_for_its_question(
    run: str, after: str, problems: list[str]
) -> None:
    rows = f'run = "{run}"\nprobe = "INCR k"\noptions = ["1", "2"]'
    assert predict(rows, after) == problems


def test_words_that_speak_against_what_was_computed_are_noticed() -> None:
    rows = 'ask = "2 + 2 is 5?"\nprobe = "DBSIZE"\noptions = ["0", "1"]\nwhy = "There is 1."'
    assert told(f"## 1\n```predict\n{rows}\n```\n") == [
        "'why' names 1, which is wrong, and not 0, which is right",
        "2 + 2 is 4, not 5",
    ]


def test_an_authors_answer_that_is_right_is_fine() -> None:
    assert predict('probe = "DBSIZE"\noptions = ["0", "1"]\nanswer = "0"') == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("SET other 1", "SET k hello", "the check passes before anything was done"),
        ("SET hello k", "SET k hello", "this wrong attempt passes: SET k hello"),
        (
            "SET k hello\n```\n\n```wrong",
            "SET k bye\n```\n\n```wrong",
            "not so after the solution: k does not say hello.",
        ),
        (
            "SET is the command.",
            "It is `set  k Hello`.",
            "only the last hint may say `SET k hello`",
        ),
        (
            "```solution\nSET k hello",
            "```solution\nSET k 1\nSET k hello",
            "golf is 1, but the solution takes 2",
        ),
        (
            "SET other 1",
            "SET other",
            "`SET other` fails: ERR wrong number of arguments for 'set' command",
        ),
        (
            "```solution\nSET k hello",
            "```solution\nINCR\nSET k hello",
            "`INCR` fails: ERR wrong number of arguments for 'incr' command",
        ),
        (
            'cmd = "GET k"\nreply = "hello"',
            'event = "key_aded"',
            "no event is called 'key_aded'; did you mean 'key_added'?",
        ),
    ],
)
def test_a_task_fails_until_it_is_done_and_passes_then(old: str, new: str, message: str) -> None:
    assert old in TASK
    assert told(f"## 1\n{TASK.replace(old, new, 1)}")[0] == message


def test_what_is_wider_than_a_small_terminal_is_told() -> None:
    wide = "x" * 79
    assert told(f"## 1\n```text\n{wide}\n```\n") == [f"79 columns are more than 78: {wide[:30]}..."]
    assert told(f"## 1\n```redis\nSET k {wide}\n```\n") == [
        f"85 columns are more than 78: SET k {wide[:24]}..."
    ]


def test_sources_that_a_lesson_names_must_exist() -> None:
    good = '"engine.structures.skiplist:Skiplist.insert"'
    front = FRONT.replace("+++\n#", f'see = [{good}, "slots:slot_off", "nowhere:x"]\n+++\n#')
    assert unresolved(lesson_of("## 1\nText.\n", front)) == ["slots:slot_off", "nowhere:x"]
    assert told("## 1\nText.\n", front) == [
        "'see' names slots:slot_off, which is not there",
        "'see' names nowhere:x, which is not there",
    ]


def test_time_that_passes_in_a_lesson_passes_in_its_proof() -> None:
    assert (
        told(
            "## 1\n```redis\nSET k 1 EX 10\n```\n<!-- clock: +4s -->\n"
            "```transcript\n> TTL k\n(integer) 6\n> :advance 6s\n> EXISTS k\n(integer) 0\n```\n"
        )
        == []
    )


def test_clients_of_a_script_are_different_clients() -> None:
    assert (
        told(
            "## 1\n```script\n@a SELECT 1\n@b SET k 1\n@a SET j 1\n```\n"
            "```transcript\n> EXISTS k\n(integer) 1\n> EXISTS j\n(integer) 0\n```\n"
        )
        == []
    )


SEVERAL = """## 1
```transcript
> @a BLPOP q 0
> @b SUBSCRIBE news
1) "subscribe"
2) "news"
3) (integer) 1
> RPUSH q job
(integer) 1
@a gets:
1) "q"
2) "job"
> PUBLISH news hi
(integer) 1
@b gets:
1) "message"
2) "news"
3) "hi"
```
"""


def test_what_reaches_other_clients_is_held_to_the_letter_as_well() -> None:
    assert prove(lesson_of(SEVERAL), open_stage) == []
    found = prove(lesson_of(SEVERAL.replace('3) "hi"', '3) "ho"')), open_stage)
    assert [each.message for each in found] == [
        "`PUBLISH news hi` prints '3) \"hi\"' on line 5, not '3) \"ho\"'"
    ]
    assert prove(lesson_of(SEVERAL.replace("@a gets:", "@b gets:")), open_stage) != []


def test_an_error_may_be_as_long_as_a_server_says_it() -> None:
    long = "A" * 70
    body = (
        f"## 1\n```transcript\n> {long}\n"
        f"(error) ERR unknown command '{long}', with args beginning with: \n```\n"
    )
    assert prove(lesson_of(body), open_stage) == []


def test_what_prepares_a_step_is_not_among_what_its_check_looks_at() -> None:
    task = """## 1
```setup
SET k 1
```
```check
[[expect]]
event = "key_changed"
times = 1
```
```hint
One.
```
```hint
Two.
```
```hint
Three.
```
```solution
SET k 2
```
```wrong
SET k 3
SET k 4
```
"""
    assert prove(lesson_of(task), open_stage) == []
