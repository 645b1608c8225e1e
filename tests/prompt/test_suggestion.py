"""A suggestion from history never takes more than what is left of the row."""

from __future__ import annotations

import pytest
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document
from prompt_toolkit.layout.controls import BufferControl
from prompt_toolkit.layout.processors import TransformationInput

from redlearn.prompt.suggestion import STYLE, OneRow


def shown(typed: str, suggested: str, width: int = 40, before: int = 10) -> str:
    """What stands in the row behind the message."""
    given = TransformationInput(
        BufferControl(Buffer()), Document(typed), 0, lambda at: at,
        [("", typed), (STYLE, suggested)], width, 1,
    )  # fmt: skip
    return "".join(each[1] for each in OneRow(lambda: before).apply_transformation(given).fragments)


def test_a_suggestion_of_thousands_of_members_is_cut_at_the_end_of_the_row() -> None:
    row = shown("ZADD", " board " + " ".join(f"{n} m{n}" for n in range(2000)))
    assert row.startswith("ZADD board 0 m0")
    assert row.endswith("…")
    assert 10 + len(row) == 39


def test_a_suggestion_that_fits_is_shown_whole() -> None:
    assert shown("GET", " name") == "GET name"


@pytest.mark.parametrize("typed", ["x" * 29, "x" * 30, "x" * 31, "x" * 75])
def test_behind_a_line_of_any_length_no_further_row_is_begun(typed: str) -> None:
    row = shown(typed, "y" * 5000)
    assert (10 + len(row)) // 40 == (10 + len(typed)) // 40
