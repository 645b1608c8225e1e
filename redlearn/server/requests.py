r"""Requests: what a connection has received, as commands, at the speed of C where it can be had.

hiredis parses replies in C, and a request looks like a reply: an array of bulk strings. But it
is more tolerant than Redis, and knows neither lines typed into telnet, nor Redis's limits, nor
its words for what is wrong. So its result is only taken where it can be proved that nothing
but arrays of bulk strings came. Of what else there is, little comes out as bytes or as a list:
what begins with one of `+=(~|>`. Where none of these is anywhere in what came, what came out tells
what it was. Where one is, as in a value, the commands are encoded again, and have to be what came.

    *3 $3 SET $1 k $1 v  *2 $3 GET $1 k  *2 $3 G...
    |------------ hiredis takes these ---|- kept: the next read brings the rest

A small command that comes alone needs not even that: cut at its line ends, each second piece has
to be as long as the one before it says.

    *2 | $3 | GET | $1 | k |

And where a pipeline asks the same of many keys that are as long as each other, what stands between
two of these is the same each time: cut there, it is read in half of hiredis's time.

    *2 $3 GET $2 | k1 | *2 $3 GET $2 | k2 | *2 $3 GET $2 | k3 |

Everything else, and whatever is too large to be put together again and again, goes to our own
`RequestDecoder`. Small commands take a third of the time this way.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain
from struct import Struct
from typing import Final

import hiredis

from redlearn.resp.decode import LONGEST_BULK, ProtocolError, RequestDecoder
from redlearn.resp.encode import encode_commands

STAR: Final = 0x2A
LARGEST_PIECE: Final = 64 * 1024
"""Bytes of an unfinished command beyond which it is not looked at anew at every read."""

SMALL: Final = 512
"""Bytes up to which a read is looked at as a command that came alone, or as several alike."""

MOST_PIECES: Final = 19
"""Line ends at which such a read is cut: a command of nine words has as many."""

_OF_TWO: Final = b"*2\r\n"

# Into how many pieces a command is cut, by the first of them; and what stands before a word.
_PIECES: Final = {b"*%d" % count: 2 * count + 2 for count in range(1, 10)}
_LENGTHS: Final = [b"$%d" % length for length in range(SMALL)]


class Requests:
    """Turns what one client sends into commands.

    Attributes:
        decoder: Knows the limits, and takes over where hiredis may not be trusted.
        strained: Something may be held; while it is False, nothing is.
    """

    __slots__ = ("_rest", "_slow", "decoder", "strained")

    def __init__(self, longest_bulk: int = LONGEST_BULK, *, authenticated: bool = True) -> None:
        self.decoder = RequestDecoder(longest_bulk, authenticated=authenticated)
        self._rest = b""
        self._slow = False
        self.strained = False

    @property
    def held(self) -> int:
        """How many bytes wait for the rest of their command."""
        return len(self._rest) + self.decoder.pending

    def feed(self, data: bytes) -> Iterable[list[bytes]]:
        """Take in what a read returned, at least a byte; the commands that are now complete.

        To be asked for one by one: what a command changes (AUTH) may count for the next.

        Raises:
            ProtocolError: From the iteration, after the last good command.
        """
        if self._rest:
            data, self._rest = self._rest + data, b""
        if self._slow or not self.decoder.authenticated:
            self.strained = True
            return self._decoded(data)
        if len(data) < SMALL and (argv := _alone(data)):
            self.strained = False
            return (argv,)
        commands = _alike(data) or _parsed(data)
        if commands is not None:
            self.strained = False
            return commands
        self.strained = True
        cut = data.rfind(b"\r\n*") + 2 if data[0] == STAR else -1
        if cut < 0 or len(data) - cut > LARGEST_PIECE:
            return self._decoded(data)
        cut = cut if cut > 1 else 0  # where the last command begins
        commands = _parsed(data[:cut]) if cut else []
        if commands is None or not self._is_beginning(data[cut:]):
            return self._decoded(data)
        self._rest = data[cut:]
        return commands

    def _is_beginning(self, data: bytes) -> bool:
        """Whether these bytes are the beginning of a command, and nothing is wrong so far."""
        decoder = RequestDecoder(self.decoder.longest_bulk)
        try:
            return not any(decoder.feed(data))
        except ProtocolError:
            return False

    def _decoded(self, data: bytes) -> Iterator[list[bytes]]:
        """The same by our own decoder, which keeps what is incomplete until it is not."""
        self._slow = True
        yield from self.decoder.feed(data)
        self._slow = not self.decoder.idle


# An array, set, push, map or attribute of a thousand items or more, for which hiredis would make
# room. It may stand anywhere: hiredis does not look at the two bytes that end a string.
_LONG_ARRAY: Final = re.compile(rb"\*\d{4}")
_LONG_OTHER: Final = re.compile(rb"[~>%|]\d{4}")

_ODD_MARKS: Final = b"+=(~|>%"
"""What may begin something that hiredis gives out as bytes or as a list, but for `$` and `*`; or,
with `%`, a map, for which it may make room as well.
"""

_LAST: Final = b":1\r\n"
"""What is parsed behind the commands: if it comes out by itself, nothing was in its midst."""

_ODDITIES: Final = (hiredis.HiredisError, IndexError, TypeError, ValueError, OverflowError)
"""What comes of bytes that are no requests: a map with a list for a key is a TypeError."""


class _Parser:
    """hiredis, one reader for all: between two calls there is nothing in it."""

    __slots__ = ("reader",)

    def __init__(self) -> None:
        self.reader = hiredis.Reader(notEnoughData=None)


_PARSER: Final = _Parser()


def _parsed(data: bytes) -> list[list[bytes]] | None:
    """The commands that `data` is made of, if it is made of whole commands and nothing else.

    Source: `networking.c` processMultibulkBuffer says what a request may be.
    """
    if data[0] != STAR or _LONG_ARRAY.search(data):
        return None
    odd = len(data.translate(None, _ODD_MARKS)) < len(data)
    if odd and _LONG_OTHER.search(data):
        return None
    reader = _PARSER.reader
    commands: list[list[bytes]] = []
    try:
        reader.feed(data)
        reader.feed(_LAST)
        while type(argv := reader.gets()) is list:
            commands.append(argv)
        b"".join(chain.from_iterable(commands))  # a TypeError, if there is anything but strings
        proved = argv == 1 and (not odd or encode_commands(commands) == data)
    except _ODDITIES:
        proved = False
    if not proved or reader.has_data():
        _PARSER.reader = hiredis.Reader(notEnoughData=None)
        return None
    return [argv for argv in commands if argv] if [] in commands else commands


def _alone(data: bytes) -> list[bytes] | None:
    """The command that `data` is, if it is one, whole, with no line end within a word.

    Each piece between two line ends is compared with what has to stand there, so that it cannot be
    anything else.
    """
    pieces = data.split(b"\r\n", MOST_PIECES)
    if len(pieces) != _PIECES.get(pieces[0]) or pieces[-1]:
        return None
    argv = pieces[2::2]
    at = 1
    for word in argv:
        if pieces[at] != _LENGTHS[len(word)]:
            return None
        at += 2
    return argv


def _alike(data: bytes) -> list[list[bytes]] | None:
    """The commands that `data` is, if they are a name, and words all as long as each other.

    What stands before such a word is proved right once. If it and these words, put together
    again, are what came, they cannot be anything but words, whatever is in them.
    """
    if not data.startswith(_OF_TWO):
        return None
    size = data.find(b"\r\n*") + 2  # of a command, if no word of the first one looks like that
    if size < 2 or size >= SMALL or len(data) % size:
        return None
    head = data[: data.rfind(b"\r\n", 0, size - 2) + 2]
    if not data.startswith(head, size) or (form := _form(head, size)) is None:
        return None
    name, second = form
    words = [word for (word,) in second.iter_unpack(data)]
    if head + (b"\r\n" + head).join(words) + b"\r\n" != data:
        return None
    return [[name, word] for word in words]


@lru_cache(64)
def _form(head: bytes, size: int) -> tuple[bytes, Struct] | None:
    """What a command of two words and `size` bytes begins with, if that is `head`.

    Returns:
        Its name, and where the second word stands; None if there is no such command.
    """
    length = size - 2 - len(head)
    argv = _alone(head + b"." * length + b"\r\n")
    return None if argv is None else (argv[0], Struct(f"{len(head)}x{length}s2x"))
