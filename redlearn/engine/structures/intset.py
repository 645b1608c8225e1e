"""Intset: whole numbers in order, each in as few bytes as the widest of them needs.

    width (4)      length (4)     numbers, `width` bytes each
    02 00 00 00    03 00 00 00    fb ff    07 00    2c 01             -> -5, 7, 300

A small set of numbers needs neither a hash nor a pointer: sorted, it is searched by halving,
and a number of two bytes takes two bytes. Add 100000 and no number fits two bytes any more:
all of them are widened to four, once, and what was added stands at one of the ends, since it
is greater or less than everything that did fit.

    02  fb ff   07 00   2c 01                            -> 100000 does not fit
    04  fb ff ff ff   07 00 00 00   2c 01 00 00   a0 86 01 00

There is no way back: with 100000 gone the others keep their four bytes. To narrow them, each
removal would have to look at every number that is left.

Invariants (`check` asserts them): the numbers rise, none is there twice, and each fits the
width, which is 2, 4 or 8.

Cost: a search O(log N); an insert or a removal O(N), since what lies behind moves, at the
speed of one `memmove`.

Source: `intset.c` intsetAdd, intsetSearch, intsetUpgradeAndAdd. Numbers are little-endian.

Unlike Redis: while nobody watches, the standard library's `bisect` does the halving. It comes
to the same place.
"""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_left
from dataclasses import dataclass
from struct import Struct
from typing import Final

from redlearn.probe import Event, Probe

WIDTHS: Final = (2, 4, 8)
HEADER: Final = Struct("<II")  # width, length

_CODE: Final = {width: code for code in "hilq" for width in (array(code).itemsize,)}
"""The `array` type code of each width: C says how wide its own types are."""


class Intset:
    """Different 64-bit integers in rising order. Indices count from 0."""

    __slots__ = ("_numbers", "_probe")

    def __init__(self, probe: Probe) -> None:
        self._probe = probe
        self._numbers: array[int] = array(_CODE[2])

    def __len__(self) -> int:
        """How many numbers. O(1)."""
        return len(self._numbers)

    @property
    def width(self) -> int:
        """Bytes of each number: 2, 4 or 8."""
        return self._numbers.itemsize

    @property
    def size(self) -> int:
        """All bytes, header included."""
        return HEADER.size + len(self._numbers) * self._numbers.itemsize

    # Searching

    def __contains__(self, number: int) -> bool:
        """Whether `number` is there. O(log N); O(1) if it is wider than the others."""
        numbers = self._numbers
        if width_of(number) > numbers.itemsize:
            return False
        at = self._place(number)
        return at < len(numbers) and numbers[at] == number

    def _place(self, number: int) -> int:
        """The index of `number`, or where it belongs (`intset.c` intsetSearch). O(log N)."""
        numbers = self._numbers
        emit = self._probe.emit
        if not emit:
            return bisect_left(numbers, number)
        if numbers and (number > numbers[-1] or number < numbers[0]):
            at = len(numbers) if number > numbers[-1] else 0
            emit(EndCompared(number, numbers[-1] if at else numbers[0], at > 0))
            return at
        low, high = 0, len(numbers) - 1
        while low <= high:
            middle = (low + high) >> 1
            there = numbers[middle]
            emit(Halved(number, low, high, middle, there))
            if there == number:
                return middle
            if number > there:
                low = middle + 1
            else:
                high = middle - 1
        return low

    def __getitem__(self, index: int) -> int:
        """The number at `index`; -1 is the greatest. O(1)."""
        return self._numbers[index]

    def numbers(self) -> list[int]:
        """All of them, in order. O(N)."""
        return self._numbers.tolist()

    # Changing

    def add(self, number: int) -> bool:
        """Put `number` in its place; False if it was there. O(N).

        Widens all numbers first, where `number` needs more bytes than they have.

        Source: `intset.c` intsetAdd.
        """
        if width_of(number) > self._numbers.itemsize:
            self._widen(width_of(number))
            at = 0 if number < 0 else len(self._numbers)
        else:
            at = self._place(number)
            if at < len(self._numbers) and self._numbers[at] == number:
                return False
        self._numbers.insert(at, number)
        if emit := self._probe.emit:
            emit(NumberInserted(number, at, len(self._numbers) - 1 - at))
        return True

    def _widen(self, width: int) -> None:
        """Give every number `width` bytes (`intset.c` intsetUpgradeAndAdd, its first half)."""
        old = self._numbers.itemsize
        self._numbers = array(_CODE[width], self._numbers)
        if emit := self._probe.emit:
            emit(Widened(old, width, len(self._numbers)))

    def remove(self, number: int) -> bool:
        """Take `number` out; False if it was not there. O(N). Never narrows."""
        numbers = self._numbers
        if width_of(number) > numbers.itemsize:
            return False
        at = self._place(number)
        if at >= len(numbers) or numbers[at] != number:
            return False
        del numbers[at]
        if emit := self._probe.emit:
            emit(NumberRemoved(number, at, len(numbers) - at))
        return True

    # Keeping

    def freeze(self) -> bytes:
        """The bytes that Redis would hold, header and all; an RDB file has the same. O(N)."""
        header = HEADER.pack(self._numbers.itemsize, len(self._numbers))
        return header + _little_endian(self._numbers).tobytes()

    @classmethod
    def thaw(cls, frozen: bytes, probe: Probe) -> Intset:
        """An intset of bytes that `freeze` gave, not checked again. O(N)."""
        intset = cls(probe)
        width, _ = HEADER.unpack_from(frozen)
        numbers = array(_CODE[width])
        numbers.frombytes(frozen[HEADER.size :])
        intset._numbers = _little_endian(numbers)
        return intset

    @classmethod
    def load(cls, data: bytes, probe: Probe) -> Intset:
        """An intset of bytes from outside, every number of them checked. O(N).

        Raises:
            ValueError: Broken bytes; the message names the fault.

        Source: `intset.c` intsetValidateIntegrity.
        """
        if len(data) < HEADER.size:
            raise ValueError("an intset has a header of 8 bytes")
        width, length = HEADER.unpack_from(data)
        if width not in WIDTHS:
            raise ValueError(f"numbers of {width} bytes")
        if len(data) != HEADER.size + width * length:
            raise ValueError(f"{len(data)} bytes cannot be {length} numbers of {width}")
        if not length:
            raise ValueError("an intset without numbers")
        intset = cls.thaw(data, probe)
        if not _rises(intset._numbers):
            raise ValueError("the numbers do not rise")
        return intset

    def check(self) -> None:
        """Assert the invariants. O(N)."""
        assert self._numbers.itemsize in WIDTHS
        assert _rises(self._numbers), "the numbers do not rise"


def width_of(number: int) -> int:
    """Bytes a number needs: 2, 4 or 8 (`intset.c` _intsetValueEncoding). O(1).

    >>> [width_of(number) for number in (0, -32768, 32768, -(2**31), 2**31, -(2**63))]
    [2, 2, 4, 4, 8, 8]
    """
    if -32768 <= number <= 32767:
        return 2
    return 4 if -(2**31) <= number < 2**31 else 8


def _rises(numbers: array[int]) -> bool:
    return all(numbers[at] < numbers[at + 1] for at in range(len(numbers) - 1))


def _little_endian(numbers: array[int]) -> array[int]:
    """`numbers` as they lie in memory on a little-endian machine: mostly, as they are."""
    if sys.byteorder == "little":
        return numbers
    swapped = array(numbers.typecode, numbers)
    swapped.byteswap()
    return swapped


@dataclass(frozen=True, slots=True)
class EndCompared(Event):
    """`number` lies beyond an end of the intset, where `there` stands: no need to search.

    Attributes:
        above: Beyond the greatest number; else it is below the least.
    """

    number: int
    there: int
    above: bool


@dataclass(frozen=True, slots=True)
class Halved(Event):
    """`number` was compared with the one in the middle of what is left to search.

    Attributes:
        low, high: What was left: from which index to which, both included.
        middle: The index in the middle of it.
        there: The number found there. The search goes on on one side of it, or ends.
    """

    number: int
    low: int
    high: int
    middle: int
    there: int


@dataclass(frozen=True, slots=True)
class Widened(Event):
    """Each of `count` numbers was given `new` bytes, where it had `old`."""

    old: int
    new: int
    count: int


@dataclass(frozen=True, slots=True)
class NumberInserted(Event):
    """`number` was written at `index`; `moved` numbers behind it made room."""

    number: int
    index: int
    moved: int


@dataclass(frozen=True, slots=True)
class NumberRemoved(Event):
    """`number` was taken out at `index`; `moved` numbers behind it closed up."""

    number: int
    index: int
    moved: int
