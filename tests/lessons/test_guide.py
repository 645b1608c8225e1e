from __future__ import annotations

from redlearn.lessons.guide import Guide, restored, saved
from redlearn.lessons.happenings import Celebrate, Judged, Refuse, Request, Run
from redlearn.lessons.player import INTRO
from tests.lessons.samples import lesson_of, sample, stage


def new_guide() -> Guide:
    return Guide(sample(), stage())


def carry_out(guide: Guide, requests: tuple[Request, ...]) -> list[Request]:
    """Do what is requested, and what follows from it; everything that was."""
    found: list[Request] = []
    for request in requests:
        found.append(request)
        if isinstance(request, Run):
            ran = guide.do(request.act)
            if not request.unseen:
                found.extend(carry_out(guide, guide.reported(request.act, ran)))
    return found


def type_(guide: Guide, line: str) -> list[Request]:
    return carry_out(guide, guide.typed([word.encode() for word in line.split()]))


def go(guide: Guide, times: int = 1) -> list[Request]:
    found: list[Request] = []
    for _ in range(times):
        found = carry_out(guide, guide.next())
    return found


def at_task() -> Guide:
    guide = new_guide()
    go(guide, 3)
    carry_out(guide, guide.answered(1))
    go(guide, 4)
    assert guide.progress.awaited_check is not None
    return guide


def test_commands_run_on_the_engine_and_lead_on() -> None:
    guide = new_guide()
    go(guide)
    type_(guide, "SET a 1")
    assert guide.progress.line == 1
    type_(guide, "INCR a")
    assert guide.progress.awaited_predict is not None
    assert guide.runner.fork().run([b"GET", b"a"]).replies == (b"2",)


def test_the_right_option_is_computed_when_the_answer_comes() -> None:
    guide = new_guide()
    go(guide, 3)
    type_(guide, "SET a 0")
    guide.answered(0)
    assert [each.right for each in guide.progress.choices] == [True] or guide.progress.choices
    guide = new_guide()
    go(guide, 3)
    guide.answered(1)
    assert [each.right for each in guide.progress.choices] == [True]


def test_a_refused_command_does_not_run() -> None:
    guide = new_guide()
    go(guide, 3)
    assert any(isinstance(each, Refuse) for each in type_(guide, "GET a"))


def test_a_task_is_judged_after_each_command() -> None:
    guide = at_task()
    assert any(isinstance(each, Judged) for each in type_(guide, "SET k goodbye"))
    assert guide.progress.awaited_check is not None
    found = type_(guide, "APPEND j x")
    found = type_(guide, "SET k hello")
    celebration = next(each for each in found if isinstance(each, Celebrate))
    assert (celebration.moves, celebration.golf) == (3, 1)
    assert guide.progress.solved == {2}


def test_time_may_be_what_solves_a_task() -> None:
    guide = at_task()
    requests = carry_out(guide, guide.typed([b":advance", b"1s"]))
    assert any(isinstance(each, Judged) for each in requests)


def test_setup_is_there_before_the_task() -> None:
    assert at_task().runner.fork().run([b"GET", b"other"]).replies == (b"1",)


def test_back_takes_the_engine_back_too() -> None:
    guide = at_task()
    type_(guide, "SET k goodbye")
    carry_out(guide, guide.back())
    assert guide.runner.fork().run([b"EXISTS", b"k", b"other"]).replies == (1,)
    carry_out(guide, guide.back())
    carry_out(guide, guide.back())
    assert guide.progress.step == 0
    assert guide.runner.fork().run([b"DBSIZE"]).replies == (0,)


def test_back_then_forward_again_is_the_same_lesson() -> None:
    guide = new_guide()
    go(guide, 3)
    carry_out(guide, guide.answered(1))
    go(guide)
    carry_out(guide, guide.back())
    go(guide, 2)
    assert guide.progress.awaited_predict is not None
    assert guide.runner.fork().run([b"GET", b"a"]).replies == (b"2",)


COUNTED = """\
## 1. Count

```check
golf = 2
[[expect]]
event = "key_changed"
times = 2
says = "Two changes are wanted."
done = "Two changes were made."
```

```hint
Change something.
```

```solution
SET a 1
SET b 1
```
"""


def test_a_command_that_was_taken_back_does_not_count() -> None:
    guide = Guide(lesson_of(COUNTED), stage())
    carry_out(guide, guide.opening)
    go(guide)
    start = guide.runner.here()
    type_(guide, "SET a 1")
    guide.runner.back_to(start)
    assert not guide.standing()[0].passed
    type_(guide, "SET a 2")
    assert guide.progress.moves == 1
    requests = type_(guide, "SET b 2")
    assert Celebrate(2, 2) in requests


def test_what_was_taken_back_and_done_again_counts() -> None:
    guide = Guide(lesson_of(COUNTED), stage())
    carry_out(guide, guide.opening)
    go(guide)
    start = guide.runner.here()
    type_(guide, "SET a 1")
    after = guide.runner.here()
    guide.runner.back_to(start)
    assert guide.standing()
    assert guide.progress.moves == 0
    guide.runner.back_to(after)
    requests = type_(guide, "SET b 2")
    assert Celebrate(2, 2) in requests


def test_a_visit_is_kept_as_plain_data_and_goes_on() -> None:
    guide = at_task()
    type_(guide, "SET k hello")
    kept = saved(guide)
    assert kept == {"step": 2, "done": False, "solved": [2], "choices": [[0, 1, True, ""]]}
    again = restored(sample(), stage(), kept)
    carry_out(again, again.opening)
    assert again.progress.step == 2
    assert again.progress.solved == {2}
    assert again.progress.choices == guide.progress.choices
    assert again.runner.fork().run([b"MGET", b"a", b"other"]).replies == ([b"2", b"1"],)
    carry_out(again, again.back())
    assert again.runner.fork().run([b"MGET", b"a", b"other"]).replies == ([b"2", None],)


def test_what_was_kept_and_fits_no_longer_is_forgotten() -> None:
    kept: dict[str, object] = {
        "step": 17, "solved": [99, "x", 1], "choices": [[1], "y", [0, 1, False, "t"]],
    }  # fmt: skip
    guide = restored(sample(), stage(), kept)
    assert guide.progress.step == INTRO
    assert guide.progress.solved == {1}
    assert [each.tag for each in guide.progress.choices] == ["t"]
    assert restored(sample(), stage(), {}).progress.step == INTRO
