from __future__ import annotations

import pytest

from redlearn.engine.structures.skiplist import Hopped
from redlearn.lessons.acts import script_line
from redlearn.lessons.checks import Verdict
from redlearn.lessons.happenings import (
    Answered,
    Ask,
    AskedHint,
    Await,
    Back,
    Begin,
    Celebrate,
    Challenge,
    Finished,
    Focus,
    Happening,
    Highlight,
    Judged,
    Mark,
    Next,
    Offer,
    Refuse,
    Request,
    Rewind,
    Run,
    Say,
    Typed,
    Waited,
)
from redlearn.lessons.model import Check, Commands, Transcript, Wait
from redlearn.lessons.player import (
    ANSWER_FIRST,
    INTRO,
    Progress,
    acts_of,
    advance,
    begin,
    resume,
)
from redlearn.resp.reply import OK, Failure
from tests.lessons.samples import lesson_of, sample


def words(line: str) -> tuple[bytes, ...]:
    return tuple(word.encode() for word in line.split())


def done(line: str, *, wrote: bool = False) -> Finished:
    return Finished(words(line), (OK,), wrote=wrote)


def play(
    *happenings: Happening, start: Progress | None = None
) -> tuple[Progress, tuple[Request, ...]]:
    """The progress after all of them, and what the last one asked for."""
    progress, requests = (start, ()) if start is not None else begin(sample())
    for happening in happenings:
        progress, requests = advance(progress, happening)
    return progress, requests


def kinds(requests: tuple[Request, ...]) -> list[str]:
    return [type(request).__name__ for request in requests]


def judged(progress: Progress, line: str, passes: bool, *, wrote: bool = True) -> Finished:
    check = progress.awaited_check
    assert check is not None
    verdict = Verdict(check.expects[0], passes, "" if passes else "not yet")
    return Finished(words(line), (OK,), (), (verdict,), wrote)


TO_QUESTION = (Next(), done("SET a 1"), done("INCR a"))
TO_TRANSCRIPT = (*TO_QUESTION, Answered(1, 1))
TO_PAUSE = (*TO_TRANSCRIPT, done("GET a"), Next())
TO_TASK = (*TO_PAUSE, Next(), Next())


def test_a_lesson_opens_with_its_title_and_introduction() -> None:
    progress, requests = begin(sample())
    assert requests == (
        Say(("A sample",), "title"),
        Say(("What this is about.",)),
        Await("step"),
    )
    assert progress.step == INTRO


def test_next_begins_the_first_step_and_offers_its_commands() -> None:
    progress, requests = play(Next())
    assert kinds(requests) == ["Begin", "Offer"]
    assert isinstance(requests[1], Offer)
    assert (requests[1].label, requests[1].done) == ("Try it", 0)
    assert isinstance(progress.waiting, Commands)


def test_what_is_typed_is_run_whatever_it_is() -> None:
    _, requests = play(Next(), Typed(words("PING")))
    assert [script_line(each.act) for each in requests if isinstance(each, Run)] == ["PING"]


def test_the_offered_command_moves_on_and_another_does_not() -> None:
    progress, requests = play(Next(), done("PING"))
    assert (progress.line, requests) == (0, ())
    progress, requests = play(Next(), done("set a 1"))
    assert progress.line == 1
    assert kinds(requests) == ["Offer"]
    assert play(Next(), done("SET a 1"), done("INCR a"))[1] == (
        Ask(sample().steps[0].items[1]),  # type: ignore[arg-type]  # it is a Predict
    )


def test_next_types_the_offered_command() -> None:
    _, requests = play(Next(), done("SET a 1"), Next())
    assert [script_line(each.act) for each in requests if isinstance(each, Run)] == ["INCR a"]


@pytest.mark.parametrize(("line", "refused"), [("GET a", True), ("get a", True), ("TTL a", False)])
def test_an_open_question_holds_back_the_command_that_answers_it(line: str, refused: bool) -> None:
    _, requests = play(*TO_QUESTION, Typed(words(line)))
    assert kinds(requests) == (["Refuse"] if refused else ["Run"])
    if refused:
        assert requests == (Refuse(ANSWER_FIRST),)


def test_a_right_answer_is_explained_and_leads_on() -> None:
    progress, requests = play(*TO_QUESTION, Answered(1, 1))
    assert requests[0] == Say(("Right: 2, one more. INCR added one.",), "right")
    assert kinds(requests) == ["Say", "Offer"]
    assert isinstance(progress.waiting, Transcript)
    assert [(each.right, each.tag) for each in progress.choices] == [(True, "")]


@pytest.mark.parametrize(("choice", "tag"), [(0, "counting"), (2, "odd")])
def test_a_wrong_answer_is_explained_too_and_its_misconception_noted(choice: int, tag: str) -> None:
    progress, requests = play(*TO_QUESTION, Answered(choice, 1))
    assert isinstance(requests[0], Say)
    assert requests[0].voice == "wrong"
    assert requests[0].paragraphs[0].endswith("but b) 2, one more. INCR added one.")
    assert [(each.right, each.tag) for each in progress.choices] == [(False, tag)]


def test_only_the_first_answer_counts() -> None:
    progress, _ = play(*TO_QUESTION, Answered(0, 1), Back(), *TO_QUESTION[1:], Answered(1, 1))
    assert [each.right for each in progress.choices] == [False]


def test_a_question_that_nothing_answers_any_more_is_passed_over() -> None:
    _, requests = play(*TO_QUESTION, Answered(0, None))
    assert isinstance(requests[0], Say)
    assert requests[0].voice == "wrong"


@pytest.mark.parametrize("choice", [-1, 3])
def test_an_option_that_is_not_there_is_no_answer(choice: int) -> None:
    progress, requests = play(*TO_QUESTION, Answered(choice, 1))
    assert requests == ()
    assert progress.awaited_predict is not None


def test_next_does_not_answer_for_the_learner() -> None:
    progress, requests = play(*TO_QUESTION, Next())
    assert kinds(requests) == ["Say"]
    assert progress.awaited_predict is not None


def test_after_the_last_item_the_step_waits_for_next() -> None:
    progress, requests = play(*TO_TRANSCRIPT, done("GET a"))
    assert requests == (Await("step"),)
    assert progress.waiting is None


def test_a_pause_waits_and_what_follows_it_comes_in_order() -> None:
    _, requests = play(*TO_PAUSE)
    assert requests[-1] == Await("pause")
    _, requests = play(*TO_PAUSE, Next())
    assert kinds(requests) == ["Say", "Focus", "Mark", "Run", "Say", "Say", "Await"]
    note, focus, mark, run, passes, prose, _ = requests
    assert note == Say(("only for the one who presents",), "note")
    assert isinstance(focus, Focus)
    assert mark == Mark("middle")
    assert isinstance(run, Run)
    assert run.unseen
    assert isinstance(run.act, Wait)
    assert run.act.ms == 30_000
    assert passes == Say(("30s of simulated time pass.",), "aside")
    assert prose == Say(("That was that.",))


def test_a_task_begins_with_its_setup_run_unseen() -> None:
    progress, requests = play(*TO_TASK)
    assert kinds(requests) == ["Begin", "Run", "Say", "Challenge"]
    assert isinstance(requests[1], Run)
    assert requests[1].unseen
    assert isinstance(progress.waiting, Check)
    assert isinstance(requests[3], Challenge)


def test_any_command_that_makes_the_check_pass_solves_the_task() -> None:
    progress, _ = play(*TO_TASK)
    progress, requests = advance(progress, judged(progress, "APPEND k hello", True))
    assert kinds(requests) == ["Judged", "Celebrate", "Await"]
    assert requests[1] == Celebrate(1, 1)
    assert progress.solved == {2}


def test_a_verdict_that_fails_is_shown_and_the_task_goes_on() -> None:
    progress, _ = play(*TO_TASK)
    progress, requests = advance(progress, judged(progress, "SET k x", False))
    assert kinds(requests) == ["Judged"]
    assert isinstance(requests[0], Judged)
    assert progress.awaited_check is not None


def test_reads_and_failures_are_no_moves() -> None:
    progress, _ = play(*TO_TASK)
    progress, _ = advance(progress, judged(progress, "GET k", False, wrote=False))
    failed = Finished(words("SET k"), (Failure("ERR no"),), wrote=True)
    progress, _ = advance(progress, failed)
    assert progress.moves == 0
    progress, _ = advance(progress, judged(progress, "SET k x", False))
    assert progress.moves == 1


def test_hints_come_one_by_one_and_then_the_solution() -> None:
    progress, requests = play(*TO_TASK, AskedHint())
    assert requests == (Say(("SET is the command.",), "hint"),)
    progress, requests = advance(progress, AskedHint())
    assert requests == (Say(("Its arguments are `k` and `hello`.",), "hint"),)
    assert progress.revealed == frozenset()
    progress, requests = advance(progress, AskedHint())
    assert requests == (Say(("SET k hello",), "solution"),)
    assert progress.revealed == {2}


def test_a_task_done_after_its_solution_was_shown_is_not_solved() -> None:
    progress, _ = play(*TO_TASK, AskedHint(), AskedHint(), AskedHint())
    progress, requests = advance(progress, judged(progress, "SET k hello", True))
    assert progress.solved == frozenset()
    assert "Celebrate" not in kinds(requests)
    assert progress.waiting is None


def test_next_leaves_a_task_only_after_its_solution_was_shown() -> None:
    progress, requests = play(*TO_TASK, Next())
    assert requests == (Say(("f8 leaves this one to you; f2 gives a hint.",), "aside"),)
    progress, _ = play(*TO_TASK, AskedHint(), AskedHint(), AskedHint(), Next())
    assert progress.waiting is None


def test_there_are_no_hints_outside_tasks() -> None:
    progress, requests = play(Next(), AskedHint())
    assert kinds(requests) == ["Say"]
    assert progress.hints_shown == 0


def test_the_last_step_leads_to_the_end() -> None:
    progress, _ = play(*TO_TASK)
    progress, _ = advance(progress, judged(progress, "SET k hello", True))
    progress, requests = advance(progress, Next())
    assert progress.done
    assert kinds(requests) == ["Celebrate", "Await"]
    assert isinstance(requests[0], Celebrate)
    assert requests[0].lesson is progress.lesson
    assert advance(progress, Next()) == (progress, ())


def test_back_goes_to_the_start_of_the_step_and_then_to_the_one_before() -> None:
    progress, requests = play(*TO_TRANSCRIPT, Back())
    assert kinds(requests) == ["Rewind", "Begin", "Offer"]
    assert requests[0] == Rewind(1)
    assert (progress.step, progress.line) == (0, 0)
    progress, requests = advance(progress, Back())
    assert requests == (Rewind(0), Say(("What this is about.",)), Await("step"))
    assert progress.step == INTRO
    assert advance(progress, Back()) == (progress, ())


def test_back_from_the_start_of_a_later_step_enters_the_one_before() -> None:
    progress, requests = play(*TO_PAUSE, Back())
    assert requests[0] == Rewind(1)
    assert isinstance(requests[1], Begin)
    assert progress.step == 0


def test_back_from_the_end_enters_the_last_step() -> None:
    progress, _ = play(*TO_TASK)
    progress, _ = advance(progress, judged(progress, "SET k hello", True))
    progress, requests = play(Next(), Back(), start=progress)
    assert progress.step == 2
    assert requests[0] == Rewind(3)


def test_a_visit_goes_on_at_a_step_with_what_was_solved() -> None:
    progress, requests = resume(sample(), 2, frozenset({1}))
    assert kinds(requests) == ["Say", "Focus", "Begin", "Run", "Say", "Challenge"]
    assert (progress.step, progress.solved) == (2, {1})


def test_a_step_runs_setup_commands_waits_and_its_solution() -> None:
    steps = sample().steps
    assert [[act.text for act in acts_of(step)] for step in steps] == [
        ["SET a 1", "INCR a", "GET a"], [":advance 30s"], ["SET other 1", "SET k hello"],
    ]  # fmt: skip


WAITING = lesson_of(
    '## 1\n```predict\nask = "?"\nrun = ":advance 1s"\nprobe = "DBSIZE"\n'
    'options = ["0", "1"]\nwhy = "!"\n```\n```redis\n:advance 1s\n```\n'
)


def test_time_is_held_back_like_a_command_and_longer_is_enough() -> None:
    progress, _ = play(Next(), start=begin(WAITING)[0])
    assert play(Typed(words(":advance 1s")), start=progress)[1] == (Refuse(ANSWER_FIRST),)
    progress, _ = play(Answered(0, 0), start=progress)
    _, requests = play(Typed(words(":advance 2s")), start=progress)
    assert isinstance(requests[0], Run)
    assert isinstance(requests[0].act, Wait)
    assert play(Waited(500), start=progress)[0].waiting is not None
    assert play(Waited(2000), start=progress)[0].waiting is None


def test_time_that_cannot_be_read_is_refused() -> None:
    _, requests = play(Next(), Typed(words(":advance soon")))
    assert requests == (Refuse("How long? Write 30s, 1500ms or 1m30s behind `:advance`."),)


EVENTFUL = lesson_of(
    '## 1\n```check\n[[expect]]\nevent = "hopped"\ntimes = 2\n```\n```solution\nSET k 1\n```\n'
)


LOOKING = lesson_of(
    '## 1\n```predict\nask = "?"\nprobe = "len(board.listpack.entries)"\n'
    'options = ["0", "1"]\nwhy = "!"\n```\n'
)


def test_an_answer_about_state_lights_up_the_key_it_is_about() -> None:
    _, requests = play(Next(), Answered(0, 1), start=begin(LOOKING)[0])
    assert Highlight("board") in requests
    _, requests = play(Next(), Answered(0, 0), start=begin(WAITING)[0])
    assert "Highlight" not in kinds(requests)


def test_events_that_the_check_asks_about_are_kept() -> None:
    progress, _ = play(Next(), start=begin(EVENTFUL)[0])
    hop = Hopped(0, b"a", 1.0, 1)
    progress, _ = advance(progress, Finished(words("X"), (), (hop,)))
    progress, _ = advance(progress, Finished(words("X"), (), (hop,)))
    assert progress.seen == (hop, hop)


def test_a_later_visit_turns_to_the_pane_that_the_steps_before_had_turned_to() -> None:
    lesson = lesson_of(
        "## 1\n<!-- pane: keys -->\n<!-- pane: structure:k -->\n\n## 2\nText.\n\n## 3\nText.\n"
    )
    _, requests = resume(lesson, 2)
    panes = [request.pane for request in requests if isinstance(request, Focus)]
    assert [(pane.name, pane.subject) for pane in panes] == [("structure", "k")]


def test_a_command_of_another_client_is_only_done_by_that_client() -> None:
    lesson = lesson_of("## 1\n```redis\n@a INCR n\n```\n")
    progress, _ = begin(lesson)
    progress, _ = advance(progress, Next())
    assert advance(progress, done("INCR n"))[0].line == 0
    after, _ = advance(progress, Finished(words("INCR n"), (1,), client="a"))
    assert after.waiting is None


def test_a_question_about_another_client_holds_back_that_clients_command() -> None:
    lesson = lesson_of(
        '## 1\n```predict\nask = "?"\nrun = "@a INCR n"\nprobe = "GET n"\n'
        'options = ["1", "2"]\nwhy = "."\n```\n```redis\n@a INCR n\n```\n'
    )
    progress, _ = advance(begin(lesson)[0], Next())
    assert kinds(advance(progress, Typed(words("INCR n"), "a"))[1]) == ["Refuse"]
    assert kinds(advance(progress, Typed(words("INCR n"), "b"))[1]) == ["Run"]
    assert kinds(advance(progress, Typed(words("INCR n")))[1]) == ["Run"]
