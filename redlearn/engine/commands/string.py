"""String commands: GET and SET in all their forms, counters, and pieces of strings.

GET, SET and INCR are what Redis is asked most, so they take the shortest way through the
code: SET without options never looks for any.
"""

from __future__ import annotations

from typing import Final

from redlearn.engine.command import Flags, Keys, command
from redlearn.engine.context import Context
from redlearn.engine.values.string import String
from redlearn.errors import (
    BAD_OFFSET,
    DECREMENT_OVERFLOW,
    INCREMENT_NOT_FINITE,
    INCREMENT_OVERFLOW,
    INVALID_EXPIRE,
    NOT_A_FLOAT,
    NOT_AN_INTEGER,
    STRING_TOO_LONG,
    SYNTAX,
    WRONG_ARITY,
    WRONG_TYPE,
    CommandError,
)
from redlearn.resp.double import format_long_double, parse_long_double
from redlearn.resp.integer import INT64_MAX, INT64_MIN, parse_integer
from redlearn.resp.reply import OK, Reply

_WRITE: Final = Flags.WRITE | Flags.DENYOOM
_FAST_WRITE: Final = _WRITE | Flags.FAST
_FAST_READ: Final = Flags.READONLY | Flags.FAST


# --- Reading --------------------------------------------------------------------------------


@command(
    "GET",
    "key",
    arity=2,
    flags=_FAST_READ,
    keys=(Keys(1, "RO ACCESS"),),
    since="1.0.0",
    complexity="O(1)",
)
def get(ctx: Context, argv: list[bytes]) -> Reply:
    """Return the string a key holds."""
    entry = ctx.lookup(argv[1])
    if entry is None:
        return None
    value = entry.value
    if value.__class__ is not String:
        raise CommandError(WRONG_TYPE)
    data: bytes = value.data()
    return data


@command(
    "MGET",
    "key [key ...]",
    arity=-2,
    flags=_FAST_READ,
    keys=(Keys(1, "RO ACCESS", last=-1),),
    since="1.0.0",
    complexity="O(N) keys",
    tips=("request_policy:multi_shard",),
)
def mget(ctx: Context, argv: list[bytes]) -> Reply:
    """Return the strings of several keys, nil for each that has none."""
    found: list[Reply] = []
    for key in argv[1:]:
        entry = ctx.lookup(key)
        value = None if entry is None else entry.value
        found.append(value.data() if value.__class__ is String else None)
    return found


@command(
    "STRLEN",
    "key",
    arity=2,
    flags=_FAST_READ,
    keys=(Keys(1, "RO"),),
    since="2.2.0",
    complexity="O(1)",
)
def strlen(ctx: Context, argv: list[bytes]) -> Reply:
    """Return how many bytes a string has, 0 if the key does not exist."""
    value = ctx.find(argv[1], String)
    return 0 if value is None else len(value)


def _piece(ctx: Context, argv: list[bytes]) -> Reply:
    """The bytes from argv[2] to argv[3], both included (`t_string.c getrangeCommand`)."""
    start, end = _integer(argv[2]), _integer(argv[3])
    value = ctx.find(argv[1], String)
    if value is None or (start < 0 and end < 0 and start > end):
        return b""
    length = len(value)
    start = max(start + length, 0) if start < 0 else start
    end = max(end + length, 0) if end < 0 else end
    return value.slice(start, end + 1)


@command(
    "GETRANGE",
    "key start:integer end:integer",
    arity=4,
    flags=Flags.READONLY,
    keys=(Keys(1, "RO ACCESS"),),
    since="2.4.0",
    complexity="O(N), N being the number of bytes returned",
)
def getrange(ctx: Context, argv: list[bytes]) -> Reply:
    """Return a piece of a string; negative positions count from its end."""
    return _piece(ctx, argv)


@command(
    "SUBSTR",
    "key start:integer end:integer",
    arity=4,
    flags=Flags.READONLY,
    keys=(Keys(1, "RO ACCESS"),),
    since="1.0.0",
    complexity="O(N), N being the number of bytes returned",
    deprecated_since="2.0.0",
    replaced_by="GETRANGE",
)
def substr(ctx: Context, argv: list[bytes]) -> Reply:
    """Return a piece of a string: the old name of GETRANGE."""
    return _piece(ctx, argv)


# --- Writing whole values -------------------------------------------------------------------


@command(
    "SET",
    "key value [NX | XX]@2.6.12 [GET]@6.2.0 [EX seconds@2.6.12 | PX milliseconds@2.6.12"
    " | EXAT unix-time-seconds@6.2.0 | PXAT unix-time-milliseconds@6.2.0 | KEEPTTL@6.0.0]",
    arity=-3,
    flags=_WRITE,
    keys=(Keys(1, "RW ACCESS UPDATE VARIABLE_FLAGS"),),
    since="1.0.0",
    complexity="O(1)",
)
def set_value(ctx: Context, argv: list[bytes]) -> Reply:
    """Store a string under a key, whatever the key held before, and forget its expiry."""
    if len(argv) == 3:
        key = argv[1]
        ctx.store(key, String.of(argv[2]))
        ctx.changed(key, "set")
        return OK
    return _set(ctx, argv, _read_options(argv, 3, _SET_OPTIONS))


class _Options:
    """What the options of SET or GETEX ask for.

    Attributes:
        condition: NX, XX, IFEQ or b"" for none; `expected` is what IFEQ compares with.
        expiry: EX, PX, EXAT, PXAT, KEEPTTL, PERSIST or b"" for none; `amount` goes with it.
        get_at: Where GET stood among the arguments: it is not passed on.
    """

    __slots__ = ("amount", "condition", "expected", "expiry", "get_at")

    def __init__(self) -> None:
        self.condition = self.expiry = b""
        self.expected = self.amount = b""
        self.get_at: list[int] = []

    def take(self, word: bytes, value: bytes, at: int) -> None:
        """Note one option. Two of a kind exclude each other, but repeating one is fine."""
        if word == b"GET":
            self.get_at.append(at)
        elif word in _CONDITIONS:
            if self.condition not in (b"", word) or self.condition == b"IFEQ":
                raise CommandError(SYNTAX)
            self.condition, self.expected = word, value
        else:
            if self.expiry not in (b"", word):
                raise CommandError(SYNTAX)
            self.expiry, self.amount = word, value

    def moment(self, ctx: Context, name: str) -> int | None:
        """When the key is to expire, in ms since 1970; None if nothing was said of it."""
        if self.expiry not in _TIMES:
            return None
        return _moment(ctx, self.expiry, self.amount, name)


_CONDITIONS: Final = frozenset((b"NX", b"XX", b"IFEQ"))
_TIMES: Final = frozenset((b"EX", b"PX", b"EXAT", b"PXAT"))
_SET_OPTIONS: Final = _CONDITIONS | _TIMES | {b"GET", b"KEEPTTL"}
_GETEX_OPTIONS: Final = _TIMES | {b"PERSIST"}


def _read_options(argv: list[bytes], at: int, known: frozenset[bytes]) -> _Options:
    """Read options from argv[at] on (`t_string.c parseExtendedStringArgumentsOrReply`)."""
    options = _Options()
    while at < len(argv):
        word, value = argv[at].upper(), b""
        if word not in known:
            raise CommandError(SYNTAX)
        if word in _TIMES or word == b"IFEQ":
            at += 1
            if at == len(argv):
                raise CommandError(SYNTAX)
            value = argv[at]
        options.take(word, value, at)
        at += 1
    return options


def _moment(ctx: Context, unit: bytes, amount: bytes, name: str) -> int:
    """`amount` after now, or since 1970, in ms (`t_string.c getExpireMillisecondsOrReply`)."""
    at_ms = _integer(amount)
    in_seconds = unit in (b"EX", b"EXAT")
    if at_ms <= 0 or (in_seconds and at_ms > INT64_MAX // 1000):
        raise CommandError(INVALID_EXPIRE.format(name))
    if in_seconds:
        at_ms *= 1000
    if unit in (b"EX", b"PX"):
        at_ms += ctx.now_ms
    if at_ms > INT64_MAX:
        raise CommandError(INVALID_EXPIRE.format(name))
    return at_ms


def _set(ctx: Context, argv: list[bytes], options: _Options) -> Reply:
    """SET with options (`t_string.c setGenericCommand`)."""
    key, value = argv[1], argv[2]
    at_ms = options.moment(ctx, "set")
    old: Reply = _read(ctx, key) if options.get_at else None
    if not _may_set(ctx, key, options):
        return old
    ctx.store(key, String.of(value), keep_ttl=options.expiry != b"")
    ctx.changed(key, "set")
    if at_ms is not None:
        _expire(ctx, key, value, at_ms, rewrite=options.expiry != b"PXAT")
    elif options.get_at:
        kept = [word for at, word in enumerate(argv) if at not in options.get_at]
        ctx.propagate(*kept)
    return old if options.get_at else OK


def _read(ctx: Context, key: bytes) -> bytes | None:
    """What GET would answer, for commands that write as well."""
    value = ctx.find(key, String)
    if value is None:
        ctx.notify(key, "keymiss")
        return None
    return value.data()


def _may_set(ctx: Context, key: bytes, options: _Options) -> bool:
    if not options.condition:
        return True
    if options.condition == b"IFEQ":
        value = ctx.find(key, String)
        return value is not None and value.data() == options.expected
    return (ctx.lookup(key) is None) == (options.condition == b"NX")


def _expire(ctx: Context, key: bytes, value: bytes, at_ms: int, *, rewrite: bool) -> None:
    """Let a key just set expire. What is passed on must not depend on the clock."""
    ctx.db.expire_at(key, at_ms)
    ctx.notify(key, "expire")
    if rewrite:
        ctx.propagate(b"SET", key, value, b"PXAT", b"%d" % at_ms)


def _set_expiring(ctx: Context, argv: list[bytes], unit: bytes, name: str) -> Reply:
    key, value = argv[1], argv[3]
    at_ms = _moment(ctx, unit, argv[2], name)
    ctx.store(key, String.of(value), keep_ttl=True)
    ctx.changed(key, "set")
    _expire(ctx, key, value, at_ms, rewrite=True)
    return OK


@command(
    "SETEX",
    "key seconds value",
    arity=4,
    flags=_WRITE,
    keys=(Keys(1, "OW UPDATE"),),
    since="2.0.0",
    complexity="O(1)",
    deprecated_since="2.6.12",
    replaced_by="SET with EX",
)
def setex(ctx: Context, argv: list[bytes]) -> Reply:
    """Store a string under a key for a number of seconds."""
    return _set_expiring(ctx, argv, b"EX", "setex")


@command(
    "PSETEX",
    "key milliseconds value",
    arity=4,
    flags=_WRITE,
    keys=(Keys(1, "OW UPDATE"),),
    since="2.6.0",
    complexity="O(1)",
    deprecated_since="2.6.12",
    replaced_by="SET with PX",
)
def psetex(ctx: Context, argv: list[bytes]) -> Reply:
    """Store a string under a key for a number of milliseconds."""
    return _set_expiring(ctx, argv, b"PX", "psetex")


@command(
    "SETNX",
    "key value",
    arity=3,
    flags=_FAST_WRITE,
    keys=(Keys(1, "OW INSERT"),),
    since="1.0.0",
    complexity="O(1)",
    deprecated_since="2.6.12",
    replaced_by="SET with NX",
)
def setnx(ctx: Context, argv: list[bytes]) -> Reply:
    """Store a string under a key that does not exist yet; 1 if it was stored."""
    key = argv[1]
    if ctx.lookup(key) is not None:
        return 0
    ctx.create(key, String.of(argv[2]))
    ctx.changed(key, "set")
    return 1


@command(
    "MSET",
    "key value [key value ...]",
    arity=-3,
    flags=_WRITE,
    keys=(Keys(1, "OW UPDATE", last=-1, step=2),),
    since="1.0.1",
    complexity="O(N) keys",
    tips=("request_policy:multi_shard", "response_policy:all_succeeded"),
)
def mset(ctx: Context, argv: list[bytes]) -> Reply:
    """Store several strings at once, each under its key."""
    _refuse_half_pair(argv, "mset")
    _store_pairs(ctx, argv)
    return OK


@command(
    "MSETNX",
    "key value [key value ...]",
    arity=-3,
    flags=_WRITE,
    keys=(Keys(1, "OW INSERT", last=-1, step=2),),
    since="1.0.1",
    complexity="O(N) keys",
)
def msetnx(ctx: Context, argv: list[bytes]) -> Reply:
    """Store several strings, or none if any of the keys exists; 1 if they were stored."""
    _refuse_half_pair(argv, "msetnx")
    for key in argv[1::2]:
        if ctx.lookup(key) is not None:
            return 0
    _store_pairs(ctx, argv)
    return 1


def _refuse_half_pair(argv: list[bytes], name: str) -> None:
    if len(argv) % 2 == 0:
        raise CommandError(WRONG_ARITY.format(name))


def _store_pairs(ctx: Context, argv: list[bytes]) -> None:
    for at in range(1, len(argv), 2):
        ctx.store(argv[at], String.of(argv[at + 1]))
        ctx.changed(argv[at], "set")


# --- Reading and writing at once ------------------------------------------------------------


@command(
    "GETSET",
    "key value",
    arity=3,
    flags=_FAST_WRITE,
    keys=(Keys(1, "RW ACCESS UPDATE"),),
    since="1.0.0",
    complexity="O(1)",
    deprecated_since="6.2.0",
    replaced_by="SET with GET",
)
def getset(ctx: Context, argv: list[bytes]) -> Reply:
    """Store a string under a key and return the one that was there."""
    key, value = argv[1], argv[2]
    old = _read(ctx, key)
    ctx.store(key, String.of(value))
    ctx.changed(key, "set")
    ctx.propagate(b"SET", key, value)
    return old


@command(
    "GETDEL",
    "key",
    arity=2,
    flags=Flags.WRITE | Flags.FAST,
    keys=(Keys(1, "RW ACCESS DELETE"),),
    since="6.2.0",
    complexity="O(1)",
)
def getdel(ctx: Context, argv: list[bytes]) -> Reply:
    """Return the string a key holds, and delete the key."""
    key = argv[1]
    old = _read(ctx, key)
    if old is not None:
        _delete(ctx, key, b"DEL")
    return old


@command(
    "GETEX",
    "key [EX seconds | PX milliseconds | EXAT unix-time-seconds"
    " | PXAT unix-time-milliseconds | PERSIST]",
    arity=-2,
    flags=Flags.WRITE | Flags.FAST,
    keys=(Keys(1, "RW ACCESS UPDATE"),),
    since="6.2.0",
    complexity="O(1)",
)
def getex(ctx: Context, argv: list[bytes]) -> Reply:
    """Return the string a key holds, and set or take away its time to live."""
    key = argv[1]
    options = _read_options(argv, 2, _GETEX_OPTIONS)
    data = _read(ctx, key)
    if data is None:
        return None
    at_ms = options.moment(ctx, "getex")
    if at_ms is not None:
        if at_ms <= ctx.now_ms:
            lazy = ctx.state.config.flag("lazyfree-lazy-expire")
            _delete(ctx, key, b"UNLINK" if lazy else b"DEL")
        else:
            ctx.db.expire_at(key, at_ms)
            ctx.changed(key, "expire")
            ctx.propagate(b"PEXPIREAT", key, b"%d" % at_ms)
    elif options.expiry == b"PERSIST" and ctx.db.persist(key):
        ctx.changed(key, "persist")
        ctx.propagate(b"PERSIST", key)
    return data


@command(
    "DELIFEQ",
    "key value",
    arity=3,
    flags=Flags.WRITE | Flags.FAST,
    keys=(Keys(1, "RM DELETE"),),
    since="valkey-9.0.0",
    complexity="O(1)",
)
def delifeq(ctx: Context, argv: list[bytes]) -> Reply:
    """Delete a key if it holds just this string, as whoever releases a lock should."""
    key = argv[1]
    value = ctx.find(key, String)
    if value is None or value.data() != argv[2]:
        return 0
    _delete(ctx, key, b"DEL")
    return 1


def _delete(ctx: Context, key: bytes, word: bytes) -> None:
    """Delete a key, and pass it on as `word`: other servers need not read it first."""
    ctx.delete(key)
    ctx.changed(key, "del")
    ctx.propagate(word, key)


# --- Counters -------------------------------------------------------------------------------


@command(
    "INCR",
    "key",
    arity=2,
    flags=_FAST_WRITE,
    keys=(Keys(1, "RW ACCESS UPDATE"),),
    since="1.0.0",
    complexity="O(1)",
)
def incr(ctx: Context, argv: list[bytes]) -> Reply:
    """Add 1 to the number a key holds; a key that does not exist counts as 0."""
    return _add(ctx, argv[1], 1)


@command(
    "DECR",
    "key",
    arity=2,
    flags=_FAST_WRITE,
    keys=(Keys(1, "RW ACCESS UPDATE"),),
    since="1.0.0",
    complexity="O(1)",
)
def decr(ctx: Context, argv: list[bytes]) -> Reply:
    """Take 1 from the number a key holds; a key that does not exist counts as 0."""
    return _add(ctx, argv[1], -1)


@command(
    "INCRBY",
    "key increment",
    arity=3,
    flags=_FAST_WRITE,
    keys=(Keys(1, "RW ACCESS UPDATE"),),
    since="1.0.0",
    complexity="O(1)",
)
def incrby(ctx: Context, argv: list[bytes]) -> Reply:
    """Add an integer to the number a key holds."""
    return _add(ctx, argv[1], _integer(argv[2]))


@command(
    "DECRBY",
    "key decrement",
    arity=3,
    flags=_FAST_WRITE,
    keys=(Keys(1, "RW ACCESS UPDATE"),),
    since="1.0.0",
    complexity="O(1)",
)
def decrby(ctx: Context, argv: list[bytes]) -> Reply:
    """Take an integer from the number a key holds."""
    step = _integer(argv[2])
    if step == INT64_MIN:  # the one number whose negative does not fit 64 bits
        raise CommandError(DECREMENT_OVERFLOW)
    return _add(ctx, argv[1], -step)


def _add(ctx: Context, key: bytes, step: int) -> int:
    """Add `step` to a number in place (`t_string.c incrDecrCommand`)."""
    entry = ctx.lookup(key)
    if entry is None:
        ctx.create(key, String(step))
        ctx.changed(key, "incrby")
        return step
    value = entry.value
    if value.__class__ is not String:
        raise CommandError(WRONG_TYPE)
    number: int | None = value.integer()
    if number is None:
        raise CommandError(NOT_AN_INTEGER)
    number += step
    if not INT64_MIN <= number <= INT64_MAX:
        raise CommandError(INCREMENT_OVERFLOW)
    value.set_integer(number)
    ctx.changed(key, "incrby")
    return number


@command(
    "INCRBYFLOAT",
    "key increment:double",
    arity=3,
    flags=_FAST_WRITE,
    keys=(Keys(1, "RW ACCESS UPDATE"),),
    since="2.6.0",
    complexity="O(1)",
)
def incrbyfloat(ctx: Context, argv: list[bytes]) -> Reply:
    """Add a number with a fraction to the number a key holds."""
    key = argv[1]
    value = ctx.find(key, String)
    number = parse_long_double(b"0" if value is None else value.data())
    step = parse_long_double(argv[2])
    if number is None or step is None:
        raise CommandError(NOT_A_FLOAT)
    total = number.plus(step)
    if not total.finite:
        raise CommandError(INCREMENT_NOT_FINITE)
    text = format_long_double(total)
    ctx.store(key, String(text), keep_ttl=True)  # even `3` stays text here, as in Redis
    ctx.changed(key, "incrbyfloat")
    # What is passed on is the sum: another machine may round differently.
    ctx.propagate(b"SET", key, text, b"KEEPTTL")
    return text


# --- Writing pieces -------------------------------------------------------------------------


@command(
    "APPEND",
    "key value",
    arity=3,
    flags=_FAST_WRITE,
    keys=(Keys(1, "RW INSERT"),),
    since="2.0.0",
    complexity="O(1) amortised, for a short addition",
)
def append(ctx: Context, argv: list[bytes]) -> Reply:
    """Put bytes at the end of a string and return its new length."""
    key, tail = argv[1], argv[2]
    value = ctx.find(key, String)
    if value is None:
        length = len(ctx.create(key, String.of(tail)))
    else:
        _refuse_length(ctx, len(value) + len(tail))
        length = value.append(tail)
    ctx.changed(key, "append")
    return length


@command(
    "SETRANGE",
    "key offset value",
    arity=4,
    flags=_WRITE,
    keys=(Keys(1, "RW UPDATE"),),
    since="2.2.0",
    complexity="O(M), M being the size of the value",
)
def setrange(ctx: Context, argv: list[bytes]) -> Reply:
    """Overwrite a string from an offset on, and return its length; gaps become zero bytes."""
    key, piece = argv[1], argv[3]
    offset = _integer(argv[2])
    if offset < 0:
        raise CommandError(BAD_OFFSET)
    value = ctx.find(key, String)
    if not piece:
        return 0 if value is None else len(value)
    _refuse_length(ctx, offset + len(piece))
    if value is None:
        value = ctx.create(key, String.raw(b""))
    length = value.set_range(offset, piece)
    ctx.changed(key, "setrange")
    return length


def _refuse_length(ctx: Context, length: int) -> None:
    """Refuse to make a string of `length` bytes (`t_string.c checkStringLength`)."""
    if length > ctx.state.config.number("proto-max-bulk-len"):
        raise CommandError(STRING_TOO_LONG)


def _integer(text: bytes) -> int:
    number = parse_integer(text)
    if number is None:
        raise CommandError(NOT_AN_INTEGER)
    return number
