"""What the Lab pane sees: what each way to keep data kept of one moment."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kept:
    """One policy, after the crash and the restart.

    Attributes:
        had, has: Keys before and after.
        writes: Writes that were acknowledged, but for those that an earlier crash took.
        kept: How many of them are there again, counted from the first; None if what is there
            equals no moment of the past.
        lost_ms: How old the oldest write was that is lost; 0 if none is.
        size: Bytes of all its files after the crash.
        trouble: Why it could not be started again, or "".
    """

    policy: str
    had: int
    has: int
    writes: int
    kept: int | None
    lost_ms: int
    size: int
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class LabView:
    """One crash under every policy.

    Attributes:
        how: "crash" for a power cut, "kill" for the end of the process alone; "" before any.
    """

    how: str = ""
    rows: tuple[Kept, ...] = ()
