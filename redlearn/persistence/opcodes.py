"""A snapshot file (RDB): how it begins, what its pieces begin with, and which versions there are.

    52 45 44 49 53 30 30 31 30     REDIS0010: the magic word, and the version in four digits
    fa <name> <text>               facts about the file (AUX)
    f5 <code>                      a library of functions
    fe <number>                    the keys of a database follow
    fb <keys> <expires>            how many there will be, so that tables are made large enough
    fc <8 bytes> 00 <key> <value>  a key with a moment at which it ends; 00 is its type
    ff <8 bytes>                   the end, and a CRC-64 of all before it; zeros: not computed

What comes before a key (a moment, how it was used) belongs to the next key. A first byte below
200 is the type of a value, then; those from 243 on are the ones below.

Four lines of servers share the format, and each refuses what is newer than itself:

    version    written by                     new in it
    1 - 9      Redis 1 to 6                   9: how keys were used, modules, streams
    10         Redis 7.0                      listpacks, functions
    11         Redis 7.2, Valkey 7.2 and 8    sets as listpacks, when consumers were active
    12         Redis 7.4                      fields of hashes that end
    80         Valkey 9, as VALKEY080         the same in another form

So who wants to be read by all writes version 10, and that is what is written here, unless the data
needs more.

Source: `rdb.h` RDB_OPCODE_*; `rdb.c` rdbLoadRioWithLoadingCtx.
"""

from __future__ import annotations

from typing import Final

END: Final = 255
SELECT_DB: Final = 254
EXPIRE_SECONDS: Final = 253
EXPIRE_MS: Final = 252
RESIZE_DB: Final = 251
AUX: Final = 250
FREQUENCY: Final = 249
IDLE: Final = 248
MODULE_AUX: Final = 247
FUNCTION_PRE_GA: Final = 246
FUNCTION: Final = 245
SLOT_INFO: Final = 244
SLOT_IMPORT: Final = 243

MAGIC_SIZE: Final = 9
END_SIZE: Final = 9
"""Bytes of the last piece: the opcode and the checksum."""

CHECKSUM_SINCE: Final = 5
VALKEY: Final = 80
WRITABLE: Final = (10, 11, 12, VALKEY)
"""The versions that can be asked for."""

NEWEST_OF_REDIS: Final = 12


def magic_of(version: int) -> bytes:
    """The first nine bytes of a file.

    >>> magic_of(10), magic_of(80)
    (b'REDIS0010', b'VALKEY080')
    """
    return b"VALKEY%03d" % version if version >= VALKEY else b"REDIS%04d" % version


def version_of(data: bytes) -> int:
    """The version that a file says it is of; 0 if it does not begin as one of ours.

    >>> version_of(b"REDIS0011..."), version_of(b"VALKEY080..."), version_of(b"REDIS00x1")
    (11, 80, 0)
    """
    digits = data[5:MAGIC_SIZE] if data[:5] == b"REDIS" else data[6:MAGIC_SIZE]
    if not data.startswith((b"REDIS", b"VALKEY")) or len(data) < MAGIC_SIZE:
        return 0
    return int(digits) if digits.isdigit() else 0


def is_readable(data: bytes) -> bool:
    """Whether the version is one that can be read, under its own magic word."""
    version = version_of(data)
    known = 1 <= version <= NEWEST_OF_REDIS or version == VALKEY
    return known and data.startswith(magic_of(version))
