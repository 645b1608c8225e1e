"""The pane host: the one widget that shows any pane.

A pane is a module with a `TITLE` and a pure `render(view, width, height) -> Lines`. The
host asks its source for a view (what a window of that size shows), draws a frame with tabs
round what `render` returns, and repaints only the lines that differ from those on screen.
Equal view, equal size, equal theme: nothing is drawn at all.

A pane that raises does not take the session with it: the host shows what went wrong in
place of the picture, and tries again when the view or the size changes.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from textual import events
from textual.binding import Binding
from textual.geometry import Region
from textual.message import Message
from textual.selection import Selection
from textual.strip import Strip
from textual.widget import Widget

from redlearn.lines import Line, Lines, Run, cells, clip, fit, line, pad, plain
from redlearn.tui.layouts import Frame
from redlearn.tui.looks import Looks, with_selection
from redlearn.tui.scrollback import wrap


class Pane(Protocol):
    """What a pane module offers."""

    @property
    def TITLE(self) -> str:
        """A word or two for tabs."""
        ...

    def render(self, view: Any, width: int, height: int, /) -> Lines:
        """Draw a view in that many cells. Pure."""
        ...


@dataclass(frozen=True, slots=True)
class Window:
    """What part of a subject to look at: `width` x `height` cells of room, moved by (x, y).

    What a step of `x` or `y` means (a node, an entry, a line) is the source's affair.
    """

    width: int
    height: int
    x: int = 0
    y: int = 0


Source = Callable[[Window], object]
"""Makes the view for a window. The same window and state must give an equal view."""


Keys = Mapping[str, Callable[[Window], tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class Tab:
    """One of the panes that share a place on screen.

    Attributes:
        number: The digit that jumps to it, or 0 for none.
        changed: Whether the last command changed what it shows.
    """

    id: str
    title: str
    number: int = 0
    changed: bool = False


CHANGED: Final = "•"
LETTERS: Final = (None, None, 4, 3, 0)
"""How many letters of a title a tab shows, the more tabs are squeezed together."""

TIGHTEST: Final = len(LETTERS) - 1
FEW: Final = 3
"""How many letters the nearest tabs keep where the others have none."""

_PAN: Final = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}


class PaneHost(Widget, can_focus=True):
    """Shows one pane in a frame.

    Attributes:
        pane: The pane module.
        keys: What its own keys ask for, as the words of a deed.
        window: How far the user has moved the picture, and the room inside the frame.
        failure: The exception that `source` or `render` raised last, or None.
    """

    BINDINGS = [
        Binding("tab", "app.cycle(1)", "Next", show=False),
        Binding("shift+tab", "app.cycle(-1)", "Previous", show=False),
        Binding("escape", "app.prompt", "Prompt", show=False),
    ]

    class TabClicked(Message):
        """A tab in the frame was clicked."""

        def __init__(self, pane_id: str) -> None:
            super().__init__()
            self.pane_id = pane_id

    class Deed(Message):
        """A key of the pane asks for something to be done."""

        def __init__(self, words: tuple[str, ...]) -> None:
            super().__init__()
            self.words = words

    def __init__(
        self, pane: Pane, source: Source, looks: Looks, keys: Keys | None = None, *, id: str
    ) -> None:
        super().__init__(id=id)
        self.keys = keys or {}
        self.pane = pane
        self.window = Window(0, 0)
        self.failure: Exception | None = None
        self.drawn = 0
        self._source = source
        self._looks = looks
        self._tabs: tuple[Tab, ...] = (Tab(id, pane.TITLE),)
        self._subject = ""
        self._squeeze = 0
        self._written: frozenset[str] = frozenset()  # tabs that have letters though most have none
        self._frame: Frame = "box"
        self._stale = True
        self._last: tuple[object, int, int] | None = None
        self._lines: Lines = ()
        self._strips: list[Strip] = []

    # What the application tells it.

    def update_view(self) -> None:
        """Look again, because something may have changed. Draws only if it did."""
        if self.display and self.size.width:
            self._look()
        else:
            self._stale = True

    def dress(self, tabs: Sequence[Tab], subject: str = "", *, frame: Frame = "box") -> None:
        """Set the frame: its tabs, what is being shown, and where it is."""
        if (tuple(tabs), subject, frame) != (self._tabs, self._subject, self._frame):
            resized = frame != self._frame
            self._tabs, self._subject, self._frame = tuple(tabs), subject, frame
            if resized:
                self._fit_window()
            self._repaint()

    def look_like(self, looks: Looks) -> None:
        """Draw in another theme from now on."""
        self._looks = looks
        self._repaint()

    def pan(self, dx: int, dy: int) -> None:
        """Move the window from where it is; at an end of the picture, or out of sight, it stays."""
        if not (self.display and self.size.width):
            return  # where the picture ends is not known: what is not seen is not looked at
        window, lines = self.window, self._lines
        self.move_to(window.x + dx, window.y + dy)
        if self._lines == lines:  # at the end of the picture: do not count on beyond it
            self.window = window

    def move_to(self, x: int, y: int) -> None:
        """Put the window's corner there; (0, 0) is where the picture begins."""
        self.window = Window(self.window.width, self.window.height, x, y)
        self._look()

    def text(self) -> str:
        """What the pane shows, without its frame, as plain text."""
        return plain(self._lines)

    @property
    def lines(self) -> Lines:
        """What the pane shows, without its frame."""
        return self._lines

    # From view to strips.

    def _look(self) -> None:
        self._stale = False
        width, height = self.window.width, self.window.height
        if width < 1 or height < 1:
            self._lines, self._last = (), None
            self._repaint()
            return
        try:
            view = self._source(self.window)
            if self.failure is None and self._last == (view, width, height):
                return
            lines = fit(self.pane.render(view, width, height), width, height)
            self._last, self.failure = (view, width, height), None
            self.drawn += 1
        except Exception as error:
            self.failure = error
            lines = error_card(self.pane.TITLE, error, width, height)
        if lines != self._lines:
            self._lines = lines
            self._repaint()

    def _repaint(self) -> None:
        """Rebuild the strips and refresh those that differ."""
        width, height = self.size
        if not width or not height:
            return
        strip = self._looks.strip
        framed = self._framed(width, height)
        framed += ((),) * (height - len(framed))
        new = [strip(each, width) for each in framed]
        old, self._strips = self._strips, new
        if len(old) != len(new):
            self.refresh()
            return
        changed = [Region(0, y, width, 1) for y in range(height) if new[y] is not old[y]]
        if changed:
            self.refresh(*changed)

    def _framed(self, width: int, height: int) -> Lines:
        style = "frame.focus" if self.has_focus else "frame"
        if self._frame != "box":
            top = self._top(width, style, ("─", "─"))
            body = [pad(each, width) for each in self._lines]
            if self._frame == "top":
                return (top, *body)[:height]
            body += [()] * (height - 2 - len(body))
            return (top, *body, line(Run("─" * width, style)))[:height]
        inner = width - 2
        body = [
            (Run("│", style), *pad(each, inner), Run("│", style))
            for each in (*self._lines, *[()] * (height - 2 - len(self._lines)))
        ]
        bottom = line(Run("╰" + "─" * inner + "╯", style))
        return (self._top(width, style, ("╭", "╮")), *body, bottom)[:height]

    def _top(self, width: int, style: str, corners: tuple[str, str]) -> Line:
        self._written = frozenset()
        self._squeeze = next(
            (
                level
                for level in range(TIGHTEST)
                if 2 + sum(cells(run.text) for run in self._tab_runs(style, level)) < width
            ),
            TIGHTEST,
        )
        if self._squeeze == TIGHTEST:
            self._written = self._shortened(width)
        runs = [Run(corners[0] + "─", style), *self._tab_runs(style, self._squeeze)]
        used = sum(cells(run.text) for run in runs)
        for subject in (self._subject, self._subject.partition(":")[0]):
            if subject and used + cells(subject) + 3 <= width:
                runs.append(Run(f" {subject} ", "frame.title"))
                used += cells(subject) + 2
                break
        runs.append(Run("─" * max(width - used - 1, 0), style))
        return (*clip(tuple(runs), width - 1), Run(corners[1], style))

    def _shortened(self, width: int) -> frozenset[str]:
        """The tabs nearest to the current one, as many as there is room for with a few letters."""
        here = next((at for at, tab in enumerate(self._tabs) if tab.id == self.id), 0)
        room = width - 3 - sum(cells(run.text) for run in self._tab_runs("", TIGHTEST))
        near = sorted(enumerate(self._tabs), key=lambda each: abs(each[0] - here))
        others = [tab.id for _, tab in near if tab.id != self.id and tab.number]
        return frozenset(others[: max(room // (FEW + 1), 0)])

    def _tab_runs(self, style: str, squeeze: int) -> list[Run]:
        """The tabs with bars between.

        Where there is no room they are squeezed: first by the blanks behind them, then the
        others are shown by a few letters, in the end by their digits, but for the nearest.
        """
        runs: list[Run] = []
        for place, tab in enumerate(self._tabs):
            mark = CHANGED if tab.changed else " "
            current = tab.id == self.id
            letters = FEW if tab.id in self._written else LETTERS[squeeze]
            title = tab.title if current or not tab.number else tab.title[:letters]
            label = f"{mark}{tab.number or ''}{' ' if tab.number and title else ''}{title}"
            if place:
                runs.append(Run("│", style))
            runs.append(Run(label + ("" if squeeze else " "), self._tab_style(current)))
        return runs

    def _tab_style(self, current: bool) -> str:
        if not current:
            return "frame.tab"
        return "frame.focus" if self.has_focus else "frame.current"

    def render_line(self, y: int) -> Strip:
        if y >= len(self._strips):
            return self._looks.strip((), self.size.width)
        strip = self._strips[y]
        if (selection := self.text_selection) is not None:
            strip = with_selection(strip, selection.get_span(y), self.screen)
        return strip.apply_offsets(0, y)

    def selection_updated(self, selection: Selection | None) -> None:
        self.refresh()

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        shown = "\n".join(strip.text.rstrip() for strip in self._strips)
        return selection.extract(shown), "\n"

    # What Textual reports.

    def _fit_window(self) -> None:
        width, height = self.size
        height -= 1 if self._frame == "top" else 2
        if self._frame == "box":
            width -= 2
        self.window = Window(max(width, 0), max(height, 0), self.window.x, self.window.y)
        self._look()

    def on_resize(self) -> None:
        self._strips = []
        self._fit_window()
        self._repaint()

    def on_show(self) -> None:
        if self._stale:
            self._look()

    def on_focus(self) -> None:
        self._repaint()

    def on_blur(self) -> None:
        self._repaint()

    def on_key(self, event: events.Key) -> None:
        if step := _PAN.get(event.key):
            self.pan(*step)
        elif event.key in ("pageup", "pagedown"):
            rows = max(self.window.height - 1, 1)
            self.pan(0, rows if event.key == "pagedown" else -rows)
        elif deed := self.keys.get(event.key):
            if words := deed(self.window):
                self.post_message(self.Deed(words))
        else:
            return
        event.stop()
        event.prevent_default()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.pan(0, -2)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.pan(0, 2)

    def on_click(self, event: events.Click) -> None:
        if event.y == 0 and (tab := self._tab_at(event.x)):
            self.post_message(self.TabClicked(tab))

    def _tab_at(self, x: int) -> str:
        """The id of the tab drawn at column `x` of the frame, or ""."""
        at = 2
        for run, tab in zip(self._tab_runs("", self._squeeze)[::2], self._tabs, strict=True):
            if at <= x < at + cells(run.text):
                return tab.id
            at += cells(run.text) + 1
        return ""


def error_card(title: str, error: Exception, width: int, height: int) -> Lines:
    """What a broken pane shows instead: what was raised, and where. Nothing is parsed."""
    frames = traceback.extract_tb(error.__traceback__)
    rows: list[Line] = [
        (Run(f"! The pane '{title}' could not be drawn.", "error"),),
        (Run(ascii(f"{type(error).__name__}: {error}")[1:-1], "warn"),),
        (),
    ]
    for frame in frames[-max(height - 6, 1) :]:
        place = "/".join(frame.filename.split("/")[-2:])
        rows.append((Run(f"  {place}:{frame.lineno} {frame.name}", "dim"),))
    rows += [(), (Run("The session goes on; other panes are not affected.", "label"),)]
    return fit([row for each in rows for row in wrap(each, width)], width, height)
