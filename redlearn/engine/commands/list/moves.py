"""Lists in pairs: LMOVE and RPOPLPUSH take an element from one and put it into another.

With the same list twice they rotate it. Since nothing can happen in between, an element is
always in one of the two: this is how queues keep hold of what is being worked on.

Source: `t_list.c` lmoveGenericCommand.
"""

from __future__ import annotations

from redlearn.engine.args import Args
from redlearn.engine.command import Flags, Keys, command
from redlearn.engine.context import Context
from redlearn.engine.list_moves import left_or_right, move
from redlearn.resp.reply import Reply

_KEYS = (Keys(1, "RW access delete"), Keys(2, "RW insert"))


@command(
    "LMOVE",
    "source destination wherefrom=<LEFT | RIGHT> whereto=<LEFT | RIGHT>",
    arity=5,
    flags=Flags.WRITE | Flags.DENYOOM,
    keys=_KEYS,
    since="6.2.0",
    complexity="O(1)",
)
def lmove(ctx: Context, args: Args) -> Reply:
    """Take the first or last element of a list and put it first or last in another; return it."""
    source, destination = args.next(), args.next()
    left, to_left = left_or_right(args), left_or_right(args)
    return move(ctx, source, destination, left, to_left)


@command(
    "RPOPLPUSH",
    "source destination",
    arity=3,
    flags=Flags.WRITE | Flags.DENYOOM,
    keys=_KEYS,
    since="1.2.0",
    complexity="O(1)",
    deprecated_since="6.2.0",
    replaced_by="LMOVE with RIGHT and LEFT",
)
def rpoplpush(ctx: Context, argv: list[bytes]) -> Reply:
    """Take the last element of a list and put it first in another; return it."""
    return move(ctx, argv[1], argv[2], left=False, to_left=True)
