"""Args: a cursor over a command's arguments.

Commands read their arguments from left to right, as Redis's own parsers do, because the
order decides which error a wrong call gets. Every trap of Python's number parsing is
closed here, once: `int(b" 5_0 ")` and `float(b"1_0")` both succeed.
"""

from __future__ import annotations

from redlearn.errors import NOT_A_FLOAT, NOT_A_LONG, NOT_AN_INTEGER, SYNTAX, CommandError
from redlearn.resp.double import parse_double
from redlearn.resp.integer import INT64_MIN, parse_integer


class Args:
    """What is left of an argv. `len(args)` counts it; an empty cursor is false."""

    __slots__ = ("_argv", "_at")

    def __init__(self, argv: list[bytes], at: int = 1) -> None:
        self._argv = argv
        self._at = at

    @property
    def argv(self) -> list[bytes]:
        """The whole call, its name included."""
        return self._argv

    def __len__(self) -> int:
        return len(self._argv) - self._at

    def next(self) -> bytes:
        """The next argument. A call too short to have one is a syntax error."""
        if self._at >= len(self._argv):
            raise CommandError(SYNTAX)
        self._at += 1
        return self._argv[self._at - 1]

    def peek(self, ahead: int = 0) -> bytes:
        """An argument further on, without moving; b"" past the end."""
        at = self._at + ahead
        return self._argv[at] if at < len(self._argv) else b""

    def integer(self, error: str = NOT_AN_INTEGER) -> int:
        """The next argument as a 64-bit integer; `error` is what a client is told otherwise."""
        number = parse_integer(self.next())
        if number is None:
            raise CommandError(error)
        return number

    def integer_from(self, low: int, high: int, error: str = NOT_AN_INTEGER) -> int:
        """The next argument as an integer in low..high, both included."""
        number = self.integer(error)
        if not low <= number <= high:
            raise CommandError(error)
        return number

    def signed_count(self) -> int:
        """The next argument as a count whose sign can be turned: the lowest integer cannot.

        Source: `object.c` getRangeLongFromObjectOrReply, from -LONG_MAX to LONG_MAX.
        """
        number = self.integer()
        if number == INT64_MIN:
            raise CommandError(NOT_A_LONG)
        return number

    def double(self, error: str = NOT_A_FLOAT) -> float:
        """The next argument as a double; infinities pass, NaN does not."""
        number = parse_double(self.next())
        if number is None:
            raise CommandError(error)
        return number

    def word(self) -> bytes:
        """The next argument in upper case, without moving; b"" at the end."""
        return self.peek().upper()

    def take(self, *words: bytes) -> bool:
        """Move past the next arguments if they are just these words, in any case."""
        for ahead, word in enumerate(words):
            if self.peek(ahead).upper() != word:
                return False
        self._at += len(words)
        return True

    def options(self, *names: bytes) -> set[bytes]:
        """Take arguments as long as each is one of `names`; which were there."""
        given: set[bytes] = set()
        while (word := self.word()) in names:
            given.add(word)
            self._at += 1
        return given

    def rest(self) -> list[bytes]:
        """All that is left, and move to the end."""
        left = self._argv[self._at :]
        self._at = len(self._argv)
        return left

    def finish(self) -> None:
        """Raise a syntax error if anything is left."""
        if self._at < len(self._argv):
            raise CommandError(SYNTAX)
