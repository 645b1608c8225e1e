"""Textual's own parts wear our themes."""

from __future__ import annotations

import pytest

from redlearn.theme import DARK, LIGHT, THEMES, Theme
from redlearn.tui.chrome import PREFIX, chrome, chrome_name


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
def test_every_theme_has_its_counterpart_and_is_found_again_by_its_name(theme: Theme) -> None:
    made = chrome(theme)
    assert made.name == chrome_name(theme)
    assert THEMES[made.name.removeprefix(PREFIX)] is theme
    assert (made.foreground, made.background) == (theme.foreground, theme.background)


def test_dark_and_light_are_told_apart() -> None:
    assert chrome(DARK).dark and not chrome(LIGHT).dark
