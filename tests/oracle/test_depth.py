"""How deep MessagePack may nest, and how much of it comes back at once: as far as on a server."""

from __future__ import annotations

import pytest

from redlearn.resp.encode import encode
from tests.conftest import Redis
from tests.oracle.servers import Server

WAYS = {
    "an array in an array": "return type(cmsgpack.unpack(string.rep('\\145', N) .. '\\192'))",
    "a map in a map": "return type(cmsgpack.unpack(string.rep('\\129\\1', N) .. '\\192'))",
    "one by itself": "return type(cmsgpack.unpack_one(string.rep('\\145', N) .. '\\192'))",
    "behind others": (
        "local a, b, c, d = cmsgpack.unpack('\\1\\1\\1' .. string.rep('\\145', N) .. '\\192') "
        "return type(d)"
    ),
    "side by side": "return select('#', cmsgpack.unpack(string.rep('\\1', N)))",
    "side by side, so many": "return #{cmsgpack.unpack_limit(string.rep('\\1', 9000), N)}",
    "side by side, and no more": "return {cmsgpack.unpack_limit(string.rep('\\1', N), N)}",
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "number", [0, 1, 2, 3, 100, *range(3996, 4002), *range(7996, 8002), 100_000]
)
def test_what_is_packed(redis: Redis, redis_server: Server, way: str, number: int) -> None:
    argv = [b"EVAL", WAYS[way].replace("N", str(number)).encode(), b"0"]
    with redis_server.connect() as client:
        assert encode(redis.all(*argv)[0]) == client.raw(*argv)
