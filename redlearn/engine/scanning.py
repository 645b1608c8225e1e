"""Scanning: the cursor that SCAN, HSCAN, SSCAN and ZSCAN share, and options, also CLUSTERSCAN's.

A scan asks for a whole collection piece by piece, and the server remembers nothing
between the calls: the cursor, which the client sends back, says it all (how it can is
told in `structures/hashtable.py`). So a cursor may be any number, old or made up.

Every call is answered with the next cursor, as text, and what was found. Options only
leave out some of what was visited: a page may well be empty, and the end is a cursor of 0.

Source: `db.c` scanGenericCommand, parseScanCursorOrReply; `util.c` string2ull.
"""

from __future__ import annotations

import re
from typing import Final, Literal

from redlearn.compiling import mypyc_attr
from redlearn.engine.args import Args
from redlearn.engine.context import Context
from redlearn.engine.structures.glob import Glob
from redlearn.engine.structures.hashtable import Entry
from redlearn.engine.values.string import boxed
from redlearn.errors import INVALID_CURSOR, OPTION_ELSEWHERE, SYNTAX, CommandError
from redlearn.resp.integer import parse_integer
from redlearn.resp.reply import Reply

Scanner = Literal["SCAN", "HSCAN", "SSCAN", "ZSCAN", "CLUSTERSCAN"]

DEFAULT_COUNT: Final = 10
CURSOR_LIMIT: Final = 2**64
DIGITS: Final = re.compile(rb"[ \t\n\v\f\r]*([+-]?)0*([0-9]{1,20})")

NAMES_ONLY: Final = {b"NOVALUES": "HSCAN", b"NOSCORES": "ZSCAN"}
"""The option that leaves values or scores out, and the command that has it."""


@mypyc_attr(allow_interpreted_subclasses=True)
class Options:
    """What a scan is asked for.

    Attributes:
        count: About how many elements a call should visit, at least 1.
        names_only: Fields without their values, or members without their scores.
        type: The TYPE wanted, in lower case and whether it exists or not; None for all.
    """

    __slots__ = ("_glob", "count", "names_only", "type")

    def __init__(self) -> None:
        self.count = DEFAULT_COUNT
        self.names_only = False
        self.type: bytes | None = None
        self._glob: Glob | None = None

    def match(self, pattern: bytes) -> None:
        """Want only names that `pattern` describes."""
        glob = Glob(pattern)
        self._glob = None if glob.everything else glob

    def wants(self, name: bytes) -> bool:
        """Whether a key, field or member of this name is to be in the reply."""
        return self._glob is None or self._glob.matches(name)


def parse_cursor(text: bytes) -> int:
    """The unsigned 64-bit number a client sent as its cursor.

    Read as C's strtoull reads: blanks in front, a plus and zeros are fine, and a minus
    counts down from 2^64. Only what is plainly a negative number is refused.

    Raises:
        CommandError: It is no such number.
    """
    number = parse_integer(text)
    if number is None:
        number = _loosely(text.split(b"\0")[0])
    if number < 0:
        raise CommandError(INVALID_CURSOR)
    return number


def _loosely(text: bytes) -> int:
    match = DIGITS.fullmatch(text)
    number = int(match[2]) if match else CURSOR_LIMIT
    if match is None or number >= CURSOR_LIMIT:
        raise CommandError(INVALID_CURSOR)
    return -number % CURSOR_LIMIT if match[1] == b"-" else number


def parse_options(args: Args, scanner: Scanner) -> Options:
    """Take all that is left of the arguments of `scanner` as its options.

    Raises:
        CommandError: An option is unknown, misplaced or without its value, or COUNT is
            no positive integer.
    """
    options = Options()
    while args:
        take_option(options, args.next().upper(), args, scanner)
    return options


def take_option(options: Options, word: bytes, args: Args, scanner: Scanner) -> None:
    """Take one option, whose upper-case `word` was read already. Raises as `parse_options`."""
    if word == b"COUNT" and args:
        options.count = args.integer()
        if options.count < 1:
            raise CommandError(SYNTAX)
    elif word == b"MATCH" and args:
        options.match(args.next())
    elif word == b"TYPE" and args and scanner == "SCAN":
        options.type = args.next().lower()
    elif word in NAMES_ONLY:
        _refuse_elsewhere(word, scanner)
        options.names_only = True
    else:
        raise CommandError(SYNTAX)


def _refuse_elsewhere(word: bytes, scanner: Scanner) -> None:
    if scanner != NAMES_ONLY[word]:
        raise CommandError(OPTION_ELSEWHERE.format(word.decode(), NAMES_ONLY[word]))


def is_listed(ctx: Context, entry: Entry, options: Options) -> bool:
    """Whether a scan of keys lists one. Stale keys die here, even those of another type."""
    if not options.wants(entry.key) or ctx.state.is_coming(entry.key):
        return False
    if not ctx.alive(entry.key):
        return False
    return options.type is None or boxed(entry.value).type.encode() == options.type


def page(cursor: int, found: list[Reply]) -> Reply:
    """One call's reply: the cursor to go on with, 0 at the end, and what was found."""
    return [b"%d" % cursor, found]
