"""The stage: the widget that puts panes, bars and prompt where the layout says.

Positions come from arithmetic (`layouts.board`), not from style sheets, so a resize is one
function call and the same everywhere. Every widget on the stage draws by lines, which also
makes the whole screen a picture without taking a screenshot.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from textual import events
from textual.geometry import Offset, Region, Size, Spacing
from textual.layout import ArrangeResult, Layout, WidgetPlacement
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from redlearn.lines import Line, Run
from redlearn.tui.layouts import Rect
from redlearn.tui.looks import Looks

Arrange = Callable[[int, int], dict[str, Rect]]
"""The rectangle of each widget that is to be seen, by id, for a size."""


class BoardLayout(Layout):
    """Places children by id; those that are not mentioned are not shown."""

    name = "board"

    def __init__(self, arrange: Arrange) -> None:
        self._arrange = arrange

    def arrange(
        self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True
    ) -> ArrangeResult:
        rects = self._arrange(size.width, size.height)
        none = Spacing()
        return [
            WidgetPlacement(Region(*rects[child.id]), Offset(), none, child)
            for child in children
            if child.id in rects
        ]


class Drawn(Protocol):
    """A widget that draws by lines."""

    def render_line(self, y: int) -> Strip: ...


class Stage(Widget):
    """All there is on the screen.

    Attributes:
        arranged: Called after the size changed, so that fronts and tabs can follow.
    """

    DEFAULT_CSS = "Stage { width: 1fr; height: 1fr; }"

    def __init__(self, arrange: Arrange, arranged: Callable[[], None], actors: Sequence[Widget]):
        super().__init__(*actors, id="stage")
        self._arrange, self._arranged = arrange, arranged
        self._board_layout = BoardLayout(arrange)

    @property
    def layout(self) -> Layout:
        return self._board_layout

    def on_resize(self) -> None:
        self._arranged()

    def arrange_again(self) -> None:
        """The arrangement changed, though the size did not."""
        # Asked of a child: a widget's own request keeps the arrangement Textual remembers.
        self.children[0].refresh(layout=True)

    def rows(self) -> list[Strip]:
        """The whole stage as strips, one per row."""
        width, height = self.size
        rects = self._arrange(width, height)
        actors = {actor.id: actor for actor in self.children if actor.id in rects}
        return [
            Strip.join(
                [
                    actors[name].render_line(y - rect.y).crop(0, rect.width)
                    for name, rect in sorted(rects.items(), key=lambda item: item[1].x)
                    if rect.y <= y < rect.y + rect.height and name in actors
                ]
            )
            for y in range(height)
        ]


class Bar(Widget):
    """One line that a function draws: the title, the timeline, the footer."""

    class Clicked(Message):
        """The bar `bar` was clicked at column `x`."""

        def __init__(self, bar: str, x: int) -> None:
            super().__init__()
            self.bar, self.x = bar, x

    def __init__(self, source: Callable[[int], Line], looks: Looks, *, id: str) -> None:
        super().__init__(id=id)
        self._source, self._looks = source, looks
        self._strip: Strip | None = None

    def update(self) -> None:
        """Draw again, if anything changed."""
        width = self.size.width
        if not width:
            return
        try:
            line = self._source(width)
        except Exception as error:  # as with panes: say it, and go on
            line = (Run(ascii(f"{type(error).__name__}: {error}")[1:-1], "error"),)
        strip = self._looks.strip(line, width)
        if strip is not self._strip:
            self._strip = strip
            self.refresh()

    def look_like(self, looks: Looks) -> None:
        """Draw in another theme from now on."""
        self._looks = looks
        self.update()

    def on_resize(self) -> None:
        self._strip = None
        self.update()

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.post_message(self.Clicked(self.id or "", event.x))

    def render_line(self, y: int) -> Strip:
        if y or self._strip is None:
            return self._looks.strip((), self.size.width)
        return self._strip
