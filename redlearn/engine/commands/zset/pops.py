"""Sorted sets from their ends: ZPOPMIN, ZPOPMAX, ZMPOP.

Source: `t_zset.c` genericZpopCommand.
"""

from __future__ import annotations

from redlearn.engine.args import Args
from redlearn.engine.command import Flags, Keys, command
from redlearn.engine.context import Context
from redlearn.engine.values.zset import ZSet
from redlearn.engine.values.zset_rows import Row
from redlearn.errors import (
    COUNT_TOO_SMALL,
    MUST_BE_POSITIVE,
    NUMKEYS_TOO_SMALL,
    SYNTAX,
    CommandError,
)
from redlearn.resp.integer import INT64_MAX
from redlearn.resp.reply import NULL_ARRAY, Pairs, Reply


@command(
    "ZPOPMIN",
    "key [count]",
    arity=-2,
    flags=Flags.WRITE | Flags.FAST,
    keys=(Keys(1, "RW access delete"),),
    since="5.0.0",
    complexity="O(log N) for each member",
)
def zpopmin(ctx: Context, args: Args) -> Reply:
    """Take out the members with the lowest scores."""
    return _pop(ctx, args, "zpopmin")


@command(
    "ZPOPMAX",
    "key [count]",
    arity=-2,
    flags=Flags.WRITE | Flags.FAST,
    keys=(Keys(1, "RW access delete"),),
    since="5.0.0",
    complexity="O(log N) for each member",
)
def zpopmax(ctx: Context, args: Args) -> Reply:
    """Take out the members with the highest scores."""
    return _pop(ctx, args, "zpopmax")


def _pop(ctx: Context, args: Args, event: str) -> Reply:
    key = args.next()
    if len(args) > 1:
        raise CommandError(SYNTAX)
    count = args.integer_from(0, INT64_MAX, MUST_BE_POSITIVE) if args else None
    zset = ctx.find(key, ZSet)
    if zset is None or count == 0:
        return []
    rows = take(ctx, key, zset, event, 1 if count is None else count)
    # One member without a count is a flat pair in either protocol; several nest in RESP3.
    return [*rows[0]] if count is None else Pairs(rows)


def take(ctx: Context, key: bytes, zset: ZSet, event: str, count: int) -> list[Row]:
    """Take out `count` members or all: the lowest for "zpopmin", the highest for "zpopmax"."""
    rows = zset.pop_min(count) if event == "zpopmin" else zset.pop_max(count)
    ctx.shrunk(key, zset, event, len(rows))
    return rows


@command(
    "ZMPOP",
    "numkeys key [key ...] <MIN | MAX> [COUNT count]",
    arity=-4,
    flags=Flags.WRITE | Flags.MOVABLEKEYS,
    keys=(Keys(1, "RW access delete", keynum=(0, 1, 1)),),
    since="7.0.0",
    complexity="O(K) keys looked at, O(log N) for each member",
)
def zmpop(ctx: Context, args: Args) -> Reply:
    """Take members out of the first sorted set that is not empty; passed on as its ZPOPMIN."""
    popped = pop_first(ctx, *read_pops(args))
    return NULL_ARRAY if popped is None else popped


def read_pops(args: Args) -> tuple[list[bytes], str, int]:
    """The rest of a ZMPOP or BZMPOP, from numkeys on: keys, event, count."""
    numkeys = args.integer_from(1, INT64_MAX, NUMKEYS_TOO_SMALL)
    if numkeys >= len(args):
        raise CommandError(SYNTAX)
    keys = [args.next() for _ in range(numkeys)]
    event = {b"MIN": "zpopmin", b"MAX": "zpopmax"}.get(args.next().upper())
    if event is None:
        raise CommandError(SYNTAX)
    count = 1
    if len(args) > 1 and args.take(b"COUNT"):
        count = args.integer_from(1, INT64_MAX, COUNT_TOO_SMALL)
    args.finish()
    return keys, event, count


def pop_first(ctx: Context, keys: list[bytes], event: str, count: int) -> list[Reply] | None:
    """Take members out of the first of `keys` that is there: [key, members]; None if none is."""
    for key in keys:
        zset = ctx.find(key, ZSet)
        if zset is not None:
            rows = take(ctx, key, zset, event, count)
            ctx.propagate(event.upper().encode(), key, b"%d" % len(rows))
            return [key, [[member, score] for member, score in rows]]
    return None
