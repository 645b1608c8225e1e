"""DEBUG: looking behind the data, and moving what only tests should move.

One command in the table, as in Redis, which tells its own subcommands apart. Each is a function
here that says how it is written; HELP is made of that. What would crash or restart a server, or
needs a part that is not there, is not among them and is refused as any unknown word is.

Source: `debug.c` debugCommand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from redlearn.engine.command import COMMANDS, Flags, command
from redlearn.engine.context import Context
from redlearn.engine.digest import digest_of_dataset, digest_of_value
from redlearn.errors import WRONG_SUBCOMMAND, CommandError, as_text
from redlearn.resp.reply import Reply, Status

Deed = Callable[[Context, list[bytes]], Reply]
ANY: Final = 2**31 - 1


@dataclass(frozen=True, slots=True)
class _Row:
    """One subcommand: what runs it, and how many words a call has, "DEBUG" included."""

    run: Deed
    syntax: str
    low: int
    high: int


DEEDS: Final[dict[bytes, _Row]] = {}
"""The subcommands by their upper-case names."""


def deed(name: str, syntax: str, low: int, high: int) -> Callable[[Deed], Deed]:
    """Enter the decorated function; a call has from `low` to `high` words, the name included."""

    def register(run: Deed) -> Deed:
        DEEDS[name.encode()] = _Row(run, syntax, low, high)
        return run

    return register


@command(
    "DEBUG",
    "",
    arity=-2,
    flags=Flags.ADMIN | Flags.NOSCRIPT | Flags.LOADING | Flags.STALE,
    complexity="as the subcommand",
)
def debug(ctx: Context, argv: list[bytes]) -> Reply:
    """Look behind the data, or move what only tests should move."""
    row = DEEDS.get(argv[1].upper())
    if row is None or not row.low <= len(argv) <= row.high:
        raise CommandError(WRONG_SUBCOMMAND.format(as_text(argv[1][:128]), "DEBUG"))
    return row.run(ctx, argv)


COMMANDS[b"DEBUG"].guarded = True  # dispatch asks whether it is allowed


@deed("DIGEST", "", 2, 2)
def digest(ctx: Context, argv: list[bytes]) -> Reply:
    """A signature of all data: two servers that agree on it hold the same."""
    return Status(digest_of_dataset(ctx.state.databases))


@deed("DIGEST-VALUE", "<key> [<key> ...]", 2, ANY)
def digest_value(ctx: Context, argv: list[bytes]) -> Reply:
    """Signatures of single values, without their keys; zeros where there is none."""
    return [Status(digest_of_value(ctx.db, key)) for key in argv[2:]]


@deed("HELP", "", 2, 2)
def debug_help(ctx: Context, argv: list[bytes]) -> Reply:
    """This list."""
    lines: list[Reply] = [Status("DEBUG holds these subcommands:")]
    for name, row in sorted(DEEDS.items()):
        lines.append(Status(f"{name.decode()} {row.syntax}".strip()))
        lines.append(Status(f"    {(row.run.__doc__ or '').strip().splitlines()[0]}"))
    return lines
