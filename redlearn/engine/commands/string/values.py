"""Strings as a whole: GET and SET in all their forms.

GET and SET are what Redis is asked most, so they take the shortest way through the code:
SET without options never looks for any.
"""

from __future__ import annotations

from typing import Final

from redlearn.engine.command import Flags, Keys, command
from redlearn.engine.context import Context
from redlearn.engine.values.string import BARE, String, data_of, encoded
from redlearn.errors import (
    INVALID_EXPIRE,
    NOT_AN_INTEGER,
    NUMKEYS_INVALID,
    SYNTAX,
    WRONG_ARITY,
    WRONG_TYPE,
    CommandError,
)
from redlearn.resp.integer import INT64_MAX, parse_integer
from redlearn.resp.reply import OK, Reply

_WRITE: Final = Flags.WRITE | Flags.DENYOOM
_FAST_WRITE: Final = _WRITE | Flags.FAST
_FAST_READ: Final = Flags.READONLY | Flags.FAST


@command(
    "GET",
    "key",
    arity=2,
    flags=_FAST_READ,
    keys=(Keys(1, "RO access"),),
    since="1.0.0",
    complexity="O(1)",
)
def get(ctx: Context, argv: list[bytes]) -> Reply:
    """Return the string a key holds."""
    entry = ctx.lookup(argv[1])
    if entry is None:
        return None
    content = entry.value
    if content.__class__ is bytes:  # as a rule
        data: bytes = content
        return data
    if content.__class__ not in BARE:
        raise CommandError(WRONG_TYPE)
    return data_of(content)


@command(
    "MGET",
    "key [key ...]",
    arity=-2,
    flags=_FAST_READ,
    keys=(Keys(1, "RO access", last=-1),),
    since="1.0.0",
    complexity="O(N) keys",
    tips=("request_policy:multi_shard",),
)
def mget(ctx: Context, argv: list[bytes]) -> Reply:
    """Return the strings of several keys, nil for each that has none."""
    found: list[Reply] = []
    for key in argv[1:]:
        entry = ctx.lookup(key)
        if entry is None or entry.value.__class__ not in BARE:
            found.append(None)
        else:
            found.append(data_of(entry.value))
    return found


@command(
    "SET",
    "key value [NX | XX]@2.6.12 [GET]@6.2.0 [EX seconds@2.6.12 | PX milliseconds@2.6.12"
    " | EXAT unix-time-seconds@6.2.0 | PXAT unix-time-milliseconds@6.2.0 | KEEPTTL@6.0.0]",
    arity=-3,
    flags=_WRITE,
    keys=(Keys(1, "RW access update variable_flags"),),
    since="1.0.0",
    complexity="O(1)",
)
def set_value(ctx: Context, argv: list[bytes]) -> Reply:
    """Store a string under a key, whatever the key held before, and forget its expiry."""
    if len(argv) == 3:
        ctx.store_text(argv[1], argv[2])
        if ctx.state.attentive:
            ctx.changed(argv[1], "set")
        else:  # as `changed` does it, without the call
            ctx.state.dirty += 1
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
_MSETEX_OPTIONS: Final = _TIMES | {b"NX", b"XX", b"KEEPTTL"}
_MOST_KEYS: Final = 2**31 - 1


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
    at_ms = parse_integer(amount)
    if at_ms is None:
        raise CommandError(NOT_AN_INTEGER)
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
    ctx.store(key, encoded(value), keep_ttl=options.expiry != b"")
    ctx.changed(key, "set")
    if at_ms is not None:
        _expire(ctx, key, value, at_ms, rewrite=options.expiry != b"PXAT")
    elif options.get_at:
        kept = [word for at, word in enumerate(argv) if at not in options.get_at]
        ctx.propagate(*kept)
    return old if options.get_at else OK


def _read(ctx: Context, key: bytes) -> bytes | None:
    """What GET would answer, for commands that write as well."""
    ctx.will_change(key)
    value = ctx.find_source(key, String)
    return None if value is None else value.data()


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
    ctx.store(key, encoded(value), keep_ttl=True)
    ctx.changed(key, "set")
    _expire(ctx, key, value, at_ms, rewrite=True)
    return OK


@command(
    "SETEX",
    "key seconds value",
    arity=4,
    flags=_WRITE,
    keys=(Keys(1, "OW update"),),
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
    keys=(Keys(1, "OW update"),),
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
    keys=(Keys(1, "OW insert"),),
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
    ctx.create(key, encoded(argv[2]))
    ctx.changed(key, "set")
    return 1


@command(
    "MSET",
    "key value [key value ...]",
    arity=-3,
    flags=_WRITE,
    keys=(Keys(1, "OW update", last=-1, step=2),),
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
    keys=(Keys(1, "OW insert", last=-1, step=2),),
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
    store = ctx.store_text
    if not ctx.state.attentive:  # nobody is told of each
        for at in range(1, len(argv), 2):
            store(argv[at], argv[at + 1])
        ctx.changed(argv[1], "set", len(argv) // 2)
        return
    for at in range(1, len(argv), 2):
        store(argv[at], argv[at + 1])
        ctx.changed(argv[at], "set")


@command(
    "MSETEX",
    "numkeys key value [key value ...] [NX | XX] [EX seconds | PX milliseconds"
    " | EXAT unix-time-seconds | PXAT unix-time-milliseconds | KEEPTTL]",
    arity=-4,
    flags=_WRITE | Flags.MOVABLEKEYS,
    keys=(Keys(1, "OW update", keynum=(0, 1, 2)),),
    since="8.4.0",
    complexity="O(N) keys",
    find_keys=lambda argv: [],  # it came after specifications, and has no looser way to find them
)
def msetex(ctx: Context, argv: list[bytes]) -> Reply:
    """Store several strings and let all of them expire at once, or with a condition none."""
    count = parse_integer(argv[1])
    if count is None or not 1 <= count <= _MOST_KEYS:
        raise CommandError(NUMKEYS_INVALID)
    end = 2 + 2 * count
    if end > len(argv):
        raise CommandError(SYNTAX)
    options = _read_options(argv, end, _MSETEX_OPTIONS)
    at_ms = options.moment(ctx, "msetex")
    if options.condition:
        absent = options.condition == b"NX"
        if any((ctx.lookup(key) is None) != absent for key in argv[2:end:2]):
            return 0
    for at in range(2, end, 2):
        ctx.store(argv[at], encoded(argv[at + 1]), keep_ttl=options.expiry != b"")
        ctx.changed(argv[at], "set")
        if at_ms is not None:
            ctx.db.expire_at(argv[at], at_ms)
            ctx.notify(argv[at], "expire")
    if at_ms is not None and options.expiry != b"PXAT":
        ctx.propagate(*argv[:end], *_with_moment(argv[end:], at_ms))
    return 1


def _with_moment(words: list[bytes], at_ms: int) -> list[bytes]:
    """Options with the moment in the place of whatever words it was given by."""
    at = max(at for at, word in enumerate(words) if word.upper() in _TIMES)
    before = [word for word in words[:at] if word.upper() in (b"NX", b"XX")]
    return [*before, b"PXAT", b"%d" % at_ms, *words[at + 2 :]]


@command(
    "GETSET",
    "key value",
    arity=3,
    flags=_FAST_WRITE,
    keys=(Keys(1, "RW access update"),),
    since="1.0.0",
    complexity="O(1)",
    deprecated_since="6.2.0",
    replaced_by="SET with GET",
)
def getset(ctx: Context, argv: list[bytes]) -> Reply:
    """Store a string under a key and return the one that was there."""
    key, value = argv[1], argv[2]
    old = _read(ctx, key)
    ctx.store(key, encoded(value))
    ctx.changed(key, "set")
    ctx.propagate(b"SET", key, value)
    return old


@command(
    "GETDEL",
    "key",
    arity=2,
    flags=Flags.WRITE | Flags.FAST,
    keys=(Keys(1, "RW access delete"),),
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
    keys=(Keys(1, "RW access update"),),
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
    keys=(Keys(1, "RM delete"),),
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
