"""Draws a SlotsView: all 16384 slots as cells, and the way from the key touched last to its slot.

Each character shows two cells, one above the other; a cell stands for a few neighbouring
slots. Hue is the owner, brightness how many keys. Owners also differ by the letters at the
left edge and by the letters their empty cells are made of: seen where there are no colours, and
where a cluster has more owners than there are hues. Slots on the move are marked, and slots
that nobody owns are dots.
"""

from __future__ import annotations

from functools import cache, lru_cache
from itertools import accumulate, chain, groupby, zip_longest
from typing import Final

from redlearn.glyphs import ACTIVE, HALF, LAZY, MORE, NOTHING, POINTER
from redlearn.lines import Line, Lines, Run, clip, fit, line, width_of
from redlearn.resp.text import printable
from redlearn.slots import SLOTS
from redlearn.views.narration import counted
from redlearn.views.slots import HUES, NOBODY, Arithmetic, Owner, SlotsView, hue_of

TITLE: Final = "Slots"

MARGIN: Final = 8
"""Cells at the left edge of the map: a slot's number and its owner's letter."""

MAP_ROWS: Final = 4
MOST_MAP_ROWS: Final = 32
WORDS: Final = 5
"""Rows of arithmetic and legend, where there is room for all of them."""

HERE: Final = ACTIVE
ON_THE_MOVE: Final = LAZY
MOVING: Final = "moving"
"""In place of the style of a cell with a slot on the move."""

MOVES_NAMED: Final = 3
"""Slots on the move that a line names; the others are counted."""


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
    for moving in view.moving:
        styles[moving.slot // a_cell] = MOVING
    here = view.last.slot // a_cell if view.last else -1
    return [_map_row(view, row, columns, a_cell, styles, here) for row in range(rows)]


def style_of(owner: Owner | None) -> str:
    """The family of styles of an owner's slots.

    >>> style_of(Owner("B", "")), style_of(None)
    ('slot.b', 'slot.empty')
    """
    return "slot.empty" if owner is None else hue_of(owner.letter)


def _styles(view: SlotsView, a_cell: int) -> list[str]:
    """The style of each cell: its owner's hue and letter, and a shade for how many keys it holds.

    As `slot.b:f2`: the hue of b, the letter f, shade 2. A cell has the owner of its first slot.
    """
    named = [f"{style_of(owner)}:{owner.letter[0].lower()}" for owner in view.owners]
    named += ["slot.empty:."] * (NOBODY + 1 - len(named))
    owners = [named[number] for number in view.map[::a_cell]]
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


def _map_row(
    view: SlotsView, row: int, columns: int, a_cell: int, styles: list[str], here: int
) -> Line:
    """One line: the upper cells are one run of slots, the lower ones the next."""
    first = row * 2 * columns
    if first >= len(styles):
        return ()
    owner = view.owner(min(first * a_cell, SLOTS - 1))
    letter = owner.letter if owner else NOTHING
    upper = styles[first : first + columns]
    lower = styles[first + columns : first + 2 * columns]
    marked = here - first
    if 0 <= marked < 2 * columns:
        upper[marked % columns] = ""
    return (
        Run(f"{first * a_cell:>5} ", "dim"),
        Run(f"{letter:<2}", style_of(owner)),
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

    Two empty cells of one owner get its letter. Of the first owner of a hue it is in the colour
    of its own ground: where there are colours it is not seen, and where there are none it is
    what tells owners apart. Letters of further owners are seen: their hue is not theirs alone.
    """
    if not upper:
        return HERE, "hot"
    if MOVING in (upper, lower):
        return ON_THE_MOVE, "slot.moving"
    (above, letter, shade), (below, _, _) = _taken_apart(upper), _taken_apart(lower)
    if upper == lower and shade == "0":
        if letter == ".":
            return NOTHING, above
        ground = f"{above}.0"
        return letter, f"{above}.1|{ground}" if letter not in HUES else f"{ground}|{ground}"
    first, second = _ink(upper, above), _ink(lower, below)
    return HALF, f"{first}|{second}" if lower else first


def _taken_apart(style: str) -> tuple[str, str, str]:
    """Family, letter and shade of a cell: slot.b:f2 is slot.b, f and 2."""
    family, _, rest = style.partition(":")
    return family, rest[:1], rest[1:]


def _ink(style: str, family: str) -> str:
    return family if family == "slot.empty" else f"{family}.{style[-1:]}"


# --- the words ----------------------------------------------------------------------------


def _words(view: SlotsView, width: int) -> list[tuple[int, Line]]:
    """Key, CRC, slot, owner and legend, each with its importance, 0 being the highest."""
    rows = [(4, _legend(view, width))]
    if view.moving:
        rows.append((1, _moves(view, width)))
    rows += [(1, row) for row in _inside(view, width)]
    if view.last is None:
        return [(0, line(Run("Touch a key, and its slot is worked out here.", "label"))), *rows]
    last = view.last
    slot, node = _slot(last), _node(view, last)
    if width_of((*slot, *node)) + 2 <= width:
        places = [(0, (*slot, Run("  "), *node))]
    else:
        places = [(0, slot), (1, node)]
    return [(2, _key(last, width)), (3, _crc(last, width)), *places, *rows]


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


def _node(view: SlotsView, last: Arithmetic) -> Line:
    """Who owns it, or would: where there is no cluster, the words say so."""
    owner = view.owner(last.slot)
    if owner is None:
        return line(Run("nobody owns it", "warn"))
    name = Run(f"node {owner.letter}", style_of(owner))
    if not view.believer:
        return line(Run("a three-node cluster would give it to ", "label"), name)
    return line(Run("the owner is ", "label"), name, Run(", believed dead" * owner.failing, "warn"))


def _moves(view: SlotsView, width: int) -> Line:
    """The slots on the move: from whom to whom."""
    runs: list[Run] = [Run(f"{ON_THE_MOVE} moving ", "slot.moving")]
    for each in view.moving[:MOVES_NAMED]:
        runs.append(Run(f" {each.slot} {each.source}→{each.target}", "value"))
    if (left := len(view.moving) - MOVES_NAMED) > 0:
        runs.append(Run(f" and {left:,} more", "dim"))
    return clip(tuple(runs), width)


def _inside(view: SlotsView, width: int) -> list[Line]:
    """The slot looked into: who holds which keys of it, a line each."""
    if view.inside is None:
        return []
    found = view.inside
    owned = f"owned by {found.owner}" if found.owner else "owned by nobody"
    rows = [line(Run(f"slot {found.number} ", "hot"), Run(owned, "label"))]
    for letter, count, keys in found.held:
        shown = " ".join(printable(key, 24) for key in keys)
        more = f" and {count - len(keys):,} more" if count > len(keys) else ""
        rows.append(
            line(Run(f"  {letter} holds {counted(count, 'key')}: ", "label"), Run(shown, "key"),
                 Run(more, "dim"))
        )  # fmt: skip
    if not found.held:
        rows[0] = (*rows[0], Run(", no key in it", "dim"))
    return [clip(row, width) for row in rows]


def _legend(view: SlotsView, width: int) -> Line:
    """Who is who; where there is no room for all, first slots are not counted, then ports left out.

    What does not fit even then ends in a sign that there is more.
    """
    here: Line = () if view.believer else (Run("   "), Run(HERE, "hot"), Run(" this key", "dim"))
    rows = [_owners(view, words) for words in (2, 1, 0)]
    row = next((row for row in ((*rows[0], *here), *rows) if width_of(row) <= width), rows[-1])
    return clip(row, width, MORE)


def _owners(view: SlotsView, words: int) -> Line:
    """The legend with so many of the words that are said of each owner."""
    runs: list[Run] = [Run(f"{counted(view.total, 'key')}", "value"), Run("   ", "")]
    if view.believer:
        runs.append(Run(f"as {view.believer} sees it   ", "label"))
    for owner in view.owners:
        style = style_of(owner)
        said = ": ".join(owner.says.split(": ")[:words])
        runs += [
            Run(owner.letter[0].lower(), f"{style}.2|{style}.2"),
            Run(f" {owner.letter}", style),
            Run(" dead" if owner.failing else "", "warn"),
            Run(f" {said}" if said else "", "dim"),
            Run("   "),
        ]
    return line(*runs[:-1])
