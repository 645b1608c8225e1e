"""Random calls of SORT on lists, sets and sorted sets, with weights in strings and hashes."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from tests.oracle.programs.words import any_case, maybe_wrong_arity

SERVERS = ("redis",)
"""Valkey refuses an empty weight, so what SORT stored cannot be sorted there again.

A weight that overflows is left out: Redis does not reset errno, and refuses those after it."""

KEYS = (b"a", b"b", b"c", b"k1")
OTHERS = (b"s", b"z")
"""A set and a sorted set: where texts weigh the same, their buckets decide."""
ELEMENTS = (*(b"%d" % number for number in range(-3, 9)), b"1.5", b"x", b"10", b" 2", b"nan")
PATTERNS = (b"w_*", b"w_*", b"h_*->f", b"h_*->g", b"#", b"nosort", b"*", b"w_*->", b"none_*", b"")


def draw(rng: Random) -> list[bytes]:
    """One call of SORT, or of something that makes what it sorts."""
    name = rng.choice(NAMES)
    return maybe_wrong_arity(rng, [any_case(rng, name.encode()), *COMMANDS[name](rng)])


def agree(argv: list[bytes], ours: Any, theirs: Any) -> bool:
    """Where a set is not sorted, or texts weigh the same, the buckets decide."""
    words = [word.upper() for word in argv]
    if words[0][:4] != b"SORT" or not isinstance(ours, list) or not isinstance(theirs, list):
        return False
    loose = b"LIMIT" in words or sorted(map(repr, ours)) == sorted(map(repr, theirs))
    return b"BY" in words and len(ours) == len(theirs) and loose and argv[1] in OTHERS


def key(rng: Random) -> bytes:
    return rng.choice(KEYS)


def element(rng: Random) -> bytes:
    return rng.choice(ELEMENTS[:12]) if rng.random() < 0.97 else rng.choice(ELEMENTS)


def some(rng: Random) -> list[bytes]:
    return [element(rng) for _ in range(rng.randrange(1, 6))]


def sort_words(rng: Random, *, storing: bool) -> list[bytes]:
    options: list[list[bytes]] = []
    if rng.random() < 0.5:
        options.append([any_case(rng, b"BY"), rng.choice(PATTERNS)])
    for _ in range(rng.choice((0, 0, 1, 2))):
        options.append([any_case(rng, b"GET"), rng.choice(PATTERNS)])
    if rng.random() < 0.4:
        numbers = [b"%d" % rng.randrange(-2, 6), b"%d" % rng.randrange(-2, 8)]
        if rng.random() < 0.03:
            numbers[0] = b"x"
        options.append([any_case(rng, b"LIMIT"), *numbers])
    options += [[any_case(rng, w)] for w in (b"ALPHA", b"DESC", b"ASC") if rng.random() < 0.35]
    given = {option[0].upper() for option in options}
    if storing and not {b"BY", b"ALPHA"} <= given and rng.random() < 0.4:
        options.append([any_case(rng, b"STORE"), key(rng)])
    if rng.random() < 0.02:
        options.append([rng.choice((b"NOPE", b"GET", b"STORE"))])
    rng.shuffle(options)
    return [word for option in options for word in option]


Shape = Callable[[Random], list[bytes]]

COMMANDS: dict[str, Shape] = {
    "SORT": lambda rng: [rng.choice((*KEYS, *OTHERS)), *sort_words(rng, storing=True)],
    "SORT_RO": lambda rng: [rng.choice((*KEYS, *OTHERS)), *sort_words(rng, storing=False)],
    "RPUSH": lambda rng: [key(rng), *some(rng)],
    "SADD": lambda rng: [b"s", *some(rng)],
    "ZADD": lambda rng: [b"z", b"%d" % rng.randrange(5), element(rng)],
    "SET": lambda rng: [b"w_" + element(rng), element(rng)],
    "HSET": lambda rng: [b"h_" + element(rng), b"f", element(rng)],
    "DEL": lambda rng: [rng.choice((*KEYS, *OTHERS))],
    "OBJECT": lambda rng: [b"ENCODING", rng.choice((*KEYS, *OTHERS))],
}

NAMES = [*COMMANDS, *["SORT"] * 8, *["SORT_RO"] * 2, *["RPUSH", "SADD", "ZADD", "SET"] * 2]
