"""Lists at their ends: pushing, popping, how long they are.

Source: `t_list.c` pushGenericCommand, popGenericCommand.
"""

from __future__ import annotations

from redlearn.engine.args import Args
from redlearn.engine.command import Flags, Keys, command
from redlearn.engine.context import Context
from redlearn.engine.list_moves import count_of, left_or_right, pop_first, take, took
from redlearn.engine.structures.listpack_entry import UNKNOWN_COUNT
from redlearn.engine.structures.quicklist import HEAD, TAIL
from redlearn.engine.values.list import LEAST_LIMIT, List
from redlearn.errors import (
    MUST_BE_POSITIVE,
    NUMKEYS_TOO_SMALL,
    SYNTAX,
    WRONG_ARITY,
    CommandError,
)
from redlearn.resp.integer import INT64_MAX, parse_integer
from redlearn.resp.reply import NULL_ARRAY, Reply

_PUSH = Flags.WRITE | Flags.DENYOOM | Flags.FAST


@command(
    "LPUSH",
    "key element [element ...]",
    arity=-3,
    flags=_PUSH,
    keys=(Keys(1, "RW insert"),),
    complexity="O(1) for each element",
)
def lpush(ctx: Context, argv: list[bytes]) -> Reply:
    """Put elements before the first one, each before the last put; return the new length."""
    key = argv[1]
    value = ctx.find(key, List)
    if value is None:
        value = ctx.create(key, List(ctx.state.kit))
    if len(argv) > 3:
        return _push(ctx, value, argv, "lpush")
    state, pack, chain = ctx.state, value.pack, value.quicklist
    length = 0
    if chain is not None:  # as `put_head` does it, without the call
        chain.packed_threshold = state.kit.packed_threshold
        length = chain.push_head(argv[2])
    elif pack is not None and state.kit.list_max_listpack_size < 0:  # the limit is one of bytes
        length = pack.push_first(argv[2], LEAST_LIMIT)
    if not length:
        length = value.put_head(argv[2])
    state.dirty += 1  # as `changed` does it, without the call
    if state.attentive:
        ctx.also_changed(key, "lpush")
    return length


@command(
    "RPUSH",
    "key element [element ...]",
    arity=-3,
    flags=_PUSH,
    keys=(Keys(1, "RW insert"),),
    complexity="O(1) for each element",
)
def rpush(ctx: Context, argv: list[bytes]) -> Reply:
    """Put elements behind the last one; return the new length."""
    key = argv[1]
    value = ctx.find(key, List)
    if value is None:
        value = ctx.create(key, List(ctx.state.kit))
    if len(argv) > 3:
        return _push(ctx, value, argv, "rpush")
    state, pack, chain = ctx.state, value.pack, value.quicklist
    length = 0
    if chain is not None:  # as `put_tail` does it, without the call
        chain.packed_threshold = state.kit.packed_threshold
        length = chain.push_tail(argv[2])
    elif pack is not None and state.kit.list_max_listpack_size < 0:  # the limit is one of bytes
        length = pack.push_last(argv[2], LEAST_LIMIT)
    if not length:
        length = value.put_tail(argv[2])
    state.dirty += 1  # as `changed` does it, without the call
    if state.attentive:
        ctx.also_changed(key, "rpush")
    return length


@command(
    "LPUSHX",
    "key element [element ...]",
    arity=-3,
    flags=_PUSH,
    keys=(Keys(1, "RW insert"),),
    since="2.2.0",
    complexity="O(1) for each element",
)
def lpushx(ctx: Context, argv: list[bytes]) -> Reply:
    """Put elements before the first one, if there is a list; return its length."""
    value = ctx.find(argv[1], List)
    return 0 if value is None else _push(ctx, value, argv, "lpush")


@command(
    "RPUSHX",
    "key element [element ...]",
    arity=-3,
    flags=_PUSH,
    keys=(Keys(1, "RW insert"),),
    since="2.2.0",
    complexity="O(1) for each element",
)
def rpushx(ctx: Context, argv: list[bytes]) -> Reply:
    """Put elements behind the last one, if there is a list; return its length."""
    value = ctx.find(argv[1], List)
    return 0 if value is None else _push(ctx, value, argv, "rpush")


def _push(ctx: Context, value: List, argv: list[bytes], event: str) -> int:
    push = value.push_head if event == "lpush" else value.push_tail
    elements = argv[2:]
    value.expect(elements)
    for element in elements:
        length = push(element)
    ctx.changed(argv[1], event, len(elements))
    return length


@command(
    "LPOP",
    "key [count]@6.2.0",
    arity=-2,
    flags=Flags.WRITE | Flags.FAST,
    keys=(Keys(1, "RW access delete"),),
    complexity="O(N) elements taken out",
)
def lpop(ctx: Context, argv: list[bytes]) -> Reply:
    """Take out the first element, or the first `count`."""
    if len(argv) > 2:
        return _pop_some(ctx, argv, "lpop")
    value = ctx.find(argv[1], List)
    if value is None:
        return None
    pack = value.pack
    if pack is not None:
        element = pack.pop_first()
        left = 0 < pack.count < UNKNOWN_COUNT
    else:
        chain = value.quicklist
        assert chain is not None
        element = chain.pop(HEAD)
        left = chain.length > 1
    if not left:
        took(ctx, argv[1], value, "lpop")
        return element
    state = ctx.state
    state.dirty += 1  # as `took` does it, where something is left
    if state.attentive:
        ctx.also_changed(argv[1], "lpop")
    return element


@command(
    "RPOP",
    "key [count]@6.2.0",
    arity=-2,
    flags=Flags.WRITE | Flags.FAST,
    keys=(Keys(1, "RW access delete"),),
    complexity="O(N) elements taken out",
)
def rpop(ctx: Context, argv: list[bytes]) -> Reply:
    """Take out the last element, or the last `count`, the last one first."""
    # All as in `lpop`, word for word: shared, with a call more, a push and a pop take 3 % longer.
    if len(argv) > 2:
        return _pop_some(ctx, argv, "rpop")
    value = ctx.find(argv[1], List)
    if value is None:
        return None
    pack = value.pack
    if pack is not None:
        element = pack.pop_last()
        left = 0 < pack.count < UNKNOWN_COUNT
    else:
        chain = value.quicklist
        assert chain is not None
        element = chain.pop(TAIL)
        left = chain.length > 1
    if not left:
        took(ctx, argv[1], value, "rpop")
        return element
    state = ctx.state
    state.dirty += 1  # as `took` does it, where something is left
    if state.attentive:
        ctx.also_changed(argv[1], "rpop")
    return element


def _pop_some(ctx: Context, argv: list[bytes], event: str) -> Reply:
    key = argv[1]
    if len(argv) > 3:
        raise CommandError(WRONG_ARITY.format(event))
    count = parse_integer(argv[2])
    if count is None or count < 0:
        raise CommandError(MUST_BE_POSITIVE)
    value = ctx.find(key, List)
    if value is None:
        return NULL_ARRAY
    return [*take(ctx, key, value, event, count)] if count else []


@command(
    "LLEN",
    "key",
    arity=2,
    flags=Flags.READONLY | Flags.FAST,
    keys=(Keys(1, "RO"),),
    complexity="O(1)",
)
def llen(ctx: Context, argv: list[bytes]) -> Reply:
    """Return how many elements a list has; 0 if there is none."""
    value = ctx.find(argv[1], List)
    return 0 if value is None else len(value)


@command(
    "LMPOP",
    "numkeys key [key ...] <LEFT | RIGHT> [COUNT count]",
    arity=-4,
    flags=Flags.WRITE | Flags.MOVABLEKEYS,
    keys=(Keys(1, "RW access delete", keynum=(0, 1, 1)),),
    since="7.0.0",
    complexity="O(K) keys looked at, O(N) elements taken out",
)
def lmpop(ctx: Context, args: Args) -> Reply:
    """Take elements out of the first list that there is; passed on as its LPOP or RPOP."""
    numkeys = args.integer_from(1, INT64_MAX, NUMKEYS_TOO_SMALL)
    if numkeys >= len(args):
        raise CommandError(SYNTAX)
    keys = [args.next() for _ in range(numkeys)]
    event = "lpop" if left_or_right(args) else "rpop"
    popped = pop_first(ctx, keys, event, count_of(args))
    return NULL_ARRAY if popped is None else popped
