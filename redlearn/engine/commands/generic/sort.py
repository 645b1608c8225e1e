"""SORT and SORT_RO: the elements of a list, a set or a sorted set, by weights from anywhere.

    SORT ids BY weight_* GET # GET user:*->name LIMIT 0 10

Each element takes the place of the star in a pattern; what the key of that name holds is the
element's weight, or what is answered for it. A pattern without a star means: do not sort.

Source: `sort.c` sortCommandGeneric, sortCompare, lookupKeyByPattern.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from redlearn.cluster_errors import SORT_IN_CLUSTER
from redlearn.engine.acl import may_read_all_keys
from redlearn.engine.args import Args
from redlearn.engine.command import COMMANDS, Flags, Keys, command
from redlearn.engine.context import Context
from redlearn.engine.structures.partial_sort import sort_part
from redlearn.engine.values.hash import Hash
from redlearn.engine.values.list import List
from redlearn.engine.values.set import Set
from redlearn.engine.values.string import String, boxed
from redlearn.engine.values.zset import ZSet
from redlearn.errors import NOT_A_WEIGHT, SORT_DENIED, SYNTAX, WRONG_TYPE, CommandError
from redlearn.resp.double import BLANKS, parse_double
from redlearn.resp.reply import Reply
from redlearn.slots import slot_of, slot_of_pattern

_COST = "O(N + M log M), N elements, M of them wanted; O(N) if not sorted"
_WORDS = (
    "key [BY by-pattern=pattern#1] [LIMIT (offset count)]"
    " [GET get-pattern=pattern#1 [GET pattern ...]] [ASC | DESC] [ALPHA]"
)


@dataclass
class Wish:
    """What a call asks for.

    Attributes:
        by: The pattern for weights; None to compare the elements themselves.
        gets: The patterns for what is answered; none for the elements themselves.
        falling: The greatest comes first.
        alpha: Weights are text.
        offset, count: Which part is wanted; a negative count for all.
        target: The key to store the result under; None to answer with it.
    """

    by: bytes | None = None
    gets: list[bytes] = field(default_factory=list)
    falling: bool = False
    alpha: bool = False
    offset: int = 0
    count: int = -1
    target: bytes | None = None


def _find_keys(argv: list[bytes]) -> list[int]:
    """The key, and the last one named by STORE (`db.c` sortGetKeys)."""
    stored: list[int] = []
    at = 2
    while at < len(argv):
        word = argv[at].upper()
        if word == b"STORE" and at + 1 < len(argv):
            stored = [at + 1]
        at += {b"LIMIT": 2, b"GET": 1, b"BY": 1}.get(word, 0) + 1
    return [1, *stored]


@command(
    "SORT",
    f"{_WORDS} [STORE destination]",
    arity=-2,
    flags=Flags.WRITE | Flags.DENYOOM | Flags.MOVABLEKEYS,
    keys=(Keys(1, "RO access"), Keys(None, "RO access"), Keys(None, "OW update")),
    complexity=_COST,
    find_keys=_find_keys,
)
def sort(ctx: Context, args: Args) -> Reply:
    """Sort elements, or what patterns make of them; return the result or store it as a list."""
    return _sort(ctx, args, may_store=True)


@command(
    "SORT_RO",
    _WORDS,
    arity=-2,
    flags=Flags.READONLY | Flags.MOVABLEKEYS,
    keys=(Keys(1, "RO access"), Keys(None, "RO access")),
    since="7.0.0",
    complexity=_COST,
    find_keys=lambda argv: [1],
)
def sort_ro(ctx: Context, args: Args) -> Reply:
    """Sort elements, or what patterns make of them, without ever storing the result."""
    return _sort(ctx, args, may_store=False)


# They belong to the types they sort and not, like others of their group, to the keyspace.
for _name, _does in ((b"SORT", "@write"), (b"SORT_RO", "@read")):
    COMMANDS[_name].categories = ("@dangerous", "@list", "@set", "@slow", "@sortedset", _does)


def _sort(ctx: Context, args: Args, *, may_store: bool) -> Reply:
    key = args.next()
    wish = Wish()
    while args:
        _option(args, wish, may_store)
        _check_patterns(ctx, args, wish)
    entry = ctx.lookup_source(key)
    value = None if entry is None else boxed(entry.value)
    if not (value is None or isinstance(value, (List, Set, ZSet))):
        raise CommandError(WRONG_TYPE)
    chosen = _chosen(ctx, value, wish)
    found = [_by_pattern(ctx, get, each) for each in chosen for get in wish.gets or [b"#"]]
    if wish.target is None:
        return [*found]
    return _keep(ctx, wish.target, [b"" if each is None else each for each in found])


def _option(args: Args, wish: Wish, may_store: bool) -> None:
    word = args.next().upper()
    if word in (b"ASC", b"DESC"):
        wish.falling = word == b"DESC"
    elif word == b"ALPHA":
        wish.alpha = True
    elif word == b"LIMIT" and len(args) > 1:
        wish.offset, wish.count = args.integer(), args.integer()
    elif word == b"STORE" and may_store and args:
        wish.target = args.next()
    elif word == b"BY" and args:
        wish.by = args.next()
    elif word == b"GET" and args:
        wish.gets.append(args.next())
    else:
        raise CommandError(SYNTAX)


def _check_patterns(ctx: Context, args: Args, wish: Wish) -> None:
    """Patterns find keys that nobody has named: only who may read all of them may use any.

    And in a cluster only those whose keys are all in the slot of the one that was named.
    """
    if ctx.state.cluster is not None:
        _check_slots(args.argv[1], wish)
    reads_others = bool(wish.gets) or (wish.by is not None and _has_star(wish.by))
    if reads_others and ctx.client.restricted:
        row = COMMANDS[args.argv[0].upper()]
        if not may_read_all_keys(ctx.state, ctx.client, row, args.argv):
            raise CommandError(SORT_DENIED.format("GET" if wish.gets else "BY"))


def _check_slots(key: bytes, wish: Wish) -> None:
    here = slot_of(key)
    for get in wish.gets:
        if get != b"#" and slot_of_pattern(get) != here:
            raise CommandError(SORT_IN_CLUSTER.format("GET"))
    if wish.by is not None and _has_star(wish.by) and slot_of_pattern(wish.by) != here:
        raise CommandError(SORT_IN_CLUSTER.format("BY"))


def _has_star(pattern: bytes) -> bool:
    return b"*" in pattern.partition(b"\0")[0]


# --- Sorting --------------------------------------------------------------------------------


def _chosen(ctx: Context, value: List | Set | ZSet | None, wish: Wish) -> list[bytes]:
    """The elements that are wanted, in order."""
    by, alpha = wish.by, wish.alpha
    sorting = by is None or _has_star(by)
    if not sorting and isinstance(value, Set) and wish.target is not None:
        sorting, alpha, by = True, True, None  # what is stored must not depend on buckets
    elements = _elements(value)
    start, end = _part(len(elements), wish)
    if not sorting:
        if wish.falling and not isinstance(value, Set):
            elements.reverse()
        return elements[start:end]
    weights = [_by_pattern(ctx, b"#" if by is None else by, each) for each in elements]
    keys = _text_keys(weights, wish) if alpha else _number_keys(elements, weights)
    if wish.falling:
        keys = [-key for key in keys]
    partly = by is not None and (start, end) != (0, len(elements))
    first, last = (start, end) if partly else (0, len(elements))
    return [elements[index] for index in sort_part(keys, first, last)][start:end]


def _elements(value: List | Set | ZSet | None) -> list[bytes]:
    match value:
        case ZSet():
            value.unpack("SORT walks the skiplist")
            return [member for member, _ in value]
        case List():
            return [*value.items()]
        case Set():
            return [*value.members()]
        case _:
            return []


def _part(length: int, wish: Wish) -> tuple[int, int]:
    start = min(max(wish.offset, 0), length)
    count = length if wish.count < 0 else wish.count
    return start, min(start + count, length)


def _number_keys(elements: list[bytes], weights: list[bytes | None]) -> list[float]:
    """Places in the order of numbers; among equal ones, of the elements' bytes."""
    numbers = [0.0 if weight is None else _number(weight) for weight in weights]
    return _places([*zip(numbers, elements, strict=True)])


def _number(weight: bytes) -> float:
    """A weight as C's strtod reads it: it skips blanks, and ends at a zero byte."""
    text = weight.partition(b"\0")[0]
    number = parse_double(text.lstrip(BLANKS)) if text else 0.0
    if number is None:
        raise CommandError(NOT_A_WEIGHT)
    return number


def _text_keys(weights: list[bytes | None], wish: Wish) -> list[float]:
    """Places in the order of texts, what has none first. Without STORE, up to a zero byte."""
    texts = [
        (False, b"") if weight is None
        else (True, weight if wish.target is not None else weight.partition(b"\0")[0])
        for weight in weights
    ]  # fmt: skip
    return _places(texts)


def _places(weights: list[tuple[float, bytes]] | list[tuple[bool, bytes]]) -> list[float]:
    """Numbers that are in the order of `weights`, and equal where they are."""
    place = {weight: float(index) for index, weight in enumerate(sorted(set(weights)))}
    return [place[weight] for weight in weights]


# --- Patterns and results -------------------------------------------------------------------


def _by_pattern(ctx: Context, pattern: bytes, element: bytes) -> bytes | None:
    """What the key, or the field of a hash, holds that a pattern makes of an element."""
    if pattern == b"#":
        return element
    head, star, tail = pattern.partition(b"*")
    if not star or b"\0" in head:
        return None
    name, arrow, field_name = tail.partition(b"->")
    of_hash = bool(arrow and field_name)
    key = head + element + (name if of_hash else tail)
    entry = ctx.lookup_source(key)
    value = None if entry is None else boxed(entry.value)
    if of_hash:
        return ctx.value_in(key, value, field_name) if isinstance(value, Hash) else None
    return value.data() if isinstance(value, String) else None


def _keep(ctx: Context, target: bytes, elements: list[bytes]) -> int:
    if elements:
        ctx.store(target, List.built(ctx.state.kit, elements))
        ctx.changed(target, "sortstore", times=len(elements))
    elif ctx.delete(target):
        ctx.changed(target, "del")
    return len(elements)
