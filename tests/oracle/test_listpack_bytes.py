"""Listpacks byte for byte: the same hashes and sorted sets, dumped by a real server."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest

from redlearn.engine.structures.listpack import Listpack
from redlearn.engine.structures.ranges import ScoreRange
from redlearn.engine.values.hash import Hash
from redlearn.engine.values.kit import Kit
from redlearn.engine.values.zset import ZSet
from redlearn.probe import Probe
from redlearn.resp.double import format_double
from tests.oracle.servers import Connection, Server

FOOTER = 10  # RDB version and checksum
ALPHABET = b"ab01289-.e \x00\x7f\x80\xff"


def kit_without_limits() -> Kit:
    kit = Kit(Probe(), Random(1), Random(2), seed=3)
    kit.hash_max_listpack_entries = kit.zset_max_listpack_entries = 1 << 20
    kit.hash_max_listpack_value = kit.zset_max_listpack_value = 1 << 20
    return kit


def connected(server: Server) -> Iterator[Connection]:
    """A server that keeps everything in listpacks and compresses nothing, until the test ends."""
    settings = (
        b"hash-max-listpack-entries", b"1048576", b"hash-max-listpack-value", b"1048576",
        b"zset-max-listpack-entries", b"1048576", b"zset-max-listpack-value", b"1048576",
        b"rdbcompression", b"no",
    )  # fmt: skip
    with server.connect() as client:
        before = [client.run(b"CONFIG", b"GET", name)[:2] for name in settings[::2]]
        client.run(b"CONFIG", b"SET", *settings)
        yield client
        client.run(b"CONFIG", b"SET", *[item for pair in before for item in pair])


@pytest.fixture
def redis(redis_server: Server) -> Iterator[Connection]:
    yield from connected(redis_server)


@pytest.fixture
def valkey(valkey_server: Server) -> Iterator[Connection]:
    yield from connected(valkey_server)


def dumped(client: Connection, key: bytes) -> bytes:
    """The listpack in a DUMP payload: behind the type and an RDB length (6, 14 or 32 bits).

    Valkey 9 writes the backlen of entries of 16383 bytes in two bytes, Redis in three. Loading
    brings that one difference into Redis's form, and leaves all other bytes as they are.
    """
    payload = client.run(b"DUMP", key)[:-FOOTER]
    width = {0: 1, 1: 2, 2: 5}[payload[1] >> 6]
    packed = bytes(payload[1 + width :])
    loaded = Listpack.load(packed, Probe()).freeze()
    assert loaded == packed or b"\x00\xff\xff" in loaded
    return loaded


def some_bytes(rng: Random) -> bytes:
    match rng.randrange(5):
        case 0:
            return b"%d" % rng.randrange(-300, 300)
        case 1:
            bits = rng.choice((7, 12, 15, 23, 31, 63, 64))
            return b"%d" % (rng.choice((-1, 1)) * 2**bits + rng.randrange(-2, 3))
        case 2:
            size = rng.choice((61, 62, 63, 64, 65, 124, 125, 126, 4095, 4096, 16377, 16378, 16379))
            return bytes(rng.choices(ALPHABET, k=size))
        case _:
            return bytes(rng.choices(ALPHABET, k=rng.randrange(6)))


def some_score(rng: Random) -> float:
    match rng.randrange(4):
        case 0:
            return float(rng.randrange(-5000, 5000))
        case 1:
            return rng.choice((-1.0, 1.0)) * 2.0 ** rng.randrange(-10, 80)
        case 2:
            return rng.choice((float("inf"), float("-inf"), -0.0, 0.0, 1e20, 1e-20))
        case _:
            return rng.uniform(-1000, 1000) * 10.0 ** rng.randrange(-9, 9)


def same_hashes(client: Connection, rng: Random, steps: int) -> None:
    mine = Hash(kit_without_limits())
    fields = [some_bytes(rng) for _ in range(12)]
    for _ in range(steps):
        field, value = rng.choice(fields), some_bytes(rng)
        if rng.random() < 0.7:
            assert client.run(b"HSET", b"h", field, value) == mine.put(field, value)
        else:
            assert client.run(b"HDEL", b"h", field) == mine.remove(field)
        if len(mine):
            assert dumped(client, b"h") == mine.freeze()[1]
    client.run(b"DEL", b"h")


@pytest.mark.parametrize("seed", range(15))
def test_valkey_packs_hashes_into_the_same_bytes(valkey: Connection, seed: int) -> None:
    same_hashes(valkey, Random(seed), steps=100)


@pytest.mark.parametrize("seed", range(15))
def test_redis_packs_hashes_into_the_same_bytes(redis: Connection, seed: int) -> None:
    same_hashes(redis, Random(seed), steps=100)


@pytest.mark.parametrize("seed", range(30))
def test_valkey_packs_sorted_sets_into_the_same_bytes(valkey: Connection, seed: int) -> None:
    # Redis 7.0 still prints scores with 17 digits, so here there is one oracle only.
    rng, mine = Random(seed), ZSet(kit_without_limits())
    members = [some_bytes(rng) for _ in range(15)]
    for _ in range(100):
        member, score = rng.choice(members), some_score(rng)
        if rng.random() < 0.8:
            added = valkey.run(b"ZADD", b"z", format_double(score), member)
            assert added == mine.put(member, score)
        else:
            assert valkey.run(b"ZREM", b"z", member) == mine.remove(member)
        if len(mine):
            assert dumped(valkey, b"z") == mine.freeze()[1]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("limit", [b"0", b"1048576"])
def test_valkey_cuts_ranges_at_the_same_offsets(
    valkey: Connection, seed: int, limit: bytes
) -> None:
    rng, kit = Random(seed), kit_without_limits()
    kit.zset_max_listpack_entries = int(limit)
    valkey.run(b"CONFIG", b"SET", b"zset-max-listpack-entries", limit)
    mine = ZSet(kit)
    for number in range(40):
        score = float(rng.randrange(20))
        mine.put(b"m%d" % number, score)
        valkey.run(b"ZADD", b"z", b"%d" % score, b"m%d" % number)
    for _ in range(200):
        low, high = rng.randrange(-2, 22), rng.randrange(-2, 22)
        offset, count = rng.randrange(-30, 30), rng.randrange(-2, 12)
        tail = (b"LIMIT", b"%d" % offset, b"%d" % count)
        scores = ScoreRange(low, high)
        found = [member for member, _ in mine.in_scores(scores, offset=offset, limit=count)]
        assert valkey.run(b"ZRANGEBYSCORE", b"z", b"%d" % low, b"%d" % high, *tail) == found
        rows = mine.in_scores(scores, offset=offset, limit=count, reverse=True)
        replied = valkey.run(b"ZREVRANGEBYSCORE", b"z", b"%d" % high, b"%d" % low, *tail)
        assert replied == [member for member, _ in rows]
