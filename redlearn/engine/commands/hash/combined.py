"""Values and ends of fields in one call: HGETEX, HSETEX, HGETDEL.

What takes two commands, HGET and HEXPIRE, leaves a moment in between. These take one. Redis has
them since 8.0; which error a wrong call gets, and what is told and passed on, is as in
Valkey 9.1.

Source: Valkey's `t_hash.c` hgetexCommand, hsetexCommand, hgetdelCommand.
"""

from __future__ import annotations

from typing import Final

from redlearn.engine.command import Flags, Keys, command
from redlearn.engine.context import Context
from redlearn.engine.structures.ebuckets import LATEST_MS, NO_TIME
from redlearn.engine.values.hash import Hash
from redlearn.errors import (
    INVALID_EXPIRE,
    NOT_AN_INTEGER,
    NUMFIELDS,
    SYNTAX,
    WRONG_TYPE,
    CommandError,
)
from redlearn.resp.integer import parse_integer
from redlearn.resp.reply import Reply

_TIMES: Final = (b"EX", b"PX", b"EXAT", b"PXAT")
_EXISTENCE: Final = (b"NX", b"XX", b"FNX", b"FXX")
_GET_WORDS: Final = frozenset((*_TIMES, b"PERSIST"))
_SET_WORDS: Final = frozenset((*_TIMES, *_EXISTENCE, b"KEEPTTL"))


class _Options:
    """What stands between the key and FIELDS.

    Attributes:
        words: NX, XX, FNX, FXX, KEEPTTL, PERSIST, as far as they were given.
        unit: EX, PX, EXAT, PXAT or b"" for none; `amount` goes with it.
        rest: What stands behind FIELDS and the count.
    """

    __slots__ = ("amount", "rest", "unit", "words")

    def __init__(self) -> None:
        self.words: set[bytes] = set()
        self.unit = self.amount = b""
        self.rest: list[bytes] = []

    def take(self, word: bytes) -> None:
        """Note one word. Those that say the opposite of each other exclude each other."""
        self.words.add(word)
        about_end = self.words & {b"KEEPTTL", b"PERSIST"}
        both = {b"NX", b"XX"} <= self.words or {b"FNX", b"FXX"} <= self.words
        if both or (about_end and self.unit):
            raise CommandError(SYNTAX)

    def take_end(self, unit: bytes, amount: bytes) -> None:
        """Note when the fields are to end; said twice in one unit, the last word counts."""
        if self.unit not in (b"", unit) or self.words & {b"KEEPTTL", b"PERSIST"}:
            raise CommandError(SYNTAX)
        self.unit, self.amount = unit, amount

    def moment(self, ctx: Context, name: str) -> int | None:
        """When the fields are to end, in ms since 1970; None if nothing was said of it."""
        if not self.unit:
            return None
        number = parse_integer(self.amount)
        if number is None:
            raise CommandError(NOT_AN_INTEGER)
        at_ms = number * (1000 if self.unit in (b"EX", b"EXAT") else 1)
        if self.unit in (b"EX", b"PX"):
            at_ms += ctx.now_ms
        if number < 0 or at_ms > LATEST_MS:
            raise CommandError(INVALID_EXPIRE.format(name))
        return at_ms


def _read(argv: list[bytes], known: frozenset[bytes], each: int) -> _Options:
    """Options up to FIELDS, a count, and `each` words for as many fields.

    Source: Valkey's parseExtendedCommandArgumentsOrReply, and its callers.
    """
    words = [word.upper() for word in argv]
    try:
        end = words.index(b"FIELDS", 2)
    except ValueError:
        raise CommandError(NUMFIELDS) from None
    options = _Options()
    at = 2
    while at < end:
        word = words[at]
        if word not in known or (word in _TIMES and at + 1 == end):
            raise CommandError(SYNTAX)
        if word in _TIMES:
            at += 1
            options.take_end(word, argv[at])
        else:
            options.take(word)
        at += 1
    options.rest = _counted(argv, end + 1, each)
    return options


def _counted(argv: list[bytes], at: int, each: int) -> list[bytes]:
    """The words behind the count at `at`, which must be `each` times as many."""
    if at == len(argv):
        raise CommandError(NUMFIELDS)
    count = parse_integer(argv[at])
    if count is None:
        raise CommandError(NOT_AN_INTEGER)
    rest = argv[at + 1 :]
    if count < 1 or count * each != len(rest):
        raise CommandError(NUMFIELDS)
    return rest


@command(
    "HGETEX",
    "key [EX seconds | PX milliseconds | EXAT unix-time-seconds"
    " | PXAT unix-time-milliseconds | PERSIST] FIELDS (numfields field [field ...])",
    arity=-5,
    flags=Flags.WRITE | Flags.FAST,
    keys=(Keys(1, "RW access update"),),
    since="8.0.0",
    complexity="O(N) fields named; O(N * M) in a listpack of M",
)
def hgetex(ctx: Context, argv: list[bytes]) -> Reply:
    """Return the values of fields, and set or take away when they end."""
    options = _read(argv, _GET_WORDS, 1)
    key, fields = argv[1], options.rest
    hash = _find_to_read(ctx, key)
    at_ms = NO_TIME if b"PERSIST" in options.words else options.moment(ctx, "hgetex")
    if hash is None:
        return [None] * len(fields)
    values: list[Reply] = []
    changed: list[bytes] = []
    for field in fields:
        value = ctx.value_in(key, hash, field)
        values.append(value)
        if value is not None and at_ms is not None and _let_end(ctx, hash, field, at_ms):
            changed.append(field)
    if changed and at_ms is not None:
        _tell_ends(ctx, key, hash, changed, at_ms)
    return values


def _find_to_read(ctx: Context, key: bytes) -> Hash | None:
    """`find`, for a key that a command may turn out to read only: a miss is told."""
    ctx.will_change(key)
    entry = ctx.lookup_source(key)
    if entry is None:
        return None
    if not isinstance(entry.value, Hash):
        raise CommandError(WRONG_TYPE)
    return entry.value


def _let_end(ctx: Context, hash: Hash, field: bytes, at_ms: int) -> bool:
    """Let a field that is there end at `at_ms`, at once if that has passed, or never."""
    if at_ms == NO_TIME:
        if not hash.moment_of(field):
            return False
        hash.set_moment(field, NO_TIME)
    elif at_ms <= ctx.now_ms:
        hash.remove(field)
        ctx.state.expired_fields += 1
    else:
        hash.set_moment(field, at_ms)
    return True


def _tell_ends(ctx: Context, key: bytes, hash: Hash, fields: list[bytes], at_ms: int) -> None:
    """Draw the consequences of new ends, and pass on those fields alone."""
    counted = (b"FIELDS", b"%d" % len(fields), *fields)
    ctx.reordered(key, hash)
    if at_ms == NO_TIME:
        event = "hpersist"
        ctx.propagate(b"HPERSIST", key, *counted)
    elif at_ms <= ctx.now_ms:
        event = "hexpired"
        ctx.propagate(b"HDEL", key, *fields)
    else:
        event = "hexpire"
        ctx.propagate(b"HPEXPIREAT", key, b"%d" % at_ms, *counted)
    ctx.shrunk(key, hash, event, len(fields))


@command(
    "HSETEX",
    "key [FNX | FXX] [EX seconds | PX milliseconds | EXAT unix-time-seconds"
    " | PXAT unix-time-milliseconds | KEEPTTL] FIELDS (numfields field value [field value ...])",
    arity=-6,
    flags=Flags.WRITE | Flags.DENYOOM | Flags.FAST,
    keys=(Keys(1, "RW update"),),
    since="8.0.0",
    complexity="O(N) fields named; O(N * M) in a listpack of M",
)
def hsetex(ctx: Context, argv: list[bytes]) -> Reply:
    """Set fields to values and say when they end, all of them or, with a condition, none."""
    options = _read(argv, _SET_WORDS, 2)
    key, rest = argv[1], options.rest
    hash = ctx.find(key, Hash)
    if (hash is not None and b"NX" in options.words) or (hash is None and b"XX" in options.words):
        return 0
    at_ms = options.moment(ctx, "hsetex")
    if not _may_set(ctx, key, hash, rest[::2], options.words):
        return 0
    if hash is None or not len(hash):  # its last field may have ended just now
        hash = ctx.create(key, Hash(ctx.state.kit))
    if at_ms is not None and at_ms <= ctx.now_ms:
        _set_too_late(ctx, key, hash, rest[::2])
    else:
        _set(ctx, key, hash, options, at_ms)
        ctx.propagate(*_without_conditions(argv, at_ms))
    return 1


def _may_set(
    ctx: Context, key: bytes, hash: Hash | None, fields: list[bytes], words: set[bytes]
) -> bool:
    """Whether FNX and FXX hold for all of `fields`."""
    if hash is None or not words & {b"FNX", b"FXX"}:
        return hash is not None or b"FXX" not in words
    wanted = b"FXX" in words
    return all((ctx.value_in(key, hash, field) is not None) == wanted for field in fields)


def _set(ctx: Context, key: bytes, hash: Hash, options: _Options, at_ms: int | None) -> None:
    """Set the fields, let them end, and tell of both."""
    rest, keep = options.rest, b"KEEPTTL" in options.words
    for field, value in zip(rest[::2], rest[1::2], strict=True):
        if keep:
            ctx.field_is_over(key, hash, field, emptied=True)
        hash.put(field, value, keep)
        if at_ms is not None:
            hash.set_moment(field, at_ms)
    ctx.reordered(key, hash)
    ctx.changed(key, "hset", len(rest) // 2)
    if at_ms is not None:
        ctx.notify(key, "hexpire")


def _without_conditions(argv: list[bytes], at_ms: int | None) -> list[bytes]:
    """HSETEX as it is passed on: what it asked for is known, and when fields end is a moment."""
    words = [*argv[:2]]
    at = 2
    while (word := argv[at].upper()) != b"FIELDS":
        if word in _TIMES:
            at += 1
            words += argv[at - 1 : at + 1] if word == b"PXAT" else [b"PXAT", b"%d" % (at_ms or 0)]
        elif word not in _EXISTENCE:
            words.append(argv[at])
        at += 1
    return words + argv[at:]


def _set_too_late(ctx: Context, key: bytes, hash: Hash, fields: list[bytes]) -> None:
    """Fields that are to end in the past: they are set and gone, and those before them, too."""
    gone = [field for field in fields if hash.remove(field)]
    ctx.state.expired_fields += len(fields)
    ctx.reordered(key, hash)
    ctx.propagate_nothing()
    if gone:
        ctx.propagate(b"HDEL", key, *gone)
    ctx.changed(key, "hset", len(gone))
    if not gone:
        ctx.notify(key, "hset")
    ctx.notify(key, "hexpire")
    ctx.notify(key, "hexpired")
    if not len(hash):
        ctx.delete(key)
        ctx.notify(key, "del")


@command(
    "HGETDEL",
    "key FIELDS (numfields field [field ...])",
    arity=-5,
    flags=Flags.WRITE | Flags.FAST,
    keys=(Keys(1, "RW access delete"),),
    since="8.0.0",
    complexity="O(N) fields named; O(N * M) in a listpack of M",
)
def hgetdel(ctx: Context, argv: list[bytes]) -> Reply:
    """Return the values of fields and remove them."""
    if argv[2].upper() != b"FIELDS":
        raise CommandError(SYNTAX)
    fields = _counted(argv, 3, 1)
    key = argv[1]
    hash = ctx.find(key, Hash)
    if hash is None:
        return [None] * len(fields)
    values: list[Reply] = []
    for field in fields:
        values.append(ctx.value_in(key, hash, field))
        if values[-1] is not None:
            hash.remove(field)
    ctx.reordered(key, hash)
    ctx.shrunk(key, hash, "hdel", len(values) - values.count(None))
    return values
