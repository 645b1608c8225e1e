"""Sorted sets that are waited for: BZPOPMIN BZPOPMAX BZMPOP.

Source: `t_zset.c` blockingGenericZpopCommand.
"""

from __future__ import annotations

from redlearn.engine.args import Args
from redlearn.engine.blocking import deadline
from redlearn.engine.command import Flags, Keys, command
from redlearn.engine.commands.zset.pops import pop_first, read_pops, take
from redlearn.engine.context import Context
from redlearn.engine.values.zset import ZSet
from redlearn.resp.reply import Reply

_BLOCKING = Flags.WRITE | Flags.BLOCKING
_POPPED = (Keys(1, "RW access delete", last=-2),)


@command(
    "BZPOPMIN",
    "key [key ...] timeout",
    arity=-3,
    flags=_BLOCKING | Flags.FAST,
    keys=_POPPED,
    since="5.0.0",
    complexity="O(K) keys looked at, O(log N) for the member",
)
def bzpopmin(ctx: Context, argv: list[bytes]) -> Reply:
    """Take out the member with the lowest score; wait if there is none."""
    return _pop(ctx, argv, "zpopmin")


@command(
    "BZPOPMAX",
    "key [key ...] timeout",
    arity=-3,
    flags=_BLOCKING | Flags.FAST,
    keys=_POPPED,
    since="5.0.0",
    complexity="O(K) keys looked at, O(log N) for the member",
)
def bzpopmax(ctx: Context, argv: list[bytes]) -> Reply:
    """Take out the member with the highest score; wait if there is none."""
    return _pop(ctx, argv, "zpopmax")


def _pop(ctx: Context, argv: list[bytes], event: str) -> Reply:
    keys, until_ms = argv[1:-1], deadline(argv[-1], ctx.now_ms)
    for key in keys:
        zset = ctx.find(key, ZSet)
        if zset is not None:
            ((member, score),) = take(ctx, key, zset, event, 1)
            ctx.propagate(event.upper().encode(), key)
            return [key, member, score]
    return ctx.block(keys, "zset", until_ms)


@command(
    "BZMPOP",
    "timeout numkeys key [key ...] <MIN | MAX> [COUNT count]",
    arity=-5,
    flags=_BLOCKING | Flags.MOVABLEKEYS,
    keys=(Keys(2, "RW access delete", keynum=(0, 1, 1)),),
    since="7.0.0",
    complexity="O(K) keys looked at, O(log N) for each member",
)
def bzmpop(ctx: Context, args: Args) -> Reply:
    """Take members out of the first sorted set there is; wait if there is none."""
    timeout = args.next()
    keys, event, count = read_pops(args)
    until_ms = deadline(timeout, ctx.now_ms)
    popped = pop_first(ctx, keys, event, count)
    return ctx.block(keys, "zset", until_ms) if popped is None else popped
