"""What a pane sees of a HyperLogLog: its header, its runs or registers, and the last element.

Sparse, it is a list of runs; dense, a window of its 16384 registers. How many registers hold
each number is counted for both: that is what the estimate is made of.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Final

from redlearn.engine.structures.hyperloglog import (
    ENDING_BITS,
    Estimated,
    Hashed,
    HyperLogLog,
    Promoted,
    RegistersMerged,
)
from redlearn.engine.structures.hyperloglog_sparse import (
    HEADER,
    REGISTERS,
    RegisterKept,
    RegisterRaised,
    Run,
    RunReplaced,
    RunsMerged,
    RunVisited,
    runs_of,
)
from redlearn.engine.values.string import String
from redlearn.probe import Event, Probe
from redlearn.views.window import Room, placed

A_ROW: Final = 16
"""Registers in a row of a dense one."""

ABOVE: Final = 4
"""Rows that are about the element and the estimate, before runs or registers begin."""


@dataclass(frozen=True, slots=True)
class Touch:
    """What the last command did.

    Attributes:
        element: What was seen last, with its hash; or None.
        old: What its register held, or None if that is not known yet.
        raised: Whether the register is higher now.
        walked: How many runs the walk to its register came to, from the first one on.
        written: (Offset, bytes) of runs that were rewritten last.
        promoted: How it became dense, if it did.
        estimated: The estimate that was asked for.
        merged: How many registers a merge raised, or None.
        seen: How many elements were seen by this command.
    """

    element: Hashed | None = None
    old: int | None = None
    raised: bool = False
    walked: int = 0
    written: tuple[int, bytes] | None = None
    promoted: Promoted | None = None
    estimated: Estimated | None = None
    merged: int | None = None
    seen: int = 0


@dataclass(frozen=True, slots=True)
class RegistersView:
    """A window on a HyperLogLog.

    Attributes:
        sparse: Whether its registers are runs.
        size: All bytes.
        header: The first 16 of them.
        estimate: The one that the header keeps; None if it is out of date.
        histogram: How many registers hold 0, 1, 2 ... ; () if the registers are broken.
        runs: Some runs of a sparse one, of `run_count`, each with its bytes.
        registers: Some registers of a dense one.
        first: The number of the first run or register shown.
    """

    sparse: bool
    size: int
    header: bytes
    estimate: int | None
    histogram: tuple[int, ...]
    first: int = 0
    run_count: int = 0
    runs: tuple[tuple[Run, bytes], ...] = ()
    registers: tuple[int, ...] = ()
    touch: Touch = field(default_factory=Touch)


def look_at(value: String, room: Room, events: Iterable[Event] = ()) -> RegistersView:
    """Copy out the runs or registers round the one used last. O(16384), whatever it has seen."""
    touch = touch_of(events)
    data = bytearray(value.data())
    seen = HyperLogLog(data, Probe())
    try:
        registers: bytearray | None = seen.registers()
    except ValueError:
        registers = None
    view = RegistersView(
        seen.is_sparse, len(data), bytes(data[:HEADER]), seen.kept_estimate(),
        _histogram(registers), touch=touch,
    )  # fmt: skip
    if seen.is_sparse:
        return _with_runs(view, data, room)
    return _with_registers(view, registers or bytearray(), room)


def _histogram(registers: bytearray | None) -> tuple[int, ...]:
    if registers is None:
        return ()
    return tuple(registers.count(value) for value in range(ENDING_BITS + 2))


def _with_runs(view: RegistersView, data: bytearray, room: Room) -> RegistersView:
    runs: list[Run] = []
    try:
        runs.extend(islice(runs_of(data), REGISTERS + 1))
    except ValueError:
        pass  # the last run is cut off: what came before it is shown
    count = max(room.height - ABOVE, 1)
    focus = _run_in_focus(view.touch, runs)
    first = placed(max(focus - count // 2, 0), room.y, count, len(runs))
    shown = [(run, bytes(data[run.at : run.at + run.size])) for run in runs[first : first + count]]
    return replace(view, first=first, run_count=len(runs), runs=tuple(shown))


def _run_in_focus(touch: Touch, runs: list[Run]) -> int:
    """Which run covers the register that was used last."""
    if touch.element is None:
        return 0
    index = touch.element.index
    return next((at for at, run in enumerate(runs) if index < run.first + run.span), 0)


def _with_registers(view: RegistersView, registers: bytearray, room: Room) -> RegistersView:
    count = max(room.height - ABOVE, 1)
    focus = view.touch.element.index // A_ROW if view.touch.element else 0
    row = placed(max(focus - count // 2, 0), room.y, count, REGISTERS // A_ROW)
    first = row * A_ROW
    return replace(view, first=first, registers=tuple(registers[first : first + count * A_ROW]))


def advance(view: RegistersView, event: Event) -> RegistersView:
    """The view with one more event marked."""
    touch = touched_by(view.touch, event)
    return view if touch is view.touch else replace(view, touch=touch)


def touch_of(events: Iterable[Event]) -> Touch:
    """What a command's events say about registers.

    Each element forgets the one before, so of all but the last only their number is asked.
    """
    events = list(events)
    elements = [at for at, event in enumerate(events) if type(event) is Hashed]
    start = elements[-1] if elements else 0
    promoted = [event for event in events[:start] if isinstance(event, Promoted)]
    touch = Touch(seen=max(len(elements) - 1, 0), promoted=promoted[-1] if promoted else None)
    for event in events[start:]:
        touch = touched_by(touch, event)
    return touch


def touched_by(touch: Touch, event: Event) -> Touch:
    """The marks after one more event. A new element forgets the one before."""
    match event:
        case Hashed():
            return Touch(element=event, seen=touch.seen + 1, promoted=touch.promoted)
        case RunVisited():
            return replace(touch, walked=touch.walked + 1)
        case RegisterRaised(_, old):
            return replace(touch, old=old, raised=True)
        case RegisterKept(_, old):
            return replace(touch, old=old)
        case RunReplaced(at, _, new):
            return replace(touch, written=(at, new))
        case RunsMerged(at):
            return replace(touch, written=(at, b""))
    return _whole_touched(touch, event)


def _whole_touched(touch: Touch, event: Event) -> Touch:
    match event:
        case Promoted():
            return replace(touch, promoted=event, walked=0, written=None)
        case Estimated():
            return replace(touch, estimated=event)
        case RegistersMerged(raised):
            return replace(touch, merged=raised)
    return touch
