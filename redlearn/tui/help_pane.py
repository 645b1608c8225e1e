"""The help pane: every key, every act, and how to begin."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Final

from redlearn.lines import Line, Lines, Run, cells, line, pad
from redlearn.tui.acts import ACTS
from redlearn.tui.bindings import DEEDS, key_names

TITLE: Final = "Help"

BEGIN: Final = (
    "Type a Redis command and watch what it does inside. f7 takes it back, f8 does it again; "
    "typing in the past begins a branch, and nothing is lost. escape turns to the panes, and "
    "back to the prompt. In a pane arrows move the picture, comma and full stop walk through "
    "the steps of one command, z gives it all the room. ctrl+p finds everything by name. "
    "Programs that came by --listen wait while the screen is in the past; the title counts them. "
    "f1 closes this page."
)
INDENT: Final = 20

MORE: Final = " ctrl+down ▾"
"""What stands in the corner while there is more to read below."""


@dataclass(frozen=True, slots=True)
class HelpView:
    """Attributes:
    panes: Names of the panes, in the order of their digits.
    first: The row at the top.
    """

    panes: tuple[str, ...] = ()
    first: int = 0


def render(view: HelpView, width: int, height: int) -> Lines:
    """Draw the help from row `view.first` on."""
    rows = all_rows(view.panes, width)
    first = max(min(view.first, len(rows) - height), 0)
    shown = rows[first : first + height]
    if len(rows) > first + height and shown:
        shown[-1] = (*pad(shown[-1], width - cells(MORE)), Run(MORE, "warn"))
    return tuple(shown)


def all_rows(panes: Sequence[str], width: int) -> list[Line]:
    """Every row of the help."""
    rows: list[Line] = [line(each) for each in wrap(BEGIN, max(width, 20))]
    rows += [(), line(Run("Keys anywhere", "title"))]
    anywhere = ((key_names(deed.keys), deed.help) for deed in DEEDS if deed.where != "pane")
    rows += _table((row for row in anywhere if row[0]), width)
    rows += [(), line(Run("Keys in a pane", "title"))]
    digits = ", ".join(f"{number} {name}" for number, name in enumerate(panes, 1))
    in_pane = ((key_names(deed.keys), deed.help) for deed in DEEDS if deed.where == "pane")
    jump = ("1-9", f"Jump to a pane: {digits}.")
    rows += _table([jump, *(row for row in in_pane if row[0])], width)
    rows += [(), line(Run("Lines that begin with a colon", "title"))]
    rows += _table(((f":{act.name} {act.takes}", act.help) for act in ACTS), width)
    return rows


def _table(rows: Iterable[tuple[str, str]], width: int) -> list[Line]:
    """Names left, what they do right of them, wrapped where it is long."""
    found: list[Line] = []
    for name, text in rows:
        first, *more = wrap(text, max(width - INDENT, 20))
        blank = " " * max(INDENT - 2 - cells(name), 1)
        found.append(line("  ", Run(name, "key"), blank, Run(first, "value")))
        found += [line(" " * INDENT, Run(each, "value")) for each in more]
    return found
