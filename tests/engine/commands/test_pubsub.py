"""SUBSCRIBE and its kin, PUBLISH, PUBSUB: as commands, with their words."""

from __future__ import annotations

import pytest

from redlearn.resp.reply import OK, PONG, QUEUED, Failure, Push, Reply, Several, Status
from tests.conftest import Redis
from tests.engine.commands.said import refused


def heard(redis: Redis) -> list[Reply]:
    """What reached a client since it was last asked."""
    return redis.client.take()


def test_each_name_is_confirmed_by_a_push_of_its_own(redis: Redis) -> None:
    assert redis.all("SUBSCRIBE a b a") == [
        Push([b"subscribe", b"a", 1]),
        Push([b"subscribe", b"b", 2]),
        Push([b"subscribe", b"a", 2]),
    ]
    assert redis.all("PSUBSCRIBE a*") == [Push([b"psubscribe", b"a*", 3])]
    assert redis.all("SSUBSCRIBE a") == [Push([b"ssubscribe", b"a", 1])]


def test_a_queue_with_a_subscription_in_it_is_run_like_any_other(redis: Redis) -> None:
    redis("HELLO 3")
    redis("MULTI")
    redis("SUBSCRIBE a")
    redis("PUBLISH a x")
    assert redis.all("EXEC")[-1] == Push([b"message", b"a", b"x"])


def test_publish_counts_deliveries_not_clients(redis: Redis) -> None:
    listener = redis.connect()
    listener.all("SUBSCRIBE ch")
    listener.all("PSUBSCRIBE c*")
    assert redis("PUBLISH ch hello") == 2
    assert heard(listener) == [
        Push([b"message", b"ch", b"hello"]),
        Push([b"pmessage", b"c*", b"ch", b"hello"]),
    ]
    assert redis("PUBLISH elsewhere hello") == 0
    assert heard(listener) == []


def test_shard_channels_are_a_world_of_their_own(redis: Redis) -> None:
    listener = redis.connect()
    listener.all("SSUBSCRIBE ch")
    listener.all("PSUBSCRIBE *")
    assert redis("SPUBLISH ch x") == 1
    assert heard(listener) == [Push([b"smessage", b"ch", b"x"])]
    assert redis("PUBLISH ch x") == 1
    assert heard(listener) == [Push([b"pmessage", b"*", b"ch", b"x"])]


def test_leaving_counts_down_and_leaving_nothing_says_so(redis: Redis) -> None:
    redis.all("SUBSCRIBE a b c")
    assert redis.all("UNSUBSCRIBE b") == [Push([b"unsubscribe", b"b", 2])]
    assert redis.all("UNSUBSCRIBE") == [
        Push([b"unsubscribe", b"a", 1]),
        Push([b"unsubscribe", b"c", 0]),
    ]
    assert redis.all("UNSUBSCRIBE") == [Push([b"unsubscribe", None, 0])]
    assert redis.all("PUNSUBSCRIBE never") == [Push([b"punsubscribe", b"never", 0])]
    assert redis.all("SUNSUBSCRIBE") == [Push([b"sunsubscribe", None, 0])]


@pytest.mark.parametrize("line", ["GET k", "MULTI", "PUBLISH a b", "HELLO 3", "CLIENT ID"])
def test_a_resp2_client_that_listens_may_do_nothing_else(redis: Redis, line: str) -> None:
    redis.all("SUBSCRIBE a")
    name = line.lower().split()[0] if line != "CLIENT ID" else "client|id"
    assert refused(redis, line) == (
        f"ERR Can't execute '{name}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / "
        "RESET are allowed in this context"
    )
    redis.all("UNSUBSCRIBE a")
    redis.all(line)


def test_with_resp3_it_may(redis: Redis) -> None:
    redis("HELLO 3")
    redis.all("SUBSCRIBE a")
    assert redis("SET k v") == OK
    assert redis("PING") == PONG


def test_ping_of_a_resp2_listener_looks_like_a_message(redis: Redis) -> None:
    redis.all("SUBSCRIBE a")
    assert redis("PING") == [b"pong", b""]
    assert redis("PING hello") == [b"pong", b"hello"]


def test_what_a_client_says_to_itself_comes_after_the_reply(redis: Redis) -> None:
    redis("HELLO 3")
    redis.all("SUBSCRIBE a")
    assert redis.all("PUBLISH a me") == [1, Push([b"message", b"a", b"me"])]
    redis("MULTI")
    redis("PUBLISH a again")
    assert redis.all("EXEC") == [[1], Push([b"message", b"a", b"again"])]


def test_inside_a_transaction_the_pushes_stand_in_its_reply(redis: Redis) -> None:
    redis("MULTI")
    assert redis("SUBSCRIBE a b") == QUEUED
    assert redis("EXEC") == [
        Several([Push([b"subscribe", b"a", 1]), Push([b"subscribe", b"b", 2])])
    ]


def test_reset_and_leaving_end_all_subscriptions(redis: Redis) -> None:
    other = redis.connect()
    for client in (redis, other):
        client.all("SUBSCRIBE a")
        client.all("PSUBSCRIBE *")
    assert redis("RESET") == Status("RESET")
    redis.engine.disconnect(other.client)
    assert redis("PUBLISH a x") == 0
    assert redis("PUBSUB NUMPAT") == 0


def test_pubsub_tells_who_listens_to_what(redis: Redis) -> None:
    one, two = redis.connect(), redis.connect()
    one.all("SUBSCRIBE news sport")
    two.all("SUBSCRIBE news")
    one.all("PSUBSCRIBE n* s*")
    two.all("PSUBSCRIBE n*")
    two.all("SSUBSCRIBE shard")
    assert redis("PUBSUB CHANNELS") == [b"news", b"sport"]
    assert redis("PUBSUB CHANNELS s*") == [b"sport"]
    assert redis("PUBSUB NUMSUB news sport none") == [b"news", 2, b"sport", 1, b"none", 0]
    assert redis("PUBSUB NUMSUB") == []
    assert redis("PUBSUB NUMPAT") == 2
    assert redis("PUBSUB SHARDCHANNELS") == [b"shard"]
    assert redis("PUBSUB SHARDNUMSUB shard x") == [b"shard", 1, b"x", 0]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("SUBSCRIBE", "ERR wrong number of arguments for 'subscribe' command"),
        ("PUBLISH a", "ERR wrong number of arguments for 'publish' command"),
        ("PUBSUB", "ERR wrong number of arguments for 'pubsub' command"),
        ("PUBSUB NUMPAT x", "ERR wrong number of arguments for 'pubsub|numpat' command"),
        ("PUBSUB CHANNELS a b", "ERR unknown subcommand or wrong number of arguments for "
                                "'CHANNELS'. Try PUBSUB HELP."),
        ("PUBSUB NONE", "ERR unknown subcommand 'NONE'. Try PUBSUB HELP."),
    ],
)  # fmt: skip
def test_out_of_place(redis: Redis, line: str, text: str) -> None:
    assert refused(redis, line) == text


def test_a_listener_is_shown_as_one(redis: Redis) -> None:
    other = redis.connect()
    other.all("SUBSCRIBE a b")
    other.all("PSUBSCRIBE *")
    line = str(redis(f"CLIENT LIST ID {other.client.id}"))
    assert "flags=P" in line
    assert "sub=2 psub=1 ssub=0" in line
    assert f"id={other.client.id} " in str(redis("CLIENT LIST TYPE pubsub"))
    assert f"id={other.client.id} " not in str(redis("CLIENT LIST TYPE normal"))


def test_a_mistake_inside_a_queue_of_a_listener_is_told_at_once(redis: Redis) -> None:
    redis("MULTI")
    redis("SUBSCRIBE a")
    redis("EXEC")
    assert isinstance(redis.all("GET k")[0], Failure)
