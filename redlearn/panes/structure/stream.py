"""Draws a StreamView: the radix tree as it branches, and the open node entry by entry.

──00×7 01 00×7┬─01─▶   1-1    100 entries, 1,204 bytes
├─65─▶   1-101  100 entries, 1,204 bytes
└─c9─▶ ● 1-201  50 entries, 640 bytes
node 1-201   master [50] there [0] deleted [2] fields name age [0]
▶ 1-250   +0 +49   2 SAMEFIELDS   ann 31 (5)
"""

from __future__ import annotations

from math import inf
from typing import Final

from redlearn.engine.structures.stream_node import id_text
from redlearn.glyphs import BAR, GLIMPSED, LANE, MORE, POINTER, STOOD, TOUCHED
from redlearn.lines import Line, Run, cells, clip, clip_text, line
from redlearn.resp.text import printable
from redlearn.views.narration import counted
from redlearn.views.stream import EntryRow, NodeRow, OpenNode, StreamView, Touch, hexed

BESIDE: Final = 42
"""Cells that are about the listpack a key leads to, beside the tree."""

LEAST_TREE: Final = 8
CROSSED: Final = "×"
LINK: Final = LANE * 2


def facts(view: StreamView) -> list[str]:
    """What the header says of it."""
    found = [counted(view.length, "entry"), counted(view.keys, "node")]
    found.append(f"last ID {_id(view.last_id)}")
    if view.added != view.length:
        found.append(f"{view.added:,} ever added")
    if view.max_deleted_id:
        found.append(f"deleted up to {_id(view.max_deleted_id)}")
    if view.groups:
        found.append(counted(view.groups, "group"))
    return found


def draw(view: StreamView, width: int, height: int) -> list[Line]:
    """What happened to whole nodes, the tree, the open node."""
    rows = [_title(view, width), *_tree(view, width)]
    if view.open is None:
        rows.append(line(Run(" no entries: the stream remembers its last ID all the same", "dim")))
        return [*rows, *_events(view.touch)][: max(height, 0)]
    said = _events(view.touch)
    rows += [_master(view.open, width)]
    room = max(height - len(rows) - len(said), 1)
    entries = _around(view, room)
    return [*rows, *(_entry(view, each, width) for each in entries), *said][: max(height, 0)]


def _around(view: StreamView, room: int) -> tuple[EntryRow, ...]:
    """The entries that fit, the one used last among them."""
    assert view.open is not None
    entries, wanted = view.open.entries, view.touch.entry
    at = next((at for at, each in enumerate(entries) if each.id == wanted), len(entries) - 1)
    start = max(0, min(at - room // 2, len(entries) - room))
    return entries[start : start + room]


def _title(view: StreamView, width: int) -> Line:
    nodes = counted(view.tree_nodes, "node")
    return clip(
        line(
            Run(" radix tree", "title"),
            Run(f"  {counted(view.keys, 'key')} in {nodes}: a first ID's 16 bytes", "label"),
            Run(" lead to a listpack", "label"),
        ),
        width,
    )


# --- the tree -----------------------------------------------------------------------------


def _tree(view: StreamView, width: int) -> list[Line]:
    texts = branches([row.edges for row in view.rows])
    room = max(min(max(map(cells, texts), default=0), width - BESIDE), LEAST_TREE)
    lines = []
    for place, (row, text) in enumerate(zip(view.rows, texts, strict=True)):
        before = view.earlier and not place
        after = view.later and place == len(view.rows) - 1
        lines.append(_node(view, row, _tail(text, room), MORE if before or after else " ", width))
    return lines


def _tail(text: str, room: int) -> str:
    """The end of a row of the tree, which is where keys differ, in exactly `room` cells."""
    if cells(text) > room:
        text = MORE + text[len(text) - room + 1 :]
    return text.ljust(room, LANE)


def _node(view: StreamView, row: NodeRow, text: str, mark: str, width: int) -> Line:
    is_open = view.open is not None and view.open.id == row.id
    walked = view.touch.way == b"".join(row.edges)
    fresh = view.touch.begun is not None and view.touch.begun.id == row.id
    longest = max(len(_id(each.id)) for each in view.rows)
    held = counted(row.count, "entry")
    if row.deleted:
        held = f"{row.count} + {row.deleted} deleted"
    node = line(
        Run(mark, "dim"), Run(text, "path" if walked else "lane"),
        Run(f"{LANE}{POINTER} ", "path" if walked else "lane"),
        Run(f"{STOOD if is_open else ' '} ", "path"),
        Run(_id(row.id).ljust(longest), "new" if fresh else "path" if is_open else "key"),
        Run("  new" if fresh else "", "new"),
    )  # fmt: skip
    size = f"  {held}, {row.size:,} bytes"
    if sum(cells(run.text) for run in node) + len(size) > width:
        size = f"  {held}, {row.size:,} B"
    return clip((*node, Run(size, "label")), width)


def branches(keys: list[tuple[bytes, ...]]) -> list[str]:
    """The way to each key as a row of a tree: what it shares with the one above is not repeated.

    >>> for row in branches([(b"abcd", b"x"), (b"abcd", b"y"), (b"abcd", b"z", b"qq")]): print(row)
    ──61 62 63 64┬─78
                 ├─79
                 └─7a──71 71
    """
    words = [[hexed(edge) for edge in edges] for edges in keys]
    starts = [0]
    for above, below in zip(keys, keys[1:], strict=False):
        shared = 0
        while shared < min(len(above), len(below)) and above[shared] == below[shared]:
            shared += 1
        at = sum(len(word) + len(LINK) for word in words[len(starts)][:shared])
        starts.append(at)
    rows = []
    for place, each in enumerate(words):
        text = list("".join(LINK + word for word in each) or LINK)
        start = starts[place]
        text[:start] = " " * start
        if place and start < len(text):
            text[start] = "└"
        _joints(text, start, starts[place + 1 :])
        rows.append("".join(text))
    return rows


def _joints(text: list[str], start: int, below: list[int]) -> None:
    """Draw where later rows leave this one, or pass it by on their way up."""
    nearest = inf
    for at in below:
        if at >= nearest or at >= len(text):
            nearest = min(nearest, at)
            continue
        nearest = at
        text[at] = BAR if at < start else "├" if at == start and text[at] == "└" else "┬"


# --- the open node ------------------------------------------------------------------------


def _master(node: OpenNode, width: int) -> Line:
    """The master entry as it lies at the front of the listpack."""
    fields = " ".join(printable(name) or '""' for name in node.fields)
    more = f" {MORE}" if len(node.fields) < node.width else ""
    window = ""
    if len(node.entries) < node.total:
        window = f"   {node.first + 1}-{node.first + len(node.entries)} of {node.total}"
    return clip(
        line(
            Run(f" node {_id(node.id)}", "title"), Run("  master ", "label"),
            Run(f"[{node.count}]", "byte.len"), Run(" there ", "dim"),
            Run(f"[{node.deleted}]", "byte.len"), Run(" deleted ", "dim"),
            Run(f"[{node.width}]", "byte.enc"), Run(" fields ", "dim"),
            Run(fields + more, "byte.data"), Run(" [0]", "byte.back"), Run(window, "dim"),
        ),
        width,
    )  # fmt: skip


def _entry(view: StreamView, entry: EntryRow, width: int) -> Line:
    """Sign, ID, both differences, flags, then the items, and how many of them come before."""
    mark, style = _mark(view.touch, entry)
    flags = {0: "own fields", 1: "own, DELETED", 2: "SAMEFIELDS", 3: "SAME, DELETED"}
    wide = width >= 70
    said = flags.get(entry.flags, "?")[: None if wide else 4]
    head = line(
        Run(f" {mark} ", style),
        Run(f"{_id(entry.id):<{16 if wide else 8}} ", "gone" if entry.deleted else "key"),
        Run(f"{_difference(entry):>{_differences(view)}}  ", "byte.len"),
        Run(f"{entry.flags} {said}".ljust(17 if wide else 7), "byte.enc"),
    )
    back = f" ({entry.back})"
    room = width - sum(cells(run.text) for run in head) - len(back)
    words = [printable(item) or '""' for item in entry.items]
    if not entry.same_fields:
        words = [f"{name}={value}" for name, value in zip(words[::2], words[1::2], strict=False)]
    text = " ".join(words) + (f" {MORE}" if entry.more else "")
    shown = clip_text(text, max(room, 0))
    return clip(
        (*head, Run(shown, "gone" if entry.deleted else "value"), Run(back, "byte.back")), width
    )


def _difference(entry: EntryRow) -> str:
    return f"{entry.ms:+} {entry.sequence:+}"


def _differences(view: StreamView) -> int:
    """Cells that the longest of the differences shown takes."""
    assert view.open is not None
    return max(len(_difference(entry)) for entry in view.open.entries)


def _mark(touch: Touch, entry: EntryRow) -> tuple[str, str]:
    """The sign in front of an entry: written, marked, read; a cross is an old deletion."""
    if entry.id == touch.appended:
        return TOUCHED, "new"
    if entry.id in touch.marked:
        return CROSSED, "path"
    if entry.id in touch.read:
        return (GLIMPSED if entry.deleted else STOOD), "path"
    return (CROSSED, "gone") if entry.deleted else (" ", "value")


def _events(touch: Touch) -> list[Line]:
    """What happened to whole nodes, which the picture after it does not show any more."""
    rows = []
    if touch.begun is not None and touch.begun.before:
        why = f" node {_id(touch.begun.before)} is full: {touch.begun.why}"
        rows.append(line(Run(why, "warn")))
    if len(touch.dropped) > 1:
        count = sum(each.entries for each in touch.dropped)
        ids = ", ".join(_id(each.node) for each in touch.dropped[:4])
        said = f" {CROSSED} {len(touch.dropped)} whole nodes gone, {counted(count, 'entry')}: {ids}"
        rows.append(line(Run(said, "gone")))
    elif touch.dropped:
        each = touch.dropped[0]
        said = f" {CROSSED} node {_id(each.node)} gone as a whole, {counted(each.entries, 'entry')}"
        rows.append(line(Run(said, "gone")))
    if touch.spared is not None:
        wanted = "some" if touch.spared.wanted < 0 else str(touch.spared.wanted)
        said = f" node {_id(touch.spared.node)} stays: only {wanted} of its "
        rows.append(line(Run(f"{said}{touch.spared.entries} were to go", "warn")))
    return rows


def _id(id: int) -> str:
    return id_text(id).decode()
