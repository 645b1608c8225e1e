"""Members by chance: SPOP takes them out, SRANDMEMBER only looks.

What chance decided cannot be repeated elsewhere by the same words, so SPOP is passed on as
the SREM of what it took, or as the DEL of a set it emptied.

Source: `t_set.c` spopCommand, spopWithCountCommand, srandmemberWithCountCommand.
"""

from __future__ import annotations

from typing import Final

from redlearn.engine.args import Args
from redlearn.engine.command import Flags, Keys, command
from redlearn.engine.context import Context
from redlearn.engine.values.picking import MOST_DRAWS
from redlearn.engine.values.set import Set
from redlearn.errors import MUST_BE_POSITIVE, OUT_OF_RANGE, CommandError
from redlearn.resp.integer import INT64_MAX
from redlearn.resp.reply import Members, Reply

SREM_MEMBERS: Final = 1024  # the most that one SREM passed on takes out


@command(
    "SPOP",
    "key [count]@3.2.0",
    arity=-2,
    flags=Flags.WRITE | Flags.FAST,
    keys=(Keys(1, "RW access delete"),),
    since="1.0.0",
    complexity="O(1) for each member",
    tips=("nondeterministic_output",),
)
def spop(ctx: Context, args: Args) -> Reply:
    """Take one member out by chance, or `count` of them."""
    key = args.next()
    if args:
        return _pop_some(ctx, key, args)
    value = ctx.find(key, Set)
    if value is None:
        return None
    member = value.pop()
    ctx.shrunk(key, value, "spop")
    ctx.propagate(b"SREM", key, member)
    return member


def _pop_some(ctx: Context, key: bytes, args: Args) -> Reply:
    if len(args) > 1:
        args.next()
        args.finish()
    count = args.integer_from(0, INT64_MAX, MUST_BE_POSITIVE)
    value = ctx.find(key, Set)
    if value is None or count == 0:
        return Members()
    if count >= len(value):
        members = value.members()
        ctx.changed(key, "spop", len(members))
        ctx.delete(key)
        ctx.also_changed(key, "del")
        lazy = ctx.state.config.flag("lazyfree-lazy-server-del")
        ctx.propagate(b"UNLINK" if lazy else b"DEL", key)
        return Members(members)
    members = value.pop_some(count)
    ctx.changed(key, "spop", count)
    for at in range(0, count, SREM_MEMBERS):
        ctx.propagate(b"SREM", key, *members[at : at + SREM_MEMBERS])
    return Members(members)


@command(
    "SRANDMEMBER",
    "key [count]@2.6.0",
    arity=-2,
    flags=Flags.READONLY,
    keys=(Keys(1, "RO access"),),
    since="1.0.0",
    complexity="O(N) members returned",
    tips=("nondeterministic_output",),
)
def srandmember(ctx: Context, args: Args) -> Reply:
    """Look at one member by chance, at `count` different ones, or -`count` with repetitions.

    Unlike Redis: more than a million draws are refused; a server would go on until its memory
        ends.
    """
    key = args.next()
    if not args:
        value = ctx.find(key, Set)
        return None if value is None else value.random_member()
    if len(args) > 1:
        args.next()
        args.finish()
    count = args.signed_count()
    value = ctx.find(key, Set)
    if value is None:
        return []
    if count < -MOST_DRAWS:
        raise CommandError(OUT_OF_RANGE)
    if count < 0:
        return [value.random_member() for _ in range(-count)]
    return [*value.sample(count)]
