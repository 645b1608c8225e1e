"""ANSI text, read back by a terminal emulator, shows the same text in the same colours."""

from __future__ import annotations

import pyte

from redlearn.export.ansi import ansi
from redlearn.export.grid import grid_of
from redlearn.lines import Run, line
from redlearn.theme import DARK


def shown(document: str) -> pyte.Screen:
    screen = pyte.Screen(40, 5)
    pyte.Stream(screen).feed(document.replace("\n", "\r\n"))
    return screen


def test_a_terminal_shows_the_text_and_its_colours() -> None:
    screen = shown(ansi(grid_of([line("ab", Run("cd", "path")), line(Run("x", "node"))], DARK)))
    assert [row.rstrip() for row in screen.display[:2]] == ["abcd", "x"]
    cell = screen.buffer[0][2]
    assert (cell.fg, cell.bold) == (DARK.look("path").fg.lstrip("#"), True)
    assert screen.buffer[1][0].bg == DARK.look("node").bg.lstrip("#")


def test_nothing_is_left_switched_on_at_the_end() -> None:
    screen = shown(ansi(grid_of([line(Run("x", "hint.current"))], DARK)) + "after")
    cell = screen.buffer[1][0]
    assert (cell.data, cell.fg, cell.bold, cell.underscore) == ("a", "default", False, False)


def test_escapes_in_text_do_not_act() -> None:
    screen = shown(ansi(grid_of([line("a\x1b[2Jb\x1b]0;t\x07c")], DARK)))
    assert screen.display[0].startswith("a␛[2Jb␛]0;t␇c")
