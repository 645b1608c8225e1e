"""Bus messages that were damaged: each is a message still, or is refused; nothing else happens.

    python -m tests.properties.bus_mutations                 a million of them
    python -m tests.properties.bus_mutations --count 20000

They begin as what real nodes said (tests/cluster/recorded) and get bits flipped, bytes replaced,
lengths and counts set to their limits, pieces cut out, or put in from other messages. Half of them
then get a true length, so that what lies behind that check is reached too.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections import Counter
from random import Random

from redlearn.cluster.codec import BadMessage, decode, encode
from redlearn.cluster.layout import fields_of
from tests.oracle.bus import RECORDED, read_recording

LIMITS = (0, 1, 2, 7, 8, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF)
# Where lengths, counts, the type, the version and the flags of the message stand, and their sizes.
SENSITIVE = (
    (4, 4), (8, 2), (12, 2), (14, 2), (2214, 2), (2253, 1), (2256, 4), (2260, 4), (2264, 4),
    (2268, 1),
)  # fmt: skip


def originals() -> list[bytes]:
    """All recorded messages of either server."""
    return [data for path in sorted(RECORDED.glob("*.gz")) for data in read_recording(path)]


def mutated(rng: Random, begin: list[bytes]) -> bytes:
    """One damaged message."""
    data = bytearray(rng.choice(begin))
    for _ in range(rng.choice((1, 1, 2, 3, 6))):
        rng.choice(_DAMAGES)(rng, data, begin)
    if rng.random() < 0.5 and len(data) >= 8:
        data[4:8] = len(data).to_bytes(4, "big")
    return bytes(data)


def _flip(rng: Random, data: bytearray, _: list[bytes]) -> None:
    if data:
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def _to_a_limit(rng: Random, data: bytearray, _: list[bytes]) -> None:
    at, size = rng.choice(SENSITIVE)
    if at + size <= len(data):
        value = rng.choice((*LIMITS, rng.randrange(1 << 8 * size))) & ((1 << 8 * size) - 1)
        data[at : at + size] = value.to_bytes(size, "big")


def _behind_the_header(rng: Random, data: bytearray, _: list[bytes]) -> None:
    if len(data) > 2256:
        data[rng.randrange(2256, len(data))] = rng.choice((0, 8, 65, 97, 255))


def _cut_out(rng: Random, data: bytearray, _: list[bytes]) -> None:
    start = rng.randrange(len(data) + 1)
    del data[start : start + rng.choice((1, 8, 104, rng.randrange(3000)))]


def _insert(rng: Random, data: bytearray, begin: list[bytes]) -> None:
    other = rng.choice((*begin, rng.randbytes(60)))
    start, at = rng.randrange(len(other)), rng.randrange(len(data) + 1)
    data[at:at] = other[start : start + rng.choice((1, 8, 104, 400))]


def _cut_off(rng: Random, data: bytearray, _: list[bytes]) -> None:
    del data[rng.randrange(len(data) + 1) :]


_DAMAGES = (_flip, _to_a_limit, _to_a_limit, _behind_the_header, _cut_out, _insert, _cut_off)


def outcome(data: bytes) -> str:
    """Why these bytes are refused, or "accepted"; asserts that one of both is properly so."""
    try:
        message = decode(data)
    except BadMessage as error:
        assert 0 <= error.offset <= max(len(data), 16), (error, data)
        return error.reason
    assert encode(message) == data, data
    fields = fields_of(data)
    assert sum(field.size for field in fields) == len(data), data
    return "accepted"


def main() -> int:
    """Decode as many as asked for, and count what became of them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng, begin, found = Random(options.seed), originals(), Counter[str]()
    start = time.monotonic()
    for _ in range(options.count):
        found[re.sub(r"\d+", "N", outcome(mutated(rng, begin)))] += 1
    for reason, count in found.most_common():
        print(f"{count:9,}  {reason}")
    print(f"{options.count:9,}  in {time.monotonic() - start:.1f} s, and no crash")
    return 0


if __name__ == "__main__":
    sys.exit(main())
