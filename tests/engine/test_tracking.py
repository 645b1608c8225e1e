"""Tracking: who is told of which change, once, and in which form."""

from __future__ import annotations

import pytest

from redlearn.engine.tracking import Invalidated
from redlearn.resp.reply import OK, Push, Reply
from redlearn.timeline.snapshot import Freezer
from tests.conftest import Redis


def stale(*keys: bytes) -> Push:
    return Push([b"invalidate", [*keys]])


@pytest.fixture
def reader(redis: Redis) -> Redis:
    client = redis.connect()
    client("HELLO 3")
    return client


def told(reader: Redis) -> list[Reply]:
    return reader.client.take()


def test_what_was_read_is_told_once_when_it_changes(redis: Redis, reader: Redis) -> None:
    reader("CLIENT TRACKING on")
    reader("MGET a b")
    redis("SET a 1")
    redis("SET a 2")
    redis("SET c 1")
    assert told(reader) == [stale(b"a")]
    reader("GET a")
    redis("DEL a")
    assert told(reader) == [stale(b"a")]


def test_a_key_that_dies_has_changed_too(redis: Redis, reader: Redis) -> None:
    redis("SET a v PX 10")
    reader("CLIENT TRACKING on")
    reader("GET a")
    redis.clock.advance(11)
    redis.engine.tick()
    assert told(reader) == [stale(b"a")]


def test_ones_own_change_is_told_after_its_reply_unless_it_is_not_wanted(reader: Redis) -> None:
    reader("CLIENT TRACKING on")
    reader("GET a")
    assert reader.all("SET a 1") == [OK, stale(b"a")]
    reader("CLIENT TRACKING off")
    reader("CLIENT TRACKING on NOLOOP")
    reader("GET a")
    assert reader.all("SET a 1") == [OK]


def test_opting_in_and_out(redis: Redis, reader: Redis) -> None:
    reader("CLIENT TRACKING on OPTIN")
    reader("GET a")
    reader("CLIENT CACHING yes")
    reader("GET b")
    reader("GET c")
    redis("MSET a 1 b 1 c 1")
    assert told(reader) == [stale(b"b")]
    reader("CLIENT TRACKING off")
    reader("CLIENT TRACKING on OPTOUT")
    reader("CLIENT CACHING no")
    reader("GET a")
    reader("GET b")
    redis("MSET a 1 b 1")
    assert told(reader) == [stale(b"b")]


def test_all_keys_with_a_prefix_in_one_message(redis: Redis, reader: Redis) -> None:
    reader("CLIENT TRACKING on BCAST PREFIX user: PREFIX item:")
    redis("MSET user:1 a user:2 b other c item:1 d")
    assert told(reader) == [stale(b"item:1"), stale(b"user:1", b"user:2")]
    reader("CLIENT TRACKING off")
    redis("SET user:1 x")
    assert told(reader) == []


def test_a_flush_is_told_with_a_null(redis: Redis, reader: Redis) -> None:
    reader("CLIENT TRACKING on")
    redis("FLUSHALL")
    assert told(reader) == [Push([b"invalidate", None])]


def test_a_resp2_client_is_told_over_another_that_subscribes(redis: Redis) -> None:
    ear, reader = redis.connect(), redis.connect()
    ear.all("SUBSCRIBE __redis__:invalidate")
    reader(f"CLIENT TRACKING on REDIRECT {ear.client.id}")
    reader("GET a")
    redis("SET a 1")
    assert told(ear) == [Push([b"message", b"__redis__:invalidate", [b"a"]])]
    redis.engine.disconnect(ear.client)
    reader("GET a")
    redis("SET a 2")
    assert b"broken_redirect" in str(reader("CLIENT TRACKINGINFO")).encode()


def test_too_many_keys_are_given_up_and_told(redis: Redis, reader: Redis) -> None:
    redis("CONFIG SET tracking-table-max-keys 2")
    reader("CLIENT TRACKING on")
    assert reader.all("MGET a b c") == [[None, None, None], stale(b"a")]
    assert len(redis.engine.state.crowd.tracked) == 2


def test_what_is_tracked_travels_in_time(redis: Redis, reader: Redis) -> None:
    freezer = Freezer(redis.engine)
    reader("CLIENT TRACKING on")
    reader("GET a")
    there = freezer.freeze()
    redis("SET a 1")
    reader.all("CLIENT TRACKING off")
    freezer.thaw(there)
    reader.client.take()
    assert Invalidated(reader.client.id, (b"a",)) in redis.events("SET a 2")
    assert told(reader) == [stale(b"a")]
