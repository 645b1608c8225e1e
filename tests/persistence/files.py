"""Files for tests: snapshots, those of real servers, and ways to make and read one."""

from __future__ import annotations

import json
from pathlib import Path

from redlearn.clock import VirtualClock
from redlearn.engine.commands.scripting.libraries import library_of
from redlearn.engine.engine import Engine
from redlearn.engine.payload import crc64
from redlearn.engine.values.hash import Hash
from redlearn.engine.values.set import Set
from redlearn.engine.values.string import String, boxed
from redlearn.engine.values.value import Value
from redlearn.engine.values.zset import ZSet
from redlearn.lua.runner import session_runner
from redlearn.persistence.aof_read import Reader
from redlearn.persistence.rdb_check import Checked
from redlearn.persistence.rdb_check import check as look_through
from redlearn.persistence.rdb_read import Loaded, load
from redlearn.persistence.rdb_write import chunks
from redlearn.persistence.replay import Replay
from tests.conftest import TESTS, Redis

FOLDER = TESTS / Path("data/recorded")
SERVERS = ("redis-6.2", "redis-7.0", "redis-7.4", "valkey-9.1")
NOW_MS = 1_700_000_000_000

EXPECTED: dict[str, dict[str, tuple[str, str, int | None, str]]] = json.loads(
    (FOLDER / "expected.json").read_text()
)
"""By server and key: TYPE, OBJECT ENCODING, when it ends, and the digest of what it holds."""

LIBRARY = "#!lua name=lib\nredis.register_function('double', function(_, a) return 2 * a[1] end)"

ALL_TYPES = (
    "SET text hello", "SET number 12345", "SET long " + "abc" * 40,
    "APPEND appended ab", "SET mortal soon PXAT 4102444800000",
    "RPUSH list a b 3 -70000", "RPUSH wide " + " ".join(["x" * 3000] * 4),
    "SADD numbers 1 2 300 70000", "SADD words a b 3", "SADD table " + "y" * 70,
    "HSET hash f v g 2", "HSET wide-hash f " + "z" * 70,
    "ZADD scores 1 a 2.5 b inf c", "ZADD tall 1 " + "w" * 70 + " -inf b",
    "XADD stream 1-1 a 1 b 2", "XADD stream 1-2 a 3 b 4", "XADD stream 2-1 c 5",
    "XDEL stream 1-2", "XGROUP CREATE stream g 1-1", "XREADGROUP GROUP g ann STREAMS stream >",
    "PFADD visitors a b c", "SETBIT bits 100 1", "GEOADD places 13.36 38.11 Palermo",
)  # fmt: skip
"""Commands that make a key of every type and form that version 10 can say."""

ENDING_FIELDS = (
    "HSET timed f 1 g 2 h 3", "HPEXPIREAT timed 4102444800000 FIELDS 2 f g",
    "HSET timed-table f " + "v" * 70 + " g 2", "HPEXPIREAT timed-table 4102444800000 FIELDS 1 g",
)  # fmt: skip
"""Commands that make hashes of which fields end."""


def recorded(server: str) -> bytes:
    """The file that a real server wrote."""
    return (FOLDER / f"{server}.rdb").read_bytes()


def new_redis() -> Redis:
    """An empty engine in 2023, with a client."""
    clock = VirtualClock(NOW_MS)
    engine = Engine(clock, seed=7, scripts=session_runner())
    engine.state.config.set("enable-debug-command", "yes")
    return Redis(engine, clock)


def filled(*lines: str) -> Redis:
    """An engine in which these commands have run."""
    redis = new_redis()
    for line in lines:
        redis(line)
    return redis


def save(redis: Redis, version: int | None = None, **how: bool) -> bytes:
    """The file of all that an engine holds."""
    return b"".join(chunks(redis.engine.state, version=version, **how))


def load_into(redis: Redis, data: bytes, **how: bool) -> Loaded:
    """Load a file into an engine, libraries too."""
    return load(
        redis.engine.state, data, library_of=lambda code: library_of(redis.ctx, code), **how
    )


def loaded(data: bytes, **how: bool) -> Redis:
    """A new engine with what a file holds, all of whose invariants hold."""
    redis = new_redis()
    load_into(redis, data, **how)
    check(redis)
    return redis


def replayed(data: bytes) -> Redis:
    """A new engine in which the commands of a log have run, all of whose invariants hold."""
    redis, reader = new_redis(), Reader()
    reader.feed(data)
    with Replay(redis.engine) as replay:
        for each in reader.commands():
            if each.argv:
                replay.apply(each.argv)
    assert reader.tail() == ""
    assert replay.failures == []
    check(redis)
    return redis


def check(redis: Redis) -> None:
    """Assert that everything in an engine is in order."""
    for db in redis.engine.state.databases:
        db.check()


def contents(redis: Redis) -> dict[tuple[int, bytes], tuple[object, ...]]:
    """All keys of an engine: TYPE, encoding, what is in them, when they end."""
    found: dict[tuple[int, bytes], tuple[object, ...]] = {}
    for db in redis.engine.state.databases:
        for entry in db.keys.entries():
            value = boxed(entry.value)
            form = (value.type, encoding_after_loading(value), frozen(value))
            found[db.index, entry.key] = (*form, db.deadline_of(entry.key))
    return found


def encoding_after_loading(value: Value) -> str:
    """The encoding, but that a short string which was changed in place is no longer raw then."""
    return String.of(value.data()).encoding if isinstance(value, String) else value.encoding


def frozen(value: Value) -> object:
    """What a value holds, without what chance or history put into it."""
    match value:
        case String():
            return value.data()
        case Set():
            return sorted(value.members())
        case Hash():
            return sorted(value.rows())
        case ZSet():
            return list(value)
    return value.freeze()


def looked_through(data: bytes, now_ms: int = NOW_MS) -> Checked:
    """What there is to say about a file of these bytes."""
    return look_through(lambda start, count: data[start : start + count], len(data), now_ms)


def sealed(body: bytes) -> bytes:
    """A file of these bytes, which end before the end: with that, and the right checksum."""
    body += b"\xff"
    return body + crc64(body).to_bytes(8, "little")


def resealed(data: bytes) -> bytes:
    """The file with the checksum that its bytes have now."""
    return data[:-8] + crc64(data[:-8]).to_bytes(8, "little")
