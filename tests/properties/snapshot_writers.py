"""Snapshots under writers: what is written in steps is what there was at the start.

    python -m tests.properties.snapshot_writers                500 runs
    python -m tests.properties.snapshot_writers --count 20 --seed 3

In each run four clients send calls of all groups, keys and fields end, databases are emptied and
change places, scripts run, keys are evicted, and tables grow and shrink by hundreds of keys, all
while a snapshot, or a log's base of commands, is written a few keys at a time. A file that was
written at its start, with nothing in between, says what must be in it.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from types import ModuleType
from unittest.mock import patch

from redlearn.persistence.aof_write import rewritten
from redlearn.persistence.rdb_write import chunks
from redlearn.persistence.rewrite import Rewrite
from redlearn.persistence.snapshot import Snapshot
from tests.conftest import Redis
from tests.oracle.programs import (
    bitmap,
    everything,
    geo,
    hyperloglog,
    stream,
    valkey_hash,
    zset,
)
from tests.oracle.programs import hash as hashes
from tests.oracle.programs import list as lists
from tests.oracle.programs import set as sets
from tests.oracle.programs.words import KEYS
from tests.persistence.files import check, contents, loaded, new_redis, replayed
from tests.properties.programs import any_call

COUNT = 500
CLIENTS = 4
COPIES = 12
TYPES = (bitmap, hyperloglog, hashes, valkey_hash, lists, sets, zset, geo, stream, stream, stream)
VERSION = 12
SAID = 0.4
"""How many of the runs write commands, as a rewrite without a preamble does."""

SCRIPT = b"redis.call('APPEND', KEYS[1], 'x') redis.call('DEL', KEYS[2]) return 1"


@dataclass
class Outcome:
    """What the runs came to.

    Attributes:
        seen: How often what happened while a snapshot was under way.
        wrong: What was not as it had to be.
    """

    runs: int = 0
    keys: int = 0
    brought: int = 0
    seen: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


class Run:
    """One engine with its clients, and what happens to it."""

    def __init__(self, seed: int, seen: Counter[str]) -> None:
        self.rng = Random(seed)
        self.seen = seen
        self.copied = False
        self.redis = new_redis()
        self.clients = [self.redis, *(self.redis.connect() for _ in range(CLIENTS - 1))]
        self.redis(
            "CONFIG SET hash-max-listpack-entries 4 zset-max-listpack-entries 4 "
            "set-max-listpack-entries 4 stream-node-max-entries 3 list-max-listpack-size 3"
        )
        for _ in range(self.rng.choice((30, 300))):
            self.call()
        if self.rng.random() < 0.6:
            self.fill()
        if self.rng.random() < 0.6:
            self.copy()
        if self.rng.random() < 0.2:
            self.limit()

    def call(self) -> None:
        """A call of any group; keys end now and then."""
        number = self.rng.randrange(CLIENTS)
        kind = self.rng.choice(TYPES) if self.rng.random() < 0.7 else None
        call = any_call(self.rng, number) if kind is None else self.of_type(kind)
        self.clients[number].all(*call)
        if self.rng.random() < 0.1:
            key = self.rng.choice(everything.ALL_KEYS)
            self.redis.all(b"PEXPIRE", key, b"%d" % self.rng.randrange(1, 900))

    def of_type(self, kind: ModuleType) -> list[bytes]:
        """A call for one type, on keys that hold it: mostly the first call that finds them."""
        drawn: list[bytes] = kind.draw(self.rng)
        return [drawn[0], *(self.own_key(kind) if word in KEYS else word for word in drawn[1:])]

    def own_key(self, kind: ModuleType) -> bytes:
        """A key that the type has for itself, or one of its many copies."""
        key = self.rng.choice(everything.OWN_KEYS[kind])
        return b"%b~%d" % (key, self.rng.randrange(COPIES)) if self.copied else key

    def copy(self) -> None:
        """Copies of all those keys, so that most are still untouched when a call comes."""
        for key in everything.ALL_KEYS:
            for number in range(COPIES):
                self.redis.all(b"COPY", key, b"%b~%d" % (key, number))
        self.copied = True

    def fill(self) -> None:
        """Hundreds of keys at once: the table grows."""
        self.seen["growth"] += 1
        begin, ends = self.rng.randrange(1000), self.rng.random() < 0.3
        for number in range(begin, begin + self.rng.randrange(50, 500)):
            self.redis.all(b"SET", b"n:%d" % number, b"%d" % self.rng.randrange(10**6))
            if ends:
                self.redis.all(b"PEXPIRE", b"n:%d" % number, b"%d" % self.rng.randrange(1, 5000))

    def drain(self) -> None:
        """Hundreds of keys are deleted: the table shrinks."""
        self.seen["shrinking"] += 1
        for number in range(self.rng.randrange(1500)):
            self.redis.all(b"DEL", b"n:%d" % number)

    def limit(self) -> None:
        """Less memory than is in use: keys are evicted."""
        self.seen["eviction"] += 1
        policy = self.rng.choice(("allkeys-lru", "allkeys-random", "volatile-ttl", "allkeys-lfu"))
        used = self.redis.engine.state.used_memory()
        self.redis(f"CONFIG SET maxmemory-policy {policy}")
        self.redis(f"CONFIG SET maxmemory {max(used * 3 // 4, 1)}")

    def unlimit(self) -> None:
        self.redis("CONFIG SET maxmemory 0")

    def swap(self) -> None:
        self.seen["swap"] += 1
        self.redis.all(b"SWAPDB", b"%d" % self.rng.randrange(3), b"%d" % self.rng.randrange(3))

    def move(self) -> None:
        self.seen["move"] += 1
        for client in self.clients[:2]:
            client.all(b"SELECT", b"%d" % self.rng.randrange(3))
            key = self.rng.choice((b"n:%d" % self.rng.randrange(900), everything.any_key(self.rng)))
            client.all(b"MOVE", key, b"%d" % self.rng.randrange(3))

    def flush(self) -> None:
        self.seen["flush"] += 1
        self.redis.all(self.rng.choice((b"FLUSHALL", b"FLUSHDB", b"FLUSHDB")))

    def script(self) -> None:
        self.seen["script"] += 1
        keys = (everything.any_key(self.rng), everything.any_key(self.rng))
        self.redis.all(b"EVAL", SCRIPT, b"2", *keys)

    def transaction(self) -> None:
        self.seen["transaction"] += 1
        self.redis.all("MULTI")
        for _ in range(4):
            self.redis.all(*any_call(self.rng, 0))
        self.redis.all("EXEC")

    def let_time_pass(self) -> None:
        self.seen["time"] += 1
        self.redis.advance(self.rng.randrange(400))
        self.redis.engine.tick()

    def time_fields(self) -> None:
        """Fields that end, and a look at them."""
        self.seen["fields"] += 1
        key = self.rng.choice((b"h1", b"h2", b"h3"))
        self.redis.all(b"HSET", key, b"f", b"1", b"g", b"2")
        end = b"%d" % self.rng.randrange(1, 300)
        self.redis.all(b"HPEXPIRE", key, end, b"FIELDS", b"1", b"f")
        self.redis.advance(self.rng.randrange(200))
        self.clients[1].all(b"HGET", key, b"f")

    def happen(self) -> None:
        """Something happens."""
        rare: list[Callable[[], None]] = [
            self.fill, self.drain, self.limit, self.unlimit, self.swap, self.move, self.flush,
            self.script, self.transaction, self.let_time_pass, self.time_fields,
        ]  # fmt: skip
        if self.rng.random() < 0.15:
            self.rng.choice(rare)()
        else:
            self.call()


def run(seed: int, outcome: Outcome) -> None:
    """One snapshot under writers; what differs is added to the outcome."""
    it = Run(seed, outcome.seen)
    state = it.redis.engine.state
    it.redis.all("PING")
    version = it.rng.choice((VERSION, None))
    snapshot: Snapshot | Rewrite
    if it.rng.random() < SAID:
        expected, snapshot = b"".join(rewritten(state)), Rewrite(state)
    else:
        expected = b"".join(chunks(state, version=version))
        snapshot = Snapshot(state, version=version)
    pieces: list[bytes] = []
    pace = it.rng.choice((1, 5, 50))
    busy = it.rng.choice((1, 4, 15))
    with patch("redlearn.persistence.snapshot.LOOKED_AT", it.rng.choice((4, 4096))):
        while True:
            for _ in range(it.rng.randrange(busy + 1)):
                it.happen()
            piece = snapshot.step(it.rng.randrange(1, pace + 1))
            if piece is None:
                break
            pieces.append(piece)
    outcome.runs += 1
    outcome.keys += snapshot.keys_total
    outcome.brought += snapshot.copied.keys
    if fault := _fault(it.redis, b"".join(pieces), expected, snapshot):
        outcome.wrong.append(f"run {seed}: {fault}")


def _fault(redis: Redis, written: bytes, expected: bytes, snapshot: Snapshot | Rewrite) -> str:
    """What is not as it has to be, or ""."""
    check(redis)
    if isinstance(snapshot, Rewrite):
        mine, should = (contents(replayed(data)) for data in (written, expected))
    else:
        mine, should = (contents(loaded(data, keep_expired=True)) for data in (written, expected))
    for key in {*mine, *should}:
        if mine.get(key) != should.get(key):
            return f"{key}: {mine.get(key)!r:.200} instead of {should.get(key)!r:.200}"
    if snapshot.keys_done != snapshot.keys_total or snapshot.copied.held:
        return "keys are left, or held"
    if any(db.shadow or db.keys.guard for db in redis.engine.state.databases):
        return "it is still told of changes"
    if isinstance(snapshot, Snapshot) and snapshot.size != len(written):
        return f"{snapshot.size} bytes are not {len(written)}"
    return ""


def runs(count: int, seed: int = 1) -> Outcome:
    """Many of them."""
    outcome = Outcome()
    for number in range(count):
        run(seed * 1_000_000 + number, outcome)
    return outcome


def main() -> int:
    """Print what the runs came to; 1 if anything was wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    outcome = runs(asked.count, asked.seed)
    print(f"{outcome.runs} snapshots of {outcome.keys} keys, {outcome.brought} of them brought"
          f" forward by writes; {len(outcome.wrong)} wrong")  # fmt: skip
    print(
        "  while they were written:", ", ".join(f"{n} {name}" for name, n in outcome.seen.items())
    )
    print(*outcome.wrong[:10], sep="\n")
    return bool(outcome.wrong)


if __name__ == "__main__":
    sys.exit(main())
