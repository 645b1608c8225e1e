"""Damaged snapshot files and payloads: refused, and never more than that.

    python -m tests.properties.rdb_faults flips                 every byte, all 255 other values
    python -m tests.properties.rdb_faults mutations             1,000,000 broken values
    python -m tests.properties.rdb_faults mutations --count 5000 --seed 3

`flips` takes a file with every type in it. With its checksum each changed file must be refused,
with a place and a reason, and leave the data as it was; without one it may be read, but nothing
may break.

`mutations` knows how values are put together: it changes lengths to treacherous ones, cuts, doubles
and exchanges parts, and bytes inside packed forms, and then puts the right checksum under it. What
is refused must be refused properly; what is taken must be in order, to the last invariant.
"""

from __future__ import annotations

import argparse
import resource
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from random import Random
from time import process_time

from redlearn.engine.payload import BadPayload, Reader, read_value, seal, types
from redlearn.engine.payload.wire import write_length
from redlearn.engine.values.kit import Kit
from redlearn.persistence.opcodes import magic_of
from redlearn.persistence.rdb_fields import Field, Tracer
from redlearn.persistence.rdb_read import load
from redlearn.persistence.rdb_records import BadRdb, Key, records
from redlearn.persistence.rdb_shapes import shape_of
from redlearn.probe import Probe
from tests.conftest import Redis
from tests.engine.payload.test_reading import RECORDED
from tests.persistence.files import (
    ENDING_FIELDS,
    check,
    contents,
    filled,
    new_redis,
    save,
    sealed,
)

COUNT = 1_000_000
MASKS = (0x01, 0x80, 0xFF)
MOST_SECONDS = 0.1
MOST_BYTES = 64 << 20
SIZES = (0, 1, 2, 5, 63, 64, 255, 16383, 16384, 65535, 1 << 31, (1 << 32) - 1, 1 << 32, 1 << 63,
         (1 << 64) - 1)  # fmt: skip
PLAIN = (
    "SET s hello", "SET n 300", "SET z aaaaaaaaaaaaaaaaaaaaaaaaaa", "APPEND e v",
    "SET m x PXAT 4102444800000", "RPUSH l a b 3", "SADD i 1 2 700", "SADD w a b",
    f"SADD t {'y' * 66}", "HSET h f v", f"HSET H f {'z' * 66}", "ZADD o 1 a 2.5 b",
    f"ZADD O 1.5 {'w' * 66}", "XADD x 1-1 a 1", "XADD x 2-1 b 2", "XGROUP CREATE x g 0",
    "XREADGROUP GROUP g ann COUNT 1 STREAMS x >",
)  # fmt: skip
"""Commands that make a small key of each form that version 11 can say."""

SMALL = (*PLAIN, *ENDING_FIELDS, "SELECT 3", "SET k v")
"""Commands that make a file of some 700 bytes with all there is in it."""


@dataclass
class Outcome:
    """What came of damaged bytes.

    Attributes:
        refused, taken: How many were.
        reasons: How often what was said, numbers left out.
        slowest: Seconds of work that the slowest took.
        grown: Bytes by which the process has grown.
        wrong: What must not happen.
    """

    refused: int = 0
    taken: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    grown: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        return self.refused + self.taken

    def note(self, reason: str) -> None:
        """One more was refused."""
        self.refused += 1
        self.reasons["".join(c for c in reason if not c.isdigit())[:50]] += 1


# ------------------------------------------------------------------------------------------ flips


def small_file() -> bytes:
    """A small file with every type in it, of a moment in 2023."""
    return save(filled(*SMALL), 12)


def flipped(data: bytes, masks: tuple[int, ...]) -> Iterator[tuple[int, bytes]]:
    """The file with one byte changed: every byte, with each mask."""
    for at in range(len(data)):
        for mask in masks:
            yield at, data[:at] + bytes((data[at] ^ mask,)) + data[at + 1 :]


def flips(data: bytes, masks: tuple[int, ...]) -> Outcome:
    """Load each changed file into an engine that holds something already."""
    outcome, redis, before = Outcome(), filled("SET old 1"), _most_memory()
    held = contents(redis)
    trusting = data.endswith(bytes(8))
    for at, changed in flipped(data, masks):
        reason = _timed(outcome, partial(_load, redis, changed))
        if reason:
            outcome.note(reason)
        else:
            outcome.taken += 1
            if not trusting:
                outcome.wrong.append(f"byte {at} may be changed")
            check(redis)
            redis = filled("SET old 1")
        if len(redis.engine.state.databases[0]) != 1:
            outcome.wrong.append(f"byte {at}: the data has changed")
    if contents(redis) != held:
        outcome.wrong.append("the data has changed")
    outcome.grown = _most_memory() - before
    return outcome


def _load(redis: Redis, data: bytes) -> str:
    """Why a file is refused, or "" if it is not."""
    try:
        load(redis.engine.state, data, keep_expired=True)
    except BadRdb as fault:
        assert 0 <= fault.at <= len(data) and fault.reason
        return fault.reason
    return ""


# ------------------------------------------------------------------------------------- mutations


@dataclass(frozen=True)
class Sample:
    """A value as bytes: the number of its type, its content, the version, and its parts."""

    type: int
    content: bytes
    version: int
    parts: tuple[Field, ...]


def samples() -> list[Sample]:
    """Values of every type and form, small ones: ours, and those of real servers."""
    found = []
    for version in (10, 11, 12, 80):
        data = save(filled(*(PLAIN if version < 12 else SMALL)), version, compress=False)
        for record in records(data):
            if isinstance(record, Key):
                content = data[record.value_start : record.end]
                found.append(_sample(record.type, content, version))
    for rows in RECORDED.values():
        for payload, _ in rows.values():
            raw = bytes.fromhex(payload)
            if len(raw) < 600:
                found.append(_sample(raw[0], raw[1:-10], int.from_bytes(raw[-10:-8], "little")))
    return found + list(_old_samples())


def _old_samples() -> Iterator[Sample]:
    """Forms that no server of today writes."""
    ziplist = bytes.fromhex("150000001000000003000002686904f602c02c01ff")
    zipmap = bytes.fromhex("01036b657903006f6e65ff")
    pairs = bytes.fromhex("100000000d000000020000016103f6ff")
    wrapped = {number: bytes((len(raw),)) + raw for number, raw in (
        (types.LIST_ZIPLIST, ziplist), (types.HASH_ZIPMAP, zipmap), (types.HASH_ZIPLIST, pairs),
        (types.ZSET_ZIPLIST, pairs))}  # fmt: skip
    wrapped[types.LIST_QUICKLIST] = b"\x01" + wrapped[types.LIST_ZIPLIST]
    wrapped[types.LIST] = b"\x02\x01a\x01b"
    wrapped[types.ZSET] = b"\x02\x01a\x011\x01b\x032.5"
    wrapped[types.HASH_METADATA_PRE_GA] = b"\x01\x00\x01f\x01v"
    for number, content in wrapped.items():
        yield _sample(number, content, 12)


def _sample(number: int, content: bytes, version: int) -> Sample:
    trace = Tracer(content)
    shape_of(number, version)[1](trace)
    return Sample(number, content, version, tuple(trace.fields))


def mutated(sample: Sample, others: list[Sample], rng: Random) -> tuple[int, bytes]:
    """A value that was one before: its type and content."""
    content, number = bytearray(sample.content), sample.type
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        rng.choice(MUTATIONS)(content, sample, others, rng)
    if rng.random() < 0.05:
        number = rng.randrange(28)
    return number, bytes(content)


def _flip(content: bytearray, sample: Sample, others: list[Sample], rng: Random) -> None:
    if content:
        content[rng.randrange(len(content))] = rng.choice((0, 1, 0x7F, 0x80, 0xC3, 0xF4, 0xFE, 0xFF,
                                                            rng.randrange(256)))  # fmt: skip


def _resize(content: bytearray, sample: Sample, others: list[Sample], rng: Random) -> None:
    """A length in front of a part becomes another."""
    part = rng.choice(sample.parts)
    out = bytearray()
    write_length(out, rng.choice((*SIZES, len(content) + rng.randrange(3))))
    content[part.start : part.start + rng.choice((0, 1, len(out)))] = out


def _cut(content: bytearray, sample: Sample, others: list[Sample], rng: Random) -> None:
    del content[rng.randrange(len(content) + 1) :]


def _drop(content: bytearray, sample: Sample, others: list[Sample], rng: Random) -> None:
    part = rng.choice(sample.parts)
    del content[part.start : part.end]


def _double(content: bytearray, sample: Sample, others: list[Sample], rng: Random) -> None:
    part = rng.choice(sample.parts)
    content[part.start : part.start] = sample.content[part.start : part.end]


def _exchange(content: bytearray, sample: Sample, others: list[Sample], rng: Random) -> None:
    """A part of another value stands in the place of one."""
    other = rng.choice(others)
    mine, theirs = rng.choice(sample.parts), rng.choice(other.parts)
    content[mine.start : mine.end] = other.content[theirs.start : theirs.end]


def _shift(content: bytearray, sample: Sample, others: list[Sample], rng: Random) -> None:
    """Inside a packed form: a byte becomes a little more or less."""
    part = max(sample.parts, key=lambda each: each.end - each.start)
    if part.start < len(content):
        at = min(rng.randrange(part.start, part.end), len(content) - 1)
        content[at] = (content[at] + rng.choice((-2, -1, 1, 2))) % 256


def _bomb(content: bytearray, sample: Sample, others: list[Sample], rng: Random) -> None:
    """Few bytes that say they are many, squeezed."""
    part = rng.choice(sample.parts)
    runs = b"\x00a" + b"\xe0\xff\x00" * rng.randrange(1, 60)
    out = bytearray((0xC3,))
    write_length(out, len(runs))
    write_length(out, rng.choice((1 + 264 * runs.count(0xE0), *SIZES)))
    content[part.start : part.end] = out + runs


MUTATIONS: tuple[Callable[[bytearray, Sample, list[Sample], Random], None], ...] = (
    _flip, _flip, _resize, _resize, _cut, _drop, _double, _exchange, _shift, _shift, _bomb,
)  # fmt: skip


def mutations(count: int, seed: int = 1) -> Outcome:
    """Read `count` broken values, every other one as a payload and as a file."""
    outcome, rng, all_samples = Outcome(), Random(seed), samples()
    kit, redis, before = Kit(Probe(), Random(1), Random(2), 3), new_redis(), _most_memory()
    for number in range(count):
        sample = all_samples[number % len(all_samples)]
        kind, content = mutated(sample, all_samples, rng)
        way = (_as_payload, _as_file, _as_value)[number % 10 if number % 10 < 2 else 2]
        place = f"mutation {number} of seed {seed}: type {kind} {content.hex()}"
        try:
            reason = _timed(outcome, partial(way, redis, kit, kind, content, sample.version))
        except Exception as error:
            outcome.wrong.append(f"{place}: {type(error).__name__} {error}")
            if len(outcome.wrong) > 10:
                break
            continue
        if reason:
            outcome.note(reason)
        else:
            outcome.taken += 1
    outcome.grown = _most_memory() - before
    return outcome


def _as_value(redis: Redis, kit: Kit, number: int, content: bytes, version: int) -> str:
    try:
        value = read_value(Reader(content), number, kit, version)
    except BadPayload as fault:
        return str(fault)
    value.check()
    return ""


def _as_payload(redis: Redis, kit: Kit, number: int, content: bytes, version: int) -> str:
    payload = seal(bytes((number,)) + content, version)
    (reply,) = redis.all(b"RESTORE", b"k", b"0", payload, b"REPLACE")
    text = getattr(reply, "text", "")
    taken = text == "OK"
    assert taken or text == "ERR Bad data format", text
    assert redis("EXISTS k") == taken, "a key is there"
    check(redis)
    redis.all(b"DEL", b"k")
    return "" if taken else text


def _as_file(redis: Redis, kit: Kit, number: int, content: bytes, version: int) -> str:
    data = sealed(magic_of(version) + b"\xfe\x00" + bytes((number,)) + b"\x01k" + content)
    try:
        load(redis.engine.state, data, keep_expired=True)
    except BadRdb as fault:
        return fault.reason
    check(redis)
    redis.all(b"FLUSHALL")
    return ""


def _timed(outcome: Outcome, act: Callable[[], str]) -> str:
    start = process_time()
    reason = act()
    outcome.slowest = max(outcome.slowest, process_time() - start)
    return reason


def _most_memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def told(outcome: Outcome) -> Iterator[str]:
    """The lines that say it."""
    yield (f"{outcome.count} damaged: {outcome.refused} refused, {outcome.taken} taken;"
           f" the slowest took {outcome.slowest * 1000:.1f} ms, the process grew by"
           f" {outcome.grown / 2**20:.1f} MiB; {len(outcome.wrong)} wrong")  # fmt: skip
    for reason, times in outcome.reasons.most_common(12):
        yield f"  {times:8} {reason}"
    yield from outcome.wrong[:10]


def main() -> int:
    """Print what came of it; 1 if anything did that must not."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("what", choices=("flips", "mutations"))
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    if asked.what == "mutations":
        outcomes = [mutations(asked.count, asked.seed)]
    else:
        data, masks = small_file(), tuple(range(1, 256))
        outcomes = [flips(each, masks) for each in (data, data[:-8] + bytes(8))]
    for outcome in outcomes:
        print(*told(outcome), sep="\n")
    return any(outcome.wrong or outcome.grown > MOST_BYTES for outcome in outcomes)


if __name__ == "__main__":
    sys.exit(main())
