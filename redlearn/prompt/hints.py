"""The hint line: the syntax of the command being typed, where one is in it, and what it costs here.

    ZRANGE key start stop [BYSCORE | BYLEX] [REV] [LIMIT offset count] [WITHSCORES]
    O(log N + M), M members returned   here N=5, M=3   a read: nothing goes to the AOF

N is the size of the value that the command's first key holds now, and M what it would
visit. Both are counted, never guessed; where that would take running the command, they are
left out.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from redlearn.engine import syntax
from redlearn.engine.args import Args
from redlearn.engine.command import Command, Flags
from redlearn.engine.commands.zset.ranges import clamp, parse_members, parse_scores
from redlearn.engine.keys import key_positions
from redlearn.engine.values import Hash, ZSet
from redlearn.engine.values.value import Value
from redlearn.errors import CommandError
from redlearn.prompt.reading import Reading, read
from redlearn.prompt.surroundings import Surroundings

Fragments = list[tuple[str, str]]

IDLE = "Tab completes · Ctrl-R searches · :help lists what else there is"


class Hints:
    """Makes the two lines under the prompt."""

    def __init__(self, surroundings: Surroundings, idle: str = IDLE) -> None:
        self._surroundings = surroundings
        self._idle = idle

    def lines(self, text: str) -> tuple[Fragments, Fragments]:
        """The syntax line and the cost line for `text`, the line up to the cursor."""
        reading = read(text)
        if reading.container is not None:
            return self._subcommands(reading.container)
        if reading.command is None:
            return [("class:hint", self._idle if not reading.words else "")], []
        return self._syntax(reading), self._cost(reading)

    def toolbar(self, text: str) -> Fragments:
        """Both lines as one piece of formatted text."""
        first, second = self.lines(text)
        return [*first, ("", "\n"), *second] if second else first

    def _subcommands(self, row: Command) -> tuple[Fragments, Fragments]:
        names = " | ".join(word.decode() for word in sorted(row.subcommands))
        return [("class:hint.name", f"{row.name.upper()} "), ("class:hint", names)], []

    def _syntax(self, reading: Reading) -> Fragments:
        assert reading.command is not None and reading.match is not None
        name = reading.command.name.upper().replace("|", " ")
        display = syntax.of(reading.command.syntax).display
        current = reading.match.current
        pieces: Fragments = [("class:hint.name", f"{name} ")]
        if current is None or reading.match.error is not None:
            pieces.append(("class:hint", display))
        else:
            pieces += [
                ("class:hint", display[: current.start]),
                ("class:hint.current", display[current.start : current.end]),
                ("class:hint", display[current.end :]),
            ]
        return pieces

    def _cost(self, reading: Reading) -> Fragments:
        assert reading.command is not None and reading.whole is not None
        if reading.ended and reading.whole.error is not None:
            return [("class:hint.error", f"{reading.whole.error[1]}")]
        pieces: Fragments = [("class:hint", reading.command.complexity)]
        if here := self._here(reading):
            pieces.append(("class:hint.here", f"   here {here}"))
        if Flags.WRITE not in reading.command.flags:
            pieces.append(("class:hint", "   a read: nothing goes to the AOF"))
        return pieces

    def _here(self, reading: Reading) -> str:
        """ "N=5, M=3" for the data as it is, or ""."""
        assert reading.command is not None
        value = self._value(reading)
        if value is None:
            return ""
        found = [] if value.type == "string" else [f"N={len(value)}"]
        if reading.whole is not None and reading.whole.complete:
            with suppress(CommandError):
                if (count := elements_visited(reading.command, reading.argv, value)) is not None:
                    found.append(f"M={count}")
        return ", ".join(found)

    def _value(self, reading: Reading) -> Value | None:
        command = reading.command
        assert command is not None
        positions = key_positions(command, reading.argv)
        if not positions and command.keys and isinstance(command.keys[0].begin, int):
            positions = [command.keys[0].begin]
        if not positions or positions[0] >= len(reading.words):
            return None
        return self._surroundings.value(reading.words[positions[0]].value)


def elements_visited(command: Command, argv: list[bytes], value: Value) -> int | None:
    """How many elements a complete call would visit or give, counted on the value as it is.

    Raises:
        CommandError: The call's arguments would be refused.
    """
    count = COUNTERS.get(command.name)
    return None if count is None else count(value, argv)


def _all(value: Value, argv: list[bytes]) -> int | None:
    return len(value)


def _ranks(value: Value, argv: list[bytes]) -> int | None:
    words = [word.upper() for word in argv[4:]]
    if b"LIMIT" in words or not isinstance(value, ZSet):
        return None
    low, high = argv[2], argv[3]
    if b"BYSCORE" in words or b"BYLEX" in words:
        if b"REV" in words:
            low, high = high, low
        return _in_scores(value, low, high) if b"BYSCORE" in words else _in_lex(value, low, high)
    ends = Args([low, high], at=0)
    start, stop = clamp(ends.integer(), ends.integer(), len(value))
    return max(0, stop - start)


def _scores(value: Value, argv: list[bytes]) -> int | None:
    return _in_scores(value, argv[2], argv[3])


def _falling_scores(value: Value, argv: list[bytes]) -> int | None:
    return _in_scores(value, argv[3], argv[2])


def _members(value: Value, argv: list[bytes]) -> int | None:
    return _in_lex(value, argv[2], argv[3])


def _falling_members(value: Value, argv: list[bytes]) -> int | None:
    return _in_lex(value, argv[3], argv[2])


def _in_scores(value: Value, low: bytes, high: bytes) -> int | None:
    return value.count_in_scores(parse_scores(low, high)) if isinstance(value, ZSet) else None


def _in_lex(value: Value, low: bytes, high: bytes) -> int | None:
    return value.count_in_lex(parse_members(low, high)) if isinstance(value, ZSet) else None


def _fields_there(value: Value, argv: list[bytes]) -> int | None:
    if not isinstance(value, Hash):
        return None
    return len(argv) - 2


COUNTERS: dict[str, Callable[[Value, list[bytes]], int | None]] = {
    "hgetall": _all,
    "hkeys": _all,
    "hvals": _all,
    "hmget": _fields_there,
    "zrange": _ranks,
    "zrevrange": _ranks,
    "zremrangebyrank": _ranks,
    "zrangebyscore": _scores,
    "zrevrangebyscore": _falling_scores,
    "zremrangebyscore": _scores,
    "zcount": _scores,
    "zrangebylex": _members,
    "zrevrangebylex": _falling_members,
    "zremrangebylex": _members,
    "zlexcount": _members,
}
"""Commands whose M can be counted without running them."""
