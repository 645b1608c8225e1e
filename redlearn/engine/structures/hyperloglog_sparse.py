"""The sparse form of a HyperLogLog: 16384 registers as runs, in one or two bytes each.

    00nnnnnn            n+1 registers are 0             ZERO, up to 64
    01nnnnnn nnnnnnnn   n+1 registers are 0             XZERO, up to 16384
    1vvvvvnn            n+1 registers are v+1           VAL, up to 4 registers, values to 32

An empty one is a single XZERO. Raising a register splits the run that covers it, in three at
most, and where equal neighbours have come about they are merged again:

    Z:16384                     raise register 9 to 2
    z:9  v:2,1  Z:16374         raise register 10 to 2
    z:9  v:2,2  Z:16373

Every server splits and merges in just this way, so equal additions give equal bytes.

Cost: a register is found by walking, O(runs).

Source: `hyperloglog.c` hllSparseSet, hllSparseToDense, hllSparseRegHisto.

Unlike Redis: while nobody watches, a walk begins at the last of the runs noted before the one
it looks for (`RunMap`), or runs of one byte are passed by hundreds: their spans are looked up
and summed at the speed of C.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import Final, NamedTuple

from redlearn.probe import Event, Probe

REGISTERS: Final = 16384
HEADER: Final = 16  # bytes before the first run

ZERO_MOST: Final = 64
VALUE_MOST: Final = 32
VALUES_MOST: Final = 4
SCAN: Final = 5  # runs looked at for neighbours to merge
NOTED: Final = 3  # a run is noted where a walk went that far from the last one noted
REACH: Final = 4  # the most bytes of the run that changes and the one that may be merged with it

_ONE_BYTE_RUNS: Final = re.compile(rb"[\x00-\x3f\x80-\xff]{0,256}")
_SPANS: Final = bytes(
    [(head & 3) + 1 if head & 0x80 else (head & 63) + 1 for head in range(256)]
)  # fmt: skip


class Run(NamedTuple):
    """Neighbouring registers of one value.

    Attributes:
        at: The offset of its first byte.
        size: How many bytes it takes, 1 or 2.
        first: Its first register.
        span: How many registers it covers.
        value: What they hold, 0 to 32.
    """

    at: int
    size: int
    first: int
    span: int
    value: int


def empty_runs() -> bytes:
    """The runs of 16384 registers that are 0."""
    return zeros(REGISTERS)


def zeros(count: int) -> bytes:
    """A run of `count` registers that are 0, in its shortest form."""
    count -= 1
    return bytes((count,)) if count < ZERO_MOST else bytes((0x40 | count >> 8, count & 0xFF))


def values(value: int, count: int) -> bytes:
    """A run of `count` registers, up to 4, of a value from 1 to 32."""
    return bytes((0x80 | (value - 1) << 2 | count - 1,))


def run_at(data: bytearray, at: int, first: int) -> Run:
    """The run at offset `at`, which begins with register `first`.

    Raises:
        ValueError: It is cut off.
    """
    head = data[at]
    if head & 0x80:
        return Run(at, 1, first, (head & 3) + 1, (head >> 2 & 31) + 1)
    if not head & 0x40:
        return Run(at, 1, first, (head & 63) + 1, 0)
    if at + 1 == len(data):
        raise ValueError("the last run is cut off")
    return Run(at, 2, first, ((head & 63) << 8 | data[at + 1]) + 1, 0)


def runs_of(data: bytearray) -> Iterator[Run]:
    """All runs, in order, however many registers they cover. O(runs).

    Raises:
        ValueError: The last is cut off.
    """
    at, first = HEADER, 0
    while at < len(data):
        run = run_at(data, at, first)
        yield run
        at += run.size
        first += run.span


def registers_of(data: bytearray) -> bytearray:
    """All registers, a byte each. O(N).

    Raises:
        ValueError: The runs do not cover 16384 registers.
    """
    registers = bytearray(REGISTERS)
    covered = 0
    for run in runs_of(data):
        covered = run.first + run.span
        if covered > REGISTERS:
            break
        if run.value:
            registers[run.first : covered] = bytes((run.value,)) * run.span
    if covered != REGISTERS:
        raise ValueError(f"the runs cover {covered} registers")
    return registers


class RunMap:
    """Where every so many runs of one HyperLogLog begin, so that a walk need not be long.

    It notes what walks come by, and goes with the bytes as they were then: other bytes, and it
    begins anew. Nothing is read from it but places in the bytes.
    """

    __slots__ = ("_firsts", "_places", "_runs")

    def __init__(self) -> None:
        self._runs = b""  # all of them, as they were
        self._places = [HEADER]  # the offsets of some runs, in order
        self._firsts = [0]  # the first register of each of these

    def follow(self, data: bytearray) -> None:
        """Forget everything, unless `data` has the runs that are known. O(bytes), as of C."""
        if len(data) != len(self._runs) + HEADER or not data.endswith(self._runs):
            self._runs = bytes(data[HEADER:])
            self._places, self._firsts = [HEADER], [0]

    def value_at(self, data: bytearray, index: int) -> int:
        """What register `index` holds, in bytes that were just followed. As `locate`."""
        number = bisect_right(self._firsts, index) - 1
        at, first, end, steps = self._places[number], self._firsts[number], len(data), 0
        while at < end:
            head = data[at]
            if head & 0x80:
                first += (head & 3) + 1
            elif not head & 0x40:
                first += (head & 63) + 1
            elif at + 1 < end:
                at += 1
                first += ((head & 63) << 8 | data[at]) + 1
            else:
                break
            if index < first:
                return (head >> 2 & 31) + 1 if head & 0x80 else 0
            at += 1
            steps += 1
            if steps == NOTED and at < end:
                steps, number = 0, number + 1
                self._places.insert(number, at)
                self._firsts.insert(number, first)
        raise ValueError("the runs end too early")

    def locate(self, data: bytearray, index: int, earlier: int = 0) -> tuple[int, int, int, int]:
        """The run of register `index`: offset and first register, of it and of the one before.

        If the walk begins at that run, the one before is not known, and is said to be itself. To
        know it, begin one place `earlier`.

        Raises:
            ValueError: The runs end before the register.
        """
        number = max(bisect_right(self._firsts, index) - 1 - earlier, 0)
        at, first = self._places[number], self._firsts[number]
        before, before_first, end, steps = at, first, len(data), 0
        while at < end:
            head = data[at]
            following = at + 1
            if head & 0x80:
                stop = first + (head & 3) + 1
            elif not head & 0x40:
                stop = first + (head & 63) + 1
            else:
                if following == end:
                    raise ValueError("the last run is cut off")
                stop = first + ((head & 63) << 8 | data[following]) + 1
                following += 1
            if index < stop:
                return at, first, before, before_first
            before, before_first = at, first
            at, first = following, stop
            steps += 1
            if steps == NOTED:
                steps, number = 0, number + 1
                self._places.insert(number, at)
                self._firsts.insert(number, first)
        raise ValueError("the runs end too early")

    def moved(self, data: bytearray, before: int, at: int, by: int) -> None:
        """The run at `at` was replaced and perhaps merged; what is behind it moved `by` bytes.

        `before` is the run before it: that one still begins where it did. O(places noted).
        """
        places = self._places
        low, high = bisect_right(places, before), bisect_right(places, at + REACH)
        del self._firsts[low:high]
        places[low:] = [place + by for place in places[high:]]
        self._runs = bytes(data[HEADER:])


def raise_register(
    data: bytearray, index: int, value: int, most: int, probe: Probe, runs: RunMap | None = None
) -> int:
    """Make register `index` at least `value`, which is 1 to 32. O(runs).

    Args:
        data: Header and runs; changed in place.
        index: 0 to 16383.
        value: What it is to be raised to.
        most: How many bytes `data` may grow to.
        probe: Is told of each run on the way.
        runs: Shortens the way where nobody watches.

    Returns:
        1 if it was raised, 0 if it was that high, -1 if there is no room to write it here.

    Raises:
        ValueError: The runs end before the register.
    """
    if runs is None or probe.emit is not None:
        return _raise(data, _locate(data, index, probe, HEADER, 0), index, value, most, probe)
    runs.follow(data)
    at, first, before, before_first = runs.locate(data, index)
    head = data[at]
    if head & 0x80 and (head >> 2 & 31) + 1 >= value:
        return 0
    if before == at:
        at, first, before, before_first = runs.locate(data, index, earlier=1)
    size = len(data)
    place = Place(run_at(data, at, first), before, before_first)
    raised = _raise(data, place, index, value, most, probe)
    if raised > 0:
        runs.moved(data, before, at, len(data) - size)
    return raised


def raise_all(data: bytearray, registers: bytearray, most: int, probe: Probe) -> bool:
    """Make every register at least what it is in `registers`; False where there is no room.

    Does what `raise_register` does for one after the other, but goes on from where it was:
    O(runs) for all of them.
    """
    start = first = 0
    for index in range(REGISTERS):
        value = registers[index]
        if not value:
            continue
        if value > VALUE_MOST:
            return False
        place = _locate(data, index, probe, start or HEADER, first)
        if place.run.at == start:  # what is before it, and may have to be merged, is not known
            place = _locate(data, index, probe, HEADER, 0)
        start, first = place.before, place.before_first
        if _raise(data, place, index, value, most, probe) < 0:
            return False
    return True


def _raise(data: bytearray, place: Place, index: int, value: int, most: int, probe: Probe) -> int:
    run = place.run
    emit = probe.emit
    if run.value >= value:
        if emit:
            emit(RegisterKept(index, run.value, value))
        return 0
    new = _split(run, index, value)
    growth = len(new) - run.size
    if growth > 0 and len(data) + growth > most:
        return -1
    stop = run.at + run.size
    if emit:
        emit(RegisterRaised(index, run.value, value))
        emit(RunReplaced(run.at, bytes(data[run.at : stop]), new))
    data[run.at : stop] = new
    _merge(data, place.before, probe)
    return 1


class Place(NamedTuple):
    """Where a register was found: its run, and where the run before it begins, if any."""

    run: Run
    before: int
    before_first: int


def _locate(data: bytearray, index: int, probe: Probe, at: int, first: int) -> Place:
    """Walk from the run at offset `at`, whose first register is `first`, to `index`."""
    if probe.emit is not None:
        return _locate_by_steps(data, index, probe, at, first)
    before, before_first, end = at, first, len(data)
    while at < end:
        found = _ONE_BYTE_RUNS.match(data, at)
        stop = found.end() if found else at
        if stop > at:
            spans = data[at:stop].translate(_SPANS)
            following = first + sum(spans)
            if index < following:
                firsts = list(accumulate(spans, initial=first))
                place = bisect_right(firsts, index) - 1
                if place:
                    before, before_first = at + place - 1, firsts[place - 1]
                return Place(run_at(data, at + place, firsts[place]), before, before_first)
            before, before_first = stop - 1, following - spans[-1]
            at, first = stop, following
            continue
        run = run_at(data, at, first)
        if index < first + run.span:
            return Place(run, before, before_first)
        before, before_first, at, first = at, first, at + run.size, first + run.span
    raise ValueError("the runs end too early")


def _locate_by_steps(data: bytearray, index: int, probe: Probe, at: int, first: int) -> Place:
    """Look at run after run, as the original does, and report each."""
    before, before_first = at, first
    while at < len(data):
        run = run_at(data, at, first)
        if emit := probe.emit:
            emit(RunVisited(*run))
        if index < first + run.span:
            return Place(run, before, before_first)
        before, before_first, at, first = at, first, at + run.size, first + run.span
    raise ValueError("the runs end too early")


def _split(run: Run, index: int, value: int) -> bytes:
    """The runs to take the place of `run`, with register `index` raised to `value`."""
    ahead, behind = index - run.first, run.first + run.span - 1 - index
    new = values(value, 1)
    if ahead:
        new = (values(run.value, ahead) if run.value else zeros(ahead)) + new
    if behind:
        new += values(run.value, behind) if run.value else zeros(behind)
    return new


def _merge(data: bytearray, at: int, probe: Probe) -> None:
    """Merge equal neighbours among the runs from `at` on, as far as a change can reach."""
    for _ in range(SCAN):
        if at >= len(data):
            return
        head = data[at]
        if not head & 0x80:
            at += 2 if head & 0x40 else 1
            continue
        if at + 1 < len(data) and data[at + 1] & 0x80 and data[at + 1] >> 2 == head >> 2:
            count = (head & 3) + (data[at + 1] & 3) + 2
            if count <= VALUES_MOST:
                value = (head >> 2 & 31) + 1
                data[at : at + 2] = values(value, count)
                if emit := probe.emit:
                    emit(RunsMerged(at, value, count))
                continue
        at += 1


@dataclass(frozen=True, slots=True)
class RunVisited(Event):
    """The walk to a register came to the run at offset `at`; the fields are those of `Run`."""

    at: int
    size: int
    first: int
    span: int
    value: int


@dataclass(frozen=True, slots=True)
class RunReplaced(Event):
    """The bytes `old` at offset `at`, one run, became the runs `new`."""

    at: int
    old: bytes
    new: bytes


@dataclass(frozen=True, slots=True)
class RunsMerged(Event):
    """Two runs of `value` at offset `at` became one of `count` registers."""

    at: int
    value: int
    count: int


@dataclass(frozen=True, slots=True)
class RegisterRaised(Event):
    """Register `index`, which held `old`, is to hold `new`; in a sparse one its run is next."""

    index: int
    old: int
    new: int


@dataclass(frozen=True, slots=True)
class RegisterKept(Event):
    """Register `index` holds `old` already, and so stays as it is: `offered` is not more."""

    index: int
    old: int
    offered: int
