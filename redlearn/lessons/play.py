"""Playing a lesson by itself: a script of what is typed and shown, at a human's pace.

Nothing here waits. Each beat carries the moment it belongs to, in virtual milliseconds from
the start, so the same performance becomes a recording, a plain transcript, or keys pressed in
front of an audience. The lesson's own player decides what comes next; the performer answers
its questions rightly and does its tasks as the solution does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from redlearn.lessons.checks import right_option
from redlearn.lessons.guide import Guide
from redlearn.lessons.happenings import (
    Ask,
    Await,
    Begin,
    Celebrate,
    Challenge,
    Focus,
    Mark,
    Offer,
    Request,
    Run,
    Say,
)
from redlearn.lessons.model import LETTERS, Act, Command, Lesson, Pane, Predict
from redlearn.lessons.ports import Ran, Runner
from redlearn.lessons.prose import clean, ended, laid_out
from redlearn.lines import Line, Lines, line, plain
from redlearn.lines import Run as Piece
from redlearn.resp.text import format_reply

PROMPT: Final = "redlearn> "
WIDTH: Final = 78


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a human is, in milliseconds. `speed` 2 is twice as fast."""

    key_ms: int = 70
    word_ms: int = 180
    think_ms: int = 1500
    most_ms: int = 12_000
    speed: float = 1.0


@dataclass(frozen=True, slots=True)
class Typed:
    """`text` appears on the prompt line: the prompt, a character, or the end of the line."""

    at_ms: int
    text: str
    style: str = ""


@dataclass(frozen=True, slots=True)
class Printed:
    """Lines appear below all that is there."""

    at_ms: int
    lines: Lines


@dataclass(frozen=True, slots=True)
class Did:
    """An act ran: panes that draw the engine change now. `unseen`: nobody typed it."""

    at_ms: int
    act: Act
    ran: Ran
    unseen: bool


@dataclass(frozen=True, slots=True)
class Turned:
    """The scene turns to a pane."""

    at_ms: int
    pane: Pane


@dataclass(frozen=True, slots=True)
class Marked:
    """A named moment: chapters of a recording. Steps are called "step N"."""

    at_ms: int
    name: str


Beat = Typed | Printed | Did | Turned | Marked


class CannotPlay(ValueError):
    """A lesson that does not come to its end by itself; the message names the place."""


def transcript(beats: Iterable[Beat]) -> str:
    """All that a performance shows, as plain text."""
    parts: list[str] = []
    for beat in beats:
        if isinstance(beat, Typed):
            parts.append(beat.text)
        elif isinstance(beat, Printed):
            parts.append(plain(beat.lines) + "\n")
    return "".join(parts)


def reply_lines(argv: Sequence[bytes], ran: Ran) -> Lines:
    """What redis-cli prints for the replies of a command, and what others get by it, by lines.

    Whom something late is for stands above it: `@a gets:`, or `you get:`.
    """
    texts = "".join(format_reply(reply, ran.protocol, argv) for reply in ran.replies)
    rows = [line(Piece(text, "reply")) for text in texts.splitlines()]
    for name, reply in ran.late:
        rows.append(line(Piece(f"@{name} gets:" if name else "you get:", "aside")))
        rows += [line(Piece(text, "reply")) for text in format_reply(reply).splitlines()]
    return tuple(rows)


class Performance:
    """One lesson performed on a fresh engine. Iterate over it once.

    Attributes:
        guide: The lesson's progress, which moves as beats are taken.
    """

    def __init__(
        self, lesson: Lesson, runner: Runner, pace: Pace | None = None, width: int = WIDTH
    ) -> None:
        self.guide = Guide(lesson, runner)
        self._pace = pace or Pace()
        self._width = width
        self._at_ms = 0.0
        self._is_blank_above = True
        self._fingers = Random(lesson.id)

    def __iter__(self) -> Iterator[Beat]:
        yield from self._carry_out(self.guide.opening)
        while not self.guide.progress.done:
            yield from self._go_on()

    def _go_on(self) -> Iterator[Beat]:
        """Do what the lesson waits for."""
        progress = self.guide.progress
        predict, check = progress.awaited_predict, progress.awaited_check
        if predict is not None:
            yield from self._answer(predict)
        elif check is not None:
            yield from self._solve()
        else:
            yield from self._carry_out(self.guide.next())

    def _answer(self, predict: Predict) -> Iterator[Beat]:
        right = right_option(predict, self.guide.runner)
        if right is None:
            raise CannotPlay(f"{predict.place}: no option is right")
        self._pass(self._pace.think_ms)
        yield from self._type("? ", LETTERS[right])
        yield from self._carry_out(self.guide.answered(right))

    def _solve(self) -> Iterator[Beat]:
        step = self.guide.progress.step
        solution = self.guide.progress.lesson.steps[step].solution
        for act in solution.acts if solution else ():
            yield from self._run(Run(act))
        if self.guide.progress.awaited_check is not None:
            place = self.guide.progress.lesson.steps[step].place
            raise CannotPlay(f"{place}: the solution does not pass the check")

    def _carry_out(self, requests: Iterable[Request]) -> Iterator[Beat]:
        for request in requests:
            match request:
                case Run():
                    yield from self._run(request)
                case Begin(step, number):
                    yield Marked(self._now, f"step {number}")
                    title = line(Piece(f"## {clean(step.title)}", "title"))
                    yield self._print((title,), apart=True)
                case Mark(name):
                    yield Marked(self._now, clean(name))
                case Focus(pane):
                    yield Turned(self._now, pane)
                case Say():
                    yield from self._say(request)
                case Await() | Challenge():
                    self._pass(self._pace.think_ms)
                case _:
                    yield from self._show(request)

    def _show(self, request: Request) -> Iterator[Beat]:
        match request:
            case Ask(predict):
                yield self._print(question_lines(predict, self._width), apart=True)
                self._read(predict.ask)
            case Celebrate():
                yield self._print((line(Piece(celebration(request), "right")),), apart=True)
            case Offer(label=label, done=0) if label:
                blank = () if self._is_blank_above else (line(),)
                yield self._print((*blank, line(Piece(f"[{clean(label)}]", "label"))))

    def _say(self, say: Say) -> Iterator[Beat]:
        if say.voice == "note":  # for the one who presents
            return
        yield self._print(said_lines(say, self._width), apart=True)
        self._read(" ".join(say.paragraphs))

    def _run(self, request: Run) -> Iterator[Beat]:
        act = request.act
        if not request.unseen:
            client = act.client if isinstance(act, Command) else ""
            yield from self._type(f"{client}> " if client else PROMPT, clean(act.text))
        ran = self.guide.do(act)
        yield Did(self._now, act, ran, request.unseen)
        if request.unseen:
            return
        if isinstance(act, Command):
            yield self._print(reply_lines(act.argv, ran))
        self._pass(self._pace.think_ms)
        yield from self._carry_out(self.guide.reported(act, ran))

    def _type(self, prompt: str, text: str) -> Iterator[Beat]:
        self._is_blank_above = False
        yield Typed(self._now, prompt, "prompt")
        for character in text:
            self._pass(self._pace.key_ms * self._fingers.uniform(0.6, 1.6))
            yield Typed(self._now, character)
        self._pass(self._pace.key_ms * 3)
        yield Typed(self._now, "\n")

    def _print(self, lines: Lines, *, apart: bool = False) -> Printed:
        """Print lines; `apart` puts blank ones around, but never two together."""
        if apart:
            lines = (*(() if self._is_blank_above else (line(),)), *lines, line())
        self._is_blank_above = not lines or not lines[-1]
        return Printed(self._now, lines)

    def _read(self, text: str) -> None:
        words = len(text.split())
        self._pass(min(self._pace.word_ms * words, self._pace.most_ms))

    def _pass(self, ms: float) -> None:
        self._at_ms += ms / self._pace.speed

    @property
    def _now(self) -> int:
        return round(self._at_ms)


def said_lines(say: Say, width: int = WIDTH) -> Lines:
    """What a Say shows, laid out; each voice has the style of its name where it speaks plainly."""
    if say.voice in ("listing", "solution"):
        return tuple(line(Piece(clean(text), "code")) for text in say.paragraphs)
    rows = laid_out(say.paragraphs, width)
    if say.voice == "prose":
        return rows
    return tuple(tuple(Piece(run.text, run.style or say.voice) for run in row) for row in rows)


def question_lines(predict: Predict, width: int = WIDTH) -> Lines:
    """A question and its lettered options."""
    rows: list[Line] = list(laid_out((f"? {predict.ask}",), width))
    for letter, option in zip(LETTERS, predict.options, strict=False):
        rows.append(line(Piece(f"  {letter}) ", "label"), clean(option.text)))
    return tuple(rows)


def celebration(request: Celebrate) -> str:
    """The sentence of a task solved, or of a lesson done."""
    if request.lesson is not None:
        return f"Done: {ended(clean(request.lesson.title))} The state stays; play with it."
    if not request.moves:
        return "Solved."
    moves = "1 changing command" if request.moves == 1 else f"{request.moves} changing commands"
    if not request.golf:
        return f"Solved with {moves}."
    if request.moves <= request.golf:
        return f"Solved with {moves}: it cannot be done with fewer."
    return f"Solved with {moves}; it can be done with {request.golf}."
