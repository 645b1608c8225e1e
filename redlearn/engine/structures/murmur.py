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

# What takes short data apart; making it from a format each time costs as much as the mixing.
_WORDS: Final = [Struct(f"<{count}Q").unpack_from for count in range(8)]


def murmur64a(data: bytes, seed: int) -> int:
    """The hash of `data`, an unsigned 64-bit integer. O(N).

    >>> hex(murmur64a(b"", 0xADC83B19)), hex(murmur64a(b"a", 0xADC83B19))
    ('0xd8dfea6585bc9732', '0x53d2470a9b43b1a7')
    """
    size = len(data)
    whole = size & ~7
    hash = seed ^ (size * FACTOR & MASK)
    for word in _WORDS[whole >> 3](data) if size < 64 else unpack_from(f"<{whole >> 3}Q", data):
        word = word * FACTOR & MASK
        word = (word ^ word >> SHIFT) * FACTOR & MASK
        hash = (hash ^ word) * FACTOR & MASK
    if whole < size:
        hash = (hash ^ int.from_bytes(data[whole:], "little")) * FACTOR & MASK
    hash = (hash ^ hash >> SHIFT) * FACTOR & MASK
    return hash ^ hash >> SHIFT
