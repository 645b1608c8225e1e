"""Windows: which part of a subject a view copies out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class Room(Protocol):
    """Cells to fill, and how far the user moved the picture away from where it would be."""

    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def x(self) -> int: ...
    @property
    def y(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Window:
    """A `Room`. `x` and `y` count steps of the subject's own (nodes, buckets, lines)."""

    width: int
    height: int
    x: int = 0
    y: int = 0


def placed(home: int, moved: int, shown: int, total: int) -> int:
    """Where a window of `shown` out of `total` begins: at `home`, moved, and kept inside.

    >>> placed(90, 0, 20, 100), placed(0, -5, 20, 100), placed(10, 5, 20, 12)
    (80, 0, 0)
    """
    return max(0, min(home + moved, total - shown))
