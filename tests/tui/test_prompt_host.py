"""The console is a real command line: editing, completion, history, paste, vi, resize."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

import pytest
from prompt_toolkit import PromptSession
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.input.base import Input
from prompt_toolkit.lexers import Lexer
from prompt_toolkit.output import Output
from rich.style import Style
from textual import events
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from redlearn.lines import Run, line
from redlearn.theme import DARK, LIGHT
from redlearn.tui.looks import Looks
from redlearn.tui.prompt_host import Console, SessionMaker

NAMES = {"ZADD": "key score member", "ZRANGE": "key start stop", "ZRANK": "key member"}


class Names(Completer):
    def get_completions(
        self, document: Document, complete_event: CompleteEvent
    ) -> Iterable[Completion]:
        word = document.text_before_cursor
        for name, syntax in NAMES.items():
            if name.startswith(word.upper()):
                yield Completion(name, -len(word), display_meta=syntax)


class Commands(Lexer):
    def lex_document(self, document: Document) -> Callable[[int], StyleAndTextTuples]:
        def lex(number: int) -> StyleAndTextTuples:
            first, blank, rest = document.lines[number].partition(" ")
            kind = "command" if first.upper() in NAMES else "error"
            return [(f"class:{kind}", first), ("", blank + rest)]

        return lex


def make_session(keys: Input, output: Output) -> PromptSession[str]:
    return PromptSession(
        [("class:prompt", "redlearn> ")],
        input=keys,
        output=output,
        completer=Names(),
        lexer=Commands(),
        auto_suggest=AutoSuggestFromHistory(),
        bottom_toolbar="the hint",
        history=InMemoryHistory(),
    )


def make_vi_session(keys: Input, output: Output) -> PromptSession[str]:
    return PromptSession("vi> ", input=keys, output=output, vi_mode=True)


class Stage(App[None]):
    """A console that fills the screen and answers every line with itself."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self, make: SessionMaker = make_session) -> None:
        super().__init__()
        self.entered: list[str] = []
        self.left: list[int] = []
        self.closed = 0
        self.console_ = Console(make, self.answer)

    async def answer(self, text: str) -> None:
        self.entered.append(text)
        self.console_.write_text(f"= {text}")

    def compose(self) -> ComposeResult:
        yield self.console_

    def on_mount(self) -> None:
        self.console_.focus()

    def on_console_left(self, message: Console.Left) -> None:
        self.left.append(message.step)

    def on_console_closed(self) -> None:
        self.closed += 1


@asynccontextmanager
async def stage(
    make: SessionMaker = make_session, size: tuple[int, int] = (50, 10)
) -> AsyncIterator[tuple[Stage, Console, Pilot[None]]]:
    app = Stage(make)
    async with app.run_test(size=size) as pilot:
        await until(lambda: app.console_.frames > 0)
        yield app, app.console_, pilot


async def until(met: Callable[[], bool]) -> None:
    """Let the loop turn until something holds; 500 turns of at most a millisecond."""
    for _ in range(500):
        if met():
            return
        await asyncio.sleep(0.001)
    assert met()


def style_at(console: Console, y: int, x: int) -> Style:
    for segment in console._view[y].crop(x, x + 1):
        assert segment.style is not None
        return segment.style
    raise AssertionError("no such cell")


async def test_a_prompt_is_there_with_its_hint_below() -> None:
    async with stage() as (_, console, _pilot):
        assert console.text()[-2:] == ["redlearn>", "the hint"]


async def test_it_says_when_a_key_is_about_to_be_seen() -> None:
    async with stage() as (_, console, pilot):
        await pilot.pause()
        drawn: list[int] = []
        console.drawn = lambda: drawn.append(console.frames)
        before = console.frames
        await pilot.press("x")
        await until(lambda: bool(drawn))
        assert drawn[0] > before
        assert len(drawn) <= console.frames - before


async def test_typing_and_enter_run_the_line_and_leave_it_in_the_log() -> None:
    async with stage() as (app, console, pilot):
        await pilot.press(*"ab", "enter")
        await until(lambda: bool(app.entered))
        assert app.entered == ["ab"]
        assert console.text()[-4:-2] == ["redlearn> ab", "= ab"]


async def test_a_password_does_not_stay_behind_in_the_log() -> None:
    async with stage() as (app, console, _pilot):
        await console.type([*"@a AUTH ann s3cret", "enter"], pace=0)
        await until(lambda: bool(app.entered))
        assert app.entered == ["@a AUTH ann s3cret"]
        assert console.scrollback.text().split("\n")[0] == "redlearn> @a AUTH (redacted)"


async def test_a_suggestion_stands_in_the_empty_prompt_until_something_is_typed() -> None:
    async with stage() as (app, console, pilot):
        console.suggest(":lesson 7")
        await pilot.press("enter")
        await until(lambda: "redlearn> :lesson 7" in console.text())
        await pilot.press("x")
        await until(lambda: "redlearn> x" in console.text())
        await pilot.press("enter")
        await until(lambda: app.entered == ["", "x"])
        await until(lambda: console.text()[-2] == "redlearn>")


async def test_the_right_arrow_takes_a_suggestion_up() -> None:
    async with stage() as (app, console, pilot):
        console.suggest(":lesson 7")
        await pilot.press("enter", "right", "enter")
        await until(lambda: app.entered == ["", ":lesson 7"])


async def test_the_log_keeps_the_colours_of_the_entered_line_but_no_hint() -> None:
    async with stage() as (app, console, _pilot):
        await console.type([*"zadd k 1 a", "enter"], pace=0)
        await until(lambda: bool(app.entered))
        at = console.text().index("redlearn> zadd k 1 a")
        assert style_at(console, at, 10).color == Style.parse(DARK.look("command").fg).color
        assert console.scrollback.text() == "redlearn> zadd k 1 a\n= zadd k 1 a"


@pytest.mark.parametrize(
    ("keys", "text", "cursor"),
    [
        (["a", "c", "left", "b"], "abc", 2),
        (["b", "home", "a"], "ab", 1),
        (["a", "b", "home", "end", "c"], "abc", 3),
        ([*"one two", "ctrl+left", "X"], "one Xtwo", 5),
        ([*"one two", "alt+b", "alt+d"], "one ", 4),
        ([*"one two", "ctrl+w"], "one ", 4),
        ([*"one", "ctrl+u", "ctrl+y", "ctrl+y"], "oneone", 6),
        ([*"one two", "home", "ctrl+k"], "", 0),
        ([*"ab", "backspace"], "a", 1),
        ([*"ab", "home", "delete"], "b", 0),
        ([*"ab", "alt+2", "c"], "abcc", 4),
    ],
)
async def test_editing_keys_edit(keys: list[str], text: str, cursor: int) -> None:
    async with stage() as (_, console, pilot):
        await pilot.press(*keys)
        buffer = console.session.default_buffer
        assert (buffer.text, buffer.cursor_position) == (text, cursor)


async def test_the_menu_is_drawn_above_the_prompt_and_tab_chooses() -> None:
    async with stage() as (_, console, _pilot):
        await console.type("zr", pace=0)
        await until(lambda: any("ZRANGE" in row for row in console.text()))
        rows = console.text()
        assert "ZRANGE" in rows[-4] and "key start stop" in rows[-4]
        assert "ZRANK" in rows[-3] and rows[-2] == "redlearn> zr"
        await console.type(["tab", "tab"], pace=0)
        assert console.session.default_buffer.text == "ZRANK"


async def test_escape_closes_the_menu_first_and_leaves_the_prompt_second() -> None:
    async with stage() as (app, console, pilot):
        await console.type("zr", pace=0)
        await until(lambda: any("ZRANGE" in row for row in console.text()))
        await pilot.press("escape")
        await until(lambda: not any("ZRANGE" in row for row in console.text()))
        assert app.left == []
        await pilot.press("escape")
        assert app.left == [0]
        assert console.session.default_buffer.text == "zr"


async def test_tab_on_an_empty_line_goes_to_the_next_pane() -> None:
    async with stage() as (app, _, pilot):
        await pilot.press("tab", "shift+tab")
        assert app.left == [1, -1]


async def test_history_and_reverse_search_find_earlier_lines() -> None:
    async with stage() as (app, console, _pilot):
        for text in ("one", "two", "three"):
            await console.type([*text, "enter"], pace=0)
        await until(lambda: len(app.entered) == 3)
        await console.type(["up", "up"], pace=0)
        assert console.session.default_buffer.text == "two"
        await console.type(["down", "ctrl+u", "ctrl+r", *"on"], pace=0)
        await until(lambda: any("on" in row and "i-search" in row for row in console.text()))
        await console.type(["enter"], pace=0)
        await until(lambda: len(app.entered) == 4 or console.session.default_buffer.text == "one")


async def test_a_suggestion_from_history_is_taken_with_right() -> None:
    async with stage() as (_app, console, _pilot):
        await console.type([*"zrank k m", "enter", *"zra"], pace=0)
        await until(lambda: console.text()[-2] == "redlearn> zrank k m")
        assert console.session.default_buffer.text == "zra"
        await console.type(["right"], pace=0)
        assert console.session.default_buffer.text == "zrank k m"


async def test_control_c_drops_the_line_and_says_so() -> None:
    async with stage() as (app, console, pilot):
        await pilot.press(*"ab", "ctrl+c")
        await until(lambda: "redlearn> ab^C" in console.text())
        assert console.session.default_buffer.text == ""
        assert app.entered == []


async def test_control_d_on_an_empty_line_asks_to_close_and_the_prompt_comes_back() -> None:
    async with stage() as (app, console, pilot):
        await pilot.press("ctrl+d")
        await until(lambda: app.closed == 1)
        await console.type([*"x", "enter"], pace=0)
        await until(lambda: app.entered == ["x"])


async def test_control_l_clears_the_log() -> None:
    async with stage() as (_, console, pilot):
        console.write_text("gone soon")
        await pilot.press("ctrl+l")
        await until(lambda: not any("gone soon" in row for row in console.text()))


async def test_function_keys_are_left_to_the_application() -> None:
    pressed: list[str] = []

    class Listening(Stage):
        def on_key(self, event: events.Key) -> None:
            pressed.append(event.key)

    app = Listening()
    async with app.run_test() as pilot:
        await pilot.press("f1", "f7", "a")
        assert pressed == ["f1", "f7"]


async def test_a_pasted_text_of_several_lines_is_one_input() -> None:
    async with stage() as (app, console, _pilot):
        console.post_message(events.Paste("zadd k 1 a\nzadd k 2 b"))
        await until(lambda: console.text()[-2].endswith("zadd k 2 b"))
        assert console.text()[-3] == "redlearn> zadd k 1 a"
        await console.type(["enter"], pace=0)
        await until(lambda: bool(app.entered))
        assert app.entered == ["zadd k 1 a\nzadd k 2 b"]


async def test_a_paste_taller_than_the_pane_keeps_the_cursor_in_sight() -> None:
    async with stage(size=(40, 5)) as (_, console, _pilot):
        console.post_message(events.Paste("\n".join(f"line {n}" for n in range(40))))
        await until(lambda: any("line 39" in row for row in console.text()))


async def test_lines_typed_ahead_run_one_after_the_other_each_above_its_answer() -> None:
    async with stage() as (app, console, _pilot):
        console.session.completer = None
        await console.type(["a", "enter", "b", "enter", "c", "enter"], pace=0)
        await until(lambda: len(app.entered) == 3)
        log = console.scrollback.text().split("\n")
        assert log == ["redlearn> a", "= a", "redlearn> b", "= b", "redlearn> c", "= c"]


async def test_vi_mode_has_its_motions_and_keeps_escape() -> None:
    async with stage(make_vi_session) as (app, console, _pilot):
        await console.type([*"one two", "escape"], pace=0)
        await asyncio.sleep(0.35)  # Escape waits this long to become an Alt chord
        await console.type([*"bcwX"], pace=0)
        assert console.session.default_buffer.text == "one X"
        assert app.left == []


async def test_wide_and_joined_characters_keep_the_columns() -> None:
    async with stage() as (_, console, _pilot):
        await console.type("键👩\u200d💻x", pace=0)
        assert console.session.default_buffer.text == "键👩\u200d💻x"
        assert all(strip.cell_length == 50 for strip in console._view)
        assert "\u200d" not in "".join(console.text())


async def test_markup_and_escapes_that_are_printed_stay_text() -> None:
    async with stage() as (_, console, _pilot):
        console.write_text("[bold red]x[/] $(date) \\x1b[31m")
        assert "[bold red]x[/] $(date) \\x1b[31m" in console.text()


async def test_page_up_scrolls_back_and_printing_does_not_move_the_reader() -> None:
    async with stage() as (_, console, pilot):
        for n in range(30):
            console.write_text(f"line {n}")
        await pilot.press("pageup")
        before = console.text()[:8]
        assert before[-1] == "line 24"
        console.write_text("news")
        assert console.text()[:8] == before
        await pilot.press("a")
        assert "news" in console.text()


async def test_a_huge_text_is_printed_at_once_and_only_what_is_seen_is_wrapped() -> None:
    async with stage() as (_, console, _pilot):
        began = time.monotonic()
        console.write_text("x" * 10_000_000)
        assert time.monotonic() - began < 1
        assert "more characters not shown" in console.scrollback.text()


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (20, 1), (1, 30), (200, 60)])
async def test_the_prompt_survives_any_size(size: tuple[int, int]) -> None:
    async with stage() as (app, console, pilot):
        await pilot.press(*"zr")
        await pilot.resize_terminal(*size)
        await until(lambda: len(console._view) == size[1])
        assert all(strip.cell_length == size[0] for strip in console._view)
        await pilot.resize_terminal(50, 10)
        await until(lambda: "redlearn> zr" in console.text())
        await console.type(["x", "enter"], pace=0)
        await until(lambda: app.entered == ["zrx"])


async def test_a_line_entered_in_a_pane_of_one_cell_is_whole_in_the_log() -> None:
    async with stage() as (app, console, pilot):
        await pilot.resize_terminal(1, 1)
        await until(lambda: len(console._view) == 1)
        await console.type(["z", "r", "x", "enter"], pace=0)
        await until(lambda: app.entered == ["zrx"])
        await pilot.resize_terminal(50, 10)
        await until(lambda: "redlearn> zrx" in console.text())


async def test_in_a_pane_one_row_high_the_prompt_is_seen_not_its_hint() -> None:
    async with stage(size=(40, 1)) as (_, console, _pilot):
        assert console.text() == ["redlearn>"]


async def test_a_resize_wraps_the_log_anew() -> None:
    async with stage() as (_, console, pilot):
        console.write_text("abcdefghij" * 6)
        await pilot.resize_terminal(30, 10)
        await until(lambda: "abcdefghij" * 3 in console.text())


async def test_another_theme_changes_the_log_too() -> None:
    async with stage() as (_, console, _pilot):
        console.write(line(Run("colourful", "key")))
        at = console.text().index("colourful")
        console.look_like(Looks(LIGHT))
        assert style_at(console, at, 0).color == Style.parse(LIGHT.look("key").fg).color


async def test_a_click_places_the_cursor() -> None:
    async with stage() as (_, console, pilot):
        await pilot.press(*"abcdef")
        row = console.text().index("redlearn> abcdef")
        await pilot.click(Console, offset=(len("redlearn> ab"), row))
        await until(lambda: console.session.default_buffer.cursor_position == 2)


async def test_without_focus_the_cursor_is_an_underline_and_the_menu_hides() -> None:
    async with stage() as (app, console, _pilot):
        await console.type("zr", pace=0)
        await until(lambda: any("ZRANGE" in row for row in console.text()))
        app.set_focus(None)
        await until(lambda: not any("ZRANGE" in row for row in console.text()))
        at = console.text().index("redlearn> zr")
        assert style_at(console, at, 12).underline


async def test_a_toolbar_that_always_fails_ends_up_dropped_and_the_prompt_works() -> None:
    def broken(keys: Input, output: Output) -> PromptSession[str]:
        def toolbar() -> str:
            raise ValueError("no \x1b[31m hint")

        return PromptSession("> ", input=keys, output=output, bottom_toolbar=toolbar)

    app = Stage(broken)
    async with app.run_test(size=(60, 10)):
        console = app.console_
        await until(lambda: console.frames > 0 and console.text()[-1] == ">")
        assert "! ValueError: no \\x1b[31m hint" in console.scrollback.text()
        await console.type(["x", "enter"], pace=0)
        await until(lambda: app.entered == ["x"])


async def test_an_error_in_what_runs_a_line_is_told_and_the_prompt_goes_on() -> None:
    async with stage() as (_, console, _pilot):

        async def explode(text: str) -> None:
            raise RuntimeError(f"bang {text}")

        console._run = explode
        await console.type(["a", "enter", "b", "enter"], pace=0)
        await until(lambda: "bang b" in console.scrollback.text())
        assert "! RuntimeError: bang a" in console.scrollback.text()


async def test_scripted_typing_waits_for_completions() -> None:
    async with stage() as (app, console, _pilot):
        await console.type([*"zr", "down", "down", "enter"], pace=0)
        await until(lambda: bool(app.entered))
        assert app.entered == ["ZRANK"]


async def test_the_resize_signal_still_reaches_textual() -> None:
    caught: list[int] = []
    old = signal.signal(signal.SIGWINCH, lambda number, frame: caught.append(number))
    try:
        async with stage() as (app, console, _pilot):
            await console.type(["x", "enter"], pace=0)
            await until(lambda: app.entered == ["x"])
            await until(lambda: "redlearn>" in console.text()[-2])
            caught.clear()
            signal.raise_signal(signal.SIGWINCH)
            assert caught == [signal.SIGWINCH]
    finally:
        signal.signal(signal.SIGWINCH, old)


async def test_textual_looks_at_the_size_again_when_a_prompt_had_its_signal() -> None:
    caught: list[int] = []
    old = signal.signal(signal.SIGWINCH, lambda number, frame: caught.append(number))
    try:
        async with stage():
            begun = len(caught)
        assert begun, "a prompt has begun, and a resize while it did was heard by nobody"
        assert len(caught) > begun, "and so it was when it ended"
    finally:
        signal.signal(signal.SIGWINCH, old)


async def test_many_prompts_leave_no_tasks_behind() -> None:
    async with stage() as (app, console, _pilot):
        console.session.completer = None
        await console.type(["x", "enter"], pace=0)
        await until(lambda: len(app.entered) == 1)
        before = len(asyncio.all_tasks())
        for _ in range(20):
            await console.type(["x", "enter"], pace=0)
        await until(lambda: len(app.entered) == 21)
        await until(lambda: len(asyncio.all_tasks()) <= before + 1)
