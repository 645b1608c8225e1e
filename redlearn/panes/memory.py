"""Draws a MemoryView: the parts of one key as bars, then all memory against its limit.

name          SDS 1 + 4 + 1                 8  ██
object ...    one block: 16 + 3 + 5 + 1    32  ████████

maxmemory     ██████████████████▌      9,812 of 10,240 bytes  allkeys-lru
pool          ann 41,000  bob 40,000  cy 12,000
evicted       dee idle, 96 bytes
"""

from __future__ import annotations

from typing import Final

from redlearn.engine.eviction import END_OF_TIME
from redlearn.glyphs import EIGHTHS, MORE
from redlearn.lines import Line, Lines, Run, cells, clip, clip_text, fit, line
from redlearn.resp.text import printable
from redlearn.views.memory import KeyMemory, MemoryView, Part
from redlearn.views.narration import counted

TITLE: Final = "Memory"

NAME: Final = 26
HOW: Final = 32
SIZE: Final = 11
SHOWN: Final = 20


def render(view: MemoryView, width: int, height: int) -> Lines:
    """Draw `view`: the key as far as there is room, and the total below it in any case."""
    if width < 1 or height < 1:
        return ()
    below = _total(view, width)
    above = _key(view, width, max(height - len(below), 0))
    gap: list[Line] = [()] if above and len(above) + len(below) < height else []
    return fit([*above, *gap, *below], width, height)


# --- one key --------------------------------------------------------------------------------


def _key(view: MemoryView, width: int, height: int) -> list[Line]:
    if not height:
        return []
    key = view.key
    if key is None:
        name = printable(view.name, SHOWN)
        text = f"Key {name} is not there: 0 bytes." if name else "No key was used yet."
        return [line(Run(text, "label"))]
    rows = [_headline(key, width)]
    most = max(part.size for part in key.parts)
    rows += [_part(part, most, width) for part in _fitting(key.parts, height - 1)]
    if key.deadline and len(rows) < height:
        text = f"+ {key.deadline} in the table of deadlines, which MEMORY USAGE leaves out"
        rows.append(clip(line(Run(text, "dim")), width))
    return rows


def _fitting(parts: tuple[Part, ...], room: int) -> tuple[Part, ...]:
    """As many parts as there is room for; the last one stands for those that have none."""
    if len(parts) <= room or room < 1:
        return parts[: max(room, 0)]
    rest = parts[room - 1 :]
    others = Part(f"{MORE} {counted(len(rest), 'more part')}", "", sum(part.size for part in rest))
    return (*parts[: room - 1], others)


def _headline(key: KeyMemory, width: int) -> Line:
    name = clip_text(printable(key.key, SHOWN * 2), SHOWN) or '""'
    return clip(
        line(
            Run(name, "key"),
            Run(f"  {key.encoding}  ", "value"),
            Run(counted(key.total, "byte"), "number"),
            Run(f"  for {key.stored:,} of yours   {key.used}", "label"),
        ),
        width,
    )


def _part(part: Part, most: int, width: int) -> Line:
    """Name, how the size comes about, the size, and a bar where there is room."""
    how_size = HOW if width >= NAME + HOW + SIZE + 8 else 0
    name_size = min(NAME, max(width - SIZE - how_size - 2, 4))
    name = clip_text(part.name, name_size)
    how = clip_text(part.how, how_size - 1) if how_size else ""
    runs: list[Run | str] = [
        Run(name + " " * (name_size - cells(name)), "label"),
        Run(how + " " * (how_size - cells(how)), "dim"),
        Run(f"{part.size:>{SIZE - 2},}  ", "number"),
    ]
    room = width - name_size - how_size - SIZE
    if room > 3:
        runs += _bar(part.size / most if most else 0.0, room, "bar")
    return clip(line(*runs), width)


def _bar(share: float, size: int, style: str) -> list[Run]:
    """A bar of `size` cells, filled to the eighth of a cell."""
    full, part = divmod(round(min(max(share, 0.0), 1.0) * size * 8), 8)
    runs = [Run(" " * full, style)]
    if full < size:
        runs.append(Run(EIGHTHS[part], f"{style}|bar.empty" if part else "bar.empty"))
        runs.append(Run(" " * (size - full - 1), "bar.empty"))
    return runs


# --- all of it ------------------------------------------------------------------------------


def _total(view: MemoryView, width: int) -> list[Line]:
    if view.used < 0:
        text = "Many keys, and no maxmemory: nobody counts what they take."
        return [clip(line(Run(text, "label")), width)]
    if not view.limit:
        used = counted(view.used, "byte")
        return [clip(line(Run(f"{used} in use, and no maxmemory.", "label")), width)]
    rows = [_against_limit(view, width)]
    if view.sampled:
        rows.append(_sampled(view, width))
    if view.pool:
        rows.append(_pool(view, width))
    if view.evicted:
        rows.append(_evicted(view, width))
    return rows


def _against_limit(view: MemoryView, width: int) -> Line:
    share = view.used / view.limit
    style = "bar.last" if share > 1 else "bar.low" if share > 0.9 else "bar"
    percent = f"{share:.0%}"
    text = f" {percent}: {view.used:,} of {view.limit:,} bytes, {view.policy}"
    size = min(24, width - cells(text) - 1)
    bar = _bar(share, size, style) if size > 3 else []
    return clip(line(*bar, Run(text, "warn" if share > 1 else "label")), width)


def _sampled(view: MemoryView, width: int) -> Line:
    items = []
    for event in view.sampled[-8:]:
        mark = "key" if event.place >= 0 else "gone"
        items.append((Run(_short(event.key), mark), Run(f" {_score(event.score)}  ", "number")))
    return _row("sampled  ", items, width)


def _pool(view: MemoryView, width: int) -> Line:
    """The pool, the next victim first."""
    items = []
    for number, candidate in enumerate(view.pool):
        style = "path" if not number else "key"
        score = Run(f" {_score(candidate.score)}  ", "number")
        items.append((Run(_short(candidate.key), style), score))
    return _row(f"pool {len(view.pool):>2}  ", items, width)


def _short(key: bytes) -> str:
    return clip_text(printable(key, SHOWN), 12) or '""'


def _row(label: str, items: list[tuple[Run, Run]], width: int) -> Line:
    """As many whole items behind the label as there is room for, and a sign for the others."""
    runs = [Run(label, "label")]
    used = cells(label)
    for place, item in enumerate(items):
        size = sum(cells(run.text) for run in item)
        last = place == len(items) - 1
        if used + size - 2 + (0 if last else 3) > width:
            runs.append(Run(MORE, "dim"))
            break
        runs += item
        used += size
    return clip(tuple(runs), width)


def _score(score: int) -> str:
    """A score short: seconds of idling stand in ms, and volatile-ttl counts from the end."""
    if score > END_OF_TIME >> 1:
        return f"ttl {(END_OF_TIME - score) % 10_000_000:,}"
    return f"{score:,}"


def _evicted(view: MemoryView, width: int) -> Line:
    items = [
        (Run(_short(event.key), "gone"), Run(f" -{event.freed:,}  ", "number"))
        for event in view.victims
    ]
    return _row(f"evicted {view.evicted:,}  ", items, width)
