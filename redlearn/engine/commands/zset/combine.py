"""Several sorted sets made into one: union, intersection, difference.

A member's new score is put together from its scores in the inputs: weighted, then summed,
or the least or the greatest of them. A plain set may be an input too: each of its members
counts 1. The inputs are taken smallest first, which matters only for how sums of fractions
round.

Source: `t_zset.c` zunionInterDiffGenericCommand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isnan

from redlearn.engine.args import Args
from redlearn.engine.command import Flags, Keys, command
from redlearn.engine.context import Context
from redlearn.engine.values.set import Set
from redlearn.engine.values.zset import ZSet
from redlearn.engine.values.zset_rows import Row, in_order
from redlearn.errors import (
    NEGATIVE_LIMIT,
    NO_INPUT_KEY,
    SYNTAX,
    WEIGHT_NOT_A_FLOAT,
    WRONG_TYPE,
    CommandError,
)
from redlearn.resp.integer import INT64_MAX
from redlearn.resp.reply import Pairs, Reply

Scores = dict[bytes, float]

_ASK = Flags.READONLY | Flags.MOVABLEKEYS
_STORE = Flags.WRITE | Flags.DENYOOM | Flags.MOVABLEKEYS
_INPUTS = (Keys(1, "RO access", keynum=(0, 1, 1)),)
_TARGET_AND_INPUTS = (Keys(1, "OW update"), Keys(2, "RO access", keynum=(0, 1, 1)))
_WEIGHTS = "[WEIGHTS weight [weight ...]] [AGGREGATE <SUM | MIN | MAX>]"
_COST = "O(N K + M log M), K inputs of N members, M members in the result"


@dataclass
class Source:
    """One input: its members' scores, and what to multiply them by."""

    scores: Scores
    weight: float = 1.0


@dataclass
class Wish:
    """The inputs and options of one call."""

    sources: list[Source]
    aggregate: bytes = b"SUM"
    with_scores: bool = False
    limit: int = 0


@command(
    "ZUNION", f"numkeys key [key ...] {_WEIGHTS} [WITHSCORES]", arity=-3, flags=_ASK,
    keys=_INPUTS, since="6.2.0", complexity=_COST,
)  # fmt: skip
def zunion(ctx: Context, args: Args) -> Reply:
    """Return the members that are in any of the sorted sets."""
    wish = _parse(ctx, args, "zunion", weights=True)
    return _answer(_union(wish), wish)


@command(
    "ZINTER", f"numkeys key [key ...] {_WEIGHTS} [WITHSCORES]", arity=-3, flags=_ASK,
    keys=_INPUTS, since="6.2.0", complexity=_COST,
)  # fmt: skip
def zinter(ctx: Context, args: Args) -> Reply:
    """Return the members that are in all of the sorted sets."""
    wish = _parse(ctx, args, "zinter", weights=True)
    return _answer(_intersection(wish), wish)


@command(
    "ZDIFF", "numkeys key [key ...] [WITHSCORES]", arity=-3, flags=_ASK, keys=_INPUTS,
    since="6.2.0", complexity=_COST,
)  # fmt: skip
def zdiff(ctx: Context, args: Args) -> Reply:
    """Return the members of the first sorted set that are in none of the others."""
    wish = _parse(ctx, args, "zdiff")
    return _answer(_difference(wish), wish)


@command(
    "ZUNIONSTORE", f"destination numkeys key [key ...] {_WEIGHTS}", arity=-4, flags=_STORE,
    keys=_TARGET_AND_INPUTS, since="2.0.0", complexity=_COST,
)  # fmt: skip
def zunionstore(ctx: Context, args: Args) -> Reply:
    """Store the members that are in any of the sorted sets; return how many there are."""
    target = args.next()
    wish = _parse(ctx, args, "zunionstore", weights=True, storing=True)
    return _keep(ctx, target, _union(wish), "zunionstore")


@command(
    "ZINTERSTORE", f"destination numkeys key [key ...] {_WEIGHTS}", arity=-4, flags=_STORE,
    keys=_TARGET_AND_INPUTS, since="2.0.0", complexity=_COST,
)  # fmt: skip
def zinterstore(ctx: Context, args: Args) -> Reply:
    """Store the members that are in all of the sorted sets; return how many there are."""
    target = args.next()
    wish = _parse(ctx, args, "zinterstore", weights=True, storing=True)
    return _keep(ctx, target, _intersection(wish), "zinterstore")


@command(
    "ZDIFFSTORE", "destination numkeys key [key ...]", arity=-4, flags=_STORE,
    keys=_TARGET_AND_INPUTS, since="6.2.0", complexity=_COST,
)  # fmt: skip
def zdiffstore(ctx: Context, args: Args) -> Reply:
    """Store the members of the first sorted set that are in none of the others."""
    target = args.next()
    wish = _parse(ctx, args, "zdiffstore", storing=True)
    return _keep(ctx, target, _difference(wish), "zdiffstore")


@command(
    "ZINTERCARD", "numkeys key [key ...] [LIMIT limit]", arity=-3, flags=_ASK, keys=_INPUTS,
    since="7.0.0", complexity="O(N K), K inputs of N members",
)  # fmt: skip
def zintercard(ctx: Context, args: Args) -> Reply:
    """Count the members that are in all of the sorted sets, up to a limit."""
    wish = _parse(ctx, args, "zintercard", counting=True)
    count = len(_intersection(wish))
    return min(count, wish.limit) if wish.limit else count


def _parse(
    ctx: Context,
    args: Args,
    name: str,
    *,
    weights: bool = False,
    storing: bool = False,
    counting: bool = False,
) -> Wish:
    """Read keys and options; the keys' types are checked before the options are read."""
    numkeys = args.integer()
    if numkeys < 1:
        raise CommandError(NO_INPUT_KEY.format(name))
    if numkeys > len(args):
        raise CommandError(SYNTAX)
    wish = Wish([Source(_scores_of(ctx, args.next())) for _ in range(numkeys)])
    while args:
        if weights and len(args) > numkeys and args.take(b"WEIGHTS"):
            for source in wish.sources:
                source.weight = args.double(WEIGHT_NOT_A_FLOAT)
        elif weights and len(args) > 1 and args.take(b"AGGREGATE"):
            wish.aggregate = args.next().upper()
            if wish.aggregate not in _AGGREGATES:
                raise CommandError(SYNTAX)
        elif not storing and not counting and args.take(b"WITHSCORES"):
            wish.with_scores = True
        elif counting and len(args) > 1 and args.take(b"LIMIT"):
            wish.limit = args.integer_from(0, INT64_MAX, NEGATIVE_LIMIT)
        else:
            raise CommandError(SYNTAX)
    return wish


def _scores_of(ctx: Context, key: bytes) -> Scores:
    entry = ctx.lookup_source(key)
    if entry is None:
        return {}
    value = entry.value
    if isinstance(value, ZSet):
        return dict(value)
    if isinstance(value, Set):
        return dict.fromkeys(value.members(), 1.0)
    raise CommandError(WRONG_TYPE)


def _sum(one: float, other: float) -> float:
    """Inf + -inf is no number; Redis makes it 0."""
    total = one + other
    return 0.0 if isnan(total) else total


_AGGREGATES: dict[bytes, Callable[[float, float], float]] = {
    b"SUM": _sum,
    b"MIN": min,
    b"MAX": max,
}


def _weighted(score: float, weight: float) -> float:
    product = score * weight
    return 0.0 if isnan(product) else product


def _union(wish: Wish) -> Scores:
    aggregate = _AGGREGATES[wish.aggregate]
    result: Scores = {}
    for source in sorted(wish.sources, key=_size):
        for member, score in source.scores.items():
            score = _weighted(score, source.weight)
            old = result.get(member)
            result[member] = score if old is None else aggregate(old, score)
    return result


def _intersection(wish: Wish) -> Scores:
    aggregate = _AGGREGATES[wish.aggregate]
    first, *others = sorted(wish.sources, key=_size)
    result: Scores = {}
    for member, score in first.scores.items():
        if all(member in source.scores for source in others):
            total = _weighted(score, first.weight)
            for source in others:
                total = aggregate(total, source.scores[member] * source.weight)
            result[member] = total
    return result


def _difference(wish: Wish) -> Scores:
    first, *others = wish.sources
    return {
        member: score
        for member, score in first.scores.items()
        if not any(member in source.scores for source in others)
    }


def _size(source: Source) -> int:
    return len(source.scores)


def _in_order(scores: Scores) -> list[Row]:
    return sorted(scores.items(), key=in_order)


def _answer(scores: Scores, wish: Wish) -> Reply:
    rows = _in_order(scores)
    return Pairs(rows) if wish.with_scores else [member for member, _ in rows]


def _keep(ctx: Context, target: bytes, scores: Scores, event: str) -> int:
    if scores:
        ctx.store(target, ZSet.built(ctx.state.kit, _in_order(scores)))
        ctx.changed(target, event)
    elif ctx.delete(target):  # even a stale one: Redis does not look at it
        ctx.changed(target, "del")
    return len(scores)
