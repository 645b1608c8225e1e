"""Sorted sets that are waited for: BZPOPMIN BZPOPMAX BZMPOP."""

from __future__ import annotations

import pytest

from redlearn.errors import CommandError
from redlearn.resp.reply import Reply
from tests.conftest import Redis
from tests.engine.commands.said import passed_on, told

CALLS = [
    ("BZPOPMIN none z 0", [b"z", b"a", 1.0], "ZPOPMIN z"),
    ("BZPOPMAX z none 0", [b"z", b"c", 3.0], "ZPOPMAX z"),
    ("BZMPOP 0 2 none z MIN", [b"z", [[b"a", 1.0]]], "ZPOPMIN z 1"),
    ("BZMPOP 1 1 z max count 2", [b"z", [[b"c", 3.0], [b"b", 2.0]]], "ZPOPMAX z 2"),
]


@pytest.mark.parametrize(("line", "reply", "effect"), CALLS)
def test_where_there_are_members_nobody_waits(
    redis: Redis, line: str, reply: Reply, effect: str
) -> None:
    redis("ZADD z 1 a 2 b 3 c")
    assert passed_on(redis, line) == [effect]
    redis("ZADD z 1 a 2 b 3 c")
    assert redis(line) == reply


@pytest.mark.parametrize(("line", "reply", "effect"), CALLS)
def test_where_there_are_none_the_reply_comes_with_the_members(
    redis: Redis, line: str, reply: Reply, effect: str
) -> None:
    one = redis.connect()
    assert one.all(line) == []
    redis("ZADD z 1 a 2 b 3 c")
    assert one.client.take() == [reply]
    redis.engine.check()


@pytest.mark.parametrize("line", ["ZUNIONSTORE z 1 full", "ZRANGESTORE z full 0 -1"])
def test_what_is_stored_serves_too(redis: Redis, line: str) -> None:
    redis("ZADD full 7 m")
    one = redis.connect()
    one.all("BZPOPMIN z 0")
    redis(line)
    assert one.client.take() == [[b"z", b"m", 7.0]]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("BZPOPMIN z x", "ERR timeout is not a float or out of range"),
        ("BZPOPMAX z -1", "ERR timeout is negative"),
        ("BZMPOP x 0 z MIN", "ERR numkeys should be greater than 0"),
        ("BZMPOP x 1 z UP", "ERR syntax error"),
        ("BZMPOP x 1 z MIN COUNT 0", "ERR count should be greater than 0"),
        ("BZMPOP x 1 z MIN", "ERR timeout is not a float or out of range"),
        ("BZPOPMIN s 0", "WRONGTYPE Operation against a key holding the wrong kind of value"),
    ],
)
def test_what_is_wrong_is_refused_at_once(redis: Redis, line: str, message: str) -> None:
    redis("SET s text")
    with pytest.raises(CommandError) as caught:
        redis(line)
    assert caught.value.text == message


def test_others_are_told_what_they_are_told_of_a_pop(redis: Redis) -> None:
    redis("ZADD z 1 a")
    assert told(redis, "BZPOPMIN z 0") == ["zpopmin z", "del z"]
