"""The palette: every deed, pane and theme by its name, for those who do not know the key."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from textual.app import SystemCommand

from redlearn.theme import THEMES
from redlearn.tui.bindings import DEEDS


def palette(
    panes: Mapping[str, str],
    do: Callable[[str], None],
    turn: Callable[[str], None],
    wear: Callable[[str], None],
) -> Iterator[SystemCommand]:
    """All there is to choose from; no name twice.

    Args:
        panes: The panes' titles by their ids.
        do: Carries out a deed's action.
        turn: Turns to a pane.
        wear: Puts on a theme.
    """
    for deed in DEEDS:
        if not deed.id.endswith("-key"):
            yield SystemCommand(deed.name, deed.help, partial(do, deed.action))
    for pane, title in panes.items():
        yield SystemCommand(f"Pane: {title}", f"Turn to {title}.", partial(turn, pane))
    for theme in THEMES:
        yield SystemCommand(f"Theme: {theme}", "Put this theme on.", partial(wear, theme))
