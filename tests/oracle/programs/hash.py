"""Random calls of the hash commands, on a few keys and fields."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from tests.oracle.programs.words import (
    any_case,
    bytes_of,
    integer,
    key,
    maybe_wrong_arity,
    number,
)

FIELDS = (b"f", b"g", b"name", b"1", b"-7", b"", b"\xff\x00", b"F" * 63, b"F" * 70)
PATTERNS = (b"*", b"f*", b"[a-g]", b"?", b"", b"nope")


def draw(rng: Random) -> list[bytes]:
    """One call of a hash command: mostly valid, with all options, sometimes not."""
    name = rng.choice(NAMES)
    return maybe_wrong_arity(rng, [any_case(rng, name.encode()), *COMMANDS[name](rng)])


def agree(argv: list[bytes], ours: Any, theirs: Any) -> bool:
    """Whether two different replies are as good: other order of fields, other chance."""
    name = argv[0].upper()
    if name in (b"HGETALL", b"HKEYS", b"HVALS"):
        return same_rows(ours, theirs, pairs=name == b"HGETALL")
    if name == b"HRANDFIELD":
        return same_shape(ours, theirs)
    if name == b"HSCAN":
        return same_scan(argv, ours, theirs)
    return False


def same_rows(ours: Any, theirs: Any, *, pairs: bool) -> bool:
    """Whether two flat lists (or maps) have the same elements, or the same pairs of them."""
    if isinstance(ours, dict) or isinstance(theirs, dict):
        return bool(ours == theirs)
    if not isinstance(ours, list) or not isinstance(theirs, list):
        return False
    step = 2 if pairs else 1
    return sorted(_chunks(ours, step)) == sorted(_chunks(theirs, step))


def same_shape(ours: Any, theirs: Any) -> bool:
    """Whether two draws by chance are of the same kind and number."""
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(same_shape, ours, theirs))
    return type(ours) is type(theirs) and not isinstance(ours, Exception)


def same_scan(argv: list[bytes], ours: Any, theirs: Any) -> bool:
    """Whether two whole scans agree; parts of one depend on the hash function."""
    if not isinstance(ours, list) or not isinstance(theirs, list):
        return False
    if ours[0] != b"0" or theirs[0] != b"0" or argv[2] != b"0":
        return True
    step = 1 if {b"NOVALUES", b"NOSCORES"} & {word.upper() for word in argv} else 2
    return same_rows(ours[1], theirs[1], pairs=step == 2)


def _chunks(row: list[Any], step: int) -> list[tuple[Any, ...]]:
    return [tuple(row[at : at + step]) for at in range(0, len(row), step)]


def field(rng: Random) -> bytes:
    return rng.choice(FIELDS[:5]) if rng.random() < 0.85 else rng.choice(FIELDS)


def some_fields(rng: Random) -> list[bytes]:
    return [field(rng) for _ in range(rng.randrange(1, 4))]


def pairs(rng: Random) -> list[bytes]:
    """Fields and values, now and then one value short."""
    words = [word for _ in range(rng.randrange(1, 5)) for word in (field(rng), bytes_of(rng))]
    return words[: None if rng.random() < 0.95 else -1]


def random_options(rng: Random) -> list[bytes]:
    kind = rng.randrange(6)
    if kind == 0:
        return []
    count = rng.choice((b"0", b"1", b"2", b"-2", b"5", b"-3", b"50", b"x", b"9223372036854775807"))
    words = [count]
    if kind > 2:
        words.append(any_case(rng, b"WITHVALUES" if rng.random() < 0.95 else b"WITHSCORES"))
    return words


def scan_options(rng: Random) -> list[bytes]:
    words = [rng.choice((b"0", b"0", b"0", b"0", b"5", b"x", b"-1"))]
    for _ in range(rng.randrange(3)):
        kind = rng.randrange(5)
        if kind < 2:
            words += [any_case(rng, b"MATCH"), rng.choice(PATTERNS)]
        elif kind < 4:
            words += [any_case(rng, b"COUNT"), rng.choice((b"1", b"10", b"100", b"0", b"x"))]
        else:
            words.append(rng.choice((b"NOPE", b"TYPE", b"COUNT")))
    return words


Shape = Callable[[Random], list[bytes]]

COMMANDS: dict[str, Shape] = {
    "HSET": lambda rng: [key(rng), *pairs(rng)],
    "HMSET": lambda rng: [key(rng), *pairs(rng)],
    "HSETNX": lambda rng: [key(rng), field(rng), bytes_of(rng)],
    "HGET": lambda rng: [key(rng), field(rng)],
    "HMGET": lambda rng: [key(rng), *some_fields(rng)],
    "HGETALL": lambda rng: [key(rng)],
    "HKEYS": lambda rng: [key(rng)],
    "HVALS": lambda rng: [key(rng)],
    "HLEN": lambda rng: [key(rng)],
    "HEXISTS": lambda rng: [key(rng), field(rng)],
    "HSTRLEN": lambda rng: [key(rng), field(rng)],
    "HDEL": lambda rng: [key(rng), *some_fields(rng)],
    "HINCRBY": lambda rng: [key(rng), field(rng), integer(rng)],
    "HINCRBYFLOAT": lambda rng: [key(rng), field(rng), number(rng)],
    "HRANDFIELD": lambda rng: [key(rng), *random_options(rng)],
    "HSCAN": lambda rng: [key(rng), *scan_options(rng)],
    "OBJECT": lambda rng: [b"ENCODING", key(rng)],
    # A little of everything else, so that keys hold the wrong type or nothing at all.
    "DEL": lambda rng: [key(rng)],
    "SET": lambda rng: [key(rng), bytes_of(rng)],
    "ZADD": lambda rng: [key(rng), b"1", b"m"],
}

NAMES = [*COMMANDS, *["HSET"] * 6]
