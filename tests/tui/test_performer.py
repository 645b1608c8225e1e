"""The performer plays a lesson with the keys that people have, and lets people take over."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from redlearn.lessons.happenings import Ask, Mark, Say
from redlearn.lessons.model import Lesson
from redlearn.lessons.play import CannotPlay, Pace
from redlearn.tui.performer import (
    FRAME_MS,
    InStudio,
    OnStage,
    Performer,
    Playhouse,
    words_in,
)
from redlearn.tui.playback import studio_setting
from tests.tui.conftest import TEXT

SIZE = (100, 36)


class Show:
    """A lesson about to be performed in the studio, and what was noted meanwhile."""

    def __init__(self, text: str, tmp_path: Path) -> None:
        path = tmp_path / "small.md"
        path.write_text(text)
        self.time = InStudio(1_700_000_000_000)
        self.app = Playhouse(studio_setting(self.time, str(path)))
        self.performer = Performer(self.app, self.time, Pace())
        self.notes: list[str] = []
        self.screens: list[tuple[float, str]] = []
        self.performer.step_begins = lambda step: self.notes.append(f"{step} begins")
        self.performer.step_over = lambda step: self.notes.append(f"{step} over")
        self.performer.changed = self._see

    def _see(self) -> None:
        self.screens.append((self.time.ms, "\n".join(row.text for row in self.app.stage.rows())))

    async def run(self, act: Callable[[], Awaitable[object]]) -> None:
        opened = asyncio.Event()
        self.app.opened = opened.set
        async with self.app.run_test(size=SIZE):
            await opened.wait()
            await act()

    @property
    def log(self) -> str:
        return self.app.console_.scrollback.text()


@pytest.fixture
def play(tmp_path: Path) -> Show:
    return Show(TEXT, tmp_path)


async def test_a_lesson_is_played_to_its_end(play: Show) -> None:
    await play.run(play.performer.perform)
    assert play.notes == [
        "0 begins", "0 over", "1 begins", "1 over", "2 begins", "2 over", "3 begins", "3 over",
        "3 over",
    ]  # fmt: skip
    for entered in ("SET count 1", "INCR count", "b", "SET count 10", "EXISTS brief"):
        assert f"redlearn> {entered}\n" in play.log
    assert play.log.endswith("redlearn> EXISTS brief\n(integer) 0")
    assert "Done: A small lesson" in play.app.hosts["lesson"].text()


async def test_each_key_is_a_screen_at_the_time_of_the_fingers(play: Show) -> None:
    await play.run(play.performer.perform)
    times = [at for at, _ in play.screens]
    assert times == sorted(times)
    assert times[-1] > 20_000
    at = {
        text: min(at for at, seen in play.screens if f"> {text} " in seen) for text in ("S", "SE")
    }
    assert 70 * 0.6 <= at["SE"] - at["S"] <= 70 * 1.6


async def test_a_performance_is_the_same_each_time(tmp_path: Path) -> None:
    shows = [Show(TEXT, tmp_path) for _ in range(2)]
    for each in shows:
        await each.run(each.performer.perform)
    assert shows[0].screens == shows[1].screens


async def test_it_can_stop_at_the_end_of_a_step(play: Show) -> None:
    await play.run(lambda: play.performer.perform(until=2))
    assert play.notes[-1] == "2 over"
    assert play.log.endswith("redlearn> SET count 10\nOK")


async def test_twice_the_speed_is_half_the_time(tmp_path: Path) -> None:
    one, other = Show(TEXT, tmp_path), Show(TEXT, tmp_path)
    other.performer = Performer(other.app, other.time, Pace(speed=2))
    for each in (one, other):
        await each.run(each.performer.perform)
    assert one.time.ms == pytest.approx(2 * other.time.ms)


async def test_a_key_of_the_viewers_is_told_from_the_performers(play: Show) -> None:
    seen: list[str] = []
    play.app.interrupted = lambda: seen.append("interrupted")

    async def act() -> None:
        await play.app.go_on()
        assert seen == []
        play.app.simulate_key("x")
        await play.app.settled()

    await play.run(act)
    assert seen == ["interrupted"]


async def test_a_solution_that_does_not_pass_is_an_error_with_its_place(tmp_path: Path) -> None:
    play = Show(TEXT.replace("```solution\nSET count 10", "```solution\nSET count 12"), tmp_path)
    with pytest.raises(CannotPlay, match=r"small\.md:\d+: the solution does not pass the check"):
        await play.run(play.performer.perform)


async def test_a_question_without_an_answer_is_an_error_with_its_place(tmp_path: Path) -> None:
    text = TEXT.replace('options = ["2", "3", "4"]', 'options = ["7", "8"]')
    play = Show(text, tmp_path)
    with pytest.raises(CannotPlay, match=r"small\.md:\d+: no option is right"):
        await play.run(play.performer.perform)


async def test_a_lesson_that_stays_where_it_is_is_left(
    play: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing(self: Performer, tutor: object) -> None: ...

    monkeypatch.setattr(Performer, "_go_on", nothing)
    with pytest.raises(CannotPlay, match=r"small\.md: the lesson waits for something else"):
        await play.run(play.performer.perform)


async def test_a_page_longer_than_its_pane_is_read_to_the_end(tmp_path: Path) -> None:
    words = "\n\n".join(f"Paragraph {number} says something." for number in range(40))
    play = Show(TEXT.replace("First run what is offered.", words), tmp_path)
    await play.run(lambda: play.performer.perform(until=1))
    for number in range(40):
        assert any(f"Paragraph {number} says" in screen for _, screen in play.screens)


async def test_what_another_client_does_needs_no_typing(tmp_path: Path) -> None:
    script = "```script\n@b SET count 1\n```"
    text = TEXT.replace("```redis Count\nSET count 1\nINCR count\n```", script)
    play = Show(text.replace('"2", "3", "4"', '"2", "3"'), tmp_path)
    await play.run(lambda: play.performer.perform(until=1))
    assert "SET count 1" in play.log


async def test_time_in_the_studio_passes_at_once_and_by_frames_where_it_is_seen() -> None:
    time = InStudio(5000)
    await time.pass_ms(600_000)
    assert (time.ms, time.now_ms()) == (600_000, 605_000)
    frames: list[float] = []
    time.frame, time.is_seen = (lambda: frames.append(time.ms)), lambda: True
    await time.pass_ms(FRAME_MS * 2.5)
    assert frames == [600_000 + FRAME_MS, 600_000 + 2 * FRAME_MS]
    assert time.ms == 600_000 + FRAME_MS * 2.5


async def test_time_on_stage_takes_as_long_as_it_takes() -> None:
    time, loop = OnStage(), asyncio.get_running_loop()
    begun = loop.time()
    await time.pass_ms(30)
    assert time.ms == 30
    assert loop.time() - begun >= 0.025


def test_what_there_is_to_read_is_counted_in_words(small_lesson: Lesson) -> None:
    predict = next(item for item in small_lesson.steps[0].items if hasattr(item, "ask"))
    assert words_in(Say(("one two", "three"))) == 3
    assert words_in(Say(("for the one who presents",), "note")) == 0
    assert words_in(Ask(predict)) == len(["What", "does", "GET", "count", "say?", "2", "3", "4"])
    assert words_in(Mark("x")) == 0
