"""Several sets made into one: intersection, union, difference.

The intersection takes the smallest set and asks the others for each of its members: with ten
members on one side it does not matter that there are a million on the other.

The difference has two ways. The first asks the other sets for each member of the first set;
the second copies the first set and takes out what the others hold. The first costs members
times sets, half of which is saved as a rule, since a member is out at the first set that has
it; the second costs the members of all sets together. The cheaper is chosen beforehand.

Source: `t_set.c` sinterGenericCommand, sunionDiffGenericCommand.
"""

from __future__ import annotations

from collections.abc import Iterable

from redlearn.engine.args import Args
from redlearn.engine.command import Flags, Keys, command
from redlearn.engine.context import Context
from redlearn.engine.values.set import Set
from redlearn.errors import (
    NEGATIVE_LIMIT,
    NUMKEYS_TOO_SMALL,
    TOO_FEW_KEYS,
    CommandError,
)
from redlearn.resp.integer import INT64_MAX
from redlearn.resp.reply import Members, Reply

_ANY_ORDER = ("nondeterministic_output_order",)
_STORE = Flags.WRITE | Flags.DENYOOM
_INPUTS = (Keys(1, "RO access", last=-1),)
_TARGET_AND_INPUTS = (Keys(1, "OW update"), Keys(2, "RO access", last=-1))
_EACH_IN_EACH = "O(N K), the smallest of K sets having N members"
_ALL = "O(N) members of all sets together"


@command(
    "SINTER", "key [key ...]", arity=-2, flags=Flags.READONLY, keys=_INPUTS, since="1.0.0",
    complexity=_EACH_IN_EACH, tips=_ANY_ORDER,
)  # fmt: skip
def sinter(ctx: Context, argv: list[bytes]) -> Reply:
    """Return the members that are in all of the sets."""
    return Members(_common(_sets_of(ctx, argv[1:])))


@command(
    "SINTERSTORE", "destination key [key ...]", arity=-3, flags=_STORE,
    keys=_TARGET_AND_INPUTS, since="1.0.0", complexity=_EACH_IN_EACH,
)  # fmt: skip
def sinterstore(ctx: Context, argv: list[bytes]) -> Reply:
    """Store the members common to all of the sets; return how many there are."""
    sets = _sets_of(ctx, argv[2:])
    smallest = min((each for each in sets if each is not None), key=len, default=None)
    numbers = smallest is not None and smallest.intset is not None
    result = Set(ctx.state.kit) if numbers else Set.packed(ctx.state.kit)
    _add_all(result, _common(sets))
    result.settle()
    return _keep(ctx, argv[1], result, "sinterstore")


@command(
    "SINTERCARD", "numkeys key [key ...] [LIMIT limit]", arity=-3,
    flags=Flags.READONLY | Flags.MOVABLEKEYS,
    keys=(Keys(1, "RO access", keynum=(0, 1, 1)),), since="7.0.0", complexity=_EACH_IN_EACH,
)  # fmt: skip
def sintercard(ctx: Context, args: Args) -> Reply:
    """Count the members that are in all of the sets, up to a limit."""
    numkeys = args.integer_from(1, INT64_MAX, NUMKEYS_TOO_SMALL)
    if numkeys > len(args):
        raise CommandError(TOO_FEW_KEYS)
    keys = [args.next() for _ in range(numkeys)]
    limit = 0
    while len(args) > 1 and args.take(b"LIMIT"):
        limit = args.integer_from(0, INT64_MAX, NEGATIVE_LIMIT)
    args.finish()
    return len(_common(_sets_of(ctx, keys), limit))


@command(
    "SUNION", "key [key ...]", arity=-2, flags=Flags.READONLY, keys=_INPUTS, since="1.0.0",
    complexity=_ALL, tips=_ANY_ORDER,
)  # fmt: skip
def sunion(ctx: Context, argv: list[bytes]) -> Reply:
    """Return every member that at least one of the sets has."""
    united: dict[bytes, None] = {}
    for value in _sets_of(ctx, argv[1:]):
        if value is not None:
            united.update(dict.fromkeys(value.members()))
    return Members(united)


@command(
    "SUNIONSTORE", "destination key [key ...]", arity=-3, flags=_STORE,
    keys=_TARGET_AND_INPUTS, since="1.0.0", complexity=_ALL,
)  # fmt: skip
def sunionstore(ctx: Context, argv: list[bytes]) -> Reply:
    """Store the members that are in any of the sets; return how many there are."""
    result = Set(ctx.state.kit)
    for value in _sets_of(ctx, argv[2:]):
        _add_all(result, () if value is None else value.members())
    return _keep(ctx, argv[1], result, "sunionstore")


@command(
    "SDIFF", "key [key ...]", arity=-2, flags=Flags.READONLY, keys=_INPUTS, since="1.0.0",
    complexity=_ALL, tips=_ANY_ORDER,
)  # fmt: skip
def sdiff(ctx: Context, argv: list[bytes]) -> Reply:
    """Return the members of the first set that are in none of the others."""
    first, *others = _sets_of(ctx, argv[1:])
    if first is None or any(other is first for other in others):
        return Members()
    there = [other for other in others if other is not None]
    if _asking_pays(first, there):
        return Members(_left_by_asking(first, there))
    left = dict.fromkeys(first.members())
    for other in there:
        for member in other.members():
            left.pop(member, None)
    return Members(left)


@command(
    "SDIFFSTORE", "destination key [key ...]", arity=-3, flags=_STORE,
    keys=_TARGET_AND_INPUTS, since="1.0.0", complexity=_ALL,
)  # fmt: skip
def sdiffstore(ctx: Context, argv: list[bytes]) -> Reply:
    """Store the members of the first set that are in none of the others; return their number."""
    first, *others = _sets_of(ctx, argv[2:])
    result = Set(ctx.state.kit)
    if first is not None and all(other is not first for other in others):
        _put_difference(result, first, [other for other in others if other is not None])
    return _keep(ctx, argv[1], result, "sdiffstore")


def _sets_of(ctx: Context, keys: list[bytes]) -> list[Set | None]:
    """The sets under `keys`, None for those that are not there; all must be sets."""
    return [ctx.find(key, Set) for key in keys]


def _common(sets: list[Set | None], limit: int = 0) -> list[bytes]:
    """The members that all sets have, or the first `limit` of them found."""
    there = [each for each in sets if each is not None]
    if len(there) < len(sets):
        return []
    first, *others = sorted(there, key=len)
    found: list[bytes] = []
    for member in first.members():
        if all(other is first or member in other for other in others):
            found.append(member)
            if len(found) == limit:
                break
    return found


def _asking_pays(first: Set, others: list[Set]) -> bool:
    """Whether to ask `others` for each member rather than to take out all that they hold."""
    asking = len(first) * (1 + len(others)) // 2
    return asking <= len(first) + sum(map(len, others))


def _left_by_asking(first: Set, others: list[Set]) -> list[bytes]:
    """The members of `first` that no other has, the largest of which is asked first."""
    others = sorted(others, key=len, reverse=True)
    return [
        member
        for member in first.members()
        if not any(member in other for other in others)
    ]  # fmt: skip


def _put_difference(result: Set, first: Set, others: list[Set]) -> None:
    """Put into the empty `result` what is in `first` only.

    The way that copies first may leave a large form with few members in it, as in Redis.
    """
    if _asking_pays(first, others):
        _add_all(result, _left_by_asking(first, others))
        return
    _add_all(result, first.members())
    for other in others:
        for member in other.members():
            result.remove(member)
        if not len(result):
            break


def _add_all(result: Set, members: Iterable[bytes]) -> None:
    for member in members:
        result.add(member)


def _keep(ctx: Context, target: bytes, result: Set, event: str) -> int:
    if len(result):
        ctx.store(target, result)
        ctx.changed(target, event)
    elif ctx.lookup(target) is not None:
        ctx.delete(target)
        ctx.changed(target, "del")
    return len(result)
