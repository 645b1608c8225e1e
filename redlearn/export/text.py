"""Plain text: lines without their styles, for pipes, transcripts and screen readers."""

from __future__ import annotations

from collections.abc import Iterable

from redlearn.export.grid import visible
from redlearn.lines import Line


def text(lines: Iterable[Line]) -> str:
    """Each line's text, trailing blanks removed, ending in a newline."""
    rows = ("".join(visible(run.text) for run in line).rstrip() for line in lines)
    return "".join(row + "\n" for row in rows)
