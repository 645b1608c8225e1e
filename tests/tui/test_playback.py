"""Playback leaves recordings that a terminal replays, and pictures of the steps."""

from __future__ import annotations

import asyncio
import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from contextlib import suppress
from pathlib import Path

import pyte
import pytest

from redlearn.export.cast import loads
from redlearn.lessons.library import lesson_files
from redlearn.lessons.parse import LessonError, load
from redlearn.lessons.play import CannotPlay, Pace
from redlearn.theme import LIGHT
from redlearn.tui.performer import YOUR_TURN, InStudio, Playhouse
from redlearn.tui.playback import Products, chapter, in_studio, perform, studio_setting
from tests.tui.conftest import TEXT

ROOT = Path(__file__).parents[2]
SMALL, MEDIUM = (80, 24), (120, 36)
LESSONS = [pytest.param(path, SMALL, id=path.stem) for path in lesson_files()]
WIDER = pytest.param(lesson_files()[0], MEDIUM, id=f"{lesson_files()[0].stem} at 120x36")


@pytest.fixture
def lesson(tmp_path: Path) -> Path:
    path = tmp_path / "small.md"
    path.write_text(TEXT)
    return path


def last_screen(cast: Path) -> list[str]:
    recording = loads(cast.read_text("utf-8"))
    screen = pyte.Screen(recording.width, recording.height)
    stream = pyte.Stream(screen)
    for moment in recording.moments:
        if moment.code == "o":
            stream.feed(moment.data)
    return [row.rstrip() for row in screen.display]


@pytest.mark.parametrize(("path", "size"), [*LESSONS, WIDER])
def test_every_lesson_becomes_a_recording_with_chapters_and_pictures(
    path: Path, size: tuple[int, int], tmp_path: Path
) -> None:
    found = load(path)
    products = Products(tmp_path / "it.cast", tmp_path / "pictures")
    assert in_studio(path, Pace(), products, size) == 0
    recording = loads((tmp_path / "it.cast").read_text("utf-8"))
    assert (recording.width, recording.height, recording.title) == (*size, found.title)
    titles = ["Introduction", *(step.title for step in found.steps)]
    assert [mark.data for mark in recording.markers] == titles
    assert 60 < recording.seconds < 600
    pictures = sorted(each.name for each in (tmp_path / "pictures").iterdir())
    assert pictures == [f"{found.id}-{step:02}.svg" for step in range(len(titles))]
    shown = last_screen(tmp_path / "it.cast")
    assert any("Done: " in row for row in shown)
    assert not any("could not be drawn" in row for row in shown)


def test_what_the_recording_shows_last_is_what_was_on_the_screen(
    lesson: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    apps: list[Playhouse] = []
    opened = Playhouse._open

    def note(self: Playhouse) -> None:
        apps.append(self)
        opened(self)

    shown: list[str] = []

    def leave(self: Playhouse, *result: object, **options: object) -> None:
        shown.extend(row.text.rstrip() for row in self.stage.rows())
        exit_(self, *result, **options)

    exit_ = Playhouse.exit
    monkeypatch.setattr(Playhouse, "_open", note)
    monkeypatch.setattr(Playhouse, "exit", leave)
    in_studio(lesson, Pace(), Products(tmp_path / "it.cast"), (90, 30))
    assert len(apps) == 1
    assert last_screen(tmp_path / "it.cast") == shown


def test_a_recording_is_the_same_each_time_and_pictures_are_too(
    lesson: Path, tmp_path: Path
) -> None:
    made = []
    for number in (1, 2):
        products = Products(tmp_path / f"{number}.cast", tmp_path / f"svg{number}")
        assert in_studio(lesson, Pace(), products) == 0
        files = sorted((tmp_path / f"svg{number}").iterdir())
        made.append([(tmp_path / f"{number}.cast").read_bytes(), *map(Path.read_bytes, files)])
    assert made[0] == made[1]
    assert len(made[0]) == 5


def test_speed_is_in_the_times_and_the_theme_in_the_colours(lesson: Path, tmp_path: Path) -> None:
    seconds = []
    for speed in (1, 10):
        in_studio(lesson, Pace(speed=speed), Products(tmp_path / "it.cast"), theme=LIGHT)
        recording = loads((tmp_path / "it.cast").read_text("utf-8"))
        seconds.append(recording.seconds)
        assert recording.paper == LIGHT.background
    assert seconds[0] == pytest.approx(seconds[1] * 10, rel=0.01)


def test_a_clock_that_runs_is_seen_to_run(lesson: Path, tmp_path: Path) -> None:
    recordings = []
    for clock in ("virtual", "real"):
        lesson.write_text(TEXT.replace("seed = 1", f'seed = 1\nclock = "{clock}"'))
        in_studio(lesson, Pace(), Products(tmp_path / f"{clock}.cast"))
        recordings.append(loads((tmp_path / f"{clock}.cast").read_text("utf-8")))
    still, running = recordings
    assert running.seconds == pytest.approx(still.seconds)
    assert len(running.moments) > len(still.moments) + 10
    assert "+10s" in last_screen(tmp_path / "virtual.cast")[0]
    assert f"+{10 + int(running.seconds)}s" in last_screen(tmp_path / "real.cast")[0]


def test_what_cannot_be_written_is_refused_before_anything_is_played(
    lesson: Path, tmp_path: Path
) -> None:
    for products in (Products(tmp_path / "no" / "it.cast"), Products(None, lesson / "pictures")):
        with pytest.raises(OSError):
            in_studio(lesson, Pace(), products)


def test_a_broken_lesson_is_refused_and_one_that_cannot_be_played_stops(
    lesson: Path, tmp_path: Path
) -> None:
    lesson.write_text(TEXT.replace("```solution\nSET count 10", "```solution\nSET count 12"))
    with pytest.raises(CannotPlay, match="the solution does not pass"):
        in_studio(lesson, Pace(), Products(tmp_path / "it.cast"))
    assert not (tmp_path / "it.cast").exists()
    lesson.write_text("# no front matter\n")
    with pytest.raises(LessonError):
        in_studio(lesson, Pace(), Products(tmp_path / "it.cast"))


async def test_whoever_presses_a_key_takes_the_lesson_over(lesson: Path) -> None:
    app = Playhouse(studio_setting(InStudio(0), str(lesson)))
    begun, never = asyncio.Event(), asyncio.Event()

    async def act() -> None:
        begun.set()
        await never.wait()

    perform(app, act)
    async with app.run_test(size=(100, 36)):
        await begun.wait()
        app.simulate_key("x")
        await app.settled()
        assert app.console_.scrollback.text().endswith(YOUR_TURN)
        app.simulate_key("y")
        await app.settled()
        assert app.console_.scrollback.text().count(YOUR_TURN) == 1
        assert app.is_running


def test_chapters_are_named_by_their_steps(lesson: Path) -> None:
    assert chapter(load(lesson), 0) == "Introduction"
    assert chapter(load(lesson), 2) == "2. Your turn"


def test_on_a_terminal_it_plays_records_and_leaves_everything_as_it_was(
    lesson: Path, tmp_path: Path
) -> None:
    arguments = ["play", str(lesson), "--speed", "200", "--cast", str(tmp_path / "it.cast")]
    code, sent = on_a_terminal([sys.executable, "-m", "redlearn", *arguments], tmp_path)
    assert code == 0, sent
    assert b"\x1b[?1049h" in sent, "the other screen was entered"
    assert sent.rfind(b"\x1b[?1049l") > sent.rfind(b"\x1b[?1049h"), "and left"
    assert b"Traceback" not in sent
    recording = loads((tmp_path / "it.cast").read_text("utf-8"))
    assert (recording.width, recording.height) == (100, 30)
    assert any("Done: A small lesson" in row for row in last_screen(tmp_path / "it.cast"))
    assert [path.name for path in tmp_path.iterdir() if path.suffix not in (".md", ".cast")] == []


def on_a_terminal(command: list[str], home: Path) -> tuple[int, bytes]:
    """Run a command on a terminal of 100x30; its status, and all that it sent there."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    environment = {**os.environ, "TERM": "xterm-256color", "REDLEARN_HOME": str(home)}
    for size in ("COLUMNS", "LINES"):  # these would be believed before the terminal is asked
        environment.pop(size, None)
    process = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, cwd=ROOT
    )
    os.close(theirs)
    sent = b""
    with suppress(OSError):  # on Linux a terminal that nobody holds any more is an error
        while data := os.read(ours, 65536):
            sent += data
    os.close(ours)
    return process.wait(), sent
