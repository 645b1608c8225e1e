"""Taking elements out of lists and moving them, as several list commands do.

Those that wait and those that do not end in the same steps: BLPOP in those of LPOP, BLMOVE
in those of LMOVE. Here they are, once.

Source: `t_list.c` listElementsRemoved, listPopRangeAndReplyWithKey, lmoveGenericCommand.
"""

from __future__ import annotations

from redlearn.engine.args import Args
from redlearn.engine.context import Context
from redlearn.engine.structures.listpack import EMPTY_SIZE
from redlearn.engine.values.list import List
from redlearn.errors import COUNT_TOO_SMALL, SYNTAX, CommandError
from redlearn.resp.integer import INT64_MAX
from redlearn.resp.reply import Reply


def left_or_right(args: Args) -> bool:
    """The next argument, which must be LEFT (then True) or RIGHT."""
    word = args.next().upper()
    if word not in (b"LEFT", b"RIGHT"):
        raise CommandError(SYNTAX)
    return word == b"LEFT"


def count_of(args: Args) -> int:
    """The number of `[COUNT count]` that a call ends with; 1 without."""
    count = 1
    if len(args) > 1 and args.take(b"COUNT"):
        count = args.integer_from(1, INT64_MAX, COUNT_TOO_SMALL)
    args.finish()
    return count


def took(ctx: Context, key: bytes, value: List, event: str, count: int = 1) -> None:
    """Say that `count` elements were taken out of `value`, and let it become smaller."""
    pack, chain = value.pack, value.quicklist
    # As a rule something is left, and too much of it for a quicklist to become a listpack.
    if (chain is not None and chain.length > 1) or (pack is not None and pack.size > EMPTY_SIZE):
        state = ctx.state
        state.dirty += count  # as `changed` does it, without the call
        if state.attentive and count:
            ctx.also_changed(key, event)
        return
    ctx.shrunk(key, value, event, count)
    if value.quicklist is not None:
        value.settle()


def take(ctx: Context, key: bytes, value: List, event: str, count: int) -> list[bytes]:
    """Take out `count` elements or all, in the order of single pops. O(count + nodes).

    Args:
        event: "lpop" for the first ones, "rpop" for the last.
    """
    length = len(value)
    count = min(count, length)
    start = 0 if event == "lpop" else length - count
    elements = value.slice(start, count)
    value.delete(start, count)
    took(ctx, key, value, event, count)
    return elements if event == "lpop" else elements[::-1]


def pop_first(ctx: Context, keys: list[bytes], event: str, count: int) -> list[Reply] | None:
    """Take `count` elements out of the first of `keys` that is there: [key, elements].

    None if there is none. Passed on as LPOP or RPOP with the count that was found.
    """
    for key in keys:
        value = ctx.find(key, List)
        if value is not None:
            elements = take(ctx, key, value, event, count)
            ctx.propagate(event.upper().encode(), key, b"%d" % len(elements))
            return [key, [*elements]]
    return None


def move(ctx: Context, source: bytes, destination: bytes, left: bool, to_left: bool) -> Reply:
    """Take an element out of one list and put it into another, or the same; the element.

    None if there is no list at `source`.

    Args:
        left: Take the first element, not the last.
        to_left: Put it first, not last.
    """
    value = ctx.find(source, List)
    if value is None:
        return None
    target = ctx.find(destination, List)
    ctx.turn_to(source)
    element = value.pop_head() if left else value.pop_tail()
    if target is None:
        target = ctx.create(destination, List(ctx.state.kit))
    ctx.turn_to(destination)
    target.expect_moved(element)
    if to_left:
        target.push_head(element)
    else:
        target.push_tail(element)
    ctx.also_changed(destination, "lpush" if to_left else "rpush")
    ctx.turn_to(source)
    took(ctx, source, value, "lpop" if left else "rpop", 1)
    return element
