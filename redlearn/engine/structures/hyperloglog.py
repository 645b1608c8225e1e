"""HyperLogLog: how many different things were seen, told from 16384 small numbers.

Hash a thing to 64 random-looking bits. Half of all hashes end in 1, a quarter in 10, one in a
thousand in 1000000000: a rare ending is a sign that many were seen. One such sign would be a
poor guess, so 14 bits of the hash choose one of 16384 registers, and in it the longest ending
ever seen there is kept:

    hash  ...0110 1000 | 00 0000 0000 1001        register 9: the ending "1000" is 4 long
          50 bits        14 bits

A thing seen again changes nothing, since its hash is the same. From how many registers hold
each number follows an estimate of how many things there were, off by 0.81 % as a rule, be they
a thousand or a billion: in 12 KB, of which a dense one is

    "HYLL"   form   000000   estimate (8)                 registers, 6 bits each
    48594c4c   00   000000   03 00 00 00 00 00 00 00      12288 bytes, lowest bits first

The estimate is kept, and its highest bit says that it is out of date. While few registers are
used a shorter form holds them (`hyperloglog_sparse.py`); it is promoted to the dense one when
it outgrows a limit, or when a number does not fit it.

A HyperLogLog is a string: GET copies it, SET puts it elsewhere, APPEND breaks it.

Cost: add O(1) dense, O(runs) sparse; count and merge O(registers).

Source: P. Flajolet et al., "HyperLogLog" (2007); the estimate is O. Ertl's, "New cardinality
estimation algorithms for HyperLogLog sketches" (2017). `hyperloglog.c`.

Unlike Redis: registers are unpacked and packed four at a time over the whole length, by
`translate` and by integers of 4096 bytes, which does at the speed of C what a loop in Python
would take milliseconds for.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import inf, sqrt
from typing import Final

from redlearn.engine.structures.hyperloglog_sparse import (
    HEADER,
    REGISTERS,
    VALUE_MOST,
    RegisterKept,
    RegisterRaised,
    RunMap,
    empty_runs,
    raise_all,
    raise_register,
    registers_of,
)
from redlearn.engine.structures.listpack_entry import LONGEST_KNOWN, MOST_KNOWN
from redlearn.engine.structures.murmur import murmur64a
from redlearn.probe import Event, Probe

SEED: Final = 0xADC83B19
INDEX_BITS: Final = 14
ENDING_BITS: Final = 50
MAGIC: Final = b"HYLL"
DENSE, SPARSE = 0, 1
DENSE_HEAD: Final = MAGIC + bytes((DENSE,))
SPARSE_HEAD: Final = MAGIC + bytes((SPARSE,))
DENSE_SIZE: Final = HEADER + REGISTERS * 6 // 8
ALPHA: Final = 0.721347520444481703680  # 1 / (2 ln 2)
BEYOND: Final = 1 << 63  # what C makes of an infinite estimate
STALE: Final = 0x80


class HyperLogLog:
    """A HyperLogLog in the bytes of a string, which it changes in place.

    Attributes:
        data: Header and registers, in either form.
    """

    __slots__ = ("_most", "_probe", "_runs", "data")

    def __init__(
        self,
        data: bytearray,
        probe: Probe,
        sparse_max_bytes: int = 3000,
        runs: RunMap | None = None,
    ) -> None:
        """Take over bytes of which `recognises` is true.

        Args:
            data: Changed in place.
            probe: Is told of each step.
            sparse_max_bytes: How long it may be while sparse.
            runs: What an earlier one of the same bytes came by, to find sparse registers sooner.
        """
        self.data = data
        self._runs = runs
        self._probe = probe
        self._most = sparse_max_bytes

    @staticmethod
    def empty() -> bytearray:
        """The bytes of one that has seen nothing."""
        return bytearray(MAGIC + bytes((SPARSE,)) + bytes(HEADER - 5) + empty_runs())

    @staticmethod
    def recognises(data: bytes | bytearray, size: int) -> bool:
        """Whether a string of `size` bytes that begins with `data` passes for one.

        Source: `hyperloglog.c` isHLLObjectOrReply, which does not look at sparse registers.
        """
        if len(data) < HEADER or not data.startswith(MAGIC) or data[4] > SPARSE:
            return False
        return data[4] == SPARSE or size == DENSE_SIZE

    @property
    def is_sparse(self) -> bool:
        return self.data[4] == SPARSE

    # Adding

    def add(self, element: bytes) -> bool:
        """See `element`; whether that raised a register.

        Raises:
            ValueError: The sparse registers are broken.
        """
        index, ending = place_of(element)
        if emit := self._probe.emit:
            emit(Hashed(element, murmur64a(element, SEED), index, ending))
        return self.raise_to(index, ending)

    def raise_to(self, index: int, value: int) -> bool:
        """Make register `index` at least `value`; whether it was lower. Promotes where it must.

        Source: `hyperloglog.c` hllSparseSet, hllDenseSet.
        """
        if self.data[4] == SPARSE:
            if value <= VALUE_MOST:
                raised = raise_register(
                    self.data, index, value, self._most, self._probe, self._runs
                )
                if raised >= 0:
                    self.data[15] |= STALE * raised
                    return raised > 0
                why = f"more than {self._most} bytes"
            else:
                why = f"a register of {value} > {VALUE_MOST}"
            self._promote(why)
        return self._raise_dense(index, value)

    def raise_all(self, registers: bytearray) -> None:
        """Make every register at least what it is in `registers`, one byte for each. O(N).

        Raises:
            ValueError: The sparse registers are broken.

        Source: `hyperloglog.c` pfmergeCommand.
        """
        if self.data[4] == SPARSE:
            if raise_all(self.data, registers, self._most, self._probe):
                return
            self._promote(f"more than {self._most} bytes, or a register > {VALUE_MOST}")
        before = self.registers()
        after = merged(before, registers)
        self.data[HEADER:] = packed(after)
        if emit := self._probe.emit:
            emit(RegistersMerged(sum([old != new for old, new in zip(before, after, strict=True)])))

    def _raise_dense(self, index: int, value: int) -> bool:
        at, shift = HEADER + (6 * index >> 3), 6 * index & 7
        data = self.data
        pair = data[at]
        if shift > 2:  # the last register has no byte behind it, and needs none
            pair |= data[at + 1] << 8
        old = pair >> shift & 63
        if old >= value:
            if emit := self._probe.emit:
                emit(RegisterKept(index, old, value))
            return False
        pair = pair & ~(63 << shift) | value << shift
        data[15] |= STALE
        data[at] = pair & 0xFF
        if shift > 2:
            data[at + 1] = pair >> 8
        if emit := self._probe.emit:
            emit(RegisterRaised(index, old, value))
        return True

    def promote(self) -> bool:
        """Change to the dense form; False if it had it.

        Raises:
            ValueError: The sparse registers are broken.

        Source: `hyperloglog.c` hllSparseToDense.
        """
        if self.data[4] == DENSE:
            return False
        self._promote("asked for")
        return True

    def _promote(self, why: str) -> None:
        registers = registers_of(self.data)
        size = len(self.data)
        self.data[4] = DENSE
        self.data[HEADER:] = packed(registers)
        if emit := self._probe.emit:
            emit(Promoted(size, len(self.data), why))

    # Counting

    def registers(self) -> bytearray:
        """All registers, a byte each. O(N).

        Raises:
            ValueError: The sparse registers are broken.
        """
        if self.data[4] == SPARSE:
            return registers_of(self.data)
        return unpacked(self.data[HEADER:])

    def estimate(self) -> int:
        """How many different elements were seen, more or less; kept until a register changes.

        Raises:
            ValueError: The sparse registers are broken.
        """
        emit = self._probe.emit
        kept = self.kept_estimate()
        if kept is not None:
            if emit:
                emit(Estimated(kept, True))
            return kept
        count = estimate_of(self.registers())
        self.data[8:HEADER] = count.to_bytes(8, "little")
        if emit:
            emit(Estimated(count, False))
        return count

    def kept_estimate(self) -> int | None:
        """The estimate noted in the header, or None if it is out of date."""
        if self.data[15] & STALE:
            return None
        return int.from_bytes(self.data[8:HEADER], "little")

    def forget_estimate(self) -> None:
        """Mark the estimate as out of date."""
        self.data[15] |= STALE

    def check(self) -> None:
        """Assert that the header and the registers are whole. O(N)."""
        assert self.recognises(bytes(self.data[:HEADER]), len(self.data))
        assert len(self.registers()) == REGISTERS


def place_of(element: bytes) -> tuple[int, int]:
    """The register an element belongs to, and the length of its hash's ending, 1 to 51.

    Source: `hyperloglog.c` hllPatLen.
    """
    hash = murmur64a(element, SEED)
    rest = hash >> INDEX_BITS | 1 << ENDING_BITS
    return hash & (REGISTERS - 1), (rest & -rest).bit_length()


_known_place = lru_cache(MOST_KNOWN)(place_of)


# Adding while nobody watches: the same, without an object for each call and a report for each step.


def see_dense(data: bytearray, elements: list[bytes]) -> int:
    """`HyperLogLog.add` of each element to a dense one; how many registers that raised."""
    raised = 0
    for element in elements:
        hash = murmur64a(element, SEED)
        rest = hash >> INDEX_BITS | 1 << ENDING_BITS
        value, bit = (rest & -rest).bit_length(), 6 * (hash & REGISTERS - 1)
        at, shift = HEADER + (bit >> 3), bit & 7
        pair = data[at]
        if shift > 2:
            pair |= data[at + 1] << 8
        if pair >> shift & 63 < value:
            pair = pair & ~(63 << shift) | value << shift
            data[at] = pair & 0xFF
            if shift > 2:
                data[at + 1] = pair >> 8
            raised += 1
    if raised:
        data[15] |= STALE
    return raised


def seen_before(data: bytearray, elements: list[bytes], runs: RunMap) -> int:
    """How many elements, from the first on, would raise no register of a sparse one.

    Most of what is counted was counted before, and lately: its hash is kept, if it is short.

    Raises:
        ValueError: The sparse registers are broken.
    """
    runs.follow(data)
    for known, element in enumerate(elements):
        place = _known_place if len(element) <= LONGEST_KNOWN else place_of
        index, value = place(element)
        if runs.value_at(data, index) < value:
            return known
    return len(elements)


def merged(first: bytearray, second: bytearray) -> bytearray:
    """The greater of each two registers: what one would hold that had seen both. O(N)."""
    return bytearray(map(max, first, second))


def estimate_of(registers: bytearray) -> int:
    """How many different elements registers like these have seen. O(N).

    Source: `hyperloglog.c` hllCount.
    """
    counts = [registers.count(value) for value in range(ENDING_BITS + 2)]
    sum = REGISTERS * _tau((REGISTERS - counts[ENDING_BITS + 1]) / REGISTERS)
    for value in range(ENDING_BITS, 0, -1):
        sum = (sum + counts[value]) * 0.5
    sum += REGISTERS * _sigma(counts[0] / REGISTERS)
    if not sum:  # broken registers, all greater than any ending is long
        return BEYOND
    exact = ALPHA * REGISTERS * REGISTERS / sum
    whole = int(exact)
    return whole + 1 if exact - whole >= 0.5 else whole


def _sigma(share: float) -> float:
    """The correction for registers that are still 0 (`hyperloglog.c` hllSigma)."""
    if share == 1.0:
        return inf
    factor, sum, before = 1.0, share, -1.0
    while sum != before:
        share *= share
        before = sum
        sum += share * factor
        factor += factor
    return sum


def _tau(share: float) -> float:
    """The correction for registers that can get no higher (`hyperloglog.c` hllTau)."""
    if share in (0.0, 1.0):
        return 0.0
    factor, sum, before = 1.0, 1.0 - share, -1.0
    while sum != before:
        share = sqrt(share)
        before = sum
        factor *= 0.5
        sum -= (1.0 - share) ** 2 * factor
    return sum / 3


# Four registers lie in three bytes:   bbaaaaaa ccccbbbb ddddddcc

_LOW_6: Final = bytes([byte & 63 for byte in range(256)])
_HIGH_2: Final = bytes([byte >> 6 for byte in range(256)])
_LOW_4_UP: Final = bytes([(byte & 15) << 2 for byte in range(256)])
_HIGH_4: Final = bytes([byte >> 4 for byte in range(256)])
_LOW_2_UP: Final = bytes([(byte & 3) << 4 for byte in range(256)])
_HIGH_6: Final = bytes([byte >> 2 for byte in range(256)])
_LOW_2_TO_TOP: Final = bytes([(byte & 3) << 6 for byte in range(256)])
_LOW_4_TO_TOP: Final = bytes([(byte & 15) << 4 for byte in range(256)])
_UP_2: Final = bytes([byte << 2 & 0xFF for byte in range(256)])


def unpacked(data: bytearray) -> bytearray:
    """Registers of 6 bits as bytes."""
    low, middle, high = data[0::3], data[1::3], data[2::3]
    registers = bytearray(len(data) // 3 * 4)
    registers[0::4] = low.translate(_LOW_6)
    registers[1::4] = _either(low.translate(_HIGH_2), middle.translate(_LOW_4_UP))
    registers[2::4] = _either(middle.translate(_HIGH_4), high.translate(_LOW_2_UP))
    registers[3::4] = high.translate(_HIGH_6)
    return registers


def packed(registers: bytearray) -> bytearray:
    """Registers, a byte each, in 6 bits each."""
    first, second, third, fourth = (registers[at::4] for at in range(4))
    data = bytearray(len(registers) // 4 * 3)
    data[0::3] = _either(first, second.translate(_LOW_2_TO_TOP))
    data[1::3] = _either(second.translate(_HIGH_6), third.translate(_LOW_4_TO_TOP))
    data[2::3] = _either(third.translate(_HIGH_4), fourth.translate(_UP_2))
    return data


def _either(one: bytearray, other: bytearray) -> bytes:
    """All bits of both, which have none in common."""
    both = int.from_bytes(one, "little") | int.from_bytes(other, "little")
    return both.to_bytes(len(one), "little")


@dataclass(frozen=True, slots=True)
class Hashed(Event):
    """`element` was hashed: it belongs to register `index`, and its ending is `ending` long.

    Attributes:
        hash: All 64 bits, of which the lowest 14 are the index.
    """

    element: bytes
    hash: int
    index: int
    ending: int


@dataclass(frozen=True, slots=True)
class Promoted(Event):
    """A sparse one of `old_size` bytes became a dense one of `new_size`."""

    old_size: int
    new_size: int
    why: str


@dataclass(frozen=True, slots=True)
class Estimated(Event):
    """How many elements were seen was asked for; `kept`: the header knew, nothing was computed."""

    count: int
    kept: bool


@dataclass(frozen=True, slots=True)
class RegistersMerged(Event):
    """All registers of a dense one were compared with others at once; so many were raised."""

    raised: int
