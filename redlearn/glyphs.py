"""Glyphs: the signs that pictures are drawn with, and what stands for them in ASCII.

Panes draw with box characters, arrows and dots, each one cell wide. A terminal or font that
lacks them gets every sign replaced by one of ASCII, cell for cell, so no picture changes
its shape. This happens in one place, after a pane has drawn: panes know nothing of it.

    ●   the search stood here             ━▶   the way it took
    ○   compared, and not gone to         ─▶   a link
    ▶   touched last, or next             ═▶   a link just made       ┤  the end of a lane
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from redlearn.lines import Lines, Run

STOOD: Final = "●"
GLIMPSED: Final = "○"
TOUCHED: Final = "▶"
POINTER: Final = "▶"
LANE: Final = "─"
PATH: Final = "━"
FRESH: Final = "═"
GAP: Final = "┄"
PATH_GAP: Final = "┅"
LANE_END: Final = "┤"
NOTHING: Final = "·"
BAR: Final = "│"
ACTIVE: Final = "◆"
LAZY: Final = "◇"
MORE: Final = "…"
HALF: Final = "▀"
EIGHTHS: Final = " ▏▎▍▌▋▊▉"
"""A cell filled from the left: by nothing, an eighth, two eighths ..."""

ASCII: Final = {
    STOOD: "@", GLIMPSED: "o", POINTER: ">", "◀": "<", LANE: "-", PATH: "=", FRESH: "+",
    GAP: ".", PATH_GAP: ":", LANE_END: "|", NOTHING: ".", BAR: "|", "┃": "|", ACTIVE: "#",
    LAZY: "o", MORE: "~", HALF: "*", "▄": "*", "█": "#", "▓": "=", "▒": "-", "░": ":",
    "▏": " ", "▎": " ", "▍": "|", "▌": "|", "▋": "|", "▊": "#", "▉": "#", "→": ">", "←": "<",
    "×": "x", "·": ".", "•": "*", "±": "~", "↳": "`", "◉": "@",
    "┌": "+", "┐": "+", "└": "+", "┘": "+", "├": "+", "┬": "+", "┴": "+", "┼": "+",
    "╭": "+", "╮": "+", "╯": "+", "╰": "+", "╌": "-", "┊": ":", "▕": "|", "✓": "+", "✗": "x",
    "▾": "v",
    "▴": "^",
}  # fmt: skip
"""Sign to stand-in. Every one of both takes one cell."""

_TABLE: Final = str.maketrans(ASCII)


def ascii_text(text: str) -> str:
    """`text` with every sign of ours replaced; letters of other scripts stay."""
    return text if text.isascii() else text.translate(_TABLE)


def ascii_lines(lines: Iterable[tuple[Run, ...]]) -> Lines:
    """Lines with every sign of ours replaced. Styles, and all widths, stay. O(text)."""
    return tuple(tuple(Run(ascii_text(run.text), run.style) for run in line) for line in lines)
