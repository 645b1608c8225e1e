"""The garbage collector, set up for a program whose objects stay.

CPython frees an object when nothing refers to it any more; only for rings of objects, which
keep each other alive, does a collector walk over what there is. It does so whenever 700 more
objects were made than freed. A database makes objects for each key, as good as all of which
stay, and none of which are in a ring: the walks find nothing, and stop everybody while they
look. It cannot see the entries of tables (`structures/buckets.py`), nor strings, and so a
walk over a million strings is a short one; hashes, lists and sets it sees.

    20,000 new hashes at a time, up to 100,000      5.2 us an HSET as Python comes
    the same, settled                               4.8 us
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

YOUNG: Final = 10_000
"""New objects before the youngest are looked through, which takes 1 to 6 ms (Python: 700)."""

OLDER: Final = (5, 50)
"""Of five looks at the young one takes in those that stayed, 30 ms at most; of fifty such, one
takes in all, which is a second for a session of a million commands."""


def settle() -> None:
    """Let the collector leave alone what exists by now, and walk seldom from now on.

    For front ends, once, when everything is imported and set up. Rings are still found, only
    later; everything else is freed at once, as ever.
    """
    if not gc.get_freeze_count():  # or what an earlier session left behind would stay for good
        gc.freeze()
    gc.set_threshold(YOUNG, *OLDER)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Let many objects be made that all stay, without a single walk: two thirds of a load's time.

    Unlike in `settle` nothing is left as it is for good.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def keep(made: int) -> None:
    """Leave all that exists alone, if that is worth while: `made` objects are there to stay.

    Else the next three walks would look at each of them.
    """
    if made >= YOUNG:
        gc.freeze()
