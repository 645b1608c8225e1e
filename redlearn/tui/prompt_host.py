"""The console: a genuine prompt_toolkit session living inside a Textual widget.

Both libraries want to own the terminal. Here Textual owns it, alone:

    Textual key -> KeyPress -> KeyInput -> key bindings, history, completer, lexer ...
    layout -> cells -> FrameOutput.flush -> Frame -> strips -> Textual

No pty, no escape codes, no terminal emulator, and no private attribute of either library.
Scroll-back, prompt and completion menu share one widget, so that nothing that happens
while typing makes Textual lay out the screen again: what changed is a few of its lines.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any, Final

from prompt_toolkit import PromptSession
from prompt_toolkit.application import Application, create_app_session
from prompt_toolkit.auto_suggest import Suggestion
from prompt_toolkit.cursor_shapes import CursorShape, ModalCursorShapeConfig
from prompt_toolkit.data_structures import Point
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.input.base import Input
from prompt_toolkit.key_binding.key_processor import KeyPress
from prompt_toolkit.keys import Keys
from prompt_toolkit.mouse_events import MouseButton, MouseEvent, MouseEventType
from prompt_toolkit.output import Output
from rich.style import Style
from textual import events
from textual.geometry import Offset, Region
from textual.message import Message
from textual.selection import Selection
from textual.strip import Strip
from textual.widget import Widget

from redlearn.lines import Line, Run
from redlearn.prompt.history import redacted
from redlearn.tui.frames import Frame, FrameOutput, read_frame, without_trailing_blanks
from redlearn.tui.keys import PASSED_ON, KeyInput, key_presses
from redlearn.tui.looks import Looks, styled, with_selection
from redlearn.tui.pasted import visible
from redlearn.tui.scrollback import Scrollback, lines_of

SessionMaker = Callable[[Input, Output], PromptSession[str]]
"""Makes the prompt session: message, completer, lexer, toolbar, history are its affair."""

RunLine = Callable[[str], Awaitable[None]]
"""What to do with an entered line. The next prompt waits for it, as redis-cli's does."""

_ESCAPE_WAIT: Final = 0.3
_TRIES: Final = 3


def plain_session(keys: Input, output: Output) -> PromptSession[str]:
    """A prompt with nothing but a message."""
    return PromptSession([("class:prompt", "> ")], input=keys, output=output)


class Console(Widget, can_focus=True):
    """Scroll-back, prompt and completion menu in one pane.

    The prompt is a `PromptSession` that runs for as long as the widget lives.

    Attributes:
        session: The prompt session, for its buffer, editing mode and history.
        scrollback: What was printed; use `write` to print.
        frames: How many frames prompt_toolkit has painted.
        drawn: Called when one of them is about to be seen on the terminal.
    """

    class Left(Message):
        """The user wants out of the prompt: Escape, or Tab on an empty line.

        Attributes:
            step: +1 to the next pane, -1 to the previous one, 0 to the last one used.
        """

        def __init__(self, step: int) -> None:
            super().__init__()
            self.step = step

    class Closed(Message):
        """Ctrl-D on an empty line."""

    class Interrupted(Message):
        """Ctrl-C at the prompt."""

    class _Abort(Exception):
        """Instead of KeyboardInterrupt, which must never travel through an asyncio task."""

    def __init__(
        self,
        make_session: SessionMaker = plain_session,
        run: RunLine | None = None,
        *,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self.scrollback = Scrollback()
        self.frames = 0
        self.drawn: Callable[[], None] = lambda: None
        self._fresh = False  # a frame that was not drawn yet
        self._run = run
        self._keys = KeyInput()
        self._output = FrameOutput(self, self._painted, self._cleared)
        self._ready = asyncio.Event()
        self._prompting = asyncio.Event()
        self._frame = Frame()
        self._echo: tuple[Line, ...] = ()
        self._back = 0
        self._view: list[Strip] = []
        self._complaint = ""
        self._ghost = ""
        self.session = make_session(self._keys, self._output)
        self._configure()
        self._looks = Looks(beneath=self.session.style)

    def _configure(self) -> None:
        """Settings without which a hosted session misbehaves, whoever made it."""
        session = self.session
        session.interrupt_exception = self._Abort
        session.reserve_space_for_menu = 0  # or a low pane says "Window too small..."
        session.cursor = ModalCursorShapeConfig()
        session.app.terminal_size_polling_interval = None  # no idle wake-ups
        session.app.timeoutlen = _ESCAPE_WAIT  # how long Escape waits to become an Alt chord

    # Printing.

    def write(self, *lines: Line) -> None:
        """Print lines above the prompt. Someone who has scrolled back stays where they are."""
        for line in lines:
            self.scrollback.write(line)
            if self._back:
                self._back += 1
        self._update()

    def write_text(self, text: str, style: str = "") -> None:
        """Print text, which must be printable; it may have several lines."""
        self.write(*lines_of(text, style))

    def clear(self) -> None:
        """Empty the scroll-back."""
        self._cleared()
        self._update()

    def _cleared(self) -> None:
        self.scrollback.clear()
        self._back = 0

    def text(self) -> list[str]:
        """What the pane shows, as plain lines."""
        return [strip.text.rstrip() for strip in self._view]

    def look_like(self, looks: Looks) -> None:
        """Draw in another theme from now on, the scroll-back included."""
        beneath = self.session.style
        self._looks = Looks(looks.theme, beneath, ascii_signs=looks.ascii_signs)
        self._view = []
        self._update()

    # One task runs the session.

    def on_mount(self) -> None:
        self.run_worker(self._main(), exclusive=True)

    async def _main(self) -> None:
        await self._ready.wait()  # the first Resize: before it there is no width
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self._loop_failed)
        tries = 0
        # A private session: get_app() must not see another prompt of this process.
        with create_app_session(input=self._keys, output=self._output):
            while True:
                try:
                    line = await self._prompt()
                except self._Abort:
                    self._write_echo("^C")
                    self.post_message(self.Interrupted())
                except EOFError:
                    self.post_message(self.Closed())
                except Exception as error:
                    tries += 1
                    self._failed(error, give_up=tries >= _TRIES)
                else:
                    tries = 0
                    self._blot(line)
                    self._write_echo()
                    await self._submit(line)

    def suggest(self, text: str) -> None:
        """Show `text` dimly in the next prompt, while nothing is typed."""
        self._ghost = text

    async def _prompt(self) -> str:
        with sigwinch_kept(self.session.app):
            return await self.session.prompt_async(
                handle_sigint=False, set_exception_handler=False, pre_run=self._haunt
            )

    def _haunt(self) -> None:
        if self._ghost:
            self.session.default_buffer.suggestion = Suggestion(self._ghost)
            self._ghost = ""

    async def _submit(self, line: str) -> None:
        if self._run is None:
            return
        try:
            await self._run(line)
        except Exception as error:
            self._failed(error, give_up=False)

    def _blot(self, typed: str) -> None:
        """Take passwords out of what stays behind of a line, as the history does."""
        kept = redacted(typed)
        if kept == typed or not self._echo:
            return
        first = self._echo[0]
        prompt = next((at for at, run in enumerate(first, 1) if run.text.endswith("> ")), 0)
        head, *rest = kept.split("\n")
        self._echo = ((*first[:prompt], Run(head)), *((Run(each),) for each in rest))

    def _write_echo(self, mark: str = "") -> None:
        # What was the prompt is in the log now; its rows stay free until the next one is drawn.
        self._frame = Frame(lines=((),) * len(self._frame.lines))
        *lines, last = self._echo or ((),)
        self.write(*lines, (*last, Run(mark, "dim")) if mark else last)
        self._echo = ()

    def _failed(self, error: BaseException, *, give_up: bool) -> None:
        """Say what went wrong, once, and go on; in the end without what keeps failing."""
        complaint = f"{type(error).__name__}: {error}"
        if complaint != self._complaint:
            self._complaint = complaint
            self.write_text(f"! {ascii(complaint)[1:-1]}", "error")
        if give_up:
            session = self.session
            session.bottom_toolbar = session.lexer = session.completer = None
            session.auto_suggest = session.validator = session.rprompt = None
            self.write_text("! the prompt goes on without completion and hints", "error")

    def _loop_failed(self, _: object, context: dict[str, Any]) -> None:
        """An exception in a toolbar or lexer while typing ends up here: show it, go on."""
        error = context.get("exception")
        if isinstance(error, Exception):
            self._failed(error, give_up=False)

    # From prompt_toolkit's frames to the lines on display.

    @property
    def columns_rows(self) -> tuple[int, int]:
        """The pane's size, for prompt_toolkit."""
        return self.size.width, self.size.height

    def _painted(self) -> None:
        """A frame is complete (or the session is being made, or its renderer reset)."""
        if not self.is_running:
            return
        done = self.session.app.is_done
        width = self._output.get_size().columns if done else self.size.width
        frame = read_frame(self.session.app, width)
        if frame is None:
            return
        if done:  # without menu, suggestion and toolbar: what stays behind, also of a narrow pane
            # Type-ahead paints this frame twice, so it is printed when the prompt returns.
            self._echo = tuple(without_trailing_blanks(line) for line in frame.lines)
            return
        self._frame = frame
        self.frames += 1
        self._fresh = True
        self._prompting.set()
        self._update()

    def _update(self) -> None:
        """Put scroll-back, menu and prompt together; repaint the lines that changed."""
        width, height = self.size
        if not width or not height:
            return
        prompt = self._prompt_strips(width, height)
        room = height - len(prompt)
        log, self._back = self.scrollback.rows(width, room, self._back)
        strip = self._looks.strip
        view = [strip((), width)] * (room - len(log)) + [strip(line, width) for line in log]
        view += prompt
        if self.has_focus:
            self._lay_menu_over(view, room)
        old, self._view = self._view, view
        if len(old) != len(view):
            self.refresh()
            return
        changed = [
            Region(0, y, width, 1)
            for y, (new, before) in enumerate(zip(view, old, strict=True))
            if new is not before and new != before
        ]
        if changed:
            self.refresh(*changed)

    def _prompt_strips(self, width: int, height: int) -> list[Strip]:
        """The prompt's lines; in a low pane those round the cursor, toolbars going first."""
        lines, cursor = self._frame.lines, self._frame.cursor
        at = cursor[1] if cursor else 0
        first = max(0, at + 1 - height)
        strips = [self._looks.strip(line, width) for line in lines[first : first + height]]
        if cursor and strips:
            x = min(cursor[0], width - 1)
            strips[at - first] = styled(strips[at - first], x, x + 1, self._cursor_style())
            if self.has_focus:  # the terminal's own cursor goes there too: for input methods
                y = height - len(strips) + at - first
                self.app.cursor_position = self.content_region.offset + Offset(x, y)
        return strips

    def _lay_menu_over(self, view: list[Strip], bottom: int) -> None:
        width, x = self.size.width, self._frame.menu_x
        menu = self._frame.menu[:bottom]
        for y, line in enumerate(menu, bottom - len(menu)):
            size = min(sum(len(run.text) for run in line), width - x)
            over = self._looks.strip(line, max(size, 0))
            parts = [view[y].crop(0, x), over, view[y].crop(x + over.cell_length, width)]
            view[y] = Strip.join(parts)

    def _cursor_style(self) -> Style:
        vi = self.session.editing_mode is EditingMode.VI
        thin = vi and self._output.shape is not CursorShape.BLOCK  # vi's insert and replace modes
        return Style(underline=True) if thin or not self.has_focus else Style(reverse=True)

    def render_line(self, y: int) -> Strip:
        if self._fresh:
            self._fresh = False
            self.drawn()
        width = self.size.width
        strip = self._view[y] if y < len(self._view) else self._looks.strip((), width)
        if (selection := self.text_selection) is not None:
            strip = with_selection(strip, selection.get_span(y), self.screen)
        return strip.apply_offsets(0, y)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        return selection.extract("\n".join(self.text())), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        self.refresh()

    # What Textual reports.

    def on_resize(self) -> None:
        self._view = []
        self._update()
        self._ready.set()
        self.session.app.invalidate()

    def on_focus(self) -> None:
        self._update()
        self.session.app.invalidate()

    def on_blur(self) -> None:
        self._update()
        self.session.app.invalidate()

    def on_key(self, event: events.Key) -> None:
        self.take(event)

    def take(self, event: events.Key) -> None:
        """Act on a key, unless it is the application's; before the prompt stands it is kept."""
        if event.key in PASSED_ON or not self._keep_to_ourselves(event):
            return
        event.stop()  # before any binding without priority: Tab, Ctrl-C, arrows are the prompt's
        event.prevent_default()

    def _keep_to_ourselves(self, event: events.Key) -> bool:
        """Act on a key, or leave it to the application by returning False."""
        buffer = self.session.default_buffer
        match event.key:
            case "pageup":
                self.scroll_by(max(self.size.height // 2, 1))
                return True
            case "pagedown":
                self.scroll_by(-max(self.size.height // 2, 1))
                return True
            case "escape" if self._escape():
                return True
            case "tab" | "shift+tab" if not buffer.text and not buffer.complete_state:
                self.post_message(self.Left(1 if event.key == "tab" else -1))
                return True
            case "ctrl+c" if self.screen.get_selected_text():
                return False
        presses = key_presses(event.key, event.character)
        if presses:
            self._back = 0
            self._keys.feed(presses)
        return bool(presses)

    def _escape(self) -> bool:
        """Close the menu, or leave the prompt. Vi's modes and a search keep their Escape."""
        session = self.session
        if session.editing_mode is EditingMode.VI or session.app.layout.is_searching:
            return False
        if session.default_buffer.complete_state:
            session.default_buffer.cancel_completion()
            session.app.invalidate()
        else:
            self.post_message(self.Left(0))
        return True

    def on_paste(self, event: events.Paste) -> None:
        event.stop()
        self.paste(event.text)

    def paste(self, text: str) -> None:
        """Put a text at the cursor, its control characters written out; it is not entered.

        The end of its last line is left to Enter.
        """
        self._keys.feed([KeyPress(Keys.BracketedPaste, visible(text).rstrip("\r\n"))])

    def scroll_by(self, rows: int) -> None:
        """Scroll the log back (or, negative, forward) by rows."""
        self._back = max(0, self._back + rows)
        self._update()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.scroll_by(3)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.scroll_by(-3)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        self._mouse(event, MouseEventType.MOUSE_DOWN)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        self._mouse(event, MouseEventType.MOUSE_UP)

    def _mouse(self, event: events.MouseEvent, kind: MouseEventType) -> None:
        app, offset = self.session.app, event.get_content_offset(self)
        if offset is None or event.button != 1 or app.context is None:
            return
        rows = self._frame.rows
        row = offset.y - (self.size.height - len(rows))
        if 0 <= row < len(rows):
            at = Point(offset.x, rows[row])
            act = app.renderer.mouse_handlers.mouse_handlers[at.y][at.x]
            app.context.copy().run(act, MouseEvent(at, kind, MouseButton.LEFT, frozenset()))
            app.invalidate()

    # Scripted typing takes exactly the keyboard's path.

    @property
    def typed(self) -> str:
        """What stands in the line, not entered yet."""
        return self.session.default_buffer.text

    def press(self, text: str, *, enter: bool = False) -> None:
        """Type characters, and Enter if that is wanted, without waiting for what comes of it."""
        for key in (*text, *(["enter"] if enter else [])):
            self._keys.feed(key_presses(key, key if len(key) == 1 else None))

    async def type(self, keys: Iterable[str], pace: float = 0.09, seed: int = 1) -> None:
        """Type characters, or key names such as "enter" and "ctrl+r", as a person would.

        Args:
            keys: A string is typed character by character.
            pace: Seconds between two keys, on average; 0 waits only for completions.
            seed: Of the little irregularities, so that recordings can be made again.
        """
        rng = Random(seed)
        for key in keys:
            self._keys.feed(key_presses(key, key if len(key) == 1 else None))
            await self.settled()
            await asyncio.sleep(rng.lognormvariate(0, 0.45) * pace * (2 if key in " ,.;" else 1))

    async def enter(self) -> None:
        """Press Enter. If that ends the line, wait until it ran and the next prompt stands."""
        self._keys.feed(key_presses("enter", None))
        if self.session.app.is_done:
            self._prompting.clear()
            await self._prompting.wait()

    async def settled(self) -> None:
        """Wait for the completions and the frame that the last key brought about."""
        for _ in range(8):  # a completer runs in a task of its own, started by the key
            await asyncio.sleep(0)
        while self.session.app.invalidated:
            await asyncio.sleep(0.001)


@contextmanager
def sigwinch_kept(app: Application[str]) -> Iterator[None]:
    """Let Textual hear of terminal resizes while, and after, a prompt runs.

    `Application.run_async` installs its own SIGWINCH handler and leaves SIG_DFL behind. What comes
    before Textual's stands again is heard by nobody, so Textual looks at the size once more then.
    """
    number = getattr(signal, "SIGWINCH", None)
    main = threading.current_thread() is threading.main_thread()
    kept = signal.getsignal(number) if number is not None and main else None
    if number is None or kept is None:
        yield
        return

    def restore(_: object = None) -> None:
        if signal.getsignal(number) is not kept:
            signal.signal(number, kept)
            if callable(kept):
                kept(number, None)

    app.before_render += restore
    try:
        yield
    finally:
        app.before_render -= restore
        restore()
