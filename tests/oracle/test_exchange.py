"""Payloads both ways with real servers; broken ones refused. The long form: `exchange.py`."""

from __future__ import annotations

from random import Random

import pytest

from redlearn.errors import BAD_PAYLOAD_FOOTER
from redlearn.resp.reply import Failure
from tests.conftest import Redis
from tests.oracle.exchange import COUNT, exchange, large_value, making, timed_hash
from tests.oracle.servers import Server

MASKS = (0x01, 0xFF)
EACH = {
    "string int", "string embstr", "string raw", "list listpack", "list quicklist", "set intset",
    "set listpack", "set hashtable", "hash listpack", "hash hashtable", "zset listpack",
    "zset skiplist", "stream stream",
}  # fmt: skip


@pytest.mark.parametrize("count", [400, pytest.param(COUNT, marks=pytest.mark.long)])
@pytest.mark.parametrize("name", ["redis_server", "valkey_server"])
def test_values_of_every_form_come_back_the_same(
    request: pytest.FixtureRequest, name: str, count: int
) -> None:
    server: Server = request.getfixturevalue(name)
    result = exchange(server, count)
    assert not result.lost, "\n".join(result.lost)
    assert set(result.kinds) >= EACH
    if server.name == "valkey":
        assert result.kinds["hash listpackex"] and not result.too_new
    assert result.kinds.total() > 0.9 * count


def test_a_payload_with_any_byte_changed_is_refused_and_leaves_nothing(redis: Redis) -> None:
    """Of 200 payloads, every byte with each of two masks."""
    payloads: list[bytes] = []
    number = refused = 0
    while len(payloads) < 200:
        number += 1
        rng = Random(number)
        redis("DEL k")
        for argv in timed_hash(rng) if number % 20 == 0 else making(rng, "valkey"):
            redis.all(*argv)
        payload = redis("DUMP k")
        if isinstance(payload, bytes) and len(payload) < 300:
            payloads.append(payload)
    redis("DEL k")
    assert len({payload[0] for payload in payloads}) > 8
    for payload in payloads:
        for at in range(len(payload)):
            for mask in MASKS:
                broken = payload[:at] + bytes((payload[at] ^ mask,)) + payload[at + 1 :]
                reply = redis.all(b"RESTORE", b"k", b"0", broken)
                assert reply == [Failure(BAD_PAYLOAD_FOOTER)], (at, mask, payload)
                refused += 1
    assert redis("EXISTS k") == 0
    assert refused > 20_000
    redis.engine.check()


def test_a_server_refuses_them_in_the_same_words(redis: Redis, valkey_server: Server) -> None:
    rng = Random(5)
    with valkey_server.connect() as client:
        for argv in large_value(rng):
            redis.all(*argv)
        payload = redis("DUMP k")
        assert isinstance(payload, bytes)
        for at in rng.sample(range(len(payload)), 40):
            broken = payload[:at] + bytes((payload[at] ^ 0xFF,)) + payload[at + 1 :]
            theirs = client.run(b"RESTORE", b"k", b"0", broken)
            assert redis.all(b"RESTORE", b"l", b"0", broken) == [Failure(str(theirs))]
        assert client.run(b"EXISTS", b"k") == 0
