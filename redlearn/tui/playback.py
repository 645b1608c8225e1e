"""Playback: a lesson that plays itself, on the screen, into a recording, or as text.

On the screen it types as a person would, with the keys a person has. In the studio, without
a screen, it does the same as fast as the machine can, and is stamped with the lesson's pace.
The lesson's questions are answered rightly, and its tasks done as its solutions do them; the
player that teaches also decides here what comes next.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from redlearn.export.cast import dumps
from redlearn.lessons.model import Lesson
from redlearn.lessons.parse import load
from redlearn.lessons.play import CannotPlay, Pace
from redlearn.lessons.prose import clean
from redlearn.theme import DARK, Theme
from redlearn.timeline.session import START_MS
from redlearn.tui import pictures
from redlearn.tui.launch import on_terminal, setting
from redlearn.tui.performer import (
    InStudio,
    OnStage,
    Performer,
    Playhouse,
    Time,
    your_turn,
)
from redlearn.tui.recorder import Tape
from redlearn.tui.setting import Setting

SIZE: Final = (120, 36)


@dataclass(frozen=True, slots=True)
class Products:
    """What a performance leaves behind.

    Attributes:
        cast: The file of the recording, or None.
        svg: The folder of the pictures, one for each step, or None.
    """

    cast: Path | None = None
    svg: Path | None = None

    def prepare(self) -> None:
        """Make sure that everything can be written, before minutes are spent on it.

        Raises:
            OSError: It cannot.
        """
        if self.cast is not None and not os.access(self.cast.parent, os.W_OK):
            raise PermissionError(f"nothing can be written in {self.cast.parent}")
        if self.svg is not None:
            self.svg.mkdir(parents=True, exist_ok=True)


def on_screen(path: Path, pace: Pace, products: Products) -> int:
    """Play a lesson on this terminal, and leave; the exit status.

    Whoever presses a key has the lesson from there on.

    Raises:
        CannotPlay: The lesson does not come to its end.
        LessonError: The file holds no lesson.
        OSError: Something could not be written.
    """
    return _play(path, setting(lesson=str(path), remember=False), OnStage(), pace, products)


def in_studio(
    path: Path, pace: Pace, products: Products, size: tuple[int, int] = SIZE, theme: Theme = DARK
) -> int:
    """Play a lesson without a terminal, in no more time than the machine needs.

    Equal lessons give equal bytes.

    Raises:
        CannotPlay, LessonError, OSError: As `on_screen`.
    """
    time = InStudio(START_MS)
    return _play(path, studio_setting(time, str(path), theme), time, pace, products, size)


def studio_setting(time: InStudio, lesson: str = "", theme: Theme = DARK) -> Setting:
    """All that an application needs in the studio: nothing of this machine or this moment."""
    made = setting(lesson=lesson, remember=False, start_ms=START_MS)
    made.now_ms = time.now_ms
    made.theme = theme
    return made


def _play(
    path: Path,
    made: Setting,
    time: Time,
    pace: Pace,
    products: Products,
    size: tuple[int, int] | None = None,
) -> int:
    lesson = load(path)
    products.prepare()
    app = Playhouse(made)
    tape = Tape(made.theme)
    performer = Performer(app, time, pace)
    if isinstance(time, InStudio):
        run_studio_clock(app, time, performer)
    if products.cast is not None:
        performer.changed = lambda: tape.take(time.ms, app.stage.rows())
        performer.step_begins = lambda step: tape.mark(time.ms, chapter(lesson, step))
    if products.svg is not None:
        performer.step_over = lambda step: _picture(app, products.svg, lesson, step)
    failures = perform(app, performer.perform)
    if size is None:
        on_terminal(app)
    else:
        app.run(headless=True, size=size)
    if failures:
        raise failures[0]
    if products.cast is not None and not app.return_code:
        products.cast.write_text(dumps(tape.cast(time.ms, lesson.title)), "utf-8")
    return app.return_code or 0


def perform(app: Playhouse, act: Callable[[], Awaitable[None]]) -> list[CannotPlay]:
    """Have `act` performed when the application has opened, and leave it at the end.

    Returns:
        A list that will hold the reason if it could not be performed.
    """
    failures: list[CannotPlay] = []

    async def performed() -> None:
        try:
            await act()
        except CannotPlay as failure:
            failures.append(failure)
        app.exit(return_code=1 if failures else 0)

    def begin() -> None:
        worker = app.run_worker(performed())

        def interrupted() -> None:
            if not worker.is_finished:
                worker.cancel()
                your_turn(app)

        app.interrupted = interrupted

    app.opened = begin
    return failures


def run_studio_clock(app: Playhouse, time: InStudio, performer: Performer) -> None:
    """Where the session's clock follows the wall's, let it follow the studio's."""

    def frame() -> None:
        app.desk.session.catch_up(time.now_ms())
        app.action_repaint()
        performer.changed()

    time.frame = frame
    time.is_seen = lambda: app.desk.session.live and not app.desk.session.in_past


def chapter(lesson: Lesson, step: int) -> str:
    """What a step is called in a recording."""
    return clean(lesson.steps[step - 1].title) if step else "Introduction"


def _picture(app: Playhouse, folder: Path | None, lesson: Lesson, step: int) -> None:
    if folder is not None:
        pictures.save(app.picture(), folder / f"{lesson.id}-{step:02}.svg", lesson.title)
