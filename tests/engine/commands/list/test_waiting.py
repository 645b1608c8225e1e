"""Lists that are waited for: what each command does at once, and what it waits for."""

from __future__ import annotations

import pytest

from redlearn.errors import CommandError
from redlearn.resp.reply import Reply
from tests.conftest import Redis
from tests.engine.commands.list.test_ends import elements
from tests.engine.commands.said import changes, passed_on, told

WRONG_TYPE = "WRONGTYPE Operation against a key holding the wrong kind of value"

CALLS = [
    ("BLPOP none l 0", [b"l", b"a"], b"bc", "LPOP l"),
    ("BRPOP l none 1.5", [b"l", b"c"], b"ab", "RPOP l"),
    ("BLMPOP 0 2 none l LEFT", [b"l", [b"a"]], b"bc", "LPOP l 1"),
    ("BLMPOP 1 1 l right count 9", [b"l", [b"c", b"b", b"a"]], b"", "RPOP l 3"),
    ("BLMOVE l m left RIGHT 0", b"a", b"bc", "LMOVE l m left RIGHT"),
    ("BRPOPLPUSH l m 0", b"c", b"ab", "RPOPLPUSH l m"),
]


@pytest.mark.parametrize(("line", "reply", "left", "effect"), CALLS)
def test_where_there_are_elements_nobody_waits(
    redis: Redis, line: str, reply: Reply, left: bytes, effect: str
) -> None:
    redis("RPUSH l a b c")
    assert passed_on(redis, line) == [effect]
    assert elements(redis) == left
    redis("DEL l m")
    redis("RPUSH l a b c")
    assert redis(line) == reply


@pytest.mark.parametrize(("line", "reply", "left", "effect"), CALLS)
def test_where_there_are_none_the_reply_comes_with_the_elements(
    redis: Redis, line: str, reply: Reply, left: bytes, effect: str
) -> None:
    one = redis.connect()
    assert one.all(line) == []
    redis("RPUSH l a b c")
    assert one.client.take() == [reply]
    assert elements(redis) == left
    redis.engine.check()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("BLPOP l x", "ERR timeout is not a float or out of range"),
        ("BRPOP l -1", "ERR timeout is negative"),
        ("BLMOVE l m LEFT LEFT 1e40", "ERR timeout is out of range"),
        ("BLMOVE l m UP LEFT x", "ERR syntax error"),
        ("BRPOPLPUSH l m x", "ERR timeout is not a float or out of range"),
        ("BLMPOP x 1 l LEFT COUNT 0", "ERR count should be greater than 0"),
        ("BLMPOP x 1 l LEFT", "ERR timeout is not a float or out of range"),
        ("BLMPOP x 0 l LEFT", "ERR numkeys should be greater than 0"),
        ("BLMPOP x 2 l LEFT", "ERR syntax error"),
        ("BLMPOP 0 1 l LEFT COUNT 1 2", "ERR syntax error"),
        ("BLPOP none s l 0", WRONG_TYPE),
        ("BLMOVE s m LEFT LEFT 0", WRONG_TYPE),
        ("BLMOVE l s LEFT LEFT 0", WRONG_TYPE),
        ("BLMPOP 0 2 none s LEFT", WRONG_TYPE),
    ],
)
def test_what_is_wrong_is_refused_at_once(redis: Redis, line: str, message: str) -> None:
    redis("RPUSH l a")
    redis("SET s text")
    before = redis.ctx.dirty
    with pytest.raises(CommandError) as caught:
        redis(line)
    assert caught.value.text == message
    assert redis.ctx.dirty == before


def test_others_are_told_what_they_are_told_of_a_pop(redis: Redis) -> None:
    redis("RPUSH l a b")
    assert told(redis, "BLPOP l 0") == ["lpop l"]
    assert changes(redis, "BRPOPLPUSH l m 0") == 1
    assert told(redis, "BLMPOP 0 1 m LEFT") == ["lpop m", "del m"]


def test_a_name_in_any_case_waits(redis: Redis) -> None:
    one = redis.connect()
    assert one.all("blPop l 0") == []
    redis("rpush l a")
    assert one.client.take() == [[b"l", b"a"]]
