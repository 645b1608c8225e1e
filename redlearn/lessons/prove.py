"""`redlearn check`: is everything that a lesson says true, and can it be finished?

Each step is run as a learner would come to it. Transcripts must match to the letter, each
question must have one right option, a reason that does not speak against it, and a command that
runs once; a task must fail before it is done and after each wrong attempt, and pass after its
solution; no hint but the last may hold a line of the solution; everything must fit a small
terminal. At the end the whole lesson is played.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Final

from redlearn.engine.context import KeyChanged
from redlearn.lessons.acts import asked, is_same
from redlearn.lessons.checks import answer, judge, passed, perform
from redlearn.lessons.look import event_kinds, nearest
from redlearn.lessons.model import (
    Act,
    Attempt,
    Check,
    Clock,
    Command,
    Commands,
    Exchange,
    Item,
    Lesson,
    Listing,
    Place,
    Predict,
    Prose,
    Script,
    Step,
    Transcript,
    Wait,
)  # fmt: skip
from redlearn.lessons.path import ProbeError, is_command
from redlearn.lessons.play import Performance, reply_lines
from redlearn.lessons.ports import Open, Ran, Runner
from redlearn.lessons.reasons import contradictions, sums_of
from redlearn.lessons.source import Problem
from redlearn.lines import cells, plain
from redlearn.probe import Event
from redlearn.resp.reply import Failure

WIDTH: Final = 78
"""What a line of a lesson may take: 80 columns less a border."""


def prove(lesson: Lesson, open_engine: Open) -> list[Problem]:
    """Everything wrong with a lesson, as found by running it; empty when it is proven.

    Args:
        open_engine: Makes fresh engines; two are made.
    """
    proof = _Proof(lesson, open_engine(lesson))
    proof.run()
    if not proof.problems:
        proof.problems.extend(_playing(lesson, open_engine(lesson)))
    return proof.problems


def mismatch(exchange: Exchange, ran: Ran) -> str:
    """How a transcript differs from what a command really said, or ""."""
    argv = exchange.act.argv if isinstance(exchange.act, Command) else ()
    rows = reply_lines(argv, ran)
    shown = plain(rows).split("\n") if rows else []
    written = list(exchange.reply)
    if shown == written:
        return ""
    for number, (theirs, ours) in enumerate(zip(shown, written, strict=False), 1):
        if theirs != ours:
            return f"`{exchange.act.text}` prints {theirs!r} on line {number}, not {ours!r}"
    more = shown[len(written) :] or written[len(shown) :]
    verb = "prints more" if len(shown) > len(written) else "does not print"
    return f"`{exchange.act.text}` {verb}: {more[0]!r}"


def unresolved(lesson: Lesson) -> list[str]:
    """The names in `see` that lead nowhere. Imports the modules they name, all of redlearn."""
    return [name for name in lesson.see if not _resolves(name)]


class _Proof:
    """One run through a lesson that notes what is wrong."""

    def __init__(self, lesson: Lesson, runner: Runner) -> None:
        self._lesson = lesson
        self._runner = runner
        self._events: list[Event] = []
        self.problems: list[Problem] = []

    def run(self) -> None:
        for step in self._lesson.steps:
            for act in step.setup:
                self._do(act, step.place, shown=False)
            self._events = []  # as the player has it: what prepares a step is not looked at
            for number, item in enumerate(step.items):
                self._item(step, number, item)
            self._hints(step)
        self.problems.extend(sums_of(self._lesson))
        for name in unresolved(self._lesson):
            self._add(Place(self._lesson.file, 1), f"'see' names {name}, which is not there")

    def _item(self, step: Step, number: int, item: Item) -> None:
        match item:
            case Commands() | Script():
                for act in item.acts:
                    self._do(act, item.place)
            case Transcript():
                for exchange in item.exchanges:
                    self._exchange(exchange)
            case Clock(_, ms):
                self._events.extend(self._runner.advance(ms))
            case Predict():
                self._predict(step, number, item)
            case Check():
                self._task(step, item)
            case Prose(place, paragraphs):
                self._fits([text for text in paragraphs if text.startswith(" ")], place)
            case Listing(place, lines):
                self._fits(lines, place)

    def _do(self, act: Act, place: Place, *, shown: bool = True) -> None:
        """Run an act which is expected to succeed: a refusal belongs into a transcript."""
        ran = perform(act, self._runner)
        self._events.extend(ran.events)
        if shown:
            self._fits([act.text], act.place)
        for reply in ran.replies:
            if isinstance(reply, Failure):
                self._add(act.place, f"`{act.text}` fails: {reply.text}")

    def _exchange(self, exchange: Exchange) -> None:
        ran = perform(exchange.act, self._runner)
        self._events.extend(ran.events)
        rows = [row for row in exchange.reply if not row.startswith("(error)")]  # as long as it is
        self._fits([exchange.act.text, *rows], exchange.act.place)
        if wrong := mismatch(exchange, ran):
            self._add(exchange.act.place, wrong)

    # ------------------------------------------------------------------------------ questions

    def _predict(self, step: Step, number: int, predict: Predict) -> None:
        for option in predict.options:
            self._fits([f"  a) {option.text}"], predict.place)
        following = _next_acts(step, number)
        run = predict.run
        if run is not None and not (following and _is_same_act(run, following[0])):
            self._add(predict.place, f"`{run.text}` does not run right after its question")
        if run is not None and _asks_again(predict, run, following[1:]):
            self._add(predict.place, f"`{run.text}` runs twice: leave out 'run'")
        try:
            found = answer(predict, self._runner)
        except ProbeError as error:
            self._add(predict.place, f"the probe: {error}")
            return
        values = [option.value for option in predict.options]
        if found not in values:
            self._add(predict.place, f"the answer is '{found}', and no option is")
        elif predict.answer is not None and predict.answer != found:
            self._add(predict.place, f"the answer is '{found}', not '{predict.answer}'")
        for message in contradictions(predict, found) if found in values else ():
            self._add(predict.place, message)

    # ---------------------------------------------------------------------------------- tasks

    def _task(self, step: Step, check: Check) -> None:
        for expect in check.expects:
            if expect.event and expect.event not in event_kinds():
                guess = nearest(expect.event, event_kinds())
                self._add(expect.place, f"no event is called '{expect.event}'{guess}")
        if passed(judge(check, self._runner, self._events)):
            self._add(check.place, "the check passes before anything was done")
        for attempt in step.attempts:
            self._attempt(check, attempt)
        assert step.solution is not None  # the parser saw to it
        before, moves = len(self.problems), 0
        for act in step.solution.acts:
            ran = perform(act, self._runner)
            self._events.extend(ran.events)
            moves += any(isinstance(event, KeyChanged) for event in ran.events)
            self._no_failure(act, ran)
        for verdict in judge(check, self._runner, self._events):
            if not verdict.passed and len(self.problems) == before:
                self._add(verdict.expect.place, f"not so after the solution: {verdict.says}")
        if check.golf and moves > check.golf:
            self._add(check.place, f"golf is {check.golf}, but the solution takes {moves}")

    def _no_failure(self, act: Act, ran: Ran) -> None:
        for reply in ran.replies:
            if isinstance(reply, Failure):
                self._add(act.place, f"`{act.text}` fails: {reply.text}")

    def _attempt(self, check: Check, attempt: Attempt) -> None:
        fork, events = self._runner.fork(), list(self._events)
        for act in attempt.acts:
            events.extend(perform(act, fork).events)
        if attempt.acts and passed(judge(check, fork, events)):
            texts = "; ".join(act.text for act in attempt.acts)
            self._add(attempt.acts[0].place, f"this wrong attempt passes: {texts}")

    def _hints(self, step: Step) -> None:
        solution = step.solution.acts if step.solution else ()
        for hint in step.hints[:-1]:
            said = " ".join(" ".join(hint.paragraphs).lower().split())
            for act in solution:
                if " ".join(act.text.lower().split()) in said:
                    self._add(hint.place, f"only the last hint may say `{act.text}`")

    # --------------------------------------------------------------------------------- layout

    def _fits(self, texts: Sequence[str], place: Place) -> None:
        for text in texts:
            if cells(text) > WIDTH:
                self._add(place, f"{cells(text)} columns are more than {WIDTH}: {text[:30]}...")

    def _add(self, place: Place, message: str) -> None:
        self.problems.append(Problem(place, message))


def _playing(lesson: Lesson, runner: Runner) -> list[Problem]:
    """Whether the lesson's own player comes to the end, with every task solved."""
    performance = Performance(lesson, runner)
    for _ in performance:
        pass
    progress = performance.guide.progress
    missing = [
        step.place
        for number, step in enumerate(lesson.steps)
        if step.check is not None and number not in progress.solved
    ]
    return [Problem(place, "played with its solutions, it is not solved") for place in missing]


def _next_acts(step: Step, number: int) -> tuple[Act, ...]:
    """What runs after item `number` of a step, as far as the next item that runs anything."""
    for item in step.items[number + 1 :]:
        if isinstance(item, (Commands, Transcript, Script)):
            return item.acts
        if isinstance(item, Clock):
            return (Wait(item.place, item.ms, ""),)
        if isinstance(item, Check):
            return ()
    return ()


def _asks_again(predict: Predict, run: Act, later: Sequence[Act]) -> bool:
    """Whether a probe is the command that was run for it, with nobody to see it run again.

    What the second reply is may be the question; then the lesson shows the second one too.
    """
    if not is_command(predict.probe) or not isinstance(run, Command):
        return False
    client, argv = asked(predict.probe)
    shown = bool(later) and _is_same_act(run, later[0])
    return is_same(argv, run, client) and not shown


def _is_same_act(one: Act, other: Act) -> bool:
    if isinstance(one, Command):
        return isinstance(other, Command) and is_same(one.argv, other, one.client)
    return isinstance(other, Wait) and one.ms == other.ms


def _resolves(name: str) -> bool:
    module, _, path = name.partition(":")
    full = module if module.startswith("redlearn.") else f"redlearn.{module}"
    try:
        found: object = importlib.import_module(full)
        for part in path.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError):
        return False
    return True
