"""Random calls of the set commands, on a few keys and members.

What SPOP takes is chance, and after it nothing compares. So it is asked for nothing, for all,
or for a member of `LONELY`, a set that never has more than one.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from tests.oracle.programs.hash import same_rows, same_scan, same_shape, scan_options
from tests.oracle.programs.words import any_case, bytes_of, integer, key, maybe_wrong_arity
from tests.oracle.programs.zset import inputs, weights

MEMBERS = (
    b"a", b"b", b"ann", b"", b"\xff\x00", b"M" * 64, b"M" * 70, b"007", b"-0", b"1.5",
    b"9223372036854775807", b"-9223372036854775808", b"9223372036854775808", b"70000", b"-40000",
    b"5000000000",
)  # fmt: skip
LONELY = b"lonely"


def draw(rng: Random) -> list[bytes]:
    """One call of a set command: mostly valid, with all options, sometimes not."""
    name = rng.choice(NAMES)
    argv = [any_case(rng, name.strip().encode()), *COMMANDS[name](rng)]
    return argv if name in BY_CHANCE else maybe_wrong_arity(rng, argv)


def agree(argv: list[bytes], ours: Any, theirs: Any) -> bool:
    """Whether two different replies are as good: other order of members, other chance."""
    name = argv[0].upper()
    if name in (b"SMEMBERS", b"SINTER", b"SUNION", b"SDIFF", b"SPOP"):
        return same_rows(ours, theirs, pairs=False)
    if name == b"SRANDMEMBER":
        return same_shape(ours, theirs)
    return name == b"SSCAN" and same_scan([*argv, b"NOVALUES"], ours, theirs)


def member(rng: Random) -> bytes:
    """Half of them small numbers, so that sets of nothing else come about."""
    if rng.random() < 0.7:
        return b"%d" % rng.randrange(-3, 9)
    return rng.choice(MEMBERS[:3]) if rng.random() < 0.6 else rng.choice(MEMBERS)


def number(rng: Random) -> bytes:
    return b"%d" % rng.randrange(12)


def some(rng: Random, what: Callable[[Random], bytes], most: int = 5) -> list[bytes]:
    return [what(rng) for _ in range(rng.randrange(1, most))]


def keys(rng: Random) -> list[bytes]:
    return some(rng, key)


def many(rng: Random) -> list[bytes]:
    """More members than a limit allows, numbers or not."""
    letter = rng.choice((b"", b"m"))
    return [b"%s%d" % (letter, at) for at in range(rng.choice((100, 127, 130, 520)))]


def random_count(rng: Random) -> list[bytes]:
    if rng.random() < 0.3:
        return []
    return [rng.choice((b"0", b"1", b"3", b"-2", b"-1", b"99", b"x", b"-9223372036854775808"))]


def pop_count(rng: Random) -> list[bytes]:
    return [rng.choice((b"0", b"1000", b"-1", b"x", b"9223372036854775807"))]


def limit(rng: Random) -> list[bytes]:
    if rng.random() < 0.5:
        return []
    word = any_case(rng, b"LIMIT" if rng.random() < 0.95 else b"COUNT")
    return [word, rng.choice((b"0", b"1", b"2", b"9", b"-1", b"x"))][: rng.choice((1, 2, 2, 2, 2))]


Shape = Callable[[Random], list[bytes]]

COMMANDS: dict[str, Shape] = {
    "SADD": lambda rng: [key(rng), *some(rng, member)],
    "SADD ": lambda rng: [key(rng), *some(rng, number, 8)],
    "SADD  ": lambda rng: [key(rng), *many(rng)],
    "SREM": lambda rng: [key(rng), *some(rng, member)],
    "SMOVE": lambda rng: [key(rng), key(rng), member(rng)],
    "SMEMBERS": lambda rng: [key(rng)],
    "SISMEMBER": lambda rng: [key(rng), member(rng)],
    "SMISMEMBER": lambda rng: [key(rng), *some(rng, member)],
    "SCARD": lambda rng: [key(rng)],
    "SSCAN": lambda rng: [key(rng), *scan_options(rng)],
    "SPOP": lambda rng: [key(rng), *pop_count(rng), *([] if rng.random() < 0.95 else [b"x"])],
    "SPOP ": lambda rng: [LONELY],
    "SADD   ": lambda rng: [LONELY, b"only"],
    "SRANDMEMBER": lambda rng: [key(rng), *random_count(rng)],
    "SINTER": keys,
    "SUNION": keys,
    "SDIFF": keys,
    "SINTERSTORE": lambda rng: [key(rng), *keys(rng)],
    "SUNIONSTORE": lambda rng: [key(rng), *keys(rng)],
    "SDIFFSTORE": lambda rng: [key(rng), *keys(rng)],
    "SINTERCARD": lambda rng: [*inputs(rng), *limit(rng)],
    "ZUNIONSTORE": lambda rng: [key(rng), *weights(rng)],
    "ZINTERSTORE": lambda rng: [key(rng), *weights(rng)],
    "ZDIFF": inputs,
    "OBJECT": lambda rng: [b"ENCODING", key(rng)],
    "COPY": lambda rng: [key(rng), key(rng), b"REPLACE"],
    # A little of everything else, so that keys hold the wrong type or nothing at all.
    "DEL": lambda rng: [key(rng)],
    "SET": lambda rng: [key(rng), bytes_of(rng)],
    "HSET": lambda rng: [key(rng), b"f", integer(rng)],
}  # fmt: skip

BY_CHANCE = ("SPOP", "SPOP ", "SADD   ")
"""Those in which a word too few or too many would let chance in."""

NAMES = [*COMMANDS, *["SADD"] * 8, *["SADD "] * 3]
