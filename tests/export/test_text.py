"""Plain text is the runs without their styles."""

from __future__ import annotations

from redlearn.export.text import text
from redlearn.lines import Run, line


def test_each_line_ends_in_a_newline_and_loses_trailing_blanks() -> None:
    assert text([line("a", Run("b  ", "key")), line(), line("c")]) == "ab\n\nc\n"


def test_no_lines_are_no_text() -> None:
    assert text([]) == ""


def test_control_characters_become_visible() -> None:
    assert text([line("a\x1b[0m")]) == "a␛[0m\n"
