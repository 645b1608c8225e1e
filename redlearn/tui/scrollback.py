"""Scroll-back: what the prompt has printed, bounded, and wrapped only where it is looked at.

A line is wrapped when it comes into view and remembers how, until the width changes. So a
screen costs what a screen shows, whether ten lines were printed or ten thousand. What is
too large to keep is cut on its way in, and says how much was left out.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Final

from wcwidth import wcwidth

from redlearn.lines import Line, Run, folded, width_of

LINE_LIMIT: Final = 10_000
"""Lines kept; the oldest go first."""

LENGTH_LIMIT: Final = 20_000
"""Characters of one line that are kept."""

TEXT_LIMIT: Final = 2_000_000
"""Characters kept in all."""


class _Entry:
    """A printed line, and how it wraps at the width it was last looked at."""

    __slots__ = ("length", "line", "rows", "width")

    def __init__(self, line: Line) -> None:
        self.line = line
        self.length = sum(len(run.text) for run in line)
        self.rows: tuple[Line, ...] = ()
        self.width = 0

    def wrapped(self, width: int) -> tuple[Line, ...]:
        if self.width != width:
            self.rows, self.width = wrap(self.line, width), width
        return self.rows


class Scrollback:
    """Lines, newest last.

    Invariants:
        - at most LINE_LIMIT lines and TEXT_LIMIT characters (one line more, at most);
        - `dropped` counts the lines that had to go.
    """

    def __init__(self) -> None:
        self._entries: deque[_Entry] = deque()
        self._length = 0
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._entries)

    def write(self, line: Line) -> None:
        """Print one line below the others. O(its length), at most LENGTH_LIMIT."""
        entry = _Entry(_shortened(line))
        self._entries.append(entry)
        self._length += entry.length
        while len(self._entries) > LINE_LIMIT or (
            self._length > TEXT_LIMIT and len(self._entries) > 1
        ):
            self._length -= self._entries.popleft().length
            self.dropped += 1

    def clear(self) -> None:
        self._entries.clear()
        self._length = self.dropped = 0

    def rows(self, width: int, height: int, back: int = 0) -> tuple[list[Line], int]:
        """The last `height` rows at this width, or those `back` rows above them.

        Returns:
            The rows, oldest first, fewer than `height` only if there are no more; and how
            many rows back they really are, which is less than asked at the very top.
        """
        wanted = height + back
        newest_first: list[Line] = []
        for row in self._upwards(width):
            newest_first.append(row)
            if len(newest_first) >= wanted:
                break
        back = max(min(back, len(newest_first) - height), 0)
        return newest_first[back : back + height][::-1], back

    def _upwards(self, width: int) -> Iterator[Line]:
        for entry in reversed(self._entries):
            yield from reversed(entry.wrapped(width))
        if self.dropped:
            yield (Run(f"… {self.dropped:,} earlier lines were let go", "dim"),)

    def text(self) -> str:
        """All that is kept, as plain text."""
        return "\n".join("".join(run.text for run in entry.line) for entry in self._entries)


def _shortened(line: Line) -> Line:
    if sum(len(run.text) for run in line) <= LENGTH_LIMIT:
        return line
    kept: list[Run] = []
    room, total = LENGTH_LIMIT, 0
    for run in line:
        if room > 0:
            kept.append(Run(run.text[:room], run.style))
        room -= len(run.text)
        total += len(run.text)
    return (*kept, Run(f" … {total - LENGTH_LIMIT:,} more characters not shown", "warn"))


def wrap(line: Line, width: int) -> tuple[Line, ...]:
    """A line as rows of at most `width` cells, broken anywhere, as a terminal breaks lines.

    A remark of ours is broken between words, as there is nothing in it that has to stay as it is.

    >>> wrap((Run("abc", "key"), Run("def")), 4)
    ((Run(text='abc', style='key'), Run(text='d', style='')), (Run(text='ef', style=''),))
    """
    if width < 1 or width_of(line) <= width:
        return (line,)
    if len(line) == 1 and line[0].style == "hint":
        rows = [(Run(each, "hint"),) for each in folded(line[0].text, width)]
        return tuple(piece for row in rows for piece in _anywhere(row, width))
    return _anywhere(line, width)


def _anywhere(line: Line, width: int) -> tuple[Line, ...]:
    rows: list[Line] = []
    row: list[Run] = []
    room = width
    for run in line:
        rest = run.text
        while rest:
            taken, used = _fitting(rest, room)
            if taken == 0 and room == width:
                taken, used = 1, width  # a wide character in a pane one cell wide
            if taken:
                row.append(Run(rest[:taken], run.style))
            rest, room = rest[taken:], room - used
            if rest:
                rows.append(tuple(row))
                row, room = [], width
    rows.append(tuple(row))
    return tuple(rows)


def _fitting(text: str, room: int) -> tuple[int, int]:
    """How many characters of `text` fit in `room` cells, and the cells they take."""
    if text.isascii():
        taken = min(len(text), room)
        return taken, taken
    used = 0
    for taken, character in enumerate(text):
        size = max(wcwidth(character), 0)
        if used + size > room:
            return taken, used
        used += size
    return len(text), used


def lines_of(text: str, style: str = "") -> Iterable[Line]:
    """The lines of a printed text, each one run. A trailing newline adds no empty line."""
    for line in text.removesuffix("\n").split("\n"):
        yield (Run(line, style),) if line else ()
