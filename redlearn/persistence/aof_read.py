r"""Reads the append-only file: which commands it has, where each begins, and what is wrong.

    #TS:1700000000\r\n                          an annotation
    *1\r\n$5\r\nMULTI\r\n                        a transaction: all of it counts, or nothing
    *3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n
    *1\r\n$4\r\nEXEC\r\n
    *2\r\n$3\r\nDEL\r\n$1\r                      a tail that a power cut left

What is wrong is one of two kinds, and they are treated differently:

- The file ends too early: in the middle of a command, or between MULTI and EXEC. That is
  what a crash leaves behind, and harmless: what is up to `Reader.whole` is good.
- The file says something that no server wrote (`BadFormat`). Then nothing that follows can
  be trusted, and a person has to look.

There is no checksum: a changed byte inside a value goes unseen.

Unlike Redis: the line end behind an argument is looked at, as redis-check-aof does it, and a
length has no spaces, signs or zeros in front; an annotation that has no end is a cut tail,
where Redis takes it as read and then appends to that very line.

Pieces of the file are split at line ends at once, which the interpreter does in C. Cost:
O(bytes), about a microsecond for a small command.

Source: `aof.c` loadSingleAppendOnlyFile; `redis-check-aof.c` processRESP.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from redlearn.resp.text import printable

CRLF: Final = b"\r\n"
ANNOTATION_MAX: Final = 1024
ARGUMENTS_MAX: Final = 2**31 - 1
STAMP: Final = b"#TS:"
LONGEST_MARK: Final = 5
LONG: Final = 4000


class BadFormat(Exception):
    """A file is no append-only file from some byte on.

    Attributes:
        offset: Of that byte.
        reason: What is wrong there.
    """

    def __init__(self, offset: int, reason: str) -> None:
        super().__init__(f"0x{offset:x}: {reason}")
        self.offset = offset
        self.reason = reason


class Logged(NamedTuple):
    """A command in the file, from byte `start` to before `end`; or an annotation.

    Attributes:
        argv: The command; nothing if it is an annotation.
        note: The annotation, with its `#` and without its line end.
    """

    start: int
    end: int
    argv: list[bytes]
    note: bytes = b""

    @property
    def stamp_s(self) -> int | None:
        """The time that an annotation notes, in seconds since 1970; None of anything else."""
        digits = self.note.removeprefix(STAMP)
        if digits == self.note or not digits.isdigit() or len(digits) > 19:
            return None
        return int(digits)


class Reader:
    """Finds the commands in a file that comes in pieces.

        for data in pieces:
            reader.feed(data)
            for logged in reader.commands():
                ...
        reader.tail()      # "", or what the file was cut off in

    Attributes:
        size: How many bytes were fed, and where the first one stood.
        whole: The end of the last command that is whole and in no unfinished transaction.
        wanted: How many bytes more should be fed before it is worth asking again; 0: any.
    """

    __slots__ = ("_data", "_multi", "size", "wanted", "whole")

    def __init__(self, start: int = 0) -> None:
        """`start`: at which byte of the file the commands begin."""
        self.size = start
        self.whole = start
        self.wanted = 0
        self._data = b""
        self._multi = -1  # where the MULTI stands that waits for its EXEC

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the file."""
        self._data = self._data + data if self._data else data
        self.size += len(data)
        self.wanted = max(0, self.wanted - len(data))

    def commands(self) -> Iterator[Logged]:
        """The commands that are whole by now, and annotations. Raises BadFormat."""
        piece = Piece(self._data, self.size - len(self._data))
        try:
            while (logged := piece.next()) is not None:
                argv = logged.argv
                if argv and len(argv[0]) <= LONGEST_MARK and argv[0][:1] in b"MmEe":
                    self._note_transaction(argv[0].upper(), logged.start)
                if self._multi < 0:
                    self.whole = logged.end
                yield logged
        finally:
            self._data = piece.rest()
        self.wanted = max(piece.needed - len(self._data), 0)

    def _note_transaction(self, name: bytes, start: int) -> None:
        if name == b"MULTI":
            if self._multi >= 0:
                raise BadFormat(start, "MULTI inside a transaction")
            self._multi = start
        elif name == b"EXEC":
            if self._multi < 0:
                raise BadFormat(start, "EXEC without MULTI")
            self._multi = -1

    def tail(self) -> str:
        """What the file was cut off in, once all of it was fed; "" if it ends as it should."""
        if self._data:
            return f"the command at 0x{self.size - len(self._data):x} is not whole"
        if self._multi >= 0:
            return f"the transaction at 0x{self._multi:x} has no EXEC"
        return ""


class Piece:
    """A piece of a file, split at its line ends.

    An argument that has line ends itself is several of these lines; most have none, and a
    command is taken with four calls that loop in C.

    Attributes:
        needed: How many bytes a command takes, at least, that is not whole; 0 if nobody knows.
    """

    __slots__ = ("_at", "_base", "_data", "_last", "_lines", "_next", "needed")

    def __init__(self, data: bytes, base: int) -> None:
        """`base`: where the piece begins in the file."""
        self._data = data
        self._base = base
        self._lines = data.split(CRLF)
        self._last = len(self._lines) - 1  # the index of what has no line end behind it
        self._next = 0
        self._at = 0
        self.needed = 0

    def rest(self) -> bytes:
        """What no command was found in yet."""
        return self._data[self._at :] if self._at else self._data

    def next(self) -> Logged | None:
        """The next command or annotation; None if there is no whole one. Raises BadFormat."""
        lines, index = self._lines, self._next
        line = lines[index]
        count = COUNTS.get(line)
        if count is None or index == self._last:
            return self._unusual(line)
        stop = index + 1 + 2 * count
        if stop > self._last:
            return self._closely(count)
        headers, argv = lines[index + 1 : stop : 2], lines[index + 2 : stop : 2]
        sizes = list(map(len, argv))
        if list(map(SIZES.get, headers)) != sizes:
            return self._closely(count)
        start = self._base + self._at
        self._at += sum(map(len, headers), sum(sizes, 4 * count + len(line) + 2))
        self._next = stop
        return Logged(start, self._base + self._at, argv)

    def _unusual(self, line: bytes) -> Logged | None:
        """Whatever does not begin as nearly all commands do."""
        whole = self._next < self._last
        if not line and not whole:
            return None
        if line[:1] == b"#":
            return self._annotation(line, whole=whole)
        count = self._number(line, b"*", self._at, whole=whole)
        if count is None:
            return None
        if not 0 < count <= ARGUMENTS_MAX:
            raise BadFormat(self._base + self._at, f"a command of {count} arguments")
        return self._closely(count)

    def _annotation(self, line: bytes, *, whole: bool) -> Logged | None:
        start = self._base + self._at
        if len(line) + 2 > ANNOTATION_MAX:
            raise BadFormat(start, f"an annotation of more than {ANNOTATION_MAX} bytes")
        if not whole:
            return None
        self._at += len(line) + 2
        self._next += 1
        return Logged(start, self._base + self._at, [], line)

    def _closely(self, count: int) -> Logged | None:
        """A command of `count` arguments, one at a time: large ones, and those that go wrong."""
        start, index = self._at, self._next + 1
        at = start + len(self._lines[self._next]) + 2
        argv: list[bytes] = []
        while len(argv) < count:
            whole = index < self._last
            size = self._number(self._lines[index], b"$", at, whole=whole)
            if size is None:
                self._wait(start, 0)
                return None
            begin = at + len(self._lines[index]) + 2
            at = begin + size + 2
            if not self._is_ended(begin + size, size):
                self._wait(start, at - start)
                return None
            argument = self._data[begin : begin + size]
            index += 2 + argument.count(CRLF)
            argv.append(argument)
        self._next, self._at = index, at
        return Logged(self._base + start, self._base + at, argv)

    def _wait(self, start: int, needed: int) -> None:
        """More is to come. A long command is not looked through again for every little piece."""
        held = len(self._data) - start
        self.needed = max(needed, 2 * held if held > LONG else 0)

    def _is_ended(self, end: int, size: int) -> bool:
        """Whether an argument's line end is there; False if the piece ends before it."""
        mark = self._data[end : end + 2]
        if mark != CRLF[: len(mark)]:
            reason = f"an argument of {size} bytes ends here, and '{printable(mark)}' follows"
            raise BadFormat(self._base + end, reason)
        return len(mark) == len(CRLF)

    def _number(self, line: bytes, sign: bytes, at: int, *, whole: bool) -> int | None:
        """What a line says behind its sign; None if it is not whole. Raises BadFormat."""
        digits = line[1:]
        if not whole:
            digits = digits.removesuffix(b"\r")
            if line[:1] in (b"", sign) and (not digits or digits.isdigit()):
                return None
        if line[:1] != sign:
            shown = f"'{printable(line[:1])}'" if line else "an empty line"
            raise BadFormat(self._base + at, f"expected '{sign.decode()}', got {shown}")
        if not digits.isdigit() or len(digits) > 19 or (digits[:1] == b"0" and digits != b"0"):
            raise BadFormat(self._base + at, f"'{printable(line[:32])}' has no number")
        return int(digits)


COUNTS: Final = {b"*%d" % number: number for number in range(1, 1000)}
SIZES: Final = {b"$%d" % number: number for number in range(10_000)}
