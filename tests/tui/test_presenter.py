"""The presenter: any key types the lesson's line, and page keys do for everything."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from textual.pilot import Pilot

from redlearn.tui.launch import setting
from redlearn.tui.presenter import Presenter
from tests.tui.conftest import TEXT


class Talk:
    """A presenter with the small lesson open."""

    def __init__(self, app: Presenter, pilot: Pilot[None]) -> None:
        self.app, self.pilot = app, pilot

    async def press(self, *keys: str) -> str:
        """Press keys, and give the line as it is then."""
        for key in keys:
            await self.pilot.press(key)
            await self.app.console_.settled()
            await self.pilot.pause()
        return self.app.console_.typed

    async def until(self, script: str) -> None:
        """Page down, reading on as often as the page wants it, until a line is waited for."""
        for _ in range(9):
            if self.app.script == script:
                return
            await self.press("pagedown")
        assert self.app.script == script

    @property
    def at(self) -> tuple[int, int, int]:
        assert self.app.tutor is not None
        progress = self.app.tutor.guide.progress
        return progress.step, progress.item, progress.line

    @property
    def log(self) -> str:
        return self.app.console_.scrollback.text()


@asynccontextmanager
async def talk(tmp_path: Path) -> AsyncIterator[Talk]:
    path = tmp_path / "small.md"
    path.write_text(TEXT)
    app = Presenter(setting(lesson=str(path), remember=False, start_ms=1_700_000_000_000))
    opened = asyncio.Event()
    app.opened = opened.set
    async with app.run_test(size=(100, 36)) as pilot:
        await opened.wait()
        yield Talk(app, pilot)


async def test_any_key_types_the_line_that_is_waited_for(tmp_path: Path) -> None:
    async with talk(tmp_path) as presented:
        await presented.until("SET count 1")
        assert await presented.press("x", "q", "space") == "SET"
        assert await presented.press("backspace") == "SE"
        assert await presented.press("enter") == "SE"  # not in the midst of a line
        await presented.press(*"aaaaaaaaaaaaaaa")
        assert presented.app.console_.typed == "SET count 1"  # and no further
        assert await presented.press("enter") == ""
        assert presented.log.endswith("redlearn> SET count 1\nOK")
        assert presented.app.script == "INCR count"


async def test_page_keys_do_for_everything(tmp_path: Path) -> None:
    async with talk(tmp_path) as presented:
        await presented.until("SET count 1")
        assert await presented.press("pagedown") == "SET count 1"
        assert await presented.press("pagedown") == ""
        await presented.press("pagedown", "pagedown")
        assert presented.log.endswith("redlearn> INCR count\n(integer) 2")
        assert presented.app.script == ""  # a question: keys are letters
        assert await presented.press("b") == "b"
        await presented.press("enter")
        assert presented.app.script == "INCR count"
        await presented.press("pageup")
        assert presented.at[0] == 0
        assert presented.app.script == "SET count 1"


async def test_a_task_is_done_by_its_solution(tmp_path: Path) -> None:
    async with talk(tmp_path) as presented:
        await presented.until("SET count 1")
        await presented.press(*["pagedown"] * 4, "b", "enter", "pagedown", "pagedown")
        await presented.until("SET count 10")
        await presented.press("pagedown", "pagedown")
        assert presented.log.endswith("redlearn> SET count 10\nOK")
        assert presented.app.tutor is not None
        assert 1 in presented.app.tutor.guide.progress.solved


async def test_tab_leaves_the_lessons_lines_and_leads_back(tmp_path: Path) -> None:
    async with talk(tmp_path) as presented:
        await presented.until("SET count 1")
        await presented.press("tab")
        assert "A detour" in presented.log
        assert await presented.press(*"ping") == "ping"
        await presented.press("enter")
        assert presented.log.endswith("PONG")
        await presented.press("tab")
        assert "Back in the lesson" in presented.log
        assert await presented.press("p") == "S"


async def test_in_the_past_keys_are_keys(tmp_path: Path) -> None:
    async with talk(tmp_path) as presented:
        await presented.until("SET count 1")
        await presented.press("pagedown", "pagedown")
        await presented.until("INCR count")
        await presented.press("f7")
        assert presented.app.script == ""
        await presented.press("f8")
        assert presented.app.script == "INCR count"
