"""The tutor: carries out what a lesson asks for, on the desk in front of the learner.

The lesson's guide decides; the desk runs; the tutor stands between them. What the lesson
says goes on its page, what commands answer goes into the log, and a step's beginning is
remembered, so that the learner can go back to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from redlearn.lessons.acts import addressed, script_line
from redlearn.lessons.checks import claim
from redlearn.lessons.course import Chapter, farewell
from redlearn.lessons.deeds import is_deed
from redlearn.lessons.guide import Guide, restored, saved
from redlearn.lessons.happenings import (
    Begin,
    Celebrate,
    Focus,
    Judged,
    Refuse,
    Request,
    Run,
    Say,
)
from redlearn.lessons.model import LETTERS, Act, Command, Lesson, Pane
from redlearn.lessons.player import Acting
from redlearn.lessons.ports import Ran
from redlearn.lessons.prose import clean
from redlearn.lines import Line, Lines, line
from redlearn.lines import Run as Piece
from redlearn.timeline.session import Moved
from redlearn.timeline.stage import Stage
from redlearn.tui.desk import Desk
from redlearn.tui.lesson_pane import all_done, told_with
from redlearn.tui.records import crash_lines, order_lines, restart_lines
from redlearn.tui.replies import misspelt, reply_lines

PROMPT: Final = "redlearn> "


class Tutor:
    """One visit to one lesson.

    Attributes:
        lesson: Which one.
        guide: Where the learner is in it.
        told: What the lesson's page says.
        turn_to: Called when the lesson wants a pane (and maybe a key) looked at.
        step_done: Called with what to save, when a step begins or the lesson ends.
        following: Finds the lesson to offer at the end, or None.
    """

    def __init__(self, desk: Desk, lesson: Lesson, kept: dict[str, object] | None = None) -> None:
        self.lesson = lesson
        self.told: tuple[Request, ...] = ()
        self.turn_to: Callable[[Pane], None] = lambda pane: None
        self.step_done: Callable[[dict[str, object]], None] = lambda kept: None
        self.following: Callable[[], Chapter | None] = lambda: None
        self._desk = desk
        self._runner = Stage(desk.session)
        self._begun: dict[int, int] = {}
        runner = self._runner
        self.guide = restored(lesson, runner, kept) if kept else Guide(lesson, runner)
        desk.session.subscribe(self._moved)

    def open(self) -> Lines:
        """Begin; what is to be printed."""
        return self._carry_out(self.guide.opening)

    # What the learner does.

    def typed(self, argv: Sequence[bytes]) -> Lines:
        """A command was entered: run it, unless the lesson has a reason not to."""
        return self._carry_out(self.guide.typed(argv), echo=False)

    def typed_by(self, client: str, argv: Sequence[bytes]) -> Lines:
        """A command was entered for another client, by name, or for a node: "a", "7001"."""
        if refused := self._desk.no_node(addressed(client)[1]):
            return (line(Piece(refused, "warn")),)
        return self._carry_out(self.guide.typed(argv, client), echo=False)

    def answers(self, text: str) -> bool:
        """Whether `text` answers the question now open: an option's letter, or its words."""
        return self._option(text) is not None

    def no_answer(self, text: str) -> str:
        """What to say of a letter that looks like an answer to the open question and is none."""
        predict = self.guide.progress.awaited_predict
        word = text.strip().lower()
        if predict is None or len(word) != 1 or not word.isalpha() or self.answers(text):
            return ""
        letters = LETTERS[: len(predict.options)]
        return f"There is no answer {word}: {', '.join(letters[:-1])} or {letters[-1]}."

    def answer(self, text: str) -> Lines:
        """Take an answer that `answers` has accepted."""
        option = self._option(text)
        return () if option is None else self._carry_out(self.guide.answered(option))

    def _option(self, text: str) -> int | None:
        predict = self.guide.progress.awaited_predict
        if predict is None:
            return None
        said = text.strip().lower()
        letters = LETTERS[: len(predict.options)]
        if said and said.removesuffix(")") in tuple(letters):
            return letters.index(said[0])
        words = [clean(option.text).lower() for option in predict.options]
        return words.index(said) if said in words else None

    def wait(self, ms: int) -> Lines:
        """Let simulated time pass, as the learner asked."""
        self.guide.catch_up()
        return self._carry_out(self.guide.waited(ms, self._runner.advance(ms)))

    def hint(self) -> Lines:
        return self._carry_out(self.guide.hint())

    def next(self) -> Lines:
        return self._carry_out(self.guide.next())

    def back(self) -> Lines:
        return self._carry_out(self.guide.back())

    def goal(self) -> Lines:
        """What the task still wants, as the lesson's check says it: what is done comes first.

        Where few lines are left, the last of them are those that are seen.
        """
        if self.guide.progress.awaited_check is None:
            return (line(Piece("There is no task just now: f8 goes on.", "hint")),)
        rows = [line(Piece("What is still wanted:", "label"))]
        verdicts = self.guide.standing()
        for verdict in sorted(verdicts, key=lambda each: not each.passed):
            mark, style = ("✓", "right") if verdict.passed else ("✗", "wrong")
            says = claim(verdict.expect) if verdict.passed else verdict.says
            rows.append(line(Piece(f"{mark} ", style), Piece(clean(says), "value")))
        return tuple(rows)

    @property
    def step(self) -> int:
        """The number of the step, from 1; 0 in the introduction."""
        return min(self.guide.progress.step + 1, len(self.lesson.steps))

    @property
    def marks(self) -> frozenset[int]:
        """The positions at which steps began."""
        return frozenset(self._begun.values())

    def _moved(self, moved: Moved) -> None:
        """The learner went back or forward in time: say anew how the task stands there."""
        is_said = any(isinstance(each, Judged) for each in self.told)
        if moved.point is None and is_said and (verdicts := self.guide.standing()):
            self.told = told_with(self.told, Judged(verdicts))

    # What the lesson asks for.

    def _carry_out(self, requests: Iterable[Request], *, echo: bool = True) -> Lines:
        printed: list[Line] = []
        for request in requests:
            self.told = told_with(self.told, request)
            match request:
                case Run(act, unseen):
                    printed += self._run(act, unseen=unseen, echo=echo)
                case Refuse(reason):
                    printed.append(line(Piece(reason, "warn")))
                case Begin(_, number):
                    self._begun[number] = self._desk.session.position
                    self.step_done(saved(self.guide))
                case Focus(pane):
                    self.turn_to(pane)
                case Celebrate(lesson=Lesson()):
                    self.step_done(saved(self.guide))
                    if said := farewell(self.guide.progress, self.following()):
                        self.told = told_with(self.told, Say(said, "aside"))
        if not isinstance(self.guide.progress.waiting, Acting):
            self.told = all_done(self.told)
        return tuple(printed)

    def _run(self, act: Act, *, unseen: bool, echo: bool) -> Lines:
        printed: list[Line] = []
        if echo and not unseen:
            printed.append(line(Piece(PROMPT, "prompt"), Piece(script_line(act), "value")))
        ran = self.guide.do(act)
        if unseen:
            return ()
        printed += self._replies(act, ran)
        printed += self._carry_out(self.guide.reported(act, ran))
        return tuple(printed)

    def _replies(self, act: Act, ran: Ran) -> Lines:
        if not isinstance(act, Command):
            return ()
        if is_deed(act.argv) and not ran.replies:
            session = self._desk.session
            return (*crash_lines(session), *restart_lines(session), *order_lines(session))
        if not ran.replies and (down := self._desk.session.world.down):
            return (line(Piece(down, "warn")),)
        if not ran.replies:
            client = self._desk.session.client_named(addressed(act.client)[0])
            return self._desk.unanswered(client)
        rows = (reply_lines(reply, act.argv, ran.protocol) for reply in ran.replies)
        asked = (misspelt(reply, act.argv) for reply in ran.replies)
        return tuple(row for each in (*rows, *asked) for row in each)
