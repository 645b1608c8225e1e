"""Looks to Rich styles, and lines to Textual strips, each resolved once per theme.

A style name costs a dictionary lookup after its first use. Names that begin with `PTK` hold
a prompt_toolkit style string instead: the echo of an entered line keeps its colours that
way, and changes with the theme like everything else.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final

from prompt_toolkit.styles import (
    ANSI_COLOR_NAMES,
    Attrs,
    BaseStyle,
    default_ui_style,
    merge_styles,
)
from prompt_toolkit.styles import Style as PromptStyle
from rich.segment import Segment
from rich.style import Style
from textual.screen import Screen
from textual.strip import Strip

from redlearn.glyphs import ascii_lines
from redlearn.lines import Line, clip, width_of
from redlearn.theme import DARK, Look, Theme, prompt_classes

PTK: Final = "ptk:"
"""Marks a style name that is a prompt_toolkit style string."""

StyleOf = Callable[[str], Style]

_ANSI: Final = {
    **{name: f"color({number - 1})" for number, name in enumerate(ANSI_COLOR_NAMES)},
    "ansidefault": "default",
    "default": "default",
}

# Width tables disagree about joined emoji (prompt_toolkit counts 4 cells, Rich 2, terminals
# either), so joiners stay in the text but are not sent to the screen.
_NOT_SHOWN: Final = {0x200D: None, 0xFE0F: None}


class Looks:
    """A theme, ready to draw with: style names to Rich styles and prompt_toolkit's rules.

    Attributes:
        theme: What it was made from.
        prompt: The same theme as a prompt_toolkit style.
        style: Style name to Rich style. Cached; total.
        strip: A line as exactly so many cells. Cached.
    """

    def __init__(
        self, theme: Theme = DARK, beneath: BaseStyle | None = None, *, ascii_signs: bool = False
    ) -> None:
        """Make looks of a theme.

        Args:
            theme: Says what style names look like.
            beneath: prompt_toolkit's rules for classes that the theme does not know.
            ascii_signs: Draw with ASCII's signs only; letters of other scripts stay.
        """
        self.theme = theme
        self.ascii_signs = ascii_signs
        rules = PromptStyle.from_dict(prompt_classes(theme))
        self.prompt: BaseStyle = merge_styles(
            [default_ui_style(), beneath or PromptStyle([]), rules]
        )
        self.plain = Style(color=theme.foreground, bgcolor=theme.background)
        self.style: StyleOf = lru_cache(maxsize=4096)(self._resolve)
        self.strip: Callable[[Line, int], Strip] = lru_cache(maxsize=4096)(self._strip)

    def _resolve(self, name: str) -> Style:
        if name.startswith(PTK):
            attrs = self.prompt.get_attrs_for_style_str(name[len(PTK) :])
            if not self.theme.coloured:  # rules beneath may bring colours in
                attrs = attrs._replace(color="", bgcolor="")
            return self.plain + _from_attrs(attrs)
        return self.plain + _from_look(self.theme.look(name))

    def _strip(self, line: Line, width: int) -> Strip:
        if width_of(line) > width:
            line = clip(line, width)
        if self.ascii_signs:
            (line,) = ascii_lines((line,))
        strip = Strip([Segment(shown(run.text), self.style(run.style)) for run in line])
        # Textual measures with Rich, whose widths of rare characters are not ours.
        return strip.adjust_cell_length(width, self.plain)


def shown(text: str) -> str:
    """`text` as it goes to the screen: without joiners, which terminals count differently."""
    return text if text.isascii() else text.translate(_NOT_SHOWN)


def _from_look(look: Look) -> Style:
    return Style(
        color=look.fg or None,
        bgcolor=look.bg or None,
        bold=look.bold or None,
        dim=look.dim or None,
        italic=look.italic or None,
        underline=look.underline or None,
        reverse=look.reverse or None,
    )


@lru_cache(maxsize=4096)
def _from_attrs(attrs: Attrs) -> Style:
    return Style(
        color=_colour(attrs.color),
        bgcolor=_colour(attrs.bgcolor),
        bold=attrs.bold or None,
        dim=attrs.dim or None,
        italic=attrs.italic or None,
        underline=attrs.underline or None,
        strike=attrs.strike or None,
        reverse=attrs.reverse or None,
    )


def _colour(name: str | None) -> str | None:
    if not name:
        return None
    return _ANSI.get(name) or f"#{name}"


def styled(strip: Strip, start: int, end: int, style: Style) -> Strip:
    """The strip with a style laid over the cells from `start` up to `end`."""
    before, after = strip.crop(0, start), strip.crop(end, strip.cell_length)
    middle = [
        Segment(segment.text, segment.style + style if segment.style else style)
        for segment in strip.crop(start, end)
    ]
    return Strip.join([before, Strip(middle), after])


def with_selection(strip: Strip, span: tuple[int, int] | None, screen: Screen[object]) -> Strip:
    """The strip with what the mouse has selected of it standing out."""
    if span is None:
        return strip
    end = strip.cell_length if span[1] < 0 else span[1]
    style = screen.get_component_rich_style("screen--selection")
    return styled(strip, span[0], end, style)
