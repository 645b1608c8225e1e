"""What the slots pane sees: how many keys each of the 16384 slots holds, and the arithmetic
of the key touched last.

Counts are kept in blocks that views share: one more key copies one block, not all counts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from redlearn.engine.context import DatabaseCleared, KeyAdded, KeyRemoved
from redlearn.engine.keyspace import Database
from redlearn.probe import Event
from redlearn.slots import SLOTS, Crc16Step, crc16, crc16_steps, slot_of, tag_span

BLOCK: Final = 128
STEPS_SHOWN: Final = 64
"""How many bytes of a key the arithmetic is copied for."""

NODES: Final = (("A", 0, 5460), ("B", 5461, 10922), ("C", 10923, 16383))
"""Who would own what in a cluster of three: name, first and last slot."""

Blocks = tuple[tuple[int, ...], ...]
_EMPTY: Final[Blocks] = ((0,) * BLOCK,) * (SLOTS // BLOCK)


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """From a key to its slot.

    Attributes:
        key: The key, or as much of it as is shown.
        start, stop: Where in the key the bytes that count begin and end.
        size: How many bytes count.
        steps: The CRC, byte by byte, of the first `STEPS_SHOWN` of them.
        crc: That of all of them.
    """

    key: bytes
    start: int
    stop: int
    size: int
    steps: tuple[Crc16Step, ...]
    crc: int
    slot: int

    @property
    def tagged(self) -> bool:
        """Whether only a part of the key counts."""
        return self.start > 0


@dataclass(frozen=True, slots=True)
class SlotsView:
    """All slots of one database.

    Attributes:
        blocks: Keys in each slot, 128 slots a block.
        total: All keys.
        last: The key touched last, worked out; None before the first.
    """

    db: int = 0
    blocks: Blocks = _EMPTY
    total: int = 0
    last: Arithmetic | None = None

    def count(self, slot: int) -> int:
        """How many keys are in a slot."""
        return self.blocks[slot // BLOCK][slot % BLOCK]


def look_at(db: Database, key: bytes = b"") -> SlotsView:
    """Count every key of a database. O(N): once, then `advance` keeps the counts."""
    counts = [0] * SLOTS
    for entry in db.keys:
        counts[slot_of(entry.key)] += 1
    blocks = tuple(tuple(counts[at : at + BLOCK]) for at in range(0, SLOTS, BLOCK))
    return SlotsView(db.index, blocks, len(db), work_out(key) if key else None)


COUNTED: Final = frozenset({KeyAdded, KeyRemoved, DatabaseCleared})
"""The events that change a count."""


def advance(view: SlotsView, event: Event) -> SlotsView:
    """The view after one more event. O(BLOCK)."""
    match event:
        case KeyAdded(db, key) if db == view.db:
            return _counted(view, key, 1)
        case KeyRemoved(db, key) if db == view.db:
            return _counted(view, key, -1)
        case DatabaseCleared(db) if db == view.db:
            return replace(view, blocks=_EMPTY, total=0)
    return view


def turned_to(view: SlotsView, key: bytes) -> SlotsView:
    """The view with the arithmetic of `key`; b"" leaves it as it is."""
    if not key:
        return view
    last = work_out(key)
    return view if last == view.last else replace(view, last=last)


def _counted(view: SlotsView, key: bytes, by: int) -> SlotsView:
    number, place = divmod(slot_of(key), BLOCK)
    block = view.blocks[number]
    block = (*block[:place], max(block[place] + by, 0), *block[place + 1 :])
    blocks = (*view.blocks[:number], block, *view.blocks[number + 1 :])
    return replace(view, blocks=blocks, total=max(view.total + by, 0))


def work_out(key: bytes) -> Arithmetic:
    """The way from a key to its slot. O(key), but little of a long key is copied."""
    start, stop = tag_span(key)
    data = key[start:stop]
    steps = tuple(islice(crc16_steps(data[:STEPS_SHOWN]), STEPS_SHOWN))
    return Arithmetic(
        key[: max(start, 0) + STEPS_SHOWN * 2], start, stop, len(data), steps, crc16(data),
        slot_of(key),
    )  # fmt: skip


def owner(slot: int) -> str:
    """Which of three nodes would own a slot.

    >>> owner(0), owner(5461), owner(16383)
    ('A', 'B', 'C')
    """
    return next(name for name, _, last in NODES if slot <= last)
