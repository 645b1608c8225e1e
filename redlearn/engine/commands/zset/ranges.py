"""Sorted sets by range: of ranks, of scores, of members in order of their bytes.

ZRANGE does it all since Redis 6.2; the older commands are special cases of it, and so they
are here: each says which kind of range it means and which way it runs.

Source: `t_zset.c` zrangeGenericCommand, zremrangeGenericCommand, zslParseRange.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan
from typing import Literal

from redlearn.engine.args import Args
from redlearn.engine.command import Flags, Keys, command
from redlearn.engine.context import Context
from redlearn.engine.structures.ranges import Extreme, LexRange, ScoreRange
from redlearn.engine.values.zset import ZSet
from redlearn.engine.values.zset_rows import Row
from redlearn.errors import (
    BAD_LEX_RANGE,
    BAD_SCORE_RANGE,
    LEX_WITH_SCORES,
    LIMIT_BY_RANK,
    SYNTAX,
    CommandError,
)
from redlearn.resp.double import parse_range_double
from redlearn.resp.integer import parse_integer
from redlearn.resp.reply import Pairs, Reply

Kind = Literal["rank", "score", "lex"]
Span = tuple[int, int] | ScoreRange | LexRange

_KEY = (Keys(1, "RO access"),)
_LOG = "O(log N + M), M members returned"


@dataclass
class Wish:
    """What a range command is asked for; None where the arguments may still say it."""

    kind: Kind | None = None
    reverse: bool | None = None
    scores: bool = False
    offset: int = 0
    limit: int = -1


@command(
    "ZRANGE",
    "key start stop [BYSCORE | BYLEX]@6.2.0 [REV]@6.2.0 [LIMIT (offset count)]@6.2.0 [WITHSCORES]",
    arity=-4,
    flags=Flags.READONLY,
    keys=_KEY,
    since="1.2.0",
    complexity=_LOG,
)
def zrange(ctx: Context, argv: list[bytes]) -> Reply:
    """Return the members between two ranks (or scores, or members) of a sorted set."""
    if len(argv) == 4:  # as it is mostly asked: without the cursor and the wish, 2 us less
        start, stop = parse_integer(argv[2]), parse_integer(argv[3])
        if start is not None and stop is not None:
            zset = ctx.find(argv[1], ZSet)
            return [] if zset is None else [*zset.members(*clamp(start, stop, len(zset)))]
    return _range(ctx, Args(argv), Wish())


@command(
    "ZREVRANGE",
    "key start:integer stop:integer [WITHSCORES]",
    arity=-4,
    flags=Flags.READONLY,
    keys=_KEY,
    since="1.2.0",
    complexity=_LOG,
    deprecated_since="6.2.0",
    replaced_by="ZRANGE with REV",
)
def zrevrange(ctx: Context, args: Args) -> Reply:
    """Return the members between two ranks counted from the highest score, falling."""
    return _range(ctx, args, Wish("rank", reverse=True))


@command(
    "ZRANGEBYSCORE",
    "key min:double max:double [WITHSCORES]@2.0.0 [LIMIT (offset count)]",
    arity=-4,
    flags=Flags.READONLY,
    keys=_KEY,
    since="1.0.5",
    complexity=_LOG,
    deprecated_since="6.2.0",
    replaced_by="ZRANGE with BYSCORE",
)
def zrangebyscore(ctx: Context, args: Args) -> Reply:
    """Return the members whose score lies in a range, lowest first."""
    return _range(ctx, args, Wish("score", reverse=False))


@command(
    "ZREVRANGEBYSCORE",
    "key max:double min:double [WITHSCORES] [LIMIT (offset count)]",
    arity=-4,
    flags=Flags.READONLY,
    keys=_KEY,
    since="2.2.0",
    complexity=_LOG,
    deprecated_since="6.2.0",
    replaced_by="ZRANGE with REV and BYSCORE",
)
def zrevrangebyscore(ctx: Context, args: Args) -> Reply:
    """Return the members whose score lies in a range, highest first."""
    return _range(ctx, args, Wish("score", reverse=True))


@command(
    "ZRANGEBYLEX",
    "key min max [LIMIT (offset count)]",
    arity=-4,
    flags=Flags.READONLY,
    keys=_KEY,
    since="2.8.9",
    complexity=_LOG,
    deprecated_since="6.2.0",
    replaced_by="ZRANGE with BYLEX",
)
def zrangebylex(ctx: Context, args: Args) -> Reply:
    """Return the members between two strings; meaningful where all scores are the same."""
    return _range(ctx, args, Wish("lex", reverse=False))


@command(
    "ZREVRANGEBYLEX",
    "key max min [LIMIT (offset count)]",
    arity=-4,
    flags=Flags.READONLY,
    keys=_KEY,
    since="2.8.9",
    complexity=_LOG,
    deprecated_since="6.2.0",
    replaced_by="ZRANGE with REV and BYLEX",
)
def zrevrangebylex(ctx: Context, args: Args) -> Reply:
    """Return the members between two strings, from the last to the first."""
    return _range(ctx, args, Wish("lex", reverse=True))


@command(
    "ZRANGESTORE",
    "dst src min max [BYSCORE | BYLEX] [REV] [LIMIT (offset count)]",
    arity=-5,
    flags=Flags.WRITE | Flags.DENYOOM,
    keys=(Keys(1, "OW update"), Keys(2, "RO access")),
    since="6.2.0",
    complexity="O(log N + M log M), M members stored",
)
def zrangestore(ctx: Context, args: Args) -> Reply:
    """Store a range of one sorted set under another key; return how many members it has."""
    target, key = args.next(), args.next()
    wish, span = _parse(args, Wish(), storing=True)
    source = ctx.lookup_source(key)
    zset = None if source is None else ctx.find(key, ZSet)
    rows = [] if zset is None else _rows(zset, span, wish)
    if rows:
        ctx.store(target, ZSet.built(ctx.state.kit, rows))
        ctx.changed(target, "zrangestore")
    elif ctx.delete(target):  # even a stale one: Redis does not look at it
        ctx.changed(target, "del")
    return len(rows)


def _range(ctx: Context, args: Args, wish: Wish) -> Reply:
    key = args.next()
    wish, span = _parse(args, wish, storing=False)
    zset = ctx.find(key, ZSet)
    if zset is None:
        return []
    rows = _rows(zset, span, wish)
    return Pairs(rows) if wish.scores else [member for member, _ in rows]


def _parse(args: Args, wish: Wish, *, storing: bool) -> tuple[Wish, Span]:
    """Read the two ends and the options: options first, as Redis does, then the ends."""
    first, second = args.next(), args.next()
    while args:
        _option(args, wish, storing)
    kind = wish.kind or "rank"
    if wish.limit != -1 and kind == "rank":
        raise CommandError(LIMIT_BY_RANK)
    if wish.scores and kind == "lex":
        raise CommandError(LEX_WITH_SCORES)
    if wish.reverse and kind != "rank":
        first, second = second, first
    return wish, _span(kind, first, second)


def _option(args: Args, wish: Wish, storing: bool) -> None:
    if not storing and args.take(b"WITHSCORES"):
        wish.scores = True
    elif len(args) > 2 and args.take(b"LIMIT"):
        wish.offset, wish.limit = args.integer(), args.integer()
    elif wish.reverse is None and args.take(b"REV"):
        wish.reverse = True
    elif wish.kind is None and args.take(b"BYLEX"):
        wish.kind = "lex"
    elif wish.kind is None and args.take(b"BYSCORE"):
        wish.kind = "score"
    else:
        raise CommandError(SYNTAX)


def _span(kind: Kind, low: bytes, high: bytes) -> Span:
    if kind == "score":
        return parse_scores(low, high)
    if kind == "lex":
        return parse_members(low, high)
    ends = Args([low, high], at=0)
    return ends.integer(), ends.integer()


def _rows(zset: ZSet, span: Span, wish: Wish) -> list[Row]:
    reverse = bool(wish.reverse)
    match span:
        case ScoreRange():
            return zset.in_scores(span, reverse=reverse, offset=wish.offset, limit=wish.limit)
        case LexRange():
            return zset.in_lex(span, reverse=reverse, offset=wish.offset, limit=wish.limit)
        case (start, stop):
            return zset.slice(*clamp(start, stop, len(zset)), reverse=reverse)


def clamp(start: int, stop: int, length: int) -> tuple[int, int]:
    """Turn Redis's inclusive, possibly negative range into a Python slice.

    >>> clamp(0, -1, 5)
    (0, 5)
    >>> clamp(-2, 99, 5)
    (3, 5)
    >>> clamp(4, 1, 5)
    (0, 0)
    """
    start = max(start + length, 0) if start < 0 else start
    stop = stop + length if stop < 0 else min(stop, length - 1)
    return (start, stop + 1) if start <= stop else (0, 0)


def parse_scores(low: bytes, high: bytes) -> ScoreRange:
    """A range of scores as `1 (5` or `-inf +inf` spells it (`t_zset.c` zslParseRange)."""
    (start, without_start), (end, without_end) = _score(low), _score(high)
    return ScoreRange(start, end, without_start, without_end)


def _score(text: bytes) -> tuple[float, bool]:
    without = text.startswith(b"(")
    number = parse_range_double(text[1:] if without else text)
    if number is None or isnan(number):
        raise CommandError(BAD_SCORE_RANGE)
    return number, without


def parse_members(low: bytes, high: bytes) -> LexRange:
    """A range of members as `[a (b` or `- +` spells it (`t_zset.c` zslParseLexRange)."""
    (start, without_start), (end, without_end) = _member(low), _member(high)
    return LexRange(start, end, without_start, without_end)


def _member(text: bytes) -> tuple[bytes | Extreme, bool]:
    if text in (b"-", b"+"):
        return (Extreme.LOWEST if text == b"-" else Extreme.HIGHEST), False
    if text[:1] not in (b"(", b"["):
        raise CommandError(BAD_LEX_RANGE)
    return text[1:], text[:1] == b"("


@command(
    "ZCOUNT",
    "key min:double max:double",
    arity=4,
    flags=Flags.READONLY | Flags.FAST,
    keys=_KEY,
    since="2.0.0",
    complexity="O(log N)",
)
def zcount(ctx: Context, argv: list[bytes]) -> Reply:
    """Count the members whose score lies in a range, without visiting them."""
    scores = parse_scores(argv[2], argv[3])
    zset = ctx.find(argv[1], ZSet)
    return 0 if zset is None else zset.count_in_scores(scores)


@command(
    "ZLEXCOUNT",
    "key min max",
    arity=4,
    flags=Flags.READONLY | Flags.FAST,
    keys=_KEY,
    since="2.8.9",
    complexity="O(log N)",
)
def zlexcount(ctx: Context, argv: list[bytes]) -> Reply:
    """Count the members between two strings; meaningful where all scores are the same."""
    members = parse_members(argv[2], argv[3])
    zset = ctx.find(argv[1], ZSet)
    return 0 if zset is None else zset.count_in_lex(members)


_GONE = (Keys(1, "RW delete"),)


@command(
    "ZREMRANGEBYRANK",
    "key start:integer stop:integer",
    arity=4,
    flags=Flags.WRITE,
    keys=_GONE,
    since="2.0.0",
    complexity="O(log N + M), M members removed",
)
def zremrangebyrank(ctx: Context, args: Args) -> Reply:
    """Remove the members between two ranks; return how many there were."""
    key, start, stop = args.next(), args.integer(), args.integer()
    zset = ctx.find(key, ZSet)
    if zset is None:
        return 0
    removed = zset.delete_ranks(*clamp(start, stop, len(zset)))
    ctx.shrunk(key, zset, "zremrangebyrank", removed)
    return removed


@command(
    "ZREMRANGEBYSCORE",
    "key min:double max:double",
    arity=4,
    flags=Flags.WRITE,
    keys=_GONE,
    since="1.2.0",
    complexity="O(log N + M), M members removed",
)
def zremrangebyscore(ctx: Context, argv: list[bytes]) -> Reply:
    """Remove the members whose score lies in a range; return how many there were."""
    scores = parse_scores(argv[2], argv[3])
    zset = ctx.find(argv[1], ZSet)
    if zset is None:
        return 0
    removed = zset.delete_scores(scores)
    ctx.shrunk(argv[1], zset, "zremrangebyscore", removed)
    return removed


@command(
    "ZREMRANGEBYLEX",
    "key min max",
    arity=4,
    flags=Flags.WRITE,
    keys=_GONE,
    since="2.8.9",
    complexity="O(log N + M), M members removed",
)
def zremrangebylex(ctx: Context, argv: list[bytes]) -> Reply:
    """Remove the members between two strings; return how many there were."""
    members = parse_members(argv[2], argv[3])
    zset = ctx.find(argv[1], ZSet)
    if zset is None:
        return 0
    removed = zset.delete_lex(members)
    ctx.shrunk(argv[1], zset, "zremrangebylex", removed)
    return removed
