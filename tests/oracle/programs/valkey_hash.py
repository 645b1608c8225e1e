"""Random calls about fields of hashes that end, which of the two servers only Valkey has."""

from __future__ import annotations

from random import Random
from typing import Any, Final

from tests.oracle.programs import hash as plain
from tests.oracle.programs.words import NO_INTEGERS, any_case, bytes_of, key, maybe_wrong_arity

SERVERS: Final = ("valkey",)
"""Whom to compare with; other servers do not know these commands."""

NEAR_MS: Final = 5_000
"""How far apart two servers may read their clocks, on a busy machine."""

TTLS: Final = ("HTTL", "HPTTL", "HEXPIRETIME", "HPEXPIRETIME")
EXPIRES: Final = ("HEXPIRE", "HPEXPIRE", "HEXPIREAT", "HPEXPIREAT")
OLD: Final = ("HSET", "HGETALL", "HKEYS", "HVALS", "HGET", "HMGET", "HDEL", "HLEN", "HEXISTS",
              "HINCRBY", "HINCRBYFLOAT", "HSETNX", "HSTRLEN", "HSCAN", "HRANDFIELD", "OBJECT",
              "SET", "DEL")  # fmt: skip
STALE: Final = ("HGET", "HMGET", "HGETALL", "HKEYS", "HVALS", "HEXISTS", "HSTRLEN", "HINCRBY",
                "HINCRBYFLOAT", "HSETNX")  # fmt: skip
"""What servers answer alike where fields are over that one of them has not taken out yet."""


def draw(rng: Random) -> list[bytes]:
    """One call: something about ends, or any hash command that must heed them."""
    kind = rng.random()
    if kind < 0.35:
        return expire(rng)
    if kind < 0.45:
        return counted(rng, rng.choice(TTLS))
    if kind < 0.5:
        return counted(rng, "HPERSIST")
    if kind < 0.7:
        return combined(rng)
    if kind < 0.75:
        return several(rng)
    name = rng.choice(OLD)
    return maybe_wrong_arity(rng, [any_case(rng, name.encode()), *plain.COMMANDS[name](rng)])


def draw_stale(rng: Random) -> list[bytes]:
    """One call for when fields are over."""
    kind = rng.random()
    if kind < 0.2:
        return counted(rng, rng.choice((*TTLS, "HPERSIST")))
    if kind < 0.3:
        return [b"HGETEX", key(rng), *fields(rng)]
    name = rng.choice(STALE)
    return [name.encode(), *plain.COMMANDS[name](rng)]


def short_life(rng: Random, argv: list[bytes], life_ms: int) -> list[bytes]:
    """A call that lets a field of the key that `argv` names end soon."""
    return [b"HPEXPIRE", argv[1], b"%d" % life_ms, b"FIELDS", b"1", plain.field(rng)]


def agree(argv: list[bytes], ours: Any, theirs: Any) -> bool:
    """Whether two different replies are as good: other order, other chance, clocks apart."""
    name = argv[0].upper().decode()
    if name in TTLS and isinstance(ours, list) and isinstance(theirs, list):
        near = NEAR_MS if name.startswith("HP") else NEAR_MS // 1000
        both = zip(ours, theirs, strict=True)
        return all(mine == other or (abs(mine - other) <= near and min(mine, other) >= 0)
                   for mine, other in both)  # fmt: skip
    return plain.agree(argv, ours, theirs)


def fields(rng: Random) -> list[bytes]:
    """FIELDS, a count, and as many fields, nearly always."""
    names = plain.some_fields(rng)
    count = b"%d" % len(names) if rng.random() < 0.95 else rng.choice((b"0", b"-1", b"9", b"x"))
    word = b"FIELDS" if rng.random() < 0.97 else rng.choice((b"FIELD", b"", b"NX"))
    return [any_case(rng, word), count, *names]


def counted(rng: Random, name: str) -> list[bytes]:
    return maybe_wrong_arity(rng, [any_case(rng, name.encode()), key(rng), *fields(rng)])


def span(rng: Random) -> bytes:
    """A span far too long to end during a run, no two alike; or one that is refused."""
    kind = rng.random()
    if kind < 0.9:
        return b"%d" % rng.randrange(10**6, 10**10)
    return rng.choice((b"-1", b"-9223372036854775808", b"9223372036854775807", *NO_INTEGERS))


def moment(rng: Random, unit: str) -> bytes:
    """A moment in seconds or milliseconds, in the future."""
    if rng.random() < 0.9:
        seconds = rng.randrange(4 * 10**9, 6 * 10**10)
        return b"%d" % (seconds if unit == "s" else seconds * 1000 + rng.randrange(1000))
    return rng.choice((b"-1", *NO_INTEGERS))


def end(rng: Random, *, relative: bool, unit: str) -> bytes:
    return span(rng) if relative else moment(rng, unit)


def expire(rng: Random) -> list[bytes]:
    name = rng.choice(EXPIRES)
    unit = "ms" if "P" in name[:2] else "s"
    if rng.random() < 0.1:  # at once: of one field, since others are passed on together or apart
        past = rng.choice((b"0", b"1")) if name.endswith("AT") else b"0"
        one = [b"FIELDS", b"1", plain.field(rng)]
        return [any_case(rng, name.encode()), key(rng), past, *condition(rng), *one]
    until = end(rng, relative=not name.endswith("AT"), unit=unit)
    argv = [any_case(rng, name.encode()), key(rng), until, *condition(rng), *fields(rng)]
    return maybe_wrong_arity(rng, argv)


def condition(rng: Random) -> list[bytes]:
    words: list[bytes] = [b"NX", b"XX", b"GT", b"LT"]
    kind = rng.random()
    if kind < 0.5:
        return []
    return [any_case(rng, rng.choice(words))] if kind < 0.97 else [b"NX", b"XX"]


def time_option(rng: Random, *, past: bool) -> list[bytes]:
    """EX, PX, EXAT or PXAT with its number, which may be `past`."""
    word = rng.choice(("EX", "PX", "EXAT", "PXAT"))
    relative = len(word) == 2
    until = end(rng, relative=relative, unit="ms" if word[0] == "P" else "s")
    if past and rng.random() < 0.1:
        until = b"0" if relative else b"1"
    return [any_case(rng, word.encode()), until]


def combined(rng: Random) -> list[bytes]:
    """HGETEX, HSETEX or HGETDEL."""
    kind = rng.randrange(5)
    if kind == 0:
        return counted(rng, "HGETDEL")
    options = time_option(rng, past=True) if rng.random() < 0.5 else []
    if kind < 3:
        if rng.random() < 0.2:
            options.append(any_case(rng, rng.choice((b"PERSIST", b"PERSIST", b"KEEPTTL"))))
        argv = [any_case(rng, b"HGETEX"), key(rng), *options, *fields(rng)]
        return maybe_wrong_arity(rng, argv)
    if rng.random() < 0.3:
        options.append(any_case(rng, b"KEEPTTL"))
    if rng.random() < 0.3:
        options.insert(0, any_case(rng, rng.choice((b"FNX", b"FXX", b"NX", b"XX", b"PERSIST"))))
    pairs = [word for name in plain.some_fields(rng) for word in (name, bytes_of(rng))]
    count = b"%d" % (len(pairs) // 2) if rng.random() < 0.95 else rng.choice((b"0", b"9", b"x"))
    return maybe_wrong_arity(
        rng, [any_case(rng, b"HSETEX"), key(rng), *options, b"FIELDS", count, *pairs]
    )


def several(rng: Random) -> list[bytes]:
    """MSETEX."""
    names = [key(rng) for _ in range(rng.randrange(1, 4))]
    pairs = [word for name in names for word in (name, bytes_of(rng))]
    count = b"%d" % len(names) if rng.random() < 0.95 else rng.choice((b"0", b"-1", b"9", b"x"))
    options = time_option(rng, past=False) if rng.random() < 0.5 else []
    for word in (b"NX", b"XX", b"KEEPTTL", b"GET"):
        if rng.random() < 0.15:
            options.insert(rng.choice((0, len(options))), any_case(rng, word))
    return [any_case(rng, b"MSETEX"), count, *pairs, *options]
