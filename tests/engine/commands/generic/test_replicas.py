"""WAIT where there are no replicas: it waits in vain, and says how many answered."""

from __future__ import annotations

import pytest

from redlearn.errors import CommandError
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
        ("WAIT 1", "ERR wrong number of arguments for 'wait' command"),
    ],
)
def test_wrong_waits_are_refused(redis: Redis, line: str, message: str) -> None:
    with pytest.raises(CommandError) as refused:
        redis(line)
    assert refused.value.text == message
