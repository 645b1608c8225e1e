"""Lists that are waited for: BLPOP BRPOP BLMPOP BLMOVE BRPOPLPUSH.

Where there are elements each does what its namesake without the B does, and is passed on as
that. Where there are none the client waits (`engine/blocking.py`).

Source: `t_list.c` blockingPopGenericCommand, blmoveGenericCommand.
"""

from __future__ import annotations

from redlearn.engine.args import Args
from redlearn.engine.blocking import deadline
from redlearn.engine.command import Flags, Keys, command
from redlearn.engine.context import Context
from redlearn.engine.list_moves import count_of, left_or_right, move, pop_first, took
from redlearn.engine.values.list import List
from redlearn.errors import NUMKEYS_TOO_SMALL, SYNTAX, CommandError
from redlearn.resp.integer import INT64_MAX
from redlearn.resp.reply import Reply

_BLOCKING = Flags.WRITE | Flags.BLOCKING
_POPPED = (Keys(1, "RW access delete", last=-2),)
_MOVED = (Keys(1, "RW access delete"), Keys(2, "RW insert"))


@command(
    "BLPOP",
    "key [key ...] timeout",
    arity=-3,
    flags=_BLOCKING,
    keys=_POPPED,
    since="2.0.0",
    complexity="O(N) keys looked at",
)
def blpop(ctx: Context, argv: list[bytes]) -> Reply:
    """Take out the first element of the first list there is; wait if there is none."""
    return _pop(ctx, argv, "lpop")


@command(
    "BRPOP",
    "key [key ...] timeout",
    arity=-3,
    flags=_BLOCKING,
    keys=_POPPED,
    since="2.0.0",
    complexity="O(N) keys looked at",
)
def brpop(ctx: Context, argv: list[bytes]) -> Reply:
    """Take out the last element of the first list there is; wait if there is none."""
    return _pop(ctx, argv, "rpop")


def _pop(ctx: Context, argv: list[bytes], event: str) -> Reply:
    keys, until_ms = argv[1:-1], deadline(argv[-1], ctx.now_ms)
    for key in keys:
        value = ctx.find(key, List)
        if value is not None:
            element = value.pop_head() if event == "lpop" else value.pop_tail()
            took(ctx, key, value, event, 1)
            ctx.propagate(event.upper().encode(), key)
            return [key, element]
    return ctx.block(keys, "list", until_ms)


@command(
    "BLMPOP",
    "timeout numkeys key [key ...] <LEFT | RIGHT> [COUNT count]",
    arity=-5,
    flags=_BLOCKING | Flags.MOVABLEKEYS,
    keys=(Keys(2, "RW access delete", keynum=(0, 1, 1)),),
    since="7.0.0",
    complexity="O(K) keys looked at, O(N) elements taken out",
)
def blmpop(ctx: Context, args: Args) -> Reply:
    """Take elements out of the first list there is; wait if there is none."""
    timeout = args.next()
    numkeys = args.integer_from(1, INT64_MAX, NUMKEYS_TOO_SMALL)
    if numkeys >= len(args):
        raise CommandError(SYNTAX)
    keys = [args.next() for _ in range(numkeys)]
    event = "lpop" if left_or_right(args) else "rpop"
    count = count_of(args)
    until_ms = deadline(timeout, ctx.now_ms)
    popped = pop_first(ctx, keys, event, count)
    return ctx.block(keys, "list", until_ms) if popped is None else popped


@command(
    "BLMOVE",
    "source destination wherefrom=<LEFT | RIGHT> whereto=<LEFT | RIGHT> timeout",
    arity=6,
    flags=_BLOCKING | Flags.DENYOOM,
    keys=_MOVED,
    since="6.2.0",
    complexity="O(1)",
)
def blmove(ctx: Context, args: Args) -> Reply:
    """Take an element of a list and put it into another; wait for one if there is none."""
    source, destination = args.next(), args.next()
    words = [args.peek(), args.peek(1)]
    left, to_left = left_or_right(args), left_or_right(args)
    until_ms = deadline(args.next(), ctx.now_ms)
    return _move(ctx, source, destination, left, to_left, until_ms, [b"LMOVE", *words])


@command(
    "BRPOPLPUSH",
    "source destination timeout",
    arity=4,
    flags=_BLOCKING | Flags.DENYOOM,
    keys=_MOVED,
    since="2.2.0",
    complexity="O(1)",
    deprecated_since="6.2.0",
    replaced_by="BLMOVE with RIGHT and LEFT",
)
def brpoplpush(ctx: Context, argv: list[bytes]) -> Reply:
    """Take the last element of a list and put it first in another; wait if there is none."""
    until_ms = deadline(argv[3], ctx.now_ms)
    return _move(ctx, argv[1], argv[2], False, True, until_ms, [b"RPOPLPUSH"])


def _move(
    ctx: Context,
    source: bytes,
    destination: bytes,
    left: bool,
    to_left: bool,
    until_ms: int,
    words: list[bytes],
) -> Reply:
    """Move an element, or wait. `words`: what it is passed on as, name and options."""
    element = move(ctx, source, destination, left, to_left)
    if element is None:
        return ctx.block([source], "list", until_ms, otherwise=None)
    ctx.propagate(words[0], source, destination, *words[1:])
    return element
