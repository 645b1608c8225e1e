"""Random calls of the bitmap commands, on a few short strings."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from tests.oracle.programs.words import (
    NO_INTEGERS,
    any_case,
    bytes_of,
    integer,
    key,
    maybe_wrong_arity,
)

OPERATIONS = (b"AND", b"OR", b"XOR", b"NOT")
FULL = (b"\xff" * 3, b"\x00" * 3, b"\x00\xff\xf0", b"\xff\xf0\x00", b"")


def draw(rng: Random) -> list[bytes]:
    """One call of a bitmap command: mostly valid, with all options, sometimes not."""
    name = rng.choice(NAMES)
    return maybe_wrong_arity(rng, [any_case(rng, name.strip().encode()), *COMMANDS[name](rng)])


def agree(argv: list[bytes], ours: Any, theirs: Any) -> bool:
    """Whether two different replies to one call are as good: none here may differ."""
    return False


def offset(rng: Random) -> bytes:
    """A bit to look at or to write, near enough not to fill the memory, or refused."""
    kind = rng.random()
    if kind < 0.9:
        return b"%d" % rng.randrange(200)
    refused = (b"-1", b"4294967296", b"9223372036854775807")
    return rng.choice(refused if kind < 0.95 else NO_INTEGERS)


def bit(rng: Random) -> bytes:
    return rng.choice((b"0", b"1")) if rng.random() < 0.95 else rng.choice((b"2", b"-1", b"x"))


def place(rng: Random) -> bytes:
    """An end of a range, from either end of the string."""
    return b"%d" % rng.randrange(-30, 30) if rng.random() < 0.9 else integer(rng)


def span(rng: Random) -> list[bytes]:
    """A range of bytes or bits, or a part of one."""
    words = [place(rng), place(rng)]
    if rng.random() < 0.7:
        words.append(any_case(rng, rng.choice((b"BYTE", b"BIT", b"BIT"))))
    elif rng.random() < 0.1:
        words.append(b"NIBBLE")
    return words if rng.random() < 0.9 else words[: rng.randrange(3)]


def field(rng: Random) -> list[bytes]:
    """A type and an offset."""
    widths = (1, 2, 4, 5, 7, 8, 9, 13, 16, 31, 32, 33, 62, 63, 64)
    kind = b"%s%d" % (rng.choice((b"i", b"u")), rng.choice(widths))
    if rng.random() < 0.03:
        kind = rng.choice((b"i0", b"u64", b"i65", b"U8", b"x8", b"i", b"", b"i08"))
    where = b"#%d" % rng.randrange(9) if rng.random() < 0.3 else offset(rng)
    return [kind, where]


def amount(rng: Random) -> bytes:
    return b"%d" % rng.randrange(-300, 300) if rng.random() < 0.7 else integer(rng)


def steps(rng: Random) -> list[bytes]:
    words: list[bytes] = []
    for _ in range(rng.randrange(5)):
        kind = rng.choice((b"GET", b"SET", b"INCRBY", b"INCRBY", b"OVERFLOW"))
        words.append(any_case(rng, kind))
        if kind == b"OVERFLOW":
            how = rng.choice((b"WRAP", b"SAT", b"SAT", b"FAIL", b"FAIL", b"NONE"))
            words.append(any_case(rng, how))
        else:
            words += field(rng)
            words += [] if kind == b"GET" else [amount(rng)]
    return words if rng.random() < 0.97 else words[:-1]


def reading(rng: Random) -> list[bytes]:
    if rng.random() < 0.05:
        return steps(rng)
    return [word for _ in range(rng.randrange(4)) for word in (any_case(rng, b"GET"), *field(rng))]


def operation(rng: Random) -> list[bytes]:
    name = rng.choice(OPERATIONS) if rng.random() < 0.98 else b"NAND"
    count = 1 if name == b"NOT" and rng.random() < 0.9 else rng.randrange(1, 5)
    return [any_case(rng, name), *(key(rng) for _ in range(1 + count))]


def content(rng: Random) -> bytes:
    if rng.random() < 0.4:
        return rng.choice(FULL)
    return rng.randbytes(rng.randrange(1, 20)) if rng.random() < 0.6 else bytes_of(rng)


Shape = Callable[[Random], list[bytes]]

COMMANDS: dict[str, Shape] = {
    "SETBIT": lambda rng: [key(rng), offset(rng), bit(rng)],
    "GETBIT": lambda rng: [key(rng), offset(rng)],
    "BITCOUNT": lambda rng: [key(rng), *(span(rng) if rng.random() < 0.8 else [])],
    "BITPOS": lambda rng: [key(rng), bit(rng), *(span(rng) if rng.random() < 0.8 else [])],
    "BITPOS ": lambda rng: [key(rng), bit(rng), *([place(rng)] if rng.random() < 0.5 else [])],
    "BITOP": operation,
    "BITFIELD": lambda rng: [key(rng), *steps(rng)],
    "BITFIELD ": lambda rng: [key(rng), *steps(rng)],
    "BITFIELD_RO": lambda rng: [key(rng), *reading(rng)],
    "OBJECT": lambda rng: [b"ENCODING", key(rng)],
    "GET": lambda rng: [key(rng)],
    "SET": lambda rng: [key(rng), content(rng)],
    # A little of everything else, so that keys hold the wrong type or nothing at all.
    "DEL": lambda rng: [key(rng)],
    "HSET": lambda rng: [key(rng), b"f", b"v"],
}  # fmt: skip

NAMES = [*COMMANDS, *["SET"] * 3, "BITPOS", "BITCOUNT"]
