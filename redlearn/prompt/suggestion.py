"""Suggestion: what history offers to go on with, shown in one row however long it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.formatted_text.utils import fragment_list_width
from prompt_toolkit.layout.processors import Processor, Transformation, TransformationInput

from redlearn.lines import clip_text

STYLE: Final = "class:auto-suggestion"


class OneRow(Processor):
    """Cuts the suggestion behind the line at the end of the row, with an ellipsis.

    Only what is shown is cut: taking the suggestion takes all of it. A command with thousands
    of members would else fill the screen, and leave no room for completions.
    """

    def __init__(self, before: Callable[[], int]) -> None:
        """Args:
        before: Tells how many cells of the row the prompt's message takes.
        """
        self._before = before

    def apply_transformation(self, transformation_input: TransformationInput) -> Transformation:
        """The fragments of a line with a suggestion that fits. O(what is typed, and a row)."""
        given = transformation_input.fragments
        if not given or given[-1][0] != STYLE or not given[-1][1]:
            return Transformation(given)
        head: StyleAndTextTuples = given[:-1]
        width = max(transformation_input.width, 1)
        used = self._before() + fragment_list_width(head)
        room = width - used % width - 1  # the last column is the cursor's
        shown = clip_text(given[-1][1][: width + 1], max(room, 0))
        return Transformation([*head, (STYLE, shown)])
