"""The guide: a player and the engine it plays on, joined for whoever drives a lesson.

The player says what is wanted and the runner does it; between them some things must be
looked up at the right moment: which option is right, and how the task stands after a command.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from redlearn.engine.context import KeyChanged
from redlearn.lessons.checks import Verdict, judge, perform, right_option
from redlearn.lessons.happenings import (
    Answered,
    AskedHint,
    Back,
    Begin,
    Finished,
    Happening,
    Next,
    Request,
    Rewind,
    Typed,
    Waited,
)
from redlearn.lessons.model import Act, Lesson, Wait
from redlearn.lessons.player import INTRO, Choice, acts_of, advance, begin, resume
from redlearn.lessons.ports import Ran, Runner
from redlearn.probe import Event


@dataclass(frozen=True, slots=True)
class _Mark:
    """What counted towards a step's task, at a moment of the engine."""

    here: int
    moves: int
    seen: tuple[Event, ...]


class Guide:
    """One learner in one lesson.

    Each method says what happened and gives the requests that follow. The front end carries
    them out in order; `Run` requests by `do`, or by its own means on the same engine, and
    unless they are `unseen` it reports them by `reported`. Taking the engine back is done
    here: `Rewind` only says that it was.

    Attributes:
        progress: Where they are; changes with every method.
        runner: The engine in front of them.
    """

    def __init__(self, lesson: Lesson, runner: Runner) -> None:
        self.runner = runner
        self._moments = {INTRO + 1: runner.here()}
        self._trail: list[_Mark] = []
        self.progress, self._opening = begin(lesson)
        self._follow(self._opening)

    @classmethod
    def at_step(
        cls,
        lesson: Lesson,
        runner: Runner,
        step: int,
        solved: frozenset[int] = frozenset(),
        choices: tuple[Choice, ...] = (),
    ) -> Guide:
        """A guide who goes on at a step, as saved earlier; what comes before it is run."""
        guide = cls(lesson, runner)
        if step > INTRO:
            for number in range(step):
                guide._moments[number + 1] = runner.here()
                for act in acts_of(lesson.steps[number]):
                    guide.do(act)
            guide.progress, guide._opening = resume(lesson, step, solved, choices)
            guide._follow(guide._opening)
        return guide

    @property
    def opening(self) -> tuple[Request, ...]:
        """What to do before the first happening."""
        return self._opening

    def typed(self, argv: Sequence[bytes], client: str = "") -> tuple[Request, ...]:
        """A line was entered, for `client` if not for the learner: run it, or refuse."""
        self.catch_up()
        return self._take(Typed(tuple(argv), client))

    def finished(self, argv: Sequence[bytes], ran: Ran, client: str = "") -> tuple[Request, ...]:
        """A command ran, whoever typed it."""
        wrote = any(isinstance(event, KeyChanged) for event in ran.events)
        verdicts = self._verdicts(ran.events)
        return self._take(Finished(tuple(argv), ran.replies, ran.events, verdicts, wrote, client))

    def waited(self, ms: int, events: tuple[Event, ...] = ()) -> tuple[Request, ...]:
        """Simulated time passed."""
        return self._take(Waited(ms, events, self._verdicts(events)))

    def reported(self, act: Act, ran: Ran) -> tuple[Request, ...]:
        """`finished` or `waited`, whichever the act was."""
        if isinstance(act, Wait):
            return self.waited(act.ms, ran.events)
        return self.finished(act.argv, ran, act.client)

    def answered(self, choice: int) -> tuple[Request, ...]:
        """An option of the open question was chosen."""
        predict = self.progress.awaited_predict
        right = right_option(predict, self.runner) if predict else None
        return self._take(Answered(choice, right))

    def hint(self) -> tuple[Request, ...]:
        return self._take(AskedHint())

    def next(self) -> tuple[Request, ...]:
        self.catch_up()
        return self._take(Next())

    def back(self) -> tuple[Request, ...]:
        return self._take(Back())

    def catch_up(self) -> None:
        """Count what counts at this moment: no command that was taken back is a move, or was seen.

        To be called before anything runs, as `typed` and `next` do.
        """
        here = self.runner.here()
        for mark in reversed(self._trail):
            if mark.here <= here:
                self.progress = replace(self.progress, moves=mark.moves, seen=mark.seen)
                return

    @property
    def is_behind(self) -> bool:
        """Whether the engine was taken back to before what the learner did last."""
        return bool(self._trail) and self._trail[-1].here > self.runner.here()

    def standing(self) -> tuple[Verdict, ...]:
        """How the open task stands at this moment of the engine; nothing without one."""
        self.catch_up()
        return self._verdicts(())

    def do(self, act: Act) -> Ran:
        """Carry out a Run request on the runner."""
        return perform(act, self.runner)

    def _verdicts(self, events: tuple[Event, ...]) -> tuple[Verdict, ...]:
        check = self.progress.awaited_check
        if check is None:
            return ()
        return judge(check, self.runner, (*self.progress.seen, *events))

    def _take(self, happening: Happening) -> tuple[Request, ...]:
        self.progress, requests = advance(self.progress, happening)
        self._follow(requests)
        if isinstance(happening, Finished | Waited):
            self._note()
        return requests

    def _note(self) -> None:
        """Remember what counts at this moment; what was later on another branch is over."""
        here = self.runner.here()
        self._trail = [mark for mark in self._trail if mark.here < here]
        self._trail.append(_Mark(here, self.progress.moves, self.progress.seen))

    def _follow(self, requests: Sequence[Request]) -> None:
        """Note where steps begin, and take the engine back to there."""
        for request in requests:
            if isinstance(request, Rewind):
                self.runner.back_to(self._moments.get(request.number, self._moments[0]))
            elif isinstance(request, Begin):
                self._moments[request.number] = self.runner.here()
                self._trail.clear()
                self._note()


def saved(guide: Guide) -> dict[str, object]:
    """What is worth keeping of a visit, as JSON can hold it; `restored` reads it back."""
    progress = guide.progress
    return {
        "step": progress.step,
        "done": progress.done,
        "solved": sorted(progress.solved),
        "choices": [[each.step, each.item, each.right, each.tag] for each in progress.choices],
    }


def restored(lesson: Lesson, runner: Runner, kept: dict[str, object]) -> Guide:
    """The guide of an earlier visit. What does not fit the lesson (any more) is forgotten."""
    step, solved, rows = kept.get("step"), kept.get("solved"), kept.get("choices")
    count = len(lesson.steps)
    numbers = solved if isinstance(solved, list) else []
    done = frozenset(each for each in numbers if isinstance(each, int) and 0 <= each < count)
    choices = tuple(filter(None, map(_choice, rows if isinstance(rows, list) else [])))
    at = step if isinstance(step, int) and INTRO <= step < count else INTRO
    guide = Guide.at_step(lesson, runner, at, done, choices)
    guide.progress = replace(guide.progress, solved=done, choices=choices)
    return guide


def _choice(row: object) -> Choice | None:
    match row:
        case [int(step), int(item), bool(right), str(tag)]:
            return Choice(step, item, right, tag)
    return None
