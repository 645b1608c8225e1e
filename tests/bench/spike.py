"""The least that a prompt inside Textual costs: the application `keys.py` measures against.

A prompt_toolkit session in a widget, with a handful of commands to complete, and nothing else on
the screen. Textual's keys become prompt_toolkit's, its cell buffer becomes Textual's strips.
"""

from __future__ import annotations

import asyncio
import signal
import threading
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from functools import lru_cache

from prompt_toolkit import PromptSession
from prompt_toolkit.application import Application, create_app_session
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.completion import Completer, Completion
from prompt_toolkit.cursor_shapes import CursorShape, ModalCursorShapeConfig
from prompt_toolkit.data_structures import Size
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.input.base import Input
from prompt_toolkit.key_binding.key_processor import KeyPress
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout.controls import BufferControl
from prompt_toolkit.layout.menus import CompletionsMenuControl
from prompt_toolkit.lexers import Lexer
from prompt_toolkit.output import ColorDepth, DummyOutput
from prompt_toolkit.styles import ANSI_COLOR_NAMES, Attrs
from prompt_toolkit.styles import Style as PtkStyle
from rich.console import RenderableType
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual import events
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.keys import key_to_character
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

_SPECIAL = {
    "enter": Keys.ControlM, "tab": Keys.ControlI, "backspace": Keys.ControlH,
    "shift+tab": Keys.BackTab, "shift+enter": Keys.ControlJ, "ctrl+space": Keys.ControlAt,
    "ctrl+@": Keys.ControlAt, "ctrl+backslash": Keys.ControlBackslash,
    "ctrl+right_square_bracket": Keys.ControlSquareClose, "ctrl+slash": Keys.ControlUnderscore,
    "ctrl+underscore": Keys.ControlUnderscore, "ctrl+circumflex_accent": Keys.ControlCircumflex,
}  # fmt: skip
_KNOWN = {key.value: key for key in Keys}


@lru_cache(maxsize=1024)
def key_presses(name: str, character: str | None) -> tuple[KeyPress, ...]:
    """Translate a Textual key.  By name first: Pilot's keys carry no control characters."""
    parts = name.split("+")
    if "alt" in parts:  # prompt_toolkit models Meta as an Escape prefix
        rest = "+".join(part for part in parts if part != "alt")
        if rest.startswith("shift+") and len(rest) == 7:
            rest = rest[-1].upper()
        inner = key_presses(rest, key_to_character(rest))
        return (KeyPress(Keys.Escape, "\x1b"), *inner) if inner else ()
    if key := _SPECIAL.get(name):
        return (KeyPress(key, "\r" if name == "enter" else ""),)
    if "ctrl" not in parts and character and unicodedata.category(character[0]) != "Cc":
        return (KeyPress(character, character),)  # not isprintable(): U+200D must get through
    modifiers = ("c-" if "ctrl" in parts else "") + ("s-" if "shift" in parts else "")
    key = _KNOWN.get(modifiers + parts[-1])
    return (KeyPress(key, ""),) if key else ()


class KeyInput(Input):
    """An input without a file descriptor: ``feed`` hands over finished key presses.

    Compared with ``create_pipe_input`` there is no VT100 parser, hence no half second to tell
    Escape from an escape sequence, and a key has been acted upon when ``feed`` returns.
    """

    closed = False

    def __init__(self) -> None:
        self._queue: list[KeyPress] = []
        self._ready: Callable[[], None] | None = None

    def feed(self, presses: Iterable[KeyPress]) -> None:
        self._queue.extend(presses)
        if self._ready is not None:
            self._ready()

    def read_keys(self) -> list[KeyPress]:
        queue, self._queue = self._queue, []
        return queue

    @contextmanager
    def attach(self, input_ready_callback: Callable[[], None]) -> Iterator[None]:
        self._ready = input_ready_callback
        asyncio.get_running_loop().call_soon(self.feed, ())  # keys typed between two prompts
        try:
            yield
        finally:
            self._ready = None

    def detach(self):
        return nullcontext()

    raw_mode = cooked_mode = detach

    def fileno(self) -> int:
        raise NotImplementedError

    def typeahead_hash(self) -> str:
        return f"key-input-{id(self)}"


class FrameOutput(DummyOutput):
    """Draws nothing.  prompt_toolkit calls ``flush`` whenever a frame is complete."""

    def __init__(self, console: Console) -> None:
        self.console, self.shape = console, CursorShape.BLOCK

    def flush(self) -> None:
        self.console.frame()

    def erase_screen(self) -> None:  # Ctrl-L
        self.console.clear()

    def get_size(self) -> Size:
        width, height = self.console.size
        return Size(rows=max(height, 3), columns=max(width, 20))

    def get_rows_below_cursor_position(self) -> int:
        return self.get_size().rows  # without this the bottom toolbar never shows up

    def get_default_color_depth(self) -> ColorDepth:
        return ColorDepth.DEPTH_24_BIT

    def set_cursor_shape(self, cursor_shape: CursorShape) -> None:
        self.shape = cursor_shape


@contextmanager
def sigwinch_kept(app: Application) -> Iterator[None]:
    """Let Textual hear of terminal resizes while, and after, a prompt runs.

    ``Application.run_async`` installs its own SIGWINCH handler and leaves SIG_DFL behind.
    """
    number = getattr(signal, "SIGWINCH", None)
    handler = signal.getsignal(number) if number else None
    if (
        number is None
        or handler is None
        or threading.current_thread() is not threading.main_thread()
    ):
        yield
        return

    def restore(_: object = None) -> None:
        signal.signal(number, handler)

    app.before_render += restore
    try:
        yield
    finally:
        app.before_render -= restore
        restore()


_ANSI = {name: f"color({number - 1})" for number, name in enumerate(ANSI_COLOR_NAMES)}
_ANSI.update({"ansidefault": "default", "default": "default"})

# Width tables disagree about joined emoji (prompt_toolkit counts 4 cells, Rich 2, terminals
# either), so the joiners are kept in the text but not sent to the screen.
_NOT_SHOWN = {0x200D: None, 0xFE0F: None}


@lru_cache(maxsize=4096)
def rich_style(attrs: Attrs) -> Style:
    color, back = (_ANSI.get(c) or f"#{c}" if c else None for c in (attrs.color, attrs.bgcolor))
    names = ("bold", "dim", "italic", "underline", "strike", "reverse")
    return Style(color=color, bgcolor=back, **{n: getattr(attrs, n) or None for n in names})


class Console(Widget, can_focus=True):
    """Scroll-back, prompt and completion menu in one pane.  The prompt is a ``PromptSession``.

    All that changes while typing (menu, wrapped or pasted input) is drawn inside the widget's
    own lines, so a key press never causes a Textual layout.
    """

    class Submitted(Message):
        def __init__(self, line: str) -> None:
            super().__init__()
            self.line = line

    class Closed(Message):
        """Ctrl-D on an empty line."""

    class _Abort(Exception):
        """Instead of KeyboardInterrupt, which must never travel through an asyncio task."""

    def __init__(self, *, id: str | None = None, **session_options) -> None:
        super().__init__(id=id)
        self.keys, self._output = KeyInput(), FrameOutput(self)
        self.frames = 0  # painted by prompt_toolkit so far
        self._ready = asyncio.Event()
        self._theme: object = None
        self._items: list[RenderableType] = []  # the scroll-back as written ...
        self._log: list[Strip] = []  # ... and wrapped to the present width
        self._back = 0  # lines scrolled back
        self._prompt: list[Strip] = []
        self._rows: list[int] = []  # the Screen row of each prompt line
        self._menu: tuple[int, list[Strip]] = (0, [])  # column, lines
        self._echo = Text()  # the line just entered, as it looked
        self._view: list[Strip] = []  # what is on display
        self.session: PromptSession[str] = PromptSession(
            input=self.keys, output=self._output, interrupt_exception=self._Abort,
            cursor=ModalCursorShapeConfig(),
            reserve_space_for_menu=0,  # or a pane under ten rows says "Window too small..."
            **session_options,
        )  # fmt: skip
        self.session.app.terminal_size_polling_interval = None  # no idle wake-ups
        self.session.app.timeoutlen = 0.3  # how long Escape waits to become an Alt chord

    def write(self, item: RenderableType) -> None:
        """Print above the prompt."""
        self._items.append(item)
        self._log += self._wrap(item)
        self._update()

    def clear(self) -> None:
        self._items, self._log, self._back = [], [], 0

    def text(self) -> list[str]:
        """The pane as plain lines, for tests."""
        return [strip.text.rstrip() for strip in self._view]

    # One task runs the session for as long as the widget lives.

    def on_mount(self) -> None:
        self.run_worker(self._main(), exclusive=True)

    async def _main(self) -> None:
        await self._ready.wait()  # the first Resize: before it there is no width
        # A private session: get_app() must not see another prompt of this process (tests!).
        with create_app_session(input=self.keys, output=self._output):
            while True:
                try:
                    with sigwinch_kept(self.session.app):
                        line = await self.session.prompt_async(
                            handle_sigint=False, set_exception_handler=False
                        )
                except self._Abort:
                    self.write(self._echo + Text("^C"))
                except EOFError:
                    self.post_message(self.Closed())
                    return
                else:
                    self.write(self._echo)
                    self.post_message(self.Submitted(line))

    def frame(self) -> None:  # noqa: C901  (kept as it was when first measured)
        """A frame is complete (or the session is being made, or its renderer reset)."""
        if not self.is_running:
            return
        app = self.session.app
        screen = app.renderer.last_rendered_screen
        if screen is None:
            return
        style, transform = app.renderer.style, app.style_transformation
        theme = style.invalidation_hash(), transform.invalidation_hash()
        if theme != self._theme:  # resolving "class:a class:b" strings is slow: keep the results
            self._theme = theme
            self._style_of = lru_cache(None)(
                lambda name: rich_style(
                    transform.transform_attrs(style.get_attrs_for_style_str(name))
                )
            )
        style_of, cursor_style = self._style_of, self._cursor_style()
        cursor = screen.get_cursor_position(app.layout.current_window)

        def strip(y: int, x0: int, x1: int, cursor_x: int = -1) -> Strip:
            """Cells to segments.  The cell behind a wide character is '' and simply vanishes."""
            segments, text, last = [], "", None
            row = screen.data_buffer[y]
            for x in range(x0, x1):
                here = style_of(row[x].style)
                if x == cursor_x:
                    here += cursor_style
                if here is not last and text:
                    segments.append(Segment(text.translate(_NOT_SHOWN), last))
                    text = ""
                text, last = text + row[x].char, here
            segments.append(Segment(text.translate(_NOT_SHOWN), last))
            return Strip(segments, x1 - x0)

        # prompt_toolkit believes it has the whole pane: the input on top, blank rows with the
        # menu floating in them, toolbars at the end.  Keep the rows in use, lift out the menu.
        rows: set[int] = set()
        menu, width = None, self.size.width
        for window, at in screen.visible_windows_to_write_positions.items():
            if isinstance(window.content, CompletionsMenuControl):
                menu = at
                continue
            height, info = at.height, window.render_info
            if isinstance(window.content, BufferControl) and info is not None:
                lines = range(info.ui_content.line_count)
                height = min(height, sum(map(info.get_height_for_line, lines)))
            rows.update(range(at.ypos, at.ypos + height))
        self._rows, self._menu = sorted(rows), (0, [])
        if app.is_done:  # drawn without menu, suggestion and toolbar: what is left behind
            parts = [[(s.text, s.style or "") for s in strip(y, 0, width)] for y in self._rows]
            self._echo = Text("\n").join(Text.assemble(*line) for line in parts)
            self._echo.rstrip()
            return
        self._prompt = [strip(y, 0, width, cursor.x if y == cursor.y else -1) for y in self._rows]
        if menu and self.has_focus and menu.ypos not in rows:
            right, bottom = menu.xpos + menu.width, menu.ypos + menu.height
            self._menu = menu.xpos, [strip(y, menu.xpos, right) for y in range(menu.ypos, bottom)]
        self._back = 0
        self.frames += 1
        self._update()
        if self.has_focus and cursor.y in rows:  # move the terminal's own cursor there: for IMEs
            y = self.size.height - len(self._prompt) + self._rows.index(cursor.y)
            self.app.cursor_position = self.content_region.offset + (cursor.x, y)  # noqa: RUF005

    def _cursor_style(self) -> Style:
        vi = self.session.editing_mode is EditingMode.VI
        thin = vi and self._output.shape is not CursorShape.BLOCK  # vi's insert and replace modes
        return Style(underline=True) if thin or not self.has_focus else Style(reverse=True)

    # From parts to the lines on display.

    def _wrap(self, item: RenderableType) -> list[Strip]:
        console, width = self.app.console, max(self.size.width, 1)
        lines = console.render_lines(item, console.options.update(width=width, height=None))
        return Strip.from_lines(lines, width)

    def _update(self) -> None:
        width, height = self.size
        room = max(height - len(self._prompt), 0)
        end = max(len(self._log) - self._back, 0)
        log = self._log[max(end - room, 0) : end]
        view = [Strip.blank(width)] * (room - len(log)) + log + self._prompt[-height:]
        x, menu = self._menu
        for y, line in enumerate(menu, room - len(menu)):
            if y >= 0:
                right = view[y].crop(x + line.cell_length, width)
                view[y] = Strip.join([view[y].crop(0, x), line, right])
        old, self._view = self._view, view
        if len(old) != len(view):
            self.refresh()
        elif changed := [Region(0, y, width, 1) for y in range(len(view)) if view[y] != old[y]]:
            self.refresh(*changed)

    def render_line(self, y: int) -> Strip:
        strip = self._view[y] if y < len(self._view) else Strip.blank(self.size.width)
        return strip.adjust_cell_length(self.size.width).apply_style(self.rich_style)

    # Textual reports events.

    def on_resize(self) -> None:
        self._log = [strip for item in self._items for strip in self._wrap(item)]
        self._update()
        self._ready.set()
        self.session.app.invalidate()

    def on_focus(self) -> None:
        self.session.app.invalidate()

    on_blur = on_focus

    def on_key(self, event: events.Key) -> None:
        presses = key_presses(event.key, event.character)
        if not presses:
            return
        self.keys.feed(presses)
        event.stop()  # before any non-priority Textual binding: Tab, Ctrl-C, Escape are ours
        event.prevent_default()


COMMANDS = {
    "SET": ("key value [EX seconds] [NX|XX]", "store a string"), "GET": ("key", "read a string"),
    "ZADD": ("key score member [score member ...]", "add to a sorted set"),
    "ZRANGE": ("key start stop [WITHSCORES]", "read a sorted set by rank"),
    "ZRANK": ("key member", "rank of a member"), "EXPIRE": ("key seconds", "set a time to live"),
}  # fmt: skip
STYLE = {
    "prompt": "bold ansibrightcyan", "command": "bold ansibrightgreen", "number": "ansiyellow",
    "unknown": "ansibrightred", "auto-suggestion": "#777777", "bottom-toolbar": "#9a9a9a noreverse",
}  # fmt: skip


class CommandCompleter(Completer):
    def get_completions(self, document, complete_event):
        word = document.text_before_cursor
        for name, (arguments, summary) in COMMANDS.items():
            if name.startswith(word.upper()):
                yield Completion(name, -len(word), display_meta=f"{arguments} · {summary}")


class CommandLexer(Lexer):
    def lex_document(self, document):
        def line(number):
            first, *rest = document.lines[number].split(" ")
            fragments = [("class:command" if first.upper() in COMMANDS else "class:unknown", first)]
            for word in rest:
                kind = "class:number" if word.lstrip("-").isdigit() else ""
                fragments += [("", " "), (kind, word)]
            return fragments

        return line


class Demo(App):
    ENABLE_COMMAND_PALETTE = False  # its Ctrl-P has priority over the prompt's history-up
    CSS = "Console { border: round $accent; }"

    def compose(self) -> ComposeResult:
        yield Console(
            message=[("class:prompt", "redis> ")], completer=CommandCompleter(),
            lexer=CommandLexer(), auto_suggest=AutoSuggestFromHistory(), bottom_toolbar=self.hint,
            style=PtkStyle.from_dict(STYLE),
        )  # fmt: skip

    def on_mount(self) -> None:
        self.query_one(Console).focus()

    def hint(self) -> str:
        name = self.query_one(Console).session.default_buffer.text.split(" ")[0].upper()
        return (
            f" {name} {COMMANDS[name][0]}"
            if name in COMMANDS
            else " Tab completes, Ctrl-R searches"
        )

    def on_console_submitted(self, message: Console.Submitted) -> None:
        if message.line.strip():
            self.query_one(Console).write(f"OK: {message.line!r}")

    def on_console_closed(self) -> None:
        self.exit()
