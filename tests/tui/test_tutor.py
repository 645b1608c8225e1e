"""The tutor carries a lesson out on the desk: commands, questions, tasks, steps, and back."""

from __future__ import annotations

import pytest

from redlearn.lessons.happenings import Ask, Begin, Challenge
from redlearn.lessons.model import Lesson
from redlearn.lines import plain
from redlearn.timeline.housed import IS_DOWN
from redlearn.timeline.stage import open_stage
from redlearn.tui.desk import Desk
from redlearn.tui.lesson_pane import all_rows
from redlearn.tui.records import NOTHING_SAID
from redlearn.tui.tutor import Tutor
from tests.lessons.samples import FRONT, lesson_of


def tutor_of(lesson: Lesson, kept: dict[str, object] | None = None) -> Tutor:
    return Tutor(Desk(open_stage(lesson).session, lesson.title), lesson, kept)


@pytest.fixture
def tutor(small_lesson: Lesson) -> Tutor:
    tutor = tutor_of(small_lesson)
    tutor.open()
    return tutor


def page(tutor: Tutor) -> str:
    return plain(all_rows(tutor.told, 80))


def type_in(tutor: Tutor, *lines: str) -> str:
    return "\n".join(plain(tutor.typed([word.encode() for word in each.split()])) for each in lines)


def solve(tutor: Tutor) -> None:
    """Walk from the introduction to the end of the task."""
    tutor.next()
    type_in(tutor, "SET count 1", "INCR count")
    tutor.answer("b")
    type_in(tutor, "INCR count")
    tutor.next()
    type_in(tutor, "SET count 10")


def test_the_page_opens_with_the_introduction(tutor: Tutor) -> None:
    assert "It has one of everything." in page(tutor)
    assert tutor.step == 0


def test_a_step_begins_on_a_clean_page_and_offers_its_commands(tutor: Tutor) -> None:
    tutor.next()
    assert "It has one of everything." not in page(tutor)
    assert "1. Commands" in page(tutor)
    assert "▶ SET count 1" in page(tutor)
    assert tutor.step == 1
    assert isinstance(tutor.told[0], Begin)


def test_a_typed_command_runs_and_the_offer_goes_on(tutor: Tutor) -> None:
    tutor.next()
    assert type_in(tutor, "SET count 1") == "OK"
    assert "✓ SET count 1" in page(tutor) and "▶ INCR count" in page(tutor)


def test_the_next_command_is_typed_for_the_learner_and_echoed(tutor: Tutor) -> None:
    tutor.next()
    assert plain(tutor.next()) == "redlearn> SET count 1\nOK"


def test_a_question_refuses_what_would_give_it_away_and_takes_a_letter(tutor: Tutor) -> None:
    tutor.next()
    type_in(tutor, "SET count 1", "INCR count")
    assert any(isinstance(each, Ask) for each in tutor.told)
    assert "✓ INCR count" in page(tutor) and "Type it" not in page(tutor)
    assert "Answer the question first" in type_in(tutor, "INCR count")
    assert tutor.answers("B ") and not tutor.answers("d") and not tutor.answers("GET")
    tutor.answer("b")
    assert "Right: 3" in page(tutor)
    assert not tutor.answers("b")


@pytest.mark.parametrize("said", ["3", "b)", " B"])
def test_a_question_takes_an_options_letter_or_its_words(tutor: Tutor, said: str) -> None:
    tutor.next()
    type_in(tutor, "SET count 1", "INCR count")
    assert tutor.answers(said) and not any(map(tutor.answers, ("5", ")", "", "bb", "b) 3")))
    tutor.answer(said)
    assert "Right: 3" in page(tutor)


def test_a_task_is_judged_after_every_command_by_its_state(tutor: Tutor) -> None:
    tutor.next()
    type_in(tutor, "SET count 1", "INCR count")
    tutor.answer("a")
    type_in(tutor, "INCR count")
    tutor.next()
    assert any(isinstance(each, Challenge) for each in tutor.told)
    assert "count is not 10 yet" in plain(tutor.goal())
    type_in(tutor, "SET count 11")
    assert "✗ count is not 10 yet." in page(tutor)
    type_in(tutor, "SET count 10")
    assert "Solved with" in page(tutor)
    assert "no task" in plain(tutor.goal())


def test_hints_come_one_by_one_and_then_the_solution(tutor: Tutor) -> None:
    tutor.next()
    type_in(tutor, "SET count 1", "INCR count")
    tutor.answer("b")
    type_in(tutor, "INCR count")
    tutor.next()
    tutor.hint()
    assert "SET stores any value." in page(tutor)
    assert "SET count 10" not in page(tutor)
    tutor.hint()
    assert "SET count 10" in page(tutor)


def test_time_passes_in_a_lesson_by_its_own_clock_or_by_an_act(tutor: Tutor) -> None:
    solve(tutor)
    tutor.next()
    tutor.next()
    type_in(tutor, "SET brief v EX 5")
    assert "10s of simulated time pass" in page(tutor)
    assert type_in(tutor, "EXISTS brief") == "(integer) 0"
    tutor.wait(1000)
    assert "f8 begins the next step" in page(tutor) or "f8" in page(tutor)


def test_going_back_takes_the_engine_to_where_the_step_began(tutor: Tutor) -> None:
    solve(tutor)
    tutor.next()
    tutor.back()
    assert tutor.step == 2
    assert type_in(tutor, "GET count") == '"3"'


def test_steps_are_marked_on_the_timeline(tutor: Tutor) -> None:
    solve(tutor)
    marks = sorted(tutor.marks)
    assert len(marks) == 2 and marks[0] < marks[1]


def test_progress_is_given_to_be_kept_and_a_later_visit_goes_on(small_lesson: Lesson) -> None:
    kept: list[dict[str, object]] = []
    tutor = tutor_of(small_lesson)
    tutor.step_done = kept.append
    tutor.open()
    solve(tutor)
    tutor.next()
    assert kept[-1]["step"] == 2
    later = tutor_of(small_lesson, kept[-1])
    later.open()
    assert later.step == 3
    assert "3. Time passes" in page(later)
    assert type_in(later, "GET count") == '"10"'


def test_the_end_of_the_lesson_is_told_and_kept(small_lesson: Lesson) -> None:
    kept: list[dict[str, object]] = []
    tutor = tutor_of(small_lesson)
    tutor.step_done = kept.append
    tutor.open()
    solve(tutor)
    for _ in range(8):
        tutor.next()
    assert kept[-1]["done"] is True
    assert "Done: A small lesson" in page(tutor)
    assert "Questions right at the first try: 1 of 1." in page(tutor)
    assert tutor.step == 3


def test_what_another_client_is_asked_for_counts_when_that_client_sends_it() -> None:
    lesson = lesson_of("## 1\n```script\n@a SET k 1\n```\n```redis\n@b INCR k\n```\n")
    tutor = tutor_of(lesson)
    tutor.open()
    tutor.next()
    type_in(tutor, "SET k 1")
    assert "▶ @a SET k 1" in page(tutor)
    assert plain(tutor.typed_by("a", [b"SET", b"k", b"1"])) == "OK"
    assert "▶ @b INCR k" in page(tutor)
    assert "redlearn> @b INCR k" in plain(tutor.next())


def test_a_node_that_is_not_there_is_sent_nothing(tutor: Tutor) -> None:
    tutor.next()
    said = plain(tutor.typed_by("7001", [b"SET", b"count", b"1"]))
    assert said.startswith("There is no node 7001: there is no cluster here.")
    assert "▶ SET count 1" in page(tutor)


def test_nor_in_a_cluster_a_node_beyond_its_last() -> None:
    front = FRONT.replace("\n+++\n", "\n[cluster]\nprimaries = 1\n+++\n")
    tutor = tutor_of(lesson_of("## 1\nProse.\n", front))
    tutor.open()
    assert plain(tutor.typed_by("a@7099", [b"PING"])) == "There is no node 7099: there are 7001."
    assert plain(tutor.typed_by("a@7001", [b"PING"])) == "PONG"


def test_who_comes_again_after_a_restart_is_said_to_wait(tutor: Tutor) -> None:
    tutor.typed_by("a", [b"PING"])
    type_in(tutor, ":kill", ":restart")
    assert "@a waits" in plain(tutor.typed_by("a", [b"BLPOP", b"q", b"0"]))


def test_a_server_that_is_down_is_said_to_be_and_a_restart_tells_what_it_found(
    tutor: Tutor,
) -> None:
    type_in(tutor, ":kill")
    assert type_in(tutor, "GET count") == IS_DOWN
    assert type_in(tutor, ":restart") == NOTHING_SAID


TWO_PARTS = """\
## 1. Two parts

```check
[[expect]]
cmd = "GET a"
reply = "1"
says = "a is missing."
[[expect]]
cmd = "GET b"
reply = "2"
says = "b is missing."
```

```hint
Set both.
```

```solution
MSET a 1 b 2
```
"""


def test_the_page_says_how_the_task_stands_at_the_moment_that_one_went_back_to() -> None:
    tutor = tutor_of(lesson_of(TWO_PARTS))
    tutor.open()
    tutor.next()
    session = tutor._desk.session
    type_in(tutor, "SET a 1", "SET b 3")
    assert "1 of 2 done" in page(tutor)
    session.step(-2)
    assert "0 of 2 done" in page(tutor)
    assert "a is missing." in page(tutor)
    session.step(1)
    assert "1 of 2 done" in page(tutor)
    type_in(tutor, "SET b 2")
    assert "2 of 2 done" in page(tutor)
    assert "Solved with 2 changing commands" in page(tutor)
