"""DEBUG as real servers answer it."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest

from redlearn.resp.reply import Status
from tests.conftest import Redis
from tests.engine.test_digest import DIGESTS
from tests.oracle.servers import Connection, Server
from tests.oracle.test_payloads import some_value, stream_commands


@pytest.fixture(params=["redis_server", "valkey_server"])
def server(request: pytest.FixtureRequest) -> Iterator[Connection]:
    """Each server in turn."""
    chosen: Server = request.getfixturevalue(request.param)
    with chosen.connect() as client:
        yield client


def both_run(redis: Redis, server: Connection, argv: list[bytes]) -> None:
    redis.all(*argv)
    server.run(*argv)


def agreed(redis: Redis, server: Connection, *words: bytes) -> object:
    """What both answer, as text."""
    ours = redis(b"DEBUG", *words)
    assert isinstance(ours, Status)
    assert ours.text == server.run(b"DEBUG", *words).decode()
    return ours.text


@pytest.mark.parametrize("line", DIGESTS)
def test_the_digests_in_the_tests_are_true(server: Connection, line: str) -> None:
    server.run(*line.encode().split())
    assert server.run(b"DEBUG", b"DIGEST-VALUE", b"k") == [DIGESTS[line].encode()]


def test_the_digest_of_random_data_is_the_servers(redis: Redis, server: Connection) -> None:
    """Data of every type and encoding, in three databases, some of it to expire."""
    is_redis_7_0 = b"valkey" not in server.run(b"INFO", b"server")
    rng = Random(3)
    for number in range(120):
        make = stream_commands(rng) if number % 9 == 0 else some_value(rng, exact=is_redis_7_0)
        key = b"key:%d" % number
        both_run(redis, server, [b"SELECT", b"%d" % (number % 3)])
        for argv in make:
            both_run(redis, server, [part if part != b"k" else key for part in argv])
        if rng.random() < 0.3:
            both_run(redis, server, [b"EXPIRE", key, b"10000"])
        if number % 20 == 0:
            assert len(str(agreed(redis, server, b"DIGEST"))) == 40
    agreed(redis, server, b"DIGEST")


SCORES = [
    b"0", b"-0", b"1", b"4e15", b"1e10", b"123456789", b"99999999999", b"0.1", b"1e-7", b"1e300",
    b"-1.5", b"inf", b"-inf", b"3.0000000000000004", b"9007199254740993", b"1e21", b"5e-324",
]  # fmt: skip


@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize("others", [0, 200])
def test_scores_are_told_apart_as_valkey_tells_them(
    redis: Redis, valkey_server: Server, score: bytes, others: int
) -> None:
    """Redis 7.4 spells scores so; 7.0 gave 17 digits."""
    with valkey_server.connect() as server:
        rows = [part for n in range(others) for part in (b"%d" % n, b"m%d" % n)]
        both_run(redis, server, [b"ZADD", b"k", score, b"m", *rows])
        agreed(redis, server, b"DIGEST")
