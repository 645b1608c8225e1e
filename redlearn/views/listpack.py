"""What a pane sees of a listpack: its header, some entries byte by byte, which were visited and
written last.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from redlearn.engine.structures.listpack import (
    EntriesDeleted,
    EntryVisited,
    EntryWritten,
    Listpack,
    Shifted,
)
from redlearn.engine.structures.listpack_entry import COUNTS, UNKNOWN_COUNT, encode
from redlearn.engine.values.list import ElementReached
from redlearn.engine.values.zset_rows import RowVisited
from redlearn.probe import Event

BODY_SHOWN = 48
"""How many bytes of an entry's text are copied; the rest is counted."""

TRIPLES = "hash with ends"
"""What stands for the TYPE of a listpackex, whose entries come in threes."""

ROLES = {
    "hash": ("field", "value"),
    TRIPLES: ("field", "value", "ends"),
    "zset": ("member", "score"),
    "set": ("member",),
}


@dataclass(frozen=True, slots=True)
class PackedEntry:
    """One entry taken apart.

    Attributes:
        offset: Where it begins in the block.
        head: The bytes that say what follows; a number is among them.
        body: The first bytes of text.
        hidden: How many more bytes of text there are.
        back: Its own size, for walking backwards.
        encoding: What `head` says, in words.
        value: What it stands for (text is cut like `body`).
        role: What it is to the value: field, value, member, score.
    """

    index: int
    offset: int
    head: bytes
    body: bytes
    hidden: int
    back: bytes
    encoding: str
    value: bytes
    role: str

    @property
    def size(self) -> int:
        """All its bytes."""
        return len(self.head) + len(self.body) + self.hidden + len(self.back)


@dataclass(frozen=True, slots=True)
class Visits:
    """What the last command did to the block.

    Attributes:
        visited: Indexes of entries that were compared, in order.
        matched: The one that was looked for.
        written: (offset, size) of entries written last.
        shift: The bytes that had to move.
        deleted: The entries that were taken out.
    """

    visited: tuple[int, ...] = ()
    matched: int | None = None
    written: tuple[tuple[int, int], ...] = ()
    shift: Shifted | None = None
    deleted: EntriesDeleted | None = None


@dataclass(frozen=True, slots=True)
class ListpackView:
    """A window on a listpack.

    Attributes:
        kind: TYPE of the value it holds.
        size: All bytes.
        count: All entries.
        header: The six bytes in front of the first entry.
        first: Index of the first entry shown.
        now_ms: The moment looked at, from which what ends is counted; 0 where nothing does.
    """

    kind: str
    size: int
    count: int
    header: bytes
    first: int = 0
    entries: tuple[PackedEntry, ...] = ()
    visits: Visits = field(default_factory=Visits)
    now_ms: int = 0


def look_at(
    pack: Listpack,
    kind: str,
    first: int,
    count: int,
    visits: Visits | None = None,
    base: int = 0,
    now_ms: int = 0,
) -> ListpackView:
    """Copy out `count` entries from the one at `first` on. O(first + count).

    Args:
        base: Which element of a list the first entry is, where one node of many is shown.
        now_ms: See `ListpackView`.
    """
    entries = []
    for entry in pack.entries(first, count):
        raw = encode(entry.value)  # an entry has one form only, so this is what is there
        text = raw[entry.head : entry.head + entry.body]
        body = text[:BODY_SHOWN]
        entries.append(
            PackedEntry(
                entry.index, entry.offset, raw[: entry.head], body, len(text) - len(body),
                raw[entry.head + entry.body :], entry.encoding,
                body if text else entry.value, role_of(kind, base + entry.index),
            )
        )  # fmt: skip
    length = len(pack)
    header = COUNTS.pack(pack.size, min(length, UNKNOWN_COUNT))
    return ListpackView(
        kind, pack.size, length, header, first, tuple(entries), visits or Visits(), now_ms
    )


def role_of(kind: str, index: int) -> str:
    """What entry `index` is to a value of TYPE `kind`; to a list, which element."""
    if kind == "list":
        return f"[{index}]"
    roles = ROLES.get(kind, ("item",))
    return roles[index % len(roles)]


def advance(view: ListpackView, event: Event) -> ListpackView:
    """The view with one more event marked."""
    visits = visited_by(view.visits, event)
    return view if visits is view.visits else replace(view, visits=visits)


def visits_of(events: Iterable[Event]) -> Visits:
    """What a command's events say about the one listpack it used."""
    visits = Visits()
    for event in events:
        visits = visited_by(visits, event)
    return visits


def visited_by(visits: Visits, event: Event) -> Visits:
    """The marks after one more event. A new walk forgets the one before."""
    match event:
        case EntryVisited(_, index, matched):
            before = visits.visited if index else ()
            found = index if matched else None
            return replace(visits, visited=(*before, index), matched=found)
        case ElementReached(_, index):
            return replace(visits, matched=index)
        case RowVisited(index):
            before = visits.visited if index else ()
            return replace(visits, visited=(*before, 2 * index, 2 * index + 1), matched=None)
        case Shifted():
            return replace(visits, shift=event, written=())
        case EntryWritten(offset, size):
            return replace(visits, written=(*visits.written, (offset, size)), deleted=None)
        case EntriesDeleted():
            return replace(visits, deleted=event, written=(), visited=(), matched=None)
    return visits


def home(visits: Visits, pack: Listpack, count: int, each: int = 2) -> int:
    """The first entry of a window of `count` that shows what happened last.

    Args:
        each: How many entries belong together: a window begins with whole pairs, or triplets.
    """
    total = len(pack)
    if total <= count:
        return 0
    if visits.written:
        at = pack.index(visits.written[0][0])
    elif visits.matched is not None:
        at = visits.matched
    elif visits.visited:
        at = visits.visited[-1]
    else:
        return 0
    first = max(0, min(at - count // 2, total - count))
    return first - first % each
