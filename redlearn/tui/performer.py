"""The performer: does in the application what a learner would, lesson step by lesson step.

It presses keys and waits for what they bring about, never for a time to be over. Between
keys it lets the lesson's pace pass: by sleeping in front of people, by moving a clock on
when it is recorded.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from random import Random
from typing import Final

from redlearn.export.cast import dumps
from redlearn.lessons.acts import script_line
from redlearn.lessons.checks import right_option
from redlearn.lessons.happenings import Ask, Request, Say
from redlearn.lessons.model import Act, Check, Command, Lesson, Predict
from redlearn.lessons.play import LETTERS, Pace
from redlearn.theme import DARK
from redlearn.tui.app import RedlearnApp
from redlearn.tui.launch import setting
from redlearn.tui.recorder import Tape, recording_driver
from redlearn.tui.tutor import Tutor

SIZE: Final = (120, 36)
START_MS: Final = 1_700_000_000_000
SETTLED: Final = 0.008
"""Seconds that a recording gives Textual to paint what a key changed."""

Wait = Callable[[float], Awaitable[None]]
"""Lets so many milliseconds of the performance pass."""


class Performer:
    """Plays the lesson that the application has open.

    Attributes:
        step_over: Called with a step's number when it is over, and once more at the end.
    """

    def __init__(self, app: RedlearnApp, pace: Pace, wait: Wait) -> None:
        self.step_over: Callable[[int], None] = lambda step: None
        self._app = app
        self._pace = pace
        self._wait = wait
        self._fingers = Random(1)
        self._read: tuple[Request, ...] = ()

    async def perform(self) -> None:
        """Play to the end of the lesson."""
        tutor = self._app.tutor
        assert tutor is not None
        step = tutor.step
        while not tutor.guide.progress.done:
            await self._read_page(tutor)
            await self._go_on(tutor)
            if tutor.step != step:
                self.step_over(step)
                step = tutor.step
        await self._read_page(tutor)
        self.step_over(step)

    async def _go_on(self, tutor: Tutor) -> None:
        progress = tutor.guide.progress
        match progress.waiting:
            case Predict() as predict:
                right = right_option(predict, tutor.guide.runner)
                await self._type(LETTERS[right or 0])
            case Check():
                solution = tutor.lesson.steps[progress.step].solution
                for act in solution.acts if solution else ():
                    await self._act(act)
            case None:
                await self._press()
            case item if acts := getattr(item, "acts", ()):
                await self._act(acts[progress.line])
            case _:
                await self._press()

    async def _act(self, act: Act) -> None:
        """Type an act; what another client does is done for them."""
        if isinstance(act, Command) and act.client:
            await self._press()
        else:
            await self._type(script_line(act))

    async def _type(self, text: str) -> None:
        console = self._app.console_
        done = console.done
        for key in text:
            await console.type([key], pace=0)
            await self._wait(self._pace.key_ms * self._fingers.uniform(0.6, 1.6))
        await self._wait(self._pace.key_ms * 4)
        await console.type(["enter"], pace=0)
        while console.done == done:
            await asyncio.sleep(0.001)
        await self._wait(self._pace.think_ms)

    async def _press(self) -> None:
        """Go on without typing: f8 does it."""
        self._app.action_lesson(1)
        await self._wait(self._pace.think_ms / 2)

    async def _read_page(self, tutor: Tutor) -> None:
        """As long as it takes to read what is new on the page."""
        news = [each for each in tutor.told if each not in self._read]
        self._read = tutor.told
        words = sum(len(_words(each)) for each in news)
        await self._wait(min(self._pace.word_ms * words, self._pace.most_ms))


def _words(request: Request) -> list[str]:
    match request:
        case Say():
            return " ".join(request.paragraphs).split()
        case Ask(predict):
            return predict.ask.split()
    return []


def on_screen(path: Path, pace: Pace, *, svg: Path | None = None) -> int:
    """Play a lesson on the screen; whoever watches may take over at any time by typing."""
    app = RedlearnApp(setting(lesson=str(path), remember=False))

    async def wait(ms: float) -> None:
        await asyncio.sleep(ms / 1000 / pace.speed)

    async def perform() -> None:
        performer = Performer(app, pace, wait)
        performer.step_over = lambda step: _picture(app, svg, step)
        await performer.perform()

    app.opened = lambda: app.run_worker(perform(), exclusive=False)
    app.run()
    return app.return_code or 0


def recorded(
    lesson: Lesson,
    path: Path,
    pace: Pace,
    *,
    cast: Path | None,
    svg: Path | None,
    size: tuple[int, int] = SIZE,
) -> int:
    """Play a lesson without a screen, into a recording and pictures."""
    seconds = 0.0
    tape = Tape(lambda: seconds)
    base = setting(lesson=str(path), remember=False, start_ms=START_MS)
    base.now_ms = lambda: START_MS + round(seconds * 1000)
    base.theme = DARK
    app = RedlearnApp(base, driver_class=recording_driver(tape))

    async def wait(ms: float) -> None:
        nonlocal seconds
        await asyncio.sleep(SETTLED)  # what is to be seen now is painted now
        seconds += ms / 1000 / pace.speed

    def over(step: int) -> None:
        _picture(app, svg, step)
        tape.mark(f"step {step + 1}")

    async def perform() -> None:
        performer = Performer(app, pace, wait)
        performer.step_over = over
        await performer.perform()
        app.exit(return_code=0)

    app.opened = lambda: app.run_worker(perform(), exclusive=False)
    asyncio.run(app.run_async(headless=False, size=size))
    if cast is not None:
        cast.write_text(dumps(tape.cast(*size, lesson.title)), "utf-8")
    return app.return_code or 0


def _picture(app: RedlearnApp, folder: Path | None, step: int) -> None:
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        name = "intro.svg" if step == 0 else f"step-{step}.svg"
        app.save(str(folder / name))
