"""Frames of prompt_toolkit become lines: prompt, menu and cursor apart from each other."""

from __future__ import annotations

from prompt_toolkit.layout.screen import Char, Screen

from redlearn.lines import Run
from redlearn.tui.frames import FrameOutput, _line, without_trailing_blanks
from redlearn.tui.looks import PTK


class Pane:
    columns_rows = (5, 1)


def test_cells_of_one_style_become_one_run() -> None:
    screen = Screen()
    for x, (char, style) in enumerate([("a", "class:x"), ("b", "class:x"), ("c", "")]):
        screen.data_buffer[0][x] = Char(char, style)
    assert _line(screen, 0, 0, 3) == (Run("ab", f"{PTK}class:x"), Run("c", PTK))


def test_the_cell_behind_a_wide_character_vanishes() -> None:
    screen = Screen()
    for x, char in enumerate(["键", "", "b"]):
        cell = Char("b", "")
        cell.char = char
        screen.data_buffer[0][x] = cell
    assert "".join(run.text for run in _line(screen, 0, 0, 3)) == "键b"


def test_trailing_blanks_are_not_kept() -> None:
    assert without_trailing_blanks((Run("a ", "x"), Run("  ", "y"))) == (Run("a", "x"),)
    assert without_trailing_blanks((Run("   ", "y"),)) == ()


def test_prompt_toolkit_is_never_told_of_a_terminal_too_small_to_draw_in() -> None:
    painted: list[int] = []
    output = FrameOutput(Pane(), lambda: painted.append(1), lambda: None)
    assert tuple(output.get_size()) == (3, 20)
    assert output.get_rows_below_cursor_position() == 3
    output.flush()
    assert painted == [1]
