"""Blocking beside real servers: several clients, the same calls in the same order, all replies.

Redis 7.0 hands an element over without running the command again, so what a client gets that
waits for several keys, one of which turned into something else, is another matter there. It
also has no limit for huge timeouts. Both are compared with Valkey alone, which is as 7.4 here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from random import Random

import pytest

from redlearn.resp.encode import encode
from tests.conftest import Redis, argv_of
from tests.oracle.servers import Connection, Server

CLIENTS = 6

LINES = (
    "BLPOP a b 0", "BLPOP b c 0", "BRPOP c 0", "BLMOVE a b LEFT RIGHT 0", "BRPOPLPUSH b c 0",
    "BLMPOP 0 2 a c RIGHT COUNT 2", "BZPOPMIN z a 0", "BZPOPMAX z 0", "BZMPOP 0 1 z MIN COUNT 3",
    "BLMOVE c z LEFT LEFT 0",
)  # fmt: skip
PUSHES = (
    "RPUSH a 1", "LPUSH b 2 3", "RPUSH c 4 5 6", "ZADD z 1 m 2 n", "RENAME a c", "DEL a b c z",
    "RPUSH d x y", "RENAME d a", "COPY d b REPLACE", "LMOVE d a LEFT LEFT", "SET a text",
    "LTRIM c 1 -1", "EXISTS a b c d z", "LLEN c", "ZUNIONSTORE z 1 y", "ZADD y 3 o",
)  # fmt: skip


@pytest.fixture(params=["redis_server", "valkey_server"])
def server(request: pytest.FixtureRequest) -> Server:
    found: Server = request.getfixturevalue(request.param)
    return found


class Pair:
    """One client of ours and one of the server's, which are sent the same."""

    def __init__(self, redis: Redis, server: Server) -> None:
        self.ours = redis.connect()
        self.theirs: Connection = server.connect()
        self.theirs.sock.settimeout(5)
        self.pending = b""

    def send(self, line: str) -> None:
        argv = argv_of(line)
        self.ours.engine.execute(self.ours.client, argv)
        self.theirs.sock.sendall(encode([*argv]))

    def expected(self) -> bytes:
        return b"".join(encode(reply, 2) for reply in self.ours.client.take())

    def received(self, expected: bytes) -> bytes:
        """What the server sent: as much as we did, and whatever else has come by then."""
        while len(self.pending) < len(expected):
            try:
                self.pending += self.theirs.sock.recv(65536)
            except TimeoutError:
                break
        self.theirs.sock.setblocking(False)
        try:
            self.pending += self.theirs.sock.recv(65536)
        except BlockingIOError:
            pass
        self.theirs.sock.settimeout(5)
        got, self.pending = self.pending, b""
        return got


Connect = Callable[[Server], Pair]


@pytest.fixture
def connect(redis: Redis) -> Iterator[Connect]:
    """Makes pairs, and hangs up for them: a client left waiting would be served by other tests."""
    made: list[Pair] = []

    def pair(server: Server) -> Pair:
        made.append(Pair(redis, server))
        return made[-1]

    yield pair
    for each in made:
        each.theirs.close()


@pytest.mark.parametrize("seed", range(15))
def test_the_same_clients_get_the_same_replies(
    connect: Connect, valkey_server: Server, seed: int
) -> None:
    rng = Random(seed)
    pairs = [connect(valkey_server) for _ in range(CLIENTS)]
    pusher = connect(valkey_server)
    numbers = [int(pair.theirs.run(b"CLIENT", b"ID")) for pair in pairs]
    log: list[str] = []
    for _ in range(60):
        pair = rng.choice(pairs)
        if pair.ours.client.wait is None:
            line = rng.choice(LINES)
            log.append(f"{pairs.index(pair)}: {line}")
            pair.send(line)
            compare(pair, log)
            settle(pair, numbers[pairs.index(pair)], pusher)
        for _ in range(rng.randrange(3)):
            line = rng.choice(PUSHES)
            log.append(line)
            pusher.send(line)
            for each in (pusher, *pairs):
                compare(each, log)


SEVERAL_READY = (
    (("BLPOP b a 0", "BLPOP a b 0"), ("RPUSH a 1", "RPUSH b 2")),
    (("BLPOP b a 0", "BLPOP a b 0"), ("RPUSH b 2", "RPUSH a 1")),
    (("BLPOP b 0", "BLPOP a b 0", "BLPOP a 0"), ("RPUSH a 1", "RPUSH b 2")),
    (("BLPOP b 0", "BLPOP a b 0", "BLPOP a 0"), ("RPUSH b 2", "RPUSH a 1", "RPUSH b 3")),
    (("BLPOP c b a 0", "BLPOP a 0", "BLPOP b 0"), ("RPUSH a 1", "RPUSH b 2", "RPUSH c 3")),
    (("BLMOVE a b LEFT RIGHT 0", "BLPOP b 0", "BLPOP a b 0"), ("RPUSH a 1", "RPUSH b 2")),
    (("BLPOP b 0", "BLMOVE a b LEFT RIGHT 0"), ("RPUSH a 1",)),
    (("BLPOP a 0", "BLPOP b 0"), ("RPUSH a 1", "RPUSH b 2", "DEL a")),
    (("BLPOP a b 0", "BLPOP b 0"), ("RPUSH a 1", "DEL a", "RPUSH b 2", "RPUSH a 3")),
    (("BZPOPMIN z y 0", "BZPOPMAX y z 0"), ("ZADD y 1 m", "ZADD z 2 n 3 o")),
    (("BLMPOP 0 2 a b LEFT COUNT 5", "BLPOP b a 0"), ("RPUSH b 1 2", "RPUSH a 3 4")),
)  # fmt: skip
"""Who waits, in the order of coming; and what is done in one MULTI."""


@pytest.mark.parametrize(("waits", "done"), SEVERAL_READY)
def test_after_a_transaction_with_several_ready_keys_the_same_clients_are_served(
    connect: Connect, valkey_server: Server, waits: tuple[str, ...], done: tuple[str, ...]
) -> None:
    """Keys in the order in which they came to be; at each, clients in the order of coming.

    Who has his turn runs his own command again, and so may take from another key.
    """
    pusher = connect(valkey_server)
    pairs = [connect(valkey_server) for _ in waits]
    for pair, line in zip(pairs, waits, strict=True):
        number = int(pair.theirs.run(b"CLIENT", b"ID"))
        pair.send(line)
        settle(pair, number, pusher)
    for line in ("MULTI", *done, "EXEC"):
        pusher.send(line)
        compare(pusher, [line])
    log = [*waits, *done]
    for line in ("LRANGE a 0 -1", "LRANGE b 0 -1", "ZRANGE y 0 -1", "ZRANGE z 0 -1"):
        pusher.send(line)
        compare(pusher, log)
    for pair in pairs:
        compare(pair, log)


@pytest.mark.parametrize(
    "waits",
    [("BLMOVE k m LEFT LEFT 0",), ("BRPOPLPUSH k m 0", "BLPOP k 0"), ("BLMPOP 0 1 k LEFT",),
     ("BZPOPMIN z 0", "BLPOP k 0"), ("BLMOVE k m LEFT LEFT 0", "BLMOVE k m LEFT LEFT 0")],
)  # fmt: skip
def test_who_waited_is_refused_what_takes_memory_when_there_is_none_left(
    connect: Connect, valkey_server: Server, waits: tuple[str, ...]
) -> None:
    pusher = connect(valkey_server)
    pairs = [connect(valkey_server) for _ in waits]
    for pair, line in zip(pairs, waits, strict=True):
        number = int(pair.theirs.run(b"CLIENT", b"ID"))
        pair.send(line)
        settle(pair, number, pusher)
    try:
        for line in ("MULTI", "RPUSH k x", "ZADD z 1 m", "CONFIG SET maxmemory 1", "EXEC"):
            pusher.send(line)
            compare(pusher, [line])
        for line in ("LRANGE k 0 -1", "LRANGE m 0 -1"):
            pusher.send(line)
            compare(pusher, [*waits])
        for pair in pairs:
            compare(pair, [*waits])
    finally:
        pusher.theirs.run(b"CONFIG", b"SET", b"maxmemory", b"0")


def compare(pair: Pair, log: list[str]) -> None:
    expected = pair.expected()
    assert pair.received(expected) == expected, log


def settle(pair: Pair, number: int, pusher: Pair) -> None:
    """Wait until the server has read the call, so that it comes before the next client's."""
    blocked = pair.ours.client.wait is not None
    for _ in range(500):
        line = pusher.theirs.run(b"CLIENT", b"LIST", b"ID", b"%d" % number)
        if (b" flags=b " in line) == blocked:
            return
        time.sleep(0.002)  # a real server reads in real time
    raise AssertionError(f"blocked should be {blocked}: {line}")


@pytest.mark.parametrize(
    "line",
    ["BLPOP k 0.05", "BRPOPLPUSH k m 0.05", "BLMOVE k m LEFT LEFT 0.05", "BLMPOP 0.05 1 k LEFT",
     "BZPOPMIN k 0.05", "BZMPOP 0.05 1 k MIN"],
)  # fmt: skip
@pytest.mark.parametrize("protocol", [2, 3])
def test_a_timeout_is_answered_in_the_same_bytes(
    redis: Redis, server: Server, line: str, protocol: int
) -> None:
    with server.connect(protocol) as client:
        theirs = client.raw(*argv_of(line))
        assert redis.all(line) == []
        redis.advance(50)
        redis.engine.tick()
        (reply,) = redis.client.take()
        assert encode(reply, protocol) == theirs
        for each in ("MULTI", line, "EXEC"):
            ours = redis.all(each)
            assert encode(ours[0], protocol) == client.raw(*argv_of(each))


def read_alike(redis: Redis, server: Server, timeout: str) -> None:
    redis("RPUSH k a b")
    with server.connect() as client:
        client.raw(b"RPUSH", b"k", b"a", b"b")
        for line in (f"BLPOP k {timeout}", f"BLMOVE k k LEFT LEFT {timeout}"):
            ours = b"".join(encode(reply, 2) for reply in redis.all(line))
            assert client.raw(*argv_of(line)) == ours, line


@pytest.mark.parametrize("timeout", ["x", "-1", "-0", "-inf", "nan", "0x10", "1e-400", "-1e4000"])
def test_a_timeout_is_read_as_the_server_reads_it(
    redis: Redis, server: Server, timeout: str
) -> None:
    read_alike(redis, server, timeout)


@pytest.mark.parametrize(
    "timeout", ["1e40", "inf", "9223372036854776", "9223372036854775", "1e5000"]
)
def test_a_huge_timeout_is_refused(redis: Redis, valkey_server: Server, timeout: str) -> None:
    read_alike(redis, valkey_server, timeout)


@pytest.mark.parametrize("reason", ["", "TIMEOUT", "error", "NOPE"])
def test_a_client_is_unblocked_as_on_the_server(
    connect: Connect, server: Server, reason: str
) -> None:
    pair, other = connect(server), connect(server)
    number = int(pair.theirs.run(b"CLIENT", b"ID"))
    pair.send("BLPOP k 0")
    settle(pair, number, other)
    line = f"CLIENT UNBLOCK {pair.ours.client.id} {reason}"
    ours = b"".join(encode(reply, 2) for reply in other.ours.all(line))
    assert other.theirs.raw(*argv_of(f"CLIENT UNBLOCK {number} {reason}")) == ours
    compare(pair, [reason])
