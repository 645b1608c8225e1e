"""The footer of a payload: the version of its format, and a checksum of all before it.

    type and value   0a 00   xx xx xx xx xx xx xx xx
                     version CRC-64, both with their low byte first

The checksum is there for accidents: a byte lost on the way, a file cut off. It keeps nobody
from making a payload that is wrong on purpose.

The CRC is the one of D. T. Jones: polynomial ad93d23594c935a9, bits reflected, beginning with
zero and left as it is in the end.

Source: `cluster.c` createDumpPayload, verifyDumpPayload; `crc64.c`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, cast

import crcmod

OLDEST: Final = 10
"""The lowest version written here: that of Redis 7.0, whose types are all we need mostly."""

NEWEST: Final = 80
"""The highest version read here: that of Valkey 9."""

CHECKSUM_SIZE: Final = 8
FOOTER_SIZE: Final = 2 + CHECKSUM_SIZE
_JONES: Final = 0x1AD93D23594C935A9  # the leading 1 is the power that is always there

_crc64: Final = cast(
    Callable[[bytes, int], int],
    crcmod.mkCrcFun(_JONES, initCrc=0, rev=True, xorOut=0),
)


class BadFooter(ValueError):
    """The bytes end in no footer, in a wrong checksum, or are of too new a version."""


def crc64(data: bytes, before: int = 0) -> int:
    """The checksum of `data`, which follows bytes whose checksum is `before`. O(its size).

    >>> hex(crc64(b"123456789")), hex(crc64(b"6789", crc64(b"12345")))
    ('0xe9c6d914c4b8d9ca', '0xe9c6d914c4b8d9ca')
    """
    return _crc64(data, before)


def seal(content: bytes, version: int) -> bytes:
    r"""`content` with its footer. O(its size).

    >>> seal(b"\x00\x05hello", 10).hex(" ")
    '00 05 68 65 6c 6c 6f 0a 00 63 72 df 76 65 34 20 0a'
    """
    content += version.to_bytes(2, "little")
    return content + crc64(content).to_bytes(CHECKSUM_SIZE, "little")


def open_payload(payload: bytes, *, trusting: bool = False) -> tuple[bytes, int]:
    """What `seal` was given: content and version. O(its size).

    Args:
        trusting: Do not look at the checksum.

    Raises:
        BadFooter: Too short, too new, or the checksum is another.
    """
    at = len(payload) - CHECKSUM_SIZE
    if len(payload) < FOOTER_SIZE:
        raise BadFooter("a payload has a footer of 10 bytes")
    version = int.from_bytes(payload[at - 2 : at], "little")
    if version > NEWEST:
        raise BadFooter(f"version {version} is not known")
    if not trusting and crc64(payload[:at]) != int.from_bytes(payload[at:], "little"):
        raise BadFooter("the checksum is another")
    return payload[: at - 2], version
