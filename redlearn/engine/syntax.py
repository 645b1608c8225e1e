"""Syntax: the one line that says what a command takes, and all that follows from it.

    >>> zadd = of("key [NX | XX]@3.0.2 score member [score member ...]")
    >>> zadd.display
    'key [NX | XX] score member [score member ...]'
    >>> [argument.name for argument in zadd.arguments]
    ['key', 'condition', 'data']
    >>> zadd.match([b"board", b"10"]).current.argument.name
    'member'

`notation.py` reads the line, `matching.py` follows what is typed. Nothing is read before it
is asked for: 400 commands import in the time of 400 strings.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from redlearn.engine import matching, notation
from redlearn.engine.matching import Match, Place
from redlearn.engine.notation import Argument

__all__ = ["Argument", "Match", "Place", "Syntax", "of"]


@cache
def of(line: str) -> Syntax:
    """The syntax a line stands for; the same object for the same line."""
    return Syntax(line)


class Syntax:
    """One syntax line, read on first use. Immutable as far as anybody can see.

    Attributes:
        line: As the command module writes it, in the notation of `notation.py`.
    """

    __slots__ = ("_arguments", "_display", "_pattern", "line")

    def __init__(self, line: str) -> None:
        self.line = line
        self._arguments: tuple[Argument, ...] | None = None
        self._display: str | None = None
        self._pattern: matching.Pattern | None = None

    @property
    def arguments(self) -> tuple[Argument, ...]:
        """The tree that COMMAND DOCS shows."""
        if self._arguments is None:
            self._arguments = notation.parse(self.line)
        return self._arguments

    @property
    def display(self) -> str:
        """The line as learners see it, without types, versions and names of groups."""
        if self._display is None:
            self._display = notation.show(self.arguments)
        return self._display

    @property
    def least(self) -> int:
        """How many arguments there must be, the command's name not counted."""
        return sum(_least(argument) for argument in self.arguments)

    def match(self, argv: Iterable[bytes]) -> Match:
        """How far `argv` (without the command's name) follows the line. O(len(argv)).

        All of `argv` counts as typed. For the word under the cursor, match what is before
        it: `expected` then says what the word can become, `current` where to point.
        """
        if self._pattern is None:
            self._pattern = matching.compile_line(self.arguments)
        return matching.match(self._pattern, argv)


def _least(argument: Argument) -> int:
    if argument.optional:
        return 0
    if argument.type == "oneof":
        words = min(_least(each) for each in argument.arguments)
    else:
        words = sum(_least(each) for each in argument.arguments) or 1
    return words + (argument.token is not None and argument.type != "pure-token")
