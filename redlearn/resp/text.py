r"""Bytes as text: escapes, replies as redis-cli prints them, and command lines as it reads them.

Everything below works on bytes; this is the one door to the screen. A value from a client
may hold anything, terminal escapes included, so nothing leaves here unlooked at:

    quoted      "caf\xc3\xa9\n"    redis-cli's way: pure ASCII, in quotes
    printable   café\n             for panes: the same escapes, readable letters kept
    safe_text   for whole texts (INFO): lines stay lines, and what could move the cursor is escaped
    format_reply, format_raw       a reply as `redlearn repl` and redlearn's prompt show it

Sources: `sds.c` sdscatrepr and sdssplitargs; `redis-cli.c` cliFormatReplyTTY, cliFormatReplyRaw.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from redlearn.resp.double import decimal_text, format_double
from redlearn.resp.encode import CONTAINERS, opened, precise_text, sent_as
from redlearn.resp.reply import BigNumber, Failure, Precise, Push, Reply, Status, Verbatim

# --- Escapes --------------------------------------------------------------------------------

NAMED_ESCAPES: Final = {
    0x5C: "\\\\",
    0x22: '\\"',
    10: "\\n",
    13: "\\r",
    9: "\\t",
    7: "\\a",
    8: "\\b",
}
# What each byte becomes, for `str.translate` of latin-1 text.
ESCAPES: Final = {
    byte: NAMED_ESCAPES.get(byte, f"\\x{byte:02x}")
    for byte in range(256)
    if byte in NAMED_ESCAPES or not 0x20 <= byte < 0x7F
}
ASCII_ESCAPES: Final = {byte: text for byte, text in ESCAPES.items() if byte < 0x80}
# In whole texts quotes and line ends stand as they are, and a tab is a tab.
TEXT_ESCAPES: Final = {
    byte: text for byte, text in ASCII_ESCAPES.items() if byte not in (0x5C, 0x22, 10, 9)
}
# Letters by their Unicode category, but nothing is drawn for them.
INVISIBLE: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0")


def quoted(data: bytes) -> str:
    r"""Bytes as redis-cli prints a string: quoted ASCII, all else escaped. O(n).

    >>> print(quoted(b'a"b\x00\xff\n'))
    "a\"b\x00\xff\n"
    """
    return '"' + data.decode("latin-1").translate(ESCAPES) + '"'


def printable(data: bytes, limit: int | None = None) -> str:
    r"""Bytes for a pane or a prompt: letters of any script stay, the rest is escaped. O(n).

    The result has no control characters, no change of writing direction, nothing invisible
    and nothing of no width: each character takes one or two cells. Escapes are those of
    `quoted`, without the quotes; bytes that are not UTF-8 become `\xNN`.

    Args:
        data: Any bytes.
        limit: Look at so many bytes only, and end in `…` if there are more.

    >>> print(printable("naïve \x1b[31m".encode()))
    naïve \x1b[31m
    """
    if limit is not None and len(data) > limit:
        return printable(_whole_characters(data[:limit])) + "…"
    if data.isascii():
        return data.decode("ascii").translate(ASCII_ESCAPES)
    text = data.decode("utf-8", "surrogateescape")
    return "".join([_shown(character) for character in text])


def safe_text(data: bytes) -> str:
    r"""A text of several lines, such as INFO, without what could move or hide the cursor.

    Line ends (`\n`, `\r\n`) and tabs stay; other characters stay if `printable` keeps them.
    Unlike Redis: redis-cli writes such texts to the terminal as they are.
    """
    return "\r\n".join([_safe_piece(piece) for piece in data.split(b"\r\n")])


def _safe_piece(data: bytes) -> str:
    if data.isascii():
        return data.decode("ascii").translate(TEXT_ESCAPES)
    return "".join([_shown_in_text(each) for each in data.decode("utf-8", "surrogateescape")])


def _shown_in_text(character: str) -> str:
    return character if character in '\n\t\\"' else _shown(character)


@lru_cache(maxsize=4096)
def _shown(character: str) -> str:
    """One character, or the escapes of its bytes."""
    code = ord(character)
    if code < 0x80:
        return ASCII_ESCAPES.get(code, character)
    from wcwidth import wcwidth  # its tables take a while, and a server hardly ever needs them

    if character.isprintable() and character not in INVISIBLE and wcwidth(character) > 0:
        return character
    raw = character.encode("utf-8", "surrogateescape")
    return raw.decode("latin-1").translate(ESCAPES)


def _whole_characters(data: bytes) -> bytes:
    """`data` without the beginning of a UTF-8 character that a cut left at its end."""
    for back in range(1, min(4, len(data)) + 1):
        byte = data[-back]
        if byte >= 0xC0:  # a first byte; it announces how many follow
            expected = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return data[:-back] if back < expected else data
        if byte < 0x80:
            break
    return data


# --- Replies as redis-cli prints them -------------------------------------------------------

EMPTY: Final = {
    b"*": "(empty array)",
    b"%": "(empty hash)",
    b"~": "(empty set)",
    b">": "(empty push)",
}
NUMBER_ENDS: Final = {b"*": ")", b"%": "#", b"~": "~", b">": ")"}

# Commands whose answer is a text for people: redis-cli prints it as it is. Their subcommands,
# and how many words there must be at least and at most.
ANY_NUMBER: Final = 1 << 31
PLAIN_TEXT: Final[dict[bytes, dict[bytes, tuple[int, int]]]] = {
    b"client": {b"list": (2, ANY_NUMBER), b"info": (2, ANY_NUMBER)},
    b"cluster": {b"nodes": (2, 2), b"info": (2, 2)},
    b"debug": {
        b"htstats": (2, ANY_NUMBER),
        b"htstats-key": (2, ANY_NUMBER),
        b"client-eviction": (2, ANY_NUMBER),
    },
    b"latency": {b"graph": (3, 3), b"doctor": (2, 2)},
    b"memory": {b"malloc-stats": (2, ANY_NUMBER), b"doctor": (2, ANY_NUMBER)},
    b"proxy": {b"info": (2, ANY_NUMBER)},
}


def is_plain_text(argv: Sequence[bytes]) -> bool:
    """Whether redis-cli prints this command's reply raw even in a terminal (cliSendCommand)."""
    name = argv[0].lower()
    if name in (b"info", b"lolwut"):
        return True
    if name not in PLAIN_TEXT or len(argv) < 2:
        return False
    least, most = PLAIN_TEXT[name].get(argv[1].lower(), (1, 0))
    return least <= len(argv) <= most


def format_reply(reply: Reply, protocol: int = 2, argv: Sequence[bytes] = ()) -> str:
    """A reply as redis-cli prints it in a terminal, its last line end included. O(size).

    Args:
        reply: Any reply, however deep.
        protocol: What the client speaks; RESP2 has no maps, doubles and so on to show.
        argv: The command, if known: INFO and its like print as plain text.

    Unlike Redis: control characters in errors, statuses and plain texts are escaped, and a big
    number is shown, where redis-cli 7.4 gives up ("Unknown reply type").
    """
    if argv and is_plain_text(argv):
        return safe_text(format_raw(reply, protocol)[:-1])
    out: list[str] = []
    _Printer(out, protocol).print(reply)
    return "".join(out)


class _Level:
    """A container being printed: what is left of it, how its lines begin, where it stands."""

    __slots__ = ("children", "indent", "is_map", "number", "template", "within")

    def __init__(self, mark: bytes, count: int, children: Iterator[Reply], indent: int) -> None:
        width = len(str(count))
        self.children = children
        self.is_map: Final = mark == b"%"
        self.indent: Final = indent  # blanks before its own lines, but for the first
        self.within: Final = indent + width + 2  # the same for its children
        self.template: Final = f"%{width}d{NUMBER_ENDS[mark]} "
        self.number = 0


class _Printer:
    """Walks a reply without recursion and writes its lines."""

    __slots__ = ("levels", "out", "protocol")

    def __init__(self, out: list[str], protocol: int) -> None:
        self.out = out
        self.protocol = protocol
        self.levels: list[_Level] = []

    def print(self, reply: Reply) -> None:
        self._item(reply, 0, "\n")
        while self.levels:
            level = self.levels[-1]
            depth = len(self.levels)
            for child in level.children:
                level.number += 1
                if level.number > 1:
                    self.out.append(" " * level.indent)
                self.out.append(level.template % level.number)
                if level.is_map:
                    self._pair(child, next(level.children), level)
                else:
                    self._item(child, level.within, "\n")
                if len(self.levels) > depth:
                    break
            else:
                self.levels.pop()

    def _pair(self, key: Reply, value: Reply, level: _Level) -> None:
        # Keys are single values: a dict cannot be asked for by a list.
        self._item(key, level.within, " => ")
        if _takes_lines(value, self.protocol):
            self.out.append("\n" + " " * level.within)
        self._item(value, level.within, "\n")

    def _item(self, reply: Reply, indent: int, end: str) -> None:
        """Print a single value; open a container, for `print` to go on with."""
        if type(reply) not in CONTAINERS:
            self.out.append(_single_text(sent_as(reply, self.protocol)) + end)
            return
        mark, count, children = opened(reply, self.protocol)
        if count:
            self.levels.append(_Level(mark, count, children, indent))
        else:
            self.out.append(EMPTY[mark] + end)


def _takes_lines(reply: Reply, protocol: int) -> bool:
    """Whether a map's value goes on lines of its own, below its key (cliIsMultilineValueTTY)."""
    while type(reply) in CONTAINERS:
        mark, count, children = opened(reply, protocol)
        if count != 1:
            return count > 1
        if mark == b"%":
            next(children)
        reply = next(children)
    return False


def _single_text(reply: Reply) -> str:
    match reply:
        case bytes():
            return quoted(reply)
        case bool():
            return "(true)" if reply else "(false)"
        case int():
            return f"(integer) {reply}"
        case Precise():
            return "(double) " + precise_text(reply).decode()
        case float():
            return "(double) " + format_double(reply).decode()
        case Status():
            return safe_text(reply.text.encode("utf-8", "surrogateescape"))
        case Failure():
            return "(error) " + safe_text(reply.text.encode("utf-8", "surrogateescape"))
        case Verbatim():
            return safe_text(reply.data)
        case BigNumber():
            return "(big number) " + decimal_text(reply.value)
        case _:
            return "(nil)"


def format_push(push: Push) -> str:
    """An out of band message as redis-cli prints it; invalidated keys get a line of their own."""
    match push:
        case [b"invalidate", [*keys]]:
            names = [safe_text(key) for key in keys if isinstance(key, bytes)]
            return "-> invalidate: " + ", ".join(f"'{name}'" for name in names) + "\n"
        case _:
            return format_reply(push, 3)


def format_raw(reply: Reply, protocol: int = 2) -> bytes:
    r"""A reply as `redis-cli --raw` prints it, its last line end included. O(size).

    These are the bytes of the values themselves, for files and pipes. They must not reach a
    terminal: pass them through `safe_text` first.
    """
    out: list[bytes] = []
    waiting: list[Iterator[tuple[bytes, Reply]]] = [iter(((b"", reply),))]
    while waiting:
        for separator, child in waiting[-1]:
            out.append(separator)
            if type(child) in CONTAINERS:
                mark, _, children = opened(child, protocol)
                waiting.append(_separated(mark, children))
                break
            out.append(_single_raw(sent_as(child, protocol)))
        else:
            waiting.pop()
    out.append(b"\n")
    return b"".join(out)


def _separated(mark: bytes, children: Iterator[Reply]) -> Iterator[tuple[bytes, Reply]]:
    """Each child with what is printed before it: a line end, or a blank inside a map's pair."""
    for index, child in enumerate(children):
        if index == 0:
            yield b"", child
        else:
            yield (b" " if mark == b"%" and index % 2 else b"\n"), child


def _single_raw(reply: Reply) -> bytes:
    match reply:
        case bytes():
            return reply
        case bool():
            return b"(true)" if reply else b"(false)"
        case int():
            return b"%d" % reply
        case Precise():
            return precise_text(reply)
        case float():
            return format_double(reply)
        case Status():
            return reply.text.encode("utf-8", "surrogateescape")
        case Failure():
            return reply.text.encode("utf-8", "surrogateescape") + b"\n"
        case Verbatim():
            return reply.data
        case BigNumber():
            return decimal_text(reply.value).encode()
        case _:
            return b""


# --- Command lines --------------------------------------------------------------------------

BLANKS: Final = " \t\n\v\f\r"
ENDS: Final = " \t\n\r\0"  # what ends a bare word; \v and \f do not, though they count as blanks
HEXADECIMAL: Final = frozenset("0123456789abcdefABCDEF")
BACKSLASH: Final = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "a": "\a"}


class UnbalancedQuotes(ValueError):
    """A line with a quote left open, or with something glued behind a closing quote."""


class Token(NamedTuple):
    """An argument on a command line that may still be being typed.

    Attributes:
        start: Index of its first character, quotes included.
        end: Index behind its last.
        value: What the command would get.
        closed: False if Redis would refuse the line because of this token's quotes.
    """

    start: int
    end: int
    value: bytes
    closed: bool


def split_args(line: str | bytes) -> list[bytes]:
    r"""Split a command line into arguments, as inline requests and redis-cli do. O(n).

    Blanks separate. Double quotes take `\n \r \t \b \a \xHH` and a backslash before anything
    else; single quotes take only `\'`. The line ends at a zero byte.

    Raises:
        UnbalancedQuotes: Where sdssplitargs returns NULL.

    >>> split_args(r'SET "a b" \x00 "\x00"')
    [b'SET', b'a b', b'\\x00', b'\x00']
    """
    if isinstance(line, bytes):
        if b'"' not in line and b"'" not in line and b"\0" not in line:
            if b"\v" not in line and b"\f" not in line:
                return line.split()
        line = line.decode("utf-8", "surrogateescape")
    found = tokens(line)
    if not all(token.closed for token in found):
        raise UnbalancedQuotes(line)
    return [token.value for token in found]


def tokens(text: str) -> list[Token]:
    """The arguments of a line with their places, for completion and colouring. Never fails.

    A quote left open reaches to the end of the line. What is glued behind a closing quote
    belongs to the same token, which then is not `closed`.
    """
    found: list[Token] = []
    at, stop = 0, _end_of_line(text)
    while True:
        while at < stop and text[at] in BLANKS:
            at += 1
        if at >= stop:
            return found
        token = _token(text, at, stop)
        found.append(token)
        at = token.end


def _end_of_line(text: str) -> int:
    zero = text.find("\0")
    return len(text) if zero < 0 else zero


def _token(text: str, start: int, stop: int) -> Token:
    """Read one token from `start`, which is not blank."""
    pieces: list[str] = []
    at, closed = start, True
    while at < stop and text[at] not in ENDS:
        character = text[at]
        at += 1
        if character == '"' or character == "'":
            at, ended = _quoted_part(text, at, stop, character, pieces)
            glued = at < stop and text[at] not in BLANKS
            closed = closed and ended and not glued
            if not glued:
                break  # even before \v and \f, which a bare word would take in
        else:
            pieces.append(character)
    return Token(start, at, _value("".join(pieces)), closed)


def _value(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # a surrogate that stands for no byte
        return text.encode("utf-8", "replace")


def _quoted_part(text: str, at: int, stop: int, quote: str, pieces: list[str]) -> tuple[int, bool]:
    """Read up to the closing `quote`; returns the index behind it, and whether there was one."""
    while at < stop:
        character = text[at]
        if character == quote:
            return at + 1, True
        if character == "\\" and at + 1 < stop:
            at = _escape(text, at + 1, stop, quote, pieces)
            continue
        pieces.append(character)
        at += 1
    return at, False


def _escape(text: str, at: int, stop: int, quote: str, pieces: list[str]) -> int:
    """Read the escape whose backslash stands before `at`; returns the index behind it."""
    character = text[at]
    if quote == "'":
        if character == "'":
            pieces.append("'")
            return at + 1
        pieces.append("\\")
        return at
    digits = text[at + 1 : min(at + 3, stop)]
    if character == "x" and len(digits) == 2 and HEXADECIMAL.issuperset(digits):
        pieces.append(_character_of(int(digits, 16)))
        return at + 3
    pieces.append(BACKSLASH.get(character, character))
    return at + 1


def _character_of(byte: int) -> str:
    """A byte as it travels in text: above ASCII as the surrogate that stands for it."""
    return chr(byte) if byte < 0x80 else chr(0xDC00 + byte)
