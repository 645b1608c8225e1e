"""The manual: what `help` at the prompt says about commands.

    help            what can be asked
    help ZADD       syntax, summary, cost, since when, which group
    help @hash      the commands of a group

`help` is redis-cli's word, and no command of Redis's. The sentences are ours.
"""

from __future__ import annotations

import textwrap
from difflib import get_close_matches
from typing import Final

from redlearn.engine import syntax
from redlearn.engine.command import Command, all_commands, find_command
from redlearn.resp.text import printable

WORDS = (b"HELP", b"?")
INTRODUCTION = (
    "help COMMAND   what a command takes, does and costs: help zadd, help config set",
    "help @GROUP    the commands of a group: {groups}",
    ":help          what redlearn itself can do, such as :back and :advance 30s",
    "quit           leave (so does Ctrl-D)",
)
ALL_OF_THEM: Final = "COMMAND LIST names those that there are."

CLOSE: Final = 0.6
"""How like a name must be to what was typed, from 0 to 1, to be what was meant."""

WIDTH: Final = 78


def is_help(argv: list[bytes]) -> bool:
    """Whether a line asks for the manual."""
    return bool(argv) and argv[0].upper() in WORDS


def manual(words: list[bytes]) -> list[str]:
    """The lines of the manual on `words`, those behind `help`; printable."""
    if not words:
        groups = " ".join(f"@{group}" for group in sorted(_groups()))
        return [line.format(groups=groups) for line in INTRODUCTION]
    if words[0].startswith(b"@"):
        return _group(words[0][1:].decode("latin-1").lower(), words[0])
    row = find_command(words[:2])
    if row is None:
        name = printable(words[0], 40)
        return [f"There is no command {name} here. {meant(words[0]) or ALL_OF_THEM}"]
    if row.subcommands:
        return [line for sub in [row, *row.subcommands.values()] for line in _page(sub)]
    return _page(row)


def meant(typed: bytes) -> str:
    """The question whether another command was meant, or "" if none is like what was typed.

    Letters in another order are the commonest slip: what has the same ones goes before all else.
    """
    word = typed.decode("latin-1").upper()
    names = [_name(row) for row in all_commands() if "|" not in row.name]
    near = [name for name in names if sorted(name) == sorted(word)]
    near = near or get_close_matches(word, names, 2, CLOSE)
    return f"Did you mean {' or '.join(near)}?" if near else ""


def _page(row: Command) -> list[str]:
    display = syntax.of(row.syntax).display if row.syntax else ""
    lines = [
        f"  {_name(row)} {display}".rstrip(),
        f"  summary: {row.summary}",
        f"  cost: {row.complexity}",
        f"  since: {row.since}",
        f"  group: {row.group}",
    ]
    if row.deprecated_since:
        instead = f"; use {row.replaced_by}" if row.replaced_by else ""
        lines.append(f"  deprecated since: {row.deprecated_since}{instead}")
    return [*(part for each in lines for part in _wrapped(each)), ""]


def _wrapped(text: str) -> list[str]:
    """A line of a page, broken between words where it is too long for a small terminal."""
    hanging = " " * (text.find(": ") + 2 if ": " in text[:12] else 4)
    return textwrap.wrap(
        text, WIDTH, subsequent_indent=hanging, break_long_words=False, break_on_hyphens=False
    )


def _group(group: str, typed: bytes) -> list[str]:
    rows = [row for row in all_commands() if row.group == group and not row.subcommands]
    if not rows:
        known = " ".join(f"@{each}" for each in sorted(_groups()))
        return [f"There is no group {printable(typed, 40)}; there are {known}"]
    widest = max(len(_name(row)) for row in rows)
    return [f"  {_name(row):{widest}}  {row.summary}" for row in rows]


def _groups() -> set[str]:
    return {row.group for row in all_commands()}


def _name(row: Command) -> str:
    return row.name.upper().replace("|", " ")
