"""Random calls of the list commands, on a few keys, with few and with very long elements."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from tests.oracle.programs.words import any_case, bytes_of, integer, key, maybe_wrong_arity

ELEMENTS = (b"a", b"b", b"c", b"1", b"-7", b"1000", b"", b"\xff\x00")
LONG = (100, 900, 2000, 4085, 4100, 5000, 8180, 8192, 8193, 9000)


def draw(rng: Random) -> list[bytes]:
    """One call of a list command: mostly valid, with all options, sometimes not."""
    name = rng.choice(NAMES)
    return maybe_wrong_arity(rng, [any_case(rng, name.encode()), *COMMANDS[name](rng)])


def agree(argv: list[bytes], ours: Any, theirs: Any) -> bool:
    """Whether two different replies are as good: never. Nothing is left to chance here."""
    return False


def element(rng: Random) -> bytes:
    kind = rng.random()
    if kind < 0.75:
        return rng.choice(ELEMENTS)
    return bytes_of(rng) if kind < 0.85 else rng.choice((b"x", b"yz", b"7")) * rng.choice(LONG)


def elements(rng: Random) -> list[bytes]:
    return [element(rng) for _ in range(rng.choice((1, 1, 2, 3, 8)))]


def index(rng: Random) -> bytes:
    return b"%d" % rng.randrange(-9, 9) if rng.random() < 0.8 else integer(rng)


def side(rng: Random) -> bytes:
    return any_case(
        rng, rng.choice((b"LEFT", b"RIGHT", b"LEFT", b"RIGHT", b"UP")[: 4 + at_times(rng)])
    )


def at_times(rng: Random) -> int:
    """1 now and then, mostly 0."""
    return int(rng.random() < 0.1)


def pop_count(rng: Random) -> list[bytes]:
    if rng.random() < 0.5:
        return []
    return [rng.choice((b"0", b"1", b"2", b"5", b"100", b"-1", b"x", b"9223372036854775807"))]


def several_keys(rng: Random) -> list[bytes]:
    keys = [key(rng) for _ in range(rng.randrange(1, 4))]
    count = rng.choice((b"0", b"-1", b"x", b"9")) if at_times(rng) else b"%d" % len(keys)
    words = [count, *keys, side(rng)]
    if rng.random() < 0.5:
        words += [any_case(rng, b"COUNT"), rng.choice((b"1", b"2", b"9", b"0", b"-1", b"x"))]
    return words


def lpos_options(rng: Random) -> list[bytes]:
    words: list[bytes] = []
    for _ in range(rng.randrange(4)):
        option = rng.choice((b"RANK", b"COUNT", b"MAXLEN", b"NOPE")[: 3 + at_times(rng)])
        words += [any_case(rng, option), rng.choice((b"1", b"2", b"-1", b"-2", b"0", b"3"))]
    return words if rng.random() < 0.95 else words[:-1]


Shape = Callable[[Random], list[bytes]]

COMMANDS: dict[str, Shape] = {
    "LPUSH": lambda rng: [key(rng), *elements(rng)],
    "RPUSH": lambda rng: [key(rng), *elements(rng)],
    "LPUSHX": lambda rng: [key(rng), *elements(rng)],
    "RPUSHX": lambda rng: [key(rng), *elements(rng)],
    "LPOP": lambda rng: [key(rng), *pop_count(rng)],
    "RPOP": lambda rng: [key(rng), *pop_count(rng)],
    "LLEN": lambda rng: [key(rng)],
    "LINDEX": lambda rng: [key(rng), index(rng)],
    "LSET": lambda rng: [key(rng), index(rng), element(rng)],
    "LRANGE": lambda rng: [key(rng), index(rng), index(rng)],
    "LTRIM": lambda rng: [key(rng), index(rng), index(rng)],
    "LREM": lambda rng: [key(rng), index(rng), element(rng)],
    "LINSERT": lambda rng: [
        key(rng),
        any_case(rng, rng.choice((b"BEFORE", b"AFTER", b"AT")[: 2 + at_times(rng)])),
        element(rng),
        element(rng),
    ],
    "LPOS": lambda rng: [key(rng), element(rng), *lpos_options(rng)],
    "LMOVE": lambda rng: [key(rng), key(rng), side(rng), side(rng)],
    "RPOPLPUSH": lambda rng: [key(rng), key(rng)],
    "LMPOP": several_keys,
    "OBJECT": lambda rng: [b"ENCODING", key(rng)],
    # A little of everything else, so that keys hold the wrong type or nothing at all.
    "DEL": lambda rng: [key(rng)],
    "SET": lambda rng: [key(rng), bytes_of(rng)],
    "RENAME": lambda rng: [key(rng), key(rng)],
    "COPY": lambda rng: [key(rng), key(rng)],
}

NAMES = [*COMMANDS, *["RPUSH"] * 6, *["LPUSH"] * 4, *["LINSERT", "LSET", "LMOVE", "LRANGE"] * 2]
