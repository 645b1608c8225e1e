"""Quicklists node for node: the same changes here and on a real server, which dumps its own.

Redis 7.0 puts an element into a plain node only beyond 1 GiB, so what large elements do is
compared with Valkey alone, whose lists are those of Redis 7.4.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest

from redlearn.engine.structures.listpack import Listpack
from redlearn.engine.structures.lzf import compress, expand
from redlearn.engine.values.list import List
from redlearn.probe import Probe
from tests.conftest import Redis
from tests.oracle.servers import Connection, Server

FOOTER = 10  # RDB version and checksum
QUICKLIST_2, PLAIN, SQUEEZED = 18, 1, 0xC3


def connected(server: Server) -> Iterator[Connection]:
    """A server that compresses nothing in its dumps, until the test ends."""
    with server.connect() as client:
        client.run(b"CONFIG", b"SET", b"rdbcompression", b"no")
        yield client
        client.run(b"CONFIG", b"SET", b"rdbcompression", b"yes", b"list-max-listpack-size", b"-2",
                   b"list-compress-depth", b"0")  # fmt: skip


@pytest.fixture
def redis_client(redis_server: Server) -> Iterator[Connection]:
    yield from connected(redis_server)


@pytest.fixture
def valkey(valkey_server: Server) -> Iterator[Connection]:
    yield from connected(valkey_server)


def length_at(data: bytes, at: int) -> tuple[int, int]:
    """An RDB length of 6, 14 or 32 bits, and where it ends."""
    kind = data[at] >> 6
    if kind == 0:
        return data[at] & 0x3F, at + 1
    if kind == 1:
        return (data[at] & 0x3F) << 8 | data[at + 1], at + 2
    return int.from_bytes(data[at + 1 : at + 5]), at + 5


Row = tuple[bool, bool, bytes]


def nodes_of(payload: bytes) -> list[Row]:
    """Of each node in a DUMP whether it is plain, whether it is compressed, and its bytes.

    Listpacks are loaded, which brings Valkey's shorter backlens into the form of Redis.
    """
    assert payload[0] == QUICKLIST_2
    count, at = length_at(payload, 1)
    nodes = []
    for _ in range(count):
        kind, at = length_at(payload, at)
        squeezed = payload[at] == SQUEEZED
        size, at = length_at(payload, at + squeezed)
        whole, at = length_at(payload, at) if squeezed else (size, at)
        data = payload[at : at + size]
        at += size
        raw = expand(data, whole) if squeezed else data
        plain = kind == PLAIN
        nodes.append((plain, squeezed, raw if plain else Listpack.load(raw, Probe()).freeze()))
    assert at == len(payload) - FOOTER
    return nodes


def our_nodes(value: List) -> list[Row]:
    if value.quicklist is None:
        return [(plain, False, raw) for plain, raw in value.nodes()]
    return [(node.plain, node.squeezed is not None, node.raw) for node in value.quicklist.nodes()]


def same_nodes(redis: Redis, client: Connection, seed: int, sizes: tuple[int, ...]) -> None:
    """Run one random program on both sides, and compare the nodes as it goes."""
    rng = Random(seed)
    fill = rng.choice((b"-1", b"-2", b"2", b"3", b"5", b"40"))
    depth = rng.choice((b"0", b"0", b"1", b"2"))
    settings = (b"list-max-listpack-size", fill, b"list-compress-depth", depth)
    for side in (redis, client.run):
        side(b"CONFIG", b"SET", *settings)
        side(b"RPUSH", b"l", *[b"%d" % number for number in range(60)], b"y" * max(sizes))
    for step in range(120):
        argv = some_change(rng, int(redis(b"LLEN", b"l")), sizes)  # type: ignore[arg-type]
        redis.all(*argv)
        client.run(*argv)
        if step % 10 == 0 and redis(b"EXISTS", b"l"):
            value = redis.engine.state.databases[0].value_of(b"l")
            assert isinstance(value, List)
            value.check()
            assert our_nodes(value) == nodes_of(client.run(b"DUMP", b"l")), argv


def some_change(rng: Random, length: int, sizes: tuple[int, ...]) -> list[bytes]:
    small = [b"%d" % rng.randrange(99), b"text", b"longer text " * 8, b"x" * rng.choice(sizes)]
    data = rng.choice(small)
    index = b"%d" % rng.randrange(-length - 1, length + 1)
    return rng.choice(
        (
            [b"RPUSH", b"l", data, b"7"],
            [b"LPUSH", b"l", data, b"8"],
            [b"LPUSH", b"l", data],
            [b"LSET", b"l", index, data],
            [b"LSET", b"l", index, data],
            [b"LINSERT", b"l", b"AFTER", b"%d" % rng.randrange(60), data],
            [b"LINSERT", b"l", b"BEFORE", b"%d" % rng.randrange(60), data],
            [b"LINSERT", b"l", rng.choice((b"BEFORE", b"AFTER")), b"text", data],
            [b"LREM", b"l", b"%d" % rng.randrange(-2, 3), data],
            [b"LPOP", b"l"],
            [b"RPOP", b"l", b"2"],
            [b"LMOVE", b"l", b"l", b"LEFT", b"RIGHT"],
            [b"LTRIM", b"l", b"1", b"-2"],
        )
    )


@pytest.mark.parametrize("seed", range(8))
def test_redis_has_the_same_nodes(redis: Redis, redis_client: Connection, seed: int) -> None:
    same_nodes(redis, redis_client, seed, (100, 1000, 2000))


@pytest.mark.parametrize("seed", range(12))
def test_valkey_has_the_same_nodes(redis: Redis, valkey: Connection, seed: int) -> None:
    same_nodes(redis, valkey, seed, (100, 1000, 4090, 5000, 8185, 8200, 9000))


@pytest.mark.parametrize("seed", range(20))
def test_a_server_compresses_to_the_same_bytes(valkey_server: Server, seed: int) -> None:
    rng = Random(seed)
    letters = rng.choice((b"a", b"ab", b"abcdefgh", b"the quick brown fox"))
    data = bytes(rng.choices(letters, k=rng.randrange(25, 5000)))
    with valkey_server.connect() as client:
        client.run(b"SET", b"s", data)
        payload = client.run(b"DUMP", b"s")[1:-FOOTER]
    squeezed = compress(data, len(data) - 4)
    if payload[0] != 0xC3:
        assert squeezed is None
        return
    size, at = length_at(payload, 1)
    whole, at = length_at(payload, at)
    assert (size, whole) == (len(payload) - at, len(data))
    assert expand(payload[at:], whole) == data
    assert payload[at:] == squeezed
