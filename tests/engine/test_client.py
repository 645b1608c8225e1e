"""A client: what a new one is like, and its outbox."""

from __future__ import annotations

import pytest

from redlearn.clock import VirtualClock
from redlearn.engine.engine import Engine
from redlearn.resp.reply import OK, PONG, Failure, Reply
from tests.conftest import Redis


def test_clients_are_numbered_from_1_and_never_alike(redis: Redis) -> None:
    engine = redis.engine
    second = engine.connect()
    engine.disconnect(second)
    assert [redis.client.id, second.id, engine.connect().id] == [1, 2, 3]


def test_a_new_client_is_on_database_0_in_resp2_and_waits_for_nothing(redis: Redis) -> None:
    client = redis.client
    assert (client.db.index, client.protocol, client.name) == (0, 2, b"")
    assert client.queue is None
    assert not (client.dirty_cas or client.dirty_exec or client.guarded or client.closing)
    assert client.watched == []
    assert client.created_ms == redis.clock.now_ms()


def test_replies_come_out_in_order_and_once(redis: Redis) -> None:
    for line in (b"PING", b"SET k v", b"GET k", b"NOPE"):
        redis.engine.execute(redis.client, line.split())
    *replies, failure = redis.client.take()
    assert replies == [PONG, OK, b"v"]
    assert isinstance(failure, Failure)
    assert redis.client.take() == []


def test_a_client_is_remembered_by_what_it_sent_last(redis: Redis) -> None:
    redis.advance(5000)
    redis("CLIENT ID")
    assert (redis.client.last_command, redis.client.last_ms) == ("client|id", 1_005_000)
    redis.advance(1000)
    redis.all("NOPE")
    assert (redis.client.last_command, redis.client.last_ms) == ("client|id", 1_006_000)


@pytest.mark.parametrize("replies", [[], [b"one"], [b"one", None, 3]])
def test_what_is_taken_is_gone(replies: list[Reply]) -> None:
    client = Engine(VirtualClock(0)).connect()
    client.outbox.extend(replies)
    assert client.take() == replies
    assert client.take() == []
