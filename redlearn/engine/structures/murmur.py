"""MurmurHash64A: 64 well-mixed bits of any bytes, fast, and no secret.

Whoever knows it can make collisions, so it guards nothing. A HyperLogLog needs only that the
hashes of what is really counted look random, and that every server hashes alike: registers
are merged across machines.

Source: A. Appleby, MurmurHash2 (2008), 64-bit version A, little-endian; `hyperloglog.c`
MurmurHash64A.
"""

from __future__ import annotations

from struct import Struct, unpack_from
from typing import Final

MASK: Final = 2**64 - 1
FACTOR: Final = 0xC6A4A7935BD1E995
SHIFT: Final = 47

# What takes data apart: up to 15 bytes as two words, the missing bytes as zeros; more by the word.
_TWO: Final = Struct("<QQ").unpack_from
_WORDS: Final = [Struct(f"<{count}Q").unpack_from for count in range(8)]
_ZEROS: Final = bytes(16)
_SIZES: Final = [size * FACTOR & MASK for size in range(64)]


def murmur64a(data: bytes, seed: int) -> int:
    """The hash of `data`, an unsigned 64-bit integer. O(N).

    >>> hex(murmur64a(b"", 0xADC83B19)), hex(murmur64a(b"a", 0xADC83B19))
    ('0xd8dfea6585bc9732', '0x53d2470a9b43b1a7')
    """
    size = len(data)
    if size < 16:  # most of what is counted: no loop and no slice, a third of the time
        hash = seed ^ _SIZES[size]
        word, tail = _TWO(data + _ZEROS)
        if size < 8:
            tail = word
        else:
            word = word * FACTOR & MASK
            hash = (hash ^ (word ^ word >> SHIFT) * FACTOR & MASK) * FACTOR & MASK
    else:
        hash = seed ^ (size * FACTOR & MASK)
        whole = size >> 3
        for word in _WORDS[whole](data) if size < 64 else unpack_from(f"<{whole}Q", data):
            word = word * FACTOR & MASK
            hash = (hash ^ (word ^ word >> SHIFT) * FACTOR & MASK) * FACTOR & MASK
        tail = int.from_bytes(data[whole << 3 :], "little")
    if size & 7:
        hash = (hash ^ tail) * FACTOR & MASK
    hash = (hash ^ hash >> SHIFT) * FACTOR & MASK
    return hash ^ hash >> SHIFT
