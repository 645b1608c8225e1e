"""Draws a RegistersView: how the last element chose its register, then runs or registers.

ann  hash 53d2470a9b43b1a7   …10011011│01000011101100  register 4332, 3 zeros and a 1: 4
register 4332 was 0, is 4
18  90     VAL    4332            4        histogram   0 ████████ 16,383
"""

from __future__ import annotations

from itertools import zip_longest
from typing import Final

from redlearn.engine.structures.hyperloglog import INDEX_BITS, Hashed
from redlearn.engine.structures.hyperloglog_sparse import Run as Span
from redlearn.glyphs import BAR, GLIMPSED, MORE, TOUCHED
from redlearn.lines import Line, Run, cells, clip, line, pad
from redlearn.resp.text import printable
from redlearn.views.narration import counted
from redlearn.views.registers import A_ROW, RegistersView

BESIDE: Final = 21
"""Cells of the histogram beside the registers."""

SPARSE_WIDTH: Final = 46
DENSE_WIDTH: Final = 9 + 3 * A_ROW
ENDING_SHOWN: Final = 14


def facts(view: RegistersView) -> list[str]:
    """What the header says of it."""
    found = ["HyperLogLog, " + ("sparse" if view.sparse else "dense"), counted(view.size, "byte")]
    if view.histogram:
        used = sum(view.histogram[1:])
        found.append(f"{used:,} of 16,384 used")
    if view.sparse and len(view.runs) < view.run_count:
        found.append(f"runs {view.first}-{view.first + len(view.runs) - 1} of {view.run_count}")
    return found


def draw(view: RegistersView, width: int, height: int) -> list[Line]:
    """The last element, the estimate, and below them runs or registers with a histogram."""
    rows = [clip(each, width) for each in (*_element(view), _estimate(view))]
    if height < len(rows) + 2:
        rows = rows[-1:] if height > 2 else []
    room = max(height - len(rows), 0)
    left, size = (_runs(view), SPARSE_WIDTH) if view.sparse else (_dense(view), DENSE_WIDTH)
    if width < size + BESIDE:
        return [*rows, *(clip(each, width) for each in left[:room])][: max(height, 0)]
    right = _histogram(view, width - size - 2, room)
    for one, other in zip_longest(left[:room], right[:room], fillvalue=()):
        rows.append((*pad(one, size), Run(f"{BAR} ", "dim"), *clip(other, width - size - 2)))
    return rows[: max(height, 0)]


# --- the element --------------------------------------------------------------------------


def _element(view: RegistersView) -> list[Line]:
    touch = view.touch
    if not view.histogram:
        return [line(Run(" broken: its runs do not cover 16,384 registers", "gone"))]
    if touch.promoted is not None:
        each = touch.promoted
        said = f" promoted: {each.old_size:,} bytes sparse -> {each.new_size:,} dense, {each.why}"
        promoted = [line(Run(said, "warn"))]
    else:
        promoted = []
    if touch.element is None:
        if touch.merged is not None:
            return [*promoted, line(Run(f" merged: {touch.merged:,} registers rose", "path"))]
        return promoted
    hashed = touch.element
    return [*promoted, _hash(hashed, touch.seen), _register(view, hashed)]


def _hash(hashed: Hashed, seen: int) -> Line:
    """The end of the hash in bits: the ending that counts, then the register's number."""
    bits = f"{hashed.hash:064b}"
    rest, index = bits[:-INDEX_BITS], bits[-INDEX_BITS:]
    shown = max(hashed.ending, ENDING_SHOWN)
    before, ending = rest[-shown : -hashed.ending], rest[-hashed.ending :]
    more = f"  (no. {seen})" if seen > 1 else ""
    return line(
        Run(f" {printable(hashed.element, 24) or chr(34) * 2}", "key"), Run(more, "dim"),
        Run("  hash ", "label"), Run(f"{MORE if len(rest) > shown else ''}{before}", "dim"),
        Run(ending, "path"), Run(BAR, "dim"), Run(index, "number"),
    )  # fmt: skip


def _register(view: RegistersView, hashed: Hashed) -> Line:
    touch = view.touch
    zeros = counted(hashed.ending - 1, "zero")
    runs = [
        Run(" ending of ", "label"), Run(f"{zeros} and a 1: {hashed.ending}", "path"),
        Run("   register ", "label"), Run(f"{hashed.index:,}", "number"),
    ]  # fmt: skip
    if touch.old is not None and touch.raised:
        runs.append(Run(f"  rises from {touch.old} to {hashed.ending}", "new"))
    elif touch.old is not None:
        runs.append(Run(f"  stays at {touch.old}", "warn"))
    return line(*runs)


def _estimate(view: RegistersView) -> Line:
    """The header: magic, form, the estimate with its bit that says it is out of date."""
    head, kept = view.header[:5], view.header[8:]
    runs = [
        Run(f" header {head[:4].decode('latin-1')}", "label"),
        Run(f" {head[4]:02x}", "byte.enc"), Run("  estimate ", "label"),
        Run(kept.hex(" "), "byte.data"), Run(" = ", "label"),
    ]  # fmt: skip
    if view.estimate is None:
        runs.append(Run("out of date (top bit)", "warn"))
    else:
        asked = view.touch.estimated
        how = "" if asked is None else ", still known" if asked.kept else ", just worked out"
        runs.append(Run(f"{view.estimate:,}{how}", "number"))
    return line(*runs)


# --- sparse and dense ---------------------------------------------------------------------


def _runs(view: RegistersView) -> list[Line]:
    rows = [line(Run("   byte  code   opcode  registers      value", "title"))]
    return [
        *rows,
        *(_run(view, run, data, view.first + at) for at, (run, data) in enumerate(view.runs)),
    ]


def _run(view: RegistersView, run: Span, data: bytes, number: int) -> Line:
    touch = view.touch
    element = touch.element
    hit = element is not None and run.first <= element.index < run.first + run.span
    passed = element is not None and number < touch.walked - 1
    mark, style = (TOUCHED, "path") if hit else (GLIMPSED if passed else " ", "value")
    last = run.first + run.span - 1
    registers = f"{run.first}" if run.span == 1 else f"{run.first}-{last}"
    return line(
        Run(f" {mark} ", style), Run(f"{run.at:>4}  ", "dim"),
        Run(f"{data.hex(' '):<6} ", "byte.enc"), Run(f"{opcode(run):<7} ", "label"),
        Run(f"{registers:<14} ", style), Run(f"{run.value}", "number" if run.value else "dim"),
    )  # fmt: skip


def opcode(run: Span) -> str:
    """What `hyperloglog.c` calls a run.

    >>> [opcode(Span(0, size, 0, 9, value)) for size, value in ((1, 0), (2, 0), (1, 3))]
    ['ZERO', 'XZERO', 'VAL']
    """
    if run.value:
        return "VAL"
    return "ZERO" if run.size == 1 else "XZERO"


def _dense(view: RegistersView) -> list[Line]:
    rows = [line(Run("   register, sixteen a row, six bits each", "title"))]
    element = view.touch.element
    for at in range(0, len(view.registers), A_ROW):
        first = view.first + at
        hit = element is not None and first <= element.index < first + A_ROW
        runs = [
            Run(f" {TOUCHED if hit else ' '}", "path"), Run(f"{first:>6} ", "dim")
        ]  # fmt: skip
        for place, value in enumerate(view.registers[at : at + A_ROW]):
            here = element is not None and first + place == element.index
            style = "hot" if here else "number" if value else "dim"
            runs.append(Run(f"{value:>2}", style))
            runs.append(Run(" "))
        rows.append(line(*runs))
    return rows


def _histogram(view: RegistersView, width: int, height: int) -> list[Line]:
    """How many registers hold each number, the longest bar being the most of those above 0."""
    rows = [line(Run("value  registers", "title"))]
    if not view.histogram:
        return rows
    counts = list(enumerate(view.histogram))
    used = [(value, count) for value, count in counts if count]
    top = max([count for value, count in used if value] or [1])
    element = view.touch.element
    for value, count in used[: max(height - 1, 0)]:
        text = f" {count:,}"
        room = max(width - 5 - len(text), 0)
        bar = 0 if value == 0 else min(max(count * room // top, 1), room)
        lit = element is not None and element.ending == value and view.touch.raised
        rows.append(
            line(
                Run(f"{TOUCHED if lit else ' '}{value:>2}  ", "path" if lit else "label"),
                Run(" " * bar, "bar"),
                Run(text[bar == 0 :], "dim" if value == 0 else "value"),
                Run(" still 0" if value == 0 else "", "dim"),
            )
        )
    return [row for row in rows if sum(cells(run.text) for run in row) <= max(width, 0)]
