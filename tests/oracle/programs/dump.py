"""Random calls of DUMP and RESTORE, with payloads made here, some of them broken on purpose."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from redlearn.engine.payload import Reader, dump, open_payload, read_value, seal
from redlearn.engine.values.hash import Hash
from redlearn.engine.values.kit import Kit
from redlearn.engine.values.list import List
from redlearn.engine.values.set import Set
from redlearn.engine.values.string import String
from redlearn.engine.values.value import Value
from redlearn.engine.values.zset import ZSet
from redlearn.probe import Probe
from tests.engine.payload.test_reading import content_of
from tests.oracle.programs.words import any_case, bytes_of, key, maybe_wrong_arity

BROKEN = (
    b"", b"\x01" * 10, seal(b"", 10), seal(b"\x00", 10), seal(b"\x63\x00", 10),
    seal(b"\x02\x00", 10), seal(b"\x04\x01\x01a", 10), seal(b"\x12\x01\x03\x01a", 10),
    seal(b"\x00\x01a", 9999), seal(b"\x10\x07\x07\x00\x00\x00\x00\x00\xff", 10),
    seal(b"\x00\xc3\x05\x15\x01x", 10),
)  # fmt: skip
TTLS = (b"0", b"0", b"0", b"0", b"100000", b"9223372036854775807", b"-1", b"x", b"1.5")


def draw(rng: Random) -> list[bytes]:
    """One call: mostly one that restores a small value."""
    name = rng.choice(NAMES)
    argv = [any_case(rng, name.encode()), *COMMANDS[name](rng)]
    return maybe_wrong_arity(rng, argv)


def agree(argv: list[bytes], ours: Any, theirs: Any) -> bool:
    """Whether two payloads hold the same: versions differ, and the order in tables."""
    if argv[0].upper() != b"DUMP" or not (isinstance(ours, bytes) and isinstance(theirs, bytes)):
        return False
    return content_of(value_in(ours)) == content_of(value_in(theirs))


def value_in(payload: bytes) -> Value:
    content, version = open_payload(payload)
    reader = Reader(content)
    return read_value(reader, reader.byte(), new_kit(), version)


def new_kit() -> Kit:
    return Kit(Probe(), Random(1), Random(2), seed=3)


def some_value(rng: Random) -> Value:
    kit, count = new_kit(), rng.choice((1, 1, 2, 3, 9, 150))
    texts = [bytes_of(rng) for _ in range(count)]
    match rng.randrange(5):
        case 0:
            return String.of(texts[0])
        case 1:
            return List.built(kit, texts)
        case 2:
            return Set.built(kit, list(dict.fromkeys(texts)))
        case 3:
            return Hash.built(kit, [(text, bytes_of(rng)) for text in dict.fromkeys(texts)])
        case _:
            rows = {text: float(rng.randrange(-9, 9)) for text in texts}
            return ZSet.built(kit, sorted(rows.items(), key=lambda row: (row[1], row[0])))


def payload(rng: Random) -> bytes:
    return rng.choice(BROKEN) if rng.random() < 0.15 else dump(some_value(rng))


def options(rng: Random) -> list[bytes]:
    """What stands behind the payload, mostly so that it overwrites what is there."""
    given = [b"REPLACE"] if rng.random() < 0.8 else []
    if rng.random() < 0.15:
        given.append(b"ABSTTL")
    if rng.random() < 0.2:
        number = rng.choice((b"0", b"7", b"255", b"256", b"-1", b"x"))
        given += [rng.choice((b"IDLETIME", b"FREQ", b"FREQ", b"NOPE")), number]
    if rng.random() < 0.03:
        given.append(rng.choice((b"FREQ", b"IDLETIME", b"REPLACE")))
    return [any_case(rng, word) for word in given]


Shape = Callable[[Random], list[bytes]]

COMMANDS: dict[str, Shape] = {
    "DUMP": lambda rng: [key(rng)],
    "RESTORE": lambda rng: [key(rng), rng.choice(TTLS), payload(rng), *options(rng)],
    "DEL": lambda rng: [key(rng)],
    "TYPE": lambda rng: [key(rng)],
}

NAMES = [*COMMANDS, *["RESTORE"] * 4, *["DUMP"] * 3]
