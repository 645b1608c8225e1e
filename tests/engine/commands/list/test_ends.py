"""Lists at their ends: LPUSH RPUSH LPUSHX RPUSHX LPOP RPOP LLEN LMPOP."""

from __future__ import annotations

import pytest

from redlearn.errors import CommandError
from redlearn.resp.reply import NULL_ARRAY
from tests.conftest import Redis
from tests.engine.commands.said import changes, passed_on, told

WRONG_TYPE = "WRONGTYPE Operation against a key holding the wrong kind of value"


def elements(redis: Redis, key: str = "l") -> bytes:
    """The elements in one word, for lists of letters."""
    found = redis(f"LRANGE {key} 0 -1")
    assert isinstance(found, list)
    return b"".join(element for element in found if isinstance(element, bytes))


def test_pushes_put_elements_at_either_end(redis: Redis) -> None:
    assert redis("RPUSH l a b c") == 3
    assert redis("LPUSH l x y") == 5
    assert elements(redis) == b"yxabc"
    assert redis("LLEN l") == 5


def test_a_push_only_if_there_is_a_list(redis: Redis) -> None:
    assert redis("LPUSHX l a") == redis("RPUSHX l a") == 0
    assert redis("EXISTS l") == 0
    redis("RPUSH l a")
    assert redis("LPUSHX l b c") == 3
    assert redis("RPUSHX l d") == 4
    assert elements(redis) == b"cbad"


def test_a_pop_takes_one_from_its_end(redis: Redis) -> None:
    redis("RPUSH l a b c")
    assert redis("LPOP l") == b"a"
    assert redis("RPOP l") == b"c"
    assert redis("LPOP l") == b"b"
    assert redis("EXISTS l") == 0
    assert redis("LPOP l") is None


@pytest.mark.parametrize("pop", ["LPOP l", "RPOP l", "LMOVE l other LEFT LEFT"])
@pytest.mark.parametrize("size", [1, 9000])
def test_a_list_goes_with_its_last_element_however_large(redis: Redis, pop: str, size: int) -> None:
    redis(f"RPUSH l {size * 'x'}")
    assert redis(pop) == size * b"x"
    assert redis("EXISTS l") == 0


@pytest.mark.parametrize(
    ("line", "reply", "left"),
    [
        ("LPOP l 2", [b"a", b"b"], b"cd"),
        ("RPOP l 2", [b"d", b"c"], b"ab"),
        ("LPOP l 0", [], b"abcd"),
        ("RPOP l 99", [b"d", b"c", b"b", b"a"], b""),
        ("LPOP none 2", NULL_ARRAY, b"abcd"),
        ("LPOP none 0", NULL_ARRAY, b"abcd"),
    ],
)
def test_a_pop_with_a_count_takes_several(
    redis: Redis, line: str, reply: object, left: bytes
) -> None:
    redis("RPUSH l a b c d")
    assert redis(line) == reply
    assert elements(redis) == left


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        ("LMPOP 1 l LEFT", [b"l", [b"a"]]),
        ("LMPOP 2 none l RIGHT COUNT 2", [b"l", [b"c", b"b"]]),
        ("LMPOP 2 l m LEFT COUNT 99", [b"l", [b"a", b"b", b"c"]]),
        ("LMPOP 2 none nope LEFT", NULL_ARRAY),
    ],
)
def test_lmpop_takes_from_the_first_list_there_is(redis: Redis, line: str, reply: object) -> None:
    redis("RPUSH l a b c")
    redis("RPUSH m z")
    assert redis(line) == reply


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("LPOP l -1", "ERR value is out of range, must be positive"),
        ("LPOP l x", "ERR value is out of range, must be positive"),
        ("RPOP l 1 2", "ERR wrong number of arguments for 'rpop' command"),
        ("LMPOP 0 l LEFT", "ERR numkeys should be greater than 0"),
        ("LMPOP x l LEFT", "ERR numkeys should be greater than 0"),
        ("LMPOP 2 l LEFT", "ERR syntax error"),
        ("LMPOP 1 l UP", "ERR syntax error"),
        ("LMPOP 1 l LEFT COUNT 0", "ERR count should be greater than 0"),
        ("LMPOP 1 l LEFT COUNT", "ERR syntax error"),
        ("LMPOP 1 l LEFT COUNT 1 COUNT 1", "ERR syntax error"),
        ("LMPOP 1 s LEFT", WRONG_TYPE),
        ("LPUSH s a", WRONG_TYPE),
        ("RPUSHX s a", WRONG_TYPE),
        ("LPOP s", WRONG_TYPE),
        ("LLEN s", WRONG_TYPE),
    ],
)
def test_what_is_wrong_is_refused_and_changes_nothing(
    redis: Redis, line: str, message: str
) -> None:
    redis("RPUSH l a b")
    redis("SET s text")
    before = redis.ctx.dirty
    with pytest.raises(CommandError) as caught:
        redis(line)
    assert caught.value.text == message
    assert redis.ctx.dirty == before


@pytest.mark.parametrize(
    ("line", "effects", "events", "count"),
    [
        ("LPUSH l x y", ["LPUSH l x y"], ["lpush l"], 2),
        ("RPUSHX l x", ["RPUSHX l x"], ["rpush l"], 1),
        ("LPOP l", ["LPOP l"], ["lpop l"], 1),
        ("RPOP l 2", ["RPOP l 2"], ["rpop l", "del l"], 2),
        ("LMPOP 2 none l RIGHT COUNT 9", ["RPOP l 2"], ["rpop l", "del l"], 2),
        ("LPUSH new x", ["LPUSH new x"], ["new new", "lpush new"], 1),
        ("LPOP l 0", [], [], 0),
        ("LPUSHX none x", [], [], 0),
    ],
)
def test_what_others_are_told(
    redis: Redis, line: str, effects: list[str], events: list[str], count: int
) -> None:
    for check, expected in ((passed_on, effects), (told, events), (changes, count)):
        redis("DEL l new")
        redis("RPUSH l a b")
        assert check(redis, line) == expected  # type: ignore[operator]


def test_a_list_grows_into_a_quicklist_and_shrinks_out_of_it(redis: Redis) -> None:
    redis("CONFIG SET list-max-listpack-size 4")
    redis("RPUSH l a b c d")
    assert redis("OBJECT ENCODING l") == b"listpack"
    redis("LPUSH l e")
    assert redis("OBJECT ENCODING l") == b"quicklist"
    redis("LPOP l 2")
    assert redis("OBJECT ENCODING l") == b"quicklist"
    redis("RPOP l")
    assert redis("OBJECT ENCODING l") == b"listpack"
    redis.engine.check()
