"""Entered lines: who sends which command, and how often.

    @a 5 INCR visits        client a sends INCR visits five times

What redis-cli does with a line is kept: how quotes are read, that a number in front
repeats, and what is said about lines it cannot use. Only `@a` is ours.

Source: `redis-cli.c repl`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from redlearn.prompt.reading import CLIENT
from redlearn.resp.text import UnbalancedQuotes, split_args

BAD_QUOTES: Final = "Invalid argument(s)"
BAD_REPEAT: Final = "Invalid redis-cli repeat command option value."
NO_NAME: Final = "Who is to send it? @a GET k is sent by client a, @7001 GET k to that node."
LONGEST_NAME: Final = 26
LONG_MAX: Final = 2**63 - 1
DIGITS: Final = frozenset(b"0123456789")


class Refused(Exception):
    """A line that no command can be made of; the message is what redis-cli says then, if it can."""


@dataclass(frozen=True, slots=True)
class Entered:
    """A command to be sent.

    Attributes:
        argv: The command and its arguments; empty for a blank line.
        times: How often to send it.
        client: Who sends it, and to which node, without the first `@`: "a", "7001", "a@7001"; ""
            for the usual one.
    """

    argv: tuple[bytes, ...]
    times: int = 1
    client: str = ""


def entered(line: bytes) -> Entered:
    """Take a line apart. O(len).

    Raises:
        Refused: Quotes that do not close, a repetition that is not positive, or `@` and no name.

    >>> entered(b"@a 3 PING 'x y'")
    Entered(argv=(b'PING', b'x y'), times=3, client='a')
    """
    name = ""
    if line[:1] in (b"@", b" ", b"\t"):
        name, line = _client(line)
    try:
        argv = split_args(line)
    except UnbalancedQuotes:
        raise Refused(BAD_QUOTES) from None
    if argv[:1] == [b"@"] and not name:
        raise Refused(NO_NAME)
    if len(argv) > 1 and (argv[0][:1] in b"0123456789+-" or argv[0][:1].isspace()):
        times = _repetition(argv[0])
        if times is not None:
            if not 0 < times <= LONG_MAX:
                raise Refused(BAD_REPEAT)
            return Entered(tuple(argv[1:]), times, name)
    return Entered(tuple(argv), 1, name)


def _client(line: bytes) -> tuple[str, bytes]:
    line = line.lstrip(b" \t")
    match = CLIENT.match(line[:LONGEST_NAME].decode("latin-1"))
    return (match.group().strip()[1:], line[match.end() :]) if match else ("", line)


def _repetition(word: bytes) -> int | None:
    """What strtol makes of a word, or None if something is left over. An empty one is 0."""
    digits = word.lstrip(b" \t\n\v\f\r")
    sign = digits[:1] if digits[:1] in (b"+", b"-") else b""
    digits = digits[len(sign) :]
    if word and not (digits and DIGITS.issuperset(digits)):
        return None
    # More than 19 digits are too many for a long; int() of millions would take minutes.
    number = int(digits.lstrip(b"0")[:40] or 0)
    return -number if sign == b"-" else number
