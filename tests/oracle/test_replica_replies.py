"""What a replica answers, beside a real server that is one of a primary that is not there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from redlearn.clock import VirtualClock
from redlearn.engine import clients
from redlearn.engine.engine import Engine
from redlearn.resp.encode import encode
from tests.oracle.servers import (
    Connection,
    Server,
    free_port,
    redis_binary,
    running,
    valkey_binary,
)  # fmt: skip

SETUP = ["SET k v", "HSET h f v", "RPUSH l a b"]
ASKED = [
    "GET k", "SET k w", "DEL k", "EXPIRE nokey 1", "FLUSHALL", "BLPOP none 1", "LPOP l",
    "PFADD p a", "PFCOUNT p", "PUBLISH news x", "WAIT 0 0", "WAIT 1 100", "MULTI", "GET k",
    "SET k w", "EXEC", "MULTI", "GET k", "EXEC", "COPY k k2", "SORT l ALPHA",
    "SORT l BY nosort STORE l2",    "HGETALL h", "GETEX k", "GETEX k EX 5", "SUBSCRIBE",
]  # fmt: skip


@pytest.fixture(scope="module", params=["redis", "valkey"])
def replica(request: pytest.FixtureRequest) -> Iterator[Server]:
    binary = redis_binary() if request.param == "redis" else valkey_binary()
    if binary is None:
        pytest.skip(f"no {request.param} here")
    with running(binary) as server:
        yield server


def test_a_replica_answers_as_a_real_one_does(replica: Server) -> None:
    engine = Engine(VirtualClock(1_700_000_000_000))
    ours = engine.connect()
    theirs = Connection(replica.port)
    primary = free_port()
    for line in SETUP:
        engine.execute(ours, [word.encode() for word in line.split()])
        theirs.raw(*[word.encode() for word in line.split()])
    ours.take()
    engine.state.replication.primary = ("127.0.0.1", primary)
    clients.be_alert(engine.state)
    theirs.raw(b"REPLICAOF", b"127.0.0.1", b"%d" % primary)
    for line in ASKED:
        argv = [word.encode() for word in line.split()]
        engine.execute(ours, list(argv))
        said = b"".join(encode(reply) for reply in ours.take())
        real = theirs.raw(*argv)
        if line.startswith("WAIT") and replica.name == "valkey":  # which no longer names Redis 4.0
            said, real = said[:50], real[:50]
        assert said == real, line
    theirs.close()


def test_a_replica_s_role_is_said_in_the_same_words(replica: Server) -> None:
    engine = Engine(VirtualClock(1_700_000_000_000))
    ours, primary = engine.connect(), free_port()
    engine.state.replication.primary = ("127.0.0.1", primary)
    with replica.connect() as theirs:
        theirs.run(b"REPLICAOF", b"127.0.0.1", b"%d" % primary)
        real = theirs.run(b"ROLE")
    engine.execute(ours, [b"ROLE"])
    (said,) = ours.take()
    assert isinstance(said, list)
    assert [*said[:3], said[4]] == [*real[:3], real[4]]
    assert real[3] in (b"connect", b"connecting")
