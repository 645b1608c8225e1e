"""Inodes: a file's bytes in the cache of the operating system, and on the platter.

A file is pages of 4 KiB, and a dirty page is one whose content the platter does not have.

    cache     [page 0][page 1][page 2*]        * dirty: written to since it was last sent off
    platter   [page 0][page 1]                 what a power cut leaves

A page that is sent off is clean at once, and arrives later, or never: if the fsync fails, it
counts as clean all the same (`simulated_disk.py` says why). Pages are immutable bytes, so
that freezing a file shares them.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

PAGE: Final = 4096
DIRTY_EXPIRES_MS: Final = 30_000


class Levels(NamedTuple):
    """How far a file's bytes have come.

    Attributes:
        written: Bytes in the file, as whoever reads it sees them.
        flying: Bytes that will be safe when the fsync in the background is over.
        durable: Bytes from the beginning on that a power cut would leave.
    """

    written: int
    flying: int
    durable: int


class Flight(NamedTuple):
    """Pages on their way to the platter: where they belong, the file's size, when they arrive."""

    pages: tuple[tuple[int, bytes], ...]
    size: int
    due_ms: int


class Inode:
    """A file without its name: its bytes in the cache and on the platter. Or a directory.

    Attributes:
        number: Unique on its disk.
        flight: The fsync that is under way in the background.
    """

    __slots__ = ("_dirty", "_lost", "_pages", "_platter", "directory", "flight", "number")

    def __init__(self, number: int, *, directory: bool = False) -> None:
        self.number = number
        self.directory = directory
        self.flight: Flight | None = None
        self._pages: list[bytes] = []
        self._platter: list[bytes] = []
        self._dirty: dict[int, int] = {}  # page -> since when, in ms
        self._lost: set[int] = set()  # pages that an fsync failed to write

    @property
    def size(self) -> int:
        return _bytes_in(self._pages)

    def append(self, data: bytes, now_ms: int) -> None:
        """Put bytes into the cache. O(bytes, and a page)."""
        self.settle(now_ms)
        pages, offset = self._pages, self.size % PAGE
        if offset and data:
            head, data = data[: PAGE - offset], data[PAGE - offset :]
            pages[-1] += head
            self._touch(len(pages) - 1, now_ms)
        for start in range(0, len(data), PAGE):
            self._touch(len(pages), now_ms)
            pages.append(data[start : start + PAGE])

    def read(self, start: int, size: int) -> bytes:
        first, last = start // PAGE, (start + size + PAGE - 1) // PAGE
        skip = start - first * PAGE
        return b"".join(self._pages[first:last])[skip : skip + size]

    def truncate(self, size: int, now_ms: int) -> None:
        """Drop what is behind `size`; growing is not asked for."""
        self.settle(now_ms)
        assert size <= self.size
        keep = (size + PAGE - 1) // PAGE
        del self._pages[keep:]
        if size % PAGE:
            self._pages[-1] = self._pages[-1][: size % PAGE]
        self._dirty = {page: since for page, since in self._dirty.items() if page < keep}
        self._lost = {page for page in self._lost if page < keep}
        self._touch(max(keep - 1, 0), now_ms)

    def settle(self, now_ms: int) -> None:
        """Let the platter have the pages that have been dirty for long enough."""
        old = [page for page, since in self._dirty.items() if now_ms - since >= DIRTY_EXPIRES_MS]
        if old:
            self._arrive([(page, self._pages[page]) for page in old if page < len(self._pages)])
            for page in old:
                del self._dirty[page]

    def take_off(self, due_ms: int) -> Flight:
        """Send the dirty pages on their way: they are clean from now on."""
        if self.flight is not None:
            self.land(self.flight)
        pages = tuple((page, self._pages[page]) for page in self._dirty if page < len(self._pages))
        self._dirty.clear()
        self.flight = Flight(pages, self.size, due_ms)
        return self.flight

    def land(self, flight: Flight) -> None:
        """The pages arrive."""
        self.flight = None
        self._arrive(list(flight.pages))

    def crash_land(self, flight: Flight) -> None:
        """They do not, and nobody tries again. Those dirty once more still have their chance."""
        self.flight = None
        self._lost.update(page for page, _ in flight.pages if page not in self._dirty)

    def tear(self, extra: int) -> None:
        """Let `extra` bytes behind the durable ones arrive, and nothing behind them."""
        length = self.levels().durable + extra
        data = self.read(0, length)
        if len(data) > _bytes_in(self._platter):
            self._platter = _paged(data)

    def lose_cache(self) -> None:
        """All that there is is what the platter has."""
        self.flight = None
        self._pages = list(self._platter)
        self._dirty.clear()
        self._lost.clear()

    def levels(self) -> Levels:
        durable = self._prefix(sorted({*self._dirty, *self._lost, *self._flying()}))
        flying = durable if self.flight is None else self._flying_prefix()
        return Levels(self.size, max(flying, durable), durable)

    def freeze(self) -> tuple[Any, ...]:
        return (
            self.number, self.directory, tuple(self._pages), tuple(self._platter),
            tuple(self._dirty.items()), tuple(sorted(self._lost)), self.flight,
        )  # fmt: skip

    @classmethod
    def thaw(cls, frozen: tuple[Any, ...]) -> Inode:
        number, directory, pages, platter, dirty, lost, flight = frozen
        node = cls(number, directory=directory)
        node._pages, node._platter = list(pages), list(platter)
        node._dirty, node._lost, node.flight = dict(dirty), set(lost), flight
        return node

    def _touch(self, page: int, now_ms: int) -> None:
        self._dirty.setdefault(page, now_ms)
        self._lost.discard(page)

    def _arrive(self, pages: list[tuple[int, bytes]]) -> None:
        platter = self._platter
        for page, data in sorted(pages):
            if page >= len(self._pages):
                continue  # cut off meanwhile
            while len(platter) <= page:
                if platter:
                    platter[-1] = platter[-1].ljust(PAGE, b"\0")
                platter.append(b"")
            platter[page] = data
        del platter[len(self._pages) :]

    def _flying(self) -> list[int]:
        return [] if self.flight is None else [page for page, _ in self.flight.pages]

    def _flying_prefix(self) -> int:
        assert self.flight is not None
        if self._lost:
            return self._prefix(sorted(self._lost))
        return min(self.flight.size, self.size)

    def _prefix(self, missing: list[int]) -> int:
        """How many bytes from the beginning on are the same on the platter."""
        if not missing:
            return self.size
        page = missing[0]
        if page >= len(self._pages) or page >= len(self._platter):
            return min(page * PAGE, self.size)
        return page * PAGE + _common(self._pages[page], self._platter[page])


def _bytes_in(pages: list[bytes]) -> int:
    return (len(pages) - 1) * PAGE + len(pages[-1]) if pages else 0


def _paged(data: bytes) -> list[bytes]:
    return [data[start : start + PAGE] for start in range(0, len(data), PAGE)]


def _common(one: bytes, other: bytes) -> int:
    if one.startswith(other):
        return len(other)
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))
