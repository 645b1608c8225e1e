from __future__ import annotations

from itertools import pairwise

import pytest

from redlearn.lessons.happenings import Celebrate, Say
from redlearn.lessons.play import (
    Beat,
    Did,
    Marked,
    Pace,
    Performance,
    Printed,
    Turned,
    Typed,
    celebration,
    reply_lines,
    said_lines,
    transcript,
)
from redlearn.lessons.ports import Ran
from redlearn.lines import plain, width_of
from redlearn.resp.reply import Failure
from tests.lessons.samples import lesson_of, sample, stage

SHOWN = """\
A sample

What this is about.

## 1. Look

[Try it]
redlearn> SET a 1
OK
redlearn> INCR a
(integer) 2

? And GET a?
  a) 1
  b) 2, one more
  c) three

? b

Right: 2, one more. INCR added one.

redlearn> GET a
"2"

## 2. Pause

Read this.

30s of simulated time pass.

That was that.

## 3. Do

Store a greeting.

redlearn> SET k hello
OK

Solved with 1 changing command: it cannot be done with fewer.

Done: A sample. The state stays; play with it.
"""


def beats_of(pace: Pace | None = None) -> list[Beat]:
    return list(Performance(sample(), stage(), pace))


def test_a_performance_reads_like_a_session() -> None:
    assert transcript(beats_of()).strip() + "\n" == SHOWN


def test_beats_are_in_order_and_the_same_each_time() -> None:
    beats = beats_of()
    moments = [beat.at_ms for beat in beats]
    assert moments == sorted(moments)
    assert beats == beats_of()


def test_keys_are_typed_one_by_one_at_a_human_pace() -> None:
    beats = beats_of()
    typed = [beat for beat in beats if isinstance(beat, Typed)]
    first = [
        beat.text for beat in typed[: typed.index(next(b for b in typed if b.text == "\n")) + 1]
    ]
    assert first == ["redlearn> ", *"SET a 1", "\n"]
    gaps = [after.at_ms - before.at_ms for before, after in pairwise(typed)][:7]
    assert all(40 <= gap <= 115 for gap in gaps)
    assert len(set(gaps)) > 2


def test_speed_divides_time() -> None:
    slow, fast = beats_of(), beats_of(Pace(speed=10))
    assert fast[-1].at_ms == pytest.approx(slow[-1].at_ms / 10, rel=0.01)
    assert transcript(fast) == transcript(slow)


def test_what_runs_and_what_is_looked_at_is_told_as_it_happens() -> None:
    beats = beats_of()
    did = [(beat.act.text, beat.unseen) for beat in beats if isinstance(beat, Did)]
    assert did == [
        ("SET a 1", False), ("INCR a", False), ("GET a", False), (":advance 30s", True),
        ("SET other 1", True), ("SET k hello", False),
    ]  # fmt: skip
    assert [beat.pane.name for beat in beats if isinstance(beat, Turned)] == ["structure"]
    assert [beat.name for beat in beats if isinstance(beat, Marked)] == [
        "step 1", "step 2", "middle", "step 3",
    ]  # fmt: skip


def test_the_lesson_is_finished_at_the_end() -> None:
    performance = Performance(sample(), stage())
    for _ in performance:
        pass
    assert performance.guide.progress.done
    assert performance.guide.progress.solved == {2}


def test_no_line_is_wider_than_asked() -> None:
    for beat in Performance(sample(), stage(), width=30):
        if isinstance(beat, Printed):
            assert all(width_of(row) <= 78 for row in beat.lines)


def test_clients_of_a_script_have_prompts_of_their_own() -> None:
    lesson = lesson_of("## 1\n```script\n@a SET k 1\n@b GET k\n```\n")
    shown = transcript(Performance(lesson, stage()))
    assert 'a> SET k 1\nOK\nb> GET k\n"1"\n' in shown


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            '## 1\n```predict\nask = "?"\nprobe = "GET k"\noptions = ["1", "2"]\nwhy = "!"\n```\n',
            "no option is right",
        ),
        (
            '## 1\n```check\n[[expect]]\ncmd = "GET k"\nreply = "1"\n```\n'
            "```solution\nSET k 2\n```\n",
            "does not pass",
        ),
    ],
)
def test_a_lesson_that_cannot_be_played_says_where(body: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        list(Performance(lesson_of(body), stage()))


def test_a_lesson_cannot_reach_the_terminal() -> None:
    body = (
        '## 1 [bold]x\n```redis\nSET k "\\x1b[2J"\nGET k\n```\n'
        '```predict\nask = "\\u001b[31m?"\nprobe = "GET k"\n'
        'options = [{ text = "\\u001b[5m", is = "\\u001b[2J" }, "no"]\nwhy = "\\u009b"\n```\n'
    )
    shown = transcript(Performance(lesson_of(body), stage()))
    assert all(each.isprintable() or each == "\n" for each in shown)
    assert "[bold]x" in shown


def test_replies_print_as_redis_cli_prints_them() -> None:
    assert plain(reply_lines([b"X"], Ran(([b"a", 1], Failure("ERR no"))))) == (
        '1) "a"\n2) (integer) 1\n(error) ERR no'
    )


def test_what_others_get_is_printed_with_whom_it_is_for() -> None:
    ran = Ran((1,), late=(("", b"x"), ("a", [b"message"])))
    assert plain(reply_lines([b"X"], ran)) == ('(integer) 1\nyou get:\n"x"\n@a gets:\n1) "message"')


def test_maps_are_printed_as_maps_to_whom_speaks_resp3() -> None:
    assert plain(reply_lines([b"X"], Ran(({b"a": 1},), protocol=3))) == '1# "a" => (integer) 1'


def test_each_voice_has_its_style() -> None:
    assert said_lines(Say(("Use `GET`.",), "hint"))[0][0].style == "hint"
    assert said_lines(Say(("a  b",), "solution")) == said_lines(Say(("a  b",), "listing"))
    assert said_lines(Say(("x",)))[0][0].style == ""


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        (Celebrate(1), "Solved with 1 changing command."),
        (Celebrate(2, 2), "Solved with 2 changing commands: it cannot be done with fewer."),
        (Celebrate(3, 2), "Solved with 3 changing commands; it can be done with 2."),
    ],
)
def test_a_task_solved_is_celebrated_with_the_number_of_moves(
    request_: Celebrate, text: str
) -> None:
    assert celebration(request_) == text
