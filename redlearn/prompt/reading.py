"""Reading: what a line that is still being typed says so far.

Completion, colours and the hint line all ask the same questions: which command is this,
which of its arguments is the cursor in, is anything wrong already? They are answered here,
once for each state of the line.

    @a     5        HSET     user:1 name an|
    client repeat   command  arguments    ^ the cursor: a word not yet finished
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from redlearn.engine import syntax
from redlearn.engine.command import COMMANDS, Command
from redlearn.engine.syntax import Match
from redlearn.resp.text import Token, tokens

CLIENT = re.compile(
    r"[ \t]*(?:@[A-Za-z][\w-]{0,15}(?:@[0-9]{4,5})?|@[0-9]{4,5})(?=[ \t]|$)", re.ASCII
)
"""`@a` in front of a command says which client sends it, `@7001` to which node of a cluster, and
`@a@7001` both."""

REPEAT = re.compile(r"[ \t]*[0-9]{1,10}(?=[ \t])", re.ASCII)
"""A number in front of a command says how often, as in redis-cli."""

LONGEST_READ = 4_000
"""Characters of a line that anybody looks at while it is typed; a pasted megabyte is not."""

_TOGETHER = frozenset([("XX", "GT"), ("XX", "LT"), ("GT", "XX"), ("LT", "XX")])
TOLERATED = {
    **dict.fromkeys(["expire", "pexpire", "expireat", "pexpireat"], _TOGETHER),
    "set": frozenset([("IFEQ", "")]),
}
"""By command: an option, and which one before it does not forbid it as the line says it does."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A line, understood as far as it goes.

    Attributes:
        words: The tokens, the client's name and the repetition not among them.
        command: The command, or subcommand; None while unknown.
        container: The command that the subcommand is still missing of.
        named: How many words name the command: 1, or 2 for a subcommand.
        ended: The last word is finished: blanks follow it.
        match: How the finished words follow the syntax; None without a command.
        whole: The same for all words, the unfinished one included.
        client: Where the name of the client ends; 0 without one.
        start: Where the command itself begins to be looked for.
        too_long: The line is longer than anybody types, and was not looked at.
    """

    words: tuple[Token, ...] = ()
    command: Command | None = None
    container: Command | None = None
    named: int = 1
    ended: bool = True
    match: Match | None = None
    whole: Match | None = None
    client: int = 0
    start: int = 0
    too_long: bool = False

    @property
    def arguments(self) -> tuple[bytes, ...]:
        """The words behind the command's name."""
        return tuple(word.value for word in self.words[self.named :])

    @property
    def argv(self) -> list[bytes]:
        """All words."""
        return [word.value for word in self.words]

    @property
    def typing(self) -> Token | None:
        """The word the cursor is at the end of, if it is not finished."""
        return self.words[-1] if self.words and not self.ended else None

    @property
    def error(self) -> tuple[int, str] | None:
        """Which argument cannot be right, and why; None where Redis would not mind.

        It takes an option twice, more of EXPIRE's conditions together than the syntax line
        shows, and what Valkey adds. What follows such a word is not understood, but it is
        not called wrong.
        """
        if self.whole is None or self.whole.error is None or self.command is None:
            return None
        number = self.whole.error[0]
        word = self.arguments[number].upper().decode("latin-1")
        given = {place.keyword for place in self.whole.bound[:number]}
        tolerated = TOLERATED.get(self.command.name, frozenset())
        if word in given or any((word, before) in tolerated for before in (*given, "")):
            return None
        return self.whole.error

    @property
    def finished(self) -> int:
        """How many words are finished."""
        return len(self.words) - (not self.ended)


@lru_cache(maxsize=64)
def read(text: str) -> Reading:
    """Understand `text`, the line up to the cursor. O(len); total: no text is refused."""
    if len(text) > LONGEST_READ:
        return Reading(too_long=True)
    client, start = prefixes(text)
    words = tuple(
        Token(word.start + start, word.end + start, word.value, word.closed)
        for word in tokens(text[start:])
    )
    ended = not words or (words[-1].end < len(text) and words[-1].closed)
    row = COMMANDS.get(words[0].value.upper()) if words else None
    if row is None:
        return Reading(words, ended=ended, client=client, start=start)
    named = 1
    if row.subcommands and len(words) > 1:
        sub = row.subcommands.get(words[1].value.upper())
        if sub is not None:
            row, named = sub, 2
    if row.subcommands:
        return Reading(words, None, row, 1, ended, client=client, start=start)
    line = syntax.of(row.syntax)
    arguments = [word.value for word in words[named:]]
    before = arguments if ended else arguments[:-1]
    match, whole = line.match(before), line.match(arguments)
    return Reading(words, row, None, named, ended, match, whole, client, start)


def prefixes(text: str) -> tuple[int, int]:
    """Where the client's name ends (0 without one), and where the repetition ends after it."""
    named = CLIENT.match(text)
    client = named.end() if named else 0
    times = REPEAT.match(text, client)
    return client, times.end() if times else client
