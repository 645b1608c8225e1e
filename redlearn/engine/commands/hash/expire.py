"""When single fields of a hash end: setting it, reading it, taking it away.

All these name several fields and answer for each, in their order, with a number:

    -2   there is no such field, or its time has passed
    -1   it never ends
     0   HEXPIRE: the condition did not hold
     1   done
     2   HEXPIRE: the moment has passed already, and the field was deleted

What is passed on names a moment, as HPEXPIREAT, and just the fields that were given it. A field
deleted at once is passed on as an HDEL of its own.

Source: `t_hash.c` hexpireGenericCommand, httlGenericCommand, hpersistCommand.
"""

from __future__ import annotations

from typing import Final

from redlearn.engine.command import Flags, Keys, command
from redlearn.engine.context import Context
from redlearn.engine.structures.ebuckets import LATEST_MS, NO_TIME
from redlearn.engine.values.hash import Hash
from redlearn.errors import (
    FIELDS_DIFFER,
    FIELDS_MISSING,
    FIELDS_NOT_POSITIVE,
    INVALID_EXPIRE,
    NEGATIVE_EXPIRE,
    NOT_AN_INTEGER,
    NUMFIELDS_TOO_SMALL,
    CommandError,
)
from redlearn.resp.integer import parse_integer
from redlearn.resp.reply import Reply

NO_FIELD: Final = -2
NO_END: Final = -1
CONDITION_NOT_MET: Final = 0
DONE: Final = 1
DELETED: Final = 2

_CONDITIONS: Final = (b"NX", b"XX", b"GT", b"LT")
_FAST_WRITE: Final = Flags.WRITE | Flags.FAST
_FAST_READ: Final = Flags.READONLY | Flags.FAST
_UPDATE: Final = (Keys(1, "RW update"),)
_READ: Final = (Keys(1, "RO access"),)
_FIELDS: Final = "FIELDS (numfields field [field ...])"
_NX: Final = "[NX | XX | GT | LT]"


@command(
    "HEXPIRE",
    f"key seconds {_NX} {_FIELDS}",
    arity=-6,
    flags=_FAST_WRITE | Flags.DENYOOM,
    keys=_UPDATE,
    since="7.4.0",
    complexity="O(N) fields named; O(N * M) in a listpack of M",
)
def hexpire(ctx: Context, argv: list[bytes]) -> Reply:
    """Let fields of a hash live for a number of seconds from now."""
    return _expire(ctx, argv, "hexpire", base_ms=ctx.now_ms, unit_ms=1000)


@command(
    "HPEXPIRE",
    f"key milliseconds {_NX} {_FIELDS}",
    arity=-6,
    flags=_FAST_WRITE | Flags.DENYOOM,
    keys=_UPDATE,
    since="7.4.0",
    complexity="O(N) fields named; O(N * M) in a listpack of M",
)
def hpexpire(ctx: Context, argv: list[bytes]) -> Reply:
    """Let fields of a hash live for a number of milliseconds from now."""
    return _expire(ctx, argv, "hpexpire", base_ms=ctx.now_ms, unit_ms=1)


@command(
    "HEXPIREAT",
    f"key unix-time-seconds {_NX} {_FIELDS}",
    arity=-6,
    flags=_FAST_WRITE | Flags.DENYOOM,
    keys=_UPDATE,
    since="7.4.0",
    complexity="O(N) fields named; O(N * M) in a listpack of M",
)
def hexpireat(ctx: Context, argv: list[bytes]) -> Reply:
    """Let fields of a hash live until a moment given in seconds since 1970."""
    return _expire(ctx, argv, "hexpireat", base_ms=0, unit_ms=1000)


@command(
    "HPEXPIREAT",
    f"key unix-time-milliseconds {_NX} {_FIELDS}",
    arity=-6,
    flags=_FAST_WRITE | Flags.DENYOOM,
    keys=_UPDATE,
    since="7.4.0",
    complexity="O(N) fields named; O(N * M) in a listpack of M",
)
def hpexpireat(ctx: Context, argv: list[bytes]) -> Reply:
    """Let fields of a hash live until a moment given in milliseconds since 1970."""
    return _expire(ctx, argv, "hpexpireat", base_ms=0, unit_ms=1)


def _expire(ctx: Context, argv: list[bytes], name: str, *, base_ms: int, unit_ms: int) -> Reply:
    """Set the end of fields; a number for each. In the past: delete them now."""
    key = argv[1]
    hash = ctx.find(key, Hash)
    at_ms = _moment(argv[2], name, base_ms, unit_ms)
    condition = argv[3].upper() if argv[3].upper() in _CONDITIONS else b""
    fields = _fields(argv, 4 if condition else 3, NUMFIELDS_TOO_SMALL)
    if hash is None:
        return [NO_FIELD] * len(fields)
    hash.let_fields_end()
    answers = [_expire_field(ctx, key, hash, field, at_ms, condition) for field in fields]
    _tell(ctx, key, hash, answers)
    kept = [field for field, answer in zip(fields, answers, strict=True) if answer == DONE]
    ctx.propagate_nothing()
    if kept:
        words = argv[3:5] if condition else argv[3:4]
        counted = b"%d" % len(kept), *kept
        told = argv[:3] if base_ms < unit_ms == 1 else [b"HPEXPIREAT", key, b"%d" % at_ms]
        ctx.propagate(*told, *words, *counted)
    return [*answers]


def _moment(amount: bytes, name: str, base_ms: int, unit_ms: int) -> int:
    """`amount` of the unit after the base, in ms since 1970."""
    number = parse_integer(amount)
    if number is None:
        raise CommandError(NOT_AN_INTEGER)
    if number < 0:
        raise CommandError(NEGATIVE_EXPIRE)
    if number * unit_ms > LATEST_MS - base_ms:
        raise CommandError(INVALID_EXPIRE.format(name))
    return number * unit_ms + base_ms


def _fields(argv: list[bytes], at: int, not_a_count: str) -> list[bytes]:
    """The fields behind `FIELDS numfields`, which must be all that is left."""
    if argv[at].upper() != b"FIELDS":
        raise CommandError(FIELDS_MISSING)
    count = parse_integer(argv[at + 1]) if at + 1 < len(argv) else None
    if count is None or count < 1:
        raise CommandError(not_a_count)
    fields = argv[at + 2 :]
    if len(fields) != count:
        raise CommandError(FIELDS_DIFFER)
    return fields


def _expire_field(
    ctx: Context, key: bytes, hash: Hash, field: bytes, at_ms: int, condition: bytes
) -> int:
    """Set the end of one field, which may be over already: nobody has taken it out yet.

    Source: `t_hash.c` hashTypeSetExpiryListpack, hashTypeSetExpiryHT.
    """
    old_ms = hash.moment_of(field)
    if old_ms is None:
        return NO_FIELD
    if not _allowed(condition, old_ms, at_ms):
        return CONDITION_NOT_MET
    if at_ms <= ctx.now_ms:
        hash.remove(field)
        ctx.field_expired(key, field, at_ms, "lazy")
        return DELETED
    hash.set_moment(field, at_ms)
    return DONE


def _allowed(condition: bytes, old_ms: int, new_ms: int) -> bool:
    """Whether the condition lets the end move. A field without an end lives longest of all."""
    if old_ms == NO_TIME:
        return condition not in (b"XX", b"GT")
    if condition == b"GT":
        return new_ms > old_ms
    if condition == b"LT":
        return new_ms < old_ms
    return condition != b"NX"


def _tell(ctx: Context, key: bytes, hash: Hash, answers: list[int]) -> None:
    """Count what was done to `hash`, and draw the consequences (`t_hash.c` hashTypeSetExDone)."""
    deleted = answers.count(DELETED)
    times = deleted + answers.count(DONE)
    ctx.reordered(key, hash)
    ctx.shrunk(key, hash, "hdel" if deleted else "hexpire", times)


@command(
    "HPERSIST",
    f"key {_FIELDS}",
    arity=-5,
    flags=_FAST_WRITE,
    keys=_UPDATE,
    since="7.4.0",
    complexity="O(N) fields named; O(N * M) in a listpack of M",
)
def hpersist(ctx: Context, argv: list[bytes]) -> Reply:
    """Let fields of a hash live for ever again; 1 for each that was to end."""
    key = argv[1]
    hash = ctx.find(key, Hash)
    fields = _fields(argv, 2, FIELDS_NOT_POSITIVE)
    if hash is None:
        return [NO_FIELD] * len(fields)
    answers = [_persist(ctx, hash, field) for field in fields]
    if DONE in answers:
        ctx.reordered(key, hash)
        ctx.changed(key, "hpersist")
    return [*answers]


def _persist(ctx: Context, hash: Hash, field: bytes) -> int:
    at_ms = hash.moment_of(field)
    if at_ms is None or NO_TIME < at_ms < ctx.now_ms:
        return NO_FIELD
    if at_ms == NO_TIME:
        return NO_END
    hash.set_moment(field, NO_TIME)
    return DONE


# --- Reading --------------------------------------------------------------------------------


@command(
    "HTTL",
    f"key {_FIELDS}",
    arity=-5,
    flags=_FAST_READ,
    keys=_READ,
    since="7.4.0",
    complexity="O(N) fields named; O(N * M) in a listpack of M",
)
def httl(ctx: Context, argv: list[bytes]) -> Reply:
    """Tell how many seconds fields of a hash have left, rounded up."""
    return _ends(ctx, argv, base_ms=ctx.now_ms, unit_ms=1000)


@command(
    "HPTTL",
    f"key {_FIELDS}",
    arity=-5,
    flags=_FAST_READ,
    keys=_READ,
    since="7.4.0",
    complexity="O(N) fields named; O(N * M) in a listpack of M",
)
def hpttl(ctx: Context, argv: list[bytes]) -> Reply:
    """Tell how many milliseconds fields of a hash have left."""
    return _ends(ctx, argv, base_ms=ctx.now_ms, unit_ms=1)


@command(
    "HEXPIRETIME",
    f"key {_FIELDS}",
    arity=-5,
    flags=_FAST_READ,
    keys=_READ,
    since="7.4.0",
    complexity="O(N) fields named; O(N * M) in a listpack of M",
)
def hexpiretime(ctx: Context, argv: list[bytes]) -> Reply:
    """Tell when fields of a hash end, in seconds since 1970, rounded up."""
    return _ends(ctx, argv, base_ms=0, unit_ms=1000)


@command(
    "HPEXPIRETIME",
    f"key {_FIELDS}",
    arity=-5,
    flags=_FAST_READ,
    keys=_READ,
    since="7.4.0",
    complexity="O(N) fields named; O(N * M) in a listpack of M",
)
def hpexpiretime(ctx: Context, argv: list[bytes]) -> Reply:
    """Tell when fields of a hash end, in milliseconds since 1970."""
    return _ends(ctx, argv, base_ms=0, unit_ms=1)


def _ends(ctx: Context, argv: list[bytes], *, base_ms: int, unit_ms: int) -> Reply:
    """When each field ends, counted from the base; a field that is over is none.

    In a listpack a field is over at its very last millisecond, in a table after it, as in Redis.
    """
    hash = ctx.find(argv[1], Hash)
    fields = _fields(argv, 2, FIELDS_NOT_POSITIVE)
    if hash is None:
        return [NO_FIELD] * len(fields)
    over_ms = ctx.now_ms - (hash.table is not None)
    answers: list[Reply] = []
    for field in fields:
        at_ms = hash.moment_of(field)
        if at_ms == NO_TIME:
            answers.append(NO_END)
        elif at_ms is None or at_ms <= over_ms:
            answers.append(NO_FIELD)
        else:
            answers.append((at_ms - base_ms + unit_ms - 1) // unit_ms)
    return answers
