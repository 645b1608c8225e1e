"""Fields: what stretches of a file mean, each with its place, so that a byte leads to its meaning.

    offset   31 32 33    34           35 36 37 38
             fc ...      00           03 k  e  y
             ends at     type         key

A `Tracer` reads as a `Reader` does, by the same rules and with the same refusals, and writes down
what it read: from where to where, under which name, and in which of the forms there are for it.
"""

from __future__ import annotations

from dataclasses import dataclass

from redlearn.engine.payload import Reader
from redlearn.engine.payload.wire import INT8, LZF


@dataclass(frozen=True, slots=True)
class Field:
    """A stretch of bytes with one meaning.

    Attributes:
        start, end: Its place in the file; `end` is that of the next byte.
        name: What it is: "key", "expires at", "element", "listpack".
        value: What it says: bytes, or a number.
        form: How it is written, if there are several ways: "2 bytes", "a number of 16 bits",
            "LZF, 120 bytes in 45".
    """

    start: int
    end: int
    name: str
    value: bytes | int | float
    form: str = ""


class Tracer:
    """Reads, and keeps what it read as fields.

    Attributes:
        reader: The cursor.
        fields: What was read; nothing is written down while `keeps` is False.
        data: All bytes.
    """

    __slots__ = ("data", "fields", "keeps", "reader")

    def __init__(self, data: bytes, at: int = 0, *, keeps: bool = True, beyond: int = 0) -> None:
        """Args: `beyond` as for a `Reader`."""
        self.data = data
        self.reader = Reader(data, at, beyond)
        self.keeps = keeps
        self.fields: list[Field] = []

    @property
    def at(self) -> int:
        """The place of the next byte."""
        return self.reader.at

    def byte(self, name: str) -> int:
        """The next byte as a number.

        Raises:
            BadPayload: There is none. So do all methods below.
        """
        return self._keep(name, self.reader.at, self.reader.byte())

    def length(self, name: str) -> int:
        """The next length."""
        at = self.reader.at
        return self._keep(name, at, self.reader.length(), self._width(at))

    def count(self, name: str, least: int = 1) -> int:
        """The next length, as a number of things of at least `least` bytes each."""
        at = self.reader.at
        return self._keep(name, at, self.reader.count(least), self._width(at))

    def string(self, name: str) -> bytes:
        """The next string, however it is written."""
        at, reader = self.reader.at, self.reader
        text = reader.string()
        if self.keeps:
            self.fields.append(Field(at, reader.at, name, text, self._form(at, text)))
        return text

    def raw(self, name: str, size: int) -> bytes:
        """The next `size` bytes as they are."""
        at = self.reader.at
        data = self.reader.take(size)
        if self.keeps:
            self.fields.append(Field(at, self.reader.at, name, data))
        return data

    def moment(self, name: str, width: int = 8) -> int:
        """The next signed number of `width` bytes, the low one first."""
        at = self.reader.at
        number = int.from_bytes(self.reader.take(width), "little", signed=True)
        return self._keep(name, at, number)

    def double(self, name: str) -> float:
        """The next number of eight bytes."""
        at = self.reader.at
        return self._keep_double(name, at, self.reader.double(), "8 bytes")

    def text_double(self, name: str) -> float:
        """The next number written as text."""
        at = self.reader.at
        return self._keep_double(name, at, self.reader.text_double(), "as text")

    def _keep(self, name: str, at: int, number: int, form: str = "") -> int:
        if self.keeps:
            self.fields.append(Field(at, self.reader.at, name, number, form))
        return number

    def _keep_double(self, name: str, at: int, number: float, form: str) -> float:
        if self.keeps:
            self.fields.append(Field(at, self.reader.at, name, number, form))
        return number

    def _width(self, at: int) -> str:
        """The form of a length: how many bytes it takes."""
        if not self.keeps:
            return ""
        size = self.reader.at - at
        return "1 byte" if size == 1 else f"{size} bytes"

    def _form(self, at: int, text: bytes) -> str:
        """The form of the string that begins at `at` and was read to its end."""
        head = self.data[at]
        if head == LZF:
            squeezed = Reader(self.data, at + 1).length()
            return f"LZF, {len(text)} bytes in {squeezed}"
        if head >= INT8:
            return f"a number of {8 << head - INT8} bits"
        return f"{self.reader.at - at - len(text)} + {len(text)} bytes"
