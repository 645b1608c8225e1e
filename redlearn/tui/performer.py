"""The performer: does on the screen what a learner would, lesson step by lesson step.

It presses the keys that people have, and waits for what each brings about, never for a time
to be over. Between the keys it lets the lesson's pace pass: in front of an audience by
sleeping, in the studio by moving a clock on, so that minutes are recorded in seconds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from random import Random
from typing import Final, Protocol

from textual import events

from redlearn.lessons.acts import script_line
from redlearn.lessons.checks import right_option
from redlearn.lessons.happenings import Ask, Request, Say
from redlearn.lessons.model import LETTERS, Act, Check, Command, Predict
from redlearn.lessons.play import CannotPlay, Pace
from redlearn.lessons.player import Progress
from redlearn.lines import Run as Piece
from redlearn.lines import line
from redlearn.tui import lesson_pane
from redlearn.tui.app import RedlearnApp
from redlearn.tui.setting import Setting
from redlearn.tui.tutor import Tutor

FRAME_MS: Final = 1000 // 12
"""How often the studio draws a screen on which time is seen to pass."""

YOUR_TURN: Final = "Playback stopped: it is your turn. f8 goes on in the lesson."


class Playhouse(RedlearnApp):
    """The application with somebody else at the keys.

    Attributes:
        went_on: Set when f8 has done what it does.
        interrupted: Called when whoever watches presses a key of their own.
    """

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self.went_on = asyncio.Event()
        self.interrupted: Callable[[], None] = lambda: None
        self._ours = 0

    async def go_on(self) -> None:
        """Press f8, and wait until it has done what it does."""
        self.went_on.clear()
        self._ours += 1
        self.simulate_key("f8")
        await self.went_on.wait()

    async def on_event(self, event: events.Event) -> None:
        # A key that nobody wanted bubbles up and comes by again.
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            if self._ours:
                self._ours -= 1
            else:
                self.interrupted()
        await super().on_event(event)

    def action_go(self, by: int) -> None:
        super().action_go(by)
        self.went_on.set()

    async def settled(self) -> None:
        """Wait until everything in sight shows what there is now."""
        await self.console_.settled()
        await self._caught_up()
        while not self._laid_out():
            refreshed = asyncio.Event()
            self.call_after_refresh(refreshed.set)
            await refreshed.wait()
            await self._caught_up()

    async def _caught_up(self) -> None:
        """Wait until the messages that are under way have been dealt with."""
        done = asyncio.Event()
        self.call_later(done.set)
        await done.wait()

    def _laid_out(self) -> bool:
        """Whether everything in sight has the room that it is to have."""
        rects = self._rects(*self.stage.size)
        return all(
            actor.size == rects[str(actor.id)][2:] for actor in (self.console_, *self.in_sight)
        )


class Time(Protocol):
    """The time of a performance."""

    @property
    def ms(self) -> float:
        """How much has passed, in milliseconds."""
        ...

    async def pass_ms(self, ms: float) -> None:
        """Let some of it pass."""
        ...


class OnStage:
    """Time in front of an audience: it takes as long as it takes."""

    def __init__(self) -> None:
        self.ms = 0.0

    async def pass_ms(self, ms: float) -> None:
        self.ms += ms
        await asyncio.sleep(ms / 1000)


class InStudio:
    """Time in the studio: a clock that is moved on. Where time is seen to pass, by frames.

    Attributes:
        begins_ms: When the performance begins, in ms since 1970.
        frame: Called when a frame is due.
    """

    def __init__(self, begins_ms: int, frame: Callable[[], None] = lambda: None) -> None:
        self.ms = 0.0
        self.begins_ms = begins_ms
        self.frame = frame
        self.is_seen: Callable[[], bool] = lambda: False

    def now_ms(self) -> int:
        """What a clock on the studio's wall shows."""
        return self.begins_ms + round(self.ms)

    async def pass_ms(self, ms: float) -> None:
        until = self.ms + ms
        while self.is_seen() and self.ms + FRAME_MS < until:
            self.ms += FRAME_MS
            self.frame()
        self.ms = until


class Performer:
    """Plays the lesson that the application has open.

    Attributes:
        changed: Called when the screen has changed and settled.
        step_begins: Called with a step's number when it has begun; 0 is the introduction.
        step_over: Called with a step's number when all of it has been done and shown; once
            more with the last one's when the lesson has said that it is done.
    """

    def __init__(self, app: Playhouse, time: Time, pace: Pace) -> None:
        self.changed: Callable[[], None] = lambda: None
        self.step_begins: Callable[[int], None] = lambda step: None
        self.step_over: Callable[[int], None] = lambda step: None
        self._app = app
        self._time = time
        self._pace = pace
        self._fingers = Random(1)
        self._read: tuple[Request, ...] = ()

    async def perform(self, until: int | None = None) -> None:
        """Play to the end of the lesson, or to the end of step `until`.

        Raises:
            CannotPlay: A task is not solved by its solution, or a question has no answer.
        """
        tutor = self._app.tutor
        assert tutor is not None
        await self._show()
        self.step_begins(tutor.step)
        while True:
            await self._read_page(tutor)
            progress, step = tutor.guide.progress, tutor.step
            if progress.done or progress.waiting is None:
                self.step_over(step)
                if progress.done or step == until:
                    return
            await self._go_on(tutor)
            after = tutor.guide.progress
            if (after.step, after.item, after.line) == (
                progress.step,
                progress.item,
                progress.line,
            ):
                raise CannotPlay(f"{place_of(tutor)}: the lesson waits for something else")
            if after.step != progress.step and not after.done:
                self.step_begins(tutor.step)

    async def enter(self, text: str) -> None:
        """Type a line, and wait until it has been dealt with and all that it changed is shown."""
        await self.type(text)
        await self._pass(self._pace.key_ms * 4)
        await self._app.console_.enter()
        await self._show()

    async def type(self, text: str) -> None:
        """Type characters, at the pace of fingers."""
        for key in text:
            await self._pass(self._pace.key_ms * self._fingers.uniform(0.6, 1.6))
            await self._app.console_.type([key], pace=0)
            await self._show()

    async def _go_on(self, tutor: Tutor) -> None:
        """Do what the lesson waits for."""
        progress = tutor.guide.progress
        match progress.waiting:
            case Predict() as predict:
                await self._answer(tutor, predict)
            case Check():
                await self._solve(tutor)
            case item if acts := getattr(item, "acts", ()):
                await self._act(acts[progress.line])
            case _:
                await self._press()

    async def _answer(self, tutor: Tutor, predict: Predict) -> None:
        right = right_option(predict, tutor.guide.runner)
        if right is None:
            raise CannotPlay(f"{predict.place}: no option is right")
        await self._pass(self._pace.think_ms)
        await self.enter(LETTERS[right])

    async def _solve(self, tutor: Tutor) -> None:
        await self._pass(self._pace.think_ms)
        solution = tutor.lesson.steps[tutor.guide.progress.step].solution
        for act in solution.acts if solution else ():
            await self._type_act(act)  # other clients' too: nobody else solves the task
        if tutor.guide.progress.awaited_check is not None:
            raise CannotPlay(f"{place_of(tutor)}: the solution does not pass the check")

    async def _act(self, act: Act) -> None:
        """Type an act; what another client does, f8 does."""
        if isinstance(act, Command) and act.client:
            await self._press()
            return
        await self._type_act(act)

    async def _type_act(self, act: Act) -> None:
        await self.enter(script_line(act))
        await self._pass(self._pace.think_ms)

    async def _press(self) -> None:
        """Go on without typing."""
        await self._app.go_on()
        await self._show()

    async def _read_page(self, tutor: Tutor) -> None:
        """As long as it takes to read what is new, the page moving on when it is too long."""
        news = [each for each in tutor.told if each not in self._read]
        self._read = tutor.told
        words = sum(map(words_in, news))
        needed = min(self._pace.word_ms * words, self._pace.most_ms)
        host = self._app.hosts["lesson"]
        width, height = host.window.width, host.window.height
        below = len(lesson_pane.all_rows(tutor.told, width)) - height if width and height else 0
        screens = max(0, -(-(below - host.window.y) // max(height - 1, 1)))
        for _ in range(screens):
            await self._pass(needed / (screens + 1))
            host.move_to(0, min(host.window.y + max(height - 1, 1), below))
            await self._show()
        await self._pass(needed / (screens + 1))

    async def _pass(self, ms: float) -> None:
        await self._time.pass_ms(ms / self._pace.speed)

    async def _show(self) -> None:
        await self._app.settled()
        self.changed()


def words_in(request: Request) -> int:
    """How much there is to read in something that was told."""
    match request:
        case Say(voice="note"):
            return 0
        case Say():
            return len(" ".join(request.paragraphs).split())
        case Ask(predict):
            return len(" ".join((predict.ask, *(each.text for each in predict.options))).split())
    return 0


def where(progress: Progress) -> tuple[int, int, int]:
    """How far a learner is: step, item, command."""
    return progress.step, progress.item, progress.line


def place_of(tutor: Tutor) -> str:
    """Where in the lesson's file the learner is."""
    steps = tutor.lesson.steps
    number = tutor.guide.progress.step
    return str(steps[number].place) if 0 <= number < len(steps) else tutor.lesson.file


def your_turn(app: RedlearnApp) -> None:
    """Say that whoever watched has the keys now."""
    app.say(line(Piece(YOUR_TURN, "hint")))
