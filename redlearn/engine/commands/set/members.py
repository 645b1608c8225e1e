"""Members of a set: put in, taken out, moved, asked for, scanned.

A set that loses its last member is gone, key and all.

Source: `t_set.c`.
"""

from __future__ import annotations

from redlearn.engine.args import Args
from redlearn.engine.command import Flags, Keys, command
from redlearn.engine.context import Context
from redlearn.engine.scanning import page, parse_cursor, parse_options
from redlearn.engine.values.set import Set
from redlearn.resp.reply import Members, Reply

_READ = Flags.READONLY | Flags.FAST


@command(
    "SADD",
    "key member [member ...]",
    arity=-3,
    flags=Flags.WRITE | Flags.DENYOOM | Flags.FAST,
    keys=(Keys(1, "RW insert"),),
    since="1.0.0",
    complexity="O(1) for each member; O(N) in a listpack or intset of N members",
)
def sadd(ctx: Context, argv: list[bytes]) -> Reply:
    """Put members into a set; return how many of them are new."""
    key = argv[1]
    value = ctx.find(key, Set)
    if value is not None and len(argv) == 3:  # most calls; `add` meets the one member's limits
        table = value.table
        if not (value.add(argv[2]) if table is None else table.put(argv[2], None)):
            return 0
        ctx.changed(key, "sadd")
        return 1
    count = len(argv) - 2
    if value is None:
        value = ctx.create(key, Set.begun(ctx.state.kit, argv[2], count))
    else:
        value.expect(count)
    added = 0
    for at in range(2, len(argv)):
        if value.add(argv[at]):
            added += 1
    if added and value.pack is not None:
        value.pack.shrink_to_fit()
    ctx.changed(key, "sadd", added)
    return added


@command(
    "SREM",
    "key member [member ...]",
    arity=-3,
    flags=Flags.WRITE | Flags.FAST,
    keys=(Keys(1, "RW delete"),),
    since="1.0.0",
    complexity="O(1) for each member; O(N) in a listpack or intset of N members",
)
def srem(ctx: Context, argv: list[bytes]) -> Reply:
    """Take members out of a set; return how many were there."""
    key = argv[1]
    value = ctx.find(key, Set)
    if value is None:
        return 0
    removed = 0
    for member in argv[2:]:
        if value.remove(member):
            removed += 1
            if not len(value):
                break
    ctx.shrunk(key, value, "srem", removed)
    return removed


@command(
    "SMOVE",
    "source destination member",
    arity=4,
    flags=Flags.WRITE | Flags.FAST,
    keys=(Keys(1, "RW access delete"), Keys(2, "RW insert")),
    since="1.0.0",
    complexity="O(1); O(N) in a listpack or intset of N members",
)
def smove(ctx: Context, argv: list[bytes]) -> Reply:
    """Move a member from one set to another; 0 if the first does not have it."""
    _, source, target, member = argv
    there = ctx.lookup(source) is not None
    ctx.lookup(target)  # both are looked for before either is judged: a stale one goes
    value = ctx.find(source, Set) if there else None
    if value is None:
        return 0
    other = ctx.find(target, Set)
    if other is value:
        return int(member in value)
    ctx.turn_to(source)
    if not value.remove(member):
        return 0
    ctx.shrunk(source, value, "srem")
    if other is None:
        other = ctx.create(target, Set.begun(ctx.state.kit, member))
    ctx.turn_to(target)
    if other.add(member):
        ctx.changed(target, "sadd")
    return 1


@command(
    "SMEMBERS",
    "key",
    arity=2,
    flags=Flags.READONLY,
    keys=(Keys(1, "RO access"),),
    since="1.0.0",
    complexity="O(N) members",
    tips=("nondeterministic_output_order",),
)
def smembers(ctx: Context, argv: list[bytes]) -> Reply:
    """Return all members, in no order to rely on."""
    value = ctx.find(argv[1], Set)
    return Members() if value is None else Members(value.members())


@command(
    "SISMEMBER",
    "key member",
    arity=3,
    flags=_READ,
    keys=(Keys(1, "RO"),),
    since="1.0.0",
    complexity="O(1); O(log N) in an intset, O(N) in a listpack of N members",
)
def sismember(ctx: Context, argv: list[bytes]) -> Reply:
    """Tell whether a member is in a set: 1 or 0."""
    value = ctx.find(argv[1], Set)
    return int(value is not None and argv[2] in value)


@command(
    "SMISMEMBER",
    "key member [member ...]",
    arity=-3,
    flags=_READ,
    keys=(Keys(1, "RO access"),),
    since="6.2.0",
    complexity="O(1) for each member; O(log N) in an intset, O(N) in a listpack of N members",
)
def smismember(ctx: Context, argv: list[bytes]) -> Reply:
    """Tell of each of several members whether it is in a set."""
    value = ctx.find(argv[1], Set)
    return [int(value is not None and member in value) for member in argv[2:]]


@command(
    "SCARD",
    "key",
    arity=2,
    flags=_READ,
    keys=(Keys(1, "RO"),),
    since="1.0.0",
    complexity="O(1)",
)
def scard(ctx: Context, argv: list[bytes]) -> Reply:
    """Count the members of a set."""
    value = ctx.find(argv[1], Set)
    return 0 if value is None else len(value)


@command(
    "SSCAN",
    "key cursor [MATCH pattern] [COUNT count]",
    arity=-3,
    flags=Flags.READONLY,
    keys=(Keys(1, "RO access"),),
    since="2.8.0",
    complexity="O(1) for each call, O(N) for a whole scan",
    tips=("nondeterministic_output",),
)
def sscan(ctx: Context, args: Args) -> Reply:
    """Return the next few members, and the cursor to go on with."""
    key, cursor = args.next(), parse_cursor(args.next())
    value = ctx.find(key, Set)
    if value is None:
        return page(0, [])
    options = parse_options(args, "SSCAN")
    cursor, members = value.scan(cursor, options.count)
    return page(cursor, [member for member in members if options.wants(member)])
