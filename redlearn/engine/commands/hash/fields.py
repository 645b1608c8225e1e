"""Hash commands: fields with values under one key.

A hash that loses its last field is gone, key and all.

Fields can end (`expire.py`). To whoever reads, one whose time has passed is not there, and
asking for it by name takes it out. A hash as a whole is only looked over: HGETALL leaves such
fields out and where they are, and HLEN counts them. HSET lets a field live for ever again,
HINCRBY does not.

Source: `t_hash.c`.
"""

from __future__ import annotations

from redlearn.engine.args import Args
from redlearn.engine.command import Flags, Keys, command
from redlearn.engine.context import Context
from redlearn.engine.scanning import page, parse_cursor, parse_options
from redlearn.engine.structures.ebuckets import NO_TIME
from redlearn.engine.values.hash import Hash
from redlearn.engine.values.picking import MOST_DRAWS
from redlearn.errors import (
    HASH_NOT_A_FLOAT,
    HASH_NOT_AN_INTEGER,
    INCREMENT_NOT_FINITE,
    INCREMENT_OVERFLOW,
    NAN_OR_INFINITY,
    NOT_A_FLOAT,
    NOT_AN_INTEGER,
    OUT_OF_RANGE,
    WRONG_ARITY,
    CommandError,
)
from redlearn.resp.double import LongDouble, format_long_double, parse_long_double
from redlearn.resp.integer import INT64_MAX, INT64_MIN, parse_integer
from redlearn.resp.reply import OK, Pairs, Reply

_READ = Flags.READONLY | Flags.FAST
_WRITE = Flags.WRITE | Flags.DENYOOM | Flags.FAST
_ANY_ORDER = ("nondeterministic_output_order",)


@command(
    "HSET",
    "key field value [field value ...]",
    arity=-4,
    flags=_WRITE,
    keys=(Keys(1, "RW update"),),
    since="2.0.0",
    complexity="O(1) for each field; O(N) in a listpack of N fields",
)
def hset(ctx: Context, argv: list[bytes]) -> Reply:
    """Set fields of a hash to values; return how many of the fields are new."""
    if len(argv) != 4:
        return _set_fields(ctx, argv)
    value = ctx.find(argv[1], Hash)
    if value is None:
        value = ctx.create(argv[1], Hash(ctx.state.kit))
    timed = value.timing is not None
    new = value.put(argv[2], argv[3])
    if timed:
        ctx.reordered(argv[1], value)
    ctx.changed(argv[1], "hset")
    return 1 if new else 0


@command(
    "HMSET",
    "key field value [field value ...]",
    arity=-4,
    flags=_WRITE,
    keys=(Keys(1, "RW update"),),
    since="2.0.0",
    complexity="O(1) for each field; O(N) in a listpack of N fields",
    deprecated_since="4.0.0",
    replaced_by="HSET",
)
def hmset(ctx: Context, argv: list[bytes]) -> Reply:
    """Set fields of a hash to values, and answer just OK; HSET also says how many were new."""
    _set_fields(ctx, argv)
    return OK


def _set_fields(ctx: Context, argv: list[bytes]) -> int:
    if len(argv) % 2:
        raise CommandError(WRONG_ARITY.format(argv[0].decode().lower()))
    key = argv[1]
    value = ctx.find(key, Hash)
    if value is None:
        value = ctx.create(key, Hash(ctx.state.kit))
    value.expect(argv[2:])
    timed = value.first_ms
    new = sum([value.put(argv[at], argv[at + 1]) for at in range(2, len(argv), 2)])
    if new and value.pack is not None:
        value.pack.shrink_to_fit()
    if timed:
        ctx.reordered(key, value)
    ctx.changed(key, "hset", (len(argv) - 2) // 2)
    return new


@command(
    "HSETNX",
    "key field value",
    arity=4,
    flags=_WRITE,
    keys=(Keys(1, "RW insert"),),
    since="2.0.0",
    complexity="O(1); O(N) in a listpack of N fields",
)
def hsetnx(ctx: Context, argv: list[bytes]) -> Reply:
    """Set a field only if the hash does not have it yet."""
    _, key, field, data = argv
    value = ctx.find(key, Hash)
    if value is not None and ctx.value_in(key, value, field) is not None:
        return 0
    if value is None or not len(value):
        value = ctx.create(key, Hash(ctx.state.kit))
    value.put(field, data)
    ctx.changed(key, "hset")
    return 1


@command(
    "HGET",
    "key field",
    arity=3,
    flags=_READ,
    keys=(Keys(1, "RO access"),),
    since="2.0.0",
    complexity="O(1); O(N) in a listpack of N fields",
)
def hget(ctx: Context, argv: list[bytes]) -> Reply:
    """Return the value of one field."""
    value = ctx.find(argv[1], Hash)
    return None if value is None else ctx.value_in(argv[1], value, argv[2])


@command(
    "HMGET",
    "key field [field ...]",
    arity=-3,
    flags=_READ,
    keys=(Keys(1, "RO access"),),
    since="2.0.0",
    complexity="O(1) for each field",
)
def hmget(ctx: Context, argv: list[bytes]) -> Reply:
    """Return the values of several fields, nil for those that are not there."""
    value = ctx.find(argv[1], Hash)
    if value is None:
        return [None] * (len(argv) - 2)
    if NO_TIME < value.first_ms < ctx.now_ms:
        return _get_before_they_end(ctx, argv[1], value, argv[2:])
    return [value.get(field) for field in argv[2:]]


def _get_before_they_end(ctx: Context, key: bytes, value: Hash, fields: list[bytes]) -> Reply:
    """HMGET where fields are over: told once of all, and not at all if the first was the last.

    Source: `t_hash.c` hmgetCommand, which counts the field that emptied the hash apart.
    """
    values: list[Reply] = []
    expired = 0
    for field in fields:
        over = len(value) > 0 and ctx.field_is_over(key, value, field, told=False)
        expired += over and len(value) > 0
        values.append(None if over or not len(value) else value.get(field))
    if expired:
        ctx.notify(key, "hexpired")
        if not len(value):
            ctx.notify(key, "del")
    return values


@command(
    "HGETALL",
    "key",
    arity=2,
    flags=Flags.READONLY,
    keys=(Keys(1, "RO access"),),
    since="2.0.0",
    complexity="O(N) fields",
    tips=_ANY_ORDER,
)
def hgetall(ctx: Context, argv: list[bytes]) -> Reply:
    """Return all fields with their values."""
    value = ctx.find(argv[1], Hash)
    return {} if value is None else dict(value.pairs(ctx.now_ms))


@command(
    "HKEYS",
    "key",
    arity=2,
    flags=Flags.READONLY,
    keys=(Keys(1, "RO access"),),
    since="2.0.0",
    complexity="O(N) fields",
    tips=_ANY_ORDER,
)
def hkeys(ctx: Context, argv: list[bytes]) -> Reply:
    """Return all fields, without their values."""
    value = ctx.find(argv[1], Hash)
    return [] if value is None else [*value.fields(ctx.now_ms)]


@command(
    "HVALS",
    "key",
    arity=2,
    flags=Flags.READONLY,
    keys=(Keys(1, "RO access"),),
    since="2.0.0",
    complexity="O(N) fields",
    tips=_ANY_ORDER,
)
def hvals(ctx: Context, argv: list[bytes]) -> Reply:
    """Return all values, without their fields."""
    value = ctx.find(argv[1], Hash)
    return [] if value is None else [*value.values(ctx.now_ms)]


@command(
    "HLEN",
    "key",
    arity=2,
    flags=_READ,
    keys=(Keys(1, "RO"),),
    since="2.0.0",
    complexity="O(1)",
)
def hlen(ctx: Context, argv: list[bytes]) -> Reply:
    """Count the fields; those whose time has passed count until they are taken out."""
    value = ctx.find(argv[1], Hash)
    return 0 if value is None else len(value)


@command(
    "HEXISTS",
    "key field",
    arity=3,
    flags=_READ,
    keys=(Keys(1, "RO"),),
    since="2.0.0",
    complexity="O(1); O(N) in a listpack of N fields",
)
def hexists(ctx: Context, argv: list[bytes]) -> Reply:
    """Tell whether a field is there: 1 or 0."""
    value = ctx.find(argv[1], Hash)
    return int(value is not None and ctx.value_in(argv[1], value, argv[2]) is not None)


@command(
    "HSTRLEN",
    "key field",
    arity=3,
    flags=_READ,
    keys=(Keys(1, "RO"),),
    since="3.2.0",
    complexity="O(1); O(N) in a listpack of N fields",
)
def hstrlen(ctx: Context, argv: list[bytes]) -> Reply:
    """Return how many bytes the value of a field has; 0 if it is not there."""
    value = ctx.find(argv[1], Hash)
    return 0 if value is None else len(ctx.value_in(argv[1], value, argv[2]) or b"")


@command(
    "HDEL",
    "key field [field ...]",
    arity=-3,
    flags=Flags.WRITE | Flags.FAST,
    keys=(Keys(1, "RW delete"),),
    since="2.0.0",
    complexity="O(1) for each field",
)
def hdel(ctx: Context, argv: list[bytes]) -> Reply:
    """Remove fields; return how many were there."""
    key = argv[1]
    value = ctx.find(key, Hash)
    if value is None:
        return 0
    timed = value.first_ms
    removed = sum([value.remove(field) for field in argv[2:]])
    if timed:
        ctx.reordered(key, value)
    ctx.shrunk(key, value, "hdel", removed)
    return removed


@command(
    "HINCRBY",
    "key field increment",
    arity=4,
    flags=_WRITE,
    keys=(Keys(1, "RW access update"),),
    since="2.0.0",
    complexity="O(1); O(N) in a listpack of N fields",
)
def hincrby(ctx: Context, argv: list[bytes]) -> Reply:
    """Add an integer to a field, which counts as 0 if it is not there."""
    _, key, field, text = argv
    step = parse_integer(text)
    if step is None:
        raise CommandError(NOT_AN_INTEGER)
    value = ctx.find(key, Hash)
    old = ctx.value_in(key, value, field) if value is not None else None
    number = 0 if old is None else parse_integer(old)
    if number is None:
        raise CommandError(HASH_NOT_AN_INTEGER)
    total = number + step
    if not INT64_MIN <= total <= INT64_MAX:
        raise CommandError(INCREMENT_OVERFLOW)
    if value is None or not len(value):
        value = ctx.create(key, Hash(ctx.state.kit))
    value.put(field, b"%d" % total, keep=True)
    ctx.changed(key, "hincrby")
    return total


@command(
    "HINCRBYFLOAT",
    "key field increment:double",
    arity=4,
    flags=_WRITE,
    keys=(Keys(1, "RW access update"),),
    since="2.6.0",
    complexity="O(1); O(N) in a listpack of N fields",
)
def hincrbyfloat(ctx: Context, argv: list[bytes]) -> Reply:
    """Add a number with a fraction to a field; passed on as the HSET of its outcome.

    Unlike Redis: a field that ends is passed on with its end. 7.4 passes on a bare HSET, by which
    a replica's field would live for ever.
    """
    _, key, field, text = argv
    step = parse_long_double(text)
    if step is None:
        raise CommandError(NOT_A_FLOAT)
    if not step.finite:
        raise CommandError(NAN_OR_INFINITY)
    value = ctx.find(key, Hash)
    old = ctx.value_in(key, value, field) if value is not None else None
    number = LongDouble(0) if old is None else parse_long_double(old)
    if number is None:
        raise CommandError(HASH_NOT_A_FLOAT)
    total = number.plus(step)
    if not total.finite:
        raise CommandError(INCREMENT_NOT_FINITE)
    if value is None or not len(value):
        value = ctx.create(key, Hash(ctx.state.kit))
    printed = format_long_double(total)
    value.put(field, printed, keep=True)
    ctx.changed(key, "hincrbyfloat")
    if at_ms := value.first_ms and value.moment_of(field):
        end = b"PXAT", b"%d" % at_ms
        ctx.propagate(b"HSETEX", key, *end, b"FIELDS", b"1", field, printed)
    else:
        ctx.propagate(b"HSET", key, field, printed)
    return printed


@command(
    "HRANDFIELD",
    "key [count [WITHVALUES]]",
    arity=-2,
    flags=Flags.READONLY,
    keys=(Keys(1, "RO access"),),
    since="6.2.0",
    complexity="O(N) fields returned",
    tips=("nondeterministic_output",),
)
def hrandfield(ctx: Context, args: Args) -> Reply:
    """Return one field by chance, or `count` different ones, or -`count` with repetitions.

    Unlike Redis: more than a million draws are refused, as those of SRANDMEMBER are.
    """
    key = args.next()
    if not args:
        value = _find_after_they_end(ctx, key)
        return None if value is None else value.random_pair()[0]
    count = args.signed_count()
    with_values = args.take(b"WITHVALUES")
    args.finish()
    if with_values and abs(count) > INT64_MAX // 2:
        raise CommandError(OUT_OF_RANGE)
    value = _find_after_they_end(ctx, key)
    if value is None:
        return []
    if count < -MOST_DRAWS:
        raise CommandError(OUT_OF_RANGE)
    if count < 0:
        pairs = [value.random_pair() for _ in range(-count)]
    else:
        pairs = value.sample(count)
    return Pairs(pairs) if with_values else [field for field, _ in pairs]


def _find_after_they_end(ctx: Context, key: bytes) -> Hash | None:
    """The hash with all fields that are over taken out; None where that leaves nothing.

    Source: `t_hash.c` hashTypeExpireIfNeeded.
    """
    value = ctx.find(key, Hash)
    if value is None or not NO_TIME < value.first_ms < ctx.now_ms:
        return value
    if ctx.state.replication.primary is not None:
        return value
    rows = value.due(ctx.now_ms, len(value))
    value.expire([field for _, field in rows])
    for at_ms, field in rows:
        ctx.field_expired(key, field, at_ms, "lazy")
    return None if ctx.fields_expired(key, value) else value


@command(
    "HSCAN",
    "key cursor [MATCH pattern] [COUNT count] [NOVALUES]",
    arity=-3,
    flags=Flags.READONLY,
    keys=(Keys(1, "RO access"),),
    since="2.8.0",
    complexity="O(1) for each call, O(N) for a whole scan",
    tips=("nondeterministic_output",),
)
def hscan(ctx: Context, args: Args) -> Reply:
    """Return the next few fields with their values, and the cursor to go on with."""
    key, cursor = args.next(), parse_cursor(args.next())
    value = ctx.find(key, Hash)
    if value is None:
        return page(0, [])
    options = parse_options(args, "HSCAN")
    cursor, pairs = value.scan(cursor, options.count, ctx.now_ms)
    found: list[Reply] = []
    for field, data in pairs:
        if options.wants(field):
            found += [field] if options.names_only else [field, data]
    return page(cursor, found)
