"""DUMP and RESTORE: a value as bytes that another server understands, and back."""

from __future__ import annotations

from dataclasses import dataclass

from redlearn.engine.access import access_counted, access_idle_for
from redlearn.engine.args import Args
from redlearn.engine.command import Flags, Keys, command
from redlearn.engine.context import Context
from redlearn.engine.payload import (
    BadFooter,
    BadPayload,
    Reader,
    dump,
    open_payload,
    read_value,
)
from redlearn.engine.values.string import boxed
from redlearn.engine.values.value import Value
from redlearn.errors import (
    BAD_FREQ,
    BAD_PAYLOAD,
    BAD_PAYLOAD_FOOTER,
    BUSY_KEY,
    NEGATIVE_IDLETIME,
    NEGATIVE_TTL,
    NOT_AN_INTEGER,
    SYNTAX,
    CommandError,
)
from redlearn.resp.integer import INT64_MAX, parse_integer
from redlearn.resp.reply import OK, Reply


@command(
    "DUMP",
    "key",
    arity=2,
    flags=Flags.READONLY,
    keys=(Keys(1, "RO access"),),
    since="2.6.0",
    complexity="O(N) bytes of the value",
    tips=("nondeterministic_output",),
)
def dump_key(ctx: Context, argv: list[bytes]) -> Reply:
    """Give a value as bytes, for RESTORE here or on another server."""
    entry = ctx.lookup(argv[1])
    return None if entry is None else dump(boxed(entry.value))


@dataclass(slots=True)
class _Options:
    """What stands behind the payload; -1 for what does not."""

    replace: bool = False
    absolute: bool = False
    idle_seconds: int = -1
    frequency: int = -1


_RESTORES = (
    "key ttl serialized-value [REPLACE]@3.0.0 [ABSTTL]@5.0.0"
    " [IDLETIME seconds]@5.0.0 [FREQ frequency]@5.0.0"
)


@command(
    "RESTORE",
    _RESTORES,
    arity=-4,
    flags=Flags.WRITE | Flags.DENYOOM,
    keys=(Keys(1, "OW update"),),
    since="2.6.0",
    complexity="O(N) bytes of the value; O(N log N) for a sorted set",
    categories="@dangerous",
)
def restore(ctx: Context, argv: list[bytes]) -> Reply:
    """Make a key of what DUMP gave, with a time to live in milliseconds, or 0 for none."""
    options = _options(Args(argv, 4))
    key, ttl = argv[1], parse_integer(argv[2])
    if not options.replace and ctx.lookup(key) is not None:
        raise CommandError(BUSY_KEY)
    if ttl is None:
        raise CommandError(NOT_AN_INTEGER)
    if ttl < 0:
        raise CommandError(NEGATIVE_TTL)
    value = _value_of(ctx, argv[3])
    deleted = options.replace and ctx.delete(key)  # even a stale one: Redis does not look at it
    at_ms = ttl + ctx.now_ms if ttl and not options.absolute else ttl
    if ttl and not ctx.now_ms < at_ms <= INT64_MAX:  # a sum beyond 64 bits wraps to the past
        if deleted:
            ctx.changed(key, "del")
            lazy = ctx.state.config.flag("lazyfree-lazy-server-del")
            ctx.propagate(b"UNLINK" if lazy else b"DEL", key)
        return OK
    _store(ctx, key, value, at_ms, options)
    if ttl and not options.absolute:
        ctx.propagate(argv[0], key, b"%d" % at_ms, *argv[3:], b"ABSTTL")
    return OK


@command(
    "RESTORE-ASKING",
    _RESTORES,
    group="server",
    arity=-4,
    flags=Flags.WRITE | Flags.DENYOOM | Flags.ASKING,
    keys=(Keys(1, "OW update"),),
    since="3.0.0",
    complexity="O(N) bytes of the value; O(N log N) for a sorted set",
    categories="@dangerous @keyspace",
    for_the_system=True,
)
def restore_asking(ctx: Context, argv: list[bytes]) -> Reply:
    """Do what RESTORE does, for a slot that is on its way here: MIGRATE sends this."""
    return restore(ctx, argv)


def _options(args: Args) -> _Options:
    """Source: `cluster.c` restoreCommand."""
    given = _Options()
    while args:
        if args.take(b"REPLACE"):
            given.replace = True
        elif args.take(b"ABSTTL"):
            given.absolute = True
        elif args.word() == b"IDLETIME" and len(args) > 1 and given.frequency == -1:
            args.next()
            given.idle_seconds = args.integer()
            if given.idle_seconds < 0:
                raise CommandError(NEGATIVE_IDLETIME)
        elif args.word() == b"FREQ" and len(args) > 1 and given.idle_seconds == -1:
            args.next()
            given.frequency = args.integer()
            if not 0 <= given.frequency <= 255:
                raise CommandError(BAD_FREQ)
        else:
            raise CommandError(SYNTAX)
    return given


def _value_of(ctx: Context, payload: bytes) -> Value:
    """The value in a payload. Bytes behind it are not looked at, as in Redis."""
    try:
        content, version = open_payload(payload, trusting=ctx.state.skip_checksum)
        reader = Reader(content)
        return read_value(reader, reader.byte(), ctx.state.kit, version)
    except BadFooter:
        raise CommandError(BAD_PAYLOAD_FOOTER) from None
    except BadPayload:
        raise CommandError(BAD_PAYLOAD) from None


def _store(ctx: Context, key: bytes, value: Value, at_ms: int, options: _Options) -> None:
    ctx.create(key, value)
    ctx.db.order_fields(key, value)
    if at_ms:
        ctx.db.expire_at(key, at_ms)
    entry = ctx.lookup(key, touch=False)
    if ctx.state.counts_uses:
        if entry is not None and options.frequency >= 0:
            entry.access = access_counted(options.frequency, ctx.now_ms)
    elif entry is not None and options.idle_seconds >= 0:
        entry.access = access_idle_for(options.idle_seconds, ctx.now_ms)
    ctx.changed(key, "restore")
