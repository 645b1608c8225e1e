"""Strings: a number, a short run of bytes, or a long one.

    int      a canonical 64-bit integer, kept as a number; printing it gives the bytes back
    embstr   up to 44 bytes, which with their headers fill one 64-byte allocation
    raw      longer, or once changed in place (APPEND, SETRANGE, SETBIT), however short

Each encoding is one Python type here: int, bytes, and bytearray for what changes in place
(plain bytes beyond 44 are raw as well). A bytearray grows by a share of its size, so that
repeated APPENDs cost O(1) a byte, as they do with the spare room Redis keeps in its SDS.

Source: `object.c` tryObjectEncoding, `t_string.c`, `sds.c`.
"""

from __future__ import annotations

from typing import ClassVar, Final

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


class String(Value):
    """Bytes under a key. The content's Python type is the encoding; see the module."""

    __slots__ = ("_content",)

    type: ClassVar[str] = "string"

    def __init__(self, content: int | bytes | bytearray) -> None:
        self._content = content

    @classmethod
    def of(cls, data: bytes) -> String:
        """The value SET stores: an integer where `data` spells one. O(1) beyond the copy.

        Source: `object.c` tryObjectEncoding.
        """
        if len(data) <= 20 and data and data[0] <= 57:  # 57 is "9": most text leaves here
            number = parse_integer(data)
            if number is not None:
                return cls(number)
        return cls(data)

    def become(self, data: bytes) -> None:
        """Take what `of` would make of `data`, in the place of what is there."""
        if len(data) <= 20 and data and data[0] <= 57:
            number = parse_integer(data)
            if number is not None:
                self._content = number
                return
        self._content = data

    @classmethod
    def raw(cls, data: bytes) -> String:
        """A value made to be changed in place, as SETRANGE and SETBIT make one: raw at once."""
        return cls(bytearray(data))

    @property
    def encoding(self) -> str:
        """`int`, `embstr` or `raw`."""
        content = self._content
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
        content = self._content
        if isinstance(content, int) and 0 <= content < SHARED_INTEGERS:
            return SHARED_REFCOUNT
        return 1

    # Reading

    def data(self) -> bytes:
        """All bytes. O(1), but for a copy of what was changed in place."""
        content = self._content
        if isinstance(content, bytes):
            return content
        if isinstance(content, int):
            return b"%d" % content
        return bytes(content)

    @property
    def in_place(self) -> bytearray | None:
        """The bytes themselves, if they were changed in place before. Look, but change nothing."""
        content = self._content
        return content if isinstance(content, bytearray) else None

    def __len__(self) -> int:
        """How many bytes; the digits and sign of a number. O(1)."""
        content = self._content
        return len(b"%d" % content) if isinstance(content, int) else len(content)

    def integer(self) -> int | None:
        """The 64-bit integer the bytes spell, or None."""
        content = self._content
        if isinstance(content, int):
            return content
        return parse_integer(bytes(content)) if len(content) <= 20 else None

    def slice(self, start: int, stop: int) -> bytes:
        """Bytes `start` up to but not with `stop`, counted from 0. O(their number)."""
        content = self._content
        if stop <= start:  # compiled, a slice of bytes must not run backwards
            return b""
        if isinstance(content, int):
            return (b"%d" % content)[start:stop]
        return bytes(content[start:stop])

    # Changing

    def set_integer(self, number: int) -> None:
        """Become a number, as INCR leaves it. `number` must fit 64 bits."""
        self._content = number

    def append(self, tail: bytes) -> int:
        """Put `tail` at the end; returns the new length. Amortised O(its size). Becomes raw."""
        content = self.writable()
        content += tail
        return len(content)

    def set_range(self, offset: int, piece: bytes) -> int:
        """Write `piece` over the bytes from `offset` on; returns the new length. Becomes raw.

        A gap between the old end and `offset` is filled with zero bytes.
        """
        content = self.writable()
        if offset > len(content):
            content += bytes(offset - len(content))
        content[offset : offset + len(piece)] = piece
        return len(content)

    def swap_bit(self, offset: int, bit: int) -> int:
        """Make a bit `bit` and return what it was; -1, and nothing done, if that takes more.

        More is to become raw, or longer. For SETBIT while nobody watches (`bits.put_bit`). O(1).
        """
        content = self._content
        at = offset >> 3
        if content.__class__ is not bytearray or at >= len(content):
            return -1
        mask = 0x80 >> (offset & 7)
        old = 1 if content[at] & mask else 0
        if old != bit:
            content[at] ^= mask
        return old

    def writable(self) -> bytearray:
        """The bytes to change in place, for SETBIT and its kin. Becomes raw.

        Source: `db.c` dbUnshareStringValue.
        """
        content = self._content
        if not isinstance(content, bytearray):
            content = self._content = bytearray(self.data())
        return content

    # Keeping

    def freeze(self) -> Frozen:
        """`("int", number)`, `("bytes", data)`, or `("raw", data)` if changed in place."""
        content = self._content
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
            return cls.raw(content)
        return cls(content)

    def copy(self, kit: Kit) -> String:
        """A string of its own in the same encoding (`object.c` dupStringObject)."""
        content = self._content
        return String(bytearray(content) if isinstance(content, bytearray) else content)

    def check(self) -> None:
        """Assert that the number, if it is one, fits 64 bits."""
        content = self._content
        if isinstance(content, int):
            assert INT64_MIN <= content <= INT64_MAX

    def footprint(self) -> int:
        """As `memory`, written out: the ledger asks after every GET and SET."""
        content = self._content
        if isinstance(content, int):
            return OBJECT_HEADER
        size = len(content)
        if size <= EMBSTR_LIMIT and isinstance(content, bytes):
            return (size + EMBSTR_OVERHEAD + 15) & ~15
        return OBJECT_HEADER + string_allocated(size)

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
