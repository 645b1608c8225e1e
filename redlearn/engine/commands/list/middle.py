"""Lists anywhere: by index, by range, by what an element is.

Indices count from 0, negative ones from the end: -1 is the last element.

Source: `t_list.c`.
"""

from __future__ import annotations

from collections.abc import Iterator

from redlearn.engine.args import Args
from redlearn.engine.command import Flags, Keys, command
from redlearn.engine.context import Context
from redlearn.engine.list_moves import took
from redlearn.engine.values.list import List
from redlearn.errors import (
    INDEX_OUT_OF_RANGE,
    LPOS_COUNT,
    LPOS_MAXLEN,
    LPOS_RANK,
    NO_SUCH_KEY,
    NOT_A_LONG,
    NOT_AN_INTEGER,
    SYNTAX,
    CommandError,
)
from redlearn.resp.integer import INT64_MAX, INT64_MIN, parse_integer
from redlearn.resp.reply import OK, Reply


@command(
    "LINDEX",
    "key index",
    arity=3,
    flags=Flags.READONLY,
    keys=(Keys(1, "RO access"),),
    complexity="O(1) at the ends, O(N) elements or nodes to pass elsewhere",
)
def lindex(ctx: Context, argv: list[bytes]) -> Reply:
    """Return the element at an index, or null."""
    value = ctx.find(argv[1], List)
    return None if value is None else value.at(_integer(argv[2]))


@command(
    "LRANGE",
    "key start:integer stop:integer",
    arity=4,
    flags=Flags.READONLY,
    keys=(Keys(1, "RO access"),),
    complexity="O(S + N): the way to the first element, and the elements",
)
def lrange(ctx: Context, argv: list[bytes]) -> Reply:
    """Return the elements from one index to another, both included."""
    start, stop = _integer(argv[2]), _integer(argv[3])
    value = ctx.find(argv[1], List)
    if value is None:
        return []
    start, count = _inside(start, stop, len(value))
    return [*value.slice(start, count)]


@command(
    "LTRIM",
    "key start:integer stop:integer",
    arity=4,
    flags=Flags.WRITE,
    keys=(Keys(1, "RW delete"),),
    complexity="O(N) elements to take out",
)
def ltrim(ctx: Context, argv: list[bytes]) -> Reply:
    """Take out all elements but those from one index to another, both included."""
    key, start, stop = argv[1], _integer(argv[2]), _integer(argv[3])
    value = ctx.find(key, List)
    if value is None:
        return OK
    length = len(value)
    start, count = _inside(start, stop, length)
    if not count:
        start = length
    value.delete(start + count, length - start - count)
    value.delete(0, start)
    if count == length:
        ctx.also_changed(key, "ltrim")  # told even if nothing was to be trimmed
    took(ctx, key, value, "ltrim", length - count)
    return OK


def _inside(start: int, stop: int, length: int) -> tuple[int, int]:
    """A range of indices, both included, as (start, count) of what there is of it.

    >>> _inside(0, -1, 5), _inside(-2, 99, 5), _inside(4, 1, 5)
    ((0, 5), (3, 2), (0, 0))
    """
    start = max(start + length, 0) if start < 0 else start
    stop = stop + length if stop < 0 else min(stop, length - 1)
    return (start, stop - start + 1) if start <= stop else (0, 0)


@command(
    "LSET",
    "key index element",
    arity=4,
    flags=Flags.WRITE | Flags.DENYOOM,
    keys=(Keys(1, "RW update"),),
    complexity="O(1) at the ends, O(N) elsewhere",
)
def lset(ctx: Context, argv: list[bytes]) -> Reply:
    """Put another element in the place of the one at an index."""
    _, key, text, element = argv
    value = ctx.find(key, List)
    if value is None:
        raise CommandError(NO_SUCH_KEY)
    index = _as_int32(_integer(text))
    value.expect([element])
    if not value.replace(index, element):
        raise CommandError(INDEX_OUT_OF_RANGE)
    value.settle()
    ctx.changed(key, "lset")
    return OK


def _as_int32(number: int) -> int:
    """The low 32 bits, signed: LSET alone passes its index on as a C int, so 2^32 is 0.

    Source: `t_list.c` listTypeReplaceAtIndex.
    """
    return (number + 2**31) % 2**32 - 2**31


@command(
    "LINSERT",
    "key <BEFORE | AFTER> pivot element",
    arity=5,
    flags=Flags.WRITE | Flags.DENYOOM,
    keys=(Keys(1, "RW insert"),),
    since="2.2.0",
    complexity="O(N) elements before the pivot",
)
def linsert(ctx: Context, argv: list[bytes]) -> Reply:
    """Put an element before or behind the first one that equals `pivot`; return the length.

    -1 if there is no such element, 0 if there is no list.
    """
    _, key, where, pivot, element = argv
    if where.upper() not in (b"BEFORE", b"AFTER"):
        raise CommandError(SYNTAX)
    value = ctx.find(key, List)
    if value is None:
        return 0
    value.expect([element])  # before it is known whether there is a pivot, as in Redis
    index = value.find(pivot)
    if index < 0:
        return -1
    value.insert(index, element, after=where.upper() == b"AFTER")
    ctx.changed(key, "linsert")
    return len(value)


@command(
    "LREM",
    "key count element",
    arity=4,
    flags=Flags.WRITE,
    keys=(Keys(1, "RW delete"),),
    complexity="O(N) elements in the list",
)
def lrem(ctx: Context, argv: list[bytes]) -> Reply:
    """Take out the first `count` elements that equal one, the last if negative, all if 0."""
    _, key, text, element = argv
    count = _integer(text)
    if count == INT64_MIN:
        raise CommandError(NOT_A_LONG)
    value = ctx.find(key, List)
    if value is None:
        return 0
    removed = value.remove(element, abs(count), backwards=count < 0)
    if removed:
        took(ctx, key, value, "lrem", removed)
    return removed


@command(
    "LPOS",
    "key element [RANK rank] [COUNT num-matches] [MAXLEN len]",
    arity=-3,
    flags=Flags.READONLY,
    keys=(Keys(1, "RO access"),),
    since="6.0.6",
    complexity="O(N) elements looked at",
)
def lpos(ctx: Context, args: Args) -> Reply:
    """Return the index of the first match, of the one after `rank` - 1 others, or of several."""
    key, element = args.next(), args.next()
    rank, count, most = 1, None, 0
    while args:
        if len(args) > 1 and args.take(b"RANK"):
            rank = _rank(args)
        elif len(args) > 1 and args.take(b"COUNT"):
            count = args.integer_from(0, INT64_MAX, LPOS_COUNT)
        elif len(args) > 1 and args.take(b"MAXLEN"):
            most = args.integer_from(0, INT64_MAX, LPOS_MAXLEN)
        else:
            raise CommandError(SYNTAX)
    value = ctx.find(key, List)
    if value is None:
        return None if count is None else []
    found = _matches(value, element, rank, most)
    if count is None:
        return next(found, None)
    return [index for index, _ in zip(found, range(count or len(value)), strict=False)]


def _rank(args: Args) -> int:
    rank = args.integer()
    if rank == INT64_MIN:
        raise CommandError(NOT_A_LONG)
    if rank == 0:
        raise CommandError(LPOS_RANK)
    return rank


def _matches(value: List, element: bytes, rank: int, most: int) -> Iterator[int]:
    """The indices of matches from the `rank`th on, from the end if it is negative.

    Args:
        most: How many elements to look at; 0 for all.
    """
    length = len(value)
    to_skip = abs(rank) - 1
    for seen, other in enumerate(value.items() if rank > 0 else value.backwards()):
        if most and seen >= most:
            return
        if other == element:
            if to_skip == 0:
                yield seen if rank > 0 else length - seen - 1
            else:
                to_skip -= 1


def _integer(text: bytes) -> int:
    number = parse_integer(text)
    if number is None:
        raise CommandError(NOT_AN_INTEGER)
    return number
