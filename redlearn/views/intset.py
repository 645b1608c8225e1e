"""What a pane sees of an intset: its header, some numbers with their bytes, and how the last
command searched, widened and moved them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from redlearn.engine.structures.intset import (
    HEADER,
    EndCompared,
    Halved,
    Intset,
    NumberInserted,
    NumberRemoved,
    Widened,
)
from redlearn.probe import Event

LEFT, GAP = 4, 2
"""Cells before the first number, and between two."""

CELL = {2: 7, 4: 11, 8: 20}
"""Cells that a number takes, by its width: its bytes in hex, or its digits."""


def numbers_in(width: int, of: int) -> int:
    """How many numbers of `of` bytes each stand side by side in so many cells."""
    return max((width - LEFT) // (CELL[of] + GAP), 1)


@dataclass(frozen=True, slots=True)
class Number:
    """One number: its index, and the little-endian bytes it is kept in."""

    index: int
    value: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Search:
    """What the last command did.

    Attributes:
        halvings: The comparisons of the latest search, in order.
        end: The comparison with an end that made a search needless.
        widened: How all numbers were widened, or None.
        inserted, removed: What came, or went, last.
    """

    halvings: tuple[Halved, ...] = ()
    end: EndCompared | None = None
    widened: Widened | None = None
    inserted: NumberInserted | None = None
    removed: NumberRemoved | None = None

    @property
    def found(self) -> int | None:
        """The index at which the number was found, or None."""
        last = self.halvings[-1] if self.halvings else None
        return last.middle if last is not None and last.there == last.number else None

    @property
    def focus(self) -> int | None:
        """The index a window should show."""
        if self.inserted is not None:
            return self.inserted.index
        if self.removed is not None:
            return self.removed.index
        return self.halvings[-1].middle if self.halvings else None


@dataclass(frozen=True, slots=True)
class IntsetView:
    """A window on an intset.

    Attributes:
        width: Bytes a number: 2, 4 or 8.
        length: All numbers.
        header: The eight bytes in front of them.
        size: All bytes.
        first: Index of the first number shown.
    """

    width: int
    length: int
    header: bytes
    size: int
    first: int = 0
    numbers: tuple[Number, ...] = ()
    search: Search = field(default_factory=Search)


def look_at(intset: Intset, first: int, count: int, search: Search | None = None) -> IntsetView:
    """Copy out `count` numbers from the one at `first` on. O(count)."""
    width, length = intset.width, len(intset)
    numbers = tuple(
        Number(index, intset[index], intset[index].to_bytes(width, "little", signed=True))
        for index in range(first, min(first + count, length))
    )
    header = HEADER.pack(width, length)
    return IntsetView(width, length, header, intset.size, first, numbers, search or Search())


def advance(view: IntsetView, event: Event) -> IntsetView:
    """The view with one more event marked."""
    search = searched_by(view.search, event)
    return view if search is view.search else replace(view, search=search)


def search_of(events: Iterable[Event]) -> Search:
    """What a command's events say of the one intset it used."""
    search = Search()
    for event in events:
        search = searched_by(search, event)
    return search


def searched_by(search: Search, event: Event) -> Search:
    """The marks after one more event. A new search forgets the one before."""
    match event:
        case Halved():
            before = search.halvings
            if before and before[-1].number != event.number:
                search = Search(widened=search.widened)
            return replace(search, halvings=(*search.halvings, event), end=None)
        case EndCompared():
            return Search(end=event, widened=search.widened)
        case Widened():
            return Search(widened=event)
        case NumberInserted():
            return replace(search, inserted=event, removed=None)
        case NumberRemoved():
            return replace(search, removed=event, inserted=None)
    return search


def home(search: Search, length: int, count: int) -> int:
    """The first number of a window of `count` that shows what happened last."""
    focus = search.focus
    if focus is None or length <= count:
        return 0
    return max(0, min(focus - count // 2, length - count))
