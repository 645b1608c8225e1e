"""Pub/sub bookkeeping: tables, order, travel in time."""

from __future__ import annotations

from redlearn.engine import pubsub
from redlearn.engine.pubsub import Published, Subscribed, Unsubscribed
from redlearn.resp.reply import Push
from redlearn.timeline.snapshot import Freezer
from tests.conftest import Redis


def test_tables_and_clients_agree_throughout(redis: Redis) -> None:
    other = redis.connect()
    for line in ("SUBSCRIBE a b", "PSUBSCRIBE *", "SSUBSCRIBE s", "UNSUBSCRIBE b", "SUNSUBSCRIBE"):
        other.all(line)
        pubsub.check(redis.engine.state)
    redis.engine.disconnect(other.client)
    pubsub.check(redis.engine.state)
    assert redis.engine.state.listeners == {"channels": {}, "patterns": {}, "shards": {}}


def test_those_reached_out_of_turn_are_noted_for_the_edge(redis: Redis) -> None:
    one, two = redis.connect(), redis.connect()
    one.all("SUBSCRIBE a")
    two.all("BLPOP q 0")
    assert list(redis.engine.state.reached) == []
    redis("PUBLISH a x")
    assert list(redis.engine.state.reached) == [one.client.id]
    redis("RPUSH q x")
    assert list(redis.engine.state.reached) == [one.client.id, two.client.id]


def test_a_notification_of_ones_own_change_follows_the_reply(redis: Redis) -> None:
    redis("CONFIG SET notify-keyspace-events KA")
    redis("HELLO 3")
    redis.all("PSUBSCRIBE __key*")
    assert redis.all("INCR n") == [
        1,
        Push([b"pmessage", b"__key*", b"__keyspace@0__:n", b"incrby"]),
    ]


def test_what_the_cycle_expires_reaches_even_who_ran_last(redis: Redis) -> None:
    redis("CONFIG SET notify-keyspace-events Ex")
    redis("HELLO 3")
    redis("SET k v PX 10")
    redis.all("PSUBSCRIBE *")
    redis.clock.advance(11)
    redis.engine.tick()
    assert redis.client.take() == [Push([b"pmessage", b"*", b"__keyevent@0__:expired", b"k"])]


def test_subscriptions_travel_in_time(redis: Redis) -> None:
    other = redis.connect()
    freezer = Freezer(redis.engine)
    other.all("SUBSCRIBE a")
    there = freezer.freeze()
    other.all("UNSUBSCRIBE a")
    other.all("PSUBSCRIBE b")
    freezer.thaw(there)
    pubsub.check(redis.engine.state)
    assert redis("PUBLISH a x") == 1
    assert redis("PUBLISH b x") == 0
    assert other.client.guarded


def test_every_step_is_told(redis: Redis) -> None:
    me = redis.client.id
    assert Subscribed(me, "channels", b"a") in redis.events("SUBSCRIBE a")
    assert Subscribed(me, "channels", b"a") not in redis.events("SUBSCRIBE a")
    assert Published(b"a", b"x", (me,)) in redis.connect().events("PUBLISH a x")
    assert Unsubscribed(me, "channels", b"a") in redis.events("UNSUBSCRIBE")
