"""Draws a HashtableView: buckets with their chains, and both tables while one moves to the other.

bucket 0  ann 50 ─▶ eve 60         while moving:   0  moved        │ 0  eve    4  ann
bucket 1  ·                                     ▶  1  bob          │ 1  ·      5  ·
"""

from __future__ import annotations

from typing import Final

from redlearn.glyphs import BAR as SIGN
from redlearn.glyphs import EIGHTHS, GLIMPSED, LANE, NOTHING, PATH, POINTER, STOOD, TOUCHED
from redlearn.lines import Line, Run, clip_text, line, pad
from redlearn.resp.text import printable
from redlearn.views.hashtable import Cell, Chain, HashtableView
from redlearn.views.narration import counted
from redlearn.views.ttl import left_text

KEY_SHOWN: Final = 16
NOTE_SHOWN, NOTE_AT_LARGE = 10, 32
"""Cells for a value beside its field, where buckets stand side by side, and where they do not."""

NARROWEST: Final = 24
BAR: Final = 24


def facts(view: HashtableView) -> list[str]:
    """What the header says of it."""
    entries = sum(view.used)
    buckets = counted(view.sizes[0], "bucket")
    if view.sizes[1]:
        buckets += f" -> {view.sizes[1]:,}"
    found = [counted(entries, "entry"), buckets]
    if view.ending:
        found.insert(1, f"{view.ending} of them end")
    if view.sizes[0] > len(view.rows) > 0:
        found.append(f"from bucket {view.first:,}")
    return found


def draw(view: HashtableView, width: int, height: int) -> list[Line]:
    """The progress of a move if there is one, then the buckets."""
    if not view.sizes[0]:
        return [line(Run("no buckets yet", "dim"))]
    if view.sizes[1]:
        return [_progress(view, width), *_two_tables(view, width, height - 1)][: max(height, 0)]
    return _one_table(view, width, height)


def _progress(view: HashtableView, width: int) -> Line:
    """How far the index of the move has come in table 0.

    A bucket beyond it may be empty too: what a lookup comes by is moved at once.
    """
    size0, size1 = view.sizes
    text = f" rehashing {size0:,} -> {size1:,}: index at {view.rehash_index:,} of {size0:,} "
    moved = view.touched.moved
    last = f"  last moved: bucket {moved.index:,}" if moved else ""
    size = max(min(BAR, width - len(text) - len(last)), 1)
    full, part = divmod(view.rehash_index * size * 8 // size0, 8)
    runs = [Run(text, "warn"), Run(" " * full, "bar")]
    if full < size:
        runs.append(Run(EIGHTHS[part], "bar|bar.empty" if part else "bar.empty"))
        runs.append(Run(" " * (size - full - 1), "bar.empty"))
    return (*runs, Run(last, "label"))


def _two_tables(view: HashtableView, width: int, height: int) -> list[Line]:
    """Buckets of table 0 on the left, and on the right those that they are split into."""
    digits = max(len(str(max(view.sizes) - 1)), 2)
    left = width * 2 // 5
    rows = [
        line(
            *pad(line(Run(f"  table 0, {counted(view.used[0], 'entry')}", "title")), left),
            Run(f"{SIGN} table 1, {counted(view.used[1], 'entry')}", "title"),
        )
    ]
    for row in view.rows[: max(height - 1, 0)]:
        bucket = row.chain.bucket
        moved = bucket < view.rehash_index
        here = bucket == view.rehash_index
        head = line(
            Run(f"{POINTER if here else ' '} ", "path" if here else "dim"),
            Run(f"{bucket:>{digits}} ", "label"),
        )
        chain = line(Run("moved", "dim")) if moved else _chain(view, row.chain, left - digits - 4)
        runs: list[Run] = [*pad((*head, *chain), left), Run(SIGN, "dim")]
        each = (width - left - 1) // max(len(row.siblings), 1)
        for sibling in row.siblings:
            label = Run(f" {sibling.bucket:>{digits}} ", "label")
            runs += pad((label, *_chain(view, sibling, each - digits - 2)), each)
        rows.append(tuple(runs))
    return rows


def _one_table(view: HashtableView, width: int, height: int) -> list[Line]:
    """Buckets in columns, read downwards, as few columns as show all."""
    if height < 1:
        return []
    digits = max(len(str(view.sizes[0] - 1)), 2)
    most = max(width // NARROWEST, 1)
    columns = max(min(-(-len(view.rows) // height), most), 1)
    count = min(-(-len(view.rows) // columns), height)
    size = width // columns
    lines = []
    for at in range(count):
        runs: list[Run] = []
        for row in view.rows[at : count * columns : count]:
            runs += pad(_bucket(view, row.chain, digits, size), size)
        lines.append(tuple(runs))
    return lines


def _bucket(view: HashtableView, chain: Chain, digits: int, size: int) -> Line:
    touched = view.touched.place == (chain.table, chain.bucket)
    scanned = (chain.table, chain.bucket) in view.touched.scanned
    mark = TOUCHED if touched else GLIMPSED if scanned else " "
    return line(
        Run(f"{mark}", "path" if touched or scanned else "dim"),
        Run(f"{chain.bucket:>{digits}} ", "path" if touched else "label"),
        *_chain(view, chain, size - digits - 3),
    )


def _chain(view: HashtableView, chain: Chain, room: int) -> Line:
    """The entries of a bucket, head first, as far as they fit."""
    if not chain.cells:
        return line(Run(NOTHING, "dim"))
    runs: list[Run] = []
    used = 0
    for place, cell in enumerate(chain.cells):
        label, style, note = _cell(view, chain, cell, room)
        lit = style == "path" and place
        link = f" {PATH if lit else LANE}{POINTER} " if place else ""
        end = _end(cell.at_ms, view.now_ms)
        piece = line(
            Run(link, "path" if lit else "lane"), Run(label, style), Run(note, "dim"),
            Run(end, "warn"),
        )  # fmt: skip
        size = sum(len(run.text) for run in piece)
        left = len(chain.cells) - place - 1 + chain.more
        if place and used + size + (4 if left else 0) > room:
            runs.append(Run(f" +{left + 1}", "dim"))
            break
        runs += piece
        used += size
    else:
        if chain.more:
            runs.append(Run(f" +{chain.more}", "dim"))
    return tuple(runs)


def _end(at_ms: int, now_ms: int) -> str:
    """When an entry ends, if it does."""
    if not at_ms:
        return ""
    return f" ({left_text(at_ms - now_ms)})" if at_ms > now_ms else " (over)"


def _cell(view: HashtableView, chain: Chain, cell: Cell, room: int) -> tuple[str, str, str]:
    """An entry's label with its sign, its style, and a note about its value."""
    label = clip_text(printable(cell.key, KEY_SHOWN * 2), KEY_SHOWN) or '""'
    most = NOTE_SHOWN if room < 2 * NARROWEST else NOTE_AT_LARGE
    note = clip_text(printable(cell.note, most * 2), most)
    note = f" {note}" if note else ""
    touched = view.touched
    if cell.key == touched.inserted:
        return f"+{label}", "new", note
    probe = touched.probe
    if probe is not None and (probe.table, probe.bucket) == (chain.table, chain.bucket):
        if probe.found and cell.key == probe.key:
            return f"{STOOD}{label}", "path", note
        if cell.key in probe.compared:
            return f"{GLIMPSED}{label}", "path", note
    if touched.moved is not None and any(key == cell.key for key, _ in touched.moved.moves):
        return f"{TOUCHED}{label}", "new", note
    return label, "key", note
