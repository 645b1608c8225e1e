"""Streams byte for byte: the same changes here and on a real server, which dumps its nodes."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest

from redlearn.engine.structures.listpack import Listpack
from redlearn.engine.structures.stream_node import id_key
from redlearn.engine.values.stream import Stream
from redlearn.probe import Probe
from tests.conftest import Redis
from tests.oracle.servers import Connection, Server
from tests.oracle.test_quicklist_nodes import length_at

KINDS = (19, 21)  # STREAM_LISTPACKS_2 of Redis 7.0, STREAM_LISTPACKS_3 since 7.2


def connected(server: Server) -> Iterator[Connection]:
    """A server that compresses nothing in its dumps, until the test ends."""
    with server.connect() as client:
        client.run(b"CONFIG", b"SET", b"rdbcompression", b"no")
        yield client
        client.run(b"CONFIG", b"SET", b"rdbcompression", b"yes", b"stream-node-max-entries", b"100")


@pytest.fixture
def redis_client(redis_server: Server) -> Iterator[Connection]:
    yield from connected(redis_server)


@pytest.fixture
def valkey(valkey_server: Server) -> Iterator[Connection]:
    yield from connected(valkey_server)


def nodes_of(payload: bytes) -> list[tuple[bytes, bytes]]:
    """Of each node in a DUMP its key and its listpack, with the backlens of Redis."""
    assert payload[0] in KINDS
    count, at = length_at(payload, 1)
    nodes = []
    for _ in range(count):
        strings = []
        for _ in range(2):
            size, at = length_at(payload, at)
            strings.append(payload[at : at + size])
            at += size
        nodes.append((strings[0], Listpack.load(strings[1], Probe()).freeze()))
    return nodes


def change(rng: Random) -> list[bytes]:
    id = b"%d-%d" % (rng.randrange(400), rng.randrange(3))
    if rng.random() < 0.1:
        return [b"XDEL", b"s", id]
    if rng.random() < 0.06:
        by = rng.choice(([b"MAXLEN", b"%d" % rng.randrange(60)], [b"MINID", id]))
        return [b"XTRIM", b"s", *by]
    values = (b"7", b"-300", b"70000", b"text", b"", b"9" * 18, b"v" * rng.choice((70, 900, 5000)))
    fields = rng.choice(((b"f",), (b"f",), (b"f", b"g"), (b"12", b"f", b"f")))
    pairs = [word for field in fields for word in (field, rng.choice(values))]
    ahead = b"18446744073709551615-*" if rng.random() < 0.0005 else b"%d-*" % rng.randrange(400)
    return [b"XADD", b"s", ahead, *pairs]


def compare(redis: Redis, theirs: Connection, seed: int) -> None:
    rng = Random(seed)
    theirs.run(b"DEL", b"s")
    for entries in (b"3", b"100"):
        for line in ([b"CONFIG", b"SET", b"stream-node-max-entries", entries],):
            redis(*line)
            theirs.run(*line)
        for _ in range(150):
            argv = change(rng)
            redis.all(*argv)
            theirs.pipeline([argv])
    value = redis.engine.state.databases[0].value_of(b"s")
    assert isinstance(value, Stream)
    assert [(id_key(n.id), n.freeze()) for _, n in value.nodes] == nodes_of(
        theirs.run(b"DUMP", b"s")
    )


@pytest.mark.parametrize("seed", range(6))
def test_nodes_are_those_of_redis(redis: Redis, redis_client: Connection, seed: int) -> None:
    compare(redis, redis_client, seed)


@pytest.mark.parametrize("seed", range(6))
def test_nodes_are_those_of_valkey(redis: Redis, valkey: Connection, seed: int) -> None:
    compare(redis, valkey, seed)
