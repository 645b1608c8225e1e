"""Time to live: giving keys an end, reading it, taking it away.

A key's end is kept as a moment, in ms since 1970, whatever words it came in: seconds or
milliseconds, counted from now or from 1970. So there is one way in (`_expire`) and one way
out (`_end_of`), and the eight commands only convert. What is passed on to files and
replicas is the moment, since "10 seconds from now" means something else when it is read.

Source: `expire.c expireGenericCommand`, `ttlGenericCommand`.
"""

from __future__ import annotations

from typing import Final

from redlearn.engine.command import Flags, Keys, command
from redlearn.engine.context import Context
from redlearn.engine.keyspace import NO_EXPIRY
from redlearn.errors import (
    EXPIRE_GT_LT,
    EXPIRE_NX,
    INVALID_EXPIRE,
    NOT_AN_INTEGER,
    UNSUPPORTED_OPTION,
    CommandError,
    as_text,
)
from redlearn.resp.integer import INT64_MAX, INT64_MIN, parse_integer
from redlearn.resp.reply import Reply

_FAST_WRITE: Final = Flags.WRITE | Flags.FAST
_FAST_READ: Final = Flags.READONLY | Flags.FAST
_UPDATE: Final = (Keys(1, "RW update"),)
_READ: Final = (Keys(1, "RO access"),)

_NO_CONDITIONS: Final[frozenset[bytes]] = frozenset()

NO_KEY: Final = -2
"""What TTL and its kin say of a key that does not exist; NO_EXPIRY of one that has no end."""


@command(
    "EXPIRE",
    "key seconds [NX | XX | GT | LT]@7.0.0",
    arity=-3,
    flags=_FAST_WRITE,
    keys=_UPDATE,
    since="1.0.0",
    complexity="O(1)",
)
def expire(ctx: Context, argv: list[bytes]) -> Reply:
    """Let a key live for a number of seconds from now."""
    return _expire(ctx, argv, "expire", ctx.state.now_ms, 1000)


@command(
    "PEXPIRE",
    "key milliseconds [NX | XX | GT | LT]@7.0.0",
    arity=-3,
    flags=_FAST_WRITE,
    keys=_UPDATE,
    since="2.6.0",
    complexity="O(1)",
)
def pexpire(ctx: Context, argv: list[bytes]) -> Reply:
    """Let a key live for a number of milliseconds from now."""
    return _expire(ctx, argv, "pexpire", ctx.state.now_ms, 1)


@command(
    "EXPIREAT",
    "key unix-time-seconds [NX | XX | GT | LT]@7.0.0",
    arity=-3,
    flags=_FAST_WRITE,
    keys=_UPDATE,
    since="1.2.0",
    complexity="O(1)",
)
def expireat(ctx: Context, argv: list[bytes]) -> Reply:
    """Let a key live until a moment given in seconds since 1970."""
    return _expire(ctx, argv, "expireat", 0, 1000)


@command(
    "PEXPIREAT",
    "key unix-time-milliseconds [NX | XX | GT | LT]@7.0.0",
    arity=-3,
    flags=_FAST_WRITE,
    keys=_UPDATE,
    since="2.6.0",
    complexity="O(1)",
)
def pexpireat(ctx: Context, argv: list[bytes]) -> Reply:
    """Let a key live until a moment given in milliseconds since 1970."""
    return _expire(ctx, argv, "pexpireat", 0, 1)


def _expire(ctx: Context, argv: list[bytes], name: str, base_ms: int, unit_ms: int) -> int:
    """Set the end of a key's life; 1 if it was set, 0 if not. In the past: delete it now."""
    given = _conditions(argv[3:]) if len(argv) > 3 else _NO_CONDITIONS
    key, number = argv[1], parse_integer(argv[2])
    if number is None:
        raise CommandError(NOT_AN_INTEGER)
    span_ms = number * unit_ms
    if not INT64_MIN <= span_ms <= INT64_MAX - base_ms:
        raise CommandError(INVALID_EXPIRE.format(name))
    at_ms = span_ms + base_ms
    if not given and at_ms > ctx.state.now_ms and ctx.put_off(key, at_ms):
        return 1
    if ctx.lookup(key) is None or (given and not _allowed(given, ctx.db.expiry_of(key), at_ms)):
        return 0
    if at_ms <= ctx.state.now_ms:
        ctx.delete(key)
        ctx.changed(key, "del")
        ctx.propagate(b"UNLINK" if ctx.state.config.flag("lazyfree-lazy-expire") else b"DEL", key)
        return 1
    ctx.db.expire_at(key, at_ms)
    ctx.changed(key, "expire")
    if name != "pexpireat" and ctx.heard:
        ctx.propagate(b"PEXPIREAT", key, b"%d" % at_ms, *argv[3:])
    return 1


def _conditions(words: list[bytes]) -> frozenset[bytes]:
    """The options (`expire.c parseExtendedExpireArgumentsOrReply`)."""
    given: set[bytes] = set()
    for word in words:
        if word.upper() not in (b"NX", b"XX", b"GT", b"LT"):
            shown = as_text(word.partition(b"\0")[0])  # C's %s ends at a NUL
            raise CommandError(UNSUPPORTED_OPTION.format(shown))
        given.add(word.upper())
    if b"NX" in given and len(given) > 1:
        raise CommandError(EXPIRE_NX)
    if {b"GT", b"LT"} <= given:
        raise CommandError(EXPIRE_GT_LT)
    return frozenset(given)


def _allowed(given: frozenset[bytes], old_ms: int, new_ms: int) -> bool:
    """Whether the options let the end move. A key without an end lives longest of all."""
    if old_ms == NO_EXPIRY:
        return not given & {b"XX", b"GT"}
    if b"NX" in given or (b"GT" in given and new_ms <= old_ms):
        return False
    return b"LT" not in given or new_ms < old_ms


@command(
    "PERSIST",
    "key",
    arity=2,
    flags=_FAST_WRITE,
    keys=_UPDATE,
    since="2.2.0",
    complexity="O(1)",
)
def persist(ctx: Context, argv: list[bytes]) -> Reply:
    """Let a key live forever again; 1 if it had a time to live."""
    key = argv[1]
    if ctx.lookup(key) is None or not ctx.db.persist(key):
        return 0
    ctx.changed(key, "persist")
    return 1


# --- Reading --------------------------------------------------------------------------------


@command(
    "TTL",
    "key",
    arity=2,
    flags=_FAST_READ,
    keys=_READ,
    since="1.0.0",
    complexity="O(1)",
    tips=("nondeterministic_output",),
)
def ttl(ctx: Context, argv: list[bytes]) -> Reply:
    """Tell how many seconds a key has left, rounded to the nearest."""
    return _in_seconds(_left_ms(ctx, argv[1]))


@command(
    "PTTL",
    "key",
    arity=2,
    flags=_FAST_READ,
    keys=_READ,
    since="2.6.0",
    complexity="O(1)",
    tips=("nondeterministic_output",),
)
def pttl(ctx: Context, argv: list[bytes]) -> Reply:
    """Tell how many milliseconds a key has left."""
    return _left_ms(ctx, argv[1])


@command(
    "EXPIRETIME",
    "key",
    arity=2,
    flags=_FAST_READ,
    keys=_READ,
    since="7.0.0",
    complexity="O(1)",
)
def expiretime(ctx: Context, argv: list[bytes]) -> Reply:
    """Tell when a key ends, in seconds since 1970."""
    return _in_seconds(_end_of(ctx, argv[1]))


@command(
    "PEXPIRETIME",
    "key",
    arity=2,
    flags=_FAST_READ,
    keys=_READ,
    since="7.0.0",
    complexity="O(1)",
)
def pexpiretime(ctx: Context, argv: list[bytes]) -> Reply:
    """Tell when a key ends, in milliseconds since 1970."""
    return _end_of(ctx, argv[1])


def _end_of(ctx: Context, key: bytes) -> int:
    """When `key` ends, in ms since 1970; NO_EXPIRY or NO_KEY if it does not."""
    if ctx.lookup(key, touch=False) is None:
        return NO_KEY
    return ctx.db.expiry_of(key)


def _left_ms(ctx: Context, key: bytes) -> int:
    at_ms = _end_of(ctx, key)
    return at_ms if at_ms < 0 else at_ms - ctx.now_ms


def _in_seconds(ms: int) -> int:
    return ms if ms < 0 else (ms + 500) // 1000
