"""Sorted sets, member by member: adding, moving, asking, removing.

The blocking forms wait for what these leave behind; they belong with blocking.

Source: `t_zset.c` zaddGenericCommand, zsetAdd.
"""

from __future__ import annotations

from math import isnan

from redlearn.engine.args import Args
from redlearn.engine.command import Flags, Keys, command
from redlearn.engine.context import Context
from redlearn.engine.scanning import page, parse_cursor, parse_options
from redlearn.engine.values.picking import MOST_DRAWS
from redlearn.engine.values.zset import ZSet
from redlearn.errors import (
    GT_LT_NX,
    INCR_ONE_PAIR,
    OUT_OF_RANGE,
    SCORE_IS_NAN,
    SYNTAX,
    WRONG_ARITY,
    XX_WITH_NX,
    CommandError,
)
from redlearn.resp.double import format_double, parse_double
from redlearn.resp.integer import INT64_MAX
from redlearn.resp.reply import NULL_ARRAY, Pairs, Reply

_READ = Flags.READONLY | Flags.FAST


@command(
    "ZADD",
    "key [NX | XX]@3.0.2 [GT | LT]@6.2.0 [CH]@3.0.2 [INCR]@3.0.2 score member [score member ...]",
    arity=-4,
    flags=Flags.WRITE | Flags.DENYOOM | Flags.FAST,
    keys=(Keys(1, "RW update"),),
    since="1.2.0",
    complexity="O(log N) for each member",
)
def zadd(ctx: Context, argv: list[bytes]) -> Reply:
    """Add members with their scores to a sorted set, or move members already in it."""
    if len(argv) == 4 and (score := parse_double(argv[2])) is not None:
        return _add_one(ctx, argv[1], argv[3], score)
    return _add(ctx, Args(argv), increment=False)


@command(
    "ZINCRBY",
    "key increment member",
    arity=4,
    flags=Flags.WRITE | Flags.DENYOOM | Flags.FAST,
    keys=(Keys(1, "RW access update"),),
    since="1.2.0",
    complexity="O(log N)",
)
def zincrby(ctx: Context, argv: list[bytes]) -> Reply:
    """Add to a member's score, which counts as 0 if it is not there; return the new score."""
    step = parse_double(argv[2])
    if step is None:  # Redis reads ZADD's options even here, and that decides which error it is
        return _add(ctx, Args(argv), increment=True)
    key, member = argv[1], argv[3]
    zset = _ready(ctx, key, ctx.find(key, ZSet), 1, member)
    old, new = zset.increase(member, step)
    if isnan(new):
        raise CommandError(SCORE_IS_NAN)
    if new != old:
        ctx.changed(key, "zincr")
    return new


def _add_one(ctx: Context, key: bytes, member: bytes, score: float) -> int:
    """The usual ZADD: one pair and no options."""
    zset = ctx.find(key, ZSet)
    if zset is None or zset.pack is not None:
        zset = _ready(ctx, key, zset, 1, member)
    old = zset.rescore(member, score)
    if old != score:
        ctx.changed(key, "zadd")
    return 1 if old is None else 0


def _add(ctx: Context, args: Args, *, increment: bool) -> Reply:
    key = args.next()
    given = args.options(b"NX", b"XX", b"GT", b"LT", b"CH", b"INCR")
    if increment:
        given.add(b"INCR")
    if not args or len(args) % 2:
        raise CommandError(SYNTAX)
    _refuse_contradictions(given, pairs=len(args) // 2)
    # Every score is read before the first change: ZADD runs whole or not at all.
    pairs = [(args.double(), args.next()) for _ in range(len(args) // 2)]

    zset = ctx.find(key, ZSet)
    if zset is None and b"XX" in given:
        return None if b"INCR" in given else 0
    zset = _ready(ctx, key, zset, len(pairs), pairs[0][1])

    added = moved = 0
    score: float | None = None
    for number, member in pairs:
        old = zset.score(member)
        score = _new_score(old, number, given)
        if score is None or score == old:
            continue
        zset.put(member, score)
        if old is None:
            added += 1
        else:
            moved += 1
    if added > 1 and zset.pack is not None:
        zset.pack.shrink_to_fit()

    ctx.changed(key, "zincr" if b"INCR" in given else "zadd", times=added + moved)
    if b"INCR" in given:
        return score
    return added + moved if b"CH" in given else added


def _ready(ctx: Context, key: bytes, zset: ZSet | None, pairs: int, first_member: bytes) -> ZSet:
    """What was found under `key`, or a new set, in the form that so many more members want."""
    if zset is None:
        zset = ctx.create(key, ZSet(ctx.state.kit))
        zset.expect(pairs, len(first_member))
    elif zset.pack is not None:
        zset.expect(pairs)
    return zset


def _refuse_contradictions(given: set[bytes], pairs: int) -> None:
    if {b"NX", b"XX"} <= given:
        raise CommandError(XX_WITH_NX)
    if len(given & {b"NX", b"GT", b"LT"}) > 1:
        raise CommandError(GT_LT_NX)
    if b"INCR" in given and pairs > 1:
        raise CommandError(INCR_ONE_PAIR)


def _new_score(old: float | None, number: float, given: set[bytes]) -> float | None:
    """The score the options allow a member to take, or None to leave it alone."""
    if old is None:
        return None if b"XX" in given else number
    if b"NX" in given:
        return None
    new = old + number if b"INCR" in given else number
    if isnan(new):
        raise CommandError(SCORE_IS_NAN)
    if (b"GT" in given and new <= old) or (b"LT" in given and new >= old):
        return None
    return new


@command(
    "ZREM",
    "key member [member ...]",
    arity=-3,
    flags=Flags.WRITE | Flags.FAST,
    keys=(Keys(1, "RW delete"),),
    since="1.2.0",
    complexity="O(log N) for each member",
)
def zrem(ctx: Context, argv: list[bytes]) -> Reply:
    """Remove members; return how many were there."""
    key = argv[1]
    zset = ctx.find(key, ZSet)
    if zset is None:
        return 0
    removed = sum([zset.remove(member) for member in argv[2:]])
    ctx.shrunk(key, zset, "zrem", removed)
    return removed


@command(
    "ZCARD",
    "key",
    arity=2,
    flags=_READ,
    keys=(Keys(1, "RO"),),
    since="1.2.0",
    complexity="O(1)",
)
def zcard(ctx: Context, argv: list[bytes]) -> Reply:
    """Count the members."""
    zset = ctx.find(argv[1], ZSet)
    return 0 if zset is None else len(zset)


@command(
    "ZSCORE",
    "key member",
    arity=3,
    flags=_READ,
    keys=(Keys(1, "RO access"),),
    since="1.2.0",
    complexity="O(1); O(N) in a listpack of N members",
)
def zscore(ctx: Context, argv: list[bytes]) -> Reply:
    """Return the score of a member."""
    zset = ctx.find(argv[1], ZSet)
    return None if zset is None else zset.score(argv[2])


@command(
    "ZMSCORE",
    "key member [member ...]",
    arity=-3,
    flags=_READ,
    keys=(Keys(1, "RO access"),),
    since="6.2.0",
    complexity="O(1) for each member",
)
def zmscore(ctx: Context, argv: list[bytes]) -> Reply:
    """Return the scores of several members, nil for those that are not there."""
    zset = ctx.find(argv[1], ZSet)
    if zset is None:
        return [None] * (len(argv) - 2)
    return [zset.score(member) for member in argv[2:]]


@command(
    "ZRANK",
    "key member [WITHSCORE]",
    arity=-3,
    flags=_READ,
    keys=(Keys(1, "RO access"),),
    since="2.0.0",
    complexity="O(log N)",
)
def zrank(ctx: Context, argv: list[bytes]) -> Reply:
    """Return how many members come before a member, counting from the lowest score."""
    return _rank(ctx, argv, reverse=False)


@command(
    "ZREVRANK",
    "key member [WITHSCORE]",
    arity=-3,
    flags=_READ,
    keys=(Keys(1, "RO access"),),
    since="2.0.0",
    complexity="O(log N)",
)
def zrevrank(ctx: Context, argv: list[bytes]) -> Reply:
    """Return how many members come before a member, counting from the highest score."""
    return _rank(ctx, argv, reverse=True)


def _rank(ctx: Context, argv: list[bytes], *, reverse: bool) -> Reply:
    if len(argv) > 4:
        raise CommandError(WRONG_ARITY.format(argv[0].decode().lower()))
    with_score = len(argv) == 4
    if with_score and argv[3].upper() != b"WITHSCORE":
        raise CommandError(SYNTAX)
    zset = ctx.find(argv[1], ZSet)
    rank = None if zset is None else zset.rank(argv[2], reverse=reverse)
    if zset is None or rank is None:
        return NULL_ARRAY if with_score else None
    return [rank, zset.score(argv[2])] if with_score else rank


@command(
    "ZRANDMEMBER",
    "key [count [WITHSCORES]]",
    arity=-2,
    flags=Flags.READONLY,
    keys=(Keys(1, "RO access"),),
    since="6.2.0",
    complexity="O(N) members returned",
    tips=("nondeterministic_output",),
)
def zrandmember(ctx: Context, args: Args) -> Reply:
    """Return one member by chance, or `count` different ones, or -`count` with repetitions.

    Unlike Redis: more than a million draws are refused, as those of SRANDMEMBER are.
    """
    key = args.next()
    if not args:
        zset = ctx.find(key, ZSet)
        return None if zset is None else zset.random_row()[0]
    count = args.signed_count()
    with_scores = args.take(b"WITHSCORES")
    args.finish()
    if with_scores and abs(count) > INT64_MAX // 2:
        raise CommandError(OUT_OF_RANGE)
    zset = ctx.find(key, ZSet)
    if zset is None:
        return []
    if count < -MOST_DRAWS:
        raise CommandError(OUT_OF_RANGE)
    rows = [zset.random_row() for _ in range(-count)] if count < 0 else zset.sample(count)
    return Pairs(rows) if with_scores else [member for member, _ in rows]


@command(
    "ZSCAN",
    "key cursor [MATCH pattern] [COUNT count]",
    arity=-3,
    flags=Flags.READONLY,
    keys=(Keys(1, "RO access"),),
    since="2.8.0",
    complexity="O(1) for each call, O(N) for a whole scan",
    tips=("nondeterministic_output",),
)
def zscan(ctx: Context, args: Args) -> Reply:
    """Return the next few members with their scores, and the cursor to go on with."""
    key, cursor = args.next(), parse_cursor(args.next())
    zset = ctx.find(key, ZSet)
    if zset is None:
        return page(0, [])
    options = parse_options(args, "ZSCAN")
    # A listpack gives the score as it is stored; a skiplist has 17 digits printed of it.
    text = format_double if zset.encoding == "listpack" else _seventeen_digits
    cursor, rows = zset.scan(cursor, options.count)
    found: list[Reply] = []
    for member, score in rows:
        if options.wants(member):
            found += [member] if options.names_only else [member, text(score)]
    return page(cursor, found)


def _seventeen_digits(score: float) -> bytes:
    """C's `%.17g` (`util.c` ld2string, LD_STR_AUTO): 0.1 becomes 0.10000000000000001."""
    return b"%.17g" % score
