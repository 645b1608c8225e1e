"""Playback: a lesson that plays itself, on the screen, into a recording, or as text.

On the screen it types as a person would, through the very keys a person has. A recording is
the same without a screen, stamped by the lesson's pace and made as fast as the machine can.
Without either it is a transcript. The lesson's questions are answered rightly, and its tasks
done as its solutions do them; the same player that teaches decides what comes next.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from redlearn.lessons.library import find_lesson
from redlearn.lessons.model import Lesson
from redlearn.lessons.parse import LessonError, load
from redlearn.lessons.play import Pace, Performance, transcript
from redlearn.resp.text import printable
from redlearn.timeline.stage import open_stage


def play(
    lesson: str | Path, *, headless: bool, speed: float, cast: Path | None, svg: Path | None
) -> int:
    """Play a lesson; the exit status.

    Args:
        lesson: A number, an id or a path.
        headless: Without a screen: print a transcript, or be silent if files are written.
        speed: 2 is twice as fast.
        cast: Record into this file, in asciinema's format.
        svg: Write a picture of the end of each step into this folder.
    """
    path = find_lesson(str(lesson))
    if path is None:
        print(f"no lesson is called {printable(str(lesson).encode())}", file=sys.stderr)  # noqa: T201
        return 2
    try:
        found = load(path)
    except LessonError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    if headless and cast is None and svg is None:
        sys.stdout.write(transcript_of(found))
        return 0
    return _perform(found, path, headless=headless, speed=speed, cast=cast, svg=svg)


def transcript_of(lesson: Lesson) -> str:
    """All that a lesson says and shows when it plays itself, as plain text."""
    return transcript(Performance(lesson, open_stage(lesson)))


def _perform(
    lesson: Lesson,
    path: Path,
    *,
    headless: bool,
    speed: float,
    cast: Path | None,
    svg: Path | None,
) -> int:
    if headless or cast is not None:
        # Before Textual is imported: it reads these once.
        os.environ.setdefault("TEXTUAL_FPS", "250")
        os.environ["TEXTUAL_COLOR_SYSTEM"] = "truecolor"
    from redlearn.tui.performer import on_screen, recorded

    pace = Pace(speed=speed)
    if headless or cast is not None:
        return recorded(lesson, path, pace, cast=cast, svg=svg)
    return on_screen(path, pace, svg=svg)
