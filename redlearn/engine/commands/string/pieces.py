"""Pieces of strings: how long one is, its middle, its end, and how to change them in place."""

from __future__ import annotations

from redlearn.engine.args import Args
from redlearn.engine.command import Flags, Keys, command
from redlearn.engine.context import Context
from redlearn.engine.values.string import String, encoded, length_of, writable, write_over
from redlearn.errors import BAD_OFFSET, STRING_TOO_LONG, CommandError
from redlearn.resp.reply import Reply


@command(
    "STRLEN",
    "key",
    arity=2,
    flags=Flags.READONLY | Flags.FAST,
    keys=(Keys(1, "RO"),),
    since="2.2.0",
    complexity="O(1)",
)
def strlen(ctx: Context, argv: list[bytes]) -> Reply:
    """Return how many bytes a string has, 0 if the key does not exist."""
    value = ctx.find(argv[1], String)
    return 0 if value is None else len(value)


def _piece(ctx: Context, args: Args) -> Reply:
    """The bytes between two positions, both included (`t_string.c getrangeCommand`)."""
    key, start, end = args.next(), args.integer(), args.integer()
    value = ctx.find(key, String)
    if value is None or (start < 0 and end < 0 and start > end):
        return b""
    length = len(value)
    start = max(start + length, 0) if start < 0 else start
    end = max(end + length, 0) if end < 0 else end
    return value.slice(start, end + 1)


@command(
    "GETRANGE",
    "key start:integer end:integer",
    arity=4,
    flags=Flags.READONLY,
    keys=(Keys(1, "RO access"),),
    since="2.4.0",
    complexity="O(N), N being the number of bytes returned",
)
def getrange(ctx: Context, args: Args) -> Reply:
    """Return a piece of a string; negative positions count from its end."""
    return _piece(ctx, args)


@command(
    "SUBSTR",
    "key start:integer end:integer",
    arity=4,
    flags=Flags.READONLY,
    keys=(Keys(1, "RO access"),),
    since="1.0.0",
    complexity="O(N), N being the number of bytes returned",
    deprecated_since="2.0.0",
    replaced_by="GETRANGE",
)
def substr(ctx: Context, args: Args) -> Reply:
    """Return a piece of a string: the old name of GETRANGE."""
    return _piece(ctx, args)


@command(
    "APPEND",
    "key value",
    arity=3,
    flags=Flags.WRITE | Flags.DENYOOM | Flags.FAST,
    keys=(Keys(1, "RW insert"),),
    since="2.0.0",
    complexity="O(1) amortised, for a short addition",
)
def append(ctx: Context, argv: list[bytes]) -> Reply:
    """Put bytes at the end of a string and return its new length."""
    key, tail = argv[1], argv[2]
    entry = ctx.find_string(key)
    if entry is None:
        ctx.create(key, encoded(tail))
        length = len(tail)
    else:
        _refuse_length(ctx, length_of(entry.value) + len(tail))
        data = writable(entry)
        data += tail
        length = len(data)
    ctx.changed(key, "append")
    return length


@command(
    "SETRANGE",
    "key offset value",
    arity=4,
    flags=Flags.WRITE | Flags.DENYOOM,
    keys=(Keys(1, "RW update"),),
    since="2.2.0",
    complexity="O(M), M being the size of the value",
)
def setrange(ctx: Context, args: Args) -> Reply:
    """Overwrite a string from an offset on, and return its length; gaps become zero bytes."""
    key, offset, piece = args.next(), args.integer(), args.next()
    if offset < 0:
        raise CommandError(BAD_OFFSET)
    entry = ctx.find_string(key)
    if not piece:
        return 0 if entry is None else length_of(entry.value)
    _refuse_length(ctx, offset + len(piece))
    data = ctx.create(key, bytearray()) if entry is None else writable(entry)
    write_over(data, offset, piece)
    ctx.changed(key, "setrange")
    return len(data)


def _refuse_length(ctx: Context, length: int) -> None:
    """Refuse to make a string of `length` bytes (`t_string.c checkStringLength`)."""
    if length > ctx.state.config.number("proto-max-bulk-len"):
        raise CommandError(STRING_TOO_LONG)
