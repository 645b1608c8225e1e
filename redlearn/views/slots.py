"""What the slots pane sees: who owns each of the 16384 slots, how many keys each holds, and the
arithmetic of the key touched last.

An engine by itself owns all of them; for it the map says who would own what in a cluster of
three. Of a cluster it is what one of its nodes believes (`look_at_cluster`).

Counts are kept in blocks that views share: one more key copies one block, not all counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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

NOBODY: Final = 255
"""In a map, in place of the number of an owner."""

KEYS_SHOWN: Final = 32
"""How many keys of the slot looked into are copied."""

HUES: Final = "abcd"

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
class Owner:
    """A node that owns slots.

    Attributes:
        letter: What it is called in the map.
        says: What the legend says of it: its first and last slot, or its port and how many.
        failing: Whether it is believed to be dead.
    """

    letter: str
    says: str
    failing: bool = False


@dataclass(frozen=True, slots=True)
class Moving:
    """A slot on its way: `source` and `target` are letters, "?" where that is not known."""

    slot: int
    source: str
    target: str


@dataclass(frozen=True, slots=True)
class Slot:
    """One slot looked into.

    Attributes:
        owner: The letter of its owner, "" if nobody has it.
        held: Who holds keys of it: letter, how many, and the first of them.
    """

    number: int
    owner: str
    held: tuple[tuple[str, int, tuple[bytes, ...]], ...]


_THREE: Final = tuple(Owner(name, f"{first}-{last}") for name, first, last in NODES)
_THREE_MAP: Final = b"".join(
    bytes((at,)) * (last - first + 1) for at, (_, first, last) in enumerate(NODES)
)


@dataclass(frozen=True, slots=True)
class SlotsView:
    """All slots of one database, or of a cluster.

    Attributes:
        blocks: Keys in each slot, 128 slots a block.
        total: All keys.
        last: The key touched last, worked out; None before the first.
        owners: The nodes that own slots.
        map: One byte a slot: which of `owners` has it, or NOBODY.
        believer: Whose map it is, "" if there is no cluster and it only says what would be.
        moving: Slots being moved, in order.
        inside: The slot looked into, if any.
    """

    db: int = 0
    blocks: Blocks = _EMPTY
    total: int = 0
    last: Arithmetic | None = None
    owners: tuple[Owner, ...] = _THREE
    map: bytes = _THREE_MAP
    believer: str = ""
    moving: tuple[Moving, ...] = ()
    inside: Slot | None = None

    def owner(self, slot: int) -> Owner | None:
        """Who owns a slot, by this map."""
        number = self.map[slot]
        return None if number == NOBODY else self.owners[number]

    def count(self, slot: int) -> int:
        """How many keys are in a slot."""
        return self.blocks[slot // BLOCK][slot % BLOCK]


def hue_of(letter: str) -> str:
    """The family of styles of a node, the same in every pane: there are fewer hues than letters.

    >>> hue_of("B"), hue_of("F"), hue_of("F2")
    ('slot.b', 'slot.b', 'slot.b')
    """
    return f"slot.{HUES[(ord((letter or '?')[0]) - ord('A')) % len(HUES)]}"


def look_at(db: Database, key: bytes = b"") -> SlotsView:
    """Count every key of a database. O(N): once, then `advance` keeps the counts."""
    counts = [0] * SLOTS
    for entry in db.keys:
        counts[slot_of(entry.key)] += 1
    blocks = tuple(tuple(counts[at : at + BLOCK]) for at in range(0, SLOTS, BLOCK))
    return SlotsView(db.index, blocks, len(db), work_out(key) if key else None)


def look_at_cluster(
    believer: str,
    belief: Sequence[str | None],
    owners: Iterable[Owner],
    counts: Mapping[int, int],
    key: bytes = b"",
) -> SlotsView:
    """The map as one node of a cluster has it. O(slots + keys of slots that have some).

    Args:
        believer: The letter of that node.
        belief: For each slot the letter of its owner, None for nobody.
        owners: Every node that owns slots, by that node's word.
        counts: How many keys there are in the slots that have some, all owners together.
        key: The key touched last, b"" for none.
    """
    listed = tuple(owners)[:NOBODY]
    number: dict[str | None, int] = {owner.letter: at for at, owner in enumerate(listed)}
    number[None] = NOBODY
    flat = [0] * SLOTS
    for slot, count in counts.items():
        flat[slot] = count
    blocks = tuple(tuple(flat[at : at + BLOCK]) for at in range(0, SLOTS, BLOCK))
    return SlotsView(
        0, blocks, sum(counts.values()), work_out(key) if key else None, listed,
        bytes([number.get(letter, NOBODY) for letter in belief]), believer,
    )  # fmt: skip


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
    """Which of three nodes would own a slot, where there is no cluster.

    >>> owner(0), owner(5461), owner(16383)
    ('A', 'B', 'C')
    """
    return next(name for name, _, last in NODES if slot <= last)
