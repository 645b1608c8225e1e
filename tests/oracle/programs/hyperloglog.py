"""Random calls of the HyperLogLog commands: GET shows that the bytes are the server's.

Some strings only look like one: cut off, grown, or with other registers than a server makes.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from tests.oracle.programs.words import any_case, bytes_of, key, maybe_wrong_arity

HEAD = b"HYLL\x01\x00\x00\x00" + b"\x00" * 7 + b"\x80"
LOOKALIKES = (
    b"HYLL", HEAD, HEAD + b"\x7f\xff", HEAD + b"\x7f\xfe", HEAD + b"\x7f\xff\x00",
    HEAD + b"\x80\x7f\xfe", HEAD + b"\x3f" * 256, HEAD + b"\xff" * 4096,
    HEAD + b"\x9c\x98\x9b" + b"\x7f\xf7", b"HYLL\x02" + HEAD[5:] + b"\x7f\xff",
    b"hyll" + HEAD[4:] + b"\x7f\xff", b"HYLL\x00" + HEAD[5:] + b"\x41\x10\x04" * 4096,
    b"HYLL\x00" + HEAD[5:] + b"\x41\x10\x04" * 4095, HEAD[:15] + b"\x00\x7f\xff",
    HEAD[:8] + b"\x2a" + b"\x00" * 7 + b"\x7f\xff",
)  # fmt: skip


def draw(rng: Random) -> list[bytes]:
    """One call of a HyperLogLog command, on real ones or on what looks like one."""
    name = rng.choice(NAMES)
    return maybe_wrong_arity(rng, [any_case(rng, name.strip().encode()), *COMMANDS[name](rng)])


def agree(argv: list[bytes], ours: Any, theirs: Any) -> bool:
    """Whether two different replies to one call are as good: none here may differ."""
    return False


def element(rng: Random) -> bytes:
    return rng.randbytes(rng.randrange(20)) if rng.random() < 0.5 else bytes_of(rng)


def elements(rng: Random) -> list[bytes]:
    count = rng.choice((0, 1, 1, 2, 5, 40))
    return [element(rng) for _ in range(count)]


def many(rng: Random) -> list[bytes]:
    """Enough elements to fill the sparse form, and sometimes to leave it."""
    start = rng.randrange(10**6)
    return [b"%d" % (start + at) for at in range(rng.choice((200, 600, 1500)))]


def keys(rng: Random) -> list[bytes]:
    return [key(rng) for _ in range(rng.randrange(1, 4))]


def question(rng: Random) -> bytes:
    known = (b"ENCODING", b"DECODE", b"DECODE", b"TODENSE", b"GETREG")
    return any_case(rng, rng.choice(known) if rng.random() < 0.95 else b"NOPE")


Shape = Callable[[Random], list[bytes]]

COMMANDS: dict[str, Shape] = {
    "PFADD": lambda rng: [key(rng), *elements(rng)],
    "PFADD ": lambda rng: [key(rng), *many(rng)],
    "PFCOUNT": lambda rng: [key(rng)],
    "PFCOUNT ": keys,
    "PFMERGE": keys,
    "PFDEBUG": lambda rng: [question(rng), key(rng)],
    "GET": lambda rng: [key(rng)],
    "STRLEN": lambda rng: [key(rng)],
    "OBJECT": lambda rng: [b"ENCODING", key(rng)],
    "SET": lambda rng: [key(rng), rng.choice(LOOKALIKES) if rng.random() < 0.7 else bytes_of(rng)],
    "DEL": lambda rng: [key(rng)],
    "HSET": lambda rng: [key(rng), b"f", b"v"],
}  # fmt: skip

NAMES = [*COMMANDS, *["PFADD"] * 8, *["PFADD "] * 2, *["GET"] * 2, "DEL"]
