"""Payloads between real servers and here, both ways, for random values of every type."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest

from redlearn.engine.payload import dump, seal
from redlearn.errors import CommandError
from redlearn.resp.reply import OK, Status
from tests.conftest import Redis
from tests.engine.payload.test_writing import BYTES
from tests.oracle.servers import Connection, Server

VALUES = 150
OF_TABLES = (b"\x02", b"\x04")  # whose order is each server's own


@pytest.fixture(params=["redis_server", "valkey_server"])
def server(request: pytest.FixtureRequest) -> Iterator[Connection]:
    """Each server in turn."""
    chosen: Server = request.getfixturevalue(request.param)
    chosen.reset()
    with chosen.connect() as client:
        yield client


def text(rng: Random) -> bytes:
    return rng.choice(
        (
            b"%d" % rng.randrange(-300, 300),
            b"%d" % rng.randrange(-(2**63), 2**63),
            rng.randbytes(rng.randrange(12)),
            bytes(rng.choices(b"abc", k=rng.randrange(60))),
            b"x" * rng.choice((20, 21, 63, 64, 65, 300)),
        )
    )


def score(rng: Random, exact: bool) -> bytes:
    """A score; if `exact`, one that Redis 7.0 keeps just as 7.4 does.

    It writes others with 17 digits into a listpack, where 7.4 writes as few as tell them apart,
    and -0 loses its sign on the way to a skiplist.
    """
    fraction = rng.randrange(10**6) / 4 if exact else rng.uniform(-1e9, 1e9)
    whole = b"%d" % rng.randrange(-9, 9)
    zero = b"0" if exact else b"-0"
    return rng.choice((whole, b"inf", b"-inf", zero, repr(fraction).encode()))


def some_value(rng: Random, exact: bool = False) -> list[list[bytes]]:
    """Commands that make `k`."""
    count = rng.choice((1, 2, 5, 60, 700))
    match rng.randrange(8):
        case 0:
            return [[b"SET", b"k", text(rng)]]
        case 1:
            return [[b"SET", b"k", b"a%d" % count], [b"APPEND", b"k", text(rng) * 40]]
        case 2:
            return [[b"RPUSH", b"k", *[text(rng) for _ in range(count)]]]
        case 3:
            return [[b"SADD", b"k", *[b"%d" % rng.randrange(2**33) for _ in range(count)]]]
        case 4:
            return [[b"SADD", b"k", *[text(rng) for _ in range(count)]]]
        case 5:
            return [[b"HSET", b"k", *[text(rng) for _ in range(2 * count)]]]
        case 6:
            rows = [part for _ in range(count) for part in (score(rng, exact), text(rng))]
            return [[b"ZADD", b"k", *rows]]
        case _:
            return [[b"ZADD", b"k", b"1", b"m", b"1.5", text(rng)]]


CONTENT = {
    b"string": [b"GET", b"k"],
    b"list": [b"LRANGE", b"k", b"0", b"-1"],
    b"set": [b"SMEMBERS", b"k"],
    b"hash": [b"HGETALL", b"k"],
    b"zset": [b"ZRANGE", b"k", b"0", b"-1", b"WITHSCORES"],
}


def there(client: Connection) -> object:
    """What a server holds under `k`, in an order of its own."""
    kind: bytes = client.run(b"TYPE", b"k")
    return kind, in_order(kind, client.run(*CONTENT[kind]))


def here(redis: Redis) -> object:
    status = redis("TYPE k")
    assert isinstance(status, Status)
    kind = status.text.encode()
    return kind, in_order(kind, redis(*CONTENT[kind]))


def in_order(kind: bytes, content: object) -> object:
    if kind == b"set":
        return sorted(content)  # type: ignore[call-overload]
    if kind == b"hash":
        pairs = list(content.items()) if isinstance(content, dict) else content
        assert isinstance(pairs, list)
        if pairs and isinstance(pairs[0], bytes):
            pairs = list(zip(pairs[::2], pairs[1::2], strict=True))
        return sorted(map(tuple, pairs))
    if kind == b"zset" and isinstance(content, list) and isinstance(content[0], bytes):
        rows = list(content)
        return [(a, float(b)) for a, b in zip(rows[::2], rows[1::2], strict=True)]
    return content


def test_values_cross_over_both_ways(redis: Redis, server: Connection) -> None:
    rng = Random(7)
    for _ in range(VALUES):
        for argv in some_value(rng):
            redis(*argv)
        payload = redis("DUMP k")
        assert isinstance(payload, bytes)
        assert server.run(b"RESTORE", b"k", b"0", payload, b"REPLACE") == b"OK"
        assert there(server) == here(redis)
        back = server.run(b"DUMP", b"k")
        assert redis(b"RESTORE", b"k", b"0", back, b"REPLACE") == OK
        assert there(server) == here(redis)
        redis.engine.state.databases[0].check()
        redis("DEL k")


def test_redis_7_0_dumps_the_same_bytes(redis: Redis, redis_server: Server) -> None:
    rng = Random(8)
    same = 0
    with redis_server.connect() as client:
        for _ in range(2 * VALUES):
            redis("DEL k")
            client.run(b"DEL", b"k")
            for argv in some_value(rng, exact=True):
                redis(*argv)
                client.run(*argv)
            payload = redis("DUMP k")
            assert isinstance(payload, bytes)
            if payload[:1] not in OF_TABLES:
                assert payload == client.run(b"DUMP", b"k")
                same += 1
    assert same > VALUES


@pytest.mark.parametrize("name", BYTES)
def test_the_bytes_in_the_tests_are_true(name: str, redis_server: Server) -> None:
    number, data = BYTES[name]
    payload = seal(bytes((number,)) + bytes.fromhex(data), 10)
    with redis_server.connect() as client:
        assert client.run(b"RESTORE", b"k", b"0", payload, b"REPLACE") == b"OK"
        if number != 2:
            assert client.run(b"DUMP", b"k") == payload


REFUSALS = [
    [b"k", b"0", b""],
    [b"k", b"-1", b""],
    [b"k", b"x", b""],
    [b"k", b"0", b"", b"NOPE"],
    [b"there", b"x", b""],
    [b"k", b"0", seal(b"\x00", 10)],
    [b"k", b"0", seal(b"\x63\x00", 10)],
    [b"k", b"0", seal(b"\x00\x01a", 9999)],
    [b"k", b"0", seal(b"\x02\x00", 10)],
    [b"k", b"0", seal(b"\x04\x01\x01a", 10)],
    [b"k", b"0", seal(b"\x00\x01a", 10)[:-1] + b"\x00"],
    [b"k", b"0", b"", b"IDLETIME", b"-1"],
    [b"k", b"0", b"", b"FREQ", b"256"],
    [b"k", b"0", b"", b"FREQ", b"x"],
    [b"k", b"0", b"", b"IDLETIME", b"1", b"FREQ", b"1"],
]


@pytest.mark.parametrize("words", REFUSALS)
def test_a_server_refuses_in_the_same_words(
    redis: Redis, server: Connection, words: list[bytes]
) -> None:
    redis("SET there v")
    server.run(b"SET", b"there", b"v")
    with pytest.raises(CommandError) as caught:
        redis(b"RESTORE", *words)
    assert str(server.run(b"RESTORE", *words)) == caught.value.text


@pytest.mark.parametrize("ttl", [b"9223372036854775807", b"9223372036854775000"])
def test_a_time_beyond_64_bits_makes_no_key(redis: Redis, server: Connection, ttl: bytes) -> None:
    payload = seal(b"\x00\x01a", 10)
    assert redis(b"RESTORE", b"k", ttl, payload) == OK
    assert server.run(b"RESTORE", b"k", ttl, payload) == b"OK"
    assert server.run(b"EXISTS", b"k") == redis("EXISTS k") == 0


@pytest.mark.parametrize("seconds", [b"0", b"500", b"16777216", b"20000000", b"99999999999"])
def test_an_idle_time_is_the_servers(redis: Redis, server: Connection, seconds: bytes) -> None:
    argv = [b"RESTORE", b"k", b"0", seal(b"\x00\x01a", 10), b"IDLETIME", seconds]
    assert redis(*argv) == OK
    assert server.run(*argv) == b"OK"
    ours = redis("OBJECT IDLETIME k")
    assert isinstance(ours, int)
    assert abs(server.run(b"OBJECT", b"IDLETIME", b"k") - ours) <= 1


def stream_commands(rng: Random) -> list[list[bytes]]:
    """Commands that make a stream `k`, with groups, pending entries and deleted ones."""
    commands = []
    for number in range(rng.choice((1, 5, 40, 300))):
        id = b"%d-%d" % (number // 3 + 1, number % 3 + 1)
        fields = [b"f", b"%d" % number] if rng.random() < 0.8 else [b"g", b"x", b"f", text(rng)]
        commands.append([b"XADD", b"k", id, *fields])
    for name in (b"g0", b"g1")[: rng.randrange(3)]:
        start = rng.choice((b"0", b"$", b"2-1"))
        commands.append([b"XGROUP", b"CREATE", b"k", name, start])
    for _ in range(rng.randrange(6)):
        reader = [rng.choice((b"g0", b"g1")), rng.choice((b"ann", b"bob"))]
        commands.append([b"XREADGROUP", b"GROUP", *reader, b"COUNT", b"3", b"STREAMS", b"k", b">"])
    for _ in range(rng.randrange(4)):
        commands.append([b"XDEL", b"k", b"%d-%d" % (rng.randrange(9), rng.randrange(3))])
    commands.append([b"XACK", b"k", b"g0", b"1-1", b"2-1"])
    return commands


@pytest.mark.parametrize("seed", range(30))
def test_a_stream_crosses_over_with_all_it_has(redis: Redis, server: Connection, seed: int) -> None:
    for argv in stream_commands(Random(seed)):
        server.run(*argv)
    theirs = server.run(b"DUMP", b"k")
    full = [b"XINFO", b"STREAM", b"k", b"FULL", b"COUNT", b"0"]
    before = server.run(*full)
    assert redis(b"RESTORE", b"k", b"0", theirs) == OK
    redis.engine.state.databases[0].check()
    value = redis.engine.state.databases[0].value_of(b"k")
    assert value is not None
    version = int.from_bytes(theirs[-10:-8], "little")
    ours = dump(value, version)
    assert ours == theirs
    assert server.run(b"RESTORE", b"k", b"0", ours, b"REPLACE") == b"OK"
    assert server.run(*full) == before


def ends_of(client: Connection | Redis) -> dict[bytes, int]:
    """When each field of `k` ends, in ms since 1970; -1 for never."""
    run = client if isinstance(client, Redis) else client.run
    names = run(b"HKEYS", b"k")
    assert isinstance(names, list)
    ends = run(b"HPEXPIRETIME", b"k", b"FIELDS", b"%d" % len(names), *names)
    assert isinstance(ends, list)
    return dict(zip(names, ends, strict=True))


@pytest.mark.parametrize("seed", range(20))
def test_fields_that_end_cross_over_to_a_valkey_and_back(
    redis: Redis, valkey_server: Server, seed: int
) -> None:
    rng = Random(seed)
    valkey_server.reset()
    with valkey_server.connect() as client:
        for number in range(rng.choice((2, 5, 60, 700))):
            redis(b"HSET", b"k", b"%d" % number, text(rng))
            if rng.random() < 0.5:
                moment = b"%d" % rng.randrange(4 * 10**12, 6 * 10**13)
                redis(b"HPEXPIREAT", b"k", moment, b"FIELDS", b"1", b"%d" % number)
        value = redis.engine.state.databases[0].value_of(b"k")
        assert value is not None
        assert client.run(b"RESTORE", b"k", b"0", dump(value, 80)) == b"OK"
        assert there(client) == here(redis)
        ends = ends_of(redis)
        assert ends_of(client) == ends
        back = client.run(b"DUMP", b"k")
        assert redis(b"RESTORE", b"k", b"0", back, b"REPLACE") == OK
        assert there(client) == here(redis)
        assert ends_of(redis) == ends
        redis.engine.check()
