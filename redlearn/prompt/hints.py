"""The hint lines: the command's syntax, where one is in it, and what it costs here.

    ZRANGE key start stop [BYSCORE | BYLEX] [REV] [LIMIT offset count] [WITHSCORES]
    O(log N + M), M members returned   here N=5, M=3, listpack   a read, not in the AOF

N is the size of the value that is there now, and M what the call would visit (`sizes.py`).
What is wrong already takes the place of the cost: an argument that cannot be, or a key that
holds another type.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter

from redlearn.engine import syntax
from redlearn.engine.command import Command, Flags
from redlearn.engine.keys import key_positions
from redlearn.engine.syntax import Match, Place
from redlearn.engine.values.value import Value
from redlearn.lines import cells, clip_text
from redlearn.prompt.act import OWN_WORDS, Act, acts_like, is_own_word
from redlearn.prompt.reading import Reading, read
from redlearn.prompt.sizes import Call, sizes
from redlearn.prompt.surroundings import Surroundings

Fragments = list[tuple[str, str]]

IDLE = "Tab completes · Ctrl-R searches · :help lists what else there is"
READ = "a read, not in the AOF"
TYPES_OF_GROUP = {"string": "string", "hash": "hash", "sorted-set": "zset"}
TAKES_ANY_TYPE = frozenset(["set", "setex", "psetex", "setnx", "mset", "msetnx", "mget"])
GAP = "   "
CURRENT = "class:hint.current"
LEAST_ROOM = 8  # cells; with fewer there is nothing to read


class Hints:
    """Makes the two lines under the prompt. Total: whatever is typed, there are two lines."""

    def __init__(
        self, surroundings: Surroundings, acts: Iterable[Act] = (), idle: str = IDLE
    ) -> None:
        self._surroundings = surroundings
        self._acts = tuple(acts)
        self._idle = idle

    def lines(self, text: str) -> tuple[Fragments, Fragments]:
        """The syntax line and the cost line for `text`, the line up to the cursor."""
        if text.lstrip().startswith(":"):
            return self._act(text), []
        reading = read(text)
        if reading.too_long:
            return [("class:hint", "a long line: no hints while it is typed")], []
        if reading.container is not None:
            return _subcommands(reading.container, reading.finished), []
        if reading.command is None:
            return self._unknown(reading), []
        return _syntax(reading, reading.command), self._cost(reading, reading.command)

    def toolbar(self, text: str, width: int = 0) -> Fragments:
        """Both lines as one piece of formatted text, fitted to `width` cells if that is given."""
        first, second = self.lines(text)
        if width:
            first, second = around_current(first, width), without_overhang(second, width)
        return [*first, ("", "\n"), *second] if second else first

    def _unknown(self, reading: Reading) -> Fragments:
        if not reading.words:
            return [("class:hint", self._idle)]
        if is_own_word(reading.words[0].value):
            return [("class:hint", OWN_WORDS[reading.words[0].value.decode().lower()])]
        if reading.ended or len(reading.words) > 1:
            return [("class:hint.error", "no such command: the reply will be an error")]
        return []

    def _act(self, text: str) -> Fragments:
        name = text.strip().removeprefix(":").partition(" ")[0]
        found = acts_like(self._acts, name)
        if len(found) == 1:
            act = found[0]
            return [
                ("class:hint.name", f":{act.name} "),
                (CURRENT, act.takes),
                ("class:hint", f"{' ' if act.takes else ''}· {act.help}"),
            ]
        return [("class:hint", " ".join(f":{act.name}" for act in found or self._acts))]

    def _cost(self, reading: Reading, command: Command) -> Fragments:
        assert reading.whole is not None
        error = reading.error
        if error is not None and error[0] < reading.finished - reading.named:
            return [("class:hint.error", error[1])]
        value = self._value(reading, command)
        if value is not None and (wrong := _wrong_type(command, value)):
            return [("class:hint.error", wrong)]
        pieces: Fragments = [("class:hint", command.complexity)]
        call = Call(reading.argv, reading.whole.complete, self._surroundings)
        here = [f"{letter}={count}" for letter, count in sizes(command, call).items()]
        if value is not None and "N" in command.complexity:
            here.append(value.encoding)
        if here:
            pieces += [("", GAP), ("class:hint.here", f"here {', '.join(here)}")]
        if Flags.READONLY in command.flags:
            pieces += [("", GAP), ("class:hint", READ)]
        return pieces

    def _value(self, reading: Reading, command: Command) -> Value | None:
        """The value under the first key that was typed."""
        positions = key_positions(command, reading.argv)
        if not positions and command.keys and isinstance(command.keys[0].begin, int):
            positions = [command.keys[0].begin]
        if not positions or positions[0] >= len(reading.words):
            return None
        return self._surroundings.value(reading.words[positions[0]].value)


def _subcommands(row: Command, finished: int) -> Fragments:
    names = " | ".join(word.decode() for word in sorted(row.subcommands))
    if finished > 1:
        return [("class:hint.error", f"{row.name.upper()} has no such subcommand; it has {names}")]
    return [("class:hint.name", f"{row.name.upper()} "), (CURRENT, names)]


def _syntax(reading: Reading, command: Command) -> Fragments:
    assert reading.match is not None
    name = command.name.upper().replace("|", " ")
    display = syntax.of(command.syntax).display
    current = _pointed_at(reading, reading.match)
    if current is None or reading.match.error is not None:
        return [("class:hint.name", f"{name} "), ("class:hint", display)]
    return [
        ("class:hint.name", f"{name} "),
        ("class:hint", display[: current.start]),
        (CURRENT, display[current.start : current.end]),
        ("class:hint", display[current.end :]),
    ]


def _pointed_at(reading: Reading, match: Match) -> Place | None:
    """The place to mark: that of the option begun, where it is one, else what comes next."""
    current = match.current
    word = reading.typing
    if word is None or not word.value:
        return current
    typed = word.value.upper().decode("latin-1")
    options = [place for place in match.expected if place.keyword is not None]
    exact = [place for place in options if place.keyword == typed]
    if exact or (current is not None and current.keyword is None):
        return exact[0] if exact else current
    begun = (place for place in options if place.keyword and place.keyword.startswith(typed))
    return next(begun, current)


def _wrong_type(command: Command, value: Value) -> str:
    """What is the matter with the type of the first key's value, or ""."""
    wanted = TYPES_OF_GROUP.get(command.group)
    if wanted is None or value.type == wanted or command.name in TAKES_ANY_TYPE:
        return ""
    if any(flag in command.keys[0].flags.split() for flag in ("OW", "not_key")):
        return ""
    return f"the key holds a {value.type}: this will be refused (WRONGTYPE)"


def around_current(pieces: Fragments, width: int) -> Fragments:
    """A syntax line of at most `width` cells; of a longer one the part round the current word."""
    if sum(cells(text) for _, text in pieces) <= width:
        return pieces
    name, rest = pieces[0], [(style, letter) for style, text in pieces[1:] for letter in text]
    room = width - cells(name[1])
    if room < LEAST_ROOM:
        return [(name[0], clip_text(name[1], width))]
    marked = [at for at, (style, _) in enumerate(rest) if style == CURRENT]
    end = min(len(rest), max(room, (marked[-1] if marked else 0) + room // 3))
    shown = rest[max(0, end - room) : end]
    if end > room:
        shown[0] = ("class:hint", "…")
    if end < len(rest):
        shown[-1] = ("class:hint", "…")
    return [name, *_joined(shown)]


def _joined(letters: Iterable[tuple[str, str]]) -> Fragments:
    return [
        (style, "".join(letter for _, letter in group))
        for style, group in groupby(letters, key=itemgetter(0))
    ]


def without_overhang(pieces: Fragments, width: int) -> Fragments:
    """The cost line in at most `width` cells. The numbers of the data stay longest."""
    if pieces and pieces[-1][1] == READ and sum(cells(text) for _, text in pieces) > width:
        pieces = pieces[:-2]
    if not pieces:
        return pieces
    (style, first), rest = pieces[0], pieces[1:]
    room = max(0, width - sum(cells(text) for _, text in rest))
    if rest and room < LEAST_ROOM:
        return [(style, clip_text(text.strip(), width)) for style, text in rest[-1:]]
    return [(style, clip_text(first, room)), *rest]
