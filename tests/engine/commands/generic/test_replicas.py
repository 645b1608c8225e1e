"""WAIT and WAITAOF where there are no replicas: of those they say that none has answered.

The disk is another matter: what is on it is counted in `Durability`, by whoever writes there.
"""

from __future__ import annotations

import pytest

from redlearn.engine.blocking import serve_synced
from redlearn.errors import CommandError
from redlearn.resp.reply import Failure
from tests.conftest import Redis


@pytest.mark.parametrize("line", ["WAIT 0 0", "WAIT 0 1000", "WAIT -5 0"])
def test_who_wants_no_replicas_waits_for_none(redis: Redis, line: str) -> None:
    assert redis(line) == 0


def test_who_wants_replicas_waits_until_the_timeout(redis: Redis) -> None:
    assert redis.all("WAIT 1 1000") == []
    redis.advance(999)
    redis.engine.tick()
    assert redis.client.take() == []
    redis.advance(1)
    redis.engine.tick()
    assert redis.client.take() == [0]
    assert redis.all("PING") != []
    redis.engine.check()


def test_a_wait_without_timeout_ends_from_outside(redis: Redis) -> None:
    other = redis.connect()
    assert redis.all("WAIT 1 0") == []
    other(f"CLIENT UNBLOCK {redis.client.id}")
    assert redis.client.take() == [0]


def test_nobody_waits_in_a_transaction(redis: Redis) -> None:
    redis("MULTI")
    redis("WAIT 1 0")
    assert redis("EXEC") == [0]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("WAIT x 0", "ERR value is not an integer or out of range"),
        ("WAIT 1 x", "ERR timeout is not an integer or out of range"),
        ("WAIT 0 -1", "ERR timeout is negative"),
        ("WAITAOF x 0 0", "ERR value is not an integer or out of range"),
        ("WAITAOF 2 0 0", "ERR value is out of range, value must between 0 and 1"),
        ("WAITAOF -1 0 0", "ERR value is out of range, value must between 0 and 1"),
        ("WAITAOF 0 -1 0", "ERR value is out of range, must be positive"),
        ("WAITAOF 0 x 0", "ERR value is out of range, must be positive"),
        ("WAITAOF 0 0 -5", "ERR timeout is negative"),
        ("WAITAOF 0 0 x", "ERR timeout is not an integer or out of range"),
        (
            "WAITAOF 1 0 0",
            "ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.",
        ),
        ("WAIT 1", "ERR wrong number of arguments for 'wait' command"),
    ],
)
def test_wrong_waits_are_refused(redis: Redis, line: str, message: str) -> None:
    with pytest.raises(CommandError) as refused:
        redis(line)
    assert refused.value.text == message


def with_log(redis: Redis) -> None:
    """Let there be a log, to which every unit of effects is fed, and nobody writes it."""
    known = redis.engine.state.durability
    known.log, known.synced = "on", 0

    def feed(unit: object) -> None:
        pass

    redis.engine.state.sinks.append(feed)


def synced(redis: Redis, offset: int) -> None:
    """Let so much of the log be on disk now."""
    redis.engine.state.durability.synced = offset
    serve_synced(redis.engine.state)


def test_without_a_log_nothing_is_on_disk(redis: Redis) -> None:
    assert redis("WAITAOF 0 0 0") == [0, 0]


def test_who_has_written_nothing_need_not_wait(redis: Redis) -> None:
    with_log(redis)
    other = redis.connect()
    other("SET k v")
    assert redis("WAITAOF 1 0 0") == [1, 0]


def test_a_write_is_waited_for_until_it_is_on_disk(redis: Redis) -> None:
    with_log(redis)
    redis("SET k v")
    redis.connect()("SET k w")
    assert redis("WAITAOF 0 0 0") == [0, 0]
    assert redis.all("WAITAOF 1 0 0") == []
    synced(redis, 0)
    assert redis.client.take() == []
    synced(redis, 1)
    assert redis.client.take() == [[1, 0]]
    assert redis("WAITAOF 1 0 0") == [1, 0]
    assert redis.engine.state.durability.waiting == {}
    redis.engine.check()


def test_what_was_sent_meanwhile_runs_then(redis: Redis) -> None:
    with_log(redis)
    redis("SET k v")
    assert redis.all("WAITAOF 1 0 0") == []
    assert redis.all("GET k") == []
    synced(redis, 1)
    redis.engine.before_sleep()
    assert redis.client.take() == [[1, 0], b"v"]


def test_no_replica_ever_answers_but_the_timeout_tells_of_the_disk(redis: Redis) -> None:
    with_log(redis)
    redis("SET k v")
    assert redis.all("WAITAOF 1 1 500") == []
    synced(redis, 1)
    assert redis.client.take() == []
    redis.advance(500)
    redis.engine.tick()
    assert redis.client.take() == [[1, 0]]


def test_a_wait_for_the_disk_ends_in_vain_at_its_timeout(redis: Redis) -> None:
    with_log(redis)
    redis("SET k v")
    assert redis.all("WAITAOF 1 0 500") == []
    redis.advance(500)
    redis.engine.tick()
    assert redis.client.take() == [[0, 0]]
    synced(redis, 1)
    assert redis.client.take() == []


def test_a_log_that_is_turned_off_keeps_nobody_waiting(redis: Redis) -> None:
    with_log(redis)
    redis("SET k v")
    assert redis.all("WAITAOF 1 0 0") == []
    redis.engine.state.durability.log = "off"
    serve_synced(redis.engine.state)
    (reply,) = redis.client.take()
    assert isinstance(reply, Failure)
    assert reply.text.startswith("ERR WAITAOF cannot be used when numlocal is set")


def test_who_has_left_waits_no_more(redis: Redis) -> None:
    with_log(redis)
    redis("SET k v")
    redis.all("WAITAOF 1 0 0")
    redis.engine.disconnect(redis.client)
    synced(redis, 1)
    assert redis.engine.state.durability.waiting == {}


def test_nobody_waits_for_the_disk_in_a_transaction(redis: Redis) -> None:
    with_log(redis)
    for line in ("MULTI", "SET k v", "WAITAOF 1 0 0"):
        redis(line)
    replies = redis("EXEC")
    assert isinstance(replies, list)
    assert replies[1] == [1, 0]
