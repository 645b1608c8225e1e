"""Any bytes come back as they went in: through every type, as payloads, and as text at a prompt."""

from __future__ import annotations

from random import Random

import pytest

from redlearn.prompt.talk import Talk
from redlearn.prompt.unwatched import Unwatched
from redlearn.resp.encode import encode
from redlearn.resp.reply import OK, ByKey, Members, Pairs, Push, Reply
from redlearn.timeline.session import Session
from tests.conftest import Redis
from tests.oracle.servers import reply_end

SINGLE = [bytes((byte,)) for byte in range(256)]
BLOBS = 10_000
SHORT = 600


def blobs(count: int, seed: int = 1) -> list[bytes]:
    """All single bytes, and blobs of any bytes: most short, some beyond every encoding's limit."""
    rng = Random(seed)
    sizes = (0, 2, 5, 19, 20, 44, 45, 63, 64, 65, 127, 300)
    found = [rng.randbytes(rng.choice(sizes)) for _ in range(count)]
    return [*SINGLE, *found, b"\r\n$5\r\n", b"\xff" * 5000, b"-1", b"007", b"9" * 19]


@pytest.fixture(params=[SHORT, pytest.param(BLOBS, marks=pytest.mark.long)])
def data(request: pytest.FixtureRequest) -> list[bytes]:
    count: int = request.param
    return blobs(count)


def test_keys_and_strings(redis: Redis, data: list[bytes]) -> None:
    for blob in data:
        assert redis(b"SET", blob, blob) == OK
        assert redis(b"GET", blob) == redis(b"GETRANGE", blob, b"0", b"-1") == blob
    assert set(redis("KEYS *")) == set(data)  # type: ignore[arg-type]
    redis.engine.check()


def test_elements_of_lists_packed_and_chained(redis: Redis, data: list[bytes]) -> None:
    redis(b"RPUSH", b"chained", *data)
    assert redis("OBJECT ENCODING chained") == b"quicklist"
    assert redis("LRANGE chained 0 -1") == data
    for at in range(0, len(data), 20):
        piece = data[at : at + 20]
        redis("DEL packed")
        redis(b"RPUSH", b"packed", *piece)
        assert redis("LRANGE packed 0 -1") == piece
    redis.engine.check()


def test_members_of_sets_and_sorted_sets_packed_and_in_tables(
    redis: Redis, data: list[bytes]
) -> None:
    for some in (data, *(data[at : at + 20] for at in range(0, len(data), 20))):
        redis("DEL s z")
        redis(b"SADD", b"s", *some)
        assert set(redis("SMEMBERS s")) == set(some)  # type: ignore[arg-type]
        assert redis(b"SMISMEMBER", b"s", *some) == [1] * len(some)
        redis(b"ZADD", b"z", *[word for blob in some for word in (b"1", blob)])
        assert redis("ZRANGE z 0 -1") == sorted(set(some))
        redis.engine.check()


def test_fields_and_values_of_hashes_packed_and_in_tables(redis: Redis, data: list[bytes]) -> None:
    for some in (data, *(data[at : at + 20] for at in range(0, len(data), 20))):
        redis("DEL h")
        pairs = dict(zip(some, reversed(some), strict=True))
        redis(b"HSET", b"h", *[word for pair in pairs.items() for word in pair])
        assert redis("HGETALL h") == pairs
        redis.engine.check()


def test_entries_groups_and_consumers_of_streams(redis: Redis, data: list[bytes]) -> None:
    for number, blob in enumerate(data, 1):
        redis(b"XADD", b"x", b"%d-1" % number, blob, blob)
    entries = redis("XRANGE x - +")
    assert isinstance(entries, list)
    assert [fields for _, fields in entries] == [[blob, blob] for blob in data]  # type: ignore[misc]
    for blob in data[:300]:
        assert redis(b"XGROUP", b"CREATE", b"x", blob, b"0") == OK
        redis(b"XREADGROUP", b"GROUP", blob, blob, b"COUNT", b"1", b"STREAMS", b"x", b">")
        ((name, *_),) = redis(b"XPENDING", b"x", blob)[3]  # type: ignore[index, misc]
        assert name == blob
    redis.engine.check()


def test_names_of_clients_and_channels(redis: Redis, data: list[bytes]) -> None:
    listener = redis.connect()
    for blob in data:
        listener.all(b"SUBSCRIBE", blob)
        assert redis(b"PUBLISH", blob, blob) == 1
        assert listener.client.take() == [Push([b"message", blob, blob])]
        listener.all(b"UNSUBSCRIBE", blob)


def test_payloads(redis: Redis, data: list[bytes]) -> None:
    for blob in data:
        redis.all("DEL a b h k l s z x")
        for argv in (
            [b"SET", b"a", blob], [b"RPUSH", b"l", blob], [b"SADD", b"s", blob],
            [b"ZADD", b"z", b"1", blob], [b"HSET", b"h", blob, blob],
            [b"XADD", b"x", b"1-1", blob, blob],
        ):  # fmt: skip
            redis(*argv)
            before = redis(b"DEBUG", b"DIGEST-VALUE", argv[1])
            payload = redis(b"DUMP", argv[1])
            assert isinstance(payload, bytes)
            assert redis(b"RESTORE", b"b", b"0", payload, b"REPLACE") == OK
            assert redis(b"DEBUG", b"DIGEST-VALUE", b"b") == before


def test_the_wire_has_them_as_they_are(data: list[bytes]) -> None:
    for reply in (data, Members(data), ByKey([[blob, blob] for blob in data])):
        for protocol in (2, 3):
            wire = encode(reply, protocol)
            assert reply_end(wire) == len(wire)
            assert all(b"$%d\r\n%b\r\n" % (len(blob), blob) in wire for blob in data[:300])
    assert encode(Pairs([(blob, 1.0) for blob in data]), 2).count(b"$") >= len(data)


@pytest.mark.parametrize("server", [Session, lambda: Unwatched(1_000_000)])
def test_what_the_prompt_prints_can_be_typed_in_again(server: object, data: list[bytes]) -> None:
    """`"\\xff\\r\\n"` is printed, and `"\\xff\\r\\n"` typed gives the same bytes."""
    talk = Talk(server())  # type: ignore[operator]
    for blob in data:
        typed = b'"' + b"".join(b"\\x%02x" % byte for byte in blob) + b'"'
        assert said(talk, b"SET k " + typed) == b"OK\n"
        assert value(talk) == blob
        printed = said(talk, b"GET k").removesuffix(b"\n")
        assert printed.isascii() or printed.decode().isprintable()
        assert said(talk, b"SET k " + printed) == b"OK\n"
        assert value(talk) == blob


def said(talk: Talk, line: bytes) -> bytes:
    return b"".join(talk.answer(line))


def value(talk: Talk) -> bytes:
    stored = talk.server.engine.state.databases[0].value_of(b"k")
    assert stored is not None
    return stored.data()  # type: ignore[attr-defined, no-any-return]


def test_raw_output_is_the_bytes(data: list[bytes]) -> None:
    talk = Talk(Unwatched(1_000_000), raw=True)
    for blob in data:
        typed = b'"' + b"".join(b"\\x%02x" % byte for byte in blob) + b'"'
        said(talk, b"SET k " + typed)
        assert said(talk, b"GET k") == blob + b"\n"


def test_a_step_back_brings_the_same_bytes(data: list[bytes]) -> None:
    session = Session()
    client = session.connect()
    replies: list[Reply] = []
    for blob in data[:200]:
        replies += session.execute(client, [b"RPUSH", b"l", blob])
    end = session.position
    session.execute(client, [b"DEL", b"l"])
    session.seek(end)
    list_ = session.engine.state.databases[0].value_of(b"l")
    assert list_ is not None
    assert list_.items() == data[:200]  # type: ignore[attr-defined]
