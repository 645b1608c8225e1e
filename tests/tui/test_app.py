"""The application: keys, panes, time travel, lessons, sizes, themes, and leaving."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from prompt_toolkit import PromptSession
from prompt_toolkit.input.base import Input
from prompt_toolkit.output import Output
from textual import events
from textual.pilot import Pilot

from redlearn.lessons.model import Lesson
from redlearn.lessons.parse import parse
from redlearn.lines import Lines, line
from redlearn.theme import LIGHT
from redlearn.timeline.session import Recipe, Session
from redlearn.timeline.stage import open_stage
from redlearn.tui.app import RedlearnApp
from redlearn.tui.desk import Desk
from redlearn.tui.entry import School
from redlearn.tui.pane_host import Window
from redlearn.tui.prompt_host import Console
from redlearn.tui.setting import Exhibit, Setting
from redlearn.tui.tutor import Tutor

NAMES = {"structure": "Structure", "slots": "Slots", "ttl": "TTL", "aof": "AOF", "log": "Log"}


class Words:
    """A pane that shows the rows of its view."""

    def __init__(self, title: str) -> None:
        self.TITLE = title
        self.broken = False

    def render(self, view: tuple[str, ...], width: int, height: int) -> Lines:
        if self.broken:
            raise RuntimeError("out of towers")
        return tuple(line(word) for word in view[:height])


@dataclass
class Show:
    """An application with its parts at hand."""

    app: RedlearnApp
    pilot: Pilot[int]
    clock: list[int]
    panes: dict[str, Words] = field(default_factory=dict)

    @property
    def desk(self) -> Desk:
        return self.app.desk

    @property
    def log(self) -> str:
        return self.app.console_.scrollback.text()

    @property
    def screen(self) -> list[str]:
        return [strip.text.rstrip() for strip in self.app.stage.rows()]

    def pane(self, name: str) -> str:
        return self.app.hosts[name].text()

    async def enter(self, *lines: str) -> None:
        for text in lines:
            before = len(self.app.console_.scrollback)
            await self.app.console_.type([*text, "enter"], pace=0)
            await until(lambda before=before: len(self.app.console_.scrollback) > before)
        await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()


async def until(met: Callable[[], bool]) -> None:
    for _ in range(1000):
        if met():
            return
        await asyncio.sleep(0.001)
    assert met()


def make_session(keys: Input, output: Output) -> PromptSession[str]:
    return PromptSession([("class:prompt", "redlearn> ")], input=keys, output=output)


def exhibits(desk: Desk, panes: dict[str, Words]) -> list[Exhibit]:
    def structure(window: Window) -> tuple[str, ...]:
        steps = desk.steps()[: desk.micro]
        return (f"key {desk.key.decode()}", f"window {window.x},{window.y}", f"{len(steps)} steps")

    def ttl(window: Window) -> tuple[str, ...]:
        deadlines = desk.session.engine.state.databases[0].deadlines or []
        return tuple(f"{key!r} {at - desk.session.now_ms}" for at, key in deadlines)

    def aof(window: Window) -> tuple[str, ...]:
        return tuple(repr(effect.argv) for _, effect in desk.session.effects())

    def log(window: Window) -> tuple[str, ...]:
        return (f"{desk.session.now_ms - 1_000_000} ms old",)

    sources = {"structure": structure, "ttl": ttl, "aof": aof, "log": log}
    return [
        Exhibit(
            name,
            panes[name],
            sources.get(name, lambda window, name=name: (name,)),
            running=lambda name=name: name == "ttl" and bool(ttl(Window(1, 1))),
            ages=name == "log",
        )
        for name in NAMES
    ]


def setting(lesson: Lesson | None, panes: dict[str, Words], clock: list[int]) -> Setting:
    desk = Desk(Session(Recipe(start_ms=1_000_000)))

    def begin(desk: Desk, lesson: Lesson) -> Tutor:
        desk.sit_down(open_stage(lesson).session, lesson.title)
        return Tutor(desk, lesson)

    return Setting(
        desk=desk,
        exhibits=exhibits(desk, panes),
        make_session=make_session,
        now_ms=lambda: clock[0],
        school=School(lambda name: lesson or "No lesson.", begin, lambda: (line("none"),)),
    )


@asynccontextmanager
async def show(
    size: tuple[int, int] = (120, 36), lesson: Lesson | None = None
) -> AsyncIterator[Show]:
    panes = {name: Words(title) for name, title in NAMES.items()}
    clock = [5_000]
    app = RedlearnApp(setting(lesson, panes, clock))
    async with app.run_test(size=size) as pilot:
        await until(lambda: app.console_.frames > 0)
        yield Show(app, pilot, clock, panes)


async def test_it_opens_with_the_prompt_focused_and_one_line_to_begin_with() -> None:
    async with show() as play:
        assert isinstance(play.app.focused, Console)
        assert play.log == "Type SET name ann, then f7 to go back. f1 help, :lesson to learn."
        assert any(row.endswith("redlearn>") for row in play.screen)


async def test_a_command_is_answered_and_every_pane_follows() -> None:
    async with show() as play:
        await play.enter("ZADD board 50 ann")
        assert play.log.endswith("redlearn> ZADD board 50 ann\n(integer) 1")
        assert play.pane("structure").startswith("key board")
        assert "ZADD" in play.pane("aof")
        assert "1/1" in play.screen[-2]


async def test_back_and_next_walk_in_time_while_typing_goes_on() -> None:
    async with show() as play:
        await play.enter("SET a 1", "SET b 1")
        await play.app.console_.type("GET", pace=0)
        await play.press("f7")
        assert play.pane("structure").startswith("key a")
        assert "in the past" in play.screen[-2] and "past" in play.screen[0]
        assert play.app.console_.session.default_buffer.text == "GET"
        await play.press("f8")
        assert play.pane("structure").startswith("key b")


async def test_typing_in_the_past_forks_and_the_branch_can_be_taken_up() -> None:
    async with show() as play:
        await play.enter("SET a 1", "SET a 2")
        await play.press("f7")
        await play.enter("SET a 3")
        assert "branch 1 begins here" in play.log
        assert "branch 1, 1 other (b)" in play.screen[-2]
        await play.enter(":branch 1", "GET a")
        assert play.log.endswith('"2"')


async def test_escape_turns_to_a_pane_and_back() -> None:
    async with show() as play:
        await play.press("escape")
        assert play.app.focused is play.app.hosts["structure"]
        await play.press("escape")
        assert isinstance(play.app.focused, Console)


async def test_tab_goes_round_what_is_in_sight_the_prompt_included() -> None:
    async with show() as play:
        seen = []
        for _ in range(5):
            await play.press("tab")
            seen.append(play.app.focused.id if play.app.focused else None)
        assert seen == ["log", "structure", "ttl", "aof", "console"]


async def test_f6_and_digits_bring_any_pane_up_even_at_80x24() -> None:
    async with show((80, 24)) as play:
        await play.press("f6", "f6")
        await play.pilot.pause()
        assert play.app.focused is play.app.hosts["slots"]
        assert "slots" in play.pane("slots")
        await play.press("4")
        await play.pilot.pause()
        assert play.app.focused is play.app.hosts["aof"]
        await play.enter(f":pane {len(play.app.pane_ids)}")  # by its number too
        assert play.app.pane_ids[-1] in [host.id for host in play.app.in_sight]


async def test_keys_of_panes_walk_in_time_and_through_steps() -> None:
    async with show() as play:
        await play.enter("SET a 1", "GET a", "SET b 1")
        await play.press("escape", "left_square_bracket")
        assert "2/3" in play.screen[-2]
        await play.press("u")
        assert "0/3" in play.screen[-2]
        await play.press("ctrl+r", "l", "l")
        assert "3/3" in play.screen[-2]
        count = len(play.desk.steps())
        await play.press("comma")
        assert f"micro-step {count - 1} of {count}" in play.screen[-2]
        assert f"{count - 1} steps" in play.pane("structure")
        await play.press("full_stop")
        assert "micro-step" not in play.screen[-2]
        await play.press("home")
        assert "0/3" in play.screen[-2]
        await play.press("end")
        assert "3/3" in play.screen[-2]


async def test_in_the_prompt_those_keys_are_text() -> None:
    async with show() as play:
        await play.press("u", "full_stop", "1", "z")
        assert play.app.console_.session.default_buffer.text == "u.1z"


async def test_zoom_gives_a_pane_the_room_and_takes_it_back() -> None:
    async with show() as play:
        await play.press("escape", "z")
        assert play.app.hosts["structure"].size.width == 120
        assert len(play.app.in_sight) == 1
        await play.press("z")
        assert len(play.app.in_sight) == 4


async def test_asked_for_in_words_help_comes_and_stays() -> None:
    async with show((80, 24)) as play:
        await play.enter(":help", ":help")
        assert play.app.hosts["help"] in play.app.in_sight
        before = play.pane("help")
        await play.press("ctrl+down")
        await until(lambda: play.pane("help") != before)


async def test_help_opens_as_a_pane_and_goes_again() -> None:
    async with show() as play:
        await play.press("f1")
        assert "Keys anywhere" in play.pane("help")
        assert play.app.hosts["help"] in play.app.in_sight
        await play.press("f1")
        assert play.app.hosts["help"] not in play.app.in_sight


async def test_a_pane_that_raises_shows_a_card_and_the_session_goes_on() -> None:
    async with show() as play:
        play.panes["aof"].broken = True
        await play.enter("SET a 1")
        assert "The pane 'AOF' could not be drawn" in play.pane("aof")
        assert "out of towers" in play.pane("aof")
        play.panes["aof"].broken = False
        await play.enter("GET a")
        assert play.log.endswith('"1"')
        assert "SET" in play.pane("aof")


async def test_the_clock_runs_with_the_wall_stops_and_keys_expire_by_it() -> None:
    async with show() as play:
        await play.enter("SET k v PX 3000")
        play.clock[0] += 1000
        play.app._frame()
        assert play.pane("ttl") == "b'k' 2000"
        await play.press("f9")
        assert "paused" in play.screen[0]
        play.clock[0] += 60_000
        play.app._frame()
        assert play.pane("ttl") == "b'k' 2000"
        await play.press("f9")
        play.clock[0] += 2500
        play.app._frame()
        await play.pilot.pause()
        assert play.pane("ttl") == ""
        assert "DEL" in play.pane("aof")


async def test_frames_are_drawn_only_while_there_is_something_running() -> None:
    async with show() as play:
        fast = play.app._fast
        assert fast is not None
        assert not fast._active.is_set()
        await play.enter("SET k v EX 30")
        assert fast._active.is_set()
        await play.enter("PERSIST k")
        assert not fast._active.is_set()


@pytest.mark.parametrize("size", [(1, 1), (2, 40), (59, 19), (60, 20), (80, 24), (300, 3)])
async def test_any_size_and_back_again(size: tuple[int, int]) -> None:
    async with show() as play:
        await play.enter("SET a 1")
        before = play.screen[1:-3]
        await play.pilot.resize_terminal(*size)
        await play.pilot.pause()
        assert len(play.screen) == size[1]
        assert all(len(row) <= size[0] for row in play.screen)
        await play.pilot.resize_terminal(120, 36)
        await until(lambda: play.screen[1:-3] == before)
        await play.enter("GET a")
        assert play.log.endswith('"1"')


async def test_a_tiny_terminal_says_so_in_a_line_and_the_prompt_works() -> None:
    async with show((50, 10)) as play:
        assert play.screen[0] == "Panes need 60x20 cells; the prompt works."
        await play.enter("SET a 1")
        assert "OK" in play.screen


LONG_LESSON = f"""+++
format = 1
id = "long"
title = "A long page"
+++

# A long page

{chr(10).join(f"This is paragraph {number} of the introduction.{chr(10)}" for number in range(4))}
## 1. The end

Nothing more.
"""


async def test_a_lesson_is_followed_on_the_screen(small_lesson: Lesson) -> None:
    async with show(lesson=small_lesson) as play:
        await play.enter(":lesson small")
        assert "It has one of everything." in play.pane("lesson")
        assert "A small lesson" in play.screen[0] and "lesson time" in play.screen[0]
        await play.press("f8")
        assert "▶ SET count 1" in play.pane("lesson")
        await play.press("f8")
        await play.enter("INCR count", "b")
        assert "Right: 3" in play.pane("lesson")
        await play.press("f8", "f8", "f2")
        assert "SET stores any value." in play.pane("lesson")
        await play.press("f3")
        assert "count is not 10 yet" in play.log
        await play.enter("SET count 10")
        assert "Solved with" in play.pane("lesson")
        assert "step 2/3" in play.screen[0]


async def test_a_lesson_fits_80x24(small_lesson: Lesson) -> None:
    async with show((80, 24), small_lesson) as play:
        await play.enter(":lesson small")
        await until(lambda: any("It has one of everything." in row for row in play.screen))
        assert any(row.startswith("redlearn>") for row in play.screen)


async def test_f8_reads_a_long_page_to_its_end_before_it_goes_on() -> None:
    long = parse(LONG_LESSON, "long.md")
    async with show((80, 24), long) as play:
        await play.enter(":lesson long")
        await until(lambda: any(row.rstrip().endswith("f8 ▾") for row in play.screen))
        assert "paragraph 1 " in play.pane("lesson")
        await play.press("f8")
        assert "f8 begins the next step." in play.pane("lesson")
        await play.enter("PING")
        assert "f8 begins the next step." in play.pane("lesson"), "it stays where it was"
        await play.press("f8")
        assert "The end" in play.pane("lesson")


async def test_in_the_sandbox_the_footer_offers_no_hints(small_lesson: Lesson) -> None:
    async with show(lesson=small_lesson) as play:
        assert "Hint" not in play.screen[-1] and "f7 Back" in play.screen[-1]
        await play.enter(":lesson small")
        assert "f2 Hint" in play.screen[-1]


async def test_a_theme_changes_everything_and_the_palette_offers_it() -> None:
    async with show() as play:
        before = play.app.stage.rows()[1]
        titles = [command.title for command in play.app.get_system_commands(play.app.screen)]
        assert {"Theme: light", "Pane: AOF", "Quit", "Zoom", "Micro-step"} <= set(titles)
        await play.enter(":theme light")
        assert play.app.looks.theme is LIGHT
        assert play.app.stage.rows()[1] != before
        assert play.app.theme == "redlearn-light"


async def test_every_sign_can_be_drawn_in_ascii() -> None:
    async with show() as play:
        await play.enter("SET a 1", ":ascii")
        assert all(row.isascii() for row in play.screen), play.screen
        await play.enter(":theme light")
        assert all(row.isascii() for row in play.screen)
        await play.enter(":ascii")
        assert play.screen[1].startswith("╭─")


async def test_a_click_on_the_timeline_goes_there() -> None:
    async with show() as play:
        await play.enter("SET a 1", "SET b 1", "SET c 1")
        at = play.screen[-2].index("●")
        await play.pilot.click("#timeline", offset=(at, 0))
        await play.pilot.pause()
        assert "1/3" in play.screen[-2]


async def test_the_palette_opens_and_runs_what_is_chosen() -> None:
    async with show() as play:
        await play.press("ctrl+p")
        assert play.app.screen.is_modal
        await play.press(*"theme: mono")
        await play.pilot.pause(0.5)
        await play.press("enter")
        await until(lambda: play.app.looks.theme.name == "mono")


async def test_the_screen_is_saved_as_a_picture(tmp_path: Path) -> None:
    async with show() as play:
        await play.enter("SET a 1", f":save {tmp_path}/x.svg")
        assert "Saved as" in play.log
        assert "Structure" in (tmp_path / "x.svg").read_text()
        await play.enter(f":save {tmp_path}/x.gif")
        assert "Not saved" in play.log


async def test_a_click_on_a_tab_brings_its_pane_up_and_leaves_the_prompt_focused() -> None:
    async with show((80, 24)) as play:
        host = play.app.hosts["structure"]
        await play.pilot.click(host, offset=(play.screen[1].index("AOF"), 0))
        await play.pilot.pause()
        assert play.app.hosts["aof"] in play.app.in_sight
        assert isinstance(play.app.focused, Console)


async def test_in_a_pane_the_footer_says_what_its_keys_do_and_how_to_leave_it() -> None:
    async with show((80, 24)) as play:
        before = play.screen[-1]
        await play.press("escape")
        assert play.screen[-1].startswith(" esc Prompt  f7 Back  f8 Next  , . Step  v View")
        assert play.screen[-1].rstrip().endswith("^p Palette")
        await play.pilot.click("#footer", offset=(play.screen[-1].index("Prompt"), 0))
        await until(lambda: play.screen[-1] == before)
        assert isinstance(play.app.focused, Console)


async def test_a_click_on_the_footer_does_the_deed() -> None:
    async with show() as play:
        await play.enter("SET a 1")
        await play.pilot.click("#footer", offset=(play.screen[-1].index("Back"), 0))
        await play.pilot.pause()
        assert "0/1" in play.screen[-2]


async def test_a_pane_can_be_pinned_and_moved() -> None:
    async with show() as play:
        await play.enter("SET a 1", "SET b 1", ":pin a")
        assert play.pane("structure").startswith("key a")
        await play.press("escape", "right", "down")
        assert "window 1,1" in play.pane("structure")
        await play.press("p")
        assert play.pane("structure").startswith("key b")


async def test_a_value_is_turned_to_another_form_by_a_key_that_the_footer_names() -> None:
    async with show() as play:
        turned: list[str] = []
        play.app.setting.turn_form = lambda: turned.append("bits") or "bits"
        await play.enter("SET a 1")
        await play.press("escape", "v")
        assert turned == ["bits"]
        assert "v View" in play.screen[-1]
        play.app.setting.turn_form = lambda: ""
        await play.press("v")
        assert "one way only" in play.log


async def test_a_huge_value_does_not_freeze_the_screen() -> None:
    async with show() as play:
        play.desk.execute([b"SET", b"big", b"\x00\x1b[31m[bold]" * 800_000])
        await play.enter("GET big")
        assert "more bytes not shown" in play.log
        assert "\x1b" not in play.log


async def test_control_d_twice_leaves_and_once_does_not() -> None:
    async with show() as play:
        await play.press("ctrl+d")
        await until(lambda: "ctrl+d again leaves" in play.log)
        await play.enter("SET a 1")
        await play.press("ctrl+d")
        await until(lambda: play.log.count("ctrl+d again leaves") == 2)
        assert play.app.is_running
        await play.press("ctrl+d")
        await until(lambda: play.app.return_code == 0 and play.app._exit)


@pytest.mark.parametrize("text", ["quit", "QUIT", ":quit"])
async def test_leaving_by_a_line(text: str) -> None:
    async with show() as play:
        await play.app.console_.type([*text, "enter"], pace=0)
        await until(lambda: play.app._exit)


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
async def test_a_signal_to_go_is_an_orderly_exit(name: str) -> None:
    async with show() as play:
        number = getattr(signal, name)
        os.kill(os.getpid(), number)
        await until(lambda: play.app._exit)
        assert play.app.return_code == 128 + number


async def test_ctrl_c_gives_up_waiting_and_stays() -> None:
    async with show() as play:
        await play.enter("BLPOP q 0")
        assert "You wait for q" in play.log
        await play.press("ctrl+c")
        await until(lambda: "Given up" in play.log)
        await play.enter("PING")
        assert play.log.endswith("PONG")


async def test_a_late_reply_follows_the_reply_of_the_command_that_served_it() -> None:
    async with show() as play:
        await play.enter("@a BLPOP q 0", "RPUSH q x")
        assert '(integer) 1\n@a waited 0.000 s for q, served:\n1) "q"\n2) "x"' in play.log


async def test_a_timeout_is_told_when_the_wall_clock_gets_there() -> None:
    async with show() as play:
        await play.enter("@a BLPOP q 3")
        play.clock[0] += 3000
        play.app._second()
        await until(lambda: "@a waited 3.0 s for q in vain:\n(nil)" in play.log)


async def test_a_letter_that_is_no_panes_key_goes_to_the_prompt_with_what_it_says() -> None:
    async with show() as play:
        await play.press("escape")
        for name in ("colon", "v", "z", "b"):  # at once, as a terminal sends what is typed fast
            play.app.post_message(events.Key(name, {"colon": ":"}.get(name, name)))
        await play.pilot.pause()
        assert isinstance(play.app.focused, Console)
        assert play.app.console_.session.default_buffer.text == ":vzb"


async def test_a_paste_while_a_pane_has_the_focus_goes_to_the_prompt_line_by_line() -> None:
    async with show() as play:
        await play.press("escape")
        play.app.post_message(events.Paste("SET a 1\rSET b \x1b]0;x\x07\rSET c 3"))
        await play.pilot.pause()
        assert isinstance(play.app.focused, Console)
        text = play.app.console_.session.default_buffer.text
        assert text == "SET a 1\nSET b \\x1b]0;x\\x07\nSET c 3"


async def test_keys_that_come_before_anything_has_the_focus_are_the_prompts() -> None:
    async with show() as play:
        play.app.set_focus(None)
        await play.press("v", "b", "1", "space", "u")
        assert play.app.console_.session.default_buffer.text == "vb1 u"
        assert "history" not in play.log and "main" not in play.log


async def test_a_pane_that_tells_how_long_ago_ticks_while_the_clock_runs() -> None:
    async with show(size=(200, 60)) as play:
        await play.enter(":pane log")
        play.clock[0] += 3_000
        play.app._second()
        assert play.pane("log") == "3000 ms old"
        await play.enter(":pause")
        play.clock[0] += 3_000
        play.app._second()
        assert play.pane("log") == "3000 ms old"
