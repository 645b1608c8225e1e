"""Slots: which of 16384 parts of a cluster a key belongs to.

    slot = CRC16(what counts of the key) mod 16384

What counts is the whole key, unless it has a hash tag: the bytes between the first `{` and
the first `}` after it, if there are any. Keys with the same tag share a slot, so that
commands on several of them still find all on one node:

    {user:1}:cart    {user:1}:name      both count as  user:1
    foo{}{bar}                          counts whole: the first pair of braces is empty
    foo{{bar}}zap                       counts as  {bar

The CRC is the one of XMODEM: polynomial 0x1021, starting from 0. It is worked out byte by
byte with a table of 256 entries; `crc16_steps` shows each step, `crc16` leaves them to C.

Source: `cluster.h` keyHashSlot, `crc16.c`.
"""

from __future__ import annotations

from binascii import crc_hqx
from collections.abc import Iterator
from functools import cache
from itertools import product
from typing import Final, NamedTuple

SLOTS: Final = 16384

TAG_SIGNS: Final = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
"""What the tags of `tag_for` are made of, in the order in which they are tried."""

# What one byte contributes: the CRC of that byte alone.
CRC16_TABLE: Final = tuple(crc_hqx(bytes((byte,)), 0) for byte in range(256))


def crc16(data: bytes) -> int:
    """The 16-bit CRC of XMODEM. O(n).

    >>> hex(crc16(b"123456789"))
    '0x31c3'
    """
    return crc_hqx(data, 0)


def slot_of(key: bytes) -> int:
    """The slot of a key, 0 to 16383. O(n).

    >>> slot_of(b"foo"), slot_of(b"{user1000}.following")
    (12182, 3443)
    """
    return crc_hqx(hash_tag(key), 0) & (SLOTS - 1)


def hash_tag(key: bytes) -> bytes:
    """The bytes of a key that decide its slot: its tag, or all of it."""
    start, end = tag_span(key)
    return key[start:end]


def tag_span(key: bytes) -> tuple[int, int]:
    """Where in the key the bytes that count begin and end: the tag without its braces.

    >>> tag_span(b"{user:1}:cart")
    (1, 7)
    >>> tag_span(b"foo{}{bar}")
    (0, 10)
    """
    opening = key.find(b"{")
    if opening >= 0:
        closing = key.find(b"}", opening + 1)
        if closing > opening + 1:
            return opening + 1, closing
    return 0, len(key)


def slot_of_pattern(pattern: bytes) -> int | None:
    """The one slot of all keys that a glob matches, or None if they may be in several. O(n).

    It is looked for in the tag, before the first sign that may stand for other bytes.

    >>> slot_of_pattern(b"{user:1}:*") == slot_of(b"user:1"), slot_of_pattern(b"user:*")
    (True, None)

    Source: `cluster.c` patternHashSlot.
    """
    open_end = next((at for at, byte in enumerate(pattern) if byte in b"*?[\\"), len(pattern))
    opening = pattern.find(b"{", 0, open_end)
    closing = pattern.find(b"}", opening + 1, open_end) if opening >= 0 else -1
    if closing > opening + 1:
        return crc16(pattern[opening + 1 : closing]) & (SLOTS - 1)
    return None if open_end < len(pattern) else crc16(pattern) & (SLOTS - 1)


def tag_for(slot: int) -> bytes:
    """A short hash tag of the keys of a slot: one to three letters and digits. O(1).

    The shortest there is, of those the first in the order of `TAG_SIGNS`; CLUSTERSCAN names slots
    by it. The first call works out all of them, in a tenth of a second.

    >>> tag_for(0), tag_for(1), tag_for(4576)
    (b'06S', b'Qi', b'k3')

    Source: `crc16_slottable.h`, where they stand in a table.
    """
    return _tags()[slot]


@cache
def _tags() -> list[bytes]:
    tags = [b""] * SLOTS
    missing, length = SLOTS, 0
    while missing:
        length += 1
        for signs in product(TAG_SIGNS, repeat=length):
            slot = crc_hqx(tag := bytes(signs), 0) & (SLOTS - 1)
            if not tags[slot]:
                tags[slot] = tag
                missing -= 1
    return tags


class Crc16Step(NamedTuple):
    """One byte going into the CRC: `crc` = (`before` << 8, low 16 bits) xor `entry`.

    Attributes:
        byte: The byte, 0 to 255.
        before: The CRC so far.
        row: Which entry of the table: the high byte of `before`, xor `byte`.
        entry: What the table has there.
        crc: The CRC after this byte.
    """

    byte: int
    before: int
    row: int
    entry: int
    crc: int


def crc16_steps(data: bytes) -> Iterator[Crc16Step]:
    """The CRC worked out byte by byte; the last step's `crc` is that of all of `data`."""
    crc = 0
    for byte in data:
        row = (crc >> 8) ^ byte
        entry = CRC16_TABLE[row]
        after = ((crc << 8) & 0xFFFF) ^ entry
        yield Crc16Step(byte, crc, row, entry, after)
        crc = after
