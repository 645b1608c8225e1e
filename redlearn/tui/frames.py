"""Frames: what prompt_toolkit drew, taken from its cell buffer and made into lines.

prompt_toolkit believes it owns a terminal as large as the whole pane. It paints nothing:
`FrameOutput.flush` is called whenever a frame is complete, and the finished cells are then
in `renderer.last_rendered_screen`, which is public. A frame has three parts:

    completion menu     lifted out, to be drawn above the prompt, over the scroll-back
    prompt rows         the input as it wraps, hints and toolbars; blank rows are left out
    cursor              where the terminal's own cursor must stand, for input methods

Style strings ("class:a class:b") stay names; `Looks` resolves each once per theme.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from prompt_toolkit.application import Application
from prompt_toolkit.cursor_shapes import CursorShape
from prompt_toolkit.data_structures import Size
from prompt_toolkit.layout.containers import Window
from prompt_toolkit.layout.controls import BufferControl
from prompt_toolkit.layout.menus import CompletionsMenuControl
from prompt_toolkit.layout.screen import Screen, WritePosition
from prompt_toolkit.output import ColorDepth, DummyOutput

from redlearn.lines import Line, Run
from redlearn.tui.looks import PTK


@dataclass(frozen=True, slots=True)
class Frame:
    """One finished drawing of the prompt.

    Attributes:
        lines: The rows in use, top to bottom, without the menu.
        rows: For each of `lines` its row in prompt_toolkit's screen, for mouse clicks.
        menu: The completion menu's lines, or none.
        menu_x: The menu's first column.
        cursor: Column and index into `lines`, or None where it is not on screen.
    """

    lines: tuple[Line, ...] = ()
    rows: tuple[int, ...] = ()
    menu: tuple[Line, ...] = ()
    menu_x: int = 0
    cursor: tuple[int, int] | None = None


def read_frame(app: Application[str], width: int) -> Frame | None:
    """The frame that `app` finished last, or None before its first one."""
    screen = app.renderer.last_rendered_screen
    if screen is None:
        return None
    rows: set[int] = set()
    menu: WritePosition | None = None
    for window, at in screen.visible_windows_to_write_positions.items():
        if isinstance(window.content, CompletionsMenuControl):
            menu = at
        else:
            rows.update(range(at.ypos, at.ypos + _height(window, at)))
    if menu is not None and menu.ypos in rows:
        menu = None  # no room below the input: it would hide what is being typed
    used = tuple(sorted(rows))
    cursor = screen.get_cursor_position(app.layout.current_window)
    return Frame(
        lines=tuple(_line(screen, y, 0, width) for y in used),
        rows=used,
        menu=() if menu is None else _lines(screen, menu),
        menu_x=0 if menu is None else menu.xpos,
        cursor=(cursor.x, used.index(cursor.y)) if cursor.y in rows else None,
    )


def _height(window: Window, at: WritePosition) -> int:
    """The rows in use: an input that fills the pane by right is counted by its text."""
    info = window.render_info
    if not isinstance(window.content, BufferControl) or info is None:
        return at.height
    count = info.ui_content.line_count
    needed = sum(info.get_height_for_line(number) for number in range(count))
    return min(at.height, needed)


def _lines(screen: Screen, at: WritePosition) -> tuple[Line, ...]:
    right, bottom = at.xpos + at.width, at.ypos + at.height
    return tuple(_line(screen, y, at.xpos, right) for y in range(at.ypos, bottom))


def _line(screen: Screen, y: int, left: int, right: int) -> Line:
    """Cells to runs. The cell behind a wide character holds "" and vanishes by itself."""
    runs: list[Run] = []
    row = screen.data_buffer[y]
    text, style = "", ""
    for x in range(left, right):
        char = row[x]
        if char.style != style and text:
            runs.append(Run(text, PTK + style))
            text = ""
        text, style = text + char.char, char.style
    if text:
        runs.append(Run(text, PTK + style))
    return tuple(runs)


def without_trailing_blanks(line: Line) -> Line:
    """The line as it is worth keeping: what is left of a done frame in the scroll-back."""
    kept = list(line)
    while kept:
        last = kept.pop()
        if text := last.text.rstrip():
            kept.append(Run(text, last.style))
            break
    return tuple(kept)


class Canvas(Protocol):
    """Who is told of finished frames: the widget."""

    @property
    def columns_rows(self) -> tuple[int, int]:
        """The size of the pane, in cells."""
        ...


class FrameOutput(DummyOutput):
    """Draws nothing. prompt_toolkit calls `flush` whenever a frame is complete."""

    def __init__(
        self, canvas: Canvas, painted: Callable[[], None], cleared: Callable[[], None]
    ) -> None:
        self._canvas, self._painted, self._cleared = canvas, painted, cleared
        self.shape = CursorShape.BLOCK

    def flush(self) -> None:
        self._painted()

    def erase_screen(self) -> None:
        self._cleared()  # Ctrl-L

    def get_size(self) -> Size:
        # Never less than 3x20: below that prompt_toolkit draws a complaint instead of a prompt.
        width, height = self._canvas.columns_rows
        return Size(rows=max(height, 3), columns=max(width, 20))

    def get_rows_below_cursor_position(self) -> int:
        return self.get_size().rows  # without this the bottom toolbar never shows up

    def get_default_color_depth(self) -> ColorDepth:
        return ColorDepth.DEPTH_24_BIT

    def set_cursor_shape(self, cursor_shape: CursorShape) -> None:
        self.shape = cursor_shape
