"""Reading: what a line that is still being typed says so far.

Completion, colours and the hint line all ask the same questions: which command is this,
which of its arguments is the cursor in, is anything wrong already? They are answered here,
once for each state of the line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from redlearn.engine import syntax
from redlearn.engine.command import COMMANDS, Command
from redlearn.engine.syntax import Match
from redlearn.resp.text import Token, tokens

CLIENT = re.compile(r"\s*@[A-Za-z][\w-]{0,15}(?=\s|$)")
"""`@a` in front of a command says which client sends it."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A line, understood as far as it goes.

    Attributes:
        words: The tokens, the client's name not among them.
        command: The command, or subcommand; None while unknown.
        container: The command that the subcommand is still missing of.
        named: How many words name the command: 1, or 2 for a subcommand.
        ended: The last word is finished: blanks follow it.
        match: How the finished words follow the syntax; None without a command.
        whole: The same for all words, the unfinished one included.
    """

    words: tuple[Token, ...]
    command: Command | None
    container: Command | None
    named: int
    ended: bool
    match: Match | None
    whole: Match | None

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


@lru_cache(maxsize=64)
def read(text: str) -> Reading:
    """Understand `text`, the line up to the cursor. O(len)."""
    client = CLIENT.match(text)
    skipped = client.end() if client else 0
    words = tuple(
        Token(word.start + skipped, word.end + skipped, word.value, word.closed)
        for word in tokens(text[skipped:])
    )
    ended = not words or (words[-1].end < len(text) and words[-1].closed)
    row = COMMANDS.get(words[0].value.upper()) if words else None
    if row is None:
        return Reading(words, None, None, 1, ended, None, None)
    named = 1
    if row.subcommands and len(words) > 1:
        sub = row.subcommands.get(words[1].value.upper())
        if sub is not None:
            row, named = sub, 2
    if row.subcommands:
        return Reading(words, None, row, 1, ended, None, None)
    line = syntax.of(row.syntax)
    arguments = [word.value for word in words[named:]]
    before = arguments if ended else arguments[:-1]
    return Reading(words, row, None, named, ended, line.match(before), line.match(arguments))
