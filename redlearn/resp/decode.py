r"""Bytes as commands (the server's side) and as replies (the client's), as they trickle in.

Both decoders are fed whatever a read returned, from one byte to megabytes, and hand out what
has become complete; how the bytes were cut never changes the result.

A request is an array of bulk strings, or a plain line for people with telnet:

    *2\r\n  $3\r\nGET\r\n  $3\r\nkey\r\n          GET key\r\n

Nothing is allocated for a length that was only announced, and nothing recurses, so no client
can make us pay for bytes it never sent.

Sources: `networking.c` processMultibulkBuffer, processInlineBuffer; hiredis `read.c`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from redlearn.resp.double import decimal_int, parse_double
from redlearn.resp.integer import parse_integer
from redlearn.resp.reply import (
    NULL_ARRAY,
    BigNumber,
    Failure,
    Members,
    Push,
    Reply,
    Status,
    Verbatim,
)
from redlearn.resp.text import UnbalancedQuotes, printable, split_args

LONGEST_LINE: Final = 64 * 1024  # PROTO_INLINE_MAX_SIZE, inline requests and headers alike
LONGEST_BULK: Final = 512 * 1024 * 1024  # proto-max-bulk-len
MOST_ARGUMENTS: Final = 2**31 - 1
# What a client may send before it said who it is, where a password is asked for.
STRANGERS_ARGUMENTS: Final = 10
STRANGERS_BULK: Final = 16384

STAR: Final = 0x2A
DOLLAR: Final = 0x24
# Lengths that come up all the time, read without parsing.
SHORT_LENGTHS: Final = {b"%d" % length: length for length in range(1024)}
SHORT_HEADERS: Final = {b"$%d" % length: length for length in range(1024)}


class ProtocolError(Exception):
    """The peer does not speak RESP. `text` is the last error line it gets before we hang up."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text: Final = text


class _Buffer:
    """Bytes received and not yet used up.

    Attributes:
        data: What can be looked at now.
        at: Where in it the next thing begins.
    """

    __slots__ = ("_length", "_parts", "_wanted", "at", "data")

    def __init__(self) -> None:
        self.data = b""
        self.at = 0
        self._parts: list[bytes] = []
        self._length = 0  # of `data` from `at` on, and all parts
        self._wanted = 0  # nothing can be done with fewer bytes than these

    def add(self, data: bytes) -> bool:
        """Take in received bytes. False if it is not worth looking yet."""
        self._parts.append(data)
        self._length += len(data)
        if self._length < self._wanted:
            return False
        rest = self.data[self.at :]
        # Parts are kept apart until they are enough: a large value arrives in thousands of them,
        # and joining at every one would copy it as often.
        self.data = b"".join([rest, *self._parts]) if rest or len(self._parts) > 1 else data
        self.at = 0
        self._parts.clear()
        return True

    @property
    def kept(self) -> int:
        """How many bytes have been received and not used up."""
        return len(self.data) - self.at + sum(map(len, self._parts))

    def settle(self, wanted: int) -> None:
        """Nothing more to take for now; `wanted` bytes from `at` on are needed to go on."""
        self._length = len(self.data) - self.at
        self._wanted = wanted

    def __len__(self) -> int:
        return len(self.data) - self.at


class RequestDecoder:
    """Turns what a client sends into commands.

    Attributes:
        authenticated: Set False while a password is due: then only short requests are taken.
        longest_bulk: `proto-max-bulk-len`, in bytes.
        broken: After a ProtocolError; nothing more will be decoded.
    """

    __slots__ = ("_arguments", "_buffer", "_bulk", "_missing", "authenticated", "broken",
                 "longest_bulk")  # fmt: skip

    def __init__(self, longest_bulk: int = LONGEST_BULK, *, authenticated: bool = True) -> None:
        self.longest_bulk = longest_bulk
        self.authenticated = authenticated
        self.broken = False
        self._buffer = _Buffer()
        self._arguments: list[bytes] = []
        self._missing = 0  # arguments still to come
        self._bulk = -1  # length of the argument being read, once known

    def feed(self, data: bytes) -> Iterator[list[bytes]]:
        """Take in bytes; iterate over the commands now complete, none of them empty.

        Commands are decoded one at a time as they are asked for, so what one of them changes
        (AUTH sets `authenticated`) counts for the next. Commands not asked for stay.

        Raises:
            ProtocolError: From the iterator, after the last good command.
        """
        ready = not self.broken and self._buffer.add(data)
        return self._commands() if ready else iter(())

    @property
    def pending(self) -> int:
        """How many bytes it keeps of a command whose end has not come. O(its arguments)."""
        return self._buffer.kept + sum(map(len, self._arguments))

    @property
    def idle(self) -> bool:
        """Whether nothing is pending: what comes next is the beginning of a command."""
        return not self._missing and not self._buffer.kept

    def _commands(self) -> Iterator[list[bytes]]:
        try:
            while (argv := self._next()) is not None:
                yield argv
        except ProtocolError:
            self.broken = True
            raise

    def _next(self) -> list[bytes] | None:
        """The next command, or None until more bytes come. Blank lines and `*0` are skipped."""
        buffer = self._buffer
        while self._missing or len(buffer):
            if self._missing == 0 and buffer.data[buffer.at] != STAR:
                argv = self._inline()
                if argv is None:
                    return None
                if argv:
                    return argv
            elif not self._multibulk():
                return None
            elif self._arguments:
                argv, self._arguments = self._arguments, []
                return argv
        buffer.settle(1)
        return None

    def _inline(self) -> list[bytes] | None:
        """A line split into words; an empty list for a blank one, None if it has no end yet."""
        buffer = self._buffer
        end = buffer.data.find(b"\n", buffer.at)
        # The line ends at a zero byte for C's strchr, which then finds no line end at all.
        if end >= 0 and buffer.data.find(b"\0", buffer.at, end) >= 0:
            end = -1
        if (end if end >= 0 else len(buffer.data)) - buffer.at > LONGEST_LINE:
            raise ProtocolError("ERR Protocol error: too big inline request")
        if end < 0:
            buffer.settle(len(buffer) + 1)
            return None
        line = buffer.data[buffer.at : end]
        buffer.at = end + 1
        try:
            return split_args(line.removesuffix(b"\r"))
        except UnbalancedQuotes:
            raise ProtocolError("ERR Protocol error: unbalanced quotes in request") from None

    def _multibulk(self) -> bool:
        """Read on in an array of arguments; True when it is complete."""
        if self._missing == 0 and not self._count():
            return False
        if self._bulk < 0:
            self._take_short_arguments()
        buffer, arguments = self._buffer, self._arguments
        while self._missing:
            if self._bulk < 0 and not self._length():
                return False
            end = buffer.at + self._bulk
            if end + 2 > len(buffer.data):
                buffer.settle(self._bulk + 2)
                return False
            arguments.append(buffer.data[buffer.at : end])
            buffer.at = end + 2  # like Redis, whatever the two bytes after the value are
            self._bulk = -1
            self._missing -= 1
        return True

    def _take_short_arguments(self) -> None:
        """Take arguments while they are short and all here: nearly always, to the last one.

        Three times as fast as one step at a time. Whatever is unusual is left to the others.
        """
        data, at, missing = self._buffer.data, self._buffer.at, self._missing
        size, arguments = len(data), self._arguments
        while missing:
            line_end = data.find(b"\r", at, at + 6)
            if line_end < 0:
                break
            length = SHORT_HEADERS.get(data[at:line_end], size)
            end = line_end + 2 + length
            if end + 2 > size or length > self.longest_bulk:
                break
            arguments.append(data[line_end + 2 : end])
            at = end + 2
            missing -= 1
        self._buffer.at, self._missing = at, missing

    def _count(self) -> bool:
        """Read `*3`. Less than one argument is as good as no command."""
        line = self._header("ERR Protocol error: too big mbulk count string")
        if line is None:
            return False
        count = SHORT_LENGTHS.get(line[1:])
        if count is None:
            count = parse_integer(line[1:])
        if count is None or count > MOST_ARGUMENTS:
            raise ProtocolError("ERR Protocol error: invalid multibulk length")
        if count > STRANGERS_ARGUMENTS and not self.authenticated:
            raise ProtocolError("ERR Protocol error: unauthenticated multibulk length")
        self._missing = max(count, 0)
        return True

    def _length(self) -> bool:
        """Read `$5`."""
        line = self._header("ERR Protocol error: too big bulk count string")
        if line is None:
            return False
        if not line or line[0] != DOLLAR:
            got = chr(line[0]) if line and line[0] != 10 else " "
            text = f"ERR Protocol error: expected '$', got '{got}'"
            raise ProtocolError(text.encode("latin-1").decode("utf-8", "surrogateescape"))
        length = SHORT_LENGTHS.get(line[1:])
        if length is None:
            length = parse_integer(line[1:])
        if length is None or not 0 <= length <= self.longest_bulk:
            raise ProtocolError("ERR Protocol error: invalid bulk length")
        if length > STRANGERS_BULK and not self.authenticated:
            raise ProtocolError("ERR Protocol error: unauthenticated bulk length")
        self._bulk = length
        return True

    def _header(self, too_long: str) -> bytes | None:
        """A line up to its carriage return, or None until that and the byte after it are there."""
        buffer = self._buffer
        data, at = buffer.data, buffer.at
        end = data.find(b"\r", at)
        if end >= 0 and data.find(b"\0", at, end) >= 0:
            end = -1  # as for inline requests
        if (end if end >= 0 else len(data)) - at > LONGEST_LINE:
            raise ProtocolError(too_long)
        if end < 0 or end + 2 > len(data):
            buffer.settle(len(buffer) + 1)
            return None
        buffer.at = end + 2
        return data[at:end]


# --- Replies --------------------------------------------------------------------------------

DEEPEST: Final = 512  # levels of nesting; Redis itself answers with a few
LONGEST_STATUS: Final = 1 << 20  # bytes in a line: statuses, errors, numbers


class _Nothing:
    """What is returned while a reply is incomplete: None is a reply."""

    __slots__ = ()


NOTHING: Final = _Nothing()


class _Open:
    """A container whose end is not here yet. `missing` is -1 if only a `.` will end it."""

    __slots__ = ("items", "mark", "missing")

    def __init__(self, mark: bytes, missing: int) -> None:
        self.mark: Final = mark
        self.missing = missing
        self.items: list[Reply] = []


class ReplyDecoder:
    """Turns what a server sends into replies, RESP2 and RESP3 alike.

    Pushes come out as `Push` values between the replies. Attributes are read and dropped.
    Streamed strings and containers (`$?`, `*?`), which no Redis sends, are understood. A map
    with a container for a key, which no Redis sends either, comes out as a flat list.
    """

    __slots__ = ("_buffer", "_bulk", "_mark", "_open", "_pieces", "broken")

    def __init__(self) -> None:
        self.broken = False
        self._buffer = _Buffer()
        self._open: list[_Open] = []
        self._mark = b""  # of the string being read, whose length is known
        self._bulk = 0
        self._pieces: list[bytes] | None = None  # of a streamed string

    @property
    def idle(self) -> bool:
        """Whether no reply is half read: what comes next is the beginning of one."""
        begun = self._open or self._mark or self._pieces is not None
        return not begun and not self._buffer.kept

    def feed(self, data: bytes) -> Iterator[Reply]:
        """Take in bytes; iterate over the replies now complete.

        Raises:
            ProtocolError: From the iterator, after the last good reply.
        """
        ready = not self.broken and self._buffer.add(data)
        return self._replies() if ready else iter(())

    def _replies(self) -> Iterator[Reply]:
        try:
            while not isinstance(reply := self._next(), _Nothing):
                yield reply
        except ProtocolError:
            self.broken = True
            raise

    def _next(self) -> Reply | _Nothing:
        """The next reply, or NOTHING until more bytes come."""
        while True:
            if not self._mark:
                line = self._line()
                if line is None:
                    return NOTHING
                value = self._begin(line[:1], line[1:])
            else:
                value = NOTHING
            if self._mark:
                data = self._payload()
                if data is None:
                    return NOTHING
                value = self._string(data)
            if not isinstance(value, _Nothing):
                value = self._put(value)
            if not isinstance(value, _Nothing):
                return value

    def _line(self) -> bytes | None:
        buffer = self._buffer
        end = buffer.data.find(b"\r\n", buffer.at)
        if (end if end >= 0 else len(buffer.data)) - buffer.at > LONGEST_STATUS:
            raise ProtocolError("ERR Protocol error: line too long")
        if end < 0:
            buffer.settle(len(buffer) + 1)
            return None
        line = buffer.data[buffer.at : end]
        buffer.at = end + 2
        return line

    def _payload(self) -> bytes | None:
        buffer = self._buffer
        end = buffer.at + self._bulk
        if end + 2 > len(buffer.data):
            buffer.settle(self._bulk + 2)
            return None
        data = buffer.data[buffer.at : end]
        if buffer.data[end : end + 2] != b"\r\n":
            raise ProtocolError("ERR Protocol error: string without its line end")
        buffer.at = end + 2
        return data

    def _begin(self, mark: bytes, rest: bytes) -> Reply | _Nothing:
        """Act on a header line: a whole value, or the beginning of one."""
        if mark and mark in b"$=!;":
            return self._begin_string(mark, rest)
        if self._pieces is not None:
            raise ProtocolError("ERR Protocol error: streamed string interrupted")
        if mark and mark in b"*~>%|":
            return self._begin_container(mark, rest)
        if mark == b".":
            return self._end_stream(rest)
        return _line_value(mark, rest)

    def _begin_string(self, mark: bytes, rest: bytes) -> Reply | _Nothing:
        if (mark == b";") != (self._pieces is not None):
            raise ProtocolError("ERR Protocol error: streamed string interrupted")
        if rest == b"?" and mark == b"$":
            self._pieces = []
            return NOTHING
        length = _size(rest)
        if length == -1 and mark == b"$":
            return None
        if length < 0:
            raise ProtocolError("ERR Protocol error: invalid bulk length")
        if mark == b";" and length == 0:
            pieces, self._pieces = self._pieces, None
            return b"".join(pieces or [])
        self._mark, self._bulk = mark, length
        return NOTHING

    def _string(self, data: bytes) -> Reply | _Nothing:
        mark, self._mark = self._mark, b""
        if mark == b";":
            assert self._pieces is not None
            self._pieces.append(data)
            return NOTHING
        if mark == b"!":
            return Failure(data.decode("utf-8", "surrogateescape"))
        if mark == b"=":
            if data[3:4] != b":" or not data[:3].isascii():
                raise ProtocolError("ERR Protocol error: verbatim string without a format")
            return Verbatim(data[4:], data[:3].decode("ascii"))
        return data

    def _begin_container(self, mark: bytes, rest: bytes) -> Reply | _Nothing:
        count = -1 if rest == b"?" else _size(rest)
        if count == -1 and rest != b"?" and mark == b"*":
            return NULL_ARRAY
        if count < 0 and rest != b"?":
            raise ProtocolError("ERR Protocol error: invalid multibulk length")
        if len(self._open) >= DEEPEST:
            raise ProtocolError("ERR Protocol error: nested too deeply")
        container = _Open(mark, 2 * count if mark in b"%|" and count > 0 else count)
        if count == 0:
            return NOTHING if mark == b"|" else _closed(container)
        self._open.append(container)
        return NOTHING

    def _end_stream(self, rest: bytes) -> Reply | _Nothing:
        """Close a streamed container at its `.` line."""
        if rest or not self._open or self._open[-1].missing >= 0:
            raise ProtocolError("ERR Protocol error: nothing to end here")
        container = self._open.pop()
        if container.mark in b"%|" and len(container.items) % 2:
            raise ProtocolError("ERR Protocol error: map with a key and no value")
        return NOTHING if container.mark == b"|" else _closed(container)

    def _put(self, value: Reply) -> Reply | _Nothing:
        """Add a value to the innermost open container; returns what is complete on top."""
        while self._open:
            container = self._open[-1]
            container.items.append(value)
            if container.missing < 0:
                return NOTHING
            container.missing -= 1
            if container.missing:
                return NOTHING
            self._open.pop()
            if container.mark == b"|":
                return NOTHING
            value = _closed(container)
        return value


def _closed(container: _Open) -> Reply:
    """A complete container as a value."""
    items = container.items
    if container.mark == b"~":
        return Members(items)
    if container.mark == b">":
        return Push(items)
    if container.mark == b"%":
        try:
            return dict(zip(items[::2], items[1::2], strict=True))
        except TypeError:  # a key that cannot be hashed
            return items
    return items


def _line_value(mark: bytes, rest: bytes) -> Reply:
    """A value that fits its line."""
    if mark == b"+":
        return Status(rest.decode("utf-8", "surrogateescape"))
    if mark == b"-":
        return Failure(rest.decode("utf-8", "surrogateescape"))
    if mark == b"_" and not rest:
        return None
    if mark == b"#" and rest in (b"t", b"f"):
        return rest == b"t"
    value: Reply = None
    if mark == b":":
        value = parse_integer(rest.removeprefix(b"+"))
    elif mark == b",":
        value = float("nan") if rest.lower() in (b"nan", b"-nan") else parse_double(rest)
    elif mark == b"(":
        value = _big_number(rest)
    if value is None:
        raise ProtocolError(f"ERR Protocol error: got '{printable(mark + rest, 40)}' for a reply")
    return value


def _big_number(text: bytes) -> BigNumber | None:
    digits = text[1:] if text[:1] in (b"-", b"+") else text
    if not digits.isdigit():
        return None
    number = decimal_int(digits)
    return BigNumber(-number if text[:1] == b"-" else number)


def _size(text: bytes) -> int:
    """A length or count; -2 if it is none."""
    size = SHORT_LENGTHS.get(text)
    if size is None:
        size = parse_integer(text)
    return -2 if size is None else size
