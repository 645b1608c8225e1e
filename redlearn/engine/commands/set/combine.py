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
from redlearn.engine.values.set_steps import (
    DifferenceWeighed,
    MemberAsked,
    MemberSettled,
    ResultBegun,
    SetsGathered,
    SetWalked,
)
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
    return Members(_common(ctx, _sets_of(ctx, argv[1:], "intersection")))


@command(
    "SINTERSTORE", "destination key [key ...]", arity=-3, flags=_STORE,
    keys=_TARGET_AND_INPUTS, since="1.0.0", complexity=_EACH_IN_EACH,
)  # fmt: skip
def sinterstore(ctx: Context, argv: list[bytes]) -> Reply:
    """Store the members common to all of the sets; return how many there are."""
    sets = _sets_of(ctx, argv[2:], "intersection")
    smallest = min((each for _, each in sets if each is not None), key=len, default=None)
    numbers = smallest is not None and smallest.intset is not None
    common = _common(ctx, sets)
    _begin(ctx, argv[1])
    result = Set(ctx.state.kit) if numbers else Set.packed(ctx.state.kit)
    _add_all(result, common)
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
    return len(_common(ctx, _sets_of(ctx, keys, "intersection"), limit))


@command(
    "SUNION", "key [key ...]", arity=-2, flags=Flags.READONLY, keys=_INPUTS, since="1.0.0",
    complexity=_ALL, tips=_ANY_ORDER,
)  # fmt: skip
def sunion(ctx: Context, argv: list[bytes]) -> Reply:
    """Return every member that at least one of the sets has."""
    united: dict[bytes, None] = {}
    numbers_only = True
    for key, value in _sets_of(ctx, argv[1:], "union"):
        if value is not None:
            united.update(dict.fromkeys(_walk(ctx, key, value, "united")))
            numbers_only = numbers_only and value.intset is not None
    if numbers_only and len(united) <= ctx.state.kit.set_max_intset_entries:
        in_order: list[bytes] = sorted(united, key=int)  # it is gathered in an intset
        return Members(in_order)
    return Members(united)


@command(
    "SUNIONSTORE", "destination key [key ...]", arity=-3, flags=_STORE,
    keys=_TARGET_AND_INPUTS, since="1.0.0", complexity=_ALL,
)  # fmt: skip
def sunionstore(ctx: Context, argv: list[bytes]) -> Reply:
    """Store the members that are in any of the sets; return how many there are."""
    result = Set(ctx.state.kit)
    for key, value in _sets_of(ctx, argv[2:], "union"):
        if value is not None:
            members = _walk(ctx, key, value, "united")
            _begin(ctx, argv[1])
            _add_all(result, members)
    return _keep(ctx, argv[1], result, "sunionstore")


@command(
    "SDIFF", "key [key ...]", arity=-2, flags=Flags.READONLY, keys=_INPUTS, since="1.0.0",
    complexity=_ALL, tips=_ANY_ORDER,
)  # fmt: skip
def sdiff(ctx: Context, argv: list[bytes]) -> Reply:
    """Return the members of the first set that are in none of the others."""
    first, there = _difference_of(ctx, argv[1:])
    if first is None:
        return Members()
    if _asking_pays(ctx, first, there):
        return Members(_left_by_asking(ctx, first, there))
    left = dict.fromkeys(_walk(ctx, *first, "copied"))
    for key, other in there:
        for member in _walk(ctx, key, other, "taken out"):
            if left.pop(member, True) is None:
                _settled(ctx, member, False)
    return Members(left)


@command(
    "SDIFFSTORE", "destination key [key ...]", arity=-3, flags=_STORE,
    keys=_TARGET_AND_INPUTS, since="1.0.0", complexity=_ALL,
)  # fmt: skip
def sdiffstore(ctx: Context, argv: list[bytes]) -> Reply:
    """Store the members of the first set that are in none of the others; return their number."""
    first, there = _difference_of(ctx, argv[2:])
    result = Set(ctx.state.kit)
    if first is not None:
        _put_difference(ctx, argv[1], result, first, there)
    return _keep(ctx, argv[1], result, "sdiffstore")


Found = tuple[bytes, Set]
"""A set and its key."""


def _sets_of(ctx: Context, keys: list[bytes], way: str) -> list[tuple[bytes, Set | None]]:
    """The sets under `keys`, None for those that are not there; all must be sets."""
    sets = [(key, ctx.find_source(key, Set)) for key in keys]
    if emit := ctx.state.probe.emit:
        sizes = tuple(-1 if each is None else len(each) for _, each in sets)
        emit(SetsGathered(way, tuple(keys), sizes))
    return sets


def _walk(ctx: Context, key: bytes, value: Set, why: str) -> list[bytes]:
    """The members of a set that is gone through as a whole."""
    if emit := ctx.state.probe.emit:
        ctx.turn_to(key)
        emit(SetWalked(key, len(value), why))
    return value.members()


def _common(ctx: Context, sets: list[tuple[bytes, Set | None]], limit: int = 0) -> list[bytes]:
    """The members that all sets have, or the first `limit` of them found."""
    there = [(key, each) for key, each in sets if each is not None]
    if len(there) < len(sets):
        return []
    first, *others = sorted(there, key=lambda found: len(found[1]))
    others = [other for other in others if other[1] is not first[1]]
    found: list[bytes] = []
    for member in _walk(ctx, *first, "the smallest"):
        if _is_in_all(ctx, member, others):
            found.append(member)
            if len(found) == limit:
                break
    return found


def _is_in_all(ctx: Context, member: bytes, others: list[Found]) -> bool:
    """Ask set after set for a member, up to the first that does not have it."""
    for key, other in others:
        if not _has(ctx, key, other, member):
            _settled(ctx, member, False)
            return False
    _settled(ctx, member, True)
    return True


def _has(ctx: Context, key: bytes, value: Set, member: bytes) -> bool:
    emit = ctx.state.probe.emit
    if emit is None:
        return member in value
    ctx.turn_to(key)
    there = member in value
    emit(MemberAsked(key, member, there))
    return there


def _settled(ctx: Context, member: bytes, kept: bool) -> None:
    if emit := ctx.state.probe.emit:
        emit(MemberSettled(member, kept))


def _difference_of(ctx: Context, keys: list[bytes]) -> tuple[Found | None, list[Found]]:
    """The first set, None if nothing of it can be left, and those to be taken from it."""
    (key, first), *others = _sets_of(ctx, keys, "difference")
    if first is None or any(other is first for _, other in others):
        return None, []
    return (key, first), [(name, other) for name, other in others if other is not None]


def _asking_pays(ctx: Context, first: Found, others: list[Found]) -> bool:
    """Whether to ask `others` for each member rather than to take out all that they hold."""
    asking = len(first[1]) * (1 + len(others)) // 2
    removing = len(first[1]) + sum(len(other) for _, other in others)
    if emit := ctx.state.probe.emit:
        emit(DifferenceWeighed(asking, removing))
    return asking <= removing


def _left_by_asking(ctx: Context, first: Found, others: list[Found]) -> list[bytes]:
    """The members of `first` that no other has, the largest of which is asked first."""
    others = sorted(others, key=lambda found: len(found[1]), reverse=True)
    members = _walk(ctx, *first, "each is asked for")
    return [member for member in members if _is_in_none(ctx, member, others)]


def _is_in_none(ctx: Context, member: bytes, others: list[Found]) -> bool:
    for key, other in others:
        if _has(ctx, key, other, member):
            _settled(ctx, member, False)
            return False
    _settled(ctx, member, True)
    return True


def _put_difference(
    ctx: Context, target: bytes, result: Set, first: Found, others: list[Found]
) -> None:
    """Put into the empty `result` what is in `first` only.

    The way that copies first may leave a large form with few members in it, as in Redis.
    """
    if _asking_pays(ctx, first, others):
        left = _left_by_asking(ctx, first, others)
        _begin(ctx, target)
        _add_all(result, left)
        return
    members = _walk(ctx, *first, "copied")
    _begin(ctx, target)
    _add_all(result, members)
    for key, other in others:
        members = _walk(ctx, key, other, "taken out")
        _begin(ctx, target)
        for member in members:
            if result.remove(member):
                _settled(ctx, member, False)
        if not len(result):
            break


def _begin(ctx: Context, target: bytes) -> None:
    """Say that what is told next is about a result that no key holds yet."""
    if emit := ctx.state.probe.emit:
        emit(ResultBegun(target))


def _add_all(result: Set, members: Iterable[bytes]) -> None:
    for member in members:
        result.add(member)


def _keep(ctx: Context, target: bytes, result: Set, event: str) -> int:
    if len(result):
        ctx.store(target, result)
        ctx.changed(target, event)
    elif ctx.delete(target):  # even a stale one: Redis does not look at it
        ctx.changed(target, "del")
    return len(result)
