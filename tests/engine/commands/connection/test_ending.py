"""CLIENT KILL, PAUSE, UNPAUSE."""

from __future__ import annotations

import pytest

from redlearn.resp.reply import NULL_ARRAY, OK
from tests.conftest import Redis
from tests.engine.commands.said import refused


def test_a_client_is_sent_away_by_its_number_or_its_address(redis: Redis) -> None:
    one, two = redis.connect(), redis.connect()
    two.client.address = "127.0.0.1:5"
    assert redis(f"CLIENT KILL ID {one.client.id}") == 1
    assert redis("CLIENT KILL 127.0.0.1:5") == OK
    assert list(redis.engine.state.clients) == [redis.client.id]
    assert one.client.closing
    assert refused(redis, "CLIENT KILL 127.0.0.1:5") == "ERR No such client"
    assert redis("CLIENT KILL ID 999") == 0


def test_whoever_is_sent_away_waits_and_listens_no_longer(redis: Redis) -> None:
    waiter, listener = redis.connect(), redis.connect()
    waiter.all("BLPOP q 0")
    listener.all("SUBSCRIBE a")
    redis("CLIENT KILL TYPE pubsub")
    redis(f"CLIENT KILL ID {waiter.client.id}")
    assert redis("PUBLISH a x") == 0
    assert redis("RPUSH q x") == 1
    assert redis("LLEN q") == 1
    redis.engine.check()


def test_filters_must_all_fit_and_spare_the_caller(redis: Redis) -> None:
    other = redis.connect()
    redis.clock.advance(5000)
    young = redis.connect()
    assert redis(f"CLIENT KILL ID {other.client.id} TYPE pubsub") == 0
    assert redis("CLIENT KILL MAXAGE 3") == 1
    assert young.client.id in redis.engine.state.clients
    assert redis("CLIENT KILL USER default SKIPME yes") == 1
    assert redis("CLIENT KILL SKIPME no TYPE normal") == 1
    assert redis.client.closing


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("CLIENT KILL ID", "ERR No such client"),
        ("CLIENT KILL ID 0", "ERR client-id should be greater than 0"),
        ("CLIENT KILL ID x", "ERR client-id should be greater than 0"),
        ("CLIENT KILL TYPE odd", "ERR Unknown client type 'odd'"),
        ("CLIENT KILL USER nobody", "ERR No such user 'nobody'"),
        ("CLIENT KILL SKIPME maybe", "ERR syntax error"),
        ("CLIENT KILL MAXAGE x", "ERR maxage is not an integer or out of range"),
        ("CLIENT KILL MAXAGE 0", "ERR maxage should be greater than 0"),
        ("CLIENT KILL ODD 1", "ERR syntax error"),
        ("CLIENT KILL ID 1 TYPE", "ERR syntax error"),
        ("CLIENT PAUSE x", "ERR timeout is not an integer or out of range"),
        ("CLIENT PAUSE -1", "ERR timeout is negative"),
        ("CLIENT PAUSE 1 READ", "ERR CLIENT PAUSE mode must be WRITE or ALL"),
        ("CLIENT UNPAUSE 1", "ERR wrong number of arguments for 'client|unpause' command"),
    ],
)
def test_what_makes_no_sense_is_refused(redis: Redis, line: str, text: str) -> None:
    assert refused(redis, line) == text


def test_a_pause_holds_everything_up_and_loses_nothing(redis: Redis) -> None:
    other = redis.connect()
    assert redis("CLIENT PAUSE 1000") == OK
    assert redis.all("INCR n") == redis.all("GET n") == []
    assert other.all("INCR n") == []
    redis.clock.advance(1000)
    redis.engine.tick()
    assert redis.client.take() == [1, b"1"]
    assert other.client.take() == [2]
    assert redis("GET n") == b"2"


def test_a_pause_of_writes_lets_reads_through(redis: Redis) -> None:
    redis("SET k v")
    redis("CLIENT PAUSE 1000 WRITE")
    other = redis.connect()
    assert redis("GET k") == b"v"
    assert other.all("SET k w") == other.all("GET k") == []
    assert redis("CLIENT UNPAUSE") == OK
    assert other.client.take() == [OK, b"w"]


def test_a_transaction_that_writes_waits_at_its_end(redis: Redis) -> None:
    other = redis.connect()
    for line in ("MULTI", "INCR n"):
        other(line)
    redis("CLIENT PAUSE 1000 WRITE")
    assert other.all("EXEC") == []
    redis("CLIENT UNPAUSE")
    assert other.client.take() == [[1]]


def test_nothing_dies_during_a_pause(redis: Redis) -> None:
    redis("SET k v PX 10")
    redis("CLIENT PAUSE 1000 WRITE")
    redis.clock.advance(20)
    redis.engine.tick()
    assert redis("GET k") is None
    assert redis("DBSIZE") == 1
    redis("CLIENT UNPAUSE")
    redis.engine.tick()
    assert redis("DBSIZE") == 0


def test_a_wait_that_ends_in_a_pause_ends(redis: Redis) -> None:
    other = redis.connect()
    other.all("BLPOP q 1")
    redis("CLIENT PAUSE 5000")
    redis.clock.advance(1000)
    redis.engine.tick()
    assert other.client.take() == [NULL_ARRAY]


def test_of_two_pauses_the_longer_and_the_stricter_holds(redis: Redis) -> None:
    redis("CLIENT PAUSE 1000 WRITE")
    redis("CLIENT PAUSE 10 WRITE")
    crowd = redis.engine.state.crowd
    assert crowd.paused_until_ms == redis.clock.ms + 1000
    redis("CLIENT PAUSE 10 ALL")
    assert not crowd.paused_writes_only
    assert redis.all("PING") == []
