"""Draws a QuicklistView: the chain of nodes, how full each is, and the entries of one of them.

             ○                    ●
HEAD ─▶  node 0        ◀─▶  node 1  LZF   ◀─▶  node 2        ─▶ TAIL
         3 elements         3 elements         1 element
         ██████▌            ██████▌            ██▎
         27 of 8,192 B      27 of 8,192 B      9 of 8,192 B
"""

from __future__ import annotations

from typing import Final

from redlearn.glyphs import EIGHTHS, FRESH, GLIMPSED, LANE, MORE, PATH, POINTER, STOOD, TOUCHED
from redlearn.lines import Line, Run, cells, clip, clip_text, line, pad
from redlearn.panes.structure import listpack
from redlearn.views.narration import counted
from redlearn.views.quicklist import (
    ALL_ROWS,
    BOX,
    CHANGED,
    HEADER_FROM,
    LINK,
    NEW,
    PASSED,
    READ,
    TRACE_FROM,
    TRACE_ROWS,
    Inside,
    NodeBox,
    QuicklistView,
    boxes_in,
    rows_of,
)
from redlearn.views.quicklist import STOOD as STANDING

LEAST_INSIDE: Final = 3
"""Rows below which a title says nothing of what else there is."""

SIGNS: Final = {
    PASSED: (GLIMPSED, "path"),
    READ: (STOOD, "path"),
    STANDING: (STOOD, "path"),
    CHANGED: (TOUCHED, "new"),
    NEW: ("+", "new"),
}


def facts(view: QuicklistView) -> list[str]:
    """What the header says of it."""
    found = [counted(view.count, "element"), counted(view.length, "node"), _limit(view)]
    if view.depth:
        found.append(f"compressed but for {view.depth} at each end")
    return found


def _limit(view: QuicklistView) -> str:
    if view.most_bytes is not None:
        return f"fill {view.fill}: {view.most_bytes // 1024} KiB a node"
    return f"fill {view.fill}: {counted(view.most_count or 1, 'element')} a node"


def draw(view: QuicklistView, width: int, height: int) -> list[Line]:
    """The chain, the node that is looked into, and the steps if there is room."""
    if not view.length:
        return [line(Run("no nodes yet", "dim"))]
    rows = _chain(view, width)
    rows = [rows[at] for at in rows_of(height)]
    traced = _trace(view, TRACE_ROWS) if height >= TRACE_FROM else []
    if view.inside is not None:
        rows += _inside(view, view.inside, width, height - len(rows) - len(traced))
    return [*rows[: height - len(traced)], *traced]


def _chain(view: QuicklistView, width: int) -> list[Line]:
    """Five rows: signs, names with the links between them, counts, bars, bytes."""
    boxes = view.boxes[: boxes_in(width)]
    before = boxes[0].number if boxes else 0
    behind = view.length - (boxes[-1].number + 1 if boxes else 0)
    left = "HEAD " if not before else f"+{before:,} "
    right = " TAIL" if not behind else f" +{behind:,}"
    start = max(cells(left), 5) + 3
    rows: list[list[Run]] = [[Run(" " * start)] for _ in ALL_ROWS]
    rows[1] = [Run(left.ljust(start - 3), "label"), *_arrow(view, boxes[0] if boxes else None)]
    for place, box in enumerate(boxes):
        last = place == len(boxes) - 1
        _put(rows, _column(view, box), BOX)
        between = Run(" " * LINK)
        for number, row in enumerate(rows):
            if number != 1 and not last:
                row.append(between)
        rows[1] += _link(view, box, None if last else boxes[place + 1])
    rows[1].append(Run(right, "label"))
    return [clip(tuple(row), width) for row in rows]


def _put(rows: list[list[Run]], column: list[Line], width: int) -> None:
    for row, piece in zip(rows, column, strict=True):
        row += pad(piece, width)


def _arrow(view: QuicklistView, first: NodeBox | None) -> list[Run]:
    fresh = first is not None and view.walk.mark_of(first.number) == NEW
    return [Run(f"{FRESH if fresh else LANE}{POINTER} ", "new" if fresh else "lane")]


def _link(view: QuicklistView, box: NodeBox, following: NodeBox | None) -> list[Run]:
    """The two pointers between neighbours; lit where a walk went by, double where new."""
    marks = [view.walk.mark_of(box.number)]
    marks.append(view.walk.mark_of(following.number) if following else "")
    if NEW in marks:
        return [Run(f"◀{FRESH}{POINTER}", "new")]
    if following is not None and PASSED in marks and all(marks):
        return [Run(f"◀{PATH}{POINTER}", "path")]
    return [Run(f"◀{LANE}{POINTER}" if following is not None else f" {LANE}{POINTER}", "lane")]


def _column(view: QuicklistView, box: NodeBox) -> list[Line]:
    """What one node shows: its sign, name, count, bar, and bytes."""
    mark = view.walk.mark_of(box.number)
    sign, style = SIGNS.get(mark, (" ", "dim"))
    seen = view.inside is not None and view.inside.number == box.number
    looked = line(Run(sign, style), Run(" " + _word(view, box, mark), style if mark else "dim"))
    tag = "LZF" if box.squeezed is not None else "plain" if box.plain else ""
    name = f" node {box.number:,}"
    room = BOX - cells(name) - len(tag) - 1
    kind = "node.tall" if tag else "node"
    head = "path.node" if seen and mark else kind
    named = line(Run(clip_text(name + " " * max(room, 0) + f"{tag} ", BOX).ljust(BOX), head))
    count = "1 large one" if box.plain else counted(box.count, "element")
    fact = line(Run(f" {count}".ljust(BOX), kind))
    return [looked, named, fact, _bar(view, box), line(Run(_bytes(view, box), "label"))]


def _word(view: QuicklistView, box: NodeBox, mark: str) -> str:
    """A word about what happened to a node."""
    if mark == PASSED:
        return f"{box.count} passed"
    if view.walk.focus == box.number and view.walk.element is not None:
        return f"element {view.walk.element}"
    return {READ: "read", CHANGED: "changed", NEW: "new", STANDING: "here"}.get(mark, "")


def _bar(view: QuicklistView, box: NodeBox) -> Line:
    """How much of what a node may hold it holds, to the eighth of a cell."""
    share = _share(view, box)
    style = "bar.low" if box.plain else "bar"
    full, part = divmod(round(min(share, 1) * BOX * 8), 8)
    runs = [Run(" " * full, style)]
    if full < BOX:
        runs.append(Run(EIGHTHS[part], f"{style}|bar.empty" if part else "bar.empty"))
        runs.append(Run(" " * (BOX - full - 1), "bar.empty"))
    return tuple(runs)


def _share(view: QuicklistView, box: NodeBox) -> float:
    if view.most_bytes is not None:
        return box.size / view.most_bytes
    return 1.0 if box.plain else box.count / max(view.most_count or 1, 1)


def _bytes(view: QuicklistView, box: NodeBox) -> str:
    if box.squeezed is not None:
        return clip_text(f"{_short(box.size)} -> {_short(box.squeezed)} B", BOX)
    if view.most_bytes is not None and not box.plain:
        return clip_text(f"{_short(box.size)} of {_short(view.most_bytes)} B", BOX)
    if view.most_count is not None and not box.plain:
        return clip_text(f"{box.count} of {view.most_count}, {_short(box.size)} B", BOX)
    return clip_text(f"{_short(box.size)} B", BOX)


def _short(size: int) -> str:
    return f"{size:,}" if size < 100_000 else f"{size // 1024:,} Ki"


def _inside(view: QuicklistView, inside: Inside, width: int, height: int) -> list[Line]:
    """A title, the bytes that LZF made or of a large element, and the entries."""
    if height < 2:
        return []
    box = next((each for each in view.boxes if each.number == inside.number), None)
    title = [Run(f" in node {inside.number:,}: ", "title")]
    if inside.passed:
        return [(*title, Run("nobody looks; its count is enough to go by", "label"))]
    if box is not None and box.squeezed is not None:
        saved = 100 - box.squeezed * 100 // max(box.size, 1)
        title.append(Run(f"kept in {box.squeezed:,} bytes of LZF, {saved}% less", "warn"))
        if inside.pack is not None and height > LEAST_INSIDE:
            title.append(Run("; expanded it is", "label"))
    elif inside.pack is None:
        title.append(Run("one large element, and no listpack round it", "label"))
    else:
        title.append(Run("a listpack", "label"))
    rows = [tuple(title)]
    if inside.pack is None or (box is not None and box.squeezed is not None and height > 6):
        rows += _raw(inside, width, 1 if inside.pack is not None else height - 1)
    if inside.pack is not None:
        packed = listpack.draw(inside.pack, width, height + 1)
        rows += packed if height >= HEADER_FROM else packed[1:]
    return [clip(row, width) for row in rows][:height]


def _raw(inside: Inside, width: int, height: int) -> list[Line]:
    """The first bytes as they are kept."""
    a_row = max(min((width - 14) // 3, 16), 1)
    rows: list[Line] = []
    for at in range(0, len(inside.raw), a_row):
        piece = inside.raw[at : at + a_row]
        left = len(inside.raw) - at - len(piece) + inside.hidden
        last = len(rows) == height - 1 or at + a_row >= len(inside.raw)
        more = f" {MORE}{left:,} more" if last and left else ""
        rows.append(line(
            Run(f"{at:>9}  ", "dim"), Run(piece.hex(" "), "byte.data"), Run(more, "dim"),
        ))  # fmt: skip
        if len(rows) == height:
            break
    return rows


def _trace(view: QuicklistView, height: int) -> list[Line]:
    """The last steps in words, numbered."""
    lines = view.walk.lines(height - 1)
    if not lines:
        return []
    first = view.walk.told - len(lines) + 1
    title = line(Run("what the last command did along the chain", "title"))
    return [title, *(
        line(Run(f"  {number:>3} ", "dim"), Run(text, "path" if at == len(lines) - 1 else "value"))
        for at, (number, text) in enumerate(enumerate(lines, first))
    )]  # fmt: skip
