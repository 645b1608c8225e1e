"""Random calls of the generic commands, on a few keys of several types."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from tests.oracle.programs.words import (
    MOMENTS_MS,
    MOMENTS_S,
    NO_INTEGERS,
    amount,
    any_case,
    bytes_of,
    key,
    maybe_wrong_arity,
    moment,
)

NEAR_MS = 5_000
"""How far apart two servers may read their clocks, on a busy machine."""

PATTERNS = (
    b"*", b"**", b"k*", b"k?", b"[a-b]", b"[^a]", b"k[12]", b"*x", b"\\a", b"", b"nope", b"*1*",
    b"[", b"?", b"{t}*", b"k[3-1]", b"a\\",
)  # fmt: skip


def draw(rng: Random) -> list[bytes]:
    """One call of a generic command: mostly valid, with all options, sometimes not."""
    name = rng.choice(NAMES)
    argv = [*(any_case(rng, word) for word in name.encode().split()), *COMMANDS[name](rng)]
    return maybe_wrong_arity(rng, argv)


def agree(argv: list[bytes], ours: Any, theirs: Any) -> bool:
    """Whether two different replies are as good: other order, other chance, clocks apart."""
    name = argv[0].upper()
    if name in (b"TTL", b"PTTL", b"EXPIRETIME", b"PEXPIRETIME"):
        return _both(int, ours, theirs) and min(ours, theirs) >= 0 and abs(ours - theirs) <= NEAR_MS
    if name == b"OBJECT":
        return _both(int, ours, theirs) and argv[1].upper() == b"IDLETIME"
    if name == b"MIGRATE":  # an engine without a network knows at once that nobody is there
        return str(ours)[:6] == str(theirs)[:6] == "IOERR "
    if name == b"RANDOMKEY":
        return _both(bytes, ours, theirs)
    if name == b"KEYS":
        return _both(list, ours, theirs) and sorted(ours) == sorted(theirs)
    if name == b"SCAN":
        return _both(list, ours, theirs) and sorted(ours[1]) == sorted(theirs[1])
    return False


def _both(kind: type, ours: Any, theirs: Any) -> bool:
    return isinstance(ours, kind) and isinstance(theirs, kind)


def some_keys(rng: Random) -> list[bytes]:
    return [key(rng) for _ in range(rng.randrange(1, 4))]


def conditions(rng: Random) -> list[bytes]:
    """NX, XX, GT and LT, alone or at odds with each other."""
    count = rng.choice((0, 0, 0, 1, 1, 1, 2, 3))
    words = [rng.choice((b"NX", b"XX", b"GT", b"LT")) for _ in range(count)]
    if rng.random() < 0.05:
        words.append(rng.choice((b"CH", b"", b"\xff", b"a b")))
    return [any_case(rng, word) for word in words]


def migrate(rng: Random) -> list[bytes]:
    """To where nobody is: keys that are there stay, and some are not there."""
    options: list[bytes] = []
    for word, values in ((b"COPY", 0), (b"REPLACE", 0), (b"AUTH", 1), (b"AUTH2", 2)):
        if rng.random() < 0.25:
            options += [any_case(rng, word), *[b"pass"] * values]
    several = rng.random() < 0.5
    if several:
        options += [any_case(rng, b"KEYS"), *some_keys(rng)]
    name = b"" if several and rng.random() < 0.9 else key(rng)
    timeout = rng.choice((b"50", b"50", b"0", b"-1", b"x"))
    return [b"127.0.0.1", b"1", name, database(rng), timeout, *options]


def copy_options(rng: Random) -> list[bytes]:
    words: list[bytes] = []
    for _ in range(rng.choice((0, 0, 1, 1, 2, 3))):
        kind = rng.randrange(6)
        if kind < 3:
            words.append(any_case(rng, b"REPLACE"))
        elif kind < 5:
            index = rng.choice((b"0", b"1", b"15", b"16", b"-1", b"99999999999", b"x"))
            words += [any_case(rng, b"DB"), index]
        else:
            words.append(rng.choice((b"DB", b"FORCE", b"")))
    return words


def scan_options(rng: Random) -> list[bytes]:
    """Options with a COUNT that gives all keys at once: pages differ from server to server."""
    words = [any_case(rng, b"COUNT"), b"1000"]
    for _ in range(rng.randrange(3)):
        kind = rng.randrange(8)
        if kind < 4:
            words += [any_case(rng, b"MATCH"), rng.choice(PATTERNS)]
        elif kind < 6:
            words += [any_case(rng, b"TYPE"), rng.choice((b"string", b"Hash", b"zset", b"list"))]
        else:
            words.append(rng.choice((b"COUNT", b"MATCH", b"TYPE", b"NX", b"")))
    if rng.random() < 0.1:
        words += [b"COUNT", rng.choice((b"0", b"-1", *NO_INTEGERS))]
    return words


def scan(rng: Random) -> list[bytes]:
    cursor = b"0" if rng.random() < 0.9 else rng.choice((b"x", b"", b"1x", b"18446744073709551616"))
    return [cursor, *scan_options(rng)]


Shape = Callable[[Random], list[bytes]]


def database(rng: Random) -> bytes:
    """Mostly one of the two that are compared."""
    odd = (b"16", b"-1", b"x", b"99999999999", b"")
    return rng.choice((b"0", b"1", b"1")) if rng.random() < 0.95 else rng.choice(odd)


COMMANDS: dict[str, Shape] = {
    "COPY": lambda rng: [key(rng), key(rng), *copy_options(rng)],
    "DEL": some_keys,
    "EXISTS": some_keys,
    "EXPIRE": lambda rng: [key(rng), amount(rng), *conditions(rng)],
    "EXPIREAT": lambda rng: [key(rng), moment(rng, MOMENTS_S), *conditions(rng)],
    "EXPIRETIME": lambda rng: [key(rng)],
    "KEYS": lambda rng: [rng.choice(PATTERNS)],
    "OBJECT ENCODING": lambda rng: [key(rng)],
    "OBJECT FREQ": lambda rng: [key(rng)],
    "OBJECT IDLETIME": lambda rng: [key(rng)],
    "OBJECT REFCOUNT": lambda rng: [key(rng)],
    "OBJECT NOPE": lambda rng: [key(rng)],
    "PERSIST": lambda rng: [key(rng)],
    "PEXPIRE": lambda rng: [key(rng), amount(rng), *conditions(rng)],
    "PEXPIREAT": lambda rng: [key(rng), moment(rng, MOMENTS_MS), *conditions(rng)],
    "PEXPIRETIME": lambda rng: [key(rng)],
    "PTTL": lambda rng: [key(rng)],
    "RANDOMKEY": lambda rng: [],
    "MIGRATE": migrate,
    "MOVE": lambda rng: [key(rng), database(rng)],
    "SWAPDB": lambda rng: [database(rng), database(rng)],
    "WAIT": lambda rng: [rng.choice((b"0", b"-1", b"x")), rng.choice((b"0", b"9", b"-1", b""))],
    "RENAME": lambda rng: [key(rng), key(rng)],
    "RENAMENX": lambda rng: [key(rng), key(rng)],
    "SCAN": scan,
    "TOUCH": some_keys,
    "TTL": lambda rng: [key(rng)],
    "TYPE": lambda rng: [key(rng)],
    "UNLINK": some_keys,
    # Something to work on.
    "HSET": lambda rng: [key(rng), b"f", bytes_of(rng)],
    "SET": lambda rng: [key(rng), bytes_of(rng)],
    "SETEX": lambda rng: [key(rng), amount(rng), bytes_of(rng)],
    "ZADD": lambda rng: [key(rng), b"1", b"m"],
}

NAMES = [*COMMANDS, *["SET", "SETEX", "HSET", "ZADD", "EXPIRE", "PEXPIREAT", "COPY", "SCAN"] * 2]
