"""Random calls of the string commands, right and wrong ones, on a few keys."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from tests.oracle.programs.words import (
    amount,
    any_case,
    bytes_of,
    integer,
    key,
    maybe_wrong_arity,
    number,
    offset,
    time_option,
)


def draw(rng: Random) -> list[bytes]:
    """One call of a string command: mostly valid, with all options, sometimes not."""
    name = rng.choice(NAMES)
    argv = [any_case(rng, name.encode()), *COMMANDS[name](rng)]
    return maybe_wrong_arity(rng, argv)


def agree(argv: list[bytes], ours: Any, theirs: Any) -> bool:
    """Whether two different replies to one call are as good: none here may differ."""
    return False


def set_options(rng: Random) -> list[bytes]:
    """Any of SET's options, in any order and number."""
    words: list[bytes] = []
    for _ in range(rng.choice((0, 0, 1, 1, 1, 2, 2, 3, 5))):
        kind = rng.randrange(8)
        if kind < 2:
            words.append(rng.choice((b"NX", b"XX")))
        elif kind < 3:
            words.append(b"GET")
        elif kind < 4:
            words.append(b"KEEPTTL")
        elif kind < 7:
            words += time_option(rng)
        else:
            words.append(rng.choice((b"PERSIST", b"CH", b"", b"EX", b"PXAT", b"nxx", b"N")))
    return [any_case(rng, word) for word in words]


def getex_options(rng: Random) -> list[bytes]:
    """Any of GETEX's options, and some of SET's."""
    kind = rng.randrange(10)
    if kind < 2:
        return []
    if kind < 4:
        return [any_case(rng, b"PERSIST")]
    if kind < 8:
        return time_option(rng)
    return rng.choice(([b"KEEPTTL"], [b"NX"], [b"EX"], [*time_option(rng), *time_option(rng)]))


def lcs_options(rng: Random) -> list[bytes]:
    """LEN, IDX and what goes with them."""
    words: list[bytes] = []
    for _ in range(rng.randrange(4)):
        kind = rng.randrange(6)
        if kind < 1:
            words.append(b"LEN")
        elif kind < 3:
            words.append(b"IDX")
        elif kind < 4:
            words.append(b"WITHMATCHLEN")
        elif kind < 5:
            words += [b"MINMATCHLEN", rng.choice((b"0", b"2", b"-1", b"4", integer(rng)))]
        else:
            words.append(rng.choice((b"MINMATCHLEN", b"WITHLEN", b"")))
    return [any_case(rng, word) for word in words]


def pairs(rng: Random) -> list[bytes]:
    """Keys and values, now and then one value short."""
    words = [word for _ in range(rng.randrange(1, 4)) for word in (key(rng), bytes_of(rng))]
    return words[: None if rng.random() < 0.9 else -1]


def some_keys(rng: Random) -> list[bytes]:
    return [key(rng) for _ in range(rng.randrange(1, 4))]


Shape = Callable[[Random], list[bytes]]

COMMANDS: dict[str, Shape] = {
    "APPEND": lambda rng: [key(rng), bytes_of(rng)],
    "DECR": lambda rng: [key(rng)],
    "DECRBY": lambda rng: [key(rng), integer(rng)],
    "GET": lambda rng: [key(rng)],
    "GETDEL": lambda rng: [key(rng)],
    "GETEX": lambda rng: [key(rng), *getex_options(rng)],
    "GETRANGE": lambda rng: [key(rng), integer(rng), integer(rng)],
    "GETSET": lambda rng: [key(rng), bytes_of(rng)],
    "INCR": lambda rng: [key(rng)],
    "INCRBY": lambda rng: [key(rng), integer(rng)],
    "INCRBYFLOAT": lambda rng: [key(rng), number(rng)],
    "LCS": lambda rng: [key(rng), key(rng), *lcs_options(rng)],
    "MGET": some_keys,
    "MSET": pairs,
    "MSETNX": pairs,
    "PSETEX": lambda rng: [key(rng), amount(rng), bytes_of(rng)],
    "SET": lambda rng: [key(rng), bytes_of(rng), *set_options(rng)],
    "SETEX": lambda rng: [key(rng), amount(rng), bytes_of(rng)],
    "SETNX": lambda rng: [key(rng), bytes_of(rng)],
    "SETRANGE": lambda rng: [key(rng), offset(rng), bytes_of(rng)],
    "STRLEN": lambda rng: [key(rng)],
    "SUBSTR": lambda rng: [key(rng), integer(rng), integer(rng)],
    # A little of everything else, so that keys hold the wrong type or nothing at all.
    "DEL": some_keys,
    "HSET": lambda rng: [key(rng), b"f", bytes_of(rng)],
    "ZADD": lambda rng: [key(rng), b"1", b"m"],
}

NAMES = [*COMMANDS, *["SET"] * 8, *["GETEX", "LCS", "SETRANGE", "APPEND", "INCRBYFLOAT"] * 2]
