"""Sorted sets from their ends."""

from __future__ import annotations

import pytest

from redlearn.resp.reply import NULL_ARRAY, Pairs, Reply
from tests.conftest import Redis
from tests.engine.commands.said import changes, passed_on, refused, told

WRONG_TYPE = "WRONGTYPE Operation against a key holding the wrong kind of value"
MUST_BE_POSITIVE = "ERR value is out of range, must be positive"
NOT_AN_INTEGER = "ERR value is not an integer or out of range"


@pytest.fixture(params=["listpack", "skiplist"])
def z(request: pytest.FixtureRequest, redis: Redis) -> Redis:
    """A sorted set `z` of four members, two of them with one score."""
    if request.param == "skiplist":
        redis("CONFIG SET zset-max-listpack-entries 0")
    redis("ZADD z 1 a 2 b 2 c 3 d")
    return redis


@pytest.mark.parametrize(
    ("line", "reply", "left"),
    [
        ("ZPOPMIN z", [b"a", 1.0], [b"b", b"c", b"d"]),
        ("ZPOPMAX z", [b"d", 3.0], [b"a", b"b", b"c"]),
        ("ZPOPMIN z 1", Pairs([(b"a", 1.0)]), [b"b", b"c", b"d"]),
        ("ZPOPMIN z 2", Pairs([(b"a", 1.0), (b"b", 2.0)]), [b"c", b"d"]),
        ("ZPOPMAX z 2", Pairs([(b"d", 3.0), (b"c", 2.0)]), [b"a", b"b"]),
        ("ZPOPMIN z 0", [], [b"a", b"b", b"c", b"d"]),
        ("ZPOPMIN none", [], [b"a", b"b", b"c", b"d"]),
        ("ZPOPMAX none 3", [], [b"a", b"b", b"c", b"d"]),
        ("ZMPOP 1 z MIN", [b"z", [[b"a", 1.0]]], [b"b", b"c", b"d"]),
        ("ZMPOP 2 none z max count 2", [b"z", [[b"d", 3.0], [b"c", 2.0]]], [b"a", b"b"]),
        ("ZMPOP 2 none nope MIN", NULL_ARRAY, [b"a", b"b", b"c", b"d"]),
    ],
)
def test_taking_from_an_end(z: Redis, line: str, reply: Reply, left: list[bytes]) -> None:
    assert z(line) == reply
    assert z("ZRANGE z 0 -1") == left
    z.engine.check()


def test_the_protocol_tells_one_from_several(z: Redis) -> None:
    """Without a count the pair is flat in RESP3 too; with one it nests, even a single one."""
    assert not isinstance(z("ZPOPMIN z"), Pairs)
    assert isinstance(z("ZPOPMIN z 1"), Pairs)


@pytest.mark.parametrize("line", ["ZPOPMIN z 9", "ZPOPMAX z 4", "ZMPOP 1 z MIN COUNT 100"])
def test_taking_all_takes_the_key_along(z: Redis, line: str) -> None:
    event = "zpopmax z" if "MAX" in line else "zpopmin z"
    assert told(z, line) == [event, "del z"]
    assert z("EXISTS z") == 0


@pytest.mark.parametrize(
    ("line", "words", "count"),
    [
        ("ZPOPMIN z", ["ZPOPMIN z"], 1),
        ("ZPOPMIN z 2", ["ZPOPMIN z 2"], 2),
        ("ZPOPMIN z 0", [], 0),
        ("ZPOPMAX none", [], 0),
        ("ZMPOP 2 none z MAX", ["ZPOPMAX z 1"], 1),
        ("ZMPOP 1 z MIN COUNT 100", ["ZPOPMIN z 4"], 4),
        ("ZMPOP 1 none MIN", [], 0),
    ],
)
def test_what_is_passed_on_and_counted(z: Redis, line: str, words: list[str], count: int) -> None:
    z("COPY z twin")
    assert passed_on(z, line) == words
    z("COPY twin z REPLACE")
    assert changes(z, line) == count


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("ZPOPMIN z -1", MUST_BE_POSITIVE),
        ("ZPOPMAX z x", MUST_BE_POSITIVE),
        ("ZPOPMIN s x", MUST_BE_POSITIVE),
        ("ZPOPMIN z 1 2", "ERR syntax error"),
        ("ZPOPMIN s", WRONG_TYPE),
        ("ZPOPMIN s 0", WRONG_TYPE),
        ("ZMPOP 0 z MIN", "ERR numkeys should be greater than 0"),
        ("ZMPOP -1 z MIN", "ERR numkeys should be greater than 0"),
        ("ZMPOP x z MIN", "ERR numkeys should be greater than 0"),
        ("ZMPOP 2 z MIN", "ERR syntax error"),
        ("ZMPOP 1 z FIRST", "ERR syntax error"),
        ("ZMPOP 1 z MIN COUNT", "ERR syntax error"),
        ("ZMPOP 1 z MIN COUNT 0", "ERR count should be greater than 0"),
        ("ZMPOP 1 z MIN COUNT x", "ERR count should be greater than 0"),
        ("ZMPOP 1 z MIN COUNT 1 COUNT 2", "ERR syntax error"),
        ("ZMPOP 1 z MIN NOPE 1", "ERR syntax error"),
        ("ZMPOP 2 s z MIN", WRONG_TYPE),
        ("ZMPOP 1 z", "ERR wrong number of arguments for 'zmpop' command"),
    ],
)
def test_pops_refuse_without_changing_anything(z: Redis, line: str, text: str) -> None:
    z("SET s v")
    assert refused(z, line) == text
