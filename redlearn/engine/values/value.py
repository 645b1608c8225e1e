"""What every value is: a TYPE, an encoding of the moment, and a way to be kept and compared."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, Final

from redlearn.engine.values.kit import Kit

# What `freeze` gives: tuples, all the way down, of bytes, numbers and strings.
Frozen = tuple[object, ...]

# Sizes in bytes of the parts Redis puts together on a 64-bit machine (`server.h`, `dict.h`).
OBJECT_HEADER: Final = 16
POINTER: Final = 8
DICT_HEADER: Final = 56
DICT_ENTRY: Final = 24
STRING_OVERHEAD: Final = 6  # header, closing NUL, and what rounding up to a class costs


class Value:
    """One value under a key. Subclasses are named by what TYPE prints.

    Abstract, but not an ABC: compiled by mypyc, its subclasses would share one cache of
    isinstance answers, and a string might pass for a hash.

    Attributes:
        type: What TYPE prints.
    """

    __slots__ = ()

    type: ClassVar[str]

    @property
    @abstractmethod
    def encoding(self) -> str:
        """What OBJECT ENCODING prints at this moment."""

    @abstractmethod
    def __len__(self) -> int:
        """How many elements there are (bytes, for a string)."""

    @abstractmethod
    def freeze(self) -> Frozen:
        """Copy out all there is to know, as tuples of immutable things. O(N)."""

    @classmethod
    @abstractmethod
    def thaw(cls, frozen: Frozen, kit: Kit) -> Value:
        """Rebuild the value that gave `frozen`, exactly. O(N)."""

    @abstractmethod
    def copy(self, kit: Kit) -> Value:
        """A value of its own with the same content and encoding, as COPY makes. O(N)."""

    @abstractmethod
    def check(self) -> None:
        """Assert every invariant. O(N)."""

    @abstractmethod
    def memory(self, samples: int = 5) -> int:
        """Bytes Redis would have allocated for the value, as MEMORY USAGE estimates them.

        Collections in a linked form are sampled: the average of the first `samples` elements
        counts for all of them. 0 looks at every element.

        Source: `object.c` objectComputeSize.
        """

    def footprint(self) -> int:
        """Bytes for the ledger of memory, which asks after every use, so: O(1), nothing sampled.

        For what is kept in one block it is `memory`. A structure of many parts sums their bytes
        as they come and go, and adds a fixed part for each; MEMORY USAGE may come out elsewhere,
        by as much as its few samples differ from the rest.
        """
        return self.memory()


def allocated(size: int) -> int:
    """Bytes jemalloc hands out for a request of `size`: four size classes per doubling.

    >>> [allocated(n) for n in (1, 16, 17, 65, 129, 4097)]
    [8, 16, 32, 80, 160, 5120]
    """
    if size <= 8:
        return 8
    if size <= 128:
        return (size + 15) & ~15
    step = 1 << ((size - 1).bit_length() - 3)
    return (size + step - 1) & ~(step - 1)


def string_allocated(size: int) -> int:
    """Bytes allocated for a string (SDS) of `size` bytes: header, bytes, closing NUL."""
    return allocated(string_header(size) + size + 1)


def string_header(size: int) -> int:
    """Bytes of an SDS header, which grows with what its length field must hold (`sds.h`)."""
    if size < 32:
        return 1
    if size < 256:
        return 3
    if size < 65536:
        return 5
    return 9 if size < 2**32 else 17
