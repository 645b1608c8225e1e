"""Chrome: our themes for the parts of the screen that Textual draws itself."""

from __future__ import annotations

from textual.theme import Theme as ChromeTheme

from redlearn.theme import Theme

PREFIX = "redlearn-"


def chrome_name(theme: Theme) -> str:
    """What Textual knows a theme by."""
    return PREFIX + theme.name


def chrome(theme: Theme) -> ChromeTheme:
    """A theme for the parts that Textual draws itself: the palette and its like."""
    return ChromeTheme(
        name=chrome_name(theme),
        primary=theme.accent,
        accent=theme.accent,
        foreground=theme.foreground,
        background=theme.background,
        surface=theme.look("header").bg or theme.background,
        dark=theme.dark,
    )
