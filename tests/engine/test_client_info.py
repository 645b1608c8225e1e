"""What CLIENT LIST says of a client."""

from __future__ import annotations

from redlearn.clock import VirtualClock
from redlearn.engine.client_info import describe, type_of
from redlearn.engine.engine import Engine
from tests.conftest import Redis
from tests.oracle.servers import Server


def fields(line: bytes) -> dict[str, str]:
    return dict(word.split("=", 1) for word in line.decode().split(" "))


def test_a_line_says_who_it_is_and_what_it_was_last_about() -> None:
    engine = Engine(VirtualClock(1_000_000))
    client = engine.connect()
    for line in (b"CLIENT SETNAME ann", b"SELECT 3", b"GET k"):
        engine.execute(client, line.split())
    said = fields(describe(engine.state, client))
    assert (said["id"], said["name"], said["db"], said["cmd"]) == ("1", "ann", "3", "get")
    assert (said["flags"], said["multi"]) == ("N", "-1")


def test_flags_tell_what_a_client_is_in_the_middle_of() -> None:
    engine = Engine(VirtualClock(0))
    client = engine.connect()
    for line in (b"CLIENT NO-EVICT ON", b"CLIENT NO-TOUCH ON", b"MULTI", b"SET k v"):
        engine.execute(client, line.split())
    said = fields(describe(engine.state, client))
    assert (said["flags"], said["multi"]) == ("xeT", "1")


def test_letters_come_in_the_order_of_a_server(redis: Redis, redis_server: Server) -> None:
    lines = (b"HELLO 3", b"CLIENT TRACKING ON BCAST", b"PSUBSCRIBE a*", b"CLIENT NO-EVICT ON",
             b"MULTI", b"SET k v")  # fmt: skip
    with redis_server.connect() as client:
        for line in lines:
            client.run(*line.split())
            redis.engine.execute(redis.client, line.split())
        with redis_server.connect() as other:
            theirs = other.run(b"CLIENT", b"LIST").split(b"\n")[0]
    assert fields(describe(redis.engine.state, redis.client))["flags"] == fields(theirs)["flags"]
    redis.client.address = "/tmp/redis.sock:0"
    assert fields(describe(redis.engine.state, redis.client))["flags"] == "PxtBUe"


def test_who_listens_is_of_another_type() -> None:
    engine = Engine(VirtualClock(0))
    client = engine.connect()
    assert type_of(client) == b"normal"
    engine.execute(client, [b"SUBSCRIBE", b"news"])
    assert type_of(client) == b"pubsub"
    assert fields(describe(engine.state, client))["sub"] == "1"


def test_who_follows_or_is_followed_has_a_type_and_a_letter_of_its_own() -> None:
    engine = Engine(VirtualClock(0))
    replica, primary = engine.connect(), engine.connect()
    replica.follows = primary.obeyed = True
    assert (type_of(replica), type_of(primary)) == (b"slave", b"master")
    said = [fields(describe(engine.state, each))["flags"] for each in (replica, primary)]
    assert said == ["S", "M"]
