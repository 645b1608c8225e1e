"""The help pane: every key, every act, and how to begin."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from redlearn.lines import Line, Lines, Run, cells, line
from redlearn.tui.acts import ACTS
from redlearn.tui.bindings import DEEDS, key_names

TITLE: Final = "Help"

BEGIN: Final = (
    "Type a Redis command and watch what it does inside. f7 takes it back, f8 does it again;",
    "typing in the past begins a branch, and nothing is lost. escape turns to the panes, and",
    "back to the prompt. In a pane: arrows move the picture, , and . walk through the steps of",
    "one command, z gives it all the room. ctrl+p finds everything by name.",
)


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
    return tuple(rows[first : first + height])


def all_rows(panes: Sequence[str], width: int) -> list[Line]:
    """Every row of the help."""
    rows: list[Line] = [line(each) for each in BEGIN]
    rows += [(), line(Run("Keys anywhere", "title"))]
    rows += _table(
        (key_names(deed.keys), deed.help) for deed in DEEDS if deed.keys and deed.where != "pane"
    )
    rows += [(), line(Run("Keys in a pane", "title"))]
    digits = ", ".join(f"{number} {name}" for number, name in enumerate(panes, 1))
    in_pane = ((key_names(deed.keys), deed.help) for deed in DEEDS if deed.where == "pane")
    rows += _table([("1-9", f"Jump to a pane: {digits}."), *(row for row in in_pane if row[0])])
    rows += [(), line(Run("Lines that begin with a colon", "title"))]
    rows += _table((f":{act.name} {act.takes}", act.help) for act in ACTS)
    return rows


def _table(rows: Iterable[tuple[str, str]]) -> list[Line]:
    found: list[Line] = []
    for name, text in rows:
        blank = " " * max(18 - cells(name), 1)
        found.append(line("  ", Run(name, "key"), blank, Run(text, "value")))
    return found
