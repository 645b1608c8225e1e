"""MEMORY USAGE beside a Redis 7.0: equal for what is kept in the same way there.

Not compared: lists and sets in a listpack (7.2 brought them), sets in a table (a 7.0 has full
entries), and strings that grew (Redis counts their spare room; `values/string.py` says so).
"""

from __future__ import annotations

import pytest

from tests.conftest import Redis
from tests.oracle.servers import Server

FIELDS = " ".join(f"f{n} v{n}" for n in range(600))
SCORES = " ".join(f"{n} m{n}" for n in range(600))

CASES = {
    "SET k 12345": 0.0, "SET k 7": 0.0, "SET k hello": 0.0, f"SET k {'x' * 44}": 0.0,
    f"SET k {'x' * 45}": 0.0, f"SET k {'x' * 1000}": 0.0, f"SET k {'x' * 100_000}": 0.0,
    "SETRANGE k 1000 x": 0.0, "SETBIT k 100000 1": 0.0, "HSET k f v g w": 0.0,
    f"HSET k {FIELDS}": 0.0, "SADD k 1 2 3": 0.0, "SADD k 1 2 99999999999": 0.0,
    "ZADD k 1 a 2 b": 0.0, f"ZADD k {SCORES}": 0.1, f"RPUSH k {'element ' * 5000}": 0.01,
    f"HSET k f {'v' * 100}": 0.05, "XADD k 1-1 f v": 0.0,
}  # fmt: skip
"""A command, and by what share the answers may differ: towers are tossed, tables rehash."""


@pytest.mark.parametrize("line", CASES, ids=lambda line: line[:20])
def test_usage_is_near_a_redis_s(redis: Redis, redis_server: Server, line: str) -> None:
    argv = [word.encode() for word in line.split()]
    redis(*argv)
    with redis_server.connect() as client:
        client.run(b"DEL", b"k")
        client.run(*argv)
        theirs = client.run(b"MEMORY", b"USAGE", b"k", b"SAMPLES", b"0")
    assert redis("MEMORY USAGE k SAMPLES 0") == pytest.approx(theirs, rel=CASES[line], abs=0)
