"""Strings: a number, a short run of bytes, or a long one.

    int      a canonical 64-bit integer, kept as a number; printing it gives the bytes back
    embstr   up to 44 bytes, which with their headers fill one 64-byte allocation
    raw      longer, or once changed in place (APPEND, SETRANGE, SETBIT), however short

Each encoding is one Python type here: int, bytes, and bytearray for what changes in place
(plain bytes beyond 44 are raw as well). A bytearray grows by a share of its size, so that
repeated APPENDs cost O(1) a byte, as they do with the spare room Redis keeps in its SDS.

Strings are most of what a Redis holds, so in the table of keys they lie bare: the number or the
bytes themselves, with nothing around them. (An object around each was 48 of 234 bytes a key.)
Whoever treats values of all types alike, as a pane or DUMP does, has a string handed out in a
`String`, which knows what the others know (`boxed`). Commands that change strings look at what
lies in the entry.

Source: `object.c` tryObjectEncoding, `t_string.c`, `sds.c`.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final

from redlearn.engine.structures.hashtable import Entry
from redlearn.engine.structures.listpack_entry import COLON
from redlearn.engine.values.kit import Kit
from redlearn.engine.values.value import (
    OBJECT_HEADER,
    Frozen,
    Value,
    allocated,
    string_allocated,
)
from redlearn.resp.integer import INT64_MAX, INT64_MIN, parse_integer

EMBSTR_LIMIT: Final = 44
EMBSTR_OVERHEAD: Final = OBJECT_HEADER + 3 + 1  # the object, an SDS header, a closing NUL
SHARED_INTEGERS: Final = 10000  # 0 to 9999 exist once, and are never freed
SHARED_REFCOUNT: Final = 2**31 - 1

Content = int | bytes | bytearray
"""A string as it lies under its key."""

BARE: Final[frozenset[Any]] = frozenset((int, bytes, bytearray))
"""The types of a Content, to be asked for `x.__class__ in BARE`."""

_SHARED: Final[tuple[int | bytes, ...]] = tuple(range(SHARED_INTEGERS))
"""The objects: as mere ints, compiled code would make new ones of them each time."""


def encoded(data: bytes) -> int | bytes:
    """What SET stores of `data`: an integer where it spells one. O(1).

    Source: `object.c` tryObjectEncoding.
    """
    if data < COLON and len(data) <= 20:  # most text leaves here
        number = parse_integer(data)
        if number is not None:
            return _SHARED[number] if 0 <= number < SHARED_INTEGERS else number
    return data


def data_of(content: Content) -> bytes:
    """All bytes. O(1), but for a copy of what was changed in place."""
    if isinstance(content, bytes):
        return content
    if isinstance(content, int):
        return b"%d" % content
    return bytes(content)


def length_of(content: Content) -> int:
    """How many bytes; the digits and sign of a number. O(1)."""
    return len(b"%d" % content) if isinstance(content, int) else len(content)


def integer_of(content: Content) -> int | None:
    """The 64-bit integer the bytes spell, or None."""
    if isinstance(content, int):
        return content
    return parse_integer(bytes(content)) if len(content) <= 20 else None


# Changing


def writable(entry: Entry) -> bytearray:
    """The bytes of a string, to be changed in place. It becomes raw.

    Source: `db.c` dbUnshareStringValue.
    """
    content = entry.value
    if content.__class__ is not bytearray:
        content = entry.value = bytearray(data_of(content))
    data: bytearray = content
    return data


def write_over(data: bytearray, offset: int, piece: bytes) -> None:
    """Write `piece` over the bytes from `offset` on; a gap before it is filled with zeros."""
    if offset > len(data):
        data += bytes(offset - len(data))
    data[offset : offset + len(piece)] = piece


# As one value among others


def boxed(stored: Any) -> Value:
    """What an entry of the table of keys holds, as a Value of any type. O(1)."""
    if stored.__class__ in BARE:
        return String(stored)
    value: Value = stored
    return value


def bare(value: Value | Content) -> Value | Content:
    """What to put into the table of keys for a value: the other way round."""
    return value.content if isinstance(value, String) else value


class String(Value):
    """A string taken out of its entry, to be looked at. The type of its content is its encoding.

    It shares the bytes of what was changed in place, and sees them change.
    """

    __slots__ = ("content",)

    type: ClassVar[str] = "string"

    def __init__(self, content: Content) -> None:
        self.content = content

    @classmethod
    def of(cls, data: bytes) -> String:
        """The value SET stores."""
        return cls(encoded(data))

    @property
    def encoding(self) -> str:
        """`int`, `embstr` or `raw`."""
        content = self.content
        if isinstance(content, int):
            return "int"
        if isinstance(content, bytes) and len(content) <= EMBSTR_LIMIT:
            return "embstr"
        return "raw"

    @property
    def refcount(self) -> int:
        """What OBJECT REFCOUNT shows: 2147483647 for the shared integers 0 to 9999, else 1.

        Unlike Redis: it is told from the number. In Redis a COPY of one is not shared.
        """
        content = self.content
        if isinstance(content, int) and 0 <= content < SHARED_INTEGERS:
            return SHARED_REFCOUNT
        return 1

    # Reading

    def data(self) -> bytes:
        """All bytes. O(1), but for a copy of what was changed in place."""
        return data_of(self.content)

    def __len__(self) -> int:
        """How many bytes; the digits and sign of a number. O(1)."""
        return length_of(self.content)

    def integer(self) -> int | None:
        """The 64-bit integer the bytes spell, or None."""
        return integer_of(self.content)

    def slice(self, start: int, stop: int) -> bytes:
        """Bytes `start` up to but not with `stop`, counted from 0. O(their number)."""
        content = self.content
        if stop <= start:  # compiled, a slice of bytes must not run backwards
            return b""
        if isinstance(content, int):
            return (b"%d" % content)[start:stop]
        return bytes(content[start:stop])

    # Keeping

    def freeze(self) -> Frozen:
        """`("int", number)`, `("bytes", data)`, or `("raw", data)` if changed in place."""
        content = self.content
        if isinstance(content, int):
            return ("int", content)
        if isinstance(content, bytes):
            return ("bytes", content)
        return ("raw", bytes(content))

    @classmethod
    def thaw(cls, frozen: Frozen, kit: Kit) -> String:
        """Rebuild the string that gave `frozen`."""
        form, content = frozen
        assert isinstance(content, (int, bytes))
        if form == "raw":
            assert isinstance(content, bytes)
            return cls(bytearray(content))
        return cls(content)

    def copy(self, kit: Kit) -> String:
        """A string of its own in the same encoding (`object.c` dupStringObject)."""
        content = self.content
        return String(bytearray(content) if isinstance(content, bytearray) else content)

    def check(self) -> None:
        """Assert that the number, if it is one, fits 64 bits."""
        content = self.content
        if isinstance(content, int):
            assert INT64_MIN <= content <= INT64_MAX

    def footprint(self) -> int:
        """As `memory`."""
        return footprint_of(self.content)

    def memory(self, samples: int = 5) -> int:
        """An int needs no more than the object; embstr is one allocation, raw is two.

        Unlike Redis: the spare room of a string that grew is not counted.
        """
        encoding = self.encoding
        if encoding == "int":
            return OBJECT_HEADER
        if encoding == "embstr":
            return allocated(EMBSTR_OVERHEAD + len(self))
        return OBJECT_HEADER + string_allocated(len(self))


def footprint_of(stored: Any) -> int:
    """`Value.footprint` of what an entry holds; not boxed, as the ledger asks after every GET."""
    if stored.__class__ is bytes and len(stored) <= EMBSTR_LIMIT:
        return (len(stored) + EMBSTR_OVERHEAD + 15) & ~15
    if stored.__class__ is int:
        return OBJECT_HEADER
    if stored.__class__ in BARE:
        return OBJECT_HEADER + string_allocated(len(stored))
    size: int = stored.footprint()
    return size
