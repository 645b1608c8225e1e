"""Draws a SlotsView: all 16384 slots as cells, and the way from the key touched last to its slot.

Each character shows two cells, one above the other; a cell stands for a few neighbouring
slots. Hue is the owner, brightness how many keys. Owners also differ by the letters at the
left edge and, where there are no colours, by the letters their empty cells are made of.
"""

from __future__ import annotations

from functools import cache, lru_cache
from itertools import accumulate, chain, groupby, zip_longest
from typing import Final

from redlearn.glyphs import ACTIVE, HALF, MORE, POINTER
from redlearn.lines import Line, Lines, Run, clip, fit, line, width_of
from redlearn.resp.text import printable
from redlearn.slots import SLOTS
from redlearn.views.narration import counted
from redlearn.views.slots import NODES, Arithmetic, SlotsView, owner

TITLE: Final = "Slots"

MARGIN: Final = 8
"""Cells at the left edge of the map: a slot's number and its owner's letter."""

MAP_ROWS: Final = 4
MOST_MAP_ROWS: Final = 32
WORDS: Final = 5
"""Rows of arithmetic and legend, where there is room for all of them."""

HERE: Final = ACTIVE


def render(view: SlotsView, width: int, height: int) -> Lines:
    """Draw `view` in that many cells: the map gets what the arithmetic leaves."""
    if width < 1 or height < 1:
        return ()
    words = _words(view, width)
    rows = min(max(height - len(words), MAP_ROWS), MOST_MAP_ROWS)
    if height < MAP_ROWS + 1:
        rows = 0
    return fit([*_map(view, width, rows), *_first(words, height - rows)], width, height)


def _first(words: list[tuple[int, Line]], count: int) -> list[Line]:
    """The `count` most important rows, in the order they are read in."""
    kept = sorted(sorted(range(len(words)), key=lambda at: words[at][0])[:count])
    return [words[at][1] for at in kept]


# --- the map ------------------------------------------------------------------------------


def _map(view: SlotsView, width: int, rows: int) -> list[Line]:
    """`rows` lines of cells. O(slots), nearly all of it in C; rows like before cost little."""
    if not rows:
        return []
    columns = max(width - MARGIN, 1)
    a_cell = -(-SLOTS // (columns * rows * 2))
    styles = _styles(view, a_cell)
    here = view.last.slot // a_cell if view.last else -1
    return [_map_row(row, columns, a_cell, styles, here) for row in range(rows)]


def _styles(view: SlotsView, a_cell: int) -> list[str]:
    """The style of each cell: its owner's hue, and a shade for how many keys it holds."""
    owners: list[str] = []
    count = -(-SLOTS // a_cell)
    for name, _, last in NODES:
        stop = last // a_cell + 1 if last < SLOTS - 1 else count
        owners += [f"slot.{name.lower()}."] * (stop - len(owners))
    if not view.total:
        return [f"{owner_of}0" for owner_of in owners]
    before = [0, *accumulate(chain.from_iterable(view.blocks))]
    before += [before[-1]] * a_cell
    counts = [before[at + a_cell] - before[at] for at in range(0, SLOTS, a_cell)]
    low, top = min(filter(None, counts)), max(counts)
    shades = {count: _shade(count, low, top) for count in set(counts)}
    return [f"{owner_of}{shades[count]}" for owner_of, count in zip(owners, counts, strict=True)]


def _shade(count: int, low: int, top: int) -> int:
    """0 for no key, 1 to 3 for few, more and most; the brightest where all cells are alike.

    `low` and `top` are the fewest and the most keys of any cell that has some.
    """
    if not count:
        return 0
    return 3 if top <= 2 or low == top else 1 + 3 * (count - low) // (top - low + 1)


def _map_row(row: int, columns: int, a_cell: int, styles: list[str], here: int) -> Line:
    """One line: the upper cells are one run of slots, the lower ones the next."""
    first = row * 2 * columns
    if first >= len(styles):
        return ()
    letter = owner(min(first * a_cell, SLOTS - 1))
    upper = styles[first : first + columns]
    lower = styles[first + columns : first + 2 * columns]
    marked = here - first
    if 0 <= marked < 2 * columns:
        upper[marked % columns] = ""
    return (
        Run(f"{first * a_cell:>5} ", "dim"),
        Run(f"{letter} ", f"slot.{letter.lower()}"),
        *_cells(tuple(upper), tuple(lower)),
    )


@lru_cache(maxsize=256)
def _cells(upper: tuple[str, ...], lower: tuple[str, ...]) -> Line:
    """Two rows of cells as runs. Kept, because one command changes one row or two."""
    runs: list[Run] = []
    for (above, below), group in groupby(zip_longest(upper, lower, fillvalue="")):
        sign, style = _cell(above, below)
        runs.append(Run(sign * len(list(group)), style))
    return tuple(runs)


@cache
def _cell(upper: str, lower: str) -> tuple[str, str]:
    """The sign and style of two cells; the one with the key touched last comes without a style.

    Two empty cells of one owner get its letter, in the colour of its own ground: where there
    are colours it is not seen, and where there are none it is what tells owners apart.
    """
    if not upper:
        return HERE, "hot"
    if upper == lower and upper.endswith("0"):
        return upper[len("slot.")], f"{upper}|{lower}"
    return HALF, f"{upper}|{lower}" if lower else upper


# --- the words ----------------------------------------------------------------------------


def _words(view: SlotsView, width: int) -> list[tuple[int, Line]]:
    """Key, CRC, slot, owner and legend, each with its importance, 0 being the highest."""
    legend = (4, _legend(view, width))
    if view.last is None:
        return [(0, line(Run("Touch a key, and its slot is worked out here.", "label"))), legend]
    last = view.last
    slot, node = _slot(last), _node(last)
    if width_of((*slot, *node)) + 2 <= width:
        rows = [(0, (*slot, Run("  "), *node))]
    else:
        rows = [(0, slot), (1, node)]
    return [(2, _key(last, width)), (3, _crc(last, width)), *rows, legend]


def _key(last: Arithmetic, width: int) -> Line:
    """The key with the bytes that count marked."""
    before = printable(last.key[: last.start], 24)
    counts = printable(last.key[last.start : last.stop], 40) or '""'
    after = printable(last.key[last.stop :], 24)
    runs = line(
        Run("key    ", "label"), Run(before, "dim"), Run(counts, "path"), Run(after, "dim"),
        Run("   only the tag between { and } counts" if last.tagged else "   all of it counts",
            "label"),
    )  # fmt: skip
    return clip(runs, width)


def _crc(last: Arithmetic, width: int) -> Line:
    """The CRC after each byte, as many as fit in one line; the rest is counted."""
    runs: list[Run] = [Run("CRC16  ", "label"), Run("0000", "number")]
    shown, size = 0, width_of(runs)
    tail = len(f" {MORE} {last.size} bytes {MORE} {last.crc:04x} = {last.crc}")
    for step in last.steps:
        byte = printable(bytes((step.byte,)))
        size += len(byte) + 6
        if size + tail > width and (shown < last.size - 1 or size + 8 > width):
            break
        runs += [Run(f" {byte}", "path"), Run(POINTER, "lane"), Run(f"{step.crc:04x}", "number")]
        shown += 1
    if left := last.size - shown:
        runs.append(Run(f" {MORE} {counted(left, 'byte')} {MORE} {last.crc:04x}", "dim"))
    runs += [Run(" = ", "label"), Run(f"{last.crc}", "number")]
    return clip(tuple(runs), width)


def _slot(last: Arithmetic) -> Line:
    """The remainder."""
    return line(
        Run("slot   ", "label"), Run(f"{last.crc}", "number"), Run(" mod 16384 = ", "label"),
        Run(f" {last.slot} ", "hot"),
    )  # fmt: skip


def _node(last: Arithmetic) -> Line:
    """Who would own it: there is no cluster yet, and the words say so."""
    name = owner(last.slot)
    return line(
        Run("a three-node cluster would give it to ", "label"),
        Run(f"node {name}", f"slot.{name.lower()}"),
    )


def _legend(view: SlotsView, width: int) -> Line:
    runs: list[Run] = [Run(f"{counted(view.total, 'key')}", "value"), Run("   ", "")]
    for name, first, last in NODES:
        style = f"slot.{name.lower()}"
        runs += [
            Run(name.lower(), f"{style}.2|{style}.2"),
            Run(f" {name} ", style),
            Run(f"{first}-{last}   ", "dim"),
        ]
    runs += [Run(HERE, "hot"), Run(" this key", "dim")]
    return clip(tuple(runs), width)
