"""The player: a lesson's state machine, `advance(progress, happening)`.

It walks through a step's items in order. What speaks or shows is requested at once; what waits
for the learner stops the walk until the right thing happens:

    item            goes on when
    commands        each was run, in order: typed, or by Next
    question        it was answered; its command is refused before
    task            its check passes, by whatever commands
    pause, end      Next

The player never runs anything. `Typed` asks leave for a command; the front end runs what it
is then requested to and reports `Finished`, together with what the step's check says.

A task that passes after its solution was shown lets the learner go on, but is not counted as
solved.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from redlearn.lessons.acts import DURATIONS, asked, is_same, script_line
from redlearn.lessons.checks import Verdict, passed
from redlearn.lessons.durations import duration_ms, duration_text
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
)  # fmt: skip
from redlearn.lessons.look import event_name, key_of
from redlearn.lessons.model import (
    LETTERS,
    Act,
    Check,
    Clock,
    Command,
    Commands,
    Item,
    Lesson,
    Listing,
    Marker,
    Note,
    Pane,
    Pause,
    Place,
    Predict,
    Prose,
    Script,
    Solution,
    Step,
    Transcript,
    Wait,
)  # fmt: skip
from redlearn.lessons.path import is_command
from redlearn.probe import Event
from redlearn.resp.reply import Failure

INTRO: Final = -1
"""The number of the step before the first: the introduction."""

AFTER_SOLUTION: Final = "Done, with the solution seen. `:again` lets you try without it."
ANSWER_FIRST: Final = "Answer the question first: this command would give it away."


@dataclass(frozen=True, slots=True)
class Choice:
    """How a question was answered the first time. `tag` names the misconception, if one."""

    step: int
    item: int
    right: bool
    tag: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a learner is in a lesson, and what they did there.

    Attributes:
        step: Index of the step, INTRO before the first, len(lesson.steps) when done.
        item: The item that waits, or the number of items at the step's end.
        line: How many of a commands item's acts have run.
        hints_shown: In this step.
        touched: Something ran since this step began.
        moves: Changing commands since this step's task began.
        seen: Events since this step began that its check asks about.
        revealed: Steps whose solution was shown.
        solved: Steps whose task was solved without.
        choices: First answers to questions, in order.
    """

    lesson: Lesson
    step: int = INTRO
    item: int = 0
    line: int = 0
    hints_shown: int = 0
    touched: bool = False
    moves: int = 0
    seen: tuple[Event, ...] = ()
    revealed: frozenset[int] = frozenset()
    solved: frozenset[int] = frozenset()
    choices: tuple[Choice, ...] = ()

    @property
    def done(self) -> bool:
        return self.step >= len(self.lesson.steps)

    @property
    def items(self) -> tuple[Item, ...]:
        """The items of the present step, or of the introduction."""
        if self.step == INTRO:
            return self.lesson.intro
        return () if self.done else self.lesson.steps[self.step].items

    @property
    def waiting(self) -> Item | None:
        """The item that waits for the learner, or None at the end of a step."""
        return self.items[self.item] if self.item < len(self.items) else None

    @property
    def awaited_check(self) -> Check | None:
        """The check whose verdicts are wanted after each command, while there is one."""
        waiting = self.waiting
        return waiting if isinstance(waiting, Check) else None

    @property
    def awaited_predict(self) -> Predict | None:
        """The question that waits for an answer."""
        waiting = self.waiting
        return waiting if isinstance(waiting, Predict) else None


Outcome = tuple[Progress, tuple[Request, ...]]

Acting = (Commands, Transcript, Script)


def begin(lesson: Lesson) -> Outcome:
    """Open a lesson at its introduction."""
    progress, requests = _walk(Progress(lesson))
    return progress, (Say((lesson.title,), "title"), *requests)


def resume(
    lesson: Lesson,
    step: int,
    solved: frozenset[int] = frozenset(),
    choices: tuple[Choice, ...] = (),
) -> Outcome:
    """Open a lesson at the beginning of a step; `acts_of` the steps before it have been run.

    Args:
        step: Index of the step.
        solved, choices: What was saved of an earlier visit.
    """
    opened = Progress(lesson, solved=solved, choices=choices)
    progress, requests = _enter(opened, step)
    return progress, (Say((lesson.title,), "title"), *_pane_before(lesson, step), *requests)


def _pane_before(lesson: Lesson, step: int) -> tuple[Focus, ...]:
    """The pane that the steps before had turned to last."""
    before = [item for each in lesson.steps[:step] for item in each.items]
    panes = [item for item in (*lesson.intro, *before) if isinstance(item, Pane)]
    return tuple(map(Focus, panes[-1:]))


def acts_of(step: Step) -> tuple[Act, ...]:
    """Everything a step runs, its task done by its solution."""
    acts: list[Act] = list(step.setup)
    for item in step.items:
        if isinstance(item, (*Acting, Solution)):
            acts.extend(item.acts)
        elif isinstance(item, Clock):
            acts.append(_wait_of(item))
    return tuple(acts)


def advance(progress: Progress, happening: Happening) -> Outcome:
    """What becomes of `progress`, and what is to be done about it. Pure."""
    match happening:
        case Typed(argv, client):
            return _typed(progress, argv, client)
        case Finished() | Waited():
            return _happened(progress, happening)
        case Answered(choice, right):
            return _answered(progress, choice, right)
        case AskedHint():
            return _hint(progress)
        case Next():
            return _next(progress)
        case Back():
            return _back(progress)


# ------------------------------------------------------------------------------------- walking


def _enter(progress: Progress, step: int) -> Outcome:
    """Begin a step: its setup runs, and the walk starts at its first item."""
    lesson = progress.lesson
    fresh = replace(
        progress, step=step, item=0, line=0, hints_shown=0, touched=False, moves=0, seen=()
    )
    if fresh.done:
        return fresh, (Celebrate(0, lesson=lesson), Await("end"))
    entered = lesson.steps[step]
    setup = (Run(act, unseen=True) for act in entered.setup)
    walked, requests = _walk(fresh)
    return walked, (Begin(entered, step + 1), *setup, *requests)


def _walk(progress: Progress) -> Outcome:
    """Go through items from the present one until one waits for the learner."""
    requests: list[Request] = []
    items = progress.items
    number = progress.item
    while number < len(items):
        item = items[number]
        requests.extend(_shown(item))
        if isinstance(item, (*Acting, Predict, Check, Pause)):
            return replace(progress, item=number, line=0), tuple(requests)
        number += 1
    is_last = progress.step == len(progress.lesson.steps) - 1
    requests.append(Await("last" if is_last else "step"))
    return replace(progress, item=number, line=0), tuple(requests)


def _shown(item: Item) -> tuple[Request, ...]:
    """What an item asks for when the walk comes to it. What is behind the curtain: nothing."""
    match item:
        case Prose(_, paragraphs):
            return (Say(paragraphs),)
        case Listing(_, lines):
            return (Say(lines, "listing"),)
        case Note(_, text):
            return (Say((text,), "note"),)
        case Pane():
            return (Focus(item),)
        case Clock():
            return (Run(_wait_of(item), unseen=True), Say((_passes(item.ms),), "aside"))
        case Marker(_, name):
            return (Mark(name),)
    return _put(item)


def _put(item: Item) -> tuple[Request, ...]:
    """How an item that waits for the learner is put before them."""
    match item:
        case Commands(_, label, acts):
            return (Offer(acts, label),)
        case Transcript() | Script():
            return (Offer(item.acts),)
        case Predict():
            return (Ask(item),)
        case Check():
            return (Challenge(item),)
        case Pause():
            return (Await("pause"),)
    return ()


def _past(progress: Progress) -> Outcome:
    """Leave the item that waited, and walk on."""
    return _walk(replace(progress, item=progress.item + 1, line=0))


# ----------------------------------------------------------------------------------- happenings


def _typed(progress: Progress, argv: tuple[bytes, ...], client: str) -> Outcome:
    """Let a command run, unless a question is open that it would answer."""
    place = Place(progress.lesson.file, 0)
    text = " ".join(word.decode("utf-8", "backslashreplace") for word in argv)
    act: Act = Command(place, argv, text, client)
    if argv[0] == b":advance":
        ms = duration_ms("".join(text.split()[1:]))
        if ms is None:
            return progress, (Refuse(f"How long? Write {DURATIONS} behind `:advance`."),)
        act = Wait(place, ms, text)
    predict = progress.awaited_predict
    if predict is not None and _tells(predict, act):
        return progress, (Refuse(ANSWER_FIRST),)
    return progress, (Run(act),)


def _tells(predict: Predict, act: Act) -> bool:
    """Whether an act gives a question's answer away: what it asks about, or its own probe."""
    if isinstance(act, Wait):
        return isinstance(predict.run, Wait)
    if predict.run is not None:
        return _is_of(predict.run, act.argv, act.client)
    if not is_command(predict.probe):
        return False
    client, argv = asked(predict.probe)
    return is_same(act.argv, Command(predict.place, argv, predict.probe, client), act.client)


def _is_of(act: Act, argv: tuple[bytes, ...], client: str) -> bool:
    return isinstance(act, Command) and is_same(argv, act, client)


def _happened(progress: Progress, happening: Finished | Waited) -> Outcome:
    progress = _noted(progress, happening)
    waiting = progress.waiting
    if isinstance(waiting, Check):
        return _judged(progress, waiting, happening.verdicts)
    if isinstance(waiting, Acting) and _is_due(waiting.acts[progress.line], happening):
        progress = replace(progress, line=progress.line + 1)
        if progress.line == len(waiting.acts):
            return _past(progress)
        label = waiting.label if isinstance(waiting, Commands) else ""
        return progress, (Offer(waiting.acts, label, progress.line),)
    return progress, ()


def _noted(progress: Progress, happening: Finished | Waited) -> Progress:
    """Count a move, and keep the events that the step's check asks about."""
    if progress.step == INTRO or progress.done:
        return progress
    check = progress.lesson.steps[progress.step].check
    wanted = {expect.event for expect in check.expects if expect.event} if check else set()
    kept: tuple[Event, ...] = ()
    if wanted:
        kept = tuple(event for event in happening.events if event_name(event) in wanted)
    failed = isinstance(happening, Finished) and any(
        isinstance(reply, Failure) for reply in happening.replies
    )
    counts = isinstance(happening, Finished) and happening.wrote and not failed
    seen = (*progress.seen, *kept)
    return replace(progress, seen=seen, moves=progress.moves + counts, touched=True)


def _is_due(act: Act, happening: Finished | Waited) -> bool:
    """Whether what happened is the act that an item waits for."""
    if isinstance(act, Wait):
        return isinstance(happening, Waited) and happening.ms >= act.ms
    return isinstance(happening, Finished) and is_same(happening.argv, act, happening.client)


def _judged(progress: Progress, check: Check, verdicts: tuple[Verdict, ...]) -> Outcome:
    if not passed(verdicts):
        return progress, ((Judged(verdicts),) if verdicts else ())
    step = progress.step
    requests: list[Request] = [Judged(verdicts)]
    if step in progress.revealed:
        requests.append(Say((AFTER_SOLUTION,), "aside"))
    else:
        progress = replace(progress, solved=progress.solved | {step})
        requests.append(Celebrate(progress.moves, check.golf))
    progress, more = _past(progress)
    return progress, (*requests, *more)


def _answered(progress: Progress, choice: int, right: int | None) -> Outcome:
    predict = progress.awaited_predict
    if predict is None or not 0 <= choice < len(predict.options):
        return progress, ()
    is_right = choice == right
    made = Choice(progress.step, progress.item, is_right, "" if is_right else _tag(predict, choice))
    if not any((each.step, each.item) == (made.step, made.item) for each in progress.choices):
        progress = replace(progress, choices=(*progress.choices, made))
    requests: list[Request] = [_told(predict, choice, right)]
    if predict.kind == "state" and (key := key_of(predict.probe)):
        requests.append(Highlight(key))
    progress, more = _past(progress)
    return progress, (*requests, *more)


def _tag(predict: Predict, choice: int) -> str:
    return predict.options[choice].tag or predict.tag


def _told(predict: Predict, choice: int, right: int | None) -> Say:
    if right is None:
        lost = "After what you changed none of these is right any more. f7 takes changes back."
        return Say((lost,), "wrong")
    text = predict.options[right].text
    if choice == right:
        return Say((f"Right: {text}. {predict.why}",), "right")
    told = f"Not {LETTERS[choice]}, but {LETTERS[right]}) {text}. {predict.why}"
    return Say((told,), "wrong")


def _hint(progress: Progress) -> Outcome:
    """The next hint; when there is no more, the solution, after which the step is not solved."""
    if progress.awaited_check is None:
        return progress, (Say(("There is nothing to solve here: f8 goes on.",), "aside"),)
    step = progress.lesson.steps[progress.step]
    if progress.hints_shown < len(step.hints):
        hint = step.hints[progress.hints_shown]
        shown = replace(progress, hints_shown=progress.hints_shown + 1)
        return shown, (Say(hint.paragraphs, "hint"),)
    solution = step.solution
    lines = tuple(map(script_line, solution.acts)) if solution else ()
    revealed = replace(progress, revealed=progress.revealed | {progress.step})
    return revealed, (Say(lines, "solution"),)


def _next(progress: Progress) -> Outcome:
    waiting = progress.waiting
    match waiting:
        case Commands() | Transcript() | Script():
            return progress, (Run(waiting.acts[progress.line]),)
        case Predict():
            return progress, (Say(("Choose an answer; a wrong one costs nothing.",), "aside"),)
        case Check() if progress.step not in progress.revealed:
            return progress, (Say(("f8 leaves this one to you; f2 gives a hint.",), "aside"),)
        case None:
            return (progress, ()) if progress.done else _enter(progress, progress.step + 1)
    return _past(progress)


def _back(progress: Progress) -> Outcome:
    """To the start of the step; from there, or when nothing was done in it, to the one before."""
    if progress.step == INTRO:
        return progress, ()
    at_start = not progress.touched and progress.item == _first_wait(progress)
    step = progress.step - 1 if at_start or progress.done else progress.step
    if step == INTRO:
        rewound = replace(progress, step=INTRO, item=0, line=0)
        walked, requests = _walk(rewound)
        return walked, (Rewind(0), *requests)
    entered, requests = _enter(progress, step)
    return entered, (Rewind(step + 1), *requests)


def _first_wait(progress: Progress) -> int:
    """The item at which the walk through the present step first stops."""
    for number, item in enumerate(progress.items):
        if isinstance(item, (*Acting, Predict, Check, Pause)):
            return number
    return len(progress.items)


def _wait_of(clock: Clock) -> Wait:
    return Wait(clock.place, clock.ms, f":advance {duration_text(clock.ms)}")


def _passes(ms: int) -> str:
    return f"{duration_text(ms)} of simulated time pass."
