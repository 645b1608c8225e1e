"""Lines: what a pane returns, and the helpers to lay text out by terminal cells.

A pane knows no terminal library. It returns `Lines`: a tuple of lines, a line being a
tuple of runs, a run a piece of printable text with the *name* of a style ("path", "lane").
`theme.py` says what the names look like; hosts turn lines into strips, SVG or plain text.

Widths are terminal cells, not characters: 键 takes two, a combining accent none.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from wcwidth import wcwidth


class Run(NamedTuple):
    """A piece of text in one style. `text` is printable: no control bytes, no escapes."""

    text: str
    style: str = ""


Line = tuple[Run, ...]
Lines = tuple[Line, ...]


def cells(text: str) -> int:
    """How many terminal cells `text` takes. O(len), with a short cut for ASCII."""
    if text.isascii():
        return len(text)
    return sum(max(wcwidth(character), 0) for character in text)


def line(*parts: Run | str) -> Line:
    """A line of runs; plain strings get no style and empty ones vanish.

    >>> line("a", Run("b", "path"), "")
    (Run(text='a', style=''), Run(text='b', style='path'))
    """
    runs = (part if isinstance(part, Run) else Run(part) for part in parts)
    return tuple(run for run in runs if run.text)


def width_of(runs: Iterable[Run]) -> int:
    """The cells a line takes."""
    return sum(cells(run.text) for run in runs)


def clip_text(text: str, width: int, mark: str = "…") -> str:
    """`text` cut to at most `width` cells, ending in `mark` where something was cut.

    >>> clip_text("skiplist", 5)
    'skip…'
    >>> clip_text("skip", 5)
    'skip'
    """
    if cells(text) <= width:
        return text
    room = width - cells(mark)
    if room < 0:
        return mark[: max(width, 0)]
    kept = ""
    for character in text:
        room -= max(wcwidth(character), 0)
        if room < 0:
            break
        kept += character
    return kept + mark


def clip(runs: Line, width: int, mark: str = "") -> Line:
    """The line cut to `width` cells, ending in `mark` where something was cut.

    A wide character that would stick out is left out.
    """
    if mark:
        if width_of(runs) <= width:
            return runs
        kept = clip(runs, width - cells(mark))
        return (*kept, Run(mark, kept[-1].style)) if kept else clip((Run(mark),), width)
    short: list[Run] = []
    for run in runs:
        size = cells(run.text)
        if size > width:
            if width > 0:
                short.append(Run(clip_text(run.text, width, ""), run.style))
            break
        short.append(run)
        width -= size
    return tuple(short)


def pad(runs: Line, width: int, style: str = "") -> Line:
    """The line made exactly `width` cells wide: filled with blanks, or clipped."""
    missing = width - width_of(runs)
    if missing > 0:
        return (*runs, Run(" " * missing, style))
    if missing == 0:
        return runs
    clipped = clip(runs, width)
    short = width - width_of(clipped)
    return (*clipped, Run(" " * short, style)) if short else clipped


def folded(text: str, width: int) -> list[str]:
    """A sentence in rows of at most `width` cells, broken at blanks where there are any.

    What is indented stays so, in its first row.

    >>> folded("one two three", 8), folded("  one two", 6)
    (['one two', 'three'], ['  one', 'two'])
    """
    indent = len(text) - len(text.lstrip(" "))
    first, *words = text[indent:].split(" ")
    rows = [" " * indent + first]
    for word in words:
        longer = f"{rows[-1]} {word}" if rows[-1] else word
        if cells(longer) <= width or not rows[-1]:
            rows[-1] = longer
        else:
            rows.append(word)
    return rows


def fit(lines: Iterable[Line], width: int, height: int) -> Lines:
    """The first `height` lines, each clipped to `width` cells."""
    kept: list[Line] = []
    for each in lines:
        if len(kept) >= height:
            break
        kept.append(clip(each, width))
    return tuple(kept)


def plain(lines: Iterable[Line]) -> str:
    """The text of lines without styles, one per row, trailing blanks removed. For tests."""
    return "\n".join("".join(run.text for run in each).rstrip() for each in lines)
